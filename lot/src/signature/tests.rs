use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::*;

/// A folder with keys, an `allowed_signers` file and a file to sign.
struct Desk {
    folder: TempDir,
}

const JUDGE: &str = "judge@court.example";

impl Desk {
    /// `None` where `ssh-keygen` is not installed.
    fn new() -> Option<Self> {
        let found = Command::new("ssh-keygen").arg("-?").output();
        if found.is_err() {
            eprintln!("skipped: ssh-keygen is not installed");
            return None;
        }
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        fs::write(desk.path("lot.json"), b"{}\n").unwrap();
        Some(desk)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes a key and gives its public line without the comment.
    fn key(&self, name: &str, kind: &[&str]) -> String {
        let path = self.path(name);
        let made = Command::new("ssh-keygen")
            .args(["-q", "-N", "", "-C", "c", "-f"])
            .arg(&path)
            .arg("-t")
            .args(kind)
            .status();
        assert!(made.unwrap().success());
        let line = fs::read_to_string(path.with_extension("pub")).unwrap();
        line.trim_end().rsplit_once(' ').unwrap().0.to_owned()
    }

    fn allow(&self, lines: &[String]) {
        fs::write(self.path("allowed_signers"), lines.concat()).unwrap();
    }

    fn keygen_signs(&self, key: &str, namespace: &str) {
        let _ = fs::remove_file(self.path("lot.json.sig"));
        let signed = Command::new("ssh-keygen")
            .args(["-q", "-Y", "sign", "-n", namespace, "-f"])
            .arg(self.path(key))
            .arg(self.path("lot.json"))
            .stderr(Stdio::null())
            .status();
        assert!(signed.unwrap().success());
    }

    fn keygen_accepts(&self) -> bool {
        let verified = Command::new("ssh-keygen")
            .args(["-Y", "verify", "-n", Namespace::Lot.name(), "-I", JUDGE, "-f"])
            .arg(self.path("allowed_signers"))
            .arg("-s")
            .arg(self.path("lot.json.sig"))
            .stdin(fs::File::open(self.path("lot.json")).unwrap())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        verified.unwrap().success()
    }

    fn check_as(&self, name: &str, namespace: Namespace) -> Result<Signed, ExchangeError> {
        let path = self.path("lot.json");
        let allowed_signers = self.path("allowed_signers");
        let principal = Principal { name, allowed_signers: &allowed_signers };
        check(&path, &fs::read(&path).unwrap(), namespace, principal)
    }

    fn check(&self) -> Result<Signed, ExchangeError> {
        self.check_as(JUDGE, Namespace::Lot)
    }
}

fn refused(found: Result<Signed, ExchangeError>) -> String {
    match found {
        Err(error @ ExchangeError::Mismatch { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

fn unusable(found: Result<Signed, ExchangeError>) -> String {
    match found {
        Err(error @ ExchangeError::Input { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn signatures_of_ssh_keygen_are_accepted_and_ours_by_it() {
    let Some(desk) = Desk::new() else { return };
    for (name, kind) in [
        ("ed25519", &["ed25519"][..]),
        ("p256", &["ecdsa", "-b", "256"]),
        ("rsa", &["rsa", "-b", "2048"]),
    ] {
        let key = desk.key(name, kind);
        desk.allow(&[format!("{JUDGE} namespaces=\"candor-lot@1\" {key}\n")]);
        desk.keygen_signs(name, "candor-lot@1");
        assert!(desk.keygen_accepts(), "{name}");
        let signed = desk.check().unwrap();
        assert!(signed.by == JUDGE && signed.key.starts_with("SHA256:"), "{signed:?}");
        let found = SigningKey::read(&desk.path(name));
        if name == "rsa" {
            assert!(found.unwrap_err().to_string().contains("ssh-keygen -Y sign"));
            continue;
        }
        let ours = found.unwrap();
        assert_eq!(ours.fingerprint(), signed.key);
        ours.sign_beside(&desk.path("lot.json"), Namespace::Lot, b"{}\n").unwrap();
        assert!(desk.keygen_accepts(), "{name}");
        let again = desk.check().unwrap();
        assert_eq!((again.by, again.key), (signed.by, signed.key));
    }
}

#[test]
fn nothing_but_the_principals_signature_of_these_bytes_is_accepted() {
    let Some(desk) = Desk::new() else { return };
    let (one, other) = (desk.key("one", &["ed25519"]), desk.key("other", &["ed25519"]));
    desk.allow(&[format!("{JUDGE} {one}\n"), format!("clerk@court.example {other}\n")]);
    assert!(unusable(desk.check()).contains("no signature beside it"));
    desk.keygen_signs("one", "candor-lot@1");
    desk.check().unwrap();
    // Another kind of file, another name, a name without a key.
    assert!(refused(desk.check_as(JUDGE, Namespace::Seal)).contains("candor-lot@1"));
    let clerk = desk.check_as("clerk@court.example", Namespace::Lot);
    assert!(refused(clerk).contains("by another key"));
    let nobody = desk.check_as("nobody", Namespace::Lot);
    assert!(unusable(nobody).contains("has no key of nobody"));
    // Another file.
    fs::write(desk.path("lot.json"), b"{ }\n").unwrap();
    assert!(refused(desk.check()).contains("other bytes"));
    fs::write(desk.path("lot.json"), b"{}\n").unwrap();
    // A key of the file, but not of the principal.
    desk.keygen_signs("other", "candor-lot@1");
    assert!(refused(desk.check()).contains("by another key"));
    // Another namespace, even if ours is named in it.
    desk.keygen_signs("one", "candor-lot@11");
    assert!(refused(desk.check()).contains("candor-lot@11"));
    // No signature at all.
    for odd in [&b""[..], b"-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"] {
        fs::write(desk.path("lot.json.sig"), odd).unwrap();
        assert!(refused(desk.check()).contains("no signature"));
    }
    // Every byte of the signature counts.
    desk.keygen_signs("one", "candor-lot@1");
    let whole = fs::read(desk.path("lot.json.sig")).unwrap();
    for at in (30..whole.len() - 30).filter(|at| !whole[*at].is_ascii_whitespace()) {
        let mut changed = whole.clone();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        fs::write(desk.path("lot.json.sig"), changed).unwrap();
        assert!(desk.check().is_err(), "byte {at}");
    }
}

#[test]
fn a_principal_may_have_several_keys_and_lines_are_read_as_ssh_keygen_does() {
    let Some(desk) = Desk::new() else { return };
    let (one, other) = (desk.key("one", &["ed25519"]), desk.key("other", &["ed25519"]));
    desk.keygen_signs("other", "candor-lot@1");
    for (lines, accepted) in [
        (format!("# keys\n\n{JUDGE} {one} first\n{JUDGE} {other} second\n"), true),
        (format!("clerk@x,*@court.example {other}\r\n"), true),
        (format!("\"clerk@x,*@court.example\" {other}\n"), true),
        (format!("*@court.example,!{JUDGE} {other}\n"), false),
        (format!("{JUDGE} NAMESPACES=\"git,candor-*\" {other}\n"), true),
        (format!("{JUDGE} namespaces=\"git\" {other}\n"), false),
        (format!("{JUDGE} {one}\n"), false),
    ] {
        desk.allow(std::slice::from_ref(&lines));
        assert_eq!((desk.check().is_ok(), desk.keygen_accepts()), (accepted, accepted), "{lines}");
    }
    // What Candor does not read is refused, and not passed over; other people's lines are.
    for (option, problem) in [
        ("cert-authority", "a certificate authority"),
        ("valid-after=\"20200101\"", "validity in time"),
        ("namespaces=\"candor-lot@1\",valid-before=\"20990101\"", "validity in time"),
        ("no-touch", "is not known"),
    ] {
        desk.allow(&[format!("{JUDGE} {option} {other}\n")]);
        let found = unusable(desk.check());
        assert!(found.contains(problem) && found.contains("line 1"), "{found}");
        desk.allow(&[format!("clerk@x {option} {one}\n"), format!("{JUDGE} {other}\n")]);
        desk.check().unwrap();
    }
    desk.allow(&[format!("{JUDGE} ssh-ed25519 AAAA\n")]);
    assert!(unusable(desk.check()).contains("no public key"));
}

#[test]
fn short_and_unusual_keys_are_refused() {
    let Some(desk) = Desk::new() else { return };
    for (name, kind, problem) in [
        ("short", &["rsa", "-b", "2040"][..], "RSA key of 2040 bits"),
        ("p384", &["ecdsa", "-b", "384"], "ecdsa-sha2-nistp384"),
    ] {
        let key = desk.key(name, kind);
        desk.allow(&[format!("{JUDGE} {key}\n")]);
        desk.keygen_signs(name, "candor-lot@1");
        let found = refused(desk.check());
        assert!(found.contains(problem), "{found}");
    }
}

#[test]
fn a_key_with_a_passphrase_is_left_to_ssh_keygen() {
    let Some(desk) = Desk::new() else { return };
    desk.key("one", &["ed25519"]);
    let changed = Command::new("ssh-keygen")
        .args(["-q", "-p", "-P", "", "-N", "secret", "-f"])
        .arg(desk.path("one"))
        .stdout(Stdio::null())
        .status();
    assert!(changed.unwrap().success());
    let found = SigningKey::read(&desk.path("one")).unwrap_err().to_string();
    assert!(found.contains("passphrase") && found.contains("ssh-keygen -Y sign"), "{found}");
    let found = SigningKey::read(&desk.path("one.pub")).unwrap_err().to_string();
    assert!(found.contains("no OpenSSH private key"), "{found}");
}
