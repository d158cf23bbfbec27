//! `kiln.sum`: which part of which kit stands in which output, with which digest. A set of facts, one line each, so
//! that merging two branches is the union of their lines.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::OnceLock;

use kiln_base::{RelPath, Sha256};

/// One fact: a part has gone into an output.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fact {
    /// A kit, or `kit/module.Entity`; `spec` for the spec's own items.
    pub part: String,
    /// The output.
    pub path: RelPath,
    /// The digest of the bytes, or of the part's canonical text; none for a person's own file.
    pub digest: Option<Sha256>,
    /// The output was written once and is the person's.
    pub seeded: bool,
    /// The output is written once and never again: as long as its kit is there, it stays although nobody asks for it.
    pub append_only: bool,
    /// The output stood there before kiln and was left as it was: it takes in what kits want when they next change.
    pub adopted: bool,
    /// The output is executable.
    pub executable: bool,
}

/// All facts of a project, sorted by part, then path.
#[derive(Debug, Clone, Default)]
pub struct Sum {
    /// The facts. Two for one part and path mean that two branches changed it.
    facts: BTreeSet<Fact>,
    /// Markers of a git conflict were read through.
    pub had_markers: bool,
    /// The same facts by output, made when they are first asked for.
    by_path: OnceLock<BTreeMap<RelPath, Vec<Fact>>>,
}

impl PartialEq for Sum {
    fn eq(&self, other: &Self) -> bool {
        (&self.facts, self.had_markers) == (&other.facts, other.had_markers)
    }
}

impl Eq for Sum {}

impl FromIterator<Fact> for Sum {
    fn from_iter<I: IntoIterator<Item = Fact>>(facts: I) -> Self {
        Self { facts: facts.into_iter().collect(), ..Self::default() }
    }
}

/// A line of the sum that is no fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of `kiln.sum` is no fact: {why}")]
pub struct SumError {
    /// From 1.
    pub line: usize,
    /// What is wrong.
    pub why: String,
}

const HEADER: &str = "# kiln.sum  @generated. One fact per line: part, path, sha256. Order and repetition mean nothing.\n";

impl Sum {
    /// The facts of one output.
    pub fn of<'a>(&'a self, path: &RelPath) -> impl Iterator<Item = &'a Fact> + use<'a> {
        let by_path = self.by_path.get_or_init(|| {
            let mut by_path: BTreeMap<RelPath, Vec<Fact>> = BTreeMap::new();
            for fact in &self.facts {
                by_path.entry(fact.path.clone()).or_default().push(fact.clone());
            }
            by_path
        });
        by_path.get(path).into_iter().flatten()
    }

    /// All facts, by part, then path.
    #[must_use]
    pub const fn facts(&self) -> &BTreeSet<Fact> {
        &self.facts
    }

    /// Reads a sum. Markers that git left are read through: each line of both sides is a fact.
    ///
    /// # Errors
    /// Every line that is no fact.
    pub fn read(text: &str) -> Result<Self, Vec<SumError>> {
        let mut sum = Self::default();
        let mut errors = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim_end_matches('\r');
            if ["<<<<<<<", "|||||||", "=======", ">>>>>>>"]
                .iter()
                .any(|marker| line.starts_with(marker))
            {
                sum.had_markers = true;
                continue;
            }
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            match fact(line) {
                Ok(fact) => {
                    sum.facts.insert(fact);
                }
                Err(why) => errors.push(SumError { line: at + 1, why }),
            }
        }
        if errors.is_empty() { Ok(sum) } else { Err(errors) }
    }

    /// The text of the file: sorted by part, then path, with an empty line between facts, which is what makes git
    /// merge neighbouring changes without a conflict.
    #[must_use]
    pub fn write(&self) -> String {
        let mut text = HEADER.to_owned();
        for fact in &self.facts {
            let digest = fact.digest.map_or_else(|| "-".to_owned(), |digest| digest.to_string());
            let seeded = if fact.seeded { " seeded" } else { "" };
            let append_only = if fact.append_only { " append-only" } else { "" };
            let adopted = if fact.adopted { " adopted" } else { "" };
            let executable = if fact.executable { " +x" } else { "" };
            let _ = writeln!(
                text,
                "\n{} {} {digest}{seeded}{append_only}{adopted}{executable}",
                fact.part,
                fact.path.encode()
            );
        }
        text
    }
}

fn fact(line: &str) -> Result<Fact, String> {
    let mut words = line.split(' ');
    let part = words.next().filter(|part| !part.is_empty()).ok_or("a part is missing")?;
    let path = RelPath::decode(words.next().ok_or("a path is missing")?)
        .map_err(|error| error.to_string())?;
    let digest = match words.next().ok_or("a digest is missing")? {
        "-" => None,
        digest => Some(digest.parse::<Sha256>().map_err(|error| error.to_string())?),
    };
    let part = part.to_owned();
    let mut fact = Fact {
        part,
        path,
        digest,
        seeded: false,
        append_only: false,
        adopted: false,
        executable: false,
    };
    for word in words {
        match word {
            "seeded" => fact.seeded = true,
            "append-only" => fact.append_only = true,
            "adopted" => fact.adopted = true,
            "+x" => fact.executable = true,
            other => return Err(format!("`{other}` is no flag")),
        }
    }
    Ok(fact)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one(part: &str, path: &str, text: &str) -> Fact {
        let digest = Some(kiln_base::sha256(text.as_bytes()));
        Fact {
            part: part.to_owned(),
            path: RelPath::new(path).unwrap(),
            digest,
            seeded: false,
            append_only: false,
            adopted: false,
            executable: false,
        }
    }

    #[test]
    fn a_sum_as_people_see_it() {
        let seeded = Fact { seeded: true, ..one("project-docs", "docs/our law.md", "x") };
        let script = Fact { executable: true, ..one("auth-jwt", "infra/rotate.sh", "y") };
        let step = Fact { append_only: true, ..one("models", "migrations/0001.sql", "z") };
        let sum = Sum::from_iter([seeded, script, step]);
        insta::assert_snapshot!(sum.write(), @"
        # kiln.sum  @generated. One fact per line: part, path, sha256. Order and repetition mean nothing.

        auth-jwt infra/rotate.sh a1fce4363854ff888cff4b8e7875d600c2682390412a8cf79b37d0b11148b0fa +x

        models migrations/0001.sql 594e519ae499312b29433b7dd8a97ff068defcba9755b6d5d00e84c524d67b06 append-only

        project-docs docs/our%20law.md 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881 seeded
        ");
        assert_eq!(Sum::read(&sum.write()), Ok(sum));
    }

    #[test]
    fn markers_are_read_through() {
        let a = Sum::from_iter([one("a", "x", "1")]).write();
        let b = Sum::from_iter([one("a", "x", "2")]).write();
        let sum = Sum::read(&format!("<<<<<<< HEAD\n{a}=======\n{b}>>>>>>> other\n")).unwrap();
        assert!(sum.had_markers);
        assert_eq!(sum.facts.len(), 2);
    }

    #[test]
    fn lines_that_are_no_facts() {
        let errors = Sum::read("a\na ../x 12\na x 12\n").unwrap_err();
        let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(all.join("\n"), @"
        line 1 of `kiln.sum` is no fact: a path is missing
        line 2 of `kiln.sum` is no fact: `../x` has the part `..`, which could leave the project
        line 3 of `kiln.sum` is no fact: `12` is not a sha256 digest of 64 lower-case hexadecimal digits
        ");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,80}") {
            let _ = Sum::read(&text);
        }
    }
}
