//! Key merge against an oracle over plain values, in all formats and many styles.

use proptest::prelude::*;
use serde_json::Value as Json;

use crate::document::Document;
use crate::markers::Labels;
use crate::merge::{MergeInput, Outcome, merge};
use crate::sample::{document, edited, write};
use crate::tree::Format;
use crate::value::Value;

/// What must come out of a list: exactly these elements in any order, or nothing known.
const SET: &str = "\u{0}set";
const ANY: &str = "\u{0}any";

/// The rules, written a second time over values that other readers read. `Err` is a conflict.
fn oracle(b: Option<&Json>, y: Option<&Json>, t: Option<&Json>) -> Result<Option<Json>, ()> {
    if y == t || t == b {
        return Ok(y.cloned());
    }
    if y == b {
        return Ok(t.cloned());
    }
    match (b, y, t) {
        (b, Some(Json::Object(_)), Some(Json::Object(_))) => {
            keys(b, y, t).map(|map| Some(Json::Object(map)))
        }
        (Some(Json::Object(_)), Some(Json::Object(_)), None) => {
            let map = keys(b, y, t)?;
            Ok((!map.is_empty()).then_some(Json::Object(map)))
        }
        (Some(Json::Array(b)), Some(Json::Array(y)), Some(Json::Array(t))) => {
            Ok(Some(set(b, y, t)))
        }
        // Both made a list: one has all of the other in its order, or it is a conflict.
        (_, Some(Json::Array(y)), Some(Json::Array(t))) => {
            let within = |shorter: &[Json], longer: &[Json]| {
                let mut rest = longer.iter();
                shorter.iter().all(|item| rest.any(|other| other == item))
            };
            match (within(y, t), within(t, y)) {
                (true, _) => Ok(Some(Json::Array(t.clone()))),
                (_, true) => Ok(Some(Json::Array(y.clone()))),
                _ => Err(()),
            }
        }
        _ => Err(()),
    }
}

fn keys(
    b: Option<&Json>,
    y: Option<&Json>,
    t: Option<&Json>,
) -> Result<serde_json::Map<String, Json>, ()> {
    let maps = [b, y, t].into_iter().flatten().filter_map(Json::as_object);
    let names: std::collections::BTreeSet<&String> = maps.flat_map(serde_json::Map::keys).collect();
    let mut out = serde_json::Map::new();
    for name in names {
        let get = |value: Option<&Json>| value.and_then(|value| value.get(name)).cloned();
        let (b, y, t) = (get(b), get(y), get(t));
        if let Some(value) = oracle(b.as_ref(), y.as_ref(), t.as_ref())? {
            out.insert(name.clone(), value);
        }
    }
    Ok(out)
}

fn set(b: &[Json], y: &[Json], t: &[Json]) -> Json {
    let unique = |items: &[Json]| {
        items
            .iter()
            .enumerate()
            .all(|(at, item)| !item.is_object() && !item.is_array() && !items[..at].contains(item))
    };
    if !unique(b) || !unique(y) || !unique(t) {
        return serde_json::json!({ ANY: null });
    }
    let stays = |item: &&Json| match (b.contains(item), y.contains(item), t.contains(item)) {
        (true, yours, theirs) => yours && theirs,
        (false, yours, theirs) => yours || theirs,
    };
    let new = t.iter().filter(|item| !y.contains(item));
    let all: Vec<Json> = y.iter().chain(new).filter(stays).cloned().collect();
    serde_json::json!({ SET: all })
}

fn agrees(expected: &Json, found: &Json) -> bool {
    match (expected, found) {
        (Json::Object(map), _) if map.contains_key(ANY) => true,
        (Json::Object(map), found) if map.contains_key(SET) => match (&map[SET], found) {
            (Json::Array(expected), Json::Array(found)) => {
                expected.len() == found.len() && expected.iter().all(|item| found.contains(item))
            }
            _ => false,
        },
        (Json::Object(expected), Json::Object(found)) => {
            expected.len() == found.len()
                && expected
                    .iter()
                    .all(|(key, value)| found.get(key).is_some_and(|other| agrees(value, other)))
        }
        (expected, found) => expected == found,
    }
}

/// Reads a document with another reader than this crate's, where there is one: YAML is read here.
fn read(format: Format, text: &str) -> Json {
    match format {
        Format::Json => {
            let plain: String =
                text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
            // A comma after the last child, as the samples have it.
            let plain = [("}", ",}"), ("]", ",]")].iter().fold(plain, |plain, (close, comma)| {
                let mut plain = plain.replace(&format!(", {close}"), close);
                while let Some(at) = trailing(&plain, comma) {
                    plain.remove(at);
                }
                plain
            });
            serde_json::from_str(&plain).unwrap_or_else(|error| panic!("{error}: {plain}"))
        }
        Format::Toml => toml::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}")),
        Format::Yaml => {
            Document::parse(format, text).map_or(Json::Null, |d| as_json(&d.root().value()))
        }
    }
}

/// The first comma that only white space parts from a closing bracket.
fn trailing(text: &str, comma_and_close: &str) -> Option<usize> {
    let close = &comma_and_close[1..];
    text.match_indices(close).find_map(|(at, _)| {
        let before = text[..at].trim_end();
        before.ends_with(',').then(|| before.len() - 1)
    })
}

fn as_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Number(text) => serde_json::from_str(text).unwrap_or(Json::Null),
        Value::Text(text) => Json::String(text.clone()),
        Value::Marked(mark, inner) => serde_json::json!([mark, as_json(inner)]),
        Value::List(items) => Json::Array(items.iter().map(as_json).collect()),
        Value::Map(entries) => {
            Json::Object(entries.iter().map(|(key, value)| (key.clone(), as_json(value))).collect())
        }
    }
}

fn extension(format: Format) -> &'static str {
    match format {
        Format::Json => "a.json",
        Format::Toml => "a.toml",
        Format::Yaml => "a.yaml",
    }
}

fn merged(format: Format, base: &str, yours: &str, theirs: &str) -> Outcome {
    merge(&MergeInput {
        path: extension(format),
        base: base.as_bytes(),
        yours: yours.as_bytes(),
        theirs: theirs.as_bytes(),
        labels: &Labels::kiln("kit 1.0.0", "kit 1.1.0"),
        foreign: &[],
        taken: &[],
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_merge_means_what_the_oracle_says(
        base in document(),
        style in prop::collection::vec(any::<u8>(), 12..60),
        format in prop::sample::select(vec![Format::Json, Format::Toml, Format::Yaml]),
    ) {
        let yours = edited(&base, &style);
        let theirs = edited(&base, &style[5..]);
        let base_text = write(format, &base, &style, "kiln");
        let yours_text = write(format, &yours, &style[3..], "yours");
        // kiln's text changes in values, hardly in style.
        let theirs_text = write(format, &theirs, &style, "kiln");
        match merged(format, &base_text, &yours_text, &theirs_text) {
            Outcome::Clean { text, .. } => {
                let found = read(format, &text);
                // An empty list of tables cannot be told from nothing in TOML; both sides are read again.
                let [b, y, t] = [&base_text, &yours_text, &theirs_text].map(|text| read(format, text));
                let expected = oracle(Some(&b), Some(&y), Some(&t));
                prop_assert!(
                    expected.as_ref().is_ok_and(|e| e.as_ref().is_some_and(|e| agrees(e, &found))),
                    "{expected:?}\n---base\n{base_text}---yours\n{yours_text}---theirs\n{theirs_text}---found\n{text}"
                );
                // A second merge has nothing to do.
                match merged(format, &theirs_text, &text, &theirs_text) {
                    Outcome::Clean { text: again, .. } => prop_assert_eq!(again, text),
                    other => prop_assert!(false, "{other:?}"),
                }
            }
            Outcome::KeyConflicts(conflicts) => {
                for conflict in &conflicts {
                    prop_assert!(conflict.why.is_none(), "{:?}\n---base\n{}---yours\n{}---theirs\n{}", conflict.why, base_text, yours_text, theirs_text);
                    prop_assert!(conflict.yours != conflict.theirs);
                }
                let within_list = conflicts.iter().any(|conflict| {
                    conflict.path.0.last().is_some_and(|key| key.parse::<usize>().is_ok())
                        || conflict.path.0.iter().any(|key| key.parse::<usize>().is_ok())
                });
                let [b, y, t] = [&base_text, &yours_text, &theirs_text].map(|text| read(format, text));
                let expected = oracle(Some(&b), Some(&y), Some(&t));
                prop_assert!(within_list || expected.is_err(), "{conflicts:?}");
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn what_only_one_side_changed_is_taken_as_it_is(
        base in document(),
        style in prop::collection::vec(any::<u8>(), 12..60),
        format in prop::sample::select(vec![Format::Json, Format::Toml, Format::Yaml]),
    ) {
        let other = edited(&base, &style);
        let base_text = write(format, &base, &style, "kiln");
        let other_text = write(format, &other, &style[3..], "other");
        for (yours, theirs) in [(&base_text, &other_text), (&other_text, &base_text), (&other_text, &other_text)] {
            match merged(format, &base_text, yours, theirs) {
                Outcome::Clean { text, .. } => prop_assert_eq!(&text, &other_text),
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }
}

/// Where git merges the lines of documents without conflict, the same bytes come out, but for what is told here.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test hands texts to another program")]
fn documents_that_git_merges_come_out_as_git_merges_them() {
    let folder = tempfile::tempdir().unwrap();
    let cases = (document(), prop::collection::vec(any::<u8>(), 12..60));
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut clean, mut same, mut stricter) = (0, 0, 0);
    for round in 0..150 {
        let format = [Format::Json, Format::Toml, Format::Yaml][round % 3];
        let (base, style) =
            proptest::strategy::ValueTree::current(&cases.new_tree(&mut runner).unwrap());
        let [y, t] = [edited(&base, &style), edited(&base, &style[5..])];
        let texts = [&base, &y, &t].map(|value| write(format, value, &style, "kiln"));
        for (name, text) in ["base", "yours", "theirs"].iter().zip(&texts) {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let output = std::process::Command::new("git")
            .args(["merge-file", "-p", "yours", "base", "theirs"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        if !output.status.success() {
            continue;
        }
        clean += 1;
        let lines = String::from_utf8(output.stdout).unwrap();
        let means = |text: &str| Document::parse(format, text).map(|d| as_json(&d.root().value()));
        let [b, y, t] = [0, 1, 2].map(|side| read(format, &texts[side]));
        match merged(format, &texts[0], &texts[1], &texts[2]) {
            Outcome::Clean { text, .. } if text == lines => same += 1,
            // The lines make no document, or one that means something else than both wanted.
            Outcome::Clean { text, .. } => {
                let expected = oracle(Some(&b), Some(&y), Some(&t)).unwrap().unwrap();
                let wrong = means(&lines).map_or(true, |found| !agrees(&expected, &found));
                let lists = expected.to_string().contains("any");
                assert!(wrong || lists, "{expected}\n---git\n{lines}---here\n{text}");
            }
            Outcome::KeyConflicts(_) => stricter += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(
        clean > 40 && same * 10 > clean * 8,
        "{clean} clean, {same} the same, {stricter} conflicts"
    );
}

fn shown(outcome: Outcome) -> String {
    let side = |found: &Option<super::Found>| {
        found.as_ref().map_or("absent".to_owned(), |found| found.value.to_string())
    };
    match outcome {
        Outcome::Clean { text, .. } => text,
        Outcome::KeyConflicts(conflicts) => conflicts
            .iter()
            .map(|c| {
                let why = c.why.clone().unwrap_or_default();
                format!(
                    "{}: {} / {} / {} {why}\n",
                    c.path,
                    side(&c.base),
                    side(&c.yours),
                    side(&c.theirs)
                )
            })
            .collect(),
        other => format!("{other:?}"),
    }
}

#[test]
fn package_json_with_a_persons_style() {
    let base = r#"{
  "name": "web",
  "scripts": {
    "dev": "next dev",
    "lint": "eslint ."
  },
  "dependencies": {
    "next": "16.1.0",
    "react": "19.1.0"
  },
  "files": ["a", "b"]
}
"#;
    let yours = r#"{
    "name": "web",
    "scripts": { "dev": "next dev", "lint": "eslint .", "mine": "x" },
    "dependencies": {
        // mine
        "lodash": "4.0.0",
        "next": "16.1.0",
        "react": "19.2.0" // by hand
    },
    "files": ["mine", "a", "b"],
    "private": null
}
"#;
    let theirs = r#"{
  "name": "web",
  "type": "module",
  "scripts": {
    "dev": "next dev --turbo",
    "test": "vitest"
  },
  "dependencies": {
    "next": "16.2.0",
    "react": "19.1.0",
    "zod": "4.0.0"
  },
  "files": ["b", "c"]
}
"#;
    insta::assert_snapshot!(shown(merged(Format::Json, base, yours, theirs)), @r#"
    {
        "name": "web",
        "type": "module",
        "scripts": { "dev": "next dev --turbo", "test": "vitest", "mine": "x" },
        "dependencies": {
            // mine
            "lodash": "4.0.0",
            "next": "16.2.0",
            "react": "19.2.0", // by hand
            "zod": "4.0.0"
        },
        "files": ["mine", "b", "c"],
        "private": null
    }
    "#);
    let clash = theirs.replace("\"19.1.0\"", "\"19.3.0\"");
    insta::assert_snapshot!(shown(merged(Format::Json, base, yours, &clash)), @r#"dependencies.react: "19.1.0" / "19.2.0" / "19.3.0""#);
}

#[test]
fn pyproject_keeps_comments_and_tables() {
    let base = "[project]\nname = \"api\"\ndependencies = [\n    \"a>=1,<2\",\n    \"b>=1\",\n]\n\n[tool.ruff]\nline-length = 100\n\n[tool.x]\ny = 1\n";
    let yours = "[project]\nname = \"api\"\ndependencies = [\n    \"a>=1,<2\",\n    \"mine\",  # wanted\n    \"b>=1\",\n]\n\n[tool.ruff]  # ours\nline-length = 120 # wide\n\n[tool.x]\ny = 1\nmine = 2\n\n[tool.mine]\nz = 1\n";
    let theirs = "[project]\nname = \"api\"\ndependencies = [\n    \"a>=2,<3\",\n    \"b>=1\",\n    \"c\",\n]\n\n[tool.ruff]\nline-length = 100\n# linting\nlint.select = [\"E\"]\n\n[tool.pytest]\nq = true\n";
    insta::assert_snapshot!(shown(merged(Format::Toml, base, yours, theirs)), @r#"
    [project]
    name = "api"
    dependencies = [
        "a>=2,<3",
        "mine",  # wanted
        "b>=1",
        "c",
    ]

    [tool.ruff]  # ours
    line-length = 120 # wide
    # linting
    lint.select = ["E"]

    [tool.pytest]
    q = true

    [tool.x]
    mine = 2

    [tool.mine]
    z = 1
    "#);
}

#[test]
fn yaml_services() {
    let base = "services:\n  db:\n    image: postgres:17\n    ports:\n      - 5432:5432\n  cache:\n    image: redis:7\n";
    let yours = "# mine\nservices:\n  db:\n    image: postgres:17 # pinned\n    ports:\n      - 5433:5432\n    restart: always\n\n  # added\n  mine:\n    image: x\n  cache:\n    image: redis:7\n";
    let theirs = "services:\n  db:\n    image: postgres:18\n    ports:\n      - 5432:5432\n    healthcheck:\n      test: [a, b]\n  cache:\n    image: redis:8\n  mail:\n    # a catch-all\n    image: mailpit\n";
    insta::assert_snapshot!(shown(merged(Format::Yaml, base, yours, theirs)), @"
    # mine
    services:
      db:
        image: postgres:18 # pinned
        ports:
          - 5433:5432
        healthcheck:
          test: [a, b]
        restart: always

      # added
      mine:
        image: x
      cache:
        image: redis:8
      mail:
        # a catch-all
        image: mailpit
    ");
    let gone = "services:\n  cache:\n    image: redis:7\n";
    insta::assert_snapshot!(shown(merged(Format::Yaml, base, yours, gone)), @r#"services.db.ports: ["5432:5432"] / ["5433:5432"] / absent"#);
}

#[test]
fn foreign_keys_are_the_persons() {
    let base = "{\"a\": {\"x\": 1, \"y\": 1}, \"b\": 1, \"c\": 1}";
    let yours = "{\"a\": {\"x\": 2, \"y\": 1}, \"c\": 2}";
    let theirs = "{\"a\": {\"x\": 3, \"y\": 2}, \"b\": 2}";
    let globs: Vec<_> =
        ["a.x", "b", "c*"].iter().filter_map(|g| crate::KeyGlob::parse(g)).collect();
    let outcome = merge(&MergeInput {
        path: "x/package.json",
        base: base.as_bytes(),
        yours: yours.as_bytes(),
        theirs: theirs.as_bytes(),
        labels: &Labels::kiln("k 1", "k 2"),
        foreign: &globs,
        taken: &[],
    });
    insta::assert_snapshot!(shown(outcome), @r#"{"a": {"x": 2, "y": 2}, "c": 2}"#);
    insta::assert_snapshot!(shown(merged(Format::Json, base, yours, theirs)), @"
    a.x: 1 / 2 / 3 
    c: 1 / 2 / absent 
    b: 1 / absent / 2
    ");
}

#[test]
fn taken_keys_are_kilns_where_both_changed_them() {
    let base = "{\"a\": {\"x\": 1, \"y\": 1}, \"b\": 1, \"c\": 1, \"d\": 1}";
    let yours = "{\"a\": {\"x\": 2, \"y\": 1}, \"c\": 2, \"d\": 5}";
    let theirs = "{\"a\": {\"x\": 3, \"y\": 2}, \"b\": 2, \"d\": 1}";
    let globs: Vec<_> =
        ["a.x", "b", "c", "d"].iter().filter_map(|g| crate::KeyGlob::parse(g)).collect();
    let outcome = merge(&MergeInput {
        path: "x/package.json",
        base: base.as_bytes(),
        yours: yours.as_bytes(),
        theirs: theirs.as_bytes(),
        labels: &Labels::kiln("k 1", "k 2"),
        foreign: &[],
        taken: &globs,
    });
    insta::assert_snapshot!(shown(outcome), @r#"{"a": {"x": 3, "y": 2}, "b": 2, "d": 5}"#);
}

#[test]
fn null_is_a_value_and_absence_is_none() {
    let run = |y: &str, t: &str| shown(merged(Format::Yaml, "a: 1\nb: 1\n", y, t));
    insta::assert_snapshot!(run("a:\nb: 1\n", "a: 1\nb: 2\n"), @"
    a:
    b: 2
    ");
    insta::assert_snapshot!(run("b: 1\n", "a: 1\nb: 2\n"), @"b: 2");
    insta::assert_snapshot!(run("a:\nb: 1\n", "b: 1\n"), @"a: 1 / null / absent");
    insta::assert_snapshot!(run("b: 1\n", "a: null\nb: 1\n"), @"a: 1 / absent / null");
}

#[test]
fn anchors_stay_and_several_documents_merge_by_lines() {
    let base = "x: &a\n  k: 1\ny:\n  <<: *a\n  z: 1\n";
    let yours = "x: &a\n  k: 1\ny:\n  <<: *a\n  z: 1\n  mine: 2\n";
    let theirs = "x: &a\n  k: 2\ny:\n  <<: *a\n  z: 2\n";
    insta::assert_snapshot!(shown(merged(Format::Yaml, base, yours, theirs)), @"
    x: &a
      k: 2
    y:
      <<: *a
      z: 2
      mine: 2
    ");
    let two = |a: u8, b: u8| format!("a: {a}\n---\nq: 1\nr: 1\nb: {b}\n");
    insta::assert_snapshot!(shown(merged(Format::Yaml, &two(1, 1), &two(2, 1), &two(1, 2))), @"
    a: 2
    ---
    q: 1
    r: 1
    b: 2
    ");
    let clash = shown(merged(Format::Yaml, &two(1, 1), &two(2, 1), &two(3, 2)));
    insta::assert_snapshot!(clash.lines().last().unwrap_or_default(), @r#": "a: 1\n---\nq: 1\nr: 1\nb: 1\n" / "a: 2\n---\nq: 1\nr: 1\nb: 1\n" / "a: 3\n---\nq: 1\nr: 1\nb: 2\n" more than one document stands here"#);
}

#[test]
fn crlf_and_a_missing_newline_stay() {
    let outcome = merged(
        Format::Yaml,
        "a: 1\nb: 1\n",
        "a: 1\r\n# mine\r\nb: 1\r\nc: 3",
        "a: 2\nb: 1\nd: 1\n",
    );
    insta::assert_debug_snapshot!(outcome, @r#"
    Clean {
        text: "a: 2\r\n# mine\r\nb: 1\r\nd: 1\r\nc: 3",
        close: [],
    }
    "#);
}
