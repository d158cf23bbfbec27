//! `kit.kdl` as typed values: what a kit is, needs, gives and writes.

use kiln_base::{Span, Spanned};
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

use crate::raw::{Declaration, Raw};
use crate::schema::Member;

/// Where a kit stands. A kit never requires one of a higher layer; [`Layer::CrossCutting`] is outside the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Layer {
    /// What all else stands on.
    Foundation,
    /// Services between foundation and features.
    Middleware,
    /// What the users of the product see.
    Feature,
    /// May require any layer and be required by any.
    CrossCutting,
}

impl Layer {
    /// All layers with their names in the format and in folders.
    pub const ALL: [(&'static str, Self); 4] = [
        ("foundation", Self::Foundation),
        ("middleware", Self::Middleware),
        ("feature", Self::Feature),
        ("cross-cutting", Self::CrossCutting),
    ];

    /// Its name in the format.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, layer)| *layer == self).map_or("foundation", |(name, _)| name)
    }
}

/// A kit's manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The kit's name.
    pub id: Spanned<String>,
    /// Its version.
    pub version: Version,
    /// The version of the format; 1.
    pub format: u32,
    /// The engines that it needs.
    pub kiln: Option<Spanned<VersionReq>>,
    /// SPDX expression, if it has another licence than its library.
    pub license: Option<String>,
    /// For lists.
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// Its layer.
    pub layer: Layer,
    /// Its category.
    pub category: String,
    /// More words to find it by.
    pub tags: Vec<String>,
    /// Why it should no longer be used.
    pub deprecated: Option<String>,
    /// Everything else, in the order of the file.
    pub sections: Vec<Section>,
}

/// A node of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// The whole node.
    pub span: Span,
    /// What it says.
    pub kind: SectionKind,
}

/// What a node of a manifest says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SectionKind {
    /// `supports FLAVOUR…`
    Supports(Vec<Spanned<String>>),
    /// `requires NAME… prefer=KIT version=RANGE`
    Requires(Requires),
    /// `conflicts NAME… version=RANGE why=TEXT`
    Conflicts(Conflicts),
    /// `provides NAME… exclusive=#true { … }`
    Provides(Provides),
    /// `option NAME …`
    Option(OptionDeclaration),
    /// `when`, `unless`, `with`
    Condition(Condition),
    /// `files NAME into=PATH …`
    Files(Files),
    /// `merge NAME into=PATH`
    Merge(MergeDocuments),
    /// `add CAPABILITY.SLOT KEY…`
    Add(Add),
    /// `extend entity { … }`
    Extend(Extension),
    /// `entity NAME table=… since=…`
    Entity(KitEntity),
    /// `derived PATH by=TEXT`
    Derived(Derived),
    /// `computed PATH catalogue=NAME from=CAPABILITY.SLOT group=NAME`
    Computed(Computed),
    /// `next TEXT when-changed=GLOB…`
    Next(Next),
    /// `reserve KIND NAME… why=TEXT`
    Reserve(Reserve),
    /// `changes "2.0.0" { … }`
    Changes(Changes),
}

/// Names that must be in the project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requires {
    /// Capabilities or kit ids.
    pub names: Vec<Spanned<String>>,
    /// The kit to take if the project has no provider.
    pub prefer: Option<Spanned<String>>,
    /// The versions, with exactly one kit id.
    pub version: Option<Spanned<VersionReq>>,
}

/// Names that must not be in the project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflicts {
    /// Capabilities or kit ids.
    pub names: Vec<Spanned<String>>,
    /// The versions that conflict; all if none.
    pub version: Option<Spanned<VersionReq>>,
    /// For people.
    pub why: Option<String>,
}

/// Names that others may require, with their facts and slots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provides {
    /// `family` or `family:flavour`.
    pub names: Vec<Spanned<String>>,
    /// One provider per family: said, or there is a block.
    pub exclusive: bool,
    /// Values for others.
    pub facts: Vec<Fact>,
    /// Lists for others.
    pub slots: Vec<Slot>,
}

/// A value that other kits may read as `family.name`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Its name.
    pub name: Spanned<String>,
    /// Its value; a text may hold placeholders.
    pub value: Spanned<Raw>,
    /// For people.
    pub help: String,
}

/// A list that other kits and the spec fill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Its name.
    pub name: Spanned<String>,
    /// The field that orders it; none: the order of contribution.
    pub sort: Option<Spanned<String>>,
    /// A list of its own for each entity.
    pub per_entity: bool,
    /// For people.
    pub help: String,
    /// What names an item.
    pub key: Declaration,
    /// What else an item has.
    pub fields: Vec<Declaration>,
}

/// What an option is set on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OptionScope {
    /// The kit as a whole.
    Project,
    /// Each entity of the spec.
    Entity,
    /// Each field of the spec.
    Field,
}

/// A declared option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptionDeclaration {
    /// What it is set on.
    pub scope: OptionScope,
    /// Name, type and bounds.
    pub declaration: Declaration,
    /// What to use instead.
    pub deprecated: Option<String>,
}

/// Which of the three conditions it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ConditionKind {
    /// All of it holds.
    When,
    /// The one thing does not hold.
    Unless,
    /// As when, and documented as an integration.
    With,
}

/// A block that counts only if its condition holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// Which one.
    pub kind: ConditionKind,
    /// Names that are present.
    pub names: Vec<Spanned<String>>,
    /// Options of this kit with the value that they have.
    pub options: Vec<(Spanned<String>, Spanned<Raw>)>,
    /// For people, with `with`.
    pub help: String,
    /// What counts then.
    pub body: Vec<Section>,
}

/// Who may change an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ownership {
    /// Both kiln and a person.
    Merged,
    /// kiln.
    Managed,
    /// Written once, then the person's.
    Seeded,
    /// Nobody, once it is written.
    AppendOnly,
    /// Worked out from a catalogue; a person's own entries are kept.
    Computed,
}

impl Ownership {
    /// All with their names in the format.
    pub const ALL: [(&'static str, Self); 5] = [
        ("merged", Self::Merged),
        ("managed", Self::Managed),
        ("seeded", Self::Seeded),
        ("append-only", Self::AppendOnly),
        ("computed", Self::Computed),
    ];

    /// Its name in the format.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, ownership)| *ownership == self)
            .map_or("merged", |(name, _)| name)
    }
}

/// A folder of outputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Files {
    /// The folder below `files/`.
    pub folder: Spanned<String>,
    /// Where it goes, with placeholders; the root if empty.
    pub into: Option<Spanned<String>>,
    /// `CAPABILITY.SLOT` or `option.NAME` whose items repeat the paths.
    pub each: Option<Spanned<String>>,
    /// Who may change them.
    pub ownership: Ownership,
    /// Copied as they are.
    pub verbatim: bool,
}

/// A folder of partial documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeDocuments {
    /// The folder below `merge/`.
    pub folder: Spanned<String>,
    /// Where the documents are, with placeholders.
    pub into: Option<Spanned<String>>,
}

/// Items of a slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Add {
    /// The whole node, for messages.
    pub span: Span,
    /// The capability, by family.
    pub capability: Spanned<String>,
    /// The slot.
    pub slot: Spanned<String>,
    /// An item per key.
    pub keys: Vec<Spanned<Raw>>,
    /// The same for each key.
    pub fields: Vec<(Spanned<String>, Spanned<Raw>)>,
    /// What repeats it.
    pub each: Option<Spanned<String>>,
}

/// What every entity gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// Fields and relations.
    pub members: Vec<Member>,
    /// Indexes over fields.
    pub indexes: Vec<Vec<Spanned<String>>>,
    /// Unique sets of fields.
    pub uniques: Vec<Vec<Spanned<String>>>,
    /// The field that keys and references are made composite with.
    pub scope: Option<Spanned<String>>,
    /// SQL for the table.
    pub rules: Vec<Rule>,
}

/// SQL that a kit runs for a table, and its reverse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its name, unique for the table.
    pub name: Spanned<String>,
    /// The part that is rendered for going up.
    pub up: Spanned<String>,
    /// The part that is rendered for going down.
    pub down: Spanned<String>,
}

/// An entity whose table a kit owns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KitEntity {
    /// Its name.
    pub name: Spanned<String>,
    /// Its table.
    pub table: Spanned<String>,
    /// The plural, if it is not the usual one.
    pub plural: Option<Spanned<String>>,
    /// The migration that makes its table.
    pub since: Option<Spanned<String>>,
    /// Its table has the scope's column and a unique (scope, id).
    pub scoped: bool,
}

/// A file that the project's own tools make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derived {
    /// Where it is, with placeholders.
    pub path: Spanned<String>,
    /// How it is made.
    pub by: String,
}

/// A dependency lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Computed {
    /// Where it goes, with placeholders.
    pub path: Spanned<String>,
    /// The catalogue that it is cut from.
    pub catalogue: Spanned<String>,
    /// `CAPABILITY.SLOT` with the packages.
    pub from: Spanned<String>,
    /// Which of them: `runtime`, `dev`.
    pub group: Spanned<String>,
}

/// What a person should run after a sync.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Next {
    /// The command or sentence, with placeholders.
    pub text: Spanned<String>,
    /// Only if such an output changed; always if empty.
    pub when_changed: Vec<Spanned<String>>,
}

/// What kind of name is reserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReserveKind {
    /// The project's name.
    Project,
    /// Names of modules.
    Module,
    /// Names of entities.
    Entity,
    /// Names of fields.
    Field,
}

impl ReserveKind {
    /// All with their names in the format.
    pub const ALL: [(&'static str, Self); 4] = [
        ("project", Self::Project),
        ("module", Self::Module),
        ("entity", Self::Entity),
        ("field", Self::Field),
    ];

    /// Its name in the format.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("project", |(name, _)| name)
    }
}

/// Names that the spec may not use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reserve {
    /// What kind of name.
    pub kind: ReserveKind,
    /// The names; compared in snake case.
    pub names: Vec<Spanned<String>>,
    /// For people.
    pub why: String,
}

/// What a version changed, for `upgrade`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// The version.
    pub version: Spanned<Version>,
    /// For people.
    pub notes: Vec<String>,
    /// Options that got another name.
    pub renamed_options: Vec<(String, String)>,
    /// Options that are gone, with what to do.
    pub removed_options: Vec<(String, String)>,
    /// Outputs that moved, with placeholders.
    pub moved: Vec<(String, String)>,
    /// The kits that this one was split into.
    pub replaced_by: Vec<String>,
}
