//! Bad input that git could not hold or that needs a project which was synced before: odd trees, damaged locks, sums
//! and records. Each test makes its folder, and asserts what every refusal has: an exit code of 1 or 2, a message with
//! a way out, and not one byte or mode changed on the disk.

mod disk;
mod encodings;
mod locks;
mod new;
mod records;
mod sizes;

use crate::support::{Listing, Terminal, difference};

/// A project with a bit of everything.
const SPEC: &str = r#"project demo-site { title "Demo" }
kits {
    site
    blog
    models
}
module shop {
    entity Item {
        field name type=string required=#true
    }
}
"#;

/// A project that was never synced.
fn fresh() -> Terminal {
    let terminal = Terminal::new();
    terminal.write("kiln.kdl", SPEC);
    terminal
}

/// A project as its first sync leaves it.
fn synced() -> Terminal {
    let terminal = fresh();
    let answer = terminal.kiln("sync");
    assert_eq!(answer.code, 0, "{}", answer.err);
    terminal
}

/// Bookkeeping that a refused sync may touch where a sync was before: who holds the lock between processes, and the
/// clock of the file system.
fn bookkeeping(listing: Listing) -> Listing {
    let own = ["project/.kiln/holder", "project/.kiln/stamp"];
    listing.into_iter().filter(|(path, _)| !own.contains(&path.as_str())).collect()
}

/// Runs a command that must be refused and gives what a person sees.
fn refused(terminal: &Terminal, words: &str) -> String {
    let before = terminal.listing();
    let was_synced = before.contains_key("project/.kiln");
    let answer = terminal.kiln(words);
    assert!([1, 2].contains(&answer.code), "{}", answer.shown(words));
    assert!(answer.err.contains("hint: "), "no hint:\n{}", answer.err);
    let after = terminal.listing();
    let (before, after) =
        if was_synced { (bookkeeping(before), bookkeeping(after)) } else { (before, after) };
    assert_eq!(difference(&before, &after), "", "something was written:\n{}", answer.err);
    // What sync refuses is never in order.
    assert_ne!(terminal.kiln("check").code, 0);
    answer.shown(words)
}
