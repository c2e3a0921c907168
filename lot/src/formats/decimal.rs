//! A chance of error as a decimal, in its one spelling.

use std::fmt;
use std::str::FromStr;

use candor::statistics::Risk;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Most decimals.
const MAX_DECIMALS: u32 = 9;

/// A number above 0 and below 1 with one to nine decimals, such as `0.05`.
///
/// ```
/// use candor_lot::formats::Decimal;
///
/// let error: Decimal = "0.05".parse()?;
/// assert_eq!((error.risk().part, error.risk().of), (5, 100));
/// assert!("0.050".parse::<Decimal>().is_err());
/// # Ok::<(), candor_lot::formats::decimal::NotADecimal>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    /// Above 0, below 10^decimals, no multiple of 10.
    digits: u64,
    /// 1 to [`MAX_DECIMALS`].
    decimals: u32,
}

impl Decimal {
    /// As a fraction, not in lowest terms.
    #[must_use]
    pub fn risk(self) -> Risk {
        Risk { part: self.digits, of: 10_u64.saturating_pow(self.decimals) }
    }

    /// What is left to 1, in the same decimals: 0.95 of 0.05.
    #[must_use]
    pub fn complement(self) -> Risk {
        let Risk { part, of } = self.risk();
        Risk { part: of.saturating_sub(part), of }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0.{:0width$}", self.digits, width = self.decimals as usize)
    }
}

/// A text that is no such number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotADecimal;

impl fmt::Display for NotADecimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("write a number above 0 and below 1 such as 0.05, without zeros at its end")
    }
}

impl std::error::Error for NotADecimal {}

impl FromStr for Decimal {
    type Err = NotADecimal;

    fn from_str(text: &str) -> Result<Self, NotADecimal> {
        let decimals = text.strip_prefix("0.").ok_or(NotADecimal)?;
        let plain = decimals.bytes().all(|byte| byte.is_ascii_digit());
        let number = u32::try_from(decimals.len()).map_err(|_| NotADecimal)?;
        if !plain || !(1..=MAX_DECIMALS).contains(&number) || decimals.ends_with('0') {
            return Err(NotADecimal);
        }
        let digits = decimals.parse().map_err(|_| NotADecimal)?;
        Ok(Self { digits, decimals: number })
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_has_one_spelling() {
        for text in ["0.05", "0.5", "0.025", "0.000000001", "0.999999999"] {
            assert_eq!(text.parse::<Decimal>().unwrap().to_string(), text);
        }
        for odd in ["0", "0.", "0.0", "0.50", "1.0", ".5", "0,5", "0.+5", "0.0000000001", "-0.5"] {
            assert!(odd.parse::<Decimal>().is_err(), "{odd}");
        }
        let error: Decimal = "0.025".parse().unwrap();
        assert_eq!((error.risk().part, error.risk().of), (25, 1000));
        assert_eq!(error.complement().part, 975);
    }
}
