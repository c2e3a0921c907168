//! The pages of a lot: what an audit found of the leaves that were drawn, and what the
//! sample says of the whole.
//!
//! They name leaves, strata and numbers of checks, as `audit.json` does, and nothing else
//! of a document: they can be published.

mod audited;
mod estimated;

use candor_lot::formats::Population;

pub use audited::page as audit_page;
pub use estimated::page as estimate_page;

/// A stratum, in words.
fn population_words(population: &Population) -> String {
    match population {
        Population::Disclosed => "released".to_owned(),
        Population::Withheld(None) => "withheld".to_owned(),
        Population::Withheld(Some(basis)) => format!("withheld as {}", crate::text::plain(basis)),
        Population::Nonmatching => "not matching, and closed".to_owned(),
        Population::Unreadable => "cannot be read by the view".to_owned(),
        Population::Outside(None) => "said to be outside the view".to_owned(),
        Population::Outside(Some(kind)) => {
            format!("said to be outside the view, of the kind {}", kind.name())
        }
        Population::All => "all documents".to_owned(),
    }
}
