//! The developer commands of this repository: `cargo xtask --help`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command for developers prints")]
#![expect(
    clippy::disallowed_methods,
    reason = "a command for developers works on this repository's files"
)]

mod bench;
mod corpus;
mod crash;
mod fixtures;
mod golden;
mod lock_merges;
mod shell;
mod test;
mod tidy;
mod verify;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

/// The developer commands of this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true)]
struct Xtask {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Regenerate all that this repository generates: its own outputs, lockfiles/, fixtures of kits
    Sync(Flags),
    /// Say whether all that this repository generates is current
    Check(Flags),
    /// Show what would change in what kiln keeps in this repository
    Diff(Flags),
    /// Show what is edited or stale in what kiln keeps in this repository
    Status(Flags),
    /// Move the kits of this repository to newer versions
    Upgrade(Flags),
    /// Run all tests: architecture, format, lints, generated things, verify, unit and cross-crate tests
    Test {
        /// Leave out every kit that can be left out, instead of a sample of them
        #[arg(long)]
        all: bool,
    },
    /// Generate a project of lockfiles/ and test it for real
    Verify {
        /// Its folder in lockfiles/
        name: String,
        /// Leave out every kit that can be left out, one at a time
        #[arg(long)]
        all: bool,
        /// Leave out only these kits, one at a time
        #[arg(long, value_name = "KIT")]
        without: Vec<String>,
        /// Only the life of its schema: steps, branches, renames on a real database
        #[arg(long, conflicts_with_all = ["all", "without"])]
        history: bool,
        /// Only a month of its life: edits, kits that come and go, other formatting, branches. After every step these
        /// of its tests run, or all of them
        #[arg(long, conflicts_with_all = ["all", "without", "history"], value_name = "TESTS", num_args = 0..=1, default_missing_value = "")]
        month: Option<String>,
    },
    /// Kill the binary at random instants of syncs and undos; the next run must come to the same tree
    Crash(crash::Crash),
    /// Measure merging on the merge commits of clones, beside git
    Merges(corpus::Merges),
    /// Measure how fast kiln is, beside yardsticks in the same rounds
    Bench(bench::Bench),
    #[command(hide = true)]
    PeakMemory(bench::PeakMemory),
    /// Check the rules of the architecture: dependencies, headers, sizes
    Tidy,
    /// Merge branches that both synced with git, many times, and count what git cannot merge
    LockMerges {
        /// How often each pair of branches is drawn
        #[arg(long, default_value_t = 15)]
        draws: u32,
        /// What the draws begin with
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Only pairs whose names hold this
        #[arg(long, default_value = "")]
        only: String,
        /// An empty folder to work in
        folder: PathBuf,
    },
    /// Resolve a catalogue of packages anew, or compare locks cut from it with what uv writes; needs uv and a registry
    Catalogue {
        #[command(subcommand)]
        what: Catalogue,
    },
}

#[derive(Debug, Subcommand)]
enum Catalogue {
    /// Resolve catalogue/python/requirements.kiln and write catalogue.txt
    Refresh {
        /// The program uv
        #[arg(long, default_value = "uv")]
        uv: String,
    },
    /// Compare the locks of random sets of packages with those that uv writes
    Verify {
        /// How many sets
        #[arg(long, default_value_t = 60)]
        sets: u32,
        /// What the sets are drawn by
        #[arg(long, default_value_t = 1)]
        seed: u32,
        /// The program uv
        #[arg(long, default_value = "uv")]
        uv: String,
    },
}

impl Catalogue {
    fn run(&self) -> Result<()> {
        let example = ["run", "--release", "--quiet", "--package", "kiln-deps", "--example"];
        match self {
            Self::Refresh { uv } => shell::run(
                "cargo",
                &[&example[..], &["catalogue", "--", "catalogue/python", uv]].concat(),
            ),
            Self::Verify { sets, seed, uv } => {
                let (sets, seed) = (sets.to_string(), seed.to_string());
                let arguments = ["conformance", "--", "catalogue/python", &sets, &seed, uv];
                shell::run("cargo", &[&example[..], &arguments].concat())
            }
        }
    }
}

/// What kiln is given beside the command.
#[derive(Debug, Args)]
struct Flags {
    /// Flags and arguments of kiln
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "KILN ARGUMENTS")]
    kiln: Vec<OsString>,
}

/// What a step of a command answers: nothing, or why it failed.
pub(crate) type Result<T> = std::result::Result<T, String>;

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    own.parent().map_or_else(|| own.clone(), PathBuf::from)
}

/// Runs a command of kiln on this repository itself, as `cargo xtask` of any repository does.
pub(crate) fn own(command: &str, flags: &[OsString]) -> ExitCode {
    let words = ["xtask", command, "--directory"].map(OsString::from);
    let arguments = words.into_iter().chain([root().into()]);
    kiln::xtask::run_with(arguments.chain(flags.iter().cloned()))
}

/// A command of kiln, and then what belongs to it here.
fn both(command: &str, flags: &Flags, then: impl FnOnce() -> Result<()>) -> ExitCode {
    match own(command, &flags.kiln) {
        code if code == ExitCode::SUCCESS => exit(then()),
        code => code,
    }
}

fn measure_merges(experiment: &lock_merges::Experiment) -> Result<()> {
    let tell = |row: &lock_merges::Row| eprintln!("{}: {} of {}", row.pair, row.equal, row.merges);
    let rows = lock_merges::measure(experiment, &tell)?;
    print!("{}", lock_merges::table(&rows));
    for row in &rows {
        row.problems.iter().for_each(|why| println!("{}: {why}", row.pair));
    }
    Ok(())
}

fn exit(done: Result<()>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

fn main() -> ExitCode {
    match Xtask::parse().command {
        Command::Sync(flags) => {
            both("sync", &flags, || fixtures::sync().and_then(|()| golden::sync()))
        }
        Command::Check(flags) => both("check", &flags, golden::check),
        Command::Diff(flags) => own("diff", &flags.kiln),
        Command::Status(flags) => own("status", &flags.kiln),
        Command::Upgrade(flags) => own("upgrade", &flags.kiln),
        Command::Test { all } => exit(test::run(all)),
        Command::Verify { name, all, without, history, month } => {
            exit(verify::run(&name, all, &without, history, month.as_deref()))
        }
        Command::Crash(crash) => exit(crash.run()),
        Command::Merges(merges) => exit(merges.run()),
        Command::Bench(bench) => exit(bench.run()),
        Command::PeakMemory(peak) => exit(peak.run()),
        Command::Tidy => exit(tidy::run()),
        Command::LockMerges { draws, seed, only, folder } => {
            exit(measure_merges(&lock_merges::Experiment { folder, draws, seed, only }))
        }
        Command::Catalogue { what } => exit(what.run()),
    }
}
