//! Who wrote a file: SSH signatures, as `ssh-keygen -Y sign` makes them and
//! `ssh-keygen -Y verify` checks them.
//!
//! * [`allowed`]: the keys of a principal, from an `allowed_signers` file
//! * [`sign`](mod@sign): a signature with a key of one's own
//!
//! A signature stands beside its file, under the file's name with `.sig`. It is of the
//! file's bytes, in a namespace that says what the file is, so that no signature serves
//! for another kind of file. Ed25519, ECDSA on P-256 and RSA from 2,048 bits on are
//! accepted.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

pub mod allowed;
pub mod sign;

use std::path::Path;

use candor::exchange::ExchangeError;
use candor::exchange::formats::text::Sha256Hex;
use candor::files::read_capped;
use serde::Serialize;
use ssh_key::public::KeyData;
use ssh_key::{EcdsaCurve, HashAlg, LineEnding, PublicKey, SshSig};

pub use allowed::AllowedSigners;
pub use sign::{SigningKey, how_to_sign};

use crate::formats::Filed;
use crate::formats::filed::signature_of;

/// Longest signature file.
const MAX_SIGNATURE_BYTES: u64 = 1 << 14;
/// Bits of the shortest RSA key.
const MIN_RSA_BITS: u32 = 2048;

/// What a signature says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    /// The judge's lot.
    Lot,
    /// The responder's seal.
    Seal,
    /// The responder's statement about what it opened.
    Opened,
}

impl Namespace {
    /// Its name, for `ssh-keygen -n`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lot => "candor-lot@1",
            Self::Seal => "candor-seal@1",
            Self::Opened => "candor-opened@1",
        }
    }
}

/// Whose signature is accepted.
#[derive(Clone, Copy, Debug)]
pub struct Principal<'a> {
    /// The name, as `ssh-keygen -I` has it.
    pub name: &'a str,
    /// The file that says which keys are this principal's.
    pub allowed_signers: &'a Path,
}

/// How it is known who wrote a file.
#[derive(Clone, Copy, Debug)]
pub enum Authority<'a> {
    /// This principal signed it.
    Signed(Principal<'a>),
    /// Its digest was given by hand, as it was read out, faxed or filed.
    Digest(Sha256Hex),
}

impl Authority<'_> {
    /// Checks that the file is by whom it should be. Gives who signed it.
    ///
    /// # Errors
    /// [`ExchangeError::Mismatch`] if it is not; as [`check`].
    pub fn check<T>(
        &self,
        path: &Path,
        file: &Filed<T>,
        namespace: Namespace,
    ) -> Result<Option<Signed>, ExchangeError> {
        match self {
            Self::Signed(principal) => check(path, &file.bytes, namespace, *principal).map(Some),
            Self::Digest(digest) if *digest == file.digest => Ok(None),
            Self::Digest(digest) => {
                let expected = format!("the file with digest {digest}");
                Err(ExchangeError::mismatch(path.display(), expected, file.digest))
            }
        }
    }
}

/// Who signed a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Signed {
    /// The principal.
    pub by: String,
    /// The key's fingerprint, as `ssh-keygen -l` shows it.
    pub key: String,
    /// The signature as it was checked.
    #[serde(skip)]
    pub signature: Vec<u8>,
}

/// Checks the signature that stands beside a file, of the bytes that were read from it.
///
/// # Errors
/// [`ExchangeError::Mismatch`] if the signature is not one of these bytes by a key of the
/// principal in the namespace; another error if there is none, or if no key is known.
pub fn check(
    path: &Path,
    bytes: &[u8],
    namespace: Namespace,
    principal: Principal<'_>,
) -> Result<Signed, ExchangeError> {
    let keys = AllowedSigners::read(principal.allowed_signers)?;
    let keys = keys.keys_of(principal.name, namespace)?;
    let at = signature_of(path);
    if !at.is_file() {
        let problem = format!("has no signature beside it, {}", at.display());
        let advice = "get the signature from whoever wrote the file, and put it there";
        return Err(ExchangeError::file(path, problem, advice));
    }
    let pem = read_capped(&at, MAX_SIGNATURE_BYTES)?;
    let expected = format!("a signature of {} by {}", namespace.name(), principal.name);
    let signer = verify(&pem, bytes, namespace, &keys)
        .map_err(|problem| ExchangeError::mismatch(at.display(), expected, problem))?;
    let key = signer.fingerprint(HashAlg::Sha256).to_string();
    Ok(Signed { by: principal.name.to_owned(), key, signature: pem })
}

/// The one of `keys` that made the signature, the text of which is `pem`.
///
/// # Errors
/// What it is instead.
pub fn verify<'a>(
    pem: &[u8],
    bytes: &[u8],
    namespace: Namespace,
    keys: &'a [PublicKey],
) -> Result<&'a PublicKey, String> {
    let signature = SshSig::from_pem(pem).map_err(|error| format!("no signature: {error}"))?;
    // The parser accepts versions before the first, and passes over lengths that do not
    // fit.
    let plain = |text: &[u8]| -> Vec<u8> {
        text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect()
    };
    let canonical = signature.to_pem(LineEnding::LF).unwrap_or_default();
    let known = signature.version() == SshSig::VERSION;
    if !known || plain(pem) != plain(canonical.as_bytes()) {
        return Err("no signature: it is not in its one encoding".to_owned());
    }
    if signature.namespace() != namespace.name() {
        return Err(format!("one in the namespace {}", signature.namespace()));
    }
    let made_by = signature.public_key();
    let Some(key) = keys.iter().find(|key| key.key_data() == made_by) else {
        let key = made_by.fingerprint(HashAlg::Sha256);
        return Err(format!("one by another key, {key}"));
    };
    check_kind(key)?;
    match key.verify(namespace.name(), bytes, &signature) {
        Ok(()) => Ok(key),
        Err(_) => Err("one of other bytes".to_owned()),
    }
}

/// Whether a key is of a kind that is accepted.
fn check_kind(key: &PublicKey) -> Result<(), String> {
    let refused = match key.key_data() {
        KeyData::Ed25519(_) => return Ok(()),
        KeyData::Ecdsa(key) if key.curve() == EcdsaCurve::NistP256 => return Ok(()),
        KeyData::Rsa(key) => {
            // Without leading zeros.
            let modulus = key.n.as_positive_bytes().unwrap_or_default();
            let unused = modulus.first().map_or(0, |first| first.leading_zeros());
            let bits = (modulus.len() as u32).saturating_mul(8).saturating_sub(unused);
            if bits >= MIN_RSA_BITS {
                return Ok(());
            }
            format!("one by an RSA key of {bits} bits")
        }
        other => format!("one by a key of the kind {}", other.algorithm()),
    };
    Err(format!("{refused}; Ed25519, ECDSA on P-256 and RSA from 2,048 bits on are accepted"))
}

#[cfg(test)]
mod tests;
