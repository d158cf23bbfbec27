//! The solver against an exhaustive search: small universes of kits with capabilities, exclusive providers, flavours,
//! conflicts and options, in which every set of kits is tried.
//!
//! The rules of the format decide what a solution is: a set that holds what the spec asks for, in which everything that
//! is required is there, and in which every other kit came in by a rule. A requirement of a kit takes that kit. A
//! requirement of a capability takes a provider that is there, else the preferred one, else the only possible one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kiln_base::Source;
use kiln_model::{Package, PackageFiles, Spec};
use kiln_resolve::{Catalog, Request, Resolution, Why, resolve};
use proptest::prelude::*;

/// What one kit says, without conditions: those that its option brings are in it or not.
#[derive(Debug, Clone, Default)]
struct Says {
    /// Capabilities, and whether their family must have no other provider.
    provides: Vec<(&'static str, bool)>,
    /// Names, with the kit that is preferred.
    requires: Vec<(String, Option<usize>)>,
    supports: Vec<&'static str>,
    conflicts: Vec<String>,
}

/// A kit: what it always says, and what it says besides if its option is on.
#[derive(Debug, Clone, Default)]
struct Kit {
    always: Says,
    optional: Says,
}

#[derive(Debug, Clone)]
struct World {
    kits: Vec<Kit>,
    /// The kits that the spec asks for, with their option.
    asked: BTreeMap<usize, bool>,
}

const CAPABILITIES: [&str; 5] = ["db:one", "db:two", "mail", "queue:one", "queue:two"];
const NAMES: [&str; 7] = ["db", "db:one", "db:two", "mail", "queue", "queue:one", "queue:two"];
const KITS: usize = 6;

fn name() -> impl Strategy<Value = String> + Clone {
    prop_oneof![
        (0..KITS).prop_map(|at| format!("kit{at}")),
        prop::sample::select(&NAMES[..]).prop_map(str::to_owned),
    ]
}

/// Mostly few: in a crowded universe nothing ever fits.
fn some<S: Strategy + Clone>(one: S, most: usize) -> impl Strategy<Value = Vec<S::Value>> {
    prop_oneof![
        2 => prop::collection::vec(one.clone(), 0..=1),
        1 => prop::collection::vec(one, 0..=most),
    ]
}

fn says() -> impl Strategy<Value = Says> {
    let provides = some((prop::sample::select(&CAPABILITIES[..]), prop::bool::weighted(0.4)), 2);
    let requires = some((name(), prop::option::weighted(0.4, 0..KITS)), 2);
    let supports =
        prop::option::weighted(0.2, prop::sample::select(&["db:one", "db:two", "queue:one"][..]));
    let conflicts = prop::option::weighted(0.2, name());
    (provides, requires, supports, conflicts).prop_map(
        |(provides, requires, supports, conflicts)| Says {
            provides,
            requires,
            supports: supports.into_iter().collect(),
            conflicts: conflicts.into_iter().collect(),
        },
    )
}

fn world() -> impl Strategy<Value = World> {
    let kit = (says(), prop::option::weighted(0.4, says()))
        .prop_map(|(always, optional)| Kit { always, optional: optional.unwrap_or_default() });
    let asked = prop::collection::btree_map(0..KITS, any::<bool>(), 1..=3);
    (prop::collection::vec(kit, 2..=KITS), asked).prop_map(|(mut kits, asked)| {
        let count = kits.len();
        for (at, kit) in kits.iter_mut().enumerate() {
            tidy(&mut kit.always, at, count);
            tidy(&mut kit.optional, at, count);
            // What a kit works with never depends on its options.
            kit.optional.supports.clear();
            // A kit of a family that works with other flavours of it is a slip of its author.
            let own: Vec<String> = [&kit.always, &kit.optional]
                .into_iter()
                .flat_map(|says| &says.provides)
                .map(|(name, _)| family(name))
                .collect();
            kit.always.supports.retain(|name| !own.contains(&family(name)));
        }
        let asked = asked.into_iter().map(|(at, on)| (at % count, on)).collect();
        World { kits, asked }
    })
}

/// Leaves out what names kits that are not there, the kit itself, and names that stand twice.
fn tidy(says: &mut Says, own: usize, count: usize) {
    let known = |name: &String| {
        let at = name.strip_prefix("kit").map(|at| at.parse::<usize>().unwrap());
        at.is_none_or(|at| at < count && at != own)
    };
    let mut seen = BTreeSet::new();
    says.requires.retain(|(name, _)| known(name) && seen.insert(name.clone()));
    for (name, prefer) in &mut says.requires {
        if name.starts_with("kit") || prefer.is_some_and(|at| at >= count || at == own) {
            *prefer = None;
        }
    }
    says.conflicts.retain(known);
    let mut seen = BTreeSet::new();
    says.provides.retain(|(name, _)| seen.insert(*name));
}

fn written(says: &Says) -> String {
    let mut text = String::new();
    for (name, exclusive) in &says.provides {
        let exclusive = if *exclusive { " exclusive=#true" } else { "" };
        text.push_str(&format!("provides {name}{exclusive}\n"));
    }
    for (name, prefer) in &says.requires {
        let prefer = prefer.map(|at| format!(" prefer=kit{at}")).unwrap_or_default();
        text.push_str(&format!("requires {name}{prefer}\n"));
    }
    for name in &says.supports {
        text.push_str(&format!("supports {name}\n"));
    }
    for name in &says.conflicts {
        text.push_str(&format!("conflicts {name} why=\"no\"\n"));
    }
    text
}

fn package(at: usize, kit: &Kit) -> Arc<Package> {
    let text = format!(
        "kit kit{at} version=\"1.0.0\" {{\ntitle \"Kit\"\nsummary \"A kit\"\nlayer foundation\ncategory test\n\
         option more default=#false\n{}when more=#true {{\n{}}}\n}}\n",
        written(&kit.always),
        written(&kit.optional)
    );
    let source = Source::new(format!("kit{at}/kit.kdl"), text);
    let (manifest, _) = kiln_spec::decode_manifest(Arc::clone(&source))
        .unwrap_or_else(|errors| panic!("{errors}\n{}", source.text));
    Arc::new(Package {
        manifest: manifest.into(),
        source,
        files: PackageFiles::from(BTreeMap::new()),
        digest: kiln_base::sha256(b""),
        origin: "builtin".to_owned(),
    })
}

fn spec(world: &World) -> Spec {
    let kits: String =
        world.asked.iter().map(|(at, on)| format!("kit{at} {{ more #{on} }}\n")).collect();
    let source = Source::new("kiln.kdl", format!("project demo\nkits {{\n{kits}}}\n"));
    kiln_spec::decode_spec(source).unwrap().0
}

fn solved(world: &World, backwards: bool) -> Result<Resolution, String> {
    let mut packages: Vec<_> =
        world.kits.iter().enumerate().map(|(at, kit)| package(at, kit)).collect();
    if backwards {
        packages.reverse();
    }
    let catalog = Catalog::new(packages);
    resolve(Request { spec: &spec(world), locked: &BTreeMap::new() }, &catalog)
        .map_err(|errors| errors.to_string())
}

/// A kit as the search sees it, under its option.
struct Plain {
    provides: BTreeSet<String>,
    exclusive: BTreeSet<String>,
    requires: Vec<(String, Option<usize>)>,
    supports: BTreeMap<String, BTreeSet<String>>,
    conflicts: Vec<String>,
}

fn family(name: &str) -> String {
    name.split(':').next().unwrap().to_owned()
}

fn plain(world: &World) -> Vec<Plain> {
    let one = |(at, kit): (usize, &Kit)| {
        let on = world.asked.get(&at).copied().unwrap_or(false);
        let all = || [Some(&kit.always), on.then_some(&kit.optional)].into_iter().flatten();
        let mut plain = Plain {
            provides: BTreeSet::from([format!("kit{at}")]),
            exclusive: BTreeSet::new(),
            requires: all().flat_map(|says| says.requires.clone()).collect(),
            supports: BTreeMap::new(),
            conflicts: all().flat_map(|says| says.conflicts.clone()).collect(),
        };
        for (name, exclusive) in all().flat_map(|says| &says.provides) {
            plain.provides.extend([(*name).to_owned(), family(name)]);
            if *exclusive {
                plain.exclusive.insert(family(name));
            }
        }
        for name in all().flat_map(|says| &says.supports) {
            plain.supports.entry(family(name)).or_default().insert((*name).to_owned());
        }
        plain
    };
    world.kits.iter().enumerate().map(one).collect()
}

type Set = BTreeSet<usize>;

/// Whether a set of kits stands together, whoever brought them in.
fn stands(kits: &[Plain], set: &Set) -> bool {
    let there = |name: &str| set.iter().any(|at| kits[*at].provides.contains(name));
    let providers =
        |family: &str| set.iter().filter(|at| kits[**at].provides.contains(family)).count();
    set.iter().all(|at| {
        let kit = &kits[*at];
        let others = || set.iter().filter(|other| *other != at).map(|other| &kits[*other]);
        kit.requires.iter().all(|(name, _)| there(name))
            && kit.exclusive.iter().all(|family| providers(family) == 1)
            && kit.supports.iter().all(|(family, flavours)| {
                others()
                    .filter(|other| other.provides.contains(family))
                    .all(|other| other.provides.iter().any(|name| flavours.contains(name)))
            })
            && kit.conflicts.iter().all(|name| !others().any(|other| other.provides.contains(name)))
    })
}

/// Whether kits require each other in a circle.
fn circular(kits: &[Plain], set: &Set) -> bool {
    let mut open = set.clone();
    loop {
        let free = open.iter().copied().find(|at| {
            kits[*at].requires.iter().all(|(name, _)| {
                !open.iter().any(|other| other != at && kits[*other].provides.contains(name))
            })
        });
        match free {
            Some(at) => open.remove(&at),
            None => return !open.is_empty(),
        };
    }
}

/// Every set that holds what is asked for and stands.
fn standing(world: &World, kits: &[Plain]) -> Vec<Set> {
    let sets = (0_u32..1 << kits.len())
        .map(|bits| -> Set { (0..kits.len()).filter(|at| bits & (1 << at) != 0).collect() });
    sets.filter(|set| world.asked.keys().all(|at| set.contains(at)) && stands(kits, set)).collect()
}

/// Whether the rules bring in exactly this set.
fn comes_in(world: &World, kits: &[Plain], all: &[Set], set: &Set) -> bool {
    let mut inside: Set = world.asked.keys().copied().collect();
    let provides = |at: &usize, name: &str| kits[*at].provides.contains(name);
    loop {
        let mut wanted: Vec<&(String, Option<usize>)> =
            inside.iter().flat_map(|at| &kits[*at].requires).collect();
        // Preferences are followed first; the order shows only where one kit makes another needless.
        wanted.sort_by_key(|(name, prefer)| (prefer.is_none(), name.clone()));
        let by_name = wanted
            .iter()
            .filter_map(|(name, _)| name.strip_prefix("kit")?.parse::<usize>().ok())
            .find(|at| !inside.contains(at));
        if let Some(at) = by_name {
            inside.insert(at);
            continue;
        }
        let open = |name: &str| !inside.iter().any(|at| provides(at, name));
        let next = wanted.iter().filter(|(name, _)| open(name)).find_map(|(name, prefer)| {
            let preferred = prefer.filter(|at| provides(at, name) && set.contains(at));
            let possible: Set =
                all.iter().flatten().copied().filter(|at| provides(at, name)).collect();
            preferred.or((possible.len() == 1).then(|| possible.first().copied()).flatten())
        });
        match next {
            Some(at) => {
                inside.insert(at);
            }
            None => return inside == *set,
        }
        if !inside.is_subset(set) {
            return false;
        }
    }
}

fn ids(resolution: &Resolution) -> Vec<&str> {
    resolution.kits.iter().map(|package| package.id()).collect()
}

fn numbers(resolution: &Resolution) -> Set {
    ids(resolution).iter().map(|id| id["kit".len()..].parse().unwrap()).collect()
}

/// Every kit that was not asked for is there because of one that is there, and the reasons lead back to the spec.
fn is_justified(world: &World, kits: &[Plain], resolution: &Resolution) -> bool {
    let number = |id: &str| id["kit".len()..].parse::<usize>().unwrap();
    let mut known: Set = world.asked.keys().copied().collect();
    loop {
        let more = resolution.why.iter().find(|(id, why)| match why {
            Why::Asked => false,
            Why::Required { by, name } => {
                !known.contains(&number(id))
                    && known.contains(&number(by))
                    && kits[number(by)].requires.iter().any(|(wanted, _)| wanted == name)
                    && kits[number(id)].provides.contains(name)
            }
        });
        match more {
            Some((id, _)) => known.insert(number(id)),
            None => return known == numbers(resolution),
        };
    }
}

/// What is required comes before what requires it.
fn is_ordered(kits: &[Plain], resolution: &Resolution) -> bool {
    let order: Vec<usize> =
        ids(resolution).iter().map(|id| id["kit".len()..].parse().unwrap()).collect();
    order.iter().enumerate().all(|(place, at)| {
        kits[*at].requires.iter().all(|(name, _)| {
            order[place + 1..].iter().all(|later| !kits[*later].provides.contains(name))
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn a_solution_is_found_where_there_is_one(world in world()) {
        let kits = plain(&world);
        let all = standing(&world, &kits);
        match solved(&world, false) {
            Ok(resolution) => {
                let set = numbers(&resolution);
                prop_assert!(all.contains(&set), "{set:?} does not stand; {all:?} do");
                prop_assert!(!circular(&kits, &set), "{set:?} is circular");
                prop_assert!(is_justified(&world, &kits, &resolution), "{:?}", resolution.why);
                prop_assert!(is_ordered(&kits, &resolution), "{:?}", ids(&resolution));
            }
            Err(errors) => {
                let missed = all
                    .iter()
                    .find(|set| !circular(&kits, set) && comes_in(&world, &kits, &all, set));
                prop_assert!(missed.is_none(), "{missed:?} stands:\n{errors}");
            }
        }
    }

    #[test]
    fn the_order_of_the_library_does_not_matter(world in world()) {
        let shown = |answer: Result<Resolution, String>| answer.map(|resolution| {
            (ids(&resolution).join(" "), resolution.why)
        });
        let first = shown(solved(&world, false));
        prop_assert_eq!(&first, &shown(solved(&world, false)));
        prop_assert_eq!(&first, &shown(solved(&world, true)));
    }

    /// A version that the lock holds stays, and a lock of the answer changes nothing.
    #[test]
    fn the_answer_is_stable(world in world()) {
        let Ok(first) = solved(&world, false) else { return Ok(()) };
        let locked = first.kits.iter().map(|p| (p.id().to_owned(), p.manifest.version.clone())).collect();
        let packages = world.kits.iter().enumerate().map(|(at, kit)| package(at, kit));
        let catalog = Catalog::new(packages);
        let again = resolve(Request { spec: &spec(&world), locked: &locked }, &catalog).unwrap();
        prop_assert_eq!(ids(&first), ids(&again));
        prop_assert_eq!(first.why, again.why);
    }
}
