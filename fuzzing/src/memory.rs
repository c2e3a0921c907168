//! Memory and time that a reader takes. Memory is counted, thread by thread, by the
//! allocator of every program that links this crate; time is the thread's own, as Linux
//! tells it, so that a busy machine is no finding.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// Most bytes that a target may hold at once, beyond what it was given.
pub const MOST_BYTES: usize = 1 << 30;
/// Most bytes that it may ask for at once.
pub const MOST_AT_ONCE: usize = 512 << 20;
/// Most time that it may take, where the system tells.
pub const MOST_TIME: Duration = Duration::from_secs(30);

#[global_allocator]
static COUNTING: Counting = Counting;

struct Counting;

thread_local! {
    static HELD: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

/// What was asked for on this thread, and given back. A thread may give back what
/// another asked for: then it holds less than nothing, and the count wraps.
fn count(taken: usize, given: usize) {
    let held = HELD.get().wrapping_add(taken).wrapping_sub(given);
    HELD.set(held);
    if held as isize > PEAK.get() as isize {
        PEAK.set(held);
    }
    if taken > LARGEST.get() {
        LARGEST.set(taken);
    }
}

// SAFETY: every call is handed on to the system's allocator as it is. The counters are
// cells of the thread without a destructor, so that counting allocates nothing.
#[allow(unsafe_code, reason = "an allocator cannot be written without it")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: as the caller promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size, layout.size());
        // SAFETY: as the caller promises.
        unsafe { System.realloc(at, layout, size) }
    }
}

/// What `work` took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// The most that it held at once, in bytes.
    pub peak: usize,
    /// The most that it asked for at once, in bytes.
    pub largest: usize,
}

/// Does `work` and tells what it took on this thread.
pub fn measured<T>(work: impl FnOnce() -> T) -> (T, Taken) {
    let held = HELD.get();
    PEAK.set(held);
    LARGEST.set(0);
    let done = work();
    (done, Taken { peak: PEAK.get().wrapping_sub(held), largest: LARGEST.get() })
}

/// The time that this thread has run.
fn spent() -> Option<Duration> {
    let line = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    line.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// Does `work` within [`MOST_BYTES`], [`MOST_AT_ONCE`] and [`MOST_TIME`].
///
/// # Panics
/// If it takes more.
pub fn bounded<T>(work: impl FnOnce() -> T) -> T {
    let (before, start) = (spent(), Instant::now());
    let (done, taken) = measured(work);
    // What took no longer on the clock took no longer by itself.
    if start.elapsed() > MOST_TIME
        && let (Some(before), Some(after)) = (before, spent())
    {
        let took = after.saturating_sub(before);
        assert!(took <= MOST_TIME, "{took:?} were taken");
    }
    assert!(taken.peak <= MOST_BYTES, "{} bytes were held", taken.peak);
    assert!(taken.largest <= MOST_AT_ONCE, "{} bytes were asked for at once", taken.largest);
    done
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::*;

    #[test]
    fn what_is_taken_is_counted() {
        let (_, taken) = measured(|| drop(black_box(vec![0_u8; 5000])));
        assert_eq!(taken, Taken { peak: 5000, largest: 5000 });
        let (kept, taken) = measured(|| [black_box(vec![0_u8; 5000]), vec![0; 300]]);
        assert_eq!(taken, Taken { peak: 5300, largest: 5000 });
        drop(kept);
        assert_eq!(measured(|| ()).1, Taken::default());
        let greedy = || bounded(|| black_box(Vec::<u8>::with_capacity(MOST_AT_ONCE + 1)));
        assert!(std::panic::catch_unwind(greedy).is_err());
    }
}
