//! Where outputs, lines and keys come from, what options reach, what ids mean; and that what is said is true.

mod asked;
mod ids;
mod lines;
mod options;

use std::collections::BTreeMap;
use std::sync::Arc;

use kiln_base::Source;
use kiln_disk::Root;
use kiln_engine::compose::explain::{Inquiry, inquire};
use kiln_engine::compose::{Composition, PackageRequest, PackageUniverse, Parsed, Steps};
use kiln_library::Kind;
use kiln_resolve::{Catalog, Request, resolve};
use kiln_schema::History;

use crate::support::{Terminal, package};

const SPEC: &str = r#"project demo-site { title "Demo" }
kits {
    site { footer "Mind the gap" }
    blog
    scripts
    models
}
module shop {
    entity Item {
        field name type=string required=#true
    }
}
add web.pages about title="About" order=3
ownership {
    managed "site/*.html" why="nobody writes pages by hand"
    exclude "robots.txt"
    foreign "manifest.json#scripts.lint" why="the linter is ours"
}
place "site/languages.txt" at="site/i18n.txt"
"#;

/// A project that was just synced.
fn project() -> Terminal {
    let terminal = Terminal::new();
    terminal.write("kiln.kdl", SPEC);
    let answer = terminal.kiln("sync");
    assert_eq!(answer.code, 0, "{}", answer.err);
    terminal
}

/// A catalogue that has every package and makes empty locks: what is in dependency locks is not asked here.
struct AnyPackage;

impl PackageUniverse for AnyPackage {
    fn range(&self, _: &str) -> Option<String> {
        Some(">=1".to_owned())
    }

    fn lock(&self, _: &str, _: &str, requests: &[PackageRequest]) -> Result<String, Vec<String>> {
        Ok(requests.iter().map(|request| format!("{request:?}\n")).collect())
    }
}

/// Composes a spec with some kits, and asks.
fn asked<T>(
    catalog: &Catalog,
    text: &str,
    ask: impl FnOnce(&Inquiry<'_>) -> T,
) -> Result<T, String> {
    let (spec, _) = kiln_spec::decode_spec(Source::new("kiln.kdl", text))
        .map_err(|errors| errors.to_string())?;
    let request = Request { spec: &spec, locked: &BTreeMap::new() };
    let resolution = resolve(request, catalog).map_err(|errors| errors.to_string())?;
    let kits = spec.kits.iter();
    let options = kits.map(|kit| (kit.id.value.clone(), kit.options.clone())).collect();
    let any: Arc<dyn PackageUniverse> = Arc::new(AnyPackage);
    let composition = Composition {
        inputs: &spec.inputs,
        kits: &resolution.kits,
        options: &options,
        parsed: &Parsed::default(),
        names: &catalog.names(),
        universes: &BTreeMap::from([("python".to_owned(), any)]),
        history: &History::default(),
        steps: Steps::Make { confirms: &spec.confirms, own: None },
    };
    inquire(&composition, ask).map_err(|errors| errors.to_string())
}

/// The built-in kits, and the spec that uses most of them.
fn builtin() -> (Catalog, String) {
    let spec = package().join("../lockfiles/project-manager/kiln.kdl");
    (Catalog::new(kiln_library::builtin().unwrap().kits), std::fs::read_to_string(spec).unwrap())
}

/// Kits that are written for one test: texts by path.
fn kits(files: &[(&str, &str)]) -> (tempfile::TempDir, Catalog) {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        crate::support::write(folder.path(), path, text);
    }
    let root = Root::open(folder.path()).unwrap();
    let library = kiln_library::from_folder(&root, "library", &Kind::Builtin)
        .unwrap_or_else(|errors| panic!("{errors}"));
    (folder, Catalog::new(library.kits))
}
