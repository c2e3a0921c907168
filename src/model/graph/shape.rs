//! Shapes: sizes under caps, numpy broadcasting, row-major indices.

use super::problem::Problem;

/// Most elements of one tensor.
pub(crate) const MAX_ELEMENTS: usize = 1 << 27;
/// Most dimensions of one tensor.
pub(crate) const MAX_RANK: usize = 8;

/// The number of elements of a shape, refused above the caps.
pub(crate) fn elements(shape: &[usize]) -> Result<usize, Problem> {
    let too_large = |what: String| {
        let limits = format!("{MAX_RANK} dimensions, {MAX_ELEMENTS} elements");
        let problem = format!("a tensor of {what} is beyond the limits ({limits})");
        Problem::new(problem, "use a smaller model")
    };
    if shape.len() > MAX_RANK {
        return Err(too_large(format!("{} dimensions", shape.len())));
    }
    if shape.contains(&0) {
        return Err(Problem::new(
            format!("a tensor of shape {shape:?} is empty"),
            "use a model without empty tensors",
        ));
    }
    shape
        .iter()
        .try_fold(1usize, |product, &dim| product.checked_mul(dim))
        .filter(|&product| product <= MAX_ELEMENTS)
        .ok_or_else(|| too_large(format!("shape {shape:?}")))
}

/// The shape that two shapes broadcast to (numpy's rule).
pub(crate) fn broadcast(left: &[usize], right: &[usize]) -> Result<Vec<usize>, Problem> {
    let rank = left.len().max(right.len());
    let padded = |shape: &[usize]| {
        let mut full = vec![1; rank.saturating_sub(shape.len())];
        full.extend_from_slice(shape);
        full
    };
    let shape: Vec<usize> = padded(left)
        .into_iter()
        .zip(padded(right))
        .map(|(l, r)| match (l, r) {
            (l, r) if l == r => Ok(l),
            (1, r) => Ok(r),
            (l, 1) => Ok(l),
            _ => Err(Problem::malformed(format!("shapes {left:?} and {right:?} do not broadcast"))),
        })
        .collect::<Result<_, _>>()?;
    elements(&shape)?;
    Ok(shape)
}

/// For each element of `output` (row-major), the element of a tensor of shape
/// `source` that broadcasting puts there. `source` must broadcast to `output`.
#[must_use]
pub(crate) fn broadcast_index(source: &[usize], output: &[usize]) -> Vec<usize> {
    let lead = output.len().saturating_sub(source.len());
    let mut axes: Vec<(usize, usize)> = Vec::with_capacity(output.len());
    let mut stride = 1usize;
    for (axis, &dim) in output.iter().enumerate().rev() {
        let own = axis.checked_sub(lead).and_then(|a| source.get(a)).copied().unwrap_or(1);
        axes.push((dim, if own == 1 { 0 } else { stride }));
        stride = stride.saturating_mul(own);
    }
    axes.reverse();
    strided_index(&axes)
}

/// Row-major indices of a tensor with axes (size, stride).
#[must_use]
pub(crate) fn strided_index(axes: &[(usize, usize)]) -> Vec<usize> {
    let mut index = vec![0usize];
    for &(size, stride) in axes {
        let mut next = Vec::with_capacity(index.len().saturating_mul(size));
        for &base in &index {
            let mut at = base;
            for _ in 0..size {
                next.push(at);
                at = at.saturating_add(stride);
            }
        }
        index = next;
    }
    index
}

/// Row-major strides of a shape.
pub(crate) fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides: Vec<usize> = Vec::with_capacity(shape.len());
    let mut stride = 1usize;
    for &dim in shape.iter().rev() {
        strides.push(stride);
        stride = stride.saturating_mul(dim);
    }
    strides.reverse();
    strides
}

/// For each element of the transposed tensor, the element of the original.
#[must_use]
pub(crate) fn transpose_index(shape: &[usize], permutation: &[usize]) -> Vec<usize> {
    let strides = strides(shape);
    let axes: Vec<(usize, usize)> = permutation
        .iter()
        .filter_map(|&axis| Some((*shape.get(axis)?, *strides.get(axis)?)))
        .collect();
    strided_index(&axes)
}

/// An axis that may count from the end, as an index below `rank`.
pub(crate) fn axis(axis: i64, rank: usize) -> Result<usize, Problem> {
    let signed = i64::try_from(rank).unwrap_or(i64::MAX);
    let wrapped = if axis < 0 { axis.saturating_add(signed) } else { axis };
    usize::try_from(wrapped)
        .ok()
        .filter(|&index| index < rank)
        .ok_or_else(|| Problem::malformed(format!("axis {axis} of a tensor of rank {rank}")))
}
