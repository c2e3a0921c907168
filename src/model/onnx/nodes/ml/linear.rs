//! LinearClassifier, LinearRegressor, SVMClassifier.

use super::{Built, Call, Chain, Post, features, labels, numbers};
use crate::model::graph::{Dense, Op, Problem, TensorRef};

/// A dense layer as attributes give it: rows of coefficients, one intercept each.
fn dense(inputs: usize, weights: Vec<f64>, mut bias: Vec<f64>) -> Result<Dense, Problem> {
    let outputs = weights.len().checked_div(inputs).unwrap_or(0);
    if outputs == 0 || outputs.checked_mul(inputs) != Some(weights.len()) {
        return Err(Problem::malformed(format!(
            "{} coefficients for {inputs} features",
            weights.len()
        )));
    }
    if bias.is_empty() {
        bias = vec![0.0; outputs];
    }
    if bias.len() != outputs {
        return Err(Problem::malformed(format!("{} intercepts for {outputs} scores", bias.len())));
    }
    Ok(Dense { outer: 1, inputs, outputs, inner: 1, weights: weights.into(), bias })
}

/// One score of two classes as two: what speaks for the second speaks against the first.
fn mirrored(dense: Dense) -> Dense {
    let both = |list: &[f64]| -> Vec<f64> {
        list.iter().map(|v| -v).chain(list.iter().copied()).collect()
    };
    let weights = dense.weights.run(0..dense.weights.len());
    Dense { outputs: 2, weights: both(&weights).into(), bias: both(&dense.bias), ..dense }
}

fn built(tensor: TensorRef, dense: Dense, post: Post) -> Built {
    let shape = [1, dense.outputs];
    let mut chain = Chain::new();
    chain.then(tensor, Op::Dense(dense), &shape);
    post.add(&mut chain, tensor, &shape);
    chain.build()
}

pub(super) fn classifier(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let (tensor, inputs) = features(call)?;
    // Whether one class is held against each other or against the rest changes nothing here.
    call.attributes.ignore("multi_class");
    let classes = labels(call, "classlabels_ints", "classlabels_strings")?;
    let post = Post::of(call)?;
    let mut dense = dense(inputs, numbers(call, "coefficients")?, numbers(call, "intercepts")?)?;
    if dense.outputs == 1 && classes == 2 {
        if post == Post::Softmax {
            return Err(Problem::new(
                "a softmax of one score",
                "export the model with post_transform LOGISTIC",
            ));
        }
        dense = mirrored(dense);
    }
    if classes != dense.outputs {
        return Err(Problem::malformed(format!("{classes} classes for {} scores", dense.outputs)));
    }
    Ok(built(tensor, dense, post))
}

pub(super) fn regressor(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let (tensor, inputs) = features(call)?;
    let targets = call.attributes.int_or("targets", 1)?;
    let post = Post::of(call)?;
    let dense = dense(inputs, numbers(call, "coefficients")?, numbers(call, "intercepts")?)?;
    if i64::try_from(dense.outputs) != Ok(targets) {
        return Err(Problem::malformed(format!(
            "{targets} targets for {} rows of coefficients",
            dense.outputs
        )));
    }
    Ok(built(tensor, dense, post))
}

/// A support vector machine of two classes with a linear kernel: its score is linear.
pub(super) fn svm(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let (tensor, inputs) = features(call)?;
    let kernel = call.attributes.string("kernel_type")?.unwrap_or("LINEAR");
    if kernel != "LINEAR" {
        return Err(Problem::new(
            format!("the kernel {kernel} is not supported"),
            "train LinearSVC or SVC(kernel=\"linear\"), or a neural network",
        ));
    }
    call.attributes.ignore("kernel_params");
    call.attributes.none("prob_a", "export the model with SVC(probability=False)")?;
    call.attributes.none("prob_b", "export the model with SVC(probability=False)")?;
    let classes = labels(call, "classlabels_ints", "classlabels_strings")?;
    let (post, rho) = (Post::of(call)?, numbers(call, "rho")?);
    let ([rho], 2, Post::None) = (rho.as_slice(), classes, post) else {
        return Err(Problem::new(
            format!("its {classes} classes vote in pairs"),
            "train LinearSVC, which has one score for each class",
        ));
    };
    let vectors = numbers(call, "support_vectors")?;
    let coefficients = numbers(call, "coefficients")?;
    let per_class = call.attributes.ints("vectors_per_class")?.unwrap_or(&[]);
    let rows = vectors.len().checked_div(inputs).unwrap_or(0);
    let counted = per_class.iter().fold(0i64, |sum, own| sum.saturating_add(*own));
    let weights = match per_class {
        [] if coefficients.len() == inputs => coefficients,
        [_, _]
            if coefficients.len() == rows
                && i64::try_from(rows) == Ok(counted)
                && rows.saturating_mul(inputs) == vectors.len() =>
        {
            call.budget.work(vectors.len())?;
            let mut weights = vec![0.0; inputs];
            for (vector, coefficient) in vectors.chunks_exact(inputs).zip(&coefficients) {
                for (weight, own) in weights.iter_mut().zip(vector) {
                    *weight += coefficient * own;
                }
            }
            weights
        }
        _ => return Err(Problem::malformed("its support vectors and coefficients do not fit")),
    };
    // The decision function speaks for the first class.
    let dense = dense(inputs, weights.iter().map(|w| -w).collect(), vec![-*rho])?;
    Ok(built(tensor, mirrored(dense), Post::None))
}
