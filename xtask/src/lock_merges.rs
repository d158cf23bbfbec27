//! Real merges of two branches that both synced: which files git cannot merge, and whether a sync makes of the merge
//! what the spec of both gives from scratch.
//!
//! The attribute `merge=union` of `kiln.sum` is turned off for the measure, since hosts ignore it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use kiln::ops::{self, CheckOptions, Settings, SyncOptions};

type Answer<T> = Result<T, String>;

/// What is measured.
pub(crate) struct Experiment {
    /// The folder to work in; it must be empty.
    pub(crate) folder: PathBuf,
    /// How often each pair of branches is drawn.
    pub(crate) draws: u32,
    /// What the draws begin with.
    pub(crate) seed: u64,
    /// Only pairs whose names hold this.
    pub(crate) only: String,
}

/// What the merges of one pair of branches came to.
#[derive(Debug, Default, Clone)]
pub(crate) struct Row {
    /// What the two branches do.
    pub(crate) pair: &'static str,
    /// A person has to decide something whatever the files look like.
    pub(crate) decides: bool,
    /// Merges.
    pub(crate) merges: u32,
    /// Merges in which the file was in conflict.
    pub(crate) conflicts: BTreeMap<Kind, u32>,
    /// Merges without any conflict.
    pub(crate) clean: u32,
    /// Merges in which nothing but lock or sum was in conflict.
    pub(crate) alone: u32,
    /// Merges after which sync and check exit with 0 and a fresh clone gives nothing else.
    pub(crate) equal: u32,
    /// What was not so.
    pub(crate) problems: Vec<String>,
}

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Lock,
    Sum,
    History,
    Outputs,
    Spec,
}

const KINDS: [(Kind, &str); 5] = [
    (Kind::Lock, "lock"),
    (Kind::Sum, "sum"),
    (Kind::History, "history"),
    (Kind::Outputs, "outputs"),
    (Kind::Spec, "spec"),
];

fn kind(path: &str) -> Kind {
    match path {
        "kiln.lock" => Kind::Lock,
        "kiln.sum" => Kind::Sum,
        "kiln.kdl" => Kind::Spec,
        path if path.starts_with("kiln.history/") => Kind::History,
        _ => Kind::Outputs,
    }
}

/// A spec as far as the branches change it.
#[derive(Clone)]
struct Shape {
    scale: &'static str,
    kits: BTreeMap<&'static str, BTreeMap<&'static str, &'static str>>,
    modules: Vec<(&'static str, Entities)>,
}

/// Entities by name, each with its fields as the spec has them.
type Entities = Vec<(&'static str, Vec<String>)>;

const BASE: [&str; 21] = [
    "api-docs-openapi",
    "api-rest",
    "auth-jwt",
    "authz-rbac",
    "backend-fastapi",
    "config-env",
    "db-migrations",
    "docker-containers",
    "domain-entities",
    "editor-config",
    "identity-core",
    "local-dev-env",
    "logging-structured",
    "monorepo-layout",
    "multi-tenant-db",
    "postgres-core",
    "project-docs",
    "sql-core",
    "tenant-management",
    "testing-contract",
    "testing-tiers",
];

/// Kits that a branch adds.
const MORE: [&str; 5] =
    ["audit-log", "ci-github-actions", "db-seeding", "mail-core", "user-invitations"];

/// Kits that nothing in the base needs.
const LEAVES: [&str; 5] =
    ["docker-containers", "editor-config", "project-docs", "tenant-management", "testing-contract"];

/// Options with two values that are not their defaults.
const OPTIONS: [(&str, &str, [&str; 2]); 10] = [
    ("api-rest", "page-size", ["20", "25"]),
    ("api-rest", "max-page-size", ["100", "150"]),
    ("auth-jwt", "access-ttl", ["5m", "10m"]),
    ("auth-jwt", "lockout-after", ["5", "20"]),
    ("backend-fastapi", "port", ["8080", "9000"]),
    ("docker-containers", "uid", ["10002", "10003"]),
    ("postgres-core", "pool-size", ["8", "10"]),
    ("postgres-core", "pool-overflow", ["8", "10"]),
    ("testing-contract", "examples", ["20", "30"]),
    ("testing-contract", "thorough-examples", ["60", "80"]),
];

const ENTITIES: [&str; 6] = ["Coupon", "Shipment", "Invoice", "Basket", "Review", "Tag"];
const FIELDS: [&str; 6] = ["sku", "color", "weight", "barcode", "rank", "locale"];

fn base() -> Shape {
    let fields = |names: &[&str]| -> Vec<String> {
        names
            .iter()
            .map(|name| format!("field {name} type=string max=200 required=#true"))
            .collect()
    };
    let entity = |name, names: &[&str]| (name, fields(names));
    Shape {
        scale: "small",
        kits: BASE.iter().map(|kit| (*kit, BTreeMap::new())).collect(),
        modules: vec![
            ("catalog", vec![entity("Product", &["name", "state"]), entity("Category", &["name"])]),
            ("orders", vec![entity("Order", &["number", "state"]), entity("Refund", &["reason"])]),
            ("people", vec![entity("Customer", &["name", "state"])]),
        ],
    }
}

impl Shape {
    fn text(&self) -> String {
        let mut text =
            format!("project shop {{\n    title Shop\n    scale {}\n}}\n\nkits {{\n", self.scale);
        for (kit, options) in &self.kits {
            if options.is_empty() {
                let _ = writeln!(text, "    {kit}");
                continue;
            }
            let _ = writeln!(text, "    {kit} {{");
            for (option, value) in options {
                let bare = value.bytes().all(|b| b.is_ascii_digit());
                let value = if bare { (*value).to_owned() } else { format!("\"{value}\"") };
                let _ = writeln!(text, "        {option} {value}");
            }
            text.push_str("    }\n");
        }
        text.push_str("}\n");
        for (module, entities) in &self.modules {
            let _ = write!(text, "\nmodule {module} {{\n");
            for (entity, fields) in entities {
                let _ = writeln!(text, "    entity {entity} {{");
                for field in fields {
                    let _ = writeln!(text, "        {field}");
                }
                text.push_str("    }\n");
            }
            text.push_str("}\n");
        }
        text
    }

    fn entity(&mut self, at: (usize, usize)) -> &mut Vec<String> {
        &mut self.modules[at.0].1[at.1].1
    }
}

/// What a branch does.
type Deed = Box<dyn Fn(&mut Shape)>;

fn add(kit: &'static str) -> Deed {
    Box::new(move |shape| drop(shape.kits.insert(kit, BTreeMap::new())))
}

fn remove(kit: &'static str) -> Deed {
    Box::new(move |shape| drop(shape.kits.remove(kit)))
}

fn option(
    (kit, option, values): (&'static str, &'static str, [&'static str; 2]),
    at: usize,
) -> Deed {
    Box::new(move |shape| {
        if let Some(options) = shape.kits.get_mut(kit) {
            options.insert(option, values[at]);
        }
    })
}

fn add_entity(module: usize, entity: &'static str) -> Deed {
    Box::new(move |shape| {
        let fields = vec!["field name type=string max=200 required=#true".to_owned()];
        shape.modules[module].1.push((entity, fields));
    })
}

fn add_field(entity: (usize, usize), field: &'static str) -> Deed {
    Box::new(move |shape| shape.entity(entity).push(format!("field {field} type=string max=40")))
}

fn rename_field(entity: (usize, usize)) -> Deed {
    Box::new(move |shape| {
        let first = &mut shape.entity(entity)[0];
        let name = first.split(' ').nth(1).unwrap_or_default().to_owned();
        *first = first.replacen(&name, "label", 1) + &format!(" was={name}");
    })
}

fn scale(scale: &'static str) -> Deed {
    Box::new(move |shape| shape.scale = scale)
}

/// Numbers that are the same for the same seed (splitmix64).
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % bound.max(1) as u64).unwrap_or(0)
    }

    /// Two different elements.
    fn two<T: Copy>(&mut self, all: &[T]) -> (T, T) {
        let first = self.below(all.len());
        let second = (first + 1 + self.below(all.len() - 1)) % all.len();
        (all[first], all[second])
    }
}

/// Two branches, by what they do; `true` where a person has to decide something.
type Pair = (&'static str, bool, Deed, Deed);

fn pairs(draw: &mut Draw) -> Vec<Pair> {
    let (a, b) = draw.two(&MORE);
    let (l, m) = draw.two(&LEAVES);
    let first = draw.below(OPTIONS.len());
    let o = OPTIONS[first];
    let others: Vec<_> = OPTIONS.iter().copied().filter(|other| other.0 != o.0).collect();
    let p = others[draw.below(others.len())];
    let twin =
        OPTIONS.iter().copied().find(|other| other.0 == "auth-jwt" && other.1 != o.1).unwrap_or(o);
    let same =
        OPTIONS.iter().copied().find(|other| other.0 == twin.0 && other.1 != twin.1).unwrap_or(o);
    let (x, y) = draw.two(&ENTITIES);
    let (f, g) = draw.two(&FIELDS);
    let (here, there) = draw.two(&[0_usize, 1, 2]);
    let (e, d) = draw.two(&[(0, 0), (0, 1), (1, 0), (1, 1), (2, 0)]);
    vec![
        ("add a kit / add another kit", false, add(a), add(b)),
        ("add a kit / add the same kit", false, add(a), add(a)),
        ("add a kit / remove another kit", false, add(a), remove(l)),
        ("remove a kit / remove another kit", false, remove(l), remove(m)),
        ("option / option of another kit", false, option(o, 0), option(p, 0)),
        ("option / another option of the same kit", true, option(twin, 0), option(same, 0)),
        ("option / the same option otherwise", true, option(o, 0), option(o, 1)),
        ("option / add a kit", false, option(o, 0), add(a)),
        ("add an entity / in another module", false, add_entity(here, x), add_entity(there, y)),
        ("add an entity / in the same module", true, add_entity(here, x), add_entity(here, y)),
        ("add a kit / add an entity", false, add(a), add_entity(here, x)),
        ("add a field / to another entity", false, add_field(e, f), add_field(d, g)),
        ("add a field / to the same entity", true, add_field(e, f), add_field(e, g)),
        (
            "rename a field / add one, same entity",
            false,
            rename_field((0, 0)),
            add_field((0, 0), f),
        ),
        ("scale / add a kit", false, scale("large"), add(a)),
        ("scale / option", false, scale("large"), option(o, 0)),
    ]
}

/// Runs the experiment; `tell` is told each pair when it is done.
///
/// # Errors
/// A sync of one branch alone that fails, and what git and the disk refuse.
pub(crate) fn measure(experiment: &Experiment, tell: &dyn Fn(&Row)) -> Answer<Vec<Row>> {
    let work = Work::new(experiment.folder.join("work"))?;
    let mut rows: Vec<Row> = Vec::new();
    for number in 0..experiment.draws {
        let mut draw = Draw(experiment.seed.wrapping_add(u64::from(number)).wrapping_mul(7919));
        let drawn = pairs(&mut draw);
        for (pair, decides, left, right) in drawn {
            if !pair.contains(&experiment.only) {
                continue;
            }
            let at = rows.iter().position(|row| row.pair == pair).unwrap_or_else(|| {
                rows.push(Row { pair, decides, ..Row::default() });
                rows.len() - 1
            });
            work.merge(&experiment.folder, &left, &right, &mut rows[at])
                .map_err(|why| format!("{pair}, draw {number}: {why}"))?;
            tell(&rows[at]);
        }
    }
    Ok(rows)
}

/// The repository with the base.
struct Work {
    folder: PathBuf,
}

fn io(error: std::io::Error) -> String {
    error.to_string()
}

impl Work {
    fn new(folder: PathBuf) -> Answer<Self> {
        fs::create_dir_all(&folder).map_err(io)?;
        let work = Self { folder };
        work.git(&["init", "-q", "-b", "main"])?;
        fs::create_dir_all(work.folder.join(".git/info")).map_err(io)?;
        fs::write(work.folder.join(".git/info/attributes"), "kiln.sum !merge\n").map_err(io)?;
        work.spec(&base())?;
        sync(&work.folder, Vec::new())?;
        work.commit("base")?;
        work.git(&["tag", "base"])?;
        Ok(work)
    }

    fn git(&self, words: &[&str]) -> Answer<String> {
        let (done, out) = self.try_git(words)?;
        if done { Ok(out) } else { Err(format!("git {}: {out}", words.join(" "))) }
    }

    fn try_git(&self, words: &[&str]) -> Answer<(bool, String)> {
        let output = Command::new("git")
            .args(["-c", "commit.gpgsign=false", "-c", "gc.auto=0", "-c", "core.fsync=none"])
            .args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
            .args(words)
            .current_dir(&self.folder)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .map_err(io)?;
        let text = if output.status.success() { output.stdout } else { output.stderr };
        Ok((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
    }

    fn spec(&self, shape: &Shape) -> Answer<()> {
        fs::write(self.folder.join("kiln.kdl"), shape.text()).map_err(io)
    }

    fn commit(&self, name: &str) -> Answer<()> {
        self.git(&["add", "-A"])?;
        self.git(&["commit", "-q", "--allow-empty", "-m", name]).map(|_| ())
    }

    fn branch(&self, name: &str, deed: &Deed) -> Answer<()> {
        self.git(&["checkout", "-q", "-f", "-B", name, "base"])?;
        let mut shape = base();
        deed(&mut shape);
        self.spec(&shape)?;
        sync(&self.folder, Vec::new()).map_err(|why| format!("branch {name}: {why}"))?;
        self.commit(name)
    }

    fn merge(&self, holder: &Path, left: &Deed, right: &Deed, row: &mut Row) -> Answer<()> {
        self.branch("left", left)?;
        self.branch("right", right)?;
        row.merges += 1;
        let (clean, _) = self.try_git(&["merge", "-q", "--no-edit", "left"])?;
        let unmerged = self.git(&["diff", "--name-only", "--diff-filter=U"])?;
        let kinds: BTreeSet<Kind> = unmerged.lines().map(kind).collect();
        kinds.iter().for_each(|kind| *row.conflicts.entry(*kind).or_default() += 1);
        row.clean += u32::from(clean);
        let generated = |kind: &Kind| matches!(kind, Kind::Lock | Kind::Sum);
        row.alone += u32::from(!kinds.is_empty() && kinds.iter().all(generated));
        let outputs = unmerged.lines().filter(|path| kind(path) == Kind::Outputs);
        let outcome =
            self.settle(holder, left, right, &kinds, outputs.map(str::to_owned).collect());
        match outcome {
            Ok(()) => row.equal += 1,
            Err(why) => row.problems.push(why),
        }
        // Whatever is left is thrown away.
        self.git(&["reset", "-q", "--hard"])?;
        self.git(&["clean", "-q", "-fd"]).map(|_| ())
    }

    /// What people do after the merge, and whether it comes to what both wanted.
    fn settle(
        &self,
        holder: &Path,
        left: &Deed,
        right: &Deed,
        kinds: &BTreeSet<Kind>,
        outputs: Vec<String>,
    ) -> Answer<()> {
        let mut both = base();
        left(&mut both);
        right(&mut both);
        if kinds.contains(&Kind::Spec) {
            self.spec(&both)?;
        }
        if kinds.contains(&Kind::Lock) {
            ops::lock_resolve(&settings(&self.folder)).map_err(|failure| said(&failure))?;
        }
        sync(&self.folder, outputs)?;
        let report =
            ops::check(&CheckOptions { settings: settings(&self.folder), reads_all: false });
        let report = report.map_err(|failure| said(&failure))?;
        if report.exit != 0 {
            return Err(format!(
                "check: {:?}",
                report.failing().map(|f| &f.message).collect::<Vec<_>>()
            ));
        }
        let fresh = holder.join("fresh");
        copy_history(&self.folder, &fresh)?;
        fs::write(fresh.join("kiln.kdl"), both.text()).map_err(io)?;
        sync(&fresh, Vec::new())?;
        let differing = difference(&self.folder, &fresh)?;
        fs::remove_dir_all(&fresh).map_err(io)?;
        if differing.is_empty() {
            Ok(())
        } else {
            Err(format!("differs: {}", differing.join(", ")))
        }
    }
}

fn settings(folder: &Path) -> Settings {
    Settings { start: folder.to_owned(), ..Settings::default() }
}

fn said(failure: &ops::Failure) -> String {
    let all: Vec<&str> = failure.diagnostics.0.iter().map(|one| one.message.as_str()).collect();
    all.join("; ")
}

fn sync(folder: &Path, take: Vec<String>) -> Answer<()> {
    let options = SyncOptions { settings: settings(folder), take, ..SyncOptions::default() };
    let report = ops::sync(&options).map_err(|failure| said(&failure))?;
    let failing: Vec<&String> = report.failing().map(|finding| &finding.message).collect();
    if report.exit == 0 { Ok(()) } else { Err(format!("sync: {failing:?}")) }
}

fn copy_history(from: &Path, to: &Path) -> Answer<()> {
    fs::create_dir_all(to).map_err(io)?;
    for path in files(from)?.iter().filter(|path| path.starts_with("kiln.history/")) {
        let target = to.join(path);
        fs::create_dir_all(target.parent().unwrap_or(to)).map_err(io)?;
        fs::copy(from.join(path), target).map_err(io)?;
    }
    Ok(())
}

/// All files, kiln's and git's own folders aside.
fn files(folder: &Path) -> Answer<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![String::new()];
    while let Some(prefix) = open.pop() {
        for entry in fs::read_dir(folder.join(&prefix)).map_err(io)? {
            let entry = entry.map_err(io)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if [".git", ".kiln", ".kiln-vault"].contains(&name.as_str()) {
                continue;
            }
            if entry.file_type().map_err(io)?.is_dir() {
                open.push(format!("{prefix}{name}/"));
            } else {
                found.push(format!("{prefix}{name}"));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The lines of a sum whose outputs are written once, and the others. What was seeded before the merge says what the
/// kits of then said, and stays.
fn facts(folder: &Path) -> Answer<(Vec<String>, Vec<String>)> {
    let sum = fs::read_to_string(folder.join("kiln.sum")).map_err(io)?;
    Ok(sum.lines().map(str::to_owned).partition(|line| line.ends_with(" seeded")))
}

/// What differs between two projects, besides what was seeded.
fn difference(here: &Path, there: &Path) -> Answer<Vec<String>> {
    let (seeded, mine) = facts(here)?;
    let (_, other) = facts(there)?;
    let mut differing = if mine == other { Vec::new() } else { vec!["kiln.sum".to_owned()] };
    let seeded: BTreeSet<&str> = seeded.iter().filter_map(|line| line.split(' ').nth(1)).collect();
    let names: BTreeSet<String> = files(here)?.into_iter().chain(files(there)?).collect();
    let differs = |name: &String| {
        name != "kiln.sum"
            && !seeded.contains(name.as_str())
            && fs::read(here.join(name)).ok() != fs::read(there.join(name)).ok()
    };
    differing.extend(names.into_iter().filter(differs));
    Ok(differing)
}

/// The table of all rows, as Markdown.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = String::from("| pair | merges |");
    for (_, name) in KINDS {
        let _ = write!(text, " {name} |");
    }
    text.push_str(" clean | lock or sum alone | as from scratch |\n|---|---|");
    text.push_str(&"---|".repeat(KINDS.len() + 3));
    text.push('\n');
    let total = |name: &'static str, decides: bool| {
        let mut total = Row { pair: name, decides, ..Row::default() };
        for row in rows.iter().filter(|row| row.decides == decides) {
            total.merges += row.merges;
            total.clean += row.clean;
            total.alone += row.alone;
            total.equal += row.equal;
            row.conflicts.iter().for_each(|(k, n)| *total.conflicts.entry(*k).or_default() += n);
        }
        total
    };
    let totals = [total("nobody has to decide", false), total("a person has to decide", true)];
    for row in rows.iter().chain(&totals) {
        let _ = write!(text, "| {} | {} |", row.pair, row.merges);
        for (kind, _) in KINDS {
            let _ = write!(text, " {} |", row.conflicts.get(&kind).copied().unwrap_or(0));
        }
        let _ = writeln!(text, " {} | {} | {} |", row.clean, row.alone, row.equal);
    }
    text
}
