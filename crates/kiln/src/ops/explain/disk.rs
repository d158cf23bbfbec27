//! How an output stands on the disk, as an explanation says it.

use std::collections::BTreeMap;

use kiln_base::{RelPath, sha256};
use kiln_disk::{DiskError, Host, Root, Vault, is_binary, markers, normalise};
use kiln_engine::compose::{Output, Plan};
use kiln_model::Ownership;
use serde::Serialize;

use crate::ops::old::{bases, parts_of, parts_of_output};
use crate::ops::project::{Project, known_path};
use crate::ops::{Failure, Outcome};

/// The largest output that is read, in bytes.
const LARGEST: u64 = 256 << 20;

/// What stands on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// What kiln would write.
    Pristine,
    /// What kiln wrote before: the next sync brings it up to date.
    Outdated,
    /// Something else, and kiln manages it.
    Edited,
    /// A person changed it, as they may.
    Customised,
    /// It is the person's.
    Yours,
    /// It has markers of a conflict.
    Conflict,
    /// Nothing.
    Missing,
    /// Something that is no plain file.
    Obstructed,
    /// The spec excludes it.
    Excluded,
}

impl Standing {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pristine => "pristine",
            Self::Outdated => "outdated",
            Self::Edited => "edited",
            Self::Customised => "customised",
            Self::Yours => "yours",
            Self::Conflict => "conflict",
            Self::Missing => "missing",
            Self::Obstructed => "obstructed",
            Self::Excluded => "excluded",
        }
    }
}

/// A fact of `kiln.sum` about an output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FactShown {
    /// The kit, `kit/module.Entity`, or `spec`.
    pub part: String,
    /// The digest; none for a person's own file.
    pub sha256: Option<String>,
    /// The render says the same now.
    pub current: bool,
}

/// What stands at a path.
pub(crate) enum Disk {
    Nothing,
    Obstructed,
    File(Vec<u8>),
}

impl Disk {
    pub(crate) fn read(root: &Root, path: &str) -> Outcome<Self> {
        match root.read_if(&known_path(path)?, LARGEST) {
            Ok(None) => Ok(Self::Nothing),
            Ok(Some(bytes)) => Ok(Self::File(bytes)),
            Err(DiskError::Obstructed { .. }) => Ok(Self::Obstructed),
            Err(error) => Err(Failure::from(error)),
        }
    }

    pub(super) const fn is_there(&self) -> bool {
        !matches!(self, Self::Nothing)
    }

    /// The text, with LF line ends; none if it is no text.
    pub(crate) fn text(&self) -> Option<String> {
        let Self::File(bytes) = self else { return None };
        if is_binary(bytes) {
            return None;
        }
        String::from_utf8(normalise(bytes).into_owned()).ok()
    }
}

/// The outputs of one path, rendered.
fn output(plan: &Plan, path: &str) -> Outcome<Option<Output>> {
    let mut outputs = plan.render_some(|known: &RelPath| known.as_str() == path)?;
    Ok(outputs.pop())
}

/// The bytes of the render; empty if the plan does not have the path.
pub(super) fn render(plan: &Plan, path: &str) -> Outcome<Vec<u8>> {
    Ok(output(plan, path)?.map(|output| output.bytes).unwrap_or_default())
}

/// How the path stands to the render and to what the sum says.
pub(super) fn standing(
    project: &Project,
    plan: &Plan,
    path: &str,
    disk: &Disk,
) -> Outcome<Standing> {
    let Some(output) = output(plan, path)? else { return Ok(Standing::Excluded) };
    let bytes = match disk {
        Disk::Nothing if output.ownership == Ownership::Seeded => {
            let seeded_before = project.sum.of(&output.path).next().is_some();
            return Ok(if seeded_before { Standing::Yours } else { Standing::Missing });
        }
        Disk::Nothing => return Ok(Standing::Missing),
        Disk::Obstructed => return Ok(Standing::Obstructed),
        Disk::File(bytes) => bytes,
    };
    let plain = normalise(bytes);
    if *plain == output.bytes {
        return Ok(Standing::Pristine);
    }
    if markers(bytes).beyond(markers(&output.bytes)) {
        return Ok(Standing::Conflict);
    }
    if output.ownership == Ownership::Seeded {
        return Ok(Standing::Yours);
    }
    let digest = sha256(&plain);
    let facts: Vec<_> = project.sum.of(&output.path).cloned().collect();
    let base = base(project, &output)?;
    if base.is_some_and(|base| base == *plain)
        || facts.len() == 1 && facts[0].digest == Some(digest)
    {
        return Ok(Standing::Outdated);
    }
    Ok(match output.ownership {
        Ownership::Managed => Standing::Edited,
        _ => Standing::Customised,
    })
}

/// What an output has taken in, if it can be had.
pub(crate) fn base(project: &Project, output: &Output) -> Outcome<Option<Vec<u8>>> {
    let parts = parts_of(project.sum.of(&output.path));
    if parts.is_empty() {
        return Ok(None);
    }
    if parts == parts_of_output(output) {
        return Ok(Some(output.bytes.clone()));
    }
    let vault = Vault::find(&project.root, Host::current())?;
    let wanted = BTreeMap::from([(output.path.clone(), parts)]);
    Ok(bases(project, vault.as_ref(), &wanted).remove(&output.path))
}

/// What the sum says of a path.
pub(super) fn facts(project: &Project, plan: &Plan, path: &str) -> Vec<FactShown> {
    let Ok(known) = RelPath::new(path) else { return Vec::new() };
    let now = output(plan, path).ok().flatten();
    let current = |part: &str, digest| {
        now.as_ref().is_some_and(|output| {
            output.facts.iter().any(|fact| fact.part == part && Some(fact.digest) == digest)
        })
    };
    let shown = |fact: &kiln_resolve::Fact| FactShown {
        part: fact.part.clone(),
        sha256: fact.digest.map(|digest| digest.to_string()),
        current: current(&fact.part, fact.digest),
    };
    project.sum.of(&known).map(shown).collect()
}
