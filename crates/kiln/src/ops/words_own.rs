//! `own`, `exclude`, `rm`, `restore`, `foreign`: whose a file or a key is.

use std::collections::BTreeSet;

use kiln_base::{Diagnostic, Diagnostics, RelPath, did_you_mean};
use kiln_merge::KeyGlob;
use kiln_model::{Ownership, OwnershipRule, OwnershipWord};
use kiln_spec::Edit;

use crate::ops::commands::shell_word;
use crate::ops::words::{Chosen, Deed, Standing, WordOptions, WordReport, choose, edited, matcher};
use crate::ops::{Failure, Outcome};

/// What `own` and `exclude` are asked.
#[derive(Debug, Clone)]
pub struct OwnOptions {
    /// What all words have in common.
    pub common: WordOptions,
    /// Paths, folders or globs.
    pub paths: Vec<String>,
    /// Whose they are from now on.
    pub word: OwnershipWord,
    /// For people.
    pub why: Option<String>,
}

/// Says whose outputs are: a rule in the spec, and a sync.
///
/// # Errors
/// Paths that no kit writes, files whose kit alone decides, and everything that sync refuses.
pub fn own(options: &OwnOptions) -> Outcome<WordReport> {
    let standing = Standing::open(&options.common.settings)?;
    let chosen = choose(&options.paths, &standing.outputs())?;
    let (command, flag) = match options.word {
        OwnershipWord::Exclude => ("exclude", None),
        OwnershipWord::Owned(Ownership::Merged) => ("own", None),
        OwnershipWord::Owned(other) => ("own", Some(format!("--{}", other.name()))),
    };
    let said = flag.into_iter().chain(options.paths.iter().cloned()).collect();
    let mut deed = Deed::new(command, said, &standing.project.spec.source.text);
    let mut rules = Rules::of(&standing);
    for one in &chosen {
        rules.say(one, options.word, options.why.as_deref(), &mut deed)?;
    }
    deed.perform(standing.project, &options.common)
}

/// The spec's rules of ownership while they are edited.
struct Rules<'s> {
    standing: &'s Standing,
    own: Vec<OwnershipRule>,
}

impl<'s> Rules<'s> {
    fn of(standing: &'s Standing) -> Self {
        Self { standing, own: standing.own.inputs.ownership.clone() }
    }

    fn current(&self, path: &RelPath) -> Option<OwnershipWord> {
        if self.standing.is_excluded(path) {
            return Some(OwnershipWord::Exclude);
        }
        self.standing.action(path).map(|action| OwnershipWord::Owned(action.ownership))
    }

    fn say(
        &mut self,
        chosen: &Chosen,
        word: OwnershipWord,
        why: Option<&str>,
        deed: &mut Deed,
    ) -> Outcome<()> {
        let paths = self.sayable(chosen, word)?;
        let same = self.own.iter().rposition(|rule| rule.glob.value == chosen.glob);
        let said = paths.iter().all(|path| self.current(path) == Some(word));
        let reason =
            why.is_none_or(|why| same.is_some_and(|at| self.own[at].why.as_deref() == Some(why)));
        if said && reason {
            let state = match word {
                OwnershipWord::Exclude => "excluded",
                OwnershipWord::Owned(ownership) => ownership.name(),
            };
            deed.already.push(format!("`{}` is {state} already", chosen.glob));
            return Ok(());
        }
        let (glob, why) = (chosen.glob.clone(), why.map(str::to_owned));
        let edits = match same {
            // A rule behind it would win.
            Some(at) if !self.hidden(at, &paths) => vec![Edit::ChangeRule { at, word, why }],
            Some(at) => vec![Edit::RemoveRule { at }, Edit::AddRule { word, glob, why }],
            None => vec![Edit::AddRule { word, glob, why }],
        };
        deed.spec = edited(&deed.spec, &edits)?;
        let source = kiln_base::Source::new("", deed.spec.as_str());
        self.own = kiln_spec::decode_spec(source)?.0.inputs.ownership;
        Ok(())
    }

    /// Those that the word can be said of: migrations and dependency locks are as their kit has them.
    fn sayable(&self, chosen: &Chosen, word: OwnershipWord) -> Outcome<Vec<RelPath>> {
        let fixed = |path: &&RelPath| {
            word != OwnershipWord::Exclude
                && matches!(
                    self.current(path),
                    Some(OwnershipWord::Owned(Ownership::AppendOnly | Ownership::Computed))
                )
        };
        let paths: Vec<RelPath> =
            chosen.paths.iter().filter(|path| !fixed(path)).cloned().collect();
        match chosen.paths.first() {
            Some(path) if paths.is_empty() => {
                let kind = self.standing.action(path).map_or("", |action| action.ownership.name());
                let message = format!("`{path}` is {kind}, and that cannot be changed");
                Err(Diagnostic::error("fixed-ownership", message)
                    .hint(format!("leave it out with: kiln exclude {}", shell_word(path.as_str())))
                    .into())
            }
            _ => Ok(paths),
        }
    }

    fn hidden(&self, at: usize, paths: &[RelPath]) -> bool {
        let later: Vec<_> =
            self.own[at + 1..].iter().filter_map(|rule| matcher(&rule.glob).ok()).collect();
        paths.iter().any(|path| later.iter().any(|glob| glob.is_match(path.as_str())))
    }
}

/// What `rm` and `restore` are asked.
#[derive(Debug, Clone, Default)]
pub struct PathsOptions {
    /// What all words have in common.
    pub common: WordOptions,
    /// Paths, folders or globs.
    pub paths: Vec<String>,
    /// For people.
    pub why: Option<String>,
}

/// Deletes outputs and keeps them away: a person's edits go to the vault, and the spec excludes them.
///
/// # Errors
/// Paths that no kit writes, migrations, and everything that sync refuses.
pub fn rm(options: &PathsOptions) -> Outcome<WordReport> {
    let standing = Standing::open(&options.common.settings)?;
    let orphans = standing.orphans();
    let known: BTreeSet<RelPath> = standing.outputs().union(&orphans).cloned().collect();
    let chosen = choose(&options.paths, &known)?;
    refuse_history(&standing, &chosen)?;
    let said = options.paths.clone();
    let mut deed = Deed::new("rm", said, &standing.project.spec.source.text);
    let mut rules = Rules::of(&standing);
    for one in &chosen {
        let known = |path: &RelPath| standing.project.sum.of(path).next().is_some();
        let removed: Vec<RelPath> = one.paths.iter().filter(|path| known(path)).cloned().collect();
        let written = Chosen {
            glob: one.glob.clone(),
            paths: one.paths.iter().filter(|path| !orphans.contains(*path)).cloned().collect(),
        };
        deed.asked.removed.extend(removed);
        if !written.paths.is_empty() {
            rules.say(&written, OwnershipWord::Exclude, options.why.as_deref(), &mut deed)?;
        }
    }
    deed.perform(standing.project, &options.common)
}

/// A migration that some database ran cannot be unsaid by deleting its file.
pub(crate) fn refuse_history(standing: &Standing, chosen: &[Chosen]) -> Outcome<()> {
    let steps = chosen.iter().flat_map(|one| &one.paths).filter(|path| {
        standing.action(path).is_some_and(|action| action.ownership == Ownership::AppendOnly)
    });
    let refused = |path: &RelPath| {
        Diagnostic::error(
            "append-only",
            format!("`{path}` stays as and where it is: others may have run it"),
        )
        .hint("to leave it to you from now on: `kiln exclude` with its path")
    };
    let problems = Diagnostics(steps.map(refused).collect());
    Ok(problems.finish(()).map(|_| ())?)
}

/// Brings outputs back to what their kits make; a person's version goes to the vault.
///
/// # Errors
/// Paths that no kit writes or that the spec excludes, and everything that sync refuses.
pub fn restore(options: &PathsOptions) -> Outcome<WordReport> {
    let standing = Standing::open(&options.common.settings)?;
    let chosen = choose(&options.paths, &standing.outputs())?;
    let mut deed = Deed::new("restore", Vec::new(), &standing.project.spec.source.text);
    let mut problems = Diagnostics::new();
    for path in chosen.iter().flat_map(|one| &one.paths) {
        let Some(action) = standing.action(path) else {
            let message = format!("`{path}` is excluded in the spec");
            let shown = shell_word(path.as_str());
            let hint = format!("let kiln write it again: kiln own {shown}");
            problems.push(Diagnostic::error("excluded", message).hint(hint));
            continue;
        };
        if action.ownership == Ownership::Seeded {
            deed.asked.reseeded.insert(path.clone());
        }
        deed.take.push(globset::escape(path.as_str()));
    }
    problems.finish(()).map_err(Failure::from)?;
    deed.perform(standing.project, &options.common)
}

/// Takes keys of documents over: `FILE#KEY` each.
///
/// # Errors
/// Texts that name no key of an output, and everything that sync refuses.
pub fn foreign(options: &PathsOptions) -> Outcome<WordReport> {
    let standing = Standing::open(&options.common.settings)?;
    let said = options.paths.clone();
    let mut deed = Deed::new("foreign", said, &standing.project.spec.source.text);
    let mut problems = Diagnostics::new();
    for text in &options.paths {
        if let Err(problem) = check_key(text, &standing) {
            problems.push(problem);
            continue;
        }
        let known = standing.own.inputs.foreign.iter().find(|one| one.target.value == *text);
        let why = options.why.clone();
        if known.is_some_and(|known| why.is_none() || known.why == why) {
            deed.already.push(format!("`{text}` is yours already"));
            continue;
        }
        deed.spec = edited(&deed.spec, &[Edit::SetForeign { target: text.clone(), why }])?;
    }
    problems.finish(()).map_err(Failure::from)?;
    deed.perform(standing.project, &options.common)
}

fn check_key(text: &str, standing: &Standing) -> Result<(), Diagnostic> {
    let key = text.split_once('#').filter(|(_, key)| KeyGlob::parse(key).is_some());
    let Some((file, _)) = key else {
        return Err(Diagnostic::error("usage", format!("`{text}` names no key of a file"))
            .hint("such as `package.json#scripts.dev`"));
    };
    let known = || standing.plan.actions.iter().map(|action| action.path.as_str());
    if known().any(|path| path == file) {
        return Ok(());
    }
    let hint = did_you_mean(file, known())
        .unwrap_or_else(|| "paths are written from the project's root, with `/`".to_owned());
    Err(Diagnostic::error("unknown-output", format!("no kit writes `{file}`")).hint(hint))
}
