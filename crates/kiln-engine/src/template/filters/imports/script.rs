//! TypeScript and JavaScript: one statement per module; packages, then what `@/` and `~/` stand for, then relative
//! files, each by its name without regard to case; wrapped as prettier does.

use super::{names, statements};

/// The imports from one module.
#[derive(Debug, Default)]
struct Module {
    /// `"react"`, with its quotes.
    specifier: String,
    is_type: bool,
    default: Option<String>,
    /// `* as name`
    all: Option<String>,
    names: Vec<String>,
    /// An import without names, for what it does.
    is_bare: bool,
}

pub(super) fn imports(text: &str, width: usize) -> Result<String, String> {
    let mut modules: Vec<Module> = Vec::new();
    for statement in statements(text, "//")? {
        let wrong = || format!("`{statement}` is no import");
        let rest = statement.trim_end_matches(';').strip_prefix("import ").ok_or_else(wrong)?;
        let module = parse(rest.trim()).ok_or_else(wrong)?;
        let same = |known: &&mut Module| {
            known.specifier == module.specifier
                && known.is_type == module.is_type
                && known.is_bare == module.is_bare
                && known.all == module.all
                && (known.default.is_none()
                    || module.default.is_none()
                    || known.default == module.default)
                && !(module.is_type && known.default.is_some() != module.default.is_some())
        };
        match modules.iter_mut().find(same) {
            Some(known) => {
                known.default = known.default.take().or(module.default);
                known.names.extend(module.names);
            }
            None => modules.push(module),
        }
    }
    for module in &mut modules {
        sort_names(&mut module.names);
    }
    // What runs when it is imported keeps its order, before the rest.
    modules.sort_by_cached_key(|module| {
        let plain = module.specifier.trim_matches(['"', '\'']);
        let distance = match plain {
            _ if plain.starts_with('.') => 2,
            _ if plain.starts_with("@/") || plain.starts_with("~/") => 1,
            _ => 0,
        };
        let key =
            (distance, plain.to_lowercase(), plain.to_owned(), module.is_type, module.all.clone());
        (!module.is_bare).then_some(key)
    });
    Ok(modules.iter().map(|module| show(module, width)).collect())
}

fn parse(rest: &str) -> Option<Module> {
    if rest.starts_with(['"', '\'']) {
        let specifier = quoted(rest);
        return Some(Module { specifier, is_bare: true, ..Module::default() });
    }
    let (clause, specifier) = rest.rsplit_once(" from ")?;
    let mut module = Module { specifier: quoted(specifier), ..Module::default() };
    let mut clause = clause.trim();
    if let Some(types) = clause.strip_prefix("type ") {
        module.is_type = true;
        clause = types.trim();
    }
    if !clause.starts_with(['{', '*']) {
        let (default, more) = clause.split_once(',').unwrap_or((clause, ""));
        module.default = Some(default.trim().to_owned());
        clause = more.trim();
    }
    if let Some(all) = clause.strip_prefix("* as ") {
        module.all = Some(all.trim().to_owned());
    } else if clause.starts_with('{') {
        module.names = names(clause);
    } else if !clause.is_empty() {
        return None;
    }
    Some(module)
}

/// The specifier in double quotes.
fn quoted(specifier: &str) -> String {
    format!("\"{}\"", specifier.trim().trim_matches(['"', '\'']))
}

/// Sorts by the name alone; one that is imported as a value need not be imported as a type too.
fn sort_names(names: &mut Vec<String>) {
    let bare = |name: &str| name.trim_start_matches("type ").to_owned();
    let values: Vec<String> =
        names.iter().filter(|name| !name.starts_with("type ")).cloned().collect();
    names.retain(|name| !name.starts_with("type ") || !values.contains(&bare(name)));
    names.sort_by_cached_key(|name| (bare(name).to_lowercase(), bare(name)));
    names.dedup();
}

fn show(module: &Module, width: usize) -> String {
    let specifier = &module.specifier;
    if module.is_bare {
        return format!("import {specifier};\n");
    }
    let keyword = if module.is_type { "import type " } else { "import " };
    let mut clauses: Vec<String> = module.default.iter().cloned().collect();
    clauses.extend(module.all.iter().map(|all| format!("* as {all}")));
    let before: String = clauses.iter().map(|clause| format!("{clause}, ")).collect();
    if module.names.is_empty() {
        return format!("{keyword}{} from {specifier};\n", clauses.join(", "));
    }
    let one = format!("{keyword}{before}{{ {} }} from {specifier};", module.names.join(", "));
    let single = module.names.len() == 1 && before.is_empty();
    if single || super::super::columns(&one) <= width {
        return one + "\n";
    }
    let names: String = module.names.iter().map(|name| format!("  {name},\n")).collect();
    format!("{keyword}{before}{{\n{names}}} from {specifier};\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merges_sorts_and_wraps() {
        let text = "import \"./polyfill\";\nimport { useState } from \"react\";\nimport React from \"react\";\nimport type { FC } from \"react\";\nimport * as z from \"zod\";\nimport { b } from \"./b\";\nimport {\n  longName,\n  another,\n  type Third,\n} from \"@/lib/api\";\nimport { useEffect, useState } from 'react';\n";
        insta::assert_snapshot!(imports(text, 50).unwrap(), @r#"
        import "./polyfill";
        import React, {
          useEffect,
          useState,
        } from "react";
        import type { FC } from "react";
        import * as z from "zod";
        import {
          another,
          longName,
          type Third,
        } from "@/lib/api";
        import { b } from "./b";
        "#);
        assert!(imports("const x = 1;\n", 50).is_err());
    }
}
