//! PDF, told from text that speaks of PDF.

use super::signature::is_printed;

/// How far the header may stand from the start, and the end mark from the end.
const REACH: usize = 1024;
const HEADER: &[u8] = b"%PDF-";

/// Whether bytes begin as a PDF. Text that begins so and names nothing else that a PDF
/// has is text.
pub(super) fn begins(bytes: &[u8]) -> bool {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let blank = start.iter().take_while(|byte| **byte == 0 || byte.is_ascii_whitespace()).count();
    let Some(file) = start.get(blank..).filter(|file| file.starts_with(HEADER)) else {
        return false;
    };
    let has = |word: &[u8]| file.windows(word.len()).any(|window| window == word);
    file.len() <= 16 || !is_printed(file) || has(b"obj") || has(b"startxref") || has(b"%%EOF")
}

/// Whether a PDF stands behind something else: the header of a transfer, of a disk, or of
/// a print job. Its header begins within [`REACH`] bytes, and its first object follows
/// at once; or a line within [`REACH`] bytes begins an object, and one of the last
/// [`REACH`] bytes an end mark.
pub(super) fn stands_behind(bytes: &[u8]) -> bool {
    let reach = bytes.get(..REACH.saturating_add(HEADER.len())).unwrap_or(bytes);
    let mut headers =
        reach.windows(HEADER.len()).enumerate().filter(|(_, window)| *window == HEADER);
    let tail = bytes.get(bytes.len().saturating_sub(REACH)..).unwrap_or(bytes);
    let ended = any_line(tail, |line| line.starts_with(b"startxref") || line.starts_with(b"%%EOF"));
    headers.any(|(at, _)| {
        let file = bytes.get(at..).unwrap_or_default();
        let near = file.get(..REACH).unwrap_or(file);
        begins_object(after_comments(file)) || (ended && any_line(near, begins_object))
    })
}

/// What follows lines that begin with `%` and white space.
fn after_comments(mut rest: &[u8]) -> &[u8] {
    loop {
        rest = rest.trim_ascii_start();
        if !rest.starts_with(b"%") {
            return rest;
        }
        let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        rest = end.and_then(|end| rest.get(end..)).unwrap_or_default();
    }
}

/// Whether any line is of some kind.
fn any_line(bytes: &[u8], is: impl Fn(&[u8]) -> bool) -> bool {
    bytes.split(|byte| matches!(byte, b'\r' | b'\n')).any(is)
}

/// Whether bytes begin with `12 0 obj`.
fn begins_object(bytes: &[u8]) -> bool {
    after_number(bytes).and_then(after_number).is_some_and(|rest| rest.starts_with(b"obj"))
}

/// What follows a number and white space, neither of them long.
fn after_number(bytes: &[u8]) -> Option<&[u8]> {
    let digits = bytes.iter().take(11).take_while(|byte| byte.is_ascii_digit()).count();
    let rest = bytes.get(digits..)?;
    let spaces = rest.iter().take(17).take_while(|byte| byte.is_ascii_whitespace()).count();
    let fits = (1..=10).contains(&digits) && (1..=16).contains(&spaces);
    rest.get(spaces..).filter(|_| fits)
}
