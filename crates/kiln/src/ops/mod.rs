//! The commands as functions over values: what they are asked, what they answer.

mod adopt;
mod answer;
mod catalogue;
mod change;
mod check;
mod commands;
mod compare;
mod create;
mod decide;
mod diff;
mod explain;
mod findings;
mod git;
mod here;
mod hints;
mod history;
mod history_words;
mod ignored;
mod known;
mod lock_resolve;
mod merging;
mod moving;
mod old;
mod old_kits;
mod patch;
mod pinned;
mod prepare;
mod project;
mod recovering;
mod reformat;
mod report;
mod repository;
mod resolutions;
mod resolve;
mod said;
mod sealing;
mod search;
mod stale_locks;
mod sync;
mod tracked;
mod undo;
mod unreadable;
mod words;
mod words_kits;
mod words_move;
mod words_own;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::SystemTime;

use kiln_base::{Diagnostic, Diagnostics};

pub use adopt::{AdoptOptions, EjectOptions, adopt, eject};
pub use check::{CheckOptions, Status, StatusOptions, check, status};
pub use commands::FixCommand;
pub(crate) use commands::{Place, commands_in, for_place};
pub use create::{NewOptions, new};
pub use diff::{DiffOptions, DiffReport, FileDiff, diff};
pub use explain::{
    About, CatOptions, ExplainOptions, Explanation, FactShown, ForeignShown, KeyAnswer, KeyShown,
    LineAnswer, OtherAnswer, OutputAnswer, Page, Shown, ShownSide, Standing, cat, explain, page,
    pages,
};
pub use git::{
    GitDeed, GitMergeReport, GitOptions, GitReport, GitSetting, MergeFiles, git_install,
    git_merge_lock, git_merge_sum,
};
pub use here::stands_at_root;
pub use history_words::{
    ChainShown, HistoryAdoptOptions, HistoryOptions, HistoryReport, StepShown, history,
    history_adopt, history_amend, history_drop, history_squash,
};
pub use known::{FINDINGS, KnownFinding, Weight, known_finding};
pub use lock_resolve::{ChosenKit, ChosenValue, LockResolveReport, lock_resolve};
pub use report::{Counts, Finding, OutputChange, OutputReport, Report, SCHEMA};
pub use repository::folder_in_repository;
pub use resolve::{ResolveOptions, ResolveReport, ResolvedFile, Unresolved, resolve_check};
pub use sealing::{SealReport, history_seal};
pub use search::{KitSummary, ShownKit, search, show};
pub use sync::{LockReport, SyncOptions, lock, sync};
pub use undo::{Recorded, UndoList, UndoOptions, UndoReport, times_undone, undo, undo_list};
pub use words::{Mention, WordOptions, WordReport};
pub use words_kits::{AddOptions, RemoveOptions, add, remove};
pub use words_move::{MoveOptions, mv};
pub use words_own::{OwnOptions, PathsOptions, foreign, own, restore, rm};

/// Where a command works and where it takes kits from.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The folder to look for `kiln.kdl` from, upwards.
    pub start: PathBuf,
    /// A folder to read the built-in kits from instead, while they are being written.
    pub library: Option<PathBuf>,
    /// Lock, sum and history must not change.
    pub locked: bool,
    /// Nothing may be fetched. Libraries that are built in or a path never need it.
    pub offline: bool,
    /// Which build of kiln runs: another one might answer otherwise, so what one has kept is no answer of another's.
    /// Nothing is kept without it.
    pub build: Option<[u8; 32]>,
    /// What a long command asks of and tells to the world.
    pub watch: Watch,
}

/// Signals, clock and talk of the process, where there are any.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// Set it to stop: what was written is taken back, and the exit code is 130.
    pub cancel: Option<Arc<AtomicBool>>,
    /// Told one line when the command waits for something.
    pub tell: Option<fn(&str)>,
    /// The clock by which old backups are collected; none collects nothing.
    pub clock: Option<fn() -> SystemTime>,
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub struct Failure {
    /// What to tell.
    pub diagnostics: Diagnostics,
    /// The exit code: 1 for what is expected (stale, stopped), 2 for usage, spec and I/O.
    pub code: u8,
}

impl From<Diagnostics> for Failure {
    fn from(diagnostics: Diagnostics) -> Self {
        Self { diagnostics: hints::complete(diagnostics), code: 2 }
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Diagnostics::from(diagnostic).into()
    }
}

impl From<&kiln_disk::DiskError> for Failure {
    fn from(error: &kiln_disk::DiskError) -> Self {
        Diagnostic::from(error).into()
    }
}

impl From<kiln_disk::DiskError> for Failure {
    fn from(error: kiln_disk::DiskError) -> Self {
        Self::from(&error)
    }
}

/// What a command answers.
pub type Outcome<T> = Result<T, Failure>;
