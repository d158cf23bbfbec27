//! What a person said of some paths or keys on the command line: `--take`, `--keep`, `--merge`.
//!
//! A word decides a question: where both a person and a kit changed something, or where nobody can tell. A word that
//! decides nothing is never passed over. What names one path or key is a slip then, and refused; a folder or a glob is
//! a rule for whatever may come, and a note says that nothing came.

use std::collections::BTreeSet;

use globset::{GlobBuilder, GlobMatcher};
use kiln_base::{Diagnostic, Diagnostics, RelPath};
use kiln_disk::{Note, Word};
use kiln_merge::KeyGlob;

use crate::ops::Outcome;
use crate::ops::change::output_change;
use crate::ops::commands::shell_word;
use crate::ops::compare::Decision;
use crate::ops::findings::{findings, stop_hints, stop_message};
use crate::ops::here::{Here, Typed};
use crate::ops::report::{Finding, OutputChange};

/// One word for the paths that a glob matches, or for keys of these documents.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) word: Word,
    pub(crate) glob: GlobMatcher,
    /// The path or glob as it is seen from the root; empty for the whole project.
    path: String,
    /// It names one path of the project, not a folder and not what matches a glob.
    exact: bool,
    /// Only these keys of the document.
    pub(crate) key: Option<KeyGlob>,
    /// The same as it was typed.
    key_text: String,
}

/// All words of a command.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    said: Vec<Said>,
    /// Paths of which the command itself takes kiln's version, whether or not anything is in question.
    taken: BTreeSet<String>,
}

impl Words {
    /// Reads the words of a command: for each word its paths, folders, globs or `FILE#key`, as typed.
    ///
    /// # Errors
    /// Every text that is no glob or no key, or lies outside of the project.
    pub(crate) fn read<'t>(
        here: &Here,
        words: impl IntoIterator<Item = (Word, &'t [String])>,
    ) -> Outcome<Self> {
        let mut said = Vec::new();
        let mut problems = Diagnostics::new();
        for (word, texts) in words {
            for text in texts {
                match one(here, word, text) {
                    Ok(one) => said.push(one),
                    Err(problem) => problems.push(problem),
                }
            }
        }
        let words = Self { said, taken: BTreeSet::new() };
        Ok(problems.finish(words).map(|(words, _)| words)?)
    }

    /// The same with paths of which the command itself takes kiln's version.
    pub(crate) fn taking(mut self, paths: &BTreeSet<RelPath>) -> Self {
        self.taken = paths.iter().map(|path| path.as_str().to_owned()).collect();
        self
    }

    /// The same where what names a path of `paths` is that path, whatever else it would match as a glob, and what names
    /// a folder of them is all that lies below it.
    pub(crate) fn narrowed<'p>(&self, paths: impl Iterator<Item = &'p str> + Clone) -> Self {
        let mut words = self.clone();
        for said in &mut words.said {
            let below = |path: &str| {
                path.strip_prefix(said.path.as_str()).is_some_and(|rest| rest.starts_with('/'))
            };
            let glob = if paths.clone().any(|path| path == said.path) {
                said.exact = true;
                globset::escape(&said.path)
            } else if paths.clone().any(below) {
                format!("{}/**", globset::escape(&said.path))
            } else {
                continue;
            };
            if let Ok(glob) = GlobBuilder::new(&glob).literal_separator(true).build() {
                said.glob = glob.compile_matcher();
            }
        }
        words
    }

    /// The word for a path as a whole: what names the path itself goes before what only matches it.
    pub(crate) fn of(&self, path: &str) -> Option<Word> {
        if self.taken.contains(path) {
            return Some(Word::Take);
        }
        let said = self.whole(path).find(|said| said.exact);
        said.or_else(|| self.whole(path).next()).map(|said| said.word)
    }

    fn whole(&self, path: &str) -> impl Iterator<Item = &Said> {
        self.said.iter().rev().filter(move |said| said.key.is_none() && said.glob.is_match(path))
    }

    /// What was said of keys of this document.
    pub(crate) fn keys_of(&self, path: &str) -> Vec<&Said> {
        self.said.iter().filter(|said| said.key.is_some() && said.glob.is_match(path)).collect()
    }

    /// Looks for words that decide nothing, and for two that contradict each other. `repeated` if an interrupted run
    /// was just finished: the words were most likely said to that one already.
    ///
    /// # Errors
    /// Paths that no kit writes; one path or key with two words; a path or key of which nothing is in question.
    pub(crate) fn checked(
        &self,
        here: &Here,
        decisions: &[Decision],
        repeated: bool,
    ) -> Outcome<Vec<Finding>> {
        let known = decisions.iter().flat_map(|decision| {
            let moved = decision.moved.iter().map(|moved| moved.path.as_str());
            std::iter::once(decision.path.as_str()).chain(moved)
        });
        let words = self.narrowed(known.clone());
        let mut problems = Diagnostics::new();
        let mut notes = Vec::new();
        for said in &words.said {
            let matched: Vec<&Decision> = decisions.iter().filter(|one| said.names(one)).collect();
            if matched.is_empty() {
                let message = format!("no kit writes `{}`", said.path);
                let hint = here.meant(&said.path, known.clone());
                problems.push(Diagnostic::error("unknown-output", message).hint(hint));
            } else if !matched.iter().any(|decision| said.decides(decision)) {
                match matched.as_slice() {
                    [decision] if said.exact && !repeated => {
                        problems.push(said.for_nothing(decision))
                    }
                    // Those that stop say themselves what is the way out.
                    all if all.iter().any(|decision| decision.row.stop.is_some()) => {}
                    _ => notes.push(said.decided_nothing()),
                }
            }
        }
        problems.extend(words.contradictions(decisions));
        Ok(problems.finish(notes).map(|(notes, _)| notes)?)
    }

    /// Paths and keys of which two words are said, neither of them nearer than the other.
    fn contradictions(&self, decisions: &[Decision]) -> Diagnostics {
        let mut found = BTreeSet::new();
        for decision in decisions {
            let all = self.said.iter().filter(|said| said.names(decision));
            let exact = all.clone().any(|said| said.key.is_none() && said.exact);
            let open = decision.decided || decision.row.stop.is_some() || !decision.keys.is_empty();
            let whole = all.clone().filter(|said| said.key.is_none() && said.exact == exact);
            let words: BTreeSet<Word> = whole.map(|said| said.word).collect();
            if words.len() > 1 && (exact || open) {
                found.insert((decision.path.as_str().to_owned(), words));
            }
            for said in all.clone().filter(|said| said.key.is_some()) {
                let same = all.clone().filter(|other| other.key == said.key);
                let words: BTreeSet<Word> = same.map(|said| said.word).collect();
                if words.len() > 1 {
                    found.insert((format!("{}#{}", decision.path, said.key_text), words));
                }
            }
        }
        let one = |(what, words): (String, BTreeSet<Word>)| {
            let flags: Vec<String> =
                words.into_iter().map(|word| format!("`{}`", flag(word))).collect();
            Diagnostic::error("usage", format!("{} are both said of `{what}`", flags.join(" and ")))
                .hint("say one of them; what names a path goes before a folder or a glob")
        };
        Diagnostics(found.into_iter().map(one).collect())
    }
}

impl Said {
    fn names(&self, decision: &Decision) -> bool {
        let moved = decision.moved.as_ref().map(|moved| moved.path.as_str());
        self.glob.is_match(decision.path.as_str())
            || moved.is_some_and(|path| self.glob.is_match(path))
    }

    /// Whether the word changed what is done.
    fn decides(&self, decision: &Decision) -> bool {
        match &self.key {
            Some(key) => decision.in_question.iter().any(|path| key.matches(path)),
            None => decision.decided,
        }
    }

    fn what(&self) -> String {
        if self.key.is_some() {
            format!("{}#{}", self.path, self.key_text)
        } else {
            self.path.clone()
        }
    }

    /// A word about one path or key of which nothing is in question.
    fn for_nothing(&self, decision: &Decision) -> Diagnostic {
        let refused = |message: String| Diagnostic::error("no-such-conflict", message);
        let (flag, path) = (flag(self.word), decision.path.as_str());
        let shown = shell_word(path);
        if self.key.is_some() {
            return refused(format!("`{flag}` decides nothing of `{}`: no such key is in question", self.what()))
                .hint(format!("a key is taken or kept where both sides changed it; the whole file: kiln restore {shown}"))
                .hint(format!("to say whose it is from now on: kiln foreign {}", shell_word(&self.what())));
        }
        if let Some(stop) = decision.row.stop {
            let message = format!("`{flag}` is no way out here: {}", stop_message(stop, decision));
            return stop_hints(stop, decision).into_iter().fold(refused(message), Diagnostic::hint);
        }
        if self.word == Word::Merge && decision.conflicts > 0 {
            return refused(format!(
                "`{flag}` decides nothing of `{path}`: what it started from is known"
            ))
            .hint("leave the word out: markers come by themselves where two edits meet");
        }
        if let Some(finding) = findings(decision).into_iter().find(|finding| finding.fails) {
            let message = format!("`{flag}` is no way out here: {}", finding.message);
            return finding.hints.into_iter().fold(refused(message), Diagnostic::hint);
        }
        let (why, hint) = match (output_change(decision), decision.row.note) {
            (OutputChange::Merged, _) => {
                ("your edits and the kit's are put together without a question", None)
            }
            (_, Some(Note::Yours)) => (
                "it is yours, and no kit changes it",
                Some(format!("to have it as its kit makes it: kiln restore {shown}")),
            ),
            (_, Some(Note::LeftThere)) => ("kiln forgets it, and it stays where it is", None),
            (OutputChange::Customised, _) => {
                let hint = format!("to have it as its kit makes it: kiln restore {shown}");
                ("no kit changes what you edited, so it stays", Some(hint))
            }
            (change, _) if change.writes() => {
                let hint =
                    format!("to have it for yourself from now on: kiln own --seeded {shown}");
                ("it has no edits of yours", Some(hint))
            }
            _ => ("it is as kiln writes it", None),
        };
        refused(format!("`{flag}` decides nothing of `{path}`: {why}")).hint(
            hint.unwrap_or_else(|| "leave the word out: nothing is in question there".to_owned()),
        )
    }

    /// The same of a folder or a glob, which may hold for what is still to come.
    fn decided_nothing(&self) -> Finding {
        let what = if self.path.is_empty() {
            "the project".to_owned()
        } else {
            format!("`{}`", self.what())
        };
        Finding {
            id: "no-such-conflict".to_owned(),
            message: format!(
                "`{}` decided nothing: nothing of {what} is in question",
                flag(self.word)
            ),
            ..Finding::default()
        }
    }
}

const fn flag(word: Word) -> &'static str {
    match word {
        Word::Take => "--take",
        Word::Keep => "--keep",
        Word::Merge => "--merge",
    }
}

fn one(here: &Here, word: Word, text: &str) -> Result<Said, Diagnostic> {
    let Typed { path, glob } = here.read(text)?;
    let (path, key) = match path.split_once('#') {
        Some((path, key)) => (path.to_owned(), Some(key.to_owned())),
        None => (path, None),
    };
    let glob = GlobBuilder::new(&glob)
        .literal_separator(true)
        .build()
        .map_err(|error| {
            Diagnostic::error("glob", format!("`{path}` is no path or glob: {}", error.kind()))
        })?
        .compile_matcher();
    let parsed = match &key {
        None => None,
        Some(_) if word == Word::Merge => {
            return Err(Diagnostic::error("usage", "`--merge` is for whole files")
                .hint("a key is taken or kept: `--take` or `--keep`"));
        }
        Some(key) => Some(KeyGlob::parse(key).ok_or_else(|| {
            Diagnostic::error("usage", format!("`{key}` is no key of a document"))
                .hint("write keys with dots between, in quotes where a key has a dot")
        })?),
    };
    Ok(Said { word, glob, path, exact: false, key: parsed, key_text: key.unwrap_or_default() })
}
