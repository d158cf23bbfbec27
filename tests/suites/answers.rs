//! The answer that is kept: whatever changes after a run that found nothing to do, kiln says the same as if nothing had
//! been kept, and where nothing changed nothing is worked out anew.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use kiln_disk::{Index, Root};

use crate::support::{Terminal, write};

const KIT: &str = r#"kit desk version="1.0.0" {
    title "Desk"
    summary "Files that people edit"
    layer foundation
    category tooling
    option level default=one help="the word that files hold"
    files root
    files own ownership=managed
    files seeds ownership=seeded
}
"#;

/// A project in git with outputs of each kind, of which one was edited; its answer is kept.
fn settled() -> Terminal {
    let terminal = Terminal::new();
    let kit = |path: &str, text: &str| terminal.write(&format!("kits/desk/{path}"), text);
    kit("kit.kdl", KIT);
    kit("files/root/a/page.txt", "one\ntwo\n{= option.level =}\n");
    kit("files/root/a/b/deep.txt", "deep {= option.level =}\n");
    kit("files/root/run.sh", "#!/bin/sh\nexit 0\n");
    kit("files/own/managed.txt", "managed {= option.level =}\n");
    kit("files/seeds/seed.txt", "seed\n");
    terminal
        .write("kiln.kdl", "project demo-desk\nlibrary house path=\"kits\"\nkits {\n    desk\n}\n");
    git(&terminal.root, &["init", "-q"]);
    assert_eq!(terminal.kiln("sync").code, 0);
    terminal.replace("a/page.txt", "two", "two, mine");
    fs::remove_file(terminal.root.join("seed.txt")).unwrap();
    // What is written in the tick of the stamp is not trusted: the first of these reads, the second keeps.
    for _ in 0..3 {
        assert_eq!(terminal.kiln("sync").code, 0);
    }
    assert!(is_kept(&terminal.root), "nothing was kept");
    terminal
}

fn is_kept(root: &Path) -> bool {
    !Index::load(&Root::open(root).unwrap()).note().is_empty()
}

fn git(folder: &Path, words: &[&str]) {
    assert!(Command::new("git").args(words).current_dir(folder).status().unwrap().success());
}

/// What all commands say; a sync only that would change nothing, as it would change what the next one says.
fn said(terminal: &Terminal) -> Vec<String> {
    ["check", "status", "status --output-format json", "check --content", "diff"]
        .iter()
        .map(|words| {
            let text = terminal.run(words);
            // How long it took.
            text.lines()
                .map(|line| line.split(" (").next().unwrap_or_default())
                .collect::<Vec<_>>()
                .join("\n")
        })
        .collect()
}

/// A file gets other bytes of the same length and the time that it had.
fn rewritten_in_secret(path: &Path, bytes: &str, by_renaming: bool) {
    let old = fs::metadata(path).unwrap();
    assert_eq!(old.len(), bytes.len() as u64);
    let target = if by_renaming { path.with_extension("new") } else { path.to_owned() };
    fs::write(&target, bytes).unwrap();
    let file = fs::File::options().write(true).open(&target).unwrap();
    file.set_modified(old.modified().unwrap()).unwrap();
    if by_renaming {
        fs::rename(target, path).unwrap();
    }
}

#[test]
fn whatever_changes_is_seen() {
    type Change = fn(&Terminal);
    let changes: &[(&str, Change)] = &[
        ("nothing", |_| ()),
        ("an edit", |t| t.write("managed.txt", "mine\n")),
        ("an edit of what was edited", |t| t.replace("a/page.txt", "mine", "my own")),
        ("the same size and time", |t| {
            rewritten_in_secret(&t.root.join("managed.txt"), "managed two\n", false);
        }),
        ("another file of the same size and time", |t| {
            rewritten_in_secret(&t.root.join("a/b/deep.txt"), "deep two\n", true);
        }),
        ("a time set back", |t| {
            let file = fs::File::options().write(true).open(t.root.join("managed.txt")).unwrap();
            file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1)).unwrap();
        }),
        ("an executable bit", |t| {
            use std::os::unix::fs::PermissionsExt as _;
            let path = t.root.join("managed.txt");
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }),
        ("a deleted output", |t| fs::remove_file(t.root.join("a/b/deep.txt")).unwrap()),
        ("a deleted folder", |t| fs::remove_dir_all(t.root.join("a")).unwrap()),
        ("a folder that is a link", |t| {
            fs::rename(t.root.join("a"), t.root.join("there")).unwrap();
            symlink("there", t.root.join("a")).unwrap();
        }),
        ("an output that is a link to the same bytes", |t| {
            fs::rename(t.root.join("managed.txt"), t.root.join("other.txt")).unwrap();
            symlink("other.txt", t.root.join("managed.txt")).unwrap();
        }),
        ("another project on the way", |t| t.write("a/b/kiln.kdl", "project other\nkits {\n}\n")),
        ("another repository on the way", |t| {
            fs::create_dir(t.root.join("a/.git")).unwrap();
        }),
        ("a seeded output that is there again", |t| t.write("seed.txt", "mine\n")),
        ("a list of ignored files", |t| t.write("a/.gitignore", "*.txt\n")),
        ("the spec", |t| t.replace("kiln.kdl", "desk\n}", "desk { level two }\n}")),
        ("the lock", |t| t.replace("kiln.lock", "revision = 0", "revision = 1")),
        ("the sum", |t| {
            let text = t.read("kiln.sum");
            let kept = text.lines().filter(|line| !line.contains("managed.txt"));
            t.write("kiln.sum", kept.map(|line| format!("{line}\n")).collect::<String>());
        }),
        ("a template", |t| t.write("kits/desk/files/root/a/b/deep.txt", "deeper\n")),
        ("a template of the same size and time", |t| {
            let path = t.root.join("kits/desk/files/own/managed.txt");
            rewritten_in_secret(
                &path,
                "managed {= option.house =}\n"
                    .replace("house", "level")
                    .replacen("managed", "Managed", 1)
                    .as_str(),
                true,
            );
        }),
        ("one more template", |t| t.write("kits/desk/files/root/a/more.txt", "more\n")),
        ("one more template in a new folder", |t| t.write("kits/desk/files/own/x/y.txt", "y\n")),
        ("a template less", |t| {
            fs::remove_file(t.root.join("kits/desk/files/seeds/seed.txt")).unwrap();
        }),
        ("a manifest", |t| t.replace("kits/desk/kit.kdl", "default=one", "default=two")),
        ("one more kit", |t| t.write("kits/broken/kit.kdl", "kit broken version=\"1\"\n")),
        ("no library", |t| fs::rename(t.root.join("kits"), t.root.join("gone")).unwrap()),
        ("what a record of history could be", |t| t.write("kiln.history/shop/0001-0.toml", "x\n")),
        ("a broken cache", |t| t.write(".kiln/index", "kilnidx2 and no more")),
        ("a project in another place", |t| {
            let other = t.root.with_file_name("moved");
            fs::rename(&t.root, &other).unwrap();
            fs::rename(other, &t.root).unwrap();
        }),
    ];
    for (what, change) in changes {
        let terminal = settled();
        change(&terminal);
        let with = said(&terminal);
        fs::remove_dir_all(terminal.root.join(".kiln")).unwrap();
        assert_eq!(with, said(&terminal), "after {what}");
    }
}

#[test]
fn lists_above_the_project_count() {
    let terminal = Terminal::new();
    git(&terminal.outer(), &["init", "-q"]);
    terminal.write(
        "kits/desk/kit.kdl",
        KIT.replace("    files own ownership=managed\n    files seeds ownership=seeded\n", ""),
    );
    terminal.write("kits/desk/files/root/page.txt", "page\n");
    terminal
        .write("kiln.kdl", "project demo-desk\nlibrary house path=\"kits\"\nkits {\n    desk\n}\n");
    for _ in 0..3 {
        assert_eq!(terminal.kiln("sync").code, 0);
    }
    assert!(is_kept(&terminal.root));
    write(&terminal.outer(), ".gitignore", "page.txt\n");
    let answer = terminal.kiln("check");
    assert_eq!(answer.code, 1, "{}{}", answer.out, answer.err);
    assert!(answer.err.contains("git-ignored") || answer.out.contains("git does not see"));
}

#[test]
fn what_did_not_change_is_not_worked_out_again() {
    let terminal = settled();
    let index = fs::read(terminal.root.join(".kiln/index")).unwrap();
    let before = terminal.listing();
    for words in ["sync", "check", "status"] {
        assert_eq!(terminal.kiln(words).code, 0);
    }
    // Not even the cache is touched, and a kit that would be refused now is not looked at: its folder is as it was.
    assert_eq!(fs::read(terminal.root.join(".kiln/index")).unwrap(), index);
    assert!(crate::support::difference(&before, &terminal.listing()).is_empty());
}

#[test]
fn answers_that_must_not_be_kept_are_not() {
    // A finding that fails.
    let terminal = settled();
    terminal.write("managed.txt", "mine\n");
    assert_eq!(terminal.kiln("sync").code, 1);
    assert!(!is_kept(&terminal.root));
    // A pattern that hides an output, although git tracks it: what git tracks is not looked at again.
    let terminal = settled();
    git(&terminal.root, &["add", "-A"]);
    terminal.write("a/b/.gitignore", "deep.txt\n");
    for _ in 0..3 {
        assert_eq!(terminal.kiln("sync").code, 0);
    }
    assert!(!is_kept(&terminal.root));
}
