//! Hostile bytes and what must hold of them.
//!
//! Each target is a function of bytes that panics if a promise is broken. The
//! crate in `fuzz/` gives them to libFuzzer, `tests/smoke.rs` feeds them seeds
//! and some mutations of these. `docs/fuzzing.md` tells how to run both.

#[cfg(feature = "library")]
mod case;
pub mod memory;
pub mod mutate;
mod parts;
mod seeds;
mod targets;

pub use seeds::seeds;
pub use targets::TARGETS;

/// A target: its name, and what it does with bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Runs a target.
///
/// # Panics
/// If a promise is broken, or there is no such target.
pub fn run(target: &str, data: &[u8]) {
    let found = TARGETS.iter().find(|(name, _)| *name == target);
    let (_, check) = found.unwrap_or_else(|| panic!("there is no target {target}"));
    check(data);
}
