//! What a model says of itself: entries of its `metadata_props` whose keys begin with
//! `candor.` (`docs/formats.md`). They are advice to the requester; no program and no
//! judge depends on them.

use prost::Message;

use super::error::OnnxError;
use super::scan;

/// What the keys begin with.
const PREFIX: &str = "candor.";
/// Most entries that are looked at, of any key.
const MAX_ENTRIES: usize = 1024;
/// The field of a model that holds one entry.
const FIELD: u64 = 14;

/// What a model says of the view that it reads, and of its scores.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// `candor.view`: the name of the view.
    pub view: Option<String>,
    /// `candor.vocabulary`: the digest of the vocabulary, of a view of tokens.
    pub vocabulary: Option<String>,
    /// `candor.scaling`: `unit`, `raw`, or the name of a preset.
    pub scaling: Option<String>,
    /// `candor.mean`: one number, or one for each channel in the model's order.
    pub mean: Vec<f64>,
    /// `candor.std`: as many numbers.
    pub std: Vec<f64>,
    /// `candor.channels`: `rgb` or `bgr`.
    pub channels: Option<String>,
    /// `candor.classes`: the names of the classes 0, 1, ….
    pub classes: Vec<String>,
    /// `candor.match`: names or numbers of the classes that match.
    pub matching: Vec<String>,
    /// `candor.score`: the name or number of the score that decides.
    pub score: Option<String>,
    /// `candor.threshold`: what that score has to be above.
    pub threshold: Option<f64>,
}

/// An entry, as in `onnx.proto3`.
#[derive(Clone, PartialEq, Message)]
struct Entry {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(string, tag = "2")]
    value: String,
}

impl Metadata {
    /// The keys, in the order in which they are documented.
    pub const KEYS: [&'static str; 10] = [
        "view",
        "vocabulary",
        "scaling",
        "mean",
        "std",
        "channels",
        "classes",
        "match",
        "score",
        "threshold",
    ];

    /// Reads the entries of a model file.
    ///
    /// # Errors
    /// If the file is malformed, or an entry that begins with `candor.` is not known,
    /// stands there twice, or has a value of another form.
    pub fn of(bytes: &[u8]) -> Result<Self, OnnxError> {
        let mut said = Self::default();
        let mut seen = Vec::new();
        for entry in entries(bytes)? {
            let Some(key) = entry.key.strip_prefix(PREFIX) else { continue };
            if seen.iter().any(|known| known == key) {
                return Err(refuse(&entry.key, "stands in its metadata twice"));
            }
            seen.push(key.to_owned());
            said.set(key, &entry)?;
        }
        Ok(said)
    }

    /// The same entries as they stand in the file, understood or not: keys and values.
    ///
    /// # Errors
    /// If the file is malformed.
    pub fn told(bytes: &[u8]) -> Result<Vec<(String, String)>, OnnxError> {
        let own = entries(bytes)?.into_iter().filter(|entry| entry.key.starts_with(PREFIX));
        Ok(own.map(|entry| (entry.key, entry.value)).collect())
    }

    fn set(&mut self, key: &str, entry: &Entry) -> Result<(), OnnxError> {
        let text = || Some(entry.value.trim().to_owned());
        match key {
            "view" => self.view = text(),
            "vocabulary" => self.vocabulary = text(),
            "scaling" => self.scaling = text(),
            "mean" => self.mean = numbers(entry)?,
            "std" => self.std = numbers(entry)?,
            "channels" => self.channels = text(),
            "classes" => self.classes = list(entry),
            "match" => self.matching = list(entry),
            "score" => self.score = text(),
            "threshold" => {
                let [threshold] = numbers(entry)?[..] else {
                    return Err(refuse(&entry.key, "is not one number"));
                };
                self.threshold = Some(threshold);
            }
            _ => return Err(refuse(&entry.key, "in its metadata is not a key that Candor knows")),
        }
        Ok(())
    }
}

fn list(entry: &Entry) -> Vec<String> {
    entry.value.split(',').map(|part| part.trim().to_owned()).collect()
}

fn numbers(entry: &Entry) -> Result<Vec<f64>, OnnxError> {
    let number = |part: String| part.parse::<f64>().ok().filter(|number| number.is_finite());
    let numbers: Option<Vec<f64>> = list(entry).into_iter().map(number).collect();
    numbers.ok_or_else(|| refuse(&entry.key, "holds something that is not a finite number"))
}

fn refuse(key: &str, problem: &str) -> OnnxError {
    let key = crate::printable::printable(key);
    OnnxError::Model {
        problem: format!("`{key}` {problem}"),
        advice: format!("see docs/formats.md; the keys are {}", Metadata::KEYS.join(", ")),
    }
}

/// The entries of a model, without decoding anything else of it.
fn entries(bytes: &[u8]) -> Result<Vec<Entry>, OnnxError> {
    let mut entries = Vec::new();
    for field in scan::fields(bytes) {
        let scan::Field { number, inner, .. } = field?;
        let Some(contents) = inner.filter(|_| number == FIELD) else { continue };
        if entries.len() < MAX_ENTRIES {
            let entry = Entry::decode(contents);
            entries.push(entry.map_err(|error| OnnxError::Malformed(error.to_string()))?);
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(entries: &[(&str, &str)]) -> Vec<u8> {
        #[derive(Clone, PartialEq, Message)]
        struct Model {
            #[prost(int64, tag = "1")]
            version: i64,
            #[prost(message, repeated, tag = "14")]
            entries: Vec<Entry>,
        }
        let entry =
            |(key, value): &(&str, &str)| Entry { key: (*key).into(), value: (*value).into() };
        Model { version: 8, entries: entries.iter().map(entry).collect() }.encode_to_vec()
    }

    #[test]
    fn entries_are_read_and_those_of_others_are_not() {
        let said = Metadata::of(&model(&[
            ("candor.view", "image/rgb-8x8"),
            ("author", "candor.view"),
            ("candor.mean", "0.5, 0.25,-1"),
            ("candor.classes", "cat, dog"),
            ("candor.threshold", "0.7"),
        ]));
        let expected = Metadata {
            view: Some("image/rgb-8x8".into()),
            mean: vec![0.5, 0.25, -1.0],
            classes: vec!["cat".into(), "dog".into()],
            threshold: Some(0.7),
            ..Metadata::default()
        };
        assert_eq!(said, Ok(expected));
        assert_eq!(Metadata::of(&[]), Ok(Metadata::default()));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for (entries, problem) in [
            (&[("candor.veiw", "image/gray-8x8")][..], "not a key"),
            (&[("candor.view", "a"), ("candor.view", "a")], "twice"),
            (&[("candor.mean", "0.5,x")], "not a finite number"),
            (&[("candor.threshold", "nan")], "not a finite number"),
            (&[("candor.threshold", "1,2")], "not one number"),
        ] {
            let error = Metadata::of(&model(entries)).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
        let whole = model(&[("candor.view", "image/gray-8x8")]);
        for end in 1..whole.len() {
            let _ = Metadata::of(&whole[..end]);
        }
    }
}
