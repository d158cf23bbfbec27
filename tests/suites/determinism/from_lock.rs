//! The lock holds every input of a render: what is composed from its text alone is what is composed from the spec.

use std::collections::BTreeMap;
use std::sync::Arc;

use kiln_base::{Source, Span, Spanned};
use kiln_disk::Root;
use kiln_engine::compose::{Composition, Parsed, Rendered, Steps, compose};
use kiln_library::{Kind, from_folder};
use kiln_model::{Package, Raw, Spec};
use kiln_resolve::{
    Catalog, Lock, LockedKit, Request, locked_kits, read_lock, resolve, write_lock,
};
use kiln_schema::History;
use proptest::prelude::*;

use crate::support::package;

type Options = BTreeMap<String, Vec<(Spanned<String>, Spanned<Raw>)>>;

pub(super) fn catalog() -> Catalog {
    let root = Root::open(&package().join("library")).unwrap();
    Catalog::new(from_folder(&root, "library", &Kind::Builtin).unwrap().kits)
}

fn rendered(
    catalog: &Catalog,
    inputs: &kiln_model::Inputs,
    kits: &[Arc<Package>],
    options: &Options,
) -> Result<Rendered, String> {
    let composition = Composition {
        inputs,
        kits,
        options,
        parsed: &Parsed::default(),
        names: &catalog.names(),
        universes: &BTreeMap::new(),
        history: &History::default(),
        steps: Steps::Make { confirms: &[], own: None },
    };
    let plan = compose(&composition).map_err(|errors| errors.to_string())?;
    plan.render().map_err(|errors| errors.to_string())
}

pub(super) fn from_spec(catalog: &Catalog, spec: &Spec) -> Result<(Lock, Rendered), String> {
    let request = Request { spec, locked: &BTreeMap::new() };
    let resolution = resolve(request, catalog).map_err(|errors| errors.to_string())?;
    let options: Options =
        spec.kits.iter().map(|kit| (kit.id.value.clone(), kit.options.clone())).collect();
    let locked = |package: &Arc<Package>| {
        let given = options.get(package.id()).into_iter().flatten();
        let kit = LockedKit {
            version: package.manifest.version.clone(),
            sha256: Some(package.digest),
            source: package.origin.clone(),
            options: given.map(|(name, raw)| (name.value.clone(), raw.value.clone())).collect(),
        };
        (package.id().to_owned(), kit)
    };
    let lock = Lock {
        render: kiln_engine::template::RENDER_VERSION,
        inputs: spec.inputs.clone(),
        scenario: None,
        catalogues: BTreeMap::new(),
        kits: resolution.kits.iter().map(locked).collect(),
    };
    let outputs = rendered(catalog, &spec.inputs, &resolution.kits, &options)?;
    Ok((lock, outputs))
}

fn from_lock(catalog: &Catalog, text: &str) -> Result<Rendered, String> {
    let lock = read_lock(&Source::new("kiln.lock", text)).map_err(|errors| errors.to_string())?;
    assert_eq!(write_lock(&lock), text);
    let kits = locked_kits(&lock, catalog).map_err(|missing| missing.join(", "))?;
    let plain = |(name, raw): (&String, &Raw)| {
        (Spanned::new(name.clone(), Span::default()), Spanned::new(raw.clone(), Span::default()))
    };
    let options = lock
        .kits
        .iter()
        .map(|(id, kit)| (id.clone(), kit.options.iter().map(plain).collect()))
        .collect();
    rendered(catalog, &lock.inputs, &kits, &options)
}

/// Whether a spec comes to a render; the lock's is then the same.
fn is_the_same(catalog: &Catalog, text: &str) -> bool {
    let (spec, _) = kiln_spec::decode_spec(Source::new("kiln.kdl", text))
        .unwrap_or_else(|errors| panic!("{errors}\n{text}"));
    let Ok((lock, outputs)) = from_spec(catalog, &spec) else { return false };
    let again =
        from_lock(catalog, &write_lock(&lock)).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert!(outputs == again, "the lock's render is another one:\n{text}\n{}", write_lock(&lock));
    true
}

#[test]
fn of_a_whole_spec() {
    assert!(is_the_same(&catalog(), super::SPEC));
}

/// Lines that may be in a spec or not, beside a site and a store.
const KITS: [&str; 5] = [
    "blog { posts \"a \\\"quoted\\\" one\" \"back\\\\slash\" }",
    "scripts",
    "models",
    "report",
    "notes { topic \"several # words\" }",
];
const REST: [&str; 9] = [
    "add web.pages about title=\"About\" order=3 { body \"two\\nlines\" }",
    "add web.pages zoo ape title=\"Zoo\"",
    "add web.pages bee title=\"{project.title}\"",
    "module shop { entity Item plural=goods { field price type=money min=0; models public=#false } }",
    "module shop { entity Item { field a type=string default=\"#\"; field b type=enum { values x y } } }",
    "module stock { entity Shelf table=rack { field name type=string { models label=\"N\" }; unique name; index name } }",
    "ownership { seeded \"site/**\"; managed \"site/index.html\" }",
    "ownership { exclude \"site/*.txt\" why=\"not now\"; foreign \"manifest.json#scripts.test\" }",
    "place \"robots.txt\" at=\"site/ro bots.txt\"",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_any_spec(
        kits in prop::sample::subsequence(&KITS[..], 0..=KITS.len()).prop_shuffle(),
        rest in prop::sample::subsequence(&REST[..], 0..=REST.len()).prop_shuffle(),
        title in "[a-zA-Z äß{}]{0,12}",
    ) {
        // Two modules of one name are no spec.
        let first = rest.iter().position(|line| line.starts_with("module shop"));
        let rest: Vec<&str> = rest
            .iter()
            .enumerate()
            .filter(|(at, line)| !line.starts_with("module shop") || Some(*at) == first)
            .map(|(_, line)| *line)
            .collect();
        let kits = kits.join("\n");
        let text = format!("project demo-site {{ title \"{title}\" }}\nkits {{\nsite {{ theme dark; languages en de }}\nstore\n{kits}\n}}\n{}\n", rest.join("\n"));
        let composed = is_the_same(&catalog(), &text);
        prop_assert!(composed, "{}", text);
    }
}
