//! Edits of a person and new renders of a kit, put together: sessions at a terminal.

mod adopting;
mod conflicts;
mod corners;
mod documents;
mod lines;
mod places;
mod undo;
mod undo_words;

use std::fs;

use crate::support::{Listing, Terminal, difference, write};

const KIT: &str = r#"kit desk version="1.0.0" {
    title "Desk"
    summary "Files of every kind that people edit"
    layer foundation
    category tooling

    option level default=one help="the word that files hold"
    option folder default=desk help="where the files are"
    option tool type=bool default=#false help="the tool is there"

    provides desk {
        fact dir "{option.folder}" help="folder of the files"
    }
    files root into="{desk.dir}"
    when tool=#true {
        files tool
    }
}
"#;

/// A project with files of every kind, which was just synced.
fn project() -> Terminal {
    let terminal = Terminal::new();
    let library = terminal.outer().join("library");
    let kit = |path: &str, text: &str| write(&library, &format!("desk/{path}"), text);
    kit("kit.kdl", KIT);
    kit("README.md", "# Desk\n");
    kit(
        "files/root/page.txt",
        "title\n\nalpha\nbeta\ngamma\n\nlevel {= option.level =}\n\ndelta\nepsilon\n",
    );
    kit(
        "files/root/names.py",
        "NAMES = [\n    \"first\",\n{% if option.tool %}\n    \"theirs\",\n{% endif %}\n    \"{= option.level =}\",\n    \"last\",\n]\n",
    );
    kit("files/root/short.txt", "level {= option.level =}\n");
    kit("files/tool/bin/tool", "#!/bin/sh\necho {= option.level =}\n");
    kit(
        "files/root/package.json",
        "{\n  \"name\": \"desk\",\n  \"scripts\": {\n    \"build\": \"make {= option.level =}\",\n    \"test\": \"make test\"\n  }\n}\n",
    );
    kit("files/root/conf.yaml", "level: {= option.level =}\nports:\n  - 80\nlimits:\n  rate: 10\n");
    terminal.write("kiln.kdl", "project demo-desk\nkits {\n    desk\n}\n");
    let answer = terminal.kiln("sync");
    assert_eq!(answer.code, 0, "{}", answer.err);
    terminal
}

/// The kit's option becomes another, so that every file that has it changes.
fn set_level(terminal: &Terminal, level: &str) {
    let spec = format!("project demo-desk\nkits {{\n    desk {{ level {level} }}\n}}\n");
    terminal.write("kiln.kdl", spec);
}

/// Everything but kiln's own folders.
fn work(terminal: &Terminal) -> Listing {
    terminal.listing().into_iter().filter(|(path, _)| !path.starts_with("project/.kiln")).collect()
}

/// Nothing is different but times.
fn same(before: &Listing, after: &Listing) {
    let difference = difference(before, after);
    let more: Vec<&str> = difference.lines().filter(|line| !line.starts_with("t ")).collect();
    assert_eq!(more, [] as [&str; 0]);
}

/// Runs a command and gives what it changed on the disk, kiln's own folders aside.
fn changed_by(terminal: &Terminal, words: &str) -> String {
    let before = work(terminal);
    let answer = terminal.run(words);
    format!("{answer}\n{}", difference(&before, &work(terminal)))
}

/// A second sync writes nothing, and check agrees with it.
fn settled(terminal: &Terminal) {
    let before = work(terminal);
    let sync = terminal.kiln("sync");
    assert_eq!(difference(&before, &work(terminal)), "", "{}{}", sync.out, sync.err);
    assert_eq!(sync.code, terminal.kiln("check").code, "{}", sync.err);
}

/// Forgets everything that this clone remembers.
fn forget(terminal: &Terminal) {
    for folder in [".kiln", ".kiln-vault"] {
        fs::remove_dir_all(terminal.root.join(folder)).unwrap();
    }
}
