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

/// Blocks are moved, doubled and swapped, and empty lines stand everywhere: where diffs have a choice.
fn shuffled(letters: u8, length: usize) -> impl Strategy<Value = [String; 3]> {
    let act = (0..4_u8, 0..1000_usize, 1..6_usize, 0..1000_usize);
    let acts = prop::collection::vec(act, 0..3);
    let lines = prop::collection::vec(prop_oneof![2 => Just(0), 3 => 1..letters], 0..length);
    (lines, acts.clone(), acts).prop_map(|(base, y, t)| {
        let apply = |acts: &[(u8, usize, usize, usize)]| {
            let mut lines = base.clone();
            for &(act, from, size, to) in acts {
                let from = from % (lines.len() + 1);
                let block = lines[from..(from + size).min(lines.len())].to_vec();
                if act != 1 {
                    lines.drain(from..from + block.len());
                }
                let to = if act == 3 { from } else { to % (lines.len() + 1) };
                let block = if act == 3 { block.iter().rev().copied().collect() } else { block };
                if act != 2 {
                    lines.splice(to..to, block);
                }
            }
            lines
        };
        [text(&base, true), text(&apply(&y), true), text(&apply(&t), true)]
    })
}

fn strangers(letters: u8, length: usize) -> impl Strategy<Value = [String; 3]> {
    let lines = || prop::collection::vec(0..letters, 0..length);
    (lines(), lines(), lines())
        .prop_map(|(a, b, c)| [text(&a, true), text(&b, true), text(&c, true)])
}

/// Triples in one, so that git, which is a process each time, is asked once: the lines of each are its own, and lines
/// that are nowhere else stand between them. Only the last one may lack its final newline.
fn joined(triples: &[[String; 3]]) -> [String; 3] {
    let last = triples.len() - 1;
    [0, 1, 2].map(|side| {
        let mut out = String::new();
        for (index, triple) in triples.iter().enumerate() {
            let lines = triple[side].lines().map(|line| format!("{line}{index}\n"));
            out.extend(lines);
            if index < last {
                out.extend((0..3).map(|line| format!("= {index}.{line}\n")));
            } else if !triple[side].ends_with('\n') {
                out.pop();
            }
        }
        out
    })
}

/// Every case must be the same as git's, byte for byte, conflicts included; and where git has none, so must be what
/// comes out of the whole merge, whatever the language.
fn agree(name: &str, strategy: &impl Strategy<Value = [String; 3]>, cases: usize, together: usize) {
    let git = Git(tempfile::tempdir().unwrap());
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let (mut clean, mut differing, mut first) = (0, 0, None);
    let rounds = cases.div_ceil(together);
    for round in 0..rounds {
        let mut next = || strategy.new_tree(&mut runner).unwrap().current();
        let [base, yours, theirs] =
            joined(&std::iter::repeat_with(&mut next).take(together).collect::<Vec<_>>());
        let (expected, is_clean) = git.merge(&base, &yours, &theirs);
        let [b, y, t] =
            [&base, &yours, &theirs].map(|x| x.split_inclusive('\n').collect::<Vec<_>>());
        let labels = Labels { yours: "Y".into(), base: "B".into(), theirs: "T".into() };
        let (merged, conflicts) = render(&diff3(&b, &y, &t), (&b, &y, &t), &labels);
        clean += usize::from(is_clean);
        let mut fault = merged != expected || (conflicts == 0) != is_clean;
        if is_clean {
            let path = ["a.py", "a.ts", "a.md", "a.go", "x", ".gitignore"][round % 6];
            let input = crate::MergeInput {
                path,
                base: base.as_bytes(),
                yours: yours.as_bytes(),
                theirs: theirs.as_bytes(),
                labels: &labels,
                foreign: &[],
                taken: &[],
            };
            let same = crate::Outcome::Clean { text: expected.clone(), close: Vec::new() };
            fault |= crate::merge(&input) != same;
        }
        if fault {
            differing += 1;
            first.get_or_insert(format!(
                "base\n{base}yours\n{yours}theirs\n{theirs}git {is_clean}\n{expected}here\n{merged}"
            ));
        }
    }
    assert_eq!(differing, 0, "{name}: of {rounds}; {}", first.unwrap_or_default());
    // Of many triples together one has a conflict nearly always; alone, few must.
    assert!(
        together > 1 || clean * 20 > cases,
        "{name}: only {clean} of {cases} are clean, so the test says little"
    );
}

#[test]
fn agrees_with_git_on_edited_texts() {
    agree("alone", &triples(4, 14, 3), 120, 1);
    agree("few letters", &triples(3, 12, 3), 2000, 50);
    agree("some letters", &triples(6, 30, 4), 1000, 25);
    agree("many letters", &triples(26, 60, 5), 500, 10);
    agree("long", &triples(20, 300, 12), 60, 1);
}

#[test]
fn agrees_with_git_on_moved_blocks() {
    agree("alone", &shuffled(6, 20), 60, 1);
    agree("shuffled", &shuffled(5, 20), 1500, 30);
}

#[test]
fn agrees_with_git_on_unrelated_texts() {
    agree("strangers", &strangers(3, 7), 1000, 50);
}
