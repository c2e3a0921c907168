//! The commitment that a judge goes by.

use std::path::Path;

use crate::corpus::commitment::{Commitment, MAX_COMMITMENT_BYTES};
use crate::exchange::commitment_files;
use crate::exchange::error::{Check, ExchangeError, Failure, Stop};
use crate::exchange::formats::bag::Bag;
use crate::exchange::formats::bundle;
use crate::exchange::report::RootSource;
use crate::field::ScalarHex;

/// What the judge has on record of the commitment.
///
/// ```
/// use std::path::Path;
///
/// use candor::exchange::OnRecord;
///
/// // A `commitment.json` of the judge's own, or the folder that holds it.
/// let own = OnRecord::from(Path::new("court-file/commitment.json"));
/// assert!(own.root.is_none());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct OnRecord<'a> {
    /// The published `commitment.json`, or the folder that holds it. Without it
    /// the bundle's own copy is read, which the responder may have chosen.
    pub commitment: Option<&'a Path>,
    /// The root, from an order or a record, to compare with.
    pub root: Option<ScalarHex>,
}

impl<'a, P: AsRef<Path> + ?Sized> From<&'a P> for OnRecord<'a> {
    fn from(commitment: &'a P) -> Self {
        Self { commitment: Some(commitment.as_ref()), root: None }
    }
}

impl OnRecord<'_> {
    /// The commitment, without what views of tokens read by, and where it is from.
    pub(super) fn commitment(&self, bag: &Bag) -> Result<(Commitment, RootSource), Stop> {
        let Some(path) = self.commitment else {
            let source =
                if self.root.is_some() { RootSource::Compared } else { RootSource::Bundle };
            return Ok((own_copy(bag)?, source));
        };
        let commitment = commitment_files::read_alone(path)?;
        match self.root {
            Some(root) if root.0 != commitment.root => {
                let problem =
                    format!("has root {}, not {root} as given", ScalarHex(commitment.root));
                let advice = "compare both with the root on record";
                Err(ExchangeError::file(path, problem, advice).into())
            }
            _ => Ok((commitment, RootSource::Commitment)),
        }
    }

    /// A commitment of the bundle's own has the root given (part of check 3).
    pub(super) fn check_root(&self, commitment: &Commitment) -> Result<(), Failure> {
        match self.root {
            Some(root) if root.0 != commitment.root => {
                let (expected, found) = (format!("root {root}"), ScalarHex(commitment.root));
                Err(Failure::new(Check::Leaves, bundle::COMMITMENT, expected, found))
            }
            _ => Ok(()),
        }
    }
}

fn own_copy(bag: &Bag) -> Result<Commitment, Stop> {
    let bytes = bag.read(bundle::COMMITMENT, MAX_COMMITMENT_BYTES as usize)?;
    let commitment = Commitment::from_json(&bytes).map_err(|error| {
        Failure::new(Check::Parsing, bundle::COMMITMENT, "a canonical commitment", error)
    })?;
    commitment.header.check_software().map_err(|error| {
        let advice = "verify the bundle with that version";
        ExchangeError::file(bag.path(bundle::COMMITMENT), error, advice)
    })?;
    Ok(commitment)
}
