//! What views of tokens read by: the bundle holds the vocabularies whose digests the
//! commitment has. Part of check 1.

use candor_documents::tokens::{Scheme, Vocabulary};

use crate::corpus::commitment::Commitment;
use crate::corpus::views::Vocabularies;
use crate::exchange::error::{Check, ExchangeError, Failure, Stop};
use crate::exchange::formats::bag::{Bag, VocabularySeals};
use crate::exchange::formats::bundle::vocabulary_name;
use crate::exchange::formats::sealed::Seal;
use crate::exchange::formats::text::Sha256Hex;

/// The commitment with its vocabularies, and what their files hold. A commitment of the
/// judge's own says by its digests which they are, so it needs none beside it.
pub(super) fn read(
    commitment: &Commitment,
    bag: &Bag,
) -> Result<(Commitment, VocabularySeals), Stop> {
    let mut vocabularies = Vocabularies::default();
    let mut seals = VocabularySeals::default();
    for scheme in Scheme::ALL {
        let Some(digest) = commitment.header.vocabularies.of(scheme) else { continue };
        let name = vocabulary_name(scheme);
        let failed = |expected: String, found: String| -> Stop {
            Failure::new(Check::Parsing, name, expected, found).into()
        };
        let bytes = bag.read(name, Vocabulary::MAX_BYTES as usize)?;
        let seal = Seal::of(&bytes);
        if seal.digest != digest.0 {
            let expected = format!("SHA-256 {digest} as the commitment says");
            return Err(failed(expected, format!("SHA-256 {}", Sha256Hex(seal.digest))));
        }
        let expected = || format!("a {} vocabulary in its one encoding", scheme.name());
        let vocabulary =
            Vocabulary::read(&bytes).map_err(|error| failed(expected(), error.to_string()))?;
        let found = vocabulary.scheme();
        if found != scheme || vocabularies.add(vocabulary).is_err() {
            return Err(failed(expected(), format!("one of {}", found.name())));
        }
        match scheme {
            Scheme::WordPiece => seals.wordpiece = Some(seal),
            Scheme::Bpe => seals.bpe = Some(seal),
        }
    }
    let commitment = commitment.clone().with_vocabularies(vocabularies);
    let commitment =
        commitment.map_err(|error| ExchangeError::internal("reading vocabularies", error))?;
    Ok((commitment, seals))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::corpus::commitment::Header;
    use crate::corpus::views::VocabularyDigests;
    use crate::exchange::formats::bundle::{BPE, WORDPIECE};
    use crate::field::Scalar;

    /// Head of a WordPiece vocabulary of four tokens, and the tokens.
    const PIECES: &str = "{\"format\":\"candor vocabulary 1\",\"scheme\":\"wordpiece\",\"tokens\":4,\"merges\":0,\"begin\":null,\"end\":null,\"padding\":1,\"unknown\":2,\"lower_case\":false,\"strip_accents\":false,\"split_ideographs\":false,\"prefix_space\":false}\na\n[PAD]\n[UNK]\nb\n";

    /// A commitment that states digests, of whatever.
    fn stating(wordpiece: Option<&[u8]>, bpe: Option<&[u8]>) -> Commitment {
        let digest = |file: &[u8]| Sha256Hex(Seal::of(file).digest);
        let digests = VocabularyDigests { wordpiece: wordpiece.map(digest), bpe: bpe.map(digest) };
        let views = [wordpiece.map(|_| "text/wordpiece-8"), bpe.map(|_| "text/bpe-8")];
        let views: Vec<_> = views.into_iter().flatten().map(|view| view.parse().unwrap()).collect();
        Commitment::new(Header::with(&views, digests).unwrap(), 1, Scalar::from(1))
    }

    fn read_in(
        folder: &Path,
        commitment: &Commitment,
    ) -> Result<(Commitment, VocabularySeals), Failure> {
        read(commitment, &Bag::open(folder).unwrap()).map_err(|stop| match stop {
            Stop::Failed(failure) => failure,
            Stop::Undecided(error) => panic!("{error}"),
        })
    }

    #[test]
    fn a_vocabulary_is_the_one_that_the_commitment_states() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        let file = folder.path().join(WORDPIECE);
        let commitment = stating(Some(PIECES.as_bytes()), None);
        let missing = read_in(folder.path(), &commitment).unwrap_err();
        assert_eq!((missing.check, missing.subject.as_str()), (Check::Parsing, WORDPIECE));

        fs::write(&file, PIECES).unwrap();
        let (read, seals) = read_in(folder.path(), &commitment).unwrap();
        assert_eq!(seals.wordpiece, Some(Seal::of(PIECES.as_bytes())));
        assert_eq!(seals.bpe, None);
        assert_eq!(read.vocabularies().digests(), commitment.header.vocabularies);
        assert_eq!(read.vocabularies().padding(&commitment.header.views[0]), 1);

        // Another vocabulary, whose padding is another.
        fs::write(&file, PIECES.replace("a\n[PAD]", "[PAD]\na")).unwrap();
        let other = read_in(folder.path(), &commitment).unwrap_err();
        assert!(other.expected.contains("as the commitment says"), "{other}");
        // Two kinds are two files.
        let commitment = stating(Some(PIECES.as_bytes()), Some(b"merges"));
        fs::write(&file, PIECES).unwrap();
        let missing = read_in(folder.path(), &commitment).unwrap_err();
        assert_eq!(missing.subject, BPE);
    }

    #[test]
    fn what_a_commitment_states_may_be_no_vocabulary() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("data")).unwrap();
        let spaced = PIECES.replacen(':', ": ", 1);
        for (name, text, found) in [
            (WORDPIECE, "", "line 1"),
            (WORDPIECE, spaced.as_str(), "canonical spelling"),
            (BPE, PIECES, "one of wordpiece"),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
            let stated = Some(text.as_bytes());
            let commitment =
                if name == BPE { stating(None, stated) } else { stating(stated, None) };
            let failure = read_in(folder.path(), &commitment).unwrap_err();
            assert_eq!((failure.check, failure.subject.as_str()), (Check::Parsing, name));
            assert!(failure.expected.contains("in its one encoding"), "{failure}");
            assert!(failure.found.contains(found), "{failure}");
        }
    }
}
