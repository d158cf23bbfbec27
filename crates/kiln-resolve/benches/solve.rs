//! Solving the spec of a whole project against the built-in kits, with the versions of its lock and without.

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use kiln_base::Source;
use kiln_resolve::{Catalog, Request, resolve};

const SPEC: &str = include_str!("../../../lockfiles/project-manager/kiln.kdl");

fn solve(criterion: &mut Criterion) {
    let Ok((spec, _)) = kiln_spec::decode_spec(Source::new("kiln.kdl", SPEC)) else { return };
    let Ok(library) = kiln_library::builtin() else { return };
    let catalog = Catalog::new(library.kits);
    let none = BTreeMap::new();
    let Ok(resolution) = resolve(Request { spec: &spec, locked: &none }, &catalog) else { return };
    let of = |kit: &std::sync::Arc<kiln_model::Package>| {
        (kit.id().to_owned(), kit.manifest.version.clone())
    };
    let locked: BTreeMap<_, _> = resolution.kits.iter().map(of).collect();
    let mut group = criterion.benchmark_group("solve");
    for (name, locked) in [("anew", &none), ("locked", &locked)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| resolve(black_box(Request { spec: &spec, locked }), &catalog).is_ok());
        });
    }
    group.finish();
}

criterion_group!(benches, solve);
criterion_main!(benches);
