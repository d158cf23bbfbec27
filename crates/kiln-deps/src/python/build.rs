//! Release time: the catalogue from what uv resolved.
//!
//! Edges, markers and versions come from `uv.lock`, hashes from a lock of the whole universe that `uv pip compile`
//! wrote: `uv.lock` lacks the files for Pythons that a project does not support, a requirements lock has them.
//! Addresses and dates of files are not taken.

use std::collections::{BTreeMap, BTreeSet};

use kiln_base::Sha256;
use serde::Deserialize;

use super::catalogue::{Catalogue, Need, Package, Release};
use super::lockfile::parse_lock;
use super::marker::{Atoms, Sum, always};
use super::requirements::Requirements;
use super::universe::{Comparison, RawSum, numbered, parse_marker, tell_apart};
use super::version::{Range, Version, manifest_range};

/// Why no catalogue can be made of a `uv.lock`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// The text is no `uv.lock` of a shape that is known.
    #[error("`uv.lock` cannot be read: {0}")]
    Lock(String),
    /// A marker that is not understood.
    #[error("the marker `{marker}` is not understood at `{rest}`")]
    Marker {
        /// The whole marker.
        marker: String,
        /// From where on it is not understood.
        rest: String,
    },
    /// Something is wrong with one package.
    #[error("`{name}`: {problem}")]
    Package {
        /// The package.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
}

#[derive(Deserialize)]
struct Lock {
    #[serde(rename = "requires-python")]
    requires_python: String,
    package: Vec<LockedPackage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct LockedPackage {
    name: String,
    #[serde(default)]
    version: String,
    source: BTreeMap<String, toml::Value>,
    #[serde(default)]
    resolution_markers: Vec<String>,
    #[serde(default)]
    dependencies: Vec<Edge>,
    #[serde(default)]
    optional_dependencies: BTreeMap<String, Vec<Edge>>,
}

#[derive(Deserialize)]
struct Edge {
    name: String,
    version: Option<String>,
    #[serde(default)]
    extra: Vec<String>,
    marker: Option<String>,
}

impl LockedPackage {
    /// The project that asks for everything, not a part of the universe.
    fn is_root(&self) -> bool {
        self.source.contains_key("virtual") || self.source.contains_key("editable")
    }

    fn edges(&self) -> impl Iterator<Item = &Edge> {
        self.dependencies.iter().chain(self.optional_dependencies.values().flatten())
    }

    fn markers(&self) -> impl Iterator<Item = &String> {
        self.edges().filter_map(|edge| edge.marker.as_ref()).chain(&self.resolution_markers)
    }
}

/// Makes the catalogue of a universe that uv resolved from [`Requirements::universe`]: `uv_lock` is what `uv lock`
/// wrote, `compiled` what `uv pip compile --universal --generate-hashes` wrote.
///
/// # Errors
///
/// All that is wrong: an unreadable lock or marker, a package without sha256 in `compiled`, a package of the source
/// that is not in the lock or not at its pin, a pre-release that the source does not allow.
pub fn build(
    uv_lock: &str,
    compiled: &str,
    requirements: &Requirements,
) -> Result<Catalogue, Vec<BuildError>> {
    let lock: Lock =
        toml::from_str(uv_lock).map_err(|error| vec![BuildError::Lock(error.to_string())])?;
    let range = Range::parse(&lock.requires_python).ok_or_else(|| {
        vec![BuildError::Lock(format!("`{}` is no range of Python", lock.requires_python))]
    })?;
    let universe: Vec<&LockedPackage> =
        lock.package.iter().filter(|package| !package.is_root()).collect();
    let markers = Markers::read(&universe, &range).map_err(|error| vec![error])?;
    let mut builder = Builder {
        markers,
        hashes: read_hashes(compiled),
        packages: BTreeMap::new(),
        errors: Vec::new(),
    };
    for package in &universe {
        builder.add(package);
    }
    builder.add_extras(&universe, requirements);
    builder.set_ranges(requirements);
    builder.finish(requirements)
}

/// The markers of the universe, and the atoms they are made of.
struct Markers {
    atoms: Atoms,
    sums: BTreeMap<String, Sum>,
}

impl Markers {
    fn read(universe: &[&LockedPackage], range: &Range) -> Result<Self, BuildError> {
        let mut raw: BTreeMap<String, RawSum> = BTreeMap::new();
        for marker in universe.iter().flat_map(|package| package.markers()) {
            let fail = |rest| BuildError::Marker { marker: marker.clone(), rest };
            raw.insert(marker.clone(), parse_marker(marker).map_err(fail)?);
        }
        let comparisons: BTreeSet<Comparison> = raw.values().flatten().flatten().cloned().collect();
        let atoms = tell_apart(&comparisons, range)
            .map_err(|atom| BuildError::Marker { marker: atom.clone(), rest: atom })?;
        let sums = raw.into_iter().map(|(text, sum)| (text, numbered(&sum, &atoms))).collect();
        Ok(Self { atoms, sums })
    }

    fn sum(&self, marker: Option<&String>) -> Sum {
        marker.and_then(|marker| self.sums.get(marker)).cloned().unwrap_or_else(always)
    }
}

/// The sha256 of the files of each name and version. What is no sha256 is left out.
fn read_hashes(compiled: &str) -> BTreeMap<(String, String), BTreeSet<Sha256>> {
    let mut hashes = BTreeMap::new();
    for record in parse_lock(compiled).records {
        let digests =
            record.options.iter().filter_map(|option| option.strip_prefix("--hash=sha256:"));
        let version = record.version().to_owned();
        hashes
            .insert((record.name, version), digests.filter_map(|text| text.parse().ok()).collect());
    }
    hashes
}

struct Builder {
    markers: Markers,
    hashes: BTreeMap<(String, String), BTreeSet<Sha256>>,
    packages: BTreeMap<String, Package>,
    errors: Vec<BuildError>,
}

impl Builder {
    fn add(&mut self, locked: &LockedPackage) {
        let key = (locked.name.clone(), locked.version.clone());
        let Some(hashes) = self.hashes.get(&key).filter(|hashes| !hashes.is_empty()) else {
            return self.refuse(&locked.name, format!("{} has no sha256", locked.version));
        };
        let when = match locked.resolution_markers.as_slice() {
            [] => always(),
            forks => forks.iter().flat_map(|fork| self.markers.sum(Some(fork))).collect(),
        };
        let needs = |edges: &[Edge]| edges.iter().map(|edge| self.need(edge)).collect::<Vec<_>>();
        let extra_needs =
            locked.optional_dependencies.iter().map(|(extra, edges)| (extra.clone(), needs(edges)));
        let release = Release {
            version: locked.version.clone(),
            when,
            needs: needs(&locked.dependencies),
            extra_needs: extra_needs.collect(),
            hashes: hashes.iter().copied().collect(),
        };
        self.packages.entry(locked.name.clone()).or_default().releases.push(release);
    }

    fn need(&self, edge: &Edge) -> Need {
        let mut extras = edge.extra.clone();
        extras.sort();
        let when = self.markers.sum(edge.marker.as_ref());
        Need { name: edge.name.clone(), version: edge.version.clone(), extras, when }
    }

    /// An extra is known if somebody asked for it. Those of the source count too: an extra without dependencies of
    /// its own (`moto[sns]`) leaves no edge in the lock.
    fn add_extras(&mut self, universe: &[&LockedPackage], requirements: &Requirements) {
        let edges = universe.iter().flat_map(|package| package.edges());
        let asked = edges.map(|edge| (&edge.name, &edge.extra));
        let source = requirements.lines.iter().map(|(name, line)| (name, &line.extras));
        for (name, extras) in asked.chain(source) {
            if let Some(package) = self.packages.get_mut(name) {
                package.extras.extend(extras.iter().cloned());
            }
        }
    }

    fn set_ranges(&mut self, requirements: &Requirements) {
        let mut refused = Vec::new();
        for (name, package) in &mut self.packages {
            let line = requirements.lines.get(name);
            let versions: Option<Vec<Version>> =
                package.releases.iter().map(|release| Version::parse(&release.version)).collect();
            let Some(mut versions) = versions else {
                refused.push((name.clone(), "a version cannot be read".to_owned()));
                continue;
            };
            package.releases.sort_by_cached_key(|release| Version::parse(&release.version));
            versions.sort();
            if versions.iter().any(Version::is_prerelease) && !requirements.may_be_prerelease(name)
            {
                refused.push((name.clone(), "a pre-release was chosen".to_owned()));
            }
            if let Some((low, high)) = versions.first().zip(versions.last()) {
                package.range = manifest_range(low, high, line.map(|line| &line.accepts));
            }
        }
        refused.into_iter().for_each(|(name, problem)| self.refuse(&name, problem));
    }

    fn refuse(&mut self, name: &str, problem: String) {
        self.errors.push(BuildError::Package { name: name.to_owned(), problem });
    }

    /// Whatever the source names is there, at its pin.
    fn check_source(&mut self, requirements: &Requirements) {
        for (name, line) in &requirements.lines {
            let held: Vec<String> = self.packages.get(name).map_or_else(Vec::new, |package| {
                package.releases.iter().map(|release| release.version.clone()).collect()
            });
            match &line.pin {
                _ if held.is_empty() => self.refuse(name, "it is not in `uv.lock`".to_owned()),
                Some(pin) if held != [pin.clone()] => {
                    self.refuse(name, format!("pinned to {pin}, resolved to {}", held.join(", ")));
                }
                _ => {}
            }
        }
    }

    fn finish(mut self, requirements: &Requirements) -> Result<Catalogue, Vec<BuildError>> {
        self.check_source(requirements);
        if !self.errors.is_empty() {
            return Err(self.errors);
        }
        let unread = Catalogue {
            date: requirements.date.clone(),
            python: requirements.python.clone(),
            atoms: self.markers.atoms,
            packages: self.packages,
            digest: Sha256([0; 32]),
        };
        // Reading the text back makes the digest, and shortens markers as they will be read.
        Catalogue::parse(unread.to_text().as_bytes())
            .map_err(|error| vec![BuildError::Lock(error.to_string())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "date 2026-11-20\npython >=3.11\nweb[fast] >=1,<3 ==2.1.0\nlib >=1\n";

    /// As uv writes it, less what is not read.
    const LOCK: &str = r#"
        version = 1
        requires-python = ">=3.11"

        [[package]]
        name = "universe"
        version = "0"
        source = { virtual = "." }
        dependencies = [{ name = "lib" }, { name = "web", extra = ["fast"] }]

        [[package]]
        name = "web"
        version = "2.1.0"
        source = { registry = "here" }
        dependencies = [{ name = "lib", version = "1.0", marker = "python_full_version < '3.12'" }]
        [package.optional-dependencies]
        fast = [{ name = "loop", marker = "sys_platform != 'win32'" }]

        [[package]]
        name = "lib"
        version = "2.0"
        source = { registry = "here" }
        resolution-markers = ["python_full_version >= '3.14'", "python_full_version >= '3.12' and python_full_version < '3.14'"]

        [[package]]
        name = "lib"
        version = "1.0"
        source = { registry = "here" }
        resolution-markers = ["python_full_version < '3.12'"]

        [[package]]
        name = "loop"
        version = "0.4.0"
        source = { registry = "here" }
    "#;

    fn compiled(loop_version: &str) -> String {
        let pins = ["web==2.1.0", "lib==1.0", "lib==2.0", loop_version];
        let line = |(number, pin): (usize, &&str)| {
            format!("{pin} \\\n    --hash=sha256:{}\n", format!("{number:02x}").repeat(32))
        };
        pins.iter().enumerate().map(line).collect()
    }

    #[test]
    fn a_universe_becomes_a_catalogue() {
        let requirements = Requirements::parse(SOURCE).expect("source");
        let built = build(LOCK, &compiled("loop==0.4.0"), &requirements).expect("universe");
        let text = built.to_text();
        let brief = text.lines().filter(|line| !line.starts_with("sha256")).collect::<Vec<_>>();
        insta::assert_snapshot!(brief.join("\n"), @"
        kiln-catalogue python 1
        date 2026-11-20
        python >=3.11
        environments 6
        atom 03 python_full_version < '3.12'
        atom c3 python_full_version < '3.14'
        atom f0 python_full_version >= '3.12'
        atom 30 python_full_version >= '3.14'
        atom a2 sys_platform != 'win32'

        package lib
        range >=1,<3
        release 1.0 ; python_full_version < '3.12'
        release 2.0 ; python_full_version >= '3.12'

        package loop
        range >=0.4,<0.5
        release 0.4.0

        package web
        range >=2.1,<3
        extras fast
        release 2.1.0
        needs lib==1.0 ; python_full_version < '3.12'
        needs(fast) loop ; sys_platform != 'win32'
        ");
        insta::assert_snapshot!(built.constraints().join("\n"), @"
        lib==1.0 ; python_full_version < '3.12'
        lib==2.0 ; python_full_version >= '3.12'
        loop==0.4.0
        web==2.1.0
        ");
    }

    #[test]
    fn all_that_is_wrong_with_a_universe_is_told() {
        let source = SOURCE.replace("==2.1.0", "==2.2.0") + "absent >=1\n";
        let requirements = Requirements::parse(&source).expect("source");
        let lock = LOCK.replace("\"2.0\"", "\"2.0rc1\"");
        let compiled = compiled("loop==0.4.1").replace("lib==2.0", "lib==2.0rc1");
        let errors = build(&lock, &compiled, &requirements).expect_err("wrong");
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(told.join("\n"), @"
        `loop`: 0.4.0 has no sha256
        `lib`: a pre-release was chosen
        `absent`: it is not in `uv.lock`
        `web`: pinned to 2.2.0, resolved to 2.1.0
        ");
    }

    #[test]
    fn a_marker_that_is_not_understood_is_shown() {
        let requirements = Requirements::parse(SOURCE).expect("source");
        let lock = LOCK.replace("sys_platform != 'win32'", "sys_platform is 'win32'");
        let errors = build(&lock, "", &requirements).expect_err("marker");
        insta::assert_snapshot!(errors[0], @"the marker `sys_platform is 'win32'` is not understood at `is 'win32'`");
    }
}
