//! Lines that fit a terminal.

use std::borrow::Cow;

use textwrap::{Options, WordSplitter, WrapAlgorithm};

/// Where the width of the terminal cannot be had.
const USUAL: usize = 80;
/// A narrower terminal gets no narrower lines.
const NARROWEST: usize = 24;

/// Columns of the terminal.
pub(crate) fn width() -> usize {
    let size = terminal_size::terminal_size_of(std::io::stderr());
    size.map_or(USUAL, |(width, _)| usize::from(width.0)).max(NARROWEST)
}

/// The text as it is, or wrapped if it goes to a terminal.
pub(crate) fn for_terminal(text: &str, terminal: bool) -> Cow<'_, str> {
    if terminal { Cow::Owned(wrapped(text, width())) } else { Cow::Borrowed(text) }
}

/// Wraps each line between words; what follows is indented to the line's last
/// column, as far as its longest word leaves room. Numbers of 64 digits stay
/// whole, so that they can be copied.
fn wrapped(text: &str, width: usize) -> String {
    let mut page = String::with_capacity(text.len());
    for line in text.lines() {
        if line.chars().count() <= width {
            page.push_str(line);
        } else {
            let longest = line.split(' ').map(|word| word.chars().count()).max().unwrap_or(0);
            let room = width.saturating_sub(longest).min(width / 3);
            let indent = " ".repeat(column(line).min(room));
            let options = Options::new(width)
                .subsequent_indent(&indent)
                .break_words(false)
                .wrap_algorithm(WrapAlgorithm::FirstFit)
                .word_splitter(WordSplitter::NoHyphenation);
            page.push_str(&textwrap::fill(line, options));
        }
        page.push('\n');
    }
    page
}

/// Where the last of a line's columns begins; columns stand two spaces apart.
fn column(line: &str) -> usize {
    let end = line.rfind("  ").map_or(0, |at| at + 2);
    line.get(..end).map_or(0, |before| before.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_the_terminal_and_numbers_stay_whole() {
        let root = "0123456789abcdef".repeat(4);
        let text = format!(
            "commitment  root {root}\n\n1 parsing    ok      files complete and undamaged: 1 proof, 6 released files, 0 withheld, 1 unreadable\n"
        );
        for width in [40, 80] {
            let page = wrapped(&text, width);
            assert!(page.contains(&root));
            let long = |line: &&str| line.chars().count() > width && !line.contains(&root);
            assert_eq!(page.lines().find(long), None, "{page}");
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(words(&page), words(&text), "nothing is lost");
        }
        let page = wrapped(&text, 80);
        let second = page.lines().last().unwrap();
        assert!(second.starts_with(&" ".repeat(21)), "under its column: {page}");
        let page = wrapped(&format!("3 leaves     ok      43 leaves hash to root {root}\n"), 80);
        let last = page.lines().last().unwrap();
        assert_eq!(last, format!("{}{root}", " ".repeat(16)), "as far as there is room");
        assert_eq!(wrapped("a\n\nb\n", 80), "a\n\nb\n");
    }
}
