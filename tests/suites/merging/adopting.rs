//! A repository that was made elsewhere comes under management; what kits wrote becomes the person's.

use std::fs;

use super::{changed_by, project, set_level, settled, work};

/// The files of a project that nobody manages: some as the kits would write them, some otherwise, some missing.
fn unmanaged() -> crate::support::Terminal {
    let terminal = project();
    for file in ["kiln.lock", "kiln.sum"] {
        fs::remove_file(terminal.root.join(file)).unwrap();
    }
    for folder in [".kiln", ".kiln-vault"] {
        fs::remove_dir_all(terminal.root.join(folder)).unwrap();
    }
    terminal.replace("desk/page.txt", "beta", "ours");
    terminal.replace("desk/package.json", "make test", "ours");
    fs::remove_file(terminal.root.join("desk/short.txt")).unwrap();
    terminal
}

#[test]
fn what_stands_there_stays() {
    let terminal = unmanaged();
    insta::assert_snapshot!(terminal.run("adopt --dry-run"), @"
    $ kiln adopt --dry-run
    out| to be created  desk/short.txt  desk
    out| demo-desk: 1 to be created, 2 customised, 2 unchanged ([TIME])
    out| dry run: nothing was written
    err| note[customised]: `desk/package.json` of `desk` has your changes
    err| note[customised]: `desk/page.txt` of `desk` has your changes
    exit 0
    ");
    insta::assert_snapshot!(changed_by(&terminal, "adopt"), @"
    $ kiln adopt
    out| created  desk/short.txt  desk
    out| ✓ demo-desk: 1 written, 2 unchanged, 2 skipped ([TIME])
    exit 0
    + project/desk/short.txt
    + project/kiln.lock
    + project/kiln.sum
    ");
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    out| ✓ demo-desk: 5 outputs as they should be, 2 notes (--verbose shows them) ([TIME])
    exit 0
    ");
    settled(&terminal);
    // From now on its edits merge.
    set_level(&terminal, "two");
    assert_eq!(terminal.kiln("sync").code, 0);
    let page = terminal.read("desk/page.txt");
    assert!(page.contains("ours") && page.contains("level two"), "{page}");
}

#[test]
fn a_managed_file_that_differs_becomes_merged() {
    let terminal = unmanaged();
    terminal.replace("../library/desk/kit.kdl", "files root", "files root ownership=managed");
    insta::assert_snapshot!(changed_by(&terminal, "adopt"), @"
    $ kiln adopt
    out| edited  kiln.kdl
    out| created  desk/short.txt  desk
    out| ✓ demo-desk: 1 written, 2 unchanged, 2 skipped ([TIME])
    exit 0
    + project/desk/short.txt
    M project/kiln.kdl
    + project/kiln.lock
    + project/kiln.sum
    ");
    insta::assert_snapshot!(terminal.read("kiln.kdl"), @r#"
    project demo-desk
    kits {
        desk
    }

    ownership {
        merged "desk/package.json" why="it differed when it was adopted"
        merged "desk/page.txt" why="it differed when it was adopted"
    }
    "#);
    assert_eq!(terminal.kiln("check").code, 0);
    settled(&terminal);
}

#[test]
fn with_a_spec_from_elsewhere() {
    let terminal = unmanaged();
    fs::rename(terminal.root.join("kiln.kdl"), terminal.outer().join("desk.kdl")).unwrap();
    insta::assert_snapshot!(terminal.run("adopt"), @"
    $ kiln adopt
    err| error[no-project]: there is no `kiln.kdl` in this folder or above it
    err|  |
    err|  = hint: make a project with `kiln new DIR --from SPEC`
    exit 2
    ");
    insta::assert_snapshot!(changed_by(&terminal, "adopt --from ../desk.kdl"), @"
    $ kiln adopt --from ../desk.kdl
    out| edited  kiln.kdl
    out| created  desk/short.txt  desk
    out| ✓ demo-desk: 1 written, 2 unchanged, 2 skipped ([TIME])
    exit 0
    + project/desk/short.txt
    + project/kiln.kdl
    + project/kiln.lock
    + project/kiln.sum
    ");
    insta::assert_snapshot!(terminal.run("adopt --from ../desk.kdl"), @"
    $ kiln adopt --from ../desk.kdl
    err| error[spec-there]: there is a `kiln.kdl` already
    err|  |
    err|  = hint: adopt with it: kiln adopt
    exit 2
    ");
    assert_eq!(terminal.kiln("check").code, 0);
}

#[test]
fn everything_is_ejected() {
    let terminal = project();
    terminal.replace("desk/page.txt", "beta", "ours");
    insta::assert_snapshot!(changed_by(&terminal, "eject"), @"
    $ kiln eject
    out| edited  kiln.kdl
    out| ✓ demo-desk: 0 written, 0 unchanged, 5 skipped ([TIME])
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    ");
    insta::assert_snapshot!(terminal.read("kiln.kdl"), @"project demo-desk");
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    out| ✓ demo-desk: 0 outputs as they should be ([TIME])
    exit 0
    ");
    let before = work(&terminal);
    assert_eq!(terminal.kiln("undo").code, 0);
    assert_ne!(before, work(&terminal));
    assert_eq!(terminal.kiln("check").code, 0);
}

#[test]
fn one_kit_is_ejected() {
    let terminal = project();
    terminal.write("kiln.kdl", "project demo-desk\nkits {\n    blog\n    site\n}\n");
    assert_eq!(terminal.kiln("sync --take **").code, 0);
    insta::assert_snapshot!(terminal.run("eject site"), @"
    $ kiln eject site
    err| error[still-needed]: `blog` requires `web`, so `site` cannot go
    err|  |
    err|  = hint: let both go: kiln eject site blog
    exit 2
    ");
    insta::assert_snapshot!(changed_by(&terminal, "eject blog"), @"
    $ kiln eject blog
    out| edited  kiln.kdl
    out| ✓ demo-desk: 0 written, 2 unchanged, 3 skipped ([TIME])
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    ");
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    out| ✓ demo-desk: 4 outputs as they should be, 2 notes (--verbose shows them) ([TIME])
    exit 0
    ");
    settled(&terminal);
    assert!(terminal.read("site/index.html").contains("blog"));
}
