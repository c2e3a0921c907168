//! The judge's commands.
fn main() {}
