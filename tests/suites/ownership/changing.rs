//! Ownership that changes later, and what each kind does with a file that is deleted.

use std::fs;

use super::{done, project, settled};

#[test]
fn from_managed_to_merged_to_seeded_to_excluded_and_back() {
    let terminal = project();
    let path = "site/style.css";
    insta::assert_snapshot!(done(&terminal, "own site/style.css"), @r#"
    $ kiln own site/style.css
    out| edited  kiln.kdl
    out| ✓ demo-site: 0 written, 6 unchanged, 1 skipped ([TIME])
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    spec| ownership {
    spec|     merged "site/style.css"
    "#);
    terminal.replace(path, "white", "ivory");
    insta::assert_snapshot!(done(&terminal, "own site/style.css --seeded"), @r#"
    $ kiln own site/style.css --seeded
    out| edited  kiln.kdl
    out| ✓ demo-site: 0 written, 5 unchanged, 2 skipped ([TIME])
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    spec|     seeded "site/style.css"
    "#);
    // The kit's changes pass it by.
    terminal.replace("kiln.kdl", "    site\n", "    site { width 100 }\n");
    assert_eq!(terminal.kiln("sync").code, 0);
    assert!(terminal.read(path).contains("72ch"));
    insta::assert_snapshot!(done(&terminal, "exclude site/style.css"), @r#"
    $ kiln exclude site/style.css
    out| edited  kiln.kdl
    out| ✓ demo-site: 0 written, 5 unchanged, 2 skipped ([TIME])
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    spec|     exclude "site/style.css"
    "#);
    // Back again: what stands there is a person's.
    insta::assert_snapshot!(done(&terminal, "own site/style.css"), @"
    $ kiln own site/style.css
    err| error[in-the-way]: `site/style.css` is there already, and `site` wants to write it
    err|   hint: take kiln's version, yours is kept in the vault: kiln own site/style.css --take site/style.css
    err|   hint: keep yours: kiln own site/style.css --keep site/style.css
    err|   hint: put the two together by hand: kiln own site/style.css --merge site/style.css
    err|   hint: leave it alone: kiln exclude site/style.css
    err| stopped: nothing was written
    exit 1
    ");
    insta::assert_snapshot!(done(&terminal, "own site/style.css --keep site/style.css"), @r#"
    $ kiln own site/style.css --keep site/style.css
    out| edited  kiln.kdl
    out| ✓ demo-site: 0 written, 5 unchanged, 2 skipped ([TIME])
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    spec|     merged "site/style.css"
    "#);
    assert!(terminal.read(path).contains("ivory"));
    insta::assert_snapshot!(done(&terminal, "own site/style.css --managed"), @r#"
    $ kiln own site/style.css --managed
    out| edited  kiln.kdl
    err| error[edited]: `site/style.css` was edited, and `site` manages it
    err|   hint: take kiln's version, yours is kept: kiln sync --take site/style.css
    err|   hint: keep your edits and merge from now on: kiln own site/style.css
    err| ✗ demo-site: 0 written, 5 unchanged, 2 skipped, 1 finding ([TIME])
    exit 1
    M project/kiln.kdl
    M project/kiln.lock
    spec|     managed "site/style.css"
    "#);
    insta::assert_snapshot!(done(&terminal, "restore site/style.css"), @"
    $ kiln restore site/style.css
    out| updated  site/style.css  site
    out| ✓ demo-site: 1 written, 5 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/site/style.css
    ");
    settled(&terminal, "own site/style.css --managed");
    assert!(terminal.read(path).contains("100ch"));
}

#[test]
fn a_seeded_file_that_becomes_merged_takes_what_it_missed() {
    let terminal = project();
    assert_eq!(terminal.kiln("own site/style.css --seeded").code, 0);
    terminal.replace("site/style.css", "black", "navy");
    terminal.replace("kiln.kdl", "    site\n", "    site { width 100 }\n");
    assert_eq!(terminal.kiln("sync").code, 0);
    assert!(terminal.read("site/style.css").contains("72ch"));
    insta::assert_snapshot!(done(&terminal, "own site/style.css"), @r#"
    $ kiln own site/style.css
    out| edited  kiln.kdl
    out| merged  site/style.css  site
    out| ✓ demo-site: 1 written, 5 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    err| note[merged-closely]: `site/style.css`: lines 1 to 2 come from a close merge: the sides changed different words
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    M project/site/style.css
    spec|     merged "site/style.css"
    "#);
    let text = terminal.read("site/style.css");
    assert!(text.contains("100ch") && text.contains("navy"), "{text}");
}

#[test]
fn excluded_and_then_taken_in_again() {
    let terminal = project();
    assert_eq!(terminal.kiln("exclude site/style.css").code, 0);
    // It is as kiln would write it: adopted.
    insta::assert_snapshot!(done(&terminal, "own site/style.css --managed"), @r#"
    $ kiln own site/style.css --managed
    out| edited  kiln.kdl
    out| ✓ demo-site: 0 written, 6 unchanged, 1 skipped ([TIME])
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    spec|     managed "site/style.css"
    "#);
    settled(&terminal, "sync");
    assert_eq!(terminal.kiln("exclude site/style.css").code, 0);
    fs::remove_file(terminal.root.join("site/style.css")).unwrap();
    // Nothing stands there: created.
    insta::assert_snapshot!(done(&terminal, "own site/style.css --managed"), @r#"
    $ kiln own site/style.css --managed
    out| edited  kiln.kdl
    out| created  site/style.css  site
    out| ✓ demo-site: 1 written, 5 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    + project/site/style.css
    spec|     managed "site/style.css"
    "#);
    assert_eq!(terminal.kiln("exclude site/style.css").code, 0);
    terminal.write("site/style.css", "body {}\n");
    insta::assert_snapshot!(done(&terminal, "own site/style.css --managed"), @"
    $ kiln own site/style.css --managed
    err| error[in-the-way]: `site/style.css` is there already, and `site` wants to write it
    err|   hint: take kiln's version, yours is kept in the vault: kiln own --managed site/style.css --take site/style.css
    err|   hint: leave it alone: kiln exclude site/style.css
    err| stopped: nothing was written
    exit 1
    ");
    insta::assert_snapshot!(done(&terminal, "own site/style.css --managed --take site/style.css"), @r#"
    $ kiln own site/style.css --managed --take site/style.css
    out| edited  kiln.kdl
    out| updated  site/style.css  site
    out| ✓ demo-site: 1 written, 5 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    M project/site/style.css
    spec|     managed "site/style.css"
    "#);
    settled(&terminal, "sync");
}

#[test]
fn deleted_files() {
    for (word, state) in [("--managed", "restored"), ("--merged", "restored"), ("--seeded", "")] {
        let terminal = project();
        assert_eq!(terminal.kiln(&format!("own site/style.css {word}")).code, 0);
        fs::remove_file(terminal.root.join("site/style.css")).unwrap();
        let check = terminal.kiln("check");
        assert_eq!(check.code, i32::from(!state.is_empty()), "{word}: {}", check.err);
        assert_eq!(check.err.contains("missing"), !state.is_empty(), "{word}: {}", check.err);
        let sync = terminal.kiln("sync");
        assert_eq!(sync.code, 0);
        assert_eq!(sync.out.contains("restored"), !state.is_empty(), "{word}: {}", sync.out);
        assert_eq!(terminal.root.join("site/style.css").exists(), !state.is_empty(), "{word}");
        settled(&terminal, "sync");
    }
}
