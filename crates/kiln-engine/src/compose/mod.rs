//! From a lock, a history and kits to a plan: what will be written where, from what, and who contributed.
//!
//! Composition is pure and knows no file system. Everything is in one order (kits, then their manifests, then the
//! spec), so the same arguments give the same plan whatever the machine.

mod canonical;
mod context;
mod documents;
mod entities;
pub mod explain;
mod facts;
mod items;
mod locks;
mod moved;
mod options;
mod outputs;
mod placing;
mod presence;
mod render;
mod repeat;
mod schema;
mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kiln_base::{Diagnostics, Spanned};
use kiln_model::{Confirm, Inputs, Package, Raw};
use kiln_schema::{History, OwnSql, Record};

pub use moved::MovedOutput;
pub use outputs::{Action, DerivedOutput, NextStep, Plan};
pub use render::{ActionKey, Output, PartFact, Rendered};
pub use sources::Parsed;

/// Options as a spec sets them, by kit: each name with its value, as written and where.
pub type GivenOptions = BTreeMap<String, Vec<(Spanned<String>, Spanned<Raw>)>>;

/// What the lock, the history and the libraries say, as far as it decides bytes.
#[derive(Clone)]
pub struct Composition<'a> {
    /// The project, its modules and its own items.
    pub inputs: &'a Inputs,
    /// The kits in order: what is required comes first.
    pub kits: &'a [Arc<Package>],
    /// The options that the spec sets, by kit.
    pub options: &'a GivenOptions,
    /// Every name that some kit of the libraries has, so that a mistyped name is told from an absent one.
    pub names: &'a BTreeSet<String>,
    /// The catalogues of packages by name.
    pub universes: &'a BTreeMap<String, Arc<dyn PackageUniverse>>,
    /// Templates that were parsed before.
    pub parsed: &'a Parsed,
    /// The steps of the schema that were made before.
    pub history: &'a History,
    /// Whether steps that are missing are made.
    pub steps: Steps<'a>,
}

/// What becomes of steps of the schema that are missing.
#[derive(Debug, Clone, Copy)]
pub enum Steps<'a> {
    /// They are made.
    Make {
        /// Destructive changes that the spec confirms.
        confirms: &'a [Confirm],
        /// A person's own SQL, which does what is missing in one chain.
        own: Option<&'a OwnSql>,
    },
    /// There are only those of the history: the lock may be older than it.
    Keep,
}

/// A module or an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RenameKind {
    /// A module.
    Module,
    /// An entity.
    Entity,
}

/// Something of the spec that was called otherwise: `was=…`. It may have been renamed long ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rename {
    /// What it is.
    pub kind: RenameKind,
    /// Its name before, as written.
    pub old: String,
    /// Its name now, as written.
    pub new: String,
}

/// A package that a dependency lock must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageRequest {
    /// Its name.
    pub name: String,
    /// The optional parts of it that are needed.
    pub extras: Vec<String>,
    /// It is for development only.
    pub development: bool,
    /// Who asks for it: a kit, or the spec.
    pub contributed_by: String,
}

/// A resolved universe of packages of one ecosystem, from which locks are cut.
pub trait PackageUniverse: Send + Sync {
    /// The range of versions that a manifest asks for; none if the package is unknown.
    fn range(&self, package: &str) -> Option<String>;

    /// The package of the universe whose name is nearest, if one is near.
    fn nearest(&self, package: &str) -> Option<String> {
        let _ = package;
        None
    }

    /// The text of the dependency lock for `requests`, all of which belong to `group`.
    ///
    /// # Errors
    /// One sentence for each request that the universe cannot serve.
    fn lock(
        &self,
        project: &str,
        group: &str,
        requests: &[PackageRequest],
    ) -> Result<String, Vec<String>>;
}

/// Works out what will be written.
///
/// # Errors
/// Everything in the spec and the kits that does not fit together, all at once as far as one does not follow from
/// another.
pub fn compose(composition: &Composition<'_>) -> Result<Plan, Diagnostics> {
    outputs::plan(composition)
}

/// Records of the history that a plan adds.
pub type NewRecords = Vec<Record>;
