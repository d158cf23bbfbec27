//! Words about outputs and kits: what a person says, what the spec says then, what is on the disk.

mod changing;
mod keys;
mod kits;
mod moving;
mod own;
mod presets;
mod removing;
mod restoring;
mod swapping;
mod written_once;

use crate::support::{Listing, Terminal, difference};

const SPEC: &str = r#"// The demo.
project demo-site { title "Demo" }

kits {
    blog   // posts
    scripts
    site
}
"#;

/// A project that was just synced.
fn project() -> Terminal {
    with_spec(SPEC)
}

fn with_spec(spec: &str) -> Terminal {
    let terminal = Terminal::new();
    terminal.write("kiln.kdl", spec);
    let answer = terminal.kiln("sync");
    assert_eq!(answer.code, 0, "{}", answer.err);
    terminal
}

/// Everything but kiln's own folders.
fn work(terminal: &Terminal) -> Listing {
    terminal.listing().into_iter().filter(|(path, _)| !path.starts_with("project/.kiln")).collect()
}

/// Runs a command and gives what it changed on the disk, and what the spec says then if it changed.
fn done(terminal: &Terminal, words: &str) -> String {
    let (before, spec) = (work(terminal), terminal.read("kiln.kdl"));
    let answer = terminal.run(words);
    let mut text = format!("{answer}\n{}", difference(&before, &work(terminal)));
    let now = terminal.read("kiln.kdl");
    if now != spec {
        let old: Vec<&str> = spec.lines().collect();
        for line in now.lines().filter(|line| !old.contains(line)) {
            text.push_str(&format!("\nspec| {line}"));
        }
    }
    text
}

/// After a command that was done, `check` agrees and the same command changes nothing.
fn settled(terminal: &Terminal, words: &str) {
    let check = terminal.kiln("check");
    assert_eq!(check.code, 0, "{}{}", check.out, check.err);
    let before = work(terminal);
    let again = terminal.kiln(words);
    assert_eq!(again.code, 0, "{}{}", again.out, again.err);
    assert_eq!(difference(&before, &work(terminal)), "");
}
