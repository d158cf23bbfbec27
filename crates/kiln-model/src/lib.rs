//! What specs and kits say, as plain typed data: the vocabulary between the decoder, the solver and the engine.
//!
//! This crate never parses, solves, renders or touches a file; it does not know KDL, TOML or templates.

mod active;
mod manifest;
mod package;
mod raw;
mod schema;
mod spec;
mod value;

pub use active::RawOptions;
pub use manifest::{
    Add, Changes, Computed, Condition, ConditionKind, Conflicts, Derived, Extension, Fact, Files,
    KitEntity, Layer, Manifest, MergeDocuments, Next, OptionDeclaration, OptionScope, Ownership,
    Provides, Requires, Reserve, ReserveKind, Rule, Section, SectionKind, Slot,
};
pub use package::{Package, PackageFile, PackageFiles};
pub use raw::{Choice, Declaration, Raw, ValueType};
pub use schema::{BelongsTo, Entity, Field, FieldType, KitOption, Member, Module, OnDelete};
pub use spec::{
    Confirm, Foreign, Inputs, KitRequest, LibraryRequest, OwnershipRule, OwnershipWord, Place,
    Project, SCALES, Scenario, Spec, Without,
};
pub use value::{Map, MapBuilder, Value};
