//! diff3 against the program that it must agree with: `git merge-file -p --diff3`.

use std::process::Command;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::markers::{Labels, render};

struct Git(tempfile::TempDir);

impl Git {
    /// What git makes of the three, and whether it is without conflict.
    #[expect(clippy::disallowed_methods, reason = "a test hands texts to another program")]
    fn merge(&self, base: &str, yours: &str, theirs: &str) -> (String, bool) {
        for (name, text) in [("yours", yours), ("base", base), ("theirs", theirs)] {
            std::fs::write(self.0.path().join(name), text).unwrap();
        }
        let output = Command::new("git")
            .args(["merge-file", "-p", "--diff3", "-L", "Y", "-L", "B", "-L", "T"])
            .args(["yours", "base", "theirs"])
            .current_dir(self.0.path())
            .output()
            .unwrap();
        let clean = output.status.success();
        (String::from_utf8(output.stdout).unwrap(), clean)
    }
}

fn text(lines: &[u8], final_newline: bool) -> String {
    let mut text: String =
        lines.iter().map(|&line| format!("{}\n", (b'a' + line) as char)).collect();
    if !final_newline {
        text.pop();
    }
    text
}

/// Replaces, removes and inserts runs.
fn edited(lines: &[u8], edits: &[(usize, usize, Vec<u8>)]) -> Vec<u8> {
    let mut lines = lines.to_vec();
    for (at, gone, new) in edits {
        let at = at % (lines.len() + 1);
        let end = (at + gone).min(lines.len());
        lines.splice(at..end, new.iter().copied());
    }
    lines
}

fn triples(letters: u8, length: usize, edits: usize) -> impl Strategy<Value = [String; 3]> {
    let edit = (0..1000_usize, 0..4_usize, prop::collection::vec(0..letters, 0..4));
    let edits = prop::collection::vec(edit, 0..edits);
    let lines = prop::collection::vec(0..letters, 0..length);
    (lines, edits.clone(), edits, prop::array::uniform3(0..8_u8)).prop_map(|(base, y, t, ends)| {
        [
            text(&base, ends[0] > 0),
            text(&edited(&base, &y), ends[1] > 0),
            text(&edited(&base, &t), ends[2] > 0),
        ]
    })
}

fn strangers(letters: u8, length: usize) -> impl Strategy<Value = [String; 3]> {
    let lines = || prop::collection::vec(0..letters, 0..length);
    (lines(), lines(), lines())
        .prop_map(|(a, b, c)| [text(&a, true), text(&b, true), text(&c, true)])
}

/// Every case must be the same as git's, byte for byte, conflicts included.
fn agree(name: &str, strategy: impl Strategy<Value = [String; 3]>, cases: usize) {
    let git = Git(tempfile::tempdir().unwrap());
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let (mut clean, mut differing, mut first) = (0, 0, None);
    for _ in 0..cases {
        let [base, yours, theirs] = strategy.new_tree(&mut runner).unwrap().current();
        let (expected, is_clean) = git.merge(&base, &yours, &theirs);
        let [b, y, t] =
            [&base, &yours, &theirs].map(|x| x.split_inclusive('\n').collect::<Vec<_>>());
        let labels = Labels { yours: "Y".into(), base: "B".into(), theirs: "T".into() };
        let (merged, conflicts) = render(&diff3(&b, &y, &t), (&b, &y, &t), &labels);
        clean += usize::from(is_clean);
        if merged != expected || (conflicts == 0) != is_clean {
            differing += 1;
            first.get_or_insert(format!(
                "base\n{base}yours\n{yours}theirs\n{theirs}git {is_clean}\n{expected}here\n{merged}"
            ));
        }
    }
    assert_eq!(differing, 0, "{name}: of {cases}; {}", first.unwrap_or_default());
    assert!(
        clean * 20 > cases,
        "{name}: only {clean} of {cases} are clean, so the test says little"
    );
}

#[test]
fn agrees_with_git_on_edited_texts() {
    agree("few letters", triples(3, 12, 3), 700);
    agree("some letters", triples(6, 30, 4), 700);
    agree("many letters", triples(26, 60, 5), 700);
    agree("long", triples(20, 300, 12), 200);
}

#[test]
fn agrees_with_git_on_unrelated_texts() {
    agree("strangers", strangers(3, 7), 500);
}
