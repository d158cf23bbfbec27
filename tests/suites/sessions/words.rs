//! Words that kiln does not know, folders without a project, kits that are looked for.

use super::{changed_by, project};
use crate::support::Terminal;

#[test]
fn no_command() {
    let answer = Terminal::new().kiln("");
    assert_eq!(answer.code, 2);
    assert!(answer.err.contains("Usage: kiln"), "{}", answer.err);
}

#[test]
fn unknown_words() {
    let terminal = Terminal::new();
    insta::assert_snapshot!(terminal.run("snyc"), @"
    $ kiln snyc
    err| error: unrecognized subcommand 'snyc'
    err|
    err|   tip: a similar subcommand exists: 'sync'
    err|
    err| Usage: kiln [OPTIONS] <COMMAND>
    err|
    err| For more information, try '--help'.
    exit 2
    ");
    insta::assert_snapshot!(terminal.run("sync --lokced"), @"
    $ kiln sync --lokced
    err| error: unexpected argument '--lokced' found
    err|
    err|   tip: a similar argument exists: '--locked'
    err|
    err| Usage: kiln sync --locked
    err|
    err| For more information, try '--help'.
    exit 2
    ");
    insta::assert_snapshot!(terminal.run("sync --take"), @"
    $ kiln sync --take
    err| error: a value is required for '--take <PATH>' but none was supplied
    err|
    err| For more information, try '--help'.
    exit 2
    ");
    insta::assert_snapshot!(terminal.run("check --output-format yaml"), @"
    $ kiln check --output-format yaml
    err| error: invalid value 'yaml' for '--output-format <FORMAT>'
    err|   [possible values: human, json, github, gitlab, sarif]
    err|
    err| For more information, try '--help'.
    exit 2
    ");
    insta::assert_snapshot!(terminal.run("sync -j many"), @"
    $ kiln sync -j many
    err| error: invalid value 'many' for '--jobs <N>': invalid digit found in string
    err|
    err| For more information, try '--help'.
    exit 2
    ");
    insta::assert_snapshot!(terminal.run("new app"), @"
    $ kiln new app
    err| error: the following required arguments were not provided:
    err|   --from <SPEC>
    err|
    err| Usage: kiln new --from <SPEC> --library <DIR> <DIR>
    err|
    err| For more information, try '--help'.
    exit 2
    ");
}

#[test]
fn help_and_version_are_data() {
    let terminal = Terminal::new();
    for words in ["--help", "sync --help", "--version"] {
        let answer = terminal.kiln(words);
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{words}");
        assert!(!answer.out.is_empty(), "{words}");
    }
}

#[test]
fn no_project() {
    let terminal = Terminal::new();
    insta::assert_snapshot!(terminal.run("sync"), @"
    $ kiln sync
    err| error[no-project]: there is no `kiln.kdl` in this folder or above it
    err|  |
    err|  = hint: make a project with `kiln new DIR --from SPEC`
    exit 2
    ");
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    err| error[no-project]: there is no `kiln.kdl` in this folder or above it
    err|  |
    err|  = hint: make a project with `kiln new DIR --from SPEC`
    exit 2
    ");
    insta::assert_snapshot!(terminal.run("-C nowhere status"), @"
    $ kiln -C nowhere status
    err| error[no-folder]: `nowhere` of `-C` does not exist
    err|  |
    err|  = hint: `-C` takes the folder of a project, or one in it
    exit 2
    ");
}

#[test]
fn a_word_for_nothing() {
    let terminal = project();
    insta::assert_snapshot!(changed_by(&terminal, "sync --take site/["), @"
    $ kiln sync --take site/[
    err| error[glob]: `site/[` is no path or glob: unclosed character class; missing ']'
    err|  |
    err|  = hint: a glob is a path with `*`, `**`, `?`, `[ab]` or `{a,b}` in it
    exit 2
    ");
    insta::assert_snapshot!(terminal.run("diff nothing/like/this"), @"
    $ kiln diff nothing/like/this
    err| error[unknown-output]: no kit writes `nothing/like/this`
    err|  |
    err|  = hint: a path is seen from the folder where kiln is called, `:/PATH` from the project's root
    exit 2
    ");
    insta::assert_snapshot!(changed_by(&terminal, "sync --take nothing/like/this"), @"
    $ kiln sync --take nothing/like/this
    err| error[unknown-output]: no kit writes `nothing/like/this`
    err|  |
    err|  = hint: a path is seen from the folder where kiln is called, `:/PATH` from the project's root
    exit 2
    ");
}

#[test]
fn upgrade_comes_later() {
    insta::assert_snapshot!(changed_by(&project(), "upgrade"), @"
    $ kiln upgrade
    err| error[not-yet]: `upgrade` is not there yet
    err|  |
    err|  = hint: `kiln sync` keeps the versions of the lock
    exit 2
    ");
}

#[test]
fn search() {
    let terminal = Terminal::new();
    insta::assert_snapshot!(terminal.run("search"), @"
    $ kiln search
    out| blog      feature        Posts, newest first
    out| ledger    foundation     Records live in an append-only ledger
    out| manifest  foundation     One manifest that others add to
    out| models    foundation     A page and a migration for each entity
    out| mute      cross-cutting  For projects that show nothing
    out| notes     cross-cutting  A note for every topic
    out| report    feature        Says how much is stored
    out| scripts   cross-cutting  Adds its scripts to the manifest
    out| site      foundation     A site of plain pages
    out| store     foundation     Records live in memory
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("search pages"), @"
    $ kiln search pages
    out| site  foundation     A site of plain pages
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("search nothing-like-this"), @"
    $ kiln search nothing-like-this
    exit 1
    ");
}

#[test]
fn show() {
    let terminal = Terminal::new();
    insta::assert_snapshot!(terminal.run("show blog"), @r#"
    $ kiln show blog
    out| blog 0.3.0  feature · web
    out| Blog
    out| Posts, newest first
    out|
    out| requires  web
    out|
    out| options
    out|   posts  list, default "hello"
    out|       posts that are there from the start
    out|
    out| with
    out|   report  the report counts the posts
    exit 0
    "#);
    insta::assert_snapshot!(terminal.run("show blgo"), @"
    $ kiln show blgo
    err| error[unknown-kit]: no library has a kit named `blgo`
    err|  |
    err|  = hint: did you mean `blog`?
    exit 2
    ");
}

#[test]
fn from_a_folder_below() {
    let terminal = project();
    insta::assert_snapshot!(terminal.kiln_in(&terminal.root.join("site"), "check").shown("check"), @"
    $ kiln check
    out| ✓ demo-site: 9 outputs as they should be, 1 note (--verbose shows them) ([TIME])
    exit 0
    ");
    insta::assert_snapshot!(terminal.kiln_in(&terminal.outer(), "-C project/site check").shown("-C project/site check"), @"
    $ kiln -C project/site check
    out| ✓ demo-site: 9 outputs as they should be, 1 note (--verbose shows them) ([TIME])
    exit 0
    ");
}

#[test]
fn less_and_more() {
    let terminal = project();
    insta::assert_snapshot!(terminal.run("-q sync"), @"
    $ kiln -q sync
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("-v sync"), @"
    $ kiln -v sync
    out| ✓ demo-site is up to date: 8 unchanged, 1 skipped ([TIME])
    err| note[yours]: `robots.txt` is yours
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("-q check"), @"
    $ kiln -q check
    exit 0
    ");
}

#[test]
fn errors_of_kits() {
    let terminal = project();
    terminal.replace("../library/site/kit.kdl", "theme default=light", "theme defualt=light");
    terminal.replace("../library/blog/kit.kdl", "layer feature", "layer featrue");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @r#"
    $ kiln sync
    err| error[unknown-word]: `featrue` is no layer
    err|  --> library/blog/kit.kdl:4:11
    err|   |
    err| 4 |     layer featrue
    err|   |           ^^^^^^^
    err|   |
    err|   = hint: did you mean `feature`?
    err| error[unknown-property]: `option` has no property `defualt`
    err|  --> library/site/kit.kdl:8:18
    err|   |
    err| 8 |     option theme defualt=light help="what it looks like" {
    err|   |                  ^^^^^^^
    err|   |
    err|   = hint: did you mean `default`?
    exit 2
    "#);
    insta::assert_snapshot!(terminal.run("search"), @r#"
    $ kiln search
    err| error[unknown-word]: `featrue` is no layer
    err|  --> library/blog/kit.kdl:4:11
    err|   |
    err| 4 |     layer featrue
    err|   |           ^^^^^^^
    err|   |
    err|   = hint: did you mean `feature`?
    err| error[unknown-property]: `option` has no property `defualt`
    err|  --> library/site/kit.kdl:8:18
    err|   |
    err| 8 |     option theme defualt=light help="what it looks like" {
    err|   |                  ^^^^^^^
    err|   |
    err|   = hint: did you mean `default`?
    exit 2
    "#);
}

#[test]
fn a_library_that_is_not_there() {
    let terminal = Terminal::with_builtin_kits();
    terminal.write("kiln.kdl", "project demo-site\n");
    insta::assert_snapshot!(terminal.run("--library ../nothing sync"), @"
    $ kiln --library ../nothing sync
    err| error[disk]: cannot open the folder `../nothing`: it does not exist
    err|  |
    err|  = hint: see that the path is free, that there is room, and that you may read and write it
    exit 2
    ");
}
