//! `mv`: an output stands elsewhere from now on, with a person's edits and with all that its kit does to it later.

use std::collections::BTreeSet;

use kiln_base::{Diagnostic, RelPath};
use kiln_model::{Ownership, OwnershipWord};
use kiln_spec::Edit;

use crate::ops::Outcome;
use crate::ops::commands::shell_word;
use crate::ops::project::{Project, known_path};
use crate::ops::words::{Deed, Mention, Standing, WordOptions, WordReport, choose, edited};
use crate::ops::words_own::refuse_history;

/// Files larger than this are not searched for mentions, in bytes.
const LARGEST_SEARCHED: u64 = 1 << 20;

/// More mentions than this are not told.
const MOST_MENTIONS: usize = 50;

/// What `mv` is asked.
#[derive(Debug, Clone, Default)]
pub struct MoveOptions {
    /// What all words have in common.
    pub common: WordOptions,
    /// An output, or a folder of outputs.
    pub from: String,
    /// Where it shall stand; a path that ends in `/`, or a folder that is there, takes it in.
    pub to: String,
}

/// Moves outputs: the spec says where they stand, and the files go there, unless the person moved them already.
///
/// # Errors
/// Paths that no kit writes, places that another output has, migrations, and everything that sync refuses.
pub fn mv(options: &MoveOptions) -> Outcome<WordReport> {
    let standing = Standing::open(&options.common.settings)?;
    let said = vec![options.from.clone(), options.to.clone()];
    let mut deed = Deed::new("mv", said, &standing.project.spec.source.text);
    if let Some(there) = moved_before(&standing, options) {
        deed.already.push(there);
        return deed.perform(standing.project, &options.common);
    }
    let pairs = pairs(&standing, options)?;
    let outputs = standing.outputs();
    for (from, to) in &pairs {
        if outputs.contains(to) && !pairs.iter().any(|(other, _)| other == to) {
            return Err(Diagnostic::error("in-the-way", format!("`{to}` is another output"))
                .hint("move that one first, or take another place")
                .into());
        }
        deed.spec = edited(&deed.spec, &relocations(&deed.spec, from, to)?)?;
    }
    deed.spec = keep_ownership(&standing, deed.spec, &pairs, options)?;
    deed.mentions = mentions(&standing, &pairs);
    deed.perform(standing.project, &options.common)
}

/// What was said before: the kit's place is the old one, and the output stands at the new one.
fn moved_before(standing: &Standing, options: &MoveOptions) -> Option<String> {
    let (from, to) = (plain(&options.from), plain(&options.to));
    let action = standing.plan.actions.iter().find(|action| action.path.as_str() == to)?;
    (action.home != action.path && action.home.as_str() == from)
        .then(|| format!("`{from}` stands at `{to}` already"))
}

fn plain(text: &str) -> &str {
    text.trim_start_matches("./").trim_end_matches('/')
}

/// Old and new place of every output that moves.
fn pairs(standing: &Standing, options: &MoveOptions) -> Outcome<Vec<(RelPath, RelPath)>> {
    let from = plain(&options.from);
    let chosen = choose(std::slice::from_ref(&options.from), &standing.outputs())?;
    refuse_history(standing, &chosen)?;
    let paths: Vec<&RelPath> = chosen.iter().flat_map(|one| &one.paths).collect();
    if let Some(path) = paths.iter().find(|path| standing.is_excluded(path)) {
        return Err(Diagnostic::error("excluded", format!("`{path}` is excluded in the spec"))
            .hint(format!("let kiln write it again: kiln own {}", shell_word(path.as_str())))
            .into());
    }
    let whole = paths.iter().find(|path| path.as_str() == from);
    let into = takes_in(&standing.project, options, from);
    let mut pairs = Vec::new();
    for path in &paths {
        let below = match whole {
            Some(_) => path.file_name(),
            None => match path.as_str().strip_prefix(from) {
                Some(rest) => rest.trim_start_matches('/'),
                // A glob: each keeps its name.
                None => path.file_name(),
            },
        };
        let to = plain(&options.to);
        let new = match (whole, into) {
            (Some(_), false) => to.to_owned(),
            (Some(_), true) => joined(to, below),
            (None, true) if path.as_str().starts_with(&format!("{from}/")) => {
                let name = from.rsplit('/').next().unwrap_or(from);
                joined(to, &joined(name, below))
            }
            (None, _) => joined(to, below),
        };
        pairs.push(((*path).clone(), known_path(&new)?));
    }
    Ok(pairs)
}

fn joined(folder: &str, name: &str) -> String {
    let folder = if folder == "." { "" } else { folder };
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Whether the new place is a folder that takes the output in.
fn takes_in(project: &Project, options: &MoveOptions, from: &str) -> bool {
    if options.to.ends_with('/') || matches!(options.to.as_str(), "." | "./") {
        return true;
    }
    // A person who moved a folder by hand sees the new one there already.
    let moved = project.root.path().join(from).symlink_metadata().is_err();
    !moved && project.root.path().join(plain(&options.to)).is_dir()
}

/// The edits for one output: its place, and what names it by its path alone.
fn relocations(spec: &str, from: &RelPath, to: &RelPath) -> Outcome<Vec<Edit>> {
    let source = kiln_base::Source::new("", spec);
    let own = kiln_spec::decode_spec(source)?.0;
    let mut edits = Vec::new();
    let exact = globset::escape(from.as_str());
    for (at, rule) in own.inputs.ownership.iter().enumerate() {
        if rule.glob.value == exact || rule.glob.value == from.as_str() {
            edits.push(Edit::ChangeGlob { at, glob: globset::escape(to.as_str()) });
        }
    }
    for foreign in &own.inputs.foreign {
        let Some(key) = foreign.target.strip_prefix(&format!("{from}#")) else { continue };
        edits.push(Edit::RemoveForeign { target: foreign.target.value.clone() });
        edits.push(Edit::SetForeign { target: format!("{to}#{key}"), why: foreign.why.clone() });
    }
    edits.push(Edit::Move { from: from.as_str().to_owned(), to: to.as_str().to_owned() });
    Ok(edits)
}

/// Rules of the new place do not change whose an output is: that would be another word.
fn keep_ownership(
    standing: &Standing,
    spec: String,
    pairs: &[(RelPath, RelPath)],
    options: &MoveOptions,
) -> Outcome<String> {
    let project = Project::open(&options.common.settings)?
        .with_spec(spec.clone(), &options.common.settings)?;
    let plan = project.plan(&project.resolve()?)?;
    let mut spec = spec;
    for (from, to) in pairs {
        let before = standing.action(from).map(|action| action.ownership);
        let after = plan.actions.iter().find(|action| action.path == *to);
        let Some(before) = before.filter(|before| after.map(|one| one.ownership) != Some(*before))
        else {
            continue;
        };
        if matches!(before, Ownership::AppendOnly | Ownership::Computed) {
            return Err(Diagnostic::error("excluded", format!("`{to}` is excluded in the spec"))
                .hint("take another place")
                .into());
        }
        spec = edited(&spec, &last_word(&spec, to, before)?)?;
    }
    Ok(spec)
}

/// A rule for a path behind all others, with the reason of the one that it had.
fn last_word(spec: &str, path: &RelPath, ownership: Ownership) -> Outcome<Vec<Edit>> {
    let glob = globset::escape(path.as_str());
    let rules = kiln_spec::decode_spec(kiln_base::Source::new("", spec))?.0.inputs.ownership;
    let known = rules.iter().position(|rule| rule.glob.value == glob);
    let why = known.and_then(|at| rules[at].why.clone());
    let mut edits: Vec<Edit> = known.map(|at| Edit::RemoveRule { at }).into_iter().collect();
    edits.push(Edit::AddRule { word: OwnershipWord::Owned(ownership), glob, why });
    Ok(edits)
}

/// Lines of other outputs that name a place that is left.
fn mentions(standing: &Standing, pairs: &[(RelPath, RelPath)]) -> Vec<Mention> {
    let names: BTreeSet<String> = pairs.iter().flat_map(|(from, _)| names_of(from)).collect();
    let moved = |path: &RelPath| pairs.iter().any(|(from, to)| from == path || to == path);
    let mut found = Vec::new();
    for action in standing.plan.actions.iter().filter(|action| !moved(&action.path)) {
        let text = standing.project.root.read_text_if(&action.path, LARGEST_SEARCHED);
        let Ok(Some(text)) = text else { continue };
        for (at, line) in text.lines().enumerate() {
            if found.len() < MOST_MENTIONS && names.iter().any(|name| mentions_name(line, name)) {
                let shown: String = line.trim().chars().take(120).collect();
                let path = action.path.as_str().to_owned();
                found.push(Mention { path, line: at + 1, text: shown });
            }
        }
    }
    found
}

/// How other files may name one: by its path or the end of it, for code also as modules are named.
fn names_of(path: &RelPath) -> Vec<String> {
    let parts: Vec<&str> = path.parts().collect();
    let mut names = vec![path.file_name().to_owned()];
    let Some((stem, extension)) = path.file_name().rsplit_once('.') else { return names };
    let folders = &parts[..parts.len() - 1];
    if let Some(folder) = folders.last() {
        match extension {
            "py" => names.push(format!("{folder}.{stem}")),
            "ts" | "tsx" | "js" | "jsx" | "mjs" | "css" => names.push(format!("{folder}/{stem}")),
            _ => {}
        }
    }
    names
}

/// Whether a line has the name as a whole.
fn mentions_name(line: &str, name: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    line.match_indices(name).any(|(at, _)| {
        !line[..at].ends_with(inside) && !line[at + name.len()..].starts_with(inside)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mention_is_a_whole_name() {
        let path = RelPath::new("apps/api/src/app/models/product.py").unwrap();
        let names = names_of(&path);
        assert_eq!(names, ["product.py", "models.product"]);
        let said = |line: &str| names.iter().any(|name| mentions_name(line, name));
        assert!(said("from app.models.product import Product"));
        assert!(said("  - path: src/app/models/product.py"));
        assert!(!said("from app.models.products import Product"));
        assert!(!said("my-product.py"));
    }
}
