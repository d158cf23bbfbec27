//! Whole processes: how long they take, how much of the processors they use, how much memory at most.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{Usage, UsageWho, getrusage};

use crate::Result;

/// What one run took, in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Took {
    /// By the clock.
    pub(crate) wall: f64,
    /// Of all processors, in the process and the kernel.
    pub(crate) cpu: f64,
}

fn of_children() -> Result<Usage> {
    getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| format!("getrusage: {error}"))
}

fn cpu_seconds(usage: &Usage) -> f64 {
    let seconds = |time: nix::sys::time::TimeVal| {
        let micros = i32::try_from(time.tv_usec()).unwrap_or_default();
        let whole = i32::try_from(time.tv_sec()).unwrap_or(i32::MAX);
        f64::from(whole) + f64::from(micros) / 1e6
    };
    seconds(usage.user_time()) + seconds(usage.system_time())
}

/// Runs a program to its end. What it prints is thrown away, unless it fails.
pub(crate) fn timed(command: &mut Command, said: &Path) -> Result<Took> {
    let errors = File::create(said).map_err(|error| format!("{}: {error}", said.display()))?;
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
    let before = cpu_seconds(&of_children()?);
    let began = Instant::now();
    let status = command.status();
    let wall = began.elapsed().as_secs_f64();
    let cpu = cpu_seconds(&of_children()?) - before;
    match status {
        Ok(status) if status.success() => Ok(Took { wall, cpu }),
        Ok(status) => {
            let text = fs::read_to_string(said).unwrap_or_default();
            Err(format!("{} ended with {status}\n{text}", shown(command)))
        }
        Err(error) => Err(format!("{} cannot be run: {error}", shown(command))),
    }
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
    format!("`{}`", words.join(" "))
}

/// The most memory that a program holds at once, in KiB. It is run by a small process of its own, because the system
/// counts the memory of whoever starts a process as its first.
pub(crate) fn peak_memory(command: &Command, said: &Path) -> Result<i64> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut measuring = Command::new(own);
    measuring.arg("peak-memory").arg("--").arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        measuring.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => measuring.env(name, value),
            None => measuring.env_remove(name),
        };
    }
    let errors = File::create(said).map_err(|error| format!("{}: {error}", said.display()))?;
    let output = measuring.stdin(Stdio::null()).stderr(errors).output();
    let output = output.map_err(|error| format!("{} cannot be run: {error}", shown(command)))?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().map_err(|_| {
        let said = fs::read_to_string(said).unwrap_or_default();
        format!("{} failed\n{text}{said}", shown(command))
    })
}

/// What the small process of its own does: runs a program, throws away what it prints, prints its peak memory.
pub(crate) fn measure_peak_memory(words: &[OsString]) -> Result<()> {
    let (program, arguments) = words.split_first().ok_or("no program is named")?;
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => {
            println!("{}", of_children()?.max_rss());
            Ok(())
        }
        Ok(status) => Err(format!("it ended with {status}")),
        Err(error) => Err(format!("it cannot be run: {error}")),
    }
}
