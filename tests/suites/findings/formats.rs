//! Findings and refusals as other programs read them.

use std::fs;

use serde_json::Value;

use super::project;
use crate::support::{Terminal, copy};

fn parsed(terminal: &Terminal, words: &str) -> Value {
    let answer = terminal.kiln(words);
    assert_eq!(answer.err, "", "{words}");
    serde_json::from_str(&answer.out).unwrap_or_else(|error| panic!("{error}\n{}", answer.out))
}

#[test]
fn a_workflow_shows_findings_at_their_files() {
    let terminal = project();
    terminal.write("two words/caf\u{e9}.txt", "mine\n");
    fs::remove_file(terminal.root.join("site/style.css")).unwrap();
    let answer = terminal.kiln("check --output-format github");
    assert_eq!((answer.code, answer.err.as_str()), (1, ""));
    let lines: Vec<&str> = answer.out.lines().collect();
    assert_eq!(lines.len(), 1, "{}", answer.out);
    let start = "::error file=site/style.css,title=kiln missing (site)::`site/style.css` of `site` is missing%0Ahint: ";
    assert!(lines[0].starts_with(start), "{}", lines[0]);
    // Notes come along if they are asked for.
    let answer = terminal.kiln("check -v --output-format github");
    let note = "::notice file=two words/caf\u{e9}.txt,title=kiln customised (letters)::";
    assert!(answer.out.lines().any(|line| line.starts_with(note)), "{}", answer.out);
}

#[test]
fn a_refusal_is_shown_at_its_line() {
    let terminal = project();
    terminal.replace("kiln.kdl", "    site\n", "    siet\n");
    insta::assert_snapshot!(terminal.run("check --output-format github"), @"
    $ kiln check --output-format github
    out| ::error file=kiln.kdl,line=4,endLine=4,col=5,endColumn=9,title=kiln unknown-kit::no library has a kit named `siet`%0Ahint: did you mean `site`?
    exit 2
    ");
    let report = parsed(&terminal, "check --output-format gitlab");
    assert_eq!(report[0]["location"]["lines"]["begin"], 4);
    let run = &parsed(&terminal, "check --output-format sarif")["runs"][0];
    assert_eq!(run["invocations"][0]["exitCode"], 2);
    let place = &run["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["region"]["startLine"], 4);
}

#[test]
fn fingerprints_stay_and_places_are_the_repositorys() {
    let terminal = project();
    terminal.replace("site/style.css", "white", "ivory");
    let fingerprint = |report: &Value| report[0]["fingerprint"].as_str().unwrap().to_owned();
    let first = parsed(&terminal, "check --output-format gitlab");
    assert_eq!(first[0]["check_name"], "edited");
    terminal.replace("site/style.css", "ivory", "linen");
    assert_eq!(
        fingerprint(&parsed(&terminal, "check --output-format gitlab")),
        fingerprint(&first)
    );
    // The same project as a folder of a repository.
    let repository = terminal.outer().join("repository");
    fs::create_dir_all(repository.join(".git")).unwrap();
    copy(&terminal.root, &repository.join("apps/shop"), &|_| false);
    let answer =
        terminal.kiln_in(&repository.join("apps/shop/site"), "check --output-format sarif");
    let report: Value = serde_json::from_str(&answer.out).unwrap();
    let place = &report["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "apps/shop/site/style.css");
}

#[test]
fn sarif_has_a_rule_with_help_for_every_result() {
    let terminal = project();
    terminal.replace("site/style.css", "white", "ivory");
    let report = parsed(&terminal, "status --output-format sarif");
    assert_eq!(report["version"], "2.1.0");
    let run = &report["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in run["results"].as_array().unwrap() {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(rule["help"]["text"].as_str().unwrap().len() > 20, "{rule}");
        assert!(rule["shortDescription"]["text"].is_string(), "{rule}");
    }
    let edited = run["results"].as_array().unwrap().iter().find(|one| one["ruleId"] == "edited");
    let commands = edited.unwrap()["properties"]["commands"].as_array().unwrap();
    let argv = serde_json::json!(["kiln", "sync", "--take", "site/style.css"]);
    assert!(commands.iter().any(|command| command["argv"] == argv), "{commands:?}");
}

#[test]
fn what_has_no_findings_has_no_such_format() {
    let terminal = project();
    for words in ["diff", "lock", "search site"] {
        let answer = terminal.kiln(&format!("{words} --output-format gitlab"));
        assert_eq!(answer.code, 2, "{words}");
        assert!(answer.out.contains("this command has no answer as `gitlab`"), "{}", answer.out);
    }
}
