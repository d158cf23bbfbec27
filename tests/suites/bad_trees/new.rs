//! `kiln new` that must not make anything.

use std::fs;

use super::{SPEC, refused};
use crate::support::Terminal;

fn beside(spec: &str) -> Terminal {
    let terminal = Terminal::new();
    terminal.write("../from/kiln.kdl", spec);
    terminal
}

#[test]
fn a_spec_that_is_not_there() {
    insta::assert_snapshot!(refused(&Terminal::new(), "new app --from ../nothing.kdl"), @"
    $ kiln new app --from ../nothing.kdl
    err| error[no-spec]: there is no spec `../nothing.kdl`
    err|  |
    err|  = hint: `--from` takes the path of a spec, such as `shop/kiln.kdl`
    exit 2
    ");
}

#[test]
fn a_spec_that_is_refused() {
    let terminal = beside("project demo-site\nkits { siet }\n");
    insta::assert_snapshot!(refused(&terminal, "new app --from ../from/kiln.kdl"), @"
    $ kiln new app --from ../from/kiln.kdl
    err| error[unknown-kit]: no library has a kit named `siet`
    err|  --> ../from/kiln.kdl:2:8
    err|   |
    err| 2 | kits { siet }
    err|   |        ^^^^
    err|   |
    err|   = hint: did you mean `site`?
    exit 2
    ");
}

/// A library is looked for from the new folder.
#[test]
fn a_library_that_would_lie_in_the_new_folder() {
    let terminal = beside("project demo-site\nlibrary own path=\"kits\"\nkits { leak }\n");
    terminal.write("../from/kits/leak/kit.kdl", super::encodings::KIT);
    terminal.write("../from/kits/leak/files/root/page.md", "page\n");
    insta::assert_snapshot!(refused(&terminal, "new app --from ../from/kiln.kdl"), @r#"
    $ kiln new app --from ../from/kiln.kdl
    err| error[library]: the library `kits` cannot be read: cannot open the folder `[FOLDER]/project/app/kits`: it does not exist
    err|  --> kiln.kdl:2:18
    err|   |
    err| 2 | library own path="kits"
    err|   |                  ^^^^^^
    err|   |
    err|   = hint: the path is seen from the folder of the spec
    exit 2
    "#);
}

#[test]
fn a_template_that_fails() {
    let terminal = Terminal::new();
    terminal
        .write("from/kiln.kdl", "project demo-site\nlibrary own path=\"../kits\"\nkits { leak }\n");
    terminal.write("kits/leak/kit.kdl", super::encodings::KIT);
    terminal.write("kits/leak/files/root/page.md", "{= throw(message=\"never\") =}\n");
    insta::assert_snapshot!(refused(&terminal, "new app --from from/kiln.kdl"), @r#"
    $ kiln new app --from from/kiln.kdl
    err| error[template-failed]: never
    err|  --> leak/files/root/page.md:1:4
    err|   |
    err| 1 | {= throw(message="never") =}
    err|   |    ^^^^^^^^^^^^^^^^^^^^^^
    err|   |
    err|   = hint: correct the template, or the values that it reads
    exit 2
    "#);
}

#[test]
fn a_folder_that_is_not_empty() {
    let terminal = beside(SPEC);
    terminal.write("app/mine.txt", "mine\n");
    insta::assert_snapshot!(refused(&terminal, "new app --from ../from/kiln.kdl"), @"
    $ kiln new app --from ../from/kiln.kdl
    err| error[not-empty]: `app` is not empty: it has `mine.txt`
    err|  |
    err|  = hint: name a folder that is not there yet, or an empty one
    exit 2
    ");
}

#[test]
fn a_file_in_the_place_of_the_folder() {
    let terminal = beside(SPEC);
    terminal.write("app", "mine\n");
    insta::assert_snapshot!(refused(&terminal, "new app --from ../from/kiln.kdl"), @"
    $ kiln new app --from ../from/kiln.kdl
    err| error[disk]: cannot make the folder `app`: it exists already
    err|  |
    err|  = hint: see that the path is free, that there is room, and that you may read and write it
    exit 2
    ");
}

#[test]
fn a_lock_beside_the_spec_that_is_stale() {
    let terminal = beside(SPEC);
    assert_eq!(terminal.kiln("new first --from ../from/kiln.kdl").code, 0);
    fs::copy(terminal.root.join("first/kiln.lock"), terminal.outer().join("from/kiln.lock"))
        .unwrap();
    fs::remove_dir_all(terminal.root.join("first")).unwrap();
    terminal.write("../from/kiln.kdl", SPEC.replace("    site\n", "    site { theme dark }\n"));
    insta::assert_snapshot!(refused(&terminal, "--locked new app --from ../from/kiln.kdl"), @"
    $ kiln --locked new app --from ../from/kiln.kdl
    err| error[lock-stale]: `kiln.lock` would change, and `--locked` forbids it: options of `site` differ
    err|  |
    err|  = hint: run `kiln sync` without `--locked` and commit the lock
    exit 1
    ");
}
