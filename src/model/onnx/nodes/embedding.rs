//! Rows of a constant table that whole numbers of the document pick: Gather, OneHot, and Equal with
//! a list of numbers.

use super::super::constant::{self, Literal};
use super::steps::Steps;
use super::{Argument, Built, Call, Source, places};
use crate::model::graph::{Embedding, Integers, Op, Problem, TensorRef, shape};

/// Most rows of a table: two bytes pick from no more.
const MAX_ROWS: usize = 1 << 16;

/// Whether a Gather picks rows of a constant.
pub(super) fn picks(call: &Call<'_>) -> bool {
    matches!((call.at(0), call.at(1)), (Argument::Literal(_), Argument::Tensor { .. }))
}

/// Gather of a constant table. Its numbers are noted as whole ones.
pub(super) fn build(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(2, 2)?;
    let axis = call.attributes.int_or("axis", 0)?;
    let literal = call.literal(0)?;
    if shape::axis(axis, literal.shape().len())? != 0 {
        return Err(Problem::new(
            format!("the document picks along axis {axis} of a constant"),
            "use a model that picks along axis 0, the rows of a table",
        ));
    }
    if call.typed.noted(1) != Some(Integers::WHOLE) {
        return Err(Problem::malformed(format!("{} holds no whole numbers", call.called(1))));
    }
    let values = numbers(literal);
    let [rows, row @ ..] = literal.shape() else {
        return Err(Problem::malformed("it picks from a scalar"));
    };
    call.typed.result = kind(literal);
    node(call, values, *rows, row)
}

/// What the elements of a constant are.
const fn kind(literal: &Literal) -> Option<Integers> {
    match literal {
        Literal::Float(_) => None,
        Literal::Int { .. } => Some(Integers::WHOLE),
        Literal::Bool { .. } => Some(Integers::TRUTH),
    }
}

/// GatherElements of a constant along its only axis of several elements: a table of one column.
/// Where all its elements are equal, as in a list of token types, nothing is picked.
pub(super) fn elements(call: &mut Call<'_>) -> Result<Built, Problem> {
    let literal = call.literal(0)?;
    let axis = shape::axis(call.attributes.int_or("axis", 0)?, literal.shape().len())?;
    let (_, own) = call.tensor(1)?;
    let rows = literal.shape().get(axis).copied().unwrap_or(1);
    let values = numbers(literal);
    if let Some((first, rest)) = values.split_first()
        && rest.iter().all(|value| value == first)
    {
        let count = call.budget.folded(own)?;
        let shape = own.to_vec();
        return Ok(Built::Literal(match literal {
            Literal::Float(_) => Literal::float(shape, vec![*first; count]),
            Literal::Int { .. } => Literal::Int { shape, values: vec![*first as i64; count] },
            Literal::Bool { .. } => Literal::Bool { shape, values: vec![*first != 0.0; count] },
        }));
    }
    if rows != values.len() || own.len() != literal.shape().len() {
        return Err(Problem::new(
            "the document picks from several columns of a constant",
            "use a model that picks rows of a table (Gather along axis 0)",
        ));
    }
    call.typed.result = kind(literal);
    node(call, values, rows, &[])
}

/// The elements of a constant as numbers.
fn numbers(literal: &Literal) -> Vec<f64> {
    match literal {
        Literal::Float(constant) => constant.values.clone(),
        Literal::Int { values, .. } => values.iter().map(|value| *value as f64).collect(),
        Literal::Bool { values, .. } => values.iter().map(|value| f64::from(*value)).collect(),
    }
}

fn node(
    call: &mut Call<'_>,
    table: Vec<f64>,
    rows: usize,
    row: &[usize],
) -> Result<Built, Problem> {
    constant::finite(&table)?;
    if rows > MAX_ROWS {
        return Err(Problem::new(
            format!("a table of {rows} rows; {MAX_ROWS} are supported"),
            "use a model with a smaller vocabulary",
        ));
    }
    let at = usize::from(call.operator != "OneHot");
    let (tensor, own) = call.tensor(at)?;
    let shape = [own, row].concat();
    shape::elements(&shape)?;
    let width = row.iter().fold(1, |product: usize, size| product.saturating_mul(*size));
    let mut steps = Steps::default();
    let mut ids = Source::Tensor(tensor);
    // Those that are computed, as places of tokens are counted, become whole numbers again.
    if !as_given(call, tensor)
        && let Some((low, high)) = places::whole_bounds(call, tensor)?
        && low >= 0
        && high < MAX_ROWS as i64
    {
        let exact = Op::Quantize(Integers::plain(0, high));
        (ids, _) = steps.add(exact, vec![ids], own.to_vec());
    }
    steps.add(Op::Embedding(Embedding { rows, width, table: table.into() }), vec![ids], shape);
    Ok(steps.build())
}

/// Whether whole numbers are those of the view, moved perhaps.
pub(super) fn as_given(call: &Call<'_>, mut tensor: TensorRef) -> bool {
    while let (Some(graph), TensorRef::Node(index)) = (call.typed.graph, tensor) {
        let Some(node) = graph.nodes.get(index) else { return false };
        match (&node.op, node.inputs.first()) {
            (Op::Quantize(_), _) => return true,
            (Op::Reshape | Op::Transpose(_) | Op::Gather(_), Some(source)) => tensor = *source,
            _ => return false,
        }
    }
    false
}

/// OneHot along a new last axis, which is a table of its own.
pub(super) fn one_hot(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(3, 3)?;
    let axis = call.attributes.int_or("axis", -1)?;
    let (_, own) = call.tensor(0)?;
    if shape::axis(axis, own.len().saturating_add(1))? != own.len() {
        return Err(Problem::new(
            "its new axis is not the last one",
            "use a model with axis -1, and a Transpose after it",
        ));
    }
    let depth = match call.literal(1)? {
        Literal::Int { values, .. } => {
            values.first().and_then(|depth| usize::try_from(*depth).ok())
        }
        Literal::Float(constant) => constant.values.first().map(|depth| *depth as usize),
        Literal::Bool { .. } => None,
    };
    let depth = depth.filter(|depth| (1..MAX_ROWS).contains(depth));
    let depth = depth.ok_or_else(|| Problem::malformed("its depth is no number of classes"))?;
    let (off, on) = match call.literal(2)? {
        Literal::Float(constant) => match constant.values.as_slice() {
            [off, on] => (*off, *on),
            _ => return Err(Problem::malformed("its values are not two")),
        },
        Literal::Int { values, .. } => match values.as_slice() {
            [off, on] => (*off as f64, *on as f64),
            _ => return Err(Problem::malformed("its values are not two")),
        },
        Literal::Bool { .. } => return Err(Problem::malformed("its values are truth values")),
    };
    if matches!(call.literal(2)?, Literal::Int { .. }) {
        call.typed.result = Some(Integers::WHOLE);
    }
    // A last row for the numbers beyond.
    let rows = depth.saturating_add(1);
    call.budget.elements(rows.saturating_mul(depth))?;
    let row = |at: usize| (0..depth).map(move |class| if class == at { on } else { off });
    let table = (0..rows).flat_map(row).collect();
    node(call, table, rows, &[depth])
}
