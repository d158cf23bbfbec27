//! The texts of kits in use: templates, parts and data tables.

use std::sync::Arc;

use kiln_base::{Diagnostic, Diagnostics, Source, Span};
use kiln_model::{Package, SectionKind, Value};
use rayon::prelude::*;

use crate::compose::facts::Base;
use crate::template::{TemplateSource, Templates};

/// Templates of every kit: the files of folders that are in use, partial documents and parts.
pub(crate) fn templates(base: &Base<'_>, problems: &mut Diagnostics) -> Vec<Arc<Templates>> {
    let kits: Vec<usize> = (0..base.composition.kits.len()).collect();
    let parsed: Vec<Result<Templates, Diagnostics>> = kits
        .par_iter()
        .map(|at| {
            let package = base.kit(*at);
            let mut files = Vec::new();
            for active in &base.active[*at] {
                let folder = match &active.section.kind {
                    SectionKind::Files(section) if !section.verbatim => {
                        format!("files/{}/", section.folder.value)
                    }
                    SectionKind::Merge(section) => format!("merge/{}/", section.folder.value),
                    _ => continue,
                };
                files.extend(
                    sources(package, &folder)
                        .filter(|file: &TemplateSource| file.name.starts_with(&folder)),
                );
            }
            files.sort_by(|a, b| a.name.cmp(&b.name));
            files.dedup_by(|a, b| a.name == b.name);
            let parts = sources(package, "parts/").map(|mut part| {
                part.name = part.name["parts/".len()..].to_owned();
                part
            });
            Templates::new(files, parts.collect())
        })
        .collect();
    let mut all = Vec::new();
    for parsed in parsed {
        match parsed {
            Ok(templates) => all.push(Arc::new(templates)),
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
