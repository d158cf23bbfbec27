//! One generated project and what is done to it.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::verify::postgres::{Postgres, free_port};
use crate::verify::tools::{Tools, step};
use crate::{Result, golden, root};

/// A generated project.
pub(crate) struct Project {
    /// `project-manager/whole`
    pub(crate) label: String,
    name: String,
    pub(crate) folder: PathBuf,
}

impl Project {
    /// Generates a project from a spec into an empty folder under target/.
    pub(crate) fn generate(name: &str, variant: &str, spec: &Path) -> Result<Self> {
        let folder = root().join("target/verify").join(name).join(variant);
        golden::clear(&folder)?;
        let copy = root().join("target/verify/specs").join(name).join(variant).join("kiln.kdl");
        golden::project(spec, &copy, &folder)?;
        Ok(Self { label: format!("{name}/{variant}"), name: name.to_owned(), folder })
    }

    /// A project that is there, with a database of its own for every label.
    pub(crate) fn at(label: &str, name: &str, folder: &Path) -> Self {
        Self { label: label.to_owned(), name: name.to_owned(), folder: folder.to_path_buf() }
    }

    /// The interpreter that has the project's packages; made by `make setup` if it is not there.
    pub(crate) fn python(&self, tools: &Tools) -> Result<PathBuf> {
        let python = self.folder.join("apps/api/.venv/bin/python");
        if !python.is_file() {
            let mut make = tools.command("make", &self.folder);
            step(
                &format!("{}: make setup", self.label),
                make.arg("setup").envs(self.environment()),
            )?;
        }
        Ok(python)
    }

    /// Every file of the project by path.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.folder, &self.folder, &mut files);
        files
    }

    /// The kits of its lock.
    pub(crate) fn kits(&self) -> Result<Vec<String>> {
        let lock =
            fs::read_to_string(self.folder.join("kiln.lock")).map_err(|error| error.to_string())?;
        Ok(lock
            .lines()
            .filter_map(|line| line.strip_prefix("[kit.")?.strip_suffix(']'))
            .map(str::to_owned)
            .collect())
    }

    /// The same spec in another folder gives the same bytes.
    pub(crate) fn same_as_again(&self, spec: &Path) -> Result<()> {
        let again = Self::generate(&self.name, "again", spec)?;
        let (first, second) = (self.files(), again.files());
        for (path, bytes) in &first {
            if second.get(path) != Some(bytes) {
                return Err(format!("{}: `{path}` is not the same in another folder", self.label));
            }
        }
        if first.len() == second.len() {
            Ok(())
        } else {
            Err(format!("{}: another folder has other files", self.label))
        }
    }

    /// A database of this project's own; returns the addresses for the service and for its owner.
    pub(crate) fn database(&self, postgres: &Postgres) -> Result<[(String, String); 2]> {
        let database = format!(
            "p{}",
            self.label
                .bytes()
                .map(|b| if b.is_ascii_alphanumeric() { char::from(b) } else { '_' })
                .collect::<String>()
        );
        let roles = self.folder.join("infra/postgres/roles.sql");
        let mut psql = postgres.psql(&[
            "-At",
            "-d",
            "postgres",
            "-c",
            "select count(*) from pg_roles where rolname = 'app_owner'",
        ]);
        let known = step("database: look", &mut psql)?.trim() == "1";
        if known || !roles.is_file() {
            let sql = format!("drop database if exists \"{database}\" with (force)");
            step("database: drop", &mut postgres.psql(&["-d", "postgres", "-c", &sql]))?;
            let sql = format!("create database \"{database}\" owner app_owner");
            step("database: make", &mut postgres.psql(&["-d", "postgres", "-c", &sql]))?;
        } else {
            let variable = format!("database={database}");
            let path = roles.display().to_string();
            let arguments = [
                "-d",
                "postgres",
                "-v",
                &variable,
                "-v",
                "owner_password=app_owner",
                "-v",
                "login_password=app_login",
                "-f",
                &path,
            ];
            step("database: roles", &mut postgres.psql(&arguments))?;
        }
        Ok([
            ("DATABASE_URL".to_owned(), postgres.url("app_login", &database)),
            ("MIGRATION_DATABASE_URL".to_owned(), postgres.url("app_owner", &database)),
        ])
    }

    fn step(&self, what: &str, command: &mut Command, done: &mut Vec<String>) -> Result<String> {
        let what = format!("{}: {what}", self.label);
        let text = step(&what, command)?;
        done.push(what);
        Ok(text)
    }

    /// The commands of the project's README, and its linters: what every variant must pass.
    pub(crate) fn basic(
        &self,
        tools: &Tools,
        postgres: &Postgres,
        done: &mut Vec<String>,
    ) -> Result<Vec<(String, String)>> {
        let mut variables = self.environment();
        variables.extend(self.database(postgres)?);
        for target in ["setup", "check", "test"] {
            let mut make = tools.command("make", &self.folder);
            self.step(&format!("make {target}"), make.arg(target).envs(variables.clone()), done)?;
        }
        Ok(variables)
    }

    /// What a platform would set where the project has no `.env` of its own: the example's values, secrets filled in.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        if self.folder.join("scripts/with-env").is_file() {
            return Vec::new();
        }
        let text = fs::read_to_string(self.folder.join(".env.example")).unwrap_or_default();
        let pairs = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once('='));
        let filled = |(name, value): (&str, &str)| {
            let secret =
                value.is_empty() && (name.ends_with("_KEY") || name.ends_with("_PASSWORD"));
            let value = if secret {
                format!("verify-{name}-0123456789abcdef").to_lowercase()
            } else {
                value.to_owned()
            };
            (name.to_owned(), value)
        };
        pairs.map(filled).collect()
    }

    /// Everything.
    pub(crate) fn full(
        &self,
        tools: &Tools,
        postgres: &Postgres,
        done: &mut Vec<String>,
    ) -> Result<()> {
        self.commit(tools)?;
        let variables = self.basic(tools, postgres, done)?;
        self.migrations(tools, &variables, done)?;
        let mut generate = tools.command("make", &self.folder);
        self.step("make generate", generate.arg("generate").envs(variables.clone()), done)?;
        let mut diff = tools.command("git", &self.folder);
        self.step("no derived file changed", diff.args(["diff", "--exit-code"]), done)?;
        self.linters(tools, done)?;
        self.service(tools, &variables, done)
    }

    fn commit(&self, tools: &Tools) -> Result<()> {
        let git = |arguments: &[&str]| {
            let identity = [
                "-c",
                "user.name=verify",
                "-c",
                "user.email=verify@example.com",
                "-c",
                "init.defaultBranch=main",
            ];
            step(
                &format!("git {}", arguments[0]),
                tools.command("git", &self.folder).args(identity).args(arguments),
            )
        };
        git(&["init", "--quiet"])?;
        git(&["add", "--all"])?;
        git(&["commit", "--quiet", "--message", "as generated"])?;
        Ok(())
    }

    /// From empty up, down and up again, as a role that is no superuser.
    fn migrations(
        &self,
        tools: &Tools,
        variables: &[(String, String)],
        done: &mut Vec<String>,
    ) -> Result<()> {
        for command in ["upgrade", "check", "downgrade base", "upgrade", "check"] {
            let api = self.folder.join("apps/api");
            let mut tool = tools.command("../../scripts/with-env", &api);
            tool.args([".venv/bin/python", "-m", "app.tools.db"])
                .args(command.split(' '))
                .env("PYTHONPATH", "src")
                .envs(variables.to_vec());
            self.step(&format!("migrations: {command}"), &mut tool, done)?;
        }
        Ok(())
    }

    fn linters(&self, tools: &Tools, done: &mut Vec<String>) -> Result<()> {
        let files = self.files();
        let named = |test: &dyn Fn(&str) -> bool| {
            files.keys().filter(|path| test(path)).cloned().collect::<Vec<_>>()
        };
        let dockerfiles = named(&|path| path.ends_with("Dockerfile"));
        let compose = named(&|path| {
            path == "compose.yaml"
                || (path.starts_with("infra/compose/") && path.ends_with(".yaml"))
        });
        let workflows = named(&|path| path.starts_with(".github/workflows/"));
        let shell: Vec<String> = files
            .iter()
            .filter(|(_, bytes)| bytes.starts_with(b"#!/bin/sh"))
            .map(|(path, _)| path.clone())
            .collect();
        let runs: [(&str, &[&str], Vec<String>); 6] = [
            ("hadolint", &[], dockerfiles),
            ("check-jsonschema", &["--builtin-schema", "vendor.compose-spec"], compose.clone()),
            (
                "check-jsonschema",
                &["--builtin-schema", "vendor.github-workflows"],
                workflows.clone(),
            ),
            ("zizmor", &["--offline", "--no-progress"], workflows.clone()),
            (
                "yamllint",
                &[
                    "--strict",
                    "--config-data",
                    "{extends: default, rules: {document-start: disable, line-length: disable, truthy: {check-keys: false}, comments: {min-spaces-from-content: 1}}}",
                ],
                [compose, workflows].concat(),
            ),
            ("shellcheck", &[], shell),
        ];
        for (program, arguments, paths) in runs {
            if !paths.is_empty() {
                let mut command = tools.command(program, &self.folder);
                self.step(
                    &format!("{program} {}", paths.len()),
                    command.args(arguments).args(paths),
                    done,
                )?;
            }
        }
        Ok(())
    }

    /// `make dev`, the scripted visit, and calls made up from the OpenAPI document.
    fn service(
        &self,
        tools: &Tools,
        variables: &[(String, String)],
        done: &mut Vec<String>,
    ) -> Result<()> {
        let port = free_port()?;
        let log = self.folder.join("../dev.log");
        let file = fs::File::create(&log).map_err(|error| error.to_string())?;
        let errors = file.try_clone().map_err(|error| error.to_string())?;
        let mut make = tools.command("make", &self.folder);
        make.args(["dev", &format!("API_PORT={port}")]).envs(variables.to_vec());
        make.stdin(Stdio::null()).stdout(file).stderr(errors).process_group(0);
        let service = Running(make.spawn().map_err(|error| error.to_string())?);
        let visited = wait_for(port)
            .and_then(|()| self.visit(tools, port, done))
            .and_then(|()| self.made_up_calls(tools, port, done));
        drop(service);
        visited.map_err(|why| format!("{why}\n--- the service said:\n{}", last(&log)))
    }

    fn visit(&self, tools: &Tools, port: u16, done: &mut Vec<String>) -> Result<()> {
        let script = root().join("tests/visit/visit.py");
        let base = format!("http://127.0.0.1:{port}");
        let mut visit = tools.command("python3", &self.folder);
        visit.arg(script).args([
            "--base-url",
            &base,
            "--mail",
            "apps/api/.mail",
            "--openapi",
            "apps/api/openapi.json",
        ]);
        let text = self.step("a visit over HTTP", &mut visit, done)?;
        println!("       {}", text.lines().last().unwrap_or_default());
        Ok(())
    }

    fn made_up_calls(&self, tools: &Tools, port: u16, done: &mut Vec<String>) -> Result<()> {
        let script = root().join("tests/visit/made_up_calls.py");
        let schemathesis = self.folder.join("apps/api/.venv/bin/schemathesis");
        if !schemathesis.is_file() {
            return Ok(());
        }
        let base = format!("http://127.0.0.1:{port}");
        let mut calls = tools.command("python3", &self.folder);
        calls
            .arg(script)
            .args(["--base-url", &base, "--openapi", "apps/api/openapi.json", "--schemathesis"])
            .arg(schemathesis);
        self.step("schemathesis against the running service", &mut calls, done).map(|_| ())
    }
}

/// A process with all that it started; both end when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = Command::new("kill")
            .args(["--", &format!("-{}", self.0.id())])
            .stderr(Stdio::null())
            .status();
        let _ = self.0.wait();
    }
}

/// Waits until something listens on a port, two minutes at most.
fn wait_for(port: u16) -> Result<()> {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(120) {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(());
        }
        sleep(Duration::from_millis(200));
    }
    Err("the service does not answer".to_owned())
}

fn last(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}

/// What kiln itself and the project's tools leave beside the outputs.
const NOT_OUTPUTS: [&str; 9] = [
    ".kiln",
    ".kiln-vault",
    ".git",
    ".venv",
    "kiln.kdl",
    "kiln.lock",
    "kiln.sum",
    "kiln.history",
    ".env",
];

fn collect(top: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if NOT_OUTPUTS.contains(&name.as_str()) || name.ends_with("_cache") || name == "__pycache__"
        {
            continue;
        }
        if path.is_dir() {
            collect(top, &path, files);
        } else if let (Ok(inside), Ok(bytes)) = (path.strip_prefix(top), fs::read(&path)) {
            files.insert(inside.to_string_lossy().into_owned(), bytes);
        }
    }
}
