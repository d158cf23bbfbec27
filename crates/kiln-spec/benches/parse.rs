//! Reading texts: the spec of a whole project, and the manifest of a kit with most of what manifests have.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use kiln_base::Source;

const SPEC: &str = include_str!("../../../lockfiles/project-manager/kiln.kdl");
const MANIFEST: &str = include_str!("../../../kits/foundation/backend-fastapi/kit.kdl");

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    group.bench_function("spec", |bencher| {
        bencher.iter(|| kiln_spec::decode_spec(Source::new("kiln.kdl", black_box(SPEC))).is_ok());
    });
    group.bench_function("manifest", |bencher| {
        let source = || Source::new("kit.kdl", black_box(MANIFEST));
        bencher.iter(|| kiln_spec::decode_manifest(source()).is_ok());
    });
    group.finish();
}

criterion_group!(benches, parse);
criterion_main!(benches);
