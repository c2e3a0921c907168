//! A request in words.

use candor::corpus::views::{Channels, ImageView, Placing, TextView, ViewId};
use candor::exchange::formats::request::{
    CheckedModel, CheckedRequest, Classifier, Question, Release, Request,
};
use candor::exchange::formats::search::{Not, Search, Settle, Undated};
use candor::model::predicate::Predicate;
use candor_documents::DateSource;
use maud::{Markup, html};

use crate::parts::{digest, facts};
use crate::text::{grouped, line};

/// Most classes and lines of a search that are written out.
const MOST: usize = 200;

/// What a request asks, kept when the request itself is gone.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    request: Request,
    /// What the model calls its classes; the requester's word.
    classes: Vec<String>,
    scores: usize,
}

impl Asked {
    pub(crate) fn of(checked: &CheckedRequest) -> Self {
        let model = checked.model.as_ref();
        let named = |model: &CheckedModel| match model.said.classes.as_slice() {
            [] => model.classes.clone(),
            said => said.to_vec(),
        };
        let classes = model.map(named).unwrap_or_default();
        let scores = model.map_or(0, |model| model.scores);
        Self { request: checked.request.clone(), classes, scores }
    }

    /// The lines of a search; none of a model.
    pub(crate) fn lines(&self) -> &[String] {
        match &self.request.question {
            Question::Search(search) => &search.lines,
            Question::Classifier(_) => &[],
        }
    }

    /// The question in words, with what belongs to it.
    pub(crate) fn shown(&self) -> Markup {
        let request = &self.request;
        let question = match &request.question {
            Question::Classifier(classifier) => self.classifier(classifier),
            Question::Search(search) => search_words(search),
        };
        let view = request.view;
        let released = match request.release {
            Release::Item => "The document alone.",
            Release::Family => {
                "Its whole family: the mail or file that it stands in, and all that stands in that."
            }
        };
        let aside: Vec<&str> = request.accept_outside.iter().map(|kind| kind.name()).collect();
        let aside = match aside.as_slice() {
            [] => "None.".to_owned(),
            kinds => format!("Documents of these kinds: {}.", kinds.join(", ")),
        };
        let mut rows = vec![
            ("What is read", html! { code { (view) } ": " (view_words(&view)) }),
            ("Released of a match", html! { (released) }),
            ("Kinds left aside", html! { (aside) }),
        ];
        if let Question::Classifier(classifier) = &request.question {
            rows.push(("Model, SHA-256", digest(&classifier.model_sha256.to_string())));
        }
        rows.push(("Program, SHA-256", digest(&request.program_sha256.to_string())));
        html! { (question) (facts(&rows)) }
    }

    /// A class by number, with its name if the model gives one, as text.
    #[cfg(feature = "issue")]
    pub(crate) fn class_name(&self, index: usize) -> String {
        match self.classes.get(index) {
            Some(name) => format!("{index} “{}”", crate::text::plain(name)),
            None => index.to_string(),
        }
    }

    /// The threshold that is asked for, if one is.
    #[cfg(feature = "issue")]
    pub(crate) fn threshold(&self) -> Option<f64> {
        match &self.request.question {
            Question::Classifier(Classifier {
                predicate: Predicate::MatchScore { above, .. },
                ..
            }) => Some(above.get()),
            _ => None,
        }
    }

    /// A class by number, with its name if the model gives one.
    fn class(&self, index: u32) -> Markup {
        match self.classes.get(index as usize) {
            Some(name) => html! { (index) " (“" (line(name)) "”)" },
            None => html! { (index) },
        }
    }

    fn classifier(&self, classifier: &Classifier) -> Markup {
        let quality = &classifier.quality;
        html! {
            @match &classifier.predicate {
                Predicate::MatchClass(classes) => {
                    p {
                        "A trained model gives each document " (grouped(self.scores as u64))
                        " scores, one for each class. A document matches if the greatest of them is that of class "
                        @for (at, class) in classes.iter().take(MOST).enumerate() {
                            @if at > 0 { " or " }
                            (self.class(*class))
                        }
                        @if classes.len() > MOST { " or one of " (classes.len().saturating_sub(MOST)) " more" }
                        ". Of equal scores the one with the lowest number counts."
                    }
                }
                Predicate::MatchScore { index, above } => {
                    p {
                        "A trained model gives each document "
                        @if self.scores == 1 { "one score" } @else { (grouped(self.scores as u64)) " scores" }
                        ". A document matches if score " (self.class(*index)) " is above "
                        (above.get()) "; a score equal to that does not match."
                    }
                }
            }
            p {
                "What is proved is a program of whole numbers that the compiler makes of the model. "
                "The names of classes are the model’s own. As the requester states, program and model decide alike on "
                (grouped(quality.same_decision)) " of " (grouped(quality.documents))
                " documents of the requester’s; no check depends on that."
            }
        }
    }
}

fn search_words(search: &Search) -> Markup {
    let many = search.lines.len() > 1;
    let sources = search.dates.iter().map(|source| match source {
        DateSource::Header => "the header of a mail",
        DateSource::Property => "a property of the document",
        DateSource::File => "the time of the file",
    });
    html! {
        p {
            "Search terms. A document matches if it holds "
            @if many { "one of these lines" } @else { "this line" } ":"
        }
        ol.question {
            @for text in search.lines.iter().take(MOST) { li { (line(text)) } }
        }
        (crate::parts::rest(MOST as u64, search.lines.len() as u64, "lines"))
        p {
            "What is proved is a wider form of "
            @if many { "each line" } @else { "the line" }
            ", asked of a filter of the words of each document. Every document that holds a line is found; a few more may be found by chance. "
            @match search.settle {
                Settle::Release => "What is found beyond the lines is released like the others.",
                Settle::Judge => "What is found beyond the lines is withheld, and opened to the judge alone.",
            }
        }
        p {
            "Dates are taken from " (listed(sources.collect())) ". A document without a date meets every range of dates"
            @match search.undated {
                Undated::Release => ".",
                Undated::Exclude => "; one that matches for that reason alone is withheld, and opened to the judge alone.",
            }
            @if search.not == Not::Filter {
                " NOT is asked of the filter, so that a chance match may lose a document."
            }
        }
    }
}

/// Words with commas and an “or”.
fn listed(words: Vec<&str>) -> String {
    match words.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

/// What a view shows, in a sentence.
pub(crate) fn view_words(view: &ViewId) -> String {
    match view {
        ViewId::Image(view) => picture_words(view),
        ViewId::Thread => {
            "how a mail ties to others: its own id, and those that it answers.".into()
        }
        ViewId::Text(TextView::Hashed(_)) => {
            "the words or characters of the text, counted under hashed numbers.".into()
        }
        ViewId::Text(TextView::Bytes { length, ends }) => format!(
            "{} {} bytes of the text.",
            if *ends { "the first and the last, together" } else { "the first" },
            grouped(u64::from(*length))
        ),
        ViewId::Text(TextView::Tokens(view)) => format!(
            "{} {} tokens of the text, by a vocabulary that was published with the commitment.",
            if view.ends() { "the first and the last, together" } else { "the first" },
            grouped(view.tokens() as u64)
        ),
        ViewId::Text(TextView::Terms { family, .. }) => format!(
            "a filter of the words, pairs of words, addresses, dates and names of {}.",
            if *family {
                "a document, and of its family where it is the top item"
            } else {
                "a document"
            }
        ),
    }
}

fn picture_words(view: &ImageView) -> String {
    let colours = match view.channels() {
        Channels::Gray => "in gray",
        Channels::Rgb => "in colour",
    };
    let placed = match view.placing() {
        Placing::Stretch => "the whole picture",
        Placing::Fit => "the whole picture with its proportions",
        Placing::Crop => "the middle of the picture",
    };
    format!("{placed}, {} by {} pixels {colours}.", view.width(), view.height())
}
