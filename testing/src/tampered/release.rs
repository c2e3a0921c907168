//! Matching documents not released as they were committed to: check 5.

use std::fs;

use candor::field::Scalar;
use candor::field::ScalarHex;

use super::Mutation;
use crate::files::sha256;

pub(super) const MUTATIONS: &[Mutation] = &[
    ("a released file changed by a byte", 5, |a| {
        let leaf = a.matching();
        a.change_file(leaf);
    }),
    ("a released file changed by a byte, its digest with it", 5, |a| {
        let leaf = a.matching();
        a.change_file(leaf);
        let bytes = fs::read(a.released_file(leaf)).unwrap();
        a.change_opened_file(leaf, |file| file.sha256 = sha256(&bytes));
    }),
    ("two released files exchanged", 5, |a| {
        let found = a.released();
        let names = [found[0], found[1]].map(|leaf| a.released_file(leaf));
        let [one, other] = names.each_ref().map(|name| fs::read(name).unwrap());
        fs::write(&names[0], &other).unwrap();
        fs::write(&names[1], &one).unwrap();
        a.change_opened_file(found[0], |file| file.bytes = other.len() as u64);
        a.change_opened_file(found[1], |file| file.bytes = one.len() as u64);
    }),
    ("a matching document not released", 5, |a| {
        let leaf = a.matching();
        a.drop_opening(leaf);
    }),
    ("no document released at all", 5, |a| {
        for leaf in a.with_status(1) {
            a.drop_opening(leaf);
        }
    }),
    ("a released document's path changed", 5, |a| {
        let leaf = a.matching();
        a.change_record(leaf, |record| record.line.path.0[0] ^= 1);
    }),
    ("a released document's salt changed", 5, |a| {
        let leaf = a.matching();
        a.change_opened_file(leaf, |file| file.salt = ScalarHex(Scalar::from(1)));
    }),
    ("the salt of a released document's record changed", 5, |a| {
        let leaf = a.matching();
        a.change_record(leaf, |record| record.salt = ScalarHex(Scalar::from(1)));
    }),
    ("a released document's date changed", 5, |a| {
        let leaf = a.matching();
        a.change_record(leaf, |record| record.line.date = None);
    }),
    ("the salt of a view that was not asked for changed", 5, |a| {
        let leaf = a.matching();
        a.change_opening(leaf, |opening| {
            opening.view_salts.as_mut().unwrap()[1] = ScalarHex(Scalar::from(1));
        });
    }),
    ("a view's salt not opened", 5, |a| {
        let leaf = a.matching();
        a.change_opening(leaf, |opening| opening.view_salts.as_mut().unwrap().truncate(1));
    }),
    ("a membership proof changed", 5, |a| {
        let leaf = a.matching();
        a.change_opening(leaf, |opening| opening.membership[2] = ScalarHex(Scalar::from(1)));
    }),
    ("a membership proof lengthened", 5, |a| {
        let leaf = a.matching();
        a.change_opening(leaf, |opening| opening.membership.push(ScalarHex(Scalar::from(1))));
    }),
    ("a document both released and withheld", 5, |a| {
        let leaf = a.matching();
        a.withhold(leaf, "privilege/ac");
    }),
    ("a document withheld that does not match", 5, |a| {
        let leaf = a.unmatched();
        a.withhold(leaf, "privilege/ac");
    }),
    ("a document withheld on a basis that the request does not allow", 5, |a| {
        let leaf = a.matching();
        a.close_file(leaf);
        a.withhold(leaf, "chance-match");
    }),
    ("a document withheld for what it does not carry", 5, |a| {
        let leaf = a.matching();
        a.close_file(leaf);
        a.withhold(leaf, &format!("carries/{}", a.unmatched()));
    }),
    ("a redacted copy of a released document", 5, |a| {
        let leaf = a.matching();
        a.substitute(leaf, b"redacted");
    }),
    ("a redacted copy of a document that does not match", 5, |a| {
        let leaf = a.unmatched();
        a.substitute(leaf, b"redacted");
    }),
    ("a redacted copy that the list of withheld documents does not tell", 5, |a| {
        let leaf = a.withhold_match();
        a.substitute(leaf, b"redacted");
    }),
    ("a redacted copy that is only promised", 5, |a| {
        let leaf = a.redact_match();
        a.substitutes(Vec::clear);
        fs::remove_file(a.file(format!("data/substitutes/{leaf:08}.txt"))).unwrap();
    }),
];
