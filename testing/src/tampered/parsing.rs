//! Files that are not what the format says: check 1.

use std::fs;

use candor::exchange::formats::bundle::{Basis, LogEntry};

use super::Mutation;
use crate::attack::append;
use crate::files::sample;

pub(super) const MUTATIONS: &[Mutation] = &[
    ("the last leaf left out without a word", 1, |a| {
        a.records(|records| drop(records.pop()));
    }),
    // The caps of the first check rest on the committed number.
    ("a leaf twice", 1, |a| {
        let leaf = a.unmatched();
        a.records(|records| records.push(records[leaf].clone()));
        a.info(|info| {
            info.documents += 1;
            info.readable += 1;
        });
    }),
    ("a digest that is not below the modulus", 1, |a| {
        let leaf = a.unmatched();
        a.records(|records| records[leaf][96..128].fill(0xff));
    }),
    ("a status byte of 4", 1, |a| {
        let leaf = a.unmatched();
        a.set_status(leaf, 4);
    }),
    ("a document withheld without a reason", 1, |a| {
        let leaf = a.matching();
        a.drop_opening(leaf);
        a.withhold(leaf, "");
    }),
    ("a document withheld with a reason that rings the bell", 1, |a| {
        let leaf = a.matching();
        a.drop_opening(leaf);
        a.withhold(leaf, "other/\u{7}");
    }),
    ("a document withheld on a basis that is misspelled", 1, |a| {
        let leaf = a.matching();
        a.close_file(leaf);
        a.withhold(leaf, "privelege/ac");
    }),
    ("a document withheld on one basis twice", 1, |a| {
        let leaf = a.matching();
        a.close_file(leaf);
        a.withheld_line(leaf, "[\"foia/b5\",\"foia/b5\"]", "null");
    }),
    ("a document withheld by the program and on another basis", 1, |a| {
        let leaf = a.matching();
        a.close_file(leaf);
        a.withheld_line(leaf, "[\"foia/b5\",\"chance-match\"]", "null");
    }),
    ("an entry of the log that says nothing", 1, |a| {
        let leaf = a.matching();
        a.close_file(leaf);
        let log = serde_json::to_string(&LogEntry::default()).unwrap();
        a.withheld_line(leaf, "[\"foia/b5\"]", &log);
    }),
    ("a withheld document listed twice", 1, |a| {
        let leaf = a.withhold_match();
        a.withhold(leaf, "privilege/wp");
    }),
    ("a redacted copy of another length", 1, |a| {
        a.redact_match();
        a.substitutes(|lines| lines[0].bytes += 1);
    }),
    ("a redacted copy with another digest", 1, |a| {
        a.redact_match();
        a.substitutes(|lines| lines[0].sha256.0[0] ^= 1);
    }),
    ("a redacted copy under another name", 1, |a| {
        a.redact_match();
        a.substitutes(|lines| lines[0].extension = "pdf".to_owned());
    }),
    ("a redacted copy with an extension that climbs", 1, |a| {
        a.redact_match();
        a.substitutes(|lines| lines[0].extension = "../x".to_owned());
    }),
    ("a redacted copy missing", 1, |a| {
        let leaf = a.redact_match();
        fs::remove_file(a.file(format!("data/substitutes/{leaf:08}.txt"))).unwrap();
    }),
    ("a redacted copy that no line lists", 1, |a| {
        a.redact_match();
        fs::write(a.file("data/substitutes/00009999.txt"), b"x").unwrap();
    }),
    ("a redacted copy where none is listed", 1, |a| {
        fs::create_dir(a.file("data/substitutes")).unwrap();
        fs::write(a.file("data/substitutes/00009999.txt"), b"x").unwrap();
    }),
    ("a redacted copy listed twice", 1, |a| {
        a.redact_match();
        a.substitutes(|lines| lines.push(lines[0].clone()));
    }),
    ("a redacted copy of what the program withholds", 1, |a| {
        a.redact_match();
        a.substitutes(|lines| lines[0].basis = "settled".parse::<Basis>().unwrap().into());
    }),
    ("as many documents as there are numbers", 1, |a| a.info(|info| info.documents = u64::MAX)),
    ("a proof missing", 1, |a| fs::remove_file(a.proof(1)).unwrap()),
    ("a proof too many", 1, |a| {
        fs::copy(a.proof(0), a.file("data/proofs/00000003.proof")).unwrap();
    }),
    ("a released file missing", 1, |a| {
        fs::remove_file(a.released_file(a.matching())).unwrap();
    }),
    ("a released file that nothing opens", 1, |a| {
        fs::write(a.file("data/released/00009999.png"), b"x").unwrap();
    }),
    ("a released file under another name", 1, |a| {
        let name = a.released_file(a.matching());
        fs::rename(&name, name.with_extension("PNG")).unwrap();
    }),
    ("an unknown file", 1, |a| fs::write(a.file("data/notes.txt"), b"x").unwrap()),
    ("a vocabulary that no view is of", 1, |a| {
        fs::copy(sample().join("mail_transformer.vocabulary"), a.file("data/wordpiece.vocabulary"))
            .unwrap();
    }),
    ("an unknown file beside the manifests", 1, |a| {
        fs::write(a.file("fetch.txt"), b"x").unwrap();
    }),
    ("an unknown folder", 1, |a| fs::create_dir(a.file("data/extra")).unwrap()),
    ("the leaves missing", 1, |a| fs::remove_file(a.file("data/leaves.bin")).unwrap()),
    ("a byte appended to the leaves", 1, |a| append(&a.file("data/leaves.bin"))),
    ("a line appended to the openings", 1, |a| append(&a.file("data/openings.jsonl"))),
    ("openings out of order", 1, |a| a.openings(|openings| openings.reverse())),
    ("an opening twice", 1, |a| a.openings(|openings| openings.push(openings[0].clone()))),
    ("an opening of a file without its record", 1, |a| {
        a.change_opening(a.matching(), |opening| opening.record = None);
    }),
    ("an opening of nothing", 1, |a| {
        let leaf = a.matching();
        a.close_file(leaf);
        a.change_opening(leaf, |opening| opening.family = None);
    }),
    ("an opening of a place beyond its family", 1, |a| {
        a.change_opening(a.matching(), |opening| opening.family.as_mut().unwrap().ordinal = 1);
    }),
    ("a kind that there is not", 1, |a| {
        a.change_text("data/outside.jsonl", |text| text.replace("\"text\"", "\"words\""));
    }),
    ("a document withheld for carrying no leaf", 1, |a| {
        let leaf = a.matching();
        a.close_file(leaf);
        a.withhold(leaf, "carries/01");
    }),
    ("an opening beyond the last leaf", 1, |a| {
        a.openings(|openings| openings.last_mut().unwrap().leaf = 1 << 40);
    }),
    ("an opening with a space too many", 1, |a| {
        let path = a.file("data/openings.jsonl");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.replacen("\":", "\": ", 1)).unwrap();
    }),
    ("a key twice", 1, |a| {
        let path = a.file("data/bundle.json");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.replacen('{', "{\n  \"lanes\": 1,", 1)).unwrap();
    }),
    ("deep nesting", 1, |a| {
        let text = "[".repeat(4000);
        fs::write(a.file("data/bundle.json"), text).unwrap();
    }),
    ("a description of a megabyte", 1, |a| {
        fs::write(a.file("data/bundle.json"), " ".repeat(1 << 20)).unwrap();
    }),
    ("another format", 1, |a| a.info(|info| info.format = "candor bundle 2".into())),
    ("a manifest that is not that of the files", 1, |a| {
        let leaf = a.matching();
        a.change_file(leaf);
        a.reseal = false;
    }),
    ("a tag manifest that is not that of the manifest", 1, |a| {
        append(&a.file("tagmanifest-sha256.txt"));
        a.reseal = false;
    }),
    ("a manifest with an absolute path", 1, |a| {
        let path = a.file("manifest-sha256.txt");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.replace("data/leaves.bin", "/etc/passwd")).unwrap();
        a.reseal = false;
    }),
    ("a manifest with a line too many", 1, |a| {
        let path = a.file("manifest-sha256.txt");
        let mut text = fs::read_to_string(&path).unwrap();
        text.push_str(&format!("{}  data/../../secret\n", "0".repeat(64)));
        fs::write(path, text).unwrap();
        a.reseal = false;
    }),
    ("another payload size", 1, |a| {
        let path = a.file("bag-info.txt");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.replace("Oxum: ", "Oxum: 1")).unwrap();
        a.reseal = false;
    }),
    #[cfg(unix)]
    ("a released file that is a link", 1, |a| {
        let path = a.released_file(a.matching());
        let target = a.case.path("elsewhere");
        fs::rename(&path, &target).unwrap();
        std::os::unix::fs::symlink(target, path).unwrap();
        a.reseal = false;
    }),
    #[cfg(unix)]
    ("a folder that is a link", 1, |a| {
        let path = a.file("data/proofs");
        let target = a.case.path("elsewhere");
        fs::rename(&path, &target).unwrap();
        std::os::unix::fs::symlink(target, path).unwrap();
        a.reseal = false;
    }),
    #[cfg(unix)]
    ("the payload folder is a link", 1, |a| {
        let path = a.file("data");
        let target = a.case.path("elsewhere");
        fs::rename(&path, &target).unwrap();
        std::os::unix::fs::symlink(target, path).unwrap();
        a.reseal = false;
    }),
];
