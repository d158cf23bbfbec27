//! Migrations are what their records pin, whatever their template says today: the earlier bytes come from git.

use std::path::Path;

use super::Work;
use crate::support::Terminal;

const TEMPLATE: &str = "files/migrations/migrations/{module.snake}/{change.id}.sql";

fn migration(root: &Path) -> String {
    let folder = std::fs::read_dir(root.join("migrations/shop")).unwrap();
    let name = folder.map(|entry| entry.unwrap().file_name()).next().unwrap();
    format!("migrations/shop/{}", name.into_string().unwrap())
}

/// The template of migrations says something else from now on.
fn another_template(terminal: &Terminal) {
    let template = terminal.outer().join("library/models").join(TEMPLATE);
    std::fs::write(template, "-- another\n").unwrap();
}

#[test]
fn a_migration_that_is_gone_comes_back_as_it_was() {
    let work = Work::new();
    let path = migration(&work.terminal.root);
    let before = work.terminal.read(&path);
    another_template(&work.terminal);
    let clone = work.clone_to("clone");
    std::fs::remove_file(clone.join(&path)).unwrap();
    let answer = work.terminal.kiln_in(&clone, "sync");
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert_eq!(std::fs::read_to_string(clone.join(&path)).unwrap(), before);
    assert_eq!(work.terminal.kiln_in(&clone, "check").code, 0);
}

#[test]
fn an_edited_migration_is_restored_to_what_it_was() {
    let work = Work::new();
    let path = migration(&work.terminal.root);
    let before = work.terminal.read(&path);
    another_template(&work.terminal);
    work.terminal.write(&path, "-- mine\n");
    work.commit("mine");
    // Nobody takes it back: it is the person's.
    assert_eq!(work.terminal.kiln("sync").code, 0);
    assert_eq!(work.terminal.read(&path), "-- mine\n");
    let answer = work.terminal.kiln(&format!("restore {path}"));
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert_eq!(work.terminal.read(&path), before);
    assert_eq!(work.terminal.kiln("check").code, 0);
    assert_eq!(work.terminal.kiln("undo").code, 0);
    assert_eq!(work.terminal.read(&path), "-- mine\n");
}

#[test]
fn a_kit_of_the_repository_renders_it_again_as_its_commit_had_it() {
    let work = Work::new();
    let library = work.terminal.outer().join("library/models");
    crate::support::copy(&library, &work.terminal.root.join("kits/models"), &|_| false);
    std::fs::remove_dir_all(&library).unwrap();
    let spec = "library team path=\"kits\"\nkits {\n";
    work.terminal.replace("kiln.kdl", "kits {\n", spec);
    work.terminal.replace("kiln.kdl", "    models\n", "    models from=team\n");
    let answer = work.terminal.kiln("sync");
    assert_eq!(answer.code, 0, "{}", answer.err);
    let path = migration(&work.terminal.root);
    let before = work.terminal.read(&path);
    work.commit("kits");
    // git remembers the lock and the kit, and never had this file.
    let gone = work.terminal.outer().join("gone");
    crate::support::copy(&work.terminal.root, &gone, &|name| {
        matches!(name, ".git" | ".kiln" | "migrations")
    });
    let git = |words: &str| {
        let words: Vec<&str> = words.split(' ').collect();
        assert_eq!(super::git_in(&gone, &words).code, 0, "{words:?}");
    };
    git("init -q -b main");
    git("add -A");
    git("commit -q -m start");
    std::fs::write(gone.join("kits/models").join(TEMPLATE), "-- another\n").unwrap();
    git("add -A");
    git("commit -q -m kit");
    let answer = work.terminal.kiln_in(&gone, "sync");
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert_eq!(std::fs::read_to_string(gone.join(&path)).unwrap(), before);
}

#[test]
fn other_bytes_are_never_written() {
    let work = Work::new();
    let path = migration(&work.terminal.root);
    another_template(&work.terminal);
    std::fs::remove_dir_all(work.terminal.root.join(".git")).unwrap();
    work.terminal.write(&path, "-- mine\n");
    assert_eq!(work.terminal.kiln("sync").code, 0);
    insta::assert_snapshot!(work.terminal.run(&format!("restore {path}")), @"
    $ kiln restore migrations/shop/0001_06988b77.sql
    err| error[renderer-gone]: `migrations/shop/0001_06988b77.sql` was edited and cannot be rendered again as it was: `models` 1.0.0 made it
    err|   hint: restore it from git
    err|   hint: leave it as it is: that is no fault
    err| stopped: nothing was written
    exit 1
    ");
    assert_eq!(work.terminal.read(&path), "-- mine\n");
    std::fs::remove_file(work.terminal.root.join(&path)).unwrap();
    insta::assert_snapshot!(work.terminal.run("check"), @"
    $ kiln check
    err| error[renderer-gone]: `migrations/shop/0001_06988b77.sql` is missing and cannot be rendered again as it was: `models` 1.0.0 made it
    err|   hint: restore it from git
    err|   hint: take its step out of the history, if no database ever ran it: kiln history drop 0001-06988b77
    err| ✗ demo-site: 1 finding ([TIME])
    exit 1
    ");
    insta::assert_snapshot!(work.terminal.run("sync"), @"
    $ kiln sync
    err| error[renderer-gone]: `migrations/shop/0001_06988b77.sql` is missing and cannot be rendered again as it was: `models` 1.0.0 made it
    err|   hint: restore it from git
    err|   hint: take its step out of the history, if no database ever ran it: kiln history drop 0001-06988b77
    err| stopped: nothing was written
    exit 1
    ");
    assert!(!work.terminal.root.join(&path).exists());
}
