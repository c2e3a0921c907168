//! The file of a vocabulary: one line of JSON, then a line for each token in the order of
//! the ids, then a line for each merge in the order of the ranks.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Rules, Vocabulary, VocabularyError};
use crate::tokens::Scheme;
use crate::tokens::bert::Normaliser;
use crate::tokens::bpe::Merges;
use crate::tokens::byte_level;
use crate::tokens::wordpiece::{PREFIX, Pieces};

const FORMAT: &str = "candor vocabulary 1";

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::tokens) struct Head {
    pub(in crate::tokens) format: String,
    pub(in crate::tokens) scheme: Scheme,
    /// Lines of tokens.
    pub(in crate::tokens) tokens: u32,
    /// Lines of merges.
    pub(in crate::tokens) merges: u32,
    /// The id that each text begins with, if any.
    pub(in crate::tokens) begin: Option<u16>,
    /// The id that each text ends with, if any.
    pub(in crate::tokens) end: Option<u16>,
    pub(in crate::tokens) padding: u16,
    /// The id of words that cannot be put together, with WordPiece.
    pub(in crate::tokens) unknown: Option<u16>,
    pub(in crate::tokens) lower_case: bool,
    pub(in crate::tokens) strip_accents: bool,
    pub(in crate::tokens) split_ideographs: bool,
    /// Whether a text is read as if a space came before it, with BPE.
    pub(in crate::tokens) prefix_space: bool,
}

impl Head {
    /// The head of a vocabulary of this many tokens and merges; all else is to be said.
    pub(in crate::tokens) fn new(scheme: Scheme, padding: u16) -> Self {
        Self {
            format: FORMAT.to_owned(),
            scheme,
            tokens: 0,
            merges: 0,
            begin: None,
            end: None,
            padding,
            unknown: None,
            lower_case: false,
            strip_accents: false,
            split_ideographs: false,
            prefix_space: false,
        }
    }

    fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether each scheme says what it has to, and nothing of the other.
    fn fits(&self) -> bool {
        let of_words = self.lower_case || self.strip_accents || self.split_ideographs;
        match self.scheme {
            Scheme::WordPiece => self.unknown.is_some() && self.merges == 0 && !self.prefix_space,
            Scheme::Bpe => self.unknown.is_none() && !of_words,
        }
    }

    /// Whether padding is told from all else.
    fn pads(&self) -> bool {
        let others = [self.begin, self.end, self.unknown];
        !others.contains(&Some(self.padding))
    }

    fn special(&self) -> impl Iterator<Item = u16> {
        self.begin.into_iter().chain(self.end).chain([self.padding])
    }
}

/// The file of tokens and merges.
pub(in crate::tokens) fn write(head: &Head, tokens: &[String], merges: &[String]) -> Vec<u8> {
    let head = Head {
        tokens: u32::try_from(tokens.len()).unwrap_or(u32::MAX),
        merges: u32::try_from(merges.len()).unwrap_or(u32::MAX),
        ..head.clone()
    };
    let mut file = head.line();
    for line in tokens.iter().chain(merges) {
        file.push('\n');
        file.push_str(line);
    }
    file.push('\n');
    file.into_bytes()
}

pub(super) fn read(bytes: &[u8]) -> Result<Vocabulary, VocabularyError> {
    if bytes.len() as u64 > Vocabulary::MAX_BYTES {
        return Err(VocabularyError::TooLong(bytes.len()));
    }
    let text = str::from_utf8(bytes).map_err(|_| VocabularyError::NotText)?;
    let (first, body) = text.split_once('\n').unwrap_or((text, ""));
    let head = head(first)?;
    let body = body.strip_suffix('\n').unwrap_or(body);
    let whole = text.ends_with('\n');
    // Lines are counted before any is kept.
    let (tokens, merges) = (head.tokens as usize, head.merges as usize);
    if !whole || body.split('\n').count() != tokens.saturating_add(merges) {
        return Err(VocabularyError::Whole(
            "not as many lines as the first one says, each with its line end",
        ));
    }
    let mut lines = (2..).zip(body.split('\n'));
    let mut ids = HashMap::with_capacity(tokens);
    let mut listed = Vec::with_capacity(tokens);
    for (id, (line, token)) in (0..=u16::MAX).zip(lines.by_ref().take(tokens)) {
        let wrong = |problem| VocabularyError::Line { line, problem };
        if token.is_empty() || token.len() > Vocabulary::MAX_TOKEN_BYTES {
            return Err(wrong("a token has 1 to 512 bytes"));
        }
        if ids.insert(token, id).is_some() {
            return Err(wrong("the token stands on an earlier line, too"));
        }
        listed.push((id, token));
    }
    let token = |id: u16| listed.get(usize::from(id)).map(|&(_, token)| token);
    let rules = match head.scheme {
        Scheme::WordPiece => {
            let unreachable = |id: u16| token(id).is_some_and(is_no_word);
            if !head.special().all(unreachable) {
                return Err(VocabularyError::Whole(
                    "a token that begins, ends or pads a text must be one that no text has: not ## at its beginning, and punctuation beside another character, such as [PAD]",
                ));
            }
            let unknown = head.unknown.filter(|id| token(*id).is_some());
            let unknown = unknown.ok_or(VocabularyError::Whole("there is no token unknown"))?;
            Rules::WordPiece {
                normaliser: Normaliser {
                    lower_case: head.lower_case,
                    strip_accents: head.strip_accents,
                    split_ideographs: head.split_ideographs,
                },
                pieces: Pieces::new(listed.iter().copied(), unknown),
            }
        }
        Scheme::Bpe => {
            let merges = self::merges(lines, &ids)?;
            let made =
                |id: u16| merges.bytes.contains(&id) || merges.pairs.values().any(|to| to.1 == id);
            if head.special().any(|id| token(id).is_none() || made(id)) {
                return Err(VocabularyError::Whole(
                    "a token that begins, ends or pads a text must be one that no merge makes",
                ));
            }
            Rules::Bpe { merges, prefix_space: head.prefix_space }
        }
    };
    Ok(Vocabulary { head, digest: Sha256::digest(bytes).into(), rules })
}

fn head(line: &str) -> Result<Head, VocabularyError> {
    let head: Head =
        serde_json::from_str(line).map_err(|error| VocabularyError::Head(error.to_string()))?;
    let wrong = |problem: &str| Err(VocabularyError::Head(problem.to_owned()));
    if head.format != FORMAT {
        return wrong("a format that this program does not know");
    }
    if head.line() != line {
        return wrong("not in the canonical spelling");
    }
    if head.tokens == 0 || head.tokens as usize > Vocabulary::MAX_TOKENS {
        return wrong("a vocabulary has 1 to 65,536 tokens");
    }
    if head.merges as usize > Vocabulary::MAX_MERGES {
        return wrong("a vocabulary has at most 131,072 merges");
    }
    if !head.fits() {
        return wrong("what it says does not fit its scheme");
    }
    if !head.pads() {
        return wrong("padding has the id of another token that it names");
    }
    Ok(head)
}

/// Whether no text has the token: punctuation is a word by itself.
fn is_no_word(token: &str) -> bool {
    let punctuation = token.contains(|point: char| point.is_ascii_punctuation());
    punctuation && token.chars().nth(1).is_some() && !token.starts_with(PREFIX)
}

fn merges<'a>(
    lines: impl Iterator<Item = (usize, &'a str)>,
    ids: &HashMap<&str, u16>,
) -> Result<Merges, VocabularyError> {
    let mut bytes = Box::new([0; 256]);
    for (byte, id) in (0..=u8::MAX).zip(bytes.iter_mut()) {
        let character = byte_level::character(byte).to_string();
        *id = *ids
            .get(character.as_str())
            .ok_or(VocabularyError::Whole("a byte has no token, so not every text has tokens"))?;
    }
    let mut pairs = HashMap::new();
    for (rank, (line, merge)) in (0..=u32::MAX).zip(lines) {
        let wrong = |problem| VocabularyError::Line { line, problem };
        let (left, right) = merge.split_once(' ').ok_or(wrong("a merge is two tokens"))?;
        let id = |token: &str| ids.get(token).copied().ok_or(wrong("a merge of no token"));
        let joined = [left, right].concat();
        let to = ids.get(joined.as_str()).ok_or(wrong("a merge makes no token"))?;
        if pairs.insert((id(left)?, id(right)?), (rank, *to)).is_some() {
            return Err(wrong("the merge stands on an earlier line, too"));
        }
    }
    Ok(Merges { bytes, pairs })
}
