//! Random kills of the real binary: a project in some state, one command, SIGKILL at some instant, and then the next
//! command, which must come to the tree of a run that nobody interrupted, with every byte of the person on the disk or
//! in the vault. Used by the suite (a few kills, at things that are seen) and by `cargo xtask crash` (thousands).

mod project;
mod tree;

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use project::{Person, SCENARIOS, Scenario};
use tree::{Tree, copy, difference, missing, tree};

/// What is done.
pub(crate) struct Kills {
    /// The binary.
    pub(crate) kiln: PathBuf,
    /// A folder for everything, which is made and removed. It stays if something is wrong.
    pub(crate) folder: PathBuf,
    /// How many processes are killed. More are started, as some end before.
    pub(crate) kills: usize,
    pub(crate) seed: u64,
    /// Kill at random times of a run that was measured first; otherwise when something is seen on the disk.
    pub(crate) by_time: bool,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Runs that were started to be killed.
    pub(crate) rounds: usize,
    /// The command had ended before the kill.
    pub(crate) too_late: usize,
    /// Killed before anything was written.
    pub(crate) before: usize,
    /// Killed while the journal stood.
    pub(crate) within: usize,
    /// Killed after the last write.
    pub(crate) after: usize,
    /// The next sync finished what was begun.
    pub(crate) finished: usize,
    /// The next sync took it back, since it could not be finished.
    pub(crate) taken_back: usize,
    /// The next undo rolled it back.
    pub(crate) rolled_back: usize,
    /// The shortest and the longest of the runs that were measured.
    pub(crate) lengths: Option<(Duration, Duration)>,
    /// The share of a run while the journal stands, in percent: the least and the most.
    pub(crate) writing: Option<(u128, u128)>,
}

impl Counts {
    /// How many were killed.
    pub(crate) fn kills(&self) -> usize {
        self.before + self.within + self.after
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} runs, {} kills ({} too late)", self.rounds, self.kills(), self.too_late)?;
        writeln!(f, "  {} before anything was written", self.before)?;
        writeln!(f, "  {} while the journal stood", self.within)?;
        writeln!(f, "  {} after the last write", self.after)?;
        writeln!(f, "next command:")?;
        writeln!(f, "  {} times it finished the sync or undo", self.finished)?;
        writeln!(f, "  {} times it took it back, for it could not be finished", self.taken_back)?;
        writeln!(f, "  {} times it was an undo, which rolled it back", self.rolled_back)?;
        if let (Some((least, most)), Some((low, high))) = (self.lengths, self.writing) {
            let (least, most) = (least.as_millis(), most.as_millis());
            write!(f, "measured: runs of {least} to {most} ms, {low} to {high} % with a journal")?;
        }
        Ok(())
    }
}

/// A scenario with all that is known of it.
struct State {
    scenario: &'static Scenario,
    folder: PathBuf,
    in_git: bool,
    texts: Vec<String>,
    before: Tree,
    /// After the command, and its exit code.
    after: (Tree, i32),
    /// After another sync.
    again: (Tree, i32),
    length: Duration,
    writing: Duration,
}

/// When a process is killed.
enum Moment {
    At(Duration),
    /// When this name appears, vanishes or changes, and then so much later.
    Seen(PathBuf, Duration),
}

/// Where a process was killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Before,
    Within,
    After,
}

/// A sequence of numbers that a seed gives.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// A part of a time and a tenth more.
    fn within(&mut self, length: Duration) -> Duration {
        length.mul_f64(self.below(1100) as f64 / 1000.0)
    }
}

type Result<T> = std::result::Result<T, String>;

fn words_of(error: io::Error) -> String {
    error.to_string()
}

impl Kills {
    /// Does it; an error says which round went wrong and how.
    pub(crate) fn run(&self, tell: &dyn Fn(&str)) -> Result<Counts> {
        let mut counts = Counts::default();
        let mut states = Vec::new();
        for (number, scenario) in SCENARIOS.iter().enumerate() {
            for in_git in [true, false] {
                let name = format!("{number}-{}", if in_git { "git" } else { "beside" });
                let state = self
                    .prepared(scenario, in_git, &name)
                    .map_err(|error| format!("{}: {error}", scenario.name))?;
                if self.by_time {
                    let share = state.writing.as_micros() * 100 / state.length.as_micros().max(1);
                    tell(&format!("{}, {name}: {:?}, {share} %", scenario.name, state.length));
                    let (least, most) = counts.lengths.unwrap_or((state.length, state.length));
                    counts.lengths = Some((least.min(state.length), most.max(state.length)));
                    let (low, high) = counts.writing.unwrap_or((share, share));
                    counts.writing = Some((low.min(share), high.max(share)));
                }
                states.push(state);
            }
        }
        let mut random = Random(self.seed);
        while counts.kills() < self.kills && counts.rounds < self.kills * 5 {
            let round = counts.rounds;
            let state = &states[round % states.len()];
            self.round(state, &mut random, &mut counts).map_err(|error| {
                let (seed, name) = (self.seed, state.scenario.name);
                let folder = self.folder.display();
                format!("round {round} of seed {seed}, {name}: {error}\nsee {folder}")
            })?;
            if counts.rounds % 100 == 0 {
                let Counts { before, within, after, finished, taken_back, rolled_back, .. } =
                    counts;
                tell(&format!(
                    "{} of {} kills: {before} before, {within} within, {after} after; {finished} finished, {taken_back} taken back, {rolled_back} rolled back",
                    counts.kills(),
                    self.kills
                ));
            }
        }
        fs::remove_dir_all(&self.folder).map_err(words_of)?;
        Ok(counts)
    }

    fn command(&self, folder: &Path, words: &[&str]) -> Command {
        let mut command = Command::new(&self.kiln);
        command.args(words).arg("-C").arg(folder).env_clear().stdin(Stdio::null());
        command
    }

    /// Runs a command to its end: its exit code and what it said.
    fn answer(&self, folder: &Path, words: &[&str]) -> Result<(i32, String)> {
        let output = self.command(folder, words).output().map_err(words_of)?;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        let code = output.status.code().ok_or_else(|| format!("{words:?} was ended: {said}"))?;
        Ok((code, said))
    }

    fn prepared(&self, scenario: &'static Scenario, in_git: bool, name: &str) -> Result<State> {
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder).map_err(words_of)?;
        let run = |root: &Path, words: &[&str]| match self.answer(root, words)? {
            (0, _) => Ok(0),
            (code, said) => Err(format!("{words:?}: exit {code}\n{said}")),
        };
        let mut person =
            Person { root: &folder, run: &run, texts: Vec::new(), problems: Vec::new() };
        person.begins(in_git);
        (scenario.prepare)(&mut person);
        if !person.problems.is_empty() {
            return Err(person.problems.join("\n"));
        }
        let texts = person.texts;
        let before = tree(&folder, false).map_err(words_of)?;
        let trial = self.fresh(&folder)?;
        let (code, said) = self.answer(&trial, scenario.words)?;
        let after = (tree(&trial, false).map_err(words_of)?, code);
        if code != 0 || after.0 == before {
            return Err(format!("{:?} changes nothing: exit {code}\n{said}", scenario.words));
        }
        let (code, _) = self.answer(&trial, &["sync"])?;
        let again = (tree(&trial, false).map_err(words_of)?, code);
        let (length, writing) = (Duration::ZERO, Duration::ZERO);
        let mut state =
            State { scenario, folder, in_git, texts, before, after, again, length, writing };
        if self.by_time {
            self.measure(&mut state)?;
        }
        Ok(state)
    }

    /// The median length of a run, and of its part in which the journal stands.
    fn measure(&self, state: &mut State) -> Result<()> {
        let (mut lengths, mut parts) = (Vec::new(), Vec::new());
        for _ in 0..5 {
            let folder = self.fresh(&state.folder)?;
            let journal = state.vault(&folder).join("journal");
            let mut process = self.started(&folder, state)?;
            let (start, mut written) = (Instant::now(), None);
            while process.try_wait().map_err(words_of)?.is_none() {
                if written.is_none() && journal.symlink_metadata().is_ok() {
                    written = Some(Instant::now());
                }
                std::thread::yield_now();
            }
            lengths.push(start.elapsed());
            parts.push(written.map(|at| at.elapsed()).unwrap_or_default());
        }
        lengths.sort();
        parts.sort();
        (state.length, state.writing) = (lengths[2], parts[2]);
        Ok(())
    }

    /// A copy of a project as it was prepared.
    fn fresh(&self, folder: &Path) -> Result<PathBuf> {
        let trial = self.folder.join("trial");
        if trial.symlink_metadata().is_ok() {
            fs::remove_dir_all(&trial).map_err(words_of)?;
        }
        copy(folder, &trial).map_err(words_of)?;
        Ok(trial)
    }

    fn started(&self, folder: &Path, state: &State) -> Result<std::process::Child> {
        let mut command = self.command(folder, state.scenario.words);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(words_of)
    }

    fn round(&self, state: &State, random: &mut Random, counts: &mut Counts) -> Result<()> {
        let folder = self.fresh(&state.folder)?;
        let moment = self.moment(state, &folder, random);
        let ended = self.killed(state, &folder, &moment)?;
        counts.rounds += 1;
        let lost = missing(&folder, &state.texts).map_err(words_of)?;
        if !lost.is_empty() {
            return Err(format!("missing after the kill: {lost:?}"));
        }
        let stage = state.stage(&folder)?;
        match stage {
            _ if ended && stage == Stage::After => counts.too_late += 1,
            _ if ended => return Err(format!("the command ended {stage:?} its end")),
            Stage::Before => counts.before += 1,
            Stage::Within => counts.within += 1,
            Stage::After => counts.after += 1,
        }
        if stage == Stage::Within {
            let (code, said) = self.answer(&folder, &["check"])?;
            if code != 1 || !said.contains("interrupted") {
                return Err(format!("check after the kill: exit {code}\n{said}"));
            }
        }
        self.goes_on(state, &folder, stage, random, counts)
    }

    fn moment(&self, state: &State, folder: &Path, random: &mut Random) -> Moment {
        let vault = state.vault(folder);
        if self.by_time {
            return match random.below(2) {
                0 => Moment::At(random.within(state.length)),
                // Its folder changes when the journal is begun.
                _ => Moment::Seen(vault, random.within(state.writing)),
            };
        }
        let changed = difference(&state.before, &state.after.0);
        let output = folder.join(&changed[random.below(changed.len())]);
        let names =
            [vault.join("journal.new"), vault.join("journal"), output, folder.join("kiln.sum")];
        match random.below(8) {
            0 => Moment::At(Duration::ZERO),
            number => Moment::Seen(names[number.min(5) % 4].clone(), Duration::ZERO),
        }
    }

    /// Starts the command and kills it; true if it had ended by then.
    fn killed(&self, state: &State, folder: &Path, moment: &Moment) -> Result<bool> {
        let look = |path: &Path| {
            let stat = path.symlink_metadata().ok()?;
            Some((stat.ino(), stat.len(), stat.mtime(), stat.mtime_nsec()))
        };
        let then = match moment {
            Moment::Seen(path, _) => look(path),
            Moment::At(_) => None,
        };
        let mut process = self.started(folder, state)?;
        match moment {
            Moment::At(time) if time.is_zero() => {}
            Moment::At(time) => std::thread::sleep(*time),
            Moment::Seen(path, later) => {
                let mut end = None;
                while process.try_wait().map_err(words_of)?.is_none()
                    && end.is_none_or(|end| Instant::now() < end)
                {
                    if end.is_none() && look(path) != then {
                        end = Some(Instant::now() + *later);
                    }
                }
            }
        }
        process.kill().map_err(words_of)?;
        Ok(process.wait().map_err(words_of)?.code().is_some())
    }

    /// The next command: another run, or an undo.
    fn goes_on(
        &self,
        state: &State,
        folder: &Path,
        stage: Stage,
        random: &mut Random,
        counts: &mut Counts,
    ) -> Result<()> {
        let undo = random.below(2) == 0 && stage != Stage::Before;
        let words = match (undo, stage) {
            (true, _) => &["undo"],
            (false, Stage::Before) => state.scenario.words,
            (false, _) => &["sync"][..],
        };
        let (code, said) = self.answer(folder, words)?;
        // An undo that takes back an interrupted undo may say it in other words.
        let told = said.contains("interrupted") || (undo && stage == Stage::Within);
        if told != (stage == Stage::Within) {
            return Err(format!("{words:?} after a kill {stage:?}: exit {code}\n{said}"));
        }
        let mut expected = match (undo, stage) {
            (true, _) => (&state.before, 0),
            (false, Stage::Before) => (&state.after.0, state.after.1),
            (false, _) => (&state.again.0, state.again.1),
        };
        if stage == Stage::Within && undo {
            counts.rolled_back += 1;
        } else if stage == Stage::Within && said.contains("took back") {
            counts.taken_back += 1;
            self.answer(folder, state.scenario.words)?;
            expected = (&state.after.0, code);
        } else if stage == Stage::Within {
            counts.finished += 1;
        }
        state.is(folder, expected.0).map_err(|error| format!("{words:?}: {error}\n{said}"))?;
        if code != expected.1 {
            return Err(format!("{words:?}: exit {code}, not {}\n{said}", expected.1));
        }
        if !undo {
            let (code, said) = self.answer(folder, &["sync"])?;
            if code != state.again.1 {
                return Err(format!("one more sync: exit {code}\n{said}"));
            }
            state.is(folder, &state.again.0).map_err(|error| format!("one more sync: {error}"))?;
        }
        Ok(())
    }
}

impl State {
    fn vault(&self, folder: &Path) -> PathBuf {
        folder.join(if self.in_git { ".git/kiln/root" } else { ".kiln-vault" })
    }

    fn stage(&self, folder: &Path) -> Result<Stage> {
        if self.vault(folder).join("journal").symlink_metadata().is_ok() {
            return Ok(Stage::Within);
        }
        let now = tree(folder, false).map_err(words_of)?;
        if now == self.before {
            return Ok(Stage::Before);
        }
        if now == self.after.0 {
            return Ok(Stage::After);
        }
        let differs = difference(&now, &self.before);
        Err(format!("no journal, and the tree is neither: {differs:?}"))
    }

    /// The folder holds this tree, every text of the person and nothing that is left over.
    fn is(&self, folder: &Path, expected: &Tree) -> Result<()> {
        let differs = difference(&tree(folder, false).map_err(words_of)?, expected);
        if !differs.is_empty() {
            return Err(format!("another tree: {differs:?}"));
        }
        let lost = missing(folder, &self.texts).map_err(words_of)?;
        if !lost.is_empty() {
            return Err(format!("missing: {lost:?}"));
        }
        let staged = fs::read_dir(folder.join(".kiln/tmp")).map_or(0, Iterator::count);
        if staged > 0 {
            return Err(format!("{staged} files are left in the staging folder"));
        }
        Ok(())
    }
}
