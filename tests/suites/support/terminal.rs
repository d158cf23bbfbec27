//! A folder with a project in it and a terminal in that folder.
//!
//! kiln is started as a process of its own, since panics and exit codes are what people see. Its built-in kits are
//! replaced by a small library (`library/` of this package), so that these suites do not change with the real kits.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, lchown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::listing::{Listing, listing};
use super::{copy, package, redacted};

/// The binary that is tested.
const KILN: &str = env!("CARGO_BIN_EXE_kiln-under-test");

/// What a command answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A folder to work in; it goes when this value goes.
pub(crate) struct Terminal {
    holder: TempDir,
    /// The folder of the project.
    pub(crate) root: PathBuf,
    /// The folder that is read instead of the built-in library.
    library: Option<PathBuf>,
    environment: Vec<(String, String)>,
    /// Run as this user: root may write what nobody may write.
    user: Option<u32>,
}

impl Terminal {
    /// An empty project folder beside the small library.
    pub(crate) fn new() -> Self {
        let holder = tempfile::tempdir().unwrap();
        let root = holder.path().canonicalize().unwrap().join("project");
        fs::create_dir(&root).unwrap();
        copy(&package().join("library"), &holder.path().join("library"), &|_| false);
        // No catalogues of packages either.
        fs::create_dir(holder.path().join("catalogue")).unwrap();
        let library = Some(root.with_file_name("library"));
        Self { holder, root, library, environment: Vec::new(), user: None }
    }

    /// The same with the kits that are built in.
    pub(crate) fn with_builtin_kits() -> Self {
        Self { library: None, ..Self::new() }
    }

    /// The same with the kits of a folder.
    pub(crate) fn with_library(folder: &Path) -> Self {
        Self { library: Some(folder.to_owned()), ..Self::new() }
    }

    /// A variable that kiln sees.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Lets kiln run as a user without privileges, whom everything here belongs to from now on.
    pub(crate) fn drop_privileges(&mut self) {
        const NOBODY: u32 = 65_534;
        if fs::metadata(self.holder.path()).unwrap().uid() != 0 {
            return;
        }
        own(self.holder.path(), NOBODY);
        self.user = Some(NOBODY);
    }

    /// The folder that holds project and library.
    pub(crate) fn outer(&self) -> PathBuf {
        self.holder.path().canonicalize().unwrap()
    }

    /// Runs kiln in the project's folder with words as typed.
    pub(crate) fn kiln(&self, words: &str) -> Answer {
        self.kiln_in(&self.root, words)
    }

    /// Runs kiln in another folder.
    pub(crate) fn kiln_in(&self, folder: &Path, words: &str) -> Answer {
        let words: Vec<&str> = words.split_whitespace().collect();
        self.kiln_with(folder, &words)
    }

    /// Runs kiln in a folder with words that a shell has taken apart.
    pub(crate) fn kiln_with(&self, folder: &Path, words: &[&str]) -> Answer {
        let mut command = Command::new(KILN);
        command.arg0("kiln").args(words).current_dir(folder).env_clear();
        command.envs(self.environment.iter().cloned());
        if let Some(library) = &self.library {
            command.arg("--library").arg(library);
        }
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| redacted(&String::from_utf8(bytes).unwrap(), &self.outer());
        let answer = Answer {
            code: output.status.code().expect("kiln was ended by a signal"),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        assert!(!answer.err.contains("panicked"), "kiln {words:?}: {}", answer.err);
        answer
    }

    /// Runs kiln and gives what a person would see, as one text.
    pub(crate) fn run(&self, words: &str) -> String {
        self.kiln(words).shown(words)
    }

    /// Writes a file of the project.
    pub(crate) fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        super::write(&self.root, path, bytes);
    }

    /// Reads a file of the project.
    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    /// Replaces a text in a file of the project; it must be there.
    pub(crate) fn replace(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "`{path}` has no `{from}`:\n{text}");
        self.write(path, text.replace(from, to));
    }

    /// Everything in the project's folder and around it.
    pub(crate) fn listing(&self) -> Listing {
        listing(&self.outer())
    }
}

fn own(path: &Path, user: u32) {
    lchown(path, Some(user), Some(user)).unwrap();
    if fs::symlink_metadata(path).unwrap().is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            own(&entry.unwrap().path(), user);
        }
    }
}

impl Answer {
    /// The command, its exit code and its two streams, as snapshots hold them.
    pub(crate) fn shown(&self, words: &str) -> String {
        let mut text = format!("$ kiln {words}\n");
        for (name, stream) in [("out", &self.out), ("err", &self.err)] {
            for line in stream.lines() {
                let line = format!("{name}| {line}");
                text.push_str(line.trim_end());
                text.push('\n');
            }
        }
        text.push_str(&format!("exit {}", self.code));
        text
    }
}
