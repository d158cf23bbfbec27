//! `kiln history`: the steps of the schema, and the words about them. Each word is a sync with another history, so that
//! records, migration files and outputs change together and `undo` takes them back together.

use std::collections::BTreeSet;
use std::path::PathBuf;

use kiln_base::{Diagnostic, did_you_mean, words};
use kiln_disk::{Host, Root, Vault};
use kiln_schema::{History, Operation, OwnSql, Record, squash, statements};
use serde::Serialize;

use crate::ops::history::Rewrite;
use crate::ops::project::{HISTORY, Project, SPEC, known_path};
use crate::ops::report::{Finding, Report, SCHEMA};
use crate::ops::sealing::{refuse_sealed, seal_of};
use crate::ops::sync::{SyncOptions, sync_project};
use crate::ops::{Failure, Outcome, Settings};

/// The largest file of SQL that is read, in bytes.
const LARGEST_SQL: u64 = 16 << 20;

/// The line between the two directions of a file of SQL.
const DOWN: &str = "-- down";

/// All chains with their steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryReport {
    /// The version of this form.
    pub schema: u32,
    /// The chains by name.
    pub chains: Vec<ChainShown>,
    /// Steps that do not fit together.
    pub findings: Vec<Finding>,
}

/// A chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChainShown {
    /// Its name: that of its module when it began.
    pub chain: String,
    /// Its steps in order.
    pub steps: Vec<StepShown>,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepShown {
    /// Its revision, as the words about it take it.
    pub id: String,
    /// What it does.
    pub title: String,
    /// The steps of its chain that it follows.
    pub parents: Vec<String>,
    /// Revisions of other chains that run first.
    pub needs: Vec<String>,
    /// Steps that it stands for.
    pub replaces: Vec<String>,
    /// No step of its chain follows it.
    pub head: bool,
    /// Databases have run it, as the seal says.
    pub sealed: bool,
    /// The migration.
    pub file: Option<String>,
}

/// Lists the steps of the schema.
///
/// # Errors
/// There is no project, or its spec or a record cannot be read.
pub fn history(settings: &Settings) -> Outcome<HistoryReport> {
    let project = Project::open(settings)?;
    let history = &project.history;
    let seal = seal_of(&project.root)?;
    let chain = |(name, steps): (&String, &Vec<Record>)| {
        let heads = history.heads(name);
        ChainShown {
            chain: name.clone(),
            steps: steps.iter().map(|step| shown(step, &heads, seal.holds(step))).collect(),
        }
    };
    let problems = history.fold().err().unwrap_or_default();
    let finding = |problem: &Diagnostic| Finding {
        id: problem.id.to_owned(),
        path: problem.subject.clone(),
        message: problem.message.clone(),
        hints: problem.hints.clone(),
        fails: true,
        stops: true,
        ..Finding::default()
    };
    Ok(HistoryReport {
        schema: SCHEMA,
        chains: history.chains.iter().map(chain).collect(),
        findings: problems.iter().map(finding).collect(),
    })
}

fn shown(step: &Record, heads: &[String], sealed: bool) -> StepShown {
    StepShown {
        id: step.shown(),
        title: step.title.clone(),
        parents: step.parents.clone(),
        needs: step.needs.clone(),
        replaces: step.replaces.clone(),
        head: heads.contains(&step.id()),
        sealed,
        file: step.file.as_ref().map(|file| file.path.as_str().to_owned()),
    }
}

/// What an adoption is asked.
#[derive(Debug, Clone, Default)]
pub struct HistoryAdoptOptions {
    /// Where, and with which kits.
    pub settings: Settings,
    /// The file of SQL.
    pub file: PathBuf,
    /// The module; none if there is only one, or only one has changes.
    pub module: Option<String>,
    /// What the step is called; the file's name if none.
    pub title: Option<String>,
}

/// Makes a person's own SQL the next step of a module. It does what the entities want and the history lacks, if there
/// is anything.
///
/// # Errors
/// The file cannot be read or has no statement; it is not clear which module is meant; all of sync.
pub fn history_adopt(options: &HistoryAdoptOptions) -> Outcome<Report> {
    let project = open(&options.settings)?;
    let (up, down) = read_sql(options)?;
    let chain = chain_of(&project, options.module.as_deref())?;
    let stem = options.file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let title = options.title.clone().or(stem).unwrap_or_default();
    let own = OwnSql { chain, title: words(&title).join(" "), up, down };
    let rewrite = Rewrite { own: Some(own), ..Rewrite::default() };
    rewritten(project, rewrite, "history adopt", &options.settings)
}

fn read_sql(options: &HistoryAdoptOptions) -> Outcome<(Vec<String>, Vec<String>)> {
    let shown = options.file.display();
    let refuse = |why: String| Failure::from(Diagnostic::error("sql", format!("`{shown}` {why}")));
    let folder = options.file.parent().map_or_else(|| PathBuf::from("."), PathBuf::from);
    let name = options.file.file_name().map(|name| name.to_string_lossy().into_owned());
    let text = match name {
        Some(name) => Root::open(&options.settings.start.join(folder))?
            .read_text_if(&known_path(&name)?, LARGEST_SQL)?,
        None => None,
    };
    let text = text.ok_or_else(|| refuse("is not there".to_owned()))?.replace("\r\n", "\n");
    let is_border = |line: &str| line.trim().eq_ignore_ascii_case(DOWN);
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| is_border(line)).unwrap_or(lines.len());
    let up = statements(&lines[..at].join("\n"));
    let down = statements(&lines[lines.len().min(at + 1)..].join("\n"));
    if up.is_empty() {
        return Err(refuse("has no statement".to_owned()));
    }
    Ok((up, down))
}

/// The chain that is meant: as said, or the only one that can be.
fn chain_of(project: &Project, module: Option<&str>) -> Outcome<String> {
    let modules = project.spec.inputs.modules.iter().map(|module| module.name.value.clone());
    let known: BTreeSet<String> = modules.chain(project.history.chains.keys().cloned()).collect();
    let refuse = |message: String, hint: Option<String>| {
        Err(Diagnostic::error("unknown-chain", message).hint_if(hint).into())
    };
    if let Some(name) = module {
        if known.contains(name) {
            return Ok(name.to_owned());
        }
        let hint = did_you_mean(name, known.iter().map(String::as_str));
        return refuse(format!("there is no module `{name}`"), hint);
    }
    let resolved = project.resolve()?;
    let pending = project.plan(&resolved)?.new_records;
    let mut chains: BTreeSet<String> = pending.into_iter().map(|record| record.chain).collect();
    if chains.is_empty() {
        chains = known;
    }
    if chains.len() == 1 {
        return Ok(chains.into_iter().collect());
    }
    let names: Vec<String> = chains.iter().map(|name| format!("`{name}`")).collect();
    let message = format!("the SQL could belong to modules {}", names.join(", "));
    refuse(message, Some("say which one with `--module`".to_owned()))
}

/// What is asked about some steps or chains.
#[derive(Debug, Clone, Default)]
pub struct HistoryOptions {
    /// Where, and with which kits.
    pub settings: Settings,
    /// Steps by revision, or modules.
    pub names: Vec<String>,
}

/// Makes the last step of modules anew, from what the entities want now.
///
/// # Errors
/// A module has no last step that could be made anew; all of sync.
pub fn history_amend(options: &HistoryOptions) -> Outcome<Report> {
    let project = open(&options.settings)?;
    let mut removed = Vec::new();
    for name in &options.names {
        let chain = chain_of(&project, Some(name))?;
        removed.push(last_step(&project.history, &chain)?.clone());
    }
    refuse_if_followed(&project.history, &removed)?;
    let rewrite = Rewrite { removed, ..Rewrite::default() };
    rewritten(project, rewrite, "history amend", &options.settings)
}

fn last_step<'h>(history: &'h History, chain: &str) -> Outcome<&'h Record> {
    let refuse = |message: String, hint: &str| {
        Err(Failure::from(Diagnostic::error("amend", message).hint(hint)))
    };
    let heads = history.heads(chain);
    let [head] = heads.as_slice() else {
        let ids: Vec<String> =
            heads.iter().map(|id| format!("`{}`", id.replace('_', "-"))).collect();
        return match ids.len() {
            0 => refuse(format!("module `{chain}` has no step"), "`kiln sync` makes the first one"),
            _ => refuse(
                format!("module `{chain}` has more than one last step: {}", ids.join(", ")),
                "`kiln history drop ID` takes one of them back",
            ),
        };
    };
    let Some(record) = history.find(head) else {
        return refuse(format!("module `{chain}` has no step"), "`kiln sync` makes the first one");
    };
    let own = record.operations.iter().any(|known| matches!(known, Operation::RunSql { .. }));
    if own {
        return refuse(
            format!("`{}` is your own SQL", record.shown()),
            "`kiln history drop ID`, then `kiln history adopt --file F` with the new text",
        );
    }
    if !record.replaces.is_empty() {
        return refuse(
            format!("`{}` stands for steps that databases have", record.shown()),
            "`kiln sync` makes the next step",
        );
    }
    Ok(record)
}

/// Takes back steps that no database has.
///
/// # Errors
/// A step is not there, or others follow it; all of sync.
pub fn history_drop(options: &HistoryOptions) -> Outcome<Report> {
    let project = open(&options.settings)?;
    let mut removed = Vec::new();
    for name in &options.names {
        let Some(record) = project.history.find(name) else {
            let known: Vec<String> = project.history.records().map(Record::shown).collect();
            let problem = Diagnostic::error("unknown-step", format!("there is no step `{name}`"))
                .hint_if(did_you_mean(name, known.iter().map(String::as_str)))
                .hint("`kiln history` lists the steps");
            return Err(problem.into());
        };
        removed.push(record.clone());
    }
    refuse_if_followed(&project.history, &removed)?;
    let rewrite = Rewrite { removed, ..Rewrite::default() };
    rewritten(project, rewrite, "history drop", &options.settings)
}

fn refuse_if_followed(history: &History, removed: &[Record]) -> Outcome<()> {
    let ids: BTreeSet<String> = removed.iter().map(Record::id).collect();
    for id in &ids {
        let others = history.followers(id).filter(|record| !ids.contains(&record.id()));
        let names: Vec<String> = others.map(Record::shown).collect();
        if !names.is_empty() {
            let all: Vec<String> = removed.iter().map(Record::shown).chain(names.clone()).collect();
            let message =
                format!("`{}` is followed by `{}`", id.replace('_', "-"), names.join("`, `"));
            return Err(Diagnostic::error("followed", message)
                .hint(format!(
                    "if no database has them either: kiln history drop {}",
                    all.join(" ")
                ))
                .into());
        }
    }
    Ok(())
}

/// Replaces all steps of some modules by one that makes what they come to.
///
/// # Errors
/// A module has no steps; steps of other modules follow them; all of sync.
pub fn history_squash(options: &HistoryOptions) -> Outcome<Report> {
    let project = open(&options.settings)?;
    let resolved = project.resolve()?;
    let renderer = project.plan(&resolved)?.renderer.ok_or_else(|| {
        Diagnostic::error("squash", "no kit of the project renders steps of the schema")
    })?;
    let made = squash(&project.history, &options.names, &renderer)
        .map_err(|problems| Failure::from(kiln_base::Diagnostics(problems)))?;
    let gone = |record: &&Record| options.names.contains(&record.chain);
    let removed: Vec<Record> = project.history.records().filter(gone).cloned().collect();
    let rewrite = Rewrite { removed, added: made.records, own: None };
    rewritten(project, rewrite, "history squash", &options.settings)
}

/// The project, if nothing is in the way of another history.
pub(crate) fn open(settings: &Settings) -> Outcome<Project> {
    if settings.locked {
        let message = format!("`{HISTORY}` would change, and `--locked` forbids it");
        return Err(Failure { code: 1, ..Diagnostic::error("lock-stale", message).into() });
    }
    let project = Project::open(settings)?;
    let vault = Vault::find(&project.root, Host::current())?;
    let interrupted = match &vault {
        Some(vault) => vault.interrupted(&project.root)?,
        None => None,
    };
    match interrupted.filter(|interrupted| !interrupted.running) {
        Some(interrupted) => {
            let message = format!("`kiln {}` was interrupted", interrupted.command);
            Err(Diagnostic::error("interrupted", message).hint("`kiln sync` finishes it").into())
        }
        None => Ok(project),
    }
}

/// A sync with another history. Migration files of steps that go are deleted, whatever is in them: that is the word.
fn rewritten(
    mut project: Project,
    rewrite: Rewrite,
    command: &'static str,
    settings: &Settings,
) -> Outcome<Report> {
    refuse_sealed(&project, &rewrite.removed)?;
    let gone: BTreeSet<String> = rewrite.removed.iter().map(Record::id).collect();
    let files = rewrite.removed.iter().filter_map(|record| record.file.as_ref());
    project.asked.taken = files
        .filter(|file| project.sum.of(&file.path).next().is_some())
        .map(|file| file.path.clone())
        .collect();
    let kept = project.history.without(&gone);
    project.history = kept.records().chain(&rewrite.added).cloned().collect();
    project.rewrite = rewrite;
    let options = SyncOptions { settings: settings.clone(), ..SyncOptions::default() };
    let gone: Vec<String> = project.rewrite.removed.iter().map(Record::path).collect();
    let mut report = sync_project(project, command, &options)?;
    report.command = command;
    // One that would be made anew as it was has stayed.
    if let Some(root) = Root::find(&settings.start, SPEC)? {
        for path in gone {
            if root.stat(&known_path(&path)?)?.is_none() {
                report.own_files.push(path);
            }
        }
    }
    Ok(report)
}
