//! `--take`, `--keep`, `--merge` where they decide nothing, and two of them at once.

use super::{project, set_level};
use crate::support::Terminal;

/// A file with a conflict, one that was only edited, one that the person owns alone, a managed one that was edited.
fn scene() -> Terminal {
    let terminal = project();
    terminal.replace("desk/page.txt", "level one", "level mine");
    terminal.replace("desk/deep/other.txt", "see", "saw");
    terminal.replace("house/rules.txt", "end", "mine");
    terminal
}

fn refused(words: &str) -> String {
    let terminal = scene();
    set_level(&terminal, "two");
    let work = || terminal.listing().into_iter().filter(|(path, _)| !path.contains("/.kiln"));
    let before = work().collect();
    let answer = terminal.run(words);
    assert_eq!(crate::support::difference(&before, &work().collect()), "");
    answer
}

#[test]
fn a_word_that_decides_nothing_is_refused() {
    insta::assert_snapshot!(refused("sync --keep desk/deep/other.txt"), @"
    $ kiln sync --keep desk/deep/other.txt
    err| error[no-such-conflict]: `--keep` decides nothing of `desk/deep/other.txt`: no kit changes what you edited, so it stays
    err|  |
    err|  = hint: to have it as its kit makes it: kiln restore desk/deep/other.txt
    exit 2
    ");
    insta::assert_snapshot!(refused("sync --take shelf.txt"), @"
    $ kiln sync --take shelf.txt
    err| error[no-such-conflict]: `--take` decides nothing of `shelf.txt`: it is as kiln writes it
    err|  |
    err|  = hint: leave the word out: nothing is in question there
    exit 2
    ");
    insta::assert_snapshot!(refused("sync --keep desk/package.json"), @"
    $ kiln sync --keep desk/package.json
    err| error[no-such-conflict]: `--keep` decides nothing of `desk/package.json`: it has no edits of yours
    err|  |
    err|  = hint: to have it for yourself from now on: kiln own --seeded desk/package.json
    exit 2
    ");
    insta::assert_snapshot!(refused("sync --merge desk/page.txt"), @"
    $ kiln sync --merge desk/page.txt
    err| error[no-such-conflict]: `--merge` decides nothing of `desk/page.txt`: what it started from is known
    err|  |
    err|  = hint: leave the word out: markers come by themselves where two edits meet
    exit 2
    ");
    insta::assert_snapshot!(refused("sync --keep house/rules.txt"), @"
    $ kiln sync --keep house/rules.txt
    err| error[no-such-conflict]: `--keep` is no way out here: `house/rules.txt` was edited, and `desk` changes it
    err|  |
    err|  = hint: keep your edits and merge from now on: kiln own house/rules.txt
    err|  = hint: take kiln's version, yours is kept in the vault: kiln sync --take house/rules.txt
    exit 2
    ");
    insta::assert_snapshot!(refused("sync --take desk/package.json#scripts.build"), @"
    $ kiln sync --take desk/package.json#scripts.build
    err| error[no-such-conflict]: `--take` decides nothing of `desk/package.json#scripts.build`: no such key is in question
    err|  |
    err|  = hint: a key is taken or kept where both sides changed it; the whole file: kiln restore desk/package.json
    err|  = hint: to say whose it is from now on: kiln foreign desk/package.json#scripts.build
    exit 2
    ");
    insta::assert_snapshot!(refused("sync --take desk/pagge.txt"), @"
    $ kiln sync --take desk/pagge.txt
    err| error[unknown-output]: no kit writes `desk/pagge.txt`
    err|  |
    err|  = hint: did you mean `desk/page.txt`?
    exit 2
    ");
    insta::assert_snapshot!(refused("sync --take nothing/**"), @"
    $ kiln sync --take nothing/**
    err| error[unknown-output]: no kit writes `nothing/**`
    err|  |
    err|  = hint: a path is seen from the folder where kiln is called, `:/PATH` from the project's root
    exit 2
    ");
    insta::assert_snapshot!(refused("sync --take README.md#a.b"), @"
    $ kiln sync --take README.md#a.b
    err| error[unknown-output]: no kit writes `README.md`
    err|  |
    err|  = hint: a path is seen from the folder where kiln is called, `:/PATH` from the project's root
    exit 2
    ");
}

#[test]
fn two_words_for_one_file_are_refused() {
    insta::assert_snapshot!(refused("sync --take desk/page.txt --keep desk/page.txt"), @"
    $ kiln sync --take desk/page.txt --keep desk/page.txt
    err| error[usage]: `--take` and `--keep` are both said of `desk/page.txt`
    err|  |
    err|  = hint: say one of them; what names a path goes before a folder or a glob
    exit 2
    ");
    insta::assert_snapshot!(refused("sync --take desk --keep **"), @"
    $ kiln sync --take desk --keep **
    err| error[usage]: `--take` and `--keep` are both said of `desk/page.txt`
    err|  |
    err|  = hint: say one of them; what names a path goes before a folder or a glob
    exit 2
    ");
}

#[test]
fn what_names_a_file_goes_before_a_glob() {
    let terminal = scene();
    set_level(&terminal, "two");
    let answer = terminal.kiln("sync --take ** --keep desk/page.txt");
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert!(terminal.read("desk/page.txt").contains("level mine"));
    assert_eq!(terminal.read("house/rules.txt"), "rules two\n\n\n\nend\n");
}

#[test]
fn a_rule_for_what_may_come_is_no_fault() {
    let terminal = project();
    insta::assert_snapshot!(terminal.run("sync --take **"), @"
    $ kiln sync --take **
    out| ✓ demo-desk is up to date: 7 unchanged, 0 skipped ([TIME])
    err| note[no-such-conflict]: `--take` decided nothing: nothing of `**` is in question
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("sync --keep desk"), @"
    $ kiln sync --keep desk
    out| ✓ demo-desk is up to date: 7 unchanged, 0 skipped ([TIME])
    err| note[no-such-conflict]: `--keep` decided nothing: nothing of `desk` is in question
    exit 0
    ");
    let terminal = scene();
    set_level(&terminal, "two");
    let answer = terminal.kiln("sync --take **");
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    assert_eq!(terminal.kiln("check").code, 0);
}

#[test]
fn a_word_for_another_command_is_looked_at_too() {
    let terminal = project();
    insta::assert_snapshot!(terminal.run("own house/rules.txt --keep shelf.txt"), @"
    $ kiln own house/rules.txt --keep shelf.txt
    err| error[no-such-conflict]: `--keep` decides nothing of `shelf.txt`: it is as kiln writes it
    err|  |
    err|  = hint: leave the word out: nothing is in question there
    exit 2
    ");
    assert!(!terminal.read("kiln.kdl").contains("merged"));
}
