//! Containers: files that hold items.
//!
//! [`entries`] opens one in memory or on disk, one entry at a time: a file of any size
//! needs no more memory than its largest entry that is given, and an index.

mod bytes;
mod error;
mod gzip;
mod inflate;
pub mod mbox;
mod refused;
mod seven_zip;
mod source;
pub(crate) mod tar;
pub(crate) mod zip;

pub(crate) use bytes::Fields;
pub use error::OpenError;
pub(crate) use inflate::read_all;
pub(crate) use refused::{Refused, room};
pub use source::{Source, SourceReader};

use crate::{Budget, Child, Kind, Reason};

/// Gives the items of a container to `sink`, in their order; not the items in these.
///
/// An item of more than 256 MiB comes as a child without bytes. For a container on
/// disk the caller passes [`Budget::of_container`], else it ends after 256 MiB.
///
/// # Errors
/// Why the container is not opened, or not to its end, or what `sink` says. What `sink`
/// was given before stands. [`Reason::NotOpened`] for a kind that is no container.
pub fn entries(
    source: Source<'_>,
    kind: Kind,
    budget: &mut Budget,
    sink: &mut dyn FnMut(Child, &mut Budget) -> Result<(), Reason>,
) -> Result<(), OpenError> {
    match kind {
        Kind::Zip => zip::entries(source, budget, sink),
        Kind::Tar => tar::entries(source, budget, sink),
        Kind::Gzip => gzip::entries(source, budget, sink),
        Kind::SevenZip => seven_zip::entries(source, budget, sink),
        Kind::Pst => crate::outlook::pst::entries(source, budget, sink),
        Kind::Mbox => mbox::entries(source, budget, sink),
        _ => Err(Reason::NotOpened.into()),
    }
}
