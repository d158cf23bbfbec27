//! The table and the file of what was measured.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::bench::runner::{Pair, Runner};
use crate::bench::statistics::Spread;

/// The most that an operation may take, in times of its yardstick.
const GOALS: [(&str, &str, f64); 13] = [
    ("cold", "cp -r", 1.5),
    ("nothing", "git status", 0.6),
    ("value", "git status", 1.2),
    ("check", "b3sum --check", 0.6),
    ("clone", "cp -r", 1.3),
    ("kit", "git status", 2.0),
    ("version", "rg --version", 2.0),
    ("status", "git status", 1.0),
    ("manager-cold", "cp -r", 2.0),
    ("manager-nothing", "git status", 0.6),
    ("manager-field", "git status", 2.0),
    ("peers-new", "", FASTEST_PEER),
    ("peers-nothing", "", FASTEST_PEER),
];
/// The most that kiln may take, in times of the fastest peer.
const FASTEST_PEER: f64 = 1.0 / 20.0;
/// The most memory at 10,000 outputs, in KiB.
const MEMORY: i64 = 48 * 1024;
/// The most that ten times as many outputs may take, in times.
const TENFOLD: f64 = 11.0;

/// A line of the table.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Line {
    /// How many outputs.
    pub(crate) size: usize,
    /// What kiln did.
    pub(crate) operation: String,
    /// What it is compared with.
    pub(crate) yardstick: String,
    /// Times of the yardstick, by the clock.
    pub(crate) ratio: Spread,
    /// The same in time of processors.
    pub(crate) cpu_ratio: Option<Spread>,
    /// The most it may be.
    pub(crate) goal: Option<f64>,
}

impl Line {
    fn passes(&self) -> Option<bool> {
        self.goal.map(|goal| self.ratio.median <= goal)
    }
}

/// All that was measured.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Measured {
    /// The version of this form.
    schema: u32,
    /// Ratios to yardsticks.
    pub(crate) lines: Vec<Line>,
    /// The most memory of each operation, in KiB.
    pub(crate) peaks: Vec<crate::bench::runner::Peak>,
    /// What a person should know of the rest.
    pub(crate) notes: Vec<String>,
}

fn goal(operation: &str, yardstick: &str) -> Option<f64> {
    let yardstick = yardstick.split(',').next().unwrap_or_default();
    // No peer may be faster, so each is judged as if it were the fastest.
    let named = |goal: &&(&str, &str, f64)| goal.1 == yardstick || goal.1.is_empty();
    let goal = GOALS.iter().find(|goal| goal.0 == operation && named(goal));
    goal.map(|goal| goal.2)
}

/// The sizes at which the goals hold.
fn judged(operation: &str, size: usize) -> bool {
    size == 10_000
        || operation.starts_with("manager")
        || operation.starts_with("peers")
        || matches!(operation, "version" | "status")
}

impl Measured {
    /// Sums up what a runner remembers.
    pub(crate) fn of(runner: &Runner) -> Self {
        let mut groups: BTreeMap<(usize, usize, &str), Vec<&Pair>> = BTreeMap::new();
        for pair in &runner.pairs {
            let place =
                GOALS.iter().position(|goal| goal.0 == pair.operation).unwrap_or(usize::MAX);
            groups.entry((pair.size, place, pair.yardstick)).or_default().push(pair);
        }
        let mut lines: Vec<Line> = groups.values().filter_map(|pairs| line(pairs)).collect();
        lines.extend(tenfold(runner));
        Self { schema: 1, lines, peaks: runner.peaks.clone(), notes: Vec::new() }
    }

    /// As text.
    pub(crate) fn table(&self) -> String {
        let mut text = String::from(
            "| outputs | operation | beside | ratio (half of the rounds) | processors | rounds | goal | |\n|---|---|---|---|---|---|---|---|\n",
        );
        for line in &self.lines {
            let Spread { median, low, high, rounds } = line.ratio;
            let cpu = line.cpu_ratio.map(|cpu| format!("{:.2}", cpu.median)).unwrap_or_default();
            let goal = line.goal.map(|goal| format!("≤ {goal}")).unwrap_or_default();
            let passes = match line.passes() {
                Some(true) => "pass",
                Some(false) => "FAIL",
                None => "",
            };
            let _ = writeln!(
                text,
                "| {} | {} | {} | {median:.3} ({low:.3}-{high:.3}) | {cpu} | {rounds} | {goal} | {passes} |",
                line.size, line.operation, line.yardstick
            );
        }
        if !self.peaks.is_empty() {
            text.push_str(
                "\n| outputs | operation | peak memory | goal | |\n|---|---|---|---|---|\n",
            );
        }
        for peak in &self.peaks {
            let mebibytes = peak.kib / 1024;
            let _ = write!(text, "| {} | {} | {mebibytes} MiB |", peak.size, peak.operation);
            let passes = if peak.kib <= MEMORY { "pass" } else { "FAIL" };
            text.push_str(&match peak.size {
                10_000 => format!(" ≤ 48 MiB | {passes} |\n"),
                _ => "  |  |\n".to_owned(),
            });
        }
        self.notes.iter().for_each(|note| {
            let _ = writeln!(text, "\n{note}");
        });
        text
    }

    /// Puts a line below the table.
    pub(crate) fn tell(&mut self, note: String) {
        self.notes.push(note);
    }

    /// How many goals are missed.
    pub(crate) fn missed(&self) -> usize {
        let slow = self.lines.iter().filter(|line| line.passes() == Some(false)).count();
        let large =
            self.peaks.iter().filter(|peak| peak.size == 10_000 && peak.kib > MEMORY).count();
        slow + large
    }
}

fn line(pairs: &[&Pair]) -> Option<Line> {
    let first = pairs.first()?;
    let goal =
        goal(first.operation, first.yardstick).filter(|_| judged(first.operation, first.size));
    Some(Line {
        size: first.size,
        operation: first.operation.to_owned(),
        yardstick: first.yardstick.to_owned(),
        ratio: Spread::of(pairs.iter().map(|pair| pair.kiln.wall / pair.other.wall))?,
        cpu_ratio: Spread::of(pairs.iter().map(|pair| pair.kiln.cpu / pair.other.cpu)),
        goal,
    })
}

/// How much longer ten times as many outputs take.
fn tenfold(runner: &Runner) -> Vec<Line> {
    let mut lines = Vec::new();
    for (operation, ..) in GOALS {
        let times = |size: usize| {
            let of = runner.pairs.iter().filter(|p| p.operation == operation && p.size == size);
            (Spread::of(of.clone().map(|p| p.kiln.wall)), Spread::of(of.map(|p| p.kiln.cpu)))
        };
        let sizes: std::collections::BTreeSet<usize> =
            runner.pairs.iter().map(|p| p.size).collect();
        for size in sizes.iter().copied().filter(|size| *size > 0 && sizes.contains(&(size * 10))) {
            let ((Some(small), small_cpu), (Some(large), large_cpu)) =
                (times(size), times(size * 10))
            else {
                continue;
            };
            let over = |large: Spread, small: Spread| Spread {
                median: large.median / small.median,
                low: large.low / small.median,
                high: large.high / small.median,
                rounds: large.rounds,
            };
            lines.push(Line {
                size: size * 10,
                operation: operation.to_owned(),
                yardstick: format!("itself at {size}"),
                ratio: over(large, small),
                cpu_ratio: large_cpu.zip(small_cpu).map(|(large, small)| over(large, small)),
                goal: (size == 10_000).then_some(TENFOLD),
            });
        }
    }
    lines
}
