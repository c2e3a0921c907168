//! `vocab.txt`, and `vocab.json` with `merges.txt`.

use super::model::Tokens;
use super::{ImportError, json, text};
use crate::tokens::Scheme;
use crate::tokens::vocabulary::{Head, write};
use crate::unicode;

/// BERT's list: a token a line, the first with id 0. It does not say whether words are
/// brought to lower case: they are if no token has a capital letter but those in square
/// brackets, since no other token would then be found.
pub(super) fn vocab_txt(file: &[u8]) -> Result<Vec<u8>, ImportError> {
    let tokens: Vec<String> = text(file)?.lines().map(str::to_owned).collect();
    let id = |wanted: &str| {
        let found = tokens.iter().position(|token| token == wanted);
        found.and_then(|id| u16::try_from(id).ok()).ok_or_else(|| {
            ImportError::File(format!("a list of tokens without {wanted}, which BERT's have"))
        })
    };
    let special = |token: &&String| !(token.starts_with('[') && token.ends_with(']'));
    let cased = tokens
        .iter()
        .filter(special)
        .any(|token| token.chars().any(|point| !unicode::lower(point).eq(std::iter::once(point))));
    let head = Head {
        begin: Some(id("[CLS]")?),
        end: Some(id("[SEP]")?),
        unknown: Some(id("[UNK]")?),
        lower_case: !cased,
        strip_accents: !cased,
        split_ideographs: true,
        ..Head::new(Scheme::WordPiece, id("[PAD]")?)
    };
    Ok(write(&head, &tokens, &[]))
}

/// GPT-2's map of tokens, and its merges: one a line after a line `#version`, if it has
/// that.
pub(super) fn vocab_json(file: &[u8], merges: Option<&[u8]>) -> Result<Vec<u8>, ImportError> {
    let tokens: Tokens = serde_json::from_slice(file).map_err(|error| json(&error))?;
    let missing = || ImportError::File("tokens without their merges".to_owned());
    let merges = text(merges.ok_or_else(missing)?)?;
    let first = |(at, line): &(usize, &str)| *at == 0 && line.starts_with("#version");
    let merges = merges.lines().enumerate().filter(|line| !first(line) && !line.1.is_empty());
    let merges: Vec<String> = merges.map(|(_, line)| line.to_owned()).collect();
    // RoBERTa's, then GPT-2's.
    let around = tokens.id("<s>").zip(tokens.id("</s>")).zip(tokens.id("<pad>"));
    let head = match (around, tokens.id("<|endoftext|>")) {
        (Some(((begin, end), padding)), _) => {
            Head { begin: Some(begin), end: Some(end), ..Head::new(Scheme::Bpe, padding) }
        }
        (None, Some(padding)) => Head::new(Scheme::Bpe, padding),
        (None, None) => {
            let problem = "neither <|endoftext|> nor <s>, </s> and <pad> among the tokens, so it is not known what pads a text; tokenizer.json says it";
            return Err(ImportError::File(problem.to_owned()));
        }
    };
    Ok(write(&head, &tokens.in_order()?, &merges))
}
