//! Files of another name or kind, and manifests in another spelling.

use std::fs;

use super::{Attack, Mutation};

pub(super) const MUTATIONS: &[Mutation] = &[
    ("the leaves under a name in another case", 1, |a| {
        a.rename("data/leaves.bin", "data/Leaves.bin");
    }),
    ("a second file whose name differs in case alone", 1, |a| {
        a.copy("data/bundle.json", "data/BUNDLE.JSON");
    }),
    ("a released file again under a name that differs in case alone", 1, |a| {
        let name = a.opening(a.matching()).file_name().unwrap();
        a.copy(&name, &name.replace(".png", ".PNG"));
    }),
    ("a proof under a name in another case", 1, |a| {
        a.rename("data/proofs/00000001.proof", "data/proofs/00000001.Proof");
    }),
    ("a proof under a name with fewer digits", 1, |a| {
        a.rename("data/proofs/00000001.proof", "data/proofs/1.proof");
    }),
    ("a proof under a name with more digits", 1, |a| {
        a.rename("data/proofs/00000001.proof", "data/proofs/000000001.proof");
    }),
    ("the proofs' folder in another case", 1, |a| a.rename("data/proofs", "data/Proofs")),
    ("the payload's folder in another case", 1, |a| {
        a.rename("data", "DATA");
        a.reseal = false;
    }),
    ("a tag file in another case", 1, |a| {
        a.rename("bagit.txt", "BagIt.txt");
        a.reseal = false;
    }),
    ("a hidden file among the proofs", 1, |a| {
        a.copy("data/proofs/00000001.proof", "data/proofs/.00000001.proof");
    }),
    ("a hidden file in the bag", 1, |a| a.copy("data/bundle.json", ".notes")),
    ("a name with a line break", 1, |a| {
        a.copy("data/bundle.json", "data/bundle.json\n");
    }),
    ("a name with a bidirectional override", 1, |a| {
        a.copy("data/bundle.json", "data/\u{202e}nosj.eldnub");
    }),
    ("a folder among the proofs", 1, |a| {
        fs::create_dir(a.file("data/proofs/more")).unwrap();
    }),
    ("a folder in place of a proof", 1, |a| {
        fs::remove_file(a.proof(1)).unwrap();
        fs::create_dir(a.proof(1)).unwrap();
    }),
    ("a folder in place of the openings", 1, |a| {
        let path = a.file("data/openings.jsonl");
        fs::remove_file(&path).unwrap();
        fs::create_dir(path).unwrap();
        a.reseal = false;
    }),
    ("a file in place of the proofs' folder", 1, |a| {
        let path = a.file("data/proofs");
        fs::remove_dir_all(&path).unwrap();
        fs::write(path, b"").unwrap();
    }),
    // Whoever opens it waits for ever.
    #[cfg(unix)]
    ("a pipe in place of the leaves", 1, |a| a.pipe("data/leaves.bin")),
    #[cfg(unix)]
    ("a pipe in place of a released file", 1, |a| {
        let name = a.opening(a.matching()).file_name().unwrap();
        a.pipe(&name);
    }),
    #[cfg(unix)]
    ("a pipe in place of the manifest", 1, |a| a.pipe("manifest-sha256.txt")),
    ("a manifest whose lines end with a carriage return", 1, |a| {
        a.rewrite("manifest-sha256.txt", |text| text.replace('\n', "\r\n"));
    }),
    ("a manifest with digests in upper case", 1, |a| {
        a.rewrite("manifest-sha256.txt", |text| {
            let lines = text.lines().map(|line| {
                let (digest, name) = line.split_at(64);
                format!("{}{name}\n", digest.to_ascii_uppercase())
            });
            lines.collect()
        });
    }),
    ("a manifest that marks files as binary", 1, |a| {
        a.rewrite("manifest-sha256.txt", |text| text.replace("  ", " *"));
    }),
    ("a manifest in another order", 1, |a| {
        a.rewrite("manifest-sha256.txt", |text| {
            let lines: Vec<_> = text.lines().rev().collect();
            lines.join("\n") + "\n"
        });
    }),
    ("a manifest without its last newline", 1, |a| {
        a.rewrite("manifest-sha256.txt", |text| text.trim_end().to_owned());
    }),
    ("a manifest that lists a file twice", 1, |a| {
        a.rewrite("manifest-sha256.txt", |text| {
            let (first, _) = text.split_once('\n').unwrap();
            format!("{first}\n{text}")
        });
    }),
    ("a manifest of nothing", 1, |a| a.rewrite("manifest-sha256.txt", |_| String::new())),
    ("a manifest in one endless line", 1, |a| {
        a.rewrite("manifest-sha256.txt", |_| "0".repeat(1 << 22));
    }),
    ("no manifest", 1, |a| {
        fs::remove_file(a.file("manifest-sha256.txt")).unwrap();
        a.reseal = false;
    }),
    ("no tag manifest", 1, |a| {
        fs::remove_file(a.file("tagmanifest-sha256.txt")).unwrap();
        a.reseal = false;
    }),
    ("another version of the packaging", 1, |a| {
        a.rewrite("bagit.txt", |text| text.replace("1.0", "0.97"));
    }),
    ("another field in the description of the bag", 1, |a| {
        a.rewrite("bag-info.txt", |text| format!("{text}Contact-Name: nobody\n"));
    }),
    ("a software's name that clears the screen", 1, |a| {
        a.rewrite("bag-info.txt", |text| text.replace("candor ", "candor \u{1b}[2J"));
    }),
];

impl Attack<'_> {
    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.file(from), self.file(to)).unwrap();
    }

    fn copy(&self, from: &str, to: &str) {
        fs::copy(self.file(from), self.file(to)).unwrap();
    }

    #[cfg(unix)]
    fn pipe(&mut self, name: &str) {
        let path = self.file(name);
        fs::remove_file(&path).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        self.reseal = false;
    }

    /// Rewrites a tag file and makes the tag manifest agree with it.
    fn rewrite(&mut self, name: &str, change: impl FnOnce(&str) -> String) {
        self.change_text(name, change);
        self.seal_tags();
    }
}
