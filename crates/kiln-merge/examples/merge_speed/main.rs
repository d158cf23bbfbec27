//! Measures merging of ordinary files of 300 lines in a release build: the promise is 2 ms at most.

mod cases;

use std::time::{Duration, Instant};

use kiln_merge::{Labels, Outcome, merge};

/// The most that a merge may take.
const GOAL: Duration = Duration::from_millis(2);

#[expect(clippy::print_stdout, reason = "an example that shows what it measures")]
fn main() -> std::process::ExitCode {
    let rounds: usize = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(400);
    let labels = Labels::kiln("kit 1.0.0", "kit 1.1.0");
    let mut slow = 0;
    for case in &cases::all() {
        let input = cases::input(case, &labels);
        let kind = match merge(&input) {
            Outcome::Clean { close, .. } => format!("clean, {} closely", close.len()),
            Outcome::Conflict { count, close, .. } => {
                format!("{count} conflicts, {} closely", close.len())
            }
            Outcome::KeyConflicts(keys) => format!("{} keys conflict", keys.len()),
            Outcome::Binary => "binary".to_owned(),
        };
        let mut times: Vec<Duration> = (0..rounds.max(1))
            .map(|_| {
                let start = Instant::now();
                std::hint::black_box(merge(std::hint::black_box(&input)));
                start.elapsed()
            })
            .collect();
        times.sort();
        // What else runs on the machine is no matter here, so the best of many is judged.
        let (best, middle) = (times[0], times[times.len() / 2]);
        let verdict = if best <= GOAL { "pass" } else { "FAIL" };
        slow += usize::from(best > GOAL);
        println!(
            "{}: {} lines, {kind}, best {best:?}, median {middle:?}, at most {GOAL:?}: {verdict}",
            case.0,
            case.1[0].lines().count()
        );
    }
    if slow == 0 { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}
