//! Modules and entities with all that kits add to them, resolved: targets found, columns named.

use kiln_base::{Diagnostic, Diagnostics, Forms, Span, Spanned, did_you_mean, plural};
use kiln_model::{
    BelongsTo, Entity, Extension, Field, KitOption, Member, Module, OnDelete, OptionScope, Raw,
    ReserveKind, SectionKind, Value,
};

use crate::compose::facts::{Base, Unknown, forms_with_plural};
use crate::compose::options::{ByKit, check_scoped, in_spec, scoped_options};

/// A field or relation of an entity.
#[derive(Debug)]
pub(crate) struct MemberModel {
    pub(crate) column: String,
    pub(crate) member: Member,
    /// The kit that added it.
    pub(crate) kit: Option<usize>,
    /// For a relation: the entity, by index.
    pub(crate) target: Option<usize>,
    pub(crate) options: ByKit,
    /// What it is called in messages and its place in the spec.
    pub(crate) name: Spanned<String>,
}

/// SQL of a kit for an entity's table.
#[derive(Debug)]
pub(crate) struct RuleModel {
    pub(crate) kit: usize,
    pub(crate) rule: kiln_model::Rule,
}

/// An entity of a module or a kit.
#[derive(Debug)]
pub(crate) struct EntityModel {
    pub(crate) name: String,
    pub(crate) plural: String,
    pub(crate) table: String,
    /// The module, by index; none if a kit owns it.
    pub(crate) module: Option<usize>,
    /// The kit that owns it.
    pub(crate) owner: Option<usize>,
    /// The name it had before.
    pub(crate) was: Option<String>,
    /// The revision that makes its table, if a kit owns it.
    pub(crate) since: Option<String>,
    pub(crate) members: Vec<MemberModel>,
    pub(crate) uniques: Vec<Vec<String>>,
    pub(crate) indexes: Vec<Vec<String>>,
    /// The column that its keys and references are made composite with.
    pub(crate) scope: Option<String>,
    pub(crate) rules: Vec<RuleModel>,
    pub(crate) options: ByKit,
    pub(crate) span: Span,
}

/// A module of the domain.
#[derive(Debug)]
pub(crate) struct ModuleModel {
    pub(crate) name: String,
    /// Its entities, by index.
    pub(crate) entities: Vec<usize>,
}

/// The whole domain: the entities of modules first, in the order of the spec, then those of kits.
#[derive(Debug, Default)]
pub(crate) struct Domain {
    pub(crate) modules: Vec<ModuleModel>,
    pub(crate) entities: Vec<EntityModel>,
}

impl Domain {
    /// The entities of modules.
    pub(crate) fn own(&self) -> impl Iterator<Item = (usize, &EntityModel)> {
        self.entities.iter().enumerate().filter(|(_, entity)| entity.module.is_some())
    }

    pub(crate) fn of(base: &Base<'_>, problems: &mut Diagnostics) -> Self {
        let mut domain = Self::default();
        for module in &base.composition.inputs.modules {
            domain.add_module(base, module, problems);
        }
        domain.add_kit_entities(base);
        domain.check_names(base, problems);
        domain.extend(base, problems);
        domain.find_targets(base, problems);
        domain.check_columns(base, problems);
        domain
    }

    fn add_module(&mut self, base: &Base<'_>, module: &Module, problems: &mut Diagnostics) {
        base.check_reserved(ReserveKind::Module, &module.name, problems);
        let at = self.modules.len();
        let mut entities = Vec::new();
        for entity in &module.entities {
            base.check_reserved(ReserveKind::Entity, &entity.name, problems);
            entities.push(self.entities.len());
            let model = own_entity(base, at, entity, problems);
            self.entities.push(model);
        }
        self.modules.push(ModuleModel { name: module.name.value.clone(), entities });
    }

    fn add_kit_entities(&mut self, base: &Base<'_>) {
        for (at, sections) in base.active.iter().enumerate() {
            for active in sections {
                let SectionKind::Entity(entity) = &active.section.kind else { continue };
                self.entities.push(EntityModel {
                    name: entity.name.value.clone(),
                    plural: entity
                        .plural
                        .as_ref()
                        .map_or_else(|| plural(&entity.name), |p| p.value.clone()),
                    table: entity.table.value.clone(),
                    module: None,
                    owner: Some(at),
                    was: None,
                    since: entity.since.as_ref().map(|since| since.value.clone()),
                    members: Vec::new(),
                    uniques: Vec::new(),
                    indexes: Vec::new(),
                    scope: entity.scoped.then(String::new),
                    rules: Vec::new(),
                    options: ByKit::new(),
                    span: entity.name.span,
                });
            }
        }
    }

    fn check_names(&self, base: &Base<'_>, problems: &mut Diagnostics) {
        for (at, entity) in self.entities.iter().enumerate() {
            let clash = self.entities[..at].iter().find(|other| {
                Forms::of(&other.name).snake == Forms::of(&entity.name).snake
                    || other.table == entity.table
            });
            if let Some(other) = clash {
                let what = if other.table == entity.table { "table" } else { "name" };
                let owner = |entity: &EntityModel| match (entity.module, entity.owner) {
                    (Some(module), _) => format!("module `{}`", self.modules[module].name),
                    (None, Some(kit)) => format!("kit `{}`", base.kit(kit).id()),
                    (None, None) => String::new(),
                };
                let message = format!(
                    "entities `{}` of {} and `{}` of {} have one {what}",
                    other.name,
                    owner(other),
                    entity.name,
                    owner(entity)
                );
                let mut problem = Diagnostic::error("entity-twice", message);
                for entity in [entity, other].into_iter().filter(|entity| entity.module.is_some()) {
                    problem = in_spec(problem, base.spec(), entity.span, "");
                }
                problems.push(problem.hint("rename one of them"));
            }
        }
    }

    fn extend(&mut self, base: &Base<'_>, problems: &mut Diagnostics) {
        for (kit, sections) in base.active.iter().enumerate() {
            for active in sections {
                let SectionKind::Extend(extension) = &active.section.kind else { continue };
                for entity in self.entities.iter_mut().filter(|entity| entity.module.is_some()) {
                    let raw = entity
                        .options
                        .get(&kit)
                        .map(|options| options.raw.clone())
                        .unwrap_or_default();
                    if active.guards.iter().all(|guard| guard.holds(&raw)) {
                        extend_one(base, kit, extension, entity, problems);
                    }
                }
            }
        }
    }

    fn find_targets(&mut self, base: &Base<'_>, problems: &mut Diagnostics) {
        let names: Vec<String> = self.entities.iter().map(|entity| entity.name.clone()).collect();
        for entity in &mut self.entities {
            for member in &mut entity.members {
                let Member::BelongsTo(relation) = &member.member else { continue };
                member.target = names.iter().position(|name| *name == relation.target.value);
                if member.target.is_none() {
                    let message = format!(
                        "`{}` belongs to `{}`, which is no entity of the project",
                        entity.name, relation.target.value
                    );
                    let mut problem = Diagnostic::error("unknown-entity", message)
                        .hint_if(did_you_mean(&relation.target, names.iter().map(String::as_str)));
                    problem = match member.kit {
                        None => in_spec(problem, base.spec(), relation.target.span, ""),
                        Some(kit) => problem.at(&base.kit(kit).source, relation.target.span, ""),
                    };
                    problems.push(problem);
                }
            }
        }
    }

    fn check_columns(&self, base: &Base<'_>, problems: &mut Diagnostics) {
        for entity in &self.entities {
            for (at, member) in entity.members.iter().enumerate() {
                if let Some(other) =
                    entity.members[..at].iter().find(|other| other.column == member.column)
                {
                    let by = |member: &MemberModel| {
                        member.kit.map_or_else(
                            || "the spec".to_owned(),
                            |kit| format!("`{}`", base.kit(kit).id()),
                        )
                    };
                    let message = format!(
                        "column `{}` of `{}` is declared by {} and by {}",
                        member.column,
                        entity.name,
                        by(other),
                        by(member)
                    );
                    let mut problem = Diagnostic::error("column-twice", message);
                    for member in [member, other] {
                        problem = match member.kit {
                            None => in_spec(problem, base.spec(), member.name.span, ""),
                            Some(kit) => problem.at(&base.kit(kit).source, member.name.span, ""),
                        };
                    }
                    problems.push(problem.hint("rename the field of the spec"));
                }
            }
            for set in entity.uniques.iter().chain(&entity.indexes) {
                for column in set.iter().filter(|column| {
                    *column != "id" && !entity.members.iter().any(|m| m.column == **column)
                }) {
                    let known = entity.members.iter().map(|member| member.column.as_str());
                    let message = format!("`{}` has no field `{column}` to index", entity.name);
                    let problem = Diagnostic::error("unknown-field", message)
                        .hint_if(did_you_mean(column, known));
                    problems.push(in_spec(problem, base.spec(), entity.span, ""));
                }
            }
        }
    }

    /// The entity as templates see it, without what differs by kit.
    pub(crate) fn value(&self, base: &Base<'_>, at: usize) -> Value {
        let entity = &self.entities[at];
        let module = entity.module.map(|module| {
            forms_with_plural(&self.modules[module].name, &plural(&self.modules[module].name))
        });
        let fields =
            Value::list(entity.members.iter().map(|member| self.field_value(base, member)));
        Value::map()
            .merge(&forms_with_plural(&entity.name, &entity.plural))
            .with("table", entity.table.as_str())
            .with("first_table", entity.table.as_str())
            .with("since", entity.since.as_deref())
            .with("module", module)
            .with("fields", fields)
            .with("scope", entity.scope.as_deref().filter(|scope| !scope.is_empty()))
            .build()
    }

    fn field_value(&self, base: &Base<'_>, member: &MemberModel) -> Value {
        let name = match &member.member {
            Member::Field(field) => field.name.value.clone(),
            Member::BelongsTo(_) => member.column.clone(),
        };
        let kit = member.kit.map(|kit| base.kit(kit).id());
        let map = Value::map().merge(&forms_with_plural(&name, &plural(&name)));
        let map = match &member.member {
            Member::Field(field) => plain_field(map, field),
            Member::BelongsTo(relation) => map
                .with("type", "uuid")
                .with("required", relation.required)
                .with("unique", relation.unique)
                .with("index", true)
                .with("hidden", relation.hidden)
                .with("min", Value::Null)
                .with("max", Value::Null)
                .with("default", Value::Null)
                .with("values", Value::list(Vec::<Value>::new()))
                .with("target", member.target.map(|target| self.target_value(base, target)))
                .with("on_delete", on_delete(relation).name())
                .with(
                    "role",
                    Value::map()
                        .forms(&Forms::of(relation.role.as_ref().unwrap_or(&relation.target)))
                        .build(),
                )
                .with(
                    "database_default",
                    relation.database_default.as_ref().map(|d| d.value.as_str()),
                ),
        };
        map.with("kit", kit).build()
    }

    fn target_value(&self, base: &Base<'_>, at: usize) -> Value {
        let entity = &self.entities[at];
        let module = entity.module.map(|module| {
            forms_with_plural(&self.modules[module].name, &plural(&self.modules[module].name))
        });
        let scope = match entity.scope.as_deref() {
            Some("") => self
                .entities
                .iter()
                .find_map(|other| other.scope.as_deref().filter(|scope| !scope.is_empty())),
            scope => scope,
        };
        Value::map()
            .merge(&forms_with_plural(&entity.name, &entity.plural))
            .with("table", entity.table.as_str())
            .with("module", module)
            .with("scope", scope)
            .with("kit", entity.owner.map(|kit| base.kit(kit).id()))
            .build()
    }
}

fn plain_field(map: kiln_model::MapBuilder, field: &Field) -> kiln_model::MapBuilder {
    let default = field.default.as_ref().map(|default| match &default.value {
        Raw::Bool(value) => Value::from(*value),
        Raw::Int(value) => Value::from(*value),
        Raw::Text(text) => Value::from(text.as_str()),
        Raw::List(texts) => Value::list(texts.iter().map(|text| Value::from(text.as_str()))),
        Raw::Null | Raw::Part(_) => Value::Null,
    });
    map.with("type", field.field_type.name())
        .with("required", field.required)
        .with("unique", field.unique)
        .with("index", field.index)
        .with("hidden", field.hidden)
        .with("min", field.min)
        .with("max", field.max)
        .with("default", default)
        .with(
            "values",
            Value::list(field.values.iter().map(|value| Value::from(value.value.as_str()))),
        )
        .with("target", Value::Null)
        .with("on_delete", Value::Null)
        .with("role", Value::Null)
        .with("database_default", field.database_default.as_ref().map(|d| d.value.as_str()))
}

/// What happens to a row when its target goes: as said, else refused for a required relation and emptied for others.
pub(crate) fn on_delete(relation: &BelongsTo) -> OnDelete {
    relation.on_delete.unwrap_or(if relation.required {
        OnDelete::Restrict
    } else {
        OnDelete::SetNull
    })
}

fn own_entity(
    base: &Base<'_>,
    module: usize,
    entity: &Entity,
    problems: &mut Diagnostics,
) -> EntityModel {
    let plural_name =
        entity.plural.as_ref().map_or_else(|| plural(&entity.name), |plural| plural.value.clone());
    let table = entity
        .table
        .as_ref()
        .map_or_else(|| Forms::of(&plural_name).snake, |table| table.value.clone());
    let members =
        entity.members.iter().map(|member| own_member(base, member, None, problems)).collect();
    EntityModel {
        name: entity.name.value.clone(),
        plural: plural_name,
        table,
        module: Some(module),
        owner: None,
        was: entity.was.as_ref().map(|was| was.value.clone()),
        since: None,
        members,
        uniques: sets(&entity.uniques),
        indexes: sets(&entity.indexes),
        scope: None,
        rules: Vec::new(),
        options: by_kit(base, OptionScope::Entity, &entity.options, problems),
        span: entity.name.span,
    }
}

fn sets(sets: &[Vec<Spanned<String>>]) -> Vec<Vec<String>> {
    let column = |name: &Spanned<String>| kiln_base::words(name).join("_");
    sets.iter().map(|set| set.iter().map(column).collect()).collect()
}

fn own_member(
    base: &Base<'_>,
    member: &Member,
    kit: Option<usize>,
    problems: &mut Diagnostics,
) -> MemberModel {
    let (name, options) = match member {
        Member::Field(field) => (field.name.clone(), &field.options),
        Member::BelongsTo(relation) => (relation.target.clone(), &relation.options),
    };
    if kit.is_none() {
        let column = Spanned::new(member.column(), name.span);
        base.check_reserved(ReserveKind::Field, &column, problems);
    }
    let options = by_kit(base, OptionScope::Field, options, problems);
    MemberModel {
        column: member.column(),
        member: member.clone(),
        kit,
        target: None,
        options,
        name,
    }
}

fn by_kit(
    base: &Base<'_>,
    scope: OptionScope,
    given: &[KitOption],
    problems: &mut Diagnostics,
) -> ByKit {
    check_scoped(base.composition.kits, &base.options, scope, given, base.composition, problems);
    let mut all = ByKit::new();
    for (at, package) in base.composition.kits.iter().enumerate() {
        let options =
            scoped_options(package, &base.options[at].raw, scope, given, base.spec(), problems);
        if !options.raw.is_empty() {
            all.insert(at, options);
        }
    }
    all
}

fn extend_one(
    base: &Base<'_>,
    kit: usize,
    extension: &Extension,
    entity: &mut EntityModel,
    problems: &mut Diagnostics,
) {
    let forms = Value::map()
        .with(
            "entity",
            Value::map()
                .merge(&forms_with_plural(&entity.name, &entity.plural))
                .with("table", entity.table.as_str())
                .build(),
        )
        .build();
    let mut filled =
        |text: &Spanned<String>| match base.fill(kit, text, &|path| forms.get(path).cloned()) {
            Ok(value) => Spanned::new(value.as_str().unwrap_or(text).to_owned(), text.span),
            Err(unknown) => {
                let unknown: Unknown = unknown;
                problems.push(base.placeholder_problem(kit, &unknown, text.span));
                text.clone()
            }
        };
    let mut members = Vec::new();
    for member in &extension.members {
        let mut member = member.clone();
        match &mut member {
            Member::Field(field) => {
                field.name = filled(&field.name);
                field.database_default = field.database_default.as_ref().map(&mut filled);
            }
            Member::BelongsTo(relation) => {
                relation.target = filled(&relation.target);
                relation.role = relation.role.as_ref().map(&mut filled);
                relation.database_default = relation.database_default.as_ref().map(&mut filled);
            }
        }
        members.push(member);
    }
    let mut fill_sets = |all: &[Vec<Spanned<String>>]| {
        sets(&all.iter().map(|set| set.iter().map(&mut filled).collect()).collect::<Vec<Vec<_>>>())
    };
    let (uniques, indexes) = (fill_sets(&extension.uniques), fill_sets(&extension.indexes));
    let scope = extension.scope.as_ref().map(|scope| kiln_base::words(&filled(scope)).join("_"));
    for member in members {
        let model = own_member(base, &member, Some(kit), problems);
        entity.members.push(model);
    }
    entity.uniques.extend(uniques);
    entity.indexes.extend(indexes);
    if scope.is_some() {
        entity.scope = scope;
    }
    entity.rules.extend(extension.rules.iter().map(|rule| RuleModel { kit, rule: rule.clone() }));
}
