//! Which tokens attend to which: the constants of an attention's mask, and what its attributes say.

use super::super::super::constant::Literal;
use super::super::{Argument, Call};
use crate::model::graph::{CLOSED, Constant, Problem, shape};

/// What takes a score so far down that its element has no share.
pub(super) const LEAST: f64 = f32::MIN as f64;

/// A mask that does not broadcast.
pub(super) fn misfit() -> Problem {
    Problem::malformed("its mask does not broadcast to its scores")
}

/// What holds for the places of tokens.
pub(super) struct Rules {
    causal: bool,
    /// How many tokens before and after its own place one sees.
    window: [Option<i64>; 2],
    /// Of how many tokens each document has keys and values, beyond which they do not count.
    lengths: Option<Vec<i64>>,
}

/// What is added to scores.
pub(super) struct Mask {
    /// Numbers that scores are compared with.
    pub(super) bias: Option<Constant>,
    /// 0, or very negative for what has no share.
    pub(super) closed: Option<Constant>,
    /// 0 for rows without an element that has a share, else 1: what the result is multiplied by.
    pub(super) answered: Option<Constant>,
}

impl Rules {
    pub(super) fn of(call: &mut Call<'_>) -> Result<Self, Problem> {
        let causal = call.attributes.flag("is_causal")?;
        let mut size = |name: &'static str| match call.attributes.int_or(name, -1)? {
            -1 => Ok(None),
            size if size >= 0 => Ok(Some(size)),
            size => Err(Problem::malformed(format!("attribute `{name}` is {size}"))),
        };
        let window = [size("left_window_size")?, size("right_window_size")?];
        let lengths = match call.at(6) {
            Argument::Missing => None,
            Argument::Literal(_) => call.integers(6)?.map(<[i64]>::to_vec),
            Argument::Tensor { .. } => {
                return Err(Problem::new(
                    format!("{} depends on the document", call.called(6)),
                    "use a model that has a mask (attn_mask) in its place",
                ));
            }
        };
        if lengths.is_some() && !matches!(call.at(4), Argument::Missing) {
            return Err(Problem::malformed("it has both lengths and keys from before"));
        }
        Ok(Self { causal, window, lengths })
    }

    /// Whether the places of tokens make no difference.
    fn are_none(&self) -> bool {
        !self.causal && self.window == [None; 2] && self.lengths.is_none()
    }

    /// Whether a token sees another, `before` of which come before the first.
    fn sees(&self, document: usize, [row, column, rows]: [usize; 3], before: usize) -> bool {
        let signed = |size: usize| i64::try_from(size).unwrap_or(i64::MAX);
        let (row, column) = (signed(row), signed(column));
        let length = self.lengths.as_ref().and_then(|all| all.get(document)).copied();
        let moved = length.map_or(signed(before), |length| length.saturating_sub(signed(rows)));
        let back = row.saturating_add(moved).saturating_sub(column);
        let [left, right] = self.window;
        (!self.causal || back >= 0)
            && left.is_none_or(|left| back <= left)
            && right.is_none_or(|right| back >= right.saturating_neg())
            && length.is_none_or(|length| column < length)
    }

    /// What is added to scores of this shape, but for a mask that depends on the document.
    pub(super) fn mask(
        &self,
        call: &mut Call<'_>,
        scores: [usize; 4],
        before: usize,
    ) -> Result<Mask, Problem> {
        let [batch, _, rows, columns] = scores;
        let given = match call.at(3) {
            Argument::Missing => None,
            Argument::Literal(literal) => Some(literal),
            Argument::Tensor { shape, .. } => {
                covers(shape, columns)?;
                None
            }
        };
        let mut shape = vec![1; 4];
        if !self.are_none() {
            shape = vec![if self.lengths.is_some() { batch } else { 1 }, 1, rows, columns];
        }
        if self.lengths.as_ref().is_some_and(|all| all.len() != batch) {
            return Err(Problem::malformed("its lengths are not one for each document"));
        }
        let given = given.map(|literal| numbers(call, literal, columns)).transpose()?;
        if let Some(given) = &given {
            shape = shape::broadcast(&shape, &given.shape)?;
        } else if self.are_none() {
            return Ok(Mask { bias: None, closed: None, answered: None });
        }
        if shape::broadcast(&scores, &shape)? != scores {
            return Err(misfit());
        }
        let [documents, heads, shape_rows, _] = *shape.as_slice() else { return Err(misfit()) };
        // One for each key.
        shape = vec![documents, heads, shape_rows, columns];
        // The numbers that are given, their places, and what becomes of them.
        for _ in 0..4 {
            let elements = call.budget.folded(&shape)?;
            call.budget.work(elements)?;
        }
        let places = given.as_ref().map(|given| shape::broadcast_index(&given.shape, &shape));
        let number = |at: usize| {
            let place = places.as_ref().and_then(|places| places.get(at));
            let values = given.as_ref().map(|given| &given.values);
            place.zip(values).and_then(|(place, values)| values.get(*place)).copied().unwrap_or(0.0)
        };
        let (mut bias, mut closed, mut answered) = (Vec::new(), Vec::new(), Vec::new());
        for at in 0..documents.saturating_mul(heads).saturating_mul(shape_rows) {
            let row = at.checked_rem(shape_rows).unwrap_or(0);
            let document = at.checked_div(heads.saturating_mul(shape_rows)).unwrap_or(0);
            let start = at.saturating_mul(columns);
            let own = (0..columns).map(|column| {
                let sees = self.are_none() || self.sees(document, [row, column, rows], before);
                if sees { number(start.saturating_add(column)) } else { f64::NEG_INFINITY }
            });
            let own: Vec<f64> = own.collect();
            let none = own.iter().all(|value| *value == f64::NEG_INFINITY);
            if !none && own.iter().all(|value| *value <= LEAST) {
                return Err(Problem::new(
                    "its mask leaves a token no other to attend to",
                    "use a mask that lets every token attend to itself",
                ));
            }
            answered.push(f64::from(!none));
            for value in own {
                let shut = value <= CLOSED && !none;
                closed.push(if shut { value.max(LEAST) } else { 0.0 });
                bias.push(if shut || none { 0.0 } else { value });
            }
        }
        let some = |values: Vec<f64>, shape: &[usize], nothing: f64| {
            let any = values.iter().any(|value| *value != nothing);
            any.then(|| Constant { shape: shape.to_vec(), values })
        };
        Ok(Mask {
            bias: some(bias, &shape, 0.0),
            closed: some(closed, &shape, 0.0),
            answered: some(answered, &[documents, heads, shape_rows, 1], 1.0),
        })
    }
}

/// Refuses a mask for fewer keys than there are, where it depends on the document.
fn covers(mask: &[usize], columns: usize) -> Result<(), Problem> {
    match mask.last() {
        Some(own) if *own == columns => Ok(()),
        own => Err(Problem::new(
            format!("its mask is for {} of {columns} keys", own.copied().unwrap_or(1)),
            "use a model whose mask has a number for each key",
        )),
    }
}

/// What a constant mask adds, −∞ for what is closed. Keys beyond a shorter one are closed.
fn numbers(call: &mut Call<'_>, mask: &Literal, columns: usize) -> Result<Constant, Problem> {
    let (own, values) = match mask {
        Literal::Bool { shape, values } => {
            let number = |open: &bool| if *open { 0.0 } else { f64::NEG_INFINITY };
            (shape, values.iter().map(number).collect())
        }
        Literal::Float(constant) => {
            call.addend(3)?;
            (&constant.shape, constant.values.clone())
        }
        Literal::Int { .. } => {
            return Err(Problem::malformed(format!("{} holds integers", call.called(3))));
        }
    };
    let last = own.last().copied().unwrap_or(1);
    // One number for all keys, or for the first alone: it is read either way.
    if last == 1 && columns > 1 {
        covers(own, columns)?;
    }
    let Some(more) = columns.checked_sub(last) else { return Err(misfit()) };
    let mut shape = own.clone();
    if let Some(slot) = shape.last_mut() {
        *slot = columns;
    }
    call.budget.folded(&shape)?;
    let rows = values.chunks(last.max(1));
    let filled = rows
        .flat_map(|row| row.iter().copied().chain(std::iter::repeat_n(f64::NEG_INFINITY, more)));
    Ok(Constant { values: filled.collect(), shape })
}
