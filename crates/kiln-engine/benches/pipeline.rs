//! Composing and rendering a whole project from the built-in kits.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use kiln_base::Source;
use kiln_engine::compose::{
    Composition, GivenOptions, PackageRequest, PackageUniverse, Parsed, Steps, compose,
};
use kiln_resolve::{Catalog, Request, resolve};
use kiln_schema::History;

const SPEC: &str = include_str!("../../../lockfiles/project-manager/kiln.kdl");

/// Stands for a catalogue of packages: what cutting a lock from a real one takes is no matter here.
struct Anything;

impl PackageUniverse for Anything {
    fn range(&self, _: &str) -> Option<String> {
        Some(">=1,<2".to_owned())
    }

    fn lock(&self, _: &str, _: &str, requests: &[PackageRequest]) -> Result<String, Vec<String>> {
        Ok(requests.iter().map(|request| format!("{}\n", request.name)).collect())
    }
}

fn pipeline(criterion: &mut Criterion) {
    let Ok((spec, _)) = kiln_spec::decode_spec(Source::new("kiln.kdl", SPEC)) else { return };
    let Ok(library) = kiln_library::builtin() else { return };
    let catalog = Catalog::new(library.kits);
    let locked = BTreeMap::new();
    let Ok(resolution) = resolve(Request { spec: &spec, locked: &locked }, &catalog) else {
        return;
    };
    let options: GivenOptions =
        spec.kits.iter().map(|kit| (kit.id.value.clone(), kit.options.clone())).collect();
    let anything: Arc<dyn PackageUniverse> = Arc::new(Anything);
    let universes = BTreeMap::from([("python".to_owned(), anything)]);
    let names: BTreeSet<String> = catalog.names();
    let history = History::default();
    let composition = Composition {
        inputs: &spec.inputs,
        kits: &resolution.kits,
        options: &options,
        parsed: &Parsed::default(),
        names: &names,
        universes: &universes,
        history: &history,
        steps: Steps::Make { confirms: &[], own: None },
    };
    criterion.bench_function("compose", |bencher| {
        bencher.iter(|| compose(black_box(&composition)).is_ok());
    });
    criterion.bench_function("render", |bencher| {
        // A plan that was rendered may know templates that a new one has still to read.
        let plan = || compose(&composition);
        let render = |plan: Result<_, _>| {
            plan.is_ok_and(|plan: kiln_engine::compose::Plan| plan.render().is_ok())
        };
        assert!(render(plan()), "the project renders");
        bencher.iter_batched(plan, render, BatchSize::PerIteration);
    });
}

criterion_group!(benches, pipeline);
criterion_main!(benches);
