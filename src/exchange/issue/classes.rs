//! Classes by the names that a model gives them.

use serde::Serialize;

use crate::model::graph::Graph;
use crate::model::onnx::Metadata;
use crate::model::predicate::Predicate;
use crate::printable::printable;

/// A class of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Class {
    /// The index of its score.
    pub index: u32,
    /// What the model calls it, `null` where it names none.
    pub name: Option<String>,
    /// Documents of this class match.
    pub matches: bool,
}

/// Most classes that a message lists.
const LISTED: usize = 20;

/// The names of a model's classes.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    /// Those of the classes 0, 1, …; empty if it names none.
    pub(super) list: &'a [String],
    /// How many scores it has.
    scores: usize,
}

impl<'a> Names<'a> {
    /// What a model says in its metadata, or else in its operators.
    pub(super) fn of(said: &'a Metadata, graph: &'a Graph) -> Self {
        let list = if said.classes.is_empty() { &graph.classes } else { &said.classes };
        Self { list, scores: graph.scores() }
    }

    /// The index of a class that is given as its index, as its name, or as `index:N` or
    /// `label:NAME` where a number could be either. If it is none, or could be two different
    /// ones: the problem, and what to do.
    pub(super) fn index_of(self, given: &str) -> Result<u32, (String, String)> {
        let unknown = || (format!("`{given}` is no class"), self.listed());
        if let Some(name) = given.strip_prefix("label:") {
            return self.named(name).ok_or_else(unknown);
        }
        if let Some(index) = given.strip_prefix("index:") {
            return index.parse().map_err(|_| unknown());
        }
        match (self.named(given), given.parse::<u32>().ok()) {
            (Some(name), Some(index)) if name != index && (index as usize) < self.scores => Err((
                format!("class {given} is the name of class {name}, or class {index}"),
                format!("write label:{given} or index:{given}; {}", self.listed()),
            )),
            (Some(name), _) => Ok(name),
            (None, Some(index)) => Ok(index),
            (None, None) => Err(unknown()),
        }
    }

    fn named(self, name: &str) -> Option<u32> {
        let at = self.list.iter().position(|own| own == name);
        at.and_then(|at| u32::try_from(at).ok())
    }

    fn listed(self) -> String {
        if self.list.is_empty() {
            let last = self.scores.saturating_sub(1);
            return format!("the model names no classes; give an index from 0 to {last}");
        }
        let own = self.list.iter().take(LISTED).enumerate();
        let own: Vec<String> =
            own.map(|(index, name)| format!("{index} {}", printable(name))).collect();
        let more = if self.list.len() > LISTED { ", …" } else { "" };
        format!("the model's classes are {}{more}", own.join(", "))
    }
}

/// The classes that a predicate tells apart; none if it asks for a score.
pub(super) fn asked(predicate: &Predicate, names: Names<'_>) -> Vec<Class> {
    let Predicate::MatchClass(classes) = predicate else { return Vec::new() };
    let class = |index: u32| Class {
        index,
        name: names.list.get(index as usize).cloned(),
        matches: classes.contains(&index),
    };
    let all = u32::try_from(names.scores).unwrap_or(u32::MAX);
    (0..all).map(class).filter(|class| class.name.is_some() || class.matches).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index_of(given: &str, list: &[String], scores: usize) -> Result<u32, (String, String)> {
        Names { list, scores }.index_of(given)
    }

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn names_and_indices_are_told_apart() {
        let words = names(&["ham", "spam"]);
        assert_eq!(index_of("spam", &words, 2), Ok(1));
        assert_eq!(index_of("0", &words, 2), Ok(0));
        assert_eq!(index_of("7", &[], 10), Ok(7));
        assert_eq!(index_of("label:ham", &words, 2), Ok(0));
        let (problem, advice) = index_of("eggs", &words, 2).unwrap_err();
        assert!(problem.contains("eggs") && advice.contains("1 spam"), "{problem} {advice}");
        // Numbers from 0 are both.
        assert_eq!(index_of("2", &names(&["0", "1", "2"]), 3), Ok(2));
    }

    #[test]
    fn a_number_that_may_be_two_classes_is_refused() {
        let numbers = names(&["1", "2", "30"]);
        let (problem, advice) = index_of("1", &numbers, 3).unwrap_err();
        assert!(problem.contains("class 1 is the name of class 0"), "{problem}");
        assert!(advice.contains("label:1 or index:1"), "{advice}");
        assert_eq!(index_of("label:1", &numbers, 3), Ok(0));
        assert_eq!(index_of("index:1", &numbers, 3), Ok(1));
        assert_eq!(index_of("30", &numbers, 3), Ok(2), "no class has that index");
        assert_eq!(index_of("0", &numbers, 3), Ok(0), "no class has that name");
    }
}
