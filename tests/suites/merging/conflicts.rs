//! Conflicts: markers, what happens while they stand, how they end, and how they are remembered.

use std::fs;

use super::{changed_by, forget, project, same, set_level, settled, work};

#[test]
fn from_markers_to_a_resolution() {
    let terminal = project();
    terminal.replace("desk/short.txt", "level one", "level mine");
    set_level(&terminal, "two");
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    err| error[lock-stale]: 5 outputs would be written: `desk/conf.yaml`, `desk/names.py`, `desk/package.json`, `desk/page.txt`, `desk/short.txt`
    err|   hint: run `kiln sync` and commit the result; `kiln diff` shows the changes
    err| error[conflict]: `desk/short.txt` was edited, and `desk` changes the same lines: 1 conflict
    err|   hint: resolve what is between the markers in the file; `kiln resolve --check` looks it over
    err|   hint: take kiln's version, yours is kept in the vault: kiln sync --take desk/short.txt
    err| error[spec-stale]: `kiln.lock` does not say what the spec says: options of `desk` differ
    err|   hint: run `kiln sync` and commit the result
    err| ✗ demo-desk: 3 findings ([TIME])
    exit 1
    ");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| updated  desk/conf.yaml  desk
    out| updated  desk/names.py  desk
    out| updated  desk/package.json  desk
    out| updated  desk/page.txt  desk
    out| conflict  desk/short.txt  desk
    err| error[conflict]: `desk/short.txt` was edited, and `desk` changes the same lines: 1 conflict
    err|   hint: resolve what is between the markers in the file; `kiln resolve --check` looks it over
    err|   hint: take kiln's version, yours is kept in the vault: kiln sync --take desk/short.txt
    err| ✗ demo-desk: 5 written, 0 unchanged, 0 skipped, 1 finding ([TIME])
    exit 1
    M project/desk/conf.yaml
    M project/desk/names.py
    M project/desk/package.json
    M project/desk/page.txt
    M project/desk/short.txt
    M project/kiln.lock
    M project/kiln.sum
    ");
    insta::assert_snapshot!(terminal.read("desk/short.txt"), @"
    <<<<<<< kiln: yours
    level mine
    ||||||| kiln: base (desk 1.0.0)
    level one
    =======
    level two
    >>>>>>> kiln: desk 1.0.0
    ");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    err| error[conflict]: `desk/short.txt` has markers of a conflict
    err|   hint: resolve it in the file; `kiln resolve --check` looks it over
    err|   hint: take kiln's version, yours is kept in the vault: kiln sync --take desk/short.txt
    err| ✗ demo-desk: 0 written, 4 unchanged, 1 skipped, 1 finding ([TIME])
    exit 1
    ");
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    err| error[conflict]: `desk/short.txt` has markers of a conflict
    err|   hint: resolve it in the file; `kiln resolve --check` looks it over
    err|   hint: take kiln's version, yours is kept in the vault: kiln sync --take desk/short.txt
    err| ✗ demo-desk: 1 finding ([TIME])
    exit 1
    ");
    insta::assert_snapshot!(terminal.run("resolve --check"), @"
    $ kiln resolve --check
    out| desk/short.txt:1: a marker is left: kiln: yours
    out| desk/short.txt:3: a marker is left: kiln: base (desk 1.0.0)
    out| desk/short.txt:7: a marker is left: kiln: desk 1.0.0
    exit 1
    ");
    // Markers are never merged on top of themselves.
    set_level(&terminal, "three");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    err| error[unresolved]: `desk/short.txt` has markers of a conflict, and `desk` changes it
    err|   hint: resolve it in the file
    err|   hint: take kiln's version, yours is kept in the vault: kiln sync --take desk/short.txt
    err| stopped: nothing was written
    exit 1
    ");
    set_level(&terminal, "two");
    terminal.write("desk/short.txt", "level two\n");
    insta::assert_snapshot!(terminal.run("resolve --check"), @"
    $ kiln resolve --check
    out| desk/short.txt: your line 1 is nowhere: level mine
    exit 1
    ");
    terminal.write("desk/short.txt", "level two and mine\n");
    insta::assert_snapshot!(terminal.run("resolve"), @"
    $ kiln resolve
    out| desk/short.txt: your line 1 is nowhere: level mine
    out| desk/short.txt: the kit's line 1 is nowhere: level two
    exit 1
    ");
    terminal.write("desk/short.txt", "level mine\nlevel two\n");
    insta::assert_snapshot!(terminal.run("resolve"), @"
    $ kiln resolve
    out| ✓ desk/short.txt is resolved
    exit 0
    ");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| ✓ demo-desk is up to date: 4 unchanged, 1 skipped ([TIME])
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    out| ✓ demo-desk: 5 outputs as they should be, 1 note (--verbose shows them) ([TIME])
    exit 0
    ");
    settled(&terminal);
}

#[test]
fn half_resolved_is_not_resolved() {
    let terminal = project();
    terminal.replace("desk/short.txt", "level one", "level mine");
    set_level(&terminal, "two");
    assert_eq!(terminal.kiln("sync").code, 1);
    terminal.replace("desk/short.txt", "<<<<<<< kiln: yours\n", "");
    assert_eq!(terminal.kiln("check").code, 1);
    insta::assert_snapshot!(terminal.run("resolve"), @"
    $ kiln resolve
    out| desk/short.txt:2: a marker is left: kiln: base (desk 1.0.0)
    out| desk/short.txt:6: a marker is left: kiln: desk 1.0.0
    exit 1
    ");
    insta::assert_snapshot!(changed_by(&terminal, "sync --take desk/short.txt"), @"
    $ kiln sync --take desk/short.txt
    out| updated  desk/short.txt  desk
    out| ✓ demo-desk: 1 written, 4 unchanged, 0 skipped ([TIME])
    exit 0
    M project/desk/short.txt
    ");
    assert_eq!(terminal.kiln("check").code, 0);
}

#[test]
fn the_same_conflict_is_asked_once() {
    let terminal = project();
    let before: Vec<_> = [
        "kiln.kdl",
        "kiln.lock",
        "kiln.sum",
        "desk/page.txt",
        "desk/names.py",
        "desk/package.json",
        "desk/conf.yaml",
    ]
    .map(|path| (path, terminal.read(path)))
    .into();
    let edited = "level mine\n";
    let begin = || {
        for (path, text) in &before {
            terminal.write(path, text);
        }
        terminal.write("desk/short.txt", edited);
        set_level(&terminal, "two");
    };
    begin();
    assert_eq!(terminal.kiln("sync").code, 1);
    terminal.write("desk/short.txt", "level mine\nlevel two\n");
    assert_eq!(terminal.kiln("sync").code, 0);
    // As after a rebase: everything as it was, and the same conflict again.
    begin();
    insta::assert_snapshot!(changed_by(&terminal, "sync -v"), @"
    $ kiln sync -v
    out| updated  desk/conf.yaml  desk
    out| updated  desk/names.py  desk
    out| updated  desk/package.json  desk
    out| updated  desk/page.txt  desk
    out| merged  desk/short.txt  desk
    out| ✓ demo-desk: 5 written, 0 unchanged, 0 skipped ([TIME])
    err| note[resolved-before]: the conflict in `desk/short.txt` is resolved as it was the last time
    exit 0
    M project/desk/conf.yaml
    M project/desk/names.py
    M project/desk/package.json
    M project/desk/page.txt
    M project/desk/short.txt
    M project/kiln.lock
    M project/kiln.sum
    ");
    assert_eq!(terminal.read("desk/short.txt"), "level mine\nlevel two\n");
    // What this clone remembers is an aid and nothing more.
    begin();
    forget(&terminal);
    assert_eq!(terminal.kiln("sync").code, 1);
    assert!(terminal.read("desk/short.txt").contains(">>>>>>> kiln: desk 1.0.0"));
}

#[test]
fn what_stood_there_is_in_the_vault() {
    let terminal = project();
    terminal.replace("desk/short.txt", "level one", "level mine");
    let before = work(&terminal);
    let spec = terminal.read("kiln.kdl");
    set_level(&terminal, "two");
    assert_eq!(terminal.kiln("sync").code, 1);
    terminal.write("kiln.kdl", spec);
    insta::assert_snapshot!(terminal.run("undo"), @"
    $ kiln undo
    out| ✓ undid `kiln sync`: 5 files restored, 0 deleted; kiln.lock, kiln.sum too
    out|   `kiln undo` once more takes this back
    exit 0
    ");
    same(&before, &work(&terminal));
    assert_eq!(fs::read_to_string(terminal.root.join("desk/short.txt")).unwrap(), "level mine\n");
}
