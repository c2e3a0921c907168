//! Prints the ids of texts, for comparison with other tokenisers
//! (`scripts/conformance/tokens.py`): a line of ids for each line of standard input, which
//! is a text as a JSON string.
//!
//! ```text
//! token-ids VOCABULARY [MERGES] < TEXTS
//! ```

use std::error::Error;
use std::io::{self, BufRead, BufWriter, Write};

use candor_documents::tokens::import;
use candor_documents::{Budget, Text};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let file = std::fs::read(arguments.next().ok_or("token-ids VOCABULARY [MERGES] < TEXTS")?)?;
    let merges = arguments.next().map(std::fs::read).transpose()?;
    let (vocabulary, _) = import(&file, merges.as_deref())?;
    let mut out = BufWriter::new(io::stdout());
    for line in io::stdin().lock().lines() {
        let mut text = Text::new();
        text.push(&serde_json::from_str::<String>(&line?)?, &mut Budget::new())?;
        let ids: Vec<String> = vocabulary.ids(&text).iter().map(u16::to_string).collect();
        writeln!(out, "{}", ids.join(" "))?;
    }
    Ok(out.flush()?)
}
