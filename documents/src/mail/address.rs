//! Addresses of From, To, Cc and Bcc (RFC 5322, 3.4).

use crate::{Budget, Reason};

/// What is read of one mailbox of a list.
#[derive(Default)]
struct Mailbox {
    /// What stands outside brackets, without comments and white space: an address, or
    /// pieces of a name.
    bare: String,
    /// Whether white space or quotes stood in `bare` where no address has them.
    phrase: bool,
    /// What stands in the last brackets.
    angle: Option<String>,
}

/// Adds the addresses in a header field to `list`: `local@domain` as written, without
/// names, comments and groups.
///
/// # Errors
/// [`Reason::TooLarge`] if the budget does not allow as many.
pub(super) fn read(field: &str, list: &mut Vec<String>, budget: &mut Budget) -> Result<(), Reason> {
    let mut mailbox = Mailbox::default();
    let mut chars = field.chars().peekable();
    let (mut comment, mut space) = (0usize, false);
    while let Some(char) = chars.next() {
        match char {
            '\\' if comment > 0 => {
                chars.next();
            }
            '(' => comment = comment.saturating_add(1),
            ')' if comment > 0 => comment -= 1,
            _ if comment > 0 => {}
            ' ' => space = true,
            '"' => {
                mailbox.add_space(space, '"');
                mailbox.bare.push('"');
                while let Some(char) = chars.next() {
                    mailbox.bare.push(char);
                    match char {
                        '"' => break,
                        '\\' => mailbox.bare.extend(chars.next()),
                        _ => {}
                    }
                }
                space = false;
            }
            '<' => {
                mailbox.angle = Some(angle(&mut chars));
                space = false;
            }
            ',' | ';' => {
                std::mem::take(&mut mailbox).end(list, budget)?;
                space = false;
            }
            // The name of a group; an address of a name server's literal has brackets.
            ':' if !mailbox.bare.contains('[') => {
                mailbox = Mailbox::default();
                space = false;
            }
            _ => {
                mailbox.add_space(space, char);
                mailbox.bare.push(char);
                space = false;
            }
        }
    }
    mailbox.end(list, budget)
}

/// What stands in brackets, without comments, white space beside `@` and dots, and a route
/// (`@a,@b:local@domain`).
fn angle(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut address = String::new();
    let (mut quoted, mut comment) = (false, 0usize);
    while let Some(char) = chars.next() {
        match char {
            '\\' if quoted => {
                address.push(char);
                address.extend(chars.next());
            }
            '"' if comment == 0 => {
                quoted = !quoted;
                address.push(char);
            }
            _ if quoted => address.push(char),
            '(' => comment = comment.saturating_add(1),
            ')' if comment > 0 => comment -= 1,
            _ if comment > 0 => {}
            '>' => break,
            '<' => {}
            ' ' if address.is_empty() || address.ends_with(['@', '.', ' ']) => {}
            '@' | '.' => {
                address.truncate(address.trim_end_matches(' ').len());
                address.push(char);
            }
            ':' if address.starts_with('@') => address.clear(),
            _ => address.push(char),
        }
    }
    address.truncate(address.trim_end_matches(' ').len());
    address
}

impl Mailbox {
    /// White space beside `@` and dots is none; elsewhere it parts the words of a name.
    fn add_space(&mut self, space: bool, next: char) {
        let joins = |char: char| char == '@' || char == '.';
        let parted = space && !self.bare.is_empty() && !self.bare.ends_with(joins) && !joins(next);
        self.phrase |= parted || (next == '"' && !self.bare.is_empty());
    }

    fn end(self, list: &mut Vec<String>, budget: &mut Budget) -> Result<(), Reason> {
        let address = match self.angle {
            Some(angle) => angle,
            None if !self.phrase && self.bare.contains('@') => self.bare,
            None => return Ok(()),
        };
        if !address.is_empty() {
            budget.take_entries(1)?;
            list.push(address);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(field: &str) -> Vec<String> {
        let mut list = Vec::new();
        read(field, &mut list, &mut Budget::new()).unwrap();
        list
    }

    #[test]
    fn lists() {
        assert_eq!(
            addresses("\"Quill, Ada\" <ada@example.com>, ben@example.org (Ben)"),
            ["ada@example.com", "ben@example.org"]
        );
        assert_eq!(addresses("team: a@x, B <b@x>;, c@x"), ["a@x", "b@x", "c@x"]);
        assert_eq!(addresses("undisclosed-recipients:;"), [""; 0]);
        assert_eq!(
            addresses("\"john \\\"j\\\" doe\"@example.com, <\"a b\"@x>"),
            ["\"john \\\"j\\\" doe\"@example.com", "\"a b\"@x"]
        );
        assert_eq!(addresses("ben @ example . org, <@a,@b:c@d>, <>"), ["ben@example.org", "c@d"]);
        assert_eq!(addresses("< Two Words @ example.com >"), ["Two Words@example.com"]);
    }

    #[test]
    fn names_hold_no_addresses() {
        assert_eq!(addresses("\"evil@example.com\" <ada@example.com>"), ["ada@example.com"]);
        assert_eq!(addresses("evil@example.com <ada@example.com>"), ["ada@example.com"]);
        assert_eq!(addresses("ada at example.com (evil@example.com)"), [""; 0]);
        assert_eq!(addresses("Ada Quill evil@example.com"), [""; 0]);
        assert_eq!(
            addresses("<ada@[IPv6:::1]>, ada@[IPv6:::1]"),
            ["ada@[IPv6:::1]", "ada@[IPv6:::1]"]
        );
    }
}
