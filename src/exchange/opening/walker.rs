//! The files of a source, one after the other: containers are opened, and each top
//! item is sent on its way.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::thread;

use candor_documents::{
    Budget, Child, Kind, Name, OpenError, Reason, Record, Source, entries, kind_of,
};

use super::family::{Family, Top, alone};
use super::item::Hashing;
use super::pipeline::Pipeline;
use super::row::Row;
use super::walk::Found;
use super::{Keep, Look};
use crate::corpus::error::CorpusError;
use crate::corpus::members::join;
use crate::exchange::error::ExchangeError;
use crate::exchange::progress::Progress;
use crate::readers;

/// What tells the kind of a file that is too large to hold.
const HEAD: u64 = 64 << 10;
/// A step of progress, in bytes.
const STEP: u64 = 1000;

/// Steps of progress that a file counts for.
pub(in crate::exchange) fn steps(found: &Found) -> u64 {
    found.length / STEP + 1
}

/// Opens files, from the one with number `first` on, and hands all that is found to
/// `keep`, in order. `custodian` stands for all files, if it is given.
///
/// # Errors
/// If a file cannot be read or changes meanwhile, and what `look` and `keep` say.
pub(in crate::exchange) fn open_files<L: Look>(
    files: &[Found],
    first: usize,
    custodian: Option<&Name>,
    look: &L,
    keep: &mut (impl Keep<L::Seen> + Send),
    progress: &dyn Progress,
) -> Result<(), ExchangeError> {
    // Containers are read on this thread.
    let walk = || {
        thread::scope(|scope| {
            let pipeline = Pipeline::start(scope, look)?;
            let mut walker =
                Walker { pipeline, look, keep, progress, file: 0, left: 0, stopped: None };
            for (number, found) in files.iter().enumerate().skip(first) {
                walker.file = number;
                walker.left = steps(found);
                match &found.odd {
                    Some(odd) => walker.row(None, &found.path, Reason::NotOpened, odd)?,
                    None => walker.file(found, custodian)?,
                }
                walker.progress.advance(walker.left);
            }
            walker.pipeline.finish(walker.keep)
        })
    };
    readers::on_large_stack(walk)
}

struct Walker<'w, L: Look, K> {
    pipeline: Pipeline<L::Seen>,
    look: &'w L,
    keep: &'w mut K,
    progress: &'w dyn Progress,
    /// The number of the file on disk.
    file: usize,
    /// Steps of progress that it has left.
    left: u64,
    /// What ended the reading of a container.
    stopped: Option<ExchangeError>,
}

/// A container that is open.
struct Place<'p> {
    path: &'p [u8],
    kind: Kind,
    custodian: Option<&'p Name>,
    /// Its item's number.
    item: u64,
    /// Containers that it stands in.
    depth: usize,
    /// Items that were taken out of it.
    children: u64,
}

impl<L: Look, K: Keep<L::Seen>> Walker<'_, L, K> {
    fn row(
        &mut self,
        item: Option<u64>,
        path: &[u8],
        reason: Reason,
        detail: &str,
    ) -> Result<(), ExchangeError> {
        let (path, detail) = (Name(path.to_vec()), detail.to_owned());
        self.pipeline.row(self.file, item, Row { ordinal: 0, path, reason, detail }, self.keep)
    }

    /// A file on disk.
    fn file(&mut self, found: &Found, custodian: Option<&Name>) -> Result<(), ExchangeError> {
        let at = &found.location;
        let mut file = File::open(at).map_err(ExchangeError::io(at))?;
        let mut bytes = Vec::new();
        let most = if found.length > Budget::BYTES { HEAD } else { Budget::BYTES + 1 };
        (&mut file).take(most).read_to_end(&mut bytes).map_err(ExchangeError::io(at))?;
        let whole = bytes.len() as u64 == found.length;
        if !whole && (found.length <= Budget::BYTES || bytes.len() as u64 != HEAD) {
            return Err(changed(at));
        }
        let kind = kind_of(&bytes);
        let own = Record::of_file(found.path.clone()).custodian;
        let top = Top {
            path: found.path.clone(),
            custodian: custodian.cloned().or(own),
            container: None,
            made: false,
            modified: found.modified,
            kind,
            bytes,
        };
        if whole && !kind.is_container() {
            return self.pipeline.family(self.file, None, top, self.keep);
        }
        // It is read again, from disk.
        let top = Top { bytes: Vec::new(), ..top };
        self.pipeline.finish(self.keep)?;
        file.seek(SeekFrom::Start(0)).map_err(ExchangeError::io(at))?;
        let mut hashing = self.hashing()?;
        hashing.copy(&file).map_err(ExchangeError::io(at))?;
        let family = alone(&top, kind.is_container(), hashing, self.look)?;
        if family.items.iter().any(|(item, _)| item.digests.bytes != found.length) {
            return Err(changed(at));
        }
        let item = self.keep.family(self.file, None, family)?;
        if !kind.is_container() {
            let detail = "a file of more than 256 MiB that is no container is not read";
            return self.row(Some(item), &found.path, Reason::TooLarge, detail);
        }
        let Top { path, custodian, .. } = top;
        let custodian = custodian.as_ref();
        let place = Place { path: &path, kind, custodian, item, depth: 0, children: 0 };
        let budget = &mut Budget::of_container(found.length);
        self.open(Source::File(&file), place, budget)?;
        let length = file.metadata().map_err(ExchangeError::io(at))?.len();
        if length == found.length { Ok(()) } else { Err(changed(at)) }
    }

    fn hashing(&mut self) -> Result<Hashing<L::Sink>, ExchangeError> {
        let number = self.pipeline.pass();
        Ok(Hashing::new(self.look.sink(number, 0)?))
    }

    /// Opens a container.
    fn open(
        &mut self,
        source: Source<'_>,
        mut place: Place<'_>,
        budget: &mut Budget,
    ) -> Result<(), ExchangeError> {
        let opened = entries(source, place.kind, budget, &mut |child, budget| {
            self.child(child, &mut place, budget).map_err(|error| {
                self.stopped = Some(error);
                Reason::TooLarge
            })
        });
        if let Some(error) = self.stopped.take() {
            return Err(error);
        }
        match opened {
            Ok(()) => Ok(()),
            Err(OpenError::Reason(reason)) => {
                let detail = match place.children {
                    0 => "not opened".to_owned(),
                    some => format!("not opened to its end; {some} taken out"),
                };
                self.row(Some(place.item), place.path, reason, &detail)
            }
            Err(OpenError::Io(error)) => {
                Err(ExchangeError::io(Path::new(&super::item::text(place.path)))(error))
            }
        }
    }

    /// What stands in a container.
    fn child(
        &mut self,
        child: Child,
        place: &mut Place<'_>,
        budget: &mut Budget,
    ) -> Result<(), ExchangeError> {
        let Child { name, modified, bytes, detail } = child;
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(reason) => {
                let path = match name.as_slice() {
                    b"" => place.path.to_vec(),
                    name => join(place.path, place.kind, name, 0),
                };
                return self.row(Some(place.item), &path, reason, &detail);
            }
        };
        place.children += 1;
        let done = (bytes.len() as u64 / STEP).min(self.left.saturating_sub(1));
        self.left -= done;
        self.progress.advance(done);
        let kind = kind_of(&bytes);
        let top = Top {
            path: join(place.path, place.kind, &name, place.children),
            custodian: place.custodian.cloned(),
            container: Some(Name(place.path.to_vec())),
            made: place.kind == Kind::Pst,
            modified,
            kind,
            bytes,
        };
        if !kind.is_container() {
            return self.pipeline.family(self.file, Some(place.item), top, self.keep);
        }
        self.pipeline.finish(self.keep)?;
        let mut hashing = self.hashing()?;
        hashing.copy(top.bytes.as_slice()).map_err(ExchangeError::io("the folder of the items"))?;
        let family: Family<L::Seen> = alone(&top, true, hashing, self.look)?;
        let item = self.keep.family(self.file, Some(place.item), family)?;
        let depth = place.depth + 1;
        if depth >= Budget::DEPTH {
            return self.row(Some(item), &top.path, Reason::TooDeep, "");
        }
        let inner =
            Place { path: &top.path, kind, custodian: place.custodian, item, depth, children: 0 };
        self.open(Source::Bytes(&top.bytes), inner, budget)
    }
}

fn changed(path: &Path) -> ExchangeError {
    CorpusError::Changed(path.to_owned()).into()
}
