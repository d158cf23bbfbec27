//! The numbers by language, and the cases that a person should look at.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use kiln_merge::Rule;

use crate::history::Case;
use crate::judge::{Side, Verdict};

/// The numbers of a language.
#[derive(Default)]
struct Numbers {
    files: usize,
    git: Tally,
    kiln: Tally,
    /// A conflict for git, none here; of these as the people committed.
    settled: usize,
    settled_as_committed: usize,
    /// A conflict here, none for git.
    stricter: usize,
    /// Neither has a conflict, and the texts differ; of these, here as the people committed, and git so.
    apart: usize,
    apart_as_committed: (usize, usize),
    lost: usize,
    rules: [usize; 3],
    /// Times of files up to 300 lines, and of all.
    ordinary: Vec<Duration>,
    all: Vec<Duration>,
}

#[derive(Default)]
struct Tally {
    conflicts: usize,
    as_committed: usize,
    checked: usize,
    invalid: usize,
}

impl Tally {
    fn add(&mut self, side: &Side) {
        self.conflicts += usize::from(side.clean.is_none());
        self.as_committed += usize::from(side.as_committed);
        self.checked += usize::from(side.invalid.is_some());
        self.invalid += usize::from(side.invalid == Some(true));
    }
}

pub(crate) struct Report {
    languages: BTreeMap<&'static str, Numbers>,
    keep: Option<PathBuf>,
}

impl Report {
    pub(crate) fn new(keep: Option<PathBuf>) -> Self {
        Self { languages: BTreeMap::new(), keep }
    }

    pub(crate) fn total(&self) -> usize {
        self.languages.values().map(|numbers| numbers.files).sum()
    }

    pub(crate) fn add(
        &mut self,
        clone: &str,
        case: &Case,
        verdict: &Verdict,
    ) -> Result<(), String> {
        let numbers = self.languages.entry(case.language).or_default();
        numbers.add(verdict);
        let Verdict { git, kiln, .. } = verdict;
        let kinds = [
            ("invalid", kiln.invalid == Some(true)),
            ("lost", !verdict.lost.is_empty()),
            (
                "settled-otherwise",
                git.clean.is_none() && kiln.clean.is_some() && !kiln.as_committed,
            ),
            ("stricter", git.clean.is_some() && kiln.clean.is_none()),
            ("apart", git.clean.is_some() && kiln.clean.is_some() && git.clean != kiln.clean),
            ("conflict", git.clean.is_none() && kiln.clean.is_none()),
        ];
        for (kind, holds) in kinds {
            if holds {
                self.write(kind, clone, case, verdict)?;
            }
        }
        Ok(())
    }

    /// Writes a case for a person who wants to look at it.
    fn write(&self, kind: &str, clone: &str, case: &Case, verdict: &Verdict) -> Result<(), String> {
        let Some(folder) = &self.keep else { return Ok(()) };
        let name = format!("{}-{}", &case.commit[..10], case.path.replace('/', "+"));
        let folder = folder
            .join(kind)
            .join(case.language)
            .join(format!("{}-{name}", clone.replace('/', "+")));
        std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let lost = verdict.lost.join("\n").into_bytes();
        let files = [
            ("base", &case.base),
            ("yours", &case.yours),
            ("theirs", &case.theirs),
            ("committed", &case.committed),
            ("git", &verdict.git.shown),
            ("kiln", &verdict.kiln.shown),
            ("lost", &lost),
        ];
        for (name, text) in files {
            std::fs::write(folder.join(name), text).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    pub(crate) fn print(&mut self) {
        let mut all = Numbers::default();
        println!();
        println!(
            "| | files | git conflicts | here | of git's | settled, as committed | stricter | as committed, git | here | invalid, git | here | checked | lost | format, union, tokens | 95 of 100 within, up to 300 lines |"
        );
        println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        for (language, numbers) in &mut self.languages {
            println!("{}", numbers.row(language));
            all.join(numbers);
        }
        println!("{}", all.row("all"));
        println!();
        println!(
            "neither conflicts, and the texts differ: {}; as committed: git {}, here {}",
            all.apart, all.apart_as_committed.1, all.apart_as_committed.0
        );
    }
}

impl Numbers {
    fn add(&mut self, verdict: &Verdict) {
        let Verdict { git, kiln, .. } = verdict;
        self.files += 1;
        self.git.add(git);
        self.kiln.add(kiln);
        if git.clean.is_none() && kiln.clean.is_some() {
            self.settled += 1;
            self.settled_as_committed += usize::from(kiln.as_committed);
        }
        self.stricter += usize::from(git.clean.is_some() && kiln.clean.is_none());
        if git.clean.is_some() && kiln.clean.is_some() && git.clean != kiln.clean {
            self.apart += 1;
            self.apart_as_committed.0 += usize::from(kiln.as_committed);
            self.apart_as_committed.1 += usize::from(git.as_committed);
        }
        self.lost += usize::from(!verdict.lost.is_empty());
        for rule in &verdict.rules {
            let at = match rule {
                Rule::Format => 0,
                Rule::Union => 1,
                Rule::Tokens => 2,
            };
            self.rules[at] += 1;
        }
        if verdict.lines <= 300 {
            self.ordinary.push(verdict.took);
        }
        self.all.push(verdict.took);
    }

    fn join(&mut self, other: &Self) {
        self.files += other.files;
        for (mine, new) in [(&mut self.git, &other.git), (&mut self.kiln, &other.kiln)] {
            mine.conflicts += new.conflicts;
            mine.as_committed += new.as_committed;
            mine.checked += new.checked;
            mine.invalid += new.invalid;
        }
        self.settled += other.settled;
        self.settled_as_committed += other.settled_as_committed;
        self.stricter += other.stricter;
        self.apart += other.apart;
        self.apart_as_committed.0 += other.apart_as_committed.0;
        self.apart_as_committed.1 += other.apart_as_committed.1;
        self.lost += other.lost;
        self.rules.iter_mut().zip(other.rules).for_each(|(mine, new)| *mine += new);
        self.ordinary.extend(&other.ordinary);
        self.all.extend(&other.all);
    }

    fn row(&mut self, name: &str) -> String {
        let share = |part: usize, of: usize| {
            if of == 0 {
                "–".to_owned()
            } else {
                format!("{part} ({:.0} %)", 100.0 * part as f64 / of as f64)
            }
        };
        self.ordinary.sort();
        let within = self.ordinary.get(self.ordinary.len() * 95 / 100).copied().unwrap_or_default();
        let (git, kiln) = (&self.git, &self.kiln);
        let [format, union, tokens] = self.rules;
        format!(
            "| {name} | {} | {} | {} | {:.0} % | {} | {} | {} | {} | {} | {} | {} | {} | {format}, {union}, {tokens} | {:.2} ms |",
            self.files,
            git.conflicts,
            kiln.conflicts,
            100.0 * kiln.conflicts as f64 / git.conflicts.max(1) as f64,
            share(self.settled_as_committed, self.settled),
            self.stricter,
            share(git.as_committed, self.files - git.conflicts),
            share(kiln.as_committed, self.files - kiln.conflicts),
            git.invalid,
            kiln.invalid,
            kiln.checked,
            self.lost,
            within.as_secs_f64() * 1e3,
        )
    }
}
