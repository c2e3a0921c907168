//! From ONNX to an exact integer program.
//!
//! * [`onnx`]: a strict reader of models
//! * [`linear`]: linear maps over integer tensors, with their adjoints and bounds
//! * [`program`]: the integer program, the definition of a request

pub mod linear;
pub mod onnx;
pub mod program;
