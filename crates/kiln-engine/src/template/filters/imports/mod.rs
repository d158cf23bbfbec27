//! A block of imports as its formatter would leave it: merged, sorted, wrapped.

mod order;
mod python;
mod script;

use super::super::language::Language;

/// The block, or what is wrong with it.
pub(super) fn imports(text: &str, width: usize, language: Language) -> Result<String, String> {
    let mut block = match language {
        Language::Python => python::imports(text, width)?,
        Language::Script => script::imports(text, width)?,
        Language::Hcl | Language::Other => {
            return Err("`imports` knows Python and TypeScript; name one with `lang=\"py\"`".into());
        }
    };
    if !text.ends_with('\n') && block.ends_with('\n') {
        block.pop();
    }
    Ok(block)
}

/// The statements of a block: lines, joined where brackets are open.
fn statements(text: &str, note: &str) -> Result<Vec<String>, String> {
    let mut statements: Vec<String> = Vec::new();
    let mut open = 0_usize;
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        if line.contains(note) {
            return Err(format!("`imports` takes imports alone, not the note in `{line}`"));
        }
        match statements.last_mut() {
            Some(last) if open > 0 => {
                last.push(' ');
                last.push_str(line);
            }
            _ => statements.push(line.to_owned()),
        }
        for c in line.chars() {
            match c {
                '(' | '{' => open += 1,
                ')' | '}' => open = open.saturating_sub(1),
                _ => {}
            }
        }
    }
    Ok(statements)
}

/// The names of a list, with single blanks.
fn names(list: &str) -> Vec<String> {
    list.trim()
        .trim_matches(['(', ')', '{', '}'])
        .split(',')
        .map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|name| !name.is_empty())
        .collect()
}
