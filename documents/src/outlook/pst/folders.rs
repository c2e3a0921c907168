//! The folders of a data file, and the messages in them.

use std::collections::BTreeSet;

use super::file::File;
use super::message::{self, Made, reason};
use super::object::Object;
use super::table::Table;
use crate::containers::{OpenError, Source};
use crate::outlook::property::DISPLAY_NAME;
use crate::{Budget, Child, Reason};

/// The folder that holds all others.
const ROOT: u32 = 0x122;
/// The low bits of the number of a node tell what it is.
const KIND: u32 = 0x1f;
const FOLDER: u32 = 0x02;
const MESSAGE: u32 = 0x04;
/// Tables of a folder have its number but for the kind.
const FOLDERS_OF: u32 = 0x0d;
const MESSAGES_OF: u32 = 0x0e;
const SETTINGS_OF: u32 = 0x0f;

/// Gives the messages of a data file as mails: folder by folder, those of a folder
/// before its folders, both by number; then messages that no folder lists. A name is
/// the path of the folder and the number of the message.
///
/// # Errors
/// Why the file is not opened, or not to its end, or what `sink` says. What `sink`
/// was given before stands.
pub(crate) fn entries(
    source: Source<'_>,
    budget: &mut Budget,
    sink: &mut dyn FnMut(Child, &mut Budget) -> Result<(), Reason>,
) -> Result<(), OpenError> {
    let mut file = File::open(source)?;
    let mut walk = Walk { file: &mut file, budget, sink, seen: BTreeSet::new() };
    let mut left = vec![(ROOT, String::new())];
    let mut folders = BTreeSet::from([ROOT]);
    while let Some((folder, path)) = left.pop() {
        walk.messages(folder, &path)?;
        let mut below = Vec::new();
        for number in walk.rows(folder, FOLDERS_OF, &path)? {
            // Search folders name messages of other folders.
            if number & KIND == FOLDER && folders.insert(number) {
                walk.budget.take_entries(1)?;
                let path = join(&path, &walk.name(number)?);
                walk.budget.take_bytes(path.len())?;
                below.push((number, path));
            }
        }
        left.extend(below.into_iter().rev());
    }
    walk.messages_in_no_folder()
}

struct Walk<'w, 's> {
    file: &'w mut File<'s>,
    budget: &'w mut Budget,
    sink: &'w mut dyn FnMut(Child, &mut Budget) -> Result<(), Reason>,
    /// Messages that were given.
    seen: BTreeSet<u32>,
}

impl Walk<'_, '_> {
    /// Takes from the budget of the file what was spent on one thing in it. Bytes are
    /// read, copied and encoded several times on their way into a mail.
    fn charge(&mut self, spent: &Budget) -> Result<(), OpenError> {
        Ok(self.budget.take_work((Budget::BYTES - spent.bytes_left()) / 16)?)
    }

    /// The numbers of a table's rows. What is not read is said.
    fn rows(&mut self, folder: u32, table: u32, path: &str) -> Result<Vec<u32>, OpenError> {
        let budget = &mut Budget::new();
        let node = self.file.node(folder & !KIND | table, budget);
        let table = node.and_then(|node| Table::read(self.file, node, budget));
        self.charge(budget)?;
        match table {
            Ok(table) => Ok(table.rows().iter().map(|&(number, _)| number).collect()),
            Err(error) => {
                let reason = reason(error)?;
                self.unread(path.to_owned(), reason, "a table of the folder")?;
                Ok(Vec::new())
            }
        }
    }

    fn unread(&mut self, name: String, reason: Reason, detail: &str) -> Result<(), OpenError> {
        let (name, detail) = (name.into_bytes(), detail.to_owned());
        let child = Child { name, modified: None, bytes: Err(reason), detail };
        Ok((self.sink)(child, self.budget)?)
    }

    /// The name of a folder; its number if it has none.
    fn name(&mut self, folder: u32) -> Result<String, OpenError> {
        let budget = &mut Budget::new();
        let node = self.file.node(folder, budget);
        let object = node.and_then(|node| Object::read(self.file, node, None, budget));
        let name = object.and_then(|object| object.text(DISPLAY_NAME, self.file, budget));
        self.charge(budget)?;
        let name = match name {
            Ok(name) => name,
            Err(error) => reason(error).map(|_| None)?,
        };
        Ok(name.unwrap_or_else(|| format!("{folder:08x}")))
    }

    fn messages(&mut self, folder: u32, path: &str) -> Result<(), OpenError> {
        for number in self.rows(folder, MESSAGES_OF, path)? {
            if number & KIND == MESSAGE {
                self.message(number, path)?;
            }
        }
        let settings = self.rows(folder, SETTINGS_OF, path)?.len();
        if settings > 0 {
            let detail = format!("{settings} hidden entries with settings of the folder");
            self.unread(path.to_owned(), Reason::NotOpened, &detail)?;
        }
        Ok(())
    }

    fn message(&mut self, number: u32, path: &str) -> Result<(), OpenError> {
        if !self.seen.insert(number) {
            return Ok(());
        }
        self.budget.take_entries(1)?;
        let name = join(path, &format!("{number:08x}.eml"));
        // Each message has a budget of its own; what it gives counts for the file.
        let budget = &mut Budget::new();
        let node = self.file.node(number, budget);
        let made = node.and_then(|node| message::make(self.file, node, budget));
        self.charge(budget)?;
        let Made { mail, modified, missing } = match made {
            Ok(made) => made,
            Err(error) => {
                let reason = reason(error)?;
                return self.unread(name, reason, "a message of the data file");
            }
        };
        self.budget.take_bytes(mail.len())?;
        let child = Child {
            name: name.clone().into_bytes(),
            modified: modified.map(|moment| moment.seconds()),
            bytes: Ok(mail),
            detail: String::new(),
        };
        (self.sink)(child, self.budget)?;
        for (what, reason, detail) in missing {
            let detail = if detail.is_empty() { "not in the mail that was made" } else { &detail };
            self.unread(join(&name, &what), reason, detail)?;
        }
        Ok(())
    }

    /// Messages whose folder does not list them, or is not there.
    fn messages_in_no_folder(&mut self) -> Result<(), OpenError> {
        let nodes = self.file.all_nodes(&mut Budget::new())?;
        for number in nodes.into_keys().filter(|number| number & KIND == MESSAGE) {
            self.message(number, "in no folder")?;
        }
        Ok(())
    }
}

/// A path; a slash in a name would be one between names.
fn join(path: &str, name: &str) -> String {
    let name = name.replace('/', "_");
    if path.is_empty() { name } else { format!("{path}/{name}") }
}
