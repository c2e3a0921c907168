//! Fates of the members of one family: a mail (0) with a mail in it (1), which has a
//! text (2), and with a picture (3); and of two loose files.

use candor_documents::{Inherited, Record};

use super::*;
use crate::corpus::commitment::Header;
use crate::corpus::leaf::FamilyPlace;
use crate::field::Scalar;

const MAIL: u64 = 0;
const INNER: u64 = 1;
const TEXT: u64 = 2;
const PICTURE: u64 = 3;
const LOOSE: u64 = 4;
const OTHER: u64 = 5;

fn of(subject: &str) -> Option<Inherited> {
    Some(Inherited { subject: Some(subject.to_owned()), ..Inherited::default() })
}

fn store() -> Store {
    let entry = |name: &str, family: u64, ordinal, count, parent, inherited| Entry {
        item: None,
        sha256: [0; 32],
        byte_length: 0,
        salt: Scalar::from(0),
        record: Record { parent, inherited, ..Record::of_file(name.as_bytes().to_vec()) },
        record_salt: Scalar::from(0),
        family: FamilyPlace { id: Scalar::from(family), ordinal, count },
        family_salt: Scalar::from(0),
        views: Vec::new(),
    };
    Store {
        header: Header::new(&["image/gray-1x1".parse().unwrap()]).unwrap(),
        root: Scalar::from(0),
        entries: vec![
            entry("mail", 1, 0, 4, None, None),
            entry("mail/inner", 1, 1, 4, Some(0), of("outer")),
            entry("mail/inner/text", 1, 2, 4, Some(1), of("inner")),
            entry("mail/picture", 1, 3, 4, Some(0), of("outer")),
            entry("loose", 2, 0, 1, None, None),
            entry("other", 3, 0, 1, None, None),
        ],
    }
}

fn privileged() -> Said {
    Said::of("privilege/ac".parse().unwrap())
}

/// The fates if these leaves match, `OTHER` cannot be read, and these are listed.
fn fates(scope: Release, matching: &[u64], listed: &[u64]) -> Result<Fates, ExchangeError> {
    fates_of(&store(), scope, matching, listed, &[])
}

fn fates_of(
    store: &Store,
    scope: Release,
    matching: &[u64],
    listed: &[u64],
    settled: &[u64],
) -> Result<Fates, ExchangeError> {
    let status = |leaf: u64| match leaf {
        _ if matching.contains(&leaf) => Status::Matched,
        OTHER => Status::Unreadable,
        PICTURE => Status::Outside,
        _ => Status::Unmatched,
    };
    let statuses: Vec<Status> = (0..6).map(status).collect();
    let own = listed.iter().map(|leaf| (*leaf, privileged())).collect();
    let withheld = Withholding { own, ..Withholding::default() };
    let (statuses, withheld) = (&statuses, &withheld);
    let bases = &settled.iter().map(|leaf| (*leaf, ByProgram::Settled)).collect();
    Rules { store, statuses, scope, withheld, bases, release_unreadable: true }.fates()
}

/// A letter for each leaf: closed, released, with its family; withheld, with its family.
fn letters(fates: &Fates) -> String {
    let letter = |fate: &Fate| match fate {
        Fate::Closed => '.',
        Fate::Settled { .. } => 's',
        Fate::Released { family: false } => 'r',
        Fate::Released { family: true } => 'R',
        Fate::Withheld { family: false, .. } => 'w',
        Fate::Withheld { family: true, .. } => 'W',
    };
    fates.of.iter().map(letter).collect()
}

fn reason(fates: &Fates, leaf: u64) -> String {
    match &fates.of[leaf as usize] {
        Fate::Withheld { said, .. } => said.bases.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_match_brings_its_family() {
    let found = fates(Release::Family, &[TEXT], &[]).unwrap();
    assert_eq!(letters(&found), "RRRR.r");
    assert_eq!(found.told, Told::default());
    assert_eq!(letters(&fates(Release::Family, &[LOOSE], &[]).unwrap()), "....Rr");
    assert_eq!(letters(&fates(Release::Item, &[TEXT, LOOSE], &[]).unwrap()), "..r.rr");
}

#[test]
fn what_holds_a_withheld_item_is_kept_back_with_it() {
    for scope in [Release::Family, Release::Item] {
        let found = fates(scope, &[MAIL, INNER], &[TEXT]).unwrap();
        let expected = if scope == Release::Family { "WWWR.r" } else { "WWW..r" };
        assert_eq!(letters(&found), expected);
        assert_eq!(reason(&found, MAIL), "carries/2");
        assert_eq!(reason(&found, INNER), "carries/2");
        assert_eq!(reason(&found, TEXT), "privilege/ac");
        let names = |kept: &(Name, Name)| format!("{} {}", kept.0, kept.1);
        let kept: Vec<String> = found.told.kept_back.iter().map(names).collect();
        assert_eq!(kept, ["mail mail/inner/text", "mail/inner mail/inner/text"]);
    }
    // Nothing tells of a withheld item that nothing released would carry.
    let found = fates(Release::Item, &[LOOSE], &[TEXT]).unwrap();
    assert_eq!((letters(&found).as_str(), found.told), ("....rr", Told::default()));
    let found = fates(Release::Item, &[TEXT], &[TEXT]).unwrap();
    assert_eq!(letters(&found), "..w..r");
}

#[test]
fn headers_that_go_out_without_their_mail_are_told() {
    let found = fates(Release::Item, &[TEXT], &[]).unwrap();
    assert_eq!(found.told.undisclosed_parents, [Name(b"mail/inner".to_vec())]);
    // The picture stands in the outer mail, which is kept back for the text.
    let found = fates(Release::Item, &[MAIL, PICTURE], &[TEXT]).unwrap();
    assert_eq!(letters(&found), "W.Wr.r");
    assert_eq!(found.told.undisclosed_parents, [Name(b"mail".to_vec())]);
    let found = fates(Release::Family, &[TEXT], &[MAIL]).unwrap();
    assert_eq!(letters(&found), "WRRR.r");
    assert_eq!(found.told.undisclosed_parents, [Name(b"mail".to_vec())]);
}

#[test]
fn an_item_is_not_released_alone_while_its_mail_is_withheld() {
    let refused = fates(Release::Item, &[TEXT], &[INNER]).unwrap_err().to_string();
    assert!(refused.contains("mail/inner/text: it has inherited"), "{refused}");
    assert!(refused.contains("of mail/inner, which is withheld"), "{refused}");
    // Its headers are those of the inner mail.
    assert_eq!(letters(&fates(Release::Item, &[TEXT], &[MAIL]).unwrap()), "..r..r");
    assert_eq!(letters(&fates(Release::Item, &[TEXT], &[INNER, TEXT]).unwrap()), "..w..r");
}

#[test]
fn a_container_is_kept_back_for_the_entries_it_holds() {
    let mut store = store();
    store.entries[LOOSE as usize].record.container = Some(Name(b"other".to_vec()));
    let found = fates_of(&store, Release::Family, &[], &[LOOSE], &[]).unwrap();
    assert_eq!(letters(&found), "......");
    assert_eq!(found.told.kept_back, [(Name(b"other".to_vec()), Name(b"loose".to_vec()))]);
    assert_eq!(letters(&fates_of(&store, Release::Family, &[], &[], &[]).unwrap()), ".....r");
    let refused = fates_of(&store, Release::Item, &[OTHER], &[LOOSE], &[]).unwrap_err().to_string();
    assert!(refused.contains("other: it holds loose, which is withheld"), "{refused}");
}

const SETTLED: Fate = Fate::Settled { basis: ByProgram::Settled };

#[test]
fn what_the_text_settles_obliges_no_family() {
    let settled = |scope, matching: &[u64], listed: &[u64], settled: &[u64]| {
        fates_of(&store(), scope, matching, listed, settled).map(|fates| fates.of)
    };
    for scope in [Release::Item, Release::Family] {
        let of = settled(scope, &[TEXT, LOOSE], &[], &[TEXT, LOOSE]).unwrap();
        let closed = [MAIL, INNER, PICTURE].map(|leaf| of[leaf as usize] == Fate::Closed);
        assert_eq!(closed, [true; 3], "{of:?}");
        assert_eq!([&of[TEXT as usize], &of[LOOSE as usize]], [&SETTLED; 2]);
    }
    // Where another member obliges the family, it goes with it.
    let of = settled(Release::Family, &[TEXT, MAIL], &[], &[TEXT]).unwrap();
    assert!(of[..4].iter().all(|fate| *fate == Fate::Released { family: true }), "{of:?}");
    let of = settled(Release::Item, &[TEXT, MAIL], &[], &[TEXT]).unwrap();
    assert_eq!(of[..3], [Fate::Released { family: false }, Fate::Closed, SETTLED]);
    // What is listed, or holds what is, is not shown to the judge.
    let of = settled(Release::Family, &[LOOSE], &[LOOSE], &[LOOSE]).unwrap();
    assert_eq!(of[LOOSE as usize], withheld(privileged(), true));
    let of = settled(Release::Item, &[INNER], &[TEXT], &[INNER]).unwrap();
    assert_eq!(of[INNER as usize], withheld(Said::of(Basis::Carries(TEXT)), true));
    // Nor are the headers of a listed mail, whatever is released.
    for scope in [Release::Item, Release::Family] {
        let refused = settled(scope, &[TEXT], &[INNER], &[TEXT]).unwrap_err().to_string();
        assert!(refused.contains("it has inherited"), "{refused}");
    }
    // What does not match is nothing that could be settled.
    assert_eq!(settled(Release::Item, &[], &[], &[LOOSE]).unwrap()[LOOSE as usize], Fate::Closed);
}
