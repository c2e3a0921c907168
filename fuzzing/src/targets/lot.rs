//! The files of a lot, and who signed them.
//!
//! The first byte says what the others are: one of five files, a list of keys, or a
//! signature.

use candor_lot::formats::{Artefact, Drawing, Filed, Lot, Opened, Seal, Void};
use candor_lot::signature::{AllowedSigners, Namespace, verify};

use super::split;

/// What was signed.
const SIGNED: &[u8] = b"{}\n";
/// By whom, as `allowed_signers` has it.
const SIGNERS: &str = "judge@court.example,*@clerk.example namespaces=\"candor-lot@1\" \
                       ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIID1InhZQOpC5AzHmPvsSDtjIpFd1x4eehnLKKJv1EPe\n";
/// How, by `ssh-keygen -Y sign`.
const SIGNATURE: &str = "-----BEGIN SSH SIGNATURE-----\n\
             U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAggPUieFlA6kLkDMeY++xIO2MikV\n\
             3XHh56Gcsoom/UQ94AAAAMY2FuZG9yLWxvdEAxAAAAAAAAAAZzaGE1MTIAAABTAAAAC3Nz\n\
             aC1lZDI1NTE5AAAAQNe0AaLAYS1MHRL+duar9GoBp6NBUod7X7x+MmPm3RflkfWWGkDD5v\n\
             gKV/Oz0rYfQZzcJIe0ZYP+2H1iRDPfPwU=\n\
             -----END SSH SIGNATURE-----\n\
             ";

pub(crate) fn lot(data: &[u8]) {
    let (kind, bytes) = split(data);
    match kind % 7 {
        0 => read::<Lot>(bytes),
        1 => read::<Seal>(bytes),
        2 => read::<Drawing>(bytes),
        3 => read::<Void>(bytes),
        4 => read::<Opened>(bytes),
        5 => {
            let Ok(signers) = AllowedSigners::parse("signers".as_ref(), bytes.to_vec()) else {
                return;
            };
            for name in ["judge@court.example", "a@clerk.example", ""] {
                let found = signers.keys_of(name, Namespace::Lot);
                assert!(found.is_err() || !found.is_ok_and(|keys| keys.is_empty()));
            }
        }
        _ => {
            let signers = AllowedSigners::parse("signers".as_ref(), SIGNERS.into());
            let keys = signers.and_then(|s| s.keys_of("judge@court.example", Namespace::Lot));
            let keys = keys.expect("a key");
            let found = verify(bytes, SIGNED, Namespace::Lot, &keys);
            let honest = SIGNATURE.as_bytes();
            assert!(found.is_err() || plain(bytes) == plain(honest));
            assert!(found.is_ok() || bytes != honest);
        }
    }
}

/// What is read is what would be written.
fn read<T: Artefact>(bytes: &[u8]) {
    if let Ok(filed) = Filed::<T>::parse(bytes.to_vec()) {
        assert_eq!(Filed::of(filed.value).bytes, bytes);
    }
}

/// Without white space, of which there may be more or less.
fn plain(text: &[u8]) -> Vec<u8> {
    text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect()
}

/// One of each.
pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let digest = "07".repeat(32);
    let strata = "\"strata\": [\n    {\n      \"population\": \"nonmatching\",\n      ";
    let recipient = "age1ft5zhvjm86hffevvuhxmnfhfqutgcjzcr8gkknzlsfyfwpwdugkseg2ssh";
    let texts = [
        format!(
            "{{\n  \"format\": \"candor lot 1\",\n  \"root\": \"{digest}\",\n  \"request\": \
             \"{digest}\",\n  \"number\": 2,\n  \"previous\": \"{digest}\",\n  \
             \"nonce_sha256\": \"{digest}\",\n  \"recipient\": \"{recipient}\",\n  \
             {strata}\"sample\": [\n        500,\n        1500\n      ]\n    }}\n  ],\n  \
             \"families\": \"top\",\n  \"excuse\": [\n    \"privilege/ac\"\n  ],\n  \
             \"error\": \"0.05\"\n}}\n"
        ),
        format!(
            "{{\n  \"format\": \"candor seal 1\",\n  \"lot\": \"{digest}\",\n  \"root\": \
             \"{digest}\",\n  \"request\": \"{digest}\",\n  \"bundle\": \"{digest}\",\n  \
             \"salt\": \"{digest}\"\n}}\n"
        ),
        format!(
            "{{\n  \"format\": \"candor drawing 1\",\n  \"lot\": \"{digest}\",\n  \"seal\": \
             \"{digest}\",\n  \"nonce\": \"{digest}\",\n  {strata}\"size\": 5,\n      \
             \"leaves_sha256\": \"{digest}\",\n      \"drawn\": [\n        9,\n        3\n      \
             ]\n    }}\n  ]\n}}\n"
        ),
        format!(
            "{{\n  \"format\": \"candor void 1\",\n  \"lot\": \"{digest}\",\n  \"nonce\": \
             null,\n  \"reason\": \"withdrawn\"\n}}\n"
        ),
        format!(
            "{{\n  \"format\": \"candor opened 1\",\n  \"drawing\": \"{digest}\",\n  \
             \"manifest\": \"{digest}\",\n  \"drawn\": 3,\n  \"opened\": 2,\n  \"missing\": \
             [\n    {{\n      \"leaf\": 7,\n      \"basis\": \"privilege/ac\",\n      \
             \"reason\": \"advice\"\n    }}\n  ]\n}}\n"
        ),
        SIGNERS.to_owned(),
        SIGNATURE.to_owned(),
    ];
    let seeds = (0_u8..).zip(texts).map(|(kind, text)| [&[kind], text.as_bytes()].concat());
    seeds.collect()
}

#[test]
fn seeds_are_read() {
    let seeds = seeds();
    assert!(Filed::<Lot>::parse(seeds[0][1..].to_vec()).is_ok());
    assert!(Filed::<Seal>::parse(seeds[1][1..].to_vec()).is_ok());
    assert!(Filed::<Drawing>::parse(seeds[2][1..].to_vec()).is_ok());
    assert!(Filed::<Void>::parse(seeds[3][1..].to_vec()).is_ok());
    assert!(Filed::<Opened>::parse(seeds[4][1..].to_vec()).is_ok());
}
