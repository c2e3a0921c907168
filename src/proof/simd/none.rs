//! No processor of another architecture has the instructions.

use std::convert::Infallible;

use crate::field::Scalar;
use crate::proof::affine::{Adder, Exceptional, Pair, Point};
use crate::proof::arithmetic::Arithmetic;

/// Never there.
pub(in crate::proof) struct Ifma(Infallible);

impl Ifma {
    pub(in crate::proof) fn detect() -> Option<Self> {
        None
    }
}

impl Adder for Ifma {
    type Point = Point;

    fn held(&self, _: &[Point]) -> Vec<Point> {
        match self.0 {}
    }

    fn plain(&self, _: &[Point]) -> Vec<Point> {
        match self.0 {}
    }

    fn negated(point: Point) -> Point {
        point
    }

    fn add(&self, _: &[Point], _: &[Pair], _: &mut [Point]) -> Result<(), Exceptional> {
        match self.0 {}
    }
}

impl Arithmetic for Ifma {
    type Block = ();
    type Constant = ();
    type Coset = ();

    fn constant(&self, _: Scalar) {
        match self.0 {}
    }

    fn zero(&self) {
        match self.0 {}
    }

    fn add(&self, (): &mut (), (): &()) {
        match self.0 {}
    }

    fn subtract(&self, (): &mut (), (): &()) {
        match self.0 {}
    }

    fn multiply(&self, (): &mut (), (): &()) {
        match self.0 {}
    }

    fn scale(&self, (): &mut (), (): &()) {
        match self.0 {}
    }

    fn subtract_from(&self, (): &(), (): &mut ()) {
        match self.0 {}
    }

    fn coset(&self, _: Scalar) {
        match self.0 {}
    }

    fn values(&self, (): &(), _: &[Scalar]) -> Vec<()> {
        match self.0 {}
    }

    fn scalars(&self, _: &[()]) -> Vec<Scalar> {
        match self.0 {}
    }
}

/// Never made: it takes an [`Ifma`] to ask for it.
pub(in crate::proof) struct Direction(Infallible);

impl Direction {
    pub(in crate::proof) fn new(processor: &Ifma, _: &[Scalar], _: Scalar) -> Self {
        match processor.0 {}
    }

    pub(in crate::proof) fn run(&self, _: &Ifma, _: &mut [Scalar]) {
        match self.0 {}
    }
}
