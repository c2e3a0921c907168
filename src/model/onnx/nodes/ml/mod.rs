//! The operators of `ai.onnx.ml`, as converters of scikit-learn, XGBoost and LightGBM write them.

mod ensemble;
mod forest;
mod fraction;
mod linear;
mod table;

use super::{Built, Call, Chain};
use crate::model::graph::{Activation, Op, Problem, Softmax, TensorRef};

/// The domain.
pub(in crate::model::onnx) const DOMAIN: &str = "ai.onnx.ml";

/// Which output of an operator holds its scores: classifiers give the label first.
pub(in crate::model::onnx) fn scores_output(operator: &str) -> usize {
    usize::from(matches!(operator, "LinearClassifier" | "SVMClassifier" | "TreeEnsembleClassifier"))
}

const SUPPORTED: &str = "of this domain LinearClassifier, LinearRegressor, TreeEnsemble, TreeEnsembleClassifier, TreeEnsembleRegressor, Scaler, Binarizer, Imputer, ArrayFeatureExtractor, FeatureVectorizer, and at the end Normalizer and ZipMap are supported (docs/models.md)";

pub(in crate::model::onnx) fn build(call: &mut Call<'_>) -> Result<Built, Problem> {
    if let Some(name) = call.also_read {
        return Err(Problem::new(
            format!("its label `{name}` is read by another node, or the model's only output"),
            "use a model that works with the scores, which are its second output",
        ));
    }
    match call.operator {
        "LinearClassifier" => linear::classifier(call),
        "LinearRegressor" => linear::regressor(call),
        "SVMClassifier" => linear::svm(call),
        "Scaler" => table::scaler(call),
        "Normalizer" => table::normalizer(call),
        "Imputer" => table::imputer(call),
        "Binarizer" => table::binarizer(call),
        "ArrayFeatureExtractor" => table::extractor(call),
        "FeatureVectorizer" => table::vectorizer(call),
        "ZipMap" => table::zip_map(call),
        "LabelEncoder" => Err(Problem::new(
            "it names classes inside the model",
            "use a model in which names of classes come last",
        )),
        "TreeEnsembleClassifier" => ensemble::classifier(call),
        "TreeEnsembleRegressor" => ensemble::regressor(call),
        "TreeEnsemble" => ensemble::general(call),
        _ => Err(Problem::operator("this operator is not supported", SUPPORTED)),
    }
}

/// The features of one document: a tensor of shape 1 × features.
fn features(call: &Call<'_>) -> Result<(TensorRef, usize), Problem> {
    let (tensor, shape) = call.tensor(0)?;
    match shape {
        [1, features] => Ok((tensor, *features)),
        _ => Err(Problem::new(
            format!("its input has shape {shape:?}, expected 1 × features"),
            "use a model that reads one row of features (reshape before it)",
        )),
    }
}

/// The names of classes: numbers or strings, each once. The names are taken note of.
fn labels(
    call: &mut Call<'_>,
    numbers: &'static str,
    strings: &'static str,
) -> Result<usize, Problem> {
    let of_numbers = call.attributes.ints(numbers)?.unwrap_or(&[]);
    let of_strings = call.attributes.strings(strings)?.unwrap_or_default();
    let names: Vec<String> = match (of_numbers, of_strings.as_slice()) {
        (numbers, []) => numbers.iter().map(ToString::to_string).collect(),
        ([], strings) => strings.iter().map(ToString::to_string).collect(),
        _ => return Err(Problem::malformed("its classes have two names each")),
    };
    let mut once = names.clone();
    once.sort_unstable();
    once.dedup();
    if once.len() != names.len() {
        return Err(Problem::malformed("two of its classes have the same name"));
    }
    let count = names.len();
    call.classes = names;
    Ok(count)
}

/// What follows the scores.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Post {
    None,
    Softmax,
    Logistic,
}

impl Post {
    fn of(call: &mut Call<'_>) -> Result<Self, Problem> {
        Self::named(call.attributes.string("post_transform")?.unwrap_or("NONE"))
    }

    fn named(name: &str) -> Result<Self, Problem> {
        match name {
            "NONE" => Ok(Self::None),
            "SOFTMAX" => Ok(Self::Softmax),
            "LOGISTIC" => Ok(Self::Logistic),
            "SOFTMAX_ZERO" | "PROBIT" => Err(Problem::new(
                format!("the transform {name} of its scores is not supported"),
                "export the model with post_transform NONE, SOFTMAX or LOGISTIC",
            )),
            other => Err(Problem::malformed(format!("post_transform `{other}`"))),
        }
    }

    fn add(self, chain: &mut Chain, tensor: TensorRef, shape: &[usize]) {
        match self {
            Self::None => {}
            Self::Softmax => chain.then(tensor, Op::Softmax(Softmax::whole(shape)), shape),
            Self::Logistic => chain.then(tensor, Op::Activation(Activation::Sigmoid), shape),
        }
    }
}

/// Finite numbers of an attribute.
fn numbers(call: &mut Call<'_>, name: &'static str) -> Result<Vec<f64>, Problem> {
    let list = call.attributes.floats(name)?.unwrap_or(&[]);
    let list: Vec<f64> = list.iter().map(|value| f64::from(*value)).collect();
    super::constant::finite(&list).map_err(|problem| problem.of(&format!("attribute `{name}`")))?;
    Ok(list)
}
