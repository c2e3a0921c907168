//! From ONNX to an exact integer program.
//!
//! * [`onnx`]: a strict reader of models
//! * [`quantize`]: the compiler from float graphs to integer programs
//! * [`predicate`]: what the requester asks of the scores
//! * `evaluate`: what the float model computes, operator by operator
//! * `float`, `quality`: calibration, and how closely the program follows
//!   (feature `issue`)
//! * [`linear`]: linear maps over integer tensors, with their adjoints and bounds
//! * [`program`]: the integer program, the definition of a request

pub mod evaluate;
#[cfg(feature = "issue")]
pub mod float;
pub mod linear;
pub mod onnx;
pub mod predicate;
pub mod program;
#[cfg(feature = "issue")]
pub mod quality;
pub mod quantize;

#[cfg(all(test, feature = "issue"))]
mod tests;
