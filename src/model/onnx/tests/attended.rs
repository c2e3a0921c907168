//! Attention against its definition: its sides tensors or constants, and who sees whom.

use super::super::proto::AttributeProto;
use super::super::read;
use super::super::writer::{Writer, float, int};
use super::refused::says;
use crate::model::graph::Op;
use crate::model::operators::evaluate;

/// Queries, keys, values, and keys and values from before: heads, tokens, elements.
const SIDES: [[usize; 3]; 5] = [[4, 3, 2], [2, 4, 2], [2, 4, 3], [2, 2, 2], [2, 2, 3]];
const KEYS: usize = 6;

/// A mask input.
enum Given {
    None,
    Numbers(Vec<i64>, Vec<f32>),
    Truths(Vec<i64>, Vec<u8>),
}

struct Attention {
    /// Which of the sides are constants.
    constant: [bool; 5],
    /// There are keys and values from before.
    past: bool,
    mask: Given,
    lengths: Option<i64>,
    attributes: Vec<AttributeProto>,
}

fn numbers(side: usize) -> Vec<f32> {
    let count = SIDES[side].iter().product::<usize>();
    (0..count).map(|at| ((at * 7 + side * 5) % 11) as f32 / 4.0 - 1.2).collect()
}

impl Attention {
    fn plain() -> Self {
        let attributes = vec![float("scale", 1.0)];
        Self { constant: [false; 5], past: true, mask: Given::None, lengths: None, attributes }
    }

    /// What the graph makes of the sides that are no constants.
    fn result(&self) -> Result<(Vec<f64>, bool), String> {
        let sides = if self.past { 5 } else { 3 };
        let own: Vec<usize> = (0..sides).filter(|side| !self.constant[*side]).collect();
        let document: Vec<f32> = own.iter().flat_map(|side| numbers(*side)).collect();
        let mut w = Writer::new(25, &[1, document.len() as i64 + 1], 1);
        let (mut start, mut names) = (0, vec![String::new(); 7]);
        for (side, name) in names.iter_mut().enumerate().take(sides) {
            let shape: Vec<i64> = [1].into_iter().chain(SIDES[side].map(|d| d as i64)).collect();
            if self.constant[side] {
                *name = w.floats(&shape, numbers(side));
                continue;
            }
            let end = start + numbers(side).len() as i64;
            let (from, to, axis) = (w.integers(&[start]), w.integers(&[end]), w.integers(&[1]));
            let flat = w.node("Slice", &["x", &from, &to, &axis], vec![]);
            let shape = w.integers(&shape);
            *name = w.node("Reshape", &[&flat, &shape], vec![]);
            start = end;
        }
        // The mask stands between.
        names[3..6].rotate_right(1);
        match &self.mask {
            Given::None => {}
            Given::Numbers(shape, values) => names[3] = w.floats(shape, values.clone()),
            Given::Truths(shape, values) => names[3] = w.truths(shape, values),
        }
        if let Some(length) = self.lengths {
            names[6] = w.integers(&[length]);
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let y = w.node("Attention", &names, self.attributes.clone());
        // One more, so that there is a document if all sides are constants.
        let at = [start, start + 1].map(|at| w.integers(&[at]));
        let axis = w.integers(&[1]);
        let zero = w.node("Slice", &["x", &at[0], &at[1], &axis], vec![]);
        let y = w.node("Add", &[&y, &zero], vec![]);
        let graph = read(&w.finish(&y)).map_err(|error| error.to_string())?;
        let products = graph.nodes.iter().any(|node| matches!(node.op, Op::MatMul(_)));
        let input = document.iter().chain(&[0.0]).map(|x| f64::from(*x)).collect();
        Ok((evaluate::tensor(&graph, input, graph.output), products))
    }

    /// By definition, where `adds` is what the mask adds at a head, row and column.
    fn assert(&self, adds: impl Fn([usize; 3]) -> f64) {
        let (found, _) = self.result().unwrap();
        let joined = |now: usize, before: usize, head: usize| -> Vec<Vec<f64>> {
            let rows = |side: usize| {
                let [_, tokens, width] = SIDES[side];
                let all: Vec<f64> = numbers(side).into_iter().map(f64::from).collect();
                let own = &all[head * tokens * width..(head + 1) * tokens * width];
                own.chunks(width).map(<[f64]>::to_vec).collect::<Vec<_>>()
            };
            let past = if self.past { rows(before) } else { Vec::new() };
            [past, rows(now)].concat()
        };
        let queries: Vec<f64> = numbers(0).into_iter().map(f64::from).collect();
        let mut at = 0;
        for (place, query) in queries.chunks(2).enumerate() {
            let (head, row) = (place / 3, place % 3);
            let (keys, values) = (joined(1, 3, head / 2), joined(2, 4, head / 2));
            let dot = |key: &[f64]| query.iter().zip(key).map(|(x, y)| x * y).sum::<f64>();
            let power =
                |(column, key): (usize, &Vec<f64>)| (dot(key) + adds([head, row, column])).exp();
            let powers: Vec<f64> = keys.iter().enumerate().map(power).collect();
            let sum = powers.iter().sum::<f64>();
            for element in 0..3 {
                let product = powers.iter().zip(&values).map(|(p, value)| p * value[element]);
                let expected = if sum > 0.0 { product.sum::<f64>() / sum } else { 0.0 };
                assert!((found[at] - expected).abs() < 1e-9, "{place}: {} {expected}", found[at]);
                at += 1;
            }
        }
        assert_eq!(at, found.len());
    }
}

#[test]
fn any_of_its_sides_may_be_constant() {
    for set in 0..32 {
        let constant = [1, 2, 4, 8, 16].map(|side| set & side != 0);
        let attention = Attention { constant, ..Attention::plain() };
        attention.assert(|_| 0.0);
        // A constant beside a tensor makes a layer.
        let (_, products) = attention.result().unwrap();
        let [query, key, value, past_key, past_value] = constant;
        let tensors = !(query || key && past_key) || !(value && past_value);
        assert!(tensors || !products);
    }
}

#[test]
fn places_say_who_sees_whom() {
    let open = |sees: bool| if sees { 0.0 } else { f64::NEG_INFINITY };
    let with = |more: &[AttributeProto]| {
        let mut attention = Attention::plain();
        attention.attributes.extend_from_slice(more);
        attention
    };
    // Two came before the first.
    with(&[int("is_causal", 1)]).assert(|[_, row, column]| open(column <= row + 2));
    with(&[int("left_window_size", 1)]).assert(|[_, row, column]| open(column + 1 >= row + 2));
    with(&[int("left_window_size", 0), int("right_window_size", 2)])
        .assert(|[_, row, column]| open((row + 2..=row + 4).contains(&column)));
    let alone = Attention { past: false, ..with(&[int("is_causal", 1)]) };
    alone.assert(|[_, row, column]| open(column <= row));
    // The last query stands at the last of the keys that count; the first sees none here.
    let mut padded = Attention { past: false, lengths: Some(2), ..with(&[int("is_causal", 1)]) };
    padded.assert(|[_, row, column]| open(column < 2 && column < row));
    padded.attributes.pop();
    padded.assert(|[_, _, column]| open(column < 2));
}

#[test]
fn masks_are_read_at_every_rank() {
    let truth = |at: usize| u8::from(at % 5 != 3 && at % 7 != 2);
    for shape in [&[6][..], &[3, 6], &[4, 3, 6], &[1, 4, 3, 6], &[1, 1, 3, 6], &[1, 4, 1, 6]] {
        let count = shape.iter().product::<i64>() as usize;
        let place = |[head, row, column]: [usize; 3]| {
            let rows = if shape.len() > 1 { shape[shape.len() - 2] as usize } else { 1 };
            let heads = if shape.len() > 2 { shape[shape.len() - 3] as usize } else { 1 };
            ((head % heads) * rows + row % rows) * KEYS + column
        };
        let closed = |at: usize| if truth(at) == 1 { 0.0 } else { f64::NEG_INFINITY };
        let mask = Given::Truths(shape.to_vec(), (0..count).map(truth).collect());
        Attention { mask, ..Attention::plain() }.assert(|at| closed(place(at)));
        // With numbers where it is open.
        let number = |at: usize| closed(at) as f32 + (at % 3) as f32;
        let mask = Given::Numbers(shape.to_vec(), (0..count).map(number).collect());
        Attention { mask, ..Attention::plain() }.assert(|at| f64::from(number(place(at))));
    }
    // Keys beyond a shorter one are not seen.
    let mask = Given::Truths(vec![3, 4], vec![1; 12]);
    let short = Attention { mask, ..Attention::plain() };
    short.assert(|[_, _, column]| if column < 4 { 0.0 } else { f64::NEG_INFINITY });
    // A token that sees none has zeros.
    let mask = Given::Truths(vec![3, 6], (0..18).map(|at| u8::from(at / 6 != 1)).collect());
    let none = Attention { mask, ..Attention::plain() };
    none.assert(|[_, row, _]| if row == 1 { f64::NEG_INFINITY } else { 0.0 });
}

#[test]
fn what_is_refused_of_attention_is_named() {
    let refused = |attention: Attention| attention.result().expect_err("must be refused");
    let numbers = |shape: &[i64], values: Vec<f32>| {
        refused(Attention { mask: Given::Numbers(shape.to_vec(), values), ..Attention::plain() })
    };
    says(&numbers(&[3, 1], vec![0.0; 3]), &["its mask is for 1 of 6 keys"]);
    says(&numbers(&[3, 7], vec![0.0; 21]), &["does not broadcast"]);
    says(&numbers(&[3, 6], vec![f32::NAN; 18]), &["not a finite number"]);
    // Runtimes make equal shares of the least number, and Candor would not.
    says(&numbers(&[3, 6], vec![f32::MIN; 18]), &["no other to attend to"]);
    says(
        &refused(Attention { lengths: Some(2), ..Attention::plain() }),
        &["both lengths and keys"],
    );
    let mut odd = Attention::plain();
    odd.attributes.push(int("left_window_size", -2));
    says(&refused(odd), &["`left_window_size` is -2"]);
}
