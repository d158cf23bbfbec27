//! `rm`.

use std::fs;

use super::{done, project, settled};

#[test]
fn an_output_goes_and_stays_away() {
    let terminal = project();
    insta::assert_snapshot!(done(&terminal, "rm site/style.css robots.txt --why unused"), @r#"
    $ kiln rm site/style.css robots.txt --why unused
    out| edited  kiln.kdl
    out| deleted  robots.txt  site
    out| deleted  site/style.css  site
    out| ✓ demo-site: 0 written, 2 deleted, 5 unchanged, 0 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    - project/robots.txt
    - project/site/style.css
    spec| ownership {
    spec|     exclude "site/style.css" why="unused"
    spec|     exclude "robots.txt" why="unused"
    "#);
    settled(&terminal, "rm site/style.css robots.txt");
    insta::assert_snapshot!(done(&terminal, "rm site/style.css"), @"
    $ kiln rm site/style.css
    out| ✓ `site/style.css` is excluded already
    exit 0
    ");
}

#[test]
fn edits_go_to_the_vault() {
    let terminal = project();
    terminal.replace("site/blog.html", "hello", "my own words");
    insta::assert_snapshot!(done(&terminal, "rm site/blog.html"), @r#"
    $ kiln rm site/blog.html
    out| edited  kiln.kdl
    out| deleted  site/blog.html  blog
    out| ✓ demo-site: 0 written, 1 deleted, 5 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    - project/site/blog.html
    spec| ownership {
    spec|     exclude "site/blog.html"
    "#);
    settled(&terminal, "sync");
    assert_eq!(terminal.kiln("undo").code, 0);
    assert!(terminal.read("site/blog.html").contains("my own words"));
}

#[test]
fn one_that_is_gone_already() {
    let terminal = project();
    fs::remove_file(terminal.root.join("site/blog.html")).unwrap();
    assert_eq!(terminal.kiln("check").code, 1);
    insta::assert_snapshot!(done(&terminal, "rm site/blog.html"), @r#"
    $ kiln rm site/blog.html
    out| edited  kiln.kdl
    out| ✓ demo-site: 0 written, 5 unchanged, 2 skipped ([TIME])
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    spec| ownership {
    spec|     exclude "site/blog.html"
    "#);
    settled(&terminal, "sync");
}

#[test]
fn a_folder_and_a_seeded_file_that_was_rewritten() {
    let terminal = project();
    terminal.write("robots.txt", "mine\n");
    terminal.write("site/own.html", "not kiln's\n");
    insta::assert_snapshot!(done(&terminal, "rm site robots.txt"), @r#"
    $ kiln rm site robots.txt
    out| edited  kiln.kdl
    out| deleted  robots.txt  site
    out| deleted  site/blog.html  blog
    out| deleted  site/index.html  blog
    out| deleted  site/languages.txt  site
    out| deleted  site/style.css  site
    out| ✓ demo-site: 0 written, 5 deleted, 2 unchanged, 0 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    - project/robots.txt
    - project/site/blog.html
    - project/site/index.html
    - project/site/languages.txt
    - project/site/style.css
    spec| ownership {
    spec|     exclude "site/**"
    spec|     exclude "robots.txt"
    "#);
    settled(&terminal, "sync");
    assert_eq!(terminal.read("site/own.html"), "not kiln's\n");
}

#[test]
fn what_a_kit_that_went_has_left() {
    let terminal = project();
    terminal.replace("site/blog.html", "hello", "mine");
    terminal.replace("kiln.kdl", "    blog   // posts\n", "");
    assert_eq!(terminal.kiln("sync").code, 1);
    insta::assert_snapshot!(done(&terminal, "rm site/blog.html"), @"
    $ kiln rm site/blog.html
    out| deleted  site/blog.html  blog
    out| updated  site/index.html  site
    out| ✓ demo-site: 1 written, 1 deleted, 4 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.lock
    M project/kiln.sum
    - project/site/blog.html
    M project/site/index.html
    ");
    settled(&terminal, "sync");
}
