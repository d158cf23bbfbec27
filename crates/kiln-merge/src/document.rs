//! One document of any format: read, looked at as a tree, written anew by a plan.

use crate::toml_doc::TomlText;
use crate::tree::{Fault, Format, Node, Plan};
use crate::{json, json_print, toml_doc, yaml};

/// A text that was read as a document. Its line ends are LF.
pub(crate) enum Document {
    Json(String, Node),
    Toml(Box<TomlText>),
    Yaml(String, Node),
}

impl Document {
    pub(crate) fn parse(format: Format, text: &str) -> Result<Self, Fault> {
        Ok(match format {
            Format::Json => Self::Json(text.to_owned(), json::parse(text)?),
            Format::Toml => Self::Toml(Box::new(toml_doc::parse(text)?)),
            Format::Yaml => {
                let mut text = text.to_owned();
                if !text.ends_with('\n') {
                    text.push('\n');
                }
                let root = yaml::parse(&text)?;
                Self::Yaml(text, root)
            }
        })
    }

    pub(crate) fn root(&self) -> &Node {
        match self {
            Self::Json(_, root) | Self::Yaml(_, root) => root,
            Self::Toml(text) => &text.root,
        }
    }

    /// Writes a plan for this document, with `theirs` as the other text of the plan.
    pub(crate) fn splice(&self, theirs: &Self, plan: &Plan, carry: bool) -> Result<String, Fault> {
        match (self, theirs) {
            (Self::Json(ours, root), Self::Json(text, donor)) => {
                Ok(json::splice((ours, root), (text, donor), plan, carry))
            }
            (Self::Toml(ours), Self::Toml(theirs)) => toml_doc::splice(ours, theirs, plan, carry),
            (Self::Yaml(ours, root), Self::Yaml(text, donor)) => {
                Ok(yaml::splice((ours, root), (text, donor), plan, carry))
            }
            _ => Err(Fault::new("the two texts have different formats", 0..0)),
        }
    }

    /// The text as it is printed: JSON by prettier's rules, the others as they are.
    pub(crate) fn printed(format: Format, text: String) -> Result<String, Fault> {
        match format {
            Format::Json => Ok(json_print::print(&text, &json::parse(&text)?)),
            Format::Toml | Format::Yaml => Ok(text),
        }
    }
}
