//! `explain` and `cat`: where an output, a line, a key comes from, what an option reaches, what an id means.

mod cat;
mod disk;
mod pages;

use imara_diff::{Algorithm, Diff, InternedInput};
use kiln_base::{Diagnostic, Spanned, did_you_mean};
use kiln_engine::compose::explain::{At, Inquiry, LineOrigin, OptionReach, OutputOrigin, inquire};
use kiln_engine::compose::{Composition, DerivedOutput, Steps};
use kiln_merge::{Format, KeyGlob, KeyPath, Part};
use serde::Serialize;

use crate::ops::commands::shell_word;
use crate::ops::project::{HISTORY, LOCK, Project, Resolved, SPEC, SUM};
use crate::ops::report::SCHEMA;
use crate::ops::words::{lies_below, matcher};
use crate::ops::{Outcome, Settings};

pub use cat::{CatOptions, Shown, ShownSide, cat};
pub(crate) use disk::{Disk, base};
pub use disk::{FactShown, Standing};
use disk::{facts, standing};
pub use pages::{Page, page, pages};

/// What an explanation is asked.
#[derive(Debug, Clone, Default)]
pub struct ExplainOptions {
    /// Where, and with which kits.
    pub settings: Settings,
    /// `PATH`, `PATH:LINE`, `PATH#key`, or the id of a diagnostic or finding.
    pub what: String,
    /// `KIT.OPTION` instead.
    pub option: Option<String>,
}

/// What an explanation says.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// The version of this form.
    pub schema: u32,
    /// The exit code.
    pub exit: u8,
    /// What it is about.
    #[serde(flatten)]
    pub about: About,
}

/// What an explanation is about.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum About {
    /// An output.
    Output(Box<OutputAnswer>),
    /// A line of an output.
    Line(Box<LineAnswer>),
    /// Keys of a document.
    Key(KeyAnswer),
    /// An option.
    Option(OptionReach),
    /// An id.
    Id(Page),
    /// A file that no kit writes.
    Other(OtherAnswer),
}

/// Where an output comes from and how it stands.
#[derive(Debug, Clone, Serialize)]
pub struct OutputAnswer {
    /// Where it comes from.
    #[serde(flatten)]
    pub origin: OutputOrigin,
    /// What stands on the disk.
    pub stands: Standing,
    /// What `kiln.sum` says of it.
    pub facts: Vec<FactShown>,
    /// The keys of it that the spec says are the person's.
    pub foreign: Vec<ForeignShown>,
}

/// A rule about keys that are the person's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForeignShown {
    /// `FILE#key`.
    pub target: String,
    /// Why.
    pub why: Option<String>,
    /// Where in the spec.
    pub place: Option<At>,
}

/// Where a line comes from.
#[derive(Debug, Clone, Serialize)]
pub struct LineAnswer {
    /// The output.
    pub path: String,
    /// The line of the file on the disk, from 1; of the render where there is no file.
    pub line: usize,
    /// Its text.
    pub text: String,
    /// The kit that writes the output.
    pub kit: String,
    /// The file of the kit.
    pub source: String,
    /// What stands on the disk.
    pub stands: Standing,
    /// The line is a person's: the render has no such line.
    pub yours: bool,
    /// Lines of the render that stand there instead, if it is a person's.
    pub instead: Vec<String>,
    /// Where it comes from, if it is kiln's.
    pub origin: Option<LineOrigin>,
}

/// Where keys come from.
#[derive(Debug, Clone, Serialize)]
pub struct KeyAnswer {
    /// The output.
    pub path: String,
    /// The key that was asked for.
    pub key: String,
    /// The kit that writes the output.
    pub kit: String,
    /// What stands on the disk.
    pub stands: Standing,
    /// It, or all that lies below it, sorted.
    pub keys: Vec<KeyShown>,
}

/// A key of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyShown {
    /// The keys that lead to it, with dots between.
    pub key: String,
    /// Its value on the disk; none if it is not there.
    pub value: Option<String>,
    /// Its value in the render; none if kiln does not write it.
    pub render: Option<String>,
    /// The kits that say it, each with its file.
    pub from: Vec<(String, String)>,
    /// `kiln` or `yours`.
    pub owner: String,
    /// The rule of the spec that makes it the person's.
    pub foreign: Option<ForeignShown>,
}

/// A file that no kit writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OtherAnswer {
    /// Where it is.
    pub path: String,
    /// What it is, in one sentence.
    pub what: String,
    /// The kit that has to do with it.
    pub kit: Option<String>,
    /// What `kiln.sum` says of it.
    pub facts: Vec<FactShown>,
}

/// Says where something comes from.
///
/// # Errors
/// Everything that is wrong with spec, kits or lock; a path, line, key, option or id that is not known.
pub fn explain(options: &ExplainOptions) -> Outcome<Explanation> {
    let about = |about| Explanation { schema: SCHEMA, exit: 0, about };
    // `./busy` is a path, `busy` an id.
    if options.option.is_none()
        && let Some(page) = page(&options.what)
    {
        return Ok(about(About::Id(page)));
    }
    let project = Project::open(&options.settings)?;
    let what = &*project.here.read(&options.what)?.path;
    let resolved = project.resolve()?;
    let answer = with_composition(&project, &resolved, |composition| {
        inquire(composition, |inquiry| {
            let asked = Asked { project: &project, inquiry };
            match &options.option {
                Some(option) => asked.option(option),
                None => asked.target(what),
            }
        })
    })?;
    answer.map(about)
}

fn with_composition<T>(
    project: &Project,
    resolved: &Resolved,
    ask: impl FnOnce(&Composition<'_>) -> T,
) -> T {
    let kits = project.spec.kits.iter();
    let options = kits.map(|kit| (kit.id.value.clone(), kit.options.clone())).collect();
    ask(&Composition {
        inputs: &project.spec.inputs,
        kits: &resolved.resolution.kits,
        options: &options,
        parsed: &project.kits.parsed,
        names: &project.kits.names,
        universes: &project.kits.universes,
        history: &project.history,
        steps: Steps::Make { confirms: &project.spec.confirms, own: None },
    })
}

/// A question about one project.
struct Asked<'a> {
    project: &'a Project,
    inquiry: &'a Inquiry<'a>,
}

impl Asked<'_> {
    fn option(&self, asked: &str) -> Outcome<About> {
        let found =
            asked.split_once('.').and_then(|(kit, option)| self.inquiry.option(kit, option));
        found.map(About::Option).ok_or_else(|| {
            let names = self.inquiry.option_names();
            let hint = did_you_mean(asked, names.iter().map(String::as_str))
                .filter(|_| asked.contains('.'));
            let kit = asked.split('.').next().unwrap_or(asked);
            let of_kit: Vec<&str> = names
                .iter()
                .filter_map(|name| name.split_once('.').filter(|(own, _)| *own == kit))
                .map(|(_, option)| option)
                .collect();
            let hint = hint.unwrap_or_else(|| match of_kit.as_slice() {
                [] => "`--option` takes KIT.OPTION, of a kit of this project".to_owned(),
                known => format!("options of `{kit}`: {}", known.join(", ")),
            });
            let message = format!("no kit of this project has an option `{asked}`");
            Diagnostic::error("unknown-option", message).hint(hint).into()
        })
    }

    fn target(&self, what: &str) -> Outcome<About> {
        // A path may hold `#` and `:`, so the whole is tried first.
        if self.inquiry.paths().any(|path| path.as_str() == what) {
            return self.output(what);
        }
        if let Some((path, key)) = what.split_once('#') {
            return self.key(path, key);
        }
        if let Some((path, line)) = what.rsplit_once(':')
            && let Ok(line) = line.parse::<usize>()
        {
            return self.line(path, line);
        }
        self.output(what)
    }

    fn output(&self, path: &str) -> Outcome<About> {
        let Some(origin) = self.inquiry.output(path) else { return self.other(path) };
        let disk = Disk::read(&self.project.root, path)?;
        let excluded = origin.rule.as_ref().is_some_and(|rule| rule.word == "exclude");
        let stands = if excluded {
            Standing::Excluded
        } else {
            standing(self.project, self.inquiry.plan, path, &disk)?
        };
        Ok(About::Output(Box::new(OutputAnswer {
            stands,
            facts: facts(self.project, self.inquiry.plan, path),
            foreign: self.foreign(path).into_iter().map(|(_, shown)| shown).collect(),
            origin,
        })))
    }

    /// A path that no kit writes.
    fn other(&self, path: &str) -> Outcome<About> {
        if self.inquiry.paths().any(|output| lies_below(output.as_str(), path)) {
            return Err(self.unknown(path).into());
        }
        let facts = facts(self.project, self.inquiry.plan, path);
        let is_derived = |output: &&DerivedOutput| output.path.as_str() == path;
        let derived = self.inquiry.plan.derived.iter().find(is_derived);
        let own = match path {
            SPEC => Some("the spec: what a person says of the project"),
            LOCK => Some("the lock: what the spec was resolved to; kiln writes it"),
            SUM => Some("the sum: what each output has taken in; kiln writes it"),
            _ if path.strip_prefix(HISTORY).is_some_and(|rest| rest.starts_with('/')) => {
                Some("a step of the schema's history; kiln writes it once")
            }
            _ => None,
        };
        let there = matches!(Disk::read(&self.project.root, path), Ok(disk) if disk.is_there());
        let (what, kit) = if let Some(derived) = derived {
            let what = format!("made by the project's own tools: {}", derived.by);
            (what, Some(derived.kit_id.clone()))
        } else if let Some(own) = own {
            (own.to_owned(), None)
        } else if let Some(fact) = facts.first() {
            let what = "kiln wrote it once, and no kit writes it any more".to_owned();
            (what, fact.part.split('/').next().map(str::to_owned))
        } else if there {
            ("yours: no kit writes it".to_owned(), None)
        } else {
            return Err(self.unknown(path).into());
        };
        Ok(About::Other(OtherAnswer { path: path.to_owned(), what, kit, facts }))
    }

    fn unknown(&self, path: &str) -> Diagnostic {
        let ids: Vec<String> =
            pages().into_iter().map(|page| page.id).filter(|id| id != path).collect();
        let outputs: Vec<&str> = self.inquiry.paths().map(|path| path.as_str()).collect();
        let here = &self.project.here;
        let below = outputs.iter().filter(|output| lies_below(output, path)).count();
        if let Some(first) = outputs.iter().find(|output| lies_below(output, path)) {
            let name = if path.is_empty() { "the project".to_owned() } else { format!("`{path}`") };
            let message = format!("{name} is a folder, with {below} outputs in it");
            return Diagnostic::error("unknown-output", message)
                .hint(format!("name one of them, such as `{}`", here.shown(first)));
        }
        let message = match page(path) {
            Some(_) => format!("no kit writes `{path}`"),
            None => format!("no kit writes `{path}`, and it is no id of a message"),
        };
        if self.project.kits.names.contains(path) {
            return Diagnostic::error("unknown-output", message)
                .hint(format!("it is a kit or what one provides: kiln show {path}"));
        }
        let id = (!path.contains('/')).then(|| did_you_mean(path, ids.iter().map(String::as_str)));
        let hint = id.flatten().unwrap_or_else(|| here.meant(path, outputs.iter().copied()));
        Diagnostic::error("unknown-output", message).hint(hint)
    }

    fn line(&self, path: &str, line: usize) -> Outcome<About> {
        let Some(origin) = self.inquiry.output(path) else { return self.other(path) };
        let disk = Disk::read(&self.project.root, path)?;
        let stands = standing(self.project, self.inquiry.plan, path, &disk)?;
        let render = disk::render(self.inquiry.plan, path)?;
        let render = String::from_utf8(render).map_err(|_| no_lines(path))?;
        let text = match disk.text() {
            Some(text) => text,
            None if disk.is_there() => return Err(no_lines(path).into()),
            None => render.clone(),
        };
        let Some(shown) = line.checked_sub(1).and_then(|at| text.lines().nth(at)) else {
            let message = format!("`{path}` has no line {line}: it has {}", text.lines().count());
            return Err(Diagnostic::error("unknown-line", message)
                .hint(format!(
                    "lines count from 1; the text: kiln cat {} --side yours",
                    shell_word(path)
                ))
                .into());
        };
        let (at, instead) = line_of_render(&text, &render, line - 1);
        Ok(About::Line(Box::new(LineAnswer {
            path: path.to_owned(),
            line,
            text: shown.to_owned(),
            kit: origin.kit,
            source: origin.source,
            stands,
            yours: at.is_none(),
            instead,
            origin: at.and_then(|at| self.inquiry.line(path, at + 1)),
        })))
    }

    /// The rules of the spec about keys of a document.
    fn foreign(&self, path: &str) -> Vec<(KeyGlob, ForeignShown)> {
        let place = |target: &Spanned<String>| {
            let source = self.project.spec.inputs.source.as_ref()?;
            let (line, _) = source.position(target.span.start as usize);
            Some(At { file: source.name.clone(), line })
        };
        let rules = self.project.spec.inputs.foreign.iter();
        rules
            .filter_map(|foreign| {
                let (file, key) = foreign.target.value.split_once('#')?;
                let shown = ForeignShown {
                    target: foreign.target.value.clone(),
                    why: foreign.why.clone(),
                    place: place(&foreign.target),
                };
                let matches = || matcher(file).is_ok_and(|glob| glob.is_match(path));
                if file == path || matches() { Some((KeyGlob::parse(key)?, shown)) } else { None }
            })
            .collect()
    }

    fn key(&self, path: &str, asked: &str) -> Outcome<About> {
        let Some(origin) = self.inquiry.output(path) else { return self.other(path) };
        let Some(wanted) = KeyPath::parse(asked) else {
            let message = format!("`{asked}` is no path of keys");
            return Err(Diagnostic::error("unknown-key", message)
                .hint("keys stand with dots between, and in double quotes where they hold others than letters, digits, `-` and `_`")
                .into());
        };
        let (Some(keys), Some(format)) = (self.inquiry.keys(path), Format::of_path(path)) else {
            let message = format!("`{path}` is no JSON, TOML or YAML document");
            return Err(Diagnostic::error("no-document", message).into());
        };
        let keys = keys?;
        let disk = Disk::read(&self.project.root, path)?;
        let stands = standing(self.project, self.inquiry.plan, path, &disk)?;
        let on_disk = match disk.text() {
            Some(text) => keys_of(path, format, &text)?,
            None => Vec::new(),
        };
        let rules = self.foreign(path);
        let render = keys.iter().filter_map(|key| KeyPath::parse(&key.key));
        let mut all: Vec<KeyPath> =
            render.chain(on_disk.iter().map(|(key, _)| key.clone())).collect();
        all.sort();
        all.dedup();
        let mut shown = Vec::new();
        let mut below = |key: &KeyPath| key.0.starts_with(&wanted.0);
        // What lies in a list, or in any other value, is explained by the whole value.
        let mut around = |key: &KeyPath| wanted.0.starts_with(&key.0);
        let any = all.iter().any(&mut below);
        let asked_for: &mut dyn FnMut(&KeyPath) -> bool =
            if any { &mut below } else { &mut around };
        for key in all.iter().filter(|key| asked_for(key)) {
            let name = key.to_string();
            let ours = keys.iter().find(|known| known.key == name);
            let value = on_disk.iter().find(|(known, _)| known == key);
            let foreign = rules.iter().find(|(glob, _)| glob.matches(key));
            let owner = if foreign.is_some() || ours.is_none() { "yours" } else { "kiln" };
            shown.push(KeyShown {
                key: name,
                value: value.map(|(_, value)| value.clone()),
                render: ours.map(|ours| ours.value.clone()),
                from: ours.map(|ours| ours.from.clone()).unwrap_or_default(),
                owner: owner.to_owned(),
                foreign: foreign.map(|(_, rule)| rule.clone()),
            });
        }
        if shown.is_empty() {
            let known: Vec<String> = all.iter().map(ToString::to_string).collect();
            let hint = did_you_mean(asked, known.iter().map(String::as_str));
            let message = format!("`{path}` has no key `{asked}`");
            return Err(Diagnostic::error("unknown-key", message).hint_if(hint).into());
        }
        Ok(About::Key(KeyAnswer {
            path: path.to_owned(),
            key: asked.to_owned(),
            kit: origin.kit,
            stands,
            keys: shown,
        }))
    }
}

fn no_lines(path: &str) -> Diagnostic {
    Diagnostic::error("not-text", format!("`{path}` is no text, so it has no lines"))
}

/// The keys of a document on the disk with their values.
pub(crate) fn keys_of(path: &str, format: Format, text: &str) -> Outcome<Vec<(KeyPath, String)>> {
    let part = Part { label: path, text };
    let composed = kiln_merge::compose(format, part, &[]).map_err(|faults| {
        let one = |fault: &kiln_merge::MergeConflict| {
            Diagnostic::error("no-document", fault.to_string())
                .hint("correct the file, then ask again")
        };
        kiln_base::Diagnostics(faults.iter().map(one).collect())
    })?;
    let keys = composed.parts.into_iter().flat_map(|part| part.keys);
    Ok(keys.map(|(key, value)| (key, value.to_string())).collect())
}

/// The line of the render that a line of the disk is; for a person's own: the lines of the render that it replaces.
fn line_of_render(disk: &str, render: &str, line: usize) -> (Option<usize>, Vec<String>) {
    let input = InternedInput::new(render, disk);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let mut shift = 0_i64;
    for hunk in diff.hunks() {
        let (before, after) = (hunk.before.clone(), hunk.after.clone());
        if (line as u32) < after.start {
            break;
        }
        if after.contains(&(line as u32)) {
            let lines = render.lines().skip(before.start as usize).take(before.len());
            return (None, lines.map(str::to_owned).collect());
        }
        shift = i64::from(before.end) - i64::from(after.end);
    }
    (usize::try_from(line as i64 + shift).ok(), Vec::new())
}
