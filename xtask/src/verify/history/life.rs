//! A project under git with its databases, and what is done to them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use kiln::ops::{self, Report, Settings, SyncOptions};

use crate::verify::postgres::Postgres;
use crate::verify::project::Project;
use crate::verify::tools::Tools;
use crate::{Result, golden, root};

/// Runs commands of the project's own tool, one after another in one process.
const COMMANDS: &str = "
import sys
from app.tools import db
for line in sys.argv[1:]:
    sys.argv = ['db', *line.split()]
    if code := db.main():
        sys.exit(code)
";

/// Everything that a schema is made of, one thing on each line.
const SHAPE: &str = "
select 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
  coalesce(pg_get_expr(d.adbin, d.adrelid), '')
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where n.nspname = 'public' and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
union all
select 'constraint', r.conrelid::regclass::text, r.conname, pg_get_constraintdef(r.oid), true, ''
from pg_constraint r join pg_namespace n on n.oid = r.connamespace where n.nspname = 'public'
union all
select 'index', tablename, indexname, indexdef, true, '' from pg_indexes where schemaname = 'public'
union all
select 'policy', tablename, policyname, coalesce(qual, '') || coalesce(with_check, ''), true, cmd from pg_policies
union all
select 'security', relname, '', relforcerowsecurity::text, relrowsecurity, '' from pg_class c
join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relkind = 'r'
order by 1, 2, 3, 4
";

/// A project under git, its databases, and what runs them.
pub(super) struct Life<'a> {
    name: &'a str,
    tools: &'a Tools,
    postgres: &'a Postgres,
    /// The interpreter that has the project's packages.
    pub(super) python: PathBuf,
    /// The project.
    pub(super) folder: PathBuf,
    /// By name: the name on the server, and the owner's address.
    databases: BTreeMap<String, (String, String)>,
    fresh: u32,
}

impl<'a> Life<'a> {
    /// Makes the project of a spec, and its database `deployed`.
    pub(super) fn begin(
        name: &'a str,
        spec: &str,
        python: PathBuf,
        tools: &'a Tools,
        postgres: &'a Postgres,
    ) -> Result<Self> {
        let mut life = Self {
            name,
            tools,
            postgres,
            python,
            folder: PathBuf::new(),
            databases: BTreeMap::new(),
            fresh: 0,
        };
        life.folder = life.generated("history", spec)?;
        life.git(&["init", "--quiet"])?;
        life.commit()?;
        life.database("deployed")?;
        life.db("deployed", &["upgrade", "check"])?;
        Ok(life)
    }

    /// Makes a project of a spec in a folder of its own, without history.
    pub(super) fn generated(&self, variant: &str, spec: &str) -> Result<PathBuf> {
        let from =
            root().join("target/verify/history").join(self.name).join(variant).join("kiln.kdl");
        write(&from, spec)?;
        Ok(Project::generate(self.name, variant, &from)?.folder)
    }

    pub(super) fn settings(&self) -> Settings {
        Settings {
            start: self.folder.clone(),
            library: Some(root().join("kits")),
            ..Settings::default()
        }
    }

    /// `kiln sync`.
    pub(super) fn sync(&self) -> Result<Report> {
        ops::sync(&SyncOptions { settings: self.settings(), ..SyncOptions::default() })
            .map_err(told)
    }

    /// `kiln sync` that must do what it is asked, and a commit.
    pub(super) fn synced(&self) -> Result<()> {
        passed(&self.sync()?)?;
        self.commit()
    }

    /// What git would be told.
    pub(super) fn git(&self, arguments: &[&str]) -> Result<String> {
        let identity = [
            "-c",
            "user.name=verify",
            "-c",
            "user.email=verify@example.com",
            "-c",
            "init.defaultBranch=main",
        ];
        quiet(self.tools.command("git", &self.folder).args(identity).args(arguments))?
            .map_err(|why| format!("git {}: {why}", arguments.join(" ")))
    }

    pub(super) fn commit(&self) -> Result<()> {
        self.git(&["add", "--all"])?;
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "kiln"]).map(drop)
    }

    /// A new branch from the main one.
    pub(super) fn branch(&self, name: &str) -> Result<()> {
        self.git(&["checkout", "--quiet", "-b", name, "main"]).map(drop)
    }

    /// What stands here is the main branch from now on.
    pub(super) fn keep(&self) -> Result<()> {
        self.commit()?;
        self.git(&["checkout", "--quiet", "-B", "main"]).map(drop)
    }

    /// Back to the main branch, whatever stands here.
    pub(super) fn back(&self) -> Result<()> {
        self.commit()?;
        self.git(&["checkout", "--quiet", "main"]).map(drop)
    }

    /// Merges a branch. Where both changed one line of code it stays as ours, and kiln writes it anew.
    pub(super) fn merge(&self, other: &str) -> Result<()> {
        self.git(&["merge", "--quiet", "--no-edit", "--strategy-option", "ours", other])?;
        self.git(&["checkout", "--quiet", "HEAD^1", "--", "apps/api/src", "apps/api/tests"])
            .map(drop)
    }

    /// Paths that are not as they were committed.
    pub(super) fn changed(&self) -> Result<Vec<String>> {
        let text = self.git(&["status", "--porcelain", "--untracked-files=all"])?;
        Ok(text.lines().filter_map(|line| line.get(3..)).map(str::to_owned).collect())
    }

    pub(super) fn spec(&self) -> Result<String> {
        read(&self.folder.join("kiln.kdl"))
    }

    /// Changes the one place of the spec that reads `from`.
    pub(super) fn edit(&self, from: &str, to: &str) -> Result<()> {
        let text = self.spec()?;
        if text.matches(from).count() != 1 {
            return Err(format!(
                "the spec has `{from}` {} times:\n{text}",
                text.matches(from).count()
            ));
        }
        write(&self.folder.join("kiln.kdl"), &text.replacen(from, to, 1))
    }

    /// Writes the line to confirm that a sync prints into the spec.
    pub(super) fn confirm(&self) -> Result<()> {
        let said = hints(&self.sync()?, "unconfirmed");
        let lines: Vec<&str> =
            said.lines().filter_map(|hint| Some(hint.split_once("kiln.kdl: ")?.1)).collect();
        if lines.is_empty() {
            return Err(format!("nothing is to be confirmed:\n{said}"));
        }
        let text = format!("{}\n{}\n", self.spec()?, lines.join("\n"));
        write(&self.folder.join("kiln.kdl"), &text)
    }

    /// The migrations of all chains, with their bytes.
    pub(super) fn migrations(&self) -> BTreeMap<String, String> {
        migrations(&self.folder)
    }

    /// The last step of a chain as people write it.
    pub(super) fn last_step(&self, chain: &str) -> Result<ops::StepShown> {
        let list = ops::history(&self.settings()).map_err(told)?;
        let found = list.chains.into_iter().find(|known| known.chain == chain);
        found
            .and_then(|mut chain| chain.steps.pop())
            .ok_or_else(|| format!("the chain `{chain}` has no step"))
    }

    /// An empty database.
    pub(super) fn database(&mut self, name: &str) -> Result<()> {
        let label = format!("{}_history_{name}", self.name);
        let urls = Project::at(&label, self.name, &self.folder).database(self.postgres)?;
        let [_, (_, url)] = urls;
        let on_server = url.rsplit('/').next().unwrap_or_default().to_owned();
        self.databases.insert(name.to_owned(), (on_server, url));
        Ok(())
    }

    /// A database with all that another one has.
    pub(super) fn copy(&mut self, from: &str, to: &str) -> Result<()> {
        self.database(to)?;
        let (from, to) = (self.known(from)?.0.clone(), self.known(to)?.0.clone());
        for sql in [
            format!("drop database \"{to}\""),
            format!("create database \"{to}\" template \"{from}\" owner app_owner"),
        ] {
            quiet(&mut self.postgres.psql(&["-d", "postgres", "-c", &sql]))??;
        }
        Ok(())
    }

    fn known(&self, name: &str) -> Result<&(String, String)> {
        self.databases.get(name).ok_or_else(|| format!("there is no database `{name}`"))
    }

    /// Commands of the project's own tool on a database, or what the first that failed said.
    pub(super) fn try_db(&self, name: &str, commands: &[&str]) -> Result<Result<String>> {
        self.db_of(&self.folder, name, commands)
    }

    fn db_of(&self, folder: &Path, name: &str, commands: &[&str]) -> Result<Result<String>> {
        let python = self.python.display().to_string();
        let mut tool = self.tools.command(&python, &folder.join("apps/api"));
        // Files change within the second that caches of bytecode go by.
        tool.args(["-c", COMMANDS])
            .args(commands)
            .env("PYTHONPATH", "src")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("MIGRATION_DATABASE_URL", &self.known(name)?.1);
        quiet(&mut tool)
    }

    /// The same; they must pass.
    pub(super) fn db(&self, name: &str, commands: &[&str]) -> Result<()> {
        let done = self.try_db(name, commands)?;
        done.map(drop).map_err(|why| format!("{} on `{name}`: {why}", commands.join(", ")))
    }

    /// What a statement answers, as the superuser.
    pub(super) fn sql(&self, name: &str, text: &str) -> Result<String> {
        let database = &self.known(name)?.0;
        let answer = quiet(&mut self.postgres.psql(&["-At", "-d", database, "-c", text]))??;
        Ok(answer.trim().to_owned())
    }

    /// All that a database is made of.
    pub(super) fn shape(&self, name: &str) -> Result<String> {
        self.sql(name, SHAPE)
    }

    /// All that the migrations of a folder make from nothing.
    pub(super) fn shape_from_empty(&mut self, folder: &Path) -> Result<String> {
        self.fresh += 1;
        let name = format!("empty{}", self.fresh);
        self.database(&name)?;
        self.db_of(folder, &name, &["upgrade", "check"])??;
        self.shape(&name)
    }

    /// Upgrades databases; each must be what the migrations make from nothing.
    pub(super) fn same_everywhere(&mut self, names: &[&str]) -> Result<()> {
        let folder = self.folder.clone();
        let shape = self.shape_from_empty(&folder)?;
        for name in names {
            self.db(name, &["upgrade"])?;
            same_lines(name, &self.shape(name)?, &shape)?;
        }
        Ok(())
    }

    /// Migrations are in the form that the project's own linter asks for.
    pub(super) fn well_formed(&self) -> Result<()> {
        let ruff = self.python.with_file_name("ruff").display().to_string();
        for arguments in [&["format", "--check", "--diff"][..], &["check"]] {
            let mut command = self.tools.command(&ruff, &self.folder.join("apps/api"));
            quiet(command.args(arguments).arg("migrations"))??;
        }
        Ok(())
    }
}

/// What a command of kiln could not do.
pub(in crate::verify) fn told(failure: ops::Failure) -> String {
    failure.diagnostics.to_string()
}

/// Nothing of what a command answers may be wrong.
pub(in crate::verify) fn passed(report: &Report) -> Result<()> {
    if report.exit == 0 {
        return Ok(());
    }
    let said: Vec<String> = report
        .findings
        .iter()
        .filter(|finding| finding.fails)
        .map(|finding| {
            format!("{}: {}\n  {}", finding.id, finding.message, finding.hints.join("\n  "))
        })
        .collect();
    Err(format!("kiln {} answers {}:\n{}", report.command, report.exit, said.join("\n")))
}

/// The ways out of all findings of one kind, one on each line.
pub(super) fn hints(report: &Report, id: &str) -> String {
    let found = report.findings.iter().filter(|finding| finding.id == id);
    found.flat_map(|finding| finding.hints.clone()).collect::<Vec<_>>().join("\n")
}

/// Records that a command wrote.
pub(super) fn steps(report: &Report) -> Vec<&String> {
    report.own_files.iter().filter(|path| path.starts_with("kiln.history/")).collect()
}

/// Everything that a command wrote.
pub(super) fn written(report: &Report) -> Vec<String> {
    let outputs = report.outputs.iter().filter(|output| output.change.writes());
    outputs.map(|output| output.path.clone()).chain(report.own_files.clone()).collect()
}

/// The migrations below a project, with their texts.
pub(super) fn migrations(folder: &Path) -> BTreeMap<String, String> {
    let mut paths = Vec::new();
    golden::below(&folder.join("apps/api/migrations/chains"), &mut paths);
    let text = |path: PathBuf| {
        let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
        Some((name, fs::read_to_string(&path).ok()?))
    };
    paths.into_iter().filter_map(text).collect()
}

pub(super) fn expect<T: PartialEq + std::fmt::Debug>(what: &str, is: &T, should: &T) -> Result<()> {
    if is == should { Ok(()) } else { Err(format!("{what}: {is:?}, not {should:?}")) }
}

pub(super) fn holds(text: &str, part: &str) -> Result<()> {
    if text.contains(part) { Ok(()) } else { Err(format!("`{part}` is not in:\n{text}")) }
}

/// Two texts have the same lines.
pub(super) fn same_lines(what: &str, is: &str, should: &str) -> Result<()> {
    let only = |a: &str, b: &str, sign: char| -> String {
        let other: Vec<&str> = b.lines().collect();
        a.lines()
            .filter(|line| !other.contains(line))
            .map(|line| format!("{sign} {line}\n"))
            .collect()
    };
    if is == should {
        return Ok(());
    }
    Err(format!("{what} is another schema:\n{}{}", only(is, should, '+'), only(should, is, '-')))
}

pub(in crate::verify) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

pub(in crate::verify) fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    }
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Runs a command without a word on success: what it printed, or all that it said when it failed.
fn quiet(command: &mut Command) -> Result<Result<String>> {
    let output = command
        .output()
        .map_err(|error| format!("{:?} cannot be run: {error}", command.get_program()))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(Ok(text));
    }
    Ok(Err(format!("{text}{}", String::from_utf8_lossy(&output.stderr))))
}
