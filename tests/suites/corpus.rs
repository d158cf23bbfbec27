//! The corpus of bad input in `bad/KIND/CASE/`: specs, manifests and templates that kiln must refuse.
//!
//! A case is the folder of a project; what kiln says to a sync of it is in `said.snap`. Every case is also checked and
//! diffed: both must refuse it too, and nothing on the disk may be touched by any of them. Bad input that git could not
//! hold, or that needs a project which was synced before, is made in `bad_trees`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Terminal, copy, difference, package};

fn folders(of: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(of)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

fn cases(kind: &str) -> Vec<PathBuf> {
    folders(&package().join("bad").join(kind))
}

/// A refusal has an exit code of 1 or 2, errors on stderr alone, a place in a file and a way out; and it leaves no trace.
fn is_refused(case: &Path) {
    let name = case.display();
    let terminal = Terminal::new();
    copy(case, &terminal.root, &|file| file.starts_with("said.snap"));
    let before = terminal.listing();
    let answer = terminal.kiln("sync");
    assert!([1, 2].contains(&answer.code), "{name}: exit {}\n{}", answer.code, answer.err);
    assert!(
        answer.err.starts_with("error"),
        "{name} does not begin with an error:\n{}",
        answer.err
    );
    assert!(answer.err.contains("--> "), "{name}: the error has no place:\n{}", answer.err);
    assert!(answer.err.contains("hint: "), "{name}: the error has no hint:\n{}", answer.err);
    assert_eq!(answer.out, "", "{name}: talk belongs to stderr");
    for words in ["check", "diff"] {
        assert_eq!(terminal.kiln(words).code, answer.code, "{name}: {words}");
    }
    let touched = difference(&before, &terminal.listing());
    assert_eq!(touched, "", "{name}: something was written");
    insta::with_settings!({
        snapshot_path => case,
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("said", answer.shown("sync"));
    });
}

fn all_are_refused(kind: &str) {
    let cases = cases(kind);
    assert!(!cases.is_empty(), "bad/{kind} has no cases");
    cases.iter().for_each(|case| is_refused(case));
}

macro_rules! kinds {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                all_are_refused(stringify!($name));
            }
        )*

        #[test]
        fn every_kind_is_run() {
            let found: Vec<String> = folders(&package().join("bad"))
                .iter()
                .map(|folder| folder.file_name().unwrap().to_string_lossy().into_owned())
                .collect();
            assert_eq!(found, [$(stringify!($name)),*]);
            assert!([$(cases(stringify!($name)).len()),*].iter().sum::<usize>() >= 90);
        }
    };
}

kinds!(choice conditions documents domain facts items manifests options paths syntax templates values);
