//! Merging measured on real histories. No test runs it: it needs clones, which are no part of the repository.

use std::path::PathBuf;

use clap::Args;

use crate::{Result, shell};

/// What is measured, and how much of it.
#[derive(Debug, Args)]
pub(crate) struct Merges {
    /// A folder with clones, bare or with work trees
    folder: PathBuf,
    /// The most files of one clone and language
    #[arg(long, default_value_t = 400)]
    most: usize,
    /// Write the cases that are worth a look below this folder
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// A `node_modules` folder with `typescript`; without it TypeScript is only checked for its brackets
    #[arg(long, value_name = "FOLDER")]
    node_modules: Option<PathBuf>,
}

impl Merges {
    pub(crate) fn run(&self) -> Result<()> {
        let absolute = |path: &PathBuf| {
            let path = std::path::absolute(path).map_err(|error| error.to_string())?;
            Ok::<_, String>(path.display().to_string())
        };
        let (folder, most) = (absolute(&self.folder)?, self.most.to_string());
        let mut arguments = vec!["run", "--release", "--quiet", "--package", "kiln-merge"];
        arguments.extend(["--example", "merge_corpus", "--", &folder, "--most", &most]);
        let keep = self.keep.as_ref().map(absolute).transpose()?;
        let node_modules = self.node_modules.as_ref().map(absolute).transpose()?;
        for (flag, value) in [("--keep", &keep), ("--node-modules", &node_modules)] {
            if let Some(value) = value {
                arguments.extend([flag, value]);
            }
        }
        shell::run("cargo", &arguments)
    }
}
