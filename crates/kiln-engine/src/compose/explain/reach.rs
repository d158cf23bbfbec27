//! Which outputs an option reaches: followed through facts, conditions, items, names and paths to what templates read.
//!
//! What a template reads is what its action key is made of, so an output that is not reached cannot change. The way
//! there is followed by what manifests name, whatever the values are now.

mod reading;

use std::collections::{BTreeMap, BTreeSet};

use kiln_model::{
    Add, Condition, OptionDeclaration, OptionScope, Package, Provides, Raw, Requires, Section,
    SectionKind,
};
use serde::Serialize;

use crate::compose::explain::{At, Inquiry};
use crate::compose::options::template_name;
use crate::compose::outputs::{Action, Origin, join};
use crate::compose::presence::family;

/// What an option reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OptionReach {
    /// `kit.option`.
    pub option: String,
    /// What it is set on: `project`, `entity` or `field`.
    pub on: String,
    /// Its value for the project; none if it is set on entities or fields, or does not count now.
    pub value: Option<String>,
    /// The spec sets it.
    pub given: bool,
    /// Where it is declared.
    pub declared: At,
    /// What it is for.
    pub help: String,
    /// Values that it may have, if they are listed.
    pub choices: Vec<String>,
    /// Outputs that depend on it, by path.
    pub outputs: Vec<ReachedOutput>,
    /// Outputs that other values of it would write, by pattern: placeholders stand in braces.
    pub others: Vec<(String, String)>,
    /// Kits that come or go with it.
    pub kits: Vec<String>,
}

/// An output that depends on an option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReachedOutput {
    /// Where it is.
    pub path: String,
    /// The kit that writes it.
    pub kit: String,
    /// Its own template reads the option.
    pub direct: bool,
    /// What leads there, each in a few words.
    pub through: Vec<String>,
}

/// Something that depends on the option.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    /// An option of a kit, by its place.
    Option(usize, String),
    /// A fact by family and name, as templates write it.
    Fact(String, String),
    /// Whether a name is there.
    Name(String),
    /// Which items a slot has, and their order.
    Slot(String, String),
    /// A field of a slot's items, as templates write it.
    Field(String, String, String),
    /// The fields of entities.
    Entities,
    /// The steps of the schema.
    Steps,
}

impl Mark {
    fn show(&self, inquiry: &Inquiry<'_>) -> String {
        match self {
            Self::Option(kit, name) => {
                format!("option `{}.{name}`", inquiry.base.kit(*kit).id())
            }
            Self::Fact(family, name) => format!("fact `{family}.{name}`"),
            Self::Name(name) => format!("whether `{name}` is there"),
            Self::Slot(family, slot) => format!("slot `{family}.{slot}`"),
            Self::Field(family, slot, field) => {
                format!("field `{field}` of slot `{family}.{slot}`")
            }
            Self::Entities => "the fields of entities".to_owned(),
            Self::Steps => "the steps of the schema".to_owned(),
        }
    }
}

/// Calls `visit` with every option of a manifest, whatever the conditions.
pub(crate) fn each_option<'m>(
    sections: &'m [Section],
    visit: &mut dyn FnMut(&'m OptionDeclaration),
) {
    for section in sections {
        match &section.kind {
            SectionKind::Option(option) => visit(option),
            SectionKind::Condition(condition) => each_option(&condition.body, visit),
            _ => {}
        }
    }
}

impl Inquiry<'_> {
    /// What `option` of `kit` reaches; none if the project has no such kit or the kit no such option.
    #[must_use]
    pub fn option(&self, kit: &str, option: &str) -> Option<OptionReach> {
        let kits = self.base.composition.kits;
        let at = kits.iter().position(|package| package.id() == kit)?;
        let mut declared = None;
        each_option(&kits[at].manifest.sections, &mut |known| {
            if known.declaration.name.value == option && declared.is_none() {
                declared = Some(known);
            }
        });
        let declared = declared?;
        let start = Mark::Option(at, option.to_owned());
        let mut walk = Walk::new(self, start);
        walk.run();
        let given = self.base.composition.options.get(kit);
        let mut others: Vec<(String, String)> = walk.patterns.into_iter().collect();
        others.sort();
        others.retain(|(pattern, _)| !walk.outputs.contains_key(pattern));
        let direct = walk.direct;
        let outputs = walk.outputs.into_iter().map(|(path, (kit, through))| ReachedOutput {
            direct: direct.contains(&path),
            path,
            kit,
            through: through.iter().map(|mark| mark.show(self)).collect(),
        });
        Some(OptionReach {
            option: format!("{kit}.{option}"),
            on: match declared.scope {
                OptionScope::Project => "project",
                OptionScope::Entity => "entity",
                OptionScope::Field => "field",
            }
            .to_owned(),
            value: self.base.options[at].raw.get(option).map(Raw::show),
            given: given.is_some_and(|all| all.iter().any(|(name, _)| name.value == option)),
            declared: At::of(&kits[at].source, declared.declaration.name.span),
            help: declared.declaration.help.clone(),
            choices: declared
                .declaration
                .choices
                .iter()
                .map(|choice| choice.value.show())
                .collect(),
            outputs: outputs.collect(),
            others,
            kits: walk.kits.into_iter().collect(),
        })
    }
}

/// The way from an option to outputs.
struct Walk<'w> {
    inquiry: &'w Inquiry<'w>,
    marks: BTreeSet<Mark>,
    /// By path: the kit, and what leads there.
    outputs: BTreeMap<String, (String, BTreeSet<Mark>)>,
    /// Paths of outputs whose templates read the option itself.
    direct: BTreeSet<String>,
    start: Mark,
    /// Patterns of outputs that may be there under other values, with their kits.
    patterns: BTreeSet<(String, String)>,
    kits: BTreeSet<String>,
}

impl<'w> Walk<'w> {
    fn new(inquiry: &'w Inquiry<'w>, start: Mark) -> Self {
        Self {
            inquiry,
            marks: BTreeSet::from([start.clone()]),
            outputs: BTreeMap::new(),
            direct: BTreeSet::new(),
            start,
            patterns: BTreeSet::new(),
            kits: BTreeSet::new(),
        }
    }

    fn run(&mut self) {
        let kits = self.inquiry.base.composition.kits;
        loop {
            let before = (self.marks.len(), self.kits.len());
            for (kit, package) in kits.iter().enumerate() {
                let whole = self.kits.contains(package.id());
                let by = whole.then(|| Mark::Name(package.id().to_owned()));
                self.sections(kit, &package.manifest.sections, by.as_ref());
            }
            if (self.marks.len(), self.kits.len()) == before {
                break;
            }
        }
        for action in &self.inquiry.plan.actions {
            let found = self.reads_of(action);
            if found.contains(&self.start) {
                self.direct.insert(action.path.as_str().to_owned());
            }
            self.reach(action, found);
        }
    }

    fn has(&self, mark: &Mark) -> bool {
        self.marks.contains(mark)
    }

    fn reach(&mut self, action: &Action, through: impl IntoIterator<Item = Mark>) {
        let through: BTreeSet<Mark> = through.into_iter().collect();
        if through.is_empty() {
            return;
        }
        let entry = self
            .outputs
            .entry(action.path.as_str().to_owned())
            .or_insert_with(|| (action.kit_id.clone(), BTreeSet::new()));
        entry.1.extend(through);
    }

    /// What stands under a condition, `by` what the condition depends on, if it does.
    fn sections(&mut self, kit: usize, sections: &[Section], by: Option<&Mark>) {
        for section in sections {
            match &section.kind {
                SectionKind::Condition(condition) => {
                    let own = self.of_condition(kit, condition);
                    let by = by.cloned().or(own);
                    if by.is_some() || self.may_hold(kit, condition) {
                        self.sections(kit, &condition.body, by.as_ref());
                    }
                }
                SectionKind::Option(option) if by.is_some() => {
                    self.marks.insert(Mark::Option(kit, option.declaration.name.value.clone()));
                }
                SectionKind::Requires(requires) if by.is_some() => self.requires(requires),
                SectionKind::Provides(provides) => self.provides(kit, provides, by.is_some()),
                SectionKind::Add(add) => self.add(kit, add, by.is_some()),
                SectionKind::Extend(extension) => {
                    if by.is_some() {
                        self.marks.extend([Mark::Entities, Mark::Steps]);
                    }
                    for rule in &extension.rules {
                        if self.part(kit, &rule.up, None) || self.part(kit, &rule.down, None) {
                            self.marks.insert(Mark::Steps);
                        }
                    }
                }
                SectionKind::Entity(_) if by.is_some() => {
                    self.marks.extend([Mark::Entities, Mark::Steps]);
                }
                SectionKind::Files(files) => {
                    let into = files.into.as_ref().map_or("", |into| into.value.as_str());
                    let each = files.each.as_ref().map(|each| each.value.as_str());
                    let folder = format!("files/{}/", files.folder.value);
                    self.folder(kit, &folder, into, each, by);
                }
                SectionKind::Merge(merge) => {
                    let into = merge.into.as_ref().map_or("", |into| into.value.as_str());
                    let folder = format!("merge/{}/", merge.folder.value);
                    self.folder(kit, &folder, into, None, by);
                }
                SectionKind::Computed(computed) => {
                    let (path, from) = (computed.path.value.clone(), computed.from.value.clone());
                    self.computed(kit, &path, &from, by);
                }
                _ => {}
            }
        }
    }

    /// What a condition depends on that depends on the option.
    fn of_condition(&self, kit: usize, condition: &Condition) -> Option<Mark> {
        let options =
            condition.options.iter().map(|(name, _)| Mark::Option(kit, name.value.clone()));
        let names = condition.names.iter().map(|name| Mark::Name(name.value.clone()));
        options.chain(names).find(|mark| self.has(mark))
    }

    /// False only if it does not hold, whatever the entity.
    fn may_hold(&self, kit: usize, condition: &Condition) -> bool {
        let base = self.inquiry.base;
        let raw = &base.options[kit].raw;
        let decided = condition.options.iter().all(|(name, _)| raw.contains_key(&name.value));
        let mut scoped = false;
        each_option(&base.kit(kit).manifest.sections, &mut |option| {
            scoped |= option.scope != OptionScope::Project
                && condition
                    .options
                    .iter()
                    .any(|(name, _)| name.value == option.declaration.name.value);
        });
        (scoped && !decided) || condition.holds(raw, &|name| base.presence.has(name))
    }

    /// Kits that come or go take all that they provide along.
    fn requires(&mut self, requires: &Requires) {
        let base = self.inquiry.base;
        for name in requires.names.iter().chain(&requires.prefer) {
            self.marks.insert(Mark::Name(name.value.clone()));
            let providers: Vec<usize> = base.presence.providers(name).collect();
            if providers.is_empty() {
                self.kits.insert(name.value.clone());
            }
            for at in providers {
                let package: &Package = base.kit(at);
                self.kits.insert(package.id().to_owned());
                self.marks.insert(Mark::Name(package.id().to_owned()));
                for section in &package.manifest.sections {
                    if let SectionKind::Requires(further) = &section.kind
                        && further.names.iter().any(|name| {
                            base.presence
                                .providers(name)
                                .all(|at| !self.kits.contains(base.kit(at).id()))
                        })
                    {
                        self.requires(further);
                    }
                }
            }
        }
    }

    fn provides(&mut self, kit: usize, provides: &Provides, comes_and_goes: bool) {
        let families: BTreeSet<&str> = provides.names.iter().map(|name| family(name)).collect();
        if comes_and_goes {
            let names = provides.names.iter().map(|name| name.value.as_str());
            let all: BTreeSet<&str> = names.chain(families.iter().copied()).collect();
            let open = all.into_iter().filter(|name| !self.is_always_there(name));
            let open: Vec<Mark> = open.map(|name| Mark::Name(name.to_owned())).collect();
            self.marks.extend(open);
        }
        for family in families {
            for fact in &provides.facts {
                if comes_and_goes || self.raw(kit, &fact.value.value, None) {
                    self.marks.insert(Mark::Fact(family.to_owned(), template_name(&fact.name)));
                }
            }
            for slot in &provides.slots {
                let ordered = slot.sort.as_ref().is_some_and(|sort| {
                    std::iter::once(&slot.key)
                        .chain(&slot.fields)
                        .filter(|declaration| declaration.name.value == sort.value)
                        .filter_map(|declaration| declaration.within.as_ref())
                        .filter_map(|within| within.value.strip_prefix("option."))
                        .any(|option| self.has(&Mark::Option(kit, option.to_owned())))
                });
                if comes_and_goes || ordered {
                    self.marks.insert(Mark::Slot(family.to_owned(), slot.name.value.clone()));
                }
            }
        }
    }

    /// True if a kit that stays provides the name whatever its options are.
    fn is_always_there(&self, name: &str) -> bool {
        let kits = self.inquiry.base.composition.kits.iter();
        let mut staying = kits.filter(|package| !self.kits.contains(package.id()));
        staying.any(|package| {
            package.id() == name
                || package.manifest.sections.iter().any(|section| match &section.kind {
                    SectionKind::Provides(provides) => {
                        provides.names.iter().any(|own| own.value == name || family(own) == name)
                    }
                    _ => false,
                })
        })
    }

    fn add(&mut self, kit: usize, add: &Add, comes_and_goes: bool) {
        let own = family(&add.capability).to_owned();
        let slot = add.slot.value.clone();
        let key = (own.clone(), slot.clone());
        let declared = self.inquiry.base.slots.get(&key);
        let sort = declared.and_then(|declared| declared.slot.sort.as_ref());
        let each = add.each.as_ref().map(|each| each.value.as_str());
        let whole = comes_and_goes
            || self.has(&Mark::Name(add.capability.value.clone()))
            || each.is_some_and(|each| self.each(kit, each))
            || add.keys.iter().any(|key| self.raw(kit, &key.value, each));
        let mut found = Vec::new();
        for (name, raw) in &add.fields {
            let reads = match &raw.value {
                Raw::Part(file) => self.part(kit, file, each),
                other => self.raw(kit, other, each),
            };
            if reads {
                let field = template_name(name);
                found.push(Mark::Field(own.clone(), slot.clone(), field));
                if sort.is_some_and(|sort| sort.value == name.value) {
                    found.push(Mark::Slot(own.clone(), slot.clone()));
                }
            }
        }
        if whole {
            found.push(Mark::Slot(own, slot));
        }
        self.marks.extend(found);
    }

    /// Outputs of a folder: whether they are there, where, and how often.
    fn folder(
        &mut self,
        kit: usize,
        folder: &str,
        into: &str,
        each: Option<&str>,
        by: Option<&Mark>,
    ) {
        let inquiry = self.inquiry;
        let package = inquiry.base.kit(kit);
        let files = package.files.keys().filter(|path| path.as_str().starts_with(folder));
        for file in files.map(|path| path.as_str()) {
            let pattern = join(into, &file[folder.len()..]);
            let moved = self.names_in(kit, &pattern, each).into_iter();
            let repeated = each.and_then(|each| self.each_mark(kit, each));
            let through: Vec<Mark> = by.cloned().into_iter().chain(moved).chain(repeated).collect();
            if through.is_empty() {
                continue;
            }
            let written_by = |action: &&Action| {
                (action.kit == kit && action.source == file)
                    || action.attached.iter().any(|a| a.kit == kit && a.template == file)
            };
            let is_merge = folder.starts_with("merge/");
            let matching = pattern_matches(&pattern);
            for action in &inquiry.plan.actions {
                let target =
                    is_merge && matching.as_ref().is_some_and(|m| m.is_match(action.path.as_str()));
                if written_by(&action) || target {
                    self.reach(action, through.clone());
                }
            }
            if !is_merge {
                self.patterns.insert((pattern, package.id().to_owned()));
            }
        }
    }

    fn computed(&mut self, kit: usize, path: &str, from: &str, by: Option<&Mark>) {
        let inquiry = self.inquiry;
        let mut through: BTreeSet<Mark> = self.names_in(kit, path, None).into_iter().collect();
        through.extend(by.cloned());
        if let Some((capability, slot)) = from.split_once('.') {
            let (own, name) = (family(capability), slot);
            let of_slot = |mark: &&Mark| match mark {
                Mark::Slot(f, s) => f == own && s == name,
                Mark::Field(f, s, field) => {
                    f == own && s == name && matches!(field.as_str(), "extras" | "group")
                }
                _ => false,
            };
            through.extend(self.marks.iter().filter(of_slot).cloned());
        }
        for action in &inquiry.plan.actions {
            if action.kit == kit && matches!(action.origin, Origin::Lock { .. }) {
                self.reach(action, through.clone());
            }
        }
        if !through.is_empty() {
            self.patterns.insert((path.to_owned(), inquiry.base.kit(kit).id().to_owned()));
        }
    }
}

/// Paths that a pattern may become.
fn pattern_matches(pattern: &str) -> Option<globset::GlobMatcher> {
    let mut glob = String::new();
    let mut rest = pattern;
    while let Some(open) = rest.find('{') {
        let close = rest[open..].find('}').map(|at| open + at)?;
        glob.push_str(&escaped(&rest[..open]));
        glob.push('*');
        rest = &rest[close + 1..];
    }
    glob.push_str(&escaped(rest));
    globset::Glob::new(&glob).ok().map(|glob| glob.compile_matcher())
}

fn escaped(text: &str) -> String {
    text.chars()
        .map(|c| if "*?[]".contains(c) { format!("[{c}]") } else { c.to_string() })
        .collect()
}
