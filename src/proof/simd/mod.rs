//! Eight field elements at a time, where the processor has AVX-512 IFMA.
//!
//! All code for particular processors is here: additions of points for
//! `fixed_base`, Fourier transforms for `transform`, and columns on a coset for
//! `arithmetic`. All ask for the token [`Ifma`], which only a processor with the
//! instructions gives, and have another way without it.
//!
//! # Limbs and carries
//!
//! An element stands in N limbs of 52 bits, the lowest first (Gueron and
//! Krasnov, "Accelerating big integer arithmetic using Intel IFMA extensions",
//! 2016; the multiplication is Montgomery's, limb by limb). The bits that the
//! modulus p leaves free take up what sums and differences add, so that little
//! is reduced between multiplications:
//!
//! | field | N | bits of p | free bits | an element a stands as |
//! | --- | --- | --- | --- | --- |
//! | base field of the curve | 8 | 381 | 35 | a·2^416 mod p |
//! | scalars | 5 | 255 | 5 | a·2^256 mod p; roots and columns as a·2^260 mod p |
//!
//! | function | takes | gives |
//! | --- | --- | --- |
//! | `product` | the same as `multiply` | the same, not yet carried |
//! | `multiply` | a and b positive, limbs in 0..2^52 | below p + a·b / 2^(52 N): below 2p if a·b < 2^(52 N)·p |
//! | `add`, `subtract` | limbs of at most 2^52 in magnitude | a ± b, of either sign |
//! | `difference` | the same, a − b above −bias | a − b + bias, positive |
//!
//! What is added limb by limb is *carried* before anything else is done with
//! it: every limb but the last is brought into 0..2^52 and hands the rest on,
//! by an arithmetic shift, so that the last limb has the sign. Before that a
//! limb of a sum or difference is below 2^54 in magnitude. A limb inside
//! `product` takes four products of at most 2^52 in each of N steps, and one
//! carry: it stays below 2^58. Both leave room in 64 bits, and so do the levels of
//! a transform, which carry only what they multiply.
//!
//! A function's own comment says by how many p its result may have grown. The
//! longest chains are those of `add` in `additions.rs` (below 2^19·p, then
//! settled) and of the levels in `transform.rs` (below 24p, then multiplied). The
//! values of `blocks.rs` are below 2p after every function.
//!
//! # Loops
//!
//! Loops go by index: what an iterator's adapters are compiled to does not have
//! the instructions.

#[cfg(target_arch = "x86_64")]
mod ifma;
#[cfg(not(target_arch = "x86_64"))]
#[path = "none.rs"]
mod ifma;

pub(super) use ifma::{Direction, Ifma};
