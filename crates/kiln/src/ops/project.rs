//! A project as it lies on the disk, and what its spec resolves to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kiln_base::{Diagnostic, Diagnostics, RelPath, Source, Span, Spanned};
use kiln_disk::{DiskError, Index, Root};
use kiln_engine::compose::{Composition, PackageUniverse, Parsed, Plan, Steps, compose};
use kiln_engine::template::RENDER_VERSION;
use kiln_library::{Kind, Library};
use kiln_model::{OwnershipRule, Package, Raw, Section, SectionKind, Spec};
use kiln_resolve::{
    Catalog, Lock, LockedCatalogue, LockedKit, Request, Resolution, Staleness, Sum, locked_kits,
    read_lock, resolve, staleness, write_lock,
};
use kiln_schema::History;

use crate::ops::catalogue::{Named, universes};
use crate::ops::here::Here;
use crate::ops::history::Rewrite;
use crate::ops::recovering::tell_unfinished;
use crate::ops::{Failure, Outcome, Settings};

/// The largest spec, lock, sum or record that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// The names of a project's own files.
pub(crate) const SPEC: &str = "kiln.kdl";
pub(crate) const LOCK: &str = "kiln.lock";
pub(crate) const SUM: &str = "kiln.sum";
pub(crate) const HISTORY: &str = "kiln.history";

/// All kits that a project could use.
pub(crate) struct Kits {
    pub(crate) catalog: Catalog,
    pub(crate) names: BTreeSet<String>,
    pub(crate) scenarios: BTreeMap<String, Arc<Source>>,
    pub(crate) universes: BTreeMap<String, Arc<dyn PackageUniverse>>,
    pub(crate) catalogues: BTreeMap<String, Named>,
    /// What was parsed of their templates.
    pub(crate) parsed: Parsed,
    /// The kits come from a folder while they are being written: their content may change under one version.
    pub(crate) unpublished: bool,
    pub(crate) warnings: Diagnostics,
    /// The libraries in folders that a spec names, each with what its folder was like before it was read.
    pub(crate) snapshots: Vec<(String, Option<Index>)>,
}

impl Kits {
    /// The built-in library, or the folder that stands in for it, and the libraries that a spec names.
    pub(crate) fn load(settings: &Settings, spec: Option<(&Root, &Spec)>) -> Outcome<Self> {
        let mut snapshots = Vec::new();
        let mut library = match &settings.library {
            Some(folder) => {
                for folder in standing_in(folder) {
                    let path = folder.to_string_lossy().into_owned();
                    let seen = spec.and_then(|(root, _)| snapshot(root, &path));
                    snapshots.push((path, seen));
                }
                from_folder(folder)?
            }
            None => kiln_library::builtin()?,
        };
        if let Some((root, spec)) = spec {
            for request in &spec.libraries {
                snapshots.push((request.path.value.clone(), snapshot(root, &request.path.value)));
                let more = path_library(root, spec, &request.path)?;
                library.kits.extend(more.kits);
                library.warnings.extend(more.warnings);
            }
        }
        let (universes, catalogues) = universes(&library.catalogues)?;
        let catalog = Catalog::new(library.kits);
        Ok(Self {
            names: catalog.names(),
            catalog,
            scenarios: library.scenarios,
            universes,
            catalogues,
            unpublished: settings.library.is_some(),
            warnings: library.warnings,
            snapshots,
            parsed: Parsed::default(),
        })
    }
}

/// The folders that stand in for the built-in library.
pub(crate) fn standing_in(folder: &Path) -> Vec<PathBuf> {
    let catalogues = catalogues_beside(folder);
    let there = Root::open(&catalogues).is_ok();
    std::iter::once(folder.to_owned()).chain(there.then_some(catalogues)).collect()
}

/// Catalogues lie beside the folder of the kits, as in kiln's own repository; else the built-in ones serve.
fn catalogues_beside(folder: &Path) -> PathBuf {
    folder.join("../catalogue")
}

fn from_folder(folder: &Path) -> Outcome<Library> {
    let root = Root::open(folder)?;
    let shown = folder
        .file_name()
        .map_or_else(|| "kits".to_owned(), |name| name.to_string_lossy().into_owned());
    let mut library = kiln_library::from_folder(&root, &shown, &Kind::Builtin)?;
    match Root::open(&catalogues_beside(folder)) {
        Ok(root) => {
            let paths = root.walk(None, 1000)?;
            for path in paths.iter().filter(|path| path.file_name().starts_with("catalogue.")) {
                if let Some(ecosystem) = path.parent() {
                    library
                        .catalogues
                        .insert(ecosystem.as_str().to_owned(), root.read(path, LARGEST)?.into());
                }
            }
        }
        Err(_) => library.catalogues = kiln_library::builtin()?.catalogues,
    }
    Ok(library)
}

/// What the folder of a library is like; none where that cannot be told for sure.
fn snapshot(root: &Root, path: &str) -> Option<Index> {
    let library = Root::open(&root.path().join(path)).ok()?;
    Index::of_tree(&library, root).ok()?
}

fn path_library(root: &Root, spec: &Spec, path: &Spanned<String>) -> Outcome<Library> {
    let folder = root.path().join(&path.value);
    let library = Root::open(&folder).map_err(|error| {
        Diagnostic::error(
            "library",
            format!("the library `{}` cannot be read: {error}", path.value),
        )
        .at(&spec.source, path.span, "")
    })?;
    Ok(kiln_library::from_folder(
        &library,
        &path.value,
        &Kind::Path(format!("path:{}", path.value)),
    )?)
}

/// A project with all its kits.
pub(crate) struct Project {
    pub(crate) root: Root,
    pub(crate) spec: Spec,
    pub(crate) lock_text: Option<String>,
    pub(crate) lock: Option<Lock>,
    pub(crate) sum_text: Option<String>,
    pub(crate) sum: Sum,
    pub(crate) history: History,
    /// The records of the history as they were read.
    pub(crate) history_texts: Vec<(RelPath, String)>,
    /// What a command for the history changes besides.
    pub(crate) rewrite: Rewrite,
    pub(crate) kits: Kits,
    pub(crate) warnings: Diagnostics,
    /// Nothing of it is on the disk yet: spec, lock and records are still to be written.
    pub(crate) fresh: Option<Texts>,
    /// The text of the spec on the disk, where the command edits it.
    pub(crate) spec_before: Option<String>,
    /// What the command asks besides.
    pub(crate) asked: Asked,
    /// Where the person stands who named paths.
    pub(crate) here: Here,
}

/// What a command asks of outputs that neither the spec nor a word about them can say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// Deleted although the spec excludes them, which alone would leave them there.
    pub(crate) removed: BTreeSet<RelPath>,
    /// kiln's version is taken whether or not anything is in question.
    pub(crate) taken: BTreeSet<RelPath>,
    /// Seeded ones that are made anew, as if they had never been.
    pub(crate) reseeded: BTreeSet<RelPath>,
    /// What leaves the plan stays as the person's, and so does what kits that go put into merged outputs of others.
    pub(crate) ejecting: bool,
    /// What stands there and kiln does not know stays as it is, dependency locks too.
    pub(crate) adopting: bool,
}

impl Asked {
    pub(crate) fn is_empty(&self) -> bool {
        self.removed.is_empty()
            && self.taken.is_empty()
            && self.reseeded.is_empty()
            && !self.ejecting
    }
}

/// The texts of a project's own files.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts {
    pub(crate) spec: String,
    pub(crate) lock: Option<String>,
    pub(crate) sum: Option<String>,
    /// Records by path.
    pub(crate) history: Vec<(RelPath, String)>,
    /// What the spec is called in messages, if it does not lie in the project.
    pub(crate) shown: Option<String>,
}

impl Texts {
    /// Those that lie at `root`; `spec` is the name of the spec there.
    pub(crate) fn read(root: &Root, spec: &str) -> Outcome<Option<Self>> {
        let text = |name: &str| -> Outcome<Option<String>> { read_text(root, &known_path(name)?) };
        let Some(spec) = text(spec)? else { return Ok(None) };
        let history = read_history(root)?;
        Ok(Some(Self { spec, lock: text(LOCK)?, sum: text(SUM)?, history, shown: None }))
    }
}

/// What a spec resolves to.
pub(crate) struct Resolved {
    pub(crate) text: String,
    pub(crate) resolution: Resolution,
    /// Why the lock on the disk does not say the same; empty if it does.
    pub(crate) stale: Vec<String>,
}

/// What is said where there is no project.
pub(crate) fn no_project() -> Diagnostic {
    Diagnostic::error("no-project", format!("there is no `{SPEC}` in this folder or above it"))
        .hint("make a project with `kiln new DIR --from SPEC`")
}

/// A path that is known to be one.
pub(crate) fn known_path(text: &str) -> Outcome<RelPath> {
    RelPath::new(text).map_err(|error| Diagnostic::error("path", error.to_string()).into())
}

impl Project {
    /// Finds and reads the project that `settings` names.
    pub(crate) fn open(settings: &Settings) -> Outcome<Self> {
        let root = Root::find(&settings.start, SPEC)?.ok_or_else(no_project)?;
        Self::read(root.clone(), settings).map_err(|failure| tell_unfinished(&root, failure))
    }

    /// Reads the project at `root`.
    pub(crate) fn read(root: Root, settings: &Settings) -> Outcome<Self> {
        let texts = Texts::read(&root, SPEC)?.unwrap_or_default();
        Self::assemble(root, texts, settings)
    }

    /// The project that `texts` make at `root`.
    pub(crate) fn assemble(root: Root, texts: Texts, settings: &Settings) -> Outcome<Self> {
        let name = texts.shown.as_deref().unwrap_or(SPEC);
        let (spec, mut warnings) = kiln_spec::decode_spec(Source::new(name, texts.spec))?;
        let lock = texts
            .lock
            .as_ref()
            .map(|text| read_lock(&Source::new(LOCK, text.as_str())))
            .transpose()?;
        if let (Some(lock), Some(text)) = (&lock, &texts.lock) {
            check_render(lock, text)?;
        }
        let sum = read_sum(texts.sum.as_deref())?;
        let records: Vec<_> = texts
            .history
            .iter()
            .map(|(path, text)| {
                (path.as_str().to_owned(), Source::new(path.as_str(), text.as_str()))
            })
            .collect();
        let history = History::read(&records).map_err(Diagnostics)?;
        let kits = Kits::load(settings, Some((&root, &spec)))?;
        let mut spec = with_scenario(spec, &kits)?;
        drop_hidden_rules(&mut spec.inputs.ownership);
        warnings.extend(kits.warnings.clone());
        let here = Here::of(&root, &settings.start);
        Ok(Self {
            root,
            spec,
            lock_text: texts.lock,
            lock,
            sum_text: texts.sum,
            sum,
            history,
            history_texts: texts.history,
            rewrite: Rewrite::default(),
            kits,
            warnings,
            fresh: None,
            spec_before: None,
            asked: Asked::default(),
            here,
        })
    }

    /// The project as it would be with another text of its spec.
    pub(crate) fn with_spec(self, spec: String, settings: &Settings) -> Outcome<Self> {
        let texts = Texts::read(&self.root, SPEC)?.unwrap_or_default();
        // The new text was made from this one; what a person saved since would be lost.
        let before = self.spec_before.unwrap_or_else(|| self.spec.source.text.clone());
        if texts.spec != before {
            let message = format!("`{SPEC}` changed while kiln ran");
            return Err(Diagnostic::error("changed-meanwhile", message)
                .hint("run the command again")
                .into());
        }
        let edited = Self::assemble(self.root, Texts { spec, ..texts }, settings)?;
        Ok(Self { spec_before: Some(before), ..edited })
    }

    /// Whether spec, lock or sum on the disk are no longer what was read: another kiln was here.
    pub(crate) fn is_outdated(&self) -> Outcome<bool> {
        if self.fresh.is_some() {
            return Ok(false);
        }
        let read = |name: &str| read_text(&self.root, &known_path(name)?);
        let spec = self.spec_before.as_ref().unwrap_or(&self.spec.source.text);
        Ok(read(SPEC)?.as_ref() != Some(spec)
            || read(LOCK)? != self.lock_text
            || read(SUM)? != self.sum_text)
    }

    /// The project after an interrupted run was finished or taken back, or another kiln was here. An edit of the spec
    /// or the history that this command makes was made from what was there before: it has to be made anew.
    pub(crate) fn read_again(self, settings: &Settings) -> Outcome<Self> {
        let asked = self.asked;
        let changed = |what: &str| {
            let message = format!("another run was finished meanwhile, and it changed `{what}`");
            Diagnostic::error("changed-meanwhile", message).hint("run the command again")
        };
        if !self.rewrite.is_empty() {
            return Err(changed(HISTORY).into());
        }
        let Some(before) = &self.spec_before else {
            return Ok(Self { asked, ..Self::read(self.root, settings)? });
        };
        let now = read_text(&self.root, &known_path(SPEC)?)?;
        if now.as_ref() != Some(before) {
            return Err(changed(SPEC).into());
        }
        let spec = self.spec.source.text.clone();
        let again = Self::read(self.root, settings)?.with_spec(spec, settings)?;
        Ok(Self { asked, ..again })
    }

    /// Solves the spec, with the versions of the lock where they fit.
    pub(crate) fn resolve(&self) -> Outcome<Resolved> {
        let locked = self.lock.as_ref().map_or_else(BTreeMap::new, |lock| {
            lock.kits.iter().map(|(id, kit)| (id.clone(), kit.version.clone())).collect()
        });
        let resolution =
            resolve(Request { spec: &self.spec, locked: &locked }, &self.kits.catalog)?;
        self.check_digests(&resolution)?;
        let lock = self.new_lock(&resolution);
        let text = write_lock(&lock);
        let stale = self.stale(&lock, &text);
        Ok(Resolved { text, resolution, stale })
    }

    fn stale(&self, lock: &Lock, text: &str) -> Vec<String> {
        let Some(old) = &self.lock else { return vec![format!("`{LOCK}` is missing")] };
        if self.lock_text.as_deref() == Some(text) {
            return Vec::new();
        }
        let mut reasons: Vec<String> =
            staleness(&self.spec, old).iter().map(Staleness::to_string).collect();
        for id in old.kits.keys().filter(|id| !lock.kits.contains_key(*id)) {
            reasons.push(format!("`{id}` is in the lock and nobody needs it"));
        }
        for (id, kit) in &lock.kits {
            match old.kits.get(id) {
                None => reasons.push(format!("`{id}` is needed and not in the lock")),
                Some(old) if old.sha256 != kit.sha256 => {
                    reasons.push(format!("`{id}` {} has another content", kit.version))
                }
                _ => {}
            }
        }
        reasons.sort();
        reasons.dedup();
        if reasons.is_empty() {
            reasons.push(format!("`{LOCK}` is written otherwise than kiln would write it"));
        }
        reasons
    }

    /// A published version of a kit never changes its content.
    fn check_digests(&self, resolution: &Resolution) -> Result<(), Diagnostics> {
        let mut problems = Diagnostics::new();
        let lock_source = Source::new(LOCK, self.lock_text.as_deref().unwrap_or_default());
        for package in &resolution.kits {
            let locked = self.lock.as_ref().and_then(|lock| lock.kits.get(package.id()));
            let Some(locked) = locked.filter(|locked| locked.version == package.manifest.version)
            else {
                continue;
            };
            if self.kits.unpublished || locked.sha256.is_none_or(|sha256| sha256 == package.digest)
            {
                continue;
            }
            let digest = locked.sha256.map_or_else(String::new, |sha256| sha256.to_string());
            problems.push(
                Diagnostic::error(
                    "kit-changed",
                    format!(
                        "`{}` {} is not what `{LOCK}` says: the lock has sha256 {digest}, the library {}",
                        package.id(),
                        package.manifest.version,
                        package.digest
                    ),
                )
                .at(&lock_source, header_of(&lock_source.text, package.id()), "")
                .hint(format!("if that is meant: remove `sha256` of `[kit.{}]` from `{LOCK}` and run `kiln lock`", package.id())),
            );
        }
        problems.finish(()).map(|_| ())
    }

    fn new_lock(&self, resolution: &Resolution) -> Lock {
        let mut kits = BTreeMap::new();
        let mut catalogues = BTreeMap::new();
        for package in &resolution.kits {
            let asked = self.spec.kits.iter().find(|kit| kit.id.value == package.id());
            let options = asked.map_or_else(BTreeMap::new, |kit| {
                kit.options
                    .iter()
                    .map(|(name, value)| (name.value.clone(), value.value.clone()))
                    .collect()
            });
            let path = package.origin.starts_with("path:");
            kits.insert(
                package.id().to_owned(),
                LockedKit {
                    version: package.manifest.version.clone(),
                    // A path kit of the same repository is pinned by git.
                    sha256: (!path).then_some(package.digest),
                    source: package.origin.clone(),
                    options,
                },
            );
            for name in named_catalogues(&package.manifest.sections) {
                if let Some(named) = self.kits.catalogues.get(&name) {
                    catalogues.insert(
                        name,
                        LockedCatalogue { date: named.date.clone(), sha256: named.sha256 },
                    );
                }
            }
        }
        Lock {
            render: RENDER_VERSION,
            inputs: self.spec.inputs.clone(),
            scenario: self.spec.scenario.as_ref().map(|scenario| scenario.value.clone()),
            catalogues,
            kits,
        }
    }

    /// The plan of a resolved spec.
    pub(crate) fn plan(&self, resolved: &Resolved) -> Outcome<Plan> {
        let options =
            self.spec.kits.iter().map(|kit| (kit.id.value.clone(), kit.options.clone())).collect();
        let composition = Composition {
            inputs: &self.spec.inputs,
            kits: &resolved.resolution.kits,
            options: &options,
            parsed: &self.kits.parsed,
            names: &self.kits.names,
            universes: &self.kits.universes,
            history: &self.history,
            steps: Steps::Make { confirms: &self.spec.confirms, own: self.rewrite.own.as_ref() },
        };
        Ok(compose(&composition)?)
    }

    /// The plan of a lock alone, without a spec; none if its kits or its rules of rendering cannot be had.
    pub(crate) fn plan_of_lock(&self, text: &str) -> Option<Plan> {
        self.plan_of_lock_with(text, &self.kits.catalog)
    }

    /// As [`Self::plan_of_lock`], with kits from elsewhere.
    pub(crate) fn plan_of_lock_with(&self, text: &str, catalog: &Catalog) -> Option<Plan> {
        let lock = read_lock(&Source::new(LOCK, text)).ok()?;
        if lock.render != RENDER_VERSION {
            return None;
        }
        let kits: Vec<Arc<Package>> = locked_kits(&lock, catalog).ok()?;
        let same = |(name, locked): (&String, &LockedCatalogue)| {
            self.kits.catalogues.get(name).is_some_and(|named| named.sha256 == locked.sha256)
        };
        if !lock.catalogues.iter().all(same) {
            return None;
        }
        let plain = |(name, raw): (&String, &Raw)| {
            (
                Spanned::new(name.clone(), Span::default()),
                Spanned::new(raw.clone(), Span::default()),
            )
        };
        let options = lock
            .kits
            .iter()
            .map(|(id, kit)| (id.clone(), kit.options.iter().map(plain).collect()))
            .collect();
        let composition = Composition {
            inputs: &lock.inputs,
            kits: &kits,
            options: &options,
            parsed: &self.kits.parsed,
            names: &self.kits.names,
            universes: &self.kits.universes,
            history: &self.history,
            steps: Steps::Keep,
        };
        compose(&composition).ok()
    }
}

/// Where the block of a kit begins in a lock.
fn header_of(lock: &str, kit: &str) -> Span {
    let header = format!("[kit.{kit}]");
    lock.find(&header).map_or_else(Span::default, |at| Span::new(at, at + header.len()))
}

/// The rules of rendering are the lock's: a sync never moves them, so a kiln that has others has to stop.
fn check_render(lock: &Lock, text: &str) -> Outcome<()> {
    if lock.render == RENDER_VERSION {
        return Ok(());
    }
    let start: usize = text
        .split_inclusive('\n')
        .take_while(|line| !line.starts_with("render"))
        .map(str::len)
        .sum();
    let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    let message = format!(
        "`{LOCK}` asks for the rendering rules {}; this kiln has {RENDER_VERSION}",
        lock.render
    );
    Err(Diagnostic::error("lock-render", message)
        .at(&Source::new(LOCK, text), Span::new(start, end), "")
        .hint(if lock.render > RENDER_VERSION { "use a newer kiln" } else { "use an older kiln" })
        .into())
}

fn named_catalogues(sections: &[Section]) -> Vec<String> {
    let mut names = Vec::new();
    for section in sections {
        match &section.kind {
            SectionKind::Computed(computed) => names.push(computed.catalogue.value.clone()),
            SectionKind::Condition(condition) => names.extend(named_catalogues(&condition.body)),
            _ => {}
        }
    }
    names
}

fn with_scenario(spec: Spec, kits: &Kits) -> Outcome<Spec> {
    let Some(name) = &spec.scenario else { return Ok(spec) };
    let Some(source) = kits.scenarios.get(&name.value) else {
        let known = kits.scenarios.keys().map(String::as_str);
        return Err(Diagnostic::error(
            "unknown-scenario",
            format!("no library has a scenario `{}`", name.value),
        )
        .at(&spec.source, name.span, "")
        .hint_if(kiln_base::did_you_mean(name, known))
        .into());
    };
    let (scenario, _) = kiln_spec::decode_scenario(Arc::clone(source))?;
    let what = format!("the scenario `{}`", name.value);
    kiln_resolve::check_engine(&what, scenario.kiln.as_ref(), &scenario.source)?;
    Ok(kiln_spec::apply_scenario(&spec, &scenario)?)
}

/// Of rules for one glob only the last can ever hold; the lock has a line for each glob.
fn drop_hidden_rules(rules: &mut Vec<OwnershipRule>) {
    let mut seen = BTreeSet::new();
    let kept: Vec<bool> =
        rules.iter().rev().map(|rule| seen.insert(rule.glob.value.clone())).collect();
    let mut kept = kept.into_iter().rev();
    rules.retain(|_| kept.next().unwrap_or(true));
}

/// The text of a file of the project; none if it is not there.
pub(crate) fn read_text(root: &Root, path: &RelPath) -> Outcome<Option<String>> {
    match root.read_if(path, LARGEST) {
        Ok(None) => Ok(None),
        Ok(Some(bytes)) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(error) => Err(Diagnostic::error(
                "not-utf8",
                format!("`{path}` is not UTF-8 from byte {} on", error.utf8_error().valid_up_to()),
            )
            .into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// Reads a sum.
pub(crate) fn read_sum(text: Option<&str>) -> Outcome<Sum> {
    let Some(text) = text else { return Ok(Sum::default()) };
    let source = Source::new(SUM, text);
    Sum::read(text).map_err(|errors| {
        let diagnostics = errors.into_iter().map(|error| {
            let start: usize = text.split_inclusive('\n').take(error.line - 1).map(str::len).sum();
            let end = start + text[start..].find('\n').unwrap_or(text.len() - start);
            Diagnostic::error("sum-line", error.to_string())
                .at(&source, Span::new(start, end), "")
                .hint("restore it from git, or delete it: outputs that are as kiln writes them are then taken over again")
        });
        Failure::from(Diagnostics(diagnostics.collect()))
    })
}

pub(crate) fn read_history(root: &Root) -> Outcome<Vec<(RelPath, String)>> {
    let folder = known_path(HISTORY)?;
    let paths = match root.stat(&folder) {
        Ok(None) => return Ok(Vec::new()),
        Ok(Some(_)) => {
            root.walk(Some(&folder), 100_000).map_err(|error: DiskError| Failure::from(&error))?
        }
        Err(error) => return Err(error.into()),
    };
    let mut files = Vec::new();
    for path in paths.into_iter().filter(|path| path.extension() == Some("toml")) {
        let text = read_text(root, &path)?.unwrap_or_default();
        files.push((path, text));
    }
    Ok(files)
}
