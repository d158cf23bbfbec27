//! The folders of a size: kits and a project in one repository, the rendered tree beside it, repositories that git looks at.
//!
//! ```text
//! <size>/repository/kits/…        the path kits
//! <size>/repository/project/…     the project: spec, lock, sum, outputs
//! <size>/rendered/…               the outputs as the generator expects them: what `cp -r` copies
//! <size>/copy/…                   where it copies to
//! <size>/git-outputs/…            a repository of the outputs, all added: what `git status` looks at
//! <size>/git-all/…                the same with the kits, as kiln's repository has them
//! <size>/b3sums                   digests of the outputs of the project, for `b3sum --check`
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Result;
use crate::bench::workload::{State, Text, Workload};

/// What belongs to a size.
pub(crate) struct Bed {
    /// The folder of all.
    pub(crate) folder: PathBuf,
    /// What is written.
    pub(crate) workload: Workload,
    /// How the project stands.
    pub(crate) state: State,
}

/// Adds the path to an error.
pub(crate) fn at<T>(path: &Path, done: std::io::Result<T>) -> Result<T> {
    done.map_err(|error| format!("{}: {error}", path.display()))
}

/// Removes a folder with all that it holds; it may be absent.
pub(crate) fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        done => at(folder, done),
    }
}

/// Takes a folder out of the way until the end. Nothing is deleted between measurements: ext4 looks for a long time at
/// inodes that were deleted a moment ago before it gives them out again, and whatever creates files next would pay.
pub(crate) fn set_aside(folder: &Path, trash: &Path) -> Result<()> {
    at(trash, fs::create_dir_all(trash))?;
    let number = at(trash, fs::read_dir(trash))?.count();
    let target = trash.join(number.to_string());
    match fs::rename(folder, target) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        done => at(folder, done),
    }
}

/// Writes texts below a folder.
pub(crate) fn write(folder: &Path, texts: &[Text]) -> Result<()> {
    for one in texts {
        let path = folder.join(&one.path);
        if let Some(parent) = path.parent() {
            at(parent, fs::create_dir_all(parent))?;
        }
        at(&path, fs::write(&path, &one.text))?;
    }
    Ok(())
}

/// `git` with nothing of this machine's settings.
pub(crate) fn git(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(words).current_dir(folder);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    command
}

/// Runs a program; what it says is shown only if it fails.
pub(crate) fn quietly(mut command: Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr)))
}

/// Makes a folder a repository with all its files added, and git's index warm.
pub(crate) fn added(folder: &Path) -> Result<()> {
    quietly(git(folder, &["init", "--quiet"]))?;
    quietly(git(folder, &["add", "--force", "."]))?;
    let mut commit = git(folder, &["commit", "--quiet", "--message", "bench"]);
    for role in ["AUTHOR", "COMMITTER"] {
        commit.env(format!("GIT_{role}_NAME"), "bench");
        commit.env(format!("GIT_{role}_EMAIL"), "bench@localhost");
    }
    quietly(commit)?;
    quietly(git(folder, &["status"]))
}

impl Bed {
    /// Writes kits and the expected outputs of a size.
    pub(crate) fn new(folder: &Path, outputs: usize) -> Result<Self> {
        let folder = folder.join(format!("outputs-{outputs}"));
        remove(&folder)?;
        let workload = Workload { outputs };
        let state = State::FIRST;
        let bed = Self { folder, workload, state };
        write(&bed.kits(), &workload.kits(state))?;
        let expected = workload.expected(state);
        write(&bed.rendered(), &expected)?;
        write(&bed.folder.join("git-outputs"), &expected)?;
        added(&bed.folder.join("git-outputs"))?;
        quietly(git(&bed.folder.join("repository"), &["init", "--quiet"]))?;
        Ok(bed)
    }

    fn kits(&self) -> PathBuf {
        self.folder.join("repository/kits")
    }

    /// The project's folder.
    pub(crate) fn project(&self) -> PathBuf {
        self.folder.join("repository/project")
    }

    /// The outputs as the generator expects them.
    pub(crate) fn rendered(&self) -> PathBuf {
        self.folder.join("rendered")
    }

    /// Where folders go that are not needed any more.
    pub(crate) fn trash(&self) -> PathBuf {
        self.folder.join("trash")
    }

    /// Where what a yardstick says goes.
    pub(crate) fn said(&self) -> PathBuf {
        self.folder.join("said.txt")
    }

    /// An empty project: a spec and nothing else, no vault either.
    pub(crate) fn empty_project(&mut self) -> Result<()> {
        set_aside(&self.project(), &self.trash())?;
        self.forget()?;
        self.set(State::FIRST)?;
        let project = self.project();
        at(&project, fs::create_dir_all(&project))?;
        self.write_spec()
    }

    /// Takes what a fresh clone has not: index and vault.
    pub(crate) fn forget(&self) -> Result<()> {
        set_aside(&self.project().join(".kiln"), &self.trash())?;
        set_aside(&self.folder.join("repository/.git/kiln"), &self.trash())
    }

    fn write_spec(&self) -> Result<()> {
        let spec = self.project().join("kiln.kdl");
        at(&spec, fs::write(&spec, self.workload.spec(self.state)))
    }

    /// Changes value or kits on the disk to what a state says.
    pub(crate) fn set(&mut self, state: State) -> Result<()> {
        let old = std::mem::replace(&mut self.state, state);
        if old.revised != state.revised {
            write(&self.kits(), &self.workload.revised(state))?;
        }
        if old.loud != state.loud && self.project().is_dir() {
            self.write_spec()?;
        }
        Ok(())
    }

    /// Makes the repository of outputs and kits, once the project is synced.
    pub(crate) fn repository_of_all(&self) -> Result<PathBuf> {
        let folder = self.folder.join("git-all");
        if !folder.is_dir() {
            at(&folder, fs::create_dir_all(&folder))?;
            let mut copy = Command::new("cp");
            copy.arg("-r").arg(self.kits()).arg(self.project()).arg(&folder);
            quietly(copy)?;
            remove(&folder.join("project/.kiln"))?;
            added(&folder)?;
        }
        Ok(folder)
    }

    /// Writes what `b3sum --check` reads.
    pub(crate) fn digests(&self, b3sum: &Path) -> Result<()> {
        let file = self.folder.join("b3sums");
        let project = self.project();
        let out = at(&file, fs::File::create(&file))?;
        // As many names as a command line holds; the same program that checks them.
        let expected = self.workload.expected(self.state);
        for some in expected.chunks(500) {
            let mut command = Command::new(b3sum);
            command.args(some.iter().map(|one| &one.path)).current_dir(&project);
            command.stdout(at(&file, out.try_clone())?);
            let status = command.status().map_err(|error| error.to_string())?;
            if !status.success() {
                return Err("b3sum failed".to_owned());
            }
        }
        Ok(())
    }

    /// Every output is what the generator expects, to the byte, and nothing else is there.
    pub(crate) fn verify(&self) -> Result<()> {
        let project = self.project();
        let expected = self.workload.expected(self.state);
        let mut wrong = Vec::new();
        for one in &expected {
            let found = fs::read(project.join(&one.path)).unwrap_or_default();
            if found != one.text.as_bytes() {
                wrong.push(one.path.as_str());
            }
        }
        if let Some(first) = wrong.first() {
            let text = fs::read_to_string(project.join(first)).unwrap_or_default();
            let count = wrong.len();
            return Err(format!("{count} outputs are wrong; the first is {first}:\n{text}"));
        }
        let files = stamps(&project)?.len();
        // The spec, the lock and the sum.
        let known = expected.len() + 3;
        if files == known {
            return Ok(());
        }
        Err(format!("{files} files in the project, {known} are known"))
    }

    /// What would change if a file of the project were written.
    pub(crate) fn stamps(&self) -> Result<BTreeMap<PathBuf, [i64; 5]>> {
        stamps(&self.project())
    }
}

/// Inode, size and times of every file, but for the cache of kiln.
pub(crate) fn stamps(folder: &Path) -> Result<BTreeMap<PathBuf, [i64; 5]>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in at(&folder, fs::read_dir(&folder))? {
            let entry = at(&folder, entry)?;
            let path = entry.path();
            let data = at(&path, entry.metadata())?;
            if !data.is_dir() {
                let inode = i64::try_from(data.ino()).unwrap_or_default();
                let size = i64::try_from(data.size()).unwrap_or_default();
                let times = [data.mtime(), data.mtime_nsec(), data.ctime_nsec()];
                found.insert(path, [inode, size, times[0], times[1], times[2]]);
            } else if entry.file_name() != ".kiln" && entry.file_name() != ".git" {
                folders.push(path);
            }
        }
    }
    Ok(found)
}
