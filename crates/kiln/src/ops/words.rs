//! What a person says in words: an edit of the spec and what follows from it, in one transaction.
//!
//! Line edits are just made in the files. Everything else is one line of `kiln.kdl`, which these commands write:
//! whose a file is, where it stands, which kits there are. Each works out the new text of the spec, and a sync with
//! that text does the rest, or stops before anything is written, the spec included.

use std::collections::BTreeSet;
use std::sync::Arc;

use globset::{GlobBuilder, GlobMatcher};
use kiln_base::{Diagnostic, Diagnostics, RelPath, Source};
use kiln_engine::compose::{Action, Plan};
use kiln_model::Spec;
use kiln_spec::Edit;
use serde::Serialize;

use crate::ops::commands::shell_word;
use crate::ops::here::{Here, Typed};
use crate::ops::patch::{Patch, State, patch};
use crate::ops::project::{Asked, Project, SPEC};
use crate::ops::report::{Report, SCHEMA};
use crate::ops::sync::{SyncOptions, preview, sync_project, write_spec};
use crate::ops::{Outcome, Settings};

/// What all words have in common.
#[derive(Debug, Clone, Default)]
pub struct WordOptions {
    /// Where, and with which kits.
    pub settings: Settings,
    /// Show the edit of the spec and what sync would do; write nothing.
    pub dry_run: bool,
    /// Only edit the spec; a later sync does the rest.
    pub no_sync: bool,
    /// Fail at once if another kiln works on the project.
    pub no_wait: bool,
    /// Paths or globs for which kiln's version is taken.
    pub take: Vec<String>,
    /// Paths or globs for which the person's version is kept.
    pub keep: Vec<String>,
    /// Paths or globs of files without a known base, whose two versions are put together with markers.
    pub merge: Vec<String>,
}

/// A place where an output still names one that was moved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Mention {
    /// The output.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// What it says there, without the spaces around.
    pub text: String,
}

/// What a word did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WordReport {
    /// The version of this form.
    pub schema: u32,
    /// The command.
    pub command: &'static str,
    /// The exit code: as that of sync.
    pub exit: u8,
    /// Nothing was written because nothing should be.
    pub dry_run: bool,
    /// What was said already, a sentence each.
    pub already: Vec<String>,
    /// The edit of the spec as a unified diff; empty if there is none.
    pub spec_diff: String,
    /// Outputs that name a place that was left.
    pub mentions: Vec<Mention>,
    /// What the sync did or would do; none if there was nothing to do, or no sync was wanted.
    pub sync: Option<Report>,
}

/// A project with what its spec resolves to, before the word.
pub(crate) struct Standing {
    pub(crate) project: Project,
    pub(crate) plan: Plan,
    /// The spec as it is written, without its preset.
    pub(crate) own: Spec,
}

impl Standing {
    pub(crate) fn open(settings: &Settings) -> Outcome<Self> {
        let project = Project::open(settings)?;
        let resolved = project.resolve()?;
        let plan = project.plan(&resolved)?;
        let own = written(&project)?;
        Ok(Self { project, plan, own })
    }

    pub(crate) fn action(&self, path: &RelPath) -> Option<&Action> {
        self.plan.actions.iter().find(|action| action.path == *path)
    }

    pub(crate) fn is_excluded(&self, path: &RelPath) -> bool {
        self.plan.excluded.contains(path)
    }

    /// Paths that a kit writes, or would if the spec did not exclude them.
    pub(crate) fn outputs(&self) -> BTreeSet<RelPath> {
        let planned = self.plan.actions.iter().map(|action| &action.path);
        planned.chain(&self.plan.excluded).cloned().collect()
    }

    /// Paths that the sum knows and no kit writes.
    pub(crate) fn orphans(&self) -> BTreeSet<RelPath> {
        let known = self.outputs();
        let facts = self.project.sum.facts().iter().map(|fact| fact.path.clone());
        facts.filter(|path| !known.contains(path)).collect()
    }
}

/// The spec as it is written, without its preset.
pub(crate) fn written(project: &Project) -> Outcome<Spec> {
    Ok(kiln_spec::decode_spec(Arc::clone(&project.spec.source))?.0)
}

/// One path, folder or glob of the command line, seen from the root, with the outputs that it stands for.
pub(crate) struct Chosen {
    /// As rules of the spec write it.
    pub(crate) glob: String,
    pub(crate) paths: Vec<RelPath>,
    /// The text, seen from the root.
    pub(crate) typed: String,
    /// The text names one output, not a folder and not what a glob matches.
    pub(crate) exact: bool,
}

/// Finds what each text stands for among `known`: a path, a folder of outputs, or a glob.
pub(crate) fn choose(
    here: &Here,
    texts: &[String],
    known: &BTreeSet<RelPath>,
) -> Outcome<Vec<Chosen>> {
    let mut problems = Diagnostics::new();
    let mut all = Vec::new();
    for text in texts {
        match one(here, text, known) {
            Ok(chosen) => all.push(chosen),
            Err(problem) => problems.push(problem),
        }
    }
    Ok(problems.finish(all).map(|(all, _)| all)?)
}

fn one(here: &Here, text: &str, known: &BTreeSet<RelPath>) -> Result<Chosen, Diagnostic> {
    let Typed { path: plain, glob } = here.read(text)?;
    if let Some(path) = known.iter().find(|path| path.as_str() == plain) {
        return Ok(Chosen {
            glob: globset::escape(&plain),
            paths: vec![path.clone()],
            exact: true,
            typed: plain,
        });
    }
    let below = |path: &&RelPath| lies_below(path.as_str(), &plain);
    let paths: Vec<RelPath> = known.iter().filter(below).cloned().collect();
    if !paths.is_empty() {
        let folder = globset::escape(&plain);
        let glob = if plain.is_empty() { "**".to_owned() } else { format!("{folder}/**") };
        return Ok(Chosen { glob, paths, exact: false, typed: plain });
    }
    let matches = matcher(&glob).map_err(|error| {
        Diagnostic::error("glob", format!("`{plain}` is no path or glob: {}", error.kind()))
    })?;
    let paths: Vec<RelPath> =
        known.iter().filter(|path| matches.is_match(path.as_str())).cloned().collect();
    if !paths.is_empty() {
        return Ok(Chosen { glob, paths, exact: false, typed: plain });
    }
    Err(no_output(here, &plain, known.iter().map(RelPath::as_str)))
}

/// Whether a path lies below a folder; everything lies below the project's own, which has no name.
pub(crate) fn lies_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// A path that is no output.
pub(crate) fn no_output<'k>(
    here: &Here,
    path: &str,
    known: impl Iterator<Item = &'k str> + Clone,
) -> Diagnostic {
    let message = match path {
        "" => "no kit writes anything here".to_owned(),
        path => format!("no kit writes `{path}`"),
    };
    Diagnostic::error("unknown-output", message).hint(here.meant(path, known))
}

/// A glob as rules of ownership have them.
pub(crate) fn matcher(glob: &str) -> Result<GlobMatcher, globset::Error> {
    Ok(GlobBuilder::new(glob).literal_separator(true).build()?.compile_matcher())
}

/// The spec's text after edits.
pub(crate) fn edited(spec: &str, edits: &[Edit]) -> Outcome<String> {
    Ok(kiln_spec::edit(&Source::new(SPEC, spec), edits)?)
}

pub(crate) fn difference(before: &str, after: &str) -> String {
    let state = |text| Some(State { bytes: str::as_bytes(text), executable: false });
    match patch(SPEC, state(before), state(after)) {
        Patch::Text(text) => text,
        Patch::Same | Patch::Binary(_) => String::new(),
    }
}

/// What is to be done, worked out.
pub(crate) struct Deed {
    pub(crate) command: &'static str,
    /// The words of the command line behind the command, for hints.
    pub(crate) said: Vec<String>,
    /// The whole new text of the spec.
    pub(crate) spec: String,
    pub(crate) asked: Asked,
    pub(crate) already: Vec<String>,
    pub(crate) mentions: Vec<Mention>,
    /// A sync is made even if the spec stays as it is.
    pub(crate) always: bool,
}

impl Deed {
    pub(crate) fn new(command: &'static str, said: Vec<String>, spec: &str) -> Self {
        Self {
            command,
            said,
            spec: spec.to_owned(),
            asked: Asked::default(),
            already: Vec::new(),
            mentions: Vec::new(),
            always: false,
        }
    }

    /// Does it, or shows what it would do.
    pub(crate) fn perform(self, project: Project, options: &WordOptions) -> Outcome<WordReport> {
        let before = project.spec.source.text.clone();
        let same = before == self.spec && self.asked.is_empty();
        let idle = same && !self.always;
        let mut report = WordReport {
            schema: SCHEMA,
            command: self.command,
            exit: 0,
            dry_run: options.dry_run,
            already: self.already.clone(),
            spec_diff: difference(&before, &self.spec),
            mentions: self.mentions.clone(),
            sync: None,
        };
        if idle {
            return Ok(report);
        }
        let sync = SyncOptions {
            settings: options.settings.clone(),
            take: options.take.clone(),
            keep: options.keep.clone(),
            merge: options.merge.clone(),
            no_wait: options.no_wait,
        };
        let mut project = project;
        if before != self.spec {
            project = project.with_spec(self.spec.clone(), &options.settings)?;
        }
        project.asked = self.asked.clone();
        if options.no_sync {
            if !options.dry_run {
                write_spec(project, self.command, &sync)?;
            }
            return Ok(report);
        }
        let mut done = if options.dry_run {
            preview(&project, &sync)?
        } else {
            sync_project(project, self.command, &sync)?
        };
        done.command = self.command;
        if before != self.spec && !done.stopped() {
            done.own_files.insert(0, SPEC.to_owned());
        }
        self.own_hints(&mut done);
        report.exit = if options.dry_run { done.verdict() } else { done.exit };
        report.sync = Some(done);
        Ok(report)
    }

    /// Where a sync stops, the words that let it go on are said to this command: the spec is not written yet.
    fn own_hints(&self, report: &mut Report) {
        if !report.stopped() || self.said.is_empty() {
            return;
        }
        let said: Vec<String> = self.said.iter().map(|word| shell_word(word)).collect();
        let again = format!("kiln {} {} --", self.command, said.join(" "));
        for hint in report.findings.iter_mut().flat_map(|finding| &mut finding.hints) {
            *hint = hint.replace("kiln sync --", &again);
        }
    }
}
