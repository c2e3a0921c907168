//! The levels of a requantised tensor.

/// `real = unit · (level − zero) + base` for the levels `0..=levels`.
///
/// Zero is a level of every grid whose range holds it, and exactly so
/// (`base = 0`): what is equal in the model stays equal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Grid {
    /// The real width of a level.
    pub(crate) unit: f64,
    /// The level of `base`.
    pub(crate) zero: i64,
    /// The real number at level `zero`.
    pub(crate) base: f64,
    levels: i64,
}

/// A range is widened to hold zero if it becomes wider by this factor at most.
const WIDER: f64 = 1.25;
/// A range of less than this part of its ends is rounding alone: the tensor is
/// constant.
const CONSTANT: f64 = 1.0 / (1u64 << 30) as f64;

/// A range, widened to hold zero where that costs little.
pub(crate) fn with_zero((low, high): (f64, f64)) -> (f64, f64) {
    let wide = (low.min(0.0), high.max(0.0));
    if wide.1 - wide.0 <= WIDER * (high - low) { wide } else { (low, high) }
}

impl Grid {
    /// The grid over a range, whose ends are in order; `None` if the range is
    /// a point.
    pub(crate) fn over((low, high): (f64, f64), levels: i64) -> Option<Self> {
        let span = high - low;
        if span <= CONSTANT * low.abs().max(high.abs()) {
            return None;
        }
        let steps = levels as f64;
        if low > 0.0 || high < 0.0 {
            return Some(Self { unit: span / steps, zero: 0, base: low, levels });
        }
        let zero = (-low / span * steps).round();
        // Both sides of zero keep a level.
        let zero = zero.max(f64::from(low < 0.0)).min(steps - f64::from(high > 0.0));
        let below = if zero > 0.0 { -low / zero } else { 0.0 };
        let above = if zero < steps { high / (steps - zero) } else { 0.0 };
        Some(Self { unit: below.max(above), zero: zero as i64, base: 0.0, levels })
    }

    /// The nearest level of a real number, those outside at the ends.
    pub(crate) fn level(&self, real: f64) -> i64 {
        let level = ((real - self.base) / self.unit).round() + self.zero as f64;
        level.clamp(0.0, self.levels as f64) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_a_level_and_the_ends_are_reached() {
        for (low, high) in [(0.0, 1.0), (-1.0, 0.0), (-0.3, 5.0), (-7.0, 0.001), (-1e-9, 1e9)] {
            for levels in [127, 500, 4095] {
                let grid = Grid::over((low, high), levels).unwrap();
                assert_eq!(grid.base, 0.0);
                let real = |level: i64| grid.unit * (level - grid.zero) as f64;
                assert!(real(0) <= low && real(levels) >= high * (1.0 - 1e-12), "{grid:?}");
                assert_eq!(grid.level(0.0), grid.zero);
                assert!(grid.unit <= 2.0 * (high - low) / (levels - 1) as f64);
                assert_eq!([grid.level(low - 1e12), grid.level(high + 1e12)], [0, levels]);
            }
        }
    }

    #[test]
    fn a_range_far_from_zero_keeps_its_levels() {
        let grid = Grid::over((999.0, 1001.0), 200).unwrap();
        assert_eq!((grid.base, grid.unit), (999.0, 0.01));
        assert_eq!(grid.level(1000.0), 100);
        // Where zero is near, it costs little.
        assert_eq!(with_zero((0.1, 1.0)), (0.0, 1.0));
        assert_eq!(with_zero((-1.0, -0.7)), (-1.0, -0.7));
    }

    #[test]
    fn a_point_has_no_grid() {
        for point in [0.0, 3.0, -1e9] {
            assert_eq!(Grid::over((point, point), 255), None);
        }
        assert_eq!(Grid::over((0.3, 0.1 + 0.2), 255), None);
    }
}
