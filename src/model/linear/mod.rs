//! Linear maps over flat integer tensors.
//!
//! Each map has three methods that must agree: [`LinearMap::apply`] on
//! integers, [`LinearMap::adjoint`] over a field (the transposed map, one
//! backward pass) and [`LinearMap::bound`] (the worst case over a box). The
//! tests tie them by ⟨A x, α⟩ = ⟨x, Aᵀ α⟩.

mod channels;
mod conv;
mod convolve;
mod dense;
mod gather;
mod kernel;
mod matrices;
mod outer;
mod places;
mod range;
mod weights;

pub use conv::Conv2d;
pub use dense::Dense;
pub use gather::Gather;
pub(crate) use matrices::product_of_pairs;
pub(crate) use places::Places;
pub use range::Range;
pub use weights::Weights;
pub(crate) use weights::{WeightsBuilder, put_packed};

use thiserror::Error;

use crate::field::{SmallSums, from_i64};

/// A linear map between flat integer tensors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinearMap {
    /// A two-dimensional convolution of channels-first tensors.
    Conv2d(Conv2d),
    /// A dense matrix.
    Dense(Dense),
    /// Multiplication of every element by one integer.
    Scale {
        /// Number of elements.
        len: usize,
        /// The factor.
        factor: i64,
    },
    /// Multiplication of element `i` by the `i`-th integer.
    Diagonal(Weights),
    /// Selection of elements: reshape, transpose, slice, pad, broadcast.
    Gather(Gather),
}

/// Why a linear map is malformed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MapError {
    /// A size is zero, overflows, or disagrees with another.
    #[error("malformed linear map: {0}")]
    Shape(&'static str),
    /// A weight's magnitude is out of range.
    #[error("a weight of a linear map exceeds 2^40 in magnitude")]
    Weight,
}

/// Largest magnitude of a weight: with 2^20 terms a sum stays in `i128` and
/// the bound below 2^62 can be checked without overflow.
pub const MAX_WEIGHT: i64 = 1 << 40;

impl LinearMap {
    /// Number of elements the map reads.
    #[must_use]
    pub fn input_len(&self) -> usize {
        match self {
            Self::Conv2d(map) => map.input_len(),
            Self::Dense(map) => map.columns,
            Self::Scale { len, .. } => *len,
            Self::Diagonal(factors) => factors.len(),
            Self::Gather(map) => map.input_len,
        }
    }

    /// Number of elements the map writes.
    #[must_use]
    pub fn output_len(&self) -> usize {
        match self {
            Self::Conv2d(map) => map.output_len(),
            Self::Dense(map) => map.rows,
            Self::Scale { len, .. } => *len,
            Self::Diagonal(factors) => factors.len(),
            Self::Gather(map) => map.index.len(),
        }
    }

    /// How many integers it multiplies by, or indices it selects by.
    #[must_use]
    pub const fn weights(&self) -> usize {
        match self {
            Self::Conv2d(Conv2d { weights, .. })
            | Self::Dense(Dense { weights, .. })
            | Self::Diagonal(weights) => weights.len(),
            Self::Scale { .. } => 1,
            Self::Gather(map) => map.index.len(),
        }
    }

    /// The greatest magnitude of the integers it multiplies by.
    const fn largest(&self) -> u64 {
        match self {
            Self::Conv2d(Conv2d { weights, .. })
            | Self::Dense(Dense { weights, .. })
            | Self::Diagonal(weights) => weights.largest(),
            Self::Scale { factor, .. } => factor.unsigned_abs(),
            Self::Gather(_) => 1,
        }
    }

    /// About how many multiplications one application takes.
    #[must_use]
    pub fn work(&self) -> usize {
        match self {
            Self::Conv2d(map) => map.work(),
            Self::Dense(map) => map.weights.len(),
            _ => self.output_len(),
        }
    }

    /// Checks sizes and weights; the other methods may be called only then.
    ///
    /// # Errors
    /// [`MapError`] says what is malformed.
    pub fn validate(&self) -> Result<(), MapError> {
        match self {
            Self::Conv2d(map) => map.validate()?,
            Self::Dense(map) => map.validate()?,
            Self::Gather(map) => map.validate()?,
            Self::Scale { .. } | Self::Diagonal(_) => {}
        }
        if self.largest() > MAX_WEIGHT as u64 {
            return Err(MapError::Weight);
        }
        Ok(())
    }

    /// Marks in `input` what the outputs marked in `output` are made from, by the form
    /// of the map alone: a weight of zero counts like any other.
    pub fn reads(&self, output: &[bool], input: &mut [bool]) {
        match self {
            Self::Conv2d(_) | Self::Dense(_) => {
                let any = output.contains(&true);
                input.iter_mut().for_each(|read| *read |= any);
            }
            Self::Scale { .. } | Self::Diagonal(_) => {
                input.iter_mut().zip(output).for_each(|(read, wanted)| *read |= wanted);
            }
            Self::Gather(map) => map.reads(output, input),
        }
    }

    /// Adds `A x` to `output`.
    ///
    /// Single terms may leave `i64` where others cancel them, so the sums wrap;
    /// the result is exact because its bound is below 2^62.
    pub fn apply(&self, input: &[i64], output: &mut [i64]) {
        match self {
            Self::Conv2d(map) => map.apply(input, output),
            Self::Dense(map) => map.apply(input, output),
            Self::Scale { factor, .. } => {
                for (y, x) in output.iter_mut().zip(input) {
                    *y = y.wrapping_add(factor.wrapping_mul(*x));
                }
            }
            Self::Diagonal(factors) => {
                for ((y, x), factor) in output.iter_mut().zip(input).zip(factors.iter()) {
                    *y = y.wrapping_add(factor.wrapping_mul(*x));
                }
            }
            Self::Gather(map) => map.apply(input, output),
        }
    }

    /// Adds `Aᵀ α` to `input`, the cotangent of the map's input.
    pub fn adjoint<F: SmallSums>(&self, output: &[F], input: &mut [F]) {
        match self {
            Self::Conv2d(map) => map.adjoint(output, input),
            Self::Dense(map) => map.adjoint(output, input),
            Self::Scale { factor: 1, .. } => {
                for (x, y) in input.iter_mut().zip(output) {
                    *x += y;
                }
            }
            Self::Scale { factor, .. } => {
                let factor: F = from_i64(*factor);
                for (x, y) in input.iter_mut().zip(output) {
                    *x += factor * y;
                }
            }
            Self::Diagonal(factors) => {
                for ((x, y), factor) in input.iter_mut().zip(output).zip(factors.iter()) {
                    let mut sum = F::Sum::default();
                    F::add_products(factor, std::iter::once(y), std::iter::once(&mut sum));
                    *x += F::reduced(&sum);
                }
            }
            Self::Gather(map) => map.adjoint(output, input),
        }
    }

    /// Adds to `output` the exact range of `A x` over the box `input`; `false`
    /// if a bound leaves `i128`.
    #[must_use]
    pub fn bound(&self, input: &[Range], output: &mut [Range]) -> bool {
        match self {
            Self::Conv2d(map) => map.bound(input, output),
            Self::Dense(map) => map.bound(input, output),
            Self::Scale { factor, .. } => {
                output.iter_mut().zip(input).all(|(y, x)| y.add_scaled(*x, *factor))
            }
            Self::Diagonal(factors) => output
                .iter_mut()
                .zip(input)
                .zip(factors.iter())
                .all(|((y, x), factor)| y.add_scaled(*x, factor)),
            Self::Gather(map) => map.bound(input, output),
        }
    }

    /// About how many multiplications bounding it takes over a box that has one range
    /// for each channel of a convolution's input, if it has.
    pub(crate) fn bound_work(&self, one_for_each_channel: bool) -> usize {
        match self {
            Self::Conv2d(map) if one_for_each_channel => map.channels_work().min(map.work()),
            map => map.work(),
        }
    }

    /// As [`Self::bound`], of which a range for each channel is given; `None` if the map
    /// is no convolution, or nothing would be saved.
    #[must_use]
    pub(crate) fn bound_channels(&self, channels: &[Range], output: &mut [Range]) -> Option<bool> {
        match self {
            Self::Conv2d(map) if map.channels_work() <= map.work() => {
                Some(map.bound_channels(channels, output))
            }
            _ => None,
        }
    }

    /// The elements of a channel of its input, if it is a convolution.
    pub(crate) const fn plane(&self) -> Option<usize> {
        match self {
            Self::Conv2d(map) => Some(map.in_plane()),
            _ => None,
        }
    }

    /// Appends the map's canonical encoding: a tag byte, then fixed-width
    /// little-endian fields.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Conv2d(map) => {
                out.push(1);
                map.encode(out);
            }
            Self::Dense(map) => {
                out.push(2);
                put_len(out, map.rows);
                put_len(out, map.columns);
                map.weights.encode(out);
            }
            Self::Scale { len, factor } => {
                out.push(3);
                put_len(out, *len);
                put_all(out, &[*factor]);
            }
            Self::Diagonal(factors) => {
                out.push(4);
                put_len(out, factors.len());
                factors.encode(out);
            }
            Self::Gather(map) => {
                out.push(5);
                map.encode(out);
            }
        }
    }
}

pub(crate) fn put_len(out: &mut Vec<u8>, len: usize) {
    out.extend_from_slice(&(len as u64).to_le_bytes());
}

pub(crate) fn put_all(out: &mut Vec<u8>, values: &[i64]) {
    for value in values {
        out.extend_from_slice(&value.to_le_bytes());
    }
}

#[cfg(test)]
mod tests;
