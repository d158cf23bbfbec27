//! What a hint says can be copied: every command that is printed in a scene works where it was printed.

use serde_json::Value;

use super::{Stand, project, set_level};
use crate::support::{Answer, Terminal};

/// Something that needs a person's word.
type Scene = (&'static str, fn(&Terminal));

const SCENES: [Scene; 12] = [
    ("edited", |terminal| {
        terminal.replace("house/rules.txt", "end", "mine");
    }),
    ("edited and changed", |terminal| {
        terminal.replace("house/rules.txt", "end", "mine");
        set_level(terminal, "two");
    }),
    ("conflict in lines", |terminal| {
        terminal.replace("desk/deep/[id]/my page.txt", "level one", "level mine");
        set_level(terminal, "two");
    }),
    ("key of a document", |terminal| {
        terminal.replace("desk/package.json", "make one", "make mine");
        set_level(terminal, "two");
    }),
    ("element of a list", |terminal| {
        terminal.replace("desk/conf.yaml", "web:one", "web:mine");
        set_level(terminal, "two");
    }),
    ("element of a list that is gone", |terminal| {
        terminal.replace("desk/conf.yaml", "  - name: web\n    image: web:one\n", "");
        set_level(terminal, "two");
    }),
    ("orphan", |terminal| {
        terminal.write("shelf.txt", "mine\n");
        terminal.replace("kiln.kdl", "    shelf\n", "");
    }),
    ("in the way", |terminal| {
        terminal.write("lamp.txt", "mine\n");
        terminal.replace("kiln.kdl", "    desk\n", "    desk { lamp #true }\n");
    }),
    ("no base", |terminal| {
        let sum = terminal.read("kiln.sum");
        let line = sum.lines().find(|line| line.contains("desk/page.txt")).unwrap();
        let (rest, _) = line.rsplit_once(' ').unwrap();
        terminal.replace("kiln.sum", line, &format!("{rest} {}", "0".repeat(64)));
        terminal.replace("desk/page.txt", "alpha", "mine");
        set_level(terminal, "two");
    }),
    ("missing", |terminal| {
        std::fs::remove_file(terminal.root.join("desk/deep/[id]/my page.txt")).unwrap();
    }),
    ("markers left", |terminal| {
        terminal.replace("desk/page.txt", "level one", "level mine");
        set_level(terminal, "two");
        assert_eq!(terminal.kiln("sync").code, 1);
        terminal.replace("kiln.kdl", "level two", "level three");
    }),
    ("obstructed", |terminal| {
        std::fs::remove_dir_all(terminal.root.join("desk")).unwrap();
        terminal.write("desk", "mine\n");
        set_level(terminal, "two");
    }),
];

fn scene(make: fn(&Terminal)) -> Terminal {
    let terminal = project();
    make(&terminal);
    terminal
}

/// The commands of `kiln` that an answer in JSON names, each once.
fn commands(answer: &Answer) -> Vec<Vec<String>> {
    let value: Value = serde_json::from_str(&answer.out).unwrap_or_else(|_| panic!("{answer:?}"));
    let findings = value["findings"].as_array().cloned().unwrap_or_default();
    let mut found: Vec<Vec<String>> = Vec::new();
    for command in findings.iter().flat_map(|finding| finding["commands"].as_array().unwrap()) {
        let words = command["argv"].as_array().unwrap().iter();
        let words: Vec<String> = words.map(|word| word.as_str().unwrap().to_owned()).collect();
        if words[0] == "kiln" && !found.contains(&words) {
            found.push(words);
        }
    }
    found
}

#[test]
fn every_command_of_a_hint_works_where_it_was_printed() {
    let mut told = Vec::new();
    for (at, (name, make)) in SCENES.into_iter().enumerate() {
        // With `-C` a part of them has to do: it is the same for all.
        let places = if at % 4 == 1 { 4 } else { 2 };
        for place in 0..places {
            let terminal = scene(make);
            let stand = &Stand::all(&terminal)[place];
            if !stand.folder.is_dir() || !terminal.root.join("desk").is_dir() && place == 3 {
                continue;
            }
            let answer = stand.run(&terminal, &["status", "--output-format", "json"]);
            let all = commands(&answer);
            assert!(!all.is_empty(), "{name}: {}", answer.out);
            for words in all {
                let shown = words.join(" ");
                if place == 1 {
                    told.push(format!("{name}: {shown}"));
                }
                let terminal = scene(make);
                let stand = &Stand::all(&terminal)[place];
                let words: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
                let done = terminal.kiln_with(&stand.folder, &words);
                let asks = ["resolve", "diff", "--merge"];
                let waits =
                    words.iter().any(|word| asks.contains(word)) || words.ends_with(&["sync"]);
                assert!(
                    done.code == 0 || waits && done.code == 1,
                    "{name}, {place}: {shown}\n{}{}",
                    done.out,
                    done.err
                );
                let before = stand.before.as_slice();
                assert!(words.starts_with(before), "{name}: {shown} forgets {before:?}");
                if waits {
                    continue;
                }
                // The word has settled it: what is left is no question.
                let after = terminal.kiln("sync");
                assert_eq!(after.code, 0, "{name}: {shown}\n{}{}", after.out, after.err);
            }
        }
    }
    insta::assert_snapshot!(told.join("\n"), @"
    edited: kiln sync --take :/house/rules.txt
    edited: kiln own :/house/rules.txt
    edited and changed: kiln sync
    edited and changed: kiln diff
    edited and changed: kiln own :/house/rules.txt
    edited and changed: kiln sync --take :/house/rules.txt
    conflict in lines: kiln sync
    conflict in lines: kiln diff
    conflict in lines: kiln resolve --check
    conflict in lines: kiln sync --take :/desk/deep/[id]/my page.txt
    key of a document: kiln sync
    key of a document: kiln diff
    key of a document: kiln sync --take :/desk/package.json#scripts.build
    key of a document: kiln sync --keep :/desk/package.json#scripts.build
    key of a document: kiln foreign :/desk/package.json#scripts.build
    element of a list: kiln sync
    element of a list: kiln diff
    element of a list: kiln sync --take :/desk/conf.yaml#services.0.image
    element of a list: kiln sync --keep :/desk/conf.yaml#services.0.image
    element of a list: kiln foreign :/desk/conf.yaml#services
    element of a list that is gone: kiln sync
    element of a list that is gone: kiln diff
    element of a list that is gone: kiln sync --take :/desk/conf.yaml#services.0
    element of a list that is gone: kiln sync --keep :/desk/conf.yaml#services.0
    element of a list that is gone: kiln foreign :/desk/conf.yaml#services
    orphan: kiln sync
    orphan: kiln sync --take :/shelf.txt
    orphan: kiln sync --keep :/shelf.txt
    in the way: kiln sync
    in the way: kiln sync --take :/lamp.txt
    in the way: kiln sync --keep :/lamp.txt
    in the way: kiln sync --merge :/lamp.txt
    in the way: kiln exclude :/lamp.txt
    no base: kiln sync
    no base: kiln diff
    no base: kiln sync --take :/desk/page.txt
    no base: kiln sync --keep :/desk/page.txt
    no base: kiln sync --merge :/desk/page.txt
    missing: kiln sync
    missing: kiln rm :/desk/deep/[id]/my page.txt
    markers left: kiln sync
    markers left: kiln diff
    markers left: kiln sync --take :/desk/page.txt
    ");
}

#[test]
fn explanations_take_what_is_in_question() {
    for (name, make) in &SCENES[..6] {
        let terminal = scene(*make);
        let answer = terminal.kiln("status --output-format json");
        for words in commands(&answer) {
            let Some(target) = words.iter().skip(2).rfind(|word| word.contains("desk/")) else {
                continue;
            };
            let explained = terminal.kiln_with(&terminal.root, &["explain", target]);
            assert_eq!(explained.code, 0, "{name}: {target}: {}", explained.err);
            let file = target.split('#').next().unwrap();
            let shown = terminal.kiln_with(&terminal.root, &["cat", file]);
            assert_eq!(shown.code, 0, "{name}: {file}: {}", shown.err);
        }
    }
}
