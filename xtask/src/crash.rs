//! `cargo xtask crash`: kills the real binary at random instants, thousands of times, and prints what came of it.

#[path = "../../tests/suites/crash/kills/mod.rs"]
mod kills;

use std::path::{Path, PathBuf};

use crate::{Result, shell};

/// What is done.
#[derive(Debug, clap::Args)]
pub(crate) struct Crash {
    /// How many processes are killed
    #[arg(long, default_value_t = 2000)]
    rounds: usize,
    /// What the instants are drawn by
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The binary; built from this repository if it is not named
    #[arg(long, value_name = "FILE")]
    kiln: Option<PathBuf>,
    /// Where the projects are made; in memory if there is such a folder
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Crash {
    /// Does it.
    pub(crate) fn run(self) -> Result<()> {
        let kiln = match self.kiln {
            Some(kiln) => kiln,
            None => {
                shell::run("cargo", &["build", "--quiet", "--package", "kiln"])?;
                let own = std::env::current_exe().map_err(|error| error.to_string())?;
                own.with_file_name("kiln")
            }
        };
        let memory = Path::new("/dev/shm");
        let folder = self.folder.unwrap_or_else(|| match memory.is_dir() {
            true => memory.to_owned(),
            false => std::env::temp_dir(),
        });
        let folder = folder.join(format!("kiln-crash-{}", std::process::id()));
        let kills = kills::Kills {
            kiln: kiln.canonicalize().map_err(|error| format!("{}: {error}", kiln.display()))?,
            folder,
            kills: self.rounds,
            seed: self.seed,
            by_time: true,
        };
        let counts = kills.run(&|line| println!("{line}"))?;
        println!("{counts}");
        Ok(())
    }
}
