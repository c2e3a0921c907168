//! Mail as it comes, made up: as much of it as is asked for, the same on every machine.
//!
//! Words are drawn as often as real mail has them (`words.txt`), mails are as long as real
//! ones, some answer others, some have HTML beside their text, some have attachments. All
//! people and addresses are invented.

mod draw;
mod parts;
mod words;

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use self::draw::Draw;
use self::parts::{Part, Shown};
use self::words::Words;

/// Mails that an answer may be to.
const OPEN_THREADS: usize = 200;
/// 1 January 2019, in seconds.
const FIRST: u64 = 1_546_300_800;
/// A mail comes every so many seconds, about.
const PAUSE: u64 = 900;

/// A mail.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Its bytes, as a `.eml` file has them; lines end in a line feed.
    pub bytes: Vec<u8>,
    /// Who sent it.
    pub from: String,
    /// When, in seconds since 1970.
    pub seconds: u64,
}

/// Makes mails without end.
#[derive(Debug)]
pub struct Mails {
    draw: Draw,
    words: Words,
    number: u64,
    seconds: u64,
    threads: VecDeque<Thread>,
}

/// What an answer needs of the mail that it is to.
#[derive(Clone, Debug)]
struct Thread {
    id: String,
    references: String,
    subject: String,
    from: Person,
    quoted: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Person {
    first: usize,
    last: usize,
}

const FIRST_NAMES: [&str; 20] = [
    "Ada", "Ben", "Cleo", "Dan", "Edda", "Finn", "Gina", "Hugo", "Ines", "Jan", "Kaya", "Leo",
    "Mina", "Nils", "Orla", "Pia", "Quinn", "Rosa", "Sven", "Tess",
];
const LAST_NAMES: [&str; 20] = [
    "Abel", "Brandt", "Castle", "Draper", "Ebner", "Fisk", "Grove", "Hale", "Irving", "Jonker",
    "Keller", "Lund", "Marsh", "Novak", "Ostler", "Penn", "Quist", "Rowan", "Stone", "Thorn",
];
const DOMAINS: [&str; 4] = ["example.com", "example.org", "example.net", "mail.example"];

impl Person {
    fn draw(draw: &mut Draw) -> Self {
        // The few write most.
        let place = |draw: &mut Draw| draw.below(20).min(draw.below(20)) as usize;
        Self { first: place(draw), last: place(draw) }
    }

    fn address(self) -> String {
        let (first, last) = (FIRST_NAMES[self.first], LAST_NAMES[self.last]);
        let domain = DOMAINS[(self.first + self.last) % DOMAINS.len()];
        format!("{}.{}@{domain}", first.to_lowercase(), last.to_lowercase())
    }

    fn written(self) -> String {
        format!("{} {} <{}>", FIRST_NAMES[self.first], LAST_NAMES[self.last], self.address())
    }
}

impl Mails {
    /// The mails of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            draw: Draw::new(seed),
            words: Words::new(),
            number: 0,
            seconds: FIRST,
            threads: VecDeque::new(),
        }
    }

    fn mail(&mut self) -> Mail {
        let draw = &mut self.draw;
        self.number += 1;
        self.seconds += draw.below(2 * PAUSE);
        let from = Person::draw(draw);
        let id = format!("<{}.{:08x}@{}>", self.number, draw.below(1 << 32), DOMAINS[0]);
        let answered = (!self.threads.is_empty() && draw.chance(45)).then(|| {
            let at = draw.below(self.threads.len() as u64) as usize;
            self.threads[at].clone()
        });
        let subject = match &answered {
            Some(Thread { subject, .. }) if subject.starts_with("Re: ") => subject.clone(),
            Some(Thread { subject, .. }) => format!("Re: {subject}"),
            None => {
                let count = 2 + draw.below(6);
                self.words.line(count, draw)
            }
        };
        let to = answered.as_ref().map_or_else(|| Person::draw(draw), |thread| thread.from);
        let mut text = self.words.text(draw);
        let quoted = text.lines().take(6).fold(String::new(), |all, line| all + "> " + line + "\n");
        if let Some(Thread { from, quoted, .. }) = &answered {
            let _ = write!(text, "\n{} wrote:\n{quoted}", from.written());
        }

        let mut head = received(from, self.seconds, draw);
        let _ = write!(head, "From: {}\nTo: {}\n", from.written(), to.written());
        if draw.chance(35) {
            let others: Vec<String> =
                (0..=draw.below(4)).map(|_| Person::draw(draw).written()).collect();
            let _ = writeln!(head, "Cc: {}", others.join(",\n\t"));
        }
        let date = date(self.seconds);
        let _ = write!(head, "Subject: {subject}\nDate: {date}\nMessage-ID: {id}\n");
        let mut references = String::new();
        if let Some(Thread { id, references: before, .. }) = &answered {
            references = format!("{before}{id}\n\t");
            let _ = write!(head, "In-Reply-To: {id}\nReferences: {}\n", references.trim_end());
        }
        head += "MIME-Version: 1.0\n";

        let shown = if draw.chance(30) { Shown::Both } else { Shown::Plain };
        let mut attachments = Vec::new();
        if draw.chance(12) {
            for _ in 0..=draw.below(2) {
                attachments.push(Part::attachment(&mut self.words, draw));
            }
        }
        let body = parts::body(&text, shown, &attachments, self.number);
        // A few last mails of a long thread would fill every header.
        if references.len() < 1000 {
            self.threads.push_back(Thread { id, references, subject, from, quoted });
            if self.threads.len() > OPEN_THREADS {
                self.threads.pop_front();
            }
        }
        let bytes = (head + &body).into_bytes();
        Mail { bytes, from: from.address(), seconds: self.seconds }
    }
}

impl Iterator for Mails {
    type Item = Mail;

    fn next(&mut self) -> Option<Mail> {
        Some(self.mail())
    }
}

/// What servers on the way write.
fn received(from: Person, seconds: u64, draw: &mut Draw) -> String {
    let mut head = format!("Return-Path: <{}>\n", from.address());
    for hop in 0..3 {
        let _ = write!(
            head,
            "Received: from relay{}.example.net (relay{}.example.net [192.0.2.{}])\n\tby \
             mx{hop}.example.com (Postfix) with ESMTP id {:010X}\n\tfor <list@example.com>; {}\n",
            draw.below(9),
            draw.below(9),
            draw.below(250),
            draw.below(1 << 40),
            date(seconds + 3 - hop),
        );
    }
    head
}

/// A time as headers have it.
fn date(seconds: u64) -> String {
    let (year, month, day) = calendar(seconds / 86_400);
    let weekday =
        ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][(seconds / 86_400 % 7) as usize];
    format!("{weekday}, {day} {} {year} {} +0000", MONTHS[month], clock(seconds))
}

/// A time as `From ` lines of a mailbox have it.
fn ctime(seconds: u64) -> String {
    let (year, month, day) = calendar(seconds / 86_400);
    let weekday =
        ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][(seconds / 86_400 % 7) as usize];
    format!("{weekday} {} {day:2} {} {year}", MONTHS[month], clock(seconds))
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn clock(seconds: u64) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
}

/// Year, month from 0 and day of a number of days since 1970.
fn calendar(mut days: u64) -> (u64, usize, u64) {
    let mut year = 1970;
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while days >= lengths[month] {
        days -= lengths[month];
        month += 1;
    }
    (year, month, days + 1)
}

/// Writes mails one after the other as a mailbox; gives its length.
///
/// # Errors
/// If it cannot be written.
pub fn write_mbox(path: &Path, mails: impl Iterator<Item = Mail>) -> io::Result<u64> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut length = 0;
    for mail in mails {
        let line = format!("From {} {}\n", mail.from, ctime(mail.seconds));
        for bytes in [line.as_bytes(), &mail.bytes, b"\n"] {
            file.write_all(bytes)?;
            length += bytes.len() as u64;
        }
    }
    file.flush()?;
    Ok(length)
}

/// Writes each mail as a file of a folder, which is made; gives their length.
///
/// # Errors
/// If they cannot be written.
pub fn write_folder(folder: &Path, mails: impl Iterator<Item = Mail>) -> io::Result<u64> {
    let mut length = 0;
    for (mail, number) in mails.zip(0..) {
        // A file system is slow with too many in one place.
        let place = folder.join(format!("{:04}", number / 1000));
        fs::create_dir_all(&place)?;
        fs::write(place.join(format!("{number:07}.eml")), &mail.bytes)?;
        length += mail.bytes.len() as u64;
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use candor_documents::{Budget, Kind, kind_of, read};

    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(date(FIRST), "Tue, 1 Jan 2019 00:00:00 +0000");
        assert_eq!(date(1_582_979_696), "Sat, 29 Feb 2020 12:34:56 +0000");
        assert_eq!(ctime(1_583_020_800), "Sun Mar  1 00:00:00 2020");
    }

    #[test]
    fn the_same_seed_gives_the_same_mails_and_another_gives_others() {
        let bytes = |seed| Mails::new(seed).take(40).map(|mail| mail.bytes).collect::<Vec<_>>();
        assert_eq!(bytes(1), bytes(1));
        assert_ne!(bytes(1), bytes(2));
    }

    #[test]
    fn mails_are_read_as_what_they_are_and_are_as_long_as_real_ones() {
        let mut lengths = Vec::new();
        let (mut answers, mut members) = (0, 0);
        for mail in Mails::new(3).take(1000) {
            assert_eq!(kind_of(&mail.bytes), Kind::Mail);
            let content = read(&mail.bytes, Kind::Mail, &mut Budget::new()).unwrap();
            assert!(content.unread.is_empty(), "{:?}", content.unread);
            lengths.push(content.text.as_str().split_whitespace().count());
            answers += u32::from(!content.meta.message_id.is_none_or(|id| id.is_empty()));
            let mut member = |_, _| {
                members += 1;
                Ok::<(), ()>(())
            };
            let mut exception = |exception| panic!("{exception:?}");
            candor_documents::family(&mail.bytes, Kind::Mail, &mut member, &mut exception).unwrap();
        }
        assert_eq!(answers, 1000);
        assert!((80..400).contains(&members), "{members}");
        lengths.sort_unstable();
        assert!((200..350).contains(&lengths[500]), "{}", lengths[500]);
        assert!(lengths[990] > 4 * lengths[500], "{}", lengths[990]);
    }
}
