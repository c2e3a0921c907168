//! A package: parts that relationships join (ISO/IEC 29500-2). Parts are found by
//! relationships alone, never by their names.

use std::collections::{BTreeMap, BTreeSet};

use super::relation::{Use, role};
use crate::containers::Source;
use crate::containers::zip::{Archive, Entry};
use crate::xml::{self, Event, Ns, Xml};
use crate::{Budget, Reason};

/// Most bytes of a part that says how others hang together.
const RELATIONSHIPS_BYTES: u64 = 8 << 20;

/// A relationship as it is written down.
#[derive(Clone, Debug)]
pub(super) struct Relationship {
    pub(super) id: String,
    /// What its type says of the target.
    pub(super) role: Use,
    /// The part's name, or the address of what is outside.
    pub(super) target: String,
    pub(super) external: bool,
    /// Last segment of its type.
    kind: String,
}

impl Relationship {
    /// Whether it leads from a slide to its layout, from a layout to its master, from
    /// notes to theirs; a master names all its layouts, shown or not.
    fn is_shown(&self) -> bool {
        self.role == Use::Layout && self.kind != "slideLayout"
    }

    /// Whether it leads to what a link in the text shows.
    pub(super) fn is_link(&self) -> bool {
        self.external && self.kind == "hyperlink"
    }
}

/// A part in the order in which it is reached.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) role: Use,
    /// Relationships that begin at it.
    pub(super) relationships: Vec<Relationship>,
}

/// A package whose relationships are read.
#[derive(Debug)]
pub(super) struct Package<'a> {
    archive: Archive<'a>,
    /// Index in the archive by name in lower case, without a slash at the start.
    names: BTreeMap<String, usize>,
    /// Parts that relationships reach from the package, the package's own first: each
    /// with what hangs on it before the next, slides before layouts and masters.
    pub(super) parts: Vec<Part>,
    /// Names that more than one entry has, parts that relationships name and that are
    /// not there, entries that no relationship reaches.
    pub(super) unread: Vec<(String, Reason)>,
}

impl<'a> Package<'a> {
    /// Opens a package and follows its relationships.
    ///
    /// # Errors
    /// Why the archive is not opened; [`Reason::Damaged`] without relationships.
    pub(super) fn open(bytes: &'a [u8], budget: &mut Budget) -> Result<Self, Reason> {
        let mut package = Self::index(bytes, budget)?;
        package.walk(budget)?;
        Ok(package)
    }

    /// Opens a package without following relationships.
    pub(super) fn index(bytes: &'a [u8], budget: &mut Budget) -> Result<Self, Reason> {
        let archive = Archive::open(Source::Bytes(bytes), budget);
        let archive = archive.map_err(|error| error.reason())?;
        let mut names = BTreeMap::new();
        let mut unread = Vec::new();
        for (index, entry) in archive.entries.iter().enumerate() {
            // The last of two entries of one name counts: an archive that was added to.
            if names.insert(part_key(&entry.name), index).is_some() {
                let name = String::from_utf8_lossy(&entry.name).into_owned();
                unread.push((format!("{name} (more than once)"), Reason::Damaged));
            }
        }
        Ok(Self { archive, names, parts: Vec::new(), unread })
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.names
            .get(&part_key(name.as_bytes()))
            .and_then(|index| self.archive.entries.get(*index))
    }

    /// The bytes of a part.
    ///
    /// # Errors
    /// [`Reason::Damaged`] if it is not there, else why it is not read.
    pub(super) fn bytes(&self, name: &str, budget: &mut Budget) -> Result<Vec<u8>, Reason> {
        let entry = self.entry(name).ok_or(Reason::Damaged)?;
        let read = self.archive.read(entry, budget).map_err(|error| error.reason())?;
        read.map_err(|refused| refused.reason)
    }

    /// The bytes of a part that is read as text.
    ///
    /// # Errors
    /// As [`Package::bytes`]; [`Reason::TooLarge`] beyond [`Budget::STREAM_BYTES`].
    pub(super) fn text_bytes(&self, name: &str, budget: &mut Budget) -> Result<Vec<u8>, Reason> {
        self.bytes_up_to(name, Budget::STREAM_BYTES as u64, budget)
    }

    fn bytes_up_to(&self, name: &str, most: u64, budget: &mut Budget) -> Result<Vec<u8>, Reason> {
        if self.entry(name).is_some_and(|entry| entry.size > most) {
            return Err(Reason::TooLarge);
        }
        self.bytes(name, budget)
    }

    /// The main part, if the package has one.
    pub(super) fn main(&self) -> Option<&Part> {
        self.parts.iter().find(|part| part.role == Use::Main)
    }

    /// The content type of a part, by its name, else by its extension.
    pub(super) fn content_type(&self, part: &str, budget: &mut Budget) -> Option<String> {
        let bytes = self.bytes_up_to("[Content_Types].xml", RELATIONSHIPS_BYTES, budget).ok()?;
        let text = xml::decode(&bytes).ok()?;
        let mut xml = Xml::new(&text);
        let key = part_key(part.as_bytes());
        let extension = key.rsplit('.').next().unwrap_or_default();
        let mut by_extension = None;
        loop {
            match xml.next(budget).ok()? {
                Event::Start(element) => {
                    let attribute = |name| xml.attribute(&element, Ns::None, name).ok().flatten();
                    let stands = match element.name() {
                        (Ns::ContentTypes, "Override") => attribute("PartName")
                            .is_some_and(|name| part_key(name.as_bytes()) == key),
                        (Ns::ContentTypes, "Default") => {
                            let default = attribute("Extension");
                            if default.is_some_and(|of| of.eq_ignore_ascii_case(extension)) {
                                by_extension = attribute("ContentType");
                            }
                            false
                        }
                        _ => false,
                    };
                    if stands {
                        return attribute("ContentType");
                    }
                }
                Event::Done => return by_extension,
                _ => {}
            }
        }
    }

    /// Relationships that begin at a part; at the package if its name is empty.
    pub(super) fn relationships(
        &self,
        part: &str,
        budget: &mut Budget,
    ) -> Result<Vec<Relationship>, Reason> {
        let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
        let slash = if folder.is_empty() { "" } else { "/" };
        let name = format!("{folder}{slash}_rels/{file}.rels");
        if self.entry(&name).is_none() {
            return Ok(Vec::new());
        }
        let bytes = self.bytes_up_to(&name, RELATIONSHIPS_BYTES, budget)?;
        let text = xml::decode(&bytes)?;
        let mut xml = Xml::new(&text);
        let mut found = Vec::new();
        loop {
            let element = match xml.next(budget)? {
                Event::Start(element) => element,
                Event::Done => return Ok(found),
                _ => continue,
            };
            if element.name() != (Ns::Package, "Relationship") {
                continue;
            }
            budget.take_entries(1)?;
            let attribute = |name| xml.attribute(&element, Ns::None, name);
            let kind = attribute("Type")?.unwrap_or_default();
            let target = attribute("Target")?.unwrap_or_default();
            let mode = attribute("TargetMode")?.unwrap_or_default();
            let external = mode.eq_ignore_ascii_case("External");
            found.push(Relationship {
                id: attribute("Id")?.unwrap_or_default(),
                role: role(&kind),
                target: if external { target } else { resolve(folder, &target) },
                external,
                kind: kind.rsplit('/').next().unwrap_or_default().to_owned(),
            });
        }
    }

    fn walk(&mut self, budget: &mut Budget) -> Result<(), Reason> {
        let mut seen = BTreeSet::new();
        let mut late = Vec::new();
        // The next one is the last.
        let mut next = self.relationships("", budget)?;
        next.reverse();
        if next.is_empty() {
            return Err(Reason::Damaged);
        }
        while let Some(relationship) = next.pop().or_else(|| late.pop()) {
            let Relationship { role, target, external, .. } = relationship;
            let key = part_key(target.as_bytes());
            if external || role == Use::Nothing && self.entry(&target).is_none() {
                continue;
            }
            if !seen.insert(key) {
                continue;
            }
            if self.entry(&target).is_none() {
                self.unread.push((target, Reason::Damaged));
                continue;
            }
            let relationships = match self.relationships(&target, budget) {
                Ok(relationships) => relationships,
                Err(Reason::TooLarge) => return Err(Reason::TooLarge),
                Err(reason) => {
                    self.unread.push((format!("relationships of {target}"), reason));
                    Vec::new()
                }
            };
            let mut onward = relationships.clone();
            if role == Use::Main {
                self.order(&target, &mut onward, budget)?;
            }
            for relationship in onward.into_iter().rev() {
                let layout = relationship.role == Use::Layout;
                if layout { late.push(relationship) } else { next.push(relationship) }
            }
            self.parts.push(Part { name: target, role, relationships });
        }
        self.orphans(&seen);
        Ok(())
    }

    /// Names of layouts and masters that a slide or notes show, in lower case.
    pub(super) fn shown(&self) -> BTreeSet<String> {
        let key = |relationship: &Relationship| part_key(relationship.target.as_bytes());
        let mut shown = BTreeSet::new();
        for part in &self.parts {
            let of = part.relationships.iter();
            match part.role {
                Use::Slide => shown.extend(of.filter(|of| of.role == Use::Layout).map(key)),
                Use::Text => shown.extend(of.filter(|of| of.is_shown()).map(key)),
                // Each stands after the slides, and before its master.
                Use::Layout if shown.contains(&part_key(part.name.as_bytes())) => {
                    shown.extend(of.filter(|of| of.is_shown()).map(key));
                }
                _ => {}
            }
        }
        shown
    }

    /// Puts sheets and slides into the order in which the main part names them, before
    /// all else.
    fn order(
        &self,
        main: &str,
        relationships: &mut [Relationship],
        budget: &mut Budget,
    ) -> Result<(), Reason> {
        let ordered = |role| role == Use::Sheet || role == Use::Slide;
        if !relationships.iter().any(|relationship| ordered(relationship.role)) {
            return Ok(());
        }
        let Ok(bytes) = self.text_bytes(main, budget) else { return Ok(()) };
        let Ok(text) = xml::decode(&bytes) else { return Ok(()) };
        let mut places = BTreeMap::new();
        let mut xml = Xml::new(&text);
        while let Ok(event) = xml.next(budget) {
            match event {
                Event::Start(element) => {
                    if let Ok(Some(id)) = xml.attribute(&element, Ns::Relation, "id") {
                        let place = places.len();
                        places.entry(id).or_insert(place);
                    }
                }
                Event::Done => break,
                _ => {}
            }
        }
        let place = |relationship: &Relationship| {
            let named = places.get(&relationship.id).copied().unwrap_or(usize::MAX);
            if ordered(relationship.role) { (0, named) } else { (1, 0) }
        };
        relationships.sort_by_key(place);
        Ok(())
    }

    /// Entries that no relationship reaches: nothing shows them, but someone put them there.
    fn orphans(&mut self, seen: &BTreeSet<String>) {
        for (key, index) in &self.names {
            let Some(entry) = self.archive.entries.get(*index) else { continue };
            let own = key == "[content_types].xml" || key.contains("_rels/");
            if !own && !entry.is_folder() && !seen.contains(key) {
                let name = String::from_utf8_lossy(&entry.name).into_owned();
                self.unread.push((name, Reason::NotOpened));
            }
        }
    }
}

/// Names of parts are compared without case and without a slash at the start.
fn part_key(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name).replace('\\', "/");
    name.trim_start_matches('/').to_ascii_lowercase()
}

/// The part that a target names, from the folder of the part where it stands.
pub(crate) fn resolve(folder: &str, target: &str) -> String {
    let target = target.split('#').next().unwrap_or_default().replace('\\', "/");
    let mut segments: Vec<&str> = if target.starts_with('/') {
        Vec::new()
    } else {
        folder.split('/').filter(|segment| !segment.is_empty()).collect()
    };
    for segment in target.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment),
        }
    }
    percent_decode(&segments.join("/"))
}

/// `%20` and its like as characters, if what results is UTF-8.
fn percent_decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| str::from_utf8(hex).ok());
        let hex = hex.filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(decoded) if *byte == b'%' => {
                bytes.push(decoded);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_resolved() {
        assert_eq!(resolve("word", "media/a%20b.png"), "word/media/a b.png");
        assert_eq!(resolve("xl/worksheets", "../comments1.xml"), "xl/comments1.xml");
        assert_eq!(resolve("a/b", "/c/../d.xml#x"), "d.xml");
        assert_eq!(resolve("", "../../up.xml"), "up.xml");
    }
}
