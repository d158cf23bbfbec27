//! Runs kiln and the yardsticks beside it, in turns, and keeps what they took.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::bench::bed::set_aside;
use crate::bench::process::{Took, peak_memory, timed};

/// What is looked at in a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pass {
    /// Time, beside the yardsticks.
    Time,
    /// Peak memory, without yardsticks.
    Memory,
}

/// A program that does what the machine cannot do faster, or what people know the speed of.
pub(crate) struct Yardstick {
    /// As the table names it.
    pub(crate) name: &'static str,
    /// The program.
    pub(crate) command: Command,
    /// A folder that must be absent before, and where it goes.
    pub(crate) fresh: Option<[PathBuf; 2]>,
}

impl Yardstick {
    /// A program that writes nothing.
    pub(crate) fn new(name: &'static str, command: Command) -> Self {
        Self { name, command, fresh: None }
    }

    fn run(&mut self, said: &Path) -> Result<Took> {
        if let Some([fresh, trash]) = &self.fresh {
            set_aside(fresh, trash)?;
        }
        timed(&mut self.command, said)
    }
}

/// One run of kiln and one of a yardstick right before or after it.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) size: usize,
    pub(crate) operation: &'static str,
    pub(crate) yardstick: &'static str,
    pub(crate) kiln: Took,
    pub(crate) other: Took,
}

/// The most memory that an operation took.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Peak {
    pub(crate) size: usize,
    pub(crate) operation: &'static str,
    pub(crate) kib: i64,
}

/// Runs and remembers.
pub(crate) struct Runner {
    /// The release binary.
    pub(crate) kiln: PathBuf,
    /// Only these operations are measured; all if there is none.
    pub(crate) only: Vec<String>,
    /// What is looked at now.
    pub(crate) pass: Pass,
    /// The yardsticks come first: every other round.
    pub(crate) yardsticks_first: bool,
    /// All pairs so far.
    pub(crate) pairs: Vec<Pair>,
    /// All peaks so far.
    pub(crate) peaks: Vec<Peak>,
}

impl Runner {
    /// Whether an operation is asked for.
    pub(crate) fn wants(&self, operation: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == operation)
    }

    /// The binary in a folder.
    pub(crate) fn command(&self, folder: &Path, words: &[&str]) -> Command {
        let mut command = Command::new(&self.kiln);
        command.args(words).current_dir(folder);
        command
    }

    /// Runs kiln, and the yardsticks beside it. An operation that is not asked for is only done.
    pub(crate) fn run(
        &mut self,
        (size, operation): (usize, &'static str),
        kiln: &mut Command,
        yardsticks: &mut [Yardstick],
        said: &Path,
    ) -> Result<()> {
        if !self.wants(operation) {
            return timed(kiln, said).map(|_| ());
        }
        if self.pass == Pass::Memory {
            let kib = peak_memory(kiln, said)?;
            self.peaks.push(Peak { size, operation, kib });
            return Ok(());
        }
        let mut others = Vec::new();
        if self.yardsticks_first {
            others = all(yardsticks, said)?;
        }
        let kiln = timed(kiln, said)?;
        if !self.yardsticks_first {
            others = all(yardsticks, said)?;
        }
        let pair = |(yardstick, other)| Pair { size, operation, yardstick, kiln, other };
        self.pairs.extend(others.into_iter().map(pair));
        Ok(())
    }
}

fn all(yardsticks: &mut [Yardstick], said: &Path) -> Result<Vec<(&'static str, Took)>> {
    yardsticks.iter_mut().map(|one| one.run(said).map(|took| (one.name, took))).collect()
}
