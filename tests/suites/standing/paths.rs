//! Paths are seen from where a person stands, in every command.

use std::os::unix::fs::symlink;

use super::{Stand, project, seen, set_level};

#[test]
fn a_path_is_seen_from_the_folder_that_one_stands_in() {
    let terminal = project();
    terminal.replace("desk/deep/other.txt", "see", "saw");
    insta::assert_snapshot!(seen(&terminal, "desk/deep", "diff --mine other.txt"), @"
    $ kiln diff --mine other.txt
    out| diff --git a/desk/deep/other.txt b/desk/deep/other.txt
    out| --- a/desk/deep/other.txt
    out| +++ b/desk/deep/other.txt
    out| @@ -1 +1 @@
    out| -see desk/deep/other.txt and page.txt
    out| +saw desk/deep/other.txt and page.txt
    exit 0
    ");
    insta::assert_snapshot!(seen(&terminal, "desk/deep", "diff --mine ../page.txt"), @"
    $ kiln diff --mine ../page.txt
    exit 0
    ");
    insta::assert_snapshot!(seen(&terminal, "desk/deep", "cat --side yours ./other.txt"), @"
    $ kiln cat --side yours ./other.txt
    out| saw desk/deep/other.txt and page.txt
    exit 0
    ");
    insta::assert_snapshot!(seen(&terminal, "desk/deep", "explain other.txt:1"), @"
    $ kiln explain other.txt:1
    out| desk/deep/other.txt:1
    out|     saw desk/deep/other.txt and page.txt
    out|   owner      yours: kiln writes no such line
    out|   instead    of what kiln writes there
    out|     see desk/deep/other.txt and page.txt
    exit 0
    ");
    insta::assert_snapshot!(seen(&terminal, "desk/deep", "explain ../package.json#name"), @r#"
    $ kiln explain ../package.json#name
    out| desk/package.json#name  as kiln writes it
    out|   name
    out|     = "desk"
    out|     from desk  files/root/package.json
    exit 0
    "#);
    insta::assert_snapshot!(seen(&terminal, "desk/deep", "status ."), @"
    $ kiln status .
    out| demo-desk: 1 customised, 1 unchanged ([TIME])
    out| diff --git a/desk/deep/other.txt b/desk/deep/other.txt
    out| --- a/desk/deep/other.txt
    out| +++ b/desk/deep/other.txt
    out| @@ -1 +1 @@
    out| -see desk/deep/other.txt and page.txt
    out| +saw desk/deep/other.txt and page.txt
    err| note[customised]: `desk/deep/other.txt` of `desk` has your changes
    exit 0
    ");
    insta::assert_snapshot!(seen(&terminal, "desk/deep", "resolve :/desk/page.txt"), @"
    $ kiln resolve :/desk/page.txt
    out| there are no conflicts
    exit 0
    ");
    insta::assert_snapshot!(seen(&terminal, "desk/deep", "own --seeded other.txt"), @"
    $ kiln own --seeded other.txt
    out| edited  kiln.kdl
    out| ✓ demo-desk: 0 written, 6 unchanged, 1 skipped ([TIME])
    exit 0
    ");
    insta::assert_snapshot!(seen(&terminal, "desk/deep", "mv other.txt ../moved.txt"), @"
    $ kiln mv other.txt ../moved.txt
    out| edited  kiln.kdl
    out| moved  desk/deep/other.txt → desk/moved.txt  desk
    out| ✓ demo-desk: 1 written, 6 unchanged, 0 skipped ([TIME])
    exit 0
    ");
    insta::assert_snapshot!(seen(&terminal, "desk", "foreign package.json#name"), @"
    $ kiln foreign package.json#name
    out| edited  kiln.kdl
    out| ✓ demo-desk: 0 written, 6 unchanged, 1 skipped ([TIME])
    exit 0
    ");
    insta::assert_snapshot!(seen(&terminal, "desk", "exclude ../shelf.txt"), @"
    $ kiln exclude ../shelf.txt
    out| edited  kiln.kdl
    out| ✓ demo-desk: 0 written, 5 unchanged, 2 skipped ([TIME])
    exit 0
    ");
    insta::assert_snapshot!(terminal.read("kiln.kdl"), @r#"
    project demo-desk
    kits {
        desk
        shelf
    }

    ownership {
        seeded "desk/moved.txt"
        foreign "desk/package.json#name"
        exclude "shelf.txt"
    }

    place "desk/deep/other.txt" at="desk/moved.txt"
    "#);
}

#[test]
fn every_command_knows_one_rule() {
    for place in 0..4 {
        for absolute in [false, true] {
            let terminal = project();
            terminal.replace("desk/page.txt", "level one", "level mine");
            set_level(&terminal, "two");
            let stand = &Stand::all(&terminal)[place];
            let path = |path: &str| match absolute {
                true => terminal.root.join(path).to_string_lossy().into_owned(),
                false => format!(":/{path}"),
            };
            let page = path("desk/page.txt");
            let ok = |words: &[&str]| {
                let answer = stand.run(&terminal, words);
                assert!(answer.code == 0, "{words:?}: {}{}", answer.out, answer.err);
                answer.out
            };
            assert!(ok(&["diff", &page]).contains("level two"));
            assert!(ok(&["status", &page]).contains("1 conflict"));
            assert!(ok(&["cat", "--side", "yours", &page]).contains("level mine"));
            assert!(ok(&["explain", &page]).contains("desk/page.txt"));
            ok(&["resolve", &page]);
            ok(&["sync", "--keep", &page]);
            assert!(terminal.read("desk/page.txt").contains("level mine"));
            ok(&["restore", &page]);
            assert!(terminal.read("desk/page.txt").contains("level two"));
            ok(&["own", "--seeded", &page]);
            ok(&["foreign", &format!("{}#name", path("desk/package.json"))]);
            ok(&["mv", &path("shelf.txt"), &path("desk/")]);
            assert_eq!(terminal.read("desk/shelf.txt"), "shelf\n");
            ok(&["rm", &path("desk/shelf.txt")]);
            ok(&["exclude", &path("house")]);
            insta::allow_duplicates! {
                insta::assert_snapshot!(terminal.read("kiln.kdl"), @r#"
                project demo-desk
                kits {
                    desk { level two }
                    shelf
                }

                ownership {
                    seeded "desk/page.txt"
                    foreign "desk/package.json#name"
                    exclude "desk/shelf.txt"
                    exclude "house/**"
                }

                place "shelf.txt" at="desk/shelf.txt"
                "#);
            }
        }
    }
}

#[test]
fn a_path_that_leaves_the_project_is_refused() {
    let terminal = project();
    let commands = [
        "own",
        "exclude",
        "rm",
        "restore",
        "cat",
        "explain",
        "diff",
        "status",
        "resolve",
        "sync --take",
        "undo --take",
        "foreign",
        "mv shelf.txt",
    ];
    for command in commands {
        for path in ["../outside.txt", "/etc/hosts", "desk/../../x#y"] {
            let answer = terminal.kiln(&format!("{command} {path}"));
            assert_eq!(answer.code, 2, "{command} {path}: {}", answer.err);
            assert!(answer.err.contains("error[outside-project]"), "{command}: {}", answer.err);
        }
    }
    insta::assert_snapshot!(seen(&terminal, "desk", "own ../../outside.txt"), @"
    $ kiln own ../../outside.txt
    err| error[outside-project]: `../../outside.txt` lies outside of the project
    err|  |
    err|  = hint: a path is seen from the folder where kiln is called, `:/PATH` from the project's root
    exit 2
    ");
}

#[test]
fn the_folder_itself_is_all_that_lies_in_it() {
    let terminal = project();
    insta::assert_snapshot!(seen(&terminal, "desk/deep", "own --managed . --dry-run"), @r#"
    $ kiln own --managed . --dry-run
    out| diff --git a/kiln.kdl b/kiln.kdl
    out| --- a/kiln.kdl
    out| +++ b/kiln.kdl
    out| @@ -3,5 +3,9 @@
    out|  project demo-desk
    out|  kits {
    out|      desk
    out|      shelf
    out|  }
    out| +
    out| +ownership {
    out| +    managed "desk/deep/**"
    out| +}
    out| demo-desk: 7 unchanged ([TIME])
    out| dry run: nothing was written
    exit 0
    "#);
    insta::assert_snapshot!(seen(&terminal, "", "exclude . --dry-run --quiet"), @r#"
    $ kiln exclude . --dry-run --quiet
    out| diff --git a/kiln.kdl b/kiln.kdl
    out| --- a/kiln.kdl
    out| +++ b/kiln.kdl
    out| @@ -3,5 +3,9 @@
    out|  project demo-desk
    out|  kits {
    out|      desk
    out|      shelf
    out|  }
    out| +
    out| +ownership {
    out| +    exclude "**"
    out| +}
    exit 0
    "#);
    insta::assert_snapshot!(seen(&terminal, "desk/deep", "cat ."), @"
    $ kiln cat .
    err| error[unknown-output]: `desk/deep` is a folder
    err|  |
    err|  = hint: name a file in it
    exit 2
    ");
    insta::assert_snapshot!(seen(&terminal, "desk/deep", "explain ."), @"
    $ kiln explain .
    err| error[unknown-output]: `desk/deep` is a folder, with 2 outputs in it
    err|  |
    err|  = hint: name one of them, such as `:/desk/deep/[id]/my page.txt`
    exit 2
    ");
    insta::assert_snapshot!(seen(&terminal, "", "mv . elsewhere"), @"
    $ kiln mv . elsewhere
    err| error[usage]: the whole project cannot be moved
    err|  |
    err|  = hint: name an output, or a folder of outputs
    exit 2
    ");
    // A folder whose name would be a pattern is itself.
    insta::assert_snapshot!(seen(&terminal, "desk/deep/[id]", "own --managed * --dry-run --quiet"), @r#"
    $ kiln own --managed * --dry-run --quiet
    out| diff --git a/kiln.kdl b/kiln.kdl
    out| --- a/kiln.kdl
    out| +++ b/kiln.kdl
    out| @@ -3,5 +3,9 @@
    out|  project demo-desk
    out|  kits {
    out|      desk
    out|      shelf
    out|  }
    out| +
    out| +ownership {
    out| +    managed "desk/deep/[[]id[]]/*"
    out| +}
    exit 0
    "#);
    insta::assert_snapshot!(seen(&terminal, "desk/deep", "own nothing.txt"), @"
    $ kiln own nothing.txt
    err| error[unknown-output]: no kit writes `desk/deep/nothing.txt`
    err|  |
    err|  = hint: a path is seen from the folder where kiln is called, `:/PATH` from the project's root
    exit 2
    ");
    insta::assert_snapshot!(seen(&terminal, "desk/deep", "own page.txt"), @"
    $ kiln own page.txt
    err| error[unknown-output]: no kit writes `desk/deep/page.txt`
    err|  |
    err|  = hint: did you mean `:/desk/page.txt`?
    exit 2
    ");
}

#[test]
fn a_project_that_is_reached_by_a_symlink_is_the_same() {
    let terminal = project();
    symlink(&terminal.root, terminal.outer().join("link")).unwrap();
    let path = terminal.outer().join("link/desk/page.txt");
    let answer = terminal.kiln_with(&terminal.root, &["explain", path.to_str().unwrap()]);
    assert_eq!(answer.code, 0, "{}", answer.err);
    let answer = terminal.kiln_in(&terminal.outer().join("link/desk"), "explain page.txt");
    assert_eq!(answer.code, 0, "{}", answer.err);
}
