//! What is not in the generated workload: how fast the binary starts, status of a small project, a real project of
//! built-in kits.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::bed::{Bed, added, at, remove, set_aside, stamps};
use crate::bench::process::timed;
use crate::bench::rounds::{copying, git_status};
use crate::bench::runner::{Pass, Runner, Yardstick};
use crate::bench::tools::Tools;
use crate::{Result, root};

/// How many files a small project has.
const SMALL: usize = 300;
/// The modules of the real project, each with five entities.
const MODULES: [(&str, [&str; 5]); 4] = [
    ("planning", ["Goal", "Phase", "Sprint", "Deadline", "Budget"]),
    ("sales", ["Lead", "Offer", "Order", "Delivery", "Refund"]),
    ("support", ["Ticket", "Reply", "Rating", "Channel", "Shift"]),
    ("stock", ["Article", "Shelf", "Parcel", "Supplier", "Count"]),
];
/// The fields of each.
const FIELDS: &str = "
        field name type=string max=120 required=#true
        field code type=string max=20 required=#true unique=#true
        field status type=enum required=#true default=open { values open waiting closed }
        field amount type=money min=0
        field starts-on type=date
        field note type=text
";

/// `kiln --version` beside `rg --version`.
pub(crate) fn version(runner: &mut Runner, folder: &Path, tools: &Tools) -> Result<()> {
    let mut kiln = runner.command(folder, &["--version"]);
    let mut rg = Command::new(&tools.rg);
    rg.arg("--version");
    runner.run(
        (0, "version"),
        &mut kiln,
        &mut [Yardstick::new("rg --version", rg)],
        &folder.join("said.txt"),
    )
}

/// `kiln status` beside `git status` in the same project of 300 files.
pub(crate) struct Small(Bed);

impl Small {
    /// Makes the project.
    pub(crate) fn new(runner: &Runner, folder: &Path) -> Result<Self> {
        let mut bed = Bed::new(&folder.join("small"), SMALL)?;
        bed.empty_project()?;
        let mut sync = runner.command(&bed.project(), &["sync"]);
        timed(&mut sync, &bed.said())?;
        bed.verify()?;
        timed(&mut sync, &bed.said())?;
        Ok(Self(bed))
    }

    /// Once more.
    pub(crate) fn status(&self, runner: &mut Runner) -> Result<()> {
        let mut kiln = runner.command(&self.0.project(), &["status"]);
        let git = git_status("git status", &self.0.folder.join("git-outputs"));
        runner.run((SMALL, "status"), &mut kiln, &mut [git], &self.0.said())
    }
}

/// The project-manager of lockfiles/ with 20 entities of 6 fields.
pub(crate) struct Manager {
    folder: PathBuf,
    outputs: usize,
}

/// The project-manager's spec with other modules.
fn spec(with_field: bool) -> Result<String> {
    let path = root().join("lockfiles/project-manager/kiln.kdl");
    let text = at(&path, fs::read_to_string(&path))?;
    let mut spec = text.split("\nmodule ").next().unwrap_or_default().to_owned();
    for (module, entities) in MODULES {
        let _ = writeln!(spec, "\nmodule {module} {{");
        for entity in entities {
            let more = if with_field && entity == "Order" {
                "        field reference type=string max=80\n"
            } else {
                ""
            };
            let _ = writeln!(spec, "    entity {entity} {{{FIELDS}{more}    }}");
        }
        spec.push_str("}\n");
    }
    Ok(spec)
}

impl Manager {
    /// Makes what the yardsticks look at.
    pub(crate) fn new(runner: &Runner, folder: &Path) -> Result<Self> {
        let folder = folder.join("manager");
        remove(&folder)?;
        let mut manager = Self { folder, outputs: 0 };
        manager.empty()?;
        timed(&mut runner.command(&manager.project(), &["sync"]), &manager.said())?;
        let mut copy = Command::new("cp");
        copy.arg("-r").arg(manager.project()).arg(manager.rendered());
        timed(&mut copy, &manager.said())?;
        let rendered = manager.rendered();
        remove(&rendered.join(".kiln"))?;
        remove(&rendered.join(".git"))?;
        // Spec, lock and sum are no outputs.
        for name in ["kiln.kdl", "kiln.lock", "kiln.sum"] {
            at(&rendered, fs::remove_file(rendered.join(name)))?;
        }
        manager.outputs = stamps(&rendered)?.len();
        let mut copy = Command::new("cp");
        copy.arg("-r").arg(&rendered).arg(manager.folder.join("git"));
        timed(&mut copy, &manager.said())?;
        added(&manager.folder.join("git"))?;
        Ok(manager)
    }

    fn project(&self) -> PathBuf {
        self.folder.join("project")
    }

    fn rendered(&self) -> PathBuf {
        self.folder.join("rendered")
    }

    fn said(&self) -> PathBuf {
        self.folder.join("said.txt")
    }

    fn empty(&self) -> Result<()> {
        let project = self.project();
        set_aside(&project, &self.folder.join("trash"))?;
        // A folder `.git` is what makes it a repository for the vault.
        at(&project, fs::create_dir_all(&project))?;
        let mut init = crate::bench::bed::git(&project, &["init", "--quiet"]);
        timed(&mut init, &self.said())?;
        self.write(false)
    }

    fn write(&self, with_field: bool) -> Result<()> {
        let path = self.project().join("kiln.kdl");
        at(&path, fs::write(&path, spec(with_field)?))
    }

    /// Cold, nothing changed, one field added.
    pub(crate) fn round(&self, runner: &mut Runner) -> Result<()> {
        let (project, said, size) = (self.project(), self.said(), self.outputs);
        let mut sync = runner.command(&project, &["sync"]);
        let git = || git_status("git status", &self.folder.join("git"));
        self.empty()?;
        runner.run((size, "manager-cold"), &mut sync, &mut [copying(&self.folder)], &said)?;
        timed(&mut sync, &said)?;
        let before = stamps(&project)?;
        for _ in 0..if runner.pass == Pass::Time { 3 } else { 1 } {
            runner.run((size, "manager-nothing"), &mut sync, &mut [git()], &said)?;
        }
        if before != stamps(&project)? {
            return Err("a sync with nothing changed wrote".to_owned());
        }
        self.write(true)?;
        runner.run((size, "manager-field"), &mut sync, &mut [git()], &said)?;
        timed(&mut runner.command(&project, &["check"]), &said)?;
        let changed =
            stamps(&project)?.iter().filter(|(path, now)| before.get(*path) != Some(*now)).count();
        // Spec, lock, sum, a record, a migration and what names fields.
        if changed < 6 { Err(format!("only {changed} files changed")) } else { Ok(()) }
    }
}
