//! `adopt`: a repository that was made elsewhere comes under management; `eject`: outputs become the person's.
//!
//! Neither changes a byte of what stands there. Adopting records as the person's difference what is not the render;
//! ejecting forgets what kits wrote, and keeps what is shared with other kits as it is.

use kiln_base::{Diagnostic, Diagnostics};
use kiln_disk::{Host, Root, Stop, Vault};
use kiln_model::{Ownership, OwnershipWord};
use kiln_spec::Edit;

use crate::ops::compare::{Decision, Refresh};
use crate::ops::here::FROM_ROOT;
use crate::ops::prepare::prepare;
use crate::ops::project::{Project, SPEC, Texts};
use crate::ops::report::SCHEMA;
use crate::ops::said::Words;
use crate::ops::sync::{SyncOptions, preview, sync_project};
use crate::ops::words::{Deed, WordOptions, WordReport, difference, edited, written};
use crate::ops::words_kits::{refuse_needed, removals};
use crate::ops::{Failure, Outcome};

/// What `adopt` is asked.
#[derive(Debug, Clone, Default)]
pub struct AdoptOptions {
    /// What all words have in common.
    pub common: WordOptions,
    /// The spec to begin with, where the repository has none.
    pub from: Option<std::path::PathBuf>,
}

/// Why the spec says that an adopted file is merged although its kit manages it.
const WHY: &str = "it differed when it was adopted";

/// Brings a repository under management: what matches is taken over, what differs is the person's difference, what
/// is absent is written. Nothing that stands there is changed.
///
/// # Errors
/// Everything that sync refuses; a spec that is there already beside `from`, or none at all.
pub fn adopt(options: &AdoptOptions) -> Outcome<WordReport> {
    let settings = &options.common.settings;
    let (project, fresh) = match &options.from {
        None => (Project::open(settings)?, None),
        Some(from) => {
            let root = Root::open(&settings.start)?;
            if root.read_if(&crate::ops::project::known_path(SPEC)?, u64::MAX)?.is_some() {
                let message = format!("there is a `{SPEC}` already");
                return Err(Diagnostic::error("spec-there", message)
                    .hint("adopt with it: kiln adopt")
                    .into());
            }
            let texts = from_elsewhere(from)?;
            let shown = Some(from.to_string_lossy().into_owned());
            let there = Texts { shown, ..texts.clone() };
            (Project::assemble(root, there, settings)?, Some(texts))
        }
    };
    let differing = differing(&project)?;
    let mut edits = Vec::new();
    let mut common = options.common.clone();
    for (path, ownership) in &differing {
        let glob = globset::escape(path);
        if *ownership == Some(Ownership::Managed) {
            edits.push(Edit::AddRule {
                word: OwnershipWord::Owned(Ownership::Merged),
                glob: glob.clone(),
                why: Some(WHY.to_owned()),
            });
        }
        common.keep.push(format!("{FROM_ROOT}{glob}"));
    }
    let spec = edited(&project.spec.source.text, &edits)?;
    match fresh {
        None => {
            let mut deed = Deed::new("adopt", Vec::new(), &spec);
            deed.asked.adopting = true;
            deed.always = true;
            deed.perform(project, &common)
        }
        Some(texts) => begin(project, Texts { spec, ..texts }, &common),
    }
}

/// The spec of another place, with the history beside it.
fn from_elsewhere(from: &std::path::Path) -> Outcome<Texts> {
    let folder = from.parent().filter(|folder| !folder.as_os_str().is_empty());
    let source = Root::open(folder.unwrap_or(std::path::Path::new(".")))?;
    let name = from.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let texts = Texts::read(&source, &name)?.ok_or_else(|| {
        let message = format!("there is no spec `{}`", from.display());
        Failure::from(Diagnostic::error("no-spec", message))
    })?;
    // Lock and sum say what stands beside the other spec.
    Ok(Texts { lock: None, sum: None, ..texts })
}

/// Files that stand where an output belongs and are not the render, with the ownership of that output.
fn differing(project: &Project) -> Outcome<Vec<(String, Option<Ownership>)>> {
    let resolved = project.resolve()?;
    let vault = Vault::find(&project.root, Host::current())?;
    let words = Words::default();
    let prepared = prepare(project, &resolved, vault.as_ref(), &words, Refresh::No)?;
    let in_the_way = |decision: &&Decision| {
        decision.row.stop == Some(Stop::InTheWay) && decision.row.id != "R11"
    };
    let decisions = prepared.compared.decisions.iter();
    Ok(decisions
        .filter(in_the_way)
        .map(|decision| (decision.path.as_str().to_owned(), decision.ownership))
        .collect())
}

/// Adopts with a spec that is not there yet.
fn begin(project: Project, texts: Texts, common: &WordOptions) -> Outcome<WordReport> {
    let spec = texts.spec.clone();
    let mut project = Project::assemble(project.root, texts.clone(), &common.settings)?;
    project.fresh = Some(texts);
    project.asked.adopting = true;
    let sync = SyncOptions {
        settings: common.settings.clone(),
        take: common.take.clone(),
        keep: common.keep.clone(),
        merge: common.merge.clone(),
        no_wait: common.no_wait,
    };
    let mut done = if common.dry_run {
        preview(&project, &sync)?
    } else {
        sync_project(project, "adopt", &sync)?
    };
    done.command = "adopt";
    Ok(WordReport {
        schema: SCHEMA,
        command: "adopt",
        exit: if common.dry_run { done.verdict() } else { done.exit },
        dry_run: common.dry_run,
        already: Vec::new(),
        spec_diff: difference("", &spec),
        mentions: Vec::new(),
        sync: Some(done),
    })
}

/// What `eject` is asked.
#[derive(Debug, Clone, Default)]
pub struct EjectOptions {
    /// What all words have in common.
    pub common: WordOptions,
    /// Kits; all of them if there is none.
    pub kits: Vec<String>,
}

/// Makes what kits wrote the person's: it stays as it is, and kiln forgets it. Without kits, everything is ejected and
/// the spec keeps its project alone.
///
/// # Errors
/// Kits that are not in the project, kits that another one needs, and everything that sync refuses.
pub fn eject(options: &EjectOptions) -> Outcome<WordReport> {
    let project = Project::open(&options.common.settings)?;
    let text = project.spec.source.text.clone();
    let mut deed = Deed::new("eject", options.kits.clone(), &text);
    deed.asked.ejecting = true;
    if options.kits.is_empty() {
        deed.spec = kiln_spec::project_alone(&project.spec.source)?;
        return deed.perform(project, &options.common);
    }
    let own = written(&project)?;
    let mut problems = Diagnostics::new();
    for id in &options.kits {
        let edits = removals(id, &own, &project, None);
        if edits.is_empty() {
            let message = format!("the spec does not ask for `{id}`");
            let hint = "`kiln status` shows what the project has; `kiln eject` ejects all of it";
            problems.push(Diagnostic::error("unknown-kit", message).hint(hint));
        }
        deed.spec = edited(&deed.spec, &edits)?;
    }
    problems.finish(()).map_err(Failure::from)?;
    refuse_needed("eject", &options.kits, &deed.spec, &options.common)?;
    deed.perform(project, &options.common)
}
