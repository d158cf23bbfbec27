//! The folders of a kit.

use std::collections::BTreeSet;

use kiln_base::{Diagnostic, RelPath, Spanned, did_you_mean};

use super::Lint;
use crate::names::FOLDER;

const TOP: [&str; 5] = ["data", "files", "merge", "parts", "tests"];

/// Folders that are named and missing, or there and not named; files that the format does not know.
pub(super) fn check(lint: &mut Lint<'_>) {
    let (files, merges) = (lint.uses.files.clone(), lint.uses.merges.clone());
    check_named(lint, "files", &files);
    check_named(lint, "merge", &merges);
    let paths: Vec<&RelPath> = lint.package.files.keys().collect();
    let mut tests: BTreeSet<&str> = BTreeSet::new();
    for path in paths {
        let parts: Vec<&str> = path.parts().collect();
        match parts.as_slice() {
            ["files" | "parts", _, ..] | ["merge", _, _, ..] => {
                if let ["files", name] = parts.as_slice() {
                    let hint = format!(
                        "move it into a folder that a `files` node names, such as `files/app/{name}`"
                    );
                    refuse(lint, path, "a file of `files/` lies in no folder of its own", &hint);
                }
            }
            ["data", name] if is_table(name) => {}
            ["tests", name, _, ..] => {
                tests.insert(name);
            }
            [name] if is_for_people(name) => {}
            _ => unknown(lint, path, &parts),
        }
    }
    tests.into_iter().for_each(|name| check_test(lint, name));
}

fn is_table(name: &str) -> bool {
    name.strip_suffix(".toml").is_some_and(|stem| FOLDER.fits(stem))
}

/// Files at the top that say something to people and nothing to kiln.
fn is_for_people(name: &str) -> bool {
    let upper = name.split('.').next().unwrap_or(name);
    ["README", "CHANGELOG", "LICENSE", "NOTICE"].iter().any(|known| {
        upper == *known || upper.strip_prefix(known).is_some_and(|rest| rest.starts_with('-'))
    })
}

fn refuse(lint: &mut Lint<'_>, path: &RelPath, message: &str, hint: &str) {
    let warning = Diagnostic::warning("unknown-file", message).about(path.as_str()).hint(hint);
    lint.push(warning);
}

fn unknown(lint: &mut Lint<'_>, path: &RelPath, parts: &[&str]) {
    let message = format!("`{path}` has no place in a kit");
    let hint = match parts {
        ["data", ..] => "tables are `data/NAME.toml`".to_owned(),
        ["tests", ..] => "tests are `tests/NAME/kiln.kdl` with `out/` or `error.txt`".to_owned(),
        ["merge", ..] => "documents are `merge/NAME/…`".to_owned(),
        [first, ..] => did_you_mean(first, TOP).unwrap_or_else(|| {
            format!("a kit has {}", TOP.map(|name| format!("`{name}/`")).join(", "))
        }),
        [] => return,
    };
    refuse(lint, path, &message, &hint);
}

fn folders<'p>(lint: &Lint<'p>, top: &str) -> BTreeSet<&'p str> {
    lint.package
        .files
        .keys()
        .filter_map(|path| {
            let mut parts = path.parts();
            let first = parts.next()?;
            let name = parts.next()?;
            (first == top && parts.next().is_some()).then_some(name)
        })
        .collect()
}

fn check_named(lint: &mut Lint<'_>, top: &str, named: &[&Spanned<String>]) {
    let present = folders(lint, top);
    for name in named {
        if !present.contains(name.value.as_str()) {
            let message = format!("the kit has no folder `{top}/{}`", name.value);
            let hint = did_you_mean(&name.value, present.iter().copied());
            let error = Diagnostic::error("missing-folder", message).hint_if(hint);
            lint.push(lint.at(error, name.span));
        }
    }
    for folder in present {
        if named.iter().all(|name| name.value != folder) {
            let message = format!("no node uses the folder `{top}/{folder}`");
            let warning = Diagnostic::warning("unused-folder", message)
                .about(format!("{top}/{folder}"))
                .hint(format!("write `{top} {folder}`"));
            lint.push(warning);
        }
    }
}

fn check_test(lint: &mut Lint<'_>, name: &str) {
    let has = |path: &str| lint.package.files.contains_key(path);
    let out = format!("tests/{name}/out/");
    let outputs = lint.package.files.keys().any(|path| path.as_str().starts_with(&out));
    let spec = has(&format!("tests/{name}/kiln.kdl"));
    if !spec || outputs == has(&format!("tests/{name}/error.txt")) {
        let message = format!("the test `{name}` is not whole");
        let warning = Diagnostic::warning("incomplete-test", message)
            .about(format!("tests/{name}"))
            .hint("a test has `kiln.kdl` and either `out/` or `error.txt`");
        lint.push(warning);
    }
}
