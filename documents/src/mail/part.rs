//! The parts of a mail: one pass over its lines, with a stack of boundaries.

use super::header::{Header, is_empty, is_header_line, take_line};
use super::parameter::Parameters;
use crate::{Budget, Reason};

/// How deep multiparts may stand inside multiparts. A deeper one is a part that is not
/// read.
const DEPTH: usize = 64;

/// A part that is no multipart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    /// The lines of its header.
    pub(super) header: &'a [u8],
    /// Its body, without the line end before the boundary.
    pub(super) body: &'a [u8],
    /// What it is if it does not say so: a message in a digest, else text.
    pub(super) in_digest: bool,
    /// Whether it stands in a multipart that is encrypted.
    pub(super) in_encrypted: bool,
    /// Whether multiparts stand in it that are too deep to be taken apart.
    pub(super) too_deep: bool,
}

/// A mail taken apart.
#[derive(Debug)]
pub(super) struct Mail<'a> {
    /// Its own header.
    pub(super) header: Header<'a>,
    /// What follows the header.
    pub(super) body: &'a [u8],
    /// Its parts, in order.
    pub(super) parts: Vec<Part<'a>>,
}

/// A multipart whose parts are being read.
struct Open<'a> {
    boundary: Vec<u8>,
    /// How many parts there were before it.
    parts: usize,
    header: &'a [u8],
    body: &'a [u8],
    digest: bool,
    encrypted: bool,
}

/// Where in a mail the pass is.
enum State<'a> {
    /// In the header of a part that begins here.
    Header(&'a [u8]),
    /// In the body of a part: its header, and where its body begins.
    Body(&'a [u8], &'a [u8]),
    /// Before the first part of a multipart, or after the last.
    Between,
}

/// The bytes between the start of `from` and the start of `to`, which is a tail of it.
fn between<'a>(from: &'a [u8], to: &[u8]) -> &'a [u8] {
    from.get(..from.len().saturating_sub(to.len())).unwrap_or_default()
}

/// Takes away what may stand before the header: a mark, empty lines, the line with which
/// a message of a mailbox begins; and what Apple Mail writes around a message.
pub(crate) fn skip_start(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    if let Some(message) = in_emlx(rest) {
        rest = message;
    }
    while rest.starts_with(b"From ") || rest.starts_with(b">From ") {
        take_line(&mut rest);
    }
    rest
}

/// The message in a file of Apple Mail: its length on a line, the message, a list of
/// properties.
fn in_emlx(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes;
    let digits = take_line(&mut rest).trim_ascii();
    if !(1..=9).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let length: usize = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let (message, after) = rest.split_at_checked(length)?;
    after.trim_ascii_start().starts_with(b"<?xml").then_some(message)
}

impl<'a> Mail<'a> {
    /// Takes a mail apart.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] if the budget does not allow it.
    pub(super) fn read(bytes: &'a [u8], budget: &mut Budget) -> Result<Self, Reason> {
        let start = skip_start(bytes);
        let mut pass = Pass { open: Vec::new(), parts: Vec::new(), state: State::Header(start) };
        let mut rest = start;
        let mut own: Option<(&[u8], &[u8])> = None;
        loop {
            if let State::Body(..) | State::Between = pass.state
                && pass.open.is_empty()
            {
                // Nothing can end a part but the end of the mail.
                rest = &[];
            }
            let line_start = rest;
            let line = take_line(&mut rest);
            if line.is_empty() {
                break;
            }
            if line.starts_with(b"--")
                && let Some((level, closes)) = pass.boundary(line, budget)?
            {
                pass.end_part(line_start, budget)?;
                pass.close_to(level.saturating_add(usize::from(!closes)), line_start, budget)?;
                pass.state = if closes { State::Between } else { State::Header(rest) };
                continue;
            }
            if let State::Header(header) = pass.state {
                let body = if is_empty(line) {
                    rest
                } else if is_header_line(line) {
                    continue;
                } else {
                    line_start
                };
                let header = between(header, line_start);
                own.get_or_insert((header, body));
                pass.begin_body(header, body, budget)?;
            }
        }
        pass.end_part(rest, budget)?;
        pass.close_to(0, rest, budget)?;
        let (header, body) = own.unwrap_or((start, &[]));
        let header = Header::read(header, budget)?;
        Ok(Self { header, body, parts: pass.parts })
    }
}

/// The pass over the lines of a mail.
struct Pass<'a> {
    open: Vec<Open<'a>>,
    parts: Vec<Part<'a>>,
    state: State<'a>,
}

impl<'a> Pass<'a> {
    /// The multipart of which a line is a boundary, the innermost first, and whether
    /// the line closes it.
    fn boundary(&self, line: &[u8], budget: &mut Budget) -> Result<Option<(usize, bool)>, Reason> {
        budget.take_work(self.open.len() as u64)?;
        let line = line.trim_ascii_end();
        let line = line.strip_prefix(b"--").unwrap_or(line);
        let find = |line: &[u8]| self.open.iter().rposition(|open| open.boundary == line);
        Ok(match find(line) {
            Some(level) => Some((level, false)),
            None => line.strip_suffix(b"--").and_then(find).map(|level| (level, true)),
        })
    }

    fn begin_body(
        &mut self,
        header: &'a [u8],
        body: &'a [u8],
        budget: &mut Budget,
    ) -> Result<(), Reason> {
        let fields = Header::read(header, budget)?;
        let content_type = Parameters::read(&fields.first("content-type").unwrap_or_default());
        self.state = State::Body(header, body);
        let Some(subtype) = content_type.value.strip_prefix("multipart/") else { return Ok(()) };
        if self.open.len() >= DEPTH {
            return Ok(());
        }
        let declared = content_type.plain("boundary").unwrap_or_default();
        let Some(boundary) = boundary_in(body, declared.trim_ascii_end().as_bytes(), budget)?
        else {
            return Ok(());
        };
        budget.take_bytes(boundary.len())?;
        self.open.push(Open {
            boundary,
            parts: self.parts.len(),
            header,
            body,
            digest: subtype == "digest",
            encrypted: subtype == "encrypted",
        });
        self.state = State::Between;
        Ok(())
    }

    /// Ends the part that is open, if one is, before `end`.
    fn end_part(&mut self, end: &'a [u8], budget: &mut Budget) -> Result<(), Reason> {
        let (header, body) = match std::mem::replace(&mut self.state, State::Between) {
            State::Between => return Ok(()),
            // A header that nothing follows.
            State::Header(header) => {
                let header = between(header, end);
                if header.is_empty() {
                    return Ok(());
                }
                (header, end.get(..0).unwrap_or_default())
            }
            State::Body(header, body) => (header, between(body, end)),
        };
        self.add(header, body, end, budget)
    }

    fn add(
        &mut self,
        header: &'a [u8],
        body: &'a [u8],
        end: &[u8],
        budget: &mut Budget,
    ) -> Result<(), Reason> {
        budget.take_entries(1)?;
        // The line end before a boundary belongs to it.
        let body = match end {
            [] => body,
            _ => body
                .strip_suffix(b"\n")
                .map_or(body, |body| body.strip_suffix(b"\r").unwrap_or(body)),
        };
        self.parts.push(Part {
            header,
            body,
            in_digest: self.open.last().is_some_and(|open| open.digest),
            in_encrypted: self.open.iter().any(|open| open.encrypted),
            too_deep: self.open.len() >= DEPTH,
        });
        Ok(())
    }

    /// Closes multiparts down to a level. One without any part is a part itself.
    fn close_to(&mut self, level: usize, end: &'a [u8], budget: &mut Budget) -> Result<(), Reason> {
        while self.open.len() > level
            && let Some(open) = self.open.pop()
        {
            if open.parts == self.parts.len() {
                self.add(open.header, between(open.body, end), end, budget)?;
            }
        }
        Ok(())
    }
}

/// The boundary of a multipart: the declared one if a line has it, else what the first
/// line with two hyphens says that a field `Content-…` follows.
fn boundary_in(
    body: &[u8],
    declared: &[u8],
    budget: &mut Budget,
) -> Result<Option<Vec<u8>>, Reason> {
    let mut rest = body;
    let mut guess: Option<&[u8]> = None;
    while !rest.is_empty() {
        let line = take_line(&mut rest);
        budget.take_work(line.len() as u64)?;
        let Some(name) = line.strip_prefix(b"--") else { continue };
        let name = name.trim_ascii_end();
        if !declared.is_empty() && (name == declared || name.strip_suffix(b"--") == Some(declared))
        {
            return Ok(Some(declared.to_vec()));
        }
        let field = rest.get(..8).is_some_and(|start| start.eq_ignore_ascii_case(b"content-"));
        if field && !name.is_empty() && guess.is_none() {
            guess = Some(name);
        }
    }
    Ok(guess.map(<[u8]>::to_vec))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(mail: &str) -> Vec<String> {
        let mail = Mail::read(mail.as_bytes(), &mut Budget::new()).unwrap();
        mail.parts.iter().map(|part| String::from_utf8_lossy(part.body).into_owned()).collect()
    }

    #[test]
    fn structure() {
        assert_eq!(bodies("A: b\n\nbody\n"), ["body\n"]);
        assert_eq!(bodies("A: b\nno field\n"), ["no field\n"]);
        let head = "Content-Type: multipart/mixed; boundary=";
        assert_eq!(
            bodies(&format!("{head}b\n\npre\n--b  \n\none\n\n--b\nX: y\n\ntwo\n--b--\nepi\n")),
            ["one\n", "two"]
        );
        // An inner multipart that is not closed, and an outer one that is.
        let inner = format!("{head}bb\n\n--bb\n\nin\n");
        assert_eq!(bodies(&format!("{head}b\n\n--b\n{inner}--b\n\nout\n--b--\n")), ["in", "out"]);
        // Never closed; a header alone; a boundary that does not occur.
        assert_eq!(bodies(&format!("{head}b\n\n--b\n\nlast")), ["last"]);
        assert_eq!(bodies(&format!("{head}b\n\n--b\nX: y\n--b--\n")), [""]);
        assert_eq!(
            bodies(&format!("{head}other\n\n--b\nContent-Type: text/plain\n\none\n--b--\n")),
            ["one"]
        );
        assert_eq!(bodies(&format!("{head}b\n\nno parts\n")), ["no parts\n"]);
        assert_eq!(bodies(&format!("{head}b\n\nx\n--b--\n")), ["x"]);
    }

    #[test]
    fn files_of_apple_mail() {
        assert_eq!(bodies("11      \nA: b\n\nbody\n<?xml version=\"1.0\"?><plist/>"), ["body\n"]);
    }

    #[test]
    fn depth_is_bounded() {
        let mut mail = String::new();
        for level in 0..200 {
            mail += &format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n");
        }
        let mail = Mail::read(mail.as_bytes(), &mut Budget::new()).map(|mail| mail.parts.len());
        assert_eq!(mail, Ok(1));
    }
}
