//! The report for people on a model that is looked at.

use std::fmt::{self, Display, Formatter, Write};

use crate::corpus::views::ViewId;

use super::{Beside, Inspection, Operator, Said};
use crate::model::onnx::{Description, OperatorSet, Port};
use crate::printable::count;

use crate::exchange::issue::text::{
    classes_text, cost_text, layers_text, predicted_text, quality_text, settings_text,
};

/// Views that are named.
const VIEWS: usize = 6;
/// Longest value of a model's metadata that is shown whole.
const VALUE: usize = 80;

impl Display for Inspection {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&inspection_text(self))
    }
}

fn inspection_text(found: &Inspection) -> String {
    let mut text = format!("model      {}\n", count(found.bytes, "byte", "bytes"));
    text += &file_text(&found.file);
    for Beside { file, bytes } in &found.beside {
        let _ = writeln!(text, "beside     {} in {file}", count(*bytes, "byte", "bytes"));
    }
    for Said { key, value } in &found.says {
        let cut = value.char_indices().nth(VALUE).map_or(value.len(), |(end, _)| end);
        let more = if cut < value.len() { "…" } else { "" };
        let _ = writeln!(text, "says       {key} = {}{more}", &value[..cut]);
    }
    if let Some(output) = &found.output {
        let _ = writeln!(text, "scores     {output}");
    }
    text += &operators_text(&found.operators);
    for (at, line) in found.refused.lines().iter().enumerate() {
        let _ = writeln!(text, "{:<10} {line}", if at == 0 { "refused" } else { "" });
    }
    text += &views_text(found);
    text += &settings_text(&found.settings);
    text += &classes_text(&found.classes);
    text += &program_text(found);
    text += match found.compiles {
        true => "asked      it can be\n",
        false => "asked      it cannot be\n",
    };
    text
}

fn file_text(file: &Description) -> String {
    let mut text = String::new();
    if let Some(producer) = &file.producer {
        let _ = writeln!(text, "producer   {producer}");
    }
    let set = |set: &OperatorSet| match set.domain.as_str() {
        "" => set.version.to_string(),
        domain => format!("{} of {domain}", set.version),
    };
    let sets: Vec<String> = file.operator_sets.iter().map(set).collect();
    let _ = writeln!(text, "opset      {}", sets.join(", "));
    for (head, ports) in [("input", &file.inputs), ("output", &file.outputs)] {
        for Port { name, kind, shape } in ports {
            let shape = shape.as_ref().map(|sizes| sizes.join("×")).filter(|text| !text.is_empty());
            let shape = shape.map_or_else(String::new, |shape| format!(" {shape}"));
            let _ = writeln!(text, "{head:<10} {name}: {kind}{shape}");
        }
    }
    let tensors = count(file.weight_tensors as u64, "tensor", "tensors");
    let _ = writeln!(text, "weights    {} in {tensors}", file.weights);
    if file.functions > 0 {
        let functions = count(file.functions as u64, "function", "functions");
        let _ = writeln!(text, "defines    {functions} of its own");
    }
    text
}

fn operators_text(operators: &[Operator]) -> String {
    let mut text = String::new();
    for (at, Operator { uses, supported, elements, rows }) in operators.iter().enumerate() {
        let head = if at == 0 { "operators" } else { "" };
        let name = match uses.domain.as_str() {
            "" => uses.operator.clone(),
            domain => format!("{} of {domain}", uses.operator),
        };
        let verdict = match (supported, uses.refused, uses.passed_over) {
            (false, refused, _) if refused < uses.nodes => format!("refused in {refused}"),
            (false, ..) => "refused".to_owned(),
            (true, _, 0) => "supported".to_owned(),
            (true, ..) => "known, not looked at behind what is refused".to_owned(),
        };
        let cost = rows.filter(|rows| *rows > 0).map_or_else(String::new, |rows| {
            let each = rows as f64 / (*elements).max(1) as f64;
            format!(", {rows} rows for {elements} elements ({each:.2} each)")
        });
        let _ = writeln!(text, "{head:<10} {:>5} {name}: {verdict}{cost}", uses.nodes);
    }
    text
}

fn views_text(found: &Inspection) -> String {
    let mut views: Vec<String> = found.views.iter().take(VIEWS).map(ToString::to_string).collect();
    if found.views.len() > VIEWS {
        views.push("…".to_owned());
    }
    match views.is_empty() {
        true => String::new(),
        false => format!("fit        {}\n{}", views.join(", "), vocabulary_text(found)),
    }
}

/// What a view of tokens needs beside the model.
fn vocabulary_text(found: &Inspection) -> &'static str {
    match found.views.first().and_then(ViewId::scheme) {
        Some(_) => {
            "           its ids are those of a vocabulary: --vocabulary tokenizer.json, vocab.txt or vocab.json\n"
        }
        None => "",
    }
}

fn program_text(found: &Inspection) -> String {
    let (Some(compiled), Some(cost), Some(predicted)) =
        (&found.compiled, &found.cost, &found.predicted)
    else {
        return String::new();
    };
    let mut text = match &found.quality {
        Some(quality) => quality_text(quality),
        None => "ranges     of made-up documents; --calibration gives those of real ones, and agreement\n"
            .to_owned(),
    };
    let (levels, entries) = (compiled.precision.levels, compiled.table_entries);
    let search = match compiled.tried {
        Some(tried) => {
            format!("{} tried, as issue-request does", count(tried, "program", "programs"))
        }
        None => "the first that issue-request tries".to_owned(),
    };
    let _ = writeln!(text, "program    {levels} levels, {entries} entries of tables ({search})");
    text + &layers_text(&found.layers) + &cost_text(cost) + &predicted_text(predicted)
}
