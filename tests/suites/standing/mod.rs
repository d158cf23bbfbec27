//! Living with generated files for a while: standing in a folder, copying what a hint says, breaking a document, saying
//! words that mean nothing.

mod documents;
mod folders;
mod hints;
mod paths;
mod words;

use std::path::{Path, PathBuf};

use crate::support::{Answer, Terminal, write};

const KIT: &str = r#"kit desk version="1.0.0" {
    title "Desk"
    summary "Files of every kind that people edit"
    layer foundation
    category tooling

    option level default=one help="the word that files hold"
    option lamp type=bool default=#false help="there is a lamp"

    provides desk {
        fact dir "desk" help="folder of the files"
    }
    files root into="{desk.dir}"
    files house into="house" ownership=managed
    when lamp=#true {
        files lamp
    }
}
"#;

const SHELF: &str = r#"kit shelf version="1.0.0" {
    title "Shelf"
    summary "One file of its own"
    layer foundation
    category tooling
    files root
}
"#;

/// A project with files of every kind, which was just synced.
fn project() -> Terminal {
    let terminal = Terminal::new();
    let library = terminal.outer().join("library");
    let kit = |path: &str, text: &str| write(&library, path, text);
    kit("desk/kit.kdl", KIT);
    kit("desk/README.md", "# Desk\n");
    let root = |path: &str, text: &str| write(&library, &format!("desk/files/root/{path}"), text);
    root("page.txt", "title\n\nalpha\n\nlevel {= option.level =}\n\nomega\n");
    root("deep/[id]/my page.txt", "a\n\nlevel {= option.level =}\n\nz\n");
    root("deep/other.txt", "see desk/deep/other.txt and page.txt\n");
    root(
        "package.json",
        "{\n  \"name\": \"desk\",\n  \"scripts\": {\n    \"build\": \"make {= option.level =}\",\n    \"test\": \"make test\"\n  }\n}\n",
    );
    root(
        "conf.yaml",
        "level: {= option.level =}\nservices:\n  - name: web\n    image: web:{= option.level =}\n  - name: db\n    image: db:1\n",
    );
    kit("desk/files/house/rules.txt", "rules {= option.level =}\n\n\n\nend\n");
    kit("desk/files/lamp/lamp.txt", "lamp\n");
    kit("shelf/kit.kdl", SHELF);
    kit("shelf/README.md", "# Shelf\n");
    kit("shelf/files/root/shelf.txt", "shelf\n");
    terminal.write("kiln.kdl", "project demo-desk\nkits {\n    desk\n    shelf\n}\n");
    let answer = terminal.kiln("sync");
    assert_eq!(answer.code, 0, "{}", answer.err);
    terminal
}

/// The kit's option becomes another, so that every file that has it changes.
fn set_level(terminal: &Terminal, level: &str) {
    let spec = terminal.read("kiln.kdl");
    let spec = spec.replacen("    desk\n", &format!("    desk {{ level {level} }}\n"), 1);
    terminal.write("kiln.kdl", spec);
}

/// Where a person stands, with the words that `-C` takes there.
struct Stand {
    folder: PathBuf,
    before: Vec<&'static str>,
}

impl Stand {
    fn all(terminal: &Terminal) -> [Self; 4] {
        let stand = |folder: &Path, before: &[&'static str]| Self {
            folder: folder.to_owned(),
            before: before.to_vec(),
        };
        [
            stand(&terminal.root, &[]),
            stand(&terminal.root.join("desk/deep"), &[]),
            stand(&terminal.outer(), &["-C", "project"]),
            stand(&terminal.outer(), &["-C", "project/desk"]),
        ]
    }

    fn run(&self, terminal: &Terminal, words: &[&str]) -> Answer {
        let words: Vec<&str> = self.before.iter().chain(words).copied().collect();
        terminal.kiln_with(&self.folder, &words)
    }
}

/// What a person sees who runs kiln in a folder of the project.
fn seen(terminal: &Terminal, folder: &str, words: &str) -> String {
    terminal.kiln_in(&terminal.root.join(folder), words).shown(words)
}
