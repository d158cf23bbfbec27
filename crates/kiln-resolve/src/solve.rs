//! Which kits a spec resolves to, and why each is there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kiln_base::{Diagnostic, Diagnostics, Source, Spanned, did_you_mean};
use kiln_model::{KitRequest, Package, RawOptions, Spec};
use pubgrub::PubGrubError;
use semver::{Version, VersionReq};

use crate::catalog::{Catalog, Contract};
use crate::explain::explain;
use crate::order::ordered;
use crate::universe::{ENGINE, Item, Universe, engine_fits, shared_exclusive};

/// What to solve.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The wish, with its preset already applied.
    pub spec: &'a Spec,
    /// Versions that the old lock holds: they stay where they fit.
    pub locked: &'a BTreeMap<String, Version>,
}

/// Why a kit is in the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The spec names it.
    Asked,
    /// A kit requires a name that it provides.
    Required {
        /// The kit that requires it.
        by: String,
        /// The name that is required.
        name: String,
    },
}

/// The kits of a project.
#[derive(Debug, Clone)]
pub struct Resolution {
    /// In order: what is required comes first; otherwise by layer, then name.
    pub kits: Vec<Arc<Package>>,
    /// Why each is there.
    pub why: BTreeMap<String, Why>,
    /// What a person should know.
    pub warnings: Diagnostics,
}

/// Solves a spec against a catalog. The same arguments give the same answer.
///
/// # Errors
/// Unknown kits and ranges that nothing fits, two providers of one exclusive capability, a capability with several
/// providers and no choice, requirements without provider, conflicts, cycles and requirements of a higher layer.
pub fn resolve(request: Request<'_>, catalog: &Catalog) -> Result<Resolution, Diagnostics> {
    check_requests(request.spec, catalog)?;
    let roots = request
        .spec
        .kits
        .iter()
        .map(|kit| (kit.id.value.clone(), kit.range.as_ref().map(|range| range.value.clone())));
    let options = given_options(request.spec);
    let universe = Universe::new(catalog, roots.collect(), options, request.locked.clone());
    check_exclusive(request.spec, &universe)?;
    let selected = match pubgrub::resolve(&universe, Item::Root, 0_u32) {
        Ok(solution) => solution,
        Err(PubGrubError::NoSolution(tree)) => {
            return Err(explain(&tree, request.spec, &universe).into());
        }
        Err(other) => return Err(Diagnostic::error("no-solution", other.to_string()).into()),
    };
    let chosen: BTreeMap<String, usize> = selected
        .into_iter()
        .filter_map(|(item, at)| match item {
            Item::Kit(id) => Some((id, at as usize)),
            _ => None,
        })
        .collect();
    let why = needed(request.spec, &universe, &chosen)?;
    check_absent(request.spec, &why)?;
    let kits: BTreeMap<&str, usize> = why.keys().map(|id| (id.as_str(), chosen[id])).collect();
    let order = ordered(&universe, &kits)?;
    let kits: Vec<Arc<Package>> =
        order.iter().map(|id| Arc::clone(&catalog.versions(id)[kits[id.as_str()]])).collect();
    let warnings = deprecations(request.spec, &kits);
    Ok(Resolution { kits, why, warnings })
}

pub(crate) fn given_options(spec: &Spec) -> BTreeMap<String, RawOptions> {
    let of = |kit: &KitRequest| {
        kit.options.iter().map(|(name, value)| (name.value.clone(), value.value.clone())).collect()
    };
    spec.kits.iter().map(|kit| (kit.id.value.clone(), of(kit))).collect()
}

/// Refuses what needs another kiln than this one: `what` is a spec or preset in words.
///
/// # Errors
/// This kiln is not in the range.
pub fn check_engine(
    what: &str,
    range: Option<&Spanned<VersionReq>>,
    source: &Arc<Source>,
) -> Result<(), Diagnostic> {
    let Some(range) = range.filter(|range| !engine_fits(range)) else { return Ok(()) };
    let message = format!("{what} needs kiln {}; this is kiln {ENGINE}", range.value);
    Err(Diagnostic::error("other-kiln", message)
        .at(source, range.span, "")
        .hint("install such a kiln, or change the range"))
}

fn check_requests(spec: &Spec, catalog: &Catalog) -> Result<(), Diagnostics> {
    let source = &spec.source;
    let mut problems = Diagnostics::new();
    if let Err(problem) = check_engine("the spec", spec.kiln.as_ref(), source) {
        problems.push(problem);
    }
    for kit in &spec.kits {
        let versions = catalog.versions(&kit.id);
        if versions.is_empty() {
            let options = BTreeMap::new();
            let providers = catalog.providers(&kit.id, &options);
            let hint = if providers.is_empty() {
                did_you_mean(&kit.id, catalog.ids())
            } else {
                Some(format!(
                    "`{}` is a capability; kits that provide it: {}",
                    kit.id.value,
                    listed(&providers)
                ))
            };
            problems.push(
                Diagnostic::error(
                    "unknown-kit",
                    format!("no library has a kit named `{}`", kit.id.value),
                )
                .at(source, kit.id.span, "")
                .hint_if(hint.or_else(|| Some("`kiln search` lists the kits".to_owned()))),
            );
        } else if let Some(range) = &kit.range
            && !versions.iter().any(|package| range.matches(&package.manifest.version))
        {
            let known: Vec<String> =
                versions.iter().map(|p| p.manifest.version.to_string()).collect();
            problems.push(
                Diagnostic::error(
                    "no-version",
                    format!("no version of `{}` fits `{}`", kit.id.value, range.value),
                )
                .at(source, range.span, "")
                .hint(format!("versions: {}", known.join(", "))),
            );
        }
    }
    for without in &spec.without {
        if catalog.versions(&without.id).is_empty() {
            problems.push(
                Diagnostic::error(
                    "unknown-kit",
                    format!("no library has a kit named `{}`", without.id.value),
                )
                .at(source, without.id.span, "")
                .hint_if(did_you_mean(&without.id, catalog.ids())),
            );
        }
    }
    problems.finish(()).map(|_| ())
}

pub(crate) fn listed<S: AsRef<str>>(names: &[S]) -> String {
    names.iter().map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", ")
}

fn check_exclusive(spec: &Spec, universe: &Universe<'_>) -> Result<(), Diagnostics> {
    let mut problems = Diagnostics::new();
    for (at, first) in spec.kits.iter().enumerate() {
        for second in &spec.kits[at + 1..] {
            let newest =
                |kit: &KitRequest| universe.catalog.versions(&kit.id).len().saturating_sub(1);
            let a = universe.contract(&first.id, newest(first));
            let b = universe.contract(&second.id, newest(second));
            if let Some(name) = shared_exclusive(&a, &b).filter(|_| first.id != second.id) {
                let (a, b) = (&first.id.value, &second.id.value);
                problems.push(
                    Diagnostic::error(
                        "two-providers",
                        format!("`{a}` and `{b}` both provide `{name}`, of which a project has one provider"),
                    )
                    .at(&spec.source, second.id.span, format!("provides `{name}`"))
                    .at(&spec.source, first.id.span, format!("provides `{name}` too"))
                    .hint(format!("keep `{a}` or `{b}` and remove the other")),
                );
            }
        }
    }
    problems.finish(()).map(|_| ())
}

/// The kits of a solution that something asks for, each with the reason. What is required by name comes in first;
/// a capability takes a provider that is there anyway, else the preferred one, else the only one.
fn needed(
    spec: &Spec,
    universe: &Universe<'_>,
    chosen: &BTreeMap<String, usize>,
) -> Result<BTreeMap<String, Why>, Diagnostics> {
    let mut why: BTreeMap<String, Why> =
        spec.kits.iter().map(|kit| (kit.id.value.clone(), Why::Asked)).collect();
    loop {
        let added = required_by_name(universe, chosen, &mut why);
        if added {
            continue;
        }
        let open = open_capabilities(universe, chosen, &why);
        let Some((by, name, prefer)) = open.first().cloned() else { return Ok(why) };
        match pick(universe, chosen, &name, prefer.as_deref()) {
            Ok(id) => {
                why.insert(id, Why::Required { by, name });
            }
            Err(_) => return Err(ambiguous(spec, universe, chosen, &open)),
        }
    }
}

fn required_by_name(
    universe: &Universe<'_>,
    chosen: &BTreeMap<String, usize>,
    why: &mut BTreeMap<String, Why>,
) -> bool {
    let mut added = false;
    for by in why.keys().cloned().collect::<Vec<_>>() {
        for requires in universe.contract(&by, chosen[&by]).requires {
            for name in requires.names.iter().filter(|name| chosen.contains_key(&name.value)) {
                if !why.contains_key(&name.value) {
                    why.insert(
                        name.value.clone(),
                        Why::Required { by: by.clone(), name: name.value.clone() },
                    );
                    added = true;
                }
            }
        }
    }
    added
}

type Open = (String, String, Option<String>);

/// Capabilities that a kit of the project requires and none of them provides; those with a preference first.
fn open_capabilities(
    universe: &Universe<'_>,
    chosen: &BTreeMap<String, usize>,
    why: &BTreeMap<String, Why>,
) -> Vec<Open> {
    let contracts: BTreeMap<&String, Contract<'_>> =
        why.keys().map(|id| (id, universe.contract(id, chosen[id]))).collect();
    let mut open: Vec<Open> = Vec::new();
    for (by, contract) in &contracts {
        for requires in &contract.requires {
            for name in &requires.names {
                if !contracts.values().any(|other| other.provides.contains(&name.value)) {
                    let prefer = requires.prefer.as_ref().map(|kit| kit.value.clone());
                    open.push(((*by).clone(), name.value.clone(), prefer));
                }
            }
        }
    }
    open.sort_by_key(|(by, name, prefer)| {
        (
            prefer.is_none(),
            pick(universe, chosen, name, prefer.as_deref()).is_err(),
            name.clone(),
            by.clone(),
        )
    });
    open
}

/// The provider that comes in by itself, or all that could.
fn pick(
    universe: &Universe<'_>,
    chosen: &BTreeMap<String, usize>,
    name: &str,
    prefer: Option<&str>,
) -> Result<String, Vec<String>> {
    let providers = universe.catalog.providers(name, &universe.options);
    if let Some(prefer) =
        prefer.filter(|prefer| providers.contains(prefer) && chosen.contains_key(*prefer))
    {
        return Ok(prefer.to_owned());
    }
    let mut possible: Vec<String> = providers
        .into_iter()
        .filter(|id| works_with(universe, chosen, id))
        .map(str::to_owned)
        .collect();
    if possible.len() > 1 {
        possible.retain(|id| universe.could_have(id));
    }
    match possible.as_slice() {
        [only] if chosen.contains_key(only) => Ok(only.clone()),
        _ => Err(possible),
    }
}

/// Whether a kit supports the flavours that the project has.
fn works_with(universe: &Universe<'_>, chosen: &BTreeMap<String, usize>, id: &str) -> bool {
    let newest = universe.catalog.versions(id).len().saturating_sub(1);
    let contract = universe.contract(id, newest);
    contract.supports.iter().all(|(family, flavours)| {
        let there = chosen
            .iter()
            .filter(|(kit, _)| *kit != id)
            .map(|(kit, at)| universe.contract(kit, *at));
        there
            .filter(|other| other.provides.contains(family))
            .all(|other| other.provides.iter().any(|name| flavours.contains(name)))
    })
}

fn ambiguous(
    spec: &Spec,
    universe: &Universe<'_>,
    chosen: &BTreeMap<String, usize>,
    open: &[Open],
) -> Diagnostics {
    let mut by_name: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (by, name, prefer) in open {
        if pick(universe, chosen, name, prefer.as_deref()).is_err() {
            by_name.entry(name).or_default().insert(by);
        }
    }
    let mut problems = Diagnostics::new();
    for (name, by) in by_name {
        let by: Vec<&str> = by.into_iter().collect();
        let providers = pick(universe, chosen, name, None).err().unwrap_or_default();
        let verb = if by.len() == 1 { "needs" } else { "need" };
        let asked = by.iter().find_map(|by| spec.kits.iter().find(|kit| kit.id.value == *by));
        let mut problem = Diagnostic::error(
            "missing-provider",
            format!("{} {verb} `{name}`, and no kit of the project provides it", listed(&by)),
        );
        if let Some(kit) = asked {
            problem = problem.at(&spec.source, kit.id.span, format!("needs `{name}`"));
        }
        problems.push(problem.hint(format!("add one of these to `kits`: {}", listed(&providers))));
    }
    problems
}

/// A kit that the spec leaves out of its preset must not come back through a requirement.
fn check_absent(spec: &Spec, why: &BTreeMap<String, Why>) -> Result<(), Diagnostics> {
    let mut problems = Diagnostics::new();
    for without in &spec.without {
        if let Some(Why::Required { by, name }) = why.get(&without.id.value) {
            problems.push(
                Diagnostic::error(
                    "still-needed",
                    format!(
                        "`{by}` requires `{name}`, so `{}` cannot be left out",
                        without.id.value
                    ),
                )
                .at(&spec.source, without.id.span, "left out here")
                .hint(format!("leave out `{by}` too, or remove this line")),
            );
        }
    }
    problems.finish(()).map(|_| ())
}

fn deprecations(spec: &Spec, kits: &[Arc<Package>]) -> Diagnostics {
    let mut warnings = Diagnostics::new();
    for kit in &spec.kits {
        let package = kits.iter().find(|package| package.id() == kit.id.value);
        if let Some(instead) = package.and_then(|package| package.manifest.deprecated.as_ref()) {
            warnings.push(
                Diagnostic::warning(
                    "deprecated-kit",
                    format!("`{}` is deprecated: {instead}", kit.id.value),
                )
                .at(&spec.source, kit.id.span, ""),
            );
        }
    }
    warnings
}
