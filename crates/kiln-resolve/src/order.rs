//! The order of kits: what is required comes first; otherwise by layer, then name. Cycles and requirements of a
//! higher layer are refused here.

use std::collections::{BTreeMap, BTreeSet};

use kiln_base::{Diagnostic, Diagnostics, Span, Spanned};
use kiln_model::Layer;

use crate::universe::Universe;

/// The names of `kits` in order.
pub(crate) fn ordered(
    universe: &Universe<'_>,
    kits: &BTreeMap<&str, usize>,
) -> Result<Vec<String>, Diagnostics> {
    let edges = edges(universe, kits);
    check_layers(universe, kits, &edges)?;
    let mut open: BTreeSet<(Layer, &str)> =
        kits.keys().map(|id| (layer(universe, id), *id)).collect();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut order = Vec::new();
    while !open.is_empty() {
        let next = open
            .iter()
            .copied()
            .find(|(_, id)| edges[id].keys().all(|needed| done.contains(needed)));
        let Some(next) = next else { return Err(cycle(universe, kits, &edges, &done).into()) };
        open.remove(&next);
        done.insert(next.1);
        order.push(next.1.to_owned());
    }
    Ok(order)
}

fn layer(universe: &Universe<'_>, id: &str) -> Layer {
    universe.catalog.versions(id).last().map_or(Layer::Foundation, |package| package.manifest.layer)
}

/// For each kit the kits that it requires, with the name by which it does, at its place in the manifest.
type Edges<'a> = BTreeMap<&'a str, BTreeMap<&'a str, Spanned<String>>>;

fn edges<'a>(universe: &Universe<'_>, kits: &BTreeMap<&'a str, usize>) -> Edges<'a> {
    let contracts: BTreeMap<&str, _> =
        kits.iter().map(|(id, at)| (*id, universe.contract(id, *at))).collect();
    let mut edges = Edges::new();
    for (id, contract) in &contracts {
        let needed = edges.entry(*id).or_default();
        for name in contract.requires.iter().flat_map(|requires| &requires.names) {
            for (other, _) in contracts
                .iter()
                .filter(|(other, c)| *other != id && c.provides.contains(&name.value))
            {
                needed.entry(*other).or_insert_with(|| name.clone());
            }
        }
    }
    edges
}

fn check_layers(
    universe: &Universe<'_>,
    kits: &BTreeMap<&str, usize>,
    edges: &Edges<'_>,
) -> Result<(), Diagnostics> {
    let mut problems = Diagnostics::new();
    for id in kits.keys() {
        let own = layer(universe, id);
        for (other, name) in &edges[id] {
            let needed = layer(universe, other);
            if own != Layer::CrossCutting && needed != Layer::CrossCutting && needed > own {
                let message = format!(
                    "`{id}` of layer {} requires `{}`, which `{other}` of the higher layer {} provides",
                    own.name(),
                    name.value,
                    needed.name()
                );
                let problem = Diagnostic::error("layer", message).hint(
                    "say `with` instead of `requires`, or move one of the kits to another layer",
                );
                problems.push(at_requirement(universe, kits, problem, id, name.span));
            }
        }
    }
    problems.finish(()).map(|_| ())
}

/// Adds the place in the manifest of `id`.
fn at_requirement(
    universe: &Universe<'_>,
    kits: &BTreeMap<&str, usize>,
    problem: Diagnostic,
    id: &str,
    span: Span,
) -> Diagnostic {
    let package = kits.get(id).and_then(|at| universe.catalog.versions(id).get(*at));
    match package {
        Some(package) => problem.at(&package.source, span, "required here"),
        None => problem,
    }
}

fn cycle(
    universe: &Universe<'_>,
    kits: &BTreeMap<&str, usize>,
    edges: &Edges<'_>,
    done: &BTreeSet<&str>,
) -> Diagnostic {
    let open = |id: &&str| !done.contains(id);
    let mut path: Vec<&str> = edges.keys().copied().find(|id| open(id)).into_iter().collect();
    while let Some(next) =
        path.last().and_then(|last| edges[last].keys().copied().find(|id| open(id)))
    {
        if let Some(start) = path.iter().position(|id| *id == next) {
            path.drain(..start);
            break;
        }
        path.push(next);
    }
    let mut text: Vec<String> = Vec::new();
    let mut places = Vec::new();
    for (at, id) in path.iter().enumerate() {
        let next = path[(at + 1) % path.len()];
        let Some(name) = edges[id].get(next) else { continue };
        text.push(if name.value == next {
            format!("`{id}` requires `{next}`")
        } else {
            format!("`{id}` requires `{}` of `{next}`", name.value)
        });
        places.push((*id, name.span));
    }
    let problem =
        Diagnostic::error("cycle", format!("kits require each other: {}", text.join(", ")))
            .hint("one of them must do without the other: say `with` instead of `requires`");
    places
        .into_iter()
        .fold(problem, |problem, (id, span)| at_requirement(universe, kits, problem, id, span))
}
