//! Kits test themselves: `tests/NAME/{kiln.kdl, out/ | error.txt}` of every kit is run with the kits of its library. Files
//! below `out/` must come out as they are; every line of `error.txt` must be in the refusal.

use std::fs;
use std::path::{Path, PathBuf};

use kiln_disk::Root;
use kiln_library::{Kind, from_folder};

use crate::support::{Terminal, contents, package};

/// Folders with the kits of a library, at any depth.
fn kits(library: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(library).unwrap() {
        let path = entry.unwrap().path();
        if path.join("kit.kdl").is_file() {
            found.push(path);
        } else if path.is_dir() {
            found.extend(kits(&path));
        }
    }
    found.sort();
    found
}

/// The fixtures of a library.
fn fixtures(library: &Path) -> Vec<PathBuf> {
    let of = |kit: &PathBuf| {
        let tests = fs::read_dir(kit.join("tests"));
        tests.into_iter().flatten().map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    let mut found: Vec<PathBuf> = kits(library).iter().flat_map(of).collect();
    found.sort();
    found
}

/// What is wrong with a fixture; nothing if it holds.
fn problems(library: &Path, fixture: &Path) -> Vec<String> {
    let name = fixture.strip_prefix(library).unwrap().display();
    let terminal = Terminal::with_library(library);
    terminal.write("kiln.kdl", fs::read(fixture.join("kiln.kdl")).unwrap());
    let answer = terminal.kiln("sync");
    let (out, error) = (fixture.join("out"), fixture.join("error.txt"));
    if let Ok(expected) = fs::read_to_string(&error) {
        let missing = expected.lines().filter(|line| !answer.err.contains(line.trim()));
        let mut found: Vec<String> = missing
            .map(|line| format!("{name}: the refusal lacks `{line}`:\n{}", answer.err))
            .collect();
        if ![1, 2].contains(&answer.code) {
            found.push(format!("{name}: exit {}, a refusal was expected", answer.code));
        }
        return found;
    }
    if answer.code != 0 {
        return vec![format!("{name}: exit {}\n{}", answer.code, answer.err)];
    }
    if !out.is_dir() {
        return vec![format!("{name}: neither `out/` nor `error.txt`")];
    }
    let came = contents(&terminal.root, &|_| true);
    let differs = |(path, (_, bytes)): (&String, &(u32, Vec<u8>))| match came.get(path) {
        None => Some(format!("{name}: `{path}` did not come out")),
        Some((_, other)) if other != bytes => Some(format!(
            "{name}: `{path}` came out otherwise:\n{}",
            String::from_utf8_lossy(other)
        )),
        Some(_) => None,
    };
    contents(&out, &|_| true).iter().filter_map(differs).collect()
}

fn all_hold(library: &Path) -> usize {
    let fixtures = fixtures(library);
    let found: Vec<String> =
        fixtures.iter().flat_map(|fixture| problems(library, fixture)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    fixtures.len()
}

#[test]
fn fixtures_of_the_kits_that_are_built_in() {
    assert!(all_hold(&package().join("../kits").canonicalize().unwrap()) >= 20);
}

#[test]
fn fixtures_of_the_small_library() {
    assert!(all_hold(&package().join("library")) >= 3);
}

#[test]
fn a_fixture_that_does_not_hold_is_seen() {
    let holder = tempfile::tempdir().unwrap();
    let library = holder.path();
    crate::support::copy(&package().join("library"), library, &|_| false);
    let with = |name: &str, files: &[(&str, &str)]| {
        let fixture = library.join("store/tests").join(name);
        crate::support::write(&fixture, "kiln.kdl", "project demo-site\nkits { store }\n");
        for (path, text) in files {
            crate::support::write(&fixture, path, text);
        }
        problems(library, &fixture).join("\n")
    };
    insta::assert_snapshot!(with("other-bytes", &[("out/store.txt", "kept elsewhere\n")]), @"
    store/tests/other-bytes: `store.txt` came out otherwise:
    kept in memory
    ");
    insta::assert_snapshot!(with("missing", &[("out/shop.txt", "")]), @"store/tests/missing: `shop.txt` did not come out");
    insta::assert_snapshot!(with("no-refusal", &[("error.txt", "two providers")]), @"
    store/tests/no-refusal: the refusal lacks `two providers`:

    store/tests/no-refusal: exit 0, a refusal was expected
    ");
    insta::assert_snapshot!(with("nothing-said", &[]), @"store/tests/nothing-said: neither `out/` nor `error.txt`");
    assert_eq!(with("right", &[("out/store.txt", "kept in memory\n")]), "");
}

#[test]
fn no_built_in_kit_has_an_error() {
    for folder in ["../kits", "library", "rust-kits"].map(|folder| package().join(folder)) {
        let root = Root::open(&folder).unwrap();
        let library = from_folder(&root, "kits", &Kind::Builtin).unwrap();
        assert!(!library.kits.is_empty());
        for package in &library.kits {
            let said = kiln_spec::check_package(package);
            assert!(!said.has_errors(), "{}:\n{said}", package.id());
        }
    }
}
