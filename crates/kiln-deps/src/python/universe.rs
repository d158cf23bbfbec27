//! Release time: markers as the tools write them (PEP 508), and the environments that they can tell apart.

use std::collections::{BTreeMap, BTreeSet};

use super::environment::EnvironmentSet;
use super::marker::{Atom, Atoms, Sum};
use super::version::{Range, Version};

/// One comparison of a marker.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Comparison {
    variable: String,
    operator: String,
    value: String,
    /// `'linux' in sys_platform`: the value stands on the left.
    reversed: bool,
}

/// A marker as a sum of products of comparisons.
pub(crate) type RawSum = Vec<BTreeSet<Comparison>>;

impl Comparison {
    /// The text that uv writes.
    pub(crate) fn text(&self) -> String {
        let Self { variable, operator, value, reversed } = self;
        match reversed {
            true => format!("'{value}' {operator} {variable}"),
            false => format!("{variable} {operator} '{value}'"),
        }
    }

    fn is_version(&self) -> bool {
        matches!(self.variable.as_str(), "python_full_version" | "python_version")
    }

    /// Whether it holds; `None` if the comparison is of a kind that is not known.
    fn holds(&self, environment: &BTreeMap<&str, String>) -> Option<bool> {
        let actual = environment.get(self.variable.as_str())?;
        let membership = |held: bool| match self.operator.as_str() {
            "in" => Some(held),
            "not in" => Some(!held),
            _ => None,
        };
        if self.reversed {
            return membership(actual.contains(&self.value));
        }
        if self.is_version() {
            let range = Range::parse(&format!("{}{}", self.operator, self.value))?;
            return Some(range.contains(&Version::parse(actual)?));
        }
        match self.operator.as_str() {
            "==" => Some(*actual == self.value),
            "!=" => Some(*actual != self.value),
            _ => membership(self.value.contains(actual.as_str())),
        }
    }
}

/// Reads a marker. The error is the rest of the text that could not be read.
pub(crate) fn parse_marker(text: &str) -> Result<RawSum, String> {
    let mut parser = Parser { rest: text.trim(), depth: 0 };
    let sum = parser.sum()?;
    if parser.rest.is_empty() { Ok(sum) } else { Err(parser.rest.to_owned()) }
}

/// A recursive descent over the text that is left.
struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

/// Markers nest two or three deep; this bounds the stack.
const DEEPEST: usize = 32;

impl Parser<'_> {
    fn sum(&mut self) -> Result<RawSum, String> {
        let mut sum = self.product()?;
        while self.word("or") {
            sum.extend(self.product()?);
        }
        Ok(sum)
    }

    fn product(&mut self) -> Result<RawSum, String> {
        let mut left = self.operand()?;
        while self.word("and") {
            let right = self.operand()?;
            left = left
                .iter()
                .flat_map(|one| right.iter().map(|other| one.union(other).cloned().collect()))
                .collect();
        }
        Ok(left)
    }

    fn operand(&mut self) -> Result<RawSum, String> {
        if let Some(inner) = self.rest.strip_prefix('(') {
            if self.depth == DEEPEST {
                return Err(self.rest.to_owned());
            }
            self.depth += 1;
            self.rest = inner.trim_start();
            let sum = self.sum()?;
            self.rest = self.rest.strip_prefix(')').ok_or(self.rest)?.trim_start();
            self.depth -= 1;
            return Ok(sum);
        }
        Ok(vec![BTreeSet::from([self.comparison()?])])
    }

    fn comparison(&mut self) -> Result<Comparison, String> {
        let (left, left_is_value) = self.side()?;
        let operator = self.operator()?;
        let (right, right_is_value) = self.side()?;
        match (left_is_value, right_is_value) {
            (false, true) => {
                Ok(Comparison { variable: left, operator, value: right, reversed: false })
            }
            (true, false) => {
                Ok(Comparison { variable: right, operator, value: left, reversed: true })
            }
            _ => Err(self.rest.to_owned()),
        }
    }

    /// A variable, or a value in quotes.
    fn side(&mut self) -> Result<(String, bool), String> {
        let fail = || self.rest.to_owned();
        if let Some(quote @ ('\'' | '"')) = self.rest.chars().next() {
            let (value, rest) = self.rest[1..].split_once(quote).ok_or_else(fail)?;
            self.rest = rest.trim_start();
            return Ok((value.to_owned(), true));
        }
        let end = self
            .rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.')
            .unwrap_or(self.rest.len());
        let (variable, rest) = self.rest.split_at(end);
        if variable.is_empty() {
            return Err(fail());
        }
        self.rest = rest.trim_start();
        Ok((variable.to_owned(), false))
    }

    fn operator(&mut self) -> Result<String, String> {
        if self.word("not") {
            return if self.word("in") {
                Ok("not in".to_owned())
            } else {
                Err(self.rest.to_owned())
            };
        }
        if self.word("in") {
            return Ok("in".to_owned());
        }
        let known = ["===", "==", "!=", "<=", ">=", "~=", "<", ">"];
        let operator =
            known.into_iter().find(|known| self.rest.starts_with(known)).ok_or(self.rest)?;
        self.rest = self.rest[operator.len()..].trim_start();
        Ok(operator.to_owned())
    }

    /// Takes a whole word, if it stands here.
    fn word(&mut self, word: &str) -> bool {
        match self.rest.strip_prefix(word) {
            Some(rest) if !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') => {
                self.rest = rest.trim_start();
                true
            }
            _ => false,
        }
    }
}

/// What decides `platform_system` and `os_name` with `sys_platform`: they are no independent variables.
const PLATFORMS: [(&str, &str, &str); 6] = [
    ("linux", "Linux", "posix"),
    ("darwin", "Darwin", "posix"),
    ("win32", "Windows", "nt"),
    ("cygwin", "CYGWIN", "posix"),
    ("emscripten", "Emscripten", "posix"),
    ("other", "Other", "other"),
];

/// The last minor version of Python 3 that environments are made for.
const LAST_MINOR: u64 = 18;

/// Numbers the environments that the comparisons can tell apart, and says where each comparison holds.
///
/// The error is the comparison that cannot be evaluated.
pub(crate) fn tell_apart(
    comparisons: &BTreeSet<Comparison>,
    requires_python: &Range,
) -> Result<Atoms, String> {
    let sorted: BTreeMap<String, &Comparison> =
        comparisons.iter().map(|comparison| (comparison.text(), comparison)).collect();
    let mut rows: BTreeSet<Vec<bool>> = BTreeSet::new();
    for environment in environments(comparisons, requires_python) {
        let row = sorted
            .iter()
            .map(|(text, comparison)| comparison.holds(&environment).ok_or_else(|| text.clone()))
            .collect::<Result<Vec<bool>, String>>()?;
        rows.insert(row);
    }
    let list = sorted
        .into_keys()
        .enumerate()
        .map(|(number, text)| {
            let mut holds = EnvironmentSet::empty(rows.len());
            let places = rows.iter().enumerate().filter(|(_, row)| row[number]);
            places.for_each(|(place, _)| holds.insert(place));
            Atom { text, holds }
        })
        .collect();
    Ok(Atoms { environments: rows.len(), list })
}

/// A sum over the numbers of the atoms that [`tell_apart`] made of its comparisons.
pub(crate) fn numbered(sum: &RawSum, atoms: &Atoms) -> Sum {
    let number = |comparison: &Comparison| {
        let text = comparison.text();
        let place = atoms.list.binary_search_by(|atom| atom.text.cmp(&text)).ok()?;
        u16::try_from(place).ok()
    };
    let product = |product: &BTreeSet<Comparison>| {
        let numbers: BTreeSet<u16> = product.iter().filter_map(number).collect();
        numbers.into_iter().collect()
    };
    sum.iter().map(product).collect()
}

/// Two markers over the same atoms, to compare and to join them.
pub(crate) struct Pair {
    atoms: Atoms,
    left: Sum,
    right: Sum,
}

impl Pair {
    /// Reads both; `None` if one is not understood. An empty marker always holds.
    pub(crate) fn read(left: &str, right: &str) -> Option<Self> {
        let read = |text: &str| match text {
            "" => Some(vec![BTreeSet::new()]),
            text => parse_marker(text).ok(),
        };
        let (left, right) = (read(left)?, read(right)?);
        let comparisons = left.iter().chain(&right).flatten().cloned().collect();
        let atoms = tell_apart(&comparisons, &Range::parse(">=3")?).ok()?;
        Some(Self { left: numbered(&left, &atoms), right: numbered(&right, &atoms), atoms })
    }

    /// Whether the left one holds wherever the right one does.
    pub(crate) fn left_covers_right(&self) -> bool {
        self.atoms.of_sum(&self.right).is_subset(&self.atoms.of_sum(&self.left))
    }

    /// A marker that holds where either does.
    pub(crate) fn either(&self) -> String {
        let both: Sum = self.left.iter().chain(&self.right).cloned().collect();
        self.atoms.text(&both)
    }
}

/// Every combination of a Python version, a platform, and a value for each further variable.
fn environments(
    comparisons: &BTreeSet<Comparison>,
    requires_python: &Range,
) -> Vec<BTreeMap<&'static str, String>> {
    let mut all = Vec::new();
    for version in python_versions(comparisons, requires_python) {
        let [major, minor, _] = version.triple();
        for (platform, system, os) in platforms(comparisons) {
            all.push(BTreeMap::from([
                ("python_full_version", version.to_string()),
                ("python_version", format!("{major}.{minor}")),
                ("sys_platform", platform.to_owned()),
                ("platform_system", system.to_owned()),
                ("os_name", os.to_owned()),
            ]));
        }
    }
    for variable in ["implementation_name", "platform_machine", "platform_python_implementation"] {
        let values: BTreeSet<&str> = comparisons
            .iter()
            .filter(|comparison| comparison.variable == variable)
            .map(|comparison| comparison.value.as_str())
            .chain(["\0other"])
            .collect();
        all = all
            .iter()
            .flat_map(|environment| {
                values.iter().map(|value| {
                    let mut extended = environment.clone();
                    extended.insert(variable, (*value).to_owned());
                    extended
                })
            })
            .collect();
    }
    all
}

/// The known platforms, and one for each further value that is compared with.
fn platforms(comparisons: &BTreeSet<Comparison>) -> Vec<(&str, &str, &str)> {
    let compared = |variable: &'static str| {
        let those = move |comparison: &&Comparison| comparison.variable == variable;
        comparisons.iter().filter(those).map(|comparison| comparison.value.as_str())
    };
    let known = |value: &str| PLATFORMS.iter().any(|(a, b, c)| [*a, *b, *c].contains(&value));
    let mut all = PLATFORMS.to_vec();
    all.extend(compared("sys_platform").filter(|v| !known(v)).map(|v| (v, "Other", "posix")));
    all.extend(compared("platform_system").filter(|v| !known(v)).map(|v| ("other", v, "other")));
    all.extend(compared("os_name").filter(|v| !known(v)).map(|v| ("other", "Other", v)));
    all
}

/// Versions on both sides of every boundary that a comparison draws, as far as the projects may use them.
fn python_versions(comparisons: &BTreeSet<Comparison>, requires_python: &Range) -> Vec<Version> {
    let mut triples: BTreeSet<[u64; 3]> = (8..=LAST_MINOR).map(|minor| [3, minor, 0]).collect();
    triples.extend((8..=LAST_MINOR).map(|minor| [3, minor, 9]));
    for comparison in comparisons.iter().filter(|comparison| comparison.is_version()) {
        let number = comparison.value.trim_end_matches(".*");
        if let Some([major, minor, patch]) = Version::parse(number).map(|version| version.triple())
        {
            triples.extend([[major, minor, patch], [major, minor, patch + 1]]);
            triples.insert([major, minor, patch.saturating_sub(1)]);
        }
    }
    triples
        .into_iter()
        .filter_map(|[major, minor, patch]| Version::parse(&format!("{major}.{minor}.{patch}")))
        .filter(|version| requires_python.contains(version))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn products(text: &str) -> Vec<Vec<String>> {
        let sum = parse_marker(text).expect(text);
        sum.iter().map(|product| product.iter().map(Comparison::text).collect()).collect()
    }

    #[test]
    fn markers_become_sums_of_products() {
        let text = "(sys_platform == 'win32' or os_name == \"nt\") and python_version >= '3.12'";
        assert_eq!(
            products(text),
            [
                ["python_version >= '3.12'", "sys_platform == 'win32'"],
                ["os_name == 'nt'", "python_version >= '3.12'"]
            ]
        );
        assert_eq!(products("'linux' not in sys_platform"), [["'linux' not in sys_platform"]]);
    }

    #[test]
    fn broken_markers_say_where() {
        assert_eq!(parse_marker("os_name = 'nt'"), Err("= 'nt'".to_owned()));
        assert_eq!(parse_marker("os_name == 'nt' xor"), Err("xor".to_owned()));
        assert!(parse_marker(&"(".repeat(1000)).is_err());
    }

    #[test]
    fn environments_are_those_that_can_be_told_apart() {
        let sum = parse_marker("python_full_version < '3.12' and sys_platform == 'win32'")
            .expect("marker");
        let comparisons = sum.into_iter().flatten().collect();
        let atoms =
            tell_apart(&comparisons, &Range::parse(">=3.11").expect("range")).expect("atoms");
        assert_eq!(atoms.environments, 4);
        let wide =
            tell_apart(&comparisons, &Range::parse(">=3.12").expect("range")).expect("atoms");
        assert_eq!(wide.environments, 2);
    }

    #[test]
    fn markers_are_compared_by_what_they_mean() {
        let covers = |left, right| Pair::read(left, right).expect("markers").left_covers_right();
        assert!(covers("python_full_version < '3.15'", "python_full_version < '3.13'"));
        assert!(!covers("python_full_version < '3.13'", "python_full_version < '3.15'"));
        assert!(covers("", "os_name == 'nt'") && !covers("os_name == 'nt'", ""));
        let either = |left, right| Pair::read(left, right).expect("markers").either();
        assert_eq!(either("python_version < '3.12'", "python_version >= '3.12'"), "");
        assert_eq!(
            either("os_name == 'nt' and python_version < '3.12'", "os_name == 'nt'"),
            "os_name == 'nt'"
        );
    }

    #[test]
    fn a_comparison_of_an_unknown_variable_is_refused() {
        let comparisons =
            parse_marker("platform_release == '6'").expect("marker").into_iter().flatten();
        let refused = tell_apart(&comparisons.collect(), &Range::parse(">=3.11").expect("range"));
        assert_eq!(refused, Err("platform_release == '6'".to_owned()));
    }
}
