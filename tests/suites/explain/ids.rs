//! Every id that the code can produce has a page.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use regex::Regex;

use crate::support::package;

/// The sources of all crates without their tests, by path.
fn sources() -> BTreeMap<String, String> {
    fn walk(folder: &Path, found: &mut BTreeMap<String, String>) {
        let mut entries: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "tests" {
                walk(&path, found);
            } else if name.ends_with(".rs") && !name.ends_with("tests.rs") && name != "testing.rs" {
                let text = fs::read_to_string(&path).unwrap();
                let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
                found.insert(path.to_string_lossy().into_owned(), text);
            }
        }
    }
    let mut found = BTreeMap::new();
    let crates = package().join("../crates");
    for folder in fs::read_dir(crates).unwrap() {
        walk(&folder.unwrap().path().join("src"), &mut found);
    }
    found
}

/// The arguments of a call that begins at `at`, behind the bracket.
fn arguments(text: &str, at: usize) -> Vec<&str> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    let (mut from, mut found) = (at, Vec::new());
    for (place, c) in text[at..].char_indices().map(|(place, c)| (at + place, c)) {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => {
                found.push(&text[from..place]);
                return found;
            }
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(&text[from..place]);
                from = place + 1;
            }
            _ => {}
        }
    }
    found
}

/// The place of the parameter `id: &'static str` of functions that have one, by their names. What a row of the decision
/// table is called is no id of a message.
fn takers(text: &str) -> BTreeMap<String, usize> {
    let function = Regex::new(r"fn (\w+)(?:<[^>(]*>)?\(").unwrap();
    let this = Regex::new(r"^&?\s*('\w+ )?(mut )?self$").unwrap();
    let mut found = BTreeMap::new();
    for captures in function.captures_iter(text) {
        let all = arguments(text, captures.get(0).unwrap().end());
        let own = all.iter().map(|one| one.trim()).filter(|one| !this.is_match(one));
        if let Some(at) = own.into_iter().position(|one| one == "id: &'static str") {
            found.insert(captures[1].to_owned(), at);
        }
    }
    found
}

/// Every id with the file that says it.
fn ids() -> BTreeMap<String, String> {
    let literal = Regex::new(r#"^\s*"([a-z][a-z0-9]*(?:-[a-z0-9]+)*)"\s*$"#).unwrap();
    let call = Regex::new(r"\b(\w+)\(").unwrap();
    let field = Regex::new(r#"\bid: "([a-z0-9-]+)""#).unwrap();
    let method = Regex::new(r"(?s)fn id\(&?self\) -> &'static str \{(.*?)\n    \}").unwrap();
    let arm = Regex::new(r#"=> "([a-z0-9-]+)""#).unwrap();
    let mut found = BTreeMap::new();
    let sources = sources();
    let base: BTreeMap<String, usize> =
        [("error".to_owned(), 0), ("warning".to_owned(), 0)].into_iter().collect();
    let of_crate = |path: &str| path.split("/src/").next().unwrap_or_default().to_owned();
    let mut by_crate: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for (path, text) in &sources {
        if !path.ends_with("kiln-disk/src/table.rs") {
            by_crate.entry(of_crate(path)).or_insert_with(|| base.clone()).extend(takers(text));
        }
    }
    for (path, text) in &sources {
        let known = &by_crate.get(&of_crate(path)).unwrap_or(&base);
        for captures in call.captures_iter(text) {
            let Some(at) = known.get(&captures[1]) else { continue };
            let all = arguments(text, captures.get(0).unwrap().end());
            if let Some(id) = all.get(*at).and_then(|one| literal.captures(one)) {
                found.insert(id[1].to_owned(), path.clone());
            }
        }
        let listed = method.captures_iter(text).flat_map(|body| {
            let body = body.get(1).unwrap().as_str();
            arm.captures_iter(body).map(|id| id[1].to_owned()).collect::<Vec<_>>()
        });
        let fields = field.captures_iter(text).map(|id| id[1].to_owned());
        found.extend(listed.chain(fields).map(|id| (id, path.clone())));
    }
    found
}

#[test]
fn every_id_has_a_page() {
    let ids = ids();
    // Enough to know that the search finds what there is.
    for id in ["unknown-option", "in-the-way", "template-undefined", "duplicate-field", "disk"] {
        assert!(ids.contains_key(id), "the search does not find `{id}`");
    }
    let pages: BTreeSet<String> = kiln::ops::pages().into_iter().map(|page| page.id).collect();
    let missing: Vec<String> = ids
        .iter()
        .filter(|(id, _)| !pages.contains(*id))
        .map(|(id, path)| format!("{id}  ({path})"))
        .collect();
    assert!(missing.is_empty(), "write a page in docs/diagnostics.md for:\n{}", missing.join("\n"));
}

#[test]
fn pages_are_sorted_and_say_something() {
    let text = fs::read_to_string(package().join("../docs/diagnostics.md")).unwrap();
    let ids: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "pages stand in the order of their ids, each once");
    for page in kiln::ops::pages() {
        assert!(page.text.ends_with('.') || page.text.ends_with('`'), "{page:?}");
        assert!(page.text.len() > 20, "{page:?}");
    }
}
