//! Families opened on two threads, and given back in the order in which they came.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Scope;

use super::family::{Family, Top, open};
use super::row::Row;
use super::{Keep, Look, item};
use crate::exchange::error::ExchangeError;
use crate::readers;

/// More would not help: the disk and the reading of containers come first.
const THREADS: usize = 2;
/// Families that are on their way at most.
const MOST: usize = 64;
/// Bytes of top items that are on their way at most, unless a single one has more.
const MOST_BYTES: usize = 64 << 20;

type Opened<S> = Result<Family<S>, ExchangeError>;

/// What is kept when its turn comes.
enum Event<S> {
    Family { file: usize, container: Option<u64>, bytes: usize, family: Opened<S> },
    Row { file: usize, item: Option<u64>, row: Row },
}

/// What a thread is to open.
struct Job {
    number: u64,
    file: usize,
    container: Option<u64>,
    top: Top,
}

/// Opens families on threads of a scope.
pub(super) struct Pipeline<S> {
    jobs: Sender<Job>,
    done: Receiver<(u64, Event<S>)>,
    /// What is done before its turn.
    waiting: BTreeMap<u64, Event<S>>,
    /// The number of what comes next, and of what is kept next.
    next: u64,
    kept: u64,
    /// Jobs that are on their way, and their bytes.
    open: usize,
    bytes: usize,
}

impl<S: Send> Pipeline<S> {
    /// Starts the threads. They end when the pipeline is dropped.
    pub(super) fn start<'scope, L: Look<Seen = S>>(
        scope: &'scope Scope<'scope, '_>,
        look: &'scope L,
    ) -> Result<Self, ExchangeError>
    where
        S: 'scope,
    {
        let (jobs, queue) = channel::<Job>();
        let (finished, done) = channel();
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..THREADS {
            let (queue, finished) = (Arc::clone(&queue), finished.clone());
            let work = move || {
                loop {
                    let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok(job) = job else { return };
                    if finished.send(job.open(look)).is_err() {
                        return;
                    }
                }
            };
            readers::thread(scope, work).map_err(ExchangeError::io("a thread"))?;
        }
        let waiting = BTreeMap::new();
        Ok(Self { jobs, done, waiting, next: 0, kept: 0, open: 0, bytes: 0 })
    }

    /// The number of a family that is not sent on its way, while no other is.
    pub(super) fn pass(&mut self) -> u64 {
        self.kept += 1;
        self.number()
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    /// Sends a family on its way, and keeps what is done meanwhile.
    pub(super) fn family(
        &mut self,
        file: usize,
        container: Option<u64>,
        top: Top,
        keep: &mut impl Keep<S>,
    ) -> Result<(), ExchangeError> {
        let bytes = top.bytes.len();
        while self.open > 0 && (self.open >= MOST || self.bytes + bytes > MOST_BYTES) {
            self.receive(keep)?;
        }
        let number = self.number();
        self.open += 1;
        self.bytes += bytes;
        let sent = self.jobs.send(Job { number, file, container, top });
        sent.map_err(|_| ExchangeError::internal("expanding", "the threads have ended"))?;
        while let Ok((number, event)) = self.done.try_recv() {
            self.take(number, event);
        }
        self.keep(keep)
    }

    /// Keeps a row when its turn comes.
    pub(super) fn row(
        &mut self,
        file: usize,
        item: Option<u64>,
        row: Row,
        keep: &mut impl Keep<S>,
    ) -> Result<(), ExchangeError> {
        let number = self.number();
        self.waiting.insert(number, Event::Row { file, item, row });
        self.keep(keep)
    }

    /// Waits until all is kept that is on its way.
    pub(super) fn finish(&mut self, keep: &mut impl Keep<S>) -> Result<(), ExchangeError> {
        while self.open > 0 {
            self.receive(keep)?;
        }
        self.keep(keep)
    }

    fn receive(&mut self, keep: &mut impl Keep<S>) -> Result<(), ExchangeError> {
        let done = self.done.recv();
        let (number, event) =
            done.map_err(|_| ExchangeError::internal("expanding", "the threads have ended"))?;
        self.take(number, event);
        self.keep(keep)
    }

    fn take(&mut self, number: u64, event: Event<S>) {
        if let Event::Family { bytes, .. } = &event {
            self.open -= 1;
            self.bytes -= bytes;
        }
        self.waiting.insert(number, event);
    }

    fn keep(&mut self, keep: &mut impl Keep<S>) -> Result<(), ExchangeError> {
        while let Some(event) = self.waiting.remove(&self.kept) {
            self.kept += 1;
            match event {
                Event::Row { file, item, row } => keep.row(file, item, row)?,
                Event::Family { file, container, family, .. } => {
                    keep.family(file, container, family?)?;
                }
            }
        }
        Ok(())
    }
}

impl Job {
    fn open<L: Look>(self, look: &L) -> (u64, Event<L::Seen>) {
        let Self { number, file, container, top } = self;
        // A fault in a reader must name the document, and leave what was done.
        let opened = catch_unwind(AssertUnwindSafe(|| open(&top, number, look)));
        let family = opened.unwrap_or_else(|_| {
            let problem = format!("a reader failed at {}", item::text(&top.path));
            Err(ExchangeError::internal("expanding", problem))
        });
        (number, Event::Family { file, container, bytes: top.bytes.len(), family })
    }
}
