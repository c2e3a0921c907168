//! Signs of what was not collected, or needs another look: chats that were exported,
//! and links to files that lie with a cloud service.

use std::collections::BTreeSet;

use candor_documents::Kind;

/// Bytes of a text that are looked at for a chat.
const HEAD: usize = 64 << 10;
/// Messages that make a text a chat.
const MESSAGES: usize = 3;
/// Longest link that is told from others.
const LINK: usize = 300;

/// Services, and what their links hold.
const SERVICES: [(&str, &[&str]); 5] = [
    ("SharePoint", &[".sharepoint.com/"]),
    ("OneDrive", &["://1drv.ms/", "://onedrive.live.com/"]),
    ("Google Drive", &["://drive.google.com/", "://docs.google.com/"]),
    ("Dropbox", &["dropbox.com/"]),
    ("Box", &["app.box.com/", ".box.com/s/"]),
];

/// The names of the services, in the order of [`links`].
pub(super) fn services() -> impl Iterator<Item = &'static str> {
    SERVICES.into_iter().map(|(name, _)| name)
}

/// How many different links to files of each service a text holds.
pub(super) fn links(text: &str) -> [u64; SERVICES.len()] {
    // Most texts have no link at all.
    if !text.contains("://") && !text.contains("www.") {
        return [0; SERVICES.len()];
    }
    let text = text.to_ascii_lowercase();
    SERVICES.map(|(_, marks)| {
        let mut found = BTreeSet::new();
        for mark in marks {
            for (at, _) in text.match_indices(mark) {
                let before = text.get(..at).unwrap_or_default();
                let start = before.rfind(ends_link).map_or(0, |space| space + 1);
                let link = text.get(start..).or_else(|| text.get(at..)).unwrap_or_default();
                let link = link.split(ends_link).next().unwrap_or_default();
                found.insert(link.chars().take(LINK).collect::<String>());
            }
        }
        found.len() as u64
    })
}

fn ends_link(char: char) -> bool {
    char.is_ascii_whitespace() || "\"'<>()[]\u{2029}".contains(char)
}

/// The program whose export a text is, if it is one.
pub(super) fn chat(kind: Kind, text: &str) -> Option<&'static str> {
    let end = (0..=HEAD.min(text.len())).rev().find(|end| text.is_char_boundary(*end))?;
    let head = text.get(..end)?;
    let has = |parts: &[&str]| parts.iter().all(|part| head.contains(part));
    match kind {
        Kind::Text if head.trim_start().starts_with(['[', '{']) => {
            if has(&["\"ts\"", "\"type\"", "\"message\"", "\"user\""]) {
                Some("Slack")
            } else if has(&["\"messagetype\"", "\"composetime\""])
                || has(&["\"chatId\"", "\"messageType\""])
            {
                Some("Teams")
            } else if has(&["\"messages\"", "\"from_id\"", "\"date_unixtime\""]) {
                Some("Telegram")
            } else {
                whatsapp(head)
            }
        }
        Kind::Text => whatsapp(head),
        Kind::Html => has(&["teams.microsoft.com", "19:", "@thread"]).then_some("Teams"),
        _ => None,
    }
}

fn whatsapp(text: &str) -> Option<&'static str> {
    let messages = text.lines().filter(|line| is_message(line)).take(MESSAGES).count();
    (messages == MESSAGES).then_some("WhatsApp")
}

/// `[14.05.19, 09:30:00] Alice: …` or `5/14/19, 9:30 AM - Alice: …`.
fn is_message(line: &str) -> bool {
    let line = line.trim_start_matches(['\u{200e}', '\u{200f}', '\u{feff}', '[']);
    let Some((date, rest)) = line.split_once(", ") else { return false };
    let parts: Vec<&str> = date.split(['.', '/', '-']).collect();
    let number = |part: &str| {
        (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let time = |text: &str| {
        let (hour, rest) = text.split_once(':')?;
        let minute = rest.get(..2)?;
        (number(hour) && number(minute)).then_some(())
    };
    let after = rest.split_once(" - ").or_else(|| rest.split_once("] ")).map(|(_, after)| after);
    parts.len() == 3
        && parts.into_iter().all(number)
        && time(rest).is_some()
        && after.is_some_and(|after| after.contains(": "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chats_are_known_by_their_content() {
        let whatsapp = "[14.05.19, 09:30:00] Alice: a\n[14.05.19, 09:31:00] Bob: b\n\
                        \u{200e}[14.05.19, 09:32:00] Alice: c\n";
        assert_eq!(chat(Kind::Text, whatsapp), Some("WhatsApp"));
        let other = "5/14/19, 9:30 AM - Alice: a\n".repeat(3);
        assert_eq!(chat(Kind::Text, &other), Some("WhatsApp"));
        assert_eq!(chat(Kind::Text, &other[..60]), None);
        let slack = r#"[{"type":"message","user":"U1","text":"a","ts":"1557819000.000200"}]"#;
        assert_eq!(chat(Kind::Text, slack), Some("Slack"));
        let teams = r#"{"conversations":[{"messagetype":"RichText/Html","composetime":"x"}]}"#;
        assert_eq!(chat(Kind::Text, teams), Some("Teams"));
        for none in ["", "Minutes, 14.05.19: Alice, Bob", "[1, 2, 3]"] {
            assert_eq!(chat(Kind::Text, none), None, "{none}");
        }
    }

    #[test]
    fn each_link_counts_once() {
        let text = "See https://x.sharepoint.com/a/b.docx and <https://X.sharepoint.com/a/b.docx>\n\
                    (https://x.sharepoint.com/c) https://1drv.ms/w/1 https://www.dropbox.com/s/1";
        assert_eq!(links(text), [2, 1, 0, 1, 0]);
        assert_eq!(links("sharepoint.com is a service"), [0; 5]);
        assert_eq!(links("é://drive.google.com/é"), [0, 0, 1, 0, 0]);
    }
}
