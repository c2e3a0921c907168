//! A PDF as a set of objects, under budget.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::crypt::{Crypt, ObjectKey};
use super::lexer::Token;
use super::object::{Dict, Item, Object, Parser, Stream};
use super::repair;
use super::xref::{self, Entry, Table};
use crate::{Budget, Reason};

/// How many references lead to each other before they are taken for null, and how
/// deep reading one object may need another (the length of a stream).
const CHAIN: usize = 32;
/// Values kept in memory before objects are read again from their bytes.
const KEPT: usize = 2 << 20;
/// Most bytes of object streams kept unpacked.
const KEPT_STREAMS: usize = 64 << 20;
/// Most objects that are noted as damaged one by one.
const NOTED: usize = 100;

/// A file whose objects can be looked up.
pub(crate) struct File<'a, 'b> {
    data: &'a [u8],
    table: RefCell<Table>,
    trailer: Dict,
    pub(super) crypt: Option<Crypt>,
    budget: RefCell<&'b mut Budget>,
    /// Why reading has to stop, once the budget is spent.
    stopped: Cell<Option<Reason>>,
    kept: RefCell<BTreeMap<u32, Object>>,
    kept_values: Cell<usize>,
    object_streams: RefCell<BTreeMap<u32, Option<Rc<ObjectStream>>>>,
    kept_bytes: Cell<usize>,
    depth: Cell<usize>,
    /// Where the streams begin that were unpacked before.
    pub(super) unpacked: RefCell<BTreeSet<usize>>,
    damaged: RefCell<BTreeMap<u32, Reason>>,
    repaired: RefCell<Option<Rc<BTreeMap<u32, usize>>>>,
    rebuilt: bool,
}

struct ObjectStream {
    data: Vec<u8>,
    objects: Vec<(u32, usize)>,
}

impl<'a, 'b> File<'a, 'b> {
    /// Opens a file by its cross-reference, or by a search for objects if that leads
    /// to no catalog.
    ///
    /// # Errors
    /// [`Reason::Encrypted`], [`Reason::TooLarge`], or [`Reason::Damaged`] if there
    /// is no catalog.
    pub(crate) fn open(data: &'a [u8], budget: &'b mut Budget) -> Result<Self, Reason> {
        let mut file = Self {
            data,
            table: RefCell::default(),
            trailer: Dict::new(),
            crypt: None,
            budget: RefCell::new(budget),
            stopped: Cell::new(None),
            kept: RefCell::default(),
            kept_values: Cell::new(0),
            object_streams: RefCell::default(),
            kept_bytes: Cell::new(0),
            depth: Cell::new(0),
            unpacked: RefCell::default(),
            damaged: RefCell::default(),
            repaired: RefCell::default(),
            rebuilt: false,
        };
        let table = xref::read(&file)?;
        file.install(table)?;
        if file.pages().is_none() {
            file.stop_if_spent()?;
            file.rebuilt = true;
            file.crypt = None;
            let table = repair::rebuild(&mut file)?;
            file.install(table)?;
            if file.catalog().is_none() {
                file.stop_if_spent()?;
                return Err(Reason::Damaged);
            }
        }
        Ok(file)
    }

    /// Makes a table the file's own, and opens what it encrypts.
    pub(crate) fn install(&mut self, table: Table) -> Result<(), Reason> {
        self.trailer = table.trailer.clone();
        self.table = RefCell::new(table);
        self.forget();
        self.crypt = None;
        let Some(dict) = self.entry(&self.trailer, b"Encrypt").as_dict().cloned() else {
            return Ok(());
        };
        let mut direct = Dict::new();
        for (key, value) in dict.iter() {
            direct.insert(key.clone(), self.resolve(value));
        }
        let id = self.entry(&self.trailer, b"ID");
        let id = id.as_array().and_then(|id| id.first()).map(|id| self.resolve(id));
        let id = id.as_ref().and_then(Object::as_string).unwrap_or_default().to_vec();
        // Strings read until now were not decrypted.
        self.forget();
        self.crypt = Some(Crypt::new(&direct, &id)?);
        Ok(())
    }

    fn forget(&mut self) {
        self.kept.borrow_mut().clear();
        self.kept_values.set(0);
        self.object_streams.borrow_mut().clear();
        self.kept_bytes.set(0);
        self.damaged.borrow_mut().clear();
    }

    pub(crate) fn data(&self) -> &'a [u8] {
        self.data
    }

    pub(crate) fn trailer(&self) -> &Dict {
        &self.trailer
    }

    /// Older states of the file that its cross-reference still leads to.
    pub(crate) fn older_revisions(&self) -> usize {
        self.table.borrow().older
    }

    /// Whether the objects had to be searched for.
    pub(crate) fn is_rebuilt(&self) -> bool {
        self.rebuilt
    }

    /// Objects that could not be read, and why.
    pub(crate) fn damaged(&self) -> BTreeMap<u32, Reason> {
        self.damaged.borrow().clone()
    }

    /// Numbers of all objects, in order.
    pub(crate) fn numbers(&self) -> Vec<u32> {
        self.table.borrow().entries.keys().copied().collect()
    }

    pub(crate) fn catalog(&self) -> Option<Rc<Dict>> {
        self.entry(&self.trailer, b"Root").as_dict().cloned()
    }

    /// The root of the page tree.
    pub(crate) fn pages(&self) -> Option<Rc<Dict>> {
        self.entry(self.catalog()?.as_ref(), b"Pages").as_dict().cloned()
    }

    /// Spends steps of work.
    pub(crate) fn work(&self, steps: usize) -> Result<(), Reason> {
        let taken = self.budget.borrow_mut().take_work(steps as u64);
        self.note_spent(taken)
    }

    /// Runs something on the budget.
    ///
    /// # Errors
    /// What it says.
    pub(crate) fn spend<T>(
        &self,
        spend: impl FnOnce(&mut Budget) -> Result<T, Reason>,
    ) -> Result<T, Reason> {
        let spent = spend(&mut self.budget.borrow_mut());
        self.note_spent(spent)
    }

    fn note_spent<T>(&self, spent: Result<T, Reason>) -> Result<T, Reason> {
        if let Err(reason) = &spent
            && self.stopped.get().is_none()
        {
            self.stopped.set(Some(*reason));
        }
        spent
    }

    /// # Errors
    /// Why reading has to stop, if the budget was spent.
    pub(crate) fn stop_if_spent(&self) -> Result<(), Reason> {
        self.stopped.get().map_or(Ok(()), Err)
    }

    /// The entry of a dictionary, behind its references; null if there is none.
    pub(crate) fn entry(&self, dict: &Dict, key: &[u8]) -> Object {
        dict.get(key).map_or(Object::Null, |value| self.resolve(value))
    }

    /// A value behind its references. What is not there, or cannot be read, is null;
    /// the latter is noted.
    pub(crate) fn resolve(&self, value: &Object) -> Object {
        let mut value = value.clone();
        for _ in 0..CHAIN {
            let Object::Reference(number) = value else { return value };
            value = self.object(number);
        }
        Object::Null
    }

    /// An object by its number.
    pub(crate) fn object(&self, number: u32) -> Object {
        if let Some(kept) = self.kept.borrow().get(&number) {
            return kept.clone();
        }
        if self.depth.get() >= CHAIN || self.work(1).is_err() {
            return Object::Null;
        }
        self.depth.set(self.depth.get() + 1);
        let object = self.load(number);
        self.depth.set(self.depth.get() - 1);
        match object {
            Ok((object, values)) => {
                if self.kept_values.get() + values > KEPT {
                    self.kept.borrow_mut().clear();
                    self.kept_values.set(0);
                }
                self.kept_values.set(self.kept_values.get() + values);
                self.kept.borrow_mut().insert(number, object.clone());
                object
            }
            Err(reason) => {
                let mut damaged = self.damaged.borrow_mut();
                if damaged.len() < NOTED {
                    damaged.insert(number, reason);
                }
                Object::Null
            }
        }
    }

    fn load(&self, number: u32) -> Result<(Object, usize), Reason> {
        let entry = self.table.borrow().entries.get(&number).copied();
        match entry {
            None | Some(Entry::Free) => Ok((Object::Null, 1)),
            Some(Entry::At(at)) => match self.object_at(at, Some(number)) {
                Ok(found) => Ok((found.object, found.values)),
                Err(Reason::Damaged) => {
                    let found = self.repaired()?;
                    let at = found.get(&number).copied().ok_or(Reason::Damaged)?;
                    let found = self.object_at(at, Some(number))?;
                    Ok((found.object, found.values))
                }
                Err(reason) => Err(reason),
            },
            Some(Entry::In { stream, index }) => {
                let stream = self.object_stream(stream)?;
                let at = match stream.objects.get(index as usize) {
                    Some((found, at)) if *found == number => *at,
                    _ => {
                        self.work(stream.objects.len() / 4)?;
                        let found = stream.objects.iter().find(|(found, _)| *found == number);
                        found.map(|(_, at)| *at).ok_or(Reason::Damaged)?
                    }
                };
                let mut parser = Parser::object(&stream.data, at, None);
                let item = parser.next()?;
                let work = parser.take_work();
                self.work(work.steps)?;
                match item {
                    Item::Value(object) => Ok((object, work.values)),
                    _ => Err(Reason::Damaged),
                }
            }
        }
    }

    /// Where objects begin, by a search of the whole file.
    fn repaired(&self) -> Result<Rc<BTreeMap<u32, usize>>, Reason> {
        if let Some(found) = self.repaired.borrow().as_ref() {
            return Ok(found.clone());
        }
        let found = Rc::new(repair::find_objects(self)?);
        *self.repaired.borrow_mut() = Some(found.clone());
        Ok(found)
    }

    /// The object that begins at a place, which must be of this number if one is
    /// given.
    ///
    /// # Errors
    /// [`Reason::Damaged`] if none begins there.
    pub(crate) fn object_at(&self, at: usize, number: Option<u32>) -> Result<Found, Reason> {
        let mut head = Parser::object(self.data, at, None);
        let id = read_head(&mut head);
        self.work(head.take_work().steps)?;
        let id = id.ok_or(Reason::Damaged)?;
        if number.is_some_and(|number| number != id.0) {
            return Err(Reason::Damaged);
        }
        let key = self.crypt.as_ref().map(|crypt| ObjectKey { crypt, id });
        let mut parser = Parser::object(self.data, head.lexer.position(), key);
        let item = parser.next();
        let work = parser.take_work();
        self.work(work.steps)?;
        let object = match item? {
            Item::Value(object) => object,
            Item::Keyword(_) => Object::Null,
            Item::End => return Err(Reason::Damaged),
        };
        let mut object = object;
        if let Object::Dict(dict) = &object {
            let mut lexer = parser.lexer.clone();
            if lexer.next() == Token::Keyword(b"stream") {
                let (start, end) = self.stream_range(lexer.position(), dict)?;
                let dict = dict.clone();
                object = Object::Stream(Rc::new(Stream { dict, id, start, end }));
            }
        }
        Ok(Found { object, values: work.values.max(1) })
    }

    fn object_stream(&self, number: u32) -> Result<Rc<ObjectStream>, Reason> {
        if let Some(stream) = self.object_streams.borrow().get(&number) {
            return stream.clone().ok_or(Reason::Damaged);
        }
        let stream = self.read_object_stream(number);
        self.stop_if_spent()?;
        let size = stream.as_ref().map_or(0, |stream| stream.data.len());
        if self.kept_bytes.get() + size > KEPT_STREAMS {
            self.object_streams.borrow_mut().clear();
            self.kept_bytes.set(0);
        }
        self.kept_bytes.set(self.kept_bytes.get() + size);
        self.object_streams.borrow_mut().insert(number, stream.as_ref().ok().cloned());
        stream
    }

    fn read_object_stream(&self, number: u32) -> Result<Rc<ObjectStream>, Reason> {
        // An object stream stands in no other.
        if !matches!(self.table.borrow().entries.get(&number), Some(Entry::At(_))) {
            return Err(Reason::Damaged);
        }
        let object = self.object(number);
        let stream = object.as_stream().ok_or(Reason::Damaged)?;
        let data = self.unpack(stream)?;
        if data.left.is_some() {
            return Err(Reason::Damaged);
        }
        let objects = object_offsets(&stream.dict, &data.bytes, self)?;
        Ok(Rc::new(ObjectStream { data: data.bytes, objects }))
    }
}

/// An object found in the file.
pub(crate) struct Found {
    pub(crate) object: Object,
    values: usize,
}

/// Reads `12 0 obj`.
fn read_head(parser: &mut Parser<'_, '_>) -> Option<(u32, u32)> {
    let Token::Integer(number) = parser.lexer.next() else { return None };
    let Token::Integer(generation) = parser.lexer.next() else { return None };
    let before = parser.lexer.position();
    match parser.lexer.next() {
        Token::Keyword(b"obj") => {}
        // `obj` and what follows may stand together: `obj12`.
        Token::Keyword(word) if word.starts_with(b"obj") => {
            parser.lexer.jump(before);
            parser.lexer.skip_space();
            parser.lexer.jump(parser.lexer.position() + 3);
        }
        _ => return None,
    }
    Some((u32::try_from(number).ok()?, u32::try_from(generation).ok()?))
}

/// The numbers and places of the objects in an object stream.
pub(crate) fn object_offsets(
    dict: &Dict,
    data: &[u8],
    file: &File<'_, '_>,
) -> Result<Vec<(u32, usize)>, Reason> {
    let first =
        file.entry(dict, b"First").as_integer().and_then(|first| usize::try_from(first).ok());
    let first = first.ok_or(Reason::Damaged)?;
    let count = file.entry(dict, b"N").as_integer().unwrap_or(0);
    let mut lexer =
        super::lexer::Lexer::new(data.get(..first.min(data.len())).unwrap_or_default(), 0);
    let mut objects = Vec::new();
    while (objects.len() as i64) < count {
        let (Token::Integer(number), Token::Integer(at)) = (lexer.next(), lexer.next()) else {
            break;
        };
        if let (Ok(number), Ok(at)) = (u32::try_from(number), usize::try_from(at)) {
            objects.push((number, first.saturating_add(at)));
        }
        file.work(1)?;
    }
    Ok(objects)
}

/// Where a word first stands.
pub(crate) fn find(data: &[u8], word: &[u8]) -> Option<usize> {
    data.windows(word.len()).position(|window| window == word)
}
