//! Outputs that git does not see: on a clone they would be missing for ever.

use std::collections::BTreeMap;
use std::path::Path;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use kiln_base::RelPath;
use kiln_disk::{Action, Root};
use kiln_model::Ownership;

use crate::ops::change::output_change;
use crate::ops::commands::shell_word;
use crate::ops::compare::Decision;
use crate::ops::report::Finding;
use crate::ops::repository::repository_top;
use crate::ops::tracked::tracked;

const IGNORES: &str = ".gitignore";
/// The largest list of patterns that is read, in bytes.
const LARGEST: u64 = 4 << 20;

/// The pattern that hides a path.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hidden {
    pattern: String,
    /// The file that it stands in, as the project names it.
    file: String,
}

/// The patterns of one folder.
struct Patterns {
    file: String,
    matcher: Gitignore,
}

/// Findings for outputs that a `.gitignore` hides: of the repository, of the project or of a folder in it, as they
/// stand after a sync. What git tracks all the same is not hidden; what belongs to the person, and what the project's
/// own tools make, may be hidden.
pub(crate) fn git_ignored(root: &Root, decisions: &[Decision]) -> Ignored {
    let shared =
        |decision: &&Decision| !matches!(decision.ownership, None | Some(Ownership::Seeded));
    let planned = decisions.iter().filter(|one| one.path.file_name() == IGNORES).map(after_sync);
    let mut ignores = Ignores::new(root, planned.collect());
    if ignores.project_is_hidden() {
        return Ignored { hides_any: true, ..Ignored::default() };
    }
    let mut hides = |decision: &'_ Decision| ignores.hides(&decision.path);
    let hidden: Vec<(&Decision, Hidden)> = decisions
        .iter()
        .filter(shared)
        .filter_map(|decision| Some((decision, hides(decision)?)))
        .collect();
    let consulted = ignores.consulted();
    if hidden.is_empty() {
        return Ignored { consulted, ..Ignored::default() };
    }
    // What was added by force is on every clone.
    let tracked = tracked(root.path());
    let lost = hidden.iter().filter(|(decision, _)| !tracked.contains(decision.path.as_str()));
    let findings = lost.map(|(decision, hidden)| finding(decision, hidden)).collect();
    Ignored { findings, consulted, hides_any: true }
}

/// What git's patterns do to a project.
#[derive(Debug, Default)]
pub(crate) struct Ignored {
    pub(crate) findings: Vec<Finding>,
    /// Where lists of patterns were looked for, in the project.
    pub(crate) consulted: Vec<RelPath>,
    /// Some pattern hides something, if only what git tracks all the same.
    pub(crate) hides_any: bool,
}

/// The lists of patterns above a project, with the way from each to the project.
pub(crate) fn texts_above(root: &Root) -> Vec<(String, String)> {
    above_raw(root).into_iter().map(|(_, way, text)| (way, text)).collect()
}

/// What a sync leaves at the path of a list of patterns; none if it does not touch it.
fn after_sync(decision: &Decision) -> (&RelPath, Option<String>) {
    let writes = output_change(decision).writes() && decision.row.action != Action::Delete;
    let text = writes.then(|| String::from_utf8_lossy(&decision.bytes).into_owned());
    (&decision.path, text)
}

fn finding(decision: &Decision, hidden: &Hidden) -> Finding {
    let path = decision.path.as_str();
    let Hidden { pattern, file } = hidden;
    Finding {
        id: "git-ignored".to_owned(),
        path: Some(path.to_owned()),
        kit: Some(decision.kit.clone()),
        message: format!(
            "git does not see `{path}` of `{}`: `{file}` has the pattern `{pattern}`",
            decision.kit
        ),
        hints: vec![
            format!(
                "make the pattern narrower, or let the file through by a `!` pattern in `{file}`"
            ),
            format!("do without the file: kiln exclude {}", shell_word(path)),
        ],
        fails: true,
        ..Finding::default()
    }
}

/// All patterns that matter for a project, read when they are first needed.
struct Ignores<'r> {
    root: &'r Root,
    planned: BTreeMap<String, Option<String>>,
    /// Folders above the project in its repository, outermost first: their patterns, and the way from there to the
    /// project.
    above: Vec<(Patterns, String)>,
    below: BTreeMap<String, Option<Patterns>>,
}

impl<'r> Ignores<'r> {
    fn new(root: &'r Root, planned: BTreeMap<&RelPath, Option<String>>) -> Self {
        let planned =
            planned.into_iter().map(|(path, text)| (path.as_str().to_owned(), text)).collect();
        Self { root, planned, above: above(root), below: BTreeMap::new() }
    }

    /// Where lists were looked for in the project.
    fn consulted(&self) -> Vec<RelPath> {
        let file = |folder: &String| {
            let path =
                if folder.is_empty() { IGNORES.to_owned() } else { format!("{folder}/{IGNORES}") };
            RelPath::new(&path).ok()
        };
        self.below.keys().filter_map(file).collect()
    }

    /// The whole project is hidden, so git is not what carries it to others.
    fn project_is_hidden(&self) -> bool {
        let mut folders = self.above.iter().flat_map(|(patterns, way)| {
            let parts: Vec<&str> = way.split('/').collect();
            (1..=parts.len()).map(move |length| (patterns, parts[..length].join("/")))
        });
        folders.any(|(patterns, folder)| {
            matches!(patterns.matcher.matched(Path::new(&folder), true), Match::Ignore(_))
        })
    }

    /// What hides a path. A file below a hidden folder cannot be let through again.
    fn hides(&mut self, path: &RelPath) -> Option<Hidden> {
        let parts: Vec<&str> = path.parts().collect();
        (1..=parts.len()).find_map(|length| {
            let is_folder = length < parts.len();
            self.matched(&parts[..length], is_folder)
        })
    }

    /// What hides one folder or file itself: the innermost list that says anything of it counts.
    fn matched(&mut self, parts: &[&str], is_folder: bool) -> Option<Hidden> {
        for depth in (0..parts.len()).rev() {
            let folder = parts[..depth].join("/");
            let rest = parts[depth..].join("/");
            if let Some(patterns) = self.of_folder(&folder)
                && let Some(said) = patterns.say(&rest, is_folder)
            {
                return said;
            }
        }
        let path = parts.join("/");
        for (patterns, way) in self.above.iter().rev() {
            if let Some(said) = patterns.say(&format!("{way}/{path}"), is_folder) {
                return said;
            }
        }
        None
    }

    fn of_folder(&mut self, folder: &str) -> Option<&Patterns> {
        if !self.below.contains_key(folder) {
            let file =
                if folder.is_empty() { IGNORES.to_owned() } else { format!("{folder}/{IGNORES}") };
            let text = match self.planned.remove(&file) {
                Some(Some(text)) => Some(text),
                _ => read(self.root, &file),
            };
            let patterns = text.map(|text| Patterns::new(file, &text));
            self.below.insert(folder.to_owned(), patterns);
        }
        self.below.get(folder).and_then(Option::as_ref)
    }
}

impl Patterns {
    fn new(file: String, text: &str) -> Self {
        let mut builder = GitignoreBuilder::new("");
        for line in text.lines() {
            // A pattern that git does not understand hides nothing there either.
            let _ = builder.add_line(None, line);
        }
        let matcher = builder.build().unwrap_or_else(|_| Gitignore::empty());
        Self { file, matcher }
    }

    /// Whether the list speaks of a path, and then what hides it.
    fn say(&self, path: &str, is_folder: bool) -> Option<Option<Hidden>> {
        match self.matcher.matched(Path::new(path), is_folder) {
            Match::None => None,
            Match::Whitelist(_) => Some(None),
            Match::Ignore(glob) => {
                Some(Some(Hidden { pattern: glob.original().to_owned(), file: self.file.clone() }))
            }
        }
    }
}

/// The patterns of the folders above a project, up to the top of its repository.
fn above(root: &Root) -> Vec<(Patterns, String)> {
    let patterns = |(file, way, text): (String, String, String)| (Patterns::new(file, &text), way);
    above_raw(root).into_iter().map(patterns).collect()
}

/// Each file, the way from its folder to the project, and its text.
fn above_raw(root: &Root) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    let Some(top) = repository_top(root.path()) else { return found };
    let folders = root.path().ancestors().skip(1).take_while(|folder| folder.starts_with(&top));
    for (height, folder) in folders.enumerate() {
        let Ok(way) = root.path().strip_prefix(folder) else { continue };
        let parts: Vec<_> =
            way.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        let text = Root::open(folder).ok().and_then(|folder| read(&folder, IGNORES));
        if let Some(text) = text {
            let file = format!("{}{IGNORES}", "../".repeat(height + 1));
            found.push((file, parts.join("/"), text));
        }
    }
    found.reverse();
    found
}

fn read(root: &Root, path: &str) -> Option<String> {
    let bytes = root.read_if(&RelPath::new(path).ok()?, LARGEST).ok()??;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(lists: &[(&str, &str)], path: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open(folder.path()).unwrap();
        let planned: Vec<(RelPath, Option<String>)> = lists
            .iter()
            .map(|(path, text)| (RelPath::new(path).unwrap(), Some((*text).to_owned())))
            .collect();
        let planned = planned.iter().map(|(path, text)| (path, text.clone())).collect();
        let found = Ignores::new(&root, planned).hides(&RelPath::new(path).unwrap());
        found.map_or_else(|| "seen".to_owned(), |one| format!("{} {}", one.file, one.pattern))
    }

    #[test]
    fn the_innermost_list_that_says_anything_counts() {
        let lists = [
            (".gitignore", "*.log\n/build/\n# note\n!keep.log\n.env*\n!.env.example\n"),
            ("docs/.gitignore", "!*.log\nlocal\n"),
        ];
        for (path, expected) in [
            ("a.log", ".gitignore *.log"),
            ("x/a.log", ".gitignore *.log"),
            ("keep.log", "seen"),
            ("docs/a.log", "seen"),
            ("docs/local/page.md", "docs/.gitignore local"),
            ("build/a", ".gitignore /build/"),
            ("x/build/a", "seen"),
            ("build", "seen"),
            (".env", ".gitignore .env*"),
            (".env.example", "seen"),
        ] {
            assert_eq!(hidden(&lists, path), expected, "{path}");
        }
        // What a hidden folder holds cannot be let through.
        let lists = [(".gitignore", "out/\n!out/a\n"), ("out/.gitignore", "!a\n")];
        assert_eq!(hidden(&lists, "out/a"), ".gitignore out/");
    }
}
