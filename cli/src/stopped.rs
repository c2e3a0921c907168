//! What is said when someone presses ^C.

use std::sync::{Mutex, PoisonError};

use crate::tell;

/// The exit code of a command that was stopped, as shells have it.
const STOPPED: i32 = 130;
/// Where nothing else was said.
const NOTHING: &str = "no result was written; run the same command again to start over";

static KEPT: Mutex<Option<String>> = Mutex::new(None);

/// Says on ^C what is kept and how to go on, and ends the program.
pub(crate) fn watch() {
    // A second handler cannot be set; then the first one does.
    let _ = ctrlc::set_handler(|| {
        let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        tell(&format!("\nstopped: {}\n", kept.as_deref().unwrap_or(NOTHING)));
        std::process::exit(STOPPED);
    });
}

/// From here on this is kept.
pub(crate) fn keep(text: &str) {
    *KEPT.lock().unwrap_or_else(PoisonError::into_inner) = Some(text.to_owned());
}
