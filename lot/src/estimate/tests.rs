//! Figures of lots that nobody has to draw.

use std::collections::BTreeMap;

use age::x25519::Identity;
use candor::exchange::formats::text::Sha256Hex;
use candor::statistics::Bounds;

use super::coded::Coded;
use super::count::{Looks, Risks, StratumSeen, strata};
use super::figures::{Figure, Name, Thresholds, figures, withheld};
use super::report::Estimate;
use crate::audit::record::{Audit, AuditedLeaf, AuditedStratum, Fate, PackageState};
use crate::formats::{Artefact, Families, Filed, Lot, Stratum};

/// A stratum: its name, what the lot draws of it, its size, drawn leaves, responsive ones,
/// false ones, missing ones, and ones that are not coded.
#[derive(Clone, Copy, Default)]
struct Made {
    name: &'static str,
    asked: Option<&'static str>,
    size: u64,
    drawn: u64,
    responsive: u64,
    r#false: u64,
    missing: u64,
    excused: u64,
    not_coded: u64,
}

/// Lot, audit and sheet as they would come.
fn made(all: &[Made], error: &str) -> (Filed<Lot>, Filed<Audit>, Coded) {
    let digest = Sha256Hex([1; 32]);
    let asked = all.iter().filter_map(|made| {
        let text = format!("{}={}", made.name, made.asked?);
        Some(text.parse::<Stratum>().unwrap())
    });
    let lot = Filed::of(Lot {
        format: Lot::FORMAT.to_owned(),
        root: "07".repeat(32).parse().unwrap(),
        request: all.iter().all(|made| made.name != "all").then_some(digest),
        number: 1,
        previous: None,
        nonce_sha256: digest,
        recipient: Identity::generate().to_public().into(),
        strata: asked.collect(),
        families: Families::Top,
        excuse: vec!["privilege/ac".into()],
        error: error.parse().unwrap(),
    });
    assert_eq!(lot.value.problem(), None);
    let mut next = 0;
    let mut responsive = BTreeMap::new();
    let of = |made: &Made| {
        let leaf = |at: u64| {
            let leaf = next + at;
            let gone = made.missing + made.excused;
            let fate = if at < made.missing {
                Fate::Missing { basis: None }
            } else if at < gone {
                Fate::Excused { basis: "privilege/ac".into() }
            } else if at < gone + made.r#false {
                Fate::False { check: 4 }
            } else {
                Fate::Clean
            };
            let coded = at >= gone + made.not_coded;
            if coded {
                responsive.insert(leaf, made.drawn - at <= made.responsive);
            }
            AuditedLeaf { leaf, fate, seen: at >= gone }
        };
        let drawn: Vec<AuditedLeaf> = (0..made.drawn).map(leaf).collect();
        next += made.drawn;
        AuditedStratum { population: made.name.parse().unwrap(), size: made.size, drawn }
    };
    let strata: Vec<AuditedStratum> = all.iter().map(of).collect();
    let audit = Filed::of(Audit {
        format: Audit::FORMAT.to_owned(),
        lot: lot.digest,
        seal: digest,
        drawing: digest,
        opened: Some(digest),
        opened_by: None,
        package: PackageState::Opened,
        strata,
        findings: Vec::new(),
        equal: Vec::new(),
        elsewhere: 0,
    });
    assert_eq!(Filed::<Audit>::parse(audit.bytes.clone()).as_ref(), Ok(&audit));
    let rows = responsive.len() as u64;
    (lot, audit, Coded { responsive, rows, digest })
}

fn seen(all: &[Made], look: Option<u64>) -> (Vec<StratumSeen>, Risks) {
    let (lot, audit, coded) = made(all, "0.05");
    let looks = Looks::of(&lot.value, look).unwrap();
    (strata(&audit.value, &lot.value, looks, Some(&coded)), Risks::of(&lot.value, looks))
}

fn figure(all: &[Made], name: Name) -> Figure {
    let (strata, risks) = seen(all, None);
    let found = figures(&strata, risks);
    found.into_iter().find(|figure| figure.name == name).unwrap()
}

fn interval(all: &[Made], name: Name) -> [String; 2] {
    figure(all, name).interval.decimals()
}

const DISCLOSED: Made = Made {
    name: "disclosed",
    asked: Some("all"),
    size: 5000,
    drawn: 5000,
    responsive: 3800,
    r#false: 0,
    missing: 0,
    excused: 0,
    not_coded: 0,
};
const OTHERS: Made = Made {
    name: "nonmatching",
    asked: Some("2400"),
    size: 95_000,
    drawn: 2400,
    responsive: 6,
    ..DISCLOSED
};

#[test]
fn the_published_recall_is_met() {
    for name in [Name::RecallExamined, Name::RecallAll] {
        assert_eq!(interval(&[DISCLOSED, OTHERS], name), ["0.881261", "0.977115"]);
        let missing = Made { missing: 2, ..OTHERS };
        assert_eq!(interval(&[DISCLOSED, missing], name), ["0.859923", "0.977115"]);
        let excused = Made { excused: 1, not_coded: 1, ..OTHERS };
        assert_eq!(interval(&[DISCLOSED, excused], name), ["0.859923", "0.977115"]);
        let sampled = Made { asked: Some("400"), drawn: 400, responsive: 304, ..DISCLOSED };
        assert_eq!(interval(&[sampled, OTHERS], name), ["0.864509", "0.981459"]);
    }
    let found = figure(&[DISCLOSED, OTHERS], Name::RecallAll);
    assert_eq!((found.alpha.to_string(), found.sampled, found.at_worst), ("1/40".into(), 1, false));
}

#[test]
fn elusion_precision_and_richness_are_of_their_strata() {
    let strata = [DISCLOSED, OTHERS];
    // 89 and 512 of 95,000, rounded outwards.
    assert_eq!(interval(&strata, Name::Elusion), ["0.000936", "0.005390"]);
    assert_eq!(interval(&strata, Name::Precision), ["0.760000", "0.760000"]);
    assert_eq!(interval(&strata, Name::Richness), ["0.038890", "0.043120"]);
}

#[test]
fn missing_leaves_are_at_their_worst_in_every_figure() {
    let honest = [DISCLOSED, OTHERS];
    for worse in [
        Made { missing: 5, ..OTHERS },
        Made { excused: 5, ..OTHERS },
        Made { not_coded: 5, ..OTHERS },
    ] {
        let worse = [DISCLOSED, worse];
        for name in [Name::Elusion, Name::Richness, Name::RecallExamined, Name::RecallAll] {
            let (before, after) = (figure(&honest, name), figure(&worse, name));
            assert!(after.at_worst && !before.at_worst, "{name:?}");
            let (before, after) = (before.interval, after.interval);
            assert!(after.low <= before.low && after.high >= before.high, "{name:?}");
            assert!(after.low < before.low || after.high > before.high, "{name:?}");
        }
    }
    // And a false leaf: of 300 of 10,000, none false, 0 to 3 missing.
    let bound = |made: Made| {
        let stratum =
            Made { name: "nonmatching", asked: Some("300"), size: 10_000, drawn: 300, ..made };
        let (strata, _) = seen(&[stratum], None);
        (strata[0].r#false.bounds, strata[0].r#false.alpha.to_string())
    };
    for (missing, high) in [(0, 97), (1, 155), (2, 206), (3, 254)] {
        for made in
            [Made { missing, ..Made::default() }, Made { excused: missing, ..Made::default() }]
        {
            assert_eq!(bound(made), (Bounds { low: 0, high }, "1/20".to_owned()));
        }
    }
    // What is not coded is still audited.
    let not_coded = bound(Made { not_coded: 3, ..Made::default() });
    assert_eq!(not_coded.0.high, 97);
}

#[test]
fn what_was_not_sampled_may_be_anything() {
    let unread = Made { name: "unreadable", size: 1000, ..Made::default() };
    let strata = [DISCLOSED, OTHERS, unread];
    assert_eq!(interval(&strata, Name::RecallExamined), ["0.881261", "0.977115"]);
    // 3,800 of 3,800 + 512 + 1,000.
    let all = figure(&strata, Name::RecallAll);
    assert_eq!((all.interval.decimals()[0].as_str(), all.at_worst), ("0.715361", true));
    assert!(!figure(&strata, Name::RecallExamined).at_worst);
    // All that was not disclosed.
    let unsampled = Made { asked: None, drawn: 0, responsive: 0, ..OTHERS };
    assert_eq!(interval(&[DISCLOSED, unsampled], Name::RecallAll), ["0.038461", "1.000000"]);
    let false_leaves = figure(&[DISCLOSED, unsampled], Name::FalseLeaves);
    assert_eq!(
        (false_leaves.interval.decimals()[1].as_str(), false_leaves.at_worst),
        ("1.000000", true)
    );
    // What is disclosed is checked with the bundle.
    let undrawn = Made { asked: None, drawn: 0, responsive: 0, ..DISCLOSED };
    let false_leaves = figure(&[undrawn, OTHERS], Name::FalseLeaves);
    assert!(!false_leaves.at_worst && figure(&[undrawn, OTHERS], Name::Precision).at_worst);
}

#[test]
fn withheld_items_are_missed_and_stand_on_their_own_line() {
    let kept = Made {
        name: "withheld",
        asked: Some("all"),
        size: 10,
        drawn: 10,
        responsive: 7,
        ..Made::default()
    };
    let (strata, risks) = seen(&[DISCLOSED, kept, OTHERS], None);
    assert_eq!(withheld(&strata, risks), Some(Bounds { low: 7, high: 7 }));
    // 3,800 of 3,800 + 7 + 512.
    let recall = interval(&[DISCLOSED, kept, OTHERS], Name::RecallExamined);
    assert_eq!(recall[0], "0.879833");
}

#[test]
fn each_look_pays_for_all_looks() {
    let looks = Made { asked: Some("1200,2400"), ..OTHERS };
    let (first, risks) = seen(&[DISCLOSED, looks], Some(1));
    assert_eq!((first[1].drawn, first[1].r#false.alpha.to_string()), (1200, "1/40".to_owned()));
    assert_eq!(risks.end(2, 1).to_string(), "1/80");
    let (last, _) = seen(&[DISCLOSED, looks], None);
    assert_eq!((last[1].drawn, last[0].drawn), (2400, 5000));
    let (once, _) = seen(&[DISCLOSED, OTHERS], None);
    let high = |strata: &[StratumSeen]| strata[1].responsive.unwrap().bounds.high;
    assert!(high(&last) > high(&once));
    let (lot, ..) = made(&[looks], "0.05");
    assert!(Looks::of(&lot.value, Some(3)).is_err() && Looks::of(&lot.value, Some(0)).is_err());
}

fn estimated(all: &[Made], thresholds: &Thresholds, coded: bool) -> Estimate {
    let (lot, audit, sheet) = made(all, "0.05");
    let looks = Looks::of(&lot.value, None).unwrap();
    let sheet = coded.then_some(sheet);
    let strata = strata(&audit.value, &lot.value, looks, sheet.as_ref());
    let coded = sheet.map(|sheet| ("A. Neutral".to_owned(), sheet));
    Estimate::new((&lot, &audit), Vec::new(), looks, strata, coded, thresholds)
}

#[test]
fn thresholds_are_held_against_the_end_that_is_worse() {
    let of = |recall: &str, elusion: &str, r#false: &str| Thresholds {
        recall_examined: Some(recall.parse().unwrap()),
        elusion: Some(elusion.parse().unwrap()),
        false_leaves: Some(r#false.parse().unwrap()),
        ..Thresholds::default()
    };
    let strata = [DISCLOSED, OTHERS];
    let met = |thresholds: &Thresholds| -> Vec<bool> {
        let estimate = estimated(&strata, thresholds, true);
        assert_eq!(estimate.exit_code() == 1, estimate.thresholds.iter().any(|one| !one.met));
        estimate.thresholds.iter().map(|threshold| threshold.met).collect()
    };
    assert_eq!(met(&of("0.881261", "0.00539", "0.01")), [true; 3]);
    assert_eq!(met(&of("0.881262", "0.005389", "0.0001")), [false; 3]);
    // A figure that nobody coded for reaches nothing.
    let estimate = estimated(&strata, &of("0.1", "0.9", "0.9"), false);
    let met: Vec<bool> = estimate.thresholds.iter().map(|threshold| threshold.met).collect();
    assert_eq!((met, estimate.exit_code()), (vec![false, false, true], 1));
}

#[test]
fn a_report_says_what_its_figures_rest_on() {
    let none = Thresholds::default();
    let estimate = estimated(&[DISCLOSED, Made { missing: 1, ..OTHERS }], &none, true);
    assert_eq!(estimate.exit_code(), 3);
    let text = estimate.to_string();
    for line in [
        "coded by   A. Neutral: 7399 of 7399 rows, 3806 responsive",
        "nonmatching: N = 95000, n = 2400",
        "  responsive x = 6, missing 1, α = 1/40 a side, two-sided: 89 to",
        "  false      x = 0, missing 1, α = 1/20 one-sided: at most ",
        "  2399 clean leaves miss 1 false one with probability 0.974748, 950 with 0.000001",
        "and N may be padded",
        "the intervals do not hold the coder's errors",
        "outcome    counted, with something at its worst",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let whole = [DISCLOSED, Made { asked: Some("all"), size: 2400, ..OTHERS }];
    assert_eq!(estimated(&whole, &none, true).exit_code(), 0);
    let estimate = estimated(&[DISCLOSED, OTHERS], &none, false);
    assert!(estimate.to_string().contains("nobody: only false leaves are counted"));
    assert_eq!(estimate.figures.len(), 1);
    // Over a root alone nothing was found, so there is no recall.
    let all = Made { name: "all", asked: Some("300"), size: 10_000, drawn: 300, ..Made::default() };
    let names: Vec<Name> =
        estimated(&[all], &none, true).figures.iter().map(|figure| figure.name).collect();
    assert_eq!(names, [Name::FalseLeaves, Name::Richness]);
}
