//! The programs that kiln is measured beside: pinned versions, installed once under target/bench/tools.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Result;

/// Yardsticks that are installed with cargo: name, version, program.
const CRATES: [(&str, &str, &str); 2] = [("b3sum", "1.8.7", "b3sum"), ("ripgrep", "15.2.0", "rg")];

/// Where they are.
pub(crate) struct Tools {
    /// Hashes as fast as the machine can.
    pub(crate) b3sum: PathBuf,
    /// A program that is known to start fast.
    pub(crate) rg: PathBuf,
}

impl Tools {
    /// Installs what is absent.
    pub(crate) fn ready(folder: &Path) -> Result<Self> {
        let folder = folder.join("tools");
        for (name, version, program) in CRATES {
            cargo_install(&folder, name, version, program)?;
        }
        Ok(Self { b3sum: folder.join("bin/b3sum"), rg: folder.join("bin/rg") })
    }
}

/// Installs a pinned version of a program, unless it is there.
pub(crate) fn cargo_install(folder: &Path, name: &str, version: &str, program: &str) -> Result<()> {
    let path = folder.join("bin").join(program);
    let answer = Command::new(&path).arg("--version").stdin(Stdio::null()).output();
    if answer.is_ok_and(|answer| String::from_utf8_lossy(&answer.stdout).contains(version)) {
        return Ok(());
    }
    eprintln!("installing {name} {version}");
    let status = Command::new("cargo")
        .args(["install", "--quiet", "--locked", "--root"])
        .arg(folder)
        .arg(format!("{name}@{version}"))
        .stdout(Stdio::null())
        .status()
        .map_err(|error| format!("cargo cannot be run: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{name} {version} cannot be installed")) }
}
