//! The cells end to end: a real project whose outputs are the cells, one sync of kiln over all of them, and what stands
//! on the disk afterwards against the model. Cells that stop a sync are gathered in projects of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use kiln::ops::{CheckOptions, Report, Settings, SyncOptions, UndoOptions, check, sync, undo};
use kiln_base::sha256;

use super::model::{After, Choice, Data, Decision, Deed, Line, Node, Output, Owner, World};
use super::worlds::text;
use crate::support::{contents, write};

/// One output of the project.
pub(super) struct Place {
    pub(super) path: String,
    pub(super) world: World,
    /// What was expected of it.
    pub(super) decision: Decision,
}

/// Kits by who owns their outputs. Those with `late` are asked for in the second spec alone: their outputs have no fact.
const KITS: [(&str, Owner, bool); 12] = [
    ("managed", Owner::Managed, false),
    ("merged", Owner::Merged, false),
    ("seeded", Owner::Seeded, false),
    ("frozen", Owner::Frozen, false),
    ("late-managed", Owner::Managed, true),
    ("late-merged", Owner::Merged, true),
    ("late-seeded", Owner::Seeded, true),
    ("late-frozen", Owner::Frozen, true),
    ("left", Owner::Left, false),
    ("left-seeded", Owner::LeftSeeded, false),
    ("kept", Owner::Kept, false),
    ("excluded", Owner::Excluded, false),
];

/// The states of the disk: all pairs of lines, and a few of them with other line ends and bits.
pub(super) fn disks() -> Vec<Option<Node>> {
    let all = super::worlds::disks().into_iter();
    let plain = |node: &Node| match node {
        Node::File { data: Data::Text([first, _]), executable, crlf } => {
            let some = *first == Line::Text("k0");
            !(*executable || *crlf) || (some && *executable != *crlf)
        }
        Node::File { data: Data::Binary(token), executable, .. } => *token == "pbin" && !executable,
        Node::Obstacle(_) => true,
    };
    all.filter(|node| node.as_ref().is_none_or(plain)).collect()
}

/// A line as it is in the file of one place: what a person wrote is found again by its path.
fn line(line: &str, path: &str) -> String {
    match line {
        "" => String::new(),
        line if line.starts_with('p') => format!("{line} of {path}\n"),
        line => format!("{line}\n"),
    }
}

pub(super) fn bytes(data: &Data, crlf: bool, path: &str) -> Vec<u8> {
    let Data::Text(lines) = data else { return format!("\0person of {path}").into_bytes() };
    let part = |part: &Line| match part {
        Line::Text(text) => line(text, path),
        Line::Conflict(ours, theirs) => format!(
            "<<<<<<< kiln: yours\n{}=======\n{}>>>>>>> kiln: kit 1.0.0\n",
            line(ours, path),
            line(theirs, path)
        ),
    };
    let text = format!(
        "top line\n\n\n{}\n\nmiddle line\n\n\n{}\n\nlast line\n",
        part(&lines[0]),
        part(&lines[1])
    );
    if crlf { text.replace('\n', "\r\n") } else { text }.into_bytes()
}

/// Brings a place to a state; the lines of a person say `whose` they are.
pub(super) fn put(root: &Path, path: &str, node: Option<&Node>, whose: &str) {
    let file = root.join(path);
    let folder = file.parent().unwrap();
    fs::create_dir_all(folder).unwrap();
    let _ = fs::remove_file(&file);
    match node {
        None => {}
        Some(Node::Obstacle("link")) => symlink("elsewhere", &file).unwrap(),
        Some(Node::Obstacle("folder")) => {
            write(&file, "mine.txt", format!("person: folder of {path}\n"));
        }
        Some(Node::Obstacle(_)) => {
            fs::remove_dir_all(folder).unwrap();
            fs::write(folder, format!("person: in the way of {path}\n")).unwrap();
        }
        Some(Node::File { data, executable, crlf }) => {
            fs::write(&file, bytes(data, *crlf, whose)).unwrap();
            let mode = if *executable { 0o755 } else { 0o644 };
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        }
    }
}

pub(super) fn lost() -> Data {
    text("lost", "lost")
}

/// The cells of one project: what its second spec renders and what the person says of every path.
fn places(new: &Data, choice: Option<Choice>, stops: bool) -> Vec<Place> {
    let mut places = Vec::new();
    for (kit, owner, late) in KITS {
        let gone = matches!(owner, Owner::Left | Owner::LeftSeeded | Owner::Kept | Owner::Excluded);
        for known in if late { vec![true] } else { vec![true, false] } {
            for disk in disks() {
                let fact = if known { text("k0", "c0") } else { lost() };
                let world = World {
                    owner,
                    new: (!gone).then(|| Output { data: new.clone(), executable: false }),
                    facts: (!late).then(|| BTreeSet::from([(fact, false)])),
                    disk,
                    known,
                };
                let decision = world.decide(choice);
                if decision.stop.is_some() == stops {
                    let path = format!("{kit}/{}/file.txt", places.len());
                    places.push(Place { path, world, decision });
                }
            }
        }
    }
    places
}

/// A project on a disk.
pub(super) struct Project {
    holder: tempfile::TempDir,
    settings: Settings,
}

pub(super) type Tree = BTreeMap<String, (u32, Vec<u8>)>;

impl Project {
    pub(super) fn new(places: &[Place]) -> Self {
        let memory = Path::new("/dev/shm");
        let holder = match memory.is_dir() {
            true => tempfile::tempdir_in(memory).unwrap(),
            false => tempfile::tempdir().unwrap(),
        };
        let library = holder.path().join("library");
        fs::create_dir_all(holder.path().join("catalogue")).unwrap();
        for (kit, owner, _) in KITS {
            // What is kept is asked for under a condition, its kit stays.
            let files = match owner {
                Owner::Kept => {
                    "option on default=#true help=\"its files\"\n    when on=#true {\n        files root ownership=append-only\n    }"
                }
                Owner::Managed => "files root ownership=managed",
                Owner::Seeded | Owner::LeftSeeded => "files root ownership=seeded",
                Owner::Frozen => "files root ownership=append-only",
                _ => "files root",
            };
            let manifest = format!(
                "kit {kit} version=\"1.0.0\" {{\n    title \"Kit\"\n    summary \"Outputs of one owner\"\n    layer feature\n    category tooling\n    option first default=k0 help=\"the first line\"\n    option second default=c0 help=\"the second line\"\n    {files}\n}}\n"
            );
            write(&library, &format!("{kit}/kit.kdl"), manifest);
            let template = "top line\n\n\n{= option.first =}\n\n\nmiddle line\n\n\n{= option.second =}\n\n\nlast line\n";
            // A kit without files is none.
            write(&library, &format!("{kit}/files/root/{kit}/any.txt"), "any\n");
            for place in places.iter().filter(|place| place.path.starts_with(&format!("{kit}/"))) {
                write(&library, &format!("{kit}/files/root/{}", place.path), template);
            }
        }
        let root = holder.path().join("project");
        fs::create_dir_all(&root).unwrap();
        let settings = Settings { start: root, library: Some(library), ..Settings::default() };
        Self { holder, settings }
    }

    pub(super) fn root(&self) -> std::path::PathBuf {
        self.holder.path().join("project")
    }

    /// Writes the spec; `new` are the lines of the second one.
    pub(super) fn spec(&self, new: Option<&Data>) {
        let lines = match new {
            Some(Data::Text([Line::Text(first), Line::Text(second)])) => (*first, *second),
            _ => ("k0", "c0"),
        };
        let mut spec = "project demo-site\nkits {\n".to_owned();
        for (kit, owner, late) in KITS {
            let gone = matches!(owner, Owner::Left | Owner::LeftSeeded);
            if if new.is_some() { !gone } else { !late } {
                let off = if owner == Owner::Kept && new.is_some() { "; on #false" } else { "" };
                spec.push_str(&format!(
                    "    {kit} {{ first {}; second {}{off} }}\n",
                    lines.0, lines.1
                ));
            }
        }
        spec.push_str("}\n");
        if new.is_some() {
            spec.push_str("ownership {\n    exclude \"excluded/**\"\n}\n");
        }
        write(&self.root(), "kiln.kdl", spec);
    }

    pub(super) fn sync(&self, choice: Option<Choice>) -> Report {
        let here = KITS.iter().filter(|(_, owner, _)| *owner != Owner::Excluded);
        let globs: Vec<String> = here.map(|(kit, ..)| format!("{kit}/**")).collect();
        self.sync_saying(choice, &globs)
    }

    /// A sync with a word for what the globs name.
    pub(super) fn sync_saying(&self, choice: Option<Choice>, globs: &[String]) -> Report {
        let of = |wanted| if choice == Some(wanted) { globs.to_vec() } else { Vec::new() };
        let options = SyncOptions {
            settings: self.settings.clone(),
            take: of(Choice::Take),
            keep: of(Choice::Keep),
            merge: of(Choice::Merge),
            no_wait: true,
        };
        sync(&options).unwrap_or_else(|failure| panic!("{choice:?}: {}", failure.diagnostics))
    }

    pub(super) fn check(&self) -> Report {
        let options = CheckOptions { settings: self.settings.clone(), reads_all: false };
        check(&options).unwrap_or_else(|failure| panic!("{}", failure.diagnostics))
    }

    pub(super) fn tree(&self) -> Tree {
        contents(&self.root(), &|path| !path.starts_with(".kiln"))
    }

    /// What the person did since the first sync, and what was lost of the facts.
    pub(super) fn lives(&self, places: &[Place]) {
        let root = self.root();
        let mut sum = fs::read_to_string(root.join("kiln.sum")).unwrap();
        for Place { path, world, .. } in places {
            if !world.known {
                let old = sha256(&bytes(&text("k0", "c0"), false, path)).to_string();
                let digest = sha256(&bytes(&lost(), false, path)).to_string();
                let (from, to) = (format!(" {path} {old}"), format!(" {path} {digest}"));
                assert!(sum.contains(&from), "{from}");
                sum = sum.replace(&from, &to);
            }
            put(&root, path, world.disk.as_ref(), path);
        }
        fs::write(root.join("kiln.sum"), sum).unwrap();
    }

    /// What a person wrote and is neither on the disk nor in the vault.
    fn missing(&self, places: &[Place]) -> Vec<String> {
        let all = contents(&self.root(), &|_| true);
        let vault: String = all
            .iter()
            .filter(|(path, _)| path.starts_with(".kiln-vault"))
            .map(|(_, (_, bytes))| String::from_utf8_lossy(bytes))
            .collect();
        let own = |place: &&Place| {
            let Some(Node::File { data, .. }) = &place.world.disk else { return false };
            let words: Vec<String> = match data {
                Data::Binary(_) => vec![format!("person of {}", place.path)],
                Data::Text(lines) => lines
                    .iter()
                    .map(|line| match line {
                        Line::Text(text) | Line::Conflict(text, _) => *text,
                    })
                    .filter(|text| text.starts_with('p'))
                    .map(|text| line(text, &place.path))
                    .collect(),
            };
            let here = all.get(&place.path).map(|(_, bytes)| String::from_utf8_lossy(bytes));
            let here = here.unwrap_or_default().replace('\r', "");
            let kept = |word: &String| here.contains(word.trim()) || vault.contains(word.trim());
            !words.iter().all(kept)
        };
        places.iter().filter(own).map(|place| place.path.clone()).collect()
    }
}

fn stands(place: &Place, before: &Tree, after: &Tree) {
    let Place { path, decision, .. } = place;
    let (old, now) = (before.get(path), after.get(path));
    let context = || {
        let shown = now.map(|(mode, bytes)| (mode, String::from_utf8_lossy(bytes)));
        format!("{path}: {:?}\n{decision:?}\nstands: {shown:?}", place.world)
    };
    match &decision.deed {
        Deed::Leave => assert_eq!(now, old, "{}", context()),
        Deed::Delete => assert_eq!(now, None, "{}", context()),
        Deed::Put(Node::File { data, executable, crlf }) => {
            let (mode, found) = now.unwrap_or_else(|| panic!("{}", context()));
            assert_eq!(*found, bytes(data, *crlf, path), "{}", context());
            assert_eq!(mode & 0o100 != 0, *executable, "{}", context());
        }
        Deed::Conflict(Node::File { data: Data::Text(lines), .. }) => {
            let (_, found) = now.unwrap_or_else(|| panic!("{}", context()));
            let found = String::from_utf8_lossy(found);
            assert!(found.contains("<<<<<<< kiln: yours"), "{}", context());
            for part in lines {
                let texts = match part {
                    Line::Text(one) => vec![*one],
                    Line::Conflict(ours, theirs) => vec![*ours, *theirs],
                };
                for text in texts {
                    assert!(found.contains(line(text, path).trim()), "{text}: {}", context());
                }
            }
        }
        other => panic!("{other:?}: {}", context()),
    }
}

/// The facts of a path as the sum says them: its lines.
pub(super) fn facts<'s>(sum: &'s str, path: &str) -> Vec<&'s str> {
    sum.lines().filter(|line| line.split(' ').nth(1) == Some(path)).collect()
}

fn sums(place: &Place, new: &Data, before: &str, after: &str) {
    let Place { path, decision, world } = place;
    let (old, now) = (facts(before, path), facts(after, path));
    let digest = sha256(&bytes(new, false, path)).to_string();
    let context = || format!("{path}: {world:?}\n{decision:?}\n{old:?}\n{now:?}");
    match decision.after {
        After::Stay => assert_eq!(now, old, "{}", context()),
        After::Gone => assert!(now.is_empty(), "{}", context()),
        After::New => assert!(now.len() == 1 && now[0].contains(&digest), "{}", context()),
        After::Own => assert!(now.len() == 1 && !now[0].contains(&digest), "{}", context()),
    }
}

pub(super) fn sum(tree: &Tree) -> String {
    String::from_utf8(tree["kiln.sum"].1.clone()).unwrap()
}

const CHOICES: [Option<Choice>; 4] =
    [None, Some(Choice::Take), Some(Choice::Keep), Some(Choice::Merge)];

pub(super) fn renders() -> [Data; 3] {
    [text("k0", "c0"), text("k1", "c0"), text("k1", "c1")]
}

fn prepared(places: &[Place], new: &Data) -> Project {
    let project = Project::new(places);
    project.spec(None);
    assert_eq!(project.sync(None).exit, 0);
    project.lives(places);
    project.spec(Some(new));
    project
}

#[test]
fn one_sync_does_to_every_cell_what_the_model_says() {
    let mut cells = 0;
    for new in renders() {
        for choice in CHOICES {
            let places = places(&new, choice, false);
            let project = prepared(&places, &new);
            let before = project.tree();
            assert_eq!(project.check().exit, 1);
            assert_eq!(project.tree(), before, "check writes");
            let report = project.sync(choice);
            let after = project.tree();
            for place in &places {
                stands(place, &before, &after);
                sums(place, &new, &sum(&before), &sum(&after));
            }
            let fails = places.iter().any(|place| place.decision.finding.is_some());
            assert_eq!(report.exit, u8::from(fails), "{choice:?}");
            assert_eq!(project.check().exit, report.exit, "{choice:?}");
            assert_eq!(project.missing(&places), Vec::<String>::new());
            again(&project, &report, &after);
            undo_all(&project, &before);
            assert_eq!(project.missing(&places), Vec::<String>::new());
            cells += places.len();
        }
    }
    assert_eq!(cells, 5630);
}

/// A second sync changes nothing and says the same of what fails.
pub(super) fn again(project: &Project, first: &Report, after: &Tree) {
    let second = project.sync(None);
    assert_eq!(project.tree(), *after, "a second sync writes");
    assert_eq!(second.exit, first.exit);
    let failing = |report: &Report| -> BTreeSet<(String, Option<String>)> {
        report.failing().map(|finding| (finding.id.clone(), finding.path.clone())).collect()
    };
    assert_eq!(failing(&second), failing(first));
    assert!(second.outputs.iter().all(|output| !output.change.writes()));
}

pub(super) fn undo_all(project: &Project, before: &Tree) {
    let options = UndoOptions { settings: project.settings.clone(), ..UndoOptions::default() };
    let undone = undo(&options).unwrap_or_else(|failure| panic!("{}", failure.diagnostics));
    assert_eq!(undone.exit, 0);
    let now = project.tree();
    let paths: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    for path in paths {
        assert_eq!(now.get(path), before.get(path), "undo of `{path}`");
    }
}

#[test]
fn what_stops_a_sync_is_named_and_nothing_is_written() {
    let mut cells = 0;
    for new in renders() {
        for choice in CHOICES {
            let places = places(&new, choice, true);
            let project = prepared(&places, &new);
            let before = contents(&project.root(), &|path| !path.starts_with(".kiln/"));
            let report = project.sync(choice);
            assert_eq!(report.exit, 1, "{choice:?}");
            let stops: BTreeMap<String, String> = report
                .findings
                .iter()
                .filter(|finding| finding.stops)
                .map(|finding| (finding.path.clone().unwrap_or_default(), finding.id.clone()))
                .collect();
            for Place { path, world, decision } in &places {
                let said = stops.get(path).map(String::as_str);
                assert_eq!(said, decision.stop, "{path}: {world:?} {decision:?}");
            }
            assert_eq!(stops.len(), places.len(), "{choice:?}");
            let after = contents(&project.root(), &|path| !path.starts_with(".kiln/"));
            assert!(after == before, "a sync that stops writes");
            assert_eq!(project.check().exit, 1);
            cells += places.len();
        }
    }
    assert_eq!(cells, 1810);
}
