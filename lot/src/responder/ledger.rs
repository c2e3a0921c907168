//! `lots.jsonl`: which lots of a corpus there were, and how each ended.
//!
//! It stands beside the opening store, for its owner alone, and is synced before anything
//! leaves the responder: a run that is killed and repeated gives the same seal. Only one
//! process at a time uses it.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use candor::exchange::ExchangeError;
use candor::exchange::commitment_files;
use candor::exchange::formats::json;
use candor::exchange::formats::text::Sha256Hex;
use candor::files::{read_capped, write_atomically};
use serde::{Deserialize, Serialize};

use crate::formats::{Filed, Lot, Seal};

/// The file's name.
pub const FILE: &str = "lots.jsonl";
/// What keeps other processes away.
const LOCK: &str = "lots.lock";
/// Longest ledger.
const MAX_BYTES: u64 = 1 << 26;

/// A line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase", deny_unknown_fields)]
enum Event {
    /// A lot was sealed.
    Sealed {
        /// The lot, whole: what is opened later, and to whom, is taken from here.
        lot: Box<Lot>,
        /// The one seal of the lot.
        seal: Box<Seal>,
        /// Leaves that are drawn.
        sample: u64,
    },
    /// A lot ended without a drawing.
    Void {
        /// Digest of the lot.
        lot: Sha256Hex,
        /// Its number.
        number: u64,
        /// Digest of `void.json`.
        void: Sha256Hex,
    },
    /// A drawing was opened.
    Opened {
        /// Digest of the lot.
        lot: Sha256Hex,
        /// Digest of the drawing.
        drawing: Sha256Hex,
    },
}

/// A lot that was sealed.
#[derive(Clone, Debug)]
pub struct SealedLot {
    /// The lot.
    pub lot: Filed<Lot>,
    /// Its seal.
    pub seal: Filed<Seal>,
}

/// How a lot stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It was sealed, and no more is known of it.
    Sealed,
    /// It was drawn and opened.
    Opened,
    /// It ended without a drawing.
    Void,
}

/// A lot of the chain.
#[derive(Clone, Copy, Debug)]
pub struct Link {
    /// Digest of the lot.
    pub lot: Sha256Hex,
    /// Its number.
    pub number: u64,
    /// How it stands.
    pub state: State,
    /// Leaves that are drawn in it.
    pub sample: u64,
}

/// The ledger, locked for this process.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    events: Vec<Event>,
    _lock: File,
}

impl Ledger {
    /// The ledger beside the opening store of a commitment; empty if there is none yet.
    ///
    /// # Errors
    /// If it cannot be read, or another process has it.
    pub fn open(commitment: &Path) -> Result<Self, ExchangeError> {
        let store = commitment_files::secret_store(commitment)?;
        let (path, lock) = (store.with_file_name(FILE), store.with_file_name(LOCK));
        let file = File::create(&lock).map_err(ExchangeError::io(&lock))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(ExchangeError::Busy(path)),
            Err(TryLockError::Error(error)) => return Err(ExchangeError::io(&lock)(error)),
        }
        let mut events = Vec::new();
        if path.exists() {
            let bytes = read_capped(&path, MAX_BYTES)?;
            for (number, line) in (1_u64..).zip(bytes.split_inclusive(|byte| *byte == b'\n')) {
                events.push(json::from_line(line).map_err(|_| {
                    let problem = format!("line {number} is damaged");
                    ExchangeError::file(&path, problem, "restore the file from a copy")
                })?);
            }
        }
        Ok(Self { path, events, _lock: file })
    }

    /// Adds a line, and has it on the disk before it returns.
    fn add(&mut self, event: Event) -> Result<(), ExchangeError> {
        self.events.push(event);
        let bytes: Vec<u8> = self.events.iter().flat_map(json::to_line).collect();
        Ok(write_atomically(&self.path, 0o600, &bytes)?)
    }

    /// Notes a seal before it is handed out.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn note_seal(
        &mut self,
        lot: &Filed<Lot>,
        seal: &Filed<Seal>,
        sample: u64,
    ) -> Result<(), ExchangeError> {
        let (lot, seal) = (Box::new(lot.value.clone()), Box::new(seal.value.clone()));
        self.add(Event::Sealed { lot, seal, sample })
    }

    /// Notes that a lot ended without a drawing. It is written with the next seal, which
    /// shows that the judge goes on from there.
    pub fn note_void(&mut self, lot: &Filed<Lot>, void: Sha256Hex) {
        self.events.push(Event::Void { lot: lot.digest, number: lot.value.number, void });
    }

    /// Notes that a drawing is opened, before it leaves the responder.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn note_opened(&mut self, lot: Sha256Hex, drawing: Sha256Hex) -> Result<(), ExchangeError> {
        let event = Event::Opened { lot, drawing };
        if self.events.contains(&event) { Ok(()) } else { self.add(event) }
    }

    /// A lot that was sealed, by its digest.
    #[must_use]
    pub fn sealed(&self, digest: Sha256Hex) -> Option<SealedLot> {
        self.events.iter().find_map(|event| match event {
            Event::Sealed { lot, seal, .. } => {
                let lot = Filed::of(lot.as_ref().clone());
                let seal = Filed::of(seal.as_ref().clone());
                (lot.digest == digest).then_some(SealedLot { lot, seal })
            }
            _ => None,
        })
    }

    /// The lots in their order.
    #[must_use]
    pub fn chain(&self) -> Vec<Link> {
        let mut chain: Vec<Link> = Vec::new();
        for event in &self.events {
            let (digest, state) = match event {
                Event::Sealed { lot, sample, .. } => {
                    let digest = Filed::of(lot.as_ref().clone()).digest;
                    let (number, state) = (lot.number, State::Sealed);
                    chain.push(Link { lot: digest, number, state, sample: *sample });
                    continue;
                }
                Event::Void { lot, number, .. } => {
                    if !chain.iter().any(|link| link.lot == *lot) {
                        let state = State::Void;
                        chain.push(Link { lot: *lot, number: *number, state, sample: 0 });
                        continue;
                    }
                    (lot, State::Void)
                }
                Event::Opened { lot, .. } => (lot, State::Opened),
            };
            chain.iter_mut().filter(|link| link.lot == *digest).for_each(|link| link.state = state);
        }
        chain
    }
}
