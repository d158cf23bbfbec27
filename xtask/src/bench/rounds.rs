//! A round over the generated workload: cold sync, nothing changed, one value, one kit, check, check of a fresh clone.

use std::path::Path;
use std::process::Command;

use crate::Result;
use crate::bench::bed::{Bed, git};
use crate::bench::runner::{Pass, Runner, Yardstick};
use crate::bench::tools::Tools;
use crate::bench::workload::State;

/// `cp -r` of the rendered tree into an absent folder.
pub(crate) fn copying(folder: &Path) -> Yardstick {
    let copy = folder.join("copy");
    let mut command = Command::new("cp");
    command.arg("-r").arg(folder.join("rendered")).arg(&copy);
    Yardstick { name: "cp -r", command, fresh: Some([copy, folder.join("trash")]) }
}

/// `git status` in a repository with a warm index.
pub(crate) fn git_status(name: &'static str, folder: &Path) -> Yardstick {
    Yardstick::new(name, git(folder, &["status"]))
}

fn status_of_both(bed: &Bed) -> Result<[Yardstick; 2]> {
    Ok([
        git_status("git status", &bed.folder.join("git-outputs")),
        git_status("git status, kits too", &bed.repository_of_all()?),
    ])
}

/// One round.
pub(crate) fn round(runner: &mut Runner, bed: &mut Bed, tools: &Tools) -> Result<()> {
    let said = bed.said();
    let size = bed.workload.outputs;
    let project = bed.project();
    let mut sync = runner.command(&project, &["sync"]);
    bed.empty_project()?;
    runner.run((size, "cold"), &mut sync, &mut [copying(&bed.folder)], &said)?;
    bed.verify()?;
    // What was written in the same tick as the index is looked at once more.
    crate::bench::process::timed(&mut sync, &said)?;
    let repeats = if runner.pass == Pass::Time { 3 } else { 1 };
    nothing_changed(runner, bed, repeats)?;
    for operation in ["value", "kit"] {
        changed(runner, bed, operation)?;
    }
    checked(runner, bed, tools, repeats)
}

fn nothing_changed(runner: &mut Runner, bed: &Bed, repeats: usize) -> Result<()> {
    let mut sync = runner.command(&bed.project(), &["sync"]);
    let before = bed.stamps()?;
    for _ in 0..repeats {
        let what = (bed.workload.outputs, "nothing");
        runner.run(what, &mut sync, &mut status_of_both(bed)?, &bed.said())?;
    }
    if before == bed.stamps()? {
        Ok(())
    } else {
        Err("a sync with nothing changed wrote".to_owned())
    }
}

/// Something changes that one output of a hundred comes from, and changes back.
fn changed(runner: &mut Runner, bed: &mut Bed, operation: &'static str) -> Result<()> {
    if !runner.wants(operation) {
        return Ok(());
    }
    let mut sync = runner.command(&bed.project(), &["sync"]);
    let changed = match operation {
        "value" => State { loud: true, ..State::FIRST },
        _ => State { revised: true, ..State::FIRST },
    };
    for state in [changed, State::FIRST] {
        bed.set(state)?;
        let what = (bed.workload.outputs, operation);
        runner.run(what, &mut sync, &mut status_of_both(bed)?, &bed.said())?;
        bed.verify()?;
    }
    Ok(())
}

fn checked(runner: &mut Runner, bed: &Bed, tools: &Tools, repeats: usize) -> Result<()> {
    let (size, project, said) = (bed.workload.outputs, bed.project(), bed.said());
    let mut check = runner.command(&project, &["check"]);
    if runner.wants("check") {
        bed.digests(&tools.b3sum)?;
        let mut b3sum = Command::new(&tools.b3sum);
        b3sum.arg("--check").arg("--quiet").arg("../../b3sums").current_dir(&project);
        let mut yardsticks = [Yardstick::new("b3sum --check", b3sum)];
        for _ in 0..repeats {
            runner.run((size, "check"), &mut check, &mut yardsticks, &said)?;
        }
    }
    if runner.wants("clone") {
        for _ in 0..repeats.min(2) {
            bed.forget()?;
            let mut yardsticks = [copying(&bed.folder)];
            runner.run((size, "clone"), &mut check, &mut yardsticks, &said)?;
        }
    }
    Ok(())
}
