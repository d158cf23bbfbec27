//! The same lock gives the same bytes: with one thread and with many, in another folder, under another clock, language
//! and home; and from the lock alone as from the spec.

mod from_lock;
mod keys;

use std::collections::BTreeMap;

use crate::support::{Terminal, contents, package};

const SPEC: &str = r#"project demo-site { title "Demo"; summary "Shown to nobody"; scale large }
kits {
    site { theme dark; footer "Ümläute {= and =} braces"; width 120; languages en de fr }
    blog { posts zeta alpha omega }
    scripts
    models
    store
    report
}
add web.pages about imprint title="About" order=5 { body "two\nlines" }
add web.pages zoo title="Zoo"
module shop {
    entity Item table=goods plural=goods {
        field name type=string max=200 required=#true unique=#true { models label="Name" }
        field state type=enum required=#true default=new { values new used }
        field price type=money min=0 default=1990
        field day type=date default="2028-02-29"
        field gone type=bool default=#false
        belongs-to Person as=owner on-delete=set-null
        index state price
        models public=#false
    }
    entity Tag { field label type=string }
}
module stock {
    entity Shelf { belongs-to Item required=#true on-delete=cascade; belongs-to Tag }
}
ownership {
    seeded "site/languages.txt" why="translators own it"
    exclude "report.txt"
}
place "robots.txt" at="site/robots.txt"
"#;

type Contents = BTreeMap<String, (u32, Vec<u8>)>;

/// Everything that a project's folder has but kiln's local state.
fn tree(terminal: &Terminal) -> Contents {
    contents(&terminal.root, &|path| {
        !path.starts_with(".kiln/") && !path.starts_with(".kiln-vault/")
    })
}

fn synced(
    mut terminal: Terminal,
    spec: &str,
    jobs: usize,
    environment: &[(&str, &str)],
) -> Contents {
    for (name, value) in environment {
        terminal.set(name, value);
    }
    terminal.write("kiln.kdl", spec);
    let answer = terminal.kiln(&format!("sync -j {jobs}"));
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert_eq!(terminal.kiln("check").code, 0);
    tree(&terminal)
}

const HERE: [(&str, &str); 4] =
    [("TZ", "UTC"), ("LANG", "C"), ("LC_ALL", "C"), ("HOME", "/nonexistent")];
const THERE: [(&str, &str); 6] = [
    ("TZ", "Pacific/Kiritimati"),
    ("LANG", "tr_TR.UTF-8"),
    ("LC_ALL", "tr_TR.UTF-8"),
    ("HOME", "/tmp"),
    ("NO_COLOR", "1"),
    ("SOURCE_DATE_EPOCH", "1"),
];

fn same(a: &Contents, b: &Contents) {
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (path, (mode, bytes)) in a {
        assert_eq!(mode, &b[path].0, "mode of {path}");
        assert!(*bytes == b[path].1, "{path} differs");
    }
}

#[test]
fn threads_folders_and_environments() {
    let one = synced(Terminal::new(), SPEC, 1, &HERE);
    let many = synced(Terminal::new(), SPEC, 8, &THERE);
    assert!(one.len() > 15, "{:?}", one.keys());
    same(&one, &many);
}

#[test]
fn the_kits_that_are_built_in() {
    let spec =
        std::fs::read_to_string(package().join("../lockfiles/project-manager/kiln.kdl")).unwrap();
    let one = synced(Terminal::with_builtin_kits(), &spec, 1, &HERE);
    let many = synced(Terminal::with_builtin_kits(), &spec, 8, &THERE);
    same(&one, &many);
}

/// A sync that finds its own lock is one that starts without: the lock holds nothing that the spec does not decide.
#[test]
fn a_lock_changes_nothing() {
    let terminal = Terminal::new();
    terminal.write("kiln.kdl", SPEC);
    assert_eq!(terminal.kiln("lock").code, 0);
    let lock = terminal.read("kiln.lock");
    assert_eq!(terminal.kiln("sync").code, 0);
    assert_eq!(terminal.read("kiln.lock"), lock);
    same(&tree(&terminal), &synced(Terminal::new(), SPEC, 2, &HERE));
}
