//! The two ends of a model: the input that is the document, with its size, and the output
//! that has the scores (see `outputs`). Where a file leaves them open, [`Reading`] says what
//! is meant.

use std::collections::BTreeSet;

use super::constant::{BFLOAT16, DOUBLE, FLOAT, FLOAT16, INT8, INT32, INT64, UINT8, type_name};
use super::names::Live;
use super::outputs::listed;
use super::proto::{GraphProto, NodeProto, ValueInfoProto};
use crate::model::graph::{Input, Problem, shape};

/// What a file may leave open. A request records it, so that the judge reads the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The output that has the scores; `None` if only one can.
    pub output: Option<String>,
    /// The shape of the input, the batch (1) included; `None` if the file fixes it.
    pub input_shape: Option<Vec<usize>>,
    /// The id that fills up a view of tokens.
    pub padding: u32,
}

/// What a file says of its ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ends {
    /// The sizes of the input, the batch first; `None` for those that are open.
    pub input: Vec<Option<usize>>,
    /// The output with the scores.
    pub output: String,
    /// The file has other outputs.
    pub several_outputs: bool,
    /// The input holds whole numbers, as ids of tokens are.
    pub whole_numbers: bool,
}

/// The inputs that matter: the document, and what goes along with it.
pub(super) struct Inputs<'a> {
    pub(super) document: &'a ValueInfoProto,
    pub(super) others: Vec<(&'a ValueInfoProto, Companion)>,
}

/// An input that says something about the tokens of the document, told by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Companion {
    /// 1 for tokens, 0 for what fills the view up.
    Mask,
    /// 0 for tokens, 1 for what fills the view up, as torch's attention has it.
    Filling,
    /// Which of two texts a token is of: there is one, so 0.
    Types,
    /// 0, 1, 2, …
    Positions,
}

impl Companion {
    /// What exporters call it.
    fn named(name: &str) -> Option<Self> {
        let name = name.split(':').next().unwrap_or(name).to_ascii_lowercase();
        let ends = |list: &[&str]| list.iter().any(|end| name.ends_with(end));
        if ends(&["key_padding_mask"]) {
            Some(Self::Filling)
        } else if ends(&["attention_mask", "input_mask", "padding_mask", "attn_mask"]) {
            Some(Self::Mask)
        } else if ends(&["token_type_ids", "segment_ids", "input_type_ids"]) {
            Some(Self::Types)
        } else if ends(&["position_ids"]) {
            Some(Self::Positions)
        } else {
            None
        }
    }
}

/// The inputs that matter.
pub(super) fn the_inputs<'a>(
    graph: &'a GraphProto,
    live: &Live<'_>,
) -> Result<Inputs<'a>, Problem> {
    let constants: BTreeSet<&str> =
        graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
    let inputs: Vec<&ValueInfoProto> =
        graph.input.iter().filter(|info| !constants.contains(info.name.as_str())).collect();
    let others = Vec::new();
    if let [only] = inputs.as_slice() {
        return Ok(Inputs { document: only, others });
    }
    let read: Vec<&ValueInfoProto> =
        inputs.iter().copied().filter(|info| live.read.contains(info.name.as_str())).collect();
    match read.as_slice() {
        [only] if Companion::named(&only.name).is_none() => Ok(Inputs { document: only, others }),
        [] => Err(Problem::new(
            "its output does not depend on an input",
            "export a model with one tensor as input",
        )),
        several => {
            let (mut documents, mut others) = (Vec::new(), others);
            // A mask alone is one of tokens that nothing else reads.
            let several = if several.len() == 1 { inputs.as_slice() } else { several };
            for info in several.iter().copied() {
                match Companion::named(&info.name) {
                    Some(companion) => others.push((info, companion)),
                    None => documents.push(info),
                }
            }
            if let [document] = documents.as_slice() {
                return Ok(Inputs { document, others });
            }
            let names = listed(several.iter().map(|info| info.name.as_str()));
            Err(Problem::new(
                format!("it has {} inputs ({names}), expected one", several.len()),
                "export a model with one tensor as input, or with input_ids and beside it attention_mask, token_type_ids and position_ids; others can be made initializers",
            ))
        }
    }
}

/// The sizes that the file states, the batch as 1; `None` for those that it leaves open.
pub(super) fn stated(info: &ValueInfoProto) -> Result<Vec<Option<usize>>, Problem> {
    let name = &info.name;
    let tensor = info.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
    let tensor =
        tensor.ok_or_else(|| Problem::malformed(format!("input `{name}` is no tensor")))?;
    if !matches!(
        tensor.elem_type,
        FLOAT | DOUBLE | FLOAT16 | BFLOAT16 | UINT8 | INT8 | INT32 | INT64
    ) {
        return Err(Problem::new(
            format!("input `{name}` is {}", type_name(tensor.elem_type)),
            "export the model with a float32 input, or int64 for tokens",
        ));
    }
    let shape = tensor.shape.as_ref().ok_or_else(|| open(name))?;
    let dims = shape.dim.iter().enumerate();
    dims.map(|(axis, dim)| match (axis, dim.dim_value) {
        // Exporters write an open size as a name, nothing, 0 or -1.
        (0, None | Some(-1..=1)) => Ok(Some(1)),
        (0, Some(batch)) => Err(Problem::new(
            format!("the first axis of input `{name}`, the batch, is {batch}"),
            "export the model with batch size 1 or a symbolic one",
        )),
        (_, None | Some(-1 | 0)) => Ok(None),
        (_, Some(size)) => usize::try_from(size).map(Some).map_err(|_| open(name)),
    })
    .collect()
}

/// The channels that a file leaves open, where a convolution that reads the input says how many
/// there are.
pub(super) fn channels(graph: &GraphProto, input: &str) -> Option<usize> {
    let reads = |node: &&NodeProto| {
        node.op_type == "Conv" && node.input.first().is_some_and(|name| name == input)
    };
    let conv = graph.node.iter().find(reads)?;
    let weights = conv.input.get(1)?;
    let weights = graph.initializer.iter().find(|tensor| tensor.name == *weights)?;
    let groups = conv.attribute.iter().find(|attribute| attribute.name == "group");
    let groups = groups.map_or(1, |attribute| attribute.i);
    let channels = weights.dims.get(1)?.checked_mul(groups)?;
    usize::try_from(channels).ok().filter(|channels| *channels > 0)
}

/// The element type of the input, 0 if it is not stated.
pub(super) fn data_type(info: &ValueInfoProto) -> i32 {
    let tensor = info.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
    tensor.map_or(0, |tensor| tensor.elem_type)
}

fn open(name: &str) -> Problem {
    Problem::new(
        format!("input `{name}` has no fixed shape but for the batch"),
        "fix it, as in --input-shape 1,3,64,64, or export the model with that size",
    )
}

/// Refuses an input beside the document that is not as long as it.
pub(super) fn along(info: &ValueInfoProto, document: &[usize]) -> Result<(), Problem> {
    let tensor = info.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
    let sizes = tensor.and_then(|tensor| tensor.shape.as_ref());
    let sizes: Vec<Option<i64>> =
        sizes.iter().flat_map(|shape| &shape.dim).map(|dim| dim.dim_value).collect();
    let fits = |(stated, own): (&Option<i64>, &usize)| {
        stated.is_none_or(|stated| stated <= 0 || usize::try_from(stated) == Ok(*own))
    };
    if sizes.is_empty() || sizes.len() == document.len() && sizes.iter().zip(document).all(fits) {
        return Ok(());
    }
    Err(Problem::new(
        format!("input `{}` has not the shape {document:?} of the document", info.name),
        "export the model with inputs of one length",
    ))
}

/// The input, its open sizes as they are asked for.
pub(super) fn input(info: &ValueInfoProto, asked: Option<&[usize]>) -> Result<Input, Problem> {
    let name = &info.name;
    let stated = stated(info)?;
    let shape: Vec<usize> = match asked {
        None => stated.into_iter().collect::<Option<_>>().ok_or_else(|| open(name))?,
        Some(asked) => {
            let fits = |(stated, asked): (&Option<usize>, &usize)| {
                stated.is_none_or(|stated| stated == *asked)
            };
            if stated.len() != asked.len() || !stated.iter().zip(asked).all(fits) {
                let own: Vec<String> = stated
                    .iter()
                    .take(shape::MAX_RANK)
                    .map(|size| size.map_or_else(|| "?".to_owned(), |size| size.to_string()))
                    .collect();
                return Err(Problem::new(
                    format!("input `{name}` has the shape {}, not {asked:?}", own.join("×")),
                    "give --input-shape sizes that fit, the batch 1 first",
                ));
            }
            asked.to_vec()
        }
    };
    if shape.len() < 2 {
        return Err(Problem::new(
            format!("input `{name}` has no axis beside the batch"),
            "export the model with at least one axis more, as in 1×784",
        ));
    }
    if shape.contains(&0) {
        return Err(open(name));
    }
    shape::elements(&shape)?;
    Ok(Input { name: name.clone(), shape })
}
