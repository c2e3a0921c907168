//! What a body is made of.

use maud::{Markup, html};

/// How a page opens: what came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// All is as it should be.
    Good,
    /// Something is open, or to be looked at.
    Open,
    /// It does not hold.
    Bad,
}

/// What came out, in a word or two and a sentence.
#[must_use]
pub fn verdict(tone: Tone, word: &str, sentence: &Markup) -> Markup {
    let class = match tone {
        Tone::Good => "good",
        Tone::Open => "open",
        Tone::Bad => "bad",
    };
    html! {
        div class={ "verdict " (class) } role="status" {
            p.word { (word) }
            p { (sentence) }
        }
    }
}

/// Numbered sections with headings, and a list of them before.
#[derive(Default)]
pub struct Sections(Vec<Section>);

struct Section {
    title: String,
    body: Markup,
    new_page: bool,
}

/// A list of sections is shown before so many of them.
const LISTED_FROM: usize = 5;

impl Sections {
    /// Adds a section.
    pub fn add(&mut self, title: &str, body: Markup) {
        self.0.push(Section { title: title.to_owned(), body, new_page: false });
    }

    /// Adds a section that is printed from a new page on.
    pub fn add_on_new_page(&mut self, title: &str, body: Markup) {
        self.0.push(Section { title: title.to_owned(), body, new_page: true });
    }

    /// The sections, numbered from 1, so that they can be cited.
    #[must_use]
    pub fn shown(&self) -> Markup {
        html! {
            @if self.0.len() >= LISTED_FROM {
                nav aria-label="Contents" {
                    ol {
                        @for (number, section) in (1..).zip(&self.0) {
                            li { a href={ "#s" (number) } { (section.title) } }
                        }
                    }
                }
            }
            @for (number, Section { title, body, new_page }) in (1..).zip(&self.0) {
                section.new-page[*new_page] aria-labelledby={ "s" (number) } {
                    h2 id={ "s" (number) } { span.number { (number) } " " (title) }
                    (body)
                }
            }
        }
    }
}

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    name: &'a str,
    class: &'static str,
}

impl<'a> Column<'a> {
    /// Of words.
    #[must_use]
    pub const fn text(name: &'a str) -> Self {
        Self { name, class: "text" }
    }

    /// Of numbers, set flush right.
    #[must_use]
    pub const fn number(name: &'a str) -> Self {
        Self { name, class: "num" }
    }

    /// Of digests and other long words, which may break anywhere.
    #[must_use]
    pub const fn code(name: &'a str) -> Self {
        Self { name, class: "code" }
    }
}

/// A table. The first cell of a row is its heading. On narrow screens each row becomes a
/// list; in print the heads are repeated on every page and no row is cut.
#[must_use]
pub fn table(caption: &str, columns: &[Column<'_>], rows: &[Vec<Markup>]) -> Markup {
    html! {
        table role="table" {
            caption { (caption) }
            thead role="rowgroup" {
                tr role="row" {
                    @for column in columns {
                        th class=(column.class) scope="col" role="columnheader" { (column.name) }
                    }
                }
            }
            tbody role="rowgroup" {
                @for row in rows {
                    tr role="row" {
                        @for (at, (column, cell)) in columns.iter().zip(row).enumerate() {
                            @if at == 0 {
                                th class=(column.class) scope="row" role="rowheader"
                                    data-label=(column.name) { (cell) }
                            } @else {
                                td class=(column.class) role="cell" data-label=(column.name) {
                                    (cell)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Names with what they stand for.
#[must_use]
pub fn facts(facts: &[(&str, Markup)]) -> Markup {
    html! {
        dl.facts {
            @for (name, value) in facts {
                div { dt { (name) } dd { (value) } }
            }
        }
    }
}

/// Figures that stand out: a number and what it counts.
#[must_use]
pub fn figures(figures: &[(String, &str)]) -> Markup {
    html! {
        dl.figures {
            @for (number, what) in figures {
                div { dt { (what) } dd { (number) } }
            }
        }
    }
}

/// A remark that must not be missed.
#[must_use]
pub fn note(text: &Markup) -> Markup {
    html! { p.note { (text) } }
}

/// A digest, or another long number, that breaks where it must.
#[must_use]
pub fn digest(text: &str) -> Markup {
    html! { code.digest { (crate::text::plain(text)) } }
}

/// Lines to be typed.
#[must_use]
pub fn commands(lines: &[String]) -> Markup {
    html! {
        pre.commands { code {
            @for line in lines { (crate::text::plain(line)) "\n" }
        } }
    }
}

/// How many of a longer list are not shown.
#[must_use]
pub fn rest(shown: u64, all: u64, what: &str) -> Markup {
    let rest = all.saturating_sub(shown);
    html! {
        @if rest > 0 {
            p.more {
                "Shown are the first " (crate::text::grouped(shown)) " of "
                (crate::text::grouped(all)) " " (what) "; "
                (crate::text::grouped(rest)) " more are not shown here."
            }
        }
    }
}
