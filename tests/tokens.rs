//! Views of tokens from the commitment to the verdict, and the vocabulary beside it.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use candor::corpus::ViewId;
use candor::corpus::views::Vocabularies;
use candor::exchange::featurize::{self, featurize};
use candor::exchange::issue::{self, ModelQuestion, issue};
use candor::exchange::respond::{self, assemble, prove, respond};
use candor::exchange::vocabularies::Given;
use candor::exchange::{
    CommitOptions, ExchangeError, OnRecord, Outcome, Silent, commit, commitment_files,
    verify_bundle, verify_document,
};
use candor::field::ScalarHex;
use candor::model::predicate::Predicate;
use candor::model::quantize::{InputScaling, PixelValues};
use candor::{CoarseKind, Report};
use candor_testing::tampered::{Attack, of_vocabularies};
use candor_testing::{Case, models};
use rand_core::OsRng;
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const VIEW: &str = "text/wordpiece-8";

fn vocabulary(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("documents/tests/vectors/tokens");
    folder.join(name)
}

fn views(names: &[&str]) -> Vec<ViewId> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

/// A few texts, and whatever is made of them.
struct Matter(TempDir);

impl Matter {
    fn new() -> Self {
        let matter = Self(tempfile::tempdir().unwrap());
        fs::create_dir(matter.path("documents")).unwrap();
        let texts = ["", "all", "born free and equal", "they're free", "Äh!"];
        for (number, text) in texts.iter().enumerate() {
            fs::write(matter.path(&format!("documents/{number}.txt")), text).unwrap();
        }
        let long = "the rights of all human beings ".repeat(30);
        fs::write(matter.path("documents/long.txt"), long).unwrap();
        matter
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn commit(&self, names: &[&str], vocabularies: &[PathBuf]) -> Result<(), ExchangeError> {
        let options = CommitOptions {
            documents: &self.path("documents"),
            views: &views(names),
            acquisition: &[],
            vocabularies,
            out: &self.path("commit"),
        };
        let summary = commit(&options, &Silent, &mut OsRng)?;
        assert_eq!((summary.unseen.documents, summary.unseen.cut), (1, 1));
        assert!(summary.unseen.tokens > 150, "{:?}", summary.unseen);
        let list = fs::read_to_string(self.path("commit/SECRET/unseen.csv")).unwrap();
        assert!(list.contains("long.txt,0,0,no,0,"), "{list}");
        Ok(())
    }

    /// Asks whether the id of the first token of the text is great.
    fn ask(&self, says: Option<&str>) -> Result<(), ExchangeError> {
        let mut weights = vec![0.0; 8];
        weights[1] = 1.0;
        let mut model = models::dense_over(&[8], &[vec![0.0; 8], weights], &[120.0, 0.0]);
        if let Some(digest) = says {
            let key = "candor.vocabulary";
            let entry = [&[10, key.len() as u8], key.as_bytes(), &[18, 64], digest.as_bytes()];
            let entry = entry.concat();
            model.extend([&[14 << 3 | 2, entry.len() as u8], &entry[..]].concat());
        }
        let file = self.path("model.onnx");
        fs::write(&file, model).unwrap();
        let documents = self.path("documents");
        let predicate = Predicate::match_class([1]);
        let input = InputScaling { values: PixelValues::Raw, ..InputScaling::default() };
        let question = ModelQuestion {
            input,
            ..ModelQuestion::new(&file, VIEW.parse().unwrap(), &documents, predicate)
        };
        let out = self.path("request");
        let _ = fs::remove_dir_all(&out);
        let commitment = self.path("commit");
        issue(
            &issue::Options {
                accept_outside: &CoarseKind::ALL,
                ..issue::Options::new(question, &commitment, &out)
            },
            &Silent,
        )?;
        Ok(())
    }

    fn respond(&self) {
        self.answer(|options| respond(options, &Silent, &mut OsRng).map(drop).unwrap());
    }

    /// Gives `answer` what the responder is told.
    fn answer(&self, answer: impl FnOnce(&respond::Options<'_>)) {
        let question = respond::Question {
            corpus: &self.path("documents"),
            commitment: &self.path("commit"),
            request: &self.path("request"),
            batch: None,
        };
        answer(&respond::Options::new(question, &self.path("bundle")));
    }

    fn verify<'a>(&self, on_record: impl Into<OnRecord<'a>>) -> Result<Report, ExchangeError> {
        verify_bundle(on_record, &self.path("request"), &self.path("bundle"), &Silent)
    }
}

/// Packs the files of a folder.
fn zipped(folder: &Path, into: &Path) {
    let mut archive = ZipWriter::new(File::create(into).unwrap());
    for name in candor_testing::files::files(folder) {
        archive.start_file(name.to_str().unwrap(), SimpleFileOptions::default()).unwrap();
        archive.write_all(&fs::read(folder.join(name)).unwrap()).unwrap();
    }
    archive.finish().unwrap();
}

#[test]
fn tokens_are_proved_and_read_again_by_the_published_vocabulary() {
    let matter = Matter::new();
    let names = [VIEW, "text/bpe-8-ends"];
    let given = [vocabulary("uncased.txt"), vocabulary("bytes.json")];
    for (names, given, part) in [
        (&names[..], &given[..1], "text/bpe-N have no vocabulary"),
        (&names[..1], &given[..], "no view is of the bpe vocabulary"),
        (&names[..1], &[given[0].clone(), vocabulary("cased.json")][..], "a second wordpiece"),
        (&names[..1], &[vocabulary("ids.txt")][..], "a list of tokens without"),
    ] {
        let error = matter.commit(names, given).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
        assert!(!matter.path("commit").exists());
    }
    matter.commit(&names, &given).unwrap();
    let public = matter.path("commit/PUBLIC");
    let commitment = commitment_files::read(&public).unwrap();
    let digest = commitment.header.vocabularies.wordpiece.unwrap().to_string();
    let text = fs::read_to_string(public.join("commitment.json")).unwrap();
    assert!(text.contains(&format!("\"wordpiece\": \"{digest}\"")), "{text}");
    assert_eq!(commitment.views().unwrap().len(), 2);

    let error = matter.ask(Some(&"0".repeat(64))).unwrap_err().to_string();
    assert!(error.contains("was trained with the vocabulary 000"), "{error}");
    matter.ask(Some(&digest)).unwrap();
    matter.respond();
    let report = matter.verify(&public).unwrap();
    assert_eq!(report.outcome, Outcome::Verified, "{:?}", report.failure);
    assert!(report.released > 0 && report.released < report.documents);

    // The bundle has what its views read by, so it can be judged alone.
    let files = ["wordpiece.vocabulary", "bpe.vocabulary"];
    for file in files {
        let published = fs::read(public.join(file)).unwrap();
        assert_eq!(fs::read(matter.path("bundle/data").join(file)).unwrap(), published);
    }
    let root = Some(ScalarHex(commitment.root));
    for on_record in [OnRecord::default(), OnRecord { commitment: None, root }] {
        let report = matter.verify(on_record).unwrap();
        assert_eq!(report.outcome, Outcome::Verified, "{:?}", report.failure);
    }
    let released = fs::read_dir(matter.path("bundle/data/released")).unwrap();
    for file in released.map(|file| file.unwrap().path()) {
        let report = verify_document(OnRecord::default(), &matter.path("bundle"), &file).unwrap();
        assert_eq!(report.outcome, Outcome::Verified, "{:?}", report.failure);
    }

    // As it may be sent.
    let sent = matter.path("bundle.zip");
    zipped(&matter.path("bundle"), &sent);
    let report = verify_bundle(OnRecord::default(), &matter.path("request"), &sent, &Silent);
    assert_eq!(report.unwrap().outcome, Outcome::Verified);

    // An answer that was cut off goes on with the proof that it has.
    let proofs = matter.path("bundle.partial/whole/data/proofs");
    fs::create_dir_all(&proofs).unwrap();
    let proof = "00000000.proof";
    fs::copy(matter.path("bundle/data/proofs").join(proof), proofs.join(proof)).unwrap();
    fs::remove_dir_all(matter.path("bundle")).unwrap();
    matter.answer(|options| {
        let proving = respond(options, &Silent, &mut OsRng).unwrap().proving;
        assert_eq!((proving.proofs, proving.proofs_reused), (1, 1));
    });
    assert_eq!(matter.verify(OnRecord::default()).unwrap().outcome, Outcome::Verified);

    // Shards that are put together give the same.
    matter.answer(|options| {
        let shard = matter.path("shard");
        prove(&options.question, "1/1".parse().unwrap(), &shard, &Silent, &mut OsRng).unwrap();
        fs::remove_dir_all(options.out).unwrap();
        assemble(options, &[shard], &Silent).unwrap();
    });
    assert_eq!(matter.verify(OnRecord::default()).unwrap().outcome, Outcome::Verified);

    // All others need it beside the commitment, and the judge does not.
    let file = public.join("wordpiece.vocabulary");
    let bytes = fs::read(&file).unwrap();
    let other = String::from_utf8(bytes.clone()).unwrap().replace("\nfree\n", "\nfreed\n");
    assert_ne!(other.as_bytes(), bytes);
    for wrong in [Some(other.as_bytes()), Some(&bytes[1..]), None] {
        match wrong {
            Some(wrong) => fs::write(&file, wrong).unwrap(),
            None => fs::remove_file(&file).unwrap(),
        }
        let error = commitment_files::read(&public).unwrap_err().to_string();
        assert!(error.contains("wordpiece.vocabulary"), "{error}");
        if wrong.is_some() {
            assert!(error.contains("is not the vocabulary of the commitment"), "{error}");
        }
        assert_eq!(matter.verify(&public).unwrap().outcome, Outcome::Verified);
    }
}

#[test]
fn a_bundle_has_just_the_vocabularies_that_its_commitment_names() {
    let matter = Matter::new();
    let given = [vocabulary("uncased.txt"), vocabulary("bytes.json")];
    matter.commit(&[VIEW, "text/bpe-8-ends"], &given).unwrap();
    matter.ask(None).unwrap();
    matter.respond();
    let honest = Case::new(matter.0.path());
    let mut wrong = Vec::new();
    for (name, check, mutate) in of_vocabularies() {
        let folder = matter.path("attack");
        let case = Attack::on(&honest, None, &folder, mutate);
        let commitment = case.commitment_file();
        for on_record in [OnRecord::from(&commitment), OnRecord::default()] {
            let report = verify_bundle(on_record, &case.request(), &case.bundle(), &Silent);
            let failure = report.map(|report| (report.outcome, report.failure));
            match failure {
                Ok((Outcome::Failed, Some(failure))) if failure.check.id() == check => {
                    assert_ne!(failure.expected, failure.found, "{name}");
                }
                other => wrong.push(format!("{name}, {on_record:?}: {other:?}")),
            }
        }
        let file = fs::read_dir(case.bundle().join("data/released")).unwrap().next();
        let file = file.unwrap().unwrap().path();
        let report = verify_document(OnRecord::default(), &case.bundle(), &file).unwrap();
        // Of one document the lists and the manifests are not looked at.
        let sound = ["under a second name", "does not list"].iter().any(|end| name.ends_with(end));
        assert_eq!(report.outcome == Outcome::Verified, sound, "{name}: {:?}", report.failure);
        fs::remove_dir_all(&folder).unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn arrays_of_ids_and_masks_are_written() {
    let matter = Matter::new();
    let given = Given::read(&[vocabulary("uncased.txt")]).unwrap();
    let out = matter.path("T.npy");
    let (documents, view) = (matter.path("documents"), VIEW.parse().unwrap());
    let without = featurize::Options {
        documents: &documents,
        view,
        vocabularies: &Vocabularies::default(),
        out: &out,
    };
    let error = featurize(&without, &Silent).unwrap_err().to_string();
    assert!(error.contains("needs a vocabulary") && error.contains("--vocabulary"), "{error}");
    let options = featurize::Options { vocabularies: &given.vocabularies, ..without };
    let done = featurize(&options, &Silent).unwrap();
    assert_eq!((done.rows, done.row_bytes, done.cut), (6, 16, 1));
    let mask = fs::read(done.mask.unwrap()).unwrap();
    assert!(mask[..128].windows(22).any(|part| part == b"'|u1', 'fortran_order'"));
    assert!(mask[..128].windows(6).any(|part| part == b"(6, 8)"));
    assert_eq!(mask[128..136], [1, 1, 0, 0, 0, 0, 0, 0], "the empty text");
    assert_eq!(mask[mask.len() - 8..], [1; 8], "the long one");
    let array = fs::read(&out).unwrap();
    assert!(array[..128].windows(5).any(|part| part == b"'<u2'"));
    assert_eq!(array.len(), 128 + 6 * 16);
    let tokens = fs::read_to_string(vocabulary("uncased.txt")).unwrap();
    let id = |token: &str| tokens.lines().position(|line| line == token).unwrap() as u16;
    let row: Vec<u16> =
        array[144..152].chunks(2).map(|id| u16::from_le_bytes([id[0], id[1]])).collect();
    assert_eq!(row, ["[CLS]", "all", "[SEP]", "[PAD]"].map(id));
    let list = fs::read_to_string(&done.list).unwrap();
    assert!(list.starts_with("file,status,row,tokens left out\n0.txt,read,0,0\n"), "{list}");
    assert!(list.contains(&format!("long.txt,read,5,{}\n", done.tokens)), "{list}");
    let digest = given.vocabularies.digests().wordpiece.unwrap();
    let said = fs::read_to_string(&done.said).unwrap();
    let expected =
        format!("{{\n  \"candor.view\": \"{VIEW}\",\n  \"candor.vocabulary\": \"{digest}\"\n}}\n");
    assert_eq!(said, expected);
}
