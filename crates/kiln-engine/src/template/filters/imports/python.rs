//! Python: what `ruff check --select I --fix` makes of one section.

use std::cmp::Ordering;

use super::order::natural;
use super::{names, statements};

/// `from module import names`; with `as`, one name alone.
#[derive(Debug, PartialEq, Eq)]
struct From {
    module: String,
    names: Vec<String>,
}

pub(super) fn imports(text: &str, width: usize) -> Result<String, String> {
    let (mut plain, mut froms): (Vec<String>, Vec<From>) = Default::default();
    for statement in statements(text, "#")? {
        if let Some(rest) = statement.strip_prefix("import ") {
            plain.extend(names(rest));
        } else if let Some((module, list)) =
            statement.strip_prefix("from ").and_then(|rest| rest.split_once(" import "))
        {
            add(&mut froms, module.trim(), names(list));
        } else {
            return Err(format!("`{statement}` is no import"));
        }
    }
    plain.sort_by(|a, b| by_module(a, b));
    plain.dedup();
    for from in &mut froms {
        from.names.sort_by(|a, b| by_member(a, b));
        from.names.dedup();
    }
    froms.sort_by(|a, b| {
        by_module(&a.module, &b.module).then_with(|| by_member(&a.names[0], &b.names[0]))
    });
    let mut block: String = plain.iter().map(|module| format!("import {module}\n")).collect();
    for from in &froms {
        let one = format!("from {} import {}", from.module, from.names.join(", "));
        if super::super::columns(&one) <= width || from.names[0] == "*" {
            block.push_str(&one);
            block.push('\n');
        } else {
            block.push_str(&format!("from {} import (\n", from.module));
            from.names.iter().for_each(|name| block.push_str(&format!("    {name},\n")));
            block.push_str(")\n");
        }
    }
    Ok(block)
}

fn add(froms: &mut Vec<From>, module: &str, names: Vec<String>) {
    for name in names {
        // `import a as a` says that the module passes the name on, as any other renaming stands alone.
        let alone = name.contains(" as ") || name == "*";
        let fits = |from: &&mut From| {
            from.module == module
                && if alone { from.names == [name.clone()] } else { !is_alone(&from.names[0]) }
        };
        match froms.iter_mut().find(fits) {
            Some(from) => from.names.push(name),
            None => froms.push(From { module: module.to_owned(), names: vec![name] }),
        }
    }
}

fn is_alone(name: &str) -> bool {
    name.contains(" as ") || name == "*"
}

fn split_alias(name: &str) -> (&str, Option<&str>) {
    name.split_once(" as ").map_or((name, None), |(name, alias)| (name, Some(alias)))
}

/// The further out a relative import reaches, the earlier it stands; it comes after absolute ones.
fn by_module(left: &str, right: &str) -> Ordering {
    let ((left, left_alias), (right, right_alias)) = (split_alias(left), split_alias(right));
    let dots = |module: &str| module.len() - module.trim_start_matches('.').len();
    let rest = |module: &str| module.trim_start_matches('.').to_owned();
    dots(right)
        .cmp(&dots(left))
        .then_with(|| natural(&rest(left).to_lowercase(), &rest(right).to_lowercase()))
        .then_with(|| natural(&rest(left), &rest(right)))
        .then_with(|| match (left_alias, right_alias) {
            (Some(left), Some(right)) => natural(left, right),
            (left, right) => left.is_some().cmp(&right.is_some()),
        })
}

/// Constants, then classes, then the rest; in each, without regard to case first.
fn by_member(left: &str, right: &str) -> Ordering {
    let ((left, left_alias), (right, right_alias)) = (split_alias(left), split_alias(right));
    (left != "*")
        .cmp(&(right != "*"))
        .then_with(|| member_kind(left).cmp(&member_kind(right)))
        .then_with(|| natural(&left.to_lowercase(), &right.to_lowercase()))
        .then_with(|| natural(left, right))
        .then_with(|| match (left_alias, right_alias) {
            (Some(left), Some(right)) => natural(left, right),
            (left, right) => left.is_some().cmp(&right.is_some()),
        })
}

fn member_kind(name: &str) -> u8 {
    let cased = name.chars().any(char::is_uppercase) && !name.chars().any(char::is_lowercase);
    if name.chars().count() > 1 && cased {
        0
    } else if name.starts_with(char::is_uppercase) {
        1
    } else {
        2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merges_sorts_and_wraps() {
        let text = "from b import zeta, Alpha, MAX_SIZE\nimport sys\nfrom b import beta as gamma\nimport os.path, asyncio\nfrom a2 import x\nfrom a10 import (\n    one,\n    two,\n)\nfrom b import Alpha, A\nfrom .own import thing\nfrom ..up import thing\n";
        insta::assert_snapshot!(imports(text, 40).unwrap(), @"
        import asyncio
        import os.path
        import sys
        from ..up import thing
        from .own import thing
        from a2 import x
        from a10 import one, two
        from b import MAX_SIZE, A, Alpha, zeta
        from b import beta as gamma
        ");
        assert!(imports("x = 1\n", 40).is_err());
    }
}
