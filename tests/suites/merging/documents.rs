//! Documents: merged by key, with the person's formatting; a key that both changed is a stop, never markers.

use super::{changed_by, project, set_level, settled};

#[test]
fn keys_merge_and_the_format_stays() {
    let terminal = project();
    terminal.write(
        "desk/package.json",
        "{\n    \"scripts\": {\"test\": \"make test\", \"build\": \"make one\", \"mine\": \"x\"},\n    \"name\": \"desk\",\n    \"private\": null\n}\n",
    );
    terminal.write(
        "desk/conf.yaml",
        "# mine\nports: [80, 443]\nlevel: one # the level\nlimits:\n  rate: 10\n",
    );
    set_level(&terminal, "two");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| merged  desk/conf.yaml  desk
    out| updated  desk/names.py  desk
    out| merged  desk/package.json  desk
    out| updated  desk/page.txt  desk
    out| updated  desk/short.txt  desk
    out| ✓ demo-desk: 5 written, 0 unchanged, 0 skipped ([TIME])
    exit 0
    M project/desk/conf.yaml
    M project/desk/names.py
    M project/desk/package.json
    M project/desk/page.txt
    M project/desk/short.txt
    M project/kiln.lock
    M project/kiln.sum
    ");
    insta::assert_snapshot!(terminal.read("desk/package.json"), @r#"
    {
        "scripts": {"test": "make test", "build": "make two", "mine": "x"},
        "name": "desk",
        "private": null
    }
    "#);
    insta::assert_snapshot!(terminal.read("desk/conf.yaml"), @"
    # mine
    ports: [80, 443]
    level: two # the level
    limits:
      rate: 10
    ");
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    out| ✓ demo-desk: 5 outputs as they should be, 2 notes (--verbose shows them) ([TIME])
    exit 0
    ");
    settled(&terminal);
}

#[test]
fn a_key_that_both_changed() {
    let terminal = project();
    terminal.replace("desk/package.json", "make one", "make mine");
    terminal.replace("desk/conf.yaml", "level: one", "level: mine");
    set_level(&terminal, "two");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @r#"
    $ kiln sync
    err| error[document-key]: `desk/conf.yaml#level` is `"mine"` for you and `"two"` for `desk`; it was `"one"`
    err|   hint: take kiln's, yours is kept in the vault: kiln sync --take desk/conf.yaml#level
    err|   hint: keep yours: kiln sync --keep desk/conf.yaml#level
    err|   hint: keep yours from now on: kiln foreign desk/conf.yaml#level
    err| error[document-key]: `desk/package.json#scripts.build` is `"make mine"` for you and `"make two"` for `desk`; it was `"make one"`
    err|   hint: take kiln's, yours is kept in the vault: kiln sync --take desk/package.json#scripts.build
    err|   hint: keep yours: kiln sync --keep desk/package.json#scripts.build
    err|   hint: keep yours from now on: kiln foreign desk/package.json#scripts.build
    err| stopped: nothing was written
    exit 1
    "#);
    insta::assert_snapshot!(terminal.run("check"), @r#"
    $ kiln check
    err| error[lock-stale]: 3 outputs would be written: `desk/names.py`, `desk/page.txt`, `desk/short.txt`
    err|   hint: run `kiln sync` and commit the result; `kiln diff` shows the changes
    err| error[document-key]: `desk/conf.yaml#level` is `"mine"` for you and `"two"` for `desk`; it was `"one"`
    err|   hint: take kiln's, yours is kept in the vault: kiln sync --take desk/conf.yaml#level
    err|   hint: keep yours: kiln sync --keep desk/conf.yaml#level
    err|   hint: keep yours from now on: kiln foreign desk/conf.yaml#level
    err| error[document-key]: `desk/package.json#scripts.build` is `"make mine"` for you and `"make two"` for `desk`; it was `"make one"`
    err|   hint: take kiln's, yours is kept in the vault: kiln sync --take desk/package.json#scripts.build
    err|   hint: keep yours: kiln sync --keep desk/package.json#scripts.build
    err|   hint: keep yours from now on: kiln foreign desk/package.json#scripts.build
    err| error[spec-stale]: `kiln.lock` does not say what the spec says: options of `desk` differ
    err|   hint: run `kiln sync` and commit the result
    err| ✗ demo-desk: 4 findings ([TIME])
    exit 1
    "#);
    insta::assert_snapshot!(changed_by(&terminal, "sync --keep desk/package.json#scripts.build --take desk/conf.yaml#level"), @"
    $ kiln sync --keep desk/package.json#scripts.build --take desk/conf.yaml#level
    out| merged  desk/conf.yaml  desk
    out| updated  desk/names.py  desk
    out| updated  desk/page.txt  desk
    out| updated  desk/short.txt  desk
    out| ✓ demo-desk: 4 written, 0 unchanged, 1 skipped ([TIME])
    exit 0
    M project/desk/conf.yaml
    M project/desk/names.py
    M project/desk/page.txt
    M project/desk/short.txt
    M project/kiln.lock
    M project/kiln.sum
    ");
    assert!(terminal.read("desk/package.json").contains("make mine"));
    assert!(terminal.read("desk/conf.yaml").contains("level: two"));
    settled(&terminal);
    // What was kept is the person's until the kit changes it again.
    set_level(&terminal, "three");
    assert_eq!(terminal.kiln("sync").code, 1);
    terminal.write(
        "kiln.kdl",
        "project demo-desk\nkits {\n    desk { level three }\n}\nownership {\n    foreign \"desk/package.json#scripts.build\" why=\"we build otherwise\"\n}\n",
    );
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| updated  desk/conf.yaml  desk
    out| updated  desk/names.py  desk
    out| updated  desk/page.txt  desk
    out| updated  desk/short.txt  desk
    out| ✓ demo-desk: 4 written, 0 unchanged, 1 skipped ([TIME])
    exit 0
    M project/desk/conf.yaml
    M project/desk/names.py
    M project/desk/page.txt
    M project/desk/short.txt
    M project/kiln.lock
    M project/kiln.sum
    ");
    assert!(terminal.read("desk/package.json").contains("make mine"));
    settled(&terminal);
}

#[test]
fn a_document_that_cannot_be_read_is_merged_by_lines() {
    let terminal = project();
    terminal.replace("desk/package.json", "\"name\": \"desk\",", "\"name\": \"desk\"; oh");
    set_level(&terminal, "two");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| updated  desk/conf.yaml  desk
    out| updated  desk/names.py  desk
    out| merged  desk/package.json  desk
    out| updated  desk/page.txt  desk
    out| updated  desk/short.txt  desk
    out| ✓ demo-desk: 5 written, 0 unchanged, 0 skipped ([TIME])
    err| note[document-unreadable]: `desk/package.json` is no JSON that can be read: unexpected token (line 2); it is merged by lines
    err|   hint: correct line 2 of the file, then it is merged by its keys again
    exit 0
    M project/desk/conf.yaml
    M project/desk/names.py
    M project/desk/package.json
    M project/desk/page.txt
    M project/desk/short.txt
    M project/kiln.lock
    M project/kiln.sum
    ");
    insta::assert_snapshot!(terminal.read("desk/package.json"), @r#"
    {
      "name": "desk"; oh
      "scripts": {
        "build": "make two",
        "test": "make test"
      }
    }
    "#);
    settled(&terminal);
}
