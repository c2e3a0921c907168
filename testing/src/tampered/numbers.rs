//! Numbers at the ends of their range, and texts that are not the one spelling.

use std::fs;

use candor::exchange::formats::bundle::UnreadableLine;
use candor::exchange::formats::text::Name;
use candor::field::Scalar;
use candor::field::ScalarHex;
use candor_documents::CoarseKind;

use super::{Attack, Mutation};

const INFO: &str = "data/bundle.json";

pub(super) const MUTATIONS: &[Mutation] = &[
    ("all counts at 2^64 - 1", 1, |a| {
        a.info(|info| {
            (info.documents, info.readable, info.batches) = (u64::MAX, u64::MAX, u64::MAX);
        });
    }),
    ("as many batches as there are numbers", 1, |a| a.info(|info| info.batches = u64::MAX)),
    ("as many readable documents as there are numbers", 1, |a| {
        a.info(|info| info.readable = u64::MAX);
    }),
    ("a count of 2^64", 1, |a| a.respell("readable", |_| "18446744073709551616".to_owned())),
    ("a negative count", 1, |a| a.respell("readable", |n| format!("-{n}"))),
    ("a count with a fraction", 1, |a| a.respell("readable", |n| format!("{n}.0"))),
    ("a count with an exponent", 1, |a| a.respell("readable", |n| format!("{n}e0"))),
    ("a count with a leading zero", 1, |a| a.respell("readable", |n| format!("0{n}"))),
    ("a count that is a text", 1, |a| a.respell("readable", |n| format!("\"{n}\""))),
    ("a count that is null", 1, |a| a.respell("readable", |_| "null".to_owned())),
    ("2^32 lanes", 1, |a| a.replace_info("\"lanes\": ", "\"lanes\": 4294967296")),
    ("a key in escapes", 1, |a| a.replace_info("\"lanes\"", "\"\\u006canes\"")),
    ("keys in another order", 1, |a| {
        a.change_text(INFO, |text| {
            let mut lines: Vec<_> = text.split_inclusive('\n').collect();
            let at = |key: &str| lines.iter().position(|line| line.contains(key)).unwrap();
            let (documents, readable) = (at("\"documents\""), at("\"readable\""));
            lines.swap(documents, readable);
            lines.concat()
        });
    }),
    ("a key missing", 1, |a| {
        a.change_text(INFO, |text| {
            text.split_inclusive('\n').filter(|line| !line.contains("\"readable\"")).collect()
        })
    }),
    ("lines that end with a carriage return", 1, |a| a.replace_info("\n", "\r\n")),
    ("a mark of byte order", 1, |a| a.replace_info("{\n", "\u{feff}{\n")),
    ("no final newline", 1, |a| a.replace_info("}\n", "}")),
    ("a second value", 1, |a| a.replace_info("}\n", "}\n{}\n")),
    ("upper-case digits of a digest", 1, |a| {
        let path = a.file("data/bundle.json");
        let text = fs::read_to_string(&path).unwrap();
        let (before, rest) = text.split_once("\"root\": \"").unwrap();
        let (root, after) = rest.split_at(64);
        let upper = root.to_ascii_uppercase();
        assert_ne!(root, upper);
        fs::write(path, format!("{before}\"root\": \"{upper}{after}")).unwrap();
    }),
    ("a root that is not below the modulus", 1, |a| {
        let path = a.file("data/bundle.json");
        let text = fs::read_to_string(&path).unwrap();
        let (before, rest) = text.split_once("\"root\": \"").unwrap();
        fs::write(path, format!("{before}\"root\": \"{}{}", "f".repeat(64), &rest[64..])).unwrap();
    }),
    ("text in another encoding", 1, |a| {
        let path = a.file("data/bundle.json");
        let text = fs::read_to_string(&path).unwrap();
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        fs::write(path, wide).unwrap();
    }),
    ("an opening of leaf 2^64 - 1", 1, |a| {
        a.openings(|openings| openings.last_mut().unwrap().leaf = u64::MAX);
    }),
    ("an opening of a file of 2^64 - 1 bytes", 1, |a| {
        a.change_opened_file(a.matching(), |file| file.bytes = u64::MAX);
    }),
    ("an opening of a file of 2^63 bytes", 1, |a| {
        a.change_opened_file(a.matching(), |file| file.bytes = 1 << 63);
    }),
    ("an unreadable of leaf 2^64 - 1", 1, |a| {
        a.unreadable_lines(|unreadable: &mut Vec<UnreadableLine>| unreadable[0].leaf = u64::MAX);
    }),
    ("a withheld leaf of 2^64 - 1", 1, |a| a.withhold(usize::MAX, "privilege/ac")),
    ("a payload of 2^64 - 1 bytes", 1, |a| {
        a.replace_oxum(|_, files| (u64::MAX.to_string(), files))
    }),
    ("a payload of 2^64 bytes", 1, |a| {
        a.replace_oxum(|_, files| ("18446744073709551616".to_owned(), files));
    }),
    ("a payload of 2^64 - 1 files", 1, |a| {
        a.replace_oxum(|bytes, _| (bytes, u64::MAX.to_string()));
    }),
    ("a payload's size with a leading zero", 1, |a| {
        a.replace_oxum(|bytes, files| (format!("0{bytes}"), files));
    }),
    ("a membership proof of two thousand siblings", 5, |a| {
        let many = vec![ScalarHex(Scalar::from(1)); 2000];
        a.change_opening(a.matching(), |opening| opening.membership = many);
    }),
    ("no membership proof", 5, |a| {
        a.change_opening(a.matching(), |opening| opening.membership.clear());
    }),
    ("two thousand view salts", 5, |a| {
        let many = vec![ScalarHex(Scalar::from(1)); 2000];
        a.change_opening(a.matching(), |opening| opening.view_salts = Some(many));
    }),
    ("a line that is longer than any", 1, |a| {
        let many = vec![ScalarHex(Scalar::from(1)); 9000];
        a.change_opening(a.matching(), |opening| opening.membership = many);
    }),
    ("a path of a hundred thousand bytes", 1, |a| {
        a.change_record(a.matching(), |record| {
            record.line.path = with_extension(&"a".repeat(100_000), &record.line.path);
        });
    }),
    ("a path that climbs out of the corpus", 1, |a| {
        a.change_record(a.matching(), |record| {
            record.line.path = with_extension("../../etc/passwd", &record.line.path);
        });
    }),
    ("a path from the root of the system", 1, |a| {
        a.change_record(a.matching(), |record| {
            record.line.path = with_extension("/etc/passwd", &record.line.path);
        });
    }),
    ("another path that the corpus could hold", 5, |a| {
        a.change_record(a.matching(), |record| {
            record.line.path = with_extension("..\\passwd", &record.line.path);
        });
    }),
    ("a withheld document with a reason that turns the text around", 1, |a| {
        let leaf = a.matching();
        a.drop_opening(leaf);
        a.withhold(leaf, "other/privileged\u{202e}on");
    }),
    ("a withheld document with a reason of a thousand characters", 1, |a| {
        let leaf = a.matching();
        a.drop_opening(leaf);
        a.withhold(leaf, &format!("other/{}", "x".repeat(1000)));
    }),
    ("an infinite scale in the request", 2, |a| a.replace_scale("7ff0000000000000")),
    ("a scale that is no number", 2, |a| a.replace_scale("7ff8000000000000")),
    ("a scale of minus zero", 2, |a| a.replace_scale("8000000000000000")),
    ("a scale below its low end", 2, |a| a.replace_scale("ffefffffffffffff")),
    ("the largest scale there is", 2, |a| a.replace_scale("7fefffffffffffff")),
    ("the smallest scale there is", 2, |a| a.replace_scale("0000000000000001")),
    ("a release scope that there is not", 2, |a| {
        a.change_request("\"release\": \"family\"", "\"release\": \"view\"");
    }),
    ("items released where families are asked for", 2, |a| {
        a.change_request("\"release\": \"family\"", "\"release\": \"item\"");
    }),
    ("kinds outside the view out of order", 2, |a| {
        a.request(|request| request.accept_outside = vec![CoarseKind::Other, CoarseKind::Text]);
    }),
    ("a kind outside the view twice", 2, |a| {
        a.request(|request| request.accept_outside = vec![CoarseKind::Text; 2]);
    }),
    ("another kind outside the view accepted", 2, |a| {
        a.request(|request| request.accept_outside.push(CoarseKind::Container));
    }),
    ("no class asked for", 2, |a| a.match_classes([])),
    ("a class beyond the last", 2, |a| a.match_classes([10])),
    ("the last class that a number can name", 2, |a| a.match_classes([u32::MAX])),
];

impl Attack<'_> {
    fn replace_info(&self, from: &str, to: &str) {
        self.change_text(INFO, |text| text.replace(from, to));
    }

    /// Spells a number of the description another way.
    fn respell(&self, key: &str, spell: impl FnOnce(&str) -> String) {
        self.change_text(INFO, |text| {
            let (before, rest) = text.split_once(&format!("\"{key}\": ")).unwrap();
            let (number, after) = rest.split_at(rest.find([',', '\n']).unwrap());
            format!("{before}\"{key}\": {}{after}", spell(number))
        });
    }

    fn replace_oxum(&mut self, change: impl FnOnce(String, String) -> (String, String)) {
        let path = self.file("bag-info.txt");
        let text = fs::read_to_string(&path).unwrap();
        let (before, oxum) = text.split_once("Oxum: ").unwrap();
        let (bytes, files) = oxum.trim_end().split_once('.').unwrap();
        let (bytes, files) = change(bytes.to_owned(), files.to_owned());
        fs::write(path, format!("{before}Oxum: {bytes}.{files}\n")).unwrap();
        self.seal_tags();
    }

    /// Replaces the upper end of the first range.
    fn replace_scale(&self, digits: &str) {
        let path = self.case.request().join("request.json");
        let text = fs::read_to_string(&path).unwrap();
        let (before, rest) = text.split_once("\"high\": \"").unwrap();
        fs::write(path, format!("{before}\"high\": \"{digits}{}", &rest[16..])).unwrap();
    }

    fn change_request(&self, from: &str, to: &str) {
        let path = self.case.request().join("request.json");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from));
        fs::write(path, text.replace(from, to)).unwrap();
    }

    fn match_classes<const N: usize>(&self, classes: [u32; N]) {
        use candor::model::predicate::Predicate;
        self.request(|request| {
            request.classifier_mut().unwrap().predicate = Predicate::match_class(classes)
        });
    }
}

/// Another path of the same extension: the released file keeps its name.
fn with_extension(stem: &str, path: &Name) -> Name {
    let extension = path.0.rsplit(|byte| *byte == b'.').next().unwrap();
    Name([stem.as_bytes(), b".", extension].concat())
}
