//! RotaryEmbedding: each pair of elements of a head is turned by an angle that depends on the place
//! of its token. Over constant angles that is linear.

use super::steps::{Part, Steps};
use super::{Argument, Built, Call, Source};
use crate::model::graph::{Constant, Op, Problem, Sum, shape};
use crate::model::operators::gather::{Axis, Selection};

/// Which elements of a head turn together.
struct Pairs {
    /// Pairs of a head.
    count: usize,
    /// Elements of a head; those beyond the pairs stay as they are.
    head: usize,
    /// A pair is two neighbours, and not an element of either half.
    neighbours: bool,
}

/// An element of a head among its pairs.
#[derive(Clone, Copy)]
struct Place {
    pair: usize,
    /// The other element of the pair.
    other: usize,
    /// The sine counts against the other element.
    first: bool,
}

impl Pairs {
    /// Where an element stands, `None` if it stays as it is.
    fn place(&self, at: usize) -> Option<Place> {
        let count = self.count;
        if at >= count.saturating_mul(2) {
            return None;
        }
        Some(if self.neighbours {
            Place { pair: at >> 1, other: at ^ 1, first: at & 1 == 0 }
        } else if let Some(pair) = at.checked_sub(count) {
            Place { pair, other: pair, first: false }
        } else {
            Place { pair: at, other: at.saturating_add(count), first: true }
        })
    }

    /// The other element of each pair.
    fn exchanged(&self) -> Axis {
        let other = |at: usize| self.place(at).map_or(at, |place| place.other);
        (0..self.head).map(|at| u32::try_from(other(at)).ok()).collect()
    }
}

pub(super) fn build(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(3, 4)?;
    let heads = size(call, "num_heads")?;
    let width = size(call, "rotary_embedding_dim")?;
    let neighbours = call.attributes.flag("interleaved")?;
    if call.typed.noted(0).is_some() {
        return Err(Problem::malformed(format!("{} holds no floats", call.called(0))));
    }
    let (tensor, own) = call.tensor(0)?;
    // Documents × tokens × heads, or documents × heads × tokens.
    let [batch, tokens, count, head] = match *own {
        [batch, tokens, width] if heads > 0 && width.is_multiple_of(heads) => {
            [batch, tokens, heads, width.checked_div(heads).unwrap_or(1)]
        }
        [batch, count, tokens, head] if [0, count].contains(&heads) => [batch, tokens, count, head],
        _ => {
            let problem = format!("an input of shape {own:?} has no {heads} heads");
            return Err(Problem::malformed(problem));
        }
    };
    let width = if width == 0 { head } else { width };
    if width > head || !width.is_multiple_of(2) {
        return Err(Problem::malformed(format!("{width} of {head} elements do not turn in pairs")));
    }
    let pairs = Pairs { count: width >> 1, head, neighbours };
    let (apart, by_place) = match own.len() {
        3 => (vec![batch, tokens, count, head], vec![batch, tokens, 1, head]),
        _ => (own.to_vec(), vec![batch, 1, tokens, head]),
    };
    let mut factors = Vec::with_capacity(2);
    for index in [1, 2] {
        let angles = angles(call, index, [batch, tokens, pairs.count])?;
        call.budget.folded(&by_place)?;
        // What stays as it is has the angle 0.
        let factor = |row: &[f64], at: usize| match (pairs.place(at), index) {
            (None, 1) => 1.0,
            (None, _) => 0.0,
            (Some(place), _) => {
                let value = row.get(place.pair).copied().unwrap_or(0.0);
                if index == 2 && place.first { -value } else { value }
            }
        };
        let rows = angles.chunks(pairs.count.max(1));
        let values = rows.flat_map(|row| (0..head).map(move |at| factor(row, at))).collect();
        factors.push(Constant { shape: by_place.clone(), values });
    }
    let (Some(sines), Some(cosines)) = (factors.pop(), factors.pop()) else {
        return Err(Call::missing(1));
    };
    let mut steps = Steps::default();
    let mut x: Part = (Source::Tensor(tensor), own.to_vec());
    if own != apart {
        x = steps.add(Op::Reshape, vec![x.0], apart);
    }
    let zero = Constant::scalar(0.0);
    let kept = steps.affine(cosines, zero.clone(), &x)?;
    let mut selection = Selection::whole(&x.1);
    selection.set(3, pairs.exchanged());
    let exchanged = steps.add(Op::Gather(selection.gather()?), vec![x.0], x.1);
    let turned = steps.affine(sines, zero, &exchanged)?;
    let sum = steps.pair(Op::Sum(Sum { subtract: false }), &kept, &turned)?;
    if sum.1 != own {
        steps.add(Op::Reshape, vec![sum.0], own.to_vec());
    }
    Ok(steps.build())
}

/// An attribute that is a number of elements; 0 if it is left out.
fn size(call: &mut Call<'_>, name: &'static str) -> Result<usize, Problem> {
    let value = call.attributes.int_or(name, 0)?;
    usize::try_from(value).map_err(|_| Problem::malformed(format!("attribute `{name}` is {value}")))
}

/// What a cache has for each token of each document: `batch × tokens × pairs`.
fn angles(
    call: &Call<'_>,
    index: usize,
    [batch, tokens, pairs]: [usize; 3],
) -> Result<Vec<f64>, Problem> {
    for at in [index, 3] {
        if matches!(call.at(at), Argument::Tensor { .. }) {
            return Err(Problem::new(
                format!("{} depends on the document", call.called(at)),
                "export the model with constant places (0, 1, 2, …) and angles",
            ));
        }
    }
    let cache = call.required(index)?;
    let odd = |what: &[usize]| {
        let problem = format!("{} of shape {what:?} does not fit", call.called(index));
        Problem::malformed(problem)
    };
    let Argument::Literal(places) = call.at(3) else {
        return if cache.shape == [batch, tokens, pairs] {
            Ok(cache.values.clone())
        } else {
            Err(odd(&cache.shape))
        };
    };
    let rows = match *cache.shape {
        [rows, own] if own == pairs => rows,
        _ => return Err(odd(&cache.shape)),
    };
    if places.shape() != [batch, tokens] {
        let problem = format!("{} has the shape {:?}", call.called(3), places.shape());
        return Err(Problem::malformed(problem));
    }
    let mut values = Vec::with_capacity(shape::elements(&[batch, tokens, pairs])?);
    for place in call.integers(3)?.unwrap_or(&[]) {
        let row = usize::try_from(*place).ok().filter(|row| *row < rows);
        let row = row.ok_or_else(|| {
            Problem::malformed(format!("{} holds {place} of {rows} places", call.called(3)))
        })?;
        let row = cache.values.chunks(pairs.max(1)).nth(row);
        values.extend_from_slice(row.ok_or_else(|| odd(&cache.shape))?);
    }
    Ok(values)
}
