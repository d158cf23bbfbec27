//! `add` and `remove`.

use super::{done, project, settled};

#[test]
fn kits_come_in_order() {
    let terminal = project();
    insta::assert_snapshot!(done(&terminal, "add report store@^1 --set site.theme=dark"), @"
    $ kiln add report store@^1 --set site.theme=dark
    err| error[usage]: `site.theme=dark` is for none of these kits
    err|  |
    err|  = hint: write `OPTION=VALUE`, or `KIT.OPTION=VALUE` with several kits
    exit 2
    ");
    insta::assert_snapshot!(done(&terminal, "add report store@^1"), @r#"
    $ kiln add report store@^1
    out| edited  kiln.kdl
    out| created  counts.txt  blog
    out| created  report.txt  report
    out| created  store.txt  store
    out| ✓ demo-site: 3 written, 6 unchanged, 1 skipped ([TIME])
    exit 0
    + project/counts.txt
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    + project/report.txt
    + project/store.txt
    spec|     report
    spec|     store "^1"
    "#);
    settled(&terminal, "add report store@^1");
    insta::assert_snapshot!(done(&terminal, "add site --set theme=dark --set width=100 --set languages=en,de"), @"
    $ kiln add site --set theme=dark --set width=100 --set languages=en,de
    out| edited  kiln.kdl
    out| updated  site/languages.txt  site
    out| updated  site/style.css  site
    out| ✓ demo-site: 2 written, 7 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    M project/site/languages.txt
    M project/site/style.css
    spec|     site { languages en de; theme dark; width 100 }
    ");
    settled(&terminal, "add site --set theme=dark --set width=100");
    insta::assert_snapshot!(terminal.read("kiln.kdl"), @r#"
    // The demo.
    project demo-site { title "Demo" }

    kits {
        blog   // posts
        report
        scripts
        site { languages en de; theme dark; width 100 }
        store "^1"
    }
    "#);
}

#[test]
fn what_does_not_fit_is_explained_and_not_written() {
    let terminal = project();
    insta::assert_snapshot!(done(&terminal, "add stoer"), @"
    $ kiln add stoer
    err| error[unknown-kit]: no library has a kit named `stoer`
    err|  |
    err|  = hint: did you mean `store`?
    exit 2
    ");
    insta::assert_snapshot!(done(&terminal, "add report"), @"
    $ kiln add report
    err| error[missing-provider]: `report` needs `db`, and no kit of the project provides it
    err|  --> kiln.kdl:6:5
    err|   |
    err| 6 |     report
    err|   |     ^^^^^^ needs `db`
    err|   |
    err|   = hint: add one of these to `kits`: `ledger`, `store`
    exit 2
    ");
    insta::assert_snapshot!(done(&terminal, "add mute"), @"
    $ kiln add mute
    err| error[no-solution]: no set of kits does what the spec asks for:
    err|                     - the spec asks for `mute`
    err|                     - the spec asks for `site`
    err|                     - `mute` conflicts with `site`: a mute project has no pages
    err|  --> kiln.kdl:6:5
    err|   |
    err| 6 |     mute
    err|   |     ^^^^ asked for here
    err| 7 |     scripts
    err| 8 |     site
    err|   |     ---- asked for here
    err|   |
    err|   = hint: remove one of the kits named above, or choose another provider
    exit 2
    ");
    insta::assert_snapshot!(done(&terminal, "add store@^9"), @r#"
    $ kiln add store@^9
    err| error[no-version]: no version of `store` fits `^9`
    err|  --> kiln.kdl:8:11
    err|   |
    err| 8 |     store "^9"
    err|   |           ^^^^
    err|   |
    err|   = hint: versions: 1.0.0
    exit 2
    "#);
    insta::assert_snapshot!(done(&terminal, "add store@what"), @"
    $ kiln add store@what
    err| error[bad-range]: `store@what` asks for no range of versions: unexpected character 'w' while parsing major version number
    err|  |
    err|  = hint: such as `auth-jwt@^1.2`
    exit 2
    ");
    insta::assert_snapshot!(done(&terminal, "add site --set tehme=dark"), @"
    $ kiln add site --set tehme=dark
    err| error[unknown-option]: `site` has no option `tehme`
    err|  |
    err|  = hint: did you mean `theme`?
    exit 2
    ");
    insta::assert_snapshot!(done(&terminal, "add site --set theme=drak"), @"
    $ kiln add site --set theme=drak
    err| error[option-value]: `site`: `theme` cannot be `drak`
    err|  --> kiln.kdl:7:18
    err|   |
    err| 7 |     site { theme drak }
    err|   |                  ^^^^
    err|   |
    err|   = hint: did you mean `dark`?
    exit 2
    ");
    insta::assert_snapshot!(done(&terminal, "add site --set width"), @"
    $ kiln add site --set width
    err| error[usage]: `width` sets nothing
    err|  |
    err|  = hint: write `OPTION=VALUE`, or `KIT.OPTION=VALUE` with several kits
    exit 2
    ");
}

#[test]
fn a_kit_goes_with_what_it_wrote() {
    let terminal = project();
    insta::assert_snapshot!(done(&terminal, "remove blog"), @"
    $ kiln remove blog
    out| edited  kiln.kdl
    out| deleted  site/blog.html  blog
    out| updated  site/index.html  site
    out| ✓ demo-site: 1 written, 1 deleted, 4 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    - project/site/blog.html
    M project/site/index.html
    ");
    settled(&terminal, "remove blog");
    insta::assert_snapshot!(done(&terminal, "remove blog"), @"
    $ kiln remove blog
    out| ✓ `blog` is not in the project
    exit 0
    ");
    insta::assert_snapshot!(done(&terminal, "remove blgo"), @"
    $ kiln remove blgo
    err| error[unknown-kit]: no library has a kit named `blgo`
    err|  |
    err|  = hint: did you mean `blog`?
    exit 2
    ");
}

#[test]
fn a_kit_that_another_needs_stays() {
    let terminal = project();
    insta::assert_snapshot!(done(&terminal, "remove site"), @"
    $ kiln remove site
    err| error[still-needed]: `blog` requires `web`, so `site` cannot go
    err|  |
    err|  = hint: let both go: kiln remove site blog
    exit 2
    ");
    insta::assert_snapshot!(done(&terminal, "remove manifest"), @"
    $ kiln remove manifest
    err| error[still-needed]: the spec does not ask for `manifest`: `scripts` requires `manifest`
    err|  |
    err|  = hint: without both: kiln remove scripts
    exit 2
    ");
    insta::assert_snapshot!(done(&terminal, "remove site blog"), @"
    $ kiln remove site blog
    out| edited  kiln.kdl
    out| deleted  site/blog.html  blog
    out| deleted  site/index.html  blog
    out| deleted  site/languages.txt  site
    out| deleted  site/style.css  site
    out| ✓ demo-site: 0 written, 4 deleted, 2 unchanged, 1 skipped ([TIME])
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    - project/site
    - project/site/blog.html
    - project/site/index.html
    - project/site/languages.txt
    - project/site/style.css
    ");
    settled(&terminal, "sync");
}

#[test]
fn edited_files_of_a_kit_that_goes_need_a_word() {
    let terminal = project();
    terminal.replace("site/blog.html", "hello", "mine");
    insta::assert_snapshot!(done(&terminal, "remove blog"), @"
    $ kiln remove blog
    err| error[orphan]: `site/blog.html` was edited, and `blog` no longer writes it
    err|   hint: delete it, yours is kept in the vault: kiln remove blog --take site/blog.html
    err|   hint: keep yours: kiln remove blog --keep site/blog.html
    err| stopped: nothing was written
    exit 1
    ");
    insta::assert_snapshot!(done(&terminal, "remove blog --keep site/blog.html"), @"
    $ kiln remove blog --keep site/blog.html
    out| edited  kiln.kdl
    out| updated  site/index.html  site
    out| ✓ demo-site: 1 written, 4 unchanged, 2 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    M project/site/index.html
    ");
    assert!(terminal.read("site/blog.html").contains("mine"));
    settled(&terminal, "sync");
}

#[test]
fn kits_of_a_preset() {
    let terminal = super::with_spec("project demo-site\nscenario starter\n");
    insta::assert_snapshot!(done(&terminal, "remove blog --why quiet"), @r#"
    $ kiln remove blog --why quiet
    out| edited  kiln.kdl
    out| deleted  site/blog.html  blog
    out| updated  site/index.html  site
    out| ✓ demo-site: 1 written, 1 deleted, 2 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    - project/site/blog.html
    M project/site/index.html
    spec| 
    spec| kits {
    spec|     without blog why="quiet"
    spec| }
    "#);
    settled(&terminal, "remove blog");
    insta::assert_snapshot!(done(&terminal, "add blog"), @"
    $ kiln add blog
    out| edited  kiln.kdl
    out| created  site/blog.html  blog
    out| updated  site/index.html  site
    out| ✓ demo-site: 2 written, 2 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    + project/site/blog.html
    M project/site/index.html
    ");
    insta::assert_snapshot!(done(&terminal, "add blog"), @"
    $ kiln add blog
    out| ✓ `blog` is in the project already
    exit 0
    ");
    insta::assert_snapshot!(done(&terminal, "add site --set footer=Mine"), @r#"
    $ kiln add site --set footer=Mine
    out| edited  kiln.kdl
    out| updated  site/index.html  site
    out| ✓ demo-site: 1 written, 3 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    M project/site/index.html
    spec|     site { footer "Mine" }
    "#);
    settled(&terminal, "sync");
}
