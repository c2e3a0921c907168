//! Operators that are linear maps: known values, and what is refused of them.

use super::super::read;
use super::super::writer::{Writer, float, int, ints, string};
use crate::model::operators::evaluate;

/// What a model of one input makes of 1, 2, 3, …
fn counted(
    opset: i64,
    shape: &[i64],
    make: impl FnOnce(&mut Writer) -> String,
) -> Result<(Vec<f64>, Vec<usize>), String> {
    let mut w = Writer::new(opset, shape, 1);
    let y = make(&mut w);
    let graph = read(&w.finish(&y)).map_err(|error| error.to_string())?;
    let input = (1..=shape.iter().product()).map(|at| at as f64).collect();
    let output = evaluate::tensor(&graph, input, graph.output);
    Ok((output, graph.shape(graph.output).to_vec()))
}

/// The same, of the given shape, and these values.
fn assert_counts(
    (opset, shape): (i64, &[i64]),
    make: impl FnOnce(&mut Writer) -> String,
    expected: (&[usize], &[f64]),
) {
    let (found, shape) = counted(opset, shape, make).unwrap();
    assert_eq!(shape, expected.0);
    let close = |(l, r): (&f64, &f64)| (l - r).abs() < 2e-5;
    let alike = found.len() == expected.1.len() && found.iter().zip(expected.1).all(close);
    assert!(alike, "{found:?}, expected {:?}", expected.1);
}

fn refused(opset: i64, shape: &[i64], make: impl FnOnce(&mut Writer) -> String, parts: &[&str]) {
    let message = counted(opset, shape, make).unwrap_err();
    for part in parts {
        assert!(message.contains(part), "`{part}` is missing: {message}");
    }
}

/// Resize to scales, with these attributes.
fn scaled(w: &mut Writer, scales: [f32; 2], attributes: &[(&str, &str)]) -> String {
    let scales = w.floats(&[4], vec![1.0, 1.0, scales[0], scales[1]]);
    let attributes = attributes.iter().map(|(name, value)| string(name, value)).collect();
    w.node("Resize", &["x", "", &scales], attributes)
}

#[test]
fn resize_by_the_nearest() {
    let nearest = |mode: &'static str| {
        move |w: &mut Writer| {
            let name = "coordinate_transformation_mode";
            scaled(w, [1.0, 1.5], &[(name, "asymmetric"), ("nearest_mode", mode)])
        }
    };
    // At 0, ⅔, 1⅓, 2, 2⅔, 3⅓.
    let shape = (13, &[1, 1, 1, 4][..]);
    assert_counts(shape, nearest("floor"), (&[1, 1, 1, 6], &[1.0, 1.0, 2.0, 3.0, 3.0, 4.0]));
    assert_counts(shape, nearest("ceil"), (&[1, 1, 1, 6], &[1.0, 2.0, 3.0, 3.0, 4.0, 4.0]));
    let round = &[1.0, 2.0, 2.0, 3.0, 4.0, 4.0];
    assert_counts(shape, nearest("round_prefer_floor"), (&[1, 1, 1, 6], round));
    let twice = |mode: &'static str| {
        move |w: &mut Writer| {
            let name = "coordinate_transformation_mode";
            scaled(w, [1.0, 2.0], &[(name, "asymmetric"), ("nearest_mode", mode)])
        }
    };
    let shape = (13, &[1, 1, 1, 2][..]);
    let floor = &[1.0, 1.0, 2.0, 2.0];
    assert_counts(shape, twice("round_prefer_floor"), (&[1, 1, 1, 4], floor));
    assert_counts(shape, twice("round_prefer_ceil"), (&[1, 1, 1, 4], &[1.0, 2.0, 2.0, 2.0]));
}

/// The examples of the ONNX specification.
#[test]
fn resize_by_interpolation() {
    let linear = [("mode", "linear")];
    let expected =
        [1.0, 1.25, 1.75, 2.0, 1.5, 1.75, 2.25, 2.5, 2.5, 2.75, 3.25, 3.5, 3.0, 3.25, 3.75, 4.0];
    let shape = (13, &[1, 1, 2, 2][..]);
    assert_counts(shape, |w| scaled(w, [2.0, 2.0], &linear), (&[1, 1, 4, 4], &expected));
    let corners = [("mode", "linear"), ("coordinate_transformation_mode", "align_corners")];
    let third = 1.0 / 3.0;
    let row = |start: f64| [start, start + third, start + 2.0 * third, start + 1.0];
    let rows = [1.0, 1.0 + 2.0 * third, 1.0 + 4.0 * third, 3.0].map(row).concat();
    assert_counts(shape, |w| scaled(w, [2.0, 2.0], &corners), (&[1, 1, 4, 4], &rows));
    let down = |w: &mut Writer| scaled(w, [0.6, 0.6], &linear);
    assert_counts((13, &[1, 1, 2, 4]), down, (&[1, 1, 1, 2], &[2.666_666_5, 4.333_333_3]));
    let cubic = |w: &mut Writer| scaled(w, [2.0, 2.0], &[("mode", "cubic")]);
    let (found, _) = counted(13, &[1, 1, 4, 4], cubic).unwrap();
    for (found, expected) in found.iter().zip([0.472_656_25, 0.769_531_25, 1.246_093_75, 1.875]) {
        assert!((found - expected).abs() < 1e-9, "{found}, expected {expected}");
    }
    // Weights outside left away, the others for more.
    let excluded = |w: &mut Writer| {
        let scales = w.floats(&[4], vec![1.0, 1.0, 2.0, 2.0]);
        let attributes =
            vec![string("mode", "cubic"), float("cubic_coeff_a", -0.5), int("exclude_outside", 1)];
        w.node("Resize", &["x", "", &scales], attributes)
    };
    let (found, _) = counted(13, &[1, 1, 4, 4], excluded).unwrap();
    for (found, expected) in found.iter().zip([0.558_823_5, 0.814_942_06, 1.356_982_5, 1.897_058_8])
    {
        assert!((found - expected).abs() < 1e-5, "{found}, expected {expected}");
    }
}

#[test]
fn resize_in_every_spelling() {
    // Channels last, so that the axes in the middle change.
    let last = |w: &mut Writer| {
        let sizes = w.integers(&[1, 2, 2, 2]);
        let attributes = vec![string("mode", "linear")];
        w.node("Resize", &["x", "", "", &sizes], attributes)
    };
    let (found, shape) = counted(13, &[1, 2, 3, 2], last).unwrap();
    assert_eq!(shape, [1, 2, 2, 2]);
    // From three columns to two, in each of two rows.
    let at = |row: f64, x: f64, channel: f64| 6.0 * row + 2.0 * x + channel + 1.0;
    let wanted: Vec<f64> = [0.0, 1.0]
        .into_iter()
        .flat_map(|row| {
            [0.25, 1.75].into_iter().flat_map(move |x| [0.0, 1.0].map(|c| at(row, x, c)))
        })
        .collect();
    assert!(found.iter().zip(&wanted).all(|(l, r)| (l - r).abs() < 1e-9), "{found:?}");
    // In proportion, along some axes.
    let kept = |policy: &'static str| {
        move |w: &mut Writer| {
            let sizes = w.integers(&[4, 6]);
            let attributes = vec![
                ints("axes", &[2, -1]),
                string("keep_aspect_ratio_policy", policy),
                string("coordinate_transformation_mode", "asymmetric"),
                string("nearest_mode", "floor"),
            ];
            w.node("Resize", &["x", "", "", &sizes], attributes)
        }
    };
    assert_eq!(counted(18, &[1, 1, 2, 4], kept("not_larger")).unwrap().1, [1, 1, 3, 6]);
    assert_eq!(counted(18, &[1, 1, 2, 4], kept("not_smaller")).unwrap().1, [1, 1, 4, 8]);
    // A part of the input, and what is beyond it.
    let cropped = |w: &mut Writer| {
        let roi = w.floats(&[8], vec![0.0, 0.0, 0.0, 0.5, 1.0, 1.0, 1.0, 1.5]);
        let sizes = w.integers(&[1, 1, 1, 3]);
        let attributes = vec![
            string("mode", "linear"),
            string("coordinate_transformation_mode", "tf_crop_and_resize"),
            float("extrapolation_value", 10.0),
        ];
        w.node("Resize", &["x", &roi, "", &sizes], attributes)
    };
    assert_counts((13, &[1, 1, 1, 5]), cropped, (&[1, 1, 1, 3], &[3.0, 5.0, 10.0]));
    let before_there_was_a_choice = |w: &mut Writer| {
        let scales = w.floats(&[4], vec![1.0, 1.0, 1.0, 2.0]);
        w.node("Resize", &["x", &scales], vec![string("mode", "linear")])
    };
    let expected = &[1.0, 1.5, 2.0, 2.0];
    assert_counts((10, &[1, 1, 1, 2]), before_there_was_a_choice, (&[1, 1, 1, 4], expected));
    let upsampled = |w: &mut Writer| {
        let scales = w.floats(&[4], vec![1.0, 1.0, 1.0, 2.0]);
        w.node("Upsample", &["x", &scales], vec![string("mode", "linear")])
    };
    assert_counts((9, &[1, 1, 1, 2]), upsampled, (&[1, 1, 1, 4], expected));
}

#[test]
fn resize_where_runtimes_differ() {
    let corners = [("mode", "linear"), ("coordinate_transformation_mode", "align_corners")];
    refused(
        13,
        &[1, 1, 4, 4],
        |w| scaled(w, [0.6, 0.6], &corners),
        &["(Resize)", "runtimes differ"],
    );
    refused(
        18,
        &[1, 1, 4, 4],
        |w| {
            let sizes = w.integers(&[1, 1, 2, 2]);
            let attributes = vec![string("mode", "linear"), int("antialias", 1)];
            w.node("Resize", &["x", "", "", &sizes], attributes)
        },
        &["(Resize)", "antialias"],
    );
    refused(13, &[1, 1, 4, 4], |w| scaled(w, [0.1, 1.0], &[]), &["(Resize)", "is empty"]);
    refused(13, &[1, 1, 4, 4], |w| scaled(w, [-1.0, 1.0], &[]), &["(Resize)", "scales"]);
    refused(
        13,
        &[1, 2, 4, 4],
        |w| {
            let sizes = w.integers(&[1, 3, 5, 5]);
            w.node("Resize", &["x", "", "", &sizes], vec![string("mode", "linear")])
        },
        &["(Resize)", "along 3 axes"],
    );
}

#[test]
fn transposed_convolutions() {
    let with = |attributes: Vec<_>| {
        move |w: &mut Writer| {
            let weights = w.floats(&[1, 1, 1, 3], vec![1.0, 10.0, 100.0]);
            w.node("ConvTranspose", &["x", &weights], attributes)
        }
    };
    let shape = (11, &[1, 1, 1, 2][..]);
    assert_counts(shape, with(vec![]), (&[1, 1, 1, 4], &[1.0, 12.0, 120.0, 200.0]));
    let strided = with(vec![ints("strides", &[1, 2])]);
    assert_counts(shape, strided, (&[1, 1, 1, 5], &[1.0, 10.0, 102.0, 20.0, 200.0]));
    let cut = with(vec![ints("strides", &[1, 2]), ints("pads", &[0, 1, 0, 2])]);
    assert_counts(shape, cut, (&[1, 1, 1, 2], &[10.0, 102.0]));
    let more = vec![ints("strides", &[1, 2]), ints("output_padding", &[0, 1])];
    assert_counts(shape, with(more), (&[1, 1, 1, 6], &[1.0, 10.0, 102.0, 20.0, 200.0, 0.0]));
    let wide = with(vec![ints("dilations", &[1, 2])]);
    assert_counts(shape, wide, (&[1, 1, 1, 6], &[1.0, 2.0, 10.0, 20.0, 100.0, 200.0]));
    let same = |mode| vec![ints("strides", &[1, 2]), string("auto_pad", mode)];
    assert_counts(shape, with(same("SAME_UPPER")), (&[1, 1, 1, 4], &[1.0, 10.0, 102.0, 20.0]));
    assert_counts(shape, with(same("SAME_LOWER")), (&[1, 1, 1, 4], &[10.0, 102.0, 20.0, 200.0]));
    let stated = vec![ints("strides", &[1, 2]), ints("output_shape", &[1, 3])];
    assert_counts(shape, with(stated), (&[1, 1, 1, 3], &[10.0, 102.0, 20.0]));
    // Two groups, one spatial axis, a bias.
    let groups = |w: &mut Writer| {
        let weights = w.floats(&[2, 2, 1], vec![1.0, 10.0, 2.0, 20.0]);
        let bias = w.floats(&[4], vec![0.5, 0.0, 0.0, 0.0]);
        w.node("ConvTranspose", &["x", &weights, &bias], vec![int("group", 2)])
    };
    let expected = &[1.5, 2.5, 10.0, 20.0, 6.0, 8.0, 60.0, 80.0];
    assert_counts((11, &[1, 2, 2]), groups, (&[1, 4, 2], expected));
    let narrow = with(vec![ints("strides", &[1, 4]), string("auto_pad", "SAME_UPPER")]);
    refused(11, &[1, 1, 1, 2], narrow, &["(ConvTranspose)", "runtimes differ"]);
    let nothing = with(vec![ints("pads", &[0, 2, 0, 2])]);
    refused(11, &[1, 1, 1, 2], nothing, &["(ConvTranspose)", "cut off all"]);
}

#[test]
fn blocks_and_running_sums() {
    let deep = |mode: &'static str| {
        move |w: &mut Writer| {
            w.node("DepthToSpace", &["x"], vec![int("blocksize", 2), string("mode", mode)])
        }
    };
    let shape = (13, &[1, 8, 1, 1][..]);
    let columns = &[1.0, 3.0, 5.0, 7.0, 2.0, 4.0, 6.0, 8.0];
    assert_counts(shape, deep("DCR"), (&[1, 2, 2, 2], columns));
    let rows = &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
    assert_counts(shape, deep("CRD"), (&[1, 2, 2, 2], rows));
    let flat = |w: &mut Writer| w.node("SpaceToDepth", &["x"], vec![int("blocksize", 2)]);
    let expected = &[1.0, 3.0, 2.0, 4.0, 5.0, 7.0, 6.0, 8.0];
    assert_counts((13, &[1, 1, 2, 4]), flat, (&[1, 4, 1, 2], expected));
    refused(13, &[1, 3, 2, 2], deep("DCR"), &["(DepthToSpace)", "blocks of"]);
    let sums = |exclusive, reverse| {
        move |w: &mut Writer| {
            let axis = w.integers(&[-1]);
            w.node(
                "CumSum",
                &["x", &axis],
                vec![int("exclusive", exclusive), int("reverse", reverse)],
            )
        }
    };
    let shape = (14, &[1, 4][..]);
    assert_counts(shape, sums(0, 0), (&[1, 4], &[1.0, 3.0, 6.0, 10.0]));
    assert_counts(shape, sums(1, 0), (&[1, 4], &[0.0, 1.0, 3.0, 6.0]));
    assert_counts(shape, sums(0, 1), (&[1, 4], &[10.0, 9.0, 7.0, 4.0]));
    assert_counts(shape, sums(1, 1), (&[1, 4], &[9.0, 7.0, 4.0, 0.0]));
}

#[test]
fn sums_by_labels() {
    let einsum = |equation: &'static str, shape: &'static [i64], weights: &'static [f32]| {
        move |w: &mut Writer| {
            let weights = w.floats(shape, weights.to_vec());
            w.node("Einsum", &["x", &weights], vec![string("equation", equation)])
        }
    };
    let shape = (12, &[1, 2, 2][..]);
    let matrix = &[1.0, 10.0, 100.0, 1000.0];
    let product = einsum("bij,jk->bik", &[2, 2], matrix);
    assert_counts(shape, product, (&[1, 2, 2], &[201.0, 2010.0, 403.0, 4030.0]));
    // A matrix for each i.
    let own = einsum("bij, ijk -> bik", &[2, 2, 1], matrix);
    assert_counts(shape, own, (&[1, 2, 1], &[21.0, 4300.0]));
    let each = einsum("bij,j->bji", &[2], &[1.0, 10.0]);
    assert_counts(shape, each, (&[1, 2, 2], &[1.0, 3.0, 20.0, 40.0]));
    let all = einsum("...j,k->...k", &[2], &[1.0, 10.0]);
    assert_counts(shape, all, (&[1, 2, 2], &[3.0, 30.0, 7.0, 70.0]));
    let turned = |w: &mut Writer| w.node("Einsum", &["x"], vec![string("equation", "bij->bji")]);
    assert_counts(shape, turned, (&[1, 2, 2], &[1.0, 3.0, 2.0, 4.0]));
    let batch = |w: &mut Writer| {
        let weights = w.floats(&[2, 2, 1], vec![1.0, 10.0, 100.0, 1000.0]);
        w.node("MatMul", &["x", &weights], vec![])
    };
    assert_counts((13, &[1, 2, 1, 2]), batch, (&[1, 2, 1, 1], &[21.0, 4300.0]));
    let odd = einsum("bii,j->bj", &[2], &[1.0, 1.0]);
    refused(12, &[1, 2, 2], odd, &["(Einsum)", "diagonal"]);
    let both =
        |w: &mut Writer| w.node("Einsum", &["x", "x"], vec![string("equation", "bij,bjk->bik")]);
    // 1 2 3 4, times itself.
    assert_counts((12, &[1, 2, 2]), both, (&[1, 2, 2], &[7.0, 10.0, 15.0, 22.0]));
    let turned =
        |w: &mut Writer| w.node("Einsum", &["x", "x"], vec![string("equation", "bij,bkj->kib")]);
    assert_counts((12, &[1, 2, 2]), turned, (&[2, 2, 1], &[5.0, 11.0, 11.0, 25.0]));
    let alone =
        |w: &mut Writer| w.node("Einsum", &["x", "x"], vec![string("equation", "bij,bkl->bil")]);
    refused(12, &[1, 2, 2], alone, &["(Einsum)", "adds up one of two tensors"]);
    let unknown = einsum("bij,jk->bil", &[2, 2], matrix);
    refused(12, &[1, 2, 2], unknown, &["(Einsum)", "its equation"]);
}

#[test]
fn elements_by_constant_places() {
    let shape = (16, &[1, 4][..]);
    let gathered = |w: &mut Writer| {
        let index = w.node("Constant", &[], vec![ints("value_ints", &[3, 0])]);
        let shape = w.integers(&[1, 2]);
        let index = w.node("Reshape", &[&index, &shape], vec![]);
        w.node("GatherElements", &["x", &index], vec![int("axis", 1)])
    };
    assert_counts(shape, gathered, (&[1, 2], &[4.0, 1.0]));
    let replaced = |w: &mut Writer| {
        let index = w.integers(&[0, 2]);
        let pair = w.integers(&[1, 2]);
        let index = w.node("Reshape", &[&index, &pair], vec![]);
        let update = w.floats(&[1], vec![9.0]);
        w.node("ScatterND", &["x", &index, &update], vec![])
    };
    assert_counts(shape, replaced, (&[1, 4], &[1.0, 2.0, 9.0, 4.0]));
    let chosen = |w: &mut Writer| {
        let condition = w.truths(&[4], &[1, 0, 0, 1]);
        let other = w.node("Sub", &["x", "x"], vec![]);
        w.node("Where", &[&condition, "x", &other], vec![])
    };
    assert_counts(shape, chosen, (&[1, 4], &[1.0, 0.0, 0.0, 4.0]));
    let fixed = |w: &mut Writer| {
        let condition = w.truths(&[2, 1], &[1, 0]);
        let other = w.floats(&[], vec![7.0]);
        w.node("Where", &[&condition, &other, "x"], vec![])
    };
    let expected = &[7.0, 7.0, 7.0, 7.0, 1.0, 2.0, 3.0, 4.0];
    assert_counts(shape, fixed, (&[2, 4], expected));
    let half = |w: &mut Writer| w.node("Trilu", &["x"], vec![int("upper", 0)]);
    assert_counts((16, &[1, 2, 2]), half, (&[1, 2, 2], &[1.0, 0.0, 3.0, 4.0]));
    let reversed = |w: &mut Writer| {
        let lengths = w.integers(&[3]);
        let attributes = vec![int("batch_axis", 0), int("time_axis", 1)];
        w.node("ReverseSequence", &["x", &lengths], attributes)
    };
    assert_counts(shape, reversed, (&[1, 4], &[3.0, 2.0, 1.0, 4.0]));
    refused(16, &[1, 4], |w| w.node("Where", &["x", "x", "x"], vec![]), &["(Where)", "condition"]);
}

#[test]
fn several_tensors_at_once() {
    let many = |operator: &'static str| {
        move |w: &mut Writer| {
            let (scalar, list) = (w.floats(&[], vec![2.5]), w.floats(&[2], vec![3.0, -5.0]));
            let shape = w.integers(&[2, 1]);
            let column = w.node("Reshape", &["x", &shape], vec![]);
            w.node(operator, &["x", &scalar, &column, &list], vec![])
        }
    };
    // 1 2 beside 1 | 2.
    let shape = (13, &[1, 2][..]);
    assert_counts(shape, many("Sum"), (&[2, 2], &[7.5, 0.5, 8.5, 1.5]));
    assert_counts(shape, many("Mean"), (&[2, 2], &[1.875, 0.125, 2.125, 0.375]));
    assert_counts(shape, many("Max"), (&[2, 2], &[3.0, 2.5, 3.0, 2.5]));
    assert_counts(shape, many("Min"), (&[2, 2], &[1.0, -5.0, 1.0, -5.0]));
}

#[test]
fn statistics_of_the_document_are_refused_by_name() {
    refused(17, &[1, 2, 4], |w| w.node("LRN", &["x"], vec![]), &["sum of squares"]);
    refused(17, &[1, 2, 4], |w| w.node("GlobalLpPool", &["x"], vec![]), &["roots"]);
}

#[test]
fn sums_of_functions() {
    let over = |operator: &'static str| {
        move |w: &mut Writer| {
            let four = w.floats(&[], vec![4.0]);
            let moved = w.node("Sub", &["x", &four], vec![]);
            let moved = if operator == "ReduceLogSum" { "x".to_owned() } else { moved };
            w.node(operator, &[&moved], vec![ints("axes", &[1]), int("keepdims", 0)])
        }
    };
    // −3, −2, −1, 0, 1.
    let shape = (13, &[1, 5][..]);
    assert_counts(shape, over("ReduceL1"), (&[1], &[7.0]));
    assert_counts(shape, over("ReduceSumSquare"), (&[1], &[15.0]));
    assert_counts(shape, over("ReduceL2"), (&[1], &[15f64.sqrt()]));
    assert_counts(shape, over("ReduceLogSum"), (&[1], &[15f64.ln()]));
    let folded = |w: &mut Writer| {
        let constant = w.floats(&[1, 2], vec![-3.0, 4.0]);
        let length = w.node("ReduceL2", &[&constant], vec![ints("axes", &[1])]);
        w.node("Mul", &["x", &length], vec![])
    };
    assert_counts((13, &[1, 2]), folded, (&[1, 2], &[5.0, 10.0]));
    refused(13, &[1, 2], |w| w.node("ReduceLogSumExp", &["x"], vec![]), &["far apart"]);
}
