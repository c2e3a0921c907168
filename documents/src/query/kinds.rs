//! Names of kinds in searches.

use crate::{CoarseKind, Kind};

use super::ast::KindAsked;

/// Every name and what it asks for. A name that both a coarse kind and a kind could have
/// (`text`) is the coarse kind's.
const NAMES: &[(&str, KindAsked)] = &[
    ("text", KindAsked::Coarse(CoarseKind::Text)),
    ("picture", KindAsked::Coarse(CoarseKind::Picture)),
    ("sound", KindAsked::Coarse(CoarseKind::Sound)),
    ("container", KindAsked::Coarse(CoarseKind::Container)),
    ("other", KindAsked::Coarse(CoarseKind::Other)),
    ("empty", KindAsked::Kind(Kind::Empty)),
    ("plain-text", KindAsked::Kind(Kind::Text)),
    ("html", KindAsked::Kind(Kind::Html)),
    ("rtf", KindAsked::Kind(Kind::Rtf)),
    ("mail", KindAsked::Kind(Kind::Mail)),
    ("msg", KindAsked::Kind(Kind::Msg)),
    ("docx", KindAsked::Kind(Kind::Docx)),
    ("xlsx", KindAsked::Kind(Kind::Xlsx)),
    ("pptx", KindAsked::Kind(Kind::Pptx)),
    ("odt", KindAsked::Kind(Kind::Odt)),
    ("ods", KindAsked::Kind(Kind::Ods)),
    ("odp", KindAsked::Kind(Kind::Odp)),
    ("pdf", KindAsked::Kind(Kind::Pdf)),
];

/// What a name asks for.
pub(super) fn of_name(name: &str) -> Option<KindAsked> {
    NAMES.iter().find(|(known, _)| *known == name).map(|&(_, kind)| kind)
}

/// The name of what is asked for.
pub(super) fn name(kind: KindAsked) -> &'static str {
    NAMES.iter().find(|(_, known)| *known == kind).map_or("other", |(name, _)| name)
}

/// All names.
pub(super) fn names() -> String {
    NAMES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}
