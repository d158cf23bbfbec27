//! Documents that cannot be read by their keys any more: they are merged by lines, and that is said.

use kiln_base::{RelPath, Source};
use kiln_disk::{Note, is_binary, markers};
use kiln_merge::{Unread, unread};
use kiln_model::Ownership;

use crate::ops::Outcome;
use crate::ops::compare::Decision;
use crate::ops::decide::LARGEST_OUTPUT;
use crate::ops::project::Project;
use crate::ops::report::Finding;

/// Whose version of a document cannot be read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// The person's: what stands on the disk.
    Yours(Unread),
    /// The kit's: the render.
    Kit(Unread),
    /// What the person's started from.
    Base(Unread),
}

impl Unreadable {
    /// Looks at an output that a person changed; `path` is where it stands, `render` what its kit makes of it now.
    pub(crate) fn of(
        project: &Project,
        decision: &Decision,
        path: &RelPath,
        render: &[u8],
    ) -> Outcome<Option<Self>> {
        let name = path.as_str();
        let customised = decision.row.note == Some(Note::Customised);
        let merged = decision.merged_from.as_ref().filter(|_| decision.keys.is_empty());
        if decision.ownership != Some(Ownership::Merged) || !(customised || merged.is_some()) {
            return Ok(None);
        }
        if kiln_merge::Format::of_path(name).is_none() {
            return Ok(None);
        }
        let yours = project.root.read(path, LARGEST_OUTPUT)?;
        if is_binary(&yours) || markers(&yours).kiln || markers(&yours).git {
            return Ok(None);
        }
        let (own, kit) = (unread(name, &yours), unread(name, render));
        Ok(match (own, kit) {
            // As the kit writes it, it has no keys to merge by: nobody expects that.
            (Some(own), Some(kit)) if own.is_form && kit.is_form => None,
            (None, Some(kit)) if kit.is_form && merged.is_none() => None,
            (Some(own), None) if own.is_form && merged.is_none() => None,
            (_, Some(kit)) if !kit.is_form => Some(Self::Kit(kit)),
            (Some(own), _) => {
                // What is written has the fault too, perhaps in another line.
                let written = merged.and_then(|_| unread(name, &decision.bytes));
                Some(Self::Yours(written.unwrap_or(own)))
            }
            (None, Some(kit)) => Some(Self::Kit(kit)),
            (None, None) => merged
                .filter(|merged| !merged.base.is_empty())
                .and_then(|merged| unread(name, merged.base.as_bytes()))
                .map(Self::Base),
        })
    }

    /// The finding about the output at `path` of a kit.
    pub(crate) fn finding(&self, path: &str, kit: &str) -> Finding {
        let (Self::Yours(unread) | Self::Kit(unread) | Self::Base(unread)) = self;
        let Unread { format, is_form, message, line } = unread;
        let what = match self {
            Self::Yours(_) => format!("`{path}`"),
            Self::Kit(_) => format!("what `{kit}` makes of `{path}`"),
            Self::Base(_) => format!("what `{path}` started from"),
        };
        let why = if *is_form {
            format!("has no keys to merge by: {message} (line {line})")
        } else {
            format!("is no {format} that can be read: {message} (line {line})")
        };
        let hint = match self {
            Self::Yours(_) if !is_form => {
                format!("correct line {line} of the file, then it is merged by its keys again")
            }
            Self::Yours(_) => "read the result; merging by lines knows nothing of keys".to_owned(),
            Self::Kit(_) => format!(
                "see whether a value of the spec needs quotes there; else it is a defect of `{kit}`"
            ),
            Self::Base(_) => "read the result; later merges go by its keys again".to_owned(),
        };
        Finding {
            id: "document-unreadable".to_owned(),
            path: Some(path.to_owned()),
            line: matches!(self, Self::Yours(_)).then_some(*line),
            kit: Some(kit.to_owned()),
            message: format!("{what} {why}; it is merged by lines"),
            hints: vec![hint],
            ..Finding::default()
        }
    }
}

/// The line of a place in a text, from 1.
pub(crate) fn line_at(text: &str, offset: usize) -> usize {
    Source::new("", text).position(offset).0
}
