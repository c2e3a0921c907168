//! The scores of every document as a list.

use std::path::Path;

use super::documents::Documents;
use crate::exchange::error::ExchangeError;
use crate::files::write_atomically;
use crate::model::quality::Outcome;

/// Writes `file`, `label`, `program` and `model` (whether it matches), the model's
/// scores, and the program's if it holds them.
pub(super) fn write(
    path: &Path,
    documents: &Documents,
    outcomes: &[Outcome],
) -> Result<(), ExchangeError> {
    let problem = |error: csv::Error| ExchangeError::file(path, error, "free some memory");
    let scores = outcomes.first().map_or(0, |outcome| outcome.scores.len());
    let held = outcomes.first().and_then(|outcome| outcome.program_scores.as_ref());
    let mut columns: Vec<String> = ["file", "label", "program", "model"].map(str::to_owned).into();
    columns.extend((0..scores).map(|at| format!("score{at}")));
    columns.extend((0..held.map_or(0, Vec::len)).map(|at| format!("program_score{at}")));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&columns).map_err(problem)?;
    let yes = |matches: bool| if matches { "match" } else { "no match" }.to_owned();
    for ((name, _), outcome) in documents.views.iter().zip(outcomes) {
        let label = outcome.label.map_or_else(String::new, |label| label.to_string());
        let mut line = vec![name.clone(), label, yes(outcome.by_program), yes(outcome.by_model)];
        let own = outcome.program_scores.iter().flatten();
        line.extend(outcome.scores.iter().chain(own).map(ToString::to_string));
        writer.write_record(&line).map_err(problem)?;
    }
    let bytes = writer.into_inner().map_err(|error| problem(error.into_error().into()))?;
    write_atomically(path, 0o666, &bytes)?;
    Ok(())
}
