//! Corners in which a person's bytes, or a kit's change, could get lost without a word.

use std::fs;

use super::{KIT, changed_by, project, set_level, settled};
use crate::support::write;

#[test]
fn an_undone_conflict_is_no_resolution() {
    let terminal = project();
    terminal.replace("desk/page.txt", "level one", "level mine");
    set_level(&terminal, "two");
    assert_eq!(terminal.kiln("sync").code, 1);
    assert_eq!(terminal.kiln("undo").code, 0);
    set_level(&terminal, "one");
    assert_eq!(terminal.kiln("sync").code, 0);
    set_level(&terminal, "two");
    assert_eq!(terminal.kiln("sync").code, 1);
    assert!(terminal.read("desk/page.txt").contains(">>>>>>> kiln: desk 1.0.0"));
}

#[test]
fn a_lock_between_spec_and_sync_hides_no_move() {
    let terminal = project();
    terminal.replace("desk/page.txt", "beta", "mine");
    terminal.write("kiln.kdl", "project demo-desk\nkits {\n    desk { folder table }\n}\n");
    assert_eq!(terminal.kiln("lock").code, 0);
    assert_eq!(terminal.kiln("sync").code, 0);
    assert!(terminal.read("table/page.txt").contains("mine"));
    assert!(!terminal.root.join("desk/page.txt").exists());
    settled(&terminal);
}

#[test]
fn ejecting_one_kit_leaves_the_changes_of_others_to_come() {
    let terminal = project();
    let pens = KIT
        .replace("kit desk", "kit pens")
        .replace("default=desk", "default=pens")
        .replace("provides desk", "provides pens")
        .replace("{desk.dir}", "{pens.dir}")
        .replace("        files tool\n", "        files root into=\"more\"\n");
    let library = terminal.outer().join("library/pens");
    write(&library, "kit.kdl", pens);
    write(&library, "README.md", "# Pens\n");
    write(&library, "files/root/pen.txt", "a pen\n");
    terminal.write("kiln.kdl", "project demo-desk\nkits {\n    desk\n    pens\n}\n");
    assert_eq!(terminal.kiln("sync").code, 0);
    terminal.replace("kiln.kdl", "    desk\n", "    desk { level two }\n");
    assert_eq!(terminal.kiln("eject pens").code, 0);
    assert_eq!(terminal.read("desk/short.txt"), "level two\n");
    assert_eq!(terminal.read("pens/pen.txt"), "a pen\n");
    assert_eq!(terminal.kiln("check").code, 0);
}

#[test]
fn a_path_with_brackets_is_that_path() {
    let terminal = project();
    let files = terminal.outer().join("library/desk/files/root");
    for folder in ["[id]", "i"] {
        write(&files, &format!("{folder}/p.txt"), "level {= option.level =}\n");
    }
    assert_eq!(terminal.kiln("sync").code, 0);
    for folder in ["[id]", "i"] {
        terminal.write(&format!("desk/{folder}/p.txt"), "mine\n");
    }
    insta::assert_snapshot!(changed_by(&terminal, "sync --take desk/[id]/p.txt"), @"
    $ kiln sync --take desk/[id]/p.txt
    out| updated  desk/[id]/p.txt  desk
    out| ✓ demo-desk: 1 written, 5 unchanged, 1 skipped ([TIME])
    exit 0
    M project/desk/[id]/p.txt
    ");
    assert_eq!(terminal.read("desk/i/p.txt"), "mine\n");
    assert_eq!(terminal.read("desk/[id]/p.txt"), "level one\n");
}

#[test]
fn what_became_seeded_is_the_persons_when_its_kit_goes() {
    let terminal = project();
    assert_eq!(terminal.kiln("own --seeded desk/short.txt").code, 0);
    set_level(&terminal, "two");
    terminal.write(
        "kiln.kdl",
        terminal.read("kiln.kdl") + "ownership {\n    seeded \"desk/short.txt\"\n}\n",
    );
    assert_eq!(terminal.kiln("sync").code, 0);
    terminal.write("kiln.kdl", "project demo-desk\nkits {\n    site\n}\n");
    assert_eq!(terminal.kiln("sync").code, 0);
    assert_eq!(terminal.read("desk/short.txt"), "level one\n");
    assert!(!terminal.root.join("desk/page.txt").exists());
}

#[test]
fn a_seeded_file_that_is_gone_stays_away_where_it_would_stand_now() {
    let terminal = project();
    terminal.replace("../library/desk/kit.kdl", "files root", "files root ownership=seeded");
    assert_eq!(terminal.kiln("sync").code, 0);
    fs::remove_file(terminal.root.join("desk/short.txt")).unwrap();
    assert_eq!(terminal.kiln("sync").code, 0);
    terminal.write("kiln.kdl", "project demo-desk\nkits {\n    desk { folder table }\n}\n");
    assert_eq!(terminal.kiln("sync").code, 0);
    assert!(!terminal.root.join("table/short.txt").exists());
    assert!(terminal.root.join("table/page.txt").exists());
    settled(&terminal);
}

#[test]
fn a_key_that_is_not_in_question() {
    let terminal = project();
    terminal.replace("desk/package.json", "make test", "mine");
    insta::assert_snapshot!(changed_by(&terminal, "sync --take desk/package.json#scripts.test"), @"
    $ kiln sync --take desk/package.json#scripts.test
    err| error[no-such-conflict]: `--take` decides nothing of `desk/package.json#scripts.test`: no such key is in question
    err|  |
    err|  = hint: a key is taken or kept where both sides changed it; the whole file: kiln restore desk/package.json
    err|  = hint: to say whose it is from now on: kiln foreign desk/package.json#scripts.test
    exit 2
    ");
}
