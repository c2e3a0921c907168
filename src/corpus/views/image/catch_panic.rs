//! Calling decoders that may panic, without their messages on stderr.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::thread;

thread_local! {
    /// Whether this thread is inside [`catch`].
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Calls `work`; `None` if it panics, with nothing printed.
///
/// The message of a panic is printed by the hook before anything is caught, and
/// there is one hook for the whole process. Swapping it around each call would
/// silence other threads and race with them, so a hook is put in front of the
/// present one once and for all: it says nothing for threads that are in here,
/// and passes every other panic on. A hook that the program sets later replaces
/// it; then the messages show, and nothing else changes.
pub(in crate::corpus::views) fn catch<T>(work: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() && !is_decoders_own_thread() {
                previous(info);
            }
        }));
    });
    let outer = QUIET.replace(true);
    // The callers use nothing that the decoder touched after a panic.
    let result = catch_unwind(AssertUnwindSafe(work));
    QUIET.set(outer);
    result.ok()
}

/// `jpeg-decoder` starts a thread for each component of a wider image. A panic
/// there comes back to the caller as one of its own.
fn is_decoders_own_thread() -> bool {
    thread::current().name().is_some_and(|name| name.starts_with("worker thread for component "))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const CHILD: &str = "CANDOR_TEST_PANICS";

    #[test]
    fn values_pass_and_panics_are_none() {
        assert_eq!(catch(|| 3), Some(3));
        assert_eq!(catch(|| -> u8 { panic!("caught") }), None);
        assert!(!QUIET.get());
    }

    /// Run by the next test in a process of its own, whose stderr it reads.
    #[test]
    fn panics_in_and_out() {
        if std::env::var_os(CHILD).is_none() {
            return;
        }
        assert!(catch(|| panic!("inside")).is_none());
        let worker = thread::Builder::new().name("worker thread for component 0".to_owned());
        assert!(worker.spawn(|| panic!("inside a worker")).unwrap().join().is_err());
        assert!(thread::spawn(|| panic!("outside")).join().is_err());
    }

    #[test]
    fn only_panics_outside_are_printed() {
        let name = "corpus::views::image::catch_panic::tests::panics_in_and_out";
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(CHILD, "1")
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && stderr.contains("outside"), "{stderr}");
        assert!(!stderr.contains("inside"), "{stderr}");
    }
}
