//! The list of findings: the same in the code, in the documentation and in what is said.

use std::fs;
use std::path::Path;

use kiln::ops::{FINDINGS, Weight};

use crate::support::package;

/// The rows of the table in `docs/findings.md`.
fn rows() -> Vec<[String; 4]> {
    let text = fs::read_to_string(package().join("../docs/findings.md")).unwrap();
    let table =
        text.lines().filter(|line| line.starts_with("| `") && line.matches(" | ").count() == 3);
    table
        .map(|line| {
            let cells: Vec<String> =
                line.trim_matches(['|', ' ']).split(" | ").map(str::to_owned).collect();
            cells.try_into().unwrap()
        })
        .collect()
}

#[test]
fn the_documentation_lists_what_there_is() {
    let listed: Vec<String> =
        rows().iter().map(|[id, weight, meaning, _]| format!("{id} {weight} {meaning}")).collect();
    // What sometimes stops says so.
    let known: Vec<String> = FINDINGS
        .iter()
        .map(|known| format!("`{}` {} {}", known.id, known.weight.word(), known.meaning))
        .collect();
    let plain = |row: &String| match row.split_once("; stops where") {
        Some((before, rest)) => {
            let meaning =
                FINDINGS.iter().map(|known| known.meaning).find(|text| rest.ends_with(text));
            format!("{before} {}", meaning.unwrap_or_default())
        }
        None => row.clone(),
    };
    assert_eq!(listed.iter().map(plain).collect::<Vec<_>>(), known);
}

#[test]
fn every_finding_has_a_way_out_and_a_page() {
    for [id, weight, _, way] in rows() {
        let id = id.trim_matches('`');
        assert!(kiln::ops::page(id).is_some(), "`kiln explain {id}` says nothing");
        let needs_none = way.starts_with("none needed");
        assert!(!needs_none || weight == Weight::Note.word(), "{id}: {way}");
    }
}

/// All sources of the crates as one text, without the list itself.
fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !path.ends_with("ops/known.rs")
        {
            let source = fs::read_to_string(&path).unwrap();
            text.push_str(source.split("\n#[cfg(test)]\nmod tests {").next().unwrap());
        }
    }
}

#[test]
fn every_finding_of_the_list_can_be_found() {
    let mut text = String::new();
    sources(&package().join("../crates"), &mut text);
    for known in FINDINGS {
        assert!(text.contains(&format!("\"{}\"", known.id)), "nothing says `{}`", known.id);
    }
}
