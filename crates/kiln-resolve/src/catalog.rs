//! All kits that a project could use, with what each provides and needs under given options.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kiln_model::{Manifest, Package, RawOptions, Requires, SectionKind};

/// The kits of all libraries in use, by name, oldest version first.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    kits: BTreeMap<String, Vec<Arc<Package>>>,
}

impl Catalog {
    /// A catalog of `packages`; of two with one name and version the first holds.
    #[must_use]
    pub fn new(packages: impl IntoIterator<Item = Arc<Package>>) -> Self {
        let mut kits: BTreeMap<String, Vec<Arc<Package>>> = BTreeMap::new();
        for package in packages {
            let versions = kits.entry(package.id().to_owned()).or_default();
            if versions.iter().all(|known| known.manifest.version != package.manifest.version) {
                versions.push(package);
            }
        }
        for versions in kits.values_mut() {
            versions.sort_by(|a, b| a.manifest.version.cmp(&b.manifest.version));
        }
        Self { kits }
    }

    /// The versions of a kit, oldest first; none if it is unknown.
    #[must_use]
    pub fn versions(&self, id: &str) -> &[Arc<Package>] {
        self.kits.get(id).map_or(&[], Vec::as_slice)
    }

    /// The names of all kits, sorted.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.kits.keys().map(String::as_str)
    }

    /// The newest version of every kit, sorted by name.
    pub fn newest(&self) -> impl Iterator<Item = &Arc<Package>> {
        self.kits.values().filter_map(|versions| versions.last())
    }

    /// Every name that can be required: kits and capabilities, sorted.
    #[must_use]
    pub fn names(&self) -> BTreeSet<String> {
        let mut names: BTreeSet<String> = self.kits.keys().cloned().collect();
        for package in self.kits.values().flatten() {
            visit_all(&package.manifest.sections, &mut |kind| {
                if let SectionKind::Provides(provides) = kind {
                    for name in &provides.names {
                        names.insert(family(name).to_owned());
                        names.insert(name.value.clone());
                    }
                }
            });
        }
        names
    }

    /// Kits of which some version provides `name` under its options, sorted.
    #[must_use]
    pub fn providers(&self, name: &str, options: &BTreeMap<String, RawOptions>) -> Vec<&str> {
        if self.kits.contains_key(name) {
            return self.kits.get_key_value(name).map(|(id, _)| id.as_str()).into_iter().collect();
        }
        let none = RawOptions::new();
        let provides = |package: &Arc<Package>| {
            let given = options.get(package.id()).unwrap_or(&none);
            Contract::of(&package.manifest, given).provides.contains(name)
        };
        self.kits
            .iter()
            .filter(|(_, versions)| versions.iter().any(provides))
            .map(|(id, _)| id.as_str())
            .collect()
    }
}

fn visit_all<'a>(sections: &'a [kiln_model::Section], visit: &mut dyn FnMut(&'a SectionKind)) {
    for section in sections {
        visit(&section.kind);
        if let SectionKind::Condition(condition) = &section.kind {
            visit_all(&condition.body, visit);
        }
    }
}

/// The family of a capability: `db` of `db:postgres`.
pub(crate) fn family(name: &str) -> &str {
    name.split_once(':').map_or(name, |(family, _)| family)
}

/// What a version of a kit asks of the choice of kits, under given options.
#[derive(Debug, Clone, Default)]
pub(crate) struct Contract<'a> {
    /// Names it provides: its own, capabilities and their families.
    pub(crate) provides: BTreeSet<String>,
    /// Families of which it must be the only provider.
    pub(crate) exclusive: BTreeSet<String>,
    /// Requirements, in the order of the manifest.
    pub(crate) requires: Vec<&'a Requires>,
    /// Flavours that it works with, by family.
    pub(crate) supports: BTreeMap<String, BTreeSet<String>>,
    /// What it cannot be with.
    pub(crate) conflicts: Vec<&'a kiln_model::Conflicts>,
}

impl<'a> Contract<'a> {
    pub(crate) fn of(manifest: &'a Manifest, given: &RawOptions) -> Self {
        let mut contract = Self::default();
        contract.provides.insert(manifest.id.value.clone());
        let options = manifest.effective_options(given);
        manifest.visit_by_options(&options, &mut |section| match &section.kind {
            SectionKind::Provides(provides) => {
                for name in &provides.names {
                    contract.provides.insert(name.value.clone());
                    contract.provides.insert(family(name).to_owned());
                    if provides.exclusive
                        || !provides.facts.is_empty()
                        || !provides.slots.is_empty()
                    {
                        contract.exclusive.insert(family(name).to_owned());
                    }
                }
            }
            SectionKind::Requires(requires) => contract.requires.push(requires),
            SectionKind::Conflicts(conflicts) => contract.conflicts.push(conflicts),
            SectionKind::Supports(names) => {
                for name in names {
                    contract
                        .supports
                        .entry(family(name).to_owned())
                        .or_default()
                        .insert(name.value.clone());
                }
            }
            _ => {}
        });
        contract
    }
}
