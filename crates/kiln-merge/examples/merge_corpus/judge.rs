//! One case: merged by git and here, and what becomes of it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use kiln_merge::{Labels, MergeInput, Outcome, Rule, merge};

use crate::check::Check;
use crate::history::Case;

/// What a merge came to.
pub(crate) struct Side {
    /// The text, if it is without conflict.
    pub(crate) clean: Option<Vec<u8>>,
    /// The text with conflicts, or what stands in for it.
    pub(crate) shown: Vec<u8>,
    /// Equal to what the people committed.
    pub(crate) as_committed: bool,
    /// The sides can be read, and this cannot; `None` if a side cannot, or nobody can tell.
    pub(crate) invalid: Option<bool>,
}

/// What is known of a case.
pub(crate) struct Verdict {
    pub(crate) git: Side,
    pub(crate) kiln: Side,
    /// The close rules that were needed.
    pub(crate) rules: Vec<Rule>,
    /// Words that one side brought and the other did not have or take away, that are gone.
    pub(crate) lost: Vec<String>,
    pub(crate) took: Duration,
    pub(crate) lines: usize,
}

pub(crate) struct Judge {
    check: Check,
    folder: tempfile::TempDir,
}

impl Judge {
    pub(crate) fn new(node_modules: Option<&Path>) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        Ok(Self { check: Check::new(node_modules), folder })
    }

    pub(crate) fn verdict(&mut self, case: &Case) -> Result<Verdict, String> {
        let readable = [&case.base, &case.yours, &case.theirs]
            .into_iter()
            .all(|text| self.check.parses(&case.path, case.language, text) == Some(true));
        let (shown, is_clean) = self.by_git(case)?;
        let git = self.side(case, readable, is_clean.then(|| shown.clone()), shown);
        let labels = Labels::kiln("kit 1.0.0", "kit 1.1.0");
        let input = MergeInput {
            path: &case.path,
            base: &case.base,
            yours: &case.yours,
            theirs: &case.theirs,
            labels: &labels,
            foreign: &[],
            taken: &[],
        };
        // The best of three: what else runs on the machine is no matter here.
        let timed = || {
            let start = Instant::now();
            (merge(&input), start.elapsed())
        };
        let (outcome, first) = timed();
        let took = first.min(timed().1).min(timed().1);
        let (clean, shown, close) = match outcome {
            Outcome::Clean { text, close } => {
                (Some(text.clone().into_bytes()), text.into_bytes(), close)
            }
            Outcome::Conflict { text, close, .. } => (None, text.into_bytes(), close),
            Outcome::KeyConflicts(keys) => (None, format!("{keys:#?}").into_bytes(), Vec::new()),
            Outcome::Binary => (None, b"binary".to_vec(), Vec::new()),
        };
        let lost = match &clean {
            Some(text) => lost(case, text),
            None => Vec::new(),
        };
        let kiln = self.side(case, readable, clean, shown);
        let rules = close.iter().map(|close| close.rule).collect();
        let lines = case.yours.iter().filter(|&&byte| byte == b'\n').count();
        Ok(Verdict { git, kiln, rules, lost, took, lines })
    }

    fn side(
        &mut self,
        case: &Case,
        readable: bool,
        clean: Option<Vec<u8>>,
        shown: Vec<u8>,
    ) -> Side {
        let as_committed = clean.as_ref() == Some(&case.committed);
        let invalid = clean
            .as_ref()
            .filter(|_| readable)
            .and_then(|text| Some(!self.check.parses(&case.path, case.language, text)?));
        Side { clean, shown, as_committed, invalid }
    }

    fn by_git(&self, case: &Case) -> Result<(Vec<u8>, bool), String> {
        let texts = [("yours", &case.yours), ("base", &case.base), ("theirs", &case.theirs)];
        for (name, text) in texts {
            std::fs::write(self.folder.path().join(name), text).map_err(|e| e.to_string())?;
        }
        let output = Command::new("git")
            .args(["merge-file", "-p", "--diff3", "yours", "base", "theirs"])
            .current_dir(self.folder.path())
            .output()
            .map_err(|error| format!("git cannot be run: {error}"))?;
        Ok((output.stdout, output.status.success()))
    }
}

/// Words that a side brought in and that are nowhere in the result.
fn lost(case: &Case, result: &[u8]) -> Vec<String> {
    let texts = [&case.base, &case.yours, &case.theirs].map(|text| String::from_utf8_lossy(text));
    let result = String::from_utf8_lossy(result);
    let [base, yours, theirs] = [&texts[0], &texts[1], &texts[2]].map(|text| words(text));
    let now = words(&result);
    let new = yours.difference(&base).chain(theirs.difference(&base));
    new.filter(|word| !now.contains(*word)).map(|word| (*word).to_owned()).collect()
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect()
}
