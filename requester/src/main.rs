//! The requester's commands.
fn main() {}
