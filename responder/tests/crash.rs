//! The commands are killed at random moments: what they leave is whole or has
//! another name, and the next run goes on from it.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use candor::corpus::Store;
use candor::exchange::{Outcome, commitment_files};
use candor_testing::files::files;
use candor_testing::program::told;
use candor_testing::{Case, sample};

const KILLS: usize = 25;
const COMMIT: &str = "commit-corpus documents --view image/gray-28x28 --view image/rgb-64x64 --out";
const RESPOND: &str = "respond --corpus documents --commitment commit --request request --json --batch 4 --out bundle";

/// A case, and a program that is killed over it.
struct Setting(Case);

/// Moments to kill at.
struct Moments(u64);

impl Moments {
    /// Seeded by the clock or by `CANDOR_SEED`; the seed is printed.
    fn new() -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let given = std::env::var("CANDOR_SEED").ok().map(|seed| seed.parse().unwrap());
        let seed = given.unwrap_or(now.as_nanos() as u64);
        println!("CANDOR_SEED={seed}");
        Self(seed)
    }

    fn within(&mut self, longest: Duration) -> Duration {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        longest.mul_f64((self.0 >> 32) as f64 / 4_294_967_296.0)
    }
}

impl Setting {
    /// A folder with some of the sample documents.
    fn new() -> Self {
        let mut names = files(&sample().join("documents"));
        names.sort();
        let names = names.iter().take(16).chain(names.iter().rev().take(4));
        let names: Vec<_> = names.map(|name| name.to_str().unwrap()).collect();
        Self(Case::temporary().with_samples(&names).with_damaged())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path(name)
    }

    /// Starts the program with nothing masked from the modes of its files.
    fn spawn(&self, arguments: &str) -> Child {
        Command::new("sh")
            .arg("-c")
            .arg(format!("umask 000; exec {:?} {arguments}", env!("CARGO_BIN_EXE_responder")))
            .current_dir(self.0.root())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    fn run(&self, arguments: &str) -> (i32, String, String) {
        told(self.spawn(arguments).wait_with_output().unwrap())
    }

    fn succeed(&self, arguments: &str) -> String {
        let (code, out, errors) = self.run(arguments);
        assert_eq!(code, 0, "{arguments}: {errors}");
        // An answer begins with what it will take; a note tells of the picture
        // that cannot be read.
        let begins = ["documents ", "note: 1 file cannot be read"];
        assert!(begins.iter().any(|begin| errors.starts_with(begin)), "{arguments}: {errors}");
        out
    }

    fn refuse(&self, arguments: &str, why: &str) {
        let (code, _, errors) = self.run(arguments);
        assert_eq!(code, 2, "{arguments}: {errors}");
        assert!(errors.contains(why), "{arguments}: {errors}");
    }

    fn issue(&self, commitment: &str, class: u32, out: &str) {
        self.0.ask_for(&self.path(commitment), class, &self.path(out));
    }

    fn commitment_opens(&self, name: &str) {
        let commitment = commitment_files::read(&self.path(name)).unwrap();
        let store = self.path(name).join("SECRET/opening.store");
        Store::read(&store).unwrap().check(&commitment).unwrap();
    }

    fn bundle_verifies(&self) {
        let report = self.0.verify();
        assert_eq!(report.outcome, Outcome::Incomplete, "{:?}", report.failure);
        assert_eq!((report.not_examined, report.withheld), (1, 0));
    }

    /// The proofs that unfinished work holds under their final names.
    fn proofs(&self) -> Vec<PathBuf> {
        paths(&self.path("bundle.partial"))
            .into_iter()
            .filter(|path| path.extension().is_some_and(|e| e == "proof"))
            .collect()
    }

    /// What stands beside the documents.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.root()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// All files under a folder, if it is there.
fn paths(folder: &Path) -> Vec<PathBuf> {
    files(folder).into_iter().map(|name| folder.join(name)).collect()
}

/// Lets a child run for a while and kills it, unless it ends before.
fn kill_after(mut child: Child, time: Duration) {
    sleep(time);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// No other user may read a file that holds an opening store or a part of it, or
/// a list that names documents.
fn secrets_are_for_the_owner_alone(folder: &Path) -> usize {
    let holds_secrets = |path: &PathBuf| {
        let bytes = fs::read(path).unwrap();
        bytes.starts_with(b"candor opening store\n")
            || bytes.starts_with(b"path,view,")
            || path.file_name().is_some_and(|name| name == "opening.store")
    };
    let found: Vec<_> = paths(folder).into_iter().filter(holds_secrets).collect();
    for path in &found {
        let mode = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    }
    found.len()
}

#[test]
fn a_killed_commitment_is_whole_or_absent() {
    let case = Setting::new();
    let start = Instant::now();
    case.succeed(&format!("{COMMIT} first"));
    let time = start.elapsed();
    let mut moments = Moments::new();
    let (mut whole, mut none) = (0, 0);
    for _ in 0..KILLS {
        kill_after(case.spawn(&format!("{COMMIT} commit")), moments.within(time.mul_f64(1.1)));
        secrets_are_for_the_owner_alone(case.0.root());
        if case.path("commit").exists() {
            case.commitment_opens("commit");
            fs::remove_dir_all(case.path("commit")).unwrap();
            whole += 1;
        } else {
            none += 1;
        }
    }
    println!("{whole} whole, {none} none after {KILLS} kills within {time:?}");
    assert!(none > 0);

    // What a killed run left does not stand in the way, and is swept away.
    fs::create_dir_all(case.path("commit.partial/whole/SECRET")).unwrap();
    fs::write(case.path("commit.partial/whole/SECRET/opening.store"), b"half").unwrap();
    case.succeed(&format!("{COMMIT} commit"));
    case.commitment_opens("commit");
    assert_eq!(case.names(), ["commit", "documents", "first"]);
    assert_eq!(fs::read_dir(case.path("commit")).unwrap().count(), 2);
    assert_eq!(secrets_are_for_the_owner_alone(case.0.root()), 4);
}

#[test]
fn a_killed_answer_goes_on_where_it_was() {
    let case = Setting::new();
    case.succeed(&format!("{COMMIT} commit"));
    case.issue("commit", 7, "request");
    let start = Instant::now();
    let out = case.succeed(RESPOND);
    let time = start.elapsed();
    let summary: serde_json::Value = serde_json::from_str(out.trim()).unwrap();
    let proofs = summary["proofs"].as_u64().unwrap();
    assert_eq!((proofs, summary["proofs_reused"].as_u64()), (5, Some(0)));
    case.bundle_verifies();
    let lengths: Vec<u64> = paths(&case.path("bundle/data/proofs"))
        .iter()
        .map(|path| fs::metadata(path).unwrap().len())
        .collect();
    fs::remove_dir_all(case.path("bundle")).unwrap();

    let mut moments = Moments::new();
    let (mut finished, mut most) = (0, 0);
    for _ in 0..KILLS {
        // Short enough that most runs end nothing but some proofs.
        kill_after(case.spawn(RESPOND), moments.within(time.mul_f64(0.4)));
        let proofs = case.proofs();
        for proof in &proofs {
            assert!(lengths.contains(&fs::metadata(proof).unwrap().len()), "a part of a proof");
        }
        most = most.max(proofs.len());
        if case.path("bundle").exists() {
            case.bundle_verifies();
            fs::remove_dir_all(case.path("bundle")).unwrap();
            finished += 1;
        }
    }
    println!("{finished} finished, at most {most} proofs left, {KILLS} kills within {time:?}");
    assert!(most > 0, "no run came so far as to leave a proof");

    // Whatever the kills left, one run ends it.
    let _ = case.run(RESPOND);
    case.bundle_verifies();
    let names = ["bundle", "bundle.unreadable.csv", "commit", "documents", "request"];
    assert_eq!(case.names(), names);
    assert_eq!(secrets_are_for_the_owner_alone(case.0.root()), 3);
}

/// Kills an answer as soon as it has made one proof.
fn with_one_proof() -> Setting {
    let case = Setting::new();
    case.succeed(&format!("{COMMIT} commit"));
    case.issue("commit", 7, "request");
    let mut child = case.spawn(RESPOND);
    let end = Instant::now() + Duration::from_secs(60);
    while case.proofs().is_empty() {
        assert!(Instant::now() < end, "no proof in a minute");
        sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!case.path("bundle").exists());
    case
}

#[test]
fn unfinished_work_goes_on_for_the_same_work_alone() {
    let case = with_one_proof();
    let unfinished = "holds unfinished work";

    let session = case.path("bundle.partial/session.json");
    let text = fs::read_to_string(&session).unwrap();
    let version = format!("candor {}", env!("CARGO_PKG_VERSION"));
    let changed = text.replace(&version, "candor 0.0.1");
    assert_ne!(text, changed);
    fs::write(&session, changed).unwrap();
    case.refuse(RESPOND, unfinished);
    fs::write(&session, &text).unwrap();

    case.issue("commit", 3, "other");
    case.refuse(&RESPOND.replace("--request request", "--request other"), unfinished);
    case.refuse(&RESPOND.replace("--batch 4", "--batch 9"), unfinished);

    case.succeed(&format!("{COMMIT} again"));
    case.issue("again", 7, "anew");
    let other_root = RESPOND.replace("--commitment commit", "--commitment again");
    case.refuse(&other_root.replace("--request request", "--request anew"), unfinished);

    let document = case.path("documents/0001_label8.png");
    let bytes = fs::read(&document).unwrap();
    fs::write(&document, [&bytes[..], b"\n"].concat()).unwrap();
    case.refuse(RESPOND, "has changed since the commitment");
    fs::write(&document, bytes).unwrap();

    // None of that touched the work.
    let left = case.proofs().len() as u64;
    let out = case.succeed(RESPOND);
    let summary: serde_json::Value = serde_json::from_str(out.trim()).unwrap();
    assert_eq!(summary["proofs_reused"].as_u64(), Some(left));
    assert!(left > 0);
    case.bundle_verifies();
}

#[test]
fn a_run_killed_after_its_last_step_leaves_nothing_for_long() {
    let case = Setting::new();
    case.succeed(&format!("{COMMIT} commit"));
    // Its result is in place, its folder is not yet removed.
    fs::create_dir(case.path("commit.partial")).unwrap();
    fs::write(case.path("commit.partial/lock"), b"").unwrap();
    case.refuse(&format!("{COMMIT} commit"), "already exists");
    case.commitment_opens("commit");
    assert_eq!(case.names(), ["commit", "documents"]);
}
