//! `own`, `exclude`, `rm`, `restore`, `foreign`: whose a file or a key is.

use std::collections::BTreeSet;

use kiln_base::{Diagnostic, Diagnostics, RelPath, did_you_mean};
use kiln_merge::{Format, KeyGlob, KeyPath};
use kiln_model::{Ownership, OwnershipRule, OwnershipWord};
use kiln_spec::Edit;

use crate::ops::commands::shell_word;
use crate::ops::explain::{Disk, base, keys_of};
use crate::ops::words::{
    Chosen, Deed, Standing, WordOptions, WordReport, choose, edited, matcher, no_output,
};
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
    let chosen = choose(&standing.project.here, &options.paths, &standing.outputs())?;
    let (command, flag) = match options.word {
        OwnershipWord::Exclude => ("exclude", None),
        OwnershipWord::Owned(Ownership::Merged) => ("own", None),
        OwnershipWord::Owned(other) => ("own", Some(format!("--{}", other.name()))),
    };
    let paths = standing.project.here.all(&options.paths)?;
    let said = flag.into_iter().chain(paths).collect();
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
    let chosen = choose(&standing.project.here, &options.paths, &known)?;
    refuse_history(&standing, &chosen)?;
    let said = standing.project.here.all(&options.paths)?;
    let mut deed = Deed::new("rm", said, &standing.project.spec.source.text);
    let mut rules = Rules::of(&standing);
    for one in &chosen {
        let known = |path: &RelPath| standing.project.sum.of(path).next().is_some();
        let removed: Vec<RelPath> = one.paths.iter().filter(|path| known(path)).cloned().collect();
        let written = Chosen {
            glob: one.glob.clone(),
            paths: one.paths.iter().filter(|path| !orphans.contains(*path)).cloned().collect(),
            exact: one.exact,
            typed: one.typed.clone(),
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
    let is_step = |path: &&RelPath| {
        standing.action(path).is_some_and(|action| action.ownership == Ownership::AppendOnly)
    };
    let mut problems = Diagnostics::new();
    for one in chosen {
        let steps: Vec<&RelPath> = one.paths.iter().filter(is_step).collect();
        let refused = |message| Diagnostic::error("append-only", message);
        problems.extend(match steps.as_slice() {
            [] => Diagnostics::new(),
            [path] => refused(format!("`{path}` stays as and where it is: others may have run it"))
                .hint(format!(
                    "to leave it to you from now on: kiln exclude {}",
                    shell_word(path.as_str())
                ))
                .into(),
            all => {
                let what = match one.typed.as_str() {
                    "" => "the project".to_owned(),
                    typed => format!("`{typed}`"),
                };
                let message = format!(
                    "{what} holds {} outputs that stay as and where they are, such as `{}`: others may have run them",
                    all.len(),
                    all[0]
                );
                refused(message).hint(without_steps(one, all)).into()
            }
        });
    }
    Ok(problems.finish(()).map(|_| ())?)
}

/// The parts of a folder that hold no step of the schema.
fn without_steps(chosen: &Chosen, steps: &[&RelPath]) -> String {
    let folder = chosen.typed.as_str();
    let part = |path: &RelPath| {
        let rest = path.as_str().strip_prefix(folder)?.trim_start_matches('/');
        let name = rest.split('/').next()?;
        Some(if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") })
    };
    let with: BTreeSet<String> = steps.iter().copied().filter_map(part).collect();
    let parts: BTreeSet<String> = chosen.paths.iter().filter_map(part).collect();
    let is_file = |part: &str| chosen.paths.iter().any(|path| path.as_str() == part);
    let (files, folders): (Vec<_>, Vec<_>) =
        parts.difference(&with).partition(|part| is_file(part.as_str()));
    let free = folders.into_iter().chain(files).take(6);
    let free: Vec<String> = free.map(|part| format!("`{part}`")).collect();
    match free.as_slice() {
        [] => format!("to leave them to you from now on: kiln exclude {}", shell_word(folder)),
        free => format!("name parts that hold none of them: {}", free.join(", ")),
    }
}

/// Brings outputs back to what their kits make; a person's version goes to the vault.
///
/// # Errors
/// Paths that no kit writes or that the spec excludes, and everything that sync refuses.
pub fn restore(options: &PathsOptions) -> Outcome<WordReport> {
    let standing = Standing::open(&options.common.settings)?;
    let chosen = choose(&standing.project.here, &options.paths, &standing.outputs())?;
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
        deed.asked.taken.insert(path.clone());
    }
    problems.finish(()).map_err(Failure::from)?;
    deed.perform(standing.project, &options.common)
}

/// Takes keys of documents over: `FILE#KEY` each.
///
/// # Errors
/// Texts that name no key of an output, keys that nobody writes, and everything that sync refuses.
pub fn foreign(options: &PathsOptions) -> Outcome<WordReport> {
    let standing = Standing::open(&options.common.settings)?;
    let said = standing.project.here.all(&options.paths)?;
    let mut deed = Deed::new("foreign", said.clone(), &standing.project.spec.source.text);
    let mut problems = Diagnostics::new();
    for text in &said {
        let known = standing.own.inputs.foreign.iter().find(|one| one.target.value == *text);
        let why = options.why.clone();
        if known.is_some_and(|known| why.is_none() || known.why == why) {
            deed.already.push(format!("`{text}` is yours already"));
            continue;
        }
        match whose_key(text, &standing)? {
            Ok(Key::OfKit) => {
                let edit = Edit::SetForeign { target: text.clone(), why };
                deed.spec = edited(&deed.spec, &[edit])?;
            }
            Ok(Key::Own) => {
                deed.already.push(format!("`{text}` is yours already: no kit writes it"));
            }
            Err(problem) => problems.push(problem),
        }
    }
    problems.finish(()).map_err(Failure::from)?;
    deed.perform(standing.project, &options.common)
}

/// Who writes a key of a document.
enum Key {
    /// A kit, now or when the file was last synced.
    OfKit,
    /// The person alone: it stands on the disk only.
    Own,
}

/// Whose the key of `FILE#KEY` is; the inner error is what is wrong with the text.
fn whose_key(text: &str, standing: &Standing) -> Outcome<Result<Key, Diagnostic>> {
    let key = text.split_once('#').and_then(|(file, key)| Some((file, key, KeyGlob::parse(key)?)));
    let Some((file, key, glob)) = key else {
        return Ok(Err(Diagnostic::error("usage", format!("`{text}` names no key of a file"))
            .hint("such as `package.json#scripts.dev`")));
    };
    let project = &standing.project;
    let known = standing.plan.actions.iter().map(|action| action.path.as_str());
    if !known.clone().any(|path| path == file) {
        return Ok(Err(no_output(&project.here, file, known)));
    }
    let Some(format) = Format::of_path(file) else {
        let message = format!("`{file}` is no JSON, TOML or YAML document, so it has no keys");
        return Ok(Err(Diagnostic::error("no-document", message).hint(format!(
            "the whole file can be yours: kiln own --seeded {}",
            shell_word(file)
        ))));
    };
    let keys = |bytes: &[u8]| keys_of(file, format, &String::from_utf8_lossy(bytes)).ok();
    let means = |keys: &[(KeyPath, String)]| keys.iter().any(|(path, _)| glob.matches(path));
    let mut outputs = standing.plan.render_some(|path| path.as_str() == file)?;
    let Some(output) = outputs.pop() else { return Ok(Ok(Key::OfKit)) };
    let before = base(project, &output)?.and_then(|bytes| keys(&bytes)).unwrap_or_default();
    // What cannot be read says nothing against the key.
    let Some(now) = keys(&output.bytes) else { return Ok(Ok(Key::OfKit)) };
    if means(&now) || means(&before) {
        return Ok(Ok(Key::OfKit));
    }
    let here = Disk::read(&project.root, file)?;
    let here = here.text().and_then(|text| keys(text.as_bytes())).unwrap_or_default();
    if means(&here) {
        return Ok(Ok(Key::Own));
    }
    let wanted = KeyPath::parse(key).unwrap_or_default();
    let list = now.iter().find(|(path, _)| wanted.0.starts_with(&path.0));
    let message = format!("no kit writes a key `{key}` into `{file}`");
    let hint = match list {
        Some((path, _)) => {
            let whole = shell_word(&format!("{file}#{path}"));
            format!("a value is yours as a whole: kiln foreign {whole}")
        }
        None => near_key(key, &now).unwrap_or_else(|| {
            format!("a key that is still to come is said in kiln.kdl: `foreign \"{text}\"` in `ownership`")
        }),
    };
    Ok(Err(Diagnostic::error("unknown-key", message).hint(hint)))
}

/// The key, or the map of keys, that is nearest to one that is none.
fn near_key(key: &str, known: &[(KeyPath, String)]) -> Option<String> {
    let ways = known.iter().flat_map(|(path, _)| {
        (1..=path.0.len()).map(|length| KeyPath(path.0[..length].to_vec()).to_string())
    });
    let ways: BTreeSet<String> = ways.collect();
    did_you_mean(key, ways.iter().map(String::as_str))
}
