//! Key merge against an oracle over plain values, in all formats and many styles.

use proptest::prelude::*;

use crate::document::Document;
use crate::markers::Labels;
use crate::merge::{MergeInput, Outcome, merge};
use crate::sample::{document, edited, write};
use crate::tree::Format;
use crate::value::Value;

/// What must come out of a list: exactly these elements in any order, or nothing known.
const SET: &str = "set";
const ANY: &str = "any";

/// The rules, written a second time over values alone. `Err` is a conflict.
fn oracle(b: Option<&Value>, y: Option<&Value>, t: Option<&Value>) -> Result<Option<Value>, ()> {
    if y == t || t == b {
        return Ok(y.cloned());
    }
    if y == b {
        return Ok(t.cloned());
    }
    match (b, y, t) {
        (b, Some(Value::Map(_)), Some(Value::Map(_))) => {
            keys(b, y, t).map(|map| Some(Value::Map(map)))
        }
        (Some(Value::Map(_)), Some(Value::Map(_)), None) => {
            let map = keys(b, y, t)?;
            Ok((!map.is_empty()).then_some(Value::Map(map)))
        }
        (b, Some(Value::List(y)), Some(Value::List(t))) => {
            if let Some(Value::List(b)) = b {
                return Ok(Some(set(b, y, t)));
            }
            // Both made a list: one has all of the other in its order, or it is a conflict.
            let within = |shorter: &[Value], longer: &[Value]| {
                let mut rest = longer.iter();
                shorter.iter().all(|item| rest.any(|other| other == item))
            };
            match (within(y, t), within(t, y)) {
                (true, _) => Ok(Some(Value::List(t.clone()))),
                (_, true) => Ok(Some(Value::List(y.clone()))),
                _ => Err(()),
            }
        }
        _ => Err(()),
    }
}

fn keys(
    b: Option<&Value>,
    y: Option<&Value>,
    t: Option<&Value>,
) -> Result<Vec<(String, Value)>, ()> {
    let names = [b, y, t].into_iter().flatten().flat_map(|value| match value {
        Value::Map(entries) => entries.iter().map(|(key, _)| key.clone()).collect(),
        _ => Vec::new(),
    });
    let names: std::collections::BTreeSet<String> = names.collect();
    let mut out = Vec::new();
    for name in names {
        let get = |value: Option<&Value>| value.and_then(|value| value.get(&name)).cloned();
        let (b, y, t) = (get(b), get(y), get(t));
        if let Some(value) = oracle(b.as_ref(), y.as_ref(), t.as_ref())? {
            out.push((name, value));
        }
    }
    Ok(out)
}

fn set(b: &[Value], y: &[Value], t: &[Value]) -> Value {
    let unique = |items: &[Value]| {
        items.iter().enumerate().all(|(at, item)| {
            !matches!(item, Value::Map(_) | Value::List(_)) && !items[..at].contains(item)
        })
    };
    if !unique(b) || !unique(y) || !unique(t) {
        return Value::Marked(ANY.to_owned(), Box::new(Value::Null));
    }
    let stays = |item: &&Value| match (b.contains(item), y.contains(item), t.contains(item)) {
        (true, yours, theirs) => yours && theirs,
        (false, yours, theirs) => yours || theirs,
    };
    let new = t.iter().filter(|item| !y.contains(item));
    let all = y.iter().chain(new).filter(stays).cloned().collect();
    Value::Marked(SET.to_owned(), Box::new(Value::List(all)))
}

fn agrees(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Marked(mark, _), _) if mark == ANY => true,
        (Value::Marked(mark, inner), Value::List(found)) if mark == SET => match inner.as_ref() {
            Value::List(expected) => {
                expected.len() == found.len() && expected.iter().all(|item| found.contains(item))
            }
            _ => false,
        },
        (Value::Map(expected), Value::Map(found)) => {
            expected.len() == found.len()
                && expected
                    .iter()
                    .all(|(key, value)| found.iter().any(|(k, v)| k == key && agrees(value, v)))
        }
        (expected, found) => expected == found,
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

fn read(format: Format, text: &str) -> Value {
    Document::parse(format, text).map(|d| d.root().value()).unwrap_or(Value::Null)
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
