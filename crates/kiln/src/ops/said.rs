//! What a person said of some paths or keys on the command line: `--take`, `--keep`, `--merge`.

use globset::{GlobBuilder, GlobMatcher};
use kiln_base::{Diagnostic, Diagnostics, RelPath};
use kiln_disk::Word;
use kiln_merge::KeyGlob;

use crate::ops::Outcome;

/// One word for the paths that a glob matches, or for keys of these documents.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) word: Word,
    pub(crate) glob: GlobMatcher,
    /// Only these keys of the document.
    pub(crate) key: Option<KeyGlob>,
}

/// All words of a command.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words(pub(crate) Vec<Said>);

impl Words {
    /// Reads the words of a command: for each word its paths, globs or `FILE#key`.
    ///
    /// # Errors
    /// Every text that is no glob or no key.
    pub(crate) fn read<'t>(words: impl IntoIterator<Item = (Word, &'t [String])>) -> Outcome<Self> {
        let mut said = Vec::new();
        let mut problems = Diagnostics::new();
        for (word, texts) in words {
            for text in texts {
                match one(word, text) {
                    Ok(one) => said.push(one),
                    Err(problem) => problems.push(problem),
                }
            }
        }
        Ok(problems.finish(Self(said)).map(|(words, _)| words)?)
    }

    /// The same where what names a path of `paths` is that path, whatever else it would match as a glob.
    pub(crate) fn narrowed(&self, paths: &[RelPath]) -> Self {
        let mut words = self.clone();
        for said in &mut words.0 {
            let text = said.glob.glob().glob();
            if !paths.iter().any(|path| path.as_str() == text) {
                continue;
            }
            let exact = GlobBuilder::new(&globset::escape(text)).literal_separator(true).build();
            if let Ok(glob) = exact {
                said.glob = glob.compile_matcher();
            }
        }
        words
    }

    /// The word for a path as a whole; the last one counts.
    pub(crate) fn of(&self, path: &str) -> Option<Word> {
        let whole = self.0.iter().rev().filter(|said| said.key.is_none());
        whole.filter(|said| said.glob.is_match(path)).map(|said| said.word).next()
    }

    /// What was said of keys of this document.
    pub(crate) fn keys_of(&self, path: &str) -> Vec<&Said> {
        self.0.iter().filter(|said| said.key.is_some() && said.glob.is_match(path)).collect()
    }
}

fn one(word: Word, text: &str) -> Result<Said, Diagnostic> {
    let (path, key) = match text.split_once('#') {
        Some((path, key)) => (path, Some(key)),
        None => (text, None),
    };
    let glob = GlobBuilder::new(path.trim_start_matches("./"))
        .literal_separator(true)
        .build()
        .map_err(|error| {
            Diagnostic::error("glob", format!("`{path}` is no path or glob: {}", error.kind()))
        })?
        .compile_matcher();
    let key = match key {
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
    Ok(Said { word, glob, key })
}
