//! `search` and `show`: what kits there are and what each does.

use kiln_base::{Diagnostic, did_you_mean};
use kiln_model::{Manifest, OptionScope, Raw, Section, SectionKind};

use crate::ops::project::Kits;
use crate::ops::{Outcome, Settings};

/// A kit in a list.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct KitSummary {
    /// Its name.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Its layer.
    pub layer: String,
    /// Its category.
    pub category: String,
    /// Its title.
    pub title: String,
    /// One sentence.
    pub summary: String,
}

/// An option of a kit.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ShownOption {
    /// Its name.
    pub name: String,
    /// Its type.
    pub value_type: String,
    /// What it is set on: project, entity, field.
    pub on: String,
    /// The default as KDL writes it.
    pub default: Option<String>,
    /// The values allowed, with what each is.
    pub choices: Vec<(String, String)>,
    /// What it does.
    pub help: String,
}

/// Everything about a kit.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ShownKit {
    /// The kit.
    pub kit: KitSummary,
    /// Names that it requires.
    pub requires: Vec<String>,
    /// Names that it provides.
    pub provides: Vec<String>,
    /// Names that it cannot be with.
    pub conflicts: Vec<String>,
    /// Its options.
    pub options: Vec<ShownOption>,
    /// What it does together with others: names and help.
    pub integrations: Vec<(String, String)>,
    /// Its README.
    pub readme: Option<String>,
}

fn summary(manifest: &Manifest) -> KitSummary {
    KitSummary {
        id: manifest.id.value.clone(),
        version: manifest.version.to_string(),
        layer: manifest.layer.name().to_owned(),
        category: manifest.category.clone(),
        title: manifest.title.clone(),
        summary: manifest.summary.clone(),
    }
}

/// The kits that all of `words` are found in: in name, title, summary, category or tags. Best matches first: a word in
/// the name counts most. Kits that are only there to be required by others come last.
///
/// # Errors
/// The library cannot be read.
pub fn search(settings: &Settings, words: &[String]) -> Outcome<Vec<KitSummary>> {
    let kits = Kits::load(settings, None)?;
    let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let mut found: Vec<(usize, bool, KitSummary)> = Vec::new();
    for package in kits.catalog.newest() {
        let manifest = &package.manifest;
        let rank = |word: &String| {
            let has = |text: &str| text.to_lowercase().contains(word);
            if manifest.id.value.split('-').any(|part| part == word) || manifest.id.value == *word {
                Some(0)
            } else if has(&manifest.id.value) || manifest.tags.iter().any(|tag| has(tag)) {
                Some(1)
            } else if has(&manifest.title) || has(&manifest.category) {
                Some(2)
            } else if has(&manifest.summary) {
                Some(3)
            } else {
                None
            }
        };
        if let Some(rank) = words.iter().map(rank).sum::<Option<usize>>() {
            let contract = manifest.tags.iter().any(|tag| tag == "contract");
            found.push((rank, contract, summary(manifest)));
        }
    }
    found.sort_by(|a, b| (a.1, a.0, &a.2.id).cmp(&(b.1, b.0, &b.2.id)));
    Ok(found.into_iter().map(|(_, _, kit)| kit).collect())
}

/// Everything about one kit.
///
/// # Errors
/// No kit has this name.
pub fn show(settings: &Settings, id: &str) -> Outcome<ShownKit> {
    let kits = Kits::load(settings, None)?;
    let package = kits.catalog.versions(id).last().ok_or_else(|| {
        Diagnostic::error("unknown-kit", format!("no library has a kit named `{id}`")).hint_if(
            did_you_mean(id, kits.catalog.ids())
                .or_else(|| Some("`kiln search` lists the kits".to_owned())),
        )
    })?;
    let mut shown = ShownKit {
        kit: summary(&package.manifest),
        requires: Vec::new(),
        provides: Vec::new(),
        conflicts: Vec::new(),
        options: Vec::new(),
        integrations: Vec::new(),
        readme: package.text("README.md").map(str::to_owned),
    };
    collect(&package.manifest.sections, &mut shown);
    Ok(shown)
}

fn collect(sections: &[Section], shown: &mut ShownKit) {
    let add = |list: &mut Vec<String>, name: &str| {
        if !list.iter().any(|known| known == name) {
            list.push(name.to_owned());
        }
    };
    for section in sections {
        match &section.kind {
            SectionKind::Requires(requires) => {
                requires.names.iter().for_each(|name| add(&mut shown.requires, name))
            }
            SectionKind::Provides(provides) => {
                provides.names.iter().for_each(|name| add(&mut shown.provides, name))
            }
            SectionKind::Conflicts(conflicts) => {
                conflicts.names.iter().for_each(|name| add(&mut shown.conflicts, name))
            }
            SectionKind::Option(option) => {
                let declaration = &option.declaration;
                let on = match option.scope {
                    OptionScope::Project => "project",
                    OptionScope::Entity => "entity",
                    OptionScope::Field => "field",
                };
                shown.options.push(ShownOption {
                    name: declaration.name.value.clone(),
                    value_type: declaration.value_type.name().to_owned(),
                    on: on.to_owned(),
                    default: declaration.default.as_ref().map(|default| default.value.show()),
                    choices: declaration
                        .choices
                        .iter()
                        .map(|choice| (plain(&choice.value), choice.help.clone()))
                        .collect(),
                    help: declaration.help.clone(),
                });
            }
            SectionKind::Condition(condition) => {
                if !condition.help.is_empty() {
                    let names: Vec<&str> =
                        condition.names.iter().map(|name| name.value.as_str()).collect();
                    shown.integrations.push((names.join(" "), condition.help.clone()));
                }
                collect(&condition.body, shown);
            }
            _ => {}
        }
    }
}

fn plain(raw: &Raw) -> String {
    match raw {
        Raw::Text(text) => text.clone(),
        other => other.show(),
    }
}
