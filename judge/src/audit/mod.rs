//! The judge's commands about what was opened: audit and estimate.

mod args;
mod commands;

pub(crate) use args::{AuditArgs, EstimateArgs};
pub(crate) use commands::{run_audit, run_estimate};
