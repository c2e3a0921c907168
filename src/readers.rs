//! The threads on which documents are read.
//!
//! A stack that overflows ends the process, which nothing catches, and whoever reads a
//! document must come to the same end. So every reader has the same large stack
//! ([`Budget::STACK`]), whatever thread asks for it.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic))]

use std::cell::Cell;
use std::io;
use std::panic::resume_unwind;
use std::sync::LazyLock;
use std::thread::{Builder, Scope, ScopedJoinHandle, scope};

use candor_documents::Budget;
use rayon::{ThreadPool, ThreadPoolBuilder};

thread_local! {
    /// Whether this thread has the large stack.
    static LARGE: Cell<bool> = const { Cell::new(false) };
}

/// Reads documents in parallel: iterators of rayon inside `work` run on threads with the
/// large stack.
pub(crate) fn in_parallel<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    static POOL: LazyLock<ThreadPool> = LazyLock::new(pool);
    POOL.install(work)
}

#[allow(clippy::expect_used, reason = "as with rayon's own pool: without threads nothing runs")]
fn pool() -> ThreadPool {
    let pool = ThreadPoolBuilder::new().stack_size(Budget::STACK);
    let pool = pool.start_handler(|_| LARGE.set(true)).thread_name(|at| format!("reader {at}"));
    pool.build().expect("the system starts a thread")
}

/// Reads a document: `work` runs on this thread if it has the large stack, else on one
/// of its own, which is awaited.
///
/// # Panics
/// If `work` does.
#[allow(clippy::expect_used, reason = "a reader with another stack might end otherwise")]
pub(crate) fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    if LARGE.get() {
        return work();
    }
    scope(|scope| {
        let thread = thread(scope, work);
        let done = thread.expect("the system starts a thread").join();
        done.unwrap_or_else(|panic| resume_unwind(panic))
    })
}

/// Starts a thread with the large stack.
///
/// # Errors
/// What the system says.
pub(crate) fn thread<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, T>> {
    let work = || {
        LARGE.set(true);
        work()
    };
    Builder::new().stack_size(Budget::STACK).spawn_scoped(scope, work)
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;

    /// More than a thread has by default, and less than the large stack.
    fn deep(left: usize) -> usize {
        let page = std::hint::black_box([left as u8; 1 << 12]);
        if left == 0 { page.len() } else { deep(left - 1).max(usize::from(page[left % 7])) }
    }

    #[test]
    fn readers_have_a_large_stack_everywhere() {
        let steps = 3 * Budget::STACK / 4 / (5 << 10);
        assert_eq!(on_large_stack(|| deep(steps)), 1 << 12);
        assert_eq!(on_large_stack(|| on_large_stack(|| deep(steps))), 1 << 12);
        let all =
            in_parallel(|| (0..4).into_par_iter().map(|_| on_large_stack(|| deep(steps))).max());
        assert_eq!(all, Some(1 << 12));
        let panic = std::panic::catch_unwind(|| {
            on_large_stack(|| std::hint::black_box(None::<u8>).unwrap())
        });
        assert!(panic.is_err() && !LARGE.get());
    }
}
