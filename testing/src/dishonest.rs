//! A responder that commits to whatever bytes it likes as the view of a file,
//! and then answers faithfully to what it committed to.

use std::fs;

use candor::argument::statement::{Context, Slot, Statement};
use candor::corpus::store::{Entry, Store, ViewEntry};
use candor::corpus::{
    Commitment, FamilyPlace, Header, Missing, ViewId, canonicalise_file, leaf, tree,
};
use candor::exchange::formats::bag;
use candor::exchange::formats::bundle::{FamilyOpening, Opening, OutsideLine, UnreadableLine};
use candor::exchange::formats::leaves::{Record, Status};
use candor::exchange::formats::request::digest;
use candor::field::Scalar;
use candor::field::ScalarHex;
use candor::hash::sponge;
use candor::proof::{Prover, Witness};
use candor_documents::Record as ItemRecord;
use ff::Field;
use rand_core::OsRng;
use sha2::{Digest, Sha256};

use crate::case::{self, Case};
use crate::files::{sample, write_lines};
use crate::opening;

/// A file, and what is said to be its view.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its path in the corpus.
    pub name: &'static str,
    /// Its bytes.
    pub file: Vec<u8>,
    /// What is committed as its view.
    pub view: Result<Vec<u8>, Missing>,
    /// Released whatever the decision is.
    pub released: bool,
}

impl Document {
    /// A sample document as an honest responder commits to it.
    #[must_use]
    pub fn honest(name: &'static str) -> Self {
        let file = fs::read(sample().join("documents").join(name)).unwrap();
        let view = canonicalise_file(&file, &view()).map_err(Missing::Unreadable);
        Self { name, file, view, released: false }
    }
}

/// The view that is committed to and asked for.
#[must_use]
pub fn view() -> ViewId {
    "image/gray-28x28".parse().unwrap()
}

/// Commits to documents as they are described; leaves in their order.
#[must_use]
pub fn commit(case: &Case, documents: &[Document]) -> Store {
    let entry = |document: &Document| {
        let salt = Scalar::random(OsRng);
        let digest = match &document.view {
            Ok(bytes) => sponge::view_digest(&view().to_string(), salt, bytes),
            Err(missing) => leaf::marker(&view(), *missing, salt),
        };
        Entry {
            item: None,
            sha256: Sha256::digest(&document.file).into(),
            byte_length: document.file.len() as u64,
            salt: Scalar::random(OsRng),
            record: ItemRecord::of_file(document.name.as_bytes().to_vec()),
            record_salt: Scalar::random(OsRng),
            family: FamilyPlace { id: Scalar::random(OsRng), ordinal: 0, count: 1 },
            family_salt: Scalar::random(OsRng),
            views: vec![ViewEntry { salt, digest, missing: document.view.clone().err() }],
        }
    };
    let mut store = Store {
        header: Header::new(&[view()]).unwrap(),
        root: Scalar::ZERO,
        entries: documents.iter().map(entry).collect(),
    };
    publish(case, &mut store);
    store
}

/// Writes the commitment to what stands in a store, and the store.
pub fn publish(case: &Case, store: &mut Store) {
    let documents = store.entries.len() as u64;
    let top = store.tree().unwrap().merkle_root();
    store.root = tree::corpus_root(documents, top, store.header.digest());
    let commitment = Commitment::new(store.header.clone(), documents, store.root);
    for folder in ["PUBLIC", "SECRET"] {
        fs::create_dir_all(case.commitment().join(folder)).unwrap();
    }
    fs::write(case.commitment_file(), commitment.to_json()).unwrap();
    store.write(&case.store_file()).unwrap();
}

/// Answers the case's request in one batch.
pub fn respond(case: &Case, store: &Store, documents: &[Document]) {
    let (request, compiled) = case.compiled();
    let program = compiled.program;
    let statuses: Vec<Status> = documents
        .iter()
        .map(|document| match &document.view {
            Ok(bytes) if program.matches(bytes) => Status::Matched,
            Ok(_) => Status::Unmatched,
            Err(Missing::Unreadable(_)) => Status::Unreadable,
            Err(Missing::Outside(_)) => Status::Outside,
        })
        .collect();
    let readable = documents.iter().filter(|document| document.view.is_ok()).count() as u64;
    let plan = case::one_batch(&program, readable);

    let (mut witnesses, mut judged) = (Vec::new(), Vec::new());
    for (leaf, ((document, entry), status)) in
        (0..).zip(documents.iter().zip(&store.entries).zip(&statuses))
    {
        let Ok(bytes) = &document.view else { continue };
        let view = &entry.views[0];
        witnesses.push(Witness::new(bytes.clone(), view.salt));
        judged.push((leaf, view.digest, *status == Status::Matched));
    }
    let context =
        Context { header: store.header.digest(), root: store.root, request: digest(&request) };
    let statement = Statement::of_batch(context, &plan, 0, &judged, &Slot::dummy(&program));
    let prover = Prover::new(program.clone(), plan.lane.copies, statement.lanes).unwrap();
    let proof = prover.prove(&statement, &witnesses, &mut OsRng).unwrap();

    let data = case.bundle().join("data");
    fs::create_dir_all(data.join("proofs")).unwrap();
    fs::create_dir(data.join("released")).unwrap();
    fs::write(data.join("proofs/00000000.proof"), proof).unwrap();
    let mut leaves = Vec::new();
    let (mut openings, mut unreadable, mut outside) = (Vec::new(), Vec::new(), Vec::new());
    for (leaf, ((document, entry), status)) in
        (0..).zip(documents.iter().zip(&store.entries).zip(&statuses))
    {
        let record = Record {
            commitments: entry.commitments(),
            digests: entry.view_digests(),
            status: *status,
        };
        record.encode(&mut leaves);
        let salt = ScalarHex(entry.views[0].salt);
        match document.view {
            Ok(_) => {}
            Err(Missing::Unreadable(reason)) => {
                unreadable.push(UnreadableLine { leaf, reason, salt });
            }
            Err(Missing::Outside(kind)) => outside.push(OutsideLine { leaf, kind, salt }),
        }
        if *status == Status::Matched || document.released {
            let opening = Opening {
                family: (*status == Status::Matched).then_some(FamilyOpening {
                    id: ScalarHex(entry.family.id),
                    ordinal: entry.family.ordinal,
                    count: entry.family.count,
                    salt: ScalarHex(entry.family_salt),
                }),
                ..opening(store, leaf)
            };
            fs::write(case.bundle().join(opening.file_name().unwrap()), &document.file).unwrap();
            openings.push(opening);
        }
    }
    fs::write(data.join("leaves.bin"), leaves).unwrap();
    write_lines(&data.join("openings.jsonl"), &openings);
    write_lines(&data.join("outside.jsonl"), &outside);
    write_lines(&data.join("unreadable.jsonl"), &unreadable);
    for empty in ["withheld.jsonl", "substitutes.jsonl"] {
        fs::write(data.join(empty), "").unwrap();
    }
    fs::copy(case.commitment_file(), data.join("commitment.json")).unwrap();
    let info = case::info(&request, &plan, store.entries.len() as u64);
    let info = serde_json::to_string_pretty(&info).unwrap() + "\n";
    fs::write(data.join("bundle.json"), info).unwrap();
    bag::seal(&case.bundle()).unwrap();
}
