//! Two branches that both synced, merged by git.

use super::Work;

#[test]
fn different_kits_on_two_branches() {
    let work = Work::new();
    work.branch("left", "    site\n", "    site\n    store\n");
    work.branch("right", "    models\n", "    models\n    scripts\n");
    work.git("merge -q --no-edit left");
    work.git("merge -q --no-edit right");
    insta::assert_snapshot!(work.terminal.run("check"), @"
    $ kiln check
    out| ✓ demo-site: 10 outputs as they should be, 1 note (--verbose shows them) ([TIME])
    exit 0
    ");
    insta::assert_snapshot!(work.terminal.run("sync"), @"
    $ kiln sync
    out| ✓ demo-site is up to date: 9 unchanged, 1 skipped ([TIME])
    exit 0
    ");
    assert_eq!(work.terminal.kiln("check").code, 0);
    assert_eq!(work.terminal.kiln("sync --locked").code, 0);
    work.assert_as_from_scratch();
}

/// `blog` writes its counts only beside `report`: neither branch has them.
#[test]
fn what_two_branches_make_only_together() {
    let work = Work::new();
    work.git("checkout -q -b both");
    work.change("prepare", "    blog\n", "");
    work.git("branch -f main");
    work.branch("left", "kits {\n", "kits {\n    blog\n");
    work.branch("right", "    site\n", "    site\n    report\n    store\n");
    work.git("checkout -q main");
    work.git("merge -q --no-edit left");
    work.git("merge -q --no-edit right");
    insta::assert_snapshot!(work.terminal.run("check"), @"
    $ kiln check
    err| error[lock-stale]: 1 output would be written: `counts.txt`
    err|   hint: run `kiln sync` and commit the result; `kiln diff` shows the changes
    err| ✗ demo-site: 1 finding ([TIME])
    exit 1
    ");
    insta::assert_snapshot!(work.terminal.run("sync"), @"
    $ kiln sync
    out| created  counts.txt  blog
    out| ✓ demo-site: 1 written, 8 unchanged, 1 skipped ([TIME])
    exit 0
    ");
    assert_eq!(work.terminal.kiln("check").code, 0);
    work.assert_as_from_scratch();
}

/// Parts of one output from two branches, and a person's edit in it on a third.
#[test]
fn an_edited_output_that_both_branches_changed() {
    let work = Work::new();
    work.terminal.replace("site/index.html", "<h1>Demo</h1>", "<h1>Demo</h1>\n<p>Mine</p>");
    work.commit("mine");
    work.branch("left", "    blog\n", "    blog { posts a b }\n");
    work.branch("right", "    site\n", "    site { footer \"Right\" }\n");
    work.git("merge -q --no-edit left");
    work.git("merge -q --no-edit right");
    // What the file has taken in is in no single lock that was ever committed but the merged one.
    let clone = work.clone_to("clone");
    let path = clone.join("kiln.kdl");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("title \"Demo\"", "title \"Other\"")).unwrap();
    let answer = work.terminal.kiln_in(&clone, "sync");
    assert_eq!(answer.code, 0, "{}{}", answer.out, answer.err);
    insta::assert_snapshot!(std::fs::read_to_string(clone.join("site/index.html")).unwrap(), @"
    <h1>Other</h1>
    <p>Mine</p>
    <ul>
      <li>home: Other</li>
      <li>blog: Blog</li>
    </ul>
    <p>Posts of Other</p>
    <footer>Right</footer>
    ");
}

#[test]
fn both_sides_changed_the_same_part() {
    let work = Work::new();
    work.branch("left", "    blog\n", "    blog { posts left }\n");
    work.branch("right", "    blog\n", "    blog { posts right }\n");
    work.git("merge -q --no-edit left");
    assert_eq!(work.try_git("merge -q --no-edit right").code, 1);
    insta::assert_snapshot!(work.conflicts(), @"
    kiln.kdl
    kiln.lock
    site/blog.html
    ");
    insta::assert_snapshot!(work.terminal.run("sync"), @"
    $ kiln sync
    err| error[spec-conflict]: `kiln.kdl` has a conflict that is not resolved, in line 3
    err|  --> kiln.kdl:3:1
    err|   |
    err| 3 | <<<<<<< HEAD
    err|   | ^^^^^^^^^^^^
    err|   |
    err|   = hint: keep what is right of both sides and remove the marker lines; then `kiln sync`
    exit 2
    ");
    // The person decides in the spec, and takes the other side's bytes of the output by mistake.
    work.git("checkout --theirs kiln.kdl");
    work.git("checkout --ours site/blog.html");
    insta::assert_snapshot!(work.terminal.run("sync"), @"
    $ kiln sync
    err| error[lock-conflict]: `kiln.lock` has conflict markers
    err|   --> kiln.lock:52:1
    err|    |
    err| 52 | <<<<<<< HEAD
    err|    | ^^^^^^^^^^^^
    err|    |
    err|    = hint: solve the spec anew with what both sides had: kiln lock --resolve
    exit 2
    ");
    insta::assert_snapshot!(work.terminal.run("lock --resolve"), @r#"
    $ kiln lock --resolve
    out| kit.blog.option.posts  "left" | "right" → "right"  what kiln.kdl says
    out| ✓ resolved kiln.lock: 3 kits ([TIME])
    out|
    out| Next:
    out|   kiln sync
    exit 0
    "#);
    let facts = work.terminal.read("kiln.sum");
    assert_eq!(
        facts.lines().filter(|line| line.contains(" site/blog.html ")).count(),
        2,
        "{facts}"
    );
    // It is one of the two facts: pristine, not an edit.
    insta::assert_snapshot!(work.terminal.run("sync"), @"
    $ kiln sync
    out| updated  site/blog.html  blog
    out| ✓ demo-site: 1 written, 5 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    ");
    assert_eq!(work.terminal.kiln("check").code, 0);
    work.commit("merged");
    work.assert_as_from_scratch();
}

#[test]
fn both_sides_changed_the_same_part_and_a_person_edited_it() {
    let work = Work::new();
    work.branch("left", "    blog\n", "    blog { posts left }\n");
    work.branch("right", "    blog\n", "    blog { posts right }\n");
    work.git("merge -q --no-edit left");
    work.try_git("merge -q --no-edit right");
    work.git("checkout --theirs kiln.kdl");
    // The resolution holds the left render with a line of the person.
    work.terminal.write("site/blog.html", "<article>left</article>\n<p>Mine</p>\n");
    assert_eq!(work.terminal.kiln("lock --resolve").code, 0);
    // The base is the left render, whatever the new one is: the change is not lost.
    insta::assert_snapshot!(work.terminal.run("sync"), @"
    $ kiln sync
    out| merged  site/blog.html  blog
    out| ✓ demo-site: 1 written, 5 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    err| note[merged-closely]: `site/blog.html`: lines 1 to 2 come from a close merge: the sides changed different words
    exit 0
    ");
    insta::assert_snapshot!(work.terminal.read("site/blog.html"), @"
    <article>right</article>
    <p>Mine</p>
    ");
}

#[test]
fn rebase_and_cherry_pick() {
    let work = Work::new();
    work.branch("left", "    site\n", "    site\n    store\n");
    work.branch("right", "    models\n", "    models\n    scripts\n");
    work.git("checkout -q right");
    work.git("rebase -q left");
    assert_eq!(work.terminal.kiln("sync").code, 0);
    assert_eq!(work.terminal.kiln("check").code, 0);
    work.assert_as_from_scratch();
    work.git("checkout -q main");
    work.git("cherry-pick right");
    assert_eq!(work.terminal.kiln("sync").code, 0);
    assert_eq!(work.terminal.kiln("check").code, 0);
    work.assert_as_from_scratch();
}

#[test]
fn a_revert_of_a_sync_is_clean() {
    let work = Work::new();
    work.change("more", "    blog\n", "    blog { posts a b }\n    ledger\n");
    work.change("later", "    site\n", "    site { footer Later }\n");
    work.git("revert --no-edit HEAD~1");
    insta::assert_snapshot!(work.terminal.run("check"), @"
    $ kiln check
    out| ✓ demo-site: 7 outputs as they should be, 1 note (--verbose shows them) ([TIME])
    exit 0
    ");
    work.assert_as_from_scratch();
}

#[test]
fn an_older_commit_with_a_newer_vault() {
    let work = Work::new();
    work.change("more", "    blog\n", "    blog { posts a b }\n");
    work.git("checkout -q HEAD~1");
    insta::assert_snapshot!(work.terminal.run("check"), @"
    $ kiln check
    out| ✓ demo-site: 7 outputs as they should be, 1 note (--verbose shows them) ([TIME])
    exit 0
    ");
    // The undo record belongs to another tree: it is not applied to this one.
    let before = work.terminal.read("site/blog.html");
    insta::assert_snapshot!(work.terminal.run("undo"), @"
    $ kiln undo
    err| error[undo-moved]: `kiln.sum` is not as the last sync left it, so that sync cannot be undone
    err|  |
    err|  = hint: another commit or branch is there now: check out the one that was synced, or go back with git
    err|  = hint: `kiln sync` makes the project as its spec says now
    exit 1
    ");
    assert_eq!(work.terminal.read("site/blog.html"), before);
    assert_eq!(work.terminal.kiln("sync").code, 0);
    assert_eq!(work.git("status --porcelain").out, "");
}
