//! Things that stand where outputs belong.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use super::{SPEC, fresh, refused, synced};
use crate::support::Terminal;

#[test]
fn a_symlink_in_the_place_of_an_output() {
    let terminal = fresh();
    fs::create_dir(terminal.root.join("site")).unwrap();
    fs::write(terminal.outer().join("secret"), "mine").unwrap();
    symlink(terminal.outer().join("secret"), terminal.root.join("site/index.html")).unwrap();
    insta::assert_snapshot!(refused(&terminal, "sync"), @"
    $ kiln sync
    err| error[obstructed]: `site/index.html` of `site` cannot be written: a symlink
    err|   hint: move it away, or leave it alone: kiln exclude site/index.html
    err| stopped: nothing was written
    exit 1
    ");
    assert_eq!(fs::read_to_string(terminal.outer().join("secret")).unwrap(), "mine");
}

#[test]
fn a_symlink_in_the_place_of_a_folder() {
    let terminal = fresh();
    let elsewhere = terminal.outer().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, terminal.root.join("site")).unwrap();
    insta::assert_snapshot!(refused(&terminal, "sync"), @"
    $ kiln sync
    err| error[obstructed]: `site` is no plain folder, so 4 outputs of 2 kits cannot be written
    err|   hint: move it away, or leave all of them alone: kiln exclude site
    err| stopped: nothing was written
    exit 1
    ");
    assert_eq!(fs::read_dir(elsewhere).unwrap().count(), 0);
}

#[test]
fn a_dangling_symlink() {
    let terminal = fresh();
    fs::create_dir(terminal.root.join("site")).unwrap();
    symlink("nowhere", terminal.root.join("site/languages.txt")).unwrap();
    insta::assert_snapshot!(refused(&terminal, "sync"), @"
    $ kiln sync
    err| error[obstructed]: `site/languages.txt` of `site` cannot be written: a symlink
    err|   hint: move it away, or leave it alone: kiln exclude site/languages.txt
    err| stopped: nothing was written
    exit 1
    ");
}

#[test]
fn a_folder_in_the_place_of_a_file() {
    let terminal = fresh();
    fs::create_dir_all(terminal.root.join("site/style.css/deep")).unwrap();
    insta::assert_snapshot!(refused(&terminal, "sync"), @"
    $ kiln sync
    err| error[obstructed]: `site/style.css` of `site` cannot be written: a folder
    err|   hint: move it away, or leave it alone: kiln exclude site/style.css
    err| stopped: nothing was written
    exit 1
    ");
}

#[test]
fn a_file_in_the_place_of_a_folder() {
    let terminal = fresh();
    terminal.write("model", "a model of something else\n");
    insta::assert_snapshot!(refused(&terminal, "sync"), @"
    $ kiln sync
    err| error[obstructed]: `model/shop/item.txt` of `models` cannot be written: below `model`, which is no plain folder
    err|   hint: move it away, or leave it alone: kiln exclude model/shop/item.txt
    err| stopped: nothing was written
    exit 1
    ");
}

#[test]
fn a_pipe_in_the_place_of_a_file() {
    let terminal = fresh();
    fs::create_dir(terminal.root.join("site")).unwrap();
    let made =
        Command::new("mkfifo").arg(terminal.root.join("site/languages.txt")).status().unwrap();
    assert!(made.success());
    insta::assert_snapshot!(refused(&terminal, "sync"), @"
    $ kiln sync
    err| error[obstructed]: `site/languages.txt` of `site` cannot be written: neither file nor folder
    err|   hint: move it away, or leave it alone: kiln exclude site/languages.txt
    err| stopped: nothing was written
    exit 1
    ");
}

#[test]
fn a_repository_in_the_place_of_a_folder() {
    let terminal = fresh();
    fs::create_dir_all(terminal.root.join("site/.git")).unwrap();
    insta::assert_snapshot!(refused(&terminal, "sync"), @"
    $ kiln sync
    err| error[obstructed]: `site` is another git repository, so 4 outputs of 2 kits cannot be written
    err|   hint: move it away, or leave all of them alone: kiln exclude site
    err| stopped: nothing was written
    exit 1
    ");
}

#[test]
fn another_project_in_the_place_of_a_folder() {
    let terminal = fresh();
    terminal.write("site/kiln.kdl", "project other-site\n");
    insta::assert_snapshot!(refused(&terminal, "sync"), @"
    $ kiln sync
    err| error[obstructed]: `site` is another kiln project, so 4 outputs of 2 kits cannot be written
    err|   hint: move it away, or leave all of them alone: kiln exclude site
    err| stopped: nothing was written
    exit 1
    ");
}

#[test]
fn somebody_elses_file() {
    let terminal = fresh();
    terminal.write("site/style.css", "body { color: red; }\n");
    insta::assert_snapshot!(refused(&terminal, "sync"), @"
    $ kiln sync
    err| error[in-the-way]: `site/style.css` is there already, and `site` wants to write it
    err|   hint: take kiln's version, yours is kept in the vault: kiln sync --take site/style.css
    err|   hint: leave it alone: kiln exclude site/style.css
    err| stopped: nothing was written
    exit 1
    ");
}

#[test]
fn a_managed_file_was_edited_and_changes() {
    let terminal = synced();
    terminal.write("site/style.css", "body { color: red; }\n");
    terminal.replace("kiln.kdl", "    site\n", "    site { theme dark }\n");
    insta::assert_snapshot!(refused(&terminal, "sync"), @"
    $ kiln sync
    err| error[edited]: `site/style.css` was edited, and `site` changes it
    err|   hint: keep your edits and merge from now on: kiln own site/style.css
    err|   hint: take kiln's version, yours is kept in the vault: kiln sync --take site/style.css
    err| stopped: nothing was written
    exit 1
    ");
}

#[test]
fn a_file_with_open_conflicts_changes() {
    let terminal = synced();
    let open = "<<<<<<< kiln: yours\na\n=======\nb\n>>>>>>> kiln: site 1.2.0\n";
    terminal.write("site/index.html", open);
    terminal.replace("kiln.kdl", "    site\n", "    site { footer \"Other\" }\n");
    insta::assert_snapshot!(refused(&terminal, "sync"), @"
    $ kiln sync
    err| error[unresolved]: `site/index.html` has markers of a conflict, and `site` changes it
    err|   hint: resolve it in the file
    err|   hint: take kiln's version, yours is kept in the vault: kiln sync --take site/index.html
    err| stopped: nothing was written
    exit 1
    ");
}

#[test]
fn an_edited_file_of_a_kit_that_goes() {
    let terminal = synced();
    terminal.replace("site/blog.html", "hello", "hello again");
    terminal.replace("kiln.kdl", "    blog\n", "");
    insta::assert_snapshot!(refused(&terminal, "sync"), @"
    $ kiln sync
    err| error[orphan]: `site/blog.html` was edited, and `blog` no longer writes it
    err|   hint: delete it, yours is kept in the vault: kiln sync --take site/blog.html
    err|   hint: keep yours: kiln sync --keep site/blog.html
    err| stopped: nothing was written
    exit 1
    ");
}

#[test]
fn something_else_where_a_migration_belongs() {
    let terminal = synced();
    let other = fresh();
    let name = fs::read_dir(terminal.root.join("migrations/shop"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .next()
        .unwrap();
    other.write(&format!("migrations/shop/{name}"), "drop table items;\n");
    insta::assert_snapshot!(refused(&other, "sync"), @"
    $ kiln sync
    err| error[in-the-way]: `migrations/shop/0001_06988b77.sql` is there already, and `models` wants to write it
    err|   hint: take kiln's version, yours is kept in the vault: kiln sync --take migrations/shop/0001_06988b77.sql
    err|   hint: keep yours: kiln sync --keep migrations/shop/0001_06988b77.sql
    err|   hint: leave it alone: kiln exclude migrations/shop/0001_06988b77.sql
    err| stopped: nothing was written
    exit 1
    ");
}

#[test]
fn a_folder_that_nobody_may_write() {
    let mut terminal = Terminal::new();
    terminal.write("kiln.kdl", SPEC);
    fs::create_dir(terminal.root.join("site")).unwrap();
    fs::set_permissions(terminal.root.join("site"), fs::Permissions::from_mode(0o555)).unwrap();
    terminal.drop_privileges();
    insta::assert_snapshot!(refused_on_disk(&terminal), @"
    $ kiln sync
    err| error[disk]: cannot write `site/blog.html`: permission denied; all that had been written was taken back
    err|  |
    err|  = hint: see that the path is free, that there is room, and that you may read and write it
    exit 2
    ");
    fs::set_permissions(terminal.root.join("site"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_project_that_nobody_may_write() {
    let mut terminal = Terminal::new();
    terminal.write("kiln.kdl", SPEC);
    fs::set_permissions(&terminal.root, fs::Permissions::from_mode(0o555)).unwrap();
    terminal.drop_privileges();
    insta::assert_snapshot!(refused_on_disk(&terminal), @"
    $ kiln sync
    err| error[disk]: cannot make `[FOLDER]/project/.kiln-vault`: permission denied
    err|  |
    err|  = hint: see that the path is free, that there is room, and that you may read and write it
    exit 2
    ");
    fs::set_permissions(&terminal.root, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_file_that_nobody_may_read() {
    let mut terminal = fresh();
    terminal.write("site/languages.txt", "mine");
    fs::set_permissions(
        terminal.root.join("site/languages.txt"),
        fs::Permissions::from_mode(0o000),
    )
    .unwrap();
    terminal.drop_privileges();
    let shown = terminal.run("sync");
    fs::set_permissions(
        terminal.root.join("site/languages.txt"),
        fs::Permissions::from_mode(0o644),
    )
    .unwrap();
    insta::assert_snapshot!(shown, @"
    $ kiln sync
    err| error[obstructed]: `site/languages.txt` of `site` cannot be written: not readable
    err|   hint: move it away, or leave it alone: kiln exclude site/languages.txt
    err| stopped: nothing was written
    exit 1
    ");
    assert!(!terminal.root.join("kiln.lock").exists());
}

/// What the disk refuses is seen only when it is written: every output must be as before, kiln's own folders aside.
fn refused_on_disk(terminal: &Terminal) -> String {
    let outputs = |terminal: &Terminal| {
        let own = |path: &String| path.starts_with("project/.kiln");
        terminal.listing().into_iter().filter(|(path, _)| !own(path)).collect()
    };
    let before = outputs(terminal);
    let answer = terminal.kiln("sync");
    assert_eq!(answer.code, 2, "{}", answer.err);
    assert_eq!(crate::support::difference(&before, &outputs(terminal)), "");
    answer.shown("sync")
}

#[test]
fn the_cache_is_a_symlink() {
    let terminal = fresh();
    let elsewhere = terminal.outer().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, terminal.root.join(".kiln")).unwrap();
    insta::assert_snapshot!(refused_on_disk(&terminal), @"
    $ kiln sync
    err| error[obstructed]: `.kiln` is a symlink
    err|  |
    err|  = hint: move it away: a plain file or folder belongs there
    exit 2
    ");
    assert_eq!(fs::read_dir(elsewhere).unwrap().count(), 0);
}

#[test]
fn the_vault_is_a_symlink() {
    let terminal = fresh();
    let elsewhere = terminal.outer().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, terminal.root.join(".kiln-vault")).unwrap();
    insta::assert_snapshot!(refused(&terminal, "sync"), @"
    $ kiln sync
    err| error[disk]: cannot open `[FOLDER]/project/.kiln-vault`: it is not a folder
    err|  |
    err|  = hint: see that the path is free, that there is room, and that you may read and write it
    exit 2
    ");
    assert_eq!(fs::read_dir(elsewhere).unwrap().count(), 0);
}

#[test]
fn the_lock_is_a_symlink() {
    let terminal = synced();
    fs::rename(terminal.root.join("kiln.lock"), terminal.outer().join("kiln.lock")).unwrap();
    symlink("../kiln.lock", terminal.root.join("kiln.lock")).unwrap();
    insta::assert_snapshot!(refused(&terminal, "sync"), @"
    $ kiln sync
    err| error[obstructed]: `kiln.lock` is a symlink
    err|  |
    err|  = hint: move it away: a plain file or folder belongs there
    exit 2
    ");
}

#[test]
fn the_spec_is_a_folder() {
    let terminal = Terminal::new();
    fs::create_dir(terminal.root.join("kiln.kdl")).unwrap();
    insta::assert_snapshot!(refused(&terminal, "sync"), @"
    $ kiln sync
    err| error[obstructed]: `kiln.kdl` is a folder
    err|  |
    err|  = hint: move it away: a plain file or folder belongs there
    exit 2
    ");
}

#[test]
fn the_sum_is_a_folder() {
    let terminal = fresh();
    fs::create_dir(terminal.root.join("kiln.sum")).unwrap();
    insta::assert_snapshot!(refused(&terminal, "sync"), @"
    $ kiln sync
    err| error[obstructed]: `kiln.sum` is a folder
    err|  |
    err|  = hint: move it away: a plain file or folder belongs there
    exit 2
    ");
}

#[test]
fn the_history_is_a_file() {
    let terminal = fresh();
    terminal.write("kiln.history", "once upon a time\n");
    insta::assert_snapshot!(refused(&terminal, "sync"), @"
    $ kiln sync
    err| error[obstructed]: `kiln.history` is below `kiln.history`, which is no plain folder
    err|  |
    err|  = hint: move it away: a plain file or folder belongs there
    exit 2
    ");
}

#[test]
fn a_kit_with_a_symlink() {
    let terminal = Terminal::new();
    terminal.write("kiln.kdl", "project demo-site\nlibrary own path=\"kits\"\nkits { leak }\n");
    terminal.write("kits/leak/kit.kdl", super::encodings::KIT);
    fs::create_dir_all(terminal.root.join("kits/leak/files/root")).unwrap();
    symlink("/etc/passwd", terminal.root.join("kits/leak/files/root/page.md")).unwrap();
    insta::assert_snapshot!(refused(&terminal, "sync"), @"
    $ kiln sync
    err| error[obstructed]: `leak/files/root/page.md` is a symlink
    err|  |
    err|  = hint: move it away: a plain file or folder belongs there
    exit 2
    ");
}

#[test]
fn the_library_is_a_symlink() {
    let terminal = Terminal::new();
    terminal.write("kiln.kdl", "project demo-site\nlibrary own path=\"kits\"\nkits { site }\n");
    symlink(terminal.outer().join("library"), terminal.root.join("kits")).unwrap();
    // A folder that a person names may be a link: the kits are the same. Two of one name and version are no error, the
    // first library holds.
    let answer = terminal.kiln("sync");
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
}

#[test]
fn the_library_is_a_file() {
    let terminal = Terminal::new();
    terminal.write("kiln.kdl", "project demo-site\nlibrary own path=\"kits\"\nkits { site }\n");
    terminal.write("kits", "no kits here\n");
    insta::assert_snapshot!(refused(&terminal, "sync"), @r#"
    $ kiln sync
    err| error[library]: the library `kits` cannot be read: cannot open the folder `[FOLDER]/project/kits`: it is not a folder
    err|  --> kiln.kdl:2:18
    err|   |
    err| 2 | library own path="kits"
    err|   |                  ^^^^^^
    err|   |
    err|   = hint: the path is seen from the folder of the spec
    exit 2
    "#);
}
