//! Whatever another party wrote is read as it is, or refused; nothing stops the program.

use candor::exchange::formats::text::Sha256Hex;
use candor_lot::draw::leaves_sha256;
use candor_lot::formats::{
    Artefact, Drawing, Drawn, Families, Filed, Lot, MissingLeaf, Opened, Seal, Void,
};
use candor_lot::signature::{AllowedSigners, Namespace};

const DIGEST: Sha256Hex = Sha256Hex([7; 32]);

fn lot() -> Lot {
    let strata = ["disclosed=all", "withheld:privilege/ac=5", "nonmatching=500,1500"];
    Lot {
        format: Lot::FORMAT.to_owned(),
        root: "07".repeat(32).parse().unwrap(),
        request: Some(DIGEST),
        number: 2,
        previous: Some(DIGEST),
        nonce_sha256: DIGEST,
        recipient: age::x25519::Identity::generate().to_public().into(),
        strata: strata.map(|text| text.parse().unwrap()).to_vec(),
        families: Families::Whole,
        excuse: vec!["foia/b5".into(), "privilege/ac".into()],
        error: "0.05".parse().unwrap(),
    }
}

/// Each byte replaced, each beginning, each byte twice: what is read is what would be
/// written.
fn survives<T: Artefact>(value: T) {
    let whole = Filed::of(value).bytes;
    let mut read = 0;
    let mut try_bytes = |bytes: Vec<u8>| {
        if let Ok(filed) = Filed::<T>::parse(bytes.clone()) {
            assert_eq!(Filed::of(filed.value).bytes, bytes);
            read += 1;
        }
    };
    for at in 0..whole.len() {
        for byte in [0, b'0', b'9', b'a', b'"', b'\\', b'[', b'{', 0x80, 0xff] {
            let mut changed = whole.clone();
            changed[at] = byte;
            try_bytes(changed);
        }
        try_bytes(whole[..at].to_vec());
        let mut twice = whole.clone();
        twice.insert(at, whole[at]);
        try_bytes(twice);
    }
    assert!(read > 0, "digits may change");
}

#[test]
fn files_of_a_lot_are_read_in_one_spelling_or_refused() {
    survives(lot());
    let (root, request) = ("07".repeat(32).parse().unwrap(), Some(DIGEST));
    let format = Seal::FORMAT.to_owned();
    survives(Seal { format, lot: DIGEST, root, request, bundle: Some(DIGEST), salt: DIGEST });
    let drawn = Drawn {
        population: "nonmatching".parse().unwrap(),
        size: 5,
        leaves_sha256: leaves_sha256(&[1, 3, 5, 7, 9]),
        drawn: vec![9, 3, 5],
    };
    survives(Drawing {
        format: Drawing::FORMAT.to_owned(),
        lot: DIGEST,
        seal: DIGEST,
        nonce: DIGEST,
        strata: vec![drawn],
    });
    let reason = "withdrawn – “twice”".to_owned();
    survives(Void { format: Void::FORMAT.to_owned(), lot: DIGEST, nonce: Some(DIGEST), reason });
    let missing = MissingLeaf { leaf: 3, basis: "privilege/ac".into(), reason: "advice".into() };
    survives(Opened {
        format: Opened::FORMAT.to_owned(),
        drawing: DIGEST,
        manifest: DIGEST,
        drawn: 3,
        opened: 2,
        missing: vec![missing],
    });
}

#[test]
fn large_numbers_and_deep_nesting_are_refused() {
    let text = String::from_utf8(Filed::of(lot()).bytes).unwrap();
    for (from, to) in [
        ("\"number\": 2", "\"number\": 18446744073709551616".to_owned()),
        ("\"number\": 2", "\"number\": -1".to_owned()),
        ("\"number\": 2", "\"number\": 2.0".to_owned()),
        ("\"number\": 2", format!("\"number\": {}", "[".repeat(100_000))),
        ("withheld:privilege", format!("withheld:{}", "=".repeat(100_000))),
        ("\"foia/b5\"", format!("\"{}\"", "x".repeat(100_000))),
    ] {
        assert!(text.contains(from), "{from}");
        assert!(Filed::<Lot>::parse(text.replacen(from, &to, 1).into_bytes()).is_err(), "{from}");
    }
}

#[test]
fn any_text_may_stand_in_allowed_signers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signers");
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA6LN0cXna40ygfGod44S+x1/lXNm7Yi4iZ4KHNiRfBI";
    let whole =
        format!("\"a@x,*@y\" namespaces=\"candor-lot@1,git\" {key} c\r\n# end\n\nb@x {key}\n");
    let mut found = 0;
    for at in 0..whole.len() {
        for byte in [b' ', b'"', b',', b'=', b'!', b'*', b'\\', b'\n', 0] {
            let mut changed = whole.clone().into_bytes();
            changed[at] = byte;
            std::fs::write(&path, changed).unwrap();
            let signers = AllowedSigners::read(&path).unwrap();
            for name in ["a@x", "z@y", "b@x", ""] {
                found += usize::from(signers.keys_of(name, Namespace::Lot).is_ok());
            }
        }
    }
    assert!(found > 1000, "{found}");
    std::fs::write(&path, b"\xff").unwrap();
    assert!(AllowedSigners::read(&path).is_err());
}
