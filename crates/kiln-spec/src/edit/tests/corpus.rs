//! Edits of every spec that the repository has: those that decode are edited, and nothing else in them moves.
#![expect(clippy::disallowed_methods, reason = "the test reads the repository's own specs")]

use std::path::{Path, PathBuf};

use kiln_base::Source;
use kiln_model::OwnershipWord;

use super::{after, kit, moved, rule, set, text};
use crate::decode_spec;
use crate::edit::Edit;

fn specs(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.map(Result::unwrap) {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            specs(&path, found);
        } else if path.file_name().is_some_and(|name| name == "kiln.kdl") {
            found.push(path);
        }
    }
}

#[test]
fn every_spec_of_the_repository_can_be_edited_and_back() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    for folder in ["tests", "kits", "examples", "lockfiles"] {
        specs(&root.join(folder), &mut found);
    }
    found.sort();
    let mut edited = 0;
    for path in &found {
        let before = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
        let Ok((spec, _)) = decode_spec(Source::new("kiln.kdl", before.as_str())) else { continue };
        edited += 1;
        let rules = spec.inputs.ownership.len();
        let there = [
            rule(OwnershipWord::Exclude, "added/**"),
            kit("added-kit"),
            set("added-kit", "mode", text("plain")),
            moved("added/a.txt", "added/b.txt"),
        ];
        let with = after(&before, &there);
        assert_eq!(with.matches("added").count(), 4, "{}:\n{with}", path.display());
        let kept: String = with.lines().filter(|line| !line.contains("added")).collect();
        assert!(before.lines().all(|line| line.contains("kits {") || kept.contains(line)));
        let back = [
            moved("added/b.txt", "added/a.txt"),
            Edit::UnsetOption { kit: "added-kit".to_owned(), option: "mode".to_owned() },
            Edit::RemoveKit { id: "added-kit".to_owned() },
            Edit::RemoveRule { at: rules },
        ];
        let again = after(&with, &back);
        let decoded = decode_spec(Source::new("kiln.kdl", again.as_str())).unwrap().0;
        assert_eq!(super::super::meaning::of(decoded), super::super::meaning::of(spec.clone()));
        if !spec.kits.is_empty() {
            assert_eq!(again, before, "{}", path.display());
        }
    }
    assert!(edited > 30, "{edited} of {}", found.len());
}
