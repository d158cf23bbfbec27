//! `kiln history` and its words.

use insta::assert_snapshot;

use super::Scene;

/// A scene with a second step.
fn two_steps() -> Scene {
    let scene = Scene::new();
    scene.spec("price type=money", "price type=money\n        field sku type=text");
    scene.synced();
    scene
}

#[test]
fn the_last_step_is_made_anew() {
    let scene = two_steps();
    let before = scene.files();
    scene.spec("field sku type=text", "field code type=text");
    assert_snapshot!(scene.terminal.run("history amend shop"), @"
    $ kiln history amend shop
    out| created  migrations/shop/0002_0d59bd4e.sql  models
    out| deleted  migrations/shop/0002_afe5b898.sql  models
    out| updated  model/shop/item.txt  models
    out| ✓ demo-site: 2 written, 1 deleted, 1 unchanged, 0 skipped ([TIME])
    exit 0
    ");
    assert_snapshot!(scene.migrations(), @"
    migrations/shop/0001_93df7a49.sql
    -- Create items
    create-table items
    migrations/shop/0002_0d59bd4e.sql
    -- Add items code
    add-column items
    ");
    assert_snapshot!(scene.terminal.run("undo"), @"
    $ kiln undo
    out| ✓ undid `kiln history amend`: 3 files restored, 2 deleted; kiln.lock, kiln.sum too
    out|   `kiln.kdl` still asks for it: change it, or the next `kiln sync` does it again
    out|   `kiln undo` once more takes this back
    exit 0
    ");
    assert_eq!(scene.files(), before);
    // Nothing to do: the step would be the same.
    scene.spec("field code type=text", "field sku type=text");
    assert_snapshot!(scene.terminal.run("history amend shop"), @"
    $ kiln history amend shop
    out| ✓ demo-site is up to date: 3 unchanged, 0 skipped ([TIME])
    exit 0
    ");
    assert_eq!(scene.files(), before);
}

#[test]
fn steps_that_others_follow_stay() {
    let scene = two_steps();
    let last = scene.last();
    let first = scene.files().into_keys().next().unwrap();
    let first = first.trim_start_matches("kiln.history/shop/").trim_end_matches(".toml").to_owned();
    assert_snapshot!(scene.terminal.run(&format!("history drop {first}")), @"
    $ kiln history drop 0001-93df7a49
    err| error[followed]: `0001-93df7a49` is followed by `0002-afe5b898`
    err|  |
    err|  = hint: if no database has them either: kiln history drop 0001-93df7a49 0002-afe5b898
    exit 2
    ");
    assert_snapshot!(scene.terminal.run("history drop 0002-00000000"), @"
    $ kiln history drop 0002-00000000
    err| error[unknown-step]: there is no step `0002-00000000`
    err|  |
    err|  = hint: `kiln history` lists the steps
    exit 2
    ");
    assert_snapshot!(scene.terminal.run("history amend shopp"), @"
    $ kiln history amend shopp
    err| error[unknown-chain]: there is no module `shopp`
    err|  |
    err|  = hint: did you mean `shop`?
    exit 2
    ");
    assert_snapshot!(scene.terminal.run(&format!("--locked history drop {last}")), @"
    $ kiln --locked history drop 0002-afe5b898
    err| error[lock-stale]: `kiln.history` would change, and `--locked` forbids it
    exit 1
    ");
    // An edited migration goes with its step; undo has it back.
    let path = format!("migrations/shop/{}.sql", last.replace('-', "_"));
    scene.terminal.replace(&path, "add-column", "add-column mine");
    let before = scene.files();
    scene.spec("\n        field sku type=text", "");
    assert_snapshot!(scene.terminal.run(&format!("history drop {last}")), @"
    $ kiln history drop 0002-afe5b898
    out| deleted  migrations/shop/0002_afe5b898.sql  models
    out| updated  model/shop/item.txt  models
    out| ✓ demo-site: 1 written, 1 deleted, 1 unchanged, 0 skipped ([TIME])
    out| ✓ took back `0002-afe5b898`
    exit 0
    ");
    assert_eq!(scene.files().len(), before.len() - 2);
    assert_eq!(scene.terminal.kiln("undo").code, 0);
    assert_eq!(scene.files(), before);
}

#[test]
fn all_steps_become_one() {
    let scene = two_steps();
    assert_snapshot!(scene.terminal.run("history squash shop"), @"
    $ kiln history squash shop
    out| deleted  migrations/shop/0001_93df7a49.sql  models
    out| deleted  migrations/shop/0002_afe5b898.sql  models
    out| created  migrations/shop/0002_d0c16e50.sql  models
    out| ✓ demo-site: 1 written, 2 deleted, 1 unchanged, 0 skipped ([TIME])
    exit 0
    ");
    assert_snapshot!(scene.migrations(), @"
    migrations/shop/0002_d0c16e50.sql
    -- Create items
    create-table items
    ");
    assert_snapshot!(scene.terminal.run("history"), @"
    $ kiln history
    out| shop
    out|   0002-d0c16e50  create items  stands for 2 steps
    exit 0
    ");
    assert_eq!(scene.terminal.kiln("check").code, 0);
    assert_snapshot!(scene.terminal.run("history squash nothing"), @"
    $ kiln history squash nothing
    err| error[unknown-chain]: no chain `nothing` is in the history
    err|  |
    err|  = hint: correct the name
    exit 2
    ");
    assert_snapshot!(scene.terminal.run("history amend shop"), @"
    $ kiln history amend shop
    err| error[amend]: `0002-d0c16e50` stands for steps that databases have
    err|  |
    err|  = hint: `kiln sync` makes the next step
    exit 2
    ");
}

#[test]
fn own_sql_is_a_step() {
    let scene = two_steps();
    scene.spec("field price type=money", "field cents type=int");
    scene.terminal.write(
        "in-cents.sql",
        "alter table items add column cents integer;\n-- Down\nalter table items drop column cents;\n",
    );
    assert_snapshot!(scene.terminal.run("history adopt --file in-cents.sql"), @"
    $ kiln history adopt --file in-cents.sql
    out| created  migrations/shop/0003_4b2fa0e0.sql  models
    out| updated  model/shop/item.txt  models
    out| ✓ demo-site: 2 written, 2 unchanged, 0 skipped ([TIME])
    exit 0
    ");
    assert_snapshot!(scene.terminal.read(&format!("kiln.history/shop/{}.toml", scene.last())), @r#"
    # @generated by kiln: one step of the schema, never edited
    format = 1
    chain = "shop"
    title = "in cents"
    parents = ["0002_afe5b898"]
    needs = []

    [render]
    kit = "models"
    version = "1.0.0"
    engine = 1

    [file]
    path = "migrations/shop/0003_4b2fa0e0.sql"
    sha256 = "fb8143ece245a791cc00434200d770a53445c7bc3960d54f620ff08c6473bbb2"

    [[op]]
    do = "run-sql"
    up = ["alter table items add column cents integer"]
    down = ["alter table items drop column cents"]

    [[op.makes]]
    do = "drop-column"
    table = "items"

    [op.makes.column]
    name = "price"
    type = "money"
    required = false

    [[op.makes]]
    do = "add-column"
    table = "items"

    [op.makes.column]
    name = "cents"
    type = "int"
    required = false
    "#);
    assert_snapshot!(scene.migrations(), @"
    migrations/shop/0001_93df7a49.sql
    -- Create items
    create-table items
    migrations/shop/0002_afe5b898.sql
    -- Add items sku
    add-column items
    migrations/shop/0003_4b2fa0e0.sql
    -- In cents
    run-sql alter table items add column cents integer
    ");
    assert_eq!(scene.terminal.kiln("check").code, 0);
    scene.terminal.write("empty.sql", "-- nothing\n");
    assert_snapshot!(scene.terminal.run("history adopt --file empty.sql"), @"
    $ kiln history adopt --file empty.sql
    err| error[sql]: `empty.sql` has no statement
    exit 2
    ");
    assert_snapshot!(scene.terminal.run("history adopt --file absent.sql"), @"
    $ kiln history adopt --file absent.sql
    err| error[sql]: `absent.sql` is not there
    exit 2
    ");
    assert_snapshot!(scene.terminal.run("history adopt --file in-cents.sql --module shp"), @"
    $ kiln history adopt --file in-cents.sql --module shp
    err| error[unknown-chain]: there is no module `shp`
    err|  |
    err|  = hint: did you mean `shop`?
    exit 2
    ");
    assert_snapshot!(scene.terminal.run("history amend shop"), @"
    $ kiln history amend shop
    err| error[amend]: `0003-4b2fa0e0` is your own SQL
    err|  |
    err|  = hint: `kiln history drop ID`, then `kiln history adopt --file F` with the new text
    exit 2
    ");
}
