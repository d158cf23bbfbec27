//! A kit's manifest against its folder: what is named and missing, what is there and unused.

mod folders;
mod parts;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use kiln_base::{Diagnostic, Diagnostics, Span, Spanned};
use kiln_model::{
    Add, Condition, Declaration, Extension, OptionScope, Package, Raw, Section, SectionKind,
};

use crate::names::snake;

/// Checks what needs the kit's files too. Errors are what rendering would stumble over: folders and parts that are
/// named and missing. Warnings are what an author should look at: folders, parts and options without use, files
/// that the format does not know, flavours without a section, missing texts for people.
#[must_use]
pub fn check_package(package: &Package) -> Diagnostics {
    let mut lint = Lint { package, uses: Uses::default(), diagnostics: Diagnostics::new() };
    lint.uses.collect(&package.manifest.sections);
    folders::check(&mut lint);
    parts::check(&mut lint);
    lint.check_flavours();
    lint.check_options();
    lint.check_texts();
    let mut all = lint.diagnostics;
    all.0.sort_by_key(|diagnostic| {
        let place = diagnostic.labels.first().map(|label| label.span);
        (place.is_none(), place, diagnostic.subject.clone())
    });
    all
}

/// What a manifest names, whatever conditions it stands under.
#[derive(Default)]
struct Uses<'m> {
    files: Vec<&'m Spanned<String>>,
    merges: Vec<&'m Spanned<String>>,
    parts: Vec<(&'m str, Span)>,
    conditions: Vec<&'m Condition>,
    required: Vec<&'m str>,
    supported: Vec<&'m Spanned<String>>,
    options: Vec<(&'m Declaration, OptionScope)>,
}

impl<'m> Uses<'m> {
    fn collect(&mut self, sections: &'m [Section]) {
        for section in sections {
            match &section.kind {
                SectionKind::Files(files) => self.files.push(&files.folder),
                SectionKind::Merge(merge) => self.merges.push(&merge.folder),
                SectionKind::Add(add) => self.add(add),
                SectionKind::Extend(extension) => self.extension(extension),
                SectionKind::Supports(names) => self.supported.extend(names),
                SectionKind::Requires(requires) => {
                    self.required.extend(requires.names.iter().map(|name| name.value.as_str()));
                }
                SectionKind::Option(option) => {
                    self.options.push((&option.declaration, option.scope));
                }
                SectionKind::Condition(condition) => {
                    self.conditions.push(condition);
                    self.collect(&condition.body);
                }
                _ => {}
            }
        }
    }

    fn add(&mut self, add: &'m Add) {
        for (_, value) in &add.fields {
            if let Raw::Part(file) = &value.value {
                self.parts.push((file, value.span));
            }
        }
    }

    fn extension(&mut self, extension: &'m Extension) {
        for rule in &extension.rules {
            self.parts.push((&rule.up, rule.up.span));
            self.parts.push((&rule.down, rule.down.span));
        }
    }
}

/// A package that is being checked.
struct Lint<'p> {
    package: &'p Package,
    uses: Uses<'p>,
    diagnostics: Diagnostics,
}

impl Lint<'_> {
    fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// A complaint at a place of the manifest.
    fn at(&self, diagnostic: Diagnostic, span: Span) -> Diagnostic {
        diagnostic.at(&Arc::clone(&self.package.source), span, "")
    }

    /// A flavour counts as supported if something stands under it or if the kit needs it anyway.
    fn check_flavours(&mut self) {
        for flavour in self.uses.supported.clone() {
            let used = self.uses.required.contains(&flavour.value.as_str())
                || self.uses.conditions.iter().any(|condition| condition.names.contains(flavour));
            // With one flavour the whole kit may be for it.
            if !used && self.uses.supported.len() > 1 {
                let message =
                    format!("nothing stands under `{}`, which is supported", flavour.value);
                let hint = format!("write `when {} {{ … }}`", flavour.value);
                let warning = Diagnostic::warning("unused-flavour", message).hint(hint);
                self.push(self.at(warning, flavour.span));
            }
        }
    }

    fn check_options(&mut self) {
        for (declaration, _) in self.uses.options.clone() {
            let name = &declaration.name;
            if !self.is_read(&name.value) {
                let message = format!("nothing reads the option `{}`", name.value);
                self.push(self.at(Diagnostic::warning("unused-option", message), name.span));
            }
            if declaration.help.is_empty() {
                let message = format!("the option `{}` has no `help`", name.value);
                self.push(self.at(Diagnostic::warning("missing-text", message), name.span));
            }
        }
    }

    fn is_read(&self, option: &str) -> bool {
        let asked =
            |condition: &&Condition| condition.options.iter().any(|(name, _)| name.value == option);
        if self.uses.conditions.iter().any(asked) {
            return true;
        }
        let forms = [format!("option.{option}"), format!("option.{}", snake(option))];
        let manifest = std::iter::once(self.package.source.text.as_str());
        let names = self.package.files.keys().map(|path| path.as_str());
        let texts = self.package.files.keys().filter_map(|path| self.package.text(path.as_str()));
        manifest
            .chain(names)
            .chain(texts)
            .any(|text| forms.iter().any(|form| names_whole(text, form)))
    }

    fn check_texts(&mut self) {
        let manifest = &self.package.manifest;
        for (what, text) in [("title", &manifest.title), ("summary", &manifest.summary)] {
            if text.trim().is_empty() {
                let message = format!("the kit's `{what}` is empty");
                let warning = Diagnostic::warning("missing-text", message);
                self.push(self.at(warning, manifest.id.span));
            }
        }
        if self.package.text("README.md").is_none_or(|text| text.trim().is_empty()) {
            let warning = Diagnostic::warning("missing-text", "the kit has no `README.md`")
                .hint("say in it, for people, what the kit is for and what it decides");
            self.push(self.at(warning, manifest.id.span));
        }
    }
}

/// Whether a text has a name that does not go on behind it.
fn names_whole(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let next = text[at + name.len()..].chars().next();
        !next.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-')
    })
}
