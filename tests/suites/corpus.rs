//! The corpus of bad input in `bad/KIND/CASE/`: specs, manifests, templates and locks that kiln must refuse.
//!
//! A case is a project folder. Beside the project's files it may have `case.txt` with lines `run: WORDS` (the command, `sync` if
//! there is none), `placeless: WHY` and `hintless: WHY` (the message has no place in a file, or no hint, for a reason).
//! What kiln says is in `said.snap`. Every case is also checked, diffed and locked: all must refuse, and nothing on the
//! disk may be touched by any of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Answer, Terminal, copy, difference, package};

/// What `case.txt` says.
struct Case {
    folder: PathBuf,
    name: String,
    remarks: BTreeMap<String, String>,
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(of)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

fn cases(kind: &str) -> Vec<Case> {
    let case = |folder: PathBuf| {
        let name = format!("{kind}/{}", folder.file_name().unwrap().to_string_lossy());
        let text = fs::read_to_string(folder.join("case.txt")).unwrap_or_default();
        let remarks: BTreeMap<String, String> = text
            .lines()
            .map(|line| {
                let (word, rest) = line.split_once(": ").expect("`word: text` in case.txt");
                assert!(
                    ["run", "placeless", "hintless"].contains(&word),
                    "{name}: case.txt has no `{word}`"
                );
                (word.to_owned(), rest.to_owned())
            })
            .collect();
        Case { folder, name, remarks }
    };
    folders(&package().join("bad").join(kind)).into_iter().map(case).collect()
}

/// What every refusal has: an exit code of 1 or 2, an error with a place and a way out, nothing on stdout.
fn is_a_refusal(case: &Case, answer: &Answer) {
    let (name, err) = (&case.name, &answer.err);
    assert!([1, 2].contains(&answer.code), "{name}: exit {}\n{err}", answer.code);
    assert!(err.starts_with("error"), "{name} does not begin with an error:\n{err}");
    assert_eq!(answer.out, "", "{name}: talk belongs to stderr");
    let placed = err.contains("--> ");
    let placeless = case.remarks.contains_key("placeless");
    assert!(
        placed != placeless,
        "{name}: place in a file: {placed}, expected without: {placeless}\n{err}"
    );
    let helped = err.contains("hint: ");
    let hintless = case.remarks.contains_key("hintless");
    assert!(
        helped != hintless,
        "{name}: has a hint: {helped}, expected without: {hintless}\n{err}"
    );
}

fn refuses(case: &Case) {
    let terminal = Terminal::new();
    let skip = |name: &str| name == "case.txt" || name.starts_with("said.snap");
    copy(&case.folder, &terminal.root, &skip);
    let before = terminal.listing();
    let words = case.remarks.get("run").map_or("sync", String::as_str);
    let answer = terminal.kiln(words);
    is_a_refusal(case, &answer);
    for words in ["check", "diff", "sync --locked", "status"] {
        let code = terminal.kiln(words).code;
        assert!([1, 2].contains(&code), "{}: `{words}` has exit {code}", case.name);
    }
    let touched = difference(&before, &terminal.listing());
    assert_eq!(touched, "", "{}: something was written", case.name);
    insta::with_settings!({
        snapshot_path => &case.folder,
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("said", answer.shown(words));
    });
}

fn kind(name: &str) {
    let cases = cases(name);
    assert!(!cases.is_empty(), "bad/{name} has no cases");
    cases.iter().for_each(refuses);
}

macro_rules! kinds {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                kind(stringify!($name));
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
