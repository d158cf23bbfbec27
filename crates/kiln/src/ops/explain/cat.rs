//! `cat`: one of the three sides of an output, byte for byte.

use std::collections::BTreeMap;

use kiln_base::{Diagnostic, sha256};
use kiln_disk::{Host, Vault, normalise};
use kiln_engine::compose::Plan;
use serde::Serialize;

use super::disk::{Disk, base};
use crate::ops::commands::shell_word;
use crate::ops::old::{bases, parts_of};
use crate::ops::project::{Project, known_path};
use crate::ops::report::SCHEMA;
use crate::ops::words::{lies_below, no_output};
use crate::ops::{Failure, Outcome, Settings};

/// Which side of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShownSide {
    /// What the file has taken in, as the sum says.
    Base,
    /// What kiln would write.
    #[default]
    Kit,
    /// What stands on the disk.
    Yours,
}

/// What a showing is asked.
#[derive(Debug, Clone, Default)]
pub struct CatOptions {
    /// Where, and with which kits.
    pub settings: Settings,
    /// The output, from the project's root.
    pub path: String,
    /// Which side of it.
    pub side: ShownSide,
}

/// One side of an output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The version of this form.
    pub schema: u32,
    /// The exit code.
    pub exit: u8,
    /// Where it is.
    pub path: String,
    /// Which side.
    pub side: ShownSide,
    /// The digest of the bytes.
    pub sha256: String,
    /// The text; none if it is not UTF-8.
    pub text: Option<String>,
    /// The bytes.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

/// Gives one side of an output.
///
/// # Errors
/// Everything that is wrong with spec, kits or lock; an output or a side that is not there, with exit code 1.
pub fn cat(options: &CatOptions) -> Outcome<Shown> {
    let project = Project::open(&options.settings)?;
    let path = &*project.here.read(&options.path)?.path;
    let bytes = match options.side {
        ShownSide::Yours => yours(&project, path)?,
        side => of_kiln(&project, path, side)?,
    };
    Ok(Shown {
        schema: SCHEMA,
        exit: 0,
        path: path.to_owned(),
        side: options.side,
        sha256: sha256(&bytes).to_string(),
        text: String::from_utf8(bytes.clone()).ok(),
        bytes,
    })
}

fn not_there(diagnostic: Diagnostic) -> Failure {
    Failure { code: 1, ..Failure::from(diagnostic) }
}

fn yours(project: &Project, path: &str) -> Outcome<Vec<u8>> {
    if path.is_empty() {
        let plan = project.plan(&project.resolve()?)?;
        return Err(unknown(project, &plan, path).into());
    }
    match Disk::read(&project.root, path)? {
        Disk::File(bytes) => Ok(bytes),
        Disk::Nothing => {
            let plan = project.plan(&project.resolve()?)?;
            if project.sum.of(&known_path(path)?).next().is_none()
                && !plan.actions.iter().any(|action| action.path.as_str() == path)
            {
                return Err(unknown(project, &plan, path).into());
            }
            let message = format!("`{path}` is not on the disk");
            Err(not_there(
                Diagnostic::error("missing", message)
                    .hint("`kiln sync` writes what is missing of kiln's"),
            ))
        }
        Disk::Obstructed => {
            let message = format!("`{path}` is no plain file");
            Err(not_there(Diagnostic::error("obstructed", message)))
        }
    }
}

/// A path that is no output: a slip, unlike a side that is not there.
fn unknown(project: &Project, plan: &Plan, path: &str) -> Diagnostic {
    let known = plan.actions.iter().map(|action| action.path.as_str());
    if known.clone().any(|output| lies_below(output, path)) {
        let name = if path.is_empty() { "." } else { path };
        return Diagnostic::error("unknown-output", format!("`{name}` is a folder"))
            .hint("name a file in it");
    }
    no_output(&project.here, path, known)
}

fn of_kiln(project: &Project, path: &str, side: ShownSide) -> Outcome<Vec<u8>> {
    let resolved = project.resolve()?;
    let plan = project.plan(&resolved)?;
    let output = plan.render_some(|known| known.as_str() == path)?.pop();
    if side == ShownSide::Kit {
        return match output {
            Some(output) => Ok(output.bytes),
            None => Err(unknown(project, &plan, path).into()),
        };
    }
    let known = known_path(path)?;
    let parts = parts_of(project.sum.of(&known));
    if parts.is_empty() && output.is_none() {
        return Err(unknown(project, &plan, path).into());
    }
    if parts.is_empty() {
        let message = format!("`kiln.sum` says nothing of `{path}`: it has taken in nothing");
        return Err(not_there(
            Diagnostic::error("no-base", message).hint("`kiln explain` says what it is"),
        ));
    }
    let digest = |bytes: &[u8]| parts.iter().any(|(_, digest)| *digest == sha256(bytes));
    // Of one part the digest is that of the file itself.
    if let (1, Disk::File(bytes)) = (parts.len(), Disk::read(&project.root, path)?)
        && digest(&normalise(&bytes))
    {
        return Ok(normalise(&bytes).into_owned());
    }
    let found = match &output {
        Some(output) => base(project, output)?,
        None => {
            let vault = Vault::find(&project.root, Host::current())?;
            let wanted = BTreeMap::from([(known.clone(), parts)]);
            bases(project, vault.as_ref(), &wanted).remove(&known)
        }
    };
    found.ok_or_else(|| {
        let message = format!(
            "what `{path}` has taken in cannot be rendered any more: no lock that is known gives it"
        );
        not_there(
            Diagnostic::error("no-base", message)
                .hint(format!("your version: kiln cat {} --side yours", shell_word(path)))
                .hint(format!("kiln's: kiln cat {}", shell_word(path))),
        )
    })
}
