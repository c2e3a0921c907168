//! What content shows: its text, in its order.
//!
//! Colours, clipping, layers and text modes make no difference: white text, invisible
//! text and layers that are off are read like any other. Pictures are not decoded,
//! paths and shadings not looked at.

use std::rc::Rc;

use super::file::File;
use super::font::{Fonts, TextFont};
use super::inline;
use super::layout::Layout;
use super::object::{Dict, Item, Object, Parser};
use crate::{Reason, Text};

/// How deep forms may draw forms.
const FORMS: usize = 28;
/// How deep graphics states may be saved.
pub(super) const STATES: usize = 4096;
/// Most operands of an operator that are kept.
const OPERANDS: usize = 64;

/// Most pictures of a page that are kept.
const PICTURES: usize = 4096;

/// A matrix as PDF writes it.
pub(crate) type Matrix = [f64; 6];

pub(crate) const IDENTITY: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];

/// First `a`, then `b`.
pub(crate) fn multiply(a: Matrix, b: Matrix) -> Matrix {
    [
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    ]
}

#[derive(Clone)]
pub(super) struct State<'s> {
    pub(super) ctm: Matrix,
    pub(super) spacing: f64,
    pub(super) word_spacing: f64,
    pub(super) stretch: f64,
    pub(super) leading: f64,
    pub(super) font: Option<Rc<TextFont<'s>>>,
    pub(super) size: f64,
    pub(super) rise: f64,
}

/// A picture that a page shows, for telling scans.
pub(crate) struct Picture {
    /// Null for a picture that stands in the content.
    pub(crate) object: Object,
    /// Maps the unit square to the page.
    pub(crate) matrix: Matrix,
}

/// Reads content.
pub(crate) struct Reader<'r, 'f, 'a, 'b, 's> {
    pub(crate) file: &'f File<'a, 'b>,
    pub(crate) fonts: &'r Fonts<'s>,
    pub(crate) text: &'r mut Text,
    pub(crate) layout: Layout,
    /// Pictures shown, in order.
    pub(crate) pictures: Vec<Picture>,
    /// Why some of the content was not read.
    pub(crate) trouble: Option<Reason>,
    /// The forms that are being drawn, by where their streams begin.
    open: Vec<usize>,
}

impl<'r, 'f, 'a, 'b, 's> Reader<'r, 'f, 'a, 'b, 's> {
    pub(crate) fn new(file: &'f File<'a, 'b>, fonts: &'r Fonts<'s>, text: &'r mut Text) -> Self {
        Self {
            file,
            fonts,
            text,
            layout: Layout::default(),
            pictures: Vec::new(),
            trouble: None,
            open: Vec::new(),
        }
    }

    /// Reads content from its beginning, and ends its last line.
    ///
    /// # Errors
    /// Only if the budget is spent.
    pub(crate) fn read(
        &mut self,
        content: &[u8],
        resources: &Dict,
        ctm: Matrix,
    ) -> Result<(), Reason> {
        let state = State {
            ctm,
            spacing: 0.0,
            word_spacing: 0.0,
            stretch: 1.0,
            leading: 0.0,
            font: None,
            size: 0.0,
            rise: 0.0,
        };
        self.run(content, resources, state)?;
        self.layout.end_line(self.file, self.text)
    }

    /// Reads a form as if content drew it.
    ///
    /// # Errors
    /// Only if the budget is spent.
    pub(crate) fn read_form(&mut self, form: &Object, resources: &Dict) -> Result<(), Reason> {
        let name: Rc<[u8]> = b"F".as_slice().into();
        let forms = Dict::from([(name, form.clone())]);
        let mut resources = resources.clone();
        resources.insert(b"XObject".as_slice().into(), Object::Dict(Rc::new(forms)));
        self.read(b"/F Do", &resources, IDENTITY)
    }

    fn note(&mut self, reason: Reason) {
        self.trouble.get_or_insert(reason);
    }

    fn run(&mut self, content: &[u8], resources: &Dict, state: State<'s>) -> Result<(), Reason> {
        self.file.work(content.len() / 8 + 1)?;
        let mut run = Running {
            reader: self,
            resources,
            state,
            saved: Vec::new(),
            line: IDENTITY,
            pen: IDENTITY,
            marks: Vec::new(),
        };
        let mut parser = Parser::content(content);
        let mut operands: Vec<Object> = Vec::new();
        loop {
            match parser.next() {
                Ok(Item::Value(value)) => {
                    if operands.len() < OPERANDS {
                        operands.push(value);
                    }
                }
                Ok(Item::Keyword(b"BI")) => {
                    let searched = inline::skip(&mut parser.lexer, content);
                    run.reader.file.work(searched / 4)?;
                    run.picture(Object::Null)?;
                    operands.clear();
                }
                Ok(Item::Keyword(operator)) => {
                    run.reader.file.work(parser.take_work().values + 4)?;
                    run.operator(operator, &operands)?;
                    operands.clear();
                }
                Ok(Item::End) => break,
                Err(reason) => {
                    run.reader.note(reason);
                    break;
                }
            }
        }
        let open = run.marks.iter().any(|actual| *actual);
        if open {
            self.layout.end_actual();
        }
        Ok(())
    }
}

/// Content while it is read.
pub(super) struct Running<'x, 'r, 'f, 'a, 'b, 's> {
    pub(super) reader: &'x mut Reader<'r, 'f, 'a, 'b, 's>,
    pub(super) resources: &'x Dict,
    pub(super) state: State<'s>,
    pub(super) saved: Vec<State<'s>>,
    /// The text line matrix, and the text matrix.
    pub(super) line: Matrix,
    pub(super) pen: Matrix,
    /// For each open mark, whether it has a replacement.
    pub(super) marks: Vec<bool>,
}

impl Running<'_, '_, '_, '_, '_, '_> {
    pub(super) fn picture(&mut self, object: Object) -> Result<(), Reason> {
        self.reader.file.work(16)?;
        let picture = Picture { object, matrix: self.state.ctm };
        if self.reader.pictures.len() < PICTURES {
            self.reader.pictures.push(picture);
        }
        Ok(())
    }

    pub(super) fn draw(&mut self, name: &[u8]) -> Result<(), Reason> {
        let file = self.reader.file;
        file.work(256)?;
        let objects = file.entry(self.resources, b"XObject");
        let object = objects.as_dict().map_or(Object::Null, |objects| file.entry(objects, name));
        let Some(stream) = object.as_stream() else { return Ok(()) };
        match file.entry(&stream.dict, b"Subtype").as_name() {
            Some(b"Image") => {
                return self.picture(object.clone());
            }
            Some(b"Form") | None => {}
            Some(_) => return Ok(()),
        }
        if self.reader.open.contains(&stream.start) {
            return Ok(());
        }
        if self.reader.open.len() >= FORMS {
            self.reader.note(Reason::TooDeep);
            return Ok(());
        }
        let content = match file.unpack(stream) {
            Ok(content) if content.left.is_none() => content.bytes,
            Ok(_) => {
                self.reader.note(Reason::Damaged);
                return Ok(());
            }
            Err(reason) => {
                file.stop_if_spent()?;
                self.reader.note(reason);
                return Ok(());
            }
        };
        let own = file.entry(&stream.dict, b"Resources");
        let resources = own.as_dict().map_or(self.resources, |own| own.as_ref());
        let mut state = self.state.clone();
        if let Some(matrix) = read_matrix(file, &file.entry(&stream.dict, b"Matrix")) {
            state.ctm = multiply(matrix, state.ctm);
        }
        self.reader.open.push(stream.start);
        let done = self.reader.run(&content, resources, state);
        self.reader.open.pop();
        done
    }
}

/// A matrix from an array.
pub(crate) fn read_matrix(file: &File<'_, '_>, array: &Object) -> Option<Matrix> {
    let numbers: Option<Vec<f64>> =
        array.as_array()?.iter().take(6).map(|number| file.resolve(number).as_number()).collect();
    Matrix::try_from(numbers?).ok()
}
