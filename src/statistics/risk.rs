//! How often a statement may be wrong.

/// The chance `part / of` with which an end of an interval may be wrong, above 0
/// and below 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Risk {
    /// Numerator.
    pub part: u64,
    /// Denominator.
    pub of: u64,
}

impl Risk {
    /// Of each end of an interval that holds the truth in 95 of 100 cases or more.
    pub const OF_95_PERCENT: Self = Self { part: 1, of: 40 };

    /// `part / of`; `None` unless it is above 0 and below 1.
    #[must_use]
    pub const fn new(part: u64, of: u64) -> Option<Self> {
        if part == 0 || part >= of { None } else { Some(Self { part, of }) }
    }

    /// The same risk shared out among `shares` statements (Bonferroni), in lowest
    /// terms; `None` among none, or if the denominator passes 2^64.
    #[must_use]
    pub fn shared(self, shares: u64) -> Option<Self> {
        let common = divisor(self.part, shares);
        let (part, shares) = (self.part.checked_div(common)?, shares.checked_div(common)?);
        let of = self.of.checked_mul(shares)?;
        let common = divisor(part, of);
        Self::new(part / common, of / common)
    }
}

impl std::fmt::Display for Risk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.part, self.of)
    }
}

/// Greatest common divisor.
const fn divisor(mut a: u64, mut b: u64) -> u64 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_in_lowest_terms_and_none_is_nothing() {
        let risk = Risk::new(5, 100).unwrap();
        assert_eq!(risk.shared(2), Risk::new(1, 40));
        assert_eq!(risk.shared(1), Risk::new(1, 20));
        assert_eq!(risk.shared(2).and_then(|half| half.shared(2)), Risk::new(1, 80));
        assert_eq!(risk.shared(0), None);
        assert_eq!(risk.shared(u64::MAX), None);
        assert_eq!([Risk::new(0, 1), Risk::new(1, 1), Risk::new(2, 1)], [None; 3]);
        assert_eq!(Risk::OF_95_PERCENT.to_string(), "1/40");
    }
}
