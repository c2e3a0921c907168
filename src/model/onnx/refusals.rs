//! All that is not supported of a model, so that it can be mended at once.

use std::fmt;

use serde::Serialize;

use super::error::OnnxError;
use crate::model::graph::Problem;
use crate::printable::{count, printable};

/// Most reasons that are kept; what else is refused is counted.
const MAX_REASONS: usize = 20;
/// Most places that are named for each.
const MAX_PLACES: usize = 4;

/// Something that is not supported, at one place of a model or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The operator; `None` for a weight tensor, and for the model as a whole.
    pub operator: Option<String>,
    /// The first of the nodes or weight tensors; none for the model as a whole.
    pub places: Vec<String>,
    /// How many they are.
    pub count: usize,
    /// What is wrong.
    pub problem: String,
    /// What could be done.
    pub advice: String,
}

/// What is not supported of a model, in the order in which it was met.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Refusals {
    /// The reasons, each once.
    pub list: Vec<Refusal>,
    /// Places that are refused for reasons beyond these.
    pub more: usize,
}

/// Where a problem is.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    Node(&'a str, &'a str),
    Tensor(&'a str),
    Model,
}

impl Refusals {
    pub(super) fn one(refusal: Refusal) -> Self {
        Self { list: vec![refusal], more: 0 }
    }

    /// Adds a reason that the model as a whole is refused for.
    #[cfg(feature = "issue")]
    pub(crate) fn add(&mut self, problem: &str, advice: &str) {
        let (problem, advice) = (printable(problem), advice.to_owned());
        self.list.push(Refusal { operator: None, places: Vec::new(), count: 1, problem, advice });
    }

    /// Adds those of another list that are to be kept.
    #[cfg(feature = "issue")]
    pub(crate) fn extend(&mut self, other: Self, kept: impl Fn(&Refusal) -> bool) {
        self.list.extend(other.list.into_iter().filter(kept));
        self.more = self.more.saturating_add(other.more);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many places are refused.
    #[must_use]
    pub fn count(&self) -> usize {
        self.list.iter().fold(self.more, |sum, one| sum.saturating_add(one.count))
    }

    /// A numbered line for each reason, and one for what is not listed.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let numbered = || (1u32..).zip(&self.list);
        let line = |(number, refusal): (u32, &Refusal)| {
            let Refusal { problem, advice, .. } = refusal;
            let first = numbered().find(|(_, other)| other.advice == *advice);
            match first.filter(|(first, _)| *first < number) {
                None => format!("({number}) {refusal}"),
                // Long lists of what is supported stand there once.
                Some((first, _)) => {
                    format!("({number}) {}{problem}; do as for ({first})", refusal.where_at())
                }
            }
        };
        let mut lines: Vec<String> = numbered().map(line).collect();
        if self.more > 0 {
            let more = count(self.more as u64, "place is", "places are");
            lines.push(format!("{more} refused for other reasons"));
        }
        lines
    }

    /// Takes note of a problem.
    ///
    /// # Errors
    /// All that was noted, if the rest of the model is not worth reading.
    pub(super) fn note(&mut self, place: Place<'_>, problem: Problem) -> Result<(), OnnxError> {
        let ends = problem.ends();
        let (operator, name) = match place {
            Place::Node(name, operator) => (Some(printable(operator)), Some(printable(name))),
            Place::Tensor(name) => (None, Some(printable(name))),
            Place::Model => (None, None),
        };
        let text = printable(&problem.problem);
        let same = |known: &&mut Refusal| {
            known.operator == operator
                && known.places.is_empty() == name.is_none()
                && known.problem == text
        };
        if let Some(known) = self.list.iter_mut().find(same) {
            known.count = known.count.saturating_add(1);
            if known.places.len() < MAX_PLACES {
                known.places.extend(name);
            }
        } else if self.list.len() < MAX_REASONS || ends {
            let (places, advice) = (name.into_iter().collect(), problem.advice);
            self.list.push(Refusal { operator, places, count: 1, problem: text, advice });
        } else {
            self.more = self.more.saturating_add(1);
        }
        if ends { Err(std::mem::take(self).into_error()) } else { Ok(()) }
    }

    /// The error of a model of which this is refused, which is not nothing.
    pub(super) fn into_error(self) -> OnnxError {
        let [only] = self.list.as_slice() else { return OnnxError::Several(self) };
        let Refusal { operator, places, count: 1, problem, advice } = only else {
            return OnnxError::Several(self);
        };
        let (problem, advice) = (problem.clone(), advice.clone());
        match (operator.clone(), places.first().cloned()) {
            (Some(operator), Some(node)) => OnnxError::Node { node, operator, problem, advice },
            (None, Some(tensor)) => OnnxError::Tensor { tensor, problem, advice },
            (_, None) => OnnxError::Model { problem, advice },
        }
    }
}

impl Refusal {
    /// The places, before what is wrong there; nothing for the model as a whole.
    fn where_at(&self) -> String {
        let Self { operator, places, count, .. } = self;
        if places.is_empty() {
            return String::new();
        }
        let what = match (operator, count) {
            (Some(_), 1) => "node",
            (Some(_), _) => "nodes",
            (None, 1) => "weight tensor",
            (None, _) => "weight tensors",
        };
        let names: Vec<String> = places.iter().map(|name| format!("`{name}`")).collect();
        let more = match count.saturating_sub(names.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let operator = operator.as_ref().map_or_else(String::new, |name| format!(" ({name})"));
        format!("{what} {}{more}{operator}: ", names.join(", "))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}; {}", self.where_at(), self.problem, self.advice)
    }
}

impl fmt::Display for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reasons = count(self.list.len() as u64, "reason", "reasons");
        write!(f, "the model cannot be used, for {reasons}")?;
        write!(f, ": {}", self.lines().join(". "))
    }
}
