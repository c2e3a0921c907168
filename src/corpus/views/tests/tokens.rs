//! Views of tokens with their vocabularies, against ids that `tokenizers` gave.

use candor_documents::tokens::{Scheme, Vocabulary};
use serde_json::Value;

use super::*;
use crate::corpus::sha256::Sha256Hex;

/// `tests/vectors/tokens.json`.
fn vectors() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/tokens.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn vocabulary(vectors: &Value, scheme: Scheme) -> Vocabulary {
    let file = &vectors["vocabularies"][scheme.name()]["file"];
    Vocabulary::read(file.as_str().unwrap().as_bytes()).unwrap()
}

fn vocabularies(vectors: &Value) -> Vocabularies {
    let mut vocabularies = Vocabularies::default();
    for scheme in Scheme::ALL {
        vocabularies.add(vocabulary(vectors, scheme)).unwrap();
    }
    vocabularies
}

#[test]
fn each_view_reads_by_the_vocabulary_of_its_scheme() {
    let vectors = vectors();
    let vocabularies = vocabularies(&vectors);
    for document in vectors["documents"].as_array().unwrap() {
        let text = document["text"].as_str().unwrap();
        let stored = document["views"].as_array().unwrap();
        let views = stored.iter().map(|of| view(of["view"].as_str().unwrap()));
        let views = View::all(&views.collect::<Vec<_>>(), &vocabularies).unwrap();
        let kind = candor_documents::kind_of(text.as_bytes());
        let record = Record::of_file(b"a.txt".to_vec());
        let shown = canonicalise_item(text.as_bytes(), kind, &Found::default(), &record, &views);
        for (shown, stored) in shown.into_iter().zip(stored) {
            let (low, high): (Vec<_>, Vec<_>) =
                shown.unwrap().chunks(2).map(|id| (id[0], id[1])).unzip();
            let ids =
                low.iter().zip(high).map(|(low, high)| u64::from(*low) + 256 * u64::from(high));
            let expected = stored["ids"].as_array().unwrap();
            assert!(ids.eq(expected.iter().map(|id| id.as_u64().unwrap())), "{stored} of {text}");
        }
    }
}

#[test]
fn padding_and_digest_are_those_of_the_scheme() {
    let vectors = vectors();
    let all = vocabularies(&vectors);
    for (scheme, name) in [(Scheme::WordPiece, "text/wordpiece-8"), (Scheme::Bpe, "text/bpe-8")] {
        let stated = &vectors["vocabularies"][scheme.name()];
        let padding = stated["padding"].as_u64().unwrap();
        assert_ne!(padding, 0);
        assert_eq!(u64::from(all.padding(&view(name))), padding);
        let made = View::new(view(name), &all).unwrap();
        assert_eq!(u64::from(made.padding()), padding);
        let digest = all.digests().of(scheme).unwrap();
        assert_eq!(digest.to_string(), stated["sha256"].as_str().unwrap());
        assert_eq!(digest, Sha256Hex(made.vocabulary().unwrap().digest()));
        // A second one of a scheme has no place, and a view without one is none.
        let mut one = Vocabularies::default();
        one.add(vocabulary(&vectors, scheme)).unwrap();
        assert!(one.add(vocabulary(&vectors, scheme)).is_err());
        let other = ["text/wordpiece-8", "text/bpe-8"].into_iter().find(|view| *view != name);
        let other = view(other.unwrap());
        assert_eq!(View::new(other, &one).unwrap_err(), NoVocabulary(other));
        assert_eq!(one.padding(&other), 0);
    }
    assert_eq!(all.padding(&view("text/bytes-8")), 0);
}
