//! What it takes to run linear maps in the clear: `cargo bench --bench running`.
//!
//! Shapes are those of transformers and of MobileNet; inputs are levels from 0 to
//! 255, weights have the size that calibration gives them.

use std::hint::black_box;

use candor::model::linear::{Conv2d, Dense, LinearMap};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// A convolution whose weights have up to so many bits.
fn conv(
    channels: [usize; 2],
    side: [usize; 2],
    kernel: usize,
    groups: usize,
    bits: u32,
) -> LinearMap {
    let count = channels[1] * channels[0] / groups * kernel * kernel;
    LinearMap::Conv2d(Conv2d {
        input: [channels[0], side[0], side[1]],
        output: [channels[1], side[0], side[1]],
        kernel: [kernel; 2],
        stride: [1, 1],
        padding: [kernel / 2; 2],
        dilation: [1, 1],
        groups,
        weights: made(bits).take(count).collect(),
    })
}

fn made(bits: u32) -> impl Iterator<Item = i64> {
    let mut state = 1u64;
    std::iter::repeat_with(move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state as i64) >> (63 - bits)
    })
}

fn running(c: &mut Criterion) {
    let maps = [
        ("dense 384 to 1536, 64 tokens, 13 bits", conv([384, 1536], [64, 1], 1, 1, 13)),
        ("dense 384 to 1536, 64 tokens, 22 bits", conv([384, 1536], [64, 1], 1, 1, 22)),
        ("dense 384 to 1536, 64 tokens, 34 bits", conv([384, 1536], [64, 1], 1, 1, 34)),
        (
            "dense 4096 to 1000",
            LinearMap::Dense(Dense {
                rows: 1000,
                columns: 4096,
                weights: made(13).take(4_096_000).collect(),
            }),
        ),
        ("depthwise 3×3, 96 channels, 112×112", conv([96, 96], [112, 112], 3, 96, 13)),
        ("pointwise 16 to 96, 112×112", conv([16, 96], [112, 112], 1, 1, 13)),
        ("3×3, 64 to 64, 56×56", conv([64, 64], [56, 56], 3, 1, 13)),
    ];
    let mut group = c.benchmark_group("run");
    group.sample_size(10);
    for (name, map) in maps {
        let input: Vec<i64> = made(8).take(map.input_len()).map(i64::abs).collect();
        let mut output = vec![0; map.output_len()];
        group.throughput(Throughput::Elements(map.work() as u64));
        group.bench_function(name, |b| b.iter(|| map.apply(black_box(&input), &mut output)));
    }
    group.finish();
}

criterion_group!(benches, running);
criterion_main!(benches);
