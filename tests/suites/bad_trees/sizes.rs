//! Sizes: files, depths and numbers that would exhaust memory, stack or patience.

use std::fs::File;

use super::{fresh, refused, synced};
use crate::support::Terminal;

/// More than kiln reads of one file.
const TOO_LARGE: u64 = (64 << 20) + 1;

#[test]
fn a_huge_spec() {
    let terminal = Terminal::new();
    File::create(terminal.root.join("kiln.kdl")).unwrap().set_len(TOO_LARGE).unwrap();
    insta::assert_snapshot!(refused_unread(&terminal), @"
    $ kiln sync
    err| error[too-large]: `kiln.kdl` has more than 67108864 bytes
    err|  |
    err|  = hint: nothing that kiln reads is so large: see that it is the right file
    exit 2
    ");
}

#[test]
fn a_huge_lock() {
    let terminal = fresh();
    File::create(terminal.root.join("kiln.lock")).unwrap().set_len(TOO_LARGE).unwrap();
    insta::assert_snapshot!(refused_unread(&terminal), @"
    $ kiln sync
    err| error[too-large]: `kiln.lock` has more than 67108864 bytes
    err|  |
    err|  = hint: nothing that kiln reads is so large: see that it is the right file
    exit 2
    ");
}

/// A file of 64 MiB is not compared byte by byte: it has no bytes but zeros, and nothing opened it for writing.
fn refused_unread(terminal: &Terminal) -> String {
    let answer = terminal.kiln("sync");
    assert_eq!(answer.code, 2, "{}", answer.err);
    assert!(!terminal.root.join("kiln.sum").exists());
    answer.shown("sync")
}

#[test]
fn a_spec_of_braces() {
    let terminal = Terminal::new();
    terminal.write(
        "kiln.kdl",
        format!("project demo-site\n{}{}", "a {".repeat(50_000), "}".repeat(50_000)),
    );
    insta::assert_snapshot!(shortened(&refused(&terminal, "sync")), @"
    $ kiln sync
    err| error[too-deep]: blocks are nested more than 64 deep
    err|  --> kiln.kdl:2:195
    err|   |
    err| 2 | ... {a {a {a {a {a {a {a {a {a {a {a {a {a {a {a {a {a {a {a {a {a {a {a {a {a {a {a {a ...
    err|   |                                                                    ^
    err|   |
    err|   = hint: write it flatter
    exit 2
    ");
}

#[test]
fn a_spec_of_comments_in_comments() {
    let terminal = Terminal::new();
    terminal.write("kiln.kdl", format!("project demo-site\n{}", "/*".repeat(50_000)));
    insta::assert_snapshot!(shortened(&refused(&terminal, "sync")), @"
    $ kiln sync
    err| error[unclosed-comment]: the comment has no end
    err|  --> kiln.kdl:2:1
    err|   |
    err| 2 | /*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*/*...
    err|   | ^^
    err|   |
    err|   = hint: close it with `*/`
    exit 2
    ");
}

#[test]
fn a_thousand_mistakes() {
    let terminal = Terminal::new();
    let lines: String = (0..1000).map(|at| format!("modul m{at}\n")).collect();
    terminal.write("kiln.kdl", format!("project demo-site\n{lines}"));
    let answer = refused(&terminal, "sync");
    // What a person can read is shown, and that there is more.
    assert!(answer.matches("error[unknown-node]").count() >= 20, "{answer}");
    assert!(answer.lines().count() < 8_000, "{} lines", answer.lines().count());
}

#[test]
fn a_lock_of_brackets() {
    let terminal = synced();
    terminal.write("kiln.lock", format!("version = {}{}", "[".repeat(50_000), "]".repeat(50_000)));
    insta::assert_snapshot!(shortened(&refused(&terminal, "sync")), @"
    $ kiln sync
    err| error[lock-syntax]: `kiln.lock` is not valid TOML: cannot recurse further; max recursion dep...
    err|  --> kiln.lock:1:91
    err|   |
    err| 1 | version = [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[...
    err|   |                                                                                           ^
    err|   |
    err|   = hint: restore it from git, or delete it and run `kiln lock`
    exit 2
    ");
}

#[test]
fn a_document_of_brackets() {
    let terminal = Terminal::new();
    terminal.write(
        "kiln.kdl",
        "project demo-site\nlibrary own path=\"kits\"\nkits { leak; manifest }\n",
    );
    terminal.write("kits/leak/kit.kdl", super::encodings::KIT.replace("files root", "merge root"));
    let deep = format!("{{\"a\": {}{}}}", "[".repeat(50_000), "]".repeat(50_000));
    terminal.write("kits/leak/merge/root/manifest.json", deep);
    insta::assert_snapshot!(shortened(&refused(&terminal, "sync")), @"
    $ kiln sync
    err| error[document-conflict]: `manifest.json`: `leak` is not JSON that can be merged: maximum ne...
    err|  --> manifest.json by leak:1:517
    err|   |
    err| 1 | ...[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[...
    err|   |                                                                    ^^
    err|   |
    err|   = hint: correct the file of `leak`
    exit 2
    ");
}

#[test]
fn a_huge_number_in_the_lock() {
    let terminal = synced();
    terminal.replace("kiln.lock", "render = 1\n", "render = 99999999999999999999\n");
    insta::assert_snapshot!(refused(&terminal, "sync"), @"
    $ kiln sync
    err| error[lock-syntax]: `kiln.lock` is not valid TOML: invalid type: integer `99999999999999999999` as i128, expected any valid TOML value
    err|  --> kiln.lock:4:10
    err|   |
    err| 4 | render = 99999999999999999999
    err|   |          ^^^^^^^^^^^^^^^^^^^^
    err|   |
    err|   = hint: restore it from git, or delete it and run `kiln lock`
    exit 2
    ");
}

/// A text whose long lines are cut.
fn shortened(text: &str) -> String {
    let cut = |line: &str| {
        if line.chars().count() > 100 {
            line.chars().take(97).chain("...".chars()).collect()
        } else {
            line.to_owned()
        }
    };
    text.lines().map(cut).collect::<Vec<_>>().join("\n")
}
