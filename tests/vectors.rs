//! Test vectors for another implementation, in `tests/vectors/`, and the check
//! that the library still agrees with them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use blake2b_simd::Params;
use candor::argument::lane::LaneLayout;
use candor::argument::plan::{BatchShape, Plan};
use candor::argument::rows::RowKind;
use candor::argument::shape::Shape;
use candor::argument::statement::{ARGUMENT_VERSION, Context, Slot, Statement};
use candor::argument::transcript::{FirstRound, Keys, Schedule, SecondRound};
use candor::corpus::commitment::{FORMAT_VERSION, Header};
use candor::corpus::missing::Shown;
use candor::corpus::sha256::Sha256Hex;
use candor::corpus::views::{VocabularyDigests, canonicalise_views};
use candor::corpus::{Commitment, Commitments, FamilyPlace, Missing, ViewId, leaf, tree};
use candor::field::{Scalar, from_wide, to_hex};
use candor::hash::sponge::{self, Domain};
use candor::model::linear::{Conv2d, Dense, Gather, LinearMap};
use candor::model::program::{NodeId, Op, Program, ProgramBuilder, Table, TableId};
use candor::proof::setup::SETUP_DIGEST;
use candor::proof::{Prover, Verifier, Witness, proof_len_of};
use candor_documents::{CoarseKind, DateFrom, EXPANDER, Moment, Record, kind_of};
use rand_core::OsRng;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

fn read(name: &str) -> Value {
    let path = folder().join(name);
    let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&bytes).unwrap()
}

/// The first place in which two values differ.
fn difference(path: &str, stored: &Value, made: &Value) -> Option<String> {
    match (stored, made) {
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => a
            .iter()
            .zip(b.values())
            .find_map(|((key, a), b)| difference(&format!("{path}/{key}"), a, b)),
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => (0..)
            .zip(a.iter().zip(b))
            .find_map(|(i, (a, b)): (usize, _)| difference(&format!("{path}/{i}"), a, b)),
        _ => (stored != made).then(|| format!("{path}: stored {stored}, made {made}")),
    }
}

fn assert_unchanged(name: &str, made: &Value) {
    let difference = difference(name, &read(name), made);
    assert!(difference.is_none(), "{}", difference.unwrap_or_default());
}

fn salt(n: u64) -> Scalar {
    // Any number below the modulus may be a salt: these are full-size ones.
    sponge::hash(Domain::Header, "", &[Scalar::from(n)])
}

fn hex_list(scalars: &[Scalar]) -> Vec<String> {
    scalars.iter().map(to_hex).collect()
}

/// `hashes.json`.
fn hashes() -> Value {
    let short = [
        (Domain::File, "", 4),
        (Domain::Unreadable, "image/gray-28x28", 2),
        (Domain::Leaf, "", 4),
        (Domain::Leaf, "", 5),
        (Domain::Node, "", 2),
        (Domain::Root, "", 3),
        (Domain::Header, "", 0),
        (Domain::Record, "", 4),
        (Domain::Family, "", 4),
        (Domain::Outside, "image/gray-28x28", 2),
    ];
    let short = short.map(|(domain, name, count)| {
        let inputs: Vec<Scalar> = (1..=count).map(salt).collect();
        json!({
            "domain": domain as u8,
            "name": name,
            "inputs": hex_list(&inputs),
            "capacity": to_hex(&sponge::capacity(domain, name, inputs.len() as u32)),
            "digest": to_hex(&sponge::hash(domain, name, &inputs)),
        })
    });
    let views = [0, 1, 31, 32, 217, 218, 784].map(|length: u32| {
        let bytes: Vec<u8> = (0..length).map(|i| (7 * i + 3) as u8).collect();
        json!({
            "name": "image/gray-28x28",
            "salt": to_hex(&salt(9)),
            "bytes": hex::encode(&bytes),
            "capacity": to_hex(&sponge::capacity(Domain::View, "image/gray-28x28", length)),
            "digest": to_hex(&sponge::view_digest("image/gray-28x28", salt(9), &bytes)),
        })
    });
    let packed = b"image/rgb-1024x1024 and twenty bytes more";
    json!({
        "short": short,
        "views": views,
        "packing": { "bytes": hex::encode(packed), "words": hex_list(&sponge::pack(packed)) },
    })
}

/// Six pixels of a PNG, written out: gray, 8 bits, 3 by 2.
const PNG: &str = "89504e470d0a1a0a0000000d4948445200000003000000020800000000b81f39\
                   c6000000104944415478da636068f8cfc025220700086701bc74669a2f0000000049454e44ae426082";

/// `corpus.json`: a picture, a text, and a picture that is cut off.
fn corpus() -> Value {
    let views: Vec<ViewId> =
        ["image/gray-3x2", "image/rgb-2x1"].map(|view| view.parse().unwrap()).to_vec();
    let picture = hex::decode(PNG).unwrap();
    let files: [(&[u8], Vec<u8>); 3] = [
        (b"scans/1 %\xff.png", picture.clone()),
        (b"note.txt", b"no image\n".to_vec()),
        (b"scans/2.png", picture[..40].to_vec()),
    ];
    let mut leaves = Vec::new();
    let documents: Vec<Value> = (0..)
        .zip(&files)
        .map(|(position, (path, bytes))| {
            let file_salt = salt(10 * position);
            let sha256: [u8; 32] = Sha256::digest(bytes).into();
            let line = Record {
                date: Moment::from_seconds(1_557_819_000),
                date_from: DateFrom::File,
                ..Record::of_file(path.to_vec())
            };
            let line = line.to_line();
            // The picture that is cut off stands in the text.
            let family = FamilyPlace {
                id: salt(1000 + position.min(1)),
                ordinal: u32::from(position == 2),
                count: 1 + u32::from(position > 0),
            };
            let [record_salt, family_salt] = [7, 8].map(|number| salt(10 * position + number));
            let commitments = Commitments {
                file: leaf::file_commitment(file_salt, &sha256, bytes.len() as u64),
                record: leaf::record_commitment(record_salt, &line),
                family: family.commitment(family_salt),
            };
            let kind = kind_of(bytes);
            let read: Vec<Shown> = match kind.coarse() {
                CoarseKind::Picture => canonicalise_views(bytes, &views)
                    .into_iter()
                    .map(|shown| shown.map_err(Missing::Unreadable))
                    .collect(),
                other => vec![Err(Missing::Outside(other)); views.len()],
            };
            let mut digests = Vec::new();
            let views: Vec<Value> = (1..)
                .zip(&views)
                .map(|(view_number, view)| {
                    let salt = salt(10 * position + view_number);
                    let shown = &read[view_number as usize - 1];
                    let digest = match shown {
                        Ok(bytes) => sponge::view_digest(&view.to_string(), salt, bytes),
                        Err(missing) => leaf::marker(view, *missing, salt),
                    };
                    let bytes = shown.as_ref().ok();
                    let missing = shown.as_ref().err();
                    let reason = missing.and_then(|missing| missing.reason());
                    let kind = missing.and_then(|missing| missing.kind());
                    digests.push(digest);
                    json!({
                        "view": view,
                        "salt": to_hex(&salt),
                        "bytes": bytes.map(hex::encode),
                        "reason": reason,
                        "reason_number": reason.map(|reason| reason.code()),
                        "kind": kind,
                        "kind_number": kind.map(|kind| kind.code()),
                        "digest": to_hex(&digest),
                    })
                })
                .collect();
            leaves.push(leaf::leaf(&commitments, &digests));
            json!({
                "path": hex::encode(path),
                "bytes": hex::encode(bytes),
                "sha256": hex::encode(sha256),
                "salt": to_hex(&file_salt),
                "file_commitment": to_hex(&commitments.file),
                "record": line,
                "record_salt": to_hex(&record_salt),
                "record_commitment": to_hex(&commitments.record),
                "family": {
                    "id": to_hex(&family.id),
                    "ordinal": family.ordinal,
                    "count": family.count,
                    "salt": to_hex(&family_salt),
                },
                "family_commitment": to_hex(&commitments.family),
                "views": views,
                "leaf": to_hex(leaves.last().unwrap()),
            })
        })
        .collect();
    let header = Header {
        format_version: FORMAT_VERSION,
        views,
        canonicaliser: "candor-views/0 an example of a name, of more than thirty-one bytes".into(),
        expander: EXPANDER.into(),
        acquisition: vec![Sha256Hex(Sha256::digest(b"a list").into())],
        vocabularies: VocabularyDigests::default(),
    };
    let top = tree::Tree::new(&leaves).unwrap().merkle_root();
    let root = tree::corpus_root(leaves.len() as u64, top, header.digest());
    let (digest, documents_number) = (header.digest(), leaves.len() as u64);
    let commitment = Commitment::new(header, documents_number, root);
    // Trees of other sizes, over leaves that are small numbers.
    let trees = [1, 2, 3, 5, 6, 7, 11].map(|count: u64| {
        let leaves: Vec<Scalar> = (0..count).map(|i| Scalar::from(100 + i)).collect();
        let tree = tree::Tree::new(&leaves).unwrap();
        let last = tree.prove(count - 1).unwrap();
        json!({
            "leaves": hex_list(&leaves),
            "top": to_hex(&tree.merkle_root()),
            "membership_of_the_last": hex_list(&last.siblings),
        })
    });
    json!({
        "documents": documents,
        "header_digest": to_hex(&digest),
        "top": to_hex(&top),
        "root": to_hex(&root),
        "commitment_json": commitment.to_json(),
        "trees": trees,
    })
}

/// A program that has every kind of node and of linear map, over nine bytes.
struct Example(ProgramBuilder);

impl Example {
    fn linear(&mut self, terms: Vec<(NodeId, LinearMap)>, bias: Vec<i64>) -> NodeId {
        self.0.push(Op::Linear { terms, bias }).unwrap()
    }

    /// The table of a function on all that a node's rounded quotient can be.
    fn table(&mut self, node: NodeId, shift: u32, function: impl Fn(i64) -> i64) -> TableId {
        let range = self.0.range(node);
        let half = (1i128 << shift) >> 1;
        let [low, high] = [range.low, range.high].map(|end| ((end + half) >> shift) as i64);
        self.0.table(Table::of(low, high, function)).unwrap()
    }

    fn step(&mut self, input: NodeId, shift: u32, function: impl Fn(i64) -> i64) -> NodeId {
        let table = self.table(input, shift, function);
        self.0.push(Op::Table { input, table, shift }).unwrap()
    }

    fn program() -> Program {
        let mut this = Self(ProgramBuilder::new("image/gray-3x3", 9).unwrap());
        let conv = LinearMap::Conv2d(Conv2d {
            input: [1, 3, 3],
            output: [2, 2, 2],
            kernel: [2, 2],
            stride: [2, 1],
            padding: [1, 0],
            dilation: [1, 1],
            groups: 1,
            weights: vec![1, -2, 3, 1, -1, 2, 1, -3].into(),
        });
        let conv = this.linear(vec![(0, conv)], (-4..4).map(|i| 10 * i).collect());
        let relu = this.step(conv, 3, |q| q.clamp(0, 60));
        let index = [8, 7, u32::MAX, 5, 4, 3, 2, 1];
        let index = index.map(|i| (i < u32::MAX).then_some(i)).to_vec();
        let mixed = this.linear(
            vec![
                (relu, LinearMap::Scale { len: 8, factor: 3000 }),
                (relu, LinearMap::Diagonal(vec![1, -2, 3, -4, 5, -6, 7, -8].into())),
                (0, LinearMap::Gather(Gather { input_len: 9, index })),
            ],
            vec![-5000; 8],
        );
        let fine = this.step(mixed, 14, |q| 3 * q - 7);
        let product = this.0.push(Op::Product { left: fine, right: relu }).unwrap();
        let dense = |weights: Vec<i64>| {
            LinearMap::Dense(Dense { rows: 2, columns: 8, weights: weights.into() })
        };
        let scores = this.linear(
            vec![
                (product, dense((0..16).map(|i| i % 5 - 2).collect())),
                (fine, dense((0..16).map(|i| 3 - i % 7).collect())),
            ],
            vec![40, -40],
        );
        let scores = this.step(scores, 8, |q| q);
        let one = |i| LinearMap::Gather(Gather { input_len: 2, index: vec![Some(i)] });
        let [left, right] = [0, 1].map(|i| this.linear(vec![(scores, one(i))], vec![0]));
        let difference = this.linear(
            vec![
                (left, LinearMap::Scale { len: 1, factor: 1 }),
                (right, LinearMap::Scale { len: 1, factor: -1 }),
            ],
            vec![0],
        );
        let table = this.table(difference, 0, |q| q.max(0));
        let greatest = this.0.push(Op::Max { left, right, table }).unwrap();
        let decision = this.step(greatest, 0, |q| i64::from(q > 4));
        this.0.finish(decision).unwrap()
    }

    /// A program all of whose steps have one shift, so that the last strip of 16 copies, which
    /// holds steps alone, has one coefficient for q and r.
    fn of_one_shift() -> Program {
        let mut this = Self(ProgramBuilder::new("image/gray-3x3", 9).unwrap());
        let conv = LinearMap::Conv2d(Conv2d {
            input: [1, 3, 3],
            output: [29, 3, 3],
            kernel: [1, 1],
            stride: [1, 1],
            padding: [0, 0],
            dilation: [1, 1],
            groups: 1,
            weights: (-14..15).collect::<Vec<i64>>().into(),
        });
        let conv = this.linear(vec![(0, conv)], (0..261).map(|i| i - 130).collect());
        let fine = this.step(conv, ONE_SHIFT, |q| q.max(-2));
        let weights: Vec<i64> = (0..261).map(|i| i % 7 - 3).collect();
        let sum = LinearMap::Dense(Dense { rows: 1, columns: 261, weights: weights.into() });
        let sum = this.linear(vec![(fine, sum)], vec![5]);
        let decision = this.step(sum, ONE_SHIFT, |q| i64::from(q > 0));
        this.0.finish(decision).unwrap()
    }
}

/// The shift of all steps of [`Example::of_one_shift`].
const ONE_SHIFT: u32 = 3;
/// Copies and lanes of the statements.
const TWO_LANES: BatchShape = BatchShape { copies: 2, lanes: 2 };
const ONE_LANE: BatchShape = BatchShape { copies: 16, lanes: 1 };

/// Bytes of views that the example is run on.
fn inputs() -> [[u8; 9]; 6] {
    [
        [0; 9],
        [255; 9],
        [1, 2, 3, 4, 5, 6, 7, 8, 9],
        [255, 0, 0, 0, 255, 0, 0, 0, 255],
        [0, 255, 255, 255, 0, 0, 0, 255, 0],
        [10, 200, 30, 250, 50, 60, 170, 180, 0],
    ]
}

/// `program.json`.
fn program() -> Value {
    let program = Example::program();
    let shape = Shape::of(&program);
    let runs = inputs().map(|bytes| {
        let values = program.evaluate(&bytes);
        json!({
            "bytes": hex::encode(bytes),
            "nodes": values,
            "decision": u8::from(program.matches(&bytes)),
        })
    });
    let layouts = [(1, 1), (2, 1), (16, 3)].map(|(copies, lanes): (u32, u32)| {
        let documents = u64::from(copies) * u64::from(lanes);
        let plan = Plan::new(&program, documents, BatchShape { copies, lanes }).unwrap();
        let verifier = Verifier::new(Arc::new(program.clone()), copies, lanes).unwrap();
        json!({
            "copies": copies,
            "lanes": lanes,
            "data_columns": plan.lane.columns() * lanes as usize,
            "proof_bytes": proof_len_of(&program, copies, lanes),
            "verifying_key": to_hex(&verifier.key_digest()),
        })
    });
    json!({
        "program_bin": hex::encode(program.encode()),
        "runs": runs,
        "table_rows": shape.rows[RowKind::Table],
        "product_rows": shape.rows[RowKind::Product],
        "inner_rows": shape.rows[RowKind::Inner],
        "sbox_rows": shape.rows[RowKind::Sbox],
        "relations": shape.relations,
        "layouts": layouts,
    })
}

/// A document of the statement: salt and bytes.
fn witnesses() -> Vec<Witness> {
    (0..).zip(inputs()).take(3).map(|(i, b)| Witness::new(b.to_vec(), salt(i))).collect()
}

/// Three documents; the slots that are left are empty.
fn statement(program: &Program, batch: BatchShape) -> Statement {
    let context =
        Context { header: salt(20), root: salt(21), request: Sha256::digest(b"a request").into() };
    let plan = Plan::new(program, 3, batch).unwrap();
    let described: Vec<(u64, Scalar, bool)> = [3, 5, 8]
        .into_iter()
        .zip(&witnesses())
        .map(|(leaf, w)| {
            let digest = sponge::view_digest(program.view(), w.salt, &w.bytes);
            (leaf, digest, program.matches(&w.bytes))
        })
        .collect();
    Statement::of_batch(context, &plan, 0, &described, &Slot::dummy(program))
}

/// A statement and a proof of it: its data commitments are part of what ρ is drawn from.
fn statement_about(program: &Program, of: &str, batch: BatchShape, proof: &[u8]) -> Value {
    let statement = statement(program, batch);
    let (copies, lanes) = (batch.copies, batch.lanes);
    let verifier = Verifier::new(Arc::new(program.clone()), copies, lanes).unwrap();
    assert_eq!(verifier.verify(&statement, proof), Ok(()));
    let plan = Plan::new(program, 3, batch).unwrap();
    let (commitments, _) = proof.as_chunks::<48>();
    let commitments = &commitments[..lanes as usize * plan.lane.columns()];
    let mut setup = [0; 32];
    hex::decode_to_slice(SETUP_DIGEST, &mut setup).unwrap();
    let keys = Keys { setup, verifying_key: verifier.key_digest() };
    let [first, second] = plan.lane.by_round(commitments);
    let schedule = Schedule::new(&statement, &keys).commit(FirstRound(&first)).draw();
    let challenges = schedule.commit(SecondRound(&second)).challenges();
    let slots: Vec<Value> = statement
        .slots
        .iter()
        .map(|slot| {
            json!({
                "leaf": slot.leaf,
                "digest": to_hex(&slot.digest),
                "decision": u8::from(slot.decision),
            })
        })
        .collect();
    let documents: Vec<Value> = witnesses()
        .iter()
        .map(|w| json!({ "bytes": hex::encode(&w.bytes), "salt": to_hex(&w.salt) }))
        .collect();
    json!({
        "program": of,
        "argument": ARGUMENT_VERSION,
        "setup": SETUP_DIGEST,
        "verifying_key": to_hex(&verifier.key_digest()),
        "header": to_hex(&statement.context.header),
        "root": to_hex(&statement.context.root),
        "request": hex::encode(statement.context.request),
        "batch": statement.batch,
        "batches": statement.batches,
        "lanes": statement.lanes,
        "copies": statement.copies,
        "slots": slots,
        "documents": documents,
        "data_commitments": commitments.iter().map(hex::encode).collect::<Vec<_>>(),
        "tau": to_hex(&challenges.weights.tau),
        "rho": to_hex(&challenges.weights.rho),
        "binding": to_hex(&challenges.binding),
        "proof": hex::encode(proof),
    })
}

/// `statement.json`.
fn statement_in_two_lanes(proof: &[u8]) -> Value {
    statement_about(&Example::program(), "that of program.json", TWO_LANES, proof)
}

/// `shared_column.json`.
fn statement_of_one_shift(proof: &[u8]) -> Value {
    let program = Example::of_one_shift();
    let shape = Shape::of(&program);
    json!({
        "program_bin": hex::encode(program.encode()),
        "table_rows": shape.rows[RowKind::Table],
        "sbox_rows": shape.rows[RowKind::Sbox],
        "relations": shape.relations,
        "statement": statement_about(&program, "program_bin", ONE_LANE, proof),
    })
}

/// `images/expected.json`: views of a file of each format.
fn images() -> Value {
    let mut names: Vec<String> = fs::read_dir(folder().join("images"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| entry.file_name().into_string().unwrap())
        .filter(|name| name != "expected.json")
        .collect();
    names.sort();
    let views = ["image/gray-5x4", "image/rgb-7x3"].map(|view| view.parse().unwrap());
    let files: Vec<Value> = names
        .iter()
        .map(|name| {
            let bytes = fs::read(folder().join("images").join(name)).unwrap();
            let made = canonicalise_views(&bytes, &views);
            let [gray, rgb] = [0, 1].map(|i| hex::encode(made[i].as_ref().unwrap()));
            json!({ "file": name, "image/gray-5x4": gray, "image/rgb-7x3": rgb })
        })
        .collect();
    json!({ "files": files })
}

#[test]
fn hashes_are_those_of_the_vectors() {
    assert_unchanged("hashes.json", &hashes());
}

#[test]
fn a_corpus_of_two_has_the_root_of_the_vectors() {
    assert_unchanged("corpus.json", &corpus());
}

#[test]
fn the_program_of_the_vectors_has_their_values() {
    let made = program();
    let decisions: Vec<&Value> =
        made["runs"].as_array().unwrap().iter().map(|run| &run["decision"]).collect();
    assert!(decisions.contains(&&json!(0)) && decisions.contains(&&json!(1)), "{decisions:?}");
    assert_unchanged("program.json", &made);
}

/// The digest of a verifying key, from its parts as `docs/argument.md` lists
/// them. They were computed from that text by another program.
#[test]
fn the_parts_of_the_vectors_verifying_key_give_its_digest() {
    let stored = read("verifying_key.json");
    let text = |name: &str| stored[name].as_str().unwrap().to_owned();
    let commitments = stored["fixed_commitments"].as_array().unwrap();
    let mut bytes = vec![3, 12];
    bytes.extend((commitments.len() as u32).to_le_bytes());
    for point in commitments {
        bytes.extend(hex::decode(point.as_str().unwrap()).unwrap());
    }
    bytes.extend(0u32.to_le_bytes());
    bytes.extend(text("domain").bytes().chain(text("constraint_system").bytes()));
    let hash = Params::new().hash_length(64).personal(b"Halo2-Verify-Key").hash(&bytes);
    let digest = to_hex(&from_wide(hash.as_array()));
    let verifier = Verifier::new(Arc::new(Example::program()), 2, 2).unwrap();
    assert_eq!([&digest, &to_hex(&verifier.key_digest())], [&text("digest"); 2]);
}

#[test]
fn the_proof_of_the_vectors_verifies_under_their_challenges() {
    let proof = hex::decode(read("statement.json")["proof"].as_str().unwrap()).unwrap();
    assert_unchanged("statement.json", &statement_in_two_lanes(&proof));
}

#[test]
fn a_proof_with_a_shared_column_verifies_under_the_challenges_of_the_vectors() {
    let stored = read("shared_column.json");
    let proof = hex::decode(stored["statement"]["proof"].as_str().unwrap()).unwrap();
    assert_unchanged("shared_column.json", &statement_of_one_shift(&proof));
    // The first strip holds bytes; the second, which is the last, rows of one shift alone.
    let program = Example::of_one_shift();
    let shape = Shape::of(&program);
    let lane = LaneLayout::new(&shape, ONE_LANE.copies);
    assert_eq!(lane.strips(RowKind::Table), 2);
    let shifts = |strip: usize| {
        let rows = lane.rows_of_strip(RowKind::Table, strip);
        rows.map(|(_, row)| shape.shifts[row]).collect::<BTreeSet<_>>()
    };
    assert!(shifts(0).contains(&None));
    assert_eq!(shifts(1), BTreeSet::from([Some(ONE_SHIFT)]));
}

#[test]
fn views_are_those_of_the_vectors() {
    assert_unchanged("images/expected.json", &images());
}

/// `cargo test --test vectors -- --ignored`. The proof is a new one each time.
#[test]
#[ignore = "writes the vectors anew, for a change of format"]
fn write_vectors() {
    let prove = |program: Program, batch: BatchShape| {
        let statement = statement(&program, batch);
        let prover = Prover::new(Arc::new(program), batch.copies, batch.lanes).unwrap();
        prover.prove(&statement, &witnesses(), &mut OsRng).unwrap()
    };
    let [proof, of_one_shift] =
        [(Example::program(), TWO_LANES), (Example::of_one_shift(), ONE_LANE)]
            .map(|(program, batch)| prove(program, batch));
    let files = [
        ("hashes.json", hashes()),
        ("corpus.json", corpus()),
        ("program.json", self::program()),
        ("statement.json", statement_in_two_lanes(&proof)),
        ("shared_column.json", statement_of_one_shift(&of_one_shift)),
        ("images/expected.json", images()),
    ];
    for (name, value) in files {
        let text = serde_json::to_string_pretty(&value).unwrap() + "\n";
        fs::write(folder().join(name), text).unwrap();
    }
}
