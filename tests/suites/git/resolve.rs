//! A lock with the markers of a conflict.

use super::Work;

/// Both branches change one option of `site`.
fn conflict() -> Work {
    let work = Work::new();
    work.branch("left", "    site\n", "    site { footer Left }\n    store\n");
    work.branch("right", "    site\n", "    site { footer Right }\n    scripts\n");
    work.git("merge -q --no-edit left");
    assert_eq!(work.try_git("merge -q --no-edit right").code, 1);
    work
}

#[test]
fn markers_are_named_and_resolved() {
    let work = conflict();
    insta::assert_snapshot!(work.conflicts(), @"
    kiln.kdl
    kiln.lock
    site/index.html
    ");
    let spec = work.terminal.run("lock --resolve");
    insta::assert_snapshot!(spec, @"
    $ kiln lock --resolve
    err| error[spec-conflict]: `kiln.kdl` has a conflict that is not resolved, in line 7
    err|  --> kiln.kdl:7:1
    err|   |
    err| 7 | <<<<<<< HEAD
    err|   | ^^^^^^^^^^^^
    err|   |
    err|   = hint: keep what is right of both sides and remove the marker lines; then `kiln sync`
    exit 2
    ");
    work.terminal.write(
        "kiln.kdl",
        super::SPEC.replace("    site\n", "    site { footer Both }\n    scripts\n    store\n"),
    );
    insta::assert_snapshot!(work.terminal.run("check"), @"
    $ kiln check
    err| error[lock-conflict]: `kiln.lock` has conflict markers
    err|   --> kiln.lock:72:1
    err|    |
    err| 72 | <<<<<<< HEAD
    err|    | ^^^^^^^^^^^^
    err|    |
    err|    = hint: solve the spec anew with what both sides had: kiln lock --resolve
    exit 2
    ");
    insta::assert_snapshot!(work.terminal.run("lock --resolve --locked"), @"
    $ kiln lock --resolve --locked
    err| error[lock-stale]: `kiln.lock` would change, and `--locked` forbids it
    err|  |
    err|  = hint: leave `--locked` out
    exit 1
    ");
    insta::assert_snapshot!(work.terminal.run("lock --resolve"), @r#"
    $ kiln lock --resolve
    out| store  1.0.0 | - → 1.0.0  only one side has it
    out| kit.site.option.footer  "Left" | "Right" → "Both"  what kiln.kdl says
    out| ✓ resolved kiln.lock: 6 kits ([TIME])
    out|
    out| Next:
    out|   kiln sync
    exit 0
    "#);
    insta::assert_snapshot!(work.terminal.run("lock --resolve"), @"
    $ kiln lock --resolve
    out| ✓ kiln.lock has no conflict markers: 6 kits ([TIME])
    exit 0
    ");
    work.git("checkout --ours site/index.html");
    insta::assert_snapshot!(work.terminal.run("sync"), @"
    $ kiln sync
    out| updated  site/index.html  site
    out| ✓ demo-site: 1 written, 8 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    ");
    assert_eq!(work.terminal.kiln("check").code, 0);
    work.assert_as_from_scratch();
}

#[test]
fn the_higher_version_where_both_moved() {
    let work = Work::new();
    let lock = work.terminal.read("kiln.lock");
    let of = |version: &str| {
        let block = lock.find("[kit.site]").unwrap();
        let (before, after) = lock.split_at(block);
        before.to_owned() + &after.replacen("1.2.0", version, 1)
    };
    let start = lock.find("[kit.site]").unwrap();
    let end = start + lock[start..].find("source").unwrap();
    let side = |version: &str| of(version)[start..end].to_owned();
    work.terminal.write(
        "kiln.lock",
        format!(
            "{}<<<<<<< HEAD\n{}||||||| base\n{}=======\n{}>>>>>>> other\n{}",
            &lock[..start],
            side("1.1.0"),
            side("1.0.0"),
            side("1.2.0"),
            &lock[end..]
        ),
    );
    insta::assert_snapshot!(work.terminal.run("lock --resolve"), @"
    $ kiln lock --resolve
    out| site  1.1.0 | 1.2.0 → 1.2.0  the higher of both
    out| ✓ resolved kiln.lock: 3 kits ([TIME])
    out|
    out| Next:
    out|   kiln sync
    exit 0
    ");
    assert_eq!(work.terminal.read("kiln.lock"), lock);
}

#[test]
fn markers_that_do_not_fit_together() {
    let work = Work::new();
    work.terminal.replace("kiln.lock", "[project]\n", "<<<<<<< HEAD\n[project]\n");
    insta::assert_snapshot!(work.terminal.run("lock --resolve"), @"
    $ kiln lock --resolve
    err| error[lock-conflict]: `kiln.lock`: the markers of conflicts do not fit together in line 64
    err|   --> kiln.lock:64:1
    err|    |
    err| 64 | # ---- end
    err|    | ^^^^^^^^^^
    err|    |
    err|    = hint: let git write the conflict again: git checkout --merge kiln.lock
    err|    = hint: or take one side, then run `kiln lock`: git checkout --ours kiln.lock
    exit 2
    ");
    work.terminal.replace(
        "kiln.lock",
        "<<<<<<< HEAD\n",
        "<<<<<<< HEAD\n=======\nthis\n>>>>>>> x\n",
    );
    insta::assert_snapshot!(work.terminal.run("lock --resolve"), @"
    $ kiln lock --resolve
    err| error[lock-syntax]: `kiln.lock of theirs` is not valid TOML: key with no value, expected `=`
    err|  --> kiln.lock of theirs:8:5
    err|   |
    err| 8 | this
    err|   |     ^
    err|   |
    err|   = hint: take the other side with git, then run `kiln lock`: git checkout --ours kiln.lock
    exit 2
    ");
}
