//! What could not be opened or read, and what to do about it.

use candor_documents::{Kind, Reason};
use serde::{Deserialize, Serialize};

/// What could not be opened or read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::exchange) struct Row {
    /// The member of the family that it is of.
    pub(in crate::exchange) ordinal: u32,
    /// The path, as bytes in text.
    pub(in crate::exchange) path: candor_documents::Name,
    pub(in crate::exchange) reason: Reason,
    /// More about it; empty if the reason says it all.
    pub(in crate::exchange) detail: String,
}

/// Why items of this kind are not opened, if none are: a kind that is known, whose
/// content nothing here reads.
pub(in crate::exchange) fn of_kind(kind: Kind) -> Option<(Reason, &'static str)> {
    let not = |what| Some((Reason::NotOpened, what));
    match kind {
        Kind::Rar => not("RAR archive"),
        Kind::OtherArchive => not("archive of a kind that is not opened"),
        Kind::Tnef => not("winmail.dat (TNEF)"),
        Kind::Nsf => not("Lotus Notes database"),
        Kind::OneNote => not("OneNote section"),
        Kind::OldOffice => not("Office file of before 2007"),
        Kind::EncryptedOffice => Some((Reason::Encrypted, "Office file under a password")),
        _ => None,
    }
}

/// What can be done about a reason.
pub(in crate::exchange) fn advice(reason: Reason, detail: &str) -> &'static str {
    let has = |part: &str| detail.contains(part);
    match reason {
        Reason::Encrypted => "get the password or key, save a copy without it, and expand again",
        Reason::Damaged => "get the original again; if it is the same, treat it as unreadable",
        Reason::TooDeep => "unpack it by hand, and put what it holds into the source",
        Reason::TooLarge => "split it, or unpack it by hand, and put the parts into the source",
        Reason::Bomb | Reason::EntriesOverlap => {
            "made to exhaust whoever unpacks it; look at it by hand on another machine"
        }
        Reason::Unknown => "look at it with the program that made it; convert it if it matters",
        Reason::NoText => "it has no text to search; look at it, or have an OCR engine read it",
        Reason::NotOpened if has("link to") => {
            "if the target belongs to the documents, copy it into the source in place of the link"
        }
        Reason::NotOpened if has("device") || has("socket") || has("pipe") => {
            "nothing to collect: it is no file; remove it"
        }
        Reason::NotOpened if has("RAR") || has("archive") || has("packed by") => {
            "unpack it with the program that made it, and put what it holds into the source"
        }
        Reason::NotOpened if has("Office file") => {
            "save it in a present format (docx, xlsx, pptx) or as PDF, and put that into the source"
        }
        Reason::NotOpened if has("TNEF") || has("Notes") || has("OneNote") => {
            "export it to mail files or PDF, and put these into the source"
        }
        Reason::NotOpened => "convert it to a kind that is read, and put that into the source",
    }
}
