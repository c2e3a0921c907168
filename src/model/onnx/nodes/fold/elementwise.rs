//! Functions of one, two or more constants, element by element.

use super::super::super::budget::Budget;
use super::super::super::constant::Literal;
use super::super::{Call, function};
use crate::model::graph::shape::{self, strides};
use crate::model::graph::{Constant, Gather, Problem};

/// Integers that a graph computes are sizes and indices, far below.
const MAX_INTEGER: i64 = 1 << 31;

pub(super) fn unary(call: &mut Call<'_>) -> Result<Literal, Problem> {
    call.arity(1, 1)?;
    let literal = call.literal(0)?;
    call.budget.elements(literal.len())?;
    let operator = call.operator;
    if operator == "IsInf" {
        let signs = ["detect_negative", "detect_positive"];
        let [negative, positive] = signs.map(|sign| call.attributes.int_or(sign, 1));
        let (negative, positive) = (negative? != 0, positive? != 0);
        let odd = |x: f64| x.is_infinite() && if x < 0.0 { negative } else { positive };
        return tested(literal, odd);
    }
    if operator == "IsNaN" {
        return tested(literal, f64::is_nan);
    }
    Ok(match literal {
        Literal::Float(constant) => {
            let unary = function::unary(operator)
                .ok_or_else(|| Problem::malformed(format!("its input holds {}", literal.kind())))?;
            Literal::Float(constant.map(|x| unary.apply(x)))
        }
        Literal::Int { shape, values } if matches!(operator, "Neg" | "Abs" | "Sign") => {
            let change = |x: &i64| match operator {
                "Sign" => x.signum(),
                "Abs" if *x >= 0 => *x,
                _ => x.saturating_neg(),
            };
            Literal::Int { shape: shape.clone(), values: values.iter().map(change).collect() }
        }
        Literal::Bool { shape, values } if operator == "Not" => {
            Literal::Bool { shape: shape.clone(), values: values.iter().map(|x| !x).collect() }
        }
        other => {
            return Err(Problem::malformed(format!("its input holds {}", other.kind())));
        }
    })
}

fn tested(literal: &Literal, test: impl Fn(f64) -> bool) -> Result<Literal, Problem> {
    match literal {
        Literal::Float(Constant { shape, values }) => Ok(Literal::Bool {
            shape: shape.clone(),
            values: values.iter().map(|value| test(*value)).collect(),
        }),
        other => Err(Problem::malformed(format!("its input holds {}", other.kind()))),
    }
}

/// The selection that broadcasts a shape.
fn broadcast(from: &[usize], to: &[usize]) -> Gather {
    let lead = to.len().saturating_sub(from.len());
    let strides = strides(from);
    let axes = to.iter().enumerate().map(|(axis, &dim)| {
        let own = axis.checked_sub(lead);
        let size = own.and_then(|own| from.get(own)).copied().unwrap_or(1);
        let stride = own.and_then(|own| strides.get(own)).copied().unwrap_or(0);
        let stride = if size == 1 { 0 } else { stride };
        (0..dim).map(|at| u32::try_from(at.saturating_mul(stride)).ok()).collect()
    });
    Gather { axes: axes.collect(), fill: 0.0 }
}

fn zip<T: Copy, U: Copy, V>(
    left: (&[usize], &[T]),
    right: (&[usize], &[U]),
    shape: &[usize],
    mut f: impl FnMut(T, U) -> V,
) -> Vec<V> {
    let (to_left, to_right) = (broadcast(left.0, shape), broadcast(right.0, shape));
    to_left
        .walk()
        .zip(to_right.walk())
        .filter_map(|(l, r)| Some(f(*left.1.get(l? as usize)?, *right.1.get(r? as usize)?)))
        .collect()
}

/// An operator of two constants.
pub(super) fn binary(call: &mut Call<'_>) -> Result<Literal, Problem> {
    call.arity(2, 2)?;
    let operator = match call.operator {
        // Mod has the sign of the divisor, or that of the dividend as in C.
        "Mod" if call.attributes.flag("fmod")? => "fmod",
        operator => operator,
    };
    pair(operator, call.literal(0)?, call.literal(1)?, call.budget)
}

/// Min, Max, Sum and Mean of any number of constants.
pub(super) fn of_many(call: &mut Call<'_>) -> Result<Literal, Problem> {
    let operator = if call.operator == "Mean" { "Sum" } else { call.operator };
    let first = call.literal(0)?;
    call.budget.elements(first.len())?;
    let mut result = first.clone();
    for index in 1..call.arguments.len() {
        result = pair(operator, &result, call.literal(index)?, call.budget)?;
    }
    if call.operator == "Mean" {
        let Literal::Float(sum) = &result else {
            return Err(Problem::malformed(format!("its inputs hold {}", result.kind())));
        };
        let count = call.arguments.len() as f64;
        call.budget.elements(sum.values.len())?;
        result = Literal::Float(sum.map(|value| value / count));
    }
    Ok(result)
}

fn pair(
    operator: &str,
    left: &Literal,
    right: &Literal,
    budget: &mut Budget,
) -> Result<Literal, Problem> {
    // Lists may be empty, as parts of shapes are.
    let shape = match (left.shape(), right.shape()) {
        ([0], [0] | [1] | []) | ([1] | [], [0]) => vec![0],
        (l, r) => shape::broadcast(l, r)?,
    };
    budget.folded(&shape)?;
    let types = || {
        let (l, r) = (left.kind(), right.kind());
        Problem::malformed(format!("its inputs hold {l} and {r}"))
    };
    Ok(match (left, right) {
        (Literal::Float(l), Literal::Float(r)) => {
            let (l, r) = ((&l.shape[..], &l.values[..]), (&r.shape[..], &r.values[..]));
            if let Some(compare) = comparison(operator) {
                let values = zip(l, r, &shape, |l, r| l.partial_cmp(&r).is_some_and(compare));
                Literal::Bool { shape, values }
            } else {
                let values: Option<Vec<f64>> =
                    zip(l, r, &shape, |l, r| floats(operator, l, r)).into_iter().collect();
                Literal::float(shape, values.ok_or_else(types)?)
            }
        }
        (
            Literal::Int { shape: l_shape, values: l },
            Literal::Int { shape: r_shape, values: r },
        ) => {
            let (l, r) = ((&l_shape[..], &l[..]), (&r_shape[..], &r[..]));
            if let Some(compare) = comparison(operator) {
                let values = zip(l, r, &shape, |l, r| compare(l.cmp(&r)));
                Literal::Bool { shape, values }
            } else {
                let values: Option<Vec<i64>> =
                    zip(l, r, &shape, |l, r| integers(operator, l, r)).into_iter().collect();
                let values = values.ok_or_else(|| {
                    Problem::malformed(format!(
                        "constant integers leave -{MAX_INTEGER} to {MAX_INTEGER}, or are divided with a remainder below zero or by zero"
                    ))
                })?;
                Literal::Int { shape, values }
            }
        }
        (
            Literal::Bool { shape: l_shape, values: l },
            Literal::Bool { shape: r_shape, values: r },
        ) => {
            let truth: fn(bool, bool) -> bool = match operator {
                "And" => |l, r| l && r,
                "Or" => |l, r| l || r,
                "Xor" => |l, r| l != r,
                "Equal" => |l, r| l == r,
                _ => return Err(types()),
            };
            let values = zip((l_shape, l), (r_shape, r), &shape, truth);
            Literal::Bool { shape, values }
        }
        // The one operator whose inputs may differ in type.
        (Literal::Float(l), Literal::Int { shape: r_shape, values: r }) if operator == "Pow" => {
            let (l, r) = ((&l.shape[..], &l.values[..]), (&r_shape[..], &r[..]));
            let values = zip(l, r, &shape, |l, r: i64| libm::pow(l, r as f64));
            Literal::float(shape, values)
        }
        _ => return Err(types()),
    })
}

fn comparison(operator: &str) -> Option<fn(std::cmp::Ordering) -> bool> {
    match operator {
        "Equal" => Some(std::cmp::Ordering::is_eq),
        "Greater" => Some(std::cmp::Ordering::is_gt),
        "Less" => Some(std::cmp::Ordering::is_lt),
        "GreaterOrEqual" => Some(std::cmp::Ordering::is_ge),
        "LessOrEqual" => Some(std::cmp::Ordering::is_le),
        _ => None,
    }
}

/// `None` for an operator that does not take floats.
fn floats(operator: &str, l: f64, r: f64) -> Option<f64> {
    Some(match operator {
        "Add" | "Sum" => l + r,
        "Sub" => l - r,
        "Mul" => l * r,
        "Div" => l / r,
        "Pow" => libm::pow(l, r),
        "fmod" => libm::fmod(l, r),
        "Min" | "Max" if l.is_nan() || r.is_nan() => f64::NAN,
        "Min" => l.min(r),
        "Max" => l.max(r),
        _ => return None,
    })
}

/// `None` also where a result is out of range.
fn integers(operator: &str, l: i64, r: i64) -> Option<i64> {
    let value = match operator {
        "Add" => l.checked_add(r),
        "Sub" => l.checked_sub(r),
        "Mul" => l.checked_mul(r),
        // Runtimes differ where a remainder is below zero.
        "Div" => {
            let exact = l.checked_rem(r)? == 0 || (l >= 0 && r > 0);
            l.checked_div(r).filter(|_| exact)
        }
        "fmod" => l.checked_rem(r),
        "Mod" => {
            let rest = l.checked_rem(r)?;
            if rest != 0 && (rest < 0) != (r < 0) { rest.checked_add(r) } else { Some(rest) }
        }
        "Pow" => l.checked_pow(u32::try_from(r).ok()?),
        "Min" => Some(l.min(r)),
        "Max" => Some(l.max(r)),
        _ => None,
    };
    // An end that is left open is written as the greatest number: it may be chosen.
    let chosen = matches!(operator, "Min" | "Max");
    value.filter(|value| chosen || (-MAX_INTEGER..=MAX_INTEGER).contains(value))
}

/// Where: one of two constants, element by element.
pub(super) fn choice(call: &mut Call<'_>) -> Result<Literal, Problem> {
    call.arity(3, 3)?;
    let Literal::Bool { shape: condition_shape, values: condition } = call.literal(0)? else {
        return Err(Problem::malformed("its condition does not hold truth values"));
    };
    let (yes, no) = (call.literal(1)?, call.literal(2)?);
    let shape = shape::broadcast(condition_shape, &shape::broadcast(yes.shape(), no.shape())?)?;
    // One array for the places, one for the values.
    call.budget.folded(&shape)?;
    call.budget.folded(&shape)?;
    fn choose<T: Copy>(
        condition: &[bool],
        yes: (&[usize], &[T]),
        no: (&[usize], &[T]),
        shape: &[usize],
    ) -> Vec<T> {
        let mut condition = condition.iter();
        zip(yes, no, shape, |yes, no| if condition.next() == Some(&true) { yes } else { no })
    }
    let all = broadcast(condition_shape, &shape);
    let condition: Vec<bool> =
        all.walk().map(|at| at.and_then(|at| condition.get(at as usize)) == Some(&true)).collect();
    Ok(match (yes, no) {
        (Literal::Float(yes), Literal::Float(no)) => {
            let Constant { shape: yes_shape, values: yes } = yes;
            let values = choose(&condition, (yes_shape, yes), (&no.shape, &no.values), &shape);
            Literal::float(shape, values)
        }
        (
            Literal::Int { shape: yes_shape, values: yes },
            Literal::Int { shape: no_shape, values: no },
        ) => {
            let values = choose(&condition, (yes_shape, yes), (no_shape, no), &shape);
            Literal::Int { shape, values }
        }
        (
            Literal::Bool { shape: yes_shape, values: yes },
            Literal::Bool { shape: no_shape, values: no },
        ) => {
            let values = choose(&condition, (yes_shape, yes), (no_shape, no), &shape);
            Literal::Bool { shape, values }
        }
        _ => return Err(Problem::malformed("its inputs are of different types")),
    })
}
