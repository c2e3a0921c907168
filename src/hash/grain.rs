//! The Grain LFSR in self-shrinking mode, from which the authors of Poseidon
//! draw the constants of an instance (`generate_parameters_grain.sage`).

use crate::field::{self, Scalar};

/// Length of the register.
const STATE_BITS: usize = 80;
/// Outputs thrown away before the first one is used.
const WARM_UP: usize = 160;
/// Bits of a field element; the modulus has exactly as many.
const FIELD_BITS: usize = 255;

/// The stream of one instance over the BLS12-381 scalar field with S-box `x^α`.
pub(super) struct Grain {
    state: [bool; STATE_BITS],
    /// Where the oldest bit of the ring stands.
    head: usize,
}

impl Grain {
    /// Seeds the register with the instance: prime field, power S-box, 255
    /// bits, `t` lanes, the two round numbers, then ones.
    pub(super) fn new(t: usize, full_rounds: usize, partial_rounds: usize) -> Self {
        let mut state = [true; STATE_BITS];
        let fields =
            [(1, 2), (0, 4), (FIELD_BITS, 12), (t, 12), (full_rounds, 10), (partial_rounds, 10)];
        let bits = fields
            .iter()
            .flat_map(|&(value, width)| (0..width).rev().map(move |i| (value >> i) & 1 == 1));
        for (cell, bit) in state.iter_mut().zip(bits) {
            *cell = bit;
        }
        let mut grain = Self { state, head: 0 };
        for _ in 0..WARM_UP {
            grain.step();
        }
        grain
    }

    fn step(&mut self) -> bool {
        let tap = |i: usize| self.state[(self.head + i) % STATE_BITS];
        let bit = tap(62) ^ tap(51) ^ tap(38) ^ tap(23) ^ tap(13) ^ tap(0);
        self.state[self.head] = bit;
        self.head = (self.head + 1) % STATE_BITS;
        bit
    }

    /// Of each pair of outputs, the second one if the first is set.
    fn next_bit(&mut self) -> bool {
        while !self.step() {
            self.step();
        }
        self.step()
    }

    /// The next 255 bits, most significant first, as little-endian bytes.
    fn next_bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for position in (0..FIELD_BITS).rev() {
            bytes[position / 8] |= u8::from(self.next_bit()) << (position % 8);
        }
        bytes
    }

    /// The next integer below the modulus; larger ones are skipped. This is how
    /// round constants are drawn.
    pub(super) fn next_below_modulus(&mut self) -> Scalar {
        loop {
            if let Some(scalar) = field::decode(&self.next_bytes()) {
                return scalar;
            }
        }
    }

    /// The next 255-bit integer reduced modulo the field. This is how the
    /// Cauchy matrix is drawn.
    pub(super) fn next_reduced(&mut self) -> Scalar {
        let mut wide = [0; 64];
        wide[..32].copy_from_slice(&self.next_bytes());
        field::from_wide(&wide)
    }
}
