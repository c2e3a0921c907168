//! Traces that break one clause, and statements that are false of them.

use ff::Field;

use super::{Bench, COPIES, at, bench, salt, shifted};
use crate::argument::testing;
use crate::argument::testing::forge::{self, Hooks, RowHook};
use crate::argument::trace::Trace;
use crate::field::Scalar;
use crate::model::program::{Op, Program, Table};

#[test]
fn broken_table_rows_are_refused() {
    let bench = bench();
    let row = bench.step_row();
    let max_row = bench.row_of(|op| matches!(op, Op::Max { .. }));
    // (q − 1, r + 2^s, T[q − 1]): the division still holds.
    let borrow = |[q, r, _]: [u64; 3], table: &Table| {
        let y = table.values[q as usize - 1] - table.min();
        [q - 1, r + (1 << 6), y as u64]
    };
    let cases: [(&str, Hooks); 6] = [
        (
            "y is not the table's value",
            Hooks { row: at(row, |[q, r, y], _| [q, r, y + 1]), ..Hooks::default() },
        ),
        ("r out of range, division kept", Hooks { row: at(row, borrow), ..Hooks::default() }),
        (
            "q past the table",
            Hooks {
                row: at(row, |[_, r, y], t| [t.values.len() as u64, r, y]),
                ..Hooks::default()
            },
        ),
        ("a tap or bias dropped", Hooks { argument: shifted(row, 41), ..Hooks::default() }),
        (
            "a maximum of something else",
            Hooks { argument: shifted(max_row, 1), ..Hooks::default() },
        ),
        (
            "relu of a maximum off by one",
            Hooks { row: at(max_row, |[q, r, y], _| [q, r, y + 1]), ..Hooks::default() },
        ),
    ];
    for (name, hooks) in cases {
        let mut traces = bench.honest();
        traces[1] = bench.trace(1, &hooks);
        bench.assert_refused(name, &bench.statement(&traces), &traces);
    }
}

#[test]
fn broken_limbs_are_refused() {
    refuses_broken_limbs::<12>(testing::fine_program());
}

#[test]
fn broken_limbs_beside_longer_ones_are_refused() {
    refuses_broken_limbs::<14>(testing::longer_limb_program());
}

#[test]
fn a_long_remainder_out_of_range_is_refused() {
    let bench = Bench::of(testing::one_long_limb_program());
    let honest = bench.honest();
    let statement = bench.statement(&honest);
    assert_eq!(bench.shape.limb_rows, 0);
    assert!(bench.accepts(&statement, &bench.prove(&statement, &honest)));
    let first = bench.step_row();
    let slot = (0..honest.len()).find(|slot| honest[*slot].table[first][0] > 0).unwrap();
    // The quotient before it, and a remainder past the range's last entry.
    let row = at(first, |[q, r, _]: [u64; 3], table: &Table| {
        [q - 1, r + (1 << 13), (table.values[q as usize - 1] - table.min()) as u64]
    });
    let mut traces = bench.honest();
    traces[slot] = bench.trace(slot, &Hooks { row, ..Hooks::default() });
    bench.assert_refused("a remainder out of range", &bench.statement(&traces), &traces);
}

/// Of a program whose first step has a shift of 17 and lower limbs of so many bits.
fn refuses_broken_limbs<const LOWER: u32>(program: Program) {
    assert_eq!(program.lower_bits(), LOWER);
    let bench = Bench::of(program);
    let honest = bench.honest();
    let statement = bench.statement(&honest);
    assert_eq!(statement.check(&bench.program, &honest), Ok(()));
    assert!(bench.accepts(&statement, &bench.prove(&statement, &honest)));

    let first = bench.step_row();
    let node = bench.shape.first_row.iter().position(|row| *row == first).unwrap();
    let node = (node..).find(|node| matches!(bench.program.nodes()[*node].op, Op::Table { .. }));
    let limb = |element| bench.shape.limb(node.unwrap(), element);
    // (q − 1, T[q − 1]): what q stands for must come from elsewhere.
    let less = |[q, r, _]: [u64; 3], table: &Table| {
        [q - 1, r, (table.values[q as usize - 1] - table.min()) as u64]
    };
    type Edit = fn(&mut u64);
    let cases: [(&str, usize, Option<RowHook>, Edit); 5] = [
        ("an upper limb off by one", 0, None, |limb| *limb ^= 1),
        ("the other cell of its row", 1, None, |limb| *limb ^= 1),
        ("the last one of an odd number", 2, None, |limb| *limb ^= 1),
        ("an upper limb out of range, division kept", 0, at(first, less), |limb| {
            *limb += 1 << (17 - LOWER)
        }),
        (
            "a lower limb out of range, division kept",
            0,
            at(first, |[q, r, y], _| [q, r + (1 << LOWER), y]),
            |limb| *limb = limb.wrapping_sub(1),
        ),
    ];
    for (name, element, row, edit) in cases {
        // Not every document has a quotient or limb to take one from.
        let (row_of_limb, cell) = limb(element);
        let slot = (0..honest.len())
            .find(|slot| {
                honest[*slot].table[row_of_limb][cell] > 0 && honest[*slot].table[first][0] > 0
            })
            .unwrap();
        let mut traces = bench.honest();
        traces[slot] = bench.trace(slot, &Hooks { row, ..Hooks::default() });
        edit(&mut traces[slot].table[row_of_limb][cell]);
        bench.assert_refused(name, &bench.statement(&traces), &traces);
    }
}

#[test]
fn the_other_rounding_at_a_tie_is_refused() {
    // At a tie r = 0; rounding the other way is (q − 1, r = 2^s), one past
    // the range's last entry.
    let bench = bench();
    let first = bench.step_row();
    let ties = |trace: &Trace| (first..first + 24).find(|row| trace.table[*row][1] == 0);
    let mut traces = bench.honest();
    let mut changed = bench.documents.clone();
    // Move one byte until some row of slot 0 is a tie.
    let (bytes, row) = (0..256)
        .find_map(|value| {
            changed[0][17] = value;
            let trace =
                forge::trace(&bench.program, &bench.shape, &changed[0], salt(0), &Hooks::default());
            ties(&trace).map(|row| (changed[0].clone(), row))
        })
        .unwrap();
    let round_down = |[q, r, _]: [u64; 3], table: &Table| {
        let y = table.values[q as usize - 1] - table.min();
        [q - 1, r + (1 << 6), y as u64]
    };
    let hooks = Hooks { row: at(row, round_down), ..Hooks::default() };
    traces[0] = forge::trace(&bench.program, &bench.shape, &bytes, salt(0), &hooks);
    assert_eq!(traces[0].table[row][1], 64);
    bench.assert_refused("the other rounding", &bench.statement(&traces), &traces);
}

#[test]
fn broken_bytes_and_hashes_are_refused() {
    let bench = bench();
    let honest = bench.honest();
    let mut cases: Vec<(&str, Trace)> = Vec::new();

    // 256 in one byte and one less in the next packs to the same word.
    let mut bytes = bench.documents[2].clone();
    let at = bytes[..30].windows(2).position(|pair| pair[1] > 0).unwrap();
    bytes[at] += 256;
    bytes[at + 1] -= 1;
    let overflow = forge::trace(&bench.program, &bench.shape, &bytes, salt(2), &Hooks::default());
    assert_eq!(overflow.digest, honest[2].digest);
    cases.push(("a byte of 256", overflow));

    let mut hashed = bench.documents[2].clone();
    hashed[34] ^= 1;
    let hooks = Hooks { hashed: Some(hashed), ..Hooks::default() };
    cases.push(("other bytes hashed than classified", bench.trace(2, &hooks)));

    let in_row = |row: usize, change: fn([Scalar; 2]) -> [Scalar; 2]| Hooks {
        sbox: Some(Box::new(move |here, cells| if here == row { change(cells) } else { cells })),
        ..Hooks::default()
    };
    let wrong_power = |[u, v]: [Scalar; 2]| [u, v + Scalar::ONE];
    let wrong_state = |[u, _]: [Scalar; 2]| {
        let u = u + Scalar::ONE;
        [u, u.square().square() * u]
    };
    for row in [0, 1, 40, 128] {
        cases.push(("v is not u^5", bench.trace(2, &in_row(row, wrong_power))));
    }
    // Row 1 is the salt's, which may be anything.
    for row in [0, 2, 9, 36, 93, 128] {
        cases.push(("a round constant or matrix entry", bench.trace(2, &in_row(row, wrong_state))));
    }
    for (name, trace) in cases {
        let mut traces = honest.clone();
        traces[2] = trace;
        bench.assert_refused(name, &bench.statement(&traces), &traces);
    }
}

#[test]
fn broken_products_are_refused() {
    let bench = bench();
    let in_row = |change: fn([i64; 3]) -> [i64; 3]| Hooks {
        product: Some(Box::new(move |row, cells| if row == 3 { change(cells) } else { cells })),
        ..Hooks::default()
    };
    let cases: [(&str, Hooks); 3] = [
        ("z is not x·y", in_row(|[x, y, z]| [x, y, z + 1])),
        ("x is not its map", in_row(|[x, y, _]| [x + 1, y, (x + 1) * y])),
        ("y is not its map", in_row(|[x, y, _]| [x, y - 1, x * (y - 1)])),
    ];
    for (name, hooks) in cases {
        let mut traces = bench.honest();
        traces[5] = bench.trace(5, &hooks);
        bench.assert_refused(name, &bench.statement(&traces), &traces);
    }
}

#[test]
fn false_statements_are_refused() {
    let bench = bench();
    let traces = bench.honest();
    let statement = bench.statement(&traces);
    let decisions: Vec<bool> = traces.iter().map(|trace| trace.decision).collect();
    let yes = decisions.iter().position(|v| *v).unwrap();
    let no = decisions.iter().position(|v| !*v).unwrap();
    let flip = |slots: &[usize]| {
        let mut changed = statement.clone();
        slots.iter().for_each(|slot| changed.slots[*slot].decision ^= true);
        changed
    };
    bench.assert_refused("a match denied", &flip(&[yes]), &traces);
    bench.assert_refused("a match invented", &flip(&[no]), &traces);

    // Rule 1: errors of two copies, or two lanes, cancel in a plain sum.
    let pair = |same_lane: bool| {
        let lane = |slot: usize| slot / COPIES as usize;
        let all = (0..6).flat_map(|a| (0..6).map(move |b| (a, b)));
        all.filter(|(a, b)| decisions[*a] && !decisions[*b])
            .find(|(a, b)| (lane(*a) == lane(*b)) == same_lane)
    };
    for (name, same_lane) in [("decisions of two copies", true), ("decisions of two lanes", false)]
    {
        let (a, b) = pair(same_lane).unwrap();
        bench.assert_refused(name, &flip(&[a, b]), &traces);
    }
    for (a, b) in [(0, 1), (0, 3)] {
        let mut digests = statement.clone();
        let digest = digests.slots[a].digest;
        digests.slots[a].digest = std::mem::replace(&mut digests.slots[b].digest, digest);
        bench.assert_refused("digests swapped", &digests, &traces);
        let mut cells = traces.clone();
        cells.swap(a, b);
        bench.assert_refused("cells swapped", &statement, &cells);
    }
}

#[test]
fn errors_chosen_to_cancel_are_refused() {
    let bench = bench();
    let row = bench.step_row();
    let mut two_relations = bench.honest();
    let hooks = Hooks {
        argument: Some(Box::new(move |here, x| match here {
            _ if here == row => x + 3,
            _ if here == row + 1 => x - 3,
            _ => x,
        })),
        ..Hooks::default()
    };
    two_relations[0] = bench.trace(0, &hooks);
    bench.assert_refused("two relations", &bench.statement(&two_relations), &two_relations);
    for (name, other) in [("two copies", 1), ("two lanes", 3)] {
        let mut traces = bench.honest();
        for (slot, by) in [(0, 5), (other, -5)] {
            let hooks = Hooks { argument: shifted(row, by), ..Hooks::default() };
            traces[slot] = bench.trace(slot, &hooks);
        }
        bench.assert_refused(name, &bench.statement(&traces), &traces);
    }
}
