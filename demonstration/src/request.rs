//! The questions.

use std::error::Error;
use std::path::{Path, PathBuf};

use candor::exchange::issue::{
    self, ModelQuestion, SearchOptions, SearchQuestion, TermList, issue, issue_search,
};
use candor::model::float_bits::FiniteF64;
use candor::model::quantize::PixelValues;
use candor::{CoarseKind, Dialect, Predicate};
use candor_cli::Bars;

use crate::collection::{Collection, PICTURE, TERMS, TOKENS, WORDS};

const SEARCH: &str = "\"early repayment\" AND (fee* OR charg*) AND date:2024-01-01..2024-12-31";

/// A question, and what the responder withholds of its answer.
pub(crate) struct Request {
    pub(crate) title: &'static str,
    /// Path of an item, and the reason.
    pub(crate) withheld: Option<(&'static str, &'static str)>,
    view: &'static str,
    /// Kinds that are not asked about.
    aside: &'static [CoarseKind],
    question: Question,
}

enum Question {
    Search(&'static str),
    Model { model: PathBuf, calibration: PathBuf, matches: Predicate, asks: &'static str },
}

/// Search terms, a classifier of mails, a classifier of pictures, all of one commitment.
pub(crate) fn requests(sample: &Path) -> Result<[Request; 3], Box<dyn Error>> {
    let above = FiniteF64::new(5.0)?;
    Ok([
        Request {
            title: "Search terms",
            withheld: Some(("compliance/2024-04-18 advice.eml", "privileged: advice of counsel")),
            view: TERMS,
            aside: &[CoarseKind::Picture, CoarseKind::Container],
            question: Question::Search(SEARCH),
        },
        Request {
            title: "A classifier: which mails are advertising?",
            withheld: None,
            view: WORDS,
            aside: &[CoarseKind::Picture, CoarseKind::Container],
            question: Question::Model {
                model: sample.join("mail_model.onnx"),
                calibration: sample.join("mail_calibration"),
                matches: Predicate::MatchScore { index: 1, above },
                asks: "texts that its model scores above 5 as advertising",
            },
        },
        Request {
            title: "A classifier: on which forms did a customer write a 7?",
            withheld: None,
            view: PICTURE,
            aside: &[CoarseKind::Text, CoarseKind::Container],
            question: Question::Model {
                model: sample.join("model.onnx"),
                calibration: sample.join("calibration"),
                matches: Predicate::match_class([7]),
                asks: "pictures that its model takes for a handwritten 7",
            },
        },
    ])
}

/// A transformer over the tokens of mails. It is trained on mails of 2002, and gives office mail
/// of another kind scores that an advertisement may have, too; 1.3 is above them.
pub(crate) fn of_tokens(sample: &Path) -> Result<Request, Box<dyn Error>> {
    let above = FiniteF64::new(1.3)?;
    Ok(Request {
        title: "A transformer: which mails of a mailbox are advertising?",
        withheld: None,
        view: TOKENS,
        aside: &[CoarseKind::Container],
        question: Question::Model {
            model: sample.join("mail_transformer.onnx"),
            calibration: sample.join("mail_calibration"),
            matches: Predicate::MatchScore { index: 1, above },
            asks: "mails that its model scores above 1.3 as advertising",
        },
    })
}

impl Request {
    /// Writes the request, and says what the requester asks.
    pub(crate) fn issue(&self, collection: &Collection, out: &Path) -> Result<(), Box<dyn Error>> {
        let (view, commitment) = (self.view.parse()?, collection.public());
        match &self.question {
            Question::Search(line) => {
                let terms = TermList::line(line, Dialect::Candor);
                let question = SearchQuestion::new(&terms, view);
                issue_search(&SearchOptions {
                    accept_outside: self.aside,
                    ..SearchOptions::new(question, &commitment, out)
                })?;
                println!("  The requester asks for families with a document that meets");
                println!("    {line}");
            }
            Question::Model { model, calibration, matches, asks } => {
                let mut question = ModelQuestion::new(model, view, calibration, matches.clone());
                if self.view == TOKENS {
                    // Ids are taken as they are.
                    question.input.values = PixelValues::Raw;
                }
                let options = issue::Options {
                    accept_outside: self.aside,
                    ..issue::Options::new(question, &commitment, out)
                };
                let quality = issue(&options, &Bars::default())?.quality;
                println!("  The requester asks for {asks}.");
                println!(
                    "    What is proved is the model in whole numbers; both decide alike on {} of {} trials.",
                    quality.same_decision, quality.documents
                );
            }
        }
        Ok(())
    }
}
