//! RotaryEmbedding against its definition.

use super::super::read;
use super::super::writer::{Writer, int};
use super::refused::says;
use crate::model::graph::Graph;
use crate::model::onnx::proto::AttributeProto;
use crate::model::operators::evaluate;

const PLACES: usize = 5;
/// The places of three tokens.
const IDS: [i64; 3] = [4, 0, 2];

/// The angle of a pair at a place.
fn angle(place: usize, pair: usize) -> f32 {
    place as f32 * 0.7 + pair as f32 * 0.3 + 0.1
}

/// A model of three tokens with two heads of six elements.
fn model(
    shape: &[i64],
    width: usize,
    by_id: bool,
    mut attributes: Vec<AttributeProto>,
) -> Result<Graph, String> {
    let mut w = Writer::new(23, shape, 1);
    let pairs = width / 2;
    let ids: Vec<i64> = if by_id { (0..PLACES as i64).collect() } else { IDS.to_vec() };
    let mut cache = |f: fn(f32) -> f32| {
        let row = |id: &i64| (0..pairs).map(|pair| f(angle(*id as usize, pair))).collect();
        let values: Vec<f32> = ids.iter().flat_map::<Vec<f32>, _>(row).collect();
        let (rows, pairs) = (ids.len() as i64, pairs as i64);
        let shape = if by_id { vec![rows, pairs] } else { vec![1, rows, pairs] };
        w.floats(&shape, values)
    };
    let (cosines, sines) = (cache(f32::cos), cache(f32::sin));
    if shape.len() == 3 {
        attributes.push(int("num_heads", 2));
    }
    let y = if by_id {
        let ids = w.integers(&IDS);
        let one = w.integers(&[1, 3]);
        let ids = w.node("Reshape", &[&ids, &one], vec![]);
        w.node("RotaryEmbedding", &["x", &cosines, &sines, &ids], attributes)
    } else {
        w.node("RotaryEmbedding", &["x", &cosines, &sines], attributes)
    };
    read(&w.finish(&y)).map_err(|error| error.to_string())
}

#[test]
fn pairs_are_turned_by_the_angle_of_their_place() {
    let input: Vec<f64> = (0..36).map(|at| f64::from(at * 37 % 23) - 11.0).collect();
    for by_heads in [false, true] {
        let shape: &[i64] = if by_heads { &[1, 2, 3, 6] } else { &[1, 3, 12] };
        for (width, neighbours) in [(6, false), (6, true), (4, false), (4, true)] {
            let mut attributes = vec![int("interleaved", i64::from(neighbours))];
            // 0 stands for all.
            attributes.push(int("rotary_embedding_dim", if width == 6 { 0 } else { width as i64 }));
            for by_id in [false, true] {
                let graph = model(shape, width, by_id, attributes.clone()).unwrap();
                let found = evaluate::tensor(&graph, input.clone(), graph.output);
                for (token, head) in (0..6).map(|at| (at / 2, at % 2)) {
                    let start = if by_heads { head * 3 + token } else { token * 2 + head } * 6;
                    let mut expected = input[start..start + 6].to_vec();
                    for pair in 0..width / 2 {
                        let (first, second) = match neighbours {
                            true => (2 * pair, 2 * pair + 1),
                            false => (pair, pair + width / 2),
                        };
                        let angle = angle(IDS[token] as usize, pair);
                        let (sin, cos) = (f64::from(angle.sin()), f64::from(angle.cos()));
                        let (x, y) = (input[start + first], input[start + second]);
                        expected[first] = x * cos - y * sin;
                        expected[second] = x * sin + y * cos;
                    }
                    for (found, expected) in found[start..start + 6].iter().zip(&expected) {
                        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
                    }
                }
            }
        }
    }
}

#[test]
fn what_does_not_fit_or_depends_on_the_document_is_refused() {
    let refused = |width, more: Vec<AttributeProto>| {
        model(&[1, 2, 3, 6], width, true, more).expect_err("must be refused")
    };
    says(&refused(6, vec![int("rotary_embedding_dim", 4)]), &["input 1", "does not fit"]);
    says(&refused(8, vec![int("rotary_embedding_dim", 8)]), &["8 of 6 elements"]);
    says(&refused(4, vec![int("rotary_embedding_dim", 3)]), &["3 of 6 elements"]);
    says(&refused(6, vec![int("num_heads", 3)]), &["[1, 2, 3, 6]", "3 heads"]);
    says(&refused(6, vec![int("surprise", 1)]), &["surprise"]);
    // Places beyond the cache, and those that the document says.
    let of_tokens = |make: fn(&mut Writer, &str) -> String| {
        let mut w = Writer::new(23, &[1, 3], 1);
        w.graph().input[0].r#type.as_mut().unwrap().tensor_type.as_mut().unwrap().elem_type = 7;
        let table = w.weights(&[9, 4], 0.0, 1.0);
        let x = w.node("Gather", &[&table, "x"], vec![]);
        let y = make(&mut w, &x);
        read(&w.finish(&y)).expect_err("must be refused").to_string()
    };
    let beyond = of_tokens(|w, x| {
        let (ids, one) = (w.integers(&[0, 1, 5]), w.integers(&[1, 3]));
        let ids = w.node("Reshape", &[&ids, &one], vec![]);
        let cache = w.weights(&[5, 1], 0.0, 1.0);
        w.node("RotaryEmbedding", &[x, &cache, &cache, &ids], vec![int("num_heads", 2)])
    });
    says(&beyond, &["holds 5 of 5 places"]);
    let told = of_tokens(|w, x| {
        let cache = w.weights(&[9, 1], 0.0, 1.0);
        w.node("RotaryEmbedding", &[x, &cache, &cache, "x"], vec![int("num_heads", 2)])
    });
    says(&told, &["input 3 `x` depends on the document", "constant places"]);
    let turned = of_tokens(|w, x| {
        let axes = w.integers(&[2]);
        let y = w.node("ReduceMean", &[x, &axes], vec![]);
        w.node("RotaryEmbedding", &[x, &y, &y], vec![int("num_heads", 2)])
    });
    says(&turned, &["input 1", "depends on the document"]);
}
