//! The ids of all findings: what each means. `docs/findings.md` says the same with the ways out.

/// Whether a finding makes `check` fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// sync writes nothing at all before it is settled.
    Stops,
    /// check and sync exit 1.
    Fails,
    /// check alone exits 1: sync puts it right.
    FailsCheck,
    /// Only worth knowing.
    Note,
}

impl Weight {
    /// Its word in the documentation.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stops => "stops",
            Self::Fails => "fails",
            Self::FailsCheck => "fails check",
            Self::Note => "note",
        }
    }
}

/// An id of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownFinding {
    /// The id.
    pub id: &'static str,
    /// How much it weighs.
    pub weight: Weight,
    /// What it means, as one sentence without a period.
    pub meaning: &'static str,
}

const fn known(id: &'static str, weight: Weight, meaning: &'static str) -> KnownFinding {
    KnownFinding { id, weight, meaning }
}

/// All findings, by id.
pub const FINDINGS: [KnownFinding; 33] = [
    known("binary", Weight::Stops, "an edited file that is no text changes"),
    known("conflict", Weight::Fails, "a file has markers of a conflict"),
    known("customised", Weight::Note, "a merged output has changes of a person"),
    known(
        "dependency-lock-incomplete",
        Weight::Fails,
        "a package that is asked for is not in the catalogue",
    ),
    known(
        "dependency-lock-stale",
        Weight::FailsCheck,
        "a dependency lock lacks packages that the kits need",
    ),
    known("document-key", Weight::Stops, "a person and a kit changed the same key of a document"),
    known(
        "document-unreadable",
        Weight::Note,
        "a document cannot be read by its keys, so it is merged by lines",
    ),
    known("edited", Weight::Fails, "a managed output was edited"),
    known("frozen", Weight::Stops, "an output that is written once would come out otherwise"),
    known("git-ignored", Weight::Fails, "`.gitignore` hides an output, so no clone has it"),
    known(
        "history-conflict",
        Weight::Stops,
        "steps of the schema do not fit together, as after a merge of branches",
    ),
    known("history-stale", Weight::FailsCheck, "a step of the schema is not in the history"),
    known(
        "in-the-way",
        Weight::Stops,
        "a file that kiln does not know stands where an output belongs",
    ),
    known("interrupted", Weight::FailsCheck, "a command was interrupted and is not finished"),
    known("left-there", Weight::Note, "a file that kiln no longer knows stays"),
    known("lock-stale", Weight::FailsCheck, "outputs or `kiln.sum` are not what the lock says"),
    known("merged-closely", Weight::Note, "lines were put together closely and are worth a look"),
    known("missing", Weight::FailsCheck, "an output is not there"),
    known("no-base", Weight::Stops, "nobody knows what an edited output started from"),
    known("no-such-conflict", Weight::Note, "a word decided nothing"),
    known(
        "obstructed",
        Weight::Fails,
        "something that is no plain file stands where an output belongs",
    ),
    known("orphan", Weight::Stops, "an edited output left the plan"),
    known("overtaken", Weight::Fails, "a file was saved while kiln ran"),
    known("pin-diverged", Weight::Note, "a dependency lock has another version than the catalogue"),
    known("reformatted", Weight::Note, "most outputs of a kit differ only in format"),
    known("renderer-gone", Weight::Stops, "what made a migration cannot make it again"),
    known("resolved-before", Weight::Note, "a conflict is resolved as it was the last time"),
    known("sealed-step", Weight::Stops, "a step of the schema that databases have run is gone"),
    known("spec-stale", Weight::FailsCheck, "`kiln.lock` does not say what the spec says"),
    known("sum-conflict", Weight::Note, "`kiln.sum` had markers of a conflict"),
    known("unconfirmed", Weight::Stops, "a step of the schema may lose data and is not confirmed"),
    known("unresolved", Weight::Stops, "a file has markers of a conflict and its kit changes it"),
    known("yours", Weight::Note, "an output is a person's own"),
];

/// What is known of an id; none for those of warnings, which are no findings of their own.
#[must_use]
pub fn known_finding(id: &str) -> Option<&'static KnownFinding> {
    FINDINGS.iter().find(|known| known.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_sorted_and_said_once() {
        assert!(FINDINGS.is_sorted_by(|a, b| a.id < b.id));
        assert_eq!(known_finding("edited").map(|known| known.weight), Some(Weight::Fails));
        assert_eq!(known_finding("nothing"), None);
    }
}
