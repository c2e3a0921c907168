//! Columns of eight rows at a time.
//!
//! A value stands as its residue times 2^260, below 2r, so that the product of two needs
//! no further factor.
#![allow(clippy::needless_range_loop, reason = "adapters are compiled without the instructions")]

use ff::Field;

use super::scalars::{Elements, Limbs, limbs_of_root, load, multiple, multiply, reduced, store};
use super::transform::{Direction, place, transformed};
use super::vector::{Ifma, WIDTH, add, difference, splat, zero};
use crate::argument::lane::ROWS;
use crate::field::Scalar;
use crate::proof::arithmetic::{Arithmetic, BLOCK_ROWS};
use crate::proof::roots::{powers, root};

/// Vectors of a block.
const VECTORS: usize = BLOCK_ROWS / WIDTH;

type Block = [Elements; VECTORS];

/// Keeps differences positive, and is taken from what is not below it.
const TWICE: Limbs = multiple(2);
/// 2^256 mod r: from this form to the curve library's.
const BACK: Limbs =
    [0x1_ffff_fffe, 0xf_a000_3480_2000, 0xc_bc4f_f558_84b7, 0x56f9_98c4_fefe, 0x1824_b159_acc5];

/// What a polynomial's coefficients are multiplied by, and the transform after that.
pub(in crate::proof) struct Coset {
    powers: Vec<Elements>,
    direction: Direction,
}

// SAFETY of every call below: an `Ifma` is made by `detect` alone, so this
// processor has the instructions that the functions were compiled for.
#[allow(unsafe_code, reason = "calls of functions that need the instructions")]
impl Arithmetic for Ifma {
    type Block = Block;
    type Constant = Elements;
    type Coset = Coset;

    fn constant(&self, value: Scalar) -> Elements {
        // SAFETY: see above.
        unsafe { splat(&limbs_of_root(value)) }
    }

    fn zero(&self) -> Block {
        // SAFETY: see above.
        unsafe { [zero(); VECTORS] }
    }

    fn add(&self, sum: &mut Block, other: &Block) {
        // SAFETY: see above.
        unsafe { add_blocks(sum, other) }
    }

    fn subtract(&self, from: &mut Block, other: &Block) {
        // SAFETY: see above.
        unsafe { subtract_blocks(from, other) }
    }

    fn multiply(&self, product: &mut Block, other: &Block) {
        // SAFETY: see above.
        unsafe { multiply_blocks(product, other) }
    }

    fn scale(&self, block: &mut Block, by: &Elements) {
        // SAFETY: see above.
        unsafe { scale(block, by) }
    }

    fn subtract_from(&self, value: &Elements, block: &mut Block) {
        // SAFETY: see above.
        unsafe { subtract_from(value, block) }
    }

    fn coset(&self, point: Scalar) -> Coset {
        let sixteen = Scalar::from(16);
        let roots = powers(Scalar::ONE, root(ROWS), ROWS);
        // SAFETY: see above.
        let powers = unsafe { loaded(&powers(sixteen, point, ROWS)) };
        Coset { powers, direction: Direction::new(self, &roots, sixteen) }
    }

    fn values(&self, coset: &Coset, polynomial: &[Scalar]) -> Vec<Block> {
        // SAFETY: see above.
        unsafe { values(coset, polynomial) }
    }

    fn scalars(&self, column: &[Block]) -> Vec<Scalar> {
        // SAFETY: see above.
        unsafe { scalars(column) }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn add_blocks(sum: &mut Block, other: &Block) {
    for i in 0..VECTORS {
        sum[i] = reduced(&add(&sum[i], &other[i]), &TWICE);
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn subtract_blocks(from: &mut Block, other: &Block) {
    for i in 0..VECTORS {
        from[i] = reduced(&difference(&from[i], &other[i], &TWICE), &TWICE);
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn multiply_blocks(product: &mut Block, other: &Block) {
    for i in 0..VECTORS {
        product[i] = multiply(&product[i], &other[i]);
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn scale(block: &mut Block, by: &Elements) {
    for i in 0..VECTORS {
        block[i] = multiply(&block[i], by);
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn subtract_from(value: &Elements, block: &mut Block) {
    for i in 0..VECTORS {
        block[i] = reduced(&difference(value, &block[i], &TWICE), &TWICE);
    }
}

/// Residues, eight in a vector.
#[target_feature(enable = "avx512f,avx512ifma")]
fn loaded(values: &[Scalar]) -> Vec<Elements> {
    let mut vectors = vec![zero(); values.len() / WIDTH];
    for a in 0..vectors.len() {
        vectors[a] = load(&values[WIDTH * a..WIDTH * (a + 1)]);
    }
    vectors
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn values(coset: &Coset, polynomial: &[Scalar]) -> Vec<Block> {
    let m = coset.powers.len();
    assert_eq!(polynomial.len(), WIDTH * m, "a coefficient for each row");
    let mut vectors: Vec<Elements> = vec![zero(); m];
    for a in 0..m {
        let coefficients = load(&polynomial[WIDTH * a..WIDTH * (a + 1)]);
        vectors[place(a, m)] = multiply(&coefficients, &coset.powers[a]);
    }
    let values = transformed(&coset.direction, &mut vectors);
    let mut blocks = vec![[zero(); VECTORS]; m / VECTORS];
    for a in 0..m {
        blocks[a / VECTORS][a % VECTORS] = values[a];
    }
    blocks
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn scalars(column: &[Block]) -> Vec<Scalar> {
    let back = splat(&BACK);
    let mut scalars = vec![Scalar::ZERO; BLOCK_ROWS * column.len()];
    for a in 0..VECTORS * column.len() {
        let value = multiply(&column[a / VECTORS][a % VECTORS], &back);
        store(&value, &mut scalars[WIDTH * a..WIDTH * (a + 1)]);
    }
    scalars
}
