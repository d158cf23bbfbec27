//! Paths as they are typed: seen from the folder that a person stands in, and given back in a form that works there.
//!
//! One rule for every command: a path is seen from the folder where kiln is called (`-C` included), as git sees it;
//! `:/PATH` is seen from the project's root; an absolute one may lie anywhere in the project. What kiln prints are paths
//! from the root, and commands in hints have the `:/` where the person does not stand there.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Component, Path};

use kiln_base::{Diagnostic, Diagnostics, nearest};
use kiln_disk::Root;

use crate::ops::Outcome;
use crate::ops::project::SPEC;

/// What stands before a path that is seen from the project's root.
pub(crate) const FROM_ROOT: &str = ":/";

/// The rule, for those who missed a path.
const RULE: &str =
    "a path is seen from the folder where kiln is called, `:/PATH` from the project's root";

/// The folder that a person stands in, as the project names it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Here {
    root: std::path::PathBuf,
    /// The folders from the root to where the person stands.
    below: Vec<String>,
}

/// A path, folder or glob of the command line, seen from the project's root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Typed {
    /// As it names a path; empty for the whole project. What follows a `#` is as it was typed.
    pub(crate) path: String,
    /// As it is read as a glob: folders that the person stands in mean themselves.
    pub(crate) glob: String,
}

/// Whether a person who stands in `start` stands in the root of its project; true where there is none.
#[must_use]
pub fn stands_at_root(start: &Path) -> bool {
    let Ok(Some(root)) = Root::find(start, SPEC) else { return true };
    Here::of(&root, start).below.is_empty()
}

impl Here {
    pub(crate) fn of(root: &Root, start: &Path) -> Self {
        let root = root.path().canonicalize().unwrap_or_else(|_| root.path().to_owned());
        let start = start.canonicalize().unwrap_or_else(|_| start.to_owned());
        let below = start.strip_prefix(&root).map(names).unwrap_or_default();
        Self { root, below }
    }

    /// The path that a text names.
    ///
    /// # Errors
    /// It lies outside of the project.
    pub(crate) fn read(&self, text: &str) -> Result<Typed, Diagnostic> {
        let (path, key) = match text.find('#') {
            Some(at) => text.split_at(at),
            None => (text, ""),
        };
        let (mut own, rest): (Vec<String>, Cow<'_, str>) =
            if let Some(rest) = path.strip_prefix(FROM_ROOT) {
                (Vec::new(), rest.into())
            } else if Path::new(path).is_absolute() {
                (Vec::new(), self.of_absolute(path).ok_or_else(|| outside(path))?.into())
            } else {
                (self.below.clone(), path.into())
            };
        let mut typed: Vec<&str> = Vec::new();
        for part in rest.split('/') {
            match part {
                "" | "." => {}
                ".." if typed.pop().is_some() || own.pop().is_some() => {}
                ".." => return Err(outside(path)),
                part => typed.push(part),
            }
        }
        let joined = |own: Vec<String>| {
            let parts: Vec<String> =
                own.into_iter().chain(typed.iter().map(|part| (*part).to_owned())).collect();
            parts.join("/")
        };
        let escaped = own.iter().map(|part| globset::escape(part)).collect();
        let glob = joined(escaped);
        let glob = if typed.is_empty() && !glob.is_empty() { format!("{glob}/**") } else { glob };
        let glob = if glob.is_empty() { "**".to_owned() } else { glob };
        Ok(Typed { path: format!("{}{key}", joined(own)), glob })
    }

    /// The texts as they would be typed in the root.
    ///
    /// # Errors
    /// Every one that lies outside of the project.
    pub(crate) fn all(&self, texts: &[String]) -> Outcome<Vec<String>> {
        let mut problems = Diagnostics::new();
        let mut paths = Vec::new();
        for text in texts {
            match self.read(text) {
                Ok(typed) if typed.path.is_empty() => paths.push(".".to_owned()),
                Ok(typed) => paths.push(typed.path),
                Err(problem) => problems.push(problem),
            }
        }
        Ok(problems.finish(paths).map(|(paths, _)| paths)?)
    }

    /// An absolute path as the project names it. The last part may be a symlink: it names itself.
    fn of_absolute(&self, text: &str) -> Option<String> {
        let path = Path::new(text);
        if let Ok(rest) = path.strip_prefix(&self.root) {
            return Some(names(rest).join("/"));
        }
        let folders = path.ancestors().skip(1);
        let known = folders.filter_map(|folder| Some((folder, folder.canonicalize().ok()?)));
        let (folder, canonical) = known.into_iter().next()?;
        let whole = canonical.join(path.strip_prefix(folder).ok()?);
        let rest = match whole.strip_prefix(&self.root) {
            Ok(rest) => rest.to_owned(),
            // The project's folder itself, by another way.
            Err(_) => path.canonicalize().ok()?.strip_prefix(&self.root).ok()?.to_owned(),
        };
        Some(names(&rest).join("/"))
    }

    /// A path of the project as it can be typed where the person stands.
    pub(crate) fn shown<'p>(&self, path: &'p str) -> Cow<'p, str> {
        if self.below.is_empty() { path.into() } else { format!("{FROM_ROOT}{path}").into() }
    }

    /// What may have been meant by a path that is none of `known`: one of the same name elsewhere, one or a folder of
    /// which each part is near, one whose name is near. Else the rule how paths are read.
    pub(crate) fn meant<'k>(
        &self,
        path: &str,
        known: impl Iterator<Item = &'k str> + Clone,
    ) -> String {
        let name = |path: &'k str| path.rsplit('/').next().unwrap_or(path);
        let wanted = path.rsplit('/').next().unwrap_or(path);
        let same = || known.clone().find(|known| name(known) == wanted);
        let near = || {
            let folders = known.clone().flat_map(|path| {
                path.match_indices('/').map(|(at, _)| &path[..at]).collect::<Vec<_>>()
            });
            let near = known.clone().chain(folders).filter(|known| near_by_parts(path, known));
            nearest(path, near.collect::<BTreeSet<_>>())
        };
        let like = || {
            let near = nearest(wanted, known.clone().map(name))?;
            known.clone().find(|known| name(known) == near)
        };
        let found = same().or_else(near).or_else(like).filter(|_| !path.is_empty());
        found.map_or_else(
            || RULE.to_owned(),
            |found| format!("did you mean `{}`?", self.shown(found)),
        )
    }
}

/// Whether each part of a path is the same or near: long paths are near each other by their folders alone.
fn near_by_parts(path: &str, other: &str) -> bool {
    let (mut parts, mut others) = (path.split('/'), other.split('/'));
    loop {
        match (parts.next(), others.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == b || nearest(a, [b]).is_some() => {}
            _ => return false,
        }
    }
}

/// A path that lies outside of the project.
fn outside(path: &str) -> Diagnostic {
    Diagnostic::error("outside-project", format!("`{path}` lies outside of the project")).hint(RULE)
}

fn names(path: &Path) -> Vec<String> {
    let names = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    names.collect()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "folders to stand in")]
mod tests {
    use super::*;

    #[test]
    fn paths_are_seen_from_where_a_person_stands() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::open(folder.path()).unwrap();
        let absolute = root.path().canonicalize().unwrap();
        let absolute = absolute.to_str().unwrap();
        let below = root.path().join("web/[id]");
        let at = |start: &Path, text: &str| match Here::of(&root, start).read(text) {
            Ok(typed) => format!("{} {}", typed.path, typed.glob),
            Err(problem) => problem.message,
        };
        assert_eq!(at(root.path(), "./a/../b"), "b b");
        assert_eq!(at(root.path(), "."), " **");
        assert_eq!(at(root.path(), "../b"), "`../b` lies outside of the project");
        assert_eq!(at(root.path(), &format!("{absolute}/a/b#k./x")), "a/b#k./x a/b");
        assert_eq!(at(root.path(), absolute), " **");
        assert_eq!(at(root.path(), "/etc/passwd"), "`/etc/passwd` lies outside of the project");
        std::fs::create_dir_all(&below).unwrap();
        assert_eq!(at(&below, "*.ts"), "web/[id]/*.ts web/[[]id[]]/*.ts");
        assert_eq!(at(&below, "."), "web/[id] web/[[]id[]]/**");
        assert_eq!(at(&below, ".."), "web web/**");
        assert_eq!(at(&below, "../../.."), "`../../..` lies outside of the project");
        assert_eq!(at(&below, ":/a/*"), "a/* a/*");
        let here = Here::of(&root, &below);
        let known = ["apps/api/main.py", "apps/web/page.ts"];
        assert_eq!(here.meant("main.py", known.into_iter()), "did you mean `:/apps/api/main.py`?");
        assert_eq!(here.meant("aps/web", known.into_iter()), "did you mean `:/apps/web`?");
        assert_eq!(
            here.meant("apps/api/mian.py", known.into_iter()),
            "did you mean `:/apps/api/main.py`?"
        );
        assert_eq!(here.meant("apps/api/nothing.txt", known.into_iter()), RULE);
        assert_eq!(here.meant("zzz", known.into_iter()), RULE);
    }
}
