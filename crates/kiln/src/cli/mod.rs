//! The command line: flags to options, answers to the terminal, failures to exit codes.
#![expect(
    clippy::disallowed_methods,
    reason = "the binary passes folder and environment to the operations"
)]

mod adopt;
mod explain;
mod git;
mod history;
mod project;
mod undo;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Instant, SystemTime};

use clap::error::{ContextKind, ContextValue};
use clap::{Args, Parser, Subcommand, ValueEnum};

use kiln_base::KeyHasher;

use crate::ops::{self, Failure, Outcome, Report, Settings, Watch};
use crate::terminal::{self, Annotations, Color, Told};

pub(crate) use project::{ProjectCommand, project_command};

/// Declarative scaffolding: a spec says which kits a repository is built from; kiln keeps what they generate.
#[derive(Debug, Parser)]
#[command(name = "kiln", version, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Flags that every command has.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Work as if started in this folder
    #[arg(short = 'C', long = "directory", global = true, value_name = "DIR")]
    directory: Option<PathBuf>,
    /// How many threads to use
    #[arg(short, long, global = true, value_name = "N")]
    jobs: Option<usize>,
    /// Say less
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    quiet: u8,
    /// Say more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// When to colour
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: Color,
    /// Fail if lock, sum or history would change
    #[arg(long, global = true)]
    locked: bool,
    /// Fetch nothing
    #[arg(long, global = true)]
    offline: bool,
    /// The same as --locked --offline
    #[arg(long, global = true)]
    frozen: bool,
    /// How to answer
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    output_format: Format,
    /// Read the built-in kits from this folder instead of the binary, while they are being written
    #[arg(long, global = true, value_name = "DIR")]
    library: Option<PathBuf>,
    /// Hints name the commands of `cargo xtask` where it has them: there may be no `kiln` to call
    #[arg(skip)]
    pub(crate) xtask: bool,
}

impl Global {
    /// Whether the form of answers is one that only findings have, and there are none.
    fn refuses(&self, has_findings: bool) -> bool {
        self.output_format.annotations().is_some() && !has_findings
    }

    fn refusal(&self) -> Failure {
        let name = self.output_format.to_possible_value();
        let name = name.map(|value| value.get_name().to_owned()).unwrap_or_default();
        let message = format!("this command has no answer as `{name}`");
        kiln_base::Diagnostic::error("usage", message)
            .hint(
                "`json` serves every command; `check`, `status`, `sync` and `new` have the others",
            )
            .into()
    }

    /// Makes hints such that their commands work where this person stands, called as they called this one.
    fn localize<'h>(&self, hints: impl Iterator<Item = &'h mut String>) {
        let mut hints = hints.peekable();
        if hints.peek().is_none() {
            return;
        }
        let commands = || ProjectCommand::names().collect();
        let place = ops::Place {
            directory: self.directory.as_ref().map(|folder| folder.display().to_string()),
            below: !ops::stands_at_root(&start(self)),
            program: self.xtask.then(|| ("cargo xtask", commands())),
        };
        hints.for_each(|hint| *hint = ops::for_place(hint, &place));
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Human,
    /// One JSON document with a schema version
    Json,
    /// Annotations of a GitHub workflow; for new, sync, check and status
    Github,
    /// GitLab's code quality report; for new, sync, check and status
    Gitlab,
    /// SARIF 2.1.0; for new, sync, check and status
    Sarif,
}

impl Format {
    /// The form for another program, if it is one that only findings and refusals have.
    fn annotations(self) -> Option<Annotations> {
        match self {
            Self::Human | Self::Json => None,
            Self::Github => Some(Annotations::Github),
            Self::Gitlab => Some(Annotations::Gitlab),
            Self::Sarif => Some(Annotations::Sarif),
        }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a project: a folder with a spec, locked and synced
    New {
        /// The folder to make
        dir: PathBuf,
        /// The spec to start from
        #[arg(long, value_name = "SPEC")]
        from: PathBuf,
    },
    /// Solve the spec and write kiln.lock
    Lock {
        /// Solve anew from a lock with conflict markers, with both sides as preferences
        #[arg(long)]
        resolve: bool,
    },
    #[command(flatten)]
    Project(ProjectCommand),
    /// List kits, or those that all words are found in
    Search {
        /// Words to look for
        words: Vec<String>,
    },
    /// Show everything about a kit
    Show {
        /// Its name
        kit: String,
    },
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let global = cli.global;
    let has_findings = matches!(cli.command, Command::New { .. } | Command::Project(_));
    run(&global, |settings| match cli.command {
        _ if global.refuses(has_findings) => Err(global.refusal()),
        Command::New { dir, from } => {
            let settings = Settings { start: from_here(&global, dir), ..settings };
            let settings = interruptible(settings);
            let options = ops::NewOptions { settings, from: from_here(&global, from) };
            report(&global, || ops::new(&options))
        }
        Command::Lock { resolve: true } => {
            let began = Instant::now();
            let answer = ops::lock_resolve(&interruptible(settings))?;
            show(&global, &answer, || terminal::show_lock_resolve(&answer, began.elapsed()));
            Ok(answer.exit)
        }
        Command::Lock { .. } => {
            let began = Instant::now();
            let answer = ops::lock(&interruptible(settings))?;
            show(&global, &answer, || {
                terminal::show_lock(&answer, began.elapsed(), verbosity(&global))
            });
            Ok(answer.exit)
        }
        Command::Project(command) => project_command(&global, settings, command),
        Command::Search { words } => {
            let kits = ops::search(&settings, &words)?;
            let answer = Versioned { schema: ops::SCHEMA, answer: FoundKits { kits: &kits } };
            show(&global, &answer, || terminal::show_kits(&kits));
            Ok(u8::from(kits.is_empty()))
        }
        Command::Show { kit } => {
            let shown = ops::show(&settings, &kit)?;
            let answer = Versioned { schema: ops::SCHEMA, answer: &shown };
            show(&global, &answer, || terminal::show_kit(&shown));
            Ok(0)
        }
    })
}

/// An answer for programs that has no version of its own.
#[derive(serde::Serialize)]
struct Versioned<T> {
    schema: u32,
    #[serde(flatten)]
    answer: T,
}

/// The kits that a search found.
#[derive(serde::Serialize)]
struct FoundKits<'k> {
    kits: &'k [ops::KitSummary],
}

fn usage(error: &clap::Error) -> ExitCode {
    let code = if error.use_stderr() { 2 } else { 0 };
    // A closed pipe is no reason to fail.
    let _ = error.print();
    if let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand)
        && let Some((_, here)) = ELSEWHERE.iter().find(|(words, _)| words.contains(&word.as_str()))
    {
        terminal::say(&format!("\nhint: {here}"));
    }
    ExitCode::from(code)
}

/// What commands of other tools are called here.
const ELSEWHERE: [(&[&str], &str); 6] = [
    (
        &["init", "create", "copy", "scaffold"],
        "`kiln new DIR --from SPEC` makes a project, `kiln adopt` takes a repository over",
    ),
    (
        &["update", "generate", "gen", "synth", "apply", "build", "render", "recopy"],
        "`kiln sync` writes what the spec says",
    ),
    (
        &["list", "ls"],
        "`kiln search` lists the kits, `kiln status -v` the outputs, `kiln history` the steps of the schema",
    ),
    (&["install", "use"], "`kiln add KIT` puts a kit into the spec"),
    (
        &["uninstall", "delete"],
        "`kiln remove KIT` takes a kit out of the spec, `kiln rm PATH` an output out of the project",
    ),
    (
        &["revert", "rollback", "reset"],
        "`kiln undo` takes the last command back, `kiln restore PATH` brings an output back",
    ),
];

fn verbosity(global: &Global) -> i8 {
    let level = i16::from(global.verbose) - i16::from(global.quiet);
    i8::try_from(level.clamp(-2, 2)).unwrap_or_default()
}

/// A path as seen from the folder that the command works in.
fn from_here(global: &Global, path: PathBuf) -> PathBuf {
    global.directory.as_ref().map_or_else(|| path.clone(), |folder| folder.join(&path))
}

/// Settings whose cancel flag Ctrl-C sets: for commands that write. The second Ctrl-C ends the process at once, which
/// the next command puts right.
pub(crate) fn interruptible(mut settings: Settings) -> Settings {
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    let handler = move || {
        if set.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    };
    // Without a handler Ctrl-C ends the process at once.
    if ctrlc::set_handler(handler).is_ok() {
        settings.watch.cancel = Some(flag);
    }
    settings
}

/// Runs a command anew if the spec that it edits was saved by somebody, or by another kiln, while it ran: nothing was
/// written, and what it is asked to say can be said of the new text too.
pub(crate) fn again_if_changed<T>(mut command: impl FnMut() -> Outcome<T>) -> Outcome<T> {
    let changed = |failure: &Failure| {
        failure.diagnostics.0.iter().any(|diagnostic| diagnostic.id == "changed-meanwhile")
    };
    for _ in 0..8 {
        match command() {
            Err(failure) if changed(&failure) => {}
            answer => return answer,
        }
    }
    command()
}

/// Sets up colour and threads, runs a command and turns its outcome into an exit code.
pub(crate) fn run(global: &Global, command: impl FnOnce(Settings) -> Outcome<u8>) -> ExitCode {
    global.color.set();
    if let Some(jobs) = global.jobs {
        // Only the first call counts, and this is the first.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(jobs.max(1)).build_global();
    }
    if let Some(refused) = no_folder(global) {
        return fail(global, refused);
    }
    let settings = Settings {
        start: start(global),
        library: global.library.clone(),
        locked: global.locked || global.frozen,
        offline: global.offline || global.frozen,
        build: build(),
        watch: Watch { cancel: None, tell: Some(terminal::say), clock: Some(SystemTime::now) },
    };
    match command(settings) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => fail(global, failure),
    }
}

/// Which build runs: its version, and the file that it was started from.
fn build() -> Option<[u8; 32]> {
    let file = std::env::current_exe().ok()?.metadata().ok()?;
    let since = file.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let mut hasher = KeyHasher::new("kiln 2026 build v1");
    hasher.text(env!("CARGO_PKG_VERSION")).number(file.len());
    hasher.number(since.as_secs()).number(u64::from(since.subsec_nanos()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        hasher.number(file.ino()).number(file.dev());
        hasher.number(file.ctime().unsigned_abs()).number(file.ctime_nsec().unsigned_abs());
    }
    Some(hasher.finish())
}

/// Why the folder of `-C` is none to work in.
fn no_folder(global: &Global) -> Option<Failure> {
    let folder = global.directory.as_ref().filter(|_| !start(global).is_dir())?;
    let what = if start(global).exists() { "is no folder" } else { "does not exist" };
    let message = format!("`{}` of `-C` {what}", folder.display());
    let diagnostic = kiln_base::Diagnostic::error("no-folder", message);
    Some(diagnostic.hint("`-C` takes the folder of a project, or one in it").into())
}

/// The folder that the command works in.
fn start(global: &Global) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    global.directory.as_ref().map_or_else(|| here.clone(), |folder| here.join(folder))
}

fn fail(global: &Global, mut failure: Failure) -> ExitCode {
    global.localize(failure.diagnostics.0.iter_mut().flat_map(|diagnostic| &mut diagnostic.hints));
    match global.output_format.annotations() {
        Some(form) => {
            terminal::raw(&Told::of_failure(&failure, &folder_in_repository(global)).text(form));
        }
        None if global.output_format == Format::Json => {
            terminal::json(&terminal::failure_value(&failure));
        }
        None => terminal::diagnostics(&failure.diagnostics),
    }
    ExitCode::from(failure.code)
}

fn show<T: serde::Serialize>(global: &Global, answer: &T, human: impl FnOnce()) {
    match global.output_format {
        Format::Json => terminal::json(answer),
        _ => human(),
    }
}

/// The project's folder as its repository names it: other programs see files from there.
fn folder_in_repository(global: &Global) -> String {
    ops::folder_in_repository(&start(global))
}

fn report(global: &Global, operation: impl FnOnce() -> Outcome<Report>) -> Outcome<u8> {
    let began = Instant::now();
    let mut report = operation()?;
    global.localize(report.findings.iter_mut().flat_map(|finding| &mut finding.hints));
    let warned = |id: &str| report.warnings.0.iter().any(|warning| warning.id == id);
    debug_assert!(
        report.findings.iter().all(|one| ops::known_finding(&one.id).is_some() || warned(&one.id)),
        "every finding is in the list of known ones"
    );
    match global.output_format.annotations() {
        Some(form) => {
            let notes = verbosity(global) > 0 || report.command == "status";
            let told = Told::of_report(&report, &folder_in_repository(global), notes);
            terminal::raw(&told.text(form));
        }
        None => show(global, &report, || {
            terminal::show_report(&report, began.elapsed(), verbosity(global));
        }),
    }
    Ok(report.exit)
}
