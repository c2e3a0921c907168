//! The writer of models that the unit tests use; it is no part of the library.
#![allow(dead_code, reason = "the unit tests use all of it, the models here some")]

#[path = "../../src/model/onnx/proto.rs"]
mod proto;
#[path = "../../src/model/onnx/writer.rs"]
pub(crate) mod writer;
