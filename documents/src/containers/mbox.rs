//! Mailboxes: mails one after the other in one file.
//!
//! A message begins after a line that starts with `From `, at the start of the file or
//! after an empty line, and ends in a time and a year of four digits. A line that is
//! `From ` and nothing else, as Thunderbird writes today, begins one if a header field
//! follows. Content-Length is ignored, and `>From ` stays as it is: the bytes of a
//! message are a slice of the file.

use std::io::{self, BufRead, BufReader, Read};

use super::{OpenError, Source};
use crate::{Budget, Child, Reason};

/// A message of a mailbox, or what stands in its place.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    /// Where its bytes begin in the mailbox: after its `From ` line.
    pub offset: u64,
    /// How many bytes it has, without the empty line that ends it.
    pub length: u64,
    /// Its bytes. [`Reason::TooLarge`] if there are more than [`Messages::MOST`],
    /// [`Reason::Damaged`] if they stand before the first `From ` line.
    pub bytes: Result<Vec<u8>, Reason>,
}

/// Reads a mailbox message by message, however long it is.
#[derive(Debug)]
pub struct Messages<R> {
    reader: R,
    ended: bool,
    /// How many bytes were read.
    position: u64,
    /// The line that is being looked at, or a piece of it.
    line: Vec<u8>,
    /// Whether `line` begins a line.
    fresh: bool,
    /// How long the last line is, if it is empty. The start of the file is an empty line.
    empty: Option<u64>,
    /// How long the last line is if it is a bare `From `, with the empty line before it.
    bare: Option<u64>,
    message: Unfinished,
}

/// What was read of a message.
#[derive(Debug, Default)]
struct Unfinished {
    /// Whether a `From ` line began it.
    begun: bool,
    offset: u64,
    length: u64,
    /// Its bytes; none if it is too large.
    bytes: Vec<u8>,
    most: usize,
}

/// Bytes of a mailbox on disk that are read at a time.
const BUFFER: usize = 256 << 10;
/// Lines are read in pieces of this length at most.
const PIECE: u64 = 64 << 10;

impl<R: BufRead> Messages<R> {
    /// Most bytes of a message that are given.
    pub const MOST: usize = 256 << 20;

    /// Reads the messages of a mailbox.
    pub fn new(reader: R) -> Self {
        Self::with_most(reader, Self::MOST)
    }

    fn with_most(reader: R, most: usize) -> Self {
        Self {
            reader,
            ended: false,
            position: 0,
            line: Vec::new(),
            fresh: true,
            empty: Some(0),
            bare: None,
            message: Unfinished { most, ..Unfinished::default() },
        }
    }

    /// Reads a line, or a piece of one. Gives the message that ends there, if one does.
    fn step(&mut self) -> io::Result<Option<Message>> {
        self.line.clear();
        let read = self.reader.by_ref().take(PIECE).read_until(b'\n', &mut self.line)? as u64;
        self.position = self.position.saturating_add(read);
        if read == 0 {
            self.ended = true;
            let cut = self.empty.unwrap_or(0);
            return Ok(self.message.finish(cut, self.position, false));
        }
        let line = match self.line.strip_prefix(b"\xef\xbb\xbf") {
            Some(rest) if self.position == read => rest,
            _ => self.line.as_slice(),
        };
        let (fresh, empty, bare) = (self.fresh, self.empty.take(), self.bare.take());
        self.fresh = line.ends_with(b"\n");
        if fresh
            && let Some(cut) = bare
            && is_field(line)
        {
            let message = self.message.finish(cut, self.position.saturating_sub(read), true);
            self.message.add(line);
            return Ok(message);
        }
        if fresh
            && let Some(cut) = empty
            && line.starts_with(b"From ")
        {
            if is_separator(line) {
                return Ok(self.message.finish(cut, self.position, true));
            }
            self.bare = is_bare(line).then(|| cut.saturating_add(read));
        }
        self.empty = (fresh && matches!(line, b"\n" | b"\r\n")).then_some(read);
        self.message.add(line);
        Ok(None)
    }
}

impl Unfinished {
    fn add(&mut self, piece: &[u8]) {
        self.length = self.length.saturating_add(piece.len() as u64);
        if self.length <= self.most as u64 {
            self.bytes.extend_from_slice(piece);
        } else {
            self.bytes = Vec::new();
        }
    }

    /// Ends this message, of which the last `cut` bytes are not part, and begins the
    /// next at `offset`. Nothing but empty lines before the first one is no message.
    fn finish(&mut self, cut: u64, offset: u64, begun: bool) -> Option<Message> {
        let next = Self { begun, offset, most: self.most, ..Self::default() };
        let mut ended = std::mem::replace(self, next);
        let length = ended.length.saturating_sub(cut);
        // It is at most `most`, a `usize`, unless the message is too large.
        ended.bytes.truncate(usize::try_from(length).unwrap_or(usize::MAX));
        let bytes = if ended.length > ended.most as u64 {
            Err(Reason::TooLarge)
        } else if ended.begun {
            Ok(ended.bytes)
        } else if ended.bytes.iter().all(u8::is_ascii_whitespace) {
            return None;
        } else {
            Err(Reason::Damaged)
        };
        Some(Message { offset: ended.offset, length, bytes })
    }
}

impl<R: BufRead> Iterator for Messages<R> {
    type Item = io::Result<Message>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            match self.step() {
                Ok(None) => {}
                Ok(Some(message)) => return Some(Ok(message)),
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

/// Gives the messages of a mailbox.
///
/// # Errors
/// [`Reason::TooLarge`] if the budget does not allow them; what `sink` says.
pub(super) fn entries(
    source: Source<'_>,
    budget: &mut Budget,
    sink: &mut dyn FnMut(Child, &mut Budget) -> Result<(), Reason>,
) -> Result<(), OpenError> {
    let reader = BufReader::with_capacity(BUFFER, source.reader(0, source.length()?));
    for message in Messages::new(reader) {
        let message = message?;
        budget.take_entries(1)?;
        budget.take_bytes(message.bytes.as_ref().map_or(0, Vec::len))?;
        let detail = match message.bytes {
            Err(Reason::Damaged) => "bytes before the first message".to_owned(),
            _ => String::new(),
        };
        sink(Child { name: Vec::new(), modified: None, bytes: message.bytes, detail }, budget)?;
    }
    Ok(())
}

/// The first line of bytes, with its end.
pub(crate) fn line(bytes: &[u8]) -> &[u8] {
    let end = bytes
        .iter()
        .position(|&byte| byte == b'\n')
        .map_or(bytes.len(), |end| end.saturating_add(1));
    bytes.get(..end).unwrap_or(bytes)
}

/// Whether a mailbox in memory has a second message.
pub(crate) fn has_second(bytes: &[u8]) -> bool {
    Messages::new(bytes).nth(1).is_some()
}

/// Whether a line that starts with `From ` ends in a time and a year of four digits. A
/// zone may stand between the two or behind them: `09:30:00 +0000 2019`.
pub(crate) fn is_separator(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else { return false };
    let mut words =
        rest.split(u8::is_ascii_whitespace).rev().filter(|word| !word.is_empty()).peekable();
    words.next_if(|word| is_zone(word));
    if !words.next().is_some_and(|year| year.len() == 4 && year.iter().all(u8::is_ascii_digit)) {
        return false;
    }
    // Two words at most: `MET DST`.
    words.next_if(|word| is_zone(word));
    words.next_if(|word| is_zone(word));
    words.next().is_some_and(is_time)
}

/// Whether a line is `From ` or, as in old mailboxes of Mozilla, `From -`.
pub(crate) fn is_bare(line: &[u8]) -> bool {
    line.strip_prefix(b"From ").is_some_and(|rest| matches!(rest.trim_ascii(), b"" | b"-"))
}

/// Whether a line begins a header field.
fn is_field(line: &[u8]) -> bool {
    let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
    name.len() < line.len() && !name.is_empty() && name.iter().all(u8::is_ascii_graphic)
}

/// A zone: `+0200`, or one to five capitals.
fn is_zone(word: &[u8]) -> bool {
    match word.split_first() {
        Some((b'+' | b'-', digits)) => digits.len() == 4 && digits.iter().all(u8::is_ascii_digit),
        _ => (1..=5).contains(&word.len()) && word.iter().all(u8::is_ascii_uppercase),
    }
}

/// A time: `9:30`, `09:30`, `09:30:00`.
fn is_time(word: &[u8]) -> bool {
    let mut parts = word.split(|&byte| byte == b':');
    let digits = |part: Option<&[u8]>, least: usize| {
        part.is_some_and(|part| {
            (least..=2).contains(&part.len()) && part.iter().all(u8::is_ascii_digit)
        })
    };
    let (hours, minutes) = (digits(parts.next(), 1), digits(parts.next(), 2));
    let seconds = parts.next();
    hours && minutes && (seconds.is_none() || digits(seconds, 2)) && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "From a@example.com Tue May 14 09:30:00 2019\n";

    fn bodies(mailbox: &str) -> Vec<String> {
        let read: Vec<Message> = Messages::new(mailbox.as_bytes()).map(Result::unwrap).collect();
        for message in &read {
            let end = message.offset + message.length;
            let slice = &mailbox.as_bytes()[message.offset as usize..end as usize];
            assert_eq!(message.bytes.as_deref().unwrap(), slice);
        }
        read.into_iter().map(|message| String::from_utf8(message.bytes.unwrap()).unwrap()).collect()
    }

    #[test]
    fn separators() {
        for yes in [
            "From a@example.com Tue May 14 09:30:00 2019\r\n",
            "From - Tue May 14 9:30 2019",
            "From 123@xxx Tue May 14 09:30:00 +0000 2019\n",
            "From a Tue May 14 09:30:00 MET DST 2019\n",
            "From a Tue May 14 09:30:00 2019 -0700\n",
        ] {
            assert!(is_separator(yes.as_bytes()), "{yes}");
        }
        for no in [
            "From now on the code name is X\n",
            "From 10:30 on, in 2019\n",
            "From the office, at 10:30 in 2019\n",
            "From a Tue May 14 09:30:00 19\n",
            ">From a Tue May 14 09:30:00 2019\n",
        ] {
            assert!(!is_separator(no.as_bytes()), "{no}");
        }
    }

    #[test]
    fn messages_are_slices() {
        assert_eq!(bodies(&format!("\n\u{feff}{LINE}")[1..]), [""]);
        assert_eq!(
            bodies(&format!("{LINE}A: 1\n\nx\n\n{LINE}B: 2\n\ny\n\n")),
            ["A: 1\n\nx\n", "B: 2\n\ny\n"]
        );
        assert_eq!(bodies(&format!("{LINE}A: 1\n\nx\n{LINE}y")), [format!("A: 1\n\nx\n{LINE}y")]);
        assert_eq!(
            bodies("From \r\nA: 1\r\n\r\nx\r\n\r\nFrom \r\nB: 2\r\n"),
            ["A: 1\r\n\r\nx\r\n", "B: 2\r\n"]
        );
        assert_eq!(bodies("From \nA: 1\n\nFrom \nno field\n"), ["A: 1\n\nFrom \nno field\n"]);
        assert_eq!(bodies(""), [""; 0]);
    }

    #[test]
    fn limits() {
        let mailbox = format!("before\n\n{LINE}{}\n\n{LINE}short\n", "long".repeat(50_000));
        let read: Vec<Message> =
            Messages::with_most(mailbox.as_bytes(), 1000).map(Result::unwrap).collect();
        let bytes: Vec<_> = read.iter().map(|message| message.bytes.clone()).collect();
        assert_eq!(bytes, [Err(Reason::Damaged), Err(Reason::TooLarge), Ok(b"short\n".to_vec())]);
        assert_eq!(read[1].length, 200_001);
    }
}
