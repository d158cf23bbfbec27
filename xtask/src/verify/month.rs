//! A month in the life of a generated project: its code is edited, kits come and go, everything is formatted otherwise,
//! branches meet. After every step the project's own checks and tests pass, and kiln has nothing left to do.

use std::fs;
use std::path::Path;
use std::time::Instant;

use kiln::ops::{
    self, AddOptions, CheckOptions, OutputChange, RemoveOptions, Report, Settings, SyncOptions,
    UndoOptions, WordOptions,
};

use crate::Result;
use crate::verify::history::life::{passed, read, told, write};
use crate::verify::postgres::Postgres;
use crate::verify::project::Project;
use crate::verify::tools::{Tools, step};

/// A route that nobody generated.
const ROUTE: &str = r#"@router.get("/{label_id}/caption", dependencies=[guard(Permission.LABELS_READ)])
async def caption_label(work: Work, key: Key) -> str:
    """How one label is shown."""
    row = await LabelService(work).get(key)
    return row.name.title()


@router.patch("/{label_id}"#;

/// A package that nobody generated, as its lock has it.
const PACKAGE: &str = "humanize==4.17.0 \\\n    --hash=sha256:02d0899527760efe18011944f882df4970943b4cdff7b5a0ba7fed43a576ef98\n    # via project-manager-api (pyproject.toml)\n";

/// The project, and what runs it.
struct Month<'a> {
    project: Project,
    tools: &'a Tools,
    postgres: &'a Postgres,
    done: &'a mut Vec<String>,
    /// Which of the project's tests run after each day; all if empty.
    tests: &'a str,
}

/// Lives the month with the spec of a project. `tests` are run after each day, all of them after the last.
pub(crate) fn run(
    name: &str,
    spec: &Path,
    tests: &str,
    tools: &Tools,
    postgres: &Postgres,
    done: &mut Vec<String>,
) -> Result<()> {
    let project = Project::generate(name, "month", spec)?;
    let mut month = Month { project, tools, postgres, done, tests };
    month.git(&["init", "--quiet"])?;
    month.commit()?;
    type Day = fn(&mut Month<'_>) -> Result<()>;
    let days: [(&str, Day); 8] = [
        ("a route is written by hand, and its kit changes the file", routes_are_edited),
        ("a package is added by hand, and another one by a kit's option", a_package_by_hand),
        ("a field is renamed", a_field_is_renamed),
        ("a kit goes", a_kit_goes),
        ("the kit comes back", a_kit_comes_back),
        ("everything is formatted otherwise", everything_is_formatted),
        ("the formatted files get a new field", a_field_in_formatted_files),
        ("two branches meet", branches_meet),
    ];
    let last = days.len();
    for (at, (title, day)) in days.into_iter().enumerate() {
        let began = Instant::now();
        if at + 1 == last {
            month.tests = "";
        }
        day(&mut month).map_err(|why| format!("{}: {title}:\n{why}", month.project.label))?;
        month.settled()?;
        month.green()?;
        month.commit()?;
        let label = &month.project.label;
        println!("  ok   {label}: {title} ({:.1} s)", began.elapsed().as_secs_f64());
        month.done.push(format!("{label}: {title}"));
    }
    Ok(())
}

impl Month<'_> {
    fn settings(&self) -> Settings {
        Settings {
            start: self.project.folder.clone(),
            library: Some(crate::root().join("kits")),
            ..Settings::default()
        }
    }

    fn word(&self) -> WordOptions {
        WordOptions { settings: self.settings(), ..WordOptions::default() }
    }

    fn git(&self, arguments: &[&str]) -> Result<String> {
        let identity =
            ["user.name=verify", "user.email=verify@example.com", "init.defaultBranch=main"];
        let mut git = self.tools.command("git", &self.project.folder);
        git.args(identity.iter().flat_map(|setting| ["-c", setting])).args(arguments);
        step(&format!("git {}", arguments.first().unwrap_or(&"")), &mut git)
    }

    fn commit(&self) -> Result<()> {
        self.git(&["add", "--all"])?;
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "a day"]).map(drop)
    }

    fn sync(&self) -> Result<Report> {
        let options = SyncOptions { settings: self.settings(), ..SyncOptions::default() };
        let report = ops::sync(&options).map_err(told)?;
        passed(&report)?;
        Ok(report)
    }

    /// Changes the one place of a file that reads `from`.
    fn edit(&self, path: &str, from: &str, to: &str) -> Result<()> {
        let path = self.project.folder.join(path);
        let text = read(&path)?;
        if text.matches(from).count() != 1 {
            let times = text.matches(from).count();
            return Err(format!("{} has `{from}` {times} times:\n{text}", path.display()));
        }
        write(&path, &text.replacen(from, to, 1))
    }

    fn holds(&self, path: &str, text: &str) -> Result<()> {
        let found = read(&self.project.folder.join(path))?;
        if found.contains(text) { Ok(()) } else { Err(format!("{path} has no `{text}`:\n{found}")) }
    }

    /// kiln has nothing left to say or to do.
    fn settled(&self) -> Result<()> {
        let report = self.sync()?;
        let written: Vec<&str> = report
            .outputs
            .iter()
            .filter(|output| output.change.writes())
            .map(|output| output.path.as_str())
            .collect();
        if !written.is_empty() || !report.own_files.is_empty() {
            return Err(format!("a second sync writes {written:?} and {:?}", report.own_files));
        }
        passed(
            &ops::check(&CheckOptions { settings: self.settings(), reads_all: false })
                .map_err(told)?,
        )
    }

    /// The project's own commands: what its tools derive is made anew, then checks and tests.
    fn green(&mut self) -> Result<()> {
        let mut variables = self.project.environment();
        variables.extend(self.project.database(self.postgres)?);
        for target in ["setup", "generate", "check", "test"] {
            let mut make = self.tools.command("make", &self.project.folder);
            make.arg(target).envs(variables.clone());
            if target == "test" && !self.tests.is_empty() {
                make.arg(format!("TESTS={}", self.tests));
            }
            step(&format!("{}: make {target}", self.project.label), &mut make)?;
        }
        Ok(())
    }
}

const ROUTES: &str = "apps/api/src/app/modules/tasks/label/routes.py";

fn routes_are_edited(month: &mut Month<'_>) -> Result<()> {
    let path = month.project.folder.join(ROUTES);
    month.edit(ROUTES, "@router.patch(\"/{label_id}", ROUTE)?;
    // The kit writes the routes of an entity that cannot be deleted otherwise.
    month.edit(
        "kiln.kdl",
        "field color type=string max=7\n",
        "field color type=string max=7\n        domain-entities { operations list create read update }\n",
    )?;
    let report = month.sync()?;
    let merged = report.outputs.iter().filter(|output| output.change == OutputChange::Merged);
    if merged.count() == 0 {
        return Err("nothing was merged".to_owned());
    }
    month.holds(ROUTES, "async def caption_label")?;
    let text = read(&path)?;
    if text.contains("delete_label") {
        Err(format!("a label can be deleted:\n{text}"))
    } else {
        Ok(())
    }
}

fn a_package_by_hand(month: &mut Month<'_>) -> Result<()> {
    month.edit(
        "apps/api/pyproject.toml",
        "    \"pwdlib[argon2]",
        "    \"humanize>=4.17,<5\",\n    \"pwdlib[argon2]",
    )?;
    for lock in ["requirements.lock", "requirements-dev.lock"] {
        let path = month.project.folder.join("apps/api").join(lock);
        let text = read(&path)?;
        let at = text.find("\nidna==").ok_or_else(|| format!("{lock} has no `idna`"))?;
        write(&path, &format!("{}\n{PACKAGE}{}", &text[..at], &text[at + 1..]))?;
    }
    month.edit(ROUTES, "return row.name.title()", "return capitalize(row.name)")?;
    month.edit(
        ROUTES,
        "from fastapi import Body, Path, Query, Response\n",
        "from fastapi import Body, Path, Query, Response\nfrom humanize import naturalsize\n",
    )?;
    month.edit(
        ROUTES,
        "return capitalize(row.name)",
        "return f\"{row.name} ({naturalsize(len(row.name))})\"",
    )?;
    // The kit takes a package out of the same lists.
    let options = RemoveOptions {
        common: month.word(),
        kits: vec!["testing-contract".to_owned()],
        why: None,
    };
    let report = ops::remove(&options).map_err(told)?;
    report.sync.as_ref().map_or(Ok(()), passed)?;
    for lock in ["requirements.lock", "requirements-dev.lock"] {
        month.holds(&format!("apps/api/{lock}"), "humanize==4.17.0")?;
    }
    month.holds("apps/api/pyproject.toml", "humanize>=4.17,<5")
}

fn a_field_is_renamed(month: &mut Month<'_>) -> Result<()> {
    month.edit("kiln.kdl", "field due-on type=date", "field deadline type=date was=due-on")?;
    let report = month.sync()?;
    if report.own_files.iter().filter(|path| path.starts_with("kiln.history/tasks/")).count() != 1 {
        return Err(format!("the rename is no step: {:?}", report.own_files));
    }
    month.holds("apps/api/src/app/modules/tasks/task/model.py", "deadline")
}

fn a_kit_goes(month: &mut Month<'_>) -> Result<()> {
    let options =
        RemoveOptions { common: month.word(), kits: vec!["audit-log".to_owned()], why: None };
    let report = ops::remove(&options).map_err(told)?;
    report.sync.as_ref().map_or(Ok(()), passed)?;
    // What was removed by mistake comes back, and goes again.
    let undo = UndoOptions { settings: month.settings(), ..UndoOptions::default() };
    ops::undo(&undo).map_err(told)?;
    month.settled()?;
    let report = ops::remove(&options).map_err(told)?;
    report.sync.as_ref().map_or(Ok(()), passed)
}

fn a_kit_comes_back(month: &mut Month<'_>) -> Result<()> {
    let kits = vec!["audit-log".to_owned(), "testing-contract".to_owned()];
    let options = AddOptions { common: month.word(), kits, set: Vec::new() };
    let report = ops::add(&options).map_err(told)?;
    report.sync.as_ref().map_or(Ok(()), passed)?;
    month.holds(ROUTES, "async def caption_label")
}

fn everything_is_formatted(month: &mut Month<'_>) -> Result<()> {
    month.edit("apps/api/pyproject.toml", "line-length = 100", "line-length = 88")?;
    month.edit(
        "apps/api/pyproject.toml",
        "[tool.ruff.lint]\n",
        "[tool.ruff.format]\nquote-style = \"single\"\n\n[tool.ruff.lint]\n",
    )?;
    month.edit(
        "apps/api/pyproject.toml",
        "    \"A003\",",
        "    \"E501\",  # the formatter knows\n    \"A003\",",
    )?;
    month.format()
}

impl Month<'_> {
    /// Formats the whole project with its own formatter.
    fn format(&self) -> Result<()> {
        let mut ruff = self.tools.command(".venv/bin/ruff", &self.project.folder.join("apps/api"));
        step("ruff format", ruff.args(["format", "."])).map(drop)
    }
}

fn a_field_in_formatted_files(month: &mut Month<'_>) -> Result<()> {
    month.edit(
        "kiln.kdl",
        "field color type=string max=7\n",
        "field color type=string max=7\n        field icon type=string max=20\n",
    )?;
    month.sync()?;
    month.format()?;
    month.holds("apps/api/src/app/modules/tasks/label/model.py", "icon")?;
    month.holds(ROUTES, "async def caption_label")
}

fn branches_meet(month: &mut Month<'_>) -> Result<()> {
    month.git(&["checkout", "--quiet", "-b", "notes"])?;
    month.edit(
        "kiln.kdl",
        "field reached-at type=datetime\n",
        "field reached-at type=datetime\n        field note type=text\n",
    )?;
    month.sync()?;
    month.format()?;
    month.commit()?;
    month.git(&["checkout", "--quiet", "main"])?;
    // What was only formatted otherwise goes with its kit: it is said so, file by file.
    let kits = vec!["user-invitations".to_owned()];
    let common = WordOptions { dry_run: true, ..month.word() };
    let asked = RemoveOptions { common, kits: kits.clone(), why: None };
    let told_first = ops::remove(&asked).map_err(told)?.sync;
    let findings = told_first.iter().flat_map(|report| &report.findings);
    let orphans = findings.filter(|finding| finding.id == "orphan");
    let take = orphans.filter_map(|finding| finding.path.clone()).collect();
    let options = RemoveOptions { common: WordOptions { take, ..month.word() }, kits, why: None };
    let report = ops::remove(&options).map_err(told)?;
    report.sync.as_ref().map_or(Ok(()), passed)?;
    month.format()?;
    month.commit()?;
    month.git(&["merge", "--quiet", "--no-edit", "notes"])?;
    month.sync()?;
    month.format()?;
    month.holds("apps/api/src/app/modules/projects/milestone/model.py", "note")?;
    let gone = month.project.folder.join("apps/api/src/app/modules/invitations");
    if fs::exists(&gone).unwrap_or(false) {
        Err("invitations are there".to_owned())
    } else {
        Ok(())
    }
}
