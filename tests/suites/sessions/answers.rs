//! Answers for programs: JSON documents with a schema version, the same exit codes, nothing on stderr.

use serde_json::Value;

use super::{project, set_theme};
use crate::support::Terminal;

/// The JSON answer of a command and its exit code.
fn json(terminal: &Terminal, words: &str) -> (i32, Value) {
    let answer = terminal.kiln(&format!("--output-format json {words}"));
    let value: Value = serde_json::from_str(&answer.out)
        .unwrap_or_else(|error| panic!("{words}: {error}\n{}\n{}", answer.out, answer.err));
    assert_eq!(answer.err, "", "{words}");
    (answer.code, value)
}

#[test]
fn every_report_has_a_schema_and_its_exit_code() {
    let terminal = project();
    set_theme(&terminal);
    for (words, code) in [
        ("check", 1),
        ("status", 0),
        ("diff", 0),
        ("diff --exit-code", 1),
        ("sync", 0),
        ("lock", 0),
        ("check", 0),
    ] {
        let (exit, value) = json(&terminal, words);
        assert_eq!(exit, code, "{words}");
        assert_eq!(value["schema"], 1, "{words}");
        if let Some(said) = value.get("exit") {
            assert_eq!(said, code, "{words}");
        }
    }
}

#[test]
fn a_sync_names_its_outputs() {
    let terminal = project();
    set_theme(&terminal);
    let (_, value) = json(&terminal, "sync");
    let changed: Vec<&Value> = value["outputs"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|output| output["change"] != "unchanged" && output["change"] != "yours")
        .collect();
    insta::assert_snapshot!(serde_json::to_string_pretty(&changed).unwrap(), @r#"
    [
      {
        "path": "site/style.css",
        "change": "updated",
        "kit": "site",
        "ownership": "managed"
      }
    ]
    "#);
    insta::assert_snapshot!(value["counts"], @r#"{"unchanged":7,"updated":1,"yours":1}"#);
    insta::assert_snapshot!(value["next"], @r#"["open site/index.html"]"#);
}

#[test]
fn findings_have_ids() {
    let terminal = project();
    terminal.replace("site/style.css", "white", "ivory");
    let (code, value) = json(&terminal, "check");
    assert_eq!(code, 1);
    insta::assert_snapshot!(serde_json::to_string_pretty(&value["findings"]).unwrap(), @r#"
    [
      {
        "id": "edited",
        "path": "site/style.css",
        "line": null,
        "kit": "site",
        "message": "`site/style.css` was edited, and `site` manages it",
        "hints": [
          "take kiln's version, yours is kept: kiln sync --take site/style.css",
          "keep your edits and merge from now on: kiln own site/style.css"
        ],
        "commands": [
          {
            "does": "take kiln's version, yours is kept",
            "argv": [
              "kiln",
              "sync",
              "--take",
              "site/style.css"
            ]
          },
          {
            "does": "keep your edits and merge from now on",
            "argv": [
              "kiln",
              "own",
              "site/style.css"
            ]
          }
        ],
        "fails": true,
        "stops": false,
        "formatting": false
      },
      {
        "id": "yours",
        "path": "robots.txt",
        "line": null,
        "kit": "site",
        "message": "`robots.txt` is yours",
        "hints": [],
        "commands": [],
        "fails": false,
        "stops": false,
        "formatting": false
      }
    ]
    "#);
}

#[test]
fn refusals_are_answers_too() {
    let terminal = project();
    terminal.replace("kiln.kdl", "    site\n", "    siet\n");
    let (code, value) = json(&terminal, "sync");
    assert_eq!(code, 2);
    insta::assert_snapshot!(serde_json::to_string_pretty(&value).unwrap(), @r#"
    {
      "schema": 1,
      "exit": 2,
      "diagnostics": [
        {
          "id": "unknown-kit",
          "severity": "error",
          "message": "no library has a kit named `siet`",
          "places": [
            {
              "file": "kiln.kdl",
              "line": 3,
              "column": 5,
              "text": ""
            }
          ],
          "hints": [
            "did you mean `site`?"
          ]
        }
      ]
    }
    "#);
}

#[test]
fn kits_are_answers_too() {
    let terminal = Terminal::new();
    let (code, kits) = json(&terminal, "search posts");
    assert_eq!(code, 0);
    insta::assert_snapshot!(serde_json::to_string_pretty(&kits).unwrap(), @r#"
    {
      "schema": 1,
      "kits": [
        {
          "id": "blog",
          "version": "0.3.0",
          "layer": "feature",
          "category": "web",
          "title": "Blog",
          "summary": "Posts, newest first"
        }
      ]
    }
    "#);
    let (code, none) = json(&terminal, "search nothing-like-this");
    assert_eq!(code, 1);
    insta::assert_snapshot!(none, @r#"{"schema":1,"kits":[]}"#);
    let (code, kit) = json(&terminal, "show site");
    assert_eq!(code, 0);
    assert_eq!(kit["kit"]["id"], "site");
    assert_eq!(kit["schema"], 1);
}
