//! Views against values that another program computed from the documents:
//! `scripts/view-vectors.py` wrote `tests/vectors/views.json`, and
//! `scripts/token-leaf-vectors.py` `tests/vectors/tokens.json`.

use std::collections::BTreeMap;
use std::fs;

use candor::corpus::document::read_document;
use candor::corpus::views::{View, Vocabularies};
use candor::corpus::{Commitment, Commitments, FamilyPlace, leaf, tree};
use candor::field::ScalarHex;
use candor::hash::sponge;
use candor::{ViewId, canonicalise_views};
use candor_documents::Record;
use candor_documents::tokens::Vocabulary;
use candor_testing::repository;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    pictures: Vec<Case>,
    family: Case,
}

/// A file and its views, in digits.
#[derive(Deserialize)]
struct Case {
    file: String,
    views: BTreeMap<String, String>,
}

fn vectors() -> Vectors {
    let bytes = fs::read(repository().join("tests/vectors/views.json")).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// Where a view differs from its vector: name, first byte, number of bytes.
fn differences(case: &Case) -> Vec<String> {
    let file = hex::decode(&case.file).unwrap();
    let views: Vec<ViewId> = case.views.keys().map(|name| name.parse().unwrap()).collect();
    let made = canonicalise_views(&file, &views);
    let mut wrong = Vec::new();
    for ((name, expected), made) in case.views.iter().zip(made) {
        let (expected, made) = (hex::decode(expected).unwrap(), made.unwrap());
        assert_eq!(expected.len(), made.len(), "{name}");
        let differ = expected.iter().zip(&made).enumerate().filter(|(_, (a, b))| a != b);
        let places: Vec<_> = differ.map(|(at, _)| at).collect();
        if let Some(first) = places.first() {
            wrong.push(format!("{name}: {} bytes, the first is {first}", places.len()));
        }
    }
    wrong
}

#[test]
fn pictures_that_keep_their_proportions_are_those_of_the_vectors() {
    let pictures = vectors().pictures;
    assert_eq!(pictures.len(), 6);
    for case in &pictures {
        assert_eq!(differences(case), [""; 0]);
    }
}

#[test]
fn terms_of_a_family_are_those_of_the_vectors() {
    let family = vectors().family;
    assert_eq!(family.views.len(), 3);
    assert_eq!(differences(&family), [""; 0]);
}

#[derive(Deserialize)]
struct Tokens {
    vocabularies: BTreeMap<String, Given>,
    documents: Vec<Document>,
    header_digest: ScalarHex,
    top: ScalarHex,
    root: ScalarHex,
    commitment_json: String,
}

#[derive(Deserialize)]
struct Given {
    file: String,
    sha256: String,
    padding: u16,
}

#[derive(Deserialize)]
struct Document {
    path: String,
    text: String,
    salt: ScalarHex,
    file_commitment: ScalarHex,
    record: String,
    record_salt: ScalarHex,
    record_commitment: ScalarHex,
    family_id: ScalarHex,
    family_salt: ScalarHex,
    family_commitment: ScalarHex,
    views: Vec<Ids>,
    leaf: ScalarHex,
}

#[derive(Deserialize)]
struct Ids {
    view: ViewId,
    salt: ScalarHex,
    ids: Vec<u16>,
    digest: ScalarHex,
    chunks: Option<Vec<ScalarHex>>,
}

#[test]
fn leaves_of_tokens_are_those_of_the_vectors() {
    let bytes = fs::read(repository().join("tests/vectors/tokens.json")).unwrap();
    let vectors: Tokens = serde_json::from_slice(&bytes).unwrap();
    let mut vocabularies = Vocabularies::default();
    for (name, given) in &vectors.vocabularies {
        let vocabulary = Vocabulary::read(given.file.as_bytes()).unwrap();
        assert_eq!(vocabulary.scheme().name(), name);
        assert_eq!(hex::encode(vocabulary.digest()), given.sha256);
        assert_eq!(vocabulary.padding(), given.padding);
        vocabularies.add(vocabulary).unwrap();
    }
    let commitment = Commitment::from_json(vectors.commitment_json.as_bytes()).unwrap();
    let commitment = commitment.with_vocabularies(vocabularies).unwrap();
    let views = commitment.views().unwrap();
    let mut leaves = Vec::new();
    for document in &vectors.documents {
        leaves.push(leaf_of(document, &views));
        assert_eq!(ScalarHex(leaves[leaves.len() - 1]), document.leaf, "{}", document.path);
    }
    assert_eq!(ScalarHex(commitment.header.digest()), vectors.header_digest);
    let top = tree::Tree::new(&leaves).unwrap().merkle_root();
    assert_eq!(ScalarHex(top), vectors.top);
    assert_eq!(ScalarHex(commitment.root), vectors.root);
    assert!(commitment.matches_leaves(&leaves));
}

/// The leaf, each of its parts compared.
fn leaf_of(document: &Document, views: &[View]) -> candor::field::Scalar {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(&document.path);
    fs::write(&path, &document.text).unwrap();
    let reading = read_document(&path).unwrap();
    let record = Record::of_file(document.path.clone().into_bytes());
    assert_eq!(record.to_line(), document.record);
    let family = FamilyPlace { id: document.family_id.0, ordinal: 0, count: 1 };
    let commitments = Commitments {
        file: leaf::file_commitment(document.salt.0, &reading.sha256, reading.byte_length),
        record: leaf::record_commitment(document.record_salt.0, &document.record),
        family: family.commitment(document.family_salt.0),
    };
    let expected =
        [document.file_commitment, document.record_commitment, document.family_commitment];
    assert_eq!(commitments, {
        let [file, record, family] = expected.map(|part| part.0);
        Commitments { file, record, family }
    });
    let shown = reading.canonicalise(&record, views);
    let digests = document.views.iter().zip(views).zip(shown).map(|((stored, view), shown)| {
        assert_eq!(stored.view, view.id());
        let (name, shown): (String, Vec<u8>) = (view.id().to_string(), shown.unwrap());
        let ids: Vec<u16> =
            shown.chunks_exact(2).map(|id| u16::from_le_bytes([id[0], id[1]])).collect();
        assert_eq!(ids, stored.ids, "{name} of {}", document.path);
        let chunks = sponge::is_chunked(&name, shown.len())
            .then(|| sponge::ChunkDigests::of(&name, &shown).chunks);
        let chunks = chunks.map(|chunks| chunks.into_iter().map(ScalarHex).collect());
        assert_eq!(chunks, stored.chunks, "{name} of {}", document.path);
        let digest = sponge::view_digest(&name, stored.salt.0, &shown);
        assert_eq!(ScalarHex(digest), stored.digest, "{name} of {}", document.path);
        digest
    });
    let digests: Vec<_> = digests.collect();
    leaf::leaf(&commitments, &digests)
}
