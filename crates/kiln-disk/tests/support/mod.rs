//! A small project on a real disk with a sync that does everything at once, and a hook that breaks it at any step.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::disallowed_methods,
    reason = "test support, used in parts by several tests"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use kiln_base::RelPath;
use kiln_disk::{
    Applied, ApplyError, Change, ChangeKind, Changes, Document, Faults, Host, Index, LineEnds,
    Primitive, Put, Recovery, Renders, Root, UndoError, UndoWords, Undone, Vault, Verdict, Wait,
    apply, observe, recover, recover_records,
};

/// Paths, texts and executable bits of a tree.
pub type Files = &'static [(&'static str, &'static str, bool)];

pub const BEFORE: Files = &[
    ("kiln.kdl", "spec 0\n", false),
    ("kiln.lock", "lock 0\n", false),
    (
        "kiln.sum",
        "a a.txt 0\na gone/deep/old.txt 0\na moved/from.txt 0\na sub/edited.txt 0\n",
        false,
    ),
    ("a.txt", "a of lock 0\n", false),
    ("windows.txt", "w of lock 0\r\n", false),
    ("tool.sh", "#!/bin/sh\n", false),
    ("sub/edited.txt", "person: edited\nof lock 0\n", false),
    ("gone/deep/old.txt", "old of lock 0\n", false),
    ("gone/orphan.txt", "person: orphan\n", false),
    ("moved/from.txt", "person: moved along\n", false),
    ("mine.txt", "person: not kiln's\n", false),
];

pub const AFTER: Files = &[
    ("kiln.kdl", "spec 1\n", false),
    ("kiln.lock", "lock 1\n", false),
    (
        "kiln.sum",
        "a a.txt 1\na fresh/x/one.txt 1\na moved/to/it.txt 1\na sub/edited.txt 1\n",
        false,
    ),
    ("a.txt", "a of lock 1\n", false),
    ("windows.txt", "w of lock 1\r\nmore\r\n", false),
    ("tool.sh", "#!/bin/sh\n", true),
    ("sub/edited.txt", "person: edited\nof lock 1\n", false),
    ("moved/to/it.txt", "person: moved along\n", false),
    ("mine.txt", "person: not kiln's\n", false),
    ("fresh/x/one.txt", "one of lock 1\n", false),
    ("fresh/two.txt", "two of lock 1\n", true),
    ("kiln.history/shop/0001-aa.toml", "record 1\n", false),
];

/// A folder in which no sync was yet, with a file of its owner.
pub const EMPTY: Files =
    &[("kiln.kdl", "spec 1\n", false), ("mine.txt", "person: not kiln's\n", false)];

/// What the first sync makes of [`EMPTY`].
pub const FIRST: Files = &[
    ("kiln.kdl", "spec 1\n", false),
    ("kiln.lock", "lock 1\n", false),
    ("kiln.sum", "a a.txt 1\na fresh/x/one.txt 1\n", false),
    ("a.txt", "a of lock 1\n", false),
    ("mine.txt", "person: not kiln's\n", false),
    ("fresh/x/one.txt", "one of lock 1\n", false),
    ("fresh/two.txt", "two of lock 1\n", true),
    ("kiln.history/shop/0001-aa.toml", "record 1\n", false),
];

/// [`AFTER`] without all that its kits made: a person's edited file goes with their word.
pub const REMOVED: Files = &[
    ("kiln.kdl", "spec 2\n", false),
    ("kiln.lock", "lock 2\n", false),
    ("kiln.sum", "\n", false),
    ("mine.txt", "person: not kiln's\n", false),
    ("moved/to/it.txt", "person: moved along\n", false),
];

/// Files in each other's place, and a third that makes room for one of them.
pub const SWAP: Files = &[
    ("kiln.kdl", "spec 3\n", false),
    ("kiln.lock", "lock 3\n", false),
    ("kiln.sum", "a left.txt 3\na right.txt 3\na one.txt 3\na two.txt 3\n", false),
    ("left.txt", "left of lock 3\n", false),
    ("right.txt", "person: right\nof lock 3\n", true),
    ("one.txt", "person: one\n", false),
    ("two.txt", "two of lock 3\n", false),
];

/// What becomes of [`SWAP`]: `left.txt` and `right.txt` have changed places, `one.txt` stands at `two.txt`, and that at
/// a new place.
pub const SWAPPED: Files = &[
    ("kiln.kdl", "spec 4\n", false),
    ("kiln.lock", "lock 4\n", false),
    ("kiln.sum", "a left.txt 4\na right.txt 4\na three.txt 4\na two.txt 4\n", false),
    ("left.txt", "person: right\nof lock 4\n", true),
    ("right.txt", "left of lock 4\n", false),
    ("two.txt", "person: one\n", false),
    ("three.txt", "two of lock 4\n", false),
];

/// Old and new places of what [`SWAPPED`] moves.
const HANDED_ON: [(&str, &str); 4] = [
    ("left.txt", "right.txt"),
    ("right.txt", "left.txt"),
    ("one.txt", "two.txt"),
    ("two.txt", "three.txt"),
];

/// One sync: from which tree to which, and what a person wrote in the first.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    pub name: &'static str,
    pub before: Files,
    pub after: Files,
    pub persons: &'static [&'static str],
}

pub const SCENARIOS: [Scenario; 4] = [
    Scenario { name: "first", before: EMPTY, after: FIRST, persons: &["person: not kiln's\n"] },
    Scenario { name: "change", before: BEFORE, after: AFTER, persons: PERSONS },
    Scenario {
        name: "removal",
        before: AFTER,
        after: REMOVED,
        persons: &["person: edited\nof lock 1\n", "person: moved along\n", "person: not kiln's\n"],
    },
    Scenario {
        name: "swap",
        before: SWAP,
        after: SWAPPED,
        persons: &["person: right\nof lock 3\n", "person: one\n"],
    },
];

/// Texts that a person wrote; none of them may ever be missing from disk and vault together.
pub const PERSONS: &[&str] = &[
    "person: edited\nof lock 0\n",
    "person: orphan\n",
    "person: moved along\n",
    "person: not kiln's\n",
];

pub fn path(text: &str) -> RelPath {
    RelPath::new(text).unwrap()
}

pub type Tree = BTreeMap<String, (Vec<u8>, bool)>;

pub fn tree(files: &[(&str, &str, bool)]) -> Tree {
    let file = |(path, text, executable): &(&str, &str, bool)| {
        ((*path).to_owned(), (text.as_bytes().to_vec(), *executable))
    };
    files.iter().map(file).collect()
}

pub struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    pub fn new() -> Self {
        Self::of(BEFORE)
    }

    pub fn of(files: Files) -> Self {
        let memory = Path::new("/dev/shm");
        let folder = if memory.is_dir() {
            tempfile::tempdir_in(memory).unwrap()
        } else {
            tempfile::tempdir().unwrap()
        };
        let project = Self { folder };
        for (path, text, executable) in files {
            project.write(path, text.as_bytes());
            if *executable {
                let bits = std::fs::Permissions::from_mode(0o755);
                std::fs::set_permissions(project.path().join(path), bits).unwrap();
            }
        }
        std::fs::create_dir(project.path().join(".git")).unwrap();
        project.write(".git/HEAD", b"ref: refs/heads/main\n");
        // The vault itself is not what is tested.
        Vault::open(&Root::open(project.path()).unwrap(), host("boot 1")).unwrap();
        project
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub fn vault_folder(&self) -> PathBuf {
        self.path().join(".git/kiln/root")
    }

    pub fn tree(&self) -> Tree {
        let mut tree = Tree::new();
        walk(self.path(), self.path(), &mut tree, &[".git", ".kiln"]);
        tree
    }

    /// Every file but those of the cache folder, git's and the vault's included; a symlink is left out.
    pub fn everything(&self) -> Tree {
        let mut tree = Tree::new();
        walk(self.path(), self.path(), &mut tree, &[".kiln"]);
        tree
    }

    /// Every text of a person is on the disk or in the vault.
    pub fn missing(&self, texts: &[&str]) -> Vec<String> {
        let mut all = Tree::new();
        walk(self.path(), self.path(), &mut all, &[]);
        let is_somewhere = |text: &str| {
            all.values()
                .any(|(bytes, _)| bytes.windows(text.len()).any(|part| part == text.as_bytes()))
        };
        texts.iter().filter(|text| !is_somewhere(text)).map(|text| (*text).to_owned()).collect()
    }

    /// Empty folders, which a sync or roll-back should not leave behind.
    pub fn empty_folders(&self) -> Vec<PathBuf> {
        let mut empty = Vec::new();
        let mut open = vec![self.path().to_owned()];
        while let Some(folder) = open.pop() {
            let entries: Vec<_> =
                std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
            if entries.is_empty() {
                empty.push(folder);
            }
            open.extend(entries.into_iter().filter(|entry| {
                entry.is_dir() && !entry.ends_with(".git") && !entry.ends_with(".kiln")
            }));
        }
        empty
    }

    /// What lies in the staging folder.
    pub fn litter(&self) -> usize {
        std::fs::read_dir(self.path().join(".kiln/tmp")).map_or(0, Iterator::count)
    }

    pub fn sync(&self, faults: Arc<dyn Faults>) -> Result<Applied, ApplyError> {
        let root = Root::open_with_faults(self.path(), faults).map_err(broken)?;
        let vault = Vault::open(&root, host("boot 1")).map_err(|_| ApplyError::Interrupted)?;
        let locked = vault.lock("sync", &Wait::Refuse).map_err(|_| ApplyError::Interrupted)?;
        alone(|| apply(&root, &locked, &changes(), &Kits, None))
    }

    pub fn run(&self, scenario: Scenario, faults: Arc<dyn Faults>) -> Result<Applied, ApplyError> {
        let root = Root::open_with_faults(self.path(), faults).map_err(broken)?;
        let vault = Vault::open(&root, host("boot 1")).map_err(|_| ApplyError::Interrupted)?;
        let locked = vault.lock("sync", &Wait::Refuse).map_err(|_| ApplyError::Interrupted)?;
        let changes = changes_between(scenario.before, scenario.after);
        alone(|| apply(&root, &locked, &changes, &Kits, None))
    }

    pub fn undo_with(&self, faults: Arc<dyn Faults>) -> Option<Result<Undone, UndoError>> {
        let root = Root::open_with_faults(self.path(), faults).ok()?;
        let vault = Vault::open(&root, host("boot 1")).ok()?;
        let locked = vault.lock("undo", &Wait::Refuse).ok()?;
        Some(alone(|| kiln_disk::undo(&root, &locked, &Kits, &UndoWords::default(), None)))
    }

    pub fn has_journal(&self) -> bool {
        self.vault_folder().join("journal").exists()
    }

    pub fn recover(&self, boot: &str) -> Recovery {
        let root = Root::open(self.path()).unwrap();
        let vault = Vault::open(&root, host(boot)).unwrap();
        let locked = vault.lock("sync", &Wait::Refuse).unwrap();
        alone(|| recover(&root, &locked, &Kits)).unwrap()
    }

    /// As every command does that writes: records of history first, since nothing is rendered while one is torn.
    pub fn recover_by_command(&self, boot: &str) -> Recovery {
        let root = Root::open(self.path()).unwrap();
        let vault = Vault::open(&root, host(boot)).unwrap();
        let locked = vault.lock("sync", &Wait::Refuse).unwrap();
        alone(|| {
            let records = recover_records(&root, &locked).unwrap();
            assert!(records.iter().all(|path| path.as_str().starts_with("kiln.history/")));
            recover(&root, &locked, &KitsOf(self)).unwrap()
        })
    }

    /// Records of history that are neither as before nor as after a sync.
    pub fn torn_records(&self, scenario: Scenario) -> Vec<String> {
        let sides = [tree(scenario.before), tree(scenario.after)];
        let torn = |(name, file): (String, (Vec<u8>, bool))| {
            let whole = sides.iter().any(|side| side.get(&name) == Some(&file));
            (name.starts_with("kiln.history/") && !whole).then_some(name)
        };
        self.tree().into_iter().filter_map(torn).collect()
    }

    pub fn recover_with(&self, faults: Arc<dyn Faults>) -> Option<Recovery> {
        let root = Root::open_with_faults(self.path(), faults).ok()?;
        let vault = Vault::open(&root, host("boot 1")).ok()?;
        let locked = vault.lock("sync", &Wait::Refuse).ok()?;
        alone(|| recover(&root, &locked, &Kits)).ok()
    }

    pub fn undo(&self, take: &BTreeSet<RelPath>) -> Result<Undone, UndoError> {
        let root = Root::open(self.path()).unwrap();
        let vault = Vault::open(&root, host("boot 1")).unwrap();
        let locked = vault.lock("undo", &Wait::Refuse).unwrap();
        let words = UndoWords { take: take.clone(), ..UndoWords::default() };
        alone(|| kiln_disk::undo(&root, &locked, &Kits, &words, None))
    }

    pub fn look(&self, paths: &[&str]) -> Vec<kiln_disk::Observed> {
        let root = Root::open(self.path()).unwrap();
        let paths: Vec<RelPath> = paths.iter().map(|text| path(text)).collect();
        observe(&root, &paths, &Index::load(&root)).unwrap()
    }
}

fn broken(cause: kiln_disk::DiskError) -> ApplyError {
    ApplyError::Failed { cause, after: kiln_disk::Aftermath::Untouched }
}

fn walk(root: &Path, folder: &Path, tree: &mut Tree, without: &[&str]) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if without.iter().any(|other| name == *other) {
            continue;
        }
        if entry.file_type().unwrap().is_symlink() {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            walk(root, &entry.path(), tree, &[]);
        } else {
            let executable = entry.metadata().unwrap().permissions().mode() & 0o100 != 0;
            let path = entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            tree.insert(path, (std::fs::read(entry.path()).unwrap(), executable));
        }
    }
}

/// On one thread, so that the steps have one order.
pub fn alone<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap().install(work)
}

pub fn host(boot: &str) -> Host {
    Host { boot: boot.to_owned(), name: "here".to_owned(), process: 0 }
}

/// Renders what the locks say.
pub struct Kits;

impl Renders for Kits {
    fn render(&self, lock: &str, paths: &[RelPath]) -> BTreeMap<RelPath, Vec<u8>> {
        let side = match lock {
            "lock 0\n" => BEFORE,
            "lock 1\n" => AFTER,
            "lock 2\n" => REMOVED,
            "lock 3\n" => SWAP,
            "lock 4\n" => SWAPPED,
            _ => return BTreeMap::new(),
        };
        let rendered = |path: &RelPath| {
            let (_, text, _) = side.iter().find(|(name, ..)| *name == path.as_str())?;
            let of_a_kit = text.contains("of lock") && !text.starts_with("person");
            of_a_kit.then(|| (path.clone(), text.replace("\r\n", "\n").into_bytes()))
        };
        paths.iter().filter_map(rendered).collect()
    }

    fn mix_sum(&self, before: &str, after: &str, older: &BTreeSet<RelPath>) -> String {
        let is_older =
            |line: &&str| older.iter().any(|path| line.split(' ').nth(1) == Some(path.as_str()));
        let old = before.lines().filter(is_older);
        let new = after.lines().filter(|line| !is_older(line));
        let lines: BTreeSet<&str> = old.chain(new).collect();
        lines.into_iter().map(|line| format!("{line}\n")).collect()
    }
}

/// As [`Kits`], for a project whose history is read first: a torn record, and nothing can be rendered.
struct KitsOf<'p>(&'p Project);

impl Renders for KitsOf<'_> {
    fn render(&self, lock: &str, paths: &[RelPath]) -> BTreeMap<RelPath, Vec<u8>> {
        let whole = |(name, (bytes, _)): &(String, (Vec<u8>, bool))| {
            !name.starts_with("kiln.history/") || bytes == b"record 1\n"
        };
        if self.0.tree().into_iter().all(|file| whole(&file)) {
            Kits.render(lock, paths)
        } else {
            BTreeMap::new()
        }
    }

    fn mix_sum(&self, before: &str, after: &str, older: &BTreeSet<RelPath>) -> String {
        Kits.mix_sum(before, after, older)
    }
}

/// The sync from `BEFORE` to `AFTER`.
pub fn changes() -> Changes {
    changes_between(BEFORE, AFTER)
}

/// The sync from one tree to another.
pub fn changes_between(before: Files, after: Files) -> Changes {
    let (before, after) = (tree(before), tree(after));
    let handed_on = before.contains_key("one.txt") && after.contains_key("three.txt");
    let moves: Vec<(&str, &str)> = match handed_on {
        true => HANDED_ON.to_vec(),
        false if before.contains_key("moved/from.txt") => {
            vec![("moved/from.txt", "moved/to/it.txt")]
        }
        false => Vec::new(),
    };
    let change = |name: &str| {
        let expected =
            before.get(name).map(|(bytes, executable)| kiln_disk::Mark::of(bytes, *executable));
        // What no lock renders again goes to the vault before it is replaced or deleted.
        let only_here = |(bytes, _): &(Vec<u8>, bool)| {
            let of_a_kit = bytes.windows(7).any(|part| part == b"of lock");
            let stays = after.get(name).is_some_and(|(new, _)| new == bytes);
            !stays && (bytes.starts_with(b"person") || !of_a_kit)
        };
        let kind = match after.get(name) {
            None => ChangeKind::Delete,
            Some((bytes, executable)) => {
                let windows = bytes.windows(2).any(|pair| pair == b"\r\n");
                ChangeKind::Put(Put {
                    bytes: bytes.iter().copied().filter(|&byte| byte != b'\r').collect(),
                    executable: *executable,
                    line_ends: if windows { LineEnds::Crlf } else { LineEnds::Lf },
                    rendered: bytes.windows(7).any(|part| part == b"of lock")
                        && !bytes.starts_with(b"person"),
                    moved_from: moves
                        .iter()
                        .find(|(_, to)| *to == name)
                        .map(|(from, _)| path(from)),
                })
            }
        };
        let backup = before.get(name).is_some_and(only_here);
        Change { path: path(name), kind, expected, backup }
    };
    let document = |name: &str| {
        let text = |tree: &Tree| {
            tree.get(name).map(|(bytes, _)| String::from_utf8(bytes.clone()).unwrap())
        };
        Some(Document { path: path(name), before: text(&before), after: text(&after) })
    };
    let documents = ["kiln.kdl", "kiln.lock", "kiln.sum"];
    let all: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let names: Vec<&str> = all
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .map(String::as_str)
        .filter(|name| !documents.contains(name))
        .collect();
    let is_record = |name: &&&str| name.starts_with("kiln.history/");
    Changes {
        command: "sync".to_owned(),
        records: names.iter().filter(is_record).map(|name| change(name)).collect(),
        outputs: names.iter().filter(|name| !is_record(name)).map(|name| change(name)).collect(),
        spec: document("kiln.kdl"),
        sum: document("kiln.sum"),
        lock: document("kiln.lock"),
    }
}

pub fn println_counts(what: &str, counts: &impl std::fmt::Debug) {
    // The counts are what a reader of the test run wants to see.
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{what}: {counts:?}");
}

/// How a call is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// The process ends before the call: all later ones fail too.
    Kill,
    /// The process ends in the middle of a write.
    KillInWrite,
    /// The call fails with this error number, once.
    Once(i32),
    /// The call writes half and fails, once.
    ShortOnce(i32),
    /// The disk is full from here on.
    Full,
    /// Nothing can be changed any more from here on.
    Denied,
}

type Act = Box<dyn Fn() + Send + Sync>;

/// Breaks the call of this number among those that change the disk, and counts them.
pub struct Breaker {
    pub at: usize,
    pub how: Break,
    count: AtomicUsize,
    pub seen: Mutex<Vec<(Primitive, String)>>,
    /// What a person does right before the call of number `at`, and the call before which the process ends.
    act: Option<(usize, Act)>,
}

impl Breaker {
    pub fn new(at: usize, how: Break) -> Arc<Self> {
        let seen = Mutex::default();
        Arc::new(Self { at, how, count: AtomicUsize::new(0), seen, act: None })
    }

    /// Breaks nothing.
    pub fn counter() -> Arc<Self> {
        Self::new(usize::MAX, Break::Kill)
    }

    /// Lets a person act right before call `at`, and ends the process before call `end`. All calls count, looks too.
    pub fn person(at: usize, end: usize, act: impl Fn() + Send + Sync + 'static) -> Arc<Self> {
        let (count, seen) = (AtomicUsize::new(0), Mutex::default());
        Arc::new(Self { at, how: Break::Kill, count, seen, act: Some((end, Box::new(act))) })
    }

    pub fn steps(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    pub fn count_of(&self, primitive: Primitive) -> usize {
        self.seen.lock().unwrap().iter().filter(|(kind, _)| *kind == primitive).count()
    }
}

pub const EIO: i32 = 5;
pub const EACCES: i32 = 13;
pub const ENOSPC: i32 = 28;

/// Every way to break a call.
pub const BREAKS: [Break; 8] = [
    Break::Kill,
    Break::KillInWrite,
    Break::Once(EIO),
    Break::Once(EACCES),
    Break::Once(ENOSPC),
    Break::ShortOnce(ENOSPC),
    Break::Full,
    Break::Denied,
];

impl Faults for Breaker {
    fn before(&self, primitive: Primitive, name: &str) -> Verdict {
        if let Some((end, act)) = &self.act {
            let call = self.count.fetch_add(1, Ordering::SeqCst);
            self.seen.lock().unwrap().push((primitive, name.to_owned()));
            if call == self.at {
                act();
            }
            return if call >= *end { Verdict::Fail(EIO) } else { Verdict::Go };
        }
        if !primitive.changes_disk() {
            let dead = matches!(self.how, Break::Kill | Break::KillInWrite)
                && self.count.load(Ordering::SeqCst) > self.at;
            return if dead { Verdict::Fail(EIO) } else { Verdict::Go };
        }
        let step = self.count.fetch_add(1, Ordering::SeqCst);
        self.seen.lock().unwrap().push((primitive, name.to_owned()));
        let here = step == self.at;
        let grows = matches!(
            primitive,
            Primitive::Create
                | Primitive::MakeFolder
                | Primitive::Write
                | Primitive::OpenForWriting
        );
        match self.how {
            Break::KillInWrite if here && primitive == Primitive::Write => Verdict::Short(4, EIO),
            Break::Kill | Break::KillInWrite if step >= self.at => Verdict::Fail(EIO),
            Break::Once(number) if here => Verdict::Fail(number),
            Break::ShortOnce(number) if here && primitive == Primitive::Write => {
                Verdict::Short(4, number)
            }
            Break::ShortOnce(number) if here => Verdict::Fail(number),
            Break::Full if step >= self.at && grows => Verdict::Short(4, ENOSPC),
            Break::Denied if step >= self.at => Verdict::Fail(EACCES),
            _ => Verdict::Go,
        }
    }
}
