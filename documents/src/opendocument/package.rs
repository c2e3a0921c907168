//! A package: `content.xml` and its like, and what they name by their paths.

use std::collections::{BTreeMap, BTreeSet};

use crate::containers::Source;
use crate::containers::zip::{Archive, Entry};
use crate::office::resolve;
use crate::xml::{self, Event, Ns, Xml};
use crate::{Budget, Reason};

/// Most bytes of `mimetype`.
const MEDIA_TYPE_BYTES: u64 = 256;
const MANIFEST: &str = "META-INF/manifest.xml";

/// What a package holds for the program that wrote it: settings, pictures of how it
/// looks, colours, signatures.
const OWN: [&str; 10] = [
    "mimetype",
    "settings.xml",
    "meta.xml",
    "manifest.rdf",
    "META-INF/",
    "Thumbnails/",
    "Configurations2/",
    "ObjectReplacements/",
    "Fonts/",
    "layout-cache",
];
/// What each folder of an embedded document holds besides its text.
const OWN_OF_FOLDER: [&str; 5] =
    ["content.xml", "styles.xml", "settings.xml", "meta.xml", "mimetype"];

/// A package whose entries are indexed by name.
#[derive(Debug)]
pub(super) struct Package<'a> {
    archive: Archive<'a>,
    names: BTreeMap<String, usize>,
    twice: Vec<String>,
}

/// A folder with a document.
#[derive(Debug)]
pub(super) struct Folder {
    /// Its name with a slash at the end; empty for the package itself.
    pub(super) name: String,
    /// What the document names by a link, as names in the package.
    targets: Vec<String>,
}

impl<'a> Package<'a> {
    /// Opens a package.
    ///
    /// # Errors
    /// Why the archive is not opened.
    pub(super) fn open(bytes: &'a [u8], budget: &mut Budget) -> Result<Self, Reason> {
        let archive = Archive::open(Source::Bytes(bytes), budget);
        let archive = archive.map_err(|error| error.reason())?;
        let mut names = BTreeMap::new();
        let mut twice = Vec::new();
        for (index, entry) in archive.entries.iter().enumerate() {
            let name = String::from_utf8_lossy(&entry.name).into_owned();
            // The last of two entries of one name counts: an archive that was added to.
            if names.insert(name.clone(), index).is_some() {
                twice.push(name);
            }
        }
        Ok(Self { archive, names, twice })
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.names.get(name).and_then(|index| self.archive.entries.get(*index))
    }

    /// Whether there is such a part.
    pub(super) fn has(&self, name: &str) -> bool {
        self.entry(name).is_some()
    }

    /// The bytes of an entry.
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
    pub(super) fn part(&self, name: &str, budget: &mut Budget) -> Result<Vec<u8>, Reason> {
        if self.entry(name).is_some_and(|entry| entry.size > Budget::STREAM_BYTES as u64) {
            return Err(Reason::TooLarge);
        }
        self.bytes(name, budget)
    }

    /// The media type: by `mimetype`, else by the manifest.
    pub(super) fn media_type(&self, budget: &mut Budget) -> Option<String> {
        if let Some(entry) = self.entry("mimetype") {
            if entry.size > MEDIA_TYPE_BYTES {
                return None;
            }
            let bytes = self.bytes("mimetype", budget).ok()?;
            return String::from_utf8(bytes.trim_ascii().to_vec()).ok();
        }
        let mut media_type = None;
        self.manifest(budget, &mut |xml, element| {
            if element.name() == (Ns::Manifest, "file-entry")
                && xml.attribute(element, Ns::Manifest, "full-path")?.as_deref() == Some("/")
            {
                media_type = xml.attribute(element, Ns::Manifest, "media-type")?;
            }
            Ok(())
        })
        .ok()?;
        media_type
    }

    /// Whether parts are encrypted.
    pub(super) fn is_encrypted(&self, budget: &mut Budget) -> bool {
        let mut encrypted = false;
        let _ = self.manifest(budget, &mut |_, element| {
            encrypted |= element.name() == (Ns::Manifest, "encryption-data");
            Ok(())
        });
        encrypted
    }

    fn manifest(
        &self,
        budget: &mut Budget,
        sink: &mut dyn FnMut(&Xml<'_>, &xml::Element<'_>) -> Result<(), Reason>,
    ) -> Result<(), Reason> {
        let bytes = self.part(MANIFEST, budget)?;
        let text = xml::decode(&bytes)?;
        let mut xml = Xml::new(&text);
        loop {
            match xml.next(budget)? {
                Event::Start(element) => sink(&xml, &element)?,
                Event::Done => return Ok(()),
                _ => {}
            }
        }
    }

    /// Folders with documents: the package itself (an empty name), then those that are
    /// embedded, each after the one that names it first.
    ///
    /// # Errors
    /// [`Reason::TooLarge`].
    pub(super) fn folders(&self, budget: &mut Budget) -> Result<Vec<Folder>, Reason> {
        let mut names = vec![String::new()];
        let mut seen: BTreeSet<String> = names.iter().cloned().collect();
        let mut folders = Vec::new();
        while let Some(name) = names.get(folders.len()).cloned() {
            let targets = self.targets(&name, budget)?;
            for target in &targets {
                let inner = format!("{target}/");
                if self.has(&format!("{inner}content.xml")) && seen.insert(inner.clone()) {
                    names.push(inner);
                }
            }
            folders.push(Folder { name, targets });
        }
        Ok(folders)
    }

    /// Names of entries that the documents in these folders show, in order, each once.
    pub(super) fn shown<'f>(&self, folders: &'f [Folder]) -> Vec<&'f str> {
        let mut seen = BTreeSet::new();
        let targets = folders.iter().flat_map(|folder| &folder.targets).map(String::as_str);
        let shown = targets.filter(|target| {
            let own = OWN.iter().any(|own| target.starts_with(own));
            !own && self.has(target) && seen.insert(*target)
        });
        shown.collect()
    }

    /// Entries that no document of the package shows, and names that stand twice.
    pub(super) fn unread(&self, folders: &[Folder]) -> Vec<(String, Reason)> {
        let shown: BTreeSet<&str> = self.shown(folders).into_iter().collect();
        let twice = self.twice.iter();
        let mut unread: Vec<_> =
            twice.map(|name| (format!("{name} (more than once)"), Reason::Damaged)).collect();
        for (name, index) in &self.names {
            let is_folder = self.archive.entries.get(*index).is_some_and(Entry::is_folder);
            let (folder, file) = match name.rfind('/') {
                Some(at) => name.split_at(at.saturating_add(1)),
                None => ("", name.as_str()),
            };
            let of_folder =
                OWN_OF_FOLDER.contains(&file) && folders.iter().any(|known| known.name == folder);
            let own = OWN.iter().any(|own| name.starts_with(own)) || of_folder;
            if !is_folder && !own && !shown.contains(name.as_str()) {
                unread.push((name.clone(), Reason::NotOpened));
            }
        }
        unread
    }

    /// What the documents in a folder name by a link, as names in the package.
    fn targets(&self, folder: &str, budget: &mut Budget) -> Result<Vec<String>, Reason> {
        let mut targets = Vec::new();
        for file in ["content.xml", "styles.xml"] {
            let name = format!("{folder}{file}");
            let Ok(bytes) = self.part(&name, budget) else { continue };
            let Ok(text) = xml::decode(&bytes) else { continue };
            let mut xml = Xml::new(&text);
            loop {
                match xml.next(budget) {
                    Ok(Event::Start(element)) => {
                        // A link in the text leads out of the document, even if it is
                        // to a name that stands in it.
                        if element.name() == (Ns::Text, "a") {
                            continue;
                        }
                        if let Ok(Some(target)) = xml.attribute(&element, Ns::XLink, "href") {
                            budget.take_work(target.len() as u64)?;
                            targets.push(resolve(folder, &target));
                        }
                    }
                    Ok(Event::Done) | Err(Reason::Damaged) => break,
                    Ok(_) => {}
                    Err(reason) => return Err(reason),
                }
            }
        }
        Ok(targets)
    }
}
