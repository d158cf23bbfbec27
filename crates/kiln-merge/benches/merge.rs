//! Merging ordinary files of 300 lines, of each kind one.

#[path = "../examples/merge_speed/cases.rs"]
mod cases;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use kiln_merge::{Labels, merge};

fn merging(criterion: &mut Criterion) {
    let labels = Labels::kiln("kit 1.0.0", "kit 1.1.0");
    let mut group = criterion.benchmark_group("merge");
    for case in &cases::all() {
        let input = cases::input(case, &labels);
        group.bench_function(case.0, |bencher| bencher.iter(|| merge(black_box(&input))));
    }
    group.finish();
}

criterion_group!(benches, merging);
criterion_main!(benches);
