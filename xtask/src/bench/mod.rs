//! `cargo xtask bench`: how fast kiln is, beside programs that do the least that must be done.
//!
//! Whole processes of the release binary are measured in rounds; in each the yardsticks run right before or after kiln,
//! in turns, so that what else the machine does is the same for both, and ratios are what is told. Everything lies on
//! one file system, below target/, and is in the page cache: nothing is dropped, nothing is synchronised beside what
//! kiln itself does. Outputs are compared byte for byte with what the generator of the workload expects.

mod bed;
mod peers;
mod process;
mod report;
mod rounds;
mod runner;
mod small;
mod statistics;
mod tools;
mod workload;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::bed::{Bed, at, remove};
use crate::bench::peers::Peers;
use crate::bench::report::Measured;
use crate::bench::runner::{Pass, Runner};
use crate::bench::small::{Manager, Small};
use crate::bench::tools::Tools;
use crate::{Result, root, shell};

/// What is measured.
#[derive(Debug, clap::Args)]
pub(crate) struct Bench {
    /// How many outputs
    #[arg(long, value_delimiter = ',', default_value = "100,1000,10000", value_name = "N")]
    sizes: Vec<usize>,
    /// Only these operations
    #[arg(long, value_delimiter = ',', value_name = "OPERATION")]
    only: Vec<String>,
    /// How many rounds; by default the more the fewer outputs
    #[arg(long, value_name = "N")]
    rounds: Option<usize>,
    /// Write what was measured to this file too
    #[arg(long, value_name = "FILE.json")]
    out: Option<PathBuf>,
    /// The release binary; built from this repository if it is not named
    #[arg(long, value_name = "FILE")]
    kiln: Option<PathBuf>,
    /// Beside other tools on the same workload, too; installs them
    #[arg(long)]
    peers: bool,
    /// Leave the folders of the projects for whoever looks into them
    #[arg(long)]
    keep: bool,
}

/// A program whose peak memory is measured; the benchmark starts this process itself.
#[derive(Debug, clap::Args)]
pub(crate) struct PeakMemory {
    /// The program and its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    words: Vec<OsString>,
}

impl PeakMemory {
    /// Measures it.
    pub(crate) fn run(&self) -> Result<()> {
        process::measure_peak_memory(&self.words)
    }
}

/// Merging an edited file of 300 lines is measured in the process: an example of `kiln-merge` does it, and judges.
fn merging(measured: &mut Measured) -> Result<()> {
    let words =
        ["run", "--quiet", "--release", "--package", "kiln-merge", "--example", "merge_speed"];
    let output = Command::new("cargo").args(words).current_dir(root()).output();
    let output = output.map_err(|error| format!("cargo cannot be run: {error}"))?;
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .for_each(|line| measured.tell(format!("merge: {line}")));
    if output.status.success() {
        Ok(())
    } else {
        Err("merging is too slow, or cannot be built".to_owned())
    }
}

impl Bench {
    /// Measures and prints.
    pub(crate) fn run(&self) -> Result<()> {
        let kiln = self.binary()?;
        let folder = root().join("target/bench");
        at(&folder, std::fs::create_dir_all(&folder))?;
        let tools = Tools::ready(&folder)?;
        let mut runner = Runner {
            kiln,
            only: self.only.clone(),
            pass: Pass::Time,
            yardsticks_first: false,
            pairs: Vec::new(),
            peaks: Vec::new(),
        };
        let done = self
            .generated(&mut runner, &folder, &tools)
            .and_then(|()| self.small(&mut runner, &folder, &tools))
            .and_then(|()| self.beside_peers(&mut runner, &folder));
        let mut measured = Measured::of(&runner);
        let merged = if runner.wants("merge") { merging(&mut measured) } else { Ok(()) };
        println!("{}", measured.table());
        if let Some(out) = &self.out {
            let text =
                serde_json::to_string_pretty(&measured).map_err(|error| error.to_string())?;
            at(out, std::fs::write(out, text + "\n"))?;
        }
        done.and(merged)?;
        match measured.missed() {
            0 => Ok(()),
            missed => Err(format!("{missed} goals are missed")),
        }
    }

    fn binary(&self) -> Result<PathBuf> {
        let kiln = match &self.kiln {
            Some(kiln) => kiln.clone(),
            None => {
                shell::run("cargo", &["build", "--quiet", "--release", "--package", "kiln"])?;
                let own = std::env::current_exe().map_err(|error| error.to_string())?;
                let target = own.parent().and_then(|folder| folder.parent());
                target.map(|target| target.join("release/kiln")).unwrap_or_default()
            }
        };
        at(&kiln, kiln.canonicalize())
    }

    /// Other tools on the same workload.
    fn beside_peers(&self, runner: &mut Runner, folder: &Path) -> Result<()> {
        if !self.peers {
            return Ok(());
        }
        runner.pass = Pass::Time;
        let mut peers = Peers::new(folder)?;
        for number in 0..self.rounds.unwrap_or(5) {
            runner.yardsticks_first = number % 2 == 1;
            peers.round(runner)?;
        }
        Ok(())
    }

    /// What does not depend on the size.
    fn small(&self, runner: &mut Runner, folder: &Path, tools: &Tools) -> Result<()> {
        let wanted = |names: &[&str]| names.iter().any(|name| runner.wants(name));
        let managers = ["manager-cold", "manager-nothing", "manager-field"];
        let (small, manager) = (wanted(&["status"]), wanted(&managers));
        let small = small.then(|| Small::new(runner, folder)).transpose()?;
        let manager = manager.then(|| Manager::new(runner, folder)).transpose()?;
        let rounds = self.rounds.unwrap_or(9);
        for number in 0..=rounds {
            runner.pass = if number == rounds { Pass::Memory } else { Pass::Time };
            for place in 0..if number == rounds { 1 } else { 4 } {
                runner.yardsticks_first = (number + place) % 2 == 1;
                if runner.wants("version") {
                    small::version(runner, folder, tools)?;
                }
                small.iter().try_for_each(|small| small.status(runner))?;
            }
            manager.iter().try_for_each(|manager| manager.round(runner))?;
        }
        Ok(())
    }

    /// All sizes of the generated workload; their rounds are interleaved, so that sizes can be compared.
    fn generated(&self, runner: &mut Runner, folder: &Path, tools: &Tools) -> Result<()> {
        let mut beds = Vec::new();
        for size in &self.sizes {
            eprintln!("{size} outputs: generating");
            beds.push(Bed::new(folder, *size)?);
        }
        let rounds = |size: usize| self.rounds.unwrap_or(if size > 10_000 { 5 } else { 9 });
        let most = self.sizes.iter().map(|size| rounds(*size)).max().unwrap_or_default();
        for number in 0..=most {
            for bed in &mut beds {
                let size = bed.workload.outputs;
                // One more for memory.
                if number > rounds(size) {
                    continue;
                }
                runner.pass = if number == rounds(size) { Pass::Memory } else { Pass::Time };
                runner.yardsticks_first = number % 2 == 1;
                rounds::round(runner, bed, tools)
                    .map_err(|error| format!("{size} outputs: {error}"))?;
                eprintln!("{size} outputs: round {} of {}", number + 1, rounds(size) + 1);
            }
        }
        if !self.keep {
            beds.iter().try_for_each(|bed| remove(&bed.folder))?;
        }
        Ok(())
    }
}
