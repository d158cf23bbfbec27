//! The texts of kits in use: templates, parts and data tables.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use kiln_base::{Diagnostic, Diagnostics, Sha256, Source, Span};
use kiln_model::{Package, SectionKind, Value};
use rayon::prelude::*;

use crate::compose::facts::Base;
use crate::compose::presence::Active;
use crate::template::{TemplateSource, Templates};

/// Templates that were parsed before, by kit and by the folders of it that are in use: plans of earlier locks mostly have
/// the kits of the present one.
#[derive(Debug, Default)]
pub struct Parsed(Mutex<BTreeMap<Wanted, Arc<Templates>>>);

/// The digest of a kit, and folders of it.
type Wanted = (Sha256, Vec<String>);

impl Parsed {
    /// The templates of `package` in `folders`, each with `/` at its end.
    fn of(&self, package: &Package, folders: Vec<String>) -> Result<Arc<Templates>, Diagnostics> {
        let key = (package.digest, folders);
        // A thread that panicked has at most left something out.
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(templates) = known().get(&key) {
            return Ok(Arc::clone(templates));
        }
        let templates = Arc::new(parse(package, &key.1)?);
        known().insert(key, Arc::clone(&templates));
        Ok(templates)
    }
}

fn parse(package: &Package, folders: &[String]) -> Result<Templates, Diagnostics> {
    let mut files: Vec<TemplateSource> =
        folders.iter().flat_map(|folder| sources(package, folder)).collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files.dedup_by(|a, b| a.name == b.name);
    let parts = sources(package, "parts/").map(|mut part| {
        part.name = part.name["parts/".len()..].to_owned();
        part
    });
    Templates::new(files, parts.collect())
}

/// Templates of every kit: the files of folders that are in use, partial documents and parts.
pub(crate) fn templates(base: &Base<'_>, problems: &mut Diagnostics) -> Vec<Arc<Templates>> {
    let kits: Vec<usize> = (0..base.composition.kits.len()).collect();
    let parsed: Vec<Result<Arc<Templates>, Diagnostics>> = kits
        .par_iter()
        .map(|at| {
            let folder = |active: &Active<'_>| match &active.section.kind {
                SectionKind::Files(section) if !section.verbatim => {
                    Some(format!("files/{}/", section.folder.value))
                }
                SectionKind::Merge(section) => Some(format!("merge/{}/", section.folder.value)),
                _ => None,
            };
            let mut folders: Vec<String> = base.active[*at].iter().filter_map(folder).collect();
            folders.sort();
            folders.dedup();
            base.composition.parsed.of(base.kit(*at), folders)
        })
        .collect();
    let mut all = Vec::new();
    for parsed in parsed {
        match parsed {
            Ok(templates) => all.push(templates),
            Err(errors) => problems.extend(errors),
        }
    }
    all
}

fn sources<'p>(package: &'p Package, folder: &'p str) -> impl Iterator<Item = TemplateSource> + 'p {
    package.files.iter().filter(move |(path, _)| path.as_str().starts_with(folder)).filter_map(
        |(path, file)| {
            let text = std::str::from_utf8(&file.bytes).ok()?;
            Some(TemplateSource {
                name: path.as_str().to_owned(),
                source: Source::new(format!("{}/{path}", package.id()), text),
            })
        },
    )
}

pub(crate) fn data_tables(base: &Base<'_>, problems: &mut Diagnostics) -> Vec<Value> {
    let table = |package: &Arc<Package>, problems: &mut Diagnostics| {
        let mut map = Value::map();
        for (path, _) in package.files.iter().filter(|(path, _)| path.as_str().starts_with("data/"))
        {
            let Some(name) = path.file_name().strip_suffix(".toml") else { continue };
            let Some(text) = package.text(path.as_str()) else {
                let message = format!("`{}/{path}` is not UTF-8", package.id());
                let span = package.manifest.id.span;
                problems.push(Diagnostic::error("not-utf8", message).at(&package.source, span, ""));
                continue;
            };
            match text.parse::<toml::Table>() {
                Ok(table) => map.set(
                    crate::compose::options::template_name(name),
                    toml_value(&toml::Value::Table(table)),
                ),
                Err(error) => {
                    let span = error
                        .span()
                        .map_or_else(Span::default, |range| Span::new(range.start, range.end));
                    let source = Source::new(format!("{}/{path}", package.id()), text);
                    problems.push(
                        Diagnostic::error("data-table", error.message().to_owned())
                            .at(&source, span, ""),
                    );
                }
            }
        }
        map.build()
    };
    base.composition.kits.iter().map(|package| table(package, problems)).collect()
}

fn toml_value(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::from(text.as_str()),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) => Value::from(number.to_string()),
        toml::Value::Boolean(value) => Value::from(*value),
        toml::Value::Datetime(time) => Value::from(time.to_string()),
        toml::Value::Array(values) => Value::list(values.iter().map(toml_value)),
        toml::Value::Table(table) => {
            let mut map = Value::map();
            for (name, value) in table {
                map.set(name.as_str(), toml_value(value));
            }
            map.build()
        }
    }
}
