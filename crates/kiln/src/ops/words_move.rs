//! `mv`: an output stands elsewhere from now on, with a person's edits and with all that its kit does to it later.

use std::collections::BTreeSet;

use kiln_base::{Diagnostic, RelPath};
use kiln_model::{Ownership, OwnershipWord};
use kiln_spec::Edit;

use crate::ops::Outcome;
use crate::ops::commands::shell_word;
use crate::ops::here::Typed;
use crate::ops::project::{HISTORY, LOCK, Project, SPEC, SUM, known_path};
use crate::ops::words::{
    Deed, Mention, Standing, WordOptions, WordReport, choose, edited, lies_below,
};
use crate::ops::words_own::refuse_history;

/// Files larger than this are not searched for mentions, in bytes.
const LARGEST_SEARCHED: u64 = 1 << 20;

/// More mentions than this are not told.
const MOST_MENTIONS: usize = 2000;

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
    let places = Places::read(&standing.project, options)?;
    let said = vec![places.from.path.clone(), places.said()];
    let mut deed = Deed::new("mv", said, &standing.project.spec.source.text);
    if let Some(there) = moved_before(&standing, &places) {
        deed.already.push(there);
        return deed.perform(standing.project, &options.common);
    }
    let pairs = pairs(&standing, &places, options)?;
    let outputs = standing.outputs();
    for (from, to) in &pairs {
        refuse_own_files(to)?;
        if outputs.contains(to) && !pairs.iter().any(|(other, _)| other == to) {
            return Err(Diagnostic::error("in-the-way", format!("`{to}` is another output"))
                .hint("move that one first, or take another place")
                .into());
        }
        deed.spec = edited(&deed.spec, &relocations(&deed.spec, from, to)?)?;
    }
    deed.spec = keep_ownership(&standing, deed.spec, &pairs, options)?;
    deed.mentions = mentions(&standing, &places.from.path, &pairs);
    deed.perform(standing.project, &options.common)
}

/// Where it goes from and to, seen from the root.
struct Places {
    from: Typed,
    /// Empty for the project's own folder.
    to: String,
    /// It is said to be a folder that takes in what moves.
    into: bool,
}

impl Places {
    fn read(project: &Project, options: &MoveOptions) -> Outcome<Self> {
        let from = project.here.read(&options.from)?;
        let to = project.here.read(&options.to)?.path;
        if from.path.is_empty() {
            let message = "the whole project cannot be moved";
            return Err(Diagnostic::error("usage", message)
                .hint("name an output, or a folder of outputs")
                .into());
        }
        let folder = options.to.ends_with('/') || options.to.rsplit('/').next() == Some(".");
        let into = folder || to.is_empty() || options.to.ends_with("..");
        Ok(Self { from, to, into })
    }

    /// The new place as it is typed in the root.
    fn said(&self) -> String {
        match (self.to.as_str(), self.into) {
            ("", _) => ".".to_owned(),
            (to, true) => format!("{to}/"),
            (to, false) => to.to_owned(),
        }
    }
}

/// A place where kiln keeps its own files is none for an output.
fn refuse_own_files(to: &RelPath) -> Outcome<()> {
    let first = to.parts().next().unwrap_or_default();
    let own = match to.as_str() {
        SPEC => "the spec",
        LOCK => "the lock",
        SUM => "the sum",
        _ if first == HISTORY => "the schema's history",
        _ if first == ".kiln" => "kiln's cache",
        _ => return Ok(()),
    };
    let message = format!("`{to}` is {own}: no output can stand there");
    Err(Diagnostic::error("own-file", message).hint("take another place").into())
}

/// What was said before: the kit's place is the old one, and the output stands at the new one.
fn moved_before(standing: &Standing, places: &Places) -> Option<String> {
    let (from, to) = (&places.from.path, &places.to);
    let action = standing.plan.actions.iter().find(|action| action.path.as_str() == to)?;
    (action.home != action.path && action.home.as_str() == from)
        .then(|| format!("`{from}` stands at `{to}` already"))
}

/// Where the output, or the folder of outputs, stands now that its kits put at `from`; none if something still stands
/// there.
fn moved_away(standing: &Standing, from: &str) -> Option<RelPath> {
    let at = |path: &RelPath| path.as_str() == from || lies_below(path.as_str(), from);
    if standing.outputs().iter().any(at) {
        return None;
    }
    let action = standing.plan.actions.iter().find(|action| at(&action.home))?;
    let rest = action.home.as_str().strip_prefix(from)?;
    let now = action.path.as_str().strip_suffix(rest).unwrap_or(action.path.as_str());
    RelPath::new(now).ok()
}

/// Old and new place of every output that moves.
fn pairs(
    standing: &Standing,
    places: &Places,
    options: &MoveOptions,
) -> Outcome<Vec<(RelPath, RelPath)>> {
    let (from, to) = (places.from.path.as_str(), places.to.as_str());
    let here = &standing.project.here;
    if let Some(now) = moved_away(standing, from) {
        let message = format!("no output stands at `{from}` any more: it was moved");
        let (now, to) = (shell_word(now.as_str()), shell_word(&places.said()));
        return Err(Diagnostic::error("unknown-output", message)
            .hint(format!("move it from where it stands: kiln mv {now} {to}"))
            .into());
    }
    let chosen = choose(here, std::slice::from_ref(&options.from), &standing.outputs())?;
    refuse_history(standing, &chosen)?;
    let paths: Vec<&RelPath> = chosen.iter().flat_map(|one| &one.paths).collect();
    if let Some(path) = paths.iter().find(|path| standing.is_excluded(path)) {
        return Err(Diagnostic::error("excluded", format!("`{path}` is excluded in the spec"))
            .hint(format!("let kiln write it again: kiln own {}", shell_word(path.as_str())))
            .into());
    }
    let whole = paths.iter().find(|path| path.as_str() == from);
    let into = takes_in(&standing.project, places);
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
fn takes_in(project: &Project, places: &Places) -> bool {
    if places.into {
        return true;
    }
    // A person who moved a folder by hand sees the new one there already.
    let moved = project.root.path().join(&places.from.path).symlink_metadata().is_err();
    !moved && project.root.path().join(&places.to).is_dir()
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
fn mentions(standing: &Standing, from: &str, pairs: &[(RelPath, RelPath)]) -> Vec<Mention> {
    let folder = pairs.iter().all(|(old, _)| lies_below(old.as_str(), from));
    let names: BTreeSet<String> = if folder {
        let python = pairs.iter().any(|(old, _)| old.extension() == Some("py"));
        names_of_folder(from, python).into_iter().collect()
    } else {
        pairs.iter().flat_map(|(from, _)| names_of(from)).collect()
    };
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

/// How other files may name a folder: by its path or the end of it, never by its last name alone, which says little. Of
/// a folder at the top what lies below it is named.
fn names_of_folder(path: &str, python: bool) -> Vec<String> {
    let parts: Vec<&str> = path.split('/').collect();
    let [.., outer, last] = parts.as_slice() else { return vec![format!("{path}/")] };
    let mut names = vec![format!("{outer}/{last}")];
    if python {
        names.push(format!("{outer}.{last}"));
    }
    names
}

/// Whether a line has the name as a whole; what ends in `/` goes on behind it.
fn mentions_name(line: &str, name: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    line.match_indices(name).any(|(at, _)| {
        let ends = name.ends_with('/') || !line[at + name.len()..].starts_with(inside);
        !line[..at].ends_with(inside) && ends
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

    #[test]
    fn a_folder_is_named_by_the_end_of_its_path() {
        let names = names_of_folder("apps/api/src/app/models", true);
        assert_eq!(names, ["app/models", "app.models"]);
        let said = |line: &str| names.iter().any(|name| mentions_name(line, name));
        assert!(said("from app.models.product import Product"));
        assert!(said("COPY src/app/models ./models"));
        assert!(!said("app/models_old"));
        assert_eq!(names_of_folder("docs", false), ["docs/"]);
        assert!(mentions_name("see docs/page.md", "docs/"));
        assert!(!mentions_name("see my-docs/page.md", "docs/"));
    }
}
