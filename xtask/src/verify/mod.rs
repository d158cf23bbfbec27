//! A generated project, tested for real: installed, migrated, started, visited; then again without each kit that can
//! be left out.

mod history;
mod month;
mod names;
mod postgres;
mod project;
mod removal;
mod tools;

use std::fs;
use std::time::Instant;

use crate::{Result, golden, root};

use self::postgres::Postgres;
use self::project::Project;
use self::tools::Tools;

/// Kits that are left out when not all are: one of each kind that others could notice.
const SAMPLE: [&str; 3] = ["audit-log", "user-invitations", "logging-structured"];

/// Generates a project of `lockfiles/` and runs its checks.
pub(crate) fn run(
    name: &str,
    all: bool,
    without: &[String],
    only_history: bool,
    month: Option<&str>,
) -> Result<()> {
    let began = Instant::now();
    let spec = root().join("lockfiles").join(name).join("kiln.kdl");
    if !spec.is_file() {
        return Err(format!(
            "there is no lockfiles/{name}/kiln.kdl; there are: {}",
            golden::names()?.join(", ")
        ));
    }
    let tools = Tools::ready()?;
    let postgres = Postgres::start()?;
    let mut done: Vec<String> = Vec::new();
    let text = fs::read_to_string(&spec).map_err(|error| error.to_string())?;
    if let Some(tests) = month {
        month::run(name, &spec, tests, &tools, &postgres, &mut done)?;
        println!("verify {name}: {} checks passed in {} s", done.len(), began.elapsed().as_secs());
        return Ok(());
    }
    if only_history {
        let folder = root().join("target/verify").join(name).join("whole");
        let whole = match folder.join("apps/api/.venv").is_dir() {
            true => Project::at("whole", name, &folder),
            false => Project::generate(name, "whole", &spec)?,
        };
        history::run(name, &text, whole.python(&tools)?, &tools, &postgres, &mut done)?;
        println!("verify {name}: {} checks passed in {} s", done.len(), began.elapsed().as_secs());
        return Ok(());
    }
    let whole = Project::generate(name, "whole", &spec)?;
    // Read before its own tools make files of theirs: a removal is compared with what kiln wrote.
    let generated = whole.files();
    if without.is_empty() {
        whole.same_as_again(&spec)?;
        whole.full(&tools, &postgres, &mut done)?;
        names::formatted(&spec, &tools, &mut done)?;
        history::run(name, &text, whole.python(&tools)?, &tools, &postgres, &mut done)?;
        let tests = if all { "" } else { "tests/core" };
        month::run(name, &spec, tests, &tools, &postgres, &mut done)?;
    }
    let kits: Vec<String> = match (all, without) {
        (true, _) => whole.kits()?,
        (false, []) => SAMPLE.iter().map(|kit| (*kit).to_owned()).collect(),
        (false, named) => named.to_vec(),
    };
    let mut needed = Vec::new();
    for kit in &kits {
        if !removal::check(&generated, &spec, kit, &tools, &postgres, &mut done)? {
            needed.push(kit.as_str());
        }
    }
    if !needed.is_empty() {
        println!("needed by others, so never left out: {}", needed.join(", "));
    }
    println!("verify {name}: {} checks passed in {} s", done.len(), began.elapsed().as_secs());
    Ok(())
}
