//! `foreign`: keys of documents that are the person's.

use super::{done, project, settled};

#[test]
fn a_key_is_taken_over() {
    let terminal = project();
    insta::assert_snapshot!(terminal.read("manifest.json"), @r#"
    {
      "name": "demo-site",
      "scripts": {
        "build": "make",
        "test": "make test"
      }
    }
    "#);
    insta::assert_snapshot!(done(&terminal, "foreign manifest.json#name --why ours"), @r#"
    $ kiln foreign manifest.json#name --why ours
    out| edited  kiln.kdl
    out| ✓ demo-site: 0 written, 6 unchanged, 1 skipped ([TIME])
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    spec| ownership {
    spec|     foreign "manifest.json#name" why="ours"
    "#);
    settled(&terminal, "foreign manifest.json#name");
    insta::assert_snapshot!(done(&terminal, "foreign manifest.json#name --why branding"), @r#"
    $ kiln foreign manifest.json#name --why branding
    out| edited  kiln.kdl
    out| ✓ demo-site: 0 written, 6 unchanged, 1 skipped ([TIME])
    exit 0
    M project/kiln.kdl
    spec|     foreign "manifest.json#name" why="branding"
    "#);
}

#[test]
fn what_is_no_key_of_an_output() {
    let terminal = project();
    insta::assert_snapshot!(done(&terminal, "foreign manifest.json manifets.json#name"), @"
    $ kiln foreign manifest.json manifets.json#name
    err| error[usage]: `manifest.json` names no key of a file
    err|  |
    err|  = hint: such as `package.json#scripts.dev`
    err| error[unknown-output]: no kit writes `manifets.json`
    err|  |
    err|  = hint: did you mean `manifest.json`?
    exit 2
    ");
}
