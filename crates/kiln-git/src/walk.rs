//! Commits from the newest to the oldest, and the files in their trees.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use gix_hash::{Kind as Hash, ObjectId};
use gix_object::{CommitRefIter, Find as _, Kind, TreeRefIter};
use kiln_base::RelPath;

use crate::Repository;
use crate::refs::starts;

/// How many texts are given at most: those of the heads and their parents, and 20 more.
const MOST_VERSIONS: usize = 24;

/// How many commits are looked at.
const MOST_COMMITS: usize = 2_000;

/// How many bytes of objects are read for one question.
const MOST_BYTES: usize = 256 << 20;

/// How many files of a folder are read.
const MOST_FILES: usize = 10_000;

/// One text that a file had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The newest commit that was found to have it, in hexadecimal digits.
    pub commit: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// A commit that is to be looked at: the heads, then their parents, then by time.
type Open = (Reverse<u8>, i64, ObjectId);

/// The texts that a file had. Lazy: what is not asked for is not read.
pub struct Earlier<'r> {
    reader: Reader<'r>,
    path: Vec<String>,
    beside: Vec<Vec<String>>,
    open: BinaryHeap<Open>,
    seen: BTreeSet<ObjectId>,
    given: BTreeSet<Vec<Option<ObjectId>>>,
}

impl<'r> Earlier<'r> {
    pub(crate) fn new(repository: &'r Repository, path: &RelPath, beside: &[RelPath]) -> Self {
        let mut earlier = Self {
            reader: Reader { repository, left: MOST_BYTES },
            path: full(repository, path),
            beside: beside.iter().map(|path| full(repository, path)).collect(),
            open: BinaryHeap::new(),
            seen: BTreeSet::new(),
            given: BTreeSet::new(),
        };
        for (at, (start, far)) in starts(&repository.located).into_iter().enumerate() {
            // Heads in their order, whatever their clocks said.
            earlier.visit(start, far, -i64::try_from(at).unwrap_or(i64::MAX));
        }
        earlier
    }

    fn visit(&mut self, commit: ObjectId, rank: u8, time: i64) {
        if self.seen.len() < MOST_COMMITS && self.seen.insert(commit) {
            self.open.push((Reverse(rank), time, commit));
        }
    }
}

impl Iterator for Earlier<'_> {
    type Item = Version;

    fn next(&mut self) -> Option<Version> {
        while self.given.len() < MOST_VERSIONS
            && let Some((Reverse(rank), _, id)) = self.open.pop()
        {
            let Some(commit) = self.reader.commit(&id) else { continue };
            for parent in commit.parents {
                let time = self.reader.commit(&parent).map_or(0, |parent| parent.time);
                self.visit(parent, (rank + 1).min(2), time);
            }
            let Some((blob, _)) = self.reader.entry(commit.tree, &self.path) else { continue };
            let mut state = vec![Some(blob)];
            for path in &self.beside {
                state.push(self.reader.entry(commit.tree, path).map(|(id, _)| id));
            }
            if !self.given.insert(state) {
                continue;
            }
            if let Some(bytes) = self.reader.object(&blob, Kind::Blob) {
                return Some(Version { commit: id.to_string(), bytes });
            }
        }
        None
    }
}

/// All files below a folder of a commit.
pub(crate) fn files(
    repository: &Repository,
    commit: &str,
    folder: &RelPath,
) -> Option<Vec<(RelPath, Vec<u8>)>> {
    let mut reader = Reader { repository, left: MOST_BYTES };
    let commit = reader.commit(&ObjectId::from_hex(commit.as_bytes()).ok()?)?;
    let (tree, _) = reader.entry(commit.tree, &full(repository, folder))?;
    let mut files = Vec::new();
    let mut open = vec![(String::new(), tree)];
    while let Some((prefix, tree)) = open.pop() {
        for (name, id, is_tree) in reader.list(&tree)? {
            let path = format!("{prefix}{name}");
            if files.len() + open.len() > MOST_FILES {
                return None;
            }
            if is_tree {
                open.push((format!("{path}/"), id));
            } else if let Ok(path) = RelPath::new(&path) {
                files.push((path, reader.object(&id, Kind::Blob)?));
            }
        }
    }
    files.sort();
    Some(files)
}

/// A path of the folder, seen from the top of the work tree.
fn full(repository: &Repository, path: &RelPath) -> Vec<String> {
    let prefix = repository.located.prefix.iter().cloned();
    prefix.chain(path.parts().map(str::to_owned)).collect()
}

struct Commit {
    tree: ObjectId,
    parents: Vec<ObjectId>,
    time: i64,
}

/// Reads objects as long as its allowance lasts.
struct Reader<'r> {
    repository: &'r Repository,
    left: usize,
}

impl Reader<'_> {
    fn object(&mut self, id: &ObjectId, kind: Kind) -> Option<Vec<u8>> {
        let mut buffer = Vec::new();
        let found = self.repository.objects.try_find(id, &mut buffer).ok()??;
        if found.kind != kind {
            return None;
        }
        let bytes = found.data.to_vec();
        self.left = self.left.checked_sub(bytes.len())?;
        Some(bytes)
    }

    fn commit(&mut self, id: &ObjectId) -> Option<Commit> {
        let bytes = self.object(id, Kind::Commit)?;
        let read = || CommitRefIter::from_bytes(&bytes, Hash::Sha1);
        Some(Commit {
            tree: read().tree_id().ok()?,
            parents: read().parent_ids().collect(),
            time: read().committer().map_or(0, |committer| committer.seconds()),
        })
    }

    fn list(&mut self, tree: &ObjectId) -> Option<Vec<(String, ObjectId, bool)>> {
        let bytes = self.object(tree, Kind::Tree)?;
        let entries = TreeRefIter::from_bytes(&bytes, Hash::Sha1).filter_map(Result::ok);
        // Links and submodules are no files.
        let plain = entries.filter(|entry| entry.mode.is_tree() || entry.mode.is_blob());
        Some(
            plain
                .filter_map(|entry| {
                    let name = std::str::from_utf8(entry.filename).ok()?.to_owned();
                    Some((name, entry.oid.to_owned(), entry.mode.is_tree()))
                })
                .collect(),
        )
    }

    /// The entry at a path, and whether it is a folder.
    fn entry(&mut self, tree: ObjectId, path: &[String]) -> Option<(ObjectId, bool)> {
        let mut at = (tree, true);
        for part in path {
            let listed = self.list(&at.0)?;
            at = listed
                .into_iter()
                .find(|(name, _, _)| name == part)
                .map(|(_, id, is_tree)| (id, is_tree))?;
        }
        Some(at)
    }
}
