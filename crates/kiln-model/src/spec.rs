//! `kiln.kdl` as typed values, and the part of it that decides bytes: the inputs, which the lock holds too.

use std::sync::Arc;

use kiln_base::{Source, Span, Spanned};
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

use crate::manifest::{Add, Ownership};
use crate::raw::Raw;
use crate::schema::Module;

/// Sizes of a project, in order.
pub const SCALES: [&str; 5] = ["micro", "small", "medium", "large", "enterprise"];

/// The project's own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// `[a-z][a-z0-9]*(-[a-z0-9]+)*`, 3 to 50 characters.
    pub name: Spanned<String>,
    /// For people; the title form of the name if the spec has none.
    pub title: String,
    /// One sentence; may be empty.
    pub summary: String,
    /// One of [`SCALES`]; `small` if the spec has none.
    pub scale: String,
}

/// What a rule of ownership says of the outputs that it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnershipWord {
    /// Another ownership than the kit's: managed, merged or seeded.
    Owned(Ownership),
    /// Not written at all.
    Exclude,
}

/// Ownership of the outputs that a glob matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnershipRule {
    /// What it says.
    pub word: OwnershipWord,
    /// Which outputs.
    pub glob: Spanned<String>,
    /// For people.
    pub why: Option<String>,
}

/// A key of a document that is the person's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Foreign {
    /// `FILE#key`.
    pub target: Spanned<String>,
    /// For people.
    pub why: Option<String>,
}

/// An output that stands elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Where the kit puts it.
    pub from: Spanned<String>,
    /// Where it is.
    pub to: Spanned<String>,
}

/// Everything of a spec that decides bytes. The lock holds the same, so a render needs no spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inputs {
    /// The text that the spans below are in; none if they came from a lock.
    pub source: Option<Arc<Source>>,
    /// The project.
    pub project: Project,
    /// Modules in order.
    pub modules: Vec<Module>,
    /// The spec's own slot items.
    pub adds: Vec<Add>,
    /// Ownership over the kits' own, in order; the last match holds.
    pub ownership: Vec<OwnershipRule>,
    /// Keys that are the person's.
    pub foreign: Vec<Foreign>,
    /// Outputs that stand elsewhere.
    pub places: Vec<Place>,
}

/// A kit that the spec asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KitRequest {
    /// The kit.
    pub id: Spanned<String>,
    /// The versions; any if none.
    pub range: Option<Spanned<VersionReq>>,
    /// The library; any if none.
    pub from: Option<Spanned<String>>,
    /// Its options as written.
    pub options: Vec<(Spanned<String>, Spanned<Raw>)>,
}

/// A kit of the preset that is not wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Without {
    /// The kit.
    pub id: Spanned<String>,
    /// For people.
    pub why: Option<String>,
}

/// Where more kits come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryRequest {
    /// Its name.
    pub name: Spanned<String>,
    /// A folder, relative to the spec.
    pub path: Spanned<String>,
    /// The whole node.
    pub span: Span,
}

/// A preset: what a spec can start from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// Its text, which the spans below are in.
    pub source: Arc<Source>,
    /// Its name.
    pub name: Spanned<String>,
    /// Its version, if it has one.
    pub version: Option<Version>,
    /// The engines that it needs.
    pub kiln: Option<Spanned<VersionReq>>,
    /// For lists.
    pub title: String,
    /// One sentence; may be empty.
    pub summary: String,
    /// Kits with their options.
    pub kits: Vec<KitRequest>,
    /// Modules in order.
    pub modules: Vec<Module>,
    /// Slot items.
    pub adds: Vec<Add>,
    /// Ownership over the kits' own.
    pub ownership: Vec<OwnershipRule>,
    /// Keys that are the person's.
    pub foreign: Vec<Foreign>,
}

/// A destructive step of the schema that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// The step, as kiln prints it.
    pub text: Spanned<String>,
    /// The heads it follows.
    pub after: Spanned<String>,
}

/// A spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// Its text.
    pub source: Arc<Source>,
    /// The engines that it needs.
    pub kiln: Option<Spanned<VersionReq>>,
    /// The preset that it starts from.
    pub scenario: Option<Spanned<String>>,
    /// More libraries.
    pub libraries: Vec<LibraryRequest>,
    /// Kits asked for.
    pub kits: Vec<KitRequest>,
    /// Kits of the preset that are not wanted.
    pub without: Vec<Without>,
    /// Destructive steps that are wanted.
    pub confirms: Vec<Confirm>,
    /// What decides bytes.
    pub inputs: Inputs,
}
