//! Columns of values that both sides know, on their way into the transcript.
//!
//! The library absorbs them value by value, on one core. The bytes are the same here, but
//! all cores encode.

use std::io;

use blake2b_simd::State;
use ff::PrimeField;
use halo2_proofs::plonk::Error;
use halo2_proofs::transcript::{Hashable, Transcript};
use rayon::prelude::*;

use crate::field::Scalar;
use crate::proof::scheme::ProofTranscript;

/// What the library puts before each input.
const PREFIX: u8 = 1;

/// Inputs one after the other, with the prefix of each but the first.
struct Inputs(Vec<u8>);

impl Hashable<State> for Inputs {
    fn to_input(&self) -> Vec<u8> {
        self.0.clone()
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.0.clone()
    }

    fn read(_: &mut impl io::Read) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// Absorbs the length of each column, then its values.
pub(super) fn absorb<'a>(
    transcript: &mut ProofTranscript,
    columns: impl Iterator<Item = &'a Vec<Scalar>>,
) -> Result<(), Error> {
    let columns: Vec<&Vec<Scalar>> = columns.collect();
    // As many at a time as there are cores keep memory small.
    for columns in columns.chunks(rayon::current_num_threads()) {
        let inputs: Vec<Inputs> = columns.par_iter().map(|column| inputs(column)).collect();
        for inputs in &inputs {
            transcript.common(inputs).map_err(Error::from)?;
        }
    }
    Ok(())
}

fn inputs(column: &[Scalar]) -> Inputs {
    let len = Scalar::from(column.len() as u64);
    let mut bytes = Vec::with_capacity(33 * (column.len() + 1));
    bytes.extend_from_slice(len.to_repr().as_ref());
    for value in column {
        bytes.push(PREFIX);
        bytes.extend_from_slice(value.to_repr().as_ref());
    }
    Inputs(bytes)
}

#[cfg(test)]
mod tests {
    use ff::Field;
    use rand_core::OsRng;

    use super::*;

    #[test]
    fn the_transcript_is_the_same() {
        let columns = [0, 1, 700, 3].map(|len| vec![Scalar::random(OsRng); len]);
        let [mut one, mut other] = [(); 2].map(|()| ProofTranscript::init());
        absorb(&mut one, columns.iter()).unwrap();
        for column in &columns {
            other.common(&Scalar::from(column.len() as u64)).unwrap();
            column.iter().for_each(|value| other.common(value).unwrap());
        }
        assert_eq!(one.squeeze_challenge::<Scalar>(), other.squeeze_challenge());
    }
}
