//! The catalogue: one resolved universe of packages, as a text that is committed and embedded.
//!
//! A line-oriented text and no binary format, because a refresh is reviewed as a diff: a package that moved is a few
//! changed lines. It compresses as well as a binary one, most of it being hashes. Nothing in it is an address.
//!
//! ```text
//! kiln-catalogue python 1
//! date 2026-11-20
//! python >=3.11
//! environments 96
//! atom 0f… sys_platform == 'win32'          where the comparison holds, as a bit set
//!
//! package redis
//! range >=8.1,<9                            what manifests state
//! extras hiredis                            those that were resolved
//! release 8.1.0                             and ` ; MARKER` if another version holds elsewhere
//! needs async-timeout ; python_full_version < '3.11.3'
//! needs(hiredis) hiredis
//! sha256 …
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use kiln_base::{Sha256, sha256};

use super::environment::EnvironmentSet;
use super::marker::{Atom, Atoms, Sum, always};
use super::name::{join_extras, split_extras};

const FIRST_LINE: &str = "kiln-catalogue python 1";

/// The resolved universe of Python packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    pub(crate) date: String,
    pub(crate) python: String,
    pub(crate) atoms: Atoms,
    pub(crate) packages: BTreeMap<String, Package>,
    pub(crate) digest: Sha256,
}

/// All that is known of one name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Package {
    pub(crate) range: String,
    pub(crate) extras: BTreeSet<String>,
    /// More than one only where versions differ by environment; sorted by version.
    pub(crate) releases: Vec<Release>,
}

/// One version of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Release {
    pub(crate) version: String,
    /// Where this version is the one.
    pub(crate) when: Sum,
    pub(crate) needs: Vec<Need>,
    pub(crate) extra_needs: BTreeMap<String, Vec<Need>>,
    pub(crate) hashes: Vec<Sha256>,
}

/// A dependency of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Need {
    pub(crate) name: String,
    /// Stated only where the name has several versions.
    pub(crate) version: Option<String>,
    pub(crate) extras: Vec<String>,
    pub(crate) when: Sum,
}

/// A text that is no catalogue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The bytes are not UTF-8.
    #[error("the catalogue is not UTF-8 text")]
    Encoding,
    /// The text starts differently: another ecosystem, or a later schema.
    #[error("the catalogue does not start with `{FIRST_LINE}`")]
    Schema,
    /// A line is malformed or out of place; lines count from 1.
    #[error("line {line} of the catalogue: {problem}")]
    Line {
        /// The number of the line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
}

impl Catalogue {
    /// Reads the committed catalogue.
    ///
    /// # Errors
    ///
    /// [`ParseError`] at the first line that is malformed, names an unknown comparison, or stands out of place.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let text = std::str::from_utf8(bytes).map_err(|_| ParseError::Encoding)?;
        let mut lines = text.lines();
        if lines.next() != Some(FIRST_LINE) {
            return Err(ParseError::Schema);
        }
        let mut reader = Reader::default();
        for (number, line) in lines.enumerate().filter(|(_, line)| !line.is_empty()) {
            reader.read(line).map_err(|problem| ParseError::Line { line: number + 2, problem })?;
        }
        let Reader { date, python, atoms, packages, .. } = reader;
        Ok(Self { date, python, atoms, packages, digest: sha256(bytes) })
    }

    /// The text that [`Self::parse`] reads; its sha256 is the catalogue's.
    pub fn to_text(&self) -> String {
        let Self { date, python, atoms, packages, .. } = self;
        let mut text = format!("{FIRST_LINE}\ndate {date}\npython {python}\n");
        let _ = writeln!(text, "environments {}", atoms.environments);
        for atom in &atoms.list {
            let _ = writeln!(text, "atom {} {}", atom.holds.to_hex(atoms.environments), atom.text);
        }
        for (name, package) in packages {
            package.write(name, atoms, &mut text);
        }
        text
    }

    /// The range that a manifest states for a package (`>=0.165,<0.166`); `None` if the catalogue lacks it.
    ///
    /// The name may be spelled in any way (PEP 503).
    pub fn range(&self, name: &str) -> Option<&str> {
        self.packages.get(&super::normalize(name)).map(|package| package.range.as_str())
    }

    /// The extras of a package that a kit may ask for, sorted; `None` if the catalogue lacks the package.
    pub fn extras(&self, name: &str) -> Option<impl Iterator<Item = &str>> {
        let package = self.packages.get(&super::normalize(name))?;
        Some(package.extras.iter().map(String::as_str))
    }

    /// The names of all packages, sorted, normalised.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.packages.keys().map(String::as_str)
    }

    /// Every version of the universe as a requirement (`deprecated==1.3.1 ; python_full_version < '3.12'`), sorted:
    /// constraints under which a package manager can choose nothing else.
    pub fn constraints(&self) -> Vec<String> {
        let releases = self.packages.iter().flat_map(|(name, package)| {
            package.releases.iter().map(move |release| (name, release))
        });
        let line = |(name, release): (&String, &Release)| {
            format!("{name}=={}{}", release.version, condition(&self.atoms, &release.when))
        };
        releases.map(line).collect()
    }

    /// The cut-off date (`2026-11-20`): no file that was published later is in the catalogue.
    pub fn date(&self) -> &str {
        &self.date
    }

    /// The Python versions that the universe was resolved for (`>=3.11`).
    pub fn requires_python(&self) -> &str {
        &self.python
    }

    /// The sha256 of the catalogue's text.
    pub fn sha256(&self) -> Sha256 {
        self.digest
    }
}

impl Package {
    fn write(&self, name: &str, atoms: &Atoms, text: &mut String) {
        let _ = writeln!(text, "\npackage {name}\nrange {}", self.range);
        if !self.extras.is_empty() {
            let extras: Vec<&str> = self.extras.iter().map(String::as_str).collect();
            let _ = writeln!(text, "extras {}", extras.join(" "));
        }
        for release in &self.releases {
            let _ =
                writeln!(text, "release {}{}", release.version, condition(atoms, &release.when));
            for need in &release.needs {
                let _ = writeln!(text, "needs {}", need.text(atoms));
            }
            for (extra, needs) in &release.extra_needs {
                for need in needs {
                    let _ = writeln!(text, "needs({extra}) {}", need.text(atoms));
                }
            }
            for hash in &release.hashes {
                let _ = writeln!(text, "sha256 {hash}");
            }
        }
    }
}

impl Need {
    fn text(&self, atoms: &Atoms) -> String {
        let version =
            self.version.as_ref().map(|version| format!("=={version}")).unwrap_or_default();
        let wanted = join_extras(&self.name, &self.extras);
        format!("{wanted}{version}{}", condition(atoms, &self.when))
    }

    fn parse(text: &str, atoms: &Atoms) -> Result<Self, String> {
        let (wanted, when) = split_condition(text, atoms)?;
        let (wanted, version) = match wanted.split_once("==") {
            Some((wanted, version)) => (wanted, Some(version.to_owned())),
            None => (wanted, None),
        };
        let (name, extras) = split_extras(wanted).ok_or("a bracket is left open")?;
        Ok(Self { name, version, extras, when })
    }
}

/// ` ; MARKER`, or nothing if it always holds.
fn condition(atoms: &Atoms, when: &Sum) -> String {
    match atoms.text(when) {
        always if always.is_empty() => always,
        marker => format!(" ; {marker}"),
    }
}

fn split_condition<'a>(text: &'a str, atoms: &Atoms) -> Result<(&'a str, Sum), String> {
    match text.split_once(" ; ") {
        None => Ok((text, always())),
        Some((head, marker)) => match atoms.parse(marker) {
            Ok(when) => Ok((head, when)),
            Err(atom) => Err(format!("no atom is written `{atom}`")),
        },
    }
}

/// What was read so far.
struct Reader {
    date: String,
    python: String,
    atoms: Atoms,
    packages: BTreeMap<String, Package>,
    current: String,
}

impl Default for Reader {
    fn default() -> Self {
        let atoms = Atoms { environments: 0, list: Vec::new() };
        let (date, python, current) = Default::default();
        Self { date, python, atoms, packages: BTreeMap::new(), current }
    }
}

impl Reader {
    fn read(&mut self, line: &str) -> Result<(), String> {
        let (word, rest) = line.split_once(' ').ok_or("a line has a word and a value")?;
        match word {
            "date" => self.date = rest.to_owned(),
            "python" => self.python = rest.to_owned(),
            "environments" => self.set_environments(rest)?,
            "atom" => self.add_atom(rest)?,
            "package" => self.open_package(rest)?,
            "range" => self.package()?.range = rest.to_owned(),
            "extras" => self.package()?.extras = rest.split(' ').map(str::to_owned).collect(),
            "release" => self.add_release(rest)?,
            "needs" => {
                let need = Need::parse(rest, &self.atoms)?;
                self.release()?.needs.push(need);
            }
            "sha256" => {
                let hash = rest.parse().map_err(|error| format!("{error}"))?;
                self.release()?.hashes.push(hash);
            }
            other => self.add_extra_need(other, rest)?,
        }
        Ok(())
    }

    fn set_environments(&mut self, text: &str) -> Result<(), String> {
        // Far above any real catalogue; keeps a broken file from asking for all memory.
        const MOST: usize = 1 << 20;
        let count = text.parse().ok().filter(|count| *count <= MOST);
        self.atoms.environments =
            count.ok_or_else(|| format!("`{text}` is no number of environments"))?;
        Ok(())
    }

    fn add_atom(&mut self, text: &str) -> Result<(), String> {
        let (bits, text) = text.split_once(' ').ok_or("an atom is bits and a comparison")?;
        let holds = EnvironmentSet::from_hex(bits, self.atoms.environments)
            .ok_or("the bits do not fit the number of environments")?;
        if self.atoms.list.last().is_some_and(|last| last.text.as_str() >= text) {
            return Err("atoms are not sorted".to_owned());
        }
        self.atoms.list.push(Atom { text: text.to_owned(), holds });
        Ok(())
    }

    fn open_package(&mut self, name: &str) -> Result<(), String> {
        if self.packages.last_key_value().is_some_and(|(last, _)| last.as_str() >= name) {
            return Err("packages are not sorted".to_owned());
        }
        name.clone_into(&mut self.current);
        self.packages.insert(name.to_owned(), Package::default());
        Ok(())
    }

    fn package(&mut self) -> Result<&mut Package, String> {
        self.packages.get_mut(&self.current).ok_or_else(|| "there is no package before".to_owned())
    }

    fn release(&mut self) -> Result<&mut Release, String> {
        let none = || "there is no release before".to_owned();
        self.package()?.releases.last_mut().ok_or_else(none)
    }

    fn add_release(&mut self, text: &str) -> Result<(), String> {
        let (version, when) = split_condition(text, &self.atoms)?;
        let version = version.to_owned();
        let (needs, extra_needs, hashes) = Default::default();
        self.package()?.releases.push(Release { version, when, needs, extra_needs, hashes });
        Ok(())
    }

    fn add_extra_need(&mut self, word: &str, rest: &str) -> Result<(), String> {
        let extra = word.strip_prefix("needs(").and_then(|inner| inner.strip_suffix(')'));
        let extra = extra.ok_or_else(|| format!("unknown word `{word}`"))?;
        let need = Need::parse(rest, &self.atoms)?;
        self.release()?.extra_needs.entry(extra.to_owned()).or_default().push(need);
        Ok(())
    }
}
