//! Reading `kiln.lock`. The lock is untrusted input: every value is checked again, and what is unknown is refused.

use std::collections::BTreeMap;
use std::sync::Arc;

use kiln_base::{Diagnostic, Diagnostics, RelPath, Source, Span, Spanned};
use kiln_model::{
    Add, BelongsTo, Entity, Field, FieldType, Foreign, Inputs, KitOption, Member, Module, OnDelete,
    Ownership, OwnershipRule, OwnershipWord, Place, Project, Raw,
};
use semver::Version;
use toml::{Table, Value};

use crate::lock::{Lock, LockedCatalogue, LockedKit, VERSION};

/// Reads a lock.
///
/// # Errors
/// Conflict markers, a version from the future, syntax errors, and every value that is missing, unknown or of the
/// wrong type.
pub fn read_lock(source: &Arc<Source>) -> Result<Lock, Diagnostics> {
    refuse_markers(source)?;
    let table: Table = source.text.parse().map_err(|error: toml::de::Error| {
        let span =
            error.span().map_or_else(Span::default, |range| Span::new(range.start, range.end));
        Diagnostics::from(
            Diagnostic::error(
                "lock-syntax",
                format!("`{}` is not valid TOML: {}", source.name, error.message()),
            )
            .at(source, span, "")
            .hint("restore it from git, or delete it and run `kiln lock`"),
        )
    })?;
    let mut reader = Reader { source, problems: Diagnostics::new() };
    match table.get("version").and_then(Value::as_integer) {
        Some(VERSION) => {}
        Some(other) => return Err(reader.future(other).into()),
        None => {
            // What has no version is no lock: whatever else it lacks follows from that.
            reader.problem("", "the lock has no `version`");
            return Err(reader.problems);
        }
    }
    let lock = reader.lock(&table);
    reader.problems.finish(lock).map(|(lock, _)| lock)
}

fn refuse_markers(source: &Arc<Source>) -> Result<(), Diagnostics> {
    let mut offset = 0;
    for line in source.text.split_inclusive('\n') {
        if ["<<<<<<< ", "||||||| ", ">>>>>>> "].iter().any(|marker| line.starts_with(marker)) {
            return Err(Diagnostic::error(
                "lock-conflict",
                format!("`{}` has conflict markers", source.name),
            )
            .at(source, Span::new(offset, offset + line.trim_end().len()), "")
            .hint("solve the spec anew with what both sides had: kiln lock --resolve")
            .into());
        }
        offset += line.len();
    }
    Ok(())
}

struct Reader<'s> {
    source: &'s Arc<Source>,
    problems: Diagnostics,
}

type Options = Vec<KitOption>;

fn plain<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::default())
}

impl Reader<'_> {
    fn future(&self, version: i64) -> Diagnostic {
        let at = self.source.text.find("version").unwrap_or(0);
        let end =
            self.source.text[at..].find('\n').map_or(self.source.text.len(), |line| at + line);
        Diagnostic::error(
            "lock-version",
            format!(
                "`{}` has version {version}; this kiln reads version {VERSION}",
                self.source.name
            ),
        )
        .at(self.source, Span::new(at, end), "")
        .hint("use a newer kiln")
    }

    /// Reports `message`; the place is the header of the nearest block that `path` names.
    fn problem(&mut self, path: &str, message: impl Into<String>) {
        let mut place = path;
        let span = loop {
            let header = format!("[{place}]");
            if let Some(at) = self.source.text.find(&header) {
                break Span::new(at, at + header.len());
            }
            match place.rsplit_once('.') {
                Some((outer, _)) => place = outer,
                None => break Span::new(0, self.source.text.find('\n').unwrap_or(0)),
            }
        };
        let label = if path.is_empty() { String::new() } else { format!("in `{path}`") };
        self.problems.push(
            Diagnostic::error("lock-value", message.into())
                .at(self.source, span, label)
                .hint("a lock is written by `kiln lock`; restore it from git, or delete it and run `kiln lock`"),
        );
    }

    fn known(&mut self, table: &Table, path: &str, known: &[&str]) {
        for name in table.keys().filter(|name| !known.contains(&name.as_str())) {
            self.problem(path, format!("`{name}` is unknown here"));
        }
    }

    fn table<'t>(&mut self, table: &'t Table, name: &str, path: &str) -> Option<&'t Table> {
        match table.get(name)? {
            Value::Table(inner) => Some(inner),
            _ => {
                self.problem(path, format!("`{name}` is no table"));
                None
            }
        }
    }

    fn tables<'t>(
        &mut self,
        table: &'t Table,
        name: &str,
        path: &str,
    ) -> Vec<(&'t String, &'t Table)> {
        let Some(outer) = self.table(table, name, path) else { return Vec::new() };
        let mut found = Vec::new();
        for (key, value) in outer {
            match value {
                Value::Table(inner) => found.push((key, inner)),
                _ => self.problem(path, format!("`{name}.{key}` is no table")),
            }
        }
        found
    }

    fn text(&mut self, table: &Table, name: &str, path: &str) -> Option<String> {
        match table.get(name)? {
            Value::String(text) => Some(text.clone()),
            _ => {
                self.problem(path, format!("`{name}` is no text"));
                None
            }
        }
    }

    fn needed(&mut self, table: &Table, name: &str, path: &str) -> String {
        if !table.contains_key(name) {
            self.problem(path, format!("`{name}` is missing"));
        }
        self.text(table, name, path).unwrap_or_default()
    }

    fn flag(&mut self, table: &Table, name: &str, path: &str) -> bool {
        match table.get(name) {
            None => false,
            Some(Value::Boolean(set)) => *set,
            Some(_) => {
                self.problem(path, format!("`{name}` is neither true nor false"));
                false
            }
        }
    }

    fn texts(&mut self, table: &Table, name: &str, path: &str) -> Vec<String> {
        match table.get(name) {
            None => Vec::new(),
            Some(Value::Array(values)) if values.iter().all(Value::is_str) => {
                values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect()
            }
            Some(_) => {
                self.problem(path, format!("`{name}` is no list of texts"));
                Vec::new()
            }
        }
    }

    fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
        &mut self,
        text: &str,
        name: &str,
        path: &str,
    ) -> Option<T> {
        text.parse().map_err(|error: T::Err| self.problem(path, format!("`{name}`: {error}"))).ok()
    }

    fn raw(&mut self, value: &Value, name: &str, path: &str) -> Raw {
        match value {
            Value::Boolean(value) => Raw::Bool(*value),
            Value::Integer(value) => Raw::Int(*value),
            Value::String(text) => Raw::Text(text.clone()),
            Value::Array(values) if values.iter().all(Value::is_str) => Raw::List(
                values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect(),
            ),
            Value::Table(table) if table.get("null") == Some(&Value::Boolean(true)) => Raw::Null,
            Value::Table(table) if table.get("part").is_some_and(Value::is_str) => {
                Raw::Part(table["part"].as_str().unwrap_or_default().to_owned())
            }
            _ => {
                self.problem(
                    path,
                    format!("the value of `{name}` is of no type that options have"),
                );
                Raw::Null
            }
        }
    }

    fn raws(&mut self, table: &Table, name: &str, path: &str) -> Vec<(String, Raw)> {
        let Some(inner) = self.table(table, name, path) else { return Vec::new() };
        inner.iter().map(|(key, value)| (key.clone(), self.raw(value, key, path))).collect()
    }

    fn lock(&mut self, table: &Table) -> Lock {
        let known = [
            "version",
            "revision",
            "render",
            "project",
            "scenario",
            "catalogue",
            "module",
            "entity",
            "add",
            "ownership",
            "foreign",
            "place",
            "kit",
        ];
        self.known(table, "", &known);
        let render = table
            .get("render")
            .and_then(Value::as_integer)
            .and_then(|number| u32::try_from(number).ok());
        if render.is_none() {
            self.problem("", "`render` is missing or no number");
        }
        let scenario = self
            .table(table, "scenario", "")
            .map(|scenario| self.needed(scenario, "id", "scenario"));
        Lock {
            render: render.unwrap_or_default(),
            inputs: self.inputs(table),
            scenario,
            catalogues: self.catalogues(table),
            kits: self.kits(table),
        }
    }

    fn catalogues(&mut self, table: &Table) -> BTreeMap<String, LockedCatalogue> {
        let mut catalogues = BTreeMap::new();
        for (name, block) in self.tables(table, "catalogue", "") {
            let path = format!("catalogue.{name}");
            self.known(block, &path, &["date", "sha256"]);
            let digest = self.needed(block, "sha256", &path);
            let date = self.needed(block, "date", &path);
            if let Some(sha256) = self.parsed(&digest, "sha256", &path) {
                catalogues.insert(name.clone(), LockedCatalogue { date, sha256 });
            }
        }
        catalogues
    }

    fn kits(&mut self, table: &Table) -> BTreeMap<String, LockedKit> {
        let mut kits = BTreeMap::new();
        for (id, block) in self.tables(table, "kit", "") {
            let path = format!("kit.{id}");
            self.known(block, &path, &["version", "sha256", "source", "option"]);
            let version = self.needed(block, "version", &path);
            let source = self.needed(block, "source", &path);
            let digest = self.text(block, "sha256", &path);
            let sha256 = digest.and_then(|digest| self.parsed(&digest, "sha256", &path));
            let options = self.raws(block, "option", &path).into_iter().collect();
            if let Some(version) = self.parsed::<Version>(&version, "version", &path) {
                kits.insert(id.clone(), LockedKit { version, sha256, source, options });
            }
        }
        kits
    }

    fn inputs(&mut self, table: &Table) -> Inputs {
        let empty = Table::new();
        let block = self.table(table, "project", "").unwrap_or(&empty);
        self.known(block, "project", &["name", "title", "summary", "scale", "modules"]);
        let project = Project {
            name: plain(self.needed(block, "name", "project")),
            title: self.needed(block, "title", "project"),
            summary: self.needed(block, "summary", "project"),
            scale: self.needed(block, "scale", "project"),
        };
        let names = self.texts(block, "modules", "project");
        let modules = names.iter().map(|name| self.module(table, name)).collect();
        Inputs {
            source: None,
            project,
            modules,
            adds: self.adds(table),
            ownership: self.ownership(table),
            foreign: self.foreign(table),
            places: self.places(table),
        }
    }

    fn module(&mut self, table: &Table, name: &str) -> Module {
        let path = format!("module.{name}");
        let block =
            table.get("module").and_then(|modules| modules.get(name)).and_then(Value::as_table);
        let Some(block) = block else {
            self.problem("project", format!("the block `{path}` is missing"));
            return Module { name: plain(name.to_owned()), was: None, entities: Vec::new() };
        };
        self.known(block, &path, &["entities"]);
        let mut entities = Vec::new();
        for entity in self.texts(block, "entities", &path) {
            let found =
                table.get("entity").and_then(|all| all.get(name)).and_then(|all| all.get(&entity));
            match found.and_then(Value::as_table) {
                Some(found) => {
                    entities.push(self.entity(found, &entity, &format!("entity.{name}.{entity}")))
                }
                None => {
                    self.problem(&path, format!("the block `entity.{name}.{entity}` is missing"))
                }
            }
        }
        Module { name: plain(name.to_owned()), was: None, entities }
    }

    fn entity(&mut self, block: &Table, name: &str, path: &str) -> Entity {
        self.known(
            block,
            path,
            &["table", "plural", "was", "members", "unique", "index", "option", "field"],
        );
        let mut members = Vec::new();
        for column in self.texts(block, "members", path) {
            let found =
                block.get("field").and_then(|fields| fields.get(&column)).and_then(Value::as_table);
            match found {
                Some(found) => members.push(self.member(found, &format!("{path}.field.{column}"))),
                None => self.problem(path, format!("the block `{path}.field.{column}` is missing")),
            }
        }
        Entity {
            name: plain(name.to_owned()),
            table: self.text(block, "table", path).map(plain),
            plural: self.text(block, "plural", path).map(plain),
            was: self.text(block, "was", path).map(plain),
            members,
            indexes: self.sets(block, "index", path),
            uniques: self.sets(block, "unique", path),
            options: self.options(block, path),
        }
    }

    fn sets(&mut self, block: &Table, name: &str, path: &str) -> Vec<Vec<Spanned<String>>> {
        let Some(value) = block.get(name) else { return Vec::new() };
        let set = |value: &Value| {
            let columns = value.as_array()?;
            columns
                .iter()
                .map(|column| column.as_str().map(|text| plain(text.to_owned())))
                .collect::<Option<Vec<_>>>()
        };
        let sets =
            value.as_array().and_then(|sets| sets.iter().map(set).collect::<Option<Vec<_>>>());
        if sets.is_none() {
            self.problem(path, format!("`{name}` is no list of lists of texts"));
        }
        sets.unwrap_or_default()
    }

    fn options(&mut self, block: &Table, path: &str) -> Options {
        let mut options = Vec::new();
        for (kit, table) in self.tables(block, "option", path) {
            for (option, value) in table {
                let value = self.raw(value, option, path);
                options.push(KitOption {
                    kit: plain(kit.clone()),
                    option: plain(option.clone()),
                    value: plain(value),
                });
            }
        }
        options
    }

    fn member(&mut self, block: &Table, path: &str) -> Member {
        if block.contains_key("belongs-to") {
            return Member::BelongsTo(self.relation(block, path));
        }
        let known = [
            "name",
            "type",
            "required",
            "unique",
            "index",
            "hidden",
            "min",
            "max",
            "default",
            "values",
            "database-default",
            "was",
            "option",
        ];
        self.known(block, path, &known);
        let kind = self.needed(block, "type", path);
        let field_type =
            FieldType::ALL.iter().find(|(name, _)| *name == kind).map(|(_, kind)| *kind);
        if field_type.is_none() {
            self.problem(path, format!("`{kind}` is no type of a field"));
        }
        let default = block.get("default").map(|value| self.raw(value, "default", path)).map(plain);
        Member::Field(Field {
            name: plain(self.needed(block, "name", path)),
            field_type: field_type.unwrap_or(FieldType::String),
            required: self.flag(block, "required", path),
            unique: self.flag(block, "unique", path),
            index: self.flag(block, "index", path),
            hidden: self.flag(block, "hidden", path),
            min: block.get("min").and_then(Value::as_integer),
            max: block.get("max").and_then(Value::as_integer),
            default,
            values: self.texts(block, "values", path).into_iter().map(plain).collect(),
            database_default: self.text(block, "database-default", path).map(plain),
            was: self.text(block, "was", path).map(plain),
            options: self.options(block, path),
        })
    }

    fn relation(&mut self, block: &Table, path: &str) -> BelongsTo {
        let known = [
            "belongs-to",
            "as",
            "required",
            "unique",
            "hidden",
            "on-delete",
            "database-default",
            "was",
            "option",
        ];
        self.known(block, path, &known);
        let action = self.text(block, "on-delete", path);
        let on_delete = action.and_then(|action| {
            let found =
                OnDelete::ALL.iter().find(|(name, _)| *name == action).map(|(_, action)| *action);
            if found.is_none() {
                self.problem(path, format!("`{action}` is no action of `on-delete`"));
            }
            found
        });
        BelongsTo {
            target: plain(self.needed(block, "belongs-to", path)),
            role: self.text(block, "as", path).map(plain),
            required: self.flag(block, "required", path),
            unique: self.flag(block, "unique", path),
            hidden: self.flag(block, "hidden", path),
            on_delete,
            database_default: self.text(block, "database-default", path).map(plain),
            was: self.text(block, "was", path).map(plain),
            options: self.options(block, path),
        }
    }

    fn adds(&mut self, table: &Table) -> Vec<Add> {
        let mut adds = Vec::new();
        for (slot, items) in self.tables(table, "add", "") {
            let Some((capability, slot_name)) = slot.split_once('.') else {
                self.problem("add", format!("`{slot}` is no `CAPABILITY.SLOT`"));
                continue;
            };
            for (name, item) in items {
                let path = format!("add.\"{slot}\".{name}");
                let Value::Table(item) = item else {
                    self.problem("add", format!("`{path}` is no table"));
                    continue;
                };
                self.known(item, &path, &["key", "each", "field"]);
                let key = item
                    .get("key")
                    .map(|value| self.raw(value, "key", &path))
                    .unwrap_or(Raw::Text(name.clone()));
                let fields = self.raws(item, "field", &path);
                adds.push(Add {
                    span: Span::default(),
                    capability: plain(capability.to_owned()),
                    slot: plain(slot_name.to_owned()),
                    keys: vec![plain(key)],
                    fields: fields
                        .into_iter()
                        .map(|(name, value)| (plain(name), plain(value)))
                        .collect(),
                    each: self.text(item, "each", &path).map(plain),
                });
            }
        }
        adds
    }

    fn ownership(&mut self, table: &Table) -> Vec<OwnershipRule> {
        let Some(block) = self.table(table, "ownership", "") else { return Vec::new() };
        let mut rules = Vec::new();
        for (glob, word) in block {
            let word = match word.as_str() {
                Some("exclude") => Some(OwnershipWord::Exclude),
                Some("managed") => Some(OwnershipWord::Owned(Ownership::Managed)),
                Some("merged") => Some(OwnershipWord::Owned(Ownership::Merged)),
                Some("seeded") => Some(OwnershipWord::Owned(Ownership::Seeded)),
                _ => None,
            };
            match word {
                Some(word) => {
                    rules.push(OwnershipRule { word, glob: plain(glob.clone()), why: None })
                }
                None => self.problem("ownership", format!("`{glob}` has no known ownership")),
            }
        }
        rules
    }

    fn foreign(&mut self, table: &Table) -> Vec<Foreign> {
        let block = self.table(table, "foreign", "");
        block
            .into_iter()
            .flatten()
            .map(|(target, _)| Foreign { target: plain(target.clone()), why: None })
            .collect()
    }

    fn places(&mut self, table: &Table) -> Vec<Place> {
        let Some(block) = self.table(table, "place", "") else { return Vec::new() };
        let mut places = Vec::new();
        for (from, to) in block {
            let to = to.as_str().unwrap_or_default();
            for path in [from.as_str(), to] {
                if let Err(error) = RelPath::new(path) {
                    self.problem("place", error.to_string());
                }
            }
            places.push(Place { from: plain(from.clone()), to: plain(to.to_owned()) });
        }
        places
    }
}
