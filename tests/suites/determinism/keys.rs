//! The key of an output moves with everything that it reads and with nothing else.

use std::collections::BTreeMap;

use kiln_base::Source;
use kiln_engine::compose::Output;

use super::from_lock::{catalog, from_spec};

fn outputs(text: &str) -> BTreeMap<String, Output> {
    let (spec, _) = kiln_spec::decode_spec(Source::new("kiln.kdl", text)).unwrap();
    let (_, outputs) = from_spec(&catalog(), &spec).unwrap();
    outputs.into_iter().map(|output| (output.path.to_string(), output)).collect()
}

/// The outputs whose keys differ; those with equal keys must have equal bytes.
fn moved(before: &str, after: &str) -> Vec<String> {
    let (before, after) = (outputs(before), outputs(after));
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    let mut moved = Vec::new();
    for (path, old) in &before {
        let new = &after[path];
        if old.key == new.key {
            assert_eq!(old.bytes, new.bytes, "`{path}` has one key and two contents");
        } else {
            moved.push(path.clone());
        }
    }
    moved
}

fn spec(title: &str, theme: &str) -> String {
    format!(
        "project demo-site {{ title \"{title}\" }}\nkits {{\n  site {{ theme {theme}; languages en de }}\n  store\n}}\n"
    )
}

#[test]
fn only_what_is_read_moves_a_key() {
    let all = outputs(&spec("One", "dark")).len();
    for after in [spec("Two", "dark"), spec("One", "light")] {
        let moved = moved(&spec("One", "dark"), &after);
        assert!(!moved.is_empty() && moved.len() < all, "{moved:?} of {all} outputs moved");
    }
    assert_eq!(moved(&spec("One", "dark"), &spec("One", "dark")), Vec::<String>::new());
}
