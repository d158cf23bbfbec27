//! Rules of the architecture that a compiler does not know.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Result, root};

/// The longest a source file may be without being named here, in lines.
const LONGEST: usize = 700;

/// What each crate may depend on among the others: the direction of the house.
const ALLOWED: [(&str, &[&str]); 13] = [
    ("kiln-base", &[]),
    ("kiln-model", &["kiln-base"]),
    ("kiln-merge", &["kiln-base"]),
    ("kiln-deps", &["kiln-base"]),
    ("kiln-disk", &["kiln-base"]),
    ("kiln-git", &["kiln-base"]),
    ("kiln-schema", &["kiln-base", "kiln-model"]),
    ("kiln-spec", &["kiln-base", "kiln-model"]),
    ("kiln-resolve", &["kiln-base", "kiln-model"]),
    ("kiln-engine", &["kiln-base", "kiln-merge", "kiln-model", "kiln-schema", "kiln-spec"]),
    ("kiln-library", &["kiln-base", "kiln-disk", "kiln-model", "kiln-spec"]),
    (
        "kiln",
        &[
            "kiln-base",
            "kiln-deps",
            "kiln-disk",
            "kiln-engine",
            "kiln-git",
            "kiln-library",
            "kiln-merge",
            "kiln-model",
            "kiln-resolve",
            "kiln-schema",
            "kiln-spec",
        ],
    ),
    ("xtask", &["kiln"]),
];

/// External crates that are one crate's secret.
const SECRETS: [(&str, &str); 10] = [
    ("gix-hash", "kiln-git"),
    ("gix-object", "kiln-git"),
    ("gix-odb", "kiln-git"),
    ("kdl", "kiln-spec"),
    ("pubgrub", "kiln-resolve"),
    ("tera", "kiln-engine"),
    ("cap-std", "kiln-disk"),
    ("rustix", "kiln-disk"),
    ("toml_edit", "kiln-merge"),
    ("annotate-snippets", "kiln"),
];

/// Checks all rules.
pub(crate) fn run() -> Result<()> {
    let mut problems = Vec::new();
    let crates = fs::read_dir(root().join("crates")).map_err(|error| error.to_string())?;
    let mut folders: Vec<PathBuf> = crates.flatten().map(|entry| entry.path()).collect();
    folders.push(root().join("xtask"));
    folders.sort();
    for folder in &folders {
        dependencies(folder, &mut problems);
        sources(&folder.join("src"), &mut problems);
    }
    if problems.is_empty() {
        println!("tidy: {} crates keep the rules", folders.len());
        return Ok(());
    }
    Err(format!("tidy:\n  {}", problems.join("\n  ")))
}

fn dependencies(folder: &Path, problems: &mut Vec<String>) {
    let name =
        folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let text = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == name) else {
        problems.push(format!("{name}: a crate that xtask/src/tidy.rs does not know"));
        return;
    };
    let section = text.split("\n[dependencies]").nth(1).unwrap_or_default();
    let section = section.split("\n[").next().unwrap_or_default();
    for line in section.lines() {
        let dependency = line.split(['.', ' ', '=']).next().unwrap_or_default();
        if dependency.starts_with("kiln") && !allowed.contains(&dependency) {
            problems.push(format!("{name} must not know {dependency}"));
        }
        if let Some((_, owner)) =
            SECRETS.iter().find(|(secret, owner)| *secret == dependency && *owner != name)
        {
            problems.push(format!("{name} must not use {dependency}, which {owner} hides"));
        }
    }
    if !text.contains("[lints]\nworkspace = true") {
        problems.push(format!("{name} does not take the workspace's lints"));
    }
}

fn sources(folder: &Path, problems: &mut Vec<String>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, problems);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let shown = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
            if !text.starts_with("//!") {
                problems.push(format!("{shown} does not begin with `//!`"));
            }
            let code = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let lines = code.lines().count();
            if lines > LONGEST {
                problems.push(format!("{shown} has {lines} lines; {LONGEST} are enough"));
            }
        }
    }
}
