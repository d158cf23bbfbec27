//! The parts of a kit: longer values, included templates, components.

use std::collections::BTreeSet;

use kiln_base::{Diagnostic, did_you_mean};

use super::Lint;

/// Parts that are named and missing, or there and not used. Templates are searched as plain text.
pub(super) fn check(lint: &mut Lint<'_>) {
    let present: BTreeSet<&str> =
        lint.package.files.keys().filter_map(|path| path.as_str().strip_prefix("parts/")).collect();
    for (name, span) in lint.uses.parts.clone() {
        if !present.contains(name) {
            let message = format!("the kit has no part `{name}`");
            let hint = did_you_mean(name, present.iter().copied());
            let error = Diagnostic::error("missing-part", message).hint_if(hint);
            lint.push(lint.at(error, span));
        }
    }
    let package = lint.package;
    for (path, text) in
        package.files.keys().filter_map(|path| Some((path, package.text(path.as_str())?)))
    {
        for name in included(text).filter(|name| !present.contains(name)) {
            let message = format!("`{path}` includes the part `{name}`, which is missing");
            let hint = did_you_mean(name, present.iter().copied());
            let error =
                Diagnostic::error("missing-part", message).about(path.as_str()).hint_if(hint);
            lint.push(error);
        }
    }
    for part in present {
        if lint.uses.parts.iter().all(|(name, _)| *name != part) && !is_used(lint, part) {
            let warning =
                Diagnostic::warning("unused-part", format!("nothing uses the part `{part}`"))
                    .about(format!("parts/{part}"));
            lint.push(warning);
        }
    }
}

/// Whether another template includes a part or calls one of its components.
fn is_used(lint: &Lint<'_>, part: &str) -> bool {
    let own = format!("parts/{part}");
    let components: Vec<String> = lint.package.text(&own).map(components).unwrap_or_default();
    lint.package
        .files
        .keys()
        .filter(|path| path.as_str() != own)
        .filter_map(|path| lint.package.text(path.as_str()))
        .any(|text| {
            included(text).any(|name| name == part)
                || components.iter().any(|name| super::names_whole(text, &format!("<{name}")))
        })
}

/// The parts that a template includes.
fn included(text: &str) -> impl Iterator<Item = &str> {
    statements(text).filter_map(|statement| {
        let rest = statement.strip_prefix("include")?.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
        rest[1..].split(quote).next()
    })
}

/// The components that a template defines.
fn components(text: &str) -> Vec<String> {
    statements(text)
        .filter_map(|statement| statement.strip_prefix("component"))
        .filter(|rest| rest.starts_with(char::is_whitespace))
        .map(|rest| {
            rest.trim_start()
                .chars()
                .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
                .collect()
        })
        .collect()
}

/// What stands between `{%` and `%}`.
fn statements(text: &str) -> impl Iterator<Item = &str> {
    text.split("{%").skip(1).map(|rest| {
        let body = rest.split("%}").next().unwrap_or_default();
        body.strip_prefix('-').unwrap_or(body).trim()
    })
}
