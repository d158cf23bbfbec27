//! Sequences of acts of a person, git, crashes and kiln, drawn at random: after each act of kiln nothing that a person
//! wrote is missing, a second sync changes nothing, check and sync say the same, undo goes back and forth, and what was
//! interrupted ends in the same tree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use kiln::ops::{
    CheckOptions, Failure, Report, Settings, SyncOptions, UndoOptions, check, sync, undo,
};
use proptest::prelude::*;

use crate::support::{contents, write};

/// What is in the spec: the lines of the pages, the folder of one of them, and who owns what.
const SPECS: [&str; 8] = [
    "kits {\n    pages { first k0; second c0; folder one }\n    own { first k0 }\n    seeds { first k0 }\n}\n",
    "kits {\n    pages { first k1; second c0; folder one }\n    own { first k1 }\n    seeds { first k1 }\n}\n",
    "kits {\n    pages { first k1; second c1; folder one }\n    own { first k0 }\n    seeds { first k0 }\n}\n",
    "kits {\n    pages { first k1; second c0; folder two }\n    own { first k1 }\n}\n",
    "kits {\n    own { first k1 }\n    seeds { first k0 }\n}\n",
    "kits {\n    pages { first k0; second c1; folder one }\n}\nownership {\n    managed \"one/**\"\n}\n",
    "kits {\n    pages { first k1; second c1; folder one }\n    own { first k2 }\n}\nownership {\n    seeded \"one/**\"\n}\n",
    "kits {\n    pages { first k1; second c0; folder one }\n    own { first k0 }\n}\nownership {\n    exclude \"one/b.txt\"\n}\n",
];
const FILES: [&str; 6] =
    ["one/a.txt", "one/b.txt", "two/a.txt", "two/b.txt", "own/managed.txt", "seeds/seed.txt"];

/// One act.
#[derive(Debug, Clone)]
enum Act {
    Spec(usize),
    /// A line of one's own in the place of the first or second one.
    Edit(usize, bool),
    /// Conflicts are resolved: for the person, or for kiln.
    Resolve(usize, bool),
    Remove(usize),
    Rename(usize, usize),
    WriteOwn(usize),
    /// Line ends of Windows.
    Crlf(usize),
    Executable(usize),
    Commit,
    /// Back to what was committed before; the last commit is kept for a switch back.
    Switch,
    LocalStateGone,
    Sync(Word),
    /// A sync that ends in the middle: the bits say which files had been written.
    Crash(Word, u64, Next),
    Undo,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    None,
    Take,
    Keep,
    Merge,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Sync,
    Undo,
    /// The person goes on as if nothing had been.
    Nothing,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let file = 0..FILES.len();
    let word = prop_oneof![
        4 => Just(Word::None),
        1 => Just(Word::Take),
        1 => Just(Word::Keep),
        1 => Just(Word::Merge)
    ];
    let next = prop_oneof![Just(Next::Sync), Just(Next::Undo), Just(Next::Nothing)];
    let act = prop_oneof![
        6 => (0..SPECS.len()).prop_map(Act::Spec),
        6 => (file.clone(), any::<bool>()).prop_map(|(file, first)| Act::Edit(file, first)),
        2 => (file.clone(), any::<bool>()).prop_map(|(file, ours)| Act::Resolve(file, ours)),
        1 => file.clone().prop_map(Act::Remove),
        1 => (file.clone(), file.clone()).prop_map(|(from, to)| Act::Rename(from, to)),
        1 => file.clone().prop_map(Act::WriteOwn),
        1 => file.clone().prop_map(Act::Crlf),
        1 => file.prop_map(Act::Executable),
        1 => Just(Act::Commit),
        1 => Just(Act::Switch),
        1 => Just(Act::LocalStateGone),
        8 => word.clone().prop_map(Act::Sync),
        4 => (word, any::<u64>(), next).prop_map(|(word, bits, next)| Act::Crash(word, bits, next)),
        2 => Just(Act::Undo),
    ];
    proptest::collection::vec(act, 4..14)
}

type Tree = BTreeMap<String, (u32, Vec<u8>)>;

/// A project with a person, git's two last commits, and a count of what was written.
struct Shop {
    _holder: tempfile::TempDir,
    root: PathBuf,
    settings: Settings,
    commits: Vec<Tree>,
    written: usize,
}

impl Shop {
    fn new() -> Self {
        let memory = Path::new("/dev/shm");
        let holder = match memory.is_dir() {
            true => tempfile::tempdir_in(memory).unwrap(),
            false => tempfile::tempdir().unwrap(),
        };
        let library = holder.path().join("library");
        fs::create_dir_all(holder.path().join("catalogue")).unwrap();
        for (kit, ownership) in
            [("pages", ""), ("own", " ownership=managed"), ("seeds", " ownership=seeded")]
        {
            let into = if kit == "pages" { "{option.folder}" } else { kit };
            let manifest = format!(
                "kit {kit} version=\"1.0.0\" {{\n    title \"Kit\"\n    summary \"Pages\"\n    layer feature\n    category tooling\n    option first default=k0 help=\"the first line\"\n    option second default=c0 help=\"the second line\"\n    option folder default=one help=\"the folder\"\n    files root into=\"{into}\"{ownership}\n}}\n"
            );
            write(&library, &format!("{kit}/kit.kdl"), manifest);
        }
        let page = "top\n\n\n{= option.first =}\n\n\nmiddle\n\n\n{= option.second =}\n\n\nlast\n";
        for path in [
            "pages/files/root/a.txt",
            "pages/files/root/b.txt",
            "own/files/root/managed.txt",
            "seeds/files/root/seed.txt",
        ] {
            write(&library, path, page);
        }
        let root = holder.path().join("project");
        fs::create_dir_all(&root).unwrap();
        let settings =
            // With a build, answers are kept, and may be given again where nothing changed.
            Settings {
                start: root.clone(),
                library: Some(library),
                build: Some([7; 32]),
                ..Settings::default()
            };
        let shop = Self { _holder: holder, root, settings, commits: Vec::new(), written: 0 };
        shop.spec(0);
        shop
    }

    fn spec(&self, number: usize) {
        write(&self.root, "kiln.kdl", format!("project demo-shop\n{}", SPECS[number]));
    }

    fn tree(&self) -> Tree {
        contents(&self.root, &|path| !path.starts_with(".kiln"))
    }

    fn set(&self, tree: &Tree) {
        for path in self.tree().keys().filter(|path| !tree.contains_key(*path)) {
            fs::remove_file(self.root.join(path)).unwrap();
        }
        for (path, (mode, bytes)) in tree {
            write(&self.root, path, bytes);
            let bits = fs::Permissions::from_mode(*mode);
            fs::set_permissions(self.root.join(path), bits).unwrap();
        }
    }

    /// Everything that the person wrote and that is on the disk or in the vault.
    fn persons(&self) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for (_, (_, bytes)) in contents(&self.root, &|_| true) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            all.extend(
                text.match_indices("person-").map(|(at, _)| text[at..].chars().take(11).collect()),
            );
        }
        all
    }

    fn options(&self, word: Word) -> SyncOptions {
        let globs: Vec<String> = match word {
            Word::None => Vec::new(),
            _ => vec!["**".to_owned()],
        };
        let of = |wanted| if word == wanted { globs.clone() } else { Vec::new() };
        SyncOptions {
            settings: self.settings.clone(),
            take: of(Word::Take),
            keep: of(Word::Keep),
            merge: of(Word::Merge),
            no_wait: true,
        }
    }

    fn sync(&self, word: Word) -> Report {
        sync(&self.options(word))
            .unwrap_or_else(|failure| panic!("sync {word:?}: {}", failure.diagnostics))
    }

    fn check(&self) -> Report {
        let options = CheckOptions { settings: self.settings.clone(), reads_all: false };
        check(&options).unwrap_or_else(|failure| panic!("check: {}", failure.diagnostics))
    }

    fn undo(&self) -> Result<(), Failure> {
        let options = UndoOptions { settings: self.settings.clone(), ..UndoOptions::default() };
        undo(&options).map(|report| assert_eq!(report.exit, 0))
    }

    fn has_journal(&self) -> bool {
        self.root.join(".kiln-vault/journal").exists()
    }

    /// The number of the newest record.
    fn last_record(&self) -> Option<String> {
        let names = fs::read_dir(self.root.join(".kiln-vault")).ok()?;
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(".undo")).max()
    }

    /// The next word of the person's that is nowhere yet.
    fn word(&mut self) -> String {
        self.written += 1;
        format!("person-{:04}", self.written)
    }

    fn edit(&mut self, path: &str, change: impl FnOnce(String) -> String) {
        let file = self.root.join(path);
        if let Ok(text) = fs::read_to_string(&file) {
            fs::write(&file, change(text)).unwrap();
        }
    }

    /// Does one act and looks whether all is well.
    fn act(&mut self, act: &Act) {
        match act {
            Act::Spec(number) => self.spec(*number),
            Act::Edit(file, first) => {
                let word = self.word();
                let places = if *first { ["k0", "k1", "k2"] } else { ["c0", "c1", "c2"] };
                self.edit(FILES[*file], |text| {
                    places.iter().fold(text, |text, place| text.replace(place, &word))
                });
            }
            Act::Resolve(file, ours) => self.edit(FILES[*file], |text| resolved(&text, *ours)),
            Act::Remove(file) => drop(fs::remove_file(self.root.join(FILES[*file]))),
            Act::Rename(from, to) => {
                let (from, to) = (self.root.join(FILES[*from]), self.root.join(FILES[*to]));
                if from.exists() && !to.exists() {
                    fs::create_dir_all(to.parent().unwrap()).unwrap();
                    fs::rename(from, to).unwrap();
                }
            }
            Act::WriteOwn(file) => {
                let word = self.word();
                if !self.root.join(FILES[*file]).exists() {
                    write(&self.root, FILES[*file], format!("{word}\n"));
                }
            }
            Act::Crlf(file) => {
                self.edit(FILES[*file], |text| text.replace("\r\n", "\n").replace('\n', "\r\n"))
            }
            Act::Executable(file) => {
                let file = self.root.join(FILES[*file]);
                if file.exists() {
                    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
                }
            }
            Act::Commit => {
                let tree = self.tree();
                self.commits.insert(0, tree);
                self.commits.truncate(2);
            }
            Act::Switch if self.commits.len() == 2 => {
                self.commits.swap(0, 1);
                self.set(&self.commits[0].clone());
            }
            Act::Switch => {}
            Act::LocalStateGone => {
                for name in [".kiln", ".kiln-vault"] {
                    let _ = fs::remove_dir_all(self.root.join(name));
                }
            }
            Act::Sync(word) => self.synced(*word),
            Act::Crash(word, bits, next) => self.crashed(*word, *bits, *next),
            Act::Undo => {
                let before = self.persons();
                // There may be nothing to undo, or somebody was here since.
                let _ = self.undo();
                self.nothing_lost(&before);
            }
        }
    }

    fn nothing_lost(&self, before: &BTreeSet<String>) {
        let now = self.persons();
        let lost: Vec<&String> = before.difference(&now).collect();
        assert!(lost.is_empty(), "lost: {lost:?}");
    }

    /// A sync, a second one, undo and redo.
    fn synced(&mut self, word: Word) {
        let (persons, interrupted) = (self.persons(), self.has_journal());
        let clean = self.check().exit == 0;
        assert!(
            !(interrupted && clean && self.has_journal() && self.belongs()),
            "clean in the middle"
        );
        let before = self.tree();
        let report = self.sync(word);
        self.nothing_lost(&persons);
        let after = self.tree();
        let writes = after != before;
        if word == Word::None && !interrupted {
            assert_eq!(clean, !writes && report.exit == 0, "check before, and {report:?}");
        }
        if report.stopped() {
            assert!(!writes || interrupted, "it stopped and wrote");
            assert_eq!(report.exit, 1);
            return;
        }
        assert_eq!(self.check().exit, report.exit, "check after: {:?}", self.check().findings);
        let second = self.sync(Word::None);
        assert_eq!(self.tree(), after, "a second sync writes");
        assert_eq!(second.exit, report.exit, "{:?}", second.findings);
        if writes && !interrupted {
            self.back_and_forth(&before, &after);
        }
    }

    /// Whether the journal is about this state: check says so.
    fn belongs(&self) -> bool {
        self.check().findings.iter().any(|finding| finding.id == "interrupted")
    }

    fn back_and_forth(&self, before: &Tree, after: &Tree) {
        let persons = self.persons();
        self.undo().unwrap_or_else(|failure| panic!("undo: {}", failure.diagnostics));
        assert_eq!(self.tree(), *before, "undo");
        self.nothing_lost(&persons);
        self.undo().unwrap_or_else(|failure| panic!("redo: {}", failure.diagnostics));
        assert_eq!(self.tree(), *after, "undo of the undo");
        self.nothing_lost(&persons);
    }

    /// A sync as a crash leaves it: its record is the journal still, and only a part of it is on the disk.
    fn crashed(&mut self, word: Word, bits: u64, next: Next) {
        if self.has_journal() {
            return self.synced(word);
        }
        let (before, record, persons) = (self.tree(), self.last_record(), self.persons());
        self.sync(word);
        let (after, vault) = (self.tree(), self.root.join(".kiln-vault"));
        let Some(made) = self.last_record().filter(|made| Some(made) != record.as_ref()) else {
            return;
        };
        fs::rename(vault.join(made), vault.join("journal")).unwrap();
        // The process that made it is this test, which still runs.
        fs::remove_file(self.root.join(".kiln/holder")).unwrap();
        self.set(&partly(&before, &after, bits));
        self.nothing_lost(&persons);
        assert_eq!(self.check().exit, 1, "clean in the middle of a sync");
        match next {
            Next::Nothing => {}
            Next::Sync => {
                let report = self.sync(Word::None);
                assert!(report.recovered.is_some());
                assert_eq!(self.tree(), after, "after a crash: {report:?}");
            }
            Next::Undo => {
                self.undo().unwrap_or_else(|failure| panic!("undo: {}", failure.diagnostics));
                assert_eq!(self.tree(), before, "undo after a crash");
            }
        }
        self.nothing_lost(&persons);
    }
}

/// A tree between two others, in the order in which a sync writes: files in any order, then deletions, sum and lock.
fn partly(before: &Tree, after: &Tree, bits: u64) -> Tree {
    let mut tree = before.clone();
    let documents = ["kiln.sum", "kiln.lock"];
    let is_output = |path: &&String| !documents.contains(&path.as_str());
    let changed = |path: &&String| before.get(*path) != after.get(*path);
    let mut all = true;
    for (at, path) in after.keys().filter(is_output).filter(changed).enumerate() {
        if bits >> (at % 16) & 1 == 1 {
            tree.insert(path.clone(), after[path].clone());
        } else {
            all = false;
        }
    }
    let gone = before.keys().filter(|path| !after.contains_key(*path));
    for (at, path) in gone.enumerate().take(if all { usize::MAX } else { 0 }) {
        if bits >> (16 + at % 16) & 1 == 1 {
            tree.remove(path);
        } else {
            all = false;
        }
    }
    for (at, name) in documents.iter().enumerate() {
        all &= bits >> (32 + at) & 1 == 1;
        if let Some(file) = after.get(*name).filter(|_| all) {
            tree.insert((*name).to_owned(), file.clone());
        }
    }
    tree
}

/// A text without markers: one side of each conflict.
fn resolved(text: &str, ours: bool) -> String {
    let (mut lines, mut side) = (Vec::new(), None);
    for line in text.lines() {
        match line {
            _ if line.starts_with("<<<<<<<") => side = Some(true),
            _ if line.starts_with("|||||||") => side = None.or(Some(false)).filter(|_| !ours),
            _ if line.starts_with("=======") && side.is_some() => side = Some(false),
            _ if line.starts_with(">>>>>>>") => side = None,
            _ if side.is_none() || side == Some(ours) => lines.push(line),
            _ => {}
        }
    }
    lines.into_iter().map(|line| format!("{line}\n")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 100, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_nothing_is_lost(acts in acts()) {
        let mut shop = Shop::new();
        for act in &acts {
            shop.act(act);
        }
        shop.synced(Word::None);
    }
}
