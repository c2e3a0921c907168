//! From runs of glyphs to lines of text.
//!
//! Runs come in the order of the content. A line ends where the baseline changes, or
//! where the pen goes back; both are measured in the run's own space, so that turned
//! text reads like any other. A gap along the baseline is a space. Within a run, which
//! is one string of the content, there are no gaps but spaces of its own: letters
//! spread by character spacing stay a word.
//!
//! Lengths are computed by + − × ÷ alone and rounded to 1/64 of the font's size before
//! they are compared, so that every machine decides alike.

use std::rc::Rc;

use super::bidi;
use super::file::File;
use crate::{Reason, Text};

/// In 64ths of the size: a gap wider than this is a space.
const SPACE: i64 = 10;
/// Between characters of scripts without spaces.
const WIDE_SPACE: i64 = 32;
/// A baseline that moves further than this begins a line.
const LINE: i64 = 32;
/// A pen that goes further back than this begins a line.
const BACK: i64 = 32;
/// What is drawn again this near is drawn to look bold.
const AGAIN: i64 = 8;
/// A number raised this far is a mark, not part of the word before it.
const RAISED: i64 = 8;

/// Most glyphs and most bytes of a line.
const LINE_GLYPHS: usize = 1 << 16;
const LINE_BYTES: usize = 1 << 20;
/// Bytes of a letter with its accents, beyond which no more are joined to it.
const ACCENTS: usize = 64;

/// A string as it is shown.
pub(crate) struct Run {
    /// The characters of each glyph.
    pub(crate) glyphs: Vec<Rc<str>>,
    /// Where its first glyph stands, and where the pen is after its last.
    pub(crate) start: (f64, f64),
    pub(crate) end: (f64, f64),
    pub(crate) space: Space,
    /// Character spacing, in 64ths of the size.
    pub(crate) spacing: i64,
}

/// The space in which a run is drawn: the matrix from text to page without its
/// translation, the size of the font, and the direction of the line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Space {
    pub(crate) matrix: [f64; 4],
    pub(crate) size: f64,
    pub(crate) stretch: f64,
    pub(crate) horizontal: bool,
}

impl Space {
    /// A shift on the page along and across the line, in 64ths of the size.
    fn measure(&self, from: (f64, f64), to: (f64, f64)) -> Option<(i64, i64)> {
        let [a, b, c, d] = self.matrix;
        let (x, y) = (to.0 - from.0, to.1 - from.1);
        let determinant = a * d - b * c;
        let u = (d * x - c * y) / determinant;
        let v = (a * y - b * x) / determinant;
        if self.horizontal {
            Some((sixty_fourths(u / (self.size * self.stretch))?, sixty_fourths(v / self.size)?))
        } else {
            Some((sixty_fourths(-v / self.size)?, sixty_fourths(u / self.size)?))
        }
    }
}

/// Rounds to 64ths, half away from zero.
pub(crate) fn sixty_fourths(value: f64) -> Option<i64> {
    if !value.is_finite() {
        return None;
    }
    let scaled = (value * 64.0).clamp(-1e12, 1e12);
    Some(if scaled < 0.0 { -((0.5 - scaled) as i64) } else { (scaled + 0.5) as i64 })
}

/// The text of one glyph, and what stands there by `ActualText`.
struct Cluster {
    text: Rc<str>,
    /// Beside `text`: the replacement at the first glyph that it covers, nothing at
    /// the others.
    actual: Option<Option<Rc<str>>>,
}

/// A replacement for what is shown until it is closed.
struct Actual {
    text: Rc<str>,
    used: bool,
}

/// Puts runs together.
#[derive(Default)]
pub(crate) struct Layout {
    line: Vec<Cluster>,
    /// Bytes of the line, replacements included.
    bytes: usize,
    /// Where in the line pieces begin that are drawn from left to right.
    pieces: Vec<usize>,
    last: Option<Run>,
    actual: Option<Actual>,
    /// Glyphs with and without characters, spaces aside.
    pub(crate) known: usize,
    pub(crate) unknown: usize,
}

/// What joins a run to what was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Join {
    Glue,
    Space,
    /// Set to the left of what comes before it in the text.
    Leftward {
        space: bool,
    },
    Line,
    /// The same again.
    Again,
    /// An accent and the letter that it stands over, in either order.
    Accent,
}

impl Layout {
    /// Adds a run.
    ///
    /// # Errors
    /// Only if the budget is spent.
    pub(crate) fn push(
        &mut self,
        file: &File<'_, '_>,
        text: &mut Text,
        run: Run,
    ) -> Result<(), Reason> {
        for glyph in &run.glyphs {
            match glyph.as_ref() {
                "\u{fffd}" => self.unknown += 1,
                " " => {}
                _ => self.known += 1,
            }
        }
        let join = match &self.last {
            Some(last) if !self.line.is_empty() => join(last, &run),
            _ => Join::Glue,
        };
        match join {
            Join::Glue => {}
            Join::Space => self.add(file, text, " ".into())?,
            Join::Leftward { space } => {
                if space {
                    self.add(file, text, " ".into())?;
                }
                self.pieces.push(self.line.len());
            }
            Join::Line => self.end_line(file, text)?,
            Join::Again => {
                self.last = Some(run);
                return Ok(());
            }
            Join::Accent => {
                if self.accent(&run) {
                    self.last = Some(run);
                    return Ok(());
                }
            }
        }
        for glyph in &run.glyphs {
            self.add(file, text, glyph.clone())?;
        }
        self.last = Some(run);
        Ok(())
    }

    fn add(&mut self, file: &File<'_, '_>, text: &mut Text, glyph: Rc<str>) -> Result<(), Reason> {
        if self.line.len() >= LINE_GLYPHS || self.bytes >= LINE_BYTES {
            self.end_line(file, text)?;
        }
        self.bytes += glyph.len();
        let actual = self.actual.as_mut().map(|actual| {
            let first = !std::mem::replace(&mut actual.used, true);
            first.then(|| actual.text.clone())
        });
        if let Some(Some(actual)) = &actual {
            self.bytes += actual.len();
        }
        self.line.push(Cluster { text: glyph, actual });
        Ok(())
    }

    /// Joins an accent that stands alone and the letter beside it into one cluster.
    fn accent(&mut self, run: &Run) -> bool {
        let [glyph] = &run.glyphs[..] else { return false };
        let Some(last) = self.line.last_mut().filter(|last| last.text.len() < ACCENTS) else {
            return false;
        };
        let joined = match (combining(&last.text), combining(glyph)) {
            (Some(mark), None) => format!("{glyph}{mark}"),
            (None, Some(mark)) => format!("{}{mark}", last.text),
            _ => return false,
        };
        last.text = joined.into();
        true
    }

    /// What is shown until [`Layout::end_actual`] stands for this text.
    pub(crate) fn begin_actual(&mut self, text: &str) {
        self.actual = Some(Actual { text: text.into(), used: false });
    }

    pub(crate) fn end_actual(&mut self) {
        if let Some(actual) = self.actual.take()
            && !actual.used
        {
            // Nothing was shown: the text stands where it would have been.
            self.bytes += actual.text.len();
            self.line.push(Cluster { text: "".into(), actual: Some(Some(actual.text)) });
        }
    }

    /// Ends the line: as it is shown, and once more with its replacements if they
    /// say something else.
    ///
    /// # Errors
    /// Only if the budget is spent.
    pub(crate) fn end_line(&mut self, file: &File<'_, '_>, text: &mut Text) -> Result<(), Reason> {
        let line = std::mem::take(&mut self.line);
        self.bytes = 0;
        let mut bounds = std::mem::take(&mut self.pieces);
        self.last = None;
        bounds.push(line.len());
        let mut shown = String::new();
        let mut actual = String::new();
        let mut differs = false;
        let mut start = 0;
        for end in bounds {
            let piece = line.get(start..end).unwrap_or_default();
            start = end;
            bidi::logical(piece.iter().map(|cluster| cluster.text.as_ref()), &mut shown);
            bidi::logical(piece.iter().map(Cluster::actual), &mut actual);
            differs |= piece.iter().any(|cluster| cluster.actual.is_some());
        }
        file.spend(|budget| {
            budget.take_work(line.len() as u64)?;
            push_line(text, &shown, budget)?;
            if differs && says_more(&actual, &shown) {
                push_line(text, &actual, budget)?;
            }
            Ok(())
        })
    }
}

impl Cluster {
    fn actual(&self) -> &str {
        match &self.actual {
            None => &self.text,
            Some(None) => "",
            Some(Some(text)) => text,
        }
    }
}

fn push_line(text: &mut Text, line: &str, budget: &mut crate::Budget) -> Result<(), Reason> {
    let line = line.trim_matches(' ');
    if line.is_empty() {
        return Ok(());
    }
    text.end_line();
    text.push(line, budget)?;
    text.end_line();
    Ok(())
}

/// Whether a replaced line has more to say than the shown one: ligatures, spaces and
/// hyphens that are only for the eye aside.
fn says_more(actual: &str, shown: &str) -> bool {
    let plain = |text: &str| {
        let mut out = String::new();
        for char in text.chars() {
            match char {
                ' ' | '\u{a0}' | '\u{ad}' | '-' | '\u{2010}' | '\n' => {}
                '\u{fb00}' => out.push_str("ff"),
                '\u{fb01}' => out.push_str("fi"),
                '\u{fb02}' => out.push_str("fl"),
                '\u{fb03}' => out.push_str("ffi"),
                '\u{fb04}' => out.push_str("ffl"),
                char => out.push(char),
            }
        }
        out
    };
    let actual = plain(actual);
    !actual.is_empty() && actual != plain(shown)
}

fn join(last: &Run, run: &Run) -> Join {
    let (Some((along, across)), Some((_, other))) =
        (run.space.measure(last.end, run.start), last.space.measure(last.end, run.start))
    else {
        return Join::Line;
    };
    let (first, before) = (run.glyphs.first(), last.glyphs.last());
    let (Some(first), Some(before)) = (first, before) else { return Join::Glue };
    if across.abs().min(other.abs()) > LINE {
        return Join::Line;
    }
    if run.glyphs == last.glyphs
        && let Some((along, across)) = run.space.measure(last.start, run.start)
        && along.abs() <= AGAIN
        && across.abs() <= AGAIN
        && !is_space(first)
    {
        return Join::Again;
    }
    if along < -SPACE && (combining(before).is_some() || combining(first).is_some()) && along > -128
    {
        return Join::Accent;
    }
    let leftward = bidi::is_rtl(first) && bidi::is_rtl(before)
        || (bidi::is_rtl(first) || bidi::is_rtl(before)) && along < 0;
    if leftward
        && let Some((back, _)) = run.space.measure(run.end, last.start)
        && along < 0
        && (-2 * SPACE..=128).contains(&back)
    {
        let space = back > SPACE && !is_space(first) && !is_space(before);
        return Join::Leftward { space };
    }
    if along < -BACK {
        return Join::Line;
    }
    if is_space(first) || is_space(before) {
        return Join::Glue;
    }
    // The pen has passed the spacing after the last glyph. Where the spacing goes on,
    // letters are spread; where it ends, it was a gap.
    let gap = if last.spacing == run.spacing { along } else { along.saturating_add(last.spacing) };
    let wide = bidi::is_wide(first) && bidi::is_wide(before);
    if gap > if wide { WIDE_SPACE } else { SPACE } {
        return Join::Space;
    }
    if across >= RAISED && first.starts_with(|char: char| char.is_ascii_digit()) {
        return Join::Space;
    }
    Join::Glue
}

fn is_space(text: &str) -> bool {
    matches!(text, " " | "\u{a0}" | "\t" | "\u{3000}")
}

/// The combining form of an accent that stands alone.
fn combining(text: &str) -> Option<char> {
    Some(match text {
        "`" | "\u{2cb}" => '\u{300}',
        "\u{b4}" | "\u{2ca}" => '\u{301}',
        "\u{2c6}" => '\u{302}',
        "\u{2dc}" => '\u{303}',
        "\u{af}" | "\u{2c9}" => '\u{304}',
        "\u{2d8}" => '\u{306}',
        "\u{2d9}" => '\u{307}',
        "\u{a8}" => '\u{308}',
        "\u{2da}" => '\u{30a}',
        "\u{2dd}" => '\u{30b}',
        "\u{2c7}" => '\u{30c}',
        "\u{b8}" => '\u{327}',
        "\u{2db}" => '\u{328}',
        _ => return None,
    })
}
