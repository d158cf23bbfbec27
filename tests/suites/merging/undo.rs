//! Undo: the state before the last sync, never what was edited since.

use super::{changed_by, project, same, set_level, work};
use crate::support::Terminal;

#[test]
fn a_sync_is_undone_and_done_again() {
    let terminal = project();
    let first = work(&terminal);
    set_level(&terminal, "two");
    assert_eq!(terminal.kiln("sync").code, 0);
    let second = work(&terminal);
    insta::assert_snapshot!(changed_by(&terminal, "undo"), @"
    $ kiln undo
    out| ✓ undid `kiln sync`: 5 files restored, 0 deleted; kiln.lock, kiln.sum too
    out|   `kiln.kdl` still asks for it: change it, or the next `kiln sync` does it again
    out|   `kiln undo` once more takes this back
    exit 0
    M project/desk/conf.yaml
    M project/desk/names.py
    M project/desk/package.json
    M project/desk/page.txt
    M project/desk/short.txt
    M project/kiln.lock
    M project/kiln.sum
    ");
    let spec = |listing: &crate::support::Listing| {
        let mut listing = listing.clone();
        listing.remove("project/kiln.kdl");
        listing
    };
    same(&spec(&first), &spec(&work(&terminal)));
    insta::assert_snapshot!(changed_by(&terminal, "undo"), @"
    $ kiln undo
    out| ✓ did `kiln sync` again: 5 files restored, 0 deleted; kiln.lock, kiln.sum too
    out|   `kiln undo` once more takes this back
    exit 0
    M project/desk/conf.yaml
    M project/desk/names.py
    M project/desk/package.json
    M project/desk/page.txt
    M project/desk/short.txt
    M project/kiln.lock
    M project/kiln.sum
    ");
    same(&second, &work(&terminal));
    insta::assert_snapshot!(terminal.run("undo --list"), @"
    $ kiln undo --list
    out| kiln undo  kiln sync, done again  5 files  just now
    out|            kiln sync, undone  5 files  just now
    out|            kiln sync  5 files  just now
    out|            kiln sync  5 files  just now
    exit 0
    ");
}

#[test]
fn what_was_edited_since_is_not_taken() {
    let terminal = project();
    set_level(&terminal, "two");
    assert_eq!(terminal.kiln("sync").code, 0);
    terminal.replace("desk/page.txt", "beta", "mine");
    insta::assert_snapshot!(changed_by(&terminal, "undo"), @"
    $ kiln undo
    err| error[undo-edited]: `desk/page.txt` changed since the last sync; nothing was undone
    err|  |
    err|  = hint: undo it too, yours is kept in the vault: kiln undo --take desk/page.txt
    exit 1
    ");
    insta::assert_snapshot!(changed_by(&terminal, "undo --take desk/*.txt"), @"
    $ kiln undo --take desk/*.txt
    out| ✓ undid `kiln sync`: 5 files restored, 0 deleted; kiln.lock, kiln.sum too
    out|   `kiln.kdl` still asks for it: change it, or the next `kiln sync` does it again
    out|   `kiln undo` once more takes this back
    exit 0
    M project/desk/conf.yaml
    M project/desk/names.py
    M project/desk/package.json
    M project/desk/page.txt
    M project/desk/short.txt
    M project/kiln.lock
    M project/kiln.sum
    ");
    insta::assert_snapshot!(changed_by(&terminal, "undo"), @"
    $ kiln undo
    out| ✓ did `kiln sync` again: 5 files restored, 0 deleted; kiln.lock, kiln.sum too
    out|   `kiln undo` once more takes this back
    exit 0
    M project/desk/conf.yaml
    M project/desk/names.py
    M project/desk/package.json
    M project/desk/page.txt
    M project/desk/short.txt
    M project/kiln.lock
    M project/kiln.sum
    ");
    assert!(terminal.read("desk/page.txt").contains("mine"));
}

#[test]
fn nothing_to_undo() {
    let terminal = Terminal::new();
    insta::assert_snapshot!(terminal.run("undo"), @"
    $ kiln undo
    err| error[no-project]: there is no `kiln.kdl` in this folder or above it
    err|  |
    err|  = hint: make a project with `kiln new DIR --from SPEC`
    exit 2
    ");
    terminal.write("kiln.kdl", "project demo-desk\nkits {\n    site\n}\n");
    insta::assert_snapshot!(terminal.run("undo"), @"
    $ kiln undo
    err| error[nothing-to-undo]: there is nothing to undo
    err|  |
    err|  = hint: records are kept in this clone only; go back further with git
    exit 1
    ");
}

#[test]
fn a_spec_with_an_error_keeps_nobody_from_going_back() {
    let terminal = project();
    set_level(&terminal, "two");
    assert_eq!(terminal.kiln("sync").code, 0);
    terminal.write("kiln.kdl", "project {");
    insta::assert_snapshot!(changed_by(&terminal, "undo"), @"
    $ kiln undo
    out| ✓ undid `kiln sync`: 5 files restored, 0 deleted; kiln.lock, kiln.sum too
    out|   `kiln.kdl` has an error: `kiln check` says which
    exit 0
    M project/desk/conf.yaml
    M project/desk/names.py
    M project/desk/package.json
    M project/desk/page.txt
    M project/desk/short.txt
    M project/kiln.lock
    M project/kiln.sum
    ");
}
