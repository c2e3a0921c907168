//! Hugging Face's `tokenizer.json`.
//!
//! What it says of truncation is passed over, and of padding the id alone is taken: the
//! view has its own length. So are keys that are not known: what they would change is
//! found where vocabularies are compared with `tokenizers`.

use std::collections::HashSet;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::model::{Merge, Tokens};
use super::{ImportError, json};
use crate::tokens::Scheme;
use crate::tokens::bert::MOST_CHARACTERS;
use crate::tokens::vocabulary::{Head, write};
use crate::tokens::wordpiece::PREFIX;

/// Whether a JSON object is a tokenizer: it has a model, which is an object itself.
pub(super) fn is_tokenizer(file: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Has {
        #[serde(rename = "model")]
        _model: Object,
    }
    #[derive(Deserialize)]
    struct Object {
        #[serde(rename = "vocab")]
        _vocab: IgnoredAny,
    }
    serde_json::from_slice::<Has>(file).is_ok()
}

#[derive(Deserialize)]
struct Tokenizer {
    #[serde(default)]
    added_tokens: Vec<Added>,
    normalizer: Option<Value>,
    pre_tokenizer: Option<Value>,
    post_processor: Option<Value>,
    padding: Option<Padding>,
    model: Model,
}

#[derive(Deserialize)]
struct Added {
    id: u32,
    content: String,
    special: bool,
}

#[derive(Deserialize)]
struct Padding {
    pad_id: u32,
}

#[derive(Deserialize)]
struct Model {
    r#type: Option<String>,
    vocab: Tokens,
    merges: Option<Vec<Merge>>,
    unk_token: Option<String>,
    continuing_subword_prefix: Option<String>,
    end_of_word_suffix: Option<String>,
    max_input_chars_per_word: Option<usize>,
    dropout: Option<f64>,
    #[serde(default)]
    byte_fallback: bool,
    #[serde(default)]
    ignore_merges: bool,
}

#[derive(Deserialize)]
struct BertNormalizer {
    clean_text: bool,
    handle_chinese_chars: bool,
    strip_accents: Option<bool>,
    lowercase: bool,
}

#[derive(Deserialize)]
struct ByteLevel {
    add_prefix_space: bool,
    #[serde(default = "yes")]
    use_regex: bool,
}

fn yes() -> bool {
    true
}

pub(super) fn tokenizer(file: &[u8]) -> Result<Vec<u8>, ImportError> {
    let mut read: Tokenizer = serde_json::from_slice(file).map_err(|error| json(&error))?;
    // Others find these in a text; here a text is nothing but text.
    if let Some(added) = read.added_tokens.iter().find(|added| !added.special) {
        return Err(unsupported("added_tokens", &added.content, "special tokens alone"));
    }
    let known: HashSet<(String, u32)> = read.model.vocab.0.iter().cloned().collect();
    let added = std::mem::take(&mut read.added_tokens).into_iter();
    let added = added.map(|added| (added.content, added.id));
    read.model.vocab.0.extend(added.filter(|added| !known.contains(added)));
    let kind = read.model.r#type.as_deref().unwrap_or("not named");
    let (head, merges) = match kind {
        "WordPiece" => (word_piece(&read)?, Vec::new()),
        "BPE" => bpe(&mut read)?,
        other => return Err(unsupported("model", other, "WordPiece or BPE")),
    };
    Ok(write(&head, &read.model.vocab.in_order()?, &merges))
}

fn word_piece(read: &Tokenizer) -> Result<Head, ImportError> {
    let model = &read.model;
    let prefix = model.continuing_subword_prefix.as_deref().unwrap_or_default();
    if prefix != PREFIX {
        return Err(unsupported("continuing_subword_prefix", prefix, "##"));
    }
    let most = model.max_input_chars_per_word.unwrap_or(MOST_CHARACTERS);
    if most != MOST_CHARACTERS {
        return Err(unsupported("max_input_chars_per_word", &most.to_string(), "100"));
    }
    let normaliser: BertNormalizer =
        part("normalizer", read.normalizer.as_ref(), "BertNormalizer")?;
    if !normaliser.clean_text {
        return Err(unsupported("clean_text", "false", "true"));
    }
    let _: IgnoredAny = part("pre_tokenizer", read.pre_tokenizer.as_ref(), "BertPreTokenizer")?;
    let unknown = model.unk_token.as_deref().unwrap_or_default();
    let unknown = model.vocab.id(unknown).ok_or_else(|| no_token("unk_token", unknown))?;
    Ok(Head {
        unknown: Some(unknown),
        lower_case: normaliser.lowercase,
        strip_accents: normaliser.strip_accents.unwrap_or(normaliser.lowercase),
        split_ideographs: normaliser.handle_chinese_chars,
        ..around(read, Scheme::WordPiece, &["[PAD]"])?
    })
}

fn bpe(read: &mut Tokenizer) -> Result<(Head, Vec<String>), ImportError> {
    let merges = read.model.merges.take().unwrap_or_default();
    let model = &read.model;
    for (what, found) in [
        ("continuing_subword_prefix", &model.continuing_subword_prefix),
        ("end_of_word_suffix", &model.end_of_word_suffix),
    ] {
        if let Some(found) = found.as_ref().filter(|found| !found.is_empty()) {
            return Err(unsupported(what, found, "none"));
        }
    }
    for (what, set) in [
        ("dropout", model.dropout.is_some_and(|dropout| dropout != 0.0)),
        ("byte_fallback", model.byte_fallback),
        ("ignore_merges", model.ignore_merges),
    ] {
        if set {
            return Err(unsupported(what, "set", "that it is not"));
        }
    }
    if let Some(normaliser) = &read.normalizer {
        return Err(unsupported("normalizer", type_of(normaliser), "none"));
    }
    let bytes: ByteLevel = part("pre_tokenizer", read.pre_tokenizer.as_ref(), "ByteLevel")?;
    if !bytes.use_regex {
        return Err(unsupported("use_regex", "false", "true"));
    }
    let padding = ["<pad>", "<|pad|>", "[PAD]", "<|endoftext|>"];
    let head =
        Head { prefix_space: bytes.add_prefix_space, ..around(read, Scheme::Bpe, &padding)? };
    Ok((head, merges.into_iter().map(|merge| merge.0).collect()))
}

/// A part that must be of one type.
fn part<'a, T: Deserialize<'a>>(
    what: &'static str,
    found: Option<&'a Value>,
    taken: &'static str,
) -> Result<T, ImportError> {
    let found = found
        .filter(|found| type_of(found) == taken)
        .ok_or_else(|| unsupported(what, found.map_or("not there", type_of), taken))?;
    T::deserialize(found).map_err(|error| ImportError::File(format!("{what}: {error}")))
}

fn type_of(part: &Value) -> &str {
    part.get("type").and_then(Value::as_str).unwrap_or("not named")
}

/// The ids that begin, end and pad a text.
fn around(read: &Tokenizer, scheme: Scheme, names: &[&str]) -> Result<Head, ImportError> {
    let tokens = &read.model.vocab;
    let mut ends = (None, None);
    let processors = match &read.post_processor {
        None => &[][..],
        Some(Value::Object(one)) if type_of_map(one) == "Sequence" => {
            one.get("processors").and_then(Value::as_array).map_or(&[][..], Vec::as_slice)
        }
        Some(one) => std::slice::from_ref(one),
    };
    for processor in processors {
        let named: (Option<&str>, Option<&str>) = match type_of(processor) {
            "ByteLevel" => continue,
            "BertProcessing" | "RobertaProcessing" => {
                let name = |key| processor.get(key)?.get(0)?.as_str();
                (name("cls"), name("sep"))
            }
            "TemplateProcessing" => template(processor)?,
            other => {
                let taken = "BertProcessing, RobertaProcessing, TemplateProcessing or ByteLevel";
                return Err(unsupported("post_processor", other, taken));
            }
        };
        let id = |name: Option<&str>| {
            name.map(|name| tokens.id(name).ok_or_else(|| no_token("post_processor", name)))
                .transpose()
        };
        ends = (id(named.0)?, id(named.1)?);
    }
    let padding = match &read.padding {
        Some(padding) => u16::try_from(padding.pad_id).ok(),
        None => names.iter().find_map(|name| tokens.id(name)),
    };
    let padding = padding.ok_or_else(|| no_token("padding", &names.join(", ")))?;
    Ok(Head { begin: ends.0, end: ends.1, ..Head::new(scheme, padding) })
}

fn type_of_map(map: &serde_json::Map<String, Value>) -> &str {
    map.get("type").and_then(Value::as_str).unwrap_or_default()
}

/// What a template puts around a single text: at most one token on either side.
fn template(processor: &Value) -> Result<(Option<&str>, Option<&str>), ImportError> {
    let single = processor.get("single").and_then(Value::as_array);
    let single = single.map_or(&[][..], Vec::as_slice);
    // The name of a token; `None` for the text.
    let names: Vec<Option<&str>> = single.iter().map(id_of).collect();
    match names.as_slice() {
        [None] => Ok((None, None)),
        [begin @ Some(_), None] => Ok((*begin, None)),
        [None, end @ Some(_)] => Ok((None, *end)),
        [begin @ Some(_), None, end @ Some(_)] => Ok((*begin, *end)),
        _ => Err(unsupported(
            "post_processor",
            "another template",
            "at most one token before and one after the text",
        )),
    }
}

fn id_of(piece: &Value) -> Option<&str> {
    piece.get("SpecialToken")?.get("id")?.as_str()
}

fn no_token(what: &'static str, name: &str) -> ImportError {
    ImportError::File(format!("{what}: `{name}` is no token"))
}

fn unsupported(what: &'static str, found: &str, taken: &'static str) -> ImportError {
    ImportError::Unsupported { what, found: found.chars().take(64).collect(), taken }
}
