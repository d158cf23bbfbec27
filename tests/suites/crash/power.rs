//! The power goes, and a record of schema history is on the disk only in part: the project cannot be read. The next
//! command that writes puts the record right first, whether the run before it was at its end or not.

use std::fs;

use kiln_base::KeyHasher;
use kiln_disk::Host;

use super::{NONE, Work, differing, fresh, work};
use crate::support::Terminal;

/// Where the vault of a project outside git is.
const VAULT: &str = ".kiln-vault";

/// Migrations of which more than one line can be missing.
const MIGRATION: &str = "-- {= change.title =}
{% for op in change.ops %}
{= op.do =} {= op.table =}
{% endfor %}
";

/// What reached the disk of a file that was not waited for.
#[derive(Debug, Clone, Copy)]
enum Torn {
    Empty,
    Cut,
    Zero,
    Missing,
}

impl Torn {
    fn tear(self, terminal: &Terminal, path: &str) {
        let bytes = fs::read(terminal.root.join(path)).unwrap();
        match self {
            Self::Empty => terminal.write(path, ""),
            Self::Cut => terminal.write(path, &bytes[..bytes.len() / 2]),
            Self::Zero => terminal.write(path, vec![0; bytes.len()]),
            Self::Missing => fs::remove_file(terminal.root.join(path)).unwrap(),
        }
    }
}

/// How far the sync was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Far {
    /// Neither sum nor lock had been written.
    Outputs,
    /// Everything but the end of the journal.
    Documents,
    /// All of it.
    Ended,
}

/// A project before and after a sync that makes a step.
struct Scene {
    terminal: Terminal,
    before: Work,
    after: Work,
}

impl Scene {
    fn new() -> Self {
        let terminal = fresh();
        let migrations =
            "library/models/files/migrations/migrations/{module.snake}/{change.id}.sql";
        fs::write(terminal.outer().join(migrations), MIGRATION).unwrap();
        assert_eq!(terminal.kiln("sync").code, 0);
        terminal.replace(
            "kiln.kdl",
            "        field name",
            "        field price type=int\n        field name",
        );
        let before = work(&terminal);
        let answer = terminal.kiln("sync");
        assert_eq!(answer.code, 0, "{}", answer.err);
        let after = work(&terminal);
        Self { terminal, before, after }
    }

    /// The files below a folder that the sync made.
    fn made(&self, folder: &str) -> Vec<String> {
        let new = differing(&self.before, &self.after).into_iter();
        let made: Vec<String> = new
            .filter(|path| path.starts_with(folder) && !self.before.contains_key(path))
            .collect();
        assert!(!made.is_empty(), "{folder}");
        made
    }

    /// The power goes.
    fn stops(&self, far: Far, torn: Torn) {
        let root = &self.terminal.root;
        let record = root.join(VAULT).join("0000000002.undo");
        let bytes = of_another_boot(&fs::read(&record).unwrap());
        fs::write(&record, bytes).unwrap();
        if far != Far::Ended {
            fs::rename(&record, root.join(VAULT).join("journal")).unwrap();
        }
        for path in self.made("kiln.history/").iter().chain(&self.made("migrations/")) {
            torn.tear(&self.terminal, path);
        }
        if far == Far::Outputs {
            for path in ["kiln.sum", "kiln.lock"] {
                self.terminal.write(path, &self.before[path].1);
            }
        }
    }
}

/// A journal as another boot of the machine would have written it.
fn of_another_boot(journal: &[u8]) -> Vec<u8> {
    let boot = Host::current().boot;
    let mut bytes = journal.to_vec();
    let found = bytes.windows(boot.len()).position(|part| part == boot.as_bytes());
    let at = found.expect("the journal names its boot");
    bytes[at..at + boot.len()].fill(b'0');
    let length = u64::from_le_bytes(bytes[8..16].try_into().unwrap()) as usize;
    let head = &bytes[48..48 + length];
    let checksum = KeyHasher::new("kiln 2026 journal head v1").bytes(head).finish();
    bytes[16..48].copy_from_slice(&checksum);
    bytes
}

const ALL: [(Far, Torn); 10] = [
    (Far::Outputs, Torn::Empty),
    (Far::Outputs, Torn::Cut),
    (Far::Outputs, Torn::Zero),
    (Far::Outputs, Torn::Missing),
    (Far::Documents, Torn::Empty),
    (Far::Documents, Torn::Cut),
    (Far::Documents, Torn::Missing),
    (Far::Ended, Torn::Empty),
    (Far::Ended, Torn::Cut),
    (Far::Ended, Torn::Zero),
];

#[test]
fn a_torn_record_is_written_again_before_the_project_is_read() {
    for (far, torn) in ALL {
        let scene = Scene::new();
        scene.stops(far, torn);
        let answer = scene.terminal.kiln("check");
        assert_eq!(answer.code, 1, "{far:?} {torn:?}: {}{}", answer.out, answer.err);
        let answer = scene.terminal.kiln("sync");
        assert_eq!(answer.code, 0, "{far:?} {torn:?}: {}{}", answer.out, answer.err);
        let now = work(&scene.terminal);
        assert_eq!(differing(&scene.after, &now), NONE, "{far:?} {torn:?}: {}", answer.out);
        let again = scene.terminal.kiln("check");
        assert_eq!(again.code, 0, "{far:?} {torn:?}: {}{}", again.out, again.err);
    }
}

#[test]
fn undo_takes_back_what_a_power_loss_left() {
    for (far, torn) in ALL {
        let scene = Scene::new();
        scene.stops(far, torn);
        let answer = scene.terminal.kiln("undo");
        assert_eq!(answer.code, 0, "{far:?} {torn:?}: {}{}", answer.out, answer.err);
        let now = work(&scene.terminal);
        assert_eq!(differing(&scene.before, &now), NONE, "{far:?} {torn:?}: {}", answer.out);
    }
}

#[test]
fn what_writes_nothing_says_that_the_run_was_interrupted() {
    let scene = Scene::new();
    scene.stops(Far::Outputs, Torn::Cut);
    let answer = scene.terminal.kiln("status");
    let first = answer.err.lines().take(1).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(first, @"error[interrupted]: `kiln sync` was interrupted, and its history is not whole");
    insta::assert_snapshot!(scene.terminal.run("sync"), @"
    $ kiln sync
    out| ✓ demo-site is up to date: 9 unchanged, 1 skipped ([TIME])
    err| recovered: finished the interrupted `kiln sync`: 1 file written
    exit 0
    ");
}

#[test]
fn a_record_that_a_person_broke_is_no_interrupted_run() {
    let scene = Scene::new();
    for path in scene.made("kiln.history/") {
        scene.terminal.write(&path, "mine\n");
    }
    let answer = scene.terminal.kiln("sync");
    assert_eq!(answer.code, 2, "{}", answer.err);
    assert!(!answer.err.contains("interrupted"), "{}", answer.err);
    assert!(answer.err.contains("restore it from git"), "{}", answer.err);
}
