//! The responder's commands.
fn main() {}
