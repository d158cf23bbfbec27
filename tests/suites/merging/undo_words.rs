//! Undo where the spec was edited since, and of a run that was interrupted.

use std::fs;

use super::{project, set_level, work};
use crate::support::Terminal;

/// A project whose spec kiln has just edited.
fn owned() -> Terminal {
    let terminal = project();
    let answer = terminal.kiln("own desk/page.txt --seeded");
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert!(terminal.read("kiln.kdl").contains("seeded \"desk/page.txt\""));
    terminal
}

#[test]
fn an_edit_of_the_spec_elsewhere_stays() {
    let terminal = owned();
    terminal.replace("kiln.kdl", "project demo-desk\n", "// mine\nproject demo-desk\n");
    insta::assert_snapshot!(terminal.run("undo"), @"
    $ kiln undo
    out| ✓ undid `kiln own`: 0 files restored, 0 deleted; kiln.kdl, kiln.lock, kiln.sum too
    out|   `kiln undo` once more takes this back
    exit 0
    ");
    insta::assert_snapshot!(terminal.read("kiln.kdl"), @"
    // mine
    project demo-desk
    kits {
        desk
    }
    ");
    assert_eq!(terminal.kiln("check").code, 0);
    // And it comes back with the edit as it was.
    assert_eq!(terminal.kiln("undo").code, 0);
    let spec = terminal.read("kiln.kdl");
    assert!(spec.contains("// mine") && spec.contains("seeded"), "{spec}");
    assert_eq!(terminal.kiln("check").code, 0);
}

#[test]
fn an_edit_in_the_same_lines_is_asked_about() {
    let terminal = owned();
    terminal.replace("kiln.kdl", "seeded \"desk/page.txt\"", "seeded \"desk/*.txt\"");
    let before = work(&terminal);
    insta::assert_snapshot!(terminal.run("undo"), @"
    $ kiln undo
    err| error[undo-moved]: `kiln.kdl` was edited since, in the lines that the command edited too
    err|  |
    err|  = hint: undo all else, `kiln.kdl` stays as it is: kiln undo --keep-spec
    err|  = hint: or put those lines of `kiln.kdl` back as the command left them
    exit 1
    ");
    super::same(&before, &work(&terminal));
    let spec = terminal.read("kiln.kdl");
    insta::assert_snapshot!(terminal.run("undo --keep-spec"), @"
    $ kiln undo --keep-spec
    out| ✓ undid `kiln own`: 0 files restored, 0 deleted; kiln.lock, kiln.sum too
    out|   `kiln.kdl` still asks for it: change it, or the next `kiln sync` does it again
    out|   `kiln undo` once more takes this back
    exit 0
    ");
    assert_eq!(terminal.read("kiln.kdl"), spec);
    assert!(!terminal.read("kiln.sum").contains("seeded"));
    // The spec asks for it still.
    assert_eq!(terminal.kiln("check").code, 1);
    assert_eq!(terminal.kiln("undo").code, 0);
    assert_eq!(terminal.read("kiln.kdl"), spec);
    assert!(terminal.read("kiln.sum").contains("seeded"));
}

#[test]
fn another_commit_is_there_now() {
    let terminal = project();
    let sum = terminal.read("kiln.sum");
    set_level(&terminal, "two");
    assert_eq!(terminal.kiln("sync").code, 0);
    terminal.write("kiln.sum", sum);
    insta::assert_snapshot!(terminal.run("undo"), @"
    $ kiln undo
    err| error[undo-moved]: `kiln.sum` is not as the last sync left it, so that sync cannot be undone
    err|  |
    err|  = hint: another commit or branch is there now: check out the one that was synced, or go back with git
    err|  = hint: `kiln sync` makes the project as its spec says now
    exit 1
    ");
}

/// A sync that was stopped before its end: everything is written but sum, lock and the end of the journal.
fn interrupted() -> (Terminal, crate::support::Listing) {
    let terminal = project();
    let before = work(&terminal);
    let [sum, lock] = ["kiln.sum", "kiln.lock"].map(|name| terminal.read(name));
    set_level(&terminal, "two");
    assert_eq!(terminal.kiln("sync").code, 0);
    let vault = terminal.root.join(".kiln-vault");
    fs::rename(vault.join("0000000002.undo"), vault.join("journal")).unwrap();
    terminal.write("kiln.sum", sum);
    terminal.write("kiln.lock", lock);
    terminal.write("desk/page.txt", "mine since\n");
    (terminal, before)
}

#[test]
fn an_interrupted_run_goes_back_with_the_word_for_what_was_edited() {
    let (terminal, before) = interrupted();
    insta::assert_snapshot!(terminal.run("undo"), @"
    $ kiln undo
    err| error[undo-edited]: `desk/page.txt` changed since the last sync; nothing was undone
    err|  |
    err|  = hint: undo it too, yours is kept in the vault: kiln undo --take desk/page.txt
    exit 1
    ");
    insta::assert_snapshot!(terminal.run("undo --take desk/page.txt"), @"
    $ kiln undo --take desk/page.txt
    out| ✓ took back the interrupted `kiln sync`: 5 files restored, 0 deleted
    out|   `kiln.kdl` still asks for it: change it, or the next `kiln sync` does it again
    out|   `kiln undo` once more takes this back
    exit 0
    ");
    let mut now = work(&terminal);
    let mut before = before;
    for listing in [&mut now, &mut before] {
        listing.remove("project/kiln.kdl");
    }
    super::same(&before, &now);
    let kept = fs::read_dir(terminal.root.join(".kiln-vault")).unwrap();
    let kept: Vec<_> = kept.map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
    assert!(kept.contains(&b"mine since\n".to_vec()), "it is in the vault");
}

#[test]
fn a_word_for_what_the_interrupted_run_did_not_touch() {
    let (terminal, _) = interrupted();
    insta::assert_snapshot!(terminal.run("undo --take desk/pages.txt"), @"
    $ kiln undo --take desk/pages.txt
    err| error[unknown-output]: the last sync did not touch `desk/pages.txt`
    err|  |
    err|  = hint: did you mean `desk/page.txt`?
    exit 2
    ");
}
