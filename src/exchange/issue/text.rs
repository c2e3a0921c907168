//! The reports for people: how a model agrees with its program, and what it finds.

use std::fmt::{self, Display, Formatter, Write};

use super::{
    Class, Confusion, Cost, DryRun, DryRunSearch, Evaluation, Issued, IssuedSearch, Layer,
    Prediction, Retrieval, Setting, Sweep, Threshold, Tuning,
};
use crate::exchange::formats::search::Settle;
use crate::model::quality::{Margins, Quality};
use crate::printable::{count, printable};

impl Display for Issued {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&issued_text(self))
    }
}

impl Display for IssuedSearch {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&issued_search_text(self))
    }
}

impl Display for DryRun {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&dry_run_text(self))
    }
}

impl Display for DryRunSearch {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&dry_run_search_text(self))
    }
}

impl Display for Evaluation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&evaluation_text(self))
    }
}

pub(super) fn cost_text(cost: &Cost) -> String {
    format!(
        "cost       {} rows per document; \
         about {:.0} ms of proving each\n",
        cost.rows_per_document, cost.milliseconds_per_document
    )
}

fn files(number: u64) -> String {
    count(number, "calibration file", "calibration files")
}

/// How often program and model decide alike, and how clear the decisions are.
pub(super) fn quality_text(quality: &Quality) -> String {
    let mut text = format!(
        "decisions  the same by program and model on {} of {} documents\n\
         matches    {} by both, {} by the model only, {} by the program only\n",
        quality.same_decision,
        quality.documents,
        quality.matched_by_both,
        quality.matched_by_model_only,
        quality.matched_by_program_only
    );
    if let Some(same) = quality.same_top_class {
        let _ = writeln!(text, "top class  the same on {same} of {}", quality.documents);
    }
    text += "margins    in percent of the range of scores: documents (decided otherwise)\n";
    let mut from = 0;
    for Margins { up_to_percent, documents, decided_otherwise } in &quality.margins {
        let _ = writeln!(
            text,
            "           {from:>3} to {up_to_percent:>3} %  {documents:>7} ({decided_otherwise})"
        );
        from = *up_to_percent;
    }
    if let Some(error) = quality.max_score_error {
        let _ = writeln!(text, "scores     differ by at most {error:.4}");
    }
    text
}

fn issued_text(issued: &Issued) -> String {
    let Issued { output, input_shape, .. } = issued;
    let mut text = format!("request    {}\nroot       {}\n", issued.request, issued.root);
    text += &settings_text(&issued.settings);
    text += &read_text(output.as_deref(), input_shape.as_deref(), issued.unreadable);
    text += &classes_text(&issued.classes);
    text += &quality_text(&issued.quality);
    if issued.disagreement_accepted {
        text += "accepted   program and model disagree; the request says so\n";
    }
    text + &tuning_text(&issued.program) + &layers_text(&issued.layers) + &cost_text(&issued.cost)
}

/// How the model was read, where that is not plain, and what was skipped.
fn read_text(output: Option<&str>, input_shape: Option<&[usize]>, unreadable: u64) -> String {
    let mut text = String::new();
    if let Some(output) = output {
        let _ = writeln!(text, "output     {}", printable(output));
    }
    if let Some(shape) = input_shape {
        let sizes: Vec<String> = shape.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "input      {}", sizes.join("×"));
    }
    if unreadable > 0 {
        let _ = writeln!(text, "skipped    {} that the view cannot read", files(unreadable));
    }
    text
}

fn tuning_text(tuning: &Tuning) -> String {
    let Tuning { precision, narrowed, tried } = tuning;
    format!(
        "program    {} levels, rare values cut off in {}, {} tried\n",
        precision.levels,
        count(*narrowed, "range", "ranges"),
        count(*tried, "program", "programs"),
    )
}

/// Documents that are named as matches.
const NAMED: usize = 10;

fn dry_run_text(found: &DryRun) -> String {
    let DryRun { output, input_shape, .. } = found;
    let mut text = "dry run    nothing is written\n".to_owned();
    text += &settings_text(&found.settings);
    text += &read_text(output.as_deref(), input_shape.as_deref(), found.unreadable);
    text += &classes_text(&found.classes);
    text += &quality_text(&found.quality);
    for name in found.matching.iter().take(NAMED) {
        let _ = writeln!(text, "match      {}", printable(name));
    }
    let more = found.matching.len().saturating_sub(NAMED) as u64;
    if more > 0 {
        let _ = writeln!(text, "           and {} more", count(more, "document", "documents"));
    }
    for layer in found.costliest.iter().take(NAMED) {
        let (node, operator) = (printable(&layer.node), printable(&layer.operator));
        let _ =
            writeln!(text, "rounding   {:.1} % of the scores: {node} ({operator})", layer.percent);
    }
    text += &tuning_text(&found.program);
    text += &layers_text(&found.layers);
    text += &cost_text(&found.cost);
    text += &predicted_text(&found.predicted);
    match &found.refused {
        None => text += "issued     it would be\n",
        Some(refusal) => {
            let _ = writeln!(text, "issued     it would not be: {refusal}");
        }
    }
    text
}

fn dry_run_search_text(found: &DryRunSearch) -> String {
    let mut text = format!("dry run    nothing is written\nview       {}\n", found.view);
    text += &lines_text(&found.lines, &found.chance_matches);
    text += &wide_text(found.wide, found.settle);
    text += &misses_text(found.expected_misses);
    text + &cost_text(&found.cost) + &predicted_text(&found.predicted)
}

/// What an answer about many documents takes.
pub(super) fn predicted_text(predicted: &Prediction) -> String {
    let Prediction { documents, proofs, seconds, memory_bytes, .. } = predicted;
    format!(
        "predicted  {} in {}: about {seconds:.0} s of proving on two cores, {} MB of memory\n",
        count(*documents, "document", "documents"),
        count(*proofs, "proof", "proofs"),
        memory_bytes / 1_000_000
    )
}

fn issued_search_text(issued: &IssuedSearch) -> String {
    let mut text = format!("request    {}\nroot       {}\n", issued.request, issued.root);
    text += &lines_text(&issued.lines, &issued.chance_matches);
    text += &wide_text(issued.wide, issued.settle);
    text += &misses_text(issued.expected_misses);
    text + &cost_text(&issued.cost)
}

/// The lines as they are understood.
fn lines_text(lines: &[String], chance_matches: &[f64]) -> String {
    let mut text = String::new();
    for (line, chance) in lines.iter().zip(chance_matches) {
        let _ = writeln!(text, "search     {line}");
        let _ = writeln!(text, "           at most {chance:.3} chance matches expected");
    }
    text
}

/// Lines that are proved as something wider.
fn wide_text(wide: u64, settle: Settle) -> String {
    if wide == 0 {
        return String::new();
    }
    let lines = count(wide, "line is", "lines are");
    let settled = match settle {
        Settle::Release => "all that match it are released",
        Settle::Judge => "the judge alone reads again what matches it and not the line",
    };
    format!("wide       {lines} proved as something wider; {settled}\n")
}

/// What NOT over the filter may lose.
fn misses_text(expected: Option<f64>) -> String {
    expected.map_or_else(String::new, |misses| {
        format!(
            "NOT        asked of the filter: at most {misses:.3} documents are expected to be lost\n"
        )
    })
}

/// Which class is which, where the model names them.
pub(super) fn classes_text(classes: &[Class]) -> String {
    let mut text = String::new();
    for (matches, head) in [(true, "match"), (false, "no match")] {
        let own = classes.iter().filter(|class| class.matches == matches);
        let named = |class: &Class| {
            Some(format!("{} = {}", class.index, printable(class.name.as_deref()?)))
        };
        let mut own: Vec<String> = own.filter_map(named).collect();
        if own.len() > 20 {
            own.truncate(20);
            own.push("…".to_owned());
        }
        if !own.is_empty() {
            let _ = writeln!(text, "{head:<10} class {}", own.join(", "));
        }
    }
    text
}

/// What was asked, and where it comes from.
pub(super) fn settings_text(settings: &[Setting]) -> String {
    let mut text = String::new();
    for Setting { what, value, from, note } in settings {
        let _ = writeln!(text, "{what:<10} {} (from: {from})", printable(value));
        if let Some(note) = note {
            let _ = writeln!(text, "           {note}");
        }
    }
    text
}

/// Rows of each layer, and what its range cuts off.
pub(super) fn layers_text(layers: &[Layer]) -> String {
    let mut text = "layers     rows per document, values cut off\n".to_owned();
    for Layer { node, operator, rows, cut_off_percent } in layers {
        let name = match (node, operator) {
            (Some(node), Some(operator)) => format!("{} ({operator})", printable(node)),
            _ => "view and decision".to_owned(),
        };
        let cut = cut_off_percent.map_or_else(String::new, |percent| format!("  {percent:.2} %"));
        let _ = writeln!(text, "           {rows:>9}  {name}{cut}");
    }
    text
}

fn evaluation_text(evaluation: &Evaluation) -> String {
    let quality = &evaluation.quality;
    let mut text = format!(
        "request    {}\ndocuments  {} ({} more cannot be read by the view)\n",
        evaluation.request, quality.documents, evaluation.unreadable
    );
    if evaluation.disagreement_accepted {
        text += "accepted   the request was issued although program and model disagreed\n";
    }
    text += &quality_text(quality);
    if let (Some(program), Some(float)) = (quality.program_correct, quality.float_correct) {
        let of = quality.labelled;
        let _ = writeln!(text, "accuracy   program {program} of {of}, model {float} of {of}");
    }
    if let Some(found) = &evaluation.retrieval {
        text += &retrieval_text(found);
    }
    text += &confusion_text(&evaluation.confusion);
    if let Some(sweep) = &evaluation.sweep {
        text += &sweep_text(sweep);
    }
    if evaluation.layers.iter().any(|layer| layer.cut_off_percent.is_some_and(|cut| cut > 0.0)) {
        text += &layers_text(&evaluation.layers);
    }
    if let Some(list) = &evaluation.scores_out {
        let _ = writeln!(text, "written    {}", printable(&list.display().to_string()));
    }
    text + &cost_text(&evaluation.cost)
}

fn retrieval_text(found: &Retrieval) -> String {
    let Retrieval { relevant, matching, relevant_and_matching: both, recall, precision } = found;
    let mut text = format!(
        "retrieval  {both} of {relevant} relevant documents match; \
         {both} of {matching} matches are relevant\n"
    );
    let _ = writeln!(text, "recall     {recall}, with 95 % confidence");
    let _ = writeln!(text, "precision  {precision}, with 95 % confidence");
    text
}

/// What the program makes of the documents of each label.
fn confusion_text(confusion: &[Confusion]) -> String {
    let mut text = String::new();
    if !confusion.is_empty() {
        text += "confusion  label: documents, of which match; top class (documents)\n";
    }
    for Confusion { label, documents, matching, top } in confusion {
        let _ = write!(text, "           {label:>5}: {documents:>5}, {matching:>5}");
        for (at, top) in top.iter().enumerate() {
            let mark = if at == 0 { ";" } else { "," };
            let _ = write!(text, "{mark} {} ({})", top.class, top.documents);
        }
        text += "\n";
    }
    text
}

/// What each threshold would release.
fn sweep_text(sweep: &Sweep) -> String {
    let mut text = format!(
        "sweep      --match-score {} --above: releases, misses; recall; precision\n",
        sweep.score
    );
    for Threshold { above, releases, misses, recall, precision, .. } in &sweep.thresholds {
        let misses = misses.map_or_else(|| "?".to_owned(), |misses| misses.to_string());
        let _ = write!(text, "           {above:>10}: {releases:>6}, {misses:>6}");
        if let (Some(recall), Some(precision)) = (recall, precision) {
            let _ = write!(text, "; {recall}; {precision}");
        }
        text += "\n";
    }
    text
}
