//! What commands answer, as people and programs read it.

use std::collections::BTreeMap;

use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize};

use crate::ops::commands::{FixCommand, commands_in};

/// The version of the JSON reports.
pub const SCHEMA: u32 = 1;

/// What becomes of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutputChange {
    /// Nothing stood there.
    Created,
    /// It was deleted by somebody and is there again.
    Restored,
    /// Its render changed.
    Updated,
    /// A person's edits and the new render were put together.
    Merged,
    /// The same, with markers where a person has to decide.
    Conflicted,
    /// It stands in another place, with a person's edits.
    Moved,
    /// It left the plan.
    Deleted,
    /// It is as it should be.
    Unchanged,
    /// A person changed it, as they may.
    Customised,
    /// It is the person's.
    Yours,
    /// It is left as it is; see the findings.
    Left,
    /// kiln no longer knows it; it stays.
    Forgotten,
}

impl OutputChange {
    /// Whether something is written or deleted.
    #[must_use]
    pub fn writes(self) -> bool {
        matches!(
            self,
            Self::Created
                | Self::Restored
                | Self::Updated
                | Self::Merged
                | Self::Conflicted
                | Self::Moved
                | Self::Deleted
        )
    }

    /// Its word in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Restored => "restored",
            Self::Updated => "updated",
            Self::Merged => "merged",
            Self::Conflicted => "conflict",
            Self::Moved => "moved",
            Self::Deleted => "deleted",
            Self::Unchanged => "unchanged",
            Self::Customised => "customised",
            Self::Yours => "yours",
            Self::Left => "left",
            Self::Forgotten => "forgotten",
        }
    }
}

/// One output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutputReport {
    /// Where it is, from the project's root, with `/`.
    pub path: String,
    /// What becomes of it.
    pub change: OutputChange,
    /// Where it stood before, if it is moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The kit that writes it.
    pub kit: String,
    /// Who may change it.
    pub ownership: String,
}

/// One result of check.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Its stable id.
    pub id: String,
    /// The output or file, if it is about one.
    pub path: Option<String>,
    /// The line of the file where it is, from 1, if it is at one.
    pub line: Option<usize>,
    /// The kit, if it is about one.
    pub kit: Option<String>,
    /// What is the matter.
    pub message: String,
    /// Ways out, most of them commands.
    pub hints: Vec<String>,
    /// It makes check and sync exit 1.
    pub fails: bool,
    /// Because of it sync writes nothing at all.
    pub stops: bool,
    /// The file differs only in white space, quotes and trailing commas from what kiln writes.
    pub formatting: bool,
}

impl Finding {
    /// The ways out that are commands.
    #[must_use]
    pub fn commands(&self) -> Vec<FixCommand> {
        self.hints.iter().flat_map(|hint| commands_in(hint, self.path.as_deref())).collect()
    }
}

impl Serialize for Finding {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Finding", 10)?;
        fields.serialize_field("id", &self.id)?;
        fields.serialize_field("path", &self.path)?;
        fields.serialize_field("line", &self.line)?;
        fields.serialize_field("kit", &self.kit)?;
        fields.serialize_field("message", &self.message)?;
        fields.serialize_field("hints", &self.hints)?;
        fields.serialize_field("commands", &self.commands())?;
        fields.serialize_field("fails", &self.fails)?;
        fields.serialize_field("stops", &self.stops)?;
        fields.serialize_field("formatting", &self.formatting)?;
        fields.end()
    }
}

/// How many outputs had what become of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts(pub BTreeMap<&'static str, usize>);

impl Counts {
    /// Counts reports.
    #[must_use]
    pub fn of(outputs: &[OutputReport]) -> Self {
        let mut counts = BTreeMap::new();
        for output in outputs {
            *counts.entry(output.change.word()).or_default() += 1;
        }
        Self(counts)
    }

    /// How many had this.
    #[must_use]
    pub fn get(&self, change: OutputChange) -> usize {
        self.0.get(change.word()).copied().unwrap_or_default()
    }

    /// How many are written or deleted.
    #[must_use]
    pub fn written(&self, outputs: &[OutputReport]) -> usize {
        outputs.iter().filter(|output| output.change.writes()).count()
    }
}

/// What sync did, or check says that it would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The version of this form.
    pub schema: u32,
    /// The command.
    pub command: &'static str,
    /// The project's name.
    pub project: String,
    /// The exit code.
    pub exit: u8,
    /// How many outputs had what become of them.
    pub counts: Counts,
    /// Files of kiln itself that are written: lock, sum, records.
    pub own_files: Vec<String>,
    /// All outputs, by path.
    pub outputs: Vec<OutputReport>,
    /// All findings, by path.
    pub findings: Vec<Finding>,
    /// What a person should run now.
    pub next: Vec<String>,
    /// What is odd in spec and kits, though nothing stops for it; with places for people, as findings in JSON.
    #[serde(skip)]
    pub warnings: kiln_base::Diagnostics,
    /// What was finished or taken back before, if an earlier run was interrupted.
    pub recovered: Option<String>,
}

impl Report {
    /// Findings that make the command fail.
    pub fn failing(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.fails)
    }

    /// The exit code that the findings make.
    #[must_use]
    pub fn verdict(&self) -> u8 {
        u8::from(self.findings.iter().any(|finding| finding.fails))
    }

    /// Because of a finding nothing is written at all.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.findings.iter().any(|finding| finding.stops)
    }
}
