//! `restore`.

use std::fs;

use super::{done, project, settled};

#[test]
fn every_kind_comes_back_as_its_kit_makes_it() {
    let terminal = project();
    let paths = ["site/style.css", "site/index.html", "robots.txt"];
    let before = paths.map(|path| terminal.read(path));
    for path in paths {
        terminal.write(path, "mine\n");
    }
    insta::assert_snapshot!(done(&terminal, "restore site/*.* robots.txt"), @"
    $ kiln restore site/*.* robots.txt
    out| updated  robots.txt  site
    out| updated  site/index.html  site
    out| updated  site/style.css  site
    out| ✓ demo-site: 3 written, 4 unchanged, 0 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/robots.txt
    M project/site/index.html
    M project/site/style.css
    ");
    assert_eq!(paths.map(|path| terminal.read(path)), before);
    settled(&terminal, "restore site/*.* robots.txt");
    for path in paths {
        fs::remove_file(terminal.root.join(path)).unwrap();
    }
    insta::assert_snapshot!(done(&terminal, "restore site/style.css site/index.html robots.txt"), @"
    $ kiln restore site/style.css site/index.html robots.txt
    out| created  robots.txt  site
    out| restored  site/index.html  site
    out| restored  site/style.css  site
    out| ✓ demo-site: 3 written, 4 unchanged, 0 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    + project/robots.txt
    + project/site/index.html
    + project/site/style.css
    ");
    assert_eq!(paths.map(|path| terminal.read(path)), before);
    insta::assert_snapshot!(done(&terminal, "restore robots.txt --dry-run"), @"
    $ kiln restore robots.txt --dry-run
    out| demo-site: 6 unchanged, 1 yours ([TIME])
    out| dry run: nothing was written
    err| note[yours]: `robots.txt` is yours
    exit 0
    ");
}

#[test]
fn only_what_kiln_writes() {
    let terminal = project();
    assert_eq!(terminal.kiln("rm site/style.css").code, 0);
    insta::assert_snapshot!(done(&terminal, "restore site/style.css"), @"
    $ kiln restore site/style.css
    err| error[excluded]: `site/style.css` is excluded in the spec
    err|  |
    err|  = hint: let kiln write it again: kiln own site/style.css
    exit 2
    ");
    insta::assert_snapshot!(done(&terminal, "restore robot.txt"), @"
    $ kiln restore robot.txt
    err| error[unknown-output]: no kit writes `robot.txt`
    err|  |
    err|  = hint: did you mean `robots.txt`?
    exit 2
    ");
}

#[test]
fn what_was_replaced_is_in_the_vault() {
    let terminal = project();
    terminal.write("robots.txt", "mine\n");
    assert_eq!(terminal.kiln("restore robots.txt").code, 0);
    assert_eq!(terminal.kiln("undo").code, 0);
    assert_eq!(terminal.read("robots.txt"), "mine\n");
}
