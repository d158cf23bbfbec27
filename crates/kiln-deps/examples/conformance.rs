//! Compares closures of the Python catalogue with what uv resolves, byte for byte.
//!
//! ```text
//! cargo run --release -p kiln-deps --example conformance -- catalogue/python [COUNT] [SEED] [UV]
//! ```
//!
//! For the packages of a FastAPI project and for COUNT random subsets (default 60), a project asks for them with the
//! catalogue's ranges. Then these must hold:
//!
//! - **fresh**: from nothing, with the universe's versions as constraints, uv writes our file (less the reasons
//!   `-c (workspace)` that constraints leave);
//! - **kept**: given our file and no constraints, uv leaves it as it is;
//! - the project's lock installs into an empty environment with all hashes required, and `uv pip check` finds nothing.
//!
//! It also counts how often uv, left alone, chooses newer versions: that is no failure, it is what pins hold back.
//! Needs a package index and uv.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a release-time tool, run by hand or by xtask"
)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use kiln_deps::python::{
    Catalogue, LockTarget, Request, Requests, Requirements, closure, lock_command,
};

/// What a FastAPI project of the built-in kits asks for; those after the mark are of the extra `dev`.
const PROJECT: &str = "fastapi starlette uvicorn[standard] pydantic pydantic-settings email-validator \
    typing-extensions sqlalchemy[asyncio] asyncpg alembic pyjwt[crypto] pwdlib[argon2] aiosmtplib jinja2 structlog \
    python-multipart uuid-utils redis | pytest pytest-asyncio pytest-cov pytest-xdist httpx hypothesis schemathesis \
    jsonschema types-jsonschema asyncpg-stubs aiosmtpd ruff mypy uv";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "catalogue/python".to_owned()));
    let count: usize = arguments.next().map_or(Ok(60), |text| text.parse())?;
    let seed: u64 = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let uv = arguments.next().unwrap_or_else(|| "uv".to_owned());
    let catalogue = Catalogue::parse(&std::fs::read(folder.join("catalogue.txt"))?)?;
    let source = std::fs::read_to_string(folder.join("requirements.kiln"))?;
    let requirements = Requirements::parse(&source).map_err(|errors| format!("{errors:?}"))?;
    let mut random = Random(seed);
    let mut sets = vec![project()];
    sets.extend((0..count).map(|_| random.subset(&requirements)));
    let scratch = tempfile::tempdir()?;
    let mut tally = Tally::default();
    for (number, set) in sets.iter().enumerate() {
        let folder = scratch.path().join(number.to_string());
        std::fs::create_dir(&folder)?;
        let trial = Trial { uv: &uv, catalogue: &catalogue, folder: &folder, set };
        trial.run(number, &mut tally)?;
        if number == 0 {
            trial.install()?;
            println!("the project's packages install and fit together");
        }
    }
    let Tally { pins, failures, newer, closures } = tally;
    println!(
        "{} sets, {pins} pins, {failures} differing; uv alone would choose newer versions in {newer}; \
         {:.2} ms for a closure and its text",
        sets.len(),
        closures.as_secs_f64() * 1000.0 / (2.0 * sets.len() as f64),
    );
    if failures == 0 { Ok(()) } else { Err("the catalogue is not what uv resolves".into()) }
}

#[derive(Default)]
struct Tally {
    pins: usize,
    failures: usize,
    newer: usize,
    closures: Duration,
}

/// One package of a set.
struct Item {
    name: String,
    extras: Vec<String>,
    dev: bool,
}

fn project() -> Vec<Item> {
    let (runtime, dev) = PROJECT.split_once('|').unwrap_or((PROJECT, ""));
    let words = runtime.split_whitespace().map(|word| (word, false));
    let item = |(word, dev): (&str, bool)| {
        let (name, extras) = word.trim_end_matches(']').split_once('[').unwrap_or((word, ""));
        let extras = extras.split(',').filter(|extra| !extra.is_empty()).map(str::to_owned);
        Item { name: name.to_owned(), extras: extras.collect(), dev }
    };
    words.chain(dev.split_whitespace().map(|word| (word, true))).map(item).collect()
}

/// A small generator of its own (splitmix64), so that a seed means the same sets for ever.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// Each package with a chance that itself varies, each of its extras with a half.
    fn subset(&mut self, requirements: &Requirements) -> Vec<Item> {
        let chance = 2 + self.below(40);
        let mut items = Vec::new();
        for (name, extras) in requirements.packages() {
            if self.below(100) < chance {
                let extras = extras.iter().filter(|_| self.below(2) == 0).cloned().collect();
                items.push(Item { name: name.to_owned(), extras, dev: self.below(4) == 0 });
            }
        }
        if items.is_empty() { project() } else { items }
    }
}

struct Trial<'a> {
    uv: &'a str,
    catalogue: &'a Catalogue,
    folder: &'a Path,
    set: &'a [Item],
}

impl Trial<'_> {
    fn run(&self, number: usize, tally: &mut Tally) -> Result<(), Box<dyn Error>> {
        for (file_name, extras) in
            [("requirements.lock", vec![]), ("requirements-dev.lock", vec!["dev".to_owned()])]
        {
            let target = LockTarget { file_name: file_name.to_owned(), extras };
            let start = Instant::now();
            let (pins, ours) = self.ours(&target)?;
            tally.closures += start.elapsed();
            tally.pins += pins;
            let kept = self.compile(&target, Some(&ours), false)?;
            let fresh = self.compile(&target, None, true)?;
            let alone = self.compile(&target, None, false)?;
            for (way, theirs) in [("kept", &kept), ("fresh", &fresh)] {
                if *theirs != ours {
                    tally.failures += 1;
                    println!("set {number}, {file_name}, {way}:\n{}", difference(&ours, theirs));
                }
            }
            tally.newer += usize::from(alone != ours);
        }
        Ok(())
    }

    /// Installs the lock of the extra `dev` into an environment of its own.
    fn install(&self) -> Result<(), Box<dyn Error>> {
        let target =
            LockTarget { file_name: "install.lock".to_owned(), extras: vec!["dev".to_owned()] };
        std::fs::write(self.folder.join("install.lock"), self.ours(&target)?.1)?;
        let environment = ["--quiet", "--python", "environment"];
        for arguments in [
            ["venv", "--quiet", "environment"].as_slice(),
            &[["pip", "sync"].as_slice(), &environment, &["--require-hashes", "install.lock"]]
                .concat(),
            &[["pip", "check"].as_slice(), &environment].concat(),
        ] {
            let output = Command::new(self.uv).args(arguments).current_dir(self.folder).output()?;
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
            }
        }
        Ok(())
    }

    fn ours(&self, target: &LockTarget) -> Result<(usize, String), Box<dyn Error>> {
        let wanted = self.set.iter().filter(|item| !item.dev || !target.extras.is_empty());
        let items = wanted.map(|item| Request {
            name: item.name.clone(),
            extras: item.extras.clone(),
            contributed_by: "this set".to_owned(),
        });
        let requests = Requests { project: "Some_Project".to_owned(), items: items.collect() };
        let closed = closure(self.catalogue, &requests).map_err(|errors| format!("{errors:?}"))?;
        Ok((closed.pins().len(), closed.render_requirements(target)))
    }

    fn manifest(&self, constrained: bool) -> String {
        let list = |dev: bool| -> String {
            let items = self.set.iter().filter(|item| item.dev == dev);
            let line = |item: &Item| {
                let range = self.catalogue.range(&item.name).unwrap_or_default();
                let extras = if item.extras.is_empty() {
                    String::new()
                } else {
                    format!("[{}]", item.extras.join(","))
                };
                format!("\"{}{extras}{range}\", ", item.name)
            };
            items.map(line).collect()
        };
        let constraints: String =
            self.catalogue.constraints().iter().map(|line| format!("\"{line}\", ")).collect();
        let constraints = if constrained { constraints } else { String::new() };
        format!(
            "[project]\nname = \"Some_Project\"\nversion = \"0\"\nrequires-python = \"{}\"\ndependencies = [{}]\n\
             [project.optional-dependencies]\ndev = [{}]\n\
             [tool.uv]\nmanaged = false\nconstraint-dependencies = [{constraints}]\n",
            self.catalogue.requires_python(),
            list(false),
            list(true),
        )
    }

    /// What uv writes with the command of the header, given an old lock or none.
    fn compile(
        &self,
        target: &LockTarget,
        old: Option<&str>,
        constrained: bool,
    ) -> Result<String, Box<dyn Error>> {
        std::fs::write(self.folder.join("pyproject.toml"), self.manifest(constrained))?;
        let file = self.folder.join(&target.file_name);
        match old {
            Some(old) => std::fs::write(&file, old)?,
            None => std::fs::remove_file(&file)?,
        }
        let command = lock_command(target, self.catalogue.requires_python());
        let output = Command::new(self.uv)
            .args(command.split(' ').skip(1))
            .arg("--quiet")
            .env("UV_EXCLUDE_NEWER", self.catalogue.date())
            .current_dir(self.folder)
            .output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        let text = std::fs::read_to_string(&file)?;
        Ok(if constrained { without_constraints(&text) } else { text })
    }
}

/// The text without the reasons that constraints leave: of two reasons one stays, on the line of `# via` itself.
fn without_constraints(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut all = text.lines().peekable();
    while let Some(line) = all.next() {
        if line != "    # via" {
            lines.push(line.to_owned());
            continue;
        }
        let mut via = Vec::new();
        while let Some(source) = all.peek().and_then(|line| line.strip_prefix("    #   ")) {
            via.push(source);
            all.next();
        }
        via.retain(|source| *source != "-c (workspace)");
        match via.as_slice() {
            [one] => lines.push(format!("    # via {one}")),
            several => {
                lines.push(line.to_owned());
                lines.extend(several.iter().map(|source| format!("    #   {source}")));
            }
        }
    }
    lines.join("\n") + "\n"
}

/// The lines that only one side has, without hashes.
fn difference(ours: &str, theirs: &str) -> String {
    let only = |sign: char, one: &str, other: &str| -> String {
        let there: std::collections::BTreeSet<&str> = other.lines().collect();
        let lines = one.lines().filter(|line| !there.contains(line));
        lines.take(12).map(|line| format!("{sign} {line}\n")).collect()
    };
    only('-', ours, theirs) + &only('+', theirs, ours)
}
