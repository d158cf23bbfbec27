//! `mv`.

use std::fs;

use super::{done, project, settled, with_spec};

#[test]
fn an_output_moves_with_its_edits_and_its_future() {
    let terminal = project();
    terminal.write("site/style.css", terminal.read("site/style.css"));
    terminal.replace("site/blog.html", "hello", "hello again");
    insta::assert_snapshot!(done(&terminal, "mv site/blog.html site/posts/index.html"), @r#"
    $ kiln mv site/blog.html site/posts/index.html
    out| edited  kiln.kdl
    out| moved  site/blog.html → site/posts/index.html  blog
    out| ✓ demo-site: 1 written, 5 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    - project/site/blog.html
    + project/site/posts
    + project/site/posts/index.html
    spec| place "site/blog.html" at="site/posts/index.html"
    "#);
    assert!(terminal.read("site/posts/index.html").contains("hello again"));
    settled(&terminal, "mv site/blog.html site/posts/index.html");
    terminal.replace("kiln.kdl", "    blog   // posts\n", "    blog { posts hello second }\n");
    insta::assert_snapshot!(done(&terminal, "sync"), @"
    $ kiln sync
    out| merged  site/posts/index.html  blog
    out| ✓ demo-site: 1 written, 5 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    err| note[merged-closely]: `site/posts/index.html`: lines 1 to 2 come from a close merge: the sides changed different words
    exit 0
    M project/kiln.lock
    M project/kiln.sum
    M project/site/posts/index.html
    ");
    let text = terminal.read("site/posts/index.html");
    assert!(text.contains("hello again") && text.contains("second"), "{text}");
    // On, and home again: the spec keeps one line, then none.
    insta::assert_snapshot!(done(&terminal, "mv site/posts/index.html site/posts.html"), @r#"
    $ kiln mv site/posts/index.html site/posts.html
    out| edited  kiln.kdl
    out| moved  site/posts/index.html → site/posts.html  blog
    out| ✓ demo-site: 1 written, 5 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    - project/site/posts
    + project/site/posts.html
    - project/site/posts/index.html
    spec| place "site/blog.html" at="site/posts.html"
    "#);
    insta::assert_snapshot!(done(&terminal, "mv site/posts.html site/blog.html"), @"
    $ kiln mv site/posts.html site/blog.html
    out| edited  kiln.kdl
    out| moved  site/posts.html → site/blog.html  blog
    out| ✓ demo-site: 1 written, 5 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    + project/site/blog.html
    - project/site/posts.html
    ");
    settled(&terminal, "sync");
}

#[test]
fn the_person_moved_it_already() {
    let terminal = project();
    terminal.replace("site/blog.html", "hello", "hello again");
    fs::rename(terminal.root.join("site/blog.html"), terminal.root.join("posts.html")).unwrap();
    assert_eq!(terminal.kiln("check").code, 1);
    insta::assert_snapshot!(done(&terminal, "mv site/blog.html posts.html"), @r#"
    $ kiln mv site/blog.html posts.html
    out| edited  kiln.kdl
    out| ✓ demo-site: 0 written, 5 unchanged, 2 skipped ([TIME])
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    spec| place "site/blog.html" at="posts.html"
    "#);
    settled(&terminal, "mv site/blog.html posts.html");
    assert!(terminal.read("posts.html").contains("hello again"));
}

#[test]
fn into_a_folder_and_a_folder_as_a_whole() {
    let terminal = project();
    insta::assert_snapshot!(done(&terminal, "mv robots.txt public/"), @r#"
    $ kiln mv robots.txt public/
    out| edited  kiln.kdl
    out| moved  robots.txt → public/robots.txt  site
    out| ✓ demo-site: 1 written, 6 unchanged, 0 skipped ([TIME])
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    + project/public
    + project/public/robots.txt
    - project/robots.txt
    spec| place "robots.txt" at="public/robots.txt"
    "#);
    insta::assert_snapshot!(done(&terminal, "mv site web"), @r#"
    $ kiln mv site web
    out| edited  kiln.kdl
    out| moved  site/blog.html → web/blog.html  blog
    out| moved  site/index.html → web/index.html  site
    out| moved  site/languages.txt → web/languages.txt  site
    out| moved  site/style.css → web/style.css  site
    out| ✓ demo-site: 4 written, 2 unchanged, 1 skipped ([TIME])
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    - project/site
    - project/site/blog.html
    - project/site/index.html
    - project/site/languages.txt
    - project/site/style.css
    + project/web
    + project/web/blog.html
    + project/web/index.html
    + project/web/languages.txt
    + project/web/style.css
    spec| place "site/blog.html" at="web/blog.html"
    spec| place "site/index.html" at="web/index.html"
    spec| place "site/languages.txt" at="web/languages.txt"
    spec| place "site/style.css" at="web/style.css"
    "#);
    settled(&terminal, "sync");
}

#[test]
fn rules_and_keys_of_its_path_go_along() {
    let terminal = with_spec(&format!(
        "{}ownership {{\n    seeded \"site/style.css\" why=\"ours\"\n    foreign \"manifest.json#name\"\n    managed \"docs/**\"\n}}\n",
        super::SPEC
    ));
    insta::assert_snapshot!(done(&terminal, "mv site/style.css docs/style.css"), @r#"
    $ kiln mv site/style.css docs/style.css
    out| edited  kiln.kdl
    out| moved  site/style.css → docs/style.css  site
    out| ✓ demo-site: 1 written, 5 unchanged, 1 skipped ([TIME])
    exit 0
    + project/docs
    + project/docs/style.css
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    - project/site/style.css
    spec|     seeded "docs/style.css" why="ours"
    spec| place "site/style.css" at="docs/style.css"
    "#);
    insta::assert_snapshot!(done(&terminal, "mv manifest.json docs/manifest.json"), @r#"
    $ kiln mv manifest.json docs/manifest.json
    out| edited  kiln.kdl
    out| moved  manifest.json → docs/manifest.json  manifest
    out| ✓ demo-site: 1 written, 4 unchanged, 2 skipped ([TIME])
    exit 0
    + project/docs/manifest.json
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    - project/manifest.json
    spec|     foreign "docs/manifest.json#name"
    spec|     merged "docs/manifest.json"
    spec| place "manifest.json" at="docs/manifest.json"
    "#);
    settled(&terminal, "sync");
}

#[test]
fn what_other_outputs_say_of_it() {
    let terminal = project();
    terminal.replace("site/index.html", "<ul>", "<link href=\"style.css\">\n<ul>");
    insta::assert_snapshot!(done(&terminal, "mv site/style.css site/look.css"), @r#"
    $ kiln mv site/style.css site/look.css
    out| edited  kiln.kdl
    out| moved  site/style.css → site/look.css  site
    out| ✓ demo-site: 1 written, 4 unchanged, 2 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    out|
    out| These name the old place:
    out|   site/index.html:2  <link href="style.css">
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    + project/site/look.css
    - project/site/style.css
    spec| place "site/style.css" at="site/look.css"
    "#);
}

#[test]
fn places_that_cannot_be() {
    let terminal = project();
    insta::assert_snapshot!(done(&terminal, "mv site/blog.html site/index.html"), @"
    $ kiln mv site/blog.html site/index.html
    err| error[in-the-way]: `site/index.html` is another output
    err|  |
    err|  = hint: move that one first, or take another place
    exit 2
    ");
    insta::assert_snapshot!(done(&terminal, "mv site/blgo.html x.html"), @"
    $ kiln mv site/blgo.html x.html
    err| error[unknown-output]: no kit writes `site/blgo.html`
    err|  |
    err|  = hint: did you mean `site/blog.html`?
    exit 2
    ");
    insta::assert_snapshot!(done(&terminal, "mv site/blog.html ../x.html"), @"
    $ kiln mv site/blog.html ../x.html
    err| error[outside-project]: `../x.html` lies outside of the project
    err|  |
    err|  = hint: a path is seen from the folder where kiln is called, `:/PATH` from the project's root
    exit 2
    ");
    insta::assert_snapshot!(done(&terminal, "mv site/blog.html kiln.lock"), @"
    $ kiln mv site/blog.html kiln.lock
    err| error[own-file]: `kiln.lock` is the lock: no output can stand there
    err|  |
    err|  = hint: take another place
    exit 2
    ");
    terminal.write("x.html", "mine\n");
    insta::assert_snapshot!(done(&terminal, "mv site/blog.html x.html"), @"
    $ kiln mv site/blog.html x.html
    err| error[in-the-way]: `x.html` is there already, and `blog` wants to write it
    err|   hint: take kiln's version, yours is kept in the vault: kiln mv site/blog.html x.html --take x.html
    err|   hint: keep yours: kiln mv site/blog.html x.html --keep x.html
    err|   hint: put the two together by hand: kiln mv site/blog.html x.html --merge x.html
    err|   hint: leave it alone: kiln exclude x.html
    err| stopped: nothing was written
    exit 1
    ");
}

#[test]
fn two_outputs_in_each_others_place_from_the_start() {
    let swapped = "place \"site/blog.html\" at=\"site/index.html\"\nplace \"site/index.html\" at=\"site/blog.html\"\n";
    let terminal = with_spec(&format!("{}{swapped}", super::SPEC));
    assert!(terminal.read("site/index.html").contains("<article>"));
    assert!(terminal.read("site/blog.html").contains("<ul>"));
    settled(&terminal, "sync");
    insta::assert_snapshot!(done(&terminal, "mv site/index.html posts.html"), @r#"
    $ kiln mv site/index.html posts.html
    out| edited  kiln.kdl
    out| moved  site/index.html → posts.html  blog
    out| ✓ demo-site: 1 written, 5 unchanged, 1 skipped ([TIME])
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    + project/posts.html
    - project/site/index.html
    spec| place "site/blog.html" at="posts.html"
    "#);
    settled(&terminal, "sync");
}

#[test]
fn several_by_a_glob() {
    let terminal = project();
    insta::assert_snapshot!(done(&terminal, "mv site/*.html pages/"), @r#"
    $ kiln mv site/*.html pages/
    out| edited  kiln.kdl
    out| moved  site/blog.html → pages/blog.html  blog
    out| moved  site/index.html → pages/index.html  site
    out| ✓ demo-site: 2 written, 4 unchanged, 1 skipped ([TIME])
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    + project/pages
    + project/pages/blog.html
    + project/pages/index.html
    - project/site/blog.html
    - project/site/index.html
    spec| place "site/blog.html" at="pages/blog.html"
    spec| place "site/index.html" at="pages/index.html"
    "#);
    // A star stays within its folder.
    insta::assert_snapshot!(done(&terminal, "own *.html"), @"
    $ kiln own *.html
    err| error[unknown-output]: no kit writes `*.html`
    err|  |
    err|  = hint: a path is seen from the folder where kiln is called, `:/PATH` from the project's root
    exit 2
    ");
    insta::assert_snapshot!(done(&terminal, "own **/*.html --seeded"), @r#"
    $ kiln own **/*.html --seeded
    out| edited  kiln.kdl
    out| ✓ demo-site: 0 written, 4 unchanged, 3 skipped ([TIME])
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    spec| ownership {
    spec|     seeded "**/*.html"
    "#);
    settled(&terminal, "own pages/*.html --seeded");
}
