//! What a bundle hands over: paths, members of a family under the one at its head.

use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// A line for each released document, families in the order of their paths.
pub(crate) fn released(bundle: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut documents = Vec::new();
    for line in fs::read_to_string(bundle.join("data/openings.jsonl"))?.lines() {
        let opening: Value = serde_json::from_str(line)?;
        if opening.get("record").is_none_or(Value::is_null) {
            // Withheld: its place in a family alone is opened.
            continue;
        }
        let field = |pointer: &str| opening.pointer(pointer).ok_or("an opening lacks a field");
        let path = field("/record/line/path")?.as_str().ok_or("a path is no text")?.to_owned();
        let ordinal = field("/family/ordinal")?.as_u64().ok_or("an ordinal is no number")?;
        documents.push((field("/family/id")?.to_string(), ordinal, path));
    }
    documents.sort();
    let mut families: Vec<_> = documents.chunk_by(|one, other| one.0 == other.0).collect();
    families.sort_by(|one, other| one.first().map(|d| &d.2).cmp(&other.first().map(|d| &d.2)));
    Ok(families.into_iter().flat_map(family).collect())
}

fn family(members: &[(String, u64, String)]) -> Vec<String> {
    let head = members.first().map_or("", |head| head.2.as_str());
    let shown = |(_, ordinal, path): &(String, u64, String)| match path.strip_prefix(head) {
        Some(rest) if *ordinal > 0 => format!("  with {}", rest.trim_start_matches('/')),
        _ => path.clone(),
    };
    members.iter().map(shown).collect()
}
