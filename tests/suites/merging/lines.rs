//! Texts: what both sides changed in different places, line ends, files that are no text.

use std::fs;

use super::{changed_by, project, set_level, settled};

#[test]
fn what_is_apart_merges() {
    let terminal = project();
    terminal.replace("desk/page.txt", "beta", "beta, by hand");
    set_level(&terminal, "two");
    insta::assert_snapshot!(terminal.run("diff desk/page.txt"), @"
    $ kiln diff desk/page.txt
    out| diff --git a/desk/page.txt b/desk/page.txt
    out| --- a/desk/page.txt
    out| +++ b/desk/page.txt
    out| @@ -4,10 +4,10 @@
    out|  title
    out|
    out|  alpha
    out|  beta, by hand
    out|  gamma
    out|
    out| -level one
    out| +level two
    out|
    out|  delta
    out|  epsilon
    exit 0
    ");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| updated  desk/conf.yaml  desk
    out| updated  desk/names.py  desk
    out| updated  desk/package.json  desk
    out| merged  desk/page.txt  desk
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
    assert!(terminal.read("desk/page.txt").contains("beta, by hand"));
    assert!(terminal.read("desk/page.txt").contains("level two"));
    insta::assert_snapshot!(terminal.run("check -v"), @"
    $ kiln check -v
    out| ✓ demo-desk: 5 outputs as they should be, 1 note ([TIME])
    err| note[customised]: `desk/page.txt` of `desk` has your changes
    exit 0
    ");
    settled(&terminal);
}

#[test]
fn lines_that_both_added_to_a_list_are_to_be_looked_over() {
    let terminal = project();
    terminal.replace("desk/names.py", "    \"first\",\n", "    \"first\",\n    \"mine\",\n");
    terminal.replace("kiln.kdl", "    desk\n", "    desk { tool #true }\n");
    insta::assert_snapshot!(changed_by(&terminal, "sync -v"), @"
    $ kiln sync -v
    out| created  bin/tool  desk
    out| merged  desk/names.py  desk
    out| ✓ demo-desk: 2 written, 4 unchanged, 0 skipped ([TIME])
    err| note[merged-closely]: `desk/names.py`: lines 3 to 4 come from a close merge: both sides added or took out entries, and all of that was kept
    exit 0
    + project/bin
    + project/bin/tool
    M project/desk/names.py
    M project/kiln.lock
    M project/kiln.sum
    ");
    insta::assert_snapshot!(terminal.read("desk/names.py"), @r#"
    NAMES = [
        "first",
        "mine",
        "theirs",
        "one",
        "last",
    ]
    "#);
    insta::assert_snapshot!(terminal.run("status"), @r#"
    $ kiln status
    out| demo-desk: 1 customised, 5 unchanged ([TIME])
    out| diff --git a/desk/names.py b/desk/names.py
    out| --- a/desk/names.py
    out| +++ b/desk/names.py
    out| @@ -1,5 +1,6 @@
    out|  NAMES = [
    out|      "first",
    out| +    "mine",
    out|      "theirs",
    out|      "one",
    out|      "last",
    err| note[customised]: `desk/names.py` of `desk` has your changes
    err| note[merged-closely]: `desk/names.py`: lines 3 to 4 come from a close merge of the last sync: both sides added or took out entries, and all of that was kept
    exit 0
    "#);
    settled(&terminal);
}

#[test]
fn line_ends_stay_the_persons() {
    let terminal = project();
    let text = terminal.read("desk/page.txt").replace("beta", "mine").replace('\n', "\r\n");
    terminal.write("desk/page.txt", text.trim_end());
    set_level(&terminal, "two");
    assert_eq!(terminal.kiln("sync").code, 0);
    let merged = fs::read(terminal.root.join("desk/page.txt")).unwrap();
    insta::assert_snapshot!(String::from_utf8(merged).unwrap().escape_debug(), @r"title\r\n\r\nalpha\r\nmine\r\ngamma\r\n\r\nlevel two\r\n\r\ndelta\r\nepsilon");
    settled(&terminal);
}

#[test]
fn a_file_that_is_no_text_needs_a_word() {
    let terminal = project();
    terminal.write("desk/short.txt", b"level\0one\n");
    set_level(&terminal, "two");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    err| error[binary]: `desk/short.txt` was edited, `desk` changes it, and it is no text that could be merged
    err|   hint: take kiln's version, yours is kept in the vault: kiln sync --take desk/short.txt
    err|   hint: keep yours: kiln sync --keep desk/short.txt
    err| stopped: nothing was written
    exit 1
    ");
    insta::assert_snapshot!(changed_by(&terminal, "sync --keep desk/short.txt"), @"
    $ kiln sync --keep desk/short.txt
    out| updated  desk/conf.yaml  desk
    out| updated  desk/names.py  desk
    out| updated  desk/package.json  desk
    out| updated  desk/page.txt  desk
    out| ✓ demo-desk: 4 written, 0 unchanged, 1 skipped ([TIME])
    exit 0
    M project/desk/conf.yaml
    M project/desk/names.py
    M project/desk/package.json
    M project/desk/page.txt
    M project/kiln.lock
    M project/kiln.sum
    ");
    settled(&terminal);
}

#[test]
fn the_person_did_the_same() {
    let terminal = project();
    terminal.replace("desk/page.txt", "level one", "level two");
    set_level(&terminal, "two");
    assert_eq!(terminal.kiln("sync").code, 0);
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    out| ✓ demo-desk: 5 outputs as they should be ([TIME])
    exit 0
    ");
    settled(&terminal);
}

#[test]
fn a_base_that_nobody_can_render() {
    let terminal = project();
    terminal.replace("desk/page.txt", "beta", "mine");
    // The kit changed under its version, so its old content is nowhere.
    terminal.replace("../library/desk/files/root/page.txt", "gamma", "theirs");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    err| error[no-base]: `desk/page.txt` was edited, `desk` changes it, and what it started from cannot be rendered any more
    err|   hint: take kiln's version, yours is kept in the vault: kiln sync --take desk/page.txt
    err|   hint: keep yours: kiln sync --keep desk/page.txt
    err|   hint: put the two together by hand: kiln sync --merge desk/page.txt
    err| stopped: nothing was written
    exit 1
    ");
    insta::assert_snapshot!(changed_by(&terminal, "sync --merge desk/page.txt"), @"
    $ kiln sync --merge desk/page.txt
    out| conflict  desk/page.txt  desk
    err| error[conflict]: `desk/page.txt` was edited, and `desk` changes the same lines: 1 conflict
    err|   hint: resolve what is between the markers in the file; `kiln resolve --check` looks it over
    err|   hint: take kiln's version, yours is kept in the vault: kiln sync --take desk/page.txt
    err| ✗ demo-desk: 1 written, 4 unchanged, 0 skipped, 1 finding ([TIME])
    exit 1
    M project/desk/page.txt
    M project/kiln.lock
    M project/kiln.sum
    ");
    insta::assert_snapshot!(terminal.read("desk/page.txt"), @"
    title

    alpha
    <<<<<<< kiln: yours
    mine
    gamma
    =======
    beta
    theirs
    >>>>>>> kiln: desk 1.0.0

    level one

    delta
    epsilon
    ");
    settled(&terminal);
}

#[test]
fn a_file_that_was_there_first_is_put_together_on_demand() {
    let terminal = project();
    terminal.write("bin/tool", "#!/bin/sh\necho mine\n");
    terminal.replace("kiln.kdl", "    desk\n", "    desk { tool #true }\n");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    err| error[in-the-way]: `bin/tool` is there already, and `desk` wants to write it
    err|   hint: take kiln's version, yours is kept in the vault: kiln sync --take bin/tool
    err|   hint: keep yours: kiln sync --keep bin/tool
    err|   hint: put the two together by hand: kiln sync --merge bin/tool
    err|   hint: leave it alone: kiln exclude bin/tool
    err| stopped: nothing was written
    exit 1
    ");
    insta::assert_snapshot!(changed_by(&terminal, "sync --merge bin/tool"), @"
    $ kiln sync --merge bin/tool
    out| conflict  bin/tool  desk
    out| updated  desk/names.py  desk
    err| error[conflict]: `bin/tool` was edited, and `desk` changes the same lines: 1 conflict
    err|   hint: resolve what is between the markers in the file; `kiln resolve --check` looks it over
    err|   hint: take kiln's version, yours is kept in the vault: kiln sync --take bin/tool
    err| ✗ demo-desk: 2 written, 4 unchanged, 0 skipped, 1 finding ([TIME])
    exit 1
    M project/bin/tool
    M project/desk/names.py
    M project/kiln.lock
    M project/kiln.sum
    ");
    insta::assert_snapshot!(terminal.read("bin/tool"), @"
    #!/bin/sh
    <<<<<<< kiln: yours
    echo mine
    =======
    echo one
    >>>>>>> kiln: desk 1.0.0
    ");
    settled(&terminal);
}
