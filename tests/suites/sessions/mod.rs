//! Tests that read like sessions at a terminal: what a person types, what kiln answers, what is on the disk after.

mod answers;
mod edits;
mod life;
mod words;

use crate::support::{Listing, Terminal, difference};

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

/// A project that was just synced.
fn project() -> Terminal {
    let terminal = Terminal::new();
    terminal.write("kiln.kdl", SPEC);
    let answer = terminal.kiln("sync");
    assert_eq!(answer.code, 0, "{}", answer.err);
    terminal
}

/// The same project, and what its theme says is another.
fn set_theme(terminal: &Terminal) {
    terminal.replace("kiln.kdl", "    site\n", "    site { theme dark }\n");
}

/// Everything but kiln's own folders.
fn work(terminal: &Terminal) -> Listing {
    terminal.listing().into_iter().filter(|(path, _)| !path.starts_with("project/.kiln")).collect()
}

/// Runs a command and gives what it changed on the disk, kiln's own folders aside.
fn changed_by(terminal: &Terminal, words: &str) -> String {
    let before = work(terminal);
    let answer = terminal.run(words);
    format!("{answer}\n{}", difference(&before, &work(terminal)))
}
