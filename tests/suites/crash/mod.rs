//! What ends kiln in the middle, and what else can happen at once: kills of the real binary, two processes, signals, a
//! disk that is full or read-only, files that are saved while it runs.

mod kills;
mod power;
mod sample;
mod two;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Command, Stdio};

use crate::support::Terminal;

const SPEC: &str = r#"project demo-site { title "Demo" }
kits {
    site
    blog
    scripts
    models
}
module shop {
    entity Item {
        field name type=string required=#true
    }
}
"#;

/// A folder with a spec and nothing else.
fn fresh() -> Terminal {
    let terminal = Terminal::new();
    terminal.write("kiln.kdl", SPEC);
    terminal
}

/// A project that was just synced.
fn synced() -> Terminal {
    let terminal = fresh();
    let answer = terminal.kiln("sync");
    assert_eq!(answer.code, 0, "{}", answer.err);
    terminal
}

/// Bytes and modes of the files of a project.
type Work = BTreeMap<String, (u32, Vec<u8>)>;

/// All files of the project but those in kiln's and git's own folders.
fn work(terminal: &Terminal) -> Work {
    let own = |path: &str| path.starts_with(".kiln") || path.starts_with(".git/");
    crate::support::contents(&terminal.root, &|path| !own(path))
}

/// The paths in which two projects differ.
fn differing(a: &Work, b: &Work) -> Vec<String> {
    let paths: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    paths.into_iter().filter(|path| a.get(*path) != b.get(*path)).cloned().collect()
}

/// No path.
const NONE: [String; 0] = [];

/// Starts a command without waiting for its end.
fn started(terminal: &Terminal, words: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kiln-under-test"));
    command.args(words.split_whitespace()).current_dir(&terminal.root).env_clear();
    command.arg("--library").arg(terminal.root.with_file_name("library"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Tells whoever reads the test run.
fn told(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{text}");
}
