//! The schema of a project from day to day: what a person is told about its steps, and what the words about them do.

mod days;
mod sealed;
mod words;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::support::{Terminal, copy, package};

const SPEC: &str = r#"project demo-site { title "Demo" }
kits {
    models
}
module shop {
    entity Item {
        field name type=string max=200 required=#true
        field price type=money
    }
}
"#;

/// A kit whose migrations say what they do.
const MIGRATION: &str = "-- {= change.title =}
{% for op in change.ops %}
{= op.do =} {% if op.table is defined %}{= op.table =}{% endif %}{% if op.up is defined %}{= op.up | join(sep=\"; \") =}{% endif %}

{% endfor %}
";

const MIGRATIONS: &str = "models/files/migrations/migrations/{module.snake}/{change.id}.sql";

/// A terminal with a project that was just synced, and the folder of its kits.
struct Scene {
    terminal: Terminal,
    kits: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let kits = tempfile::tempdir().unwrap();
        copy(&package().join("library"), kits.path(), &|_| false);
        let scene = Self { terminal: Terminal::with_library(kits.path()), kits };
        scene.template(MIGRATION);
        scene.terminal.write("kiln.kdl", SPEC);
        scene.synced();
        scene
    }

    /// The migrations are rendered by this template from now on.
    fn template(&self, text: &str) {
        fs::write(self.kits.path().join(MIGRATIONS), text).unwrap();
    }

    fn synced(&self) {
        let answer = self.terminal.kiln("sync");
        assert_eq!(answer.code, 0, "{}{}", answer.out, answer.err);
    }

    fn spec(&self, from: &str, to: &str) {
        self.terminal.replace("kiln.kdl", from, to);
    }

    /// Records and migrations, with their texts.
    fn files(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for folder in ["kiln.history", "migrations"] {
            below(&self.terminal.root, &self.terminal.root.join(folder), &mut found);
        }
        found
    }

    /// The first lines of all migrations.
    fn migrations(&self) -> String {
        let files = self.files();
        let migrations = files.iter().filter(|(path, _)| path.starts_with("migrations/"));
        migrations.map(|(path, text)| format!("{path}\n{text}")).collect()
    }

    /// The id of the last step.
    fn last(&self) -> String {
        let files = self.files();
        let mut paths = files.keys().filter_map(|path| path.strip_prefix("kiln.history/shop/"));
        paths.next_back().unwrap().trim_end_matches(".toml").to_owned()
    }
}

fn below(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            below(root, &path, found);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            found.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}
