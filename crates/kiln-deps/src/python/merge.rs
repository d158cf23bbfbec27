//! The join of a new closure with the lock on disk: what a person added stays, what nobody needs any more goes.
//!
//! A record is a package; nothing is merged as text. Which packages there are follows from the reasons (`# via`),
//! merged as sets; which version of each follows from a three-way comparison, where the person's wins.

use std::collections::{BTreeMap, BTreeSet};

use super::lockfile::{Lock, Record, parse_lock, write_lock};
use super::name::normalize;
use super::universe::Pair;

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

/// Compares the lock on disk with the closure. A dependency that a person's own version of a package no longer has
/// is not missed.
pub fn compare_requirements(disk: &str, new: &str) -> Comparison {
    let (disk, new) = (Indexed::new(disk), Indexed::new(new));
    Merge { base: &new, disk: &disk, new: &new }.compare()
}

/// Whether records on disk say at least what the closure's say: markers as wide, all hashes.
fn covers(theirs: &[Record], ours: &[Record]) -> bool {
    theirs.iter().zip(ours).all(|(theirs, ours)| {
        let wider = theirs.marker == ours.marker
            || Pair::read(&theirs.marker, &ours.marker)
                .is_some_and(|pair| pair.left_covers_right());
        wider && ours.options.iter().all(|option| theirs.options.contains(option))
    })
}

/// Joins a new closure with the lock on disk. `base` is the closure that kiln wrote last, if it is known.
///
/// - disk equal to `base` → the new closure;
/// - `base` equal to the new closure, and all of it on disk → the disk, byte for byte;
/// - a person's own packages stay, with all that they need;
/// - a version that a person changed stays and is told as diverged;
/// - what lost its last reason goes.
pub fn merge_requirements(base: Option<&str>, disk: &str, new: &str) -> Merged {
    let base_lock = Indexed::new(base.unwrap_or_default());
    let (disk_lock, new_lock) = (Indexed::new(disk), Indexed::new(new));
    let merge = Merge { base: &base_lock, disk: &disk_lock, new: &new_lock };
    let mut merged = merge.run();
    if base == Some(disk) {
        new.clone_into(&mut merged.text);
    } else if base == Some(new) && merge.compare().is_current() {
        disk.clone_into(&mut merged.text);
    }
    merged
}

impl Comparison {
    /// Whether the disk has all of the closure, be it in versions of a person's own.
    pub fn is_current(&self) -> bool {
        self.missing.is_empty() && self.differing.is_empty()
    }
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
    /// What needs each package.
    reasons: BTreeMap<String, BTreeSet<Source>>,
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
        let reasons = reasons(&by_name);
        Self { header, footer, records: by_name, unnamed, reasons }
    }

    fn get(&self, name: &str) -> Option<&Vec<Record>> {
        self.records.get(name)
    }

    fn sources(&self, name: &str) -> impl Iterator<Item = &Source> {
        self.reasons.get(name).into_iter().flatten()
    }

    fn has(&self, name: &str, source: &Source) -> bool {
        self.reasons.get(name).is_some_and(|sources| sources.contains(source))
    }

    /// How the project is called here: the reason that is no package.
    fn project(&self) -> Option<&str> {
        let via = self.records.values().flatten().flat_map(|record| &record.via);
        via.map(String::as_str).find(|source| source.ends_with(PROJECT))
    }
}

const PROJECT: &str = " (pyproject.toml)";

fn reasons(records: &BTreeMap<String, Vec<Record>>) -> BTreeMap<String, BTreeSet<Source>> {
    let of = |records: &Vec<Record>| {
        records.iter().flat_map(|record| &record.via).map(|text| Source::of(text)).collect()
    };
    records.iter().map(|(name, records)| (name.clone(), of(records))).collect()
}

/// Why a package is there. The order is the one in which reasons are written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    /// A constraint, another file of requirements.
    Other(String),
    /// The project's own manifest; a project that was renamed is still the same reason.
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

struct Merge<'a> {
    base: &'a Indexed,
    disk: &'a Indexed,
    new: &'a Indexed,
}

impl<'a> Merge<'a> {
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

    fn compare(&self) -> Comparison {
        let alive = self.alive();
        let ours = alive.iter().filter_map(|name| Some((*name, self.new.get(name)?)));
        let (mut missing, mut differing) = (Vec::new(), Vec::new());
        for (name, ours) in ours {
            match self.disk.get(name) {
                None => missing.push(name.to_owned()),
                Some(theirs) if versions(theirs) == versions(ours) && !covers(theirs, ours) => {
                    differing.push(name.to_owned());
                }
                Some(_) => {}
            }
        }
        Comparison { missing, differing, diverged: self.diverged(&alive) }
    }

    fn diverged(&self, alive: &BTreeSet<&str>) -> Vec<Divergence> {
        let both = alive.iter().filter_map(|name| Some((*name, self.new.get(name)?)));
        both.filter(|(name, _)| self.is_diverged(name))
            .map(|(name, ours)| Divergence::of(name, self.pick(name), ours))
            .collect()
    }

    fn is_diverged(&self, name: &str) -> bool {
        self.new.get(name).is_some_and(|ours| versions(self.pick(name)) != versions(ours))
    }

    /// The names that a root needs, directly or through others. An entry on disk that states no reason at all is
    /// a root itself.
    fn alive(&self) -> BTreeSet<&'a str> {
        let bare = |records: &Vec<Record>| records.iter().any(|record| record.via.is_empty());
        let roots = self.disk.records.iter().filter(|(_, records)| bare(records));
        let mut alive: BTreeSet<&str> = roots.map(|(name, _)| name.as_str()).collect();
        let all = || self.disk.records.keys().chain(self.new.records.keys());
        loop {
            let waiting = all().filter(|name| !alive.contains(name.as_str()));
            let found: Vec<&str> = waiting
                .filter(|name| {
                    self.sources(name).iter().any(|source| self.holds(name, source, &alive))
                })
                .map(String::as_str)
                .collect();
            if found.is_empty() {
                return alive;
            }
            alive.extend(found);
        }
    }

    /// What needs a package, on either side.
    fn sources(&self, name: &str) -> BTreeSet<&'a Source> {
        self.disk.sources(name).chain(self.new.sources(name)).collect()
    }

    /// Whether a reason still holds. What a package needs is told by the side whose version of it is taken. Where
    /// both sides have that version, the closure tells, and the disk what a person added: other extras, say.
    fn holds(&self, name: &str, source: &Source, alive: &BTreeSet<&str>) -> bool {
        let there = self.disk.has(name, source);
        let comes = self.new.has(name, source);
        let added = there && !self.base.has(name, source);
        let Source::Package(package) = source else { return comes || added };
        if !alive.contains(package.as_str()) {
            return false;
        }
        if self.new.get(package).is_none() || self.is_diverged(package) {
            return there;
        }
        comes || added || (there && self.is_needed_by_person(package, alive))
    }

    /// Whether something that only a person asked for needs the package. It may need extras of it, which no lock
    /// tells; so a dependency of such a package is not given up. One too many is dropped by the next `uv` run, one
    /// too few would break the project.
    fn is_needed_by_person(&self, name: &str, alive: &BTreeSet<&str>) -> bool {
        self.disk.sources(name).any(|source| match source {
            Source::Package(package) => {
                alive.contains(package.as_str()) && self.new.get(package).is_none()
            }
            Source::Project | Source::Other(_) => {
                !self.base.has(name, source) && !self.new.has(name, source)
            }
        })
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
        let sources = self.sources(name).into_iter();
        let holding = sources.filter(|source| self.holds(name, source, alive));
        holding
            .filter_map(|source| match source {
                Source::Project => self.new.project().or(self.disk.project()).map(str::to_owned),
                Source::Other(text) => Some(text.clone()),
                Source::Package(source) => Some(source.clone()).filter(|source| source != name),
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

/// A marker that holds where either does; the closure's if the other one is not understood.
fn wider(ours: &str, theirs: &str) -> String {
    match Pair::read(ours, theirs) {
        Some(pair) if ours != theirs => pair.either(),
        _ => ours.to_owned(),
    }
}
