//! Makes the Python catalogue anew: resolves the universe with uv, lints what was chosen, writes the text.
//!
//! ```text
//! cargo run -p kiln-deps --example catalogue -- catalogue/python [UV]
//! ```
//!
//! Needs a package index and uv (default: `uv`). It always resolves from nothing, because a re-lock would keep old
//! choices; so the same source gives the same catalogue. A refresh changes `date` and the pins of
//! `requirements.kiln` first.
#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a release-time tool, run by hand or by xtask"
)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use kiln_deps::python::{Catalogue, LockTarget, Requirements, build, lock_command};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "catalogue/python".to_owned()));
    let uv = arguments.next().unwrap_or_else(|| "uv".to_owned());
    let source = std::fs::read_to_string(folder.join("requirements.kiln"))?;
    let requirements = Requirements::parse(&source).map_err(|errors| list(&errors))?;
    let scratch = tempfile::tempdir()?;
    let (lock, compiled) = resolve(&uv, scratch.path(), &requirements)?;
    let held = held_back(&uv, scratch.path(), &requirements)?;
    if !held.is_empty() {
        return Err(format!(
            "held back by other packages, say so by an upper bound:\n{}",
            held.join("\n")
        )
        .into());
    }
    let catalogue = build(&lock, &compiled, &requirements).map_err(|errors| list(&errors))?;
    let target = folder.join("catalogue.txt");
    let old = std::fs::read(&target).ok().and_then(|bytes| Catalogue::parse(&bytes).ok());
    std::fs::write(&target, catalogue.to_text())?;
    report(old.as_ref(), &catalogue);
    Ok(())
}

/// Both forms of the universe: with its edges, and with all hashes.
fn resolve(
    uv: &str,
    folder: &Path,
    requirements: &Requirements,
) -> Result<(String, String), Box<dyn Error>> {
    std::fs::write(folder.join("pyproject.toml"), requirements.universe())?;
    run(uv, folder, &["lock", "--quiet", "--upgrade", "--exclude-newer", requirements.date()])?;
    let target = LockTarget { file_name: "universe.lock".to_owned(), extras: Vec::new() };
    let command = lock_command(&target, requirements.python());
    let arguments =
        command.split(' ').skip(1).chain(["--quiet", "--exclude-newer", requirements.date()]);
    run(uv, folder, &arguments.collect::<Vec<&str>>())?;
    let read = |name: &str| std::fs::read_to_string(folder.join(name));
    Ok((read("uv.lock")?, read("universe.lock")?))
}

/// Packages that are older than the newest at the cut-off although the source does not say so: the universe
/// contaminated them.
fn held_back(
    uv: &str,
    folder: &Path,
    requirements: &Requirements,
) -> Result<Vec<String>, Box<dyn Error>> {
    let arguments = [
        "tree",
        "--quiet",
        "--outdated",
        "--frozen",
        "--universal",
        "--depth",
        "1",
        "--exclude-newer",
    ];
    let all: Vec<&str> = arguments.into_iter().chain([requirements.date()]).collect();
    let tree = run(uv, folder, &all)?;
    let outdated = tree.lines().filter(|line| line.contains("(latest:"));
    let name = |line: &str| {
        let start = line.find(|c: char| c.is_ascii_alphanumeric()).unwrap_or_default();
        line[start..].split([' ', '[']).next().unwrap_or_default().to_owned()
    };
    Ok(outdated.filter(|line| !requirements.holds_back(&name(line))).map(str::to_owned).collect())
}

fn run(program: &str, folder: &Path, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let output = Command::new(program).args(arguments).current_dir(folder).output()?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("`{program} {}` failed:\n{errors}", arguments.join(" ")).into())
}

fn list<E: std::fmt::Display>(errors: &[E]) -> String {
    errors.iter().map(|error| format!("{error}\n")).collect()
}

/// What moved, one range per line.
fn report(old: Option<&Catalogue>, new: &Catalogue) {
    for name in new.names() {
        let before = old.and_then(|old| old.range(name)).unwrap_or("absent");
        let now = new.range(name).unwrap_or_default();
        if before != now {
            println!("{name}: {before} → {now}");
        }
    }
    let gone = old.into_iter().flat_map(Catalogue::names).filter(|name| new.range(name).is_none());
    gone.for_each(|name| println!("{name}: gone"));
    println!("{} packages, date {}, sha256 {}", new.names().count(), new.date(), new.sha256());
}
