//! What a person asks and sees.

use serde_json::Value;

use super::project;

#[test]
fn an_output() {
    let terminal = project();
    insta::assert_snapshot!(terminal.run("explain site/index.html"), @"");
    insta::assert_snapshot!(terminal.run("explain model/shop/item.txt"), @"");
    insta::assert_snapshot!(terminal.run("explain site/i18n.txt"), @"");
    insta::assert_snapshot!(terminal.run("explain robots.txt"), @"");
    insta::assert_snapshot!(terminal.run("explain manifest.json"), @"");
}

#[test]
fn a_line() {
    let terminal = project();
    insta::assert_snapshot!(terminal.read("site/index.html"), @"");
    insta::assert_snapshot!(terminal.run("explain site/index.html:1"), @"");
    insta::assert_snapshot!(terminal.run("explain site/index.html:4"), @"");
    insta::assert_snapshot!(terminal.run("explain site/index.html:5"), @"");
    insta::assert_snapshot!(terminal.run("explain site/index.html:7"), @"");
    insta::assert_snapshot!(terminal.run("explain manifest.json:5"), @"");
    insta::assert_snapshot!(terminal.run("explain manifest.json:2"), @"");
}

#[test]
fn a_line_of_a_file_that_a_person_edited() {
    let terminal = project();
    terminal.replace("site/blog.html", "<article>hello", "<!-- mine -->\n<article>moin");
    terminal.write("site/style.css", format!("/* mine */\n{}", terminal.read("site/style.css")));
    insta::assert_snapshot!(terminal.run("explain site/blog.html:1"), @"");
    insta::assert_snapshot!(terminal.run("explain site/style.css:1"), @"");
    insta::assert_snapshot!(terminal.run("explain site/style.css:3"), @"");
}

#[test]
fn a_key() {
    let terminal = project();
    terminal.replace(
        "manifest.json",
        "\"test\": \"make test\"",
        "\"test\": \"make check\",\n    \"lint\": \"ours\",\n    \"mine\": 1",
    );
    insta::assert_snapshot!(terminal.run("explain manifest.json#scripts"), @"");
    insta::assert_snapshot!(terminal.run("explain manifest.json#script.test"), @"");
    insta::assert_snapshot!(terminal.run("explain site/index.html#a"), @"");
}

#[test]
fn an_option() {
    let terminal = project();
    insta::assert_snapshot!(terminal.run("explain --option site.theme"), @"");
    insta::assert_snapshot!(terminal.run("explain --option site.footer"), @"");
    insta::assert_snapshot!(terminal.run("explain --option site.fotter"), @"");
    insta::assert_snapshot!(terminal.run("explain --option site.nothing-like-it"), @"");
}

#[test]
fn an_id_and_what_no_kit_writes() {
    let terminal = project();
    terminal.write("notes.txt", "mine\n");
    insta::assert_snapshot!(terminal.run("explain in-the-way"), @"");
    insta::assert_snapshot!(terminal.run("explain kiln.lock"), @"");
    insta::assert_snapshot!(terminal.run("explain notes.txt"), @"");
    insta::assert_snapshot!(terminal.run("explain ./busy"), @"");
    insta::assert_snapshot!(terminal.run("explain site/indx.html"), @"");
    insta::assert_snapshot!(terminal.run("explain style.css"), @"");
    insta::assert_snapshot!(terminal.run("explain site/index.html:99"), @"");
}

/// How an output stands, as `explain` says it.
fn stands(terminal: &crate::support::Terminal, path: &str) -> String {
    let answer = terminal.kiln(&format!("explain {path} --output-format json"));
    assert_eq!(answer.code, 0, "{}", answer.err);
    let answer: Value = serde_json::from_str(&answer.out).unwrap();
    assert_eq!((&answer["schema"], &answer["exit"]), (&Value::from(1), &Value::from(0)));
    answer["stands"].as_str().unwrap().to_owned()
}

#[test]
fn how_an_output_stands() {
    let terminal = project();
    assert_eq!(stands(&terminal, "site/blog.html"), "pristine");
    assert_eq!(stands(&terminal, "robots.txt"), "excluded");
    terminal.write("site/blog.html", "mine\n");
    assert_eq!(stands(&terminal, "site/blog.html"), "edited");
    terminal.write("site/i18n.txt", "mine\n");
    assert_eq!(stands(&terminal, "site/i18n.txt"), "customised");
    terminal.write("site/i18n.txt", "<<<<<<< kiln: yours\na\n=======\nb\n>>>>>>> kiln: site\n");
    assert_eq!(stands(&terminal, "site/i18n.txt"), "conflict");
    std::fs::remove_file(terminal.root.join("site/i18n.txt")).unwrap();
    assert_eq!(stands(&terminal, "site/i18n.txt"), "missing");
    std::fs::create_dir(terminal.root.join("site/i18n.txt")).unwrap();
    assert_eq!(stands(&terminal, "site/i18n.txt"), "obstructed");
    terminal.replace("kiln.kdl", "footer \"Mind", "theme dark; footer \"Mend");
    assert_eq!(stands(&terminal, "site/style.css"), "outdated");
    // Of an output with several parts what it was is put together from the lock.
    assert_eq!(stands(&terminal, "site/index.html"), "outdated");
}

#[test]
fn the_three_sides() {
    let terminal = project();
    let before = terminal.read("site/index.html");
    terminal.write("site/index.html", "mine\r\n");
    terminal.replace("kiln.kdl", "Mind the gap", "Watch your step");
    assert_eq!(terminal.kiln("cat site/index.html --side base").out, before);
    assert_eq!(terminal.kiln("cat site/index.html --side yours").out, "mine\r\n");
    assert_eq!(
        terminal.kiln("cat site/index.html").out,
        before.replace("Mind the gap", "Watch your step")
    );
    insta::assert_snapshot!(terminal.run("cat site/blog.html --output-format json"), @"");
    insta::assert_snapshot!(terminal.run("cat site/blgo.html"), @"");
    insta::assert_snapshot!(terminal.run("cat nothing --side yours"), @"");
    insta::assert_snapshot!(terminal.run("cat kiln.lock --side base"), @"");
    // Without the lock that it came from nobody knows the base.
    terminal.replace("kiln.lock", "Mind the gap", "Never said");
    insta::assert_snapshot!(terminal.run("cat site/index.html --side base"), @"");
}

#[test]
fn explaining_writes_nothing() {
    let terminal = project();
    let before = terminal.listing();
    for words in [
        "explain site/index.html",
        "explain site/index.html:4",
        "explain manifest.json#scripts",
        "explain --option site.theme",
        "explain missing",
        "cat site/index.html --side base",
    ] {
        assert_eq!(terminal.kiln(words).code, 0, "{words}");
    }
    assert_eq!(crate::support::difference(&before, &terminal.listing()), "");
}
