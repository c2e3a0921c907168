//! The page around a body.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::text::{line, plain};
use crate::time::Stated;

/// What a page may load: its own style, and pictures that stand in it.
pub const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
     base-uri 'none'; form-action 'none'";

const STYLE: &str = include_str!("style.css");

/// What a page says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// What kind of page it is, over the title: "Report of a verification".
    pub kind: &'a str,
    /// Its title; may be other people's words.
    pub title: &'a str,
    /// What stands at the foot of every printed page beside its number, so that a loose
    /// sheet is known: "root 1fa29bca". Only letters, digits, spaces and `.,:-` are kept.
    pub foot: &'a str,
    /// When it says that it was made; `None` for a page that states no time.
    pub stated: Option<Stated>,
    /// Whether it is printed across, for tables of many columns.
    pub wide: bool,
}

/// A whole page. Nothing in it depends on anything but what is given.
#[must_use]
pub fn frame(head: &Head<'_>, body: &Markup) -> String {
    let Head { kind, title, foot, stated, wide } = *head;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="referrer" content="no-referrer";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="generator" content=(VERSION);
                title { (plain(title)) " · " (kind) }
                style { (PreEscaped(STYLE)) (PreEscaped(foot_style(foot))) }
            }
            body.wide[wide] {
                header {
                    p.kind { "Candor" span aria-hidden="true" { " · " } (kind) }
                    h1 { (line(title)) }
                    @if let Some(stated) = stated {
                        p.stated { "Made " (stated.shown()) ": stated by the machine, not proved." }
                    }
                }
                main { (body) }
                footer {
                    p {
                        "Made by " (VERSION)
                        ". This page is one file: it runs nothing, and loads nothing from elsewhere."
                    }
                }
            }
        }
    };
    page.into_string()
}

/// The program and its version.
pub const VERSION: &str = concat!("Candor ", env!("CARGO_PKG_VERSION"));

/// The foot of printed pages; what could end a string of CSS is left out.
fn foot_style(foot: &str) -> String {
    let harmless = |char: &char| char.is_ascii_alphanumeric() || " .,:-".contains(*char);
    let foot: String = foot.chars().filter(harmless).collect();
    format!("@page {{ @bottom-left {{ content: \"{VERSION}. {foot}\"; }} }}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_what_it_may_load_and_in_which_language_it_is() {
        let head = Head {
            kind: "Report",
            title: "<script>\u{202e}",
            foot: "root 12\"; } body { background: url(https://x)",
            stated: Some("2026-01-02T03:04:05Z".parse().unwrap()),
            wide: false,
        };
        let page = frame(&head, &html! { p { "body" } });
        assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "));
        assert!(page.contains("<title>&lt;script&gt;\\u{202e} · Report</title>"));
        assert!(page.contains("&lt;script&gt;<span class=\"mark\">\\u{202e}</span>"));
        assert!(page.contains("2026-01-02 03:04:05 UTC</time>: stated by the machine, not proved"));
        assert!(page.contains("root 12  body  background: urlhttps:x\"; } }\n</style>"), "{page}");
        assert!(!page.contains("<script") && !page.contains('\u{202e}'));
        assert_eq!(page, frame(&head, &html! { p { "body" } }));
    }

    #[test]
    fn the_style_loads_nothing_and_ends_no_element() {
        for part in ["url(", "@import", "@font-face", "</", "expression"] {
            assert!(!STYLE.contains(part), "{part}");
        }
    }
}
