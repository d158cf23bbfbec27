//! The join of a new closure with the lock on disk: what a person added stays, what nobody needs any more goes.
//!
//! A record is a package; nothing is merged as text. Which packages there are follows from the reasons (`# via`),
//! merged as sets; which version of each follows from a three-way comparison, where the person's wins.

use std::collections::{BTreeMap, BTreeSet};

use super::lockfile::{Lock, Record, parse_lock, write_lock};
use super::name::normalize;

/// A package that stands on disk otherwise than in the closure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Divergence {
    /// The package.
    pub name: String,
    /// The versions on disk, which are kept.
    pub on_disk: Vec<String>,
    /// The versions of the closure.
    pub in_closure: Vec<String>,
}

/// The joined lock, and what is worth telling of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The text to write.
    pub text: String,
    /// Packages of the closure whose version is a person's (`pin-diverged`), by name.
    pub diverged: Vec<Divergence>,
    /// Packages of a person that the closure does not know, by name.
    pub kept: Vec<String>,
    /// Packages on disk that nothing needs any more, by name; they are not in the text.
    pub swept: Vec<String>,
}

/// How the lock on disk stands to the closure; what a person added beside it is nobody's concern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Packages of the closure that the disk lacks (`dependency-lock-stale`), by name.
    pub missing: Vec<String>,
    /// Packages of the same version whose marker or hashes lack something (`dependency-lock-stale`), by name.
    pub differing: Vec<String>,
    /// Packages whose version is another (`pin-diverged`), by name.
    pub diverged: Vec<Divergence>,
}

/// Compares the closure's records with those on disk.
pub fn compare_requirements(disk: &str, new: &str) -> Comparison {
    let disk = Indexed::new(disk);
    let new = Indexed::new(new);
    let mut told = Comparison { missing: vec![], differing: vec![], diverged: vec![] };
    for (name, ours) in &new.records {
        match disk.records.get(name) {
            None => told.missing.push(name.clone()),
            Some(theirs) if versions(theirs) != versions(ours) => {
                told.diverged.push(Divergence::of(name, theirs, ours));
            }
            Some(theirs) if !covers(theirs, ours) => told.differing.push(name.clone()),
            Some(_) => {}
        }
    }
    told
}

/// Whether records on disk say at least what the closure's say: the same markers, all hashes.
fn covers(theirs: &[Record], ours: &[Record]) -> bool {
    theirs.iter().zip(ours).all(|(theirs, ours)| {
        let wider = theirs.marker.is_empty() || theirs.marker == ours.marker;
        wider && ours.options.iter().all(|option| theirs.options.contains(option))
    })
}

/// Joins a new closure with the lock on disk. `base` is the closure that kiln wrote last, if it is known.
///
/// - disk equal to `base` → the new closure; `base` equal to the new closure → the disk, byte for byte;
/// - a person's own packages stay, with all that they need;
/// - a version that a person changed stays and is told as diverged;
/// - what lost its last reason goes.
pub fn merge_requirements(base: Option<&str>, disk: &str, new: &str) -> Merged {
    let base_lock = Indexed::new(base.unwrap_or_default());
    let disk_lock = Indexed::new(disk);
    let new_lock = Indexed::new(new);
    let merge = Merge::new(&base_lock, &disk_lock, &new_lock);
    let mut merged = merge.run();
    if base == Some(disk) {
        new.clone_into(&mut merged.text);
    } else if base == Some(new) {
        disk.clone_into(&mut merged.text);
    }
    merged
}

impl Divergence {
    fn of(name: &str, theirs: &[Record], ours: &[Record]) -> Self {
        let list = |records: &[Record]| versions(records).into_iter().map(str::to_owned).collect();
        Self { name: name.to_owned(), on_disk: list(theirs), in_closure: list(ours) }
    }
}

fn versions(records: &[Record]) -> Vec<&str> {
    records.iter().map(Record::version).collect()
}

/// A lock with its records by name.
struct Indexed {
    header: String,
    footer: Vec<String>,
    records: BTreeMap<String, Vec<Record>>,
    /// Entries that are no requirements of packages; only a person writes them.
    unnamed: Vec<Record>,
}

impl Indexed {
    fn new(text: &str) -> Self {
        let Lock { header, records, footer } = parse_lock(text);
        let (named, unnamed): (Vec<_>, Vec<_>) =
            records.into_iter().partition(|record| !record.name.is_empty());
        let mut by_name: BTreeMap<String, Vec<Record>> = BTreeMap::new();
        for record in named {
            by_name.entry(record.name.clone()).or_default().push(record);
        }
        Self { header, footer, records: by_name, unnamed }
    }

    fn get(&self, name: &str) -> Option<&Vec<Record>> {
        self.records.get(name)
    }

    /// Pairs of a package and a reason for it. A project that was renamed is still the same reason.
    fn reasons(&self) -> BTreeSet<Reason> {
        let pairs = self.records.iter().flat_map(|(name, records)| {
            let via = records.iter().flat_map(|record| &record.via);
            via.map(|source| (name.clone(), Source::of(source)))
        });
        pairs.collect()
    }

    /// How the project is called here: the reason that is no package.
    fn project(&self) -> Option<&str> {
        let via = self.records.values().flatten().flat_map(|record| &record.via);
        via.map(String::as_str).find(|source| source.ends_with(PROJECT))
    }
}

const PROJECT: &str = " (pyproject.toml)";

type Reason = (String, Source);

/// Why a package is there. The order is the one in which reasons are written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    /// A constraint, another file of requirements.
    Other(String),
    /// The project's own manifest, whatever the project is called.
    Project,
    /// Another package.
    Package(String),
}

impl Source {
    fn of(text: &str) -> Self {
        if text.ends_with(PROJECT) {
            Self::Project
        } else if text.contains(' ') || text.starts_with('-') {
            Self::Other(text.to_owned())
        } else {
            Self::Package(normalize(text))
        }
    }
}

/// Per element: what is new, less what only `base` and the new side have; what only the disk has, stays.
fn three_way(
    base: &BTreeSet<Reason>,
    disk: &BTreeSet<Reason>,
    new: &BTreeSet<Reason>,
) -> BTreeSet<Reason> {
    let all: BTreeSet<&Reason> = base.iter().chain(disk).chain(new).collect();
    let stays = |reason: &Reason| {
        let (was, there, comes) =
            (base.contains(reason), disk.contains(reason), new.contains(reason));
        if was == there { comes } else { there }
    };
    all.into_iter().filter(|reason| stays(reason)).cloned().collect()
}

struct Merge<'a> {
    base: &'a Indexed,
    disk: &'a Indexed,
    new: &'a Indexed,
    reasons: BTreeSet<Reason>,
}

impl<'a> Merge<'a> {
    fn new(base: &'a Indexed, disk: &'a Indexed, new: &'a Indexed) -> Self {
        let reasons = three_way(&base.reasons(), &disk.reasons(), &new.reasons());
        Self { base, disk, new, reasons }
    }

    fn run(&self) -> Merged {
        let alive = self.alive();
        let mut records = self.disk.unnamed.clone();
        for name in &alive {
            records.extend(self.records(name, &alive));
        }
        let header = match self.disk.header == self.base.header || self.disk.header.is_empty() {
            true => &self.new.header,
            false => &self.disk.header,
        };
        let mut text = write_lock(header, &records);
        for line in &self.disk.footer {
            text.push_str(line);
            text.push('\n');
        }
        let gone = self.disk.records.keys().filter(|name| !alive.contains(name.as_str()));
        let foreign = alive.iter().filter(|name| self.new.get(name).is_none());
        Merged {
            text,
            diverged: self.diverged(&alive),
            kept: foreign.map(|name| (*name).to_owned()).collect(),
            swept: gone.cloned().collect(),
        }
    }

    fn diverged(&self, alive: &BTreeSet<&str>) -> Vec<Divergence> {
        let both = alive.iter().filter_map(|name| Some((*name, self.new.get(name)?)));
        both.map(|(name, ours)| (name, self.pick(name), ours))
            .filter(|(_, picked, ours)| versions(picked) != versions(ours))
            .map(|(name, picked, ours)| Divergence::of(name, picked, ours))
            .collect()
    }

    /// The names that a root needs, directly or through others. An entry on disk that states no reason at all is
    /// a root itself.
    fn alive(&self) -> BTreeSet<&'a str> {
        let known = |name: &String| self.disk.get(name).or_else(|| self.new.get(name)).is_some();
        let mut alive: BTreeSet<&str> = BTreeSet::new();
        let bare = |records: &Vec<Record>| records.iter().all(|record| record.via.is_empty());
        for (name, _) in self.disk.records.iter().filter(|(_, records)| bare(records)) {
            alive.insert(name);
        }
        loop {
            let before = alive.len();
            for (name, source) in self.reasons.iter().filter(|(name, _)| known(name)) {
                let holds = match source {
                    Source::Package(package) => alive.contains(package.as_str()),
                    Source::Project | Source::Other(_) => true,
                };
                let name = [self.disk, self.new]
                    .into_iter()
                    .find_map(|lock| lock.records.get_key_value(name))
                    .map(|(name, _)| name.as_str());
                alive.extend(name.filter(|_| holds));
            }
            if alive.len() == before {
                return alive;
            }
        }
    }

    /// The side whose records are taken: the new ones unless the person changed the version.
    fn pick(&self, name: &str) -> &'a Vec<Record> {
        const NONE: &Vec<Record> = &Vec::new();
        let (base, disk, new) = (self.base.get(name), self.disk.get(name), self.new.get(name));
        match (disk, new) {
            (None, new) => new.unwrap_or(NONE),
            (Some(disk), None) => disk,
            (Some(disk), Some(new)) if versions(disk) == versions(new) => new,
            (Some(disk), Some(new)) => match base {
                Some(base) if versions(base) == versions(disk) => new,
                _ => disk,
            },
        }
    }

    fn records(&self, name: &str, alive: &BTreeSet<&str>) -> Vec<Record> {
        let mut records = self.pick(name).clone();
        let disk = self.disk.get(name).map(Vec::as_slice).unwrap_or_default();
        let base = self.base.get(name).map(Vec::as_slice).unwrap_or_default();
        let same_versions = versions(disk) == versions(&records);
        let via = self.via(name, alive);
        let forked = records.len() > 1;
        for (place, record) in records.iter_mut().enumerate() {
            let own = record.via.clone();
            if let Some(theirs) = disk.get(place).filter(|_| same_versions) {
                let was = base.iter().find(|was| was.version() == theirs.version());
                join(record, was, theirs);
            }
            // Versions for different environments may have different reasons.
            let theirs = disk.get(place).filter(|theirs| theirs.version() == record.version());
            let theirs = theirs.map(|theirs| theirs.via.as_slice()).unwrap_or_default();
            let stays =
                |source: &&String| !forked || own.contains(source) || theirs.contains(source);
            record.via = via.iter().filter(stays).cloned().collect();
        }
        records
    }

    /// The reasons for a package, as they are written: without itself, and without packages that are gone.
    fn via(&self, name: &str, alive: &BTreeSet<&str>) -> Vec<String> {
        let own = self.reasons.iter().filter(|(package, _)| package == name);
        own.filter_map(|(_, source)| match source {
            Source::Project => self.new.project().or(self.disk.project()).map(str::to_owned),
            Source::Other(text) => Some(text.clone()),
            Source::Package(source) if source == name || !alive.contains(source.as_str()) => None,
            Source::Package(source) => Some(source.clone()),
        })
        .collect()
    }
}

/// The same version on both sides: each of marker and hashes is taken from whoever changed it.
fn join(record: &mut Record, was: Option<&Record>, theirs: &Record) {
    record.comments.clone_from(&theirs.comments);
    let ours_unchanged = was.is_some_and(|was| was.marker == record.marker);
    let theirs_unchanged = was.is_some_and(|was| was.marker == theirs.marker);
    if ours_unchanged {
        record.marker.clone_from(&theirs.marker);
    } else if !theirs_unchanged {
        record.marker = wider(&record.marker, &theirs.marker);
    }
    if was.is_some_and(|was| was.options == record.options) {
        record.options.clone_from(&theirs.options);
    } else if was.is_none_or(|was| was.options != theirs.options) {
        let both: BTreeSet<&String> = record.options.iter().chain(&theirs.options).collect();
        record.options = both.into_iter().cloned().collect();
    }
}

/// A marker that holds where either does.
fn wider(ours: &str, theirs: &str) -> String {
    let bracket = |marker: &str| match marker.contains(" or ") || marker.contains(" and ") {
        true => format!("({marker})"),
        false => marker.to_owned(),
    };
    if ours.is_empty() || theirs.is_empty() {
        return String::new();
    }
    if ours == theirs {
        return ours.to_owned();
    }
    format!("{} or {}", bracket(ours), bracket(theirs))
}
