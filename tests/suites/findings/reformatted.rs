//! Files that a formatter rewrote.

use super::{finding, json, project};

#[test]
fn a_formatter_is_told_from_a_person() {
    let terminal = project();
    terminal.replace("site/style.css", "; color", ";\n  color");
    terminal.write("main.py", "def f(\n  a,\n  b,\n):\n\n  return {'a': a}\n");
    let edited = finding(&terminal, "check", "edited", "site/style.css").unwrap();
    assert_eq!(edited["formatting"], true);
    assert_eq!(
        edited["message"],
        "only the format of `site/style.css` was changed, and `site` manages it"
    );
    let customised = finding(&terminal, "status", "customised", "main.py").unwrap();
    assert_eq!(customised["formatting"], true);
    // One word more, and somebody edited it.
    terminal.replace("main.py", "def f", "def g");
    let customised = finding(&terminal, "status", "customised", "main.py").unwrap();
    assert_eq!(customised["formatting"], false);
    // It is an edit all the same: it fails as one.
    assert_eq!(terminal.kiln("check").code, 1);
}

#[test]
fn a_kit_that_a_formatter_rewrote_is_named_once() {
    let terminal = project();
    terminal.write("main.py", "def f(a, b):\n  return {\"a\": a}\n");
    assert_eq!(finding(&terminal, "status", "reformatted", ""), None);
    for (path, text) in
        [("two words/caf\u{e9}.txt", "one\ntwo  \nthree\n"), ("no-end.txt", "one  \ntwo\n")]
    {
        terminal.write(path, text);
    }
    let answer = json(&terminal, "status");
    let all = answer["findings"].as_array().unwrap();
    let kits: Vec<_> = all.iter().filter(|one| one["id"] == "reformatted").collect();
    assert_eq!(kits.len(), 1);
    assert_eq!(kits[0]["message"], "3 of 4 outputs of `letters` differ only in format");
    assert_eq!(kits[0]["fails"], false);
    assert!(kits[0]["hints"][0].as_str().unwrap().contains(".editorconfig"));
    assert_eq!(terminal.kiln("check").code, 0);
}
