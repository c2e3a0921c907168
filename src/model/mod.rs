//! From ONNX to an exact integer program.
//!
//! * [`onnx`]: a strict reader of models
//! * [`quantize`]: the compiler from float graphs to integer programs
//! * [`predicate`]: what the requester asks of the scores
//! * [`evaluate`]: what the float model computes
//! * `reference`, `quality`: calibration, and how closely the program follows
//!   the model (feature `issue`)
//! * [`float_bits`]: floating-point numbers as requests store them
//! * [`linear`]: linear maps over integer tensors, with their adjoints and bounds
//! * [`program`]: the integer program, the definition of a request

pub mod evaluate;
pub mod float_bits;
pub mod linear;
pub mod onnx;
pub mod predicate;
pub mod program;
#[cfg(feature = "issue")]
pub mod quality;
pub mod quantize;
#[cfg(feature = "issue")]
pub mod reference;

#[cfg(all(test, feature = "issue"))]
mod tests;
