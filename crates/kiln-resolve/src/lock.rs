//! `kiln.lock` as a value: everything that decides a render, and why a lock may no longer say what the spec says.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use kiln_base::Sha256;
use kiln_model::{Inputs, Package, Raw, Spec};
use semver::Version;

use crate::catalog::Catalog;
use crate::lock_write::sections;
use crate::order::ordered;
use crate::universe::Universe;

/// The version of the lock's format that this crate writes.
pub(crate) const VERSION: i64 = 1;

/// What a spec was resolved to. Renders are a function of it, the history and the kits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// The number of the engine's rendering rules; only `upgrade --engine` moves it.
    pub render: u32,
    /// What decides bytes besides the kits.
    pub inputs: Inputs,
    /// The preset that the spec starts from, by name.
    pub scenario: Option<String>,
    /// The universes that dependency locks are cut from.
    pub catalogues: BTreeMap<String, LockedCatalogue>,
    /// The kits by name.
    pub kits: BTreeMap<String, LockedKit>,
}

/// A universe of packages, as locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedCatalogue {
    /// The day up to which releases count, as `2026-11-20`.
    pub date: String,
    /// The digest of the catalogue.
    pub sha256: Sha256,
}

/// A kit, as locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedKit {
    /// Its version.
    pub version: Version,
    /// The digest of its package; none for a path kit of the same repository.
    pub sha256: Option<Sha256>,
    /// Where it comes from: `builtin`, `path:tools/kits/house-style`.
    pub source: String,
    /// The options that the spec sets, as written.
    pub options: BTreeMap<String, Raw>,
}

/// One way in which a lock does not say what the spec says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Staleness {
    /// The spec asks for a kit that the lock lacks.
    Missing(String),
    /// The spec asks for versions that the locked one is not among.
    OutOfRange(String),
    /// The spec sets other options of a kit.
    Options(String),
    /// The spec leaves out a kit that the lock has.
    Unwanted(String),
    /// A section of the inputs differs: `project`, `entities`, `ownership` …
    Inputs(&'static str),
    /// The preset differs.
    Scenario,
}

impl fmt::Display for Staleness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(kit) => write!(f, "`{kit}` is in the spec and not in the lock"),
            Self::OutOfRange(kit) => {
                write!(f, "the locked version of `{kit}` is out of the spec's range")
            }
            Self::Options(kit) => write!(f, "options of `{kit}` differ"),
            Self::Unwanted(kit) => write!(f, "`{kit}` is in the lock and left out by the spec"),
            Self::Inputs(section) => write!(f, "the section `{section}` differs"),
            Self::Scenario => f.write_str("the scenario differs"),
        }
    }
}

/// Every way in which `lock` does not say what `spec` says, short of solving; empty if it satisfies the spec.
///
/// A kit that nobody needs any more shows only when the requirements are solved again, and is the caller's to see.
#[must_use]
pub fn staleness(spec: &Spec, lock: &Lock) -> Vec<Staleness> {
    let mut found = Vec::new();
    if spec.scenario.as_ref().map(|scenario| &scenario.value) != lock.scenario.as_ref() {
        found.push(Staleness::Scenario);
    }
    for (wanted, locked) in sections(&spec.inputs).into_iter().zip(sections(&lock.inputs)) {
        if wanted.1 != locked.1 {
            found.push(Staleness::Inputs(wanted.0));
        }
    }
    for kit in &spec.kits {
        let Some(locked) = lock.kits.get(&kit.id.value) else {
            found.push(Staleness::Missing(kit.id.value.clone()));
            continue;
        };
        if kit.range.as_ref().is_some_and(|range| !range.matches(&locked.version)) {
            found.push(Staleness::OutOfRange(kit.id.value.clone()));
        }
        let options: BTreeMap<String, Raw> = kit
            .options
            .iter()
            .map(|(name, value)| (name.value.clone(), value.value.clone()))
            .collect();
        if options != locked.options {
            found.push(Staleness::Options(kit.id.value.clone()));
        }
    }
    for (id, locked) in &lock.kits {
        if spec.kits.iter().all(|kit| kit.id.value != *id) && !locked.options.is_empty() {
            found.push(Staleness::Options(id.clone()));
        }
    }
    for without in spec.without.iter().filter(|without| lock.kits.contains_key(&without.id.value)) {
        found.push(Staleness::Unwanted(without.id.value.clone()));
    }
    found
}

/// The kits of a lock, in order, as far as the catalog has the very same packages.
///
/// # Errors
/// The names of kits that the catalog lacks in this version and with this digest.
pub fn locked_kits(lock: &Lock, catalog: &Catalog) -> Result<Vec<Arc<Package>>, Vec<String>> {
    let mut found = BTreeMap::new();
    let mut missing = Vec::new();
    for (id, kit) in &lock.kits {
        let same = |package: &Arc<Package>| {
            package.manifest.version == kit.version
                && kit.sha256.is_none_or(|sha256| sha256 == package.digest)
        };
        match catalog.versions(id).iter().position(same) {
            Some(at) => {
                found.insert(id.as_str(), at);
            }
            None => missing.push(id.clone()),
        }
    }
    if !missing.is_empty() {
        return Err(missing);
    }
    let options = lock.kits.iter().map(|(id, kit)| (id.clone(), kit.options.clone())).collect();
    let universe = Universe::new(catalog, BTreeMap::new(), options, BTreeMap::new());
    let order =
        ordered(&universe, &found).map_err(|_| lock.kits.keys().cloned().collect::<Vec<_>>())?;
    Ok(order.iter().map(|id| Arc::clone(&catalog.versions(id)[found[id.as_str()]])).collect())
}
