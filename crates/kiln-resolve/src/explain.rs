//! Why no set of kits fits, in sentences: the leaves of the solver's derivation, each once, in a reader's order.

use std::collections::BTreeSet;

use kiln_base::Diagnostic;
use kiln_model::Spec;
use pubgrub::{DerivationTree, External};

use crate::solve::listed;
use crate::universe::{Item, Set, Universe};

type Tree = DerivationTree<Item, Set, String>;

fn leaves<'t>(tree: &'t Tree, found: &mut Vec<&'t External<Item, Set, String>>) {
    match tree {
        DerivationTree::External(external) => found.push(external),
        DerivationTree::Derived(derived) => {
            leaves(&derived.cause1, found);
            leaves(&derived.cause2, found);
        }
    }
}

/// A sentence for one leaf, with its place in the order of telling; none if it says nothing to a person.
fn sentence(leaf: &External<Item, Set, String>, universe: &Universe<'_>) -> Option<(u8, String)> {
    let versions = |id: &str, set: &Set| {
        let all = universe.catalog.versions(id);
        let fits: Vec<String> = all
            .iter()
            .enumerate()
            .filter(|(at, _)| set.contains(&u32::try_from(*at).unwrap_or(u32::MAX)))
            .map(|(_, p)| p.manifest.version.to_string())
            .collect();
        if fits.len() == all.len() { String::new() } else { format!(" {}", fits.join(" or ")) }
    };
    match leaf {
        External::FromDependencyOf(Item::Root, _, Item::Kit(id), set) => {
            Some((0, format!("the spec asks for `{id}`{}", versions(id, set))))
        }
        External::FromDependencyOf(Item::Kit(by), own, Item::Kit(id), set) => {
            Some((1, format!("`{by}`{} requires `{id}`{}", versions(by, own), versions(id, set))))
        }
        External::FromDependencyOf(Item::Kit(by), own, Item::Capability(name), _) => {
            Some((1, format!("`{by}`{} requires `{name}`", versions(by, own))))
        }
        External::FromDependencyOf(Item::Capability(name), _, Item::Kit(_), _) => {
            let providers = universe.catalog.providers(name, &universe.options);
            Some((2, format!("`{name}` is provided by {} alone", listed(&providers))))
        }
        External::FromDependencyOf(Item::Kit(by), _, Item::Family(name), set) => {
            let providers = universe.families.get(name)?;
            let fits: Vec<&String> = providers
                .iter()
                .enumerate()
                .filter(|(at, _)| set.contains(&u32::try_from(*at + 1).unwrap_or(u32::MAX)))
                .map(|(_, id)| id)
                .collect();
            Some(if fits.len() == 1 && fits[0] == by && !set.contains(&0) {
                (3, format!("`{by}` must be the only provider of `{name}`"))
            } else if fits.is_empty() {
                (3, format!("`{by}` provides `{name}` too"))
            } else {
                (4, format!("`{by}` works only with {} as `{name}`", listed(&fits)))
            })
        }
        External::FromDependencyOf(Item::Kit(by), _, Item::Conflict(declarer, target, _), _)
            if by == declarer =>
        {
            Some((5, conflict(universe, declarer, target)))
        }
        External::NoVersions(Item::Kit(id), set) if *set != Set::full() => {
            Some((6, format!("no version of `{id}` fits all who need it")))
        }
        External::Custom(_, _, why) => Some((7, why.clone())),
        _ => None,
    }
}

/// Why `declarer` cannot be with `target`: it says so, with or without a reason, or it works with other flavours only.
fn conflict(universe: &Universe<'_>, declarer: &str, target: &str) -> String {
    let newest = |id: &str| universe.catalog.versions(id).len().saturating_sub(1);
    let theirs = universe.contract(target, newest(target)).provides;
    let own = universe.contract(declarer, newest(declarer));
    let declared = own
        .conflicts
        .iter()
        .find(|conflict| conflict.names.iter().any(|name| theirs.contains(&name.value)));
    if declared.is_none()
        && let Some((family, flavours)) = own.supports.iter().find(|(family, flavours)| {
            theirs.contains(*family) && !flavours.iter().any(|flavour| theirs.contains(flavour))
        })
    {
        let flavours: Vec<&String> = flavours.iter().collect();
        return format!(
            "`{declarer}` works only with {} as `{family}`, which `{target}` does not provide",
            listed(&flavours)
        );
    }
    let why = declared.and_then(|conflict| conflict.why.as_ref());
    let why = why.map_or_else(String::new, |why| format!(": {why}"));
    format!("`{declarer}` conflicts with `{target}`{why}")
}

pub(crate) fn explain(tree: &Tree, spec: &Spec, universe: &Universe<'_>) -> Diagnostic {
    let mut found = Vec::new();
    leaves(tree, &mut found);
    let sentences: BTreeSet<(u8, String)> =
        found.iter().filter_map(|leaf| sentence(leaf, universe)).collect();
    let mut message = "no set of kits does what the spec asks for:".to_owned();
    for (_, sentence) in &sentences {
        message.push_str("\n- ");
        message.push_str(sentence);
    }
    let mut problem = Diagnostic::error("no-solution", message);
    for leaf in &found {
        if let External::FromDependencyOf(Item::Root, _, Item::Kit(id), _) = leaf
            && let Some(kit) = spec.kits.iter().find(|kit| kit.id.value == *id)
            && !problem.labels.iter().any(|label| label.span == kit.id.span)
        {
            problem = problem.at(&spec.source, kit.id.span, "asked for here");
        }
    }
    problem.labels.sort_by_key(|label| label.span);
    problem.hint("remove one of the kits named above, or choose another provider")
}
