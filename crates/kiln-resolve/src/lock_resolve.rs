//! A lock of which git left two versions: taken apart, turned into preferences for solving anew, or merged by value.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use kiln_base::{Diagnostic, Diagnostics, Source};
use semver::Version;
use toml::{Table, Value};

use crate::lock::{Lock, LockedKit};
use crate::lock_read::read_lock;
use crate::lock_write::write_lock;

/// The versions of a text that has markers of conflicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sides {
    /// The text with the first side of every conflict.
    pub ours: String,
    /// The text with what both sides started from, where the markers tell it.
    pub base: Option<String>,
    /// The text with the second side of every conflict.
    pub theirs: String,
}

/// Markers that do not fit together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the markers of conflicts do not fit together in line {line}")]
pub struct MarkerError {
    /// From 1.
    pub line: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Both,
    Ours,
    Base,
    Theirs,
}

/// The marker that a line is: its character, if it is a run of exactly `length` of them and then ends or has a space.
fn marker(line: &str, length: usize) -> Option<char> {
    let first = line.chars().next().filter(|c| "<|=>".contains(*c))?;
    let rest = line.trim_start_matches(first);
    let ends = matches!(rest.chars().next(), None | Some(' ' | '\r' | '\n'));
    (ends && line.len() - rest.len() == length).then_some(first)
}

/// How long the markers of a text are: as long as the first that opens a conflict.
fn length(text: &str) -> Option<usize> {
    let open = |line: &str| (7..=255).find(|length| marker(line, *length) == Some('<'));
    text.lines().find_map(open)
}

/// Takes a text apart at its markers, as git writes them (plain, `diff3` or `zdiff3`); none if it has none.
///
/// # Errors
/// Markers that do not fit together.
pub fn split_conflicts(text: &str) -> Result<Option<Sides>, MarkerError> {
    let Some(length) = length(text) else {
        let stray = text.lines().position(|line| matches!(marker(line, 7), Some('|' | '=' | '>')));
        return stray.map_or(Ok(None), |at| Err(MarkerError { line: at + 1 }));
    };
    let (mut ours, mut base, mut theirs) = (String::new(), String::new(), String::new());
    let mut has_base = true;
    let mut within = Within::Both;
    let mut seen_base = false;
    let mut last = 0;
    for (at, line) in text.split_inclusive('\n').enumerate() {
        last = at + 1;
        within = match (marker(line, length), within) {
            (Some('<'), Within::Both) => {
                seen_base = false;
                Within::Ours
            }
            (Some('|'), Within::Ours) => {
                seen_base = true;
                Within::Base
            }
            (Some('='), Within::Ours | Within::Base) => {
                has_base &= seen_base;
                Within::Theirs
            }
            (Some('>'), Within::Theirs) => Within::Both,
            (None, within) => {
                if matches!(within, Within::Both | Within::Ours) {
                    ours.push_str(line);
                }
                if matches!(within, Within::Both | Within::Base) {
                    base.push_str(line);
                }
                if matches!(within, Within::Both | Within::Theirs) {
                    theirs.push_str(line);
                }
                within
            }
            _ => return Err(MarkerError { line: at + 1 }),
        };
    }
    if within != Within::Both {
        return Err(MarkerError { line: last });
    }
    Ok(Some(Sides { ours, base: has_base.then_some(base), theirs }))
}

/// Which side's version of a kit is preferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preference {
    /// Only this side moved it, or only this side has it.
    Ours,
    /// Only the other side moved it, or only the other side has it.
    Theirs,
    /// Both moved it: the higher version.
    Higher,
}

/// A kit that the two sides do not have in one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The kit.
    pub kit: String,
    /// Its version on the first side; none if it is not there.
    pub ours: Option<Version>,
    /// Its version on the second side; none if it is not there.
    pub theirs: Option<Version>,
    /// The version that solving shall keep if it can.
    pub preferred: Version,
    /// Why this one.
    pub preference: Preference,
}

/// Takes both sides as preferences: the lock to solve from, and every kit in which the sides differ.
///
/// Inputs are those of the first side; the spec that is solved replaces them.
#[must_use]
pub fn prefer(base: Option<&Lock>, ours: &Lock, theirs: &Lock) -> (Lock, Vec<Moved>) {
    let mut lock = ours.clone();
    lock.render = ours.render.max(theirs.render);
    let mut moved = Vec::new();
    let ids: BTreeSet<&String> = ours.kits.keys().chain(theirs.kits.keys()).collect();
    for id in ids {
        let before = base.and_then(|base| base.kits.get(id)).map(|kit| &kit.version);
        let (mine, other) = (ours.kits.get(id), theirs.kits.get(id));
        let Some((kit, preference)) = preferred(before, mine, other) else { continue };
        lock.kits.insert(id.clone(), kit.clone());
        let version = |kit: Option<&LockedKit>| kit.map(|kit| kit.version.clone());
        if version(mine) != version(other) {
            moved.push(Moved {
                kit: id.clone(),
                ours: version(mine),
                theirs: version(other),
                preferred: kit.version.clone(),
                preference,
            });
        }
    }
    (lock, moved)
}

fn preferred<'k>(
    before: Option<&Version>,
    ours: Option<&'k LockedKit>,
    theirs: Option<&'k LockedKit>,
) -> Option<(&'k LockedKit, Preference)> {
    let (Some(mine), Some(other)) = (ours, theirs) else {
        return ours
            .map(|kit| (kit, Preference::Ours))
            .or_else(|| theirs.map(|kit| (kit, Preference::Theirs)));
    };
    Some(match mine.version.cmp(&other.version) {
        Ordering::Equal => (mine, Preference::Ours),
        _ if before == Some(&mine.version) => (other, Preference::Theirs),
        _ if before == Some(&other.version) => (mine, Preference::Ours),
        Ordering::Greater => (mine, Preference::Higher),
        Ordering::Less => (other, Preference::Higher),
    })
}

/// Why two locks were not merged by value.
#[derive(Debug, Clone)]
pub enum Unmerged {
    /// A text is no lock.
    NoLock(Diagnostics),
    /// Both sides changed these values, each otherwise: paths of keys such as `kit.auth-jwt.option.ttl`.
    Undecided(Vec<String>),
}

/// Merges three locks by value, without a spec. What one side changed is taken; of a kit, a catalogue or the rules of
/// rendering that both moved, the higher version with all that belongs to it.
///
/// # Errors
/// [`Unmerged`].
pub fn merge_locks(base: &str, ours: &str, theirs: &str) -> Result<String, Unmerged> {
    let read = |name: &str, text: &str| -> Result<Table, Unmerged> {
        read_lock(&Source::new(name, text)).map_err(Unmerged::NoLock)?;
        text.parse().map_err(|error: toml::de::Error| no_lock(name, &error))
    };
    let tables = [read("base", base)?, read("ours", ours)?, read("theirs", theirs)?];
    let mut undecided = Vec::new();
    let merged = table(&[], [Some(&tables[0]), Some(&tables[1]), Some(&tables[2])], &mut undecided);
    if !undecided.is_empty() {
        return Err(Unmerged::Undecided(undecided));
    }
    let text = toml::to_string(&merged).map_err(|error| no_lock("merged", &error))?;
    let lock = read_lock(&Source::new("merged", text)).map_err(Unmerged::NoLock)?;
    Ok(write_lock(&lock))
}

fn no_lock(name: &str, error: &dyn std::fmt::Display) -> Unmerged {
    Unmerged::NoLock(Diagnostic::error("lock-syntax", format!("`{name}`: {error}")).into())
}

/// Lists of names, in which each side may add and remove.
const LISTS: [&str; 5] = ["modules", "entities", "members", "unique", "index"];

/// What belongs together: it is one side's as a whole. The first key says which is higher.
const UNITS: [(&str, &[&str]); 2] =
    [("kit", &["version", "sha256", "source"]), ("catalogue", &["date", "sha256"])];

type Three<'t, T> = [Option<&'t T>; 3];

fn table(path: &[&str], sides: Three<'_, Table>, undecided: &mut Vec<String>) -> Table {
    let keys = sides.map(|side| side.map_or_else(Vec::new, |table| table.keys().collect()));
    let mut merged = Table::new();
    let unit = UNITS.iter().find(|(name, _)| path.len() == 2 && path[0] == *name);
    let mut taken: &[&str] = &[];
    if let ([before, Some(ours), Some(theirs)], Some((_, members))) = (sides, unit) {
        taken = members;
        let side = one_unit(members, before, ours, theirs);
        match side {
            Some(side) => merged.extend(members.iter().filter_map(|name| {
                side.get(*name).map(|value| ((*name).to_owned(), value.clone()))
            })),
            None => undecided.push(path.join(".")),
        }
    }
    for key in in_order(&keys).into_iter().filter(|key| !taken.contains(&key.as_str())) {
        let path = [path, &[key.as_str()]].concat();
        let values = sides.map(|side| side.and_then(|table| table.get(key)));
        if let Some(value) = value(&path, values, undecided) {
            merged.insert(key.clone(), value);
        }
    }
    merged
}

/// The side that a unit is taken from; none if both moved it and neither is higher.
fn one_unit<'t>(
    members: &[&str],
    before: Option<&'t Table>,
    ours: &'t Table,
    theirs: &'t Table,
) -> Option<&'t Table> {
    let of =
        |table: &Table| members.iter().map(|name| table.get(*name).cloned()).collect::<Vec<_>>();
    let (mine, other) = (of(ours), of(theirs));
    if mine == other || before.map(of).as_ref() == Some(&other) {
        return Some(ours);
    }
    if before.map(of).as_ref() == Some(&mine) {
        return Some(theirs);
    }
    let rank = |table: &Table| {
        let text = table.get(members[0]).and_then(Value::as_str)?.to_owned();
        Some((Version::parse(&text).ok(), text))
    };
    match rank(ours)?.cmp(&rank(theirs)?) {
        Ordering::Greater => Some(ours),
        Ordering::Less => Some(theirs),
        Ordering::Equal => None,
    }
}

fn value(path: &[&str], sides: Three<'_, Value>, undecided: &mut Vec<String>) -> Option<Value> {
    let [before, ours, theirs] = sides;
    if ours == theirs || theirs == before {
        return ours.cloned();
    }
    if ours == before {
        return theirs.cloned();
    }
    let name = path.last().copied().unwrap_or_default();
    match (ours, theirs) {
        (Some(Value::Table(mine)), Some(Value::Table(other))) => {
            let before = before.and_then(Value::as_table);
            Some(Value::Table(table(path, [before, Some(mine), Some(other)], undecided)))
        }
        (Some(Value::Array(mine)), Some(Value::Array(other))) if LISTS.contains(&name) => {
            let before = before.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let lists = [before, mine, other].map(|list| list.iter().collect::<Vec<_>>());
            let merged = in_order(&lists).into_iter().filter(|element| {
                let [before, ours, theirs] = lists.each_ref().map(|list| list.contains(element));
                if before { ours && theirs } else { ours || theirs }
            });
            Some(Value::Array(merged.cloned().collect()))
        }
        (Some(Value::Integer(mine)), Some(Value::Integer(other)))
            if matches!(path, ["render" | "revision"]) =>
        {
            Some(Value::Integer(*mine.max(other)))
        }
        _ => {
            undecided.push(path.join("."));
            None
        }
    }
}

/// All elements of the second and the third list, each once: in the order of the one that changed the order of the
/// first, the other's own ones after what they follow there.
fn in_order<'t, T: PartialEq>(lists: &[Vec<&'t T>; 3]) -> Vec<&'t T> {
    let [before, ours, theirs] = lists;
    let shared = |list: &[&'t T]| -> Vec<&'t T> {
        let everywhere = |element: &&&T| lists.iter().all(|list| list.contains(*element));
        list.iter().filter(everywhere).copied().collect()
    };
    let moved = shared(theirs) != shared(before) && shared(ours) == shared(before);
    let (first, second) = if moved { (theirs, ours) } else { (ours, theirs) };
    let mut merged: Vec<&T> = first.clone();
    for (at, element) in second.iter().enumerate() {
        if merged.contains(element) {
            continue;
        }
        let follows = second[..at]
            .iter()
            .rev()
            .find_map(|known| merged.iter().position(|other| other == known));
        merged.insert(follows.map_or(0, |at| at + 1), element);
    }
    merged
}
