//! The three methods of every map agree.

use ff::Field;
use proptest::prelude::*;

use super::*;
use crate::field::Scalar;

fn conv() -> impl Strategy<Value = LinearMap> {
    let pair = |range: std::ops::Range<usize>| [range.clone(), range];
    (1usize..4, 1usize..6, 1usize..3, pair(1..4), pair(1..4), pair(0..3), pair(1..3), pair(3..8))
        .prop_flat_map(|(groups, ci, co, kernel, stride, padding, dilation, size)| {
            let out = |axis: usize| {
                let reach = (kernel[axis] - 1) * dilation[axis] + 1;
                (size[axis] + 2 * padding[axis]).saturating_sub(reach) / stride[axis] + 1
            };
            let input = [groups * ci, size[0], size[1]];
            let output = [groups * co, out(0), out(1)];
            let count = output[0] * ci * kernel[0] * kernel[1];
            numbers(count, 40).prop_map(move |weights| {
                LinearMap::Conv2d(Conv2d {
                    input,
                    output,
                    kernel,
                    stride,
                    padding,
                    dilation,
                    groups,
                    weights: weights.into(),
                })
            })
        })
}

/// Integers of up to so many bits, mostly of far fewer, and often the greatest of them.
fn numbers(count: usize, bits: u32) -> impl Strategy<Value = Vec<i64>> {
    let number = (any::<i64>(), 0u8..4).prop_map(|(x, kind)| match kind {
        0 if x < 0 => i64::MIN + 1,
        0 => i64::MAX,
        _ => x,
    });
    (63 - bits..62, prop::collection::vec(number, count))
        .prop_map(|(shift, all)| all.into_iter().map(|x| x >> shift).collect())
}

fn other() -> impl Strategy<Value = LinearMap> {
    let dense = (1usize..6, 1usize..150).prop_flat_map(|(rows, columns)| {
        numbers(rows * columns, 40).prop_map(move |weights| {
            LinearMap::Dense(Dense { rows, columns, weights: weights.into() })
        })
    });
    let scale = (1usize..6, -9i64..9).prop_map(|(len, factor)| LinearMap::Scale { len, factor });
    let diagonal = prop::collection::vec(-9i64..9, 1..6)
        .prop_map(|factors| LinearMap::Diagonal(factors.into()));
    let gather = prop::collection::vec(prop::option::of(0u32..5), 1..9)
        .prop_map(|index| LinearMap::Gather(Gather { input_len: 5, index }));
    prop_oneof![dense, scale, diagonal, gather]
}

fn any_map(bits: u32) -> impl Strategy<Value = (LinearMap, Vec<i64>, Vec<u64>)> {
    prop_oneof![conv(), other()].prop_flat_map(move |map| {
        let input = numbers(map.input_len(), bits);
        let cotangent = prop::collection::vec(any::<u64>(), map.output_len());
        (Just(map), input, cotangent)
    })
}

/// The convolution by its definition, one output at a time.
fn naive_conv(map: &Conv2d, input: &[i64]) -> Vec<i64> {
    let [_, height, width] = map.input;
    let in_group = map.input[0] / map.groups;
    let mut output = Vec::new();
    for o in 0..map.output[0] {
        for y in 0..map.output[1] {
            for x in 0..map.output[2] {
                let mut sum = 0i64;
                for i in 0..in_group {
                    for ky in 0..map.kernel[0] {
                        for kx in 0..map.kernel[1] {
                            let row = (y * map.stride[0] + ky * map.dilation[0])
                                .wrapping_sub(map.padding[0]);
                            let column = (x * map.stride[1] + kx * map.dilation[1])
                                .wrapping_sub(map.padding[1]);
                            if row < height && column < width {
                                let channel = o / (map.output[0] / map.groups) * in_group + i;
                                let weight =
                                    ((o * in_group + i) * map.kernel[0] + ky) * map.kernel[1] + kx;
                                let at = (channel * height + row) * width + column;
                                let product = map.weights.get(weight).wrapping_mul(input[at]);
                                sum = sum.wrapping_add(product);
                            }
                        }
                    }
                }
                output.push(sum);
            }
        }
    }
    output
}

proptest! {
    #[test]
    fn the_adjoint_is_the_transpose((map, x, alpha) in any_map(12)) {
        prop_assert_eq!(map.validate(), Ok(()));
        let alpha: Vec<Scalar> = alpha.into_iter().map(Scalar::from).collect();
        let mut y = vec![0; map.output_len()];
        map.apply(&x, &mut y);
        let mut back = vec![Scalar::ZERO; map.input_len()];
        map.adjoint(&alpha, &mut back);
        let left: Scalar = y.iter().zip(&alpha).map(|(y, a)| from_i64::<Scalar>(*y) * a).sum();
        let right: Scalar = x.iter().zip(&back).map(|(x, b)| from_i64::<Scalar>(*x) * b).sum();
        prop_assert_eq!(left, right);
    }

    #[test]
    fn a_bound_is_reached_by_its_corner((map, _, _) in any_map(12), row in any::<prop::sample::Index>()) {
        let input = vec![Range::new(-3, 7); map.input_len()];
        let mut bounds = vec![Range::ZERO; map.output_len()];
        prop_assert!(map.bound(&input, &mut bounds));
        let row = row.index(map.output_len());
        // The row's coefficients are the adjoint of the unit vector.
        let mut unit = vec![Scalar::ZERO; map.output_len()];
        unit[row] = Scalar::ONE;
        let mut coefficients = vec![Scalar::ZERO; map.input_len()];
        map.adjoint(&unit, &mut coefficients);
        let half = Scalar::from(u64::MAX);
        let corner: Vec<i64> =
            coefficients.iter().map(|c| if *c > half { -3 } else { 7 }).collect();
        let mut y = vec![0; map.output_len()];
        map.apply(&corner, &mut y);
        prop_assert_eq!(i128::from(y[row]), bounds[row].high);
    }

    /// Narrow ranges are summed in 64 bits, wide ones in 128.
    #[test]
    fn bounds_do_not_depend_on_their_width((map, x, _) in any_map(12)) {
        let ranges = |unit: i128| -> Vec<Range> {
            let range = |x: &i64| Range::new(i128::from(*x) * unit, (i128::from(*x) + 3) * unit);
            x.iter().map(range).collect()
        };
        let bounds = |unit: i128| {
            let mut bounds = vec![Range::point(unit); map.output_len()];
            assert!(map.bound(&ranges(unit), &mut bounds));
            bounds
        };
        let unit = 1i128 << 64;
        let scaled = bounds(1).into_iter().map(|r| Range::new(r.low * unit, r.high * unit));
        prop_assert_eq!(scaled.collect::<Vec<_>>(), bounds(unit));
    }

    /// A range for each channel gives what a range for each element gives.
    #[test]
    fn bounds_by_channel_are_those_by_element(map in conv(), lows in numbers(64, 20)) {
        let LinearMap::Conv2d(own) = &map else { unreachable!() };
        let range = |low: &i64| Range::new(i128::from(*low), i128::from(*low) + 9);
        let channels: Vec<Range> = lows.iter().map(range).take(own.input[0]).collect();
        let elements: Vec<Range> = channels
            .iter()
            .flat_map(|range| std::iter::repeat_n(*range, own.in_plane()))
            .collect();
        let [mut one, mut other] = [(); 2].map(|()| vec![Range::point(5); map.output_len()]);
        prop_assert!(map.bound(&elements, &mut one));
        prop_assert!(own.bound_channels(&channels, &mut other));
        prop_assert_eq!(one, other);
    }

    /// Whatever the widths of weights and inputs, the widest among them, whose sums wrap.
    #[test]
    fn convolutions_and_matrices_are_their_definitions((map, x, _) in any_map(62)) {
        let mut y = vec![0; map.output_len()];
        map.apply(&x, &mut y);
        match &map {
            LinearMap::Conv2d(conv) => prop_assert_eq!(y, naive_conv(conv, &x)),
            LinearMap::Dense(dense) => {
                let product = |(x, at): (&i64, usize)| dense.weights.get(at).wrapping_mul(*x);
                let row = |row: usize| x.iter().zip(row * dense.columns..).map(product);
                let sums = (0..dense.rows).map(|at| row(at).fold(0, i64::wrapping_add));
                prop_assert_eq!(y, sums.collect::<Vec<_>>());
            }
            _ => {}
        }
    }
}

#[test]
fn malformed_maps_are_refused() {
    let conv = || Conv2d {
        input: [4, 5, 5],
        output: [2, 3, 3],
        kernel: [3, 3],
        stride: [1, 1],
        padding: [0, 0],
        dilation: [1, 1],
        groups: 2,
        weights: vec![1; 36].into(),
    };
    let refused = |change: &dyn Fn(&mut Conv2d)| {
        let mut map = conv();
        change(&mut map);
        LinearMap::Conv2d(map).validate().is_err()
    };
    assert!(!refused(&|_| ()));
    assert!(!refused(&|map| map.padding = [1 << 20, 1 << 20]));
    let wrong: [&dyn Fn(&mut Conv2d); 13] = [
        &|map| map.input[1] = 0,
        &|map| map.output[2] = (1 << 20) + 1,
        &|map| map.kernel = [0, 3],
        &|map| map.stride[0] = 0,
        &|map| map.dilation[1] = 0,
        &|map| map.padding[0] = (1 << 20) + 1,
        &|map| map.groups = 0,
        &|map| map.groups = 4,
        &|map| map.input[0] = 5,
        &|map| map.output[0] = 3,
        &|map| map.weights = vec![1; 37].into(),
        &|map| map.weights = vec![].into(),
        &|map| map.weights = (0..36).map(|at| if at == 5 { MAX_WEIGHT + 1 } else { 1 }).collect(),
    ];
    for (index, change) in wrong.iter().enumerate() {
        assert!(refused(change), "change {index}");
    }

    let dense = |rows, columns, weights| {
        LinearMap::Dense(Dense { rows, columns, weights: vec![1; weights].into() }).validate()
    };
    assert_eq!(dense(2, 3, 6), Ok(()));
    for (rows, columns, weights) in [(2, 0, 0), (2, 3, 5), (2, 3, 7), (usize::MAX, 2, 6)] {
        assert!(dense(rows, columns, weights).is_err(), "{rows} × {columns}");
    }
}

#[test]
fn provable_values_are_below_the_limit() {
    let limit = 1i128 << 62;
    assert!(Range::new(1 - limit, limit - 1).is_provable());
    assert!(!Range::new(-limit, 0).is_provable());
    assert!(!Range::new(0, limit).is_provable());
}

proptest! {
    #[test]
    fn the_adjoint_of_an_outer_product_is_the_adjoint(map in conv(), seed in any::<u64>()) {
        let LinearMap::Conv2d(conv) = &map else { unreachable!("a convolution") };
        let mut state = Scalar::from(seed) + Scalar::ONE;
        let mut axis = |len: usize| {
            let mut next = || {
                state = state.square() + Scalar::from(3);
                state
            };
            (0..len).map(|_| next()).collect::<Vec<_>>()
        };
        let axes = conv.output.map(&mut axis);
        let [channels, rows, columns] = &axes;
        let mut output = Vec::new();
        for c in channels {
            for y in rows {
                output.extend(columns.iter().map(|x| *c * y * x));
            }
        }
        let start = axis(conv.input.iter().product());
        let (mut dense, mut outer) = (start.clone(), start);
        map.adjoint(&output, &mut dense);
        conv.adjoint_outer(axes.each_ref().map(Vec::as_slice), &mut outer);
        prop_assert_eq!(dense, outer);
    }
}

#[test]
fn a_permutation_says_where_each_input_goes() {
    let gather = |index: &[Option<u32>]| Gather { input_len: 3, index: index.to_vec() };
    assert_eq!(gather(&[Some(2), Some(0), Some(1)]).permutation(), Some(vec![1, 2, 0]));
    for index in [&[Some(0), Some(1)][..], &[Some(0), Some(1), Some(1)], &[Some(0), Some(1), None]]
    {
        assert_eq!(gather(index).permutation(), None);
    }
}
