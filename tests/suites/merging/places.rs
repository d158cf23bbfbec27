//! Outputs that move: a person's edits move along.

use std::fs;

use super::{changed_by, project, settled};
use crate::support::Terminal;

const PLACED: &str =
    "project demo-desk\nkits {\n    desk\n}\nplace \"desk/page.txt\" at=\"notes/page.txt\"\n";

#[test]
fn a_place_takes_edits_along() {
    let terminal = project();
    terminal.replace("desk/page.txt", "beta", "mine");
    terminal.write("kiln.kdl", PLACED);
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| moved  desk/page.txt → notes/page.txt  desk
    out| ✓ demo-desk: 1 written, 4 unchanged, 0 skipped ([TIME])
    exit 0
    - project/desk/page.txt
    M project/kiln.lock
    M project/kiln.sum
    + project/notes
    + project/notes/page.txt
    ");
    assert!(terminal.read("notes/page.txt").contains("mine"));
    settled(&terminal);
    insta::assert_snapshot!(changed_by(&terminal, "undo"), @"
    $ kiln undo
    out| ✓ undid `kiln sync`: 1 file restored, 1 deleted; kiln.lock, kiln.sum too
    out|   `kiln.kdl` still asks for it: change it, or the next `kiln sync` does it again
    out|   `kiln undo` once more takes this back
    exit 0
    + project/desk/page.txt
    M project/kiln.lock
    M project/kiln.sum
    - project/notes
    - project/notes/page.txt
    ");
    terminal.write("kiln.kdl", PLACED);
    assert_eq!(terminal.kiln("sync").code, 0);
    // And back again.
    terminal.write("kiln.kdl", "project demo-desk\nkits {\n    desk\n}\n");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| moved  notes/page.txt → desk/page.txt  desk
    out| ✓ demo-desk: 1 written, 4 unchanged, 0 skipped ([TIME])
    exit 0
    + project/desk/page.txt
    M project/kiln.lock
    M project/kiln.sum
    - project/notes
    - project/notes/page.txt
    ");
    assert!(terminal.read("desk/page.txt").contains("mine"));
    settled(&terminal);
}

#[test]
fn a_move_and_a_change_at_once() {
    let terminal = project();
    terminal.replace("desk/page.txt", "beta", "mine");
    terminal.write("kiln.kdl", PLACED.replace("    desk\n", "    desk { level two }\n"));
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| updated  desk/conf.yaml  desk
    out| updated  desk/names.py  desk
    out| updated  desk/package.json  desk
    out| updated  desk/short.txt  desk
    out| moved  desk/page.txt → notes/page.txt  desk
    out| ✓ demo-desk: 5 written, 0 unchanged, 0 skipped ([TIME])
    exit 0
    M project/desk/conf.yaml
    M project/desk/names.py
    M project/desk/package.json
    - project/desk/page.txt
    M project/desk/short.txt
    M project/kiln.lock
    M project/kiln.sum
    + project/notes
    + project/notes/page.txt
    ");
    let text = terminal.read("notes/page.txt");
    assert!(text.contains("mine") && text.contains("level two"), "{text}");
    settled(&terminal);
}

#[test]
fn the_person_moved_it_first() {
    let terminal = project();
    terminal.replace("desk/page.txt", "beta", "mine");
    fs::create_dir(terminal.root.join("notes")).unwrap();
    fs::rename(terminal.root.join("desk/page.txt"), terminal.root.join("notes/page.txt")).unwrap();
    terminal.write("kiln.kdl", PLACED);
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| ✓ demo-desk: 0 written, 4 unchanged, 1 skipped ([TIME])
    exit 0
    M project/kiln.lock
    M project/kiln.sum
    ");
    settled(&terminal);
}

#[test]
fn something_stands_at_the_new_place() {
    let terminal = project();
    terminal.replace("desk/page.txt", "beta", "mine");
    terminal.write("notes/page.txt", "somebody's\n");
    terminal.write("kiln.kdl", PLACED);
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    err| error[in-the-way]: `notes/page.txt` is there already, and `desk` wants to write it
    err|   hint: take kiln's version, yours is kept in the vault: kiln sync --take notes/page.txt
    err|   hint: keep yours: kiln sync --keep notes/page.txt
    err|   hint: put the two together by hand: kiln sync --merge notes/page.txt
    err|   hint: leave it alone: kiln exclude notes/page.txt
    err| stopped: nothing was written
    exit 1
    ");
    insta::assert_snapshot!(changed_by(&terminal, "sync --take notes/page.txt"), @"
    $ kiln sync --take notes/page.txt
    out| moved  desk/page.txt → notes/page.txt  desk
    out| ✓ demo-desk: 1 written, 4 unchanged, 0 skipped ([TIME])
    exit 0
    - project/desk/page.txt
    M project/kiln.lock
    M project/kiln.sum
    M project/notes/page.txt
    ");
    settled(&terminal);
}

#[test]
fn an_option_moves_a_whole_folder() {
    let terminal = project();
    terminal.replace("desk/page.txt", "beta", "mine");
    terminal.replace("desk/package.json", "make test", "mine");
    terminal.write("kiln.kdl", "project demo-desk\nkits {\n    desk { folder table }\n}\n");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| moved  desk/conf.yaml → table/conf.yaml  desk
    out| moved  desk/names.py → table/names.py  desk
    out| moved  desk/package.json → table/package.json  desk
    out| moved  desk/page.txt → table/page.txt  desk
    out| moved  desk/short.txt → table/short.txt  desk
    out| ✓ demo-desk: 5 written, 0 unchanged, 0 skipped ([TIME])
    exit 0
    - project/desk
    - project/desk/conf.yaml
    - project/desk/names.py
    - project/desk/package.json
    - project/desk/page.txt
    - project/desk/short.txt
    M project/kiln.lock
    M project/kiln.sum
    + project/table
    + project/table/conf.yaml
    + project/table/names.py
    + project/table/package.json
    + project/table/page.txt
    + project/table/short.txt
    ");
    assert!(terminal.read("table/page.txt").contains("mine"));
    assert!(terminal.read("table/package.json").contains("mine"));
    settled(&terminal);
}

#[test]
fn a_file_where_a_folder_belongs() {
    let terminal = project();
    terminal.write("table", "a file\n");
    terminal.write("kiln.kdl", "project demo-desk\nkits {\n    desk { folder table }\n}\n");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    err| error[obstructed]: `table` is no plain folder, so 5 outputs of `desk` cannot be written
    err|   hint: move it away, or leave all of them alone: kiln exclude table
    err| stopped: nothing was written
    exit 1
    ");
}

#[test]
fn a_version_of_a_kit_moves_its_outputs() {
    let terminal = project();
    terminal.replace("desk/page.txt", "beta", "mine");
    terminal.replace("desk/names.py", "last", "final");
    let kit = "../library/desk/kit.kdl";
    terminal.replace(kit, "version=\"1.0.0\"", "version=\"1.2.0\"");
    terminal.replace(
        kit,
        "    provides desk {",
        "    changes \"1.2.0\" {\n        moved \"{desk.dir}/leaf.txt\" to=\"{desk.dir}/leaves/page.txt\"\n    }\n    changes \"1.1.0\" {\n        note \"pages are leaves\"\n        moved \"{desk.dir}/page.txt\" to=\"{desk.dir}/leaf.txt\"\n    }\n    provides desk {",
    );
    let files = terminal.outer().join("library/desk/files/root");
    fs::create_dir(files.join("leaves")).unwrap();
    fs::rename(files.join("page.txt"), files.join("leaves/page.txt")).unwrap();
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| moved  desk/page.txt → desk/leaves/page.txt  desk
    out| ✓ demo-desk: 1 written, 3 unchanged, 1 skipped ([TIME])
    exit 0
    + project/desk/leaves
    + project/desk/leaves/page.txt
    - project/desk/page.txt
    M project/kiln.lock
    M project/kiln.sum
    ");
    assert!(terminal.read("desk/leaves/page.txt").contains("mine"));
    settled(&terminal);
}

#[test]
fn a_renamed_entity_takes_edits_along() {
    let terminal = Terminal::new();
    let spec = |name: &str| {
        format!(
            "project demo-shop\nkits {{\n    models\n}}\nmodule shop {{\n    entity {name} {{\n        field name type=string\n    }}\n}}\n"
        )
    };
    terminal.write("kiln.kdl", spec("Item"));
    assert_eq!(terminal.kiln("sync").code, 0);
    let page = terminal.read("model/shop/item.txt");
    terminal.write("model/shop/item.txt", page + "mine\n");
    terminal.write("kiln.kdl", spec("Article was=Item"));
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| created  migrations/shop/0002_389a4673.sql  models
    out| moved  model/shop/item.txt → model/shop/article.txt  models
    out| ✓ demo-shop: 2 written, 1 unchanged, 0 skipped ([TIME])
    exit 0
    + project/kiln.history/shop/0002-389a4673.toml
    M project/kiln.lock
    M project/kiln.sum
    + project/migrations/shop/0002_389a4673.sql
    + project/model/shop/article.txt
    - project/model/shop/item.txt
    ");
    insta::assert_snapshot!(terminal.read("model/shop/article.txt"), @"
    Article
    name: string
    created_at: datetime
    mine
    ");
    settled(&terminal);
}
