//! What two sides of a lock say differently, besides versions of kits, and what became of it.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

/// A value that two sides of a lock do not have alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differing {
    /// The keys that lead to it, with dots between, such as `kit.site.option.theme`.
    pub key: String,
    /// What our side has; none if it lacks the key.
    pub ours: Option<String>,
    /// What their side has.
    pub theirs: Option<String>,
    /// What the new lock has.
    pub chosen: Option<String>,
}

/// What a lock says of a kit itself: told as versions are.
const OF_KITS: [&str; 3] = ["version", "sha256", "source"];

/// The values that two sides of a lock do not have alike, by key, with what the lock has that came of them. A text that
/// is no TOML says nothing.
#[must_use]
pub fn differing(ours: &str, theirs: &str, chosen: &str) -> Vec<Differing> {
    let [ours, theirs, chosen] = [ours, theirs, chosen].map(|text| {
        let mut values = BTreeMap::new();
        let table: Table = text.parse().unwrap_or_default();
        collect(&mut Vec::new(), &table, &mut values);
        values
    });
    let keys: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let differing = keys.into_iter().filter(|key| ours.get(*key) != theirs.get(*key));
    differing
        .map(|key| Differing {
            key: key.clone(),
            ours: ours.get(key).cloned(),
            theirs: theirs.get(key).cloned(),
            chosen: chosen.get(key).cloned(),
        })
        .collect()
}

fn collect<'t>(path: &mut Vec<&'t str>, table: &'t Table, values: &mut BTreeMap<String, String>) {
    for (name, value) in table {
        path.push(name);
        match value {
            Value::Table(inner) => collect(path, inner, values),
            _ if path.len() == 3 && path[0] == "kit" && OF_KITS.contains(&path[2]) => {}
            other => {
                values.insert(path.join("."), other.to_string());
            }
        }
        path.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_and_fields_are_told_and_versions_are_not() {
        let lock = |version: &str, theme: &str, more: &str| {
            format!(
                "[kit.site]\nversion = \"{version}\"\noption.theme = \"{theme}\"\n\n[entity.a.B]\nname = \"string\"\n{more}"
            )
        };
        let found = differing(
            &lock("1.0.0", "dark", ""),
            &lock("1.1.0", "light", "size = \"int\"\n"),
            &lock("1.1.0", "light", ""),
        );
        let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let lines = found.iter().map(|one| {
            let [ours, theirs, chosen] = [&one.ours, &one.theirs, &one.chosen].map(shown);
            format!("{} {ours} | {theirs} → {chosen}", one.key)
        });
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
        entity.a.B.size - | "int" → -
        kit.site.option.theme "dark" | "light" → "light"
        "#);
        assert_eq!(differing("<<<<", "a = 1", "a = 1").len(), 1);
    }
}
