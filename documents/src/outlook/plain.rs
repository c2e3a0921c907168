//! Text of properties.

use crate::{Budget, Reason, Text};

/// A character, or a space for a control.
fn shown(char: char) -> char {
    if char.is_ascii_control() && char != '\t' { ' ' } else { char }
}

/// Text of one block: its line ends are spaces, as are controls.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(shown).collect()
}

/// Adds a body of plain text: lines, and blocks where a line is empty.
///
/// # Errors
/// [`Reason::TooLarge`] if the budget does not allow it.
pub(super) fn push(body: &str, text: &mut Text, budget: &mut Budget) -> Result<(), Reason> {
    for line in body.lines() {
        for line in line.split('\r') {
            if line.trim_ascii().is_empty() {
                text.end_block();
            } else {
                text.push(&one_line(line), budget)?;
                text.end_line();
            }
        }
    }
    Ok(())
}
