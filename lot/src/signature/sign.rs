//! A signature with a key of one's own.

use std::path::Path;

use candor::exchange::ExchangeError;
use candor::files::{read_capped, write_atomically};
use ssh_key::{Algorithm, EcdsaCurve, HashAlg, LineEnding, PrivateKey};

use super::Namespace;
use crate::formats::filed::signature_of;

/// Longest file of a private key.
const MAX_KEY_BYTES: u64 = 1 << 16;

/// A private key that signs.
#[derive(Debug)]
pub struct SigningKey(PrivateKey);

impl SigningKey {
    /// Reads an OpenSSH private key that is not encrypted: Ed25519, or ECDSA on P-256.
    /// `ssh-keygen` signs with all others.
    ///
    /// # Errors
    /// If it cannot be read or used.
    pub fn read(path: &Path) -> Result<Self, ExchangeError> {
        let advice = "sign with ssh-keygen -Y sign instead, which asks for what it needs";
        let wrong = |problem: String| ExchangeError::file(path, problem, advice);
        let pem = read_capped(path, MAX_KEY_BYTES)?;
        let key = PrivateKey::from_openssh(pem)
            .map_err(|error| wrong(format!("is no OpenSSH private key: {error}")))?;
        if key.is_encrypted() {
            return Err(wrong("is protected by a passphrase".into()));
        }
        match key.algorithm() {
            Algorithm::Ed25519 | Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 } => Ok(Self(key)),
            other => Err(wrong(format!("is a key of the kind {other}"))),
        }
    }

    /// The key's fingerprint, as `ssh-keygen -l` shows it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.0.fingerprint(HashAlg::Sha256).to_string()
    }

    /// The signature of a file's bytes, to stand beside it.
    ///
    /// # Errors
    /// If the key does not sign.
    pub fn sign(&self, namespace: Namespace, bytes: &[u8]) -> Result<String, ExchangeError> {
        let signed = self.0.sign(namespace.name(), HashAlg::Sha512, bytes);
        signed.and_then(|signature| signature.to_pem(LineEnding::LF)).map_err(|error| {
            ExchangeError::input("the private key", error, "sign with ssh-keygen -Y sign instead")
        })
    }

    /// Writes the signature of a file's bytes beside the file.
    ///
    /// # Errors
    /// If the key does not sign, or the signature cannot be written.
    pub fn sign_beside(
        &self,
        path: &Path,
        namespace: Namespace,
        bytes: &[u8],
    ) -> Result<(), ExchangeError> {
        let signature = self.sign(namespace, bytes)?;
        Ok(write_atomically(&signature_of(path), 0o644, signature.as_bytes())?)
    }
}

/// The command that signs a file with any key.
#[must_use]
pub fn how_to_sign(namespace: Namespace, path: &Path) -> String {
    format!("ssh-keygen -Y sign -n {} -f KEY {}", namespace.name(), path.display())
}
