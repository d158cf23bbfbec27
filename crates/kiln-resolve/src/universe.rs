//! The choice of kits as a problem for `pubgrub`.
//!
//! A kit is a package whose versions are its versions by index. A required capability is a virtual package whose
//! versions are its providers. A family with an exclusive provider is a virtual package whose versions are "no exclusive
//! provider" and its providers; an exclusive provider depends on the version that is itself and any other on the first,
//! so that an exclusive one is alone. A conflict is a virtual package of which the declarer needs version 0 and the
//! target version 1.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::fmt;

use kiln_model::RawOptions;
use pubgrub::{Dependencies, DependencyProvider, PackageResolutionStatistics, Ranges};
use semver::VersionReq;

use crate::catalog::{Catalog, Contract, family};

/// A package of the problem.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Item {
    /// What the spec asks for.
    Root,
    /// A kit.
    Kit(String),
    /// A conflict: declarer, target, range.
    Conflict(String, String, String),
    /// A capability that someone requires.
    Capability(String),
    /// A family that has an exclusive provider.
    Family(String),
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("the spec"),
            Self::Kit(name) | Self::Capability(name) | Self::Family(name) => write!(f, "`{name}`"),
            Self::Conflict(declarer, target, _) => write!(f, "`{declarer}` against `{target}`"),
        }
    }
}

/// Sets of versions by index.
pub(crate) type Set = Ranges<u32>;

pub(crate) struct Universe<'a> {
    pub(crate) catalog: &'a Catalog,
    /// Kits that the spec asks for, with their ranges.
    pub(crate) roots: BTreeMap<String, Option<VersionReq>>,
    /// Options that the spec gives, by kit.
    pub(crate) options: BTreeMap<String, RawOptions>,
    /// The version of each kit that the old lock holds.
    pub(crate) locked: BTreeMap<String, semver::Version>,
    /// Families of which some kit must be the only provider, with all their providers.
    pub(crate) families: BTreeMap<String, Vec<String>>,
    /// Conflicts that aim at a kit: (declarer, range as text) by target.
    aimed: BTreeMap<String, Vec<(String, VersionReq)>>,
    /// Kits that were looked at so far: providers among them are preferred.
    seen: RefCell<BTreeSet<String>>,
    /// Whether a kit could be added to what the spec asks for, as far as that was asked.
    possible: RefCell<BTreeMap<String, bool>>,
}

fn indexes(matches: impl IntoIterator<Item = usize>) -> Set {
    matches.into_iter().fold(Set::empty(), |set, at| {
        set.union(&Set::singleton(u32::try_from(at).unwrap_or(u32::MAX)))
    })
}

impl<'a> Universe<'a> {
    pub(crate) fn new(
        catalog: &'a Catalog,
        roots: BTreeMap<String, Option<VersionReq>>,
        options: BTreeMap<String, RawOptions>,
        locked: BTreeMap<String, semver::Version>,
    ) -> Self {
        let mut universe = Self {
            catalog,
            roots,
            options,
            locked,
            families: BTreeMap::new(),
            aimed: BTreeMap::new(),
            seen: RefCell::default(),
            possible: RefCell::default(),
        };
        let mut exclusive = BTreeSet::new();
        for id in catalog.ids() {
            for at in 0..catalog.versions(id).len() {
                let contract = universe.contract(id, at);
                exclusive.extend(contract.exclusive.iter().cloned());
                for conflict in &contract.conflicts {
                    let range = conflict
                        .version
                        .as_ref()
                        .map_or(VersionReq::STAR, |range| range.value.clone());
                    for name in &conflict.names {
                        for target in catalog.providers(name, &universe.options) {
                            let aimed = universe.aimed.entry(target.to_owned()).or_default();
                            if target != id
                                && !aimed
                                    .iter()
                                    .any(|known| *known == (id.to_owned(), range.clone()))
                            {
                                aimed.push((id.to_owned(), range.clone()));
                            }
                        }
                    }
                }
            }
        }
        for name in exclusive {
            let providers = catalog
                .providers(&name, &universe.options)
                .into_iter()
                .map(str::to_owned)
                .collect();
            universe.families.insert(name, providers);
        }
        universe.aim_by_flavour();
        universe
    }

    /// Several kits may provide a family if none of them does so alone. It is no choice of one of them then: a kit that
    /// works with some of its flavours only cannot be with a provider of another.
    fn aim_by_flavour(&mut self) {
        for id in self.catalog.ids() {
            for at in 0..self.catalog.versions(id).len() {
                for target in self.unsupported(id, &self.contract(id, at)) {
                    let aimed = self.aimed.entry(target.to_owned()).or_default();
                    let conflict = (id.to_owned(), VersionReq::STAR);
                    if !aimed.contains(&conflict) {
                        aimed.push(conflict);
                    }
                }
            }
        }
    }

    /// Kits that provide, not alone, a family in no flavour that `id`, of this contract, works with.
    fn unsupported(&self, id: &str, contract: &Contract<'_>) -> Vec<&'a str> {
        let mut found = Vec::new();
        for (name, flavours) in &contract.supports {
            let shares = |provider: &str| {
                (0..self.catalog.versions(provider).len()).any(|at| {
                    let theirs = self.contract(provider, at);
                    theirs.provides.contains(name) && !theirs.exclusive.contains(name)
                })
            };
            let providers = self.catalog.providers(name, &self.options).into_iter();
            found.extend(providers.filter(|provider| {
                *provider != id && shares(provider) && !self.has_flavour(provider, flavours)
            }));
        }
        found
    }

    /// Whether some set of kits has what the spec asks for and this kit too.
    pub(crate) fn could_have(&self, id: &str) -> bool {
        if let Some(known) = self.possible.borrow().get(id) {
            return *known;
        }
        let mut roots = self.roots.clone();
        roots.entry(id.to_owned()).or_default();
        let with = Self::new(self.catalog, roots, self.options.clone(), self.locked.clone());
        let possible = pubgrub::resolve(&with, Item::Root, 0_u32).is_ok();
        self.possible.borrow_mut().insert(id.to_owned(), possible);
        possible
    }

    pub(crate) fn contract(&self, id: &str, at: usize) -> Contract<'a> {
        let none = RawOptions::new();
        let given = self.options.get(id).unwrap_or(&none);
        self.catalog
            .versions(id)
            .get(at)
            .map_or_else(Contract::default, |package| Contract::of(&package.manifest, given))
    }

    /// Versions of a kit that fit a range; a locked pre-release fits too.
    pub(crate) fn fitting(&self, id: &str, range: Option<&VersionReq>) -> Set {
        let versions = self.catalog.versions(id).iter().enumerate();
        indexes(
            versions
                .filter(|(_, p)| range.is_none_or(|r| r.matches(&p.manifest.version)))
                .map(|(at, _)| at),
        )
    }

    fn kit_dependencies(&self, id: &str, at: usize) -> Result<Vec<(Item, Set)>, String> {
        self.check_engine(id, at)?;
        let contract = self.contract(id, at);
        let mut needs = Vec::new();
        for requires in &contract.requires {
            for name in &requires.names {
                if !self.catalog.versions(name).is_empty() {
                    needs.push((
                        Item::Kit(name.value.clone()),
                        self.fitting(name, requires.version.as_deref()),
                    ));
                } else if self.catalog.providers(name, &self.options).is_empty() {
                    return Err(format!("`{id}` requires `{}`, which no kit provides", name.value));
                } else if !contract.provides.contains(&name.value) {
                    needs.push((Item::Capability(name.value.clone()), Set::full()));
                }
            }
        }
        for name in contract.provides.iter().filter(|name| self.families.contains_key(*name)) {
            let own = self.families[name].iter().position(|provider| provider == id);
            let own = own.filter(|_| contract.exclusive.contains(name));
            needs.push((Item::Family(name.clone()), indexes([own.map_or(0, |at| at + 1)])));
        }
        for (name, flavours) in &contract.supports {
            if let Some(providers) = self.families.get(name) {
                let fits = providers
                    .iter()
                    .enumerate()
                    .filter(|(_, p)| self.has_flavour(p, flavours))
                    .map(|(at, _)| at + 1);
                needs.push((Item::Family(name.clone()), indexes(std::iter::once(0).chain(fits))));
            }
        }
        self.conflict_dependencies(id, at, &contract, &mut needs);
        Ok(needs)
    }

    /// A version that needs another kiln is none that can be chosen.
    fn check_engine(&self, id: &str, at: usize) -> Result<(), String> {
        let manifest = &self.catalog.versions(id)[at].manifest;
        match &manifest.kiln {
            Some(range) if !engine_fits(range) => Err(format!(
                "`{id}` {} needs kiln {}; this is kiln {ENGINE}",
                manifest.version, range.value
            )),
            _ => Ok(()),
        }
    }

    fn conflict_dependencies(
        &self,
        id: &str,
        at: usize,
        contract: &Contract<'_>,
        needs: &mut Vec<(Item, Set)>,
    ) {
        for conflict in &contract.conflicts {
            let range =
                conflict.version.as_ref().map_or(VersionReq::STAR, |range| range.value.clone());
            for name in &conflict.names {
                for target in self
                    .catalog
                    .providers(name, &self.options)
                    .into_iter()
                    .filter(|target| *target != id)
                {
                    needs.push((
                        Item::Conflict(id.to_owned(), target.to_owned(), range.to_string()),
                        indexes([0]),
                    ));
                }
            }
        }
        for target in self.unsupported(id, contract) {
            needs.push((
                Item::Conflict(id.to_owned(), target.to_owned(), VersionReq::STAR.to_string()),
                indexes([0]),
            ));
        }
        let version = &self.catalog.versions(id)[at].manifest.version;
        for (declarer, range) in
            self.aimed.get(id).into_iter().flatten().filter(|(_, range)| range.matches(version))
        {
            needs.push((
                Item::Conflict(declarer.clone(), id.to_owned(), range.to_string()),
                indexes([1]),
            ));
        }
    }

    fn has_flavour(&self, provider: &str, flavours: &BTreeSet<String>) -> bool {
        (0..self.catalog.versions(provider).len()).any(|at| {
            self.contract(provider, at).provides.iter().any(|name| flavours.contains(name))
        })
    }

    /// How little a provider is wanted: not asked for, not there anyway, not locked, not preferred.
    fn reluctance(&self, capability: &str, provider: &str) -> (bool, bool, bool, bool) {
        let seen = self.seen.borrow();
        let preferred = seen.iter().any(|id| {
            self.contract(id, self.catalog.versions(id).len().saturating_sub(1))
                .requires
                .iter()
                .any(|requires| {
                    requires.names.iter().any(|name| name.value == capability)
                        && requires.prefer.as_ref().is_some_and(|kit| kit.value == provider)
                })
        });
        (
            !self.roots.contains_key(provider),
            !seen.contains(provider),
            !self.locked.contains_key(provider),
            !preferred,
        )
    }
}

impl DependencyProvider for Universe<'_> {
    type P = Item;
    type V = u32;
    type VS = Set;
    type M = String;
    type Priority = Reverse<(u8, Item)>;
    type Err = Infallible;

    fn prioritize(
        &self,
        item: &Item,
        _range: &Set,
        _conflicts: &PackageResolutionStatistics,
    ) -> Self::Priority {
        // What is certain first, so that a capability is chosen when its providers are known, and "none" last.
        let rank = match item {
            Item::Root => 0,
            Item::Kit(_) => 1,
            Item::Conflict(..) => 2,
            Item::Capability(_) => 3,
            Item::Family(_) => 4,
        };
        Reverse((rank, item.clone()))
    }

    fn choose_version(&self, item: &Item, range: &Set) -> Result<Option<u32>, Infallible> {
        let among = |count: usize| {
            (0..u32::try_from(count).unwrap_or(u32::MAX)).filter(|at| range.contains(at))
        };
        Ok(match item {
            Item::Root => Some(0),
            Item::Kit(id) => {
                let versions = self.catalog.versions(id);
                let locked = self
                    .locked
                    .get(id)
                    .and_then(|v| versions.iter().position(|p| p.manifest.version == *v));
                let locked =
                    locked.and_then(|at| u32::try_from(at).ok()).filter(|at| range.contains(at));
                let newest = |pre: bool| {
                    among(versions.len())
                        .rfind(|at| pre || versions[*at as usize].manifest.version.pre.is_empty())
                };
                locked.or_else(|| newest(false)).or_else(|| newest(true))
            }
            Item::Conflict(..) => among(2).next(),
            Item::Capability(name) => {
                let providers = self.catalog.providers(name, &self.options);
                among(providers.len())
                    .min_by_key(|at| (self.reluctance(name, providers[*at as usize]), *at))
            }
            Item::Family(name) => among(self.families.get(name).map_or(0, Vec::len) + 1).next(),
        })
    }

    fn get_dependencies(
        &self,
        item: &Item,
        at: &u32,
    ) -> Result<Dependencies<Item, Set, String>, Infallible> {
        let at = *at as usize;
        let needs = match item {
            Item::Root => {
                let kits = self.roots.iter();
                Ok(kits
                    .map(|(id, range)| (Item::Kit(id.clone()), self.fitting(id, range.as_ref())))
                    .collect())
            }
            Item::Kit(id) => {
                self.seen.borrow_mut().insert(id.clone());
                self.kit_dependencies(id, at)
            }
            Item::Conflict(..) => Ok(Vec::new()),
            Item::Capability(name) => {
                let provider =
                    self.catalog.providers(name, &self.options).get(at).map(|id| (*id).to_owned());
                Ok(provider
                    .map(|id| {
                        let provides = (0..self.catalog.versions(&id).len())
                            .filter(|version| self.contract(&id, *version).provides.contains(name));
                        let fitting = indexes(provides);
                        (Item::Kit(id), fitting)
                    })
                    .into_iter()
                    .collect())
            }
            Item::Family(name) => {
                let provider = at.checked_sub(1).and_then(|at| self.families.get(name)?.get(at));
                Ok(provider.map(|id| (Item::Kit(id.clone()), Set::full())).into_iter().collect())
            }
        };
        Ok(match needs {
            Ok(needs) => Dependencies::Available(joined(needs).into_iter().collect()),
            Err(why) => Dependencies::Unavailable(why),
        })
    }
}

/// The version of this kiln.
pub(crate) const ENGINE: &str = env!("CARGO_PKG_VERSION");

/// Whether this kiln is among those that a spec or kit can be used with.
pub(crate) fn engine_fits(range: &VersionReq) -> bool {
    semver::Version::parse(ENGINE).is_ok_and(|version| range.matches(&version))
}

/// Several needs of one package are their intersection.
fn joined(needs: Vec<(Item, Set)>) -> BTreeMap<Item, Set> {
    let mut all: BTreeMap<Item, Set> = BTreeMap::new();
    for (item, set) in needs {
        let joined = all.get(&item).map_or_else(|| set.clone(), |known| known.intersection(&set));
        all.insert(item, joined);
    }
    all
}

/// The families that both have to be the only provider of.
pub(crate) fn shared_exclusive(a: &Contract<'_>, b: &Contract<'_>) -> Option<String> {
    let clashes = |name: &&String| {
        family(name) == name.as_str()
            && b.provides.contains(*name)
            && (a.exclusive.contains(*name) || b.exclusive.contains(*name))
    };
    a.provides.iter().find(clashes).cloned()
}
