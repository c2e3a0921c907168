//! Tiny ONNX models, written byte by byte: one dense layer over a view.

/// A field of a protobuf message that holds bytes or a message.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![];
    varint(u64::from(number) << 3 | 2, &mut out);
    varint(bytes.len() as u64, &mut out);
    out.extend(bytes);
    out
}

/// A field that holds a number.
fn number(number: u8, value: u64) -> Vec<u8> {
    let mut out = vec![];
    varint(u64::from(number) << 3, &mut out);
    varint(value, &mut out);
    out
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn tensor(name: &str, dimensions: &[u64], values: &[f32]) -> Vec<u8> {
    let dimensions = dimensions.iter().flat_map(|d| number(1, *d));
    let mut out: Vec<u8> = dimensions.collect();
    out.extend(number(2, 1));
    out.extend(field(8, name.as_bytes()));
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    out.extend(field(9, &bytes));
    out
}

fn value(name: &str, dimensions: &[u64]) -> Vec<u8> {
    let shape: Vec<u8> = dimensions.iter().flat_map(|d| field(1, &number(1, *d))).collect();
    let tensor = [number(1, 1), field(2, &shape)].concat();
    [field(1, name.as_bytes()), field(2, &field(1, &tensor))].concat()
}

fn node(operator: &str, inputs: &[&str], output: &str, attributes: &[Vec<u8>]) -> Vec<u8> {
    let mut out: Vec<u8> = inputs.iter().flat_map(|input| field(1, input.as_bytes())).collect();
    out.extend(field(2, output.as_bytes()));
    out.extend(field(3, output.as_bytes()));
    out.extend(field(4, operator.as_bytes()));
    out.extend(attributes.iter().flat_map(|attribute| field(5, attribute)));
    out
}

/// A model of one dense layer over `channels` planes of `height` by `width`:
/// score i of `rows[i]`, and a bias for each.
#[must_use]
pub fn dense(shape: [u64; 3], rows: &[Vec<f32>], bias: &[f32]) -> Vec<u8> {
    dense_over(&shape, rows, bias)
}

/// The same over an input of any shape, the batch apart.
#[must_use]
pub fn dense_over(shape: &[u64], rows: &[Vec<f32>], bias: &[f32]) -> Vec<u8> {
    let inputs = shape.iter().product::<u64>();
    let input = [&[1], shape].concat();
    assert!(rows.iter().all(|row| row.len() as u64 == inputs) && rows.len() == bias.len());
    let scores = rows.len() as u64;
    let attribute = [field(1, b"transB"), number(3, 1), number(20, 2)].concat();
    let graph = [
        field(1, &node("Flatten", &["image"], "flat", &[])),
        field(1, &node("Gemm", &["flat", "weights", "bias"], "scores", &[attribute])),
        field(2, b"dense"),
        field(5, &tensor("weights", &[scores, inputs], &rows.concat())),
        field(5, &tensor("bias", &[scores], bias)),
        field(11, &value("image", &input)),
        field(12, &value("scores", &[1, scores])),
    ];
    [number(1, 8), field(7, &graph.concat()), field(8, &number(2, 13))].concat()
}

/// A model of one dense layer with made-up weights and so many scores.
#[must_use]
pub fn made_up(shape: [u64; 3], scores: usize) -> Vec<u8> {
    let inputs = shape.iter().product::<u64>() as usize;
    let mut weights = weights();
    let rows: Vec<Vec<f32>> =
        (0..scores).map(|_| weights.by_ref().take(inputs).collect()).collect();
    dense(shape, &rows, &vec![0.0; scores])
}

/// A model of a hidden layer with ReLU and one of scores, over a row of inputs, with
/// made-up weights.
#[must_use]
pub fn stacked(inputs: u64, hidden: u64, scores: u64) -> Vec<u8> {
    let mut weights = weights();
    let mut drawn = |count: u64| weights.by_ref().take(count as usize).collect::<Vec<f32>>();
    let attribute = [field(1, b"transB"), number(3, 1), number(20, 2)].concat();
    let gemm = |from: [&str; 3], to| node("Gemm", &from, to, std::slice::from_ref(&attribute));
    let graph = [
        field(1, &gemm(["row", "first", "none"], "sums")),
        field(1, &node("Relu", &["sums"], "hidden", &[])),
        field(1, &gemm(["hidden", "second", "zeros"], "scores")),
        field(2, b"stacked"),
        field(5, &tensor("first", &[hidden, inputs], &drawn(hidden * inputs))),
        field(5, &tensor("none", &[hidden], &vec![0.0; hidden as usize])),
        field(5, &tensor("second", &[scores, hidden], &drawn(scores * hidden))),
        field(5, &tensor("zeros", &[scores], &vec![0.0; scores as usize])),
        field(11, &value("row", &[1, inputs])),
        field(12, &value("scores", &[1, scores])),
    ];
    [number(1, 8), field(7, &graph.concat()), field(8, &number(2, 13))].concat()
}

/// A model that puts operators without attributes one after the other, over a picture of 4 by
/// 4 grey pixels. Nothing is said for them.
#[must_use]
pub fn chain(operators: &[&str]) -> Vec<u8> {
    let name = |at: usize| match at {
        0 => "image".to_owned(),
        at if at == operators.len() => "scores".to_owned(),
        at => format!("t{at}"),
    };
    let nodes = operators
        .iter()
        .enumerate()
        .flat_map(|(at, operator)| field(1, &node(operator, &[&name(at)], &name(at + 1), &[])));
    let graph = [
        nodes.collect(),
        field(2, b"chain"),
        field(11, &value("image", &[1, 1, 4, 4])),
        field(12, &value("scores", &[1, 1, 4, 4])),
    ];
    [number(1, 8), field(7, &graph.concat()), field(8, &number(2, 13))].concat()
}

/// Weights from −½ to ½, the same each time.
fn weights() -> impl Iterator<Item = f32> {
    let mut state = 7u32;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as f32 / 65_536.0 - 0.5
    })
}

/// Which half of a picture of 4 by 4 grey pixels is the lighter one: class 0 the
/// lower, class 1 the upper.
#[must_use]
pub fn halves() -> Vec<u8> {
    let half = |first: f32| [vec![first; 8], vec![1.0 - first; 8]].concat();
    dense([1, 4, 4], &[half(1.0), half(0.0)], &[0.0, 0.0])
}
