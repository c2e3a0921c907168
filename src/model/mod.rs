//! From ONNX to an exact integer program.
