//! How much to draw.

use std::fmt;

use candor::exchange::ExchangeError;
use candor::statistics::{Risk, clopper_pearson, fewest_clean, fewest_for_width};
use serde::Serialize;

use crate::formats::Decimal;

/// A sample beyond this is no help, and its figures would take minutes.
const MAX_DRAWN: u64 = 1 << 16;
/// Steps of the unit interval.
const MILLION: u64 = 1_000_000;

/// What a sample is to show.
#[derive(Clone, Copy, Debug)]
pub struct PlanOptions {
    /// How often what is said has to hold, such as 0.95.
    pub confidence: Decimal,
    /// No interval for a share may be wider.
    pub width: Option<Decimal>,
    /// A stratum of so many documents, of which no more than this share may be false or
    /// responsive if the sample has none.
    pub clean: Option<(u64, Decimal)>,
}

/// How much to draw.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// How often what is said holds.
    pub confidence: Decimal,
    /// For an interval of a width.
    pub interval: Option<ForInterval>,
    /// For a stratum without anything found.
    pub clean: Option<ForClean>,
}

/// A sample for an interval.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ForInterval {
    /// No interval is wider, whatever is found.
    pub width: Decimal,
    /// Documents to draw.
    pub draw: u64,
}

/// A sample for a bound.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ForClean {
    /// Documents of the stratum.
    pub size: u64,
    /// The share that is bounded if nothing is found.
    pub share: Decimal,
    /// Documents to draw.
    pub draw: u64,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "confidence {}", self.confidence)?;
        if let Some(ForInterval { width, draw }) = self.interval {
            writeln!(
                f,
                "draw       {draw} for an interval no wider than {width}, whatever is found"
            )?;
        }
        if let Some(ForClean { size, share, draw }) = self.clean {
            writeln!(
                f,
                "draw       {draw} of {size} to bound a share by {share} if nothing is found"
            )?;
        }
        Ok(())
    }
}

/// Computes how much to draw, exactly: by Clopper and Pearson for an interval, by the
/// hypergeometric distribution for a bound.
///
/// # Errors
/// If nothing is asked, or too much.
pub fn plan(options: &PlanOptions) -> Result<Plan, ExchangeError> {
    if options.width.is_none() && options.clean.is_none() {
        let advice = "give --width, or --size and --share";
        return Err(ExchangeError::input("what the sample is to show", "is missing", advice));
    }
    // What is left to 1: of it, each end of an interval has half.
    let rest = options.confidence.complement();
    let interval = options.width.map(|width| for_interval(width, rest)).transpose()?;
    let clean = options.clean.map(|(size, share)| {
        let Risk { part, of } = share.risk();
        ForClean { size, share, draw: fewest_clean(size, (part, of), rest) }
    });
    Ok(Plan { confidence: options.confidence, interval, clean })
}

fn for_interval(width: Decimal, rest: Risk) -> Result<ForInterval, ExchangeError> {
    let Risk { part, of } = width.risk();
    let millionths = part.saturating_mul(MILLION).checked_div(of).unwrap_or(MILLION);
    let millionths = u32::try_from(millionths).unwrap_or(u32::MAX);
    let side = Risk { part: rest.part, of: rest.of.saturating_mul(2) };
    let wide = |drawn: u64| {
        let interval = clopper_pearson(drawn, drawn / 2, side);
        interval.high.saturating_sub(interval.low) > millionths
    };
    // Long samples take long to compute: no longer ones than are needed.
    let mut enough = 16;
    while enough < MAX_DRAWN && wide(enough) {
        enough = enough.saturating_mul(2);
    }
    match fewest_for_width(millionths, enough, side) {
        Some(draw) => Ok(ForInterval { width, draw }),
        None => {
            let problem = format!("is {width}, for which more than {enough} would be drawn");
            Err(ExchangeError::input("--width", problem, "give a greater width"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(width: Option<&str>, clean: Option<(u64, &str)>) -> Plan {
        let of = |text: &str| text.parse::<Decimal>().unwrap();
        let clean = clean.map(|(size, share)| (size, of(share)));
        plan(&PlanOptions { confidence: of("0.95"), width: width.map(of), clean }).unwrap()
    }

    #[test]
    fn the_published_sizes_are_met() {
        for (width, draw) in [("0.05", 1574), ("0.1", 402)] {
            assert_eq!(planned(Some(width), None).interval.unwrap().draw, draw);
        }
        for (size, draw) in [(1_000, 238), (10_000, 291), (100_000, 298)] {
            assert_eq!(planned(None, Some((size, "0.01"))).clean.unwrap().draw, draw);
        }
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
        let of = |text: &str| text.parse::<Decimal>().unwrap();
        let confidence = of("0.95");
        let nothing = PlanOptions { confidence, width: None, clean: None };
        assert!(plan(&nothing).unwrap_err().to_string().contains("is missing"));
    }
}
