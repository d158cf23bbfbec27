//! Merging of a person's version of an output with kiln's new one: from bytes to bytes, with what a person must know.

use kiln_disk::{LineEnds, Word, normalise};
use kiln_merge::{
    CloseMerge, KeyConflict, KeyGlob, Labels, MergeInput, Outcome as Merging, merge,
    merge_without_base,
};

use crate::ops::said::Said;

/// Three versions of an output and what stands around them.
#[derive(Clone)]
pub(crate) struct Versions<'a> {
    pub(crate) path: &'a str,
    /// None where what it started from is not known.
    pub(crate) base: Option<&'a [u8]>,
    pub(crate) yours: &'a [u8],
    pub(crate) theirs: &'a [u8],
    /// For markers: the kit with its old and its new version.
    pub(crate) labels: Labels,
    /// Keys that are the person's, from the spec.
    pub(crate) foreign: Vec<KeyGlob>,
    /// What a person said of keys of this document.
    pub(crate) said: &'a [&'a Said],
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Merged {
    /// A text without conflicts; the close merges are to be looked over.
    Clean { bytes: Vec<u8>, close: Vec<CloseMerge> },
    /// A text with markers.
    Conflicts { bytes: Vec<u8>, count: usize, close: Vec<CloseMerge> },
    /// Keys of a document that both changed.
    Keys(Vec<KeyConflict>),
    /// No text.
    Binary,
}

impl Versions<'_> {
    /// Merges them.
    pub(crate) fn merge(&self) -> Merged {
        let keys = |word: Word| {
            let said = self.said.iter().filter(move |said| said.word == word);
            said.filter_map(|said| said.key.clone())
        };
        let foreign: Vec<KeyGlob> = self.foreign.iter().cloned().chain(keys(Word::Keep)).collect();
        let taken: Vec<KeyGlob> = keys(Word::Take).collect();
        let input = MergeInput {
            path: self.path,
            base: self.base.unwrap_or_default(),
            yours: self.yours,
            theirs: self.theirs,
            labels: &self.labels,
            foreign: &foreign,
            taken: &taken,
        };
        let merged = if self.base.is_some() { merge(&input) } else { merge_without_base(&input) };
        match merged {
            Merging::Clean { text, close } => Merged::Clean { bytes: text.into_bytes(), close },
            Merging::Conflict { text, count, close } => {
                Merged::Conflicts { bytes: text.into_bytes(), count, close }
            }
            Merging::KeyConflicts(conflicts) => Merged::Keys(conflicts),
            Merging::Binary => Merged::Binary,
        }
    }
}

/// Whether two texts say the same, whatever their line ends.
pub(crate) fn same_text(a: &[u8], b: &[u8]) -> bool {
    normalise(a) == normalise(b)
}

/// The line ends to write a merged text with: it has the person's already.
pub(crate) const AS_MERGED: LineEnds = LineEnds::Lf;
