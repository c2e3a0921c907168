//! From ONNX to an exact integer program.
//!
//! * [`onnx`]: a strict reader of models
//! * [`graph`]: the typed float graph that it makes of them
//! * `operators`: of each operator the shape of its output, its meaning in
//!   `f64`, and its lowering
//! * [`evaluate`]: what the float model computes
//! * [`float_bits`]: floating-point numbers as requests store them
//! * `reference`, `channels`, `quality`, `clipping`, `layers`: calibration, units of channels,
//!   how closely the program follows the model, narrower ranges, and what each layer costs;
//!   `own_scaling`: what a model does to its input itself (feature `issue`)
//! * [`predicate`]: what the requester asks of the scores
//! * [`quantize`]: the compiler from float graphs to integer programs
//! * `lowering`: what operators are lowered with
//! * [`linear`]: linear maps over integer tensors, with their adjoints and bounds
//! * [`program`]: the integer program, the definition of a request

#[cfg(feature = "issue")]
mod channels;
#[cfg(feature = "issue")]
pub mod clipping;
pub mod float_bits;
pub mod formula;
pub mod graph;
#[cfg(feature = "issue")]
pub mod layers;
pub mod linear;
mod lowering;
pub mod onnx;
mod operators;
#[cfg(feature = "issue")]
pub mod own_scaling;
pub mod predicate;
pub mod program;
#[cfg(feature = "issue")]
pub mod quality;
pub mod quantize;
#[cfg(feature = "issue")]
pub mod reference;

pub use operators::evaluate;

#[cfg(all(test, feature = "issue"))]
mod tests;
