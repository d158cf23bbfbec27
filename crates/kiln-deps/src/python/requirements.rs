//! The hand-written source of the catalogue: which packages kits may ask for, and what a refresh may choose.
//!
//! ```text
//! date 2026-11-20                      the cut-off
//! python >=3.11                        the Python versions of generated projects
//! prereleases opentelemetry-           packages whose names start so may be pre-releases
//! redis[hiredis] >=7,<9 ==8.1.0        a package: extras, what is accepted, the pin
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::name::{join_extras, split_extras};
use super::version::{Range, Version};

/// The parsed source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirements {
    pub(crate) date: String,
    pub(crate) python: String,
    pub(crate) prereleases: Vec<String>,
    pub(crate) lines: BTreeMap<String, Line>,
}

/// One package of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) extras: Vec<String>,
    pub(crate) accepts_text: String,
    pub(crate) accepts: Range,
    pub(crate) pin: Option<String>,
}

/// A line of the source that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequirementsError {
    /// The line is malformed; lines count from 1.
    #[error("line {line}: {problem}: `{text}`")]
    Line {
        /// The number of the line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
        /// The line itself.
        text: String,
    },
    /// A directive that every source needs is not there.
    #[error("there is no line `{0} …`")]
    Missing(&'static str),
}

impl Requirements {
    /// Reads the source.
    ///
    /// # Errors
    ///
    /// All lines that cannot be used: unknown shape, a package twice, no lower bound, a pin that is not accepted.
    pub fn parse(text: &str) -> Result<Self, Vec<RequirementsError>> {
        let mut reader = Reader::default();
        for (number, line) in text.lines().enumerate() {
            let bare = line.split('#').next().unwrap_or_default().trim();
            if bare.is_empty() {
                continue;
            }
            if let Err(problem) = reader.read(bare) {
                let text = bare.to_owned();
                reader.errors.push(RequirementsError::Line { line: number + 1, problem, text });
            }
        }
        reader.finish()
    }

    /// The cut-off date: files published later are not looked at.
    pub fn date(&self) -> &str {
        &self.date
    }

    /// The Python versions of generated projects, as a range (`>=3.11`).
    pub fn python(&self) -> &str {
        &self.python
    }

    /// The packages that kits may ask for, sorted by name, each with its extras.
    pub fn packages(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.lines.iter().map(|(name, line)| (name.as_str(), line.extras.as_slice()))
    }

    /// The manifest of a project that asks for everything; resolving it makes the universe.
    ///
    /// Pins are constraints, so that what a package asks for stays apart from what was chosen.
    pub fn universe(&self) -> String {
        let mut asked = String::new();
        let mut chosen = String::new();
        for (name, line) in &self.lines {
            let wanted = join_extras(name, &line.extras);
            asked.push_str(&format!("    \"{wanted}{}\",\n", line.accepts_text));
            if let Some(pin) = &line.pin {
                chosen.push_str(&format!("    \"{name}=={pin}\",\n"));
            }
        }
        let python = &self.python;
        format!(
            "[project]\nname = \"universe\"\nversion = \"0\"\nrequires-python = \"{python}\"\n\
             dependencies = [\n{asked}]\n\n\
             [tool.uv]\npackage = false\nconstraint-dependencies = [\n{chosen}]\n"
        )
    }

    /// Whether the source holds this package back on purpose: it has a pin or an upper bound.
    pub fn holds_back(&self, name: &str) -> bool {
        self.lines
            .get(name)
            .is_some_and(|line| line.pin.is_some() || line.accepts.has_upper_bound())
    }

    pub(crate) fn may_be_prerelease(&self, name: &str) -> bool {
        self.prereleases.iter().any(|prefix| name.starts_with(prefix.as_str()))
    }
}

/// What was read so far.
#[derive(Default)]
struct Reader {
    date: Option<String>,
    python: Option<String>,
    prereleases: BTreeSet<String>,
    lines: BTreeMap<String, Line>,
    errors: Vec<RequirementsError>,
}

impl Reader {
    fn read(&mut self, text: &str) -> Result<(), &'static str> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["date", date] if is_date(date) => set_once(&mut self.date, date),
            ["date", ..] => Err("a date is written YYYY-MM-DD"),
            ["python", range] if Range::parse(range).is_some() => set_once(&mut self.python, range),
            ["python", ..] => Err("a range of Python versions is written `>=3.11`"),
            ["prereleases", prefixes @ ..] => {
                self.prereleases.extend(prefixes.iter().map(|prefix| (*prefix).to_owned()));
                Ok(())
            }
            [name, accepts] => self.package(name, accepts, None),
            [name, accepts, pin] => self.package(name, accepts, Some(pin)),
            _ => Err("expected `name[extras] range ==pin`"),
        }
    }

    fn package(
        &mut self,
        name: &str,
        accepts_text: &str,
        pin: Option<&str>,
    ) -> Result<(), &'static str> {
        let (name, extras) = split_extras(name).ok_or("a bracket is left open")?;
        let accepts = Range::parse(accepts_text).ok_or("the range is malformed")?;
        if !accepts.has_lower_bound() {
            return Err("the range has no lower bound");
        }
        let pin =
            pin.map(|pin| pin.strip_prefix("==").ok_or("a pin starts with `==`")).transpose()?;
        if let Some(pin) = pin {
            let version = Version::parse(pin).ok_or("the pin is no version")?;
            if !accepts.contains(&version) {
                return Err("the range does not hold the pin");
            }
        }
        let accepts_text = accepts_text.to_owned();
        let line = Line { extras, accepts_text, accepts, pin: pin.map(str::to_owned) };
        match self.lines.insert(name, line) {
            None => Ok(()),
            Some(_) => Err("the package stands here twice"),
        }
    }

    fn finish(mut self) -> Result<Requirements, Vec<RequirementsError>> {
        for (directive, there) in [("date", self.date.is_some()), ("python", self.python.is_some())]
        {
            if !there {
                self.errors.push(RequirementsError::Missing(directive));
            }
        }
        match (self.date, self.python) {
            (Some(date), Some(python)) if self.errors.is_empty() => Ok(Requirements {
                date,
                python,
                prereleases: self.prereleases.into_iter().collect(),
                lines: self.lines,
            }),
            _ => Err(self.errors),
        }
    }
}

fn set_once(place: &mut Option<String>, value: &str) -> Result<(), &'static str> {
    match place.replace(value.to_owned()) {
        None => Ok(()),
        Some(_) => Err("the directive stands here twice"),
    }
}

fn is_date(text: &str) -> bool {
    let shape = |c: char| if c.is_ascii_digit() { '0' } else { c };
    text.chars().map(shape).eq("0000-00-00".chars())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_becomes_a_manifest() {
        let source = "date 2026-11-20 # cut-off\npython >=3.11\nRedis[hiredis] >=7,<9 ==8.1.0\nfastapi >=0.130\n";
        let read = Requirements::parse(source).expect("source");
        assert!(read.holds_back("redis") && !read.holds_back("fastapi"));
        insta::assert_snapshot!(read.universe(), @r#"
        [project]
        name = "universe"
        version = "0"
        requires-python = ">=3.11"
        dependencies = [
            "fastapi>=0.130",
            "redis[hiredis]>=7,<9",
        ]

        [tool.uv]
        package = false
        constraint-dependencies = [
            "redis==8.1.0",
        ]
        "#);
    }

    #[test]
    fn all_broken_lines_are_told() {
        let source = "date soon\na 1\nb <2\nc >=2 ==1\nd >=1\nD >=1\ne >=1 1.5\nf[x >=1\ng\n";
        let errors = Requirements::parse(source).expect_err("broken");
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(told.join("\n"), @"
        line 1: a date is written YYYY-MM-DD: `date soon`
        line 2: the range is malformed: `a 1`
        line 3: the range has no lower bound: `b <2`
        line 4: the range does not hold the pin: `c >=2 ==1`
        line 6: the package stands here twice: `D >=1`
        line 7: a pin starts with `==`: `e >=1 1.5`
        line 8: a bracket is left open: `f[x >=1`
        line 9: expected `name[extras] range ==pin`: `g`
        there is no line `date …`
        there is no line `python …`
        ");
    }
}
