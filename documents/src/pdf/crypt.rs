//! The standard security handler, with the empty user password.
//!
//! ISO 32000-2, 7.6. Versions 1, 2, 4 and 5; RC4 and AES. Documents that open without
//! a password are read like any other; those that need one are not.

use aes::cipher::consts::U16;
use aes::cipher::{BlockDecrypt, BlockEncrypt, KeyInit};
use aes::{Aes128, Aes256, Block};
use md5::{Digest, Md5};
use sha2::{Sha256, Sha384, Sha512};

use super::object::{Dict, Object};
use crate::Reason;

const PADDING: [u8; 32] = [
    0x28, 0xbf, 0x4e, 0x5e, 0x4e, 0x75, 0x8a, 0x41, 0x64, 0x00, 0x4e, 0x56, 0xff, 0xfa, 0x01, 0x08,
    0x2e, 0x2e, 0x00, 0xb6, 0xd0, 0x68, 0x3e, 0x80, 0x2f, 0x0c, 0xa9, 0xfe, 0x64, 0x53, 0x69, 0x7a,
];

/// How bytes are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Identity,
    Rc4,
    AesV2,
    AesV3,
}

/// What opens a document.
#[derive(Debug)]
pub(crate) struct Crypt {
    key: Vec<u8>,
    streams: Method,
    strings: Method,
    embedded: Method,
    metadata: bool,
}

/// What opens the strings of one object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ObjectKey<'k> {
    pub(crate) crypt: &'k Crypt,
    pub(crate) id: (u32, u32),
}

impl ObjectKey<'_> {
    pub(crate) fn string(&self, data: &[u8]) -> Vec<u8> {
        self.crypt.decrypt(self.crypt.strings, self.id, data)
    }
}

impl Crypt {
    /// Reads an encryption dictionary, whose entries must be direct, and tries the
    /// empty password.
    ///
    /// # Errors
    /// [`Reason::Encrypted`] if a password is needed or the handler is unknown.
    pub(crate) fn new(dict: &Dict, id: &[u8]) -> Result<Self, Reason> {
        if name(dict, b"Filter") != Some(b"Standard") {
            return Err(Reason::Encrypted);
        }
        let version = integer(dict, b"V").unwrap_or(0);
        let (streams, strings, embedded) = match version {
            1 | 2 => (Method::Rc4, Method::Rc4, Method::Rc4),
            4 | 5 => {
                let streams = method(dict, name(dict, b"StmF").unwrap_or(b"Identity"))?;
                let strings = method(dict, name(dict, b"StrF").unwrap_or(b"Identity"))?;
                let embedded = match name(dict, b"EFF") {
                    Some(name) => method(dict, name)?,
                    None => streams,
                };
                (streams, strings, embedded)
            }
            _ => return Err(Reason::Encrypted),
        };
        let metadata =
            !matches!(dict.get(b"EncryptMetadata".as_slice()), Some(Object::Bool(false)));
        let mut crypt = Self { key: Vec::new(), streams, strings, embedded, metadata };
        let key =
            if version == 5 { key_by_sha(dict) } else { key_by_md5(dict, id, version, metadata) };
        match key {
            Some(key) => crypt.key = key,
            // Attachments alone are locked: the document itself is not.
            None if streams == Method::Identity && strings == Method::Identity => {}
            None => return Err(Reason::Encrypted),
        }
        Ok(crypt)
    }

    /// The bytes of a stream as its filters read them.
    ///
    /// # Errors
    /// [`Reason::Encrypted`] if there is no key for it.
    pub(crate) fn stream(
        &self,
        id: (u32, u32),
        dict: &Dict,
        data: &[u8],
    ) -> Result<Vec<u8>, Reason> {
        let kind = name(dict, b"Type");
        let method = match kind {
            Some(b"XRef") => Method::Identity,
            Some(b"Metadata") if !self.metadata => Method::Identity,
            _ if has_identity_filter(dict) => Method::Identity,
            Some(b"EmbeddedFile") => self.embedded,
            _ => self.streams,
        };
        if method != Method::Identity && self.key.is_empty() {
            return Err(Reason::Encrypted);
        }
        Ok(self.decrypt(method, id, data))
    }

    fn decrypt(&self, method: Method, (number, generation): (u32, u32), data: &[u8]) -> Vec<u8> {
        let object_key = |aes: bool| {
            let mut hash = Md5::new();
            hash.update(&self.key);
            hash.update(number.to_le_bytes().get(..3).unwrap_or_default());
            hash.update(generation.to_le_bytes().get(..2).unwrap_or_default());
            if aes {
                hash.update(b"sAlT");
            }
            let length = (self.key.len() + 5).min(16);
            hash.finalize().into_iter().take(length).collect::<Vec<u8>>()
        };
        match method {
            Method::Identity => data.to_vec(),
            Method::Rc4 => rc4(&object_key(false), data),
            Method::AesV2 => match Aes128::new_from_slice(&object_key(true)) {
                Ok(cipher) => unchain(&cipher, data),
                Err(_) => Vec::new(),
            },
            Method::AesV3 => match Aes256::new_from_slice(&self.key) {
                Ok(cipher) => unchain(&cipher, data),
                Err(_) => Vec::new(),
            },
        }
    }
}

fn name<'d>(dict: &'d Dict, key: &[u8]) -> Option<&'d [u8]> {
    dict.get(key)?.as_name()
}

fn integer(dict: &Dict, key: &[u8]) -> Option<i64> {
    dict.get(key)?.as_integer()
}

fn string<'d>(dict: &'d Dict, key: &[u8]) -> Option<&'d [u8]> {
    dict.get(key)?.as_string()
}

fn method(dict: &Dict, filter: &[u8]) -> Result<Method, Reason> {
    if filter == b"Identity" {
        return Ok(Method::Identity);
    }
    let filters = dict.get(b"CF".as_slice()).and_then(Object::as_dict).ok_or(Reason::Encrypted)?;
    let filter = filters.get(filter).and_then(Object::as_dict).ok_or(Reason::Encrypted)?;
    match name(filter, b"CFM").unwrap_or(b"None") {
        b"None" => Ok(Method::Identity),
        b"V2" => Ok(Method::Rc4),
        b"AESV2" => Ok(Method::AesV2),
        b"AESV3" => Ok(Method::AesV3),
        _ => Err(Reason::Encrypted),
    }
}

/// Whether the stream's own filters say that it is not encrypted.
fn has_identity_filter(dict: &Dict) -> bool {
    let first = |key: &[u8]| {
        let value = dict.get(key)?;
        Some(value.as_array().and_then(|array| array.first().cloned()).unwrap_or(value.clone()))
    };
    if first(b"Filter").as_ref().and_then(Object::as_name) != Some(b"Crypt") {
        return false;
    }
    match first(b"DecodeParms").as_ref().and_then(Object::as_dict) {
        Some(parameters) => name(parameters, b"Name").is_none_or(|name| name == b"Identity"),
        None => true,
    }
}

/// Algorithms 2, 4 and 5: the key of the empty user password, if it fits.
fn key_by_md5(dict: &Dict, id: &[u8], version: i64, metadata: bool) -> Option<Vec<u8>> {
    let revision = integer(dict, b"R")?;
    let owner = string(dict, b"O")?;
    let user = string(dict, b"U")?;
    let permissions = integer(dict, b"P")? as u32;
    let length = match version {
        1 => 5,
        4 => 16,
        _ => (integer(dict, b"Length").unwrap_or(40) / 8).clamp(5, 16) as usize,
    };
    let mut hash = Md5::new();
    hash.update(PADDING);
    hash.update(owner.get(..32)?);
    hash.update(permissions.to_le_bytes());
    hash.update(id);
    if revision >= 4 && !metadata {
        hash.update([0xff; 4]);
    }
    let mut key: Vec<u8> = hash.finalize().into_iter().take(length).collect();
    if revision >= 3 {
        for _ in 0..50 {
            key = Md5::digest(&key).into_iter().take(length).collect();
        }
    }
    let fits = if revision == 2 {
        rc4(&key, &PADDING) == user.get(..32)?
    } else {
        let mut hash = Md5::new();
        hash.update(PADDING);
        hash.update(id);
        let mut check = rc4(&key, &hash.finalize());
        for round in 1..=19_u8 {
            let key: Vec<u8> = key.iter().map(|byte| byte ^ round).collect();
            check = rc4(&key, &check);
        }
        check.get(..16)? == user.get(..16)?
    };
    fits.then_some(key)
}

/// Algorithm 2.A: the key under the empty user password, if it fits.
fn key_by_sha(dict: &Dict) -> Option<Vec<u8>> {
    let revision = integer(dict, b"R")?;
    let user = string(dict, b"U")?;
    let sealed = string(dict, b"UE")?.get(..32)?;
    let hash = |salt: &[u8]| {
        if revision >= 6 { hash_2b(salt) } else { Some(Sha256::digest(salt).to_vec()) }
    };
    if hash(user.get(32..40)?)? != user.get(..32)? {
        return None;
    }
    let key = hash(user.get(40..48)?)?;
    let cipher = Aes256::new_from_slice(&key).ok()?;
    Some(unchain_raw(&cipher, &[0; 16], sealed))
}

/// Algorithm 2.B for an empty password.
fn hash_2b(salt: &[u8]) -> Option<Vec<u8>> {
    let mut key = Sha256::digest(salt).to_vec();
    for round in 0_u32.. {
        let block = key.repeat(64);
        let cipher = Aes128::new_from_slice(key.get(..16)?).ok()?;
        let chained = chain(&cipher, key.get(16..32)?, &block);
        let rest: u32 = chained.get(..16)?.iter().map(|byte| u32::from(*byte)).sum();
        key = match rest % 3 {
            0 => Sha256::digest(&chained).to_vec(),
            1 => Sha384::digest(&chained).to_vec(),
            _ => Sha512::digest(&chained).to_vec(),
        };
        let last = u32::from(*chained.last()?);
        if round >= 63 && last <= round - 31 {
            break;
        }
    }
    key.truncate(32);
    Some(key)
}

/// RC4.
fn rc4(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut state = [0_u8; 256];
    for (value, place) in (0..=255_u8).zip(state.iter_mut()) {
        *place = value;
    }
    let mut j = 0_u8;
    for (i, byte) in (0..=255_u8).zip(key.iter().cycle()) {
        j = j.wrapping_add(at(&state, i)).wrapping_add(*byte);
        state.swap(usize::from(i), usize::from(j));
    }
    let (mut i, mut j) = (0_u8, 0_u8);
    data.iter()
        .map(|byte| {
            i = i.wrapping_add(1);
            j = j.wrapping_add(at(&state, i));
            state.swap(usize::from(i), usize::from(j));
            byte ^ at(&state, at(&state, i).wrapping_add(at(&state, j)))
        })
        .collect()
}

fn at(state: &[u8; 256], index: u8) -> u8 {
    state.get(usize::from(index)).copied().unwrap_or_default()
}

/// Opens cipher block chaining with the vector in front and padding behind.
fn unchain(cipher: &impl BlockDecrypt<BlockSize = U16>, data: &[u8]) -> Vec<u8> {
    let Some((vector, data)) = data.split_at_checked(16) else { return Vec::new() };
    let mut out = unchain_raw(cipher, vector, data);
    if let Some(padding @ 1..=16) = out.last().copied() {
        out.truncate(out.len().saturating_sub(usize::from(padding)));
    }
    out
}

/// Opens cipher block chaining; a last block that is not whole is dropped.
fn unchain_raw(cipher: &impl BlockDecrypt<BlockSize = U16>, vector: &[u8], data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let mut previous = vector;
    for sealed in data.chunks_exact(16) {
        let mut block = Block::default();
        block.copy_from_slice(sealed);
        cipher.decrypt_block(&mut block);
        out.extend(block.iter().zip(previous).map(|(byte, mask)| byte ^ mask));
        previous = sealed;
    }
    out
}

fn chain(cipher: &Aes128, vector: &[u8], data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let mut previous = vector.to_vec();
    for plain in data.chunks_exact(16) {
        let mixed: Vec<u8> = plain.iter().zip(&previous).map(|(byte, mask)| byte ^ mask).collect();
        let mut block = Block::default();
        block.copy_from_slice(&mixed);
        cipher.encrypt_block(&mut block);
        previous = block.to_vec();
        out.extend_from_slice(&previous);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rc4_as_published() {
        // RFC 6229 has longer keys; these are the well-known three of Wikipedia's page.
        assert_eq!(
            rc4(b"Key", b"Plaintext"),
            [0xbb, 0xf3, 0x16, 0xe8, 0xd9, 0x40, 0xaf, 0x0a, 0xd3]
        );
        assert_eq!(rc4(b"Wiki", b"pedia"), [0x10, 0x21, 0xbf, 0x04, 0x20]);
        assert!(rc4(b"", b"x").len() == 1);
    }
}
