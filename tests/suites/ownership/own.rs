//! `own` and `exclude`.

use std::fs;

use super::{done, project, settled, with_spec, work};
use crate::support::difference;

#[test]
fn a_managed_file_becomes_merged() {
    let terminal = project();
    terminal.replace("site/style.css", "white", "ivory");
    assert_eq!(terminal.kiln("check").code, 1);
    insta::assert_snapshot!(done(&terminal, "own site/style.css --why ours"), @r#"
    $ kiln own site/style.css --why ours
    out| edited  kiln.kdl
    out| ✓ demo-site: 0 written, 5 unchanged, 2 skipped ([TIME])
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    spec| ownership {
    spec|     merged "site/style.css" why="ours"
    "#);
    settled(&terminal, "own site/style.css");
    insta::assert_snapshot!(done(&terminal, "own site/style.css"), @"
    $ kiln own site/style.css
    out| ✓ `site/style.css` is merged already
    exit 0
    ");
    // A person's lines stay, and the kit's change comes.
    terminal.replace("kiln.kdl", "    site\n", "    site { width 100 }\n");
    insta::assert_snapshot!(done(&terminal, "sync"), @"
    $ kiln sync
    out| merged  site/style.css  site
    out| ✓ demo-site: 1 written, 5 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    err| note[merged-closely]: `site/style.css`: lines 1 to 2 come from a close merge: the sides changed different words
    exit 0
    M project/kiln.lock
    M project/kiln.sum
    M project/site/style.css
    ");
    assert!(terminal.read("site/style.css").contains("ivory"));
    assert!(terminal.read("site/style.css").contains("100ch"));
}

#[test]
fn several_at_once_and_by_folder() {
    let terminal = project();
    insta::assert_snapshot!(done(&terminal, "own site bin/tool robots.txt --seeded"), @r#"
    $ kiln own site bin/tool robots.txt --seeded
    out| ✓ `robots.txt` is seeded already
    out| edited  kiln.kdl
    out| ✓ demo-site: 0 written, 1 unchanged, 6 skipped ([TIME])
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    spec| ownership {
    spec|     seeded "site/**"
    spec|     seeded "bin/tool"
    "#);
    settled(&terminal, "own site bin/tool --seeded");
}

#[test]
fn what_nobody_writes_is_refused_as_a_whole() {
    let terminal = project();
    insta::assert_snapshot!(done(&terminal, "own site/styel.css site/blog.html nothing/** a[ --managed"), @"
    $ kiln own site/styel.css site/blog.html nothing/** a[ --managed
    err| error[unknown-output]: no kit writes `site/styel.css`
    err|  |
    err|  = hint: did you mean `site/style.css`?
    err| error[unknown-output]: no kit writes `nothing/**`
    err|  |
    err|  = hint: a path is seen from the folder where kiln is called, `:/PATH` from the project's root
    err| error[glob]: `a[` is no path or glob: unclosed character class; missing ']'
    err|  |
    err|  = hint: a glob is a path with `*`, `**`, `?`, `[ab]` or `{a,b}` in it
    exit 2
    ");
    insta::assert_snapshot!(done(&terminal, "own"), @"
    $ kiln own
    err| error: the following required arguments were not provided:
    err|   <PATHS>...
    err|
    err| Usage: kiln own --library <DIR> <PATHS>...
    err|
    err| For more information, try '--help'.
    exit 2
    ");
    insta::assert_snapshot!(done(&terminal, "own site --managed --seeded"), @"
    $ kiln own site --managed --seeded
    err| error: the argument '--managed' cannot be used with '--seeded'
    err|
    err| Usage: kiln own --managed --library <DIR> <PATHS>...
    err|
    err| For more information, try '--help'.
    exit 2
    ");
}

#[test]
fn excluded_files_stay() {
    let terminal = project();
    terminal.replace("site/index.html", "Demo", "Mine");
    insta::assert_snapshot!(done(&terminal, "exclude site/*.html --why hand-made"), @r#"
    $ kiln exclude site/*.html --why hand-made
    out| edited  kiln.kdl
    out| ✓ demo-site: 0 written, 4 unchanged, 3 skipped ([TIME])
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    spec| ownership {
    spec|     exclude "site/*.html" why="hand-made"
    "#);
    settled(&terminal, "exclude site/*.html");
    insta::assert_snapshot!(done(&terminal, "exclude site/index.html"), @"
    $ kiln exclude site/index.html
    out| ✓ `site/index.html` is excluded already
    exit 0
    ");
    fs::remove_file(terminal.root.join("site/index.html")).unwrap();
    settled(&terminal, "sync");
}

#[test]
fn what_it_would_do() {
    let terminal = project();
    let before = terminal.listing();
    insta::assert_snapshot!(terminal.run("own site/style.css --seeded --dry-run"), @r#"
    $ kiln own site/style.css --seeded --dry-run
    out| diff --git a/kiln.kdl b/kiln.kdl
    out| --- a/kiln.kdl
    out| +++ b/kiln.kdl
    out| @@ -6,3 +6,7 @@
    out|      scripts
    out|      site
    out|  }
    out| +
    out| +ownership {
    out| +    seeded "site/style.css"
    out| +}
    out| demo-site: 5 unchanged, 2 yours ([TIME])
    out| dry run: nothing was written
    err| note[yours]: `robots.txt` is yours
    err| note[yours]: `site/style.css` is yours
    exit 0
    "#);
    insta::assert_snapshot!(terminal.run("rm site/blog.html --dry-run"), @r#"
    $ kiln rm site/blog.html --dry-run
    out| diff --git a/kiln.kdl b/kiln.kdl
    out| --- a/kiln.kdl
    out| +++ b/kiln.kdl
    out| @@ -6,3 +6,7 @@
    out|      scripts
    out|      site
    out|  }
    out| +
    out| +ownership {
    out| +    exclude "site/blog.html"
    out| +}
    out| to be deleted  site/blog.html  blog
    out| demo-site: 1 to be deleted, 5 unchanged, 1 yours ([TIME])
    out| dry run: nothing was written
    err| note[yours]: `robots.txt` is yours
    exit 0
    "#);
    insta::assert_snapshot!(terminal.run("mv site/blog.html site/posts.html --dry-run"), @r#"
    $ kiln mv site/blog.html site/posts.html --dry-run
    out| diff --git a/kiln.kdl b/kiln.kdl
    out| --- a/kiln.kdl
    out| +++ b/kiln.kdl
    out| @@ -6,3 +6,5 @@
    out|      scripts
    out|      site
    out|  }
    out| +
    out| +place "site/blog.html" at="site/posts.html"
    out| to be moved  site/blog.html → site/posts.html  blog
    out| demo-site: 1 to be moved, 5 unchanged, 1 yours ([TIME])
    out| dry run: nothing was written
    err| note[yours]: `robots.txt` is yours
    exit 0
    "#);
    insta::assert_snapshot!(terminal.run("remove blog --dry-run"), @r#"
    $ kiln remove blog --dry-run
    out| diff --git a/kiln.kdl b/kiln.kdl
    out| --- a/kiln.kdl
    out| +++ b/kiln.kdl
    out| @@ -2,8 +2,7 @@
    out|  // The demo.
    out|  project demo-site { title "Demo" }
    out|
    out|  kits {
    out| -    blog   // posts
    out|      scripts
    out|      site
    out|  }
    out| to be deleted  site/blog.html  blog
    out| to be updated  site/index.html  site
    out| demo-site: 1 to be deleted, 4 unchanged, 1 to be updated, 1 yours ([TIME])
    out| dry run: nothing was written
    err| note[yours]: `robots.txt` is yours
    exit 0
    "#);
    assert_eq!(difference(&before, &terminal.listing()), "");
}

#[test]
fn a_stop_elsewhere_writes_nothing() {
    let terminal = project();
    terminal.replace("site/style.css", "white", "ivory");
    terminal.write("counts.txt", "mine\n");
    terminal.replace("kiln.kdl", "    site\n", "    site { theme dark }\n    store\n    report\n");
    insta::assert_snapshot!(done(&terminal, "own site/style.css"), @"
    $ kiln own site/style.css
    err| error[in-the-way]: `counts.txt` is there already, and `blog` wants to write it
    err|   hint: take kiln's version, yours is kept in the vault: kiln own site/style.css --take counts.txt
    err|   hint: keep yours: kiln own site/style.css --keep counts.txt
    err|   hint: put the two together by hand: kiln own site/style.css --merge counts.txt
    err|   hint: leave it alone: kiln exclude counts.txt
    err| error[conflict]: `site/style.css` was edited, and `site` changes the same lines: 1 conflict
    err|   hint: resolve what is between the markers in the file; `kiln resolve --check` looks it over
    err|   hint: take kiln's version, yours is kept in the vault: kiln own site/style.css --take site/style.css
    err| stopped: nothing was written
    exit 1
    ");
    insta::assert_snapshot!(done(&terminal, "own site/style.css --keep counts.txt"), @r#"
    $ kiln own site/style.css --keep counts.txt
    out| edited  kiln.kdl
    out| created  report.txt  report
    out| conflict  site/style.css  site
    out| created  store.txt  store
    out|
    out| Next:
    out|   open site/index.html
    err| error[conflict]: `site/style.css` was edited, and `site` changes the same lines: 1 conflict
    err|   hint: resolve what is between the markers in the file; `kiln resolve --check` looks it over
    err|   hint: take kiln's version, yours is kept in the vault: kiln sync --take site/style.css
    err| ✗ demo-site: 3 written, 5 unchanged, 2 skipped, 1 finding ([TIME])
    exit 1
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    + project/report.txt
    M project/site/style.css
    + project/store.txt
    spec| ownership {
    spec|     merged "site/style.css"
    "#);
    assert_eq!(terminal.read("counts.txt"), "mine\n");
}

#[test]
fn the_last_rule_holds() {
    let terminal = with_spec(&format!(
        "{}\nownership {{\n    seeded \"site/style.css\" // old\n    merged \"site/**\"\n}}\n",
        super::SPEC
    ));
    // The rule for the path is hidden by the one behind it: it moves there.
    insta::assert_snapshot!(done(&terminal, "own site/style.css --managed"), @r#"
    $ kiln own site/style.css --managed
    out| edited  kiln.kdl
    out| ✓ demo-site: 0 written, 6 unchanged, 1 skipped ([TIME])
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    spec|     managed "site/style.css"
    "#);
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
    insta::assert_snapshot!(terminal.read("kiln.kdl"), @r#"
    // The demo.
    project demo-site { title "Demo" }

    kits {
        blog   // posts
        scripts
        site
    }

    ownership {
        merged "site/**"
        seeded "site/style.css"
    }
    "#);
}

#[test]
fn migrations_are_as_their_kit_has_them() {
    let terminal = with_spec(
        "project demo-site\nkits { models }\nmodule shop { entity Item { field name type=string } }\n",
    );
    let path = terminal
        .listing()
        .into_keys()
        .find_map(|path| {
            path.strip_prefix("project/").filter(|p| p.ends_with(".sql")).map(str::to_owned)
        })
        .unwrap();
    for words in ["own", "rm", "mv"] {
        let to = if words == "mv" { " other.sql" } else { "" };
        let before = work(&terminal);
        let answer = terminal.kiln(&format!("{words} {path}{to}"));
        assert_eq!(answer.code, 2, "{}", answer.err);
        assert_eq!(difference(&before, &work(&terminal)), "");
        if words == "own" {
            assert!(
                answer.err.contains("is append-only, and that cannot be changed"),
                "{}",
                answer.err
            );
        }
    }
}

#[test]
fn answers_for_programs() {
    let terminal = project();
    let answer = terminal.kiln("own site/style.css --output-format json");
    let value: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
    assert_eq!(value["schema"], 1);
    assert_eq!(value["command"], "own");
    assert_eq!(value["exit"], 0);
    assert!(value["spec_diff"].as_str().unwrap().contains("+    merged \"site/style.css\""));
    assert_eq!(value["sync"]["own_files"][0], "kiln.kdl");
    let again = terminal.kiln("own site/style.css --output-format json");
    let value: serde_json::Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(value["already"][0], "`site/style.css` is merged already");
    assert_eq!(value["sync"], serde_json::Value::Null);
}

#[test]
fn undo_takes_the_word_back() {
    let terminal = project();
    let spec = terminal.read("kiln.kdl");
    assert_eq!(terminal.kiln("rm site/style.css").code, 0);
    assert!(!terminal.root.join("site/style.css").exists());
    insta::assert_snapshot!(done(&terminal, "undo"), @"
    $ kiln undo
    out| ✓ undid `kiln rm`: 1 file restored, 0 deleted; kiln.kdl, kiln.lock, kiln.sum too
    out|   `kiln undo` once more takes this back
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    + project/site/style.css
    ");
    assert_eq!(terminal.read("kiln.kdl"), spec);
    settled(&terminal, "sync");
}

#[test]
fn only_the_spec() {
    let terminal = project();
    terminal.replace("site/style.css", "white", "ivory");
    terminal.write("counts.txt", "mine\n");
    terminal.replace("kiln.kdl", "    site\n", "    site { footer Mine }\n    store\n    report\n");
    // What two words need together can be said one after the other.
    insta::assert_snapshot!(done(&terminal, "exclude counts.txt --no-sync"), @r#"
    $ kiln exclude counts.txt --no-sync
    out| edited  kiln.kdl
    out| `kiln sync` does the rest
    exit 0
    M project/kiln.kdl
    spec| ownership {
    spec|     exclude "counts.txt"
    "#);
    insta::assert_snapshot!(done(&terminal, "own site/style.css --no-sync"), @r#"
    $ kiln own site/style.css --no-sync
    out| edited  kiln.kdl
    out| `kiln sync` does the rest
    exit 0
    M project/kiln.kdl
    spec|     merged "site/style.css"
    "#);
    insta::assert_snapshot!(done(&terminal, "sync"), @"
    $ kiln sync
    out| created  report.txt  report
    out| updated  site/index.html  site
    out| created  store.txt  store
    out| ✓ demo-site: 3 written, 4 unchanged, 2 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.lock
    M project/kiln.sum
    + project/report.txt
    M project/site/index.html
    + project/store.txt
    ");
    insta::assert_snapshot!(done(&terminal, "add mute --no-sync"), @"
    $ kiln add mute --no-sync
    err| error[no-solution]: no set of kits does what the spec asks for:
    err|                     - the spec asks for `mute`
    err|                     - the spec asks for `site`
    err|                     - `mute` conflicts with `site`: a mute project has no pages
    err|   --> kiln.kdl:7:5
    err|    |
    err|  7 |     site { footer Mine }
    err|    |     ^^^^ asked for here
    err| ...
    err| 10 |     mute
    err|    |     ---- asked for here
    err|    |
    err|    = hint: remove one of the kits named above, or choose another provider
    exit 2
    ");
    assert_eq!(terminal.kiln("rm site/style.css --no-sync").code, 2);
    settled(&terminal, "own site/style.css --no-sync");
}
