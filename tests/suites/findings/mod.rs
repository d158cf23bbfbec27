//! What check finds, and how other programs read it: formats, patches, files that a formatter rewrote or git ignores.

mod dependency_locks;
mod faults;
mod formats;
mod ids;
mod ignored;
mod patches;
mod reformatted;

use serde_json::Value;

use crate::support::Terminal;

const SPEC: &str = r#"project demo-site { title "Demo" }
library own path="kits"
kits {
    site
    blog
    scripts
    letters
}
"#;

/// A kit with names and files that are not plain.
const LETTERS: &str = r#"kit letters version="1.0.0" {
    title "Letters"
    summary "Files with odd names and ends"
    layer feature
    category tests

    files root
    files shared ownership=managed
}
"#;

/// A project that was just synced.
fn project() -> Terminal {
    let terminal = Terminal::new();
    terminal.write("kiln.kdl", SPEC);
    terminal.write("kits/letters/kit.kdl", LETTERS);
    terminal.write("kits/letters/files/root/two words/caf\u{e9}.txt", "one\ntwo\nthree\n");
    terminal.write("kits/letters/files/root/no-end.txt", "one\ntwo");
    terminal.write("kits/letters/files/root/pixel.bin", b"\0\x01\x02");
    terminal.write("kits/letters/files/root/main.py", "def f(a, b):\n    return {\"a\": a}\n");
    terminal.write("kits/letters/files/shared/run.sh", "#!/bin/sh\necho one\n");
    let answer = terminal.kiln("sync");
    assert_eq!(answer.code, 0, "{}", answer.err);
    terminal
}

/// The JSON answer of a command.
fn json(terminal: &Terminal, words: &str) -> Value {
    let answer = terminal.kiln(&format!("--output-format json {words}"));
    serde_json::from_str(&answer.out).unwrap_or_else(|error| panic!("{error}\n{}", answer.err))
}

/// The finding with this id at this path.
fn finding(terminal: &Terminal, words: &str, id: &str, path: &str) -> Option<Value> {
    let answer = json(terminal, words);
    let mut all = answer["findings"].as_array().unwrap().iter();
    all.find(|one| one["id"] == id && one["path"].as_str().unwrap_or_default() == path).cloned()
}
