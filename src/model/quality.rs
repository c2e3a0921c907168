//! How closely an integer program follows its float model.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::predicate::{Predicate, top_class};
use super::quantize::{Compiled, raw_scores, threshold};
pub use super::reference::Sample;
use super::reference::{FloatError, FloatModel, centred, chunks};

/// What scores decide, and by how much.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    predicate: &'a Predicate,
    /// The threshold of a score.
    cut: f64,
}

impl<'a> Decision<'a> {
    /// On the raw scores of a model, those before a final softmax or sigmoid.
    ///
    /// # Errors
    /// If the predicate does not fit the model.
    pub fn on_raw_scores(
        predicate: &'a Predicate,
        model: &FloatModel<'_>,
    ) -> Result<Self, FloatError> {
        let (_, link) = raw_scores(model.graph());
        Ok(Self { predicate, cut: threshold(predicate, link)? })
    }

    /// On the scores that the model gives.
    #[must_use]
    pub fn on_output(predicate: &'a Predicate) -> Self {
        let cut = match predicate {
            Predicate::MatchClass(_) => 0.0,
            Predicate::MatchScore { above, .. } => above.get(),
        };
        Self { predicate, cut }
    }

    /// Whether a document with these scores matches, where scores that differ
    /// by `tie` at most are equal.
    fn matches(&self, scores: &[f64], tie: f64) -> bool {
        match self.predicate {
            Predicate::MatchClass(classes) => top_within(scores, tie)
                .is_some_and(|top| classes.iter().any(|class| *class as usize == top)),
            Predicate::MatchScore { index, .. } => {
                scores.get(*index as usize).is_some_and(|score| *score > self.cut + tie)
            }
        }
    }

    /// What the scores would have to change by for the other decision: between
    /// the best score that matches and the best that does not, or from the
    /// threshold.
    fn margin(&self, scores: &[f64]) -> f64 {
        match self.predicate {
            Predicate::MatchClass(classes) => {
                let mut best = [f64::NEG_INFINITY; 2];
                for (class, score) in scores.iter().enumerate() {
                    let own = classes.iter().any(|c| *c as usize == class);
                    let best = &mut best[usize::from(own)];
                    *best = best.max(*score);
                }
                (best[0] - best[1]).abs()
            }
            Predicate::MatchScore { index, .. } => {
                scores.get(*index as usize).map_or(0.0, |score| (score - self.cut).abs())
            }
        }
    }

    /// What the margins are measured against: the scores less their mean, or
    /// the score that decides.
    fn spread(&self, scores: &[f64]) -> Vec<f64> {
        match self.predicate {
            Predicate::MatchClass(_) => centred(scores),
            Predicate::MatchScore { index, .. } => {
                scores.get(*index as usize).copied().into_iter().collect()
            }
        }
    }
}

/// How closely an integer program follows its float model on some documents.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quality {
    /// Documents measured.
    pub documents: usize,
    /// Documents on which both have the same top class; `None` where the program
    /// holds one score only.
    pub same_top_class: Option<usize>,
    /// Documents on which both give the same decision.
    pub same_decision: usize,
    /// Documents that match by both.
    pub matched_by_both: usize,
    /// Documents that match by the float model alone.
    pub matched_by_model_only: usize,
    /// Documents that match by the program alone.
    pub matched_by_program_only: usize,
    /// How clear the model's decisions are, from the closest on.
    pub margins: Vec<Margins>,
    /// The largest difference of a score, in the float model's unit; of scores
    /// less their mean where classes are compared.
    pub max_score_error: Option<f64>,
    /// Documents whose label is the float model's top class, of those labelled.
    pub float_correct: Option<usize>,
    /// Documents whose label is the program's top class, of those labelled.
    pub program_correct: Option<usize>,
    /// Documents with a label.
    pub labelled: usize,
}

/// Documents with margins up to some part of the range of the scores.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Margins {
    /// The end of this class of margins, as percent of the range.
    pub up_to_percent: u32,
    /// Documents in it.
    pub documents: usize,
    /// Those of them on which program and model differ.
    pub decided_otherwise: usize,
}

/// The ends of the classes of margins, in percent of the range of scores.
const PERCENT: [u32; 7] = [1, 2, 5, 10, 20, 50, 100];
/// A decision with a larger margin than this must be the same by both.
pub const CLOSE_PERCENT: u32 = 5;

impl Quality {
    /// Documents that match by the float model.
    #[must_use]
    pub const fn float_matches(&self) -> usize {
        self.matched_by_both + self.matched_by_model_only
    }

    /// Documents that match by the program.
    #[must_use]
    pub const fn program_matches(&self) -> usize {
        self.matched_by_both + self.matched_by_program_only
    }

    /// Documents decided otherwise although their margin is above
    /// [`CLOSE_PERCENT`] of the range of scores.
    #[must_use]
    pub fn clear_disagreements(&self) -> usize {
        let clear = self.margins.iter().filter(|class| class.up_to_percent > CLOSE_PERCENT);
        clear.map(|class| class.decided_otherwise).sum()
    }

    /// Whether decisions and top classes agree in at least this part of the
    /// documents, rounded down (so of a few documents one may differ), and no
    /// clear one is decided otherwise.
    #[must_use]
    pub fn passes(&self, agreement: f64) -> bool {
        let least = (agreement * self.documents as f64).floor();
        let enough = |same: usize| same as f64 >= least;
        enough(self.same_decision)
            && self.same_top_class.is_none_or(enough)
            && self.clear_disagreements() == 0
    }
}

/// Scores that differ by this part of their range are equal: a model in single
/// precision cannot tell them apart.
const TIE: f64 = 1e-6;

/// The lowest index of a score that is the greatest but for `tie`.
fn top_within(scores: &[f64], tie: f64) -> Option<usize> {
    let greatest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    scores.iter().position(|score| *score >= greatest - tie)
}

/// One document by both.
struct Compared {
    by_float: bool,
    by_program: bool,
    margin: f64,
    label: Option<usize>,
    float_top: Option<usize>,
    program_top: Option<usize>,
    score_error: Option<f64>,
}

/// Measures a program against scores of its float model.
///
/// `raw` says that the scores are those before a final softmax or sigmoid, so
/// that the program's own can be compared with them.
///
/// # Errors
/// If there are no documents, or a view has the wrong length.
pub fn quality<'a>(
    compiled: &Compiled,
    decision: &Decision<'_>,
    raw: bool,
    samples: impl IntoIterator<Item = Sample<'a>>,
) -> Result<Quality, FloatError> {
    Ok(measure(compiled, decision, raw, samples)?.0)
}

/// As [`quality`] on raw scores, as long as the program may pass with this agreement on all of
/// the documents: it ends where that is known to fail. The documents measured are the first ones.
///
/// # Errors
/// If there are no documents, or a view has the wrong length.
pub fn quality_while_passing(
    compiled: &Compiled,
    decision: &Decision<'_>,
    samples: &[Sample<'_>],
    agreement: f64,
    mut ran_so_far: impl FnMut(usize),
) -> Result<Quality, FloatError> {
    let range = range(decision, samples.iter().map(|sample| sample.scores.as_slice()));
    let mut ran: Vec<Ran> = Vec::new();
    let mut end = FIRST_DOCUMENTS;
    loop {
        let next = samples.get(ran.len()..end.min(samples.len())).unwrap_or_default();
        for chunk in chunks(next.iter().cloned()) {
            let chunk = chunk.into_par_iter().map(|sample| Ran::of(compiled, sample));
            ran.extend(chunk.collect::<Result<Vec<_>, FloatError>>()?);
        }
        ran_so_far(next.len());
        let (quality, _) = figures(compiled, decision, true, range, &ran)?;
        // As if all others were decided alike.
        let rest = samples.len() - ran.len();
        let hoped = Quality {
            documents: samples.len(),
            same_decision: quality.same_decision + rest,
            same_top_class: quality.same_top_class.map(|same| same + rest),
            ..quality.clone()
        };
        if rest == 0 || !hoped.passes(agreement) {
            return Ok(quality);
        }
        end *= 2;
    }
}

/// Documents on which a program is run before it is asked whether it may still pass.
const FIRST_DOCUMENTS: usize = 8;

/// The range of what decides, over scores of documents.
fn range<'a>(decision: &Decision<'_>, scores: impl Iterator<Item = &'a [f64]>) -> f64 {
    let spread = scores.flat_map(|scores| decision.spread(scores));
    let widen = |(low, high): (f64, f64), score: f64| (low.min(score), high.max(score));
    let ends = spread.fold((f64::INFINITY, f64::NEG_INFINITY), widen);
    (ends.1 - ends.0).max(0.0)
}

/// As [`quality`], with what became of each document, in their order.
///
/// # Errors
/// If there are no documents, or a view has the wrong length.
pub fn measure<'a>(
    compiled: &Compiled,
    decision: &Decision<'_>,
    raw: bool,
    samples: impl IntoIterator<Item = Sample<'a>>,
) -> Result<(Quality, Vec<Outcome>), FloatError> {
    let mut ran = Vec::new();
    for chunk in chunks(samples) {
        let chunk = chunk.into_par_iter().map(|sample| Ran::of(compiled, sample));
        ran.extend(chunk.collect::<Result<Vec<_>, FloatError>>()?);
    }
    let range = range(decision, ran.iter().map(|one| one.scores.as_slice()));
    let (quality, compared) = figures(compiled, decision, raw, range, &ran)?;
    let part = |margin: f64| if range > 0.0 { margin / range } else { 0.0 };
    let outcomes = ran.into_iter().zip(compared).map(|(ran, compared)| Outcome {
        margin: part(compared.margin),
        label: ran.label,
        program_scores: ran.levels.zip(compiled.scores).map(|(levels, map)| map.reals(&levels)),
        scores: ran.scores,
        by_model: compared.by_float,
        by_program: compared.by_program,
        program_top: compared.program_top,
    });
    Ok((quality, outcomes.collect()))
}

/// What documents add up to, and each of them. `range` is that of what decides.
fn figures(
    compiled: &Compiled,
    decision: &Decision<'_>,
    raw: bool,
    range: f64,
    ran: &[Ran],
) -> Result<(Quality, Vec<Compared>), FloatError> {
    let compare = |one| compare(compiled, decision, raw, range * TIE, one);
    let compared: Vec<Compared> = ran.iter().map(compare).collect();
    let mut quality = Quality { margins: margins(&compared, range), ..Quality::default() };
    let add = |counter: &mut Option<usize>, hit: bool| {
        *counter = Some(counter.unwrap_or(0) + usize::from(hit));
    };
    for one in &compared {
        quality.documents += 1;
        quality.labelled += usize::from(one.label.is_some());
        quality.same_decision += usize::from(one.by_float == one.by_program);
        match (one.by_float, one.by_program) {
            (true, true) => quality.matched_by_both += 1,
            (true, false) => quality.matched_by_model_only += 1,
            (false, true) => quality.matched_by_program_only += 1,
            (false, false) => {}
        }
        if one.label.is_some() {
            add(&mut quality.float_correct, one.float_top == one.label);
        }
        if compiled.scores.is_some() {
            add(&mut quality.same_top_class, one.program_top == one.float_top);
            if one.label.is_some() {
                add(&mut quality.program_correct, one.program_top == one.label);
            }
        }
        if let Some(error) = one.score_error {
            quality.max_score_error = Some(quality.max_score_error.unwrap_or(0.0).max(error));
        }
    }
    if quality.documents == 0 {
        return Err(FloatError::NoDocuments);
    }
    Ok((quality, compared))
}

/// What model and program say of one document.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its true class, if known.
    pub label: Option<usize>,
    /// The model's scores, as they were given.
    pub scores: Vec<f64>,
    /// The program's, in the model's unit, if it holds them; less their mean if it holds
    /// them so.
    pub program_scores: Option<Vec<f64>>,
    /// Whether it matches by the model.
    pub by_model: bool,
    /// Whether it matches by the program.
    pub by_program: bool,
    /// The program's top class, if it holds the scores.
    pub program_top: Option<usize>,
    /// What the model's scores would have to change by for the other decision, as a part
    /// of the range of scores.
    pub margin: f64,
}

/// What the program made of a document, beside what the model says.
struct Ran {
    label: Option<usize>,
    scores: Vec<f64>,
    by_program: bool,
    /// The program's scores, if it holds them.
    levels: Option<Vec<i64>>,
}

impl Ran {
    fn of(compiled: &Compiled, sample: Sample<'_>) -> Result<Self, FloatError> {
        let (expected, got) = (compiled.program.input_len(), sample.view.len());
        if expected != got {
            return Err(FloatError::Length { expected, got });
        }
        let mut values = compiled.program.evaluate(sample.view);
        let by_program = values[compiled.program.decision()] == [1];
        let levels = compiled.scores.map(|map| std::mem::take(&mut values[map.node]));
        Ok(Self { label: sample.label, scores: sample.scores, by_program, levels })
    }
}

fn compare(
    compiled: &Compiled,
    decision: &Decision<'_>,
    raw: bool,
    tie: f64,
    ran: &Ran,
) -> Compared {
    let scores = &ran.scores;
    let levels = compiled.scores.zip(ran.levels.as_deref());
    let score_error = levels.filter(|_| raw).map(|(map, levels)| {
        let reference = if map.centred { centred(scores) } else { scores.clone() };
        map.reals(levels)
            .into_iter()
            .zip(reference)
            .map(|(own, score)| (own - score).abs())
            .fold(0.0, f64::max)
    });
    Compared {
        by_float: decision.matches(scores, tie),
        by_program: ran.by_program,
        margin: decision.margin(scores),
        label: ran.label,
        float_top: top_within(scores, tie),
        program_top: levels.and_then(|(_, levels)| top_class(levels)),
        score_error,
    }
}

fn margins(compared: &[Compared], range: f64) -> Vec<Margins> {
    let mut classes =
        PERCENT.map(|up_to_percent| Margins { up_to_percent, documents: 0, decided_otherwise: 0 });
    for one in compared {
        let percent = if range > 0.0 { 100.0 * one.margin / range } else { 0.0 };
        let class = PERCENT.iter().position(|end| percent <= f64::from(*end));
        let class = &mut classes[class.unwrap_or(PERCENT.len() - 1)];
        class.documents += 1;
        class.decided_otherwise += usize::from(one.by_float != one.by_program);
    }
    classes.to_vec()
}
