//! How many chance matches are more than chance explains.

/// A number is beyond chance if so many or more come about less often than this.
const TAIL: f64 = 1e-6;
/// A term so much smaller than the greatest no longer counts.
const NEGLIGIBLE: f64 = 1e-20;

/// Whether `found` events, of which `expected` were expected at most, are more than come
/// about by chance once in a million times.
///
/// The upper tail of Poisson's distribution, which bounds that of independent events of
/// any probabilities with this mean. Terms are summed relative to the greatest, so that
/// only the four operations are needed and every machine decides alike.
#[must_use]
pub fn is_beyond_chance(expected: f64, found: u64) -> bool {
    if found == 0 || found as f64 <= expected {
        return false;
    }
    if expected <= 0.0 {
        return true;
    }
    let greatest = expected.floor();
    let (mut all, mut tail) = (1.0, if found as f64 <= greatest { 1.0 } else { 0.0 });
    let (mut number, mut term) = (greatest, 1.0);
    while term > NEGLIGIBLE {
        number += 1.0;
        term *= expected / number;
        all += term;
        if number >= found as f64 {
            tail += term;
        }
    }
    let (mut number, mut term) = (greatest, 1.0);
    while number > 0.0 && term > NEGLIGIBLE {
        term *= number / expected;
        number -= 1.0;
        all += term;
    }
    tail / all < TAIL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_poissons() {
        // P(X ≥ 1) = 1 − e^−λ, which is λ − λ²/2 + … for small λ.
        assert!(is_beyond_chance(0.9e-6, 1) && !is_beyond_chance(1.1e-6, 1));
        // P(X ≥ 2) is near λ²/2.
        assert!(is_beyond_chance(1.40e-3, 2) && !is_beyond_chance(1.42e-3, 2));
        // P(X ≥ 10) at λ = 1 is 1.1e-7, P(X ≥ 9) 1.1e-6.
        assert!(is_beyond_chance(1.0, 10) && !is_beyond_chance(1.0, 9));
        // Of λ = 10,000 the deviation is 100; the tail lies near 4.77 of them.
        assert!(is_beyond_chance(1e4, 10_500) && !is_beyond_chance(1e4, 10_450));
        assert!(is_beyond_chance(0.0, 1) && !is_beyond_chance(0.0, 0));
        assert!(!is_beyond_chance(5.0, 5));
    }
}
