//! Edits of a spec that keep what they do not concern: comments, order, indentation, line ends, byte for byte.
//!
//! Commands write into a file that belongs to a person, so an edit is the smallest splice of its text, and it is never
//! trusted: the text is decoded again, and only if its meaning differs from the old one by exactly what was asked does
//! a caller get it. Odd formatting has several possible splices; the first that proves right is taken, and if none
//! does the edit is refused with the line that a person can write.

mod layout;
mod meaning;
mod nodes;
#[cfg(test)]
mod tests;
mod write;

use std::sync::Arc;

use kiln_base::{Diagnostic, Diagnostics, Source};
use kiln_model::{OwnershipWord, Raw};

use crate::spec::decode_spec;
use crate::syntax::{Tree, parse};

/// One change of what a spec says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// A further rule of ownership, behind all others: the last match holds.
    AddRule {
        /// What it says.
        word: OwnershipWord,
        /// Which outputs.
        glob: String,
        /// For people.
        why: Option<String>,
    },
    /// Another word and reason for the rule of this index, counted in the spec's own rules.
    ChangeRule {
        /// The index.
        at: usize,
        /// What it says from now on.
        word: OwnershipWord,
        /// For people.
        why: Option<String>,
    },
    /// Another glob for the rule of this index.
    ChangeGlob {
        /// The index.
        at: usize,
        /// Which outputs, from now on.
        glob: String,
    },
    /// The rule of this index goes.
    RemoveRule {
        /// The index.
        at: usize,
    },
    /// A key is the person's; the reason of one that is changes.
    SetForeign {
        /// `FILE#key`.
        target: String,
        /// For people.
        why: Option<String>,
    },
    /// A key is the person's no longer.
    RemoveForeign {
        /// `FILE#key`.
        target: String,
    },
    /// What stands at one place stands at another one. An output that was moved before keeps one line, from where its
    /// kit puts it to where it is now; one that comes home loses it.
    Move {
        /// Where it stands.
        from: String,
        /// Where it shall stand.
        to: String,
    },
    /// A further kit.
    AddKit {
        /// Its name.
        id: String,
        /// The versions; any if none.
        range: Option<String>,
        /// The library; any if none.
        from: Option<String>,
        /// Its options.
        options: Vec<(String, Raw)>,
    },
    /// A kit goes, with its options.
    RemoveKit {
        /// Its name.
        id: String,
    },
    /// Other versions of a kit; any if none.
    SetRange {
        /// The kit.
        kit: String,
        /// The versions.
        range: Option<String>,
    },
    /// An option of a kit gets a value.
    SetOption {
        /// The kit.
        kit: String,
        /// The option.
        option: String,
        /// The value.
        value: Raw,
    },
    /// An option of a kit is as the kit has it.
    UnsetOption {
        /// The kit.
        kit: String,
        /// The option.
        option: String,
    },
    /// A kit of the preset is not wanted; the reason of one that is not changes.
    SetWithout {
        /// The kit.
        id: String,
        /// For people.
        why: Option<String>,
    },
    /// A kit of the preset is wanted again.
    RemoveWithout {
        /// The kit.
        id: String,
    },
    /// A destructive step of the schema is wanted.
    AddConfirm {
        /// The step, as kiln prints it.
        text: String,
        /// The heads it follows.
        after: String,
    },
    /// It is wanted no longer.
    RemoveConfirm {
        /// The step.
        text: String,
        /// The heads it follows.
        after: String,
    },
    /// The name that something had before; none to say nothing of it.
    SetWas {
        /// What it is about.
        item: Renamed,
        /// Its former name.
        was: Option<String>,
    },
}

/// The text of a spec that keeps its project alone: what a project without kits can say.
///
/// # Errors
/// Everything that is wrong with the text.
pub fn project_alone(source: &Arc<Source>) -> Result<String, Diagnostics> {
    decode_spec(Arc::clone(source))?;
    let tree = parse(source);
    let project = tree.nodes.iter().find(|node| node.name.value == "project");
    let span = project.map_or_else(Default::default, |node| node.span);
    let text = source.text.get(span.start as usize..span.end as usize).unwrap_or_default();
    Ok(format!("{}\n", text.trim_end_matches([';', '\n', '\r', ' '])))
}

/// What can say `was=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renamed {
    /// A module.
    Module(String),
    /// An entity.
    Entity(String),
    /// A field or relation, by the name of its column.
    Member {
        /// The entity.
        entity: String,
        /// The column.
        column: String,
    },
}

/// The text of a spec after `edits`, one after the other.
///
/// # Errors
/// Everything that is wrong with the text before, or would be after an edit; an edit of something that is not there;
/// an edit for which no splice of this text has exactly the meaning that was asked for.
pub fn edit(source: &Arc<Source>, edits: &[Edit]) -> Result<String, Diagnostics> {
    let mut now = Arc::clone(source);
    for edit in edits {
        now = Source::new(now.name.as_str(), one(&now, edit)?);
    }
    Ok(now.text.clone())
}

fn one(source: &Arc<Source>, edit: &Edit) -> Result<String, Diagnostics> {
    let (spec, _) = decode_spec(Arc::clone(source))?;
    let mut wanted = spec.clone();
    meaning::apply(edit, &mut wanted).map_err(|missing| nothing_there(&missing))?;
    let wanted = meaning::of(wanted);
    if wanted == meaning::of(spec) {
        return Ok(source.text.clone());
    }
    let Tree { nodes, .. } = parse(source);
    let mut refused = None;
    for splices in nodes::splices(&source.text, &nodes, edit) {
        let text = layout::spliced(&source.text, splices);
        match decode_spec(Source::new(source.name.as_str(), text.as_str())) {
            Ok((spec, _)) => {
                if meaning::of(spec) == wanted {
                    return Ok(text);
                }
            }
            Err(errors) => {
                refused.get_or_insert(errors);
            }
        }
    }
    // What would be wrong after a splice is wrong with the edit, such as a glob that is none.
    Err(refused.unwrap_or_else(|| unfit(&source.name, edit)))
}

fn nothing_there(what: &str) -> Diagnostics {
    Diagnostic::error("edit-nothing", format!("the spec has no {what}")).into()
}

fn unfit(name: &str, edit: &Edit) -> Diagnostics {
    let message = format!("`{name}` is written so that kiln cannot edit it here without risk");
    Diagnostic::error("edit-unfit", message).hint(nodes::by_hand(edit)).into()
}
