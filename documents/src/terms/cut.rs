//! Cutting text into words.

use crate::{Reason, Text, unicode};

use super::normal::{DIVIDED, MOST_BYTES, normal};

/// Most words of a text: about 4,000 pages, far more than fill any filter.
const MOST_UNITS: usize = 1 << 21;

/// How a word stands to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// It is the first of its block: they do not stand beside each other.
    Apart,
    /// Something that is no part of a term stands between: they stand side by side.
    Beside,
    /// One of `' - . @ &` stands between, and nothing else; but not `'` before a single
    /// letter.
    Inner(char),
    /// A hyphen and a line end stand between, and this begins with a lower-case letter.
    Divided,
    /// Two characters of one run of a script without spaces.
    Run,
    /// The same, with a line end between: they are one run and side by side.
    Wrapped,
}

impl Link {
    /// The character in a joined form, if there is one.
    #[must_use]
    pub fn inner(self) -> Option<char> {
        match self {
            Self::Inner(joint) => Some(joint),
            Self::Divided => Some('-'),
            _ => None,
        }
    }

    /// Whether the two make a pair of words.
    #[must_use]
    pub fn is_pair(self) -> bool {
        matches!(self, Self::Beside | Self::Inner(_) | Self::Divided | Self::Wrapped)
    }

    /// Whether the two are one run of characters.
    #[must_use]
    pub fn is_run(self) -> bool {
        matches!(self, Self::Run | Self::Wrapped)
    }

    /// Whether two words so linked in a text are what a query asks for by `asked`.
    #[must_use]
    pub fn answers(self, asked: Self) -> bool {
        match asked {
            Self::Apart => true,
            Self::Beside => self.is_pair(),
            Self::Inner(_) | Self::Divided => self.inner() == asked.inner(),
            Self::Run | Self::Wrapped => self.is_run(),
        }
    }
}

/// A word of a text, or one character of a script without spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    start: u32,
    end: u32,
    /// How it stands to the unit before.
    pub link: Link,
}

/// A text in normal form, cut into units. A unit's index is its position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    text: String,
    units: Vec<Unit>,
}

impl Cut {
    /// Cuts the text of an item.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] if it has more than 64 MiB in normal form or 2²¹ units.
    pub fn of(text: &Text) -> Result<Self, Reason> {
        let mut cut = Self::default();
        for block in text.as_str().split(Text::BLOCK) {
            cut.add(block)?;
        }
        Ok(cut)
    }

    /// Cuts a text of one block: a query's word or phrase, a field.
    ///
    /// # Errors
    /// As [`Cut::of`].
    pub fn of_block(block: &str) -> Result<Self, Reason> {
        let mut cut = Self::default();
        cut.add(block)?;
        Ok(cut)
    }

    /// How many units there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// The word at a position; empty beyond the last.
    #[must_use]
    pub fn word(&self, at: usize) -> &str {
        let range = |unit: &Unit| unit.start as usize..unit.end as usize;
        self.units.get(at).and_then(|unit| self.text.get(range(unit))).unwrap_or_default()
    }

    /// How the unit at a position stands to the one before; apart beyond the last.
    #[must_use]
    pub fn link(&self, at: usize) -> Link {
        self.units.get(at).map_or(Link::Apart, |unit| unit.link)
    }

    fn add(&mut self, block: &str) -> Result<(), Reason> {
        let start = self.text.len();
        let most = MOST_BYTES.saturating_sub(start);
        self.text.push_str(&normal(block, most)?);
        let mut cutter =
            Cutter { at: start, rest: self.text.get(start..).unwrap_or_default(), last: None };
        while let Some(unit) = cutter.next() {
            if self.units.len() >= MOST_UNITS {
                return Err(Reason::TooLarge);
            }
            self.units.push(unit);
        }
        Ok(())
    }
}

/// Whether a character is part of a term.
pub(crate) fn is_word(point: char) -> bool {
    if point.is_ascii() {
        return point.is_ascii_alphanumeric() || point == '_';
    }
    unicode::is_letter(point) || unicode::is_number(point) || unicode::is_mark(point)
}

/// Whether one such character between two words makes a joined form.
fn is_joint(point: char) -> bool {
    matches!(point, '\'' | '-' | '.' | '@' | '&' | DIVIDED)
}

/// Whether a word is a single letter.
fn is_letter(word: &str) -> bool {
    let mut points = word.chars();
    points.next().is_some_and(unicode::is_letter) && points.next().is_none()
}

struct Cutter<'a> {
    at: usize,
    rest: &'a str,
    /// Whether the unit before was a character of a script without spaces; `None`
    /// before the first.
    last: Option<bool>,
}

impl Cutter<'_> {
    fn next(&mut self) -> Option<Unit> {
        let start = self.rest.find(is_word)?;
        let (between, rest) = self.rest.split_at_checked(start)?;
        let unspaced = rest.chars().next().is_some_and(unicode::is_unspaced);
        let length = if unspaced {
            rest.chars().next().map_or(0, char::len_utf8)
        } else {
            rest.find(|point| !is_word(point) || unicode::is_unspaced(point)).unwrap_or(rest.len())
        };
        let link = match self.last {
            None => Link::Apart,
            // `'s` and `'t` are no part of a name: a joined form for each would fill filters.
            Some(_) if between == "'" && is_letter(rest.get(..length)?) => Link::Beside,
            Some(last) => link(between, last && unspaced),
        };
        let start = self.at.checked_add(start)?;
        let end = start.checked_add(length)?;
        self.rest = rest.get(length..)?;
        self.at = end;
        self.last = Some(unspaced);
        Some(Unit { start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()?, link })
    }
}

/// The link that `between` makes. Text in scripts without spaces is wrapped without
/// regard to words, so a line end does not part a run.
fn link(between: &str, both_unspaced: bool) -> Link {
    if both_unspaced {
        if between.is_empty() {
            return Link::Run;
        }
        if between.trim_matches([' ']) == "\n" {
            return Link::Wrapped;
        }
    }
    let mut points = between.chars();
    match (points.next(), points.next()) {
        (Some(DIVIDED), None) => Link::Divided,
        (Some(joint), None) if is_joint(joint) => Link::Inner(joint),
        _ => Link::Beside,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words with the sign of their link: `|` apart, space beside, `~` run, `/` wrapped,
    /// `=` divided, else what stands between.
    fn cut(text: &str) -> String {
        let cut = Cut::of_block(text).unwrap();
        (0..cut.len())
            .map(|at| {
                let sign = match cut.link(at) {
                    Link::Apart => '|',
                    Link::Beside => ' ',
                    Link::Inner(joint) => joint,
                    Link::Divided => '=',
                    Link::Run => '~',
                    Link::Wrapped => '/',
                };
                format!("{sign}{}", cut.word(at))
            })
            .collect()
    }

    #[test]
    fn cuts_words() {
        assert_eq!(
            cut("Form W-2 and plan B; see 7(c), C++ #tag"),
            "|form w-2 and plan b see 7 c c tag"
        );
        assert_eq!(cut("O’Neil AT&T R.J. alice@example.com"), "|o'neil at&t r.j alice@example.com");
        assert_eq!(cut("John's don't 'tis '80s"), "|john s don t tis 80s");
        assert_eq!(cut("a--b, c.-d e...f build_2019_final"), "|a b c d e f build_2019_final");
        assert_eq!(cut("agree-\nment Smith-\nJones"), "|agree=ment smith-jones");
        assert_eq!(cut("क्षेत्र हिन्दी עִבְרִית"), "|क्षेत्र हिन्दी עִבְרִית");
        assert_eq!(cut(" ... "), "");
    }

    #[test]
    fn cuts_scripts_without_spaces_into_characters() {
        assert_eq!(cut("契約書を PDFで"), "|契~約~書~を pdf で");
        assert_eq!(cut("第1条 契\n 約"), "|第 1 条 契/約");
        assert_eq!(cut("확인"), "|확~인");
    }

    #[test]
    fn blocks_part_words() {
        let budget = &mut crate::Budget::new();
        let mut text = Text::new();
        text.push_block("a b", budget).unwrap();
        text.push_block("c\nd", budget).unwrap();
        let cut = Cut::of(&text).unwrap();
        assert_eq!(cut.word(2), "c");
        assert_eq!((cut.link(2), cut.link(3), cut.len()), (Link::Apart, Link::Beside, 4));
    }
}
