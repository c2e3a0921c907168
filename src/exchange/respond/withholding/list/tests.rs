use super::*;
use crate::exchange::{CommitOptions, Silent};

#[cfg(unix)]
#[test]
fn a_name_that_is_not_unicode_can_be_withheld() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let (documents, commit) = (folder.path().join("documents"), folder.path().join("commit"));
    std::fs::create_dir(&documents).unwrap();
    // The last is first of all itself, and not the spelling of another name.
    let names = [&b"\xff.png"[..], b"caf\xc3\xa9, \"1\".png", b"%FE.png"];
    for name in names {
        std::fs::write(documents.join(std::ffi::OsStr::from_bytes(name)), name).unwrap();
    }
    let views = ["image/gray-1x1".parse().unwrap()];
    let mut rng = rand_core::OsRng;
    let (documents, out) = (documents.as_path(), commit.as_path());
    let options =
        CommitOptions { documents, views: &views, acquisition: &[], vocabularies: &[], out };
    crate::exchange::commit::commit(&options, &Silent, &mut rng).unwrap();
    let corpus = OpenCorpus::open(documents, &commit).unwrap();
    let withheld = |text: &[u8]| {
        let list = folder.path().join("list.csv");
        std::fs::write(&list, [b"file,reason\n", text].concat()).unwrap();
        let mut read = Withholding::default();
        read.read_list(&corpus, &list)?;
        let path = |leaf: &u64| corpus.document(*leaf).path().to_vec();
        Ok::<_, ExchangeError>(read.own.keys().map(path).collect::<Vec<_>>())
    };
    for (text, name) in [
        (&b"\xff.png,privileged\n"[..], names[0]),
        (b"%FF.png,privileged\n", names[0]),
        ("\"café, \"\"1\"\".png\",x\n".as_bytes(), names[1]),
        (b"\"caf%C3%A9, \"\"1\"\".png\",x\n", names[1]),
        (b"%FE.png,x\n", names[2]),
        (b"%25FE.png,x\n", names[2]),
    ] {
        assert_eq!(withheld(text).unwrap(), [name], "{}", String::from_utf8_lossy(text));
    }
    let refused = |text: &[u8], expected: &str| {
        let error = withheld(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    refused(b"\xff.png,x\n%FF.png,y\n", "is listed twice");
    for missing in [&b"\xfe.png,x\n"[..], b"%ff.png,x\n", b"../%FF.png,x\n"] {
        refused(missing, "there is no such document");
    }
    for word in ["settled", "chance-match", " Undated ", "carries/1", "FOIA/b99", "Privilege/ac"] {
        refused(format!("%FF.png,{word}\n").as_bytes(), "a reason must not be `");
    }
    refused("%FF.png,a\u{202e}b\n".as_bytes(), "invisible characters");
    refused(b"%FF.png,\n", "a text of no characters");
}

/// A corpus of three files; the leaf of each.
fn corpus(folder: &Path) -> (OpenCorpus, [u64; 3]) {
    let (documents, commit) = (folder.join("documents"), folder.join("commit"));
    std::fs::create_dir(&documents).unwrap();
    let names = ["a.eml", "=b.eml", "c.eml"];
    for name in names {
        std::fs::write(documents.join(name), name).unwrap();
    }
    let views = ["image/gray-1x1".parse().unwrap()];
    let options = CommitOptions {
        documents: &documents,
        views: &views,
        acquisition: &[],
        vocabularies: &[],
        out: &commit,
    };
    crate::exchange::commit::commit(&options, &Silent, &mut rand_core::OsRng).unwrap();
    let corpus = OpenCorpus::open(&documents, &commit).unwrap();
    let leaf = |name: &str| {
        let mut entries = corpus.store.entries.iter();
        entries.position(|entry| entry.path() == name.as_bytes()).unwrap() as u64
    };
    let leaves = names.map(leaf);
    (corpus, leaves)
}

fn read(corpus: &OpenCorpus, folder: &Path, text: &str) -> Result<Withholding, ExchangeError> {
    let list = folder.join("list.csv");
    std::fs::write(&list, text).unwrap();
    let mut read = Withholding::default();
    read.read_list(corpus, &list)?;
    Ok(read)
}

#[test]
fn a_typed_list_gives_bases_and_what_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (corpus, [a, b, c]) = corpus(folder.path());
    let text = format!(
        "leaf,path,(subject),basis,description,author,segregable,harm\n\
         {a},a.eml,secret,Privilege/AC; privilege/wp,\" advice on the fee \",K. Roe*,None,\n\
         ,'=b.eml,,foia/b5;other/seal; of court,,,,candour\n\
         {c},c.eml,a mail that is released,,,,,\n"
    );
    let found = read(&corpus, folder.path(), &text).unwrap();
    assert_eq!(found.own.keys().copied().collect::<Vec<_>>(), {
        let mut both = [a, b];
        both.sort_unstable();
        both
    });
    assert_eq!(found.own[&a].bases.to_string(), "privilege/ac; privilege/wp");
    let log = found.own[&a].log.clone().unwrap();
    assert_eq!(log.description.as_deref(), Some("advice on the fee"));
    assert_eq!((log.author.as_deref(), log.segregable), (Some("K. Roe*"), Some(Segregable::None)));
    assert_eq!(found.own[&b].bases.to_string(), "foia/b5; other/seal; of court");
    assert!(found.foretold.is_empty() && !found.is_empty());
    // What the program finds may be listed, too.
    let text = format!("leaf,basis\n{a},chance-match\n{b},carries/{c}\n{c},foia/b6\n");
    let found = read(&corpus, folder.path(), &text).unwrap();
    assert_eq!((found.foretold.len(), found.own.len()), (2, 1));
    // What was produced before is withheld, but no secret.
    let text = format!("leaf,basis\n{a},produced/{}\n", "ab".repeat(32));
    let found = read(&corpus, folder.path(), &text).unwrap();
    assert_eq!((found.own.len(), found.conceals(a), found.concealed().count()), (1, false, 0));
}

#[test]
fn what_a_list_cannot_say_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (corpus, [a, b, _]) = corpus(folder.path());
    let header = "leaf,path,basis,description,segregable,harm";
    for (line, expected) in [
        (
            ",a.eml,privelege/ac,,,".to_owned(),
            "`privelege/ac` is no known basis; known are privilege/ac,",
        ),
        (",a.eml,privileged,,,".to_owned(), "free text after other/"),
        (",a.eml,foia/b10,,,".to_owned(), "is no known basis"),
        (",a.eml,other/,,,".to_owned(), "a text of no characters"),
        (",a.eml,produced/ab,,,".to_owned(), "names no bundle"),
        (",a.eml,carries/x,,,".to_owned(), "names no leaf"),
        (",a.eml,foia/b5; foia/b5,,,".to_owned(), "one twice"),
        (",a.eml,foia/b5; settled,,,".to_owned(), "stands alone"),
        (",a.eml,settled,a line,,".to_owned(), "nothing is said of it"),
        (",a.eml,,a description without a basis,,".to_owned(), "but no basis"),
        (",a.eml,foia/b5,,partly,".to_owned(), "segregable cannot be `partly`"),
        (",a.eml,foia/b5,\"two\nlines\",,".to_owned(), "description: a text with control"),
        (
            format!(",a.eml,foia/b5,,,{}", "x".repeat(4001)),
            "harm: a text of no characters, or of too",
        ),
        (",none.eml,foia/b5,,,".to_owned(), "there is no such document"),
        ("9,,foia/b5,,,".to_owned(), "there is no leaf 9"),
        ("x,,foia/b5,,,".to_owned(), "there is no leaf x"),
        (format!("{b},a.eml,foia/b5,,,"), "has another path"),
        (format!("{a},,foia/b5,,,\n,a.eml,foia/b6,,,"), "is listed twice"),
        (format!("{a},,foia/b5,,,\n,a.eml,settled,,,"), "is listed twice"),
    ] {
        let error = read(&corpus, folder.path(), &format!("{header}\n{line}\n"));
        let error = error.map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("list.csv") && error.contains(expected), "{line}: {error}");
    }
    for header in ["path,description", "path,basis,reason", "file,path,basis", "basis,harm"] {
        let error = read(&corpus, folder.path(), &format!("{header}\n")).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("does not name the columns"), "{header}: {error}");
    }
}
