//! Tools from outside of the generated project: set up once under target/, from pinned versions.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Result, root};

/// The tools and the environment in which everything runs.
pub(crate) struct Tools {
    path: OsString,
    caches: PathBuf,
}

impl Tools {
    /// Installs what is missing.
    pub(crate) fn ready() -> Result<Self> {
        let folder = root().join("target/tools");
        let wanted = root().join("tests/verify/requirements.txt");
        let text = fs::read_to_string(&wanted).map_err(|error| error.to_string())?;
        let stamp = folder.join("installed.txt");
        if fs::read_to_string(&stamp).ok().as_deref() != Some(text.as_str()) {
            fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
            let venv = folder.join("venv");
            step(
                "tools: venv",
                Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv),
            )?;
            let pip =
                ["-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--requirement"];
            step("tools: install", Command::new(venv.join("bin/python")).args(pip).arg(&wanted))?;
            fs::write(&stamp, text).map_err(|error| error.to_string())?;
        }
        let bin = folder.join("venv/bin");
        let rest = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths(std::iter::once(bin).chain(env::split_paths(&rest)))
            .map_err(|error| error.to_string())?;
        Ok(Self { path, caches: root().join("target/verify/caches") })
    }

    /// A command in a folder, with the tools in reach and caches shared by all projects.
    pub(crate) fn command(&self, program: &str, folder: &Path) -> Command {
        let mut command = Command::new("env");
        command
            .arg(program)
            .current_dir(folder)
            .env("PATH", &self.path)
            .env_remove("PYTHONDONTWRITEBYTECODE")
            .env_remove("VIRTUAL_ENV")
            .env("PYTHONPYCACHEPREFIX", self.caches.join("pyc"))
            .env("MYPY_CACHE_DIR", self.caches.join("mypy"))
            .env("CI", "true");
        command
    }
}

/// Runs a step; its output is shown only if it fails.
pub(crate) fn step(what: &str, command: &mut Command) -> Result<String> {
    let began = std::time::Instant::now();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{what}: {:?} cannot be run: {error}", command.get_program()))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        println!("  ok   {what} ({:.1} s)", began.elapsed().as_secs_f64());
        return Ok(text);
    }
    println!("  FAIL {what}");
    Err(format!(
        "{what} failed:\n{}\n{}",
        tail(&text),
        tail(&String::from_utf8_lossy(&output.stderr))
    ))
}

/// The last lines of an output: where tools say what is wrong.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(120)..].join("\n")
}
