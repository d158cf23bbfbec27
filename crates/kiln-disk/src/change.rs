//! What a caller asks the transaction to do, and what it answers.

use std::collections::{BTreeMap, BTreeSet};

use kiln_base::{Diagnostic, RelPath};

use crate::error::DiskError;
use crate::observe::Mark;
use crate::text::LineEnds;

/// All that one sync changes. It is done as a whole or not at all, as seen after the next command.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// The command, for messages about an interrupted run and for the list of undo records.
    pub command: String,
    /// Records of schema history: put first, one by one.
    pub records: Vec<Change>,
    /// Outputs: all puts, then all deletions.
    pub outputs: Vec<Change>,
    /// The spec, if kiln edits it.
    pub spec: Option<Document>,
    /// The sum.
    pub sum: Option<Document>,
    /// The lock, also where it stays the same: it says what is rendered again.
    pub lock: Option<Document>,
}

impl Changes {
    /// True if nothing would be written. Documents that stay the same count as nothing; the lock is named all the same,
    /// as recovery and undo render from it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let documents = [&self.spec, &self.sum, &self.lock];
        self.records.is_empty()
            && self.outputs.is_empty()
            && documents.into_iter().flatten().all(|document| document.before == document.after)
    }
}

/// A text that belongs to the project as a whole, before and after.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Document {
    /// Where it is.
    pub path: RelPath,
    /// What it says, as it was read; none if it is missing.
    pub before: Option<String>,
    /// What it shall say; none to remove it.
    pub after: Option<String>,
}

/// One file to write or delete.
#[derive(Debug, Clone)]
pub struct Change {
    /// Where.
    pub path: RelPath,
    /// What.
    pub kind: ChangeKind,
    /// What stood there when it was decided; none for nothing.
    pub expected: Option<Mark>,
    /// What stands there goes to the vault first. It does in any case if it is replaced and [`Renders::render`] does not
    /// give these very bytes from the lock before.
    pub backup: bool,
}

/// What becomes of a file.
#[derive(Debug, Clone)]
pub enum ChangeKind {
    /// It gets these bytes and this executable bit.
    Put(Put),
    /// It is deleted, if it is still as expected; so are the folders above it that become empty.
    Delete,
}

/// The new state of a file.
#[derive(Debug, Clone, Default)]
pub struct Put {
    /// The bytes, with LF if `line_ends` shall change them.
    pub bytes: Vec<u8>,
    /// Whether its owner may execute it.
    pub executable: bool,
    /// How its lines shall end: as those of the file that it replaces.
    pub line_ends: LineEnds,
    /// [`Renders::render`] gives the same bytes again from the lock as it is afterwards. If not, the journal keeps
    /// them: results of merges, records of history.
    pub rendered: bool,
    /// It is the new place of this one, whose own deletion waits for it.
    pub moved_from: Option<RelPath>,
}

/// What the transaction asks back when it has to finish, roll back or undo something.
pub trait Renders {
    /// The bytes of `paths`, with LF, rendered from the lock text `lock`. What cannot be had is left out.
    fn render(&self, lock: &str, paths: &[RelPath]) -> BTreeMap<RelPath, Vec<u8>>;

    /// The sum that has the facts of `before` for the paths in `older` and those of `after` for all others.
    fn mix_sum(&self, before: &str, after: &str, older: &BTreeSet<RelPath>) -> String;
}

/// A sync that was applied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Files written.
    pub written: Vec<RelPath>,
    /// Files deleted.
    pub deleted: Vec<RelPath>,
    /// Files that somebody changed while kiln ran: left as they are, with their old facts. "Run again", exit 1.
    pub overtaken: Vec<RelPath>,
    /// Bytes that somebody wrote into a file after it had been replaced, saved in the vault under these names.
    pub rescued: Vec<String>,
}

/// What the disk looks like after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aftermath {
    /// Nothing had been written.
    Untouched,
    /// All that had been written was taken back.
    RolledBack,
    /// The journal stays: the next writing command finishes or rolls back.
    Unfinished,
}

/// A sync that was not applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// An earlier run was interrupted; [`crate::recover`] comes first.
    #[error("an earlier run was interrupted and has not been finished")]
    Interrupted,
    /// A file is not as it was when it was looked at.
    #[error("`{0}` changed while kiln ran; nothing was written")]
    Changed(RelPath),
    /// A change that no caller may ask for.
    #[error("`{path}` cannot be changed: {why}")]
    Refused {
        /// The path.
        path: RelPath,
        /// Why.
        why: &'static str,
    },
    /// The caller's flag was set.
    #[error("interrupted; {}", .0.words())]
    Cancelled(Aftermath),
    /// The disk failed.
    #[error("{cause}; {}", .after.words())]
    Failed {
        /// How.
        cause: DiskError,
        /// What was done about it.
        after: Aftermath,
    },
}

impl Aftermath {
    const fn words(self) -> &'static str {
        match self {
            Self::Untouched => "nothing was written",
            Self::RolledBack => "all that had been written was taken back",
            Self::Unfinished => {
                "the next `kiln sync` finishes what was begun, `kiln undo` takes it back"
            }
        }
    }
}

impl ApplyError {
    pub(crate) const fn untouched(cause: DiskError) -> Self {
        Self::Failed { cause, after: Aftermath::Untouched }
    }

    /// Its stable id.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        match self {
            Self::Interrupted => "interrupted",
            Self::Changed(_) => "changed-meanwhile",
            Self::Refused { .. } => "refused-path",
            Self::Cancelled(_) => "cancelled",
            Self::Failed { cause, .. } => cause.id(),
        }
    }
}

impl From<&ApplyError> for Diagnostic {
    fn from(error: &ApplyError) -> Self {
        let diagnostic = Self::error(error.id(), error.to_string());
        match error {
            ApplyError::Changed(_) => diagnostic.hint("run the command again"),
            _ => diagnostic,
        }
    }
}
