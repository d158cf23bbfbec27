//! Composition by example and against an oracle.

use super::*;

fn composed(format: Format, base: &str, additions: &[&str]) -> String {
    let additions: Vec<Part<'_>> =
        additions.iter().map(|text| Part { label: "extra", text }).collect();
    match compose(format, Part { label: "base", text: base }, &additions) {
        Ok(composed) => composed.text,
        Err(errors) => errors.iter().map(|error| format!("error: {error}\n")).collect(),
    }
}

#[test]
fn json_settings() {
    let base = r#"// for everyone
{
  // Python
  "[python]": { "editor.defaultFormatter": "x", }, // same line
  "list": [1, 2],
  "long": ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"],
  "empty": {}, "none": []
}
"#;
    let extra = r#"{
  // about types
  "[python]": { "types": true /* strict */ },
  "list": [2, 3],
  // new
  "long": ["cccccccccccccccccc"],
  "empty": { "a": null },
  "none": [[1, 2], [3, 4]],
  // last
  "z": 1
}"#;
    insta::assert_snapshot!(composed(Format::Json, base, &[extra]), @r#"
    // for everyone
    {
      // Python
      "[python]": {
        "editor.defaultFormatter": "x",
        // about types
        "types": true
      }, // same line
      "list": [1, 2, 3],
      "long": [
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
        // new
        "cccccccccccccccccc"
      ],
      "empty": {
        "a": null
      },
      "none": [
        [1, 2],
        [3, 4]
      ],
      // last
      "z": 1
    }
    "#);
}

#[test]
fn toml_project() {
    let base = r#"# the project
[project]
name = "x" # its name
dependencies = ["a>=1", "b"]
scripts.run = "x:main"

[tool.ruff]
line-length = 100

[tool.ruff.lint]
select = [
    "E", # errors
    "F",
]

[[tool.mypy.overrides]]
module = "one.*"
# the end
"#;
    let extra = r#"[project]
dependencies = ["b", "c[extra]>=2"]

[project.scripts]
# lets staff check
who = "x.y:main"

[tool.ruff.lint]
select = [
    "F",
    # asynchronous code
    "ASYNC",
    "PT", # tests
]

# the client ships no types
[[tool.mypy.overrides]]
module = "two.*"

[tool.pytest]
markers = ["redis"]
"#;
    insta::assert_snapshot!(composed(Format::Toml, base, &[extra]), @r#"
    # the project
    [project]
    name = "x" # its name
    dependencies = ["a>=1", "b", "c[extra]>=2"]
    scripts.run = "x:main"
    # lets staff check
    scripts.who = "x.y:main"

    [tool.ruff]
    line-length = 100

    [tool.ruff.lint]
    select = [
        "E", # errors
        "F",
        # asynchronous code
        "ASYNC",
        "PT", # tests
    ]

    [[tool.mypy.overrides]]
    module = "one.*"
    # the end

    # the client ships no types
    [[tool.mypy.overrides]]
    module = "two.*"

    [tool.pytest]
    markers = ["redis"]
    "#);
}

#[test]
fn yaml_compose() {
    let base = r#"# services
services:
  db:
    image: postgres:18 # pinned
    ports: ["5432:5432"]
    volumes: []

  # the cache
  cache:
    image: redis

volumes: {}
updates:
  - package-ecosystem: uv
    schedule:
      interval: weekly
# the end
"#;
    let extra = r#"# mail
services:
  # about the database
  db:
    ports: ["5433:5432"]
    volumes:
      - data:/var
    environment:
      # secret
      KEY: |
        a

        b
  mail:
      image: mailpit
volumes:
  data:
updates:
- package-ecosystem: npm
  schedule:
    interval: weekly
"#;
    insta::assert_snapshot!(composed(Format::Yaml, base, &[extra]), @r#"
    # services
    services:
      db:
        image: postgres:18 # pinned
        ports: ["5432:5432", "5433:5432"]
        volumes:
          - data:/var
        # about the database
        environment:
          # secret
          KEY: |
            a

            b

      # the cache
      cache:
        image: redis
      # mail
      mail:
          image: mailpit

    volumes:
      data:
    updates:
      - package-ecosystem: uv
        schedule:
          interval: weekly
      - package-ecosystem: npm
        schedule:
          interval: weekly
    # the end
    "#);
}

#[test]
fn disagreements_show_both_sides() {
    let base = Part { label: "backend", text: "a: 1\nb:\n  c: x\nd: [1]\n" };
    let first = Part { label: "one", text: "b: {e: 1}\nd: {}\n" };
    let second = Part { label: "two", text: "b:\n  e: 2\na: 1\n" };
    let errors = compose(Format::Yaml, base, &[first, second]).unwrap_err();
    let shown: Vec<String> = errors
        .iter()
        .map(|error| match error {
            MergeConflict::Disagree { first, second, .. } => {
                format!("{error} {}:{:?} {}:{:?}", first.part, first.span, second.part, second.span)
            }
            other => other.to_string(),
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    `d` is [1] in `backend` and {} in `one` 0:18..21 1:13..15
    `b.e` is 1 in `one` and 2 in `two` 1:7..8 2:8..9
    ");
}

#[test]
fn unreadable_parts_are_all_named() {
    let shown =
        composed(Format::Yaml, "a: 1\n---\nb: 2\n", &["a: [\n", "? [x]\n: y\n", "\n# bare\n"]);
    insta::assert_snapshot!(shown, @"
    error: `base` is not YAML that can be merged: more than one document stands here
    error: `extra` is not YAML that can be merged: unclosed bracket '['
    error: `extra` is not YAML that can be merged: this kind of key is not supported here
    ");
    insta::assert_snapshot!(composed(Format::Json, "{\"a\": 1, \"a\": 2}", &["{,}"]), @"
    error: `base` is not JSON that can be merged: `a` stands here twice
    error: `extra` is not JSON that can be merged: unexpected token in object
    ");
    insta::assert_snapshot!(composed(Format::Toml, "a = 1\na = 2", &["[a"]), @"
    error: `base` is not TOML that can be merged: duplicate key
    error: `extra` is not TOML that can be merged: unclosed table, expected `]`
    ");
}

#[test]
fn parts_are_sorted_and_hash_the_same_in_any_order() {
    let part = |text| {
        let base = Part { label: "base", text: "{}" };
        compose(Format::Json, base, &[Part { label: "extra", text }]).unwrap().parts
    };
    let one = part(r#"{"b": {"x": 1, "a": []}, "a": null}"#);
    let two = part(r#"{"a": null, "b": {"a": [ ], /* c */ "x": 1}}"#);
    assert_eq!(one, two);
    assert_eq!(one[1].canonical(), two[1].canonical());
    assert_ne!(one[0].canonical(), one[1].canonical());
    let shown: Vec<String> =
        one[1].keys.iter().map(|(path, value)| format!("{path} = {value}")).collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    a = null
    b.a = []
    b.x = 1
    ");
}

/// Maps merge, lists take what they lack, the rest must agree: written a second time, over values alone.
fn oracle(ours: &Value, theirs: &Value) -> Option<Value> {
    match (ours, theirs) {
        (Value::Map(a), Value::Map(b)) => {
            let mut out = a.clone();
            for (key, value) in b {
                match out.iter_mut().find(|(k, _)| k == key) {
                    Some((_, old)) => *old = oracle(old, value)?,
                    None => out.push((key.clone(), value.clone())),
                }
            }
            Some(Value::Map(out))
        }
        (Value::List(a), Value::List(b)) => {
            let mut out = a.clone();
            for value in b {
                if !out.contains(value) {
                    out.push(value.clone());
                }
            }
            Some(Value::List(out))
        }
        _ => (ours == theirs).then(|| ours.clone()),
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2000))]

    #[test]
    fn composition_means_what_the_oracle_says(
        base in crate::sample::document(),
        other in crate::sample::document(),
        related in 0..8_u8,
        style in proptest::collection::vec(proptest::prelude::any::<u8>(), 2..40),
        format in proptest::sample::select(vec![Format::Json, Format::Toml, Format::Yaml]),
    ) {
        use crate::sample::{relative, write};
        let one = relative(&base, &style);
        let two = if related > 0 { relative(&base, &style[1..]) } else { other };
        let base_text = write(format, &base, &style, "base");
        let one_text = write(format, &one, &style[style.len() / 2..], "one");
        let two_text = write(format, &two, &style[style.len() / 3..], "two");
        let parts = [Part { label: "one", text: &one_text }, Part { label: "two", text: &two_text }];
        let expected = oracle(&base, &one).and_then(|united| oracle(&united, &two));
        match (compose(format, Part { label: "base", text: &base_text }, &parts), expected) {
            (Ok(composed), Some(expected)) => {
                let read = Document::parse(format, &composed.text).unwrap().root().value();
                proptest::prop_assert_eq!(&read, &expected, "{}", composed.text);
                // Comments of the base stay (but where tables with headers become a list in line, since something
                // that is no table joined them), and what was put together takes nothing more in.
                let mut headers = base_text.lines().filter(|line| line.starts_with("[["));
                let in_line = headers.any(|header| !composed.text.contains(header));
                for comment in base_text.split(['#', '/']).filter_map(|rest| rest.trim_start().strip_prefix("base ")) {
                    let number: String = comment.chars().take_while(char::is_ascii_digit).collect();
                    let comment = format!("base {number}");
                    proptest::prop_assert!(in_line || composed.text.contains(&comment), "{} lost in\n{}\nof\n{}", comment, composed.text, base_text);
                }
                let again = compose(format, Part { label: "base", text: &composed.text }, &parts);
                proptest::prop_assert_eq!(again.unwrap().text, composed.text);
            }
            (Err(errors), None) => {
                let all = errors.iter().all(|error| matches!(error, MergeConflict::Disagree { .. }));
                proptest::prop_assert!(all, "{:?}", errors);
            }
            (result, expected) => {
                proptest::prop_assert!(false, "{result:?}\n{expected:?}\n{base_text}\n---\n{one_text}\n---\n{two_text}");
            }
        }
    }
}
