//! The projects that are killed: a path library of small kits with about a hundred outputs, files that a person wrote
//! and edited, and one state before each command.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Kits with ten outputs each.
const KITS: usize = 10;

/// One command in one state.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// What the project has behind it, and what the person did since.
    pub(crate) prepare: fn(&mut Person<'_>),
    /// The command that is killed.
    pub(crate) words: &'static [&'static str],
}

/// All scenarios.
pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario { name: "first sync", prepare: |_| {}, words: &["sync"] },
    Scenario { name: "other options, edits merged", prepare: other_options, words: &["sync"] },
    Scenario {
        name: "edited files given up",
        prepare: |person| {
            person.syncs();
            person.edits("k3/own.txt", "person: in a managed file");
            person.edits("k3/d0/page0.txt", "person: in a merged file");
            person.says(&[(3, "loud")], KITS);
        },
        words: &["sync", "--take", "k3/**"],
    },
    Scenario { name: "kits removed", prepare: kits_removed, words: &["sync", "--take", "k9/**"] },
    Scenario {
        name: "kits and a module added",
        prepare: |person| {
            person.says(&[], KITS - 3);
            person.syncs();
            person.edits("k0/d0/page0.txt", "person: edited early");
            person.says(&[(1, "quiet")], KITS);
            let module = "module stock {\n    entity Shelf {\n        field row type=int\n    }\n}\nmodule shop {";
            person.replaces("kiln.kdl", "module shop {", module);
        },
        words: &["sync"],
    },
    Scenario {
        name: "files that went missing",
        prepare: |person| {
            person.syncs();
            person.edits("k5/d1/page1.txt", "person: edited");
            for kit in 0..KITS {
                person.deletes(&format!("k{kit}/d2/page2.txt"));
                person.deletes(&format!("k{kit}/d3/page3.txt"));
            }
        },
        words: &["sync"],
    },
    Scenario {
        name: "undo of other options",
        prepare: |person| {
            other_options(person);
            person.syncs();
        },
        words: &["undo"],
    },
    Scenario {
        name: "undo of a removal",
        prepare: |person| {
            kits_removed(person);
            person.runs(&["sync", "--take", "k9/**"]);
        },
        words: &["undo"],
    },
];

fn other_options(person: &mut Person<'_>) {
    person.syncs();
    for kit in [1, 2, 4, 6] {
        person.edits(&format!("k{kit}/d0/page0.txt"), &format!("person: edited in kit {kit}"));
    }
    person.edits("k7/seed.txt", "person: a seed of my own");
    person.says(&[(2, "loud"), (4, "quiet"), (5, "quiet"), (8, "loud")], KITS);
}

fn kits_removed(person: &mut Person<'_>) {
    person.syncs();
    person.edits("k9/d1/page1.txt", "person: edited and given up");
    person.edits("k1/d1/page1.txt", "person: edited and kept");
    person.says(&[(0, "quiet")], KITS - 3);
}

/// Runs kiln in a folder; gives its exit code.
pub(crate) type Run<'r> = dyn Fn(&Path, &[&str]) -> Result<i32, String> + 'r;

/// Somebody who works in a project and runs kiln in it.
pub(crate) struct Person<'p> {
    pub(crate) root: &'p Path,
    pub(crate) run: &'p Run<'p>,
    /// Everything that was written by hand.
    pub(crate) texts: Vec<String>,
    pub(crate) problems: Vec<String>,
}

impl Person<'_> {
    /// A new project; its library lies in it.
    pub(crate) fn begins(&mut self, in_git: bool) {
        for kit in 0..KITS {
            small_kit(self.root, kit);
        }
        manifest(self.root);
        models(self.root);
        if in_git {
            self.writes(".git/HEAD", "ref: refs/heads/main\n");
        }
        self.writes("notes.md", "person: notes that no kit knows\n");
        self.texts.push("person: notes that no kit knows".to_owned());
        self.says(&[], KITS);
    }

    fn writes(&mut self, path: &str, text: &str) {
        let written = write(self.root, path, text);
        self.problems.extend(written.err().map(|error| format!("{path}: {error}")));
    }

    /// Writes the spec: tones of some kits, and only so many kits.
    fn says(&mut self, tones: &[(usize, &str)], kits: usize) {
        let mut spec =
            "project demo-site { title \"Demo\" }\nlibrary own path=\"kits\"\nkits {\n".to_owned();
        spec.push_str("    manifest\n    models\n");
        for kit in 0..kits {
            let tone =
                tones.iter().find(|(number, _)| *number == kit).map_or("low", |(_, tone)| tone);
            let _ = writeln!(spec, "    k{kit} {{ tone {tone} }}");
        }
        spec.push_str("}\nmodule shop {\n    entity Item {\n        field name type=string required=#true\n    }\n}\n");
        self.writes("kiln.kdl", &spec);
    }

    fn syncs(&mut self) {
        self.runs(&["sync"]);
    }

    fn runs(&mut self, words: &[&str]) {
        match (self.run)(self.root, words) {
            Ok(0) => {}
            Ok(code) => self.problems.push(format!("{words:?}: exit {code}")),
            Err(error) => self.problems.push(error),
        }
    }

    /// Writes a line of one's own in the middle of a file.
    fn edits(&mut self, path: &str, line: &str) {
        self.replaces(path, "the line in the middle", line);
        self.texts.push(line.to_owned());
    }

    fn replaces(&mut self, path: &str, from: &str, to: &str) {
        match fs::read_to_string(self.root.join(path)) {
            Ok(text) if text.contains(from) => self.writes(path, &text.replace(from, to)),
            Ok(_) => self.problems.push(format!("`{path}` has no `{from}`")),
            Err(error) => self.problems.push(format!("`{path}`: {error}")),
        }
    }

    fn deletes(&mut self, path: &str) {
        let removed = fs::remove_file(self.root.join(path));
        self.problems.extend(removed.err().map(|error| format!("{path}: {error}")));
    }
}

/// Writes a file and the folders above it.
pub(crate) fn write(root: &Path, path: &str, text: &str) -> std::io::Result<()> {
    let path = root.join(path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}

fn put(root: &Path, path: String, text: &str) {
    // What is missing shows as soon as kiln runs.
    let _ = write(root, &format!("kits/{path}"), text);
}

fn head(id: &str) -> String {
    let (layer, title) =
        if id == "manifest" { ("foundation", "Manifest") } else { ("feature", "Kit") };
    format!(
        "kit {id} version=\"1.0.0\" {{\n    title \"{title}\"\n    summary \"One of many small kits\"\n    layer {layer}\n    category tooling\n"
    )
}

fn small_kit(root: &Path, kit: usize) {
    let id = format!("k{kit}");
    let text = format!(
        "{}\n    requires manifest\n    option tone default=low help=\"what its files say\"\n    files root\n    files own ownership=managed\n    files seeds ownership=seeded\n    merge root\n}}\n",
        head(&id)
    );
    put(root, format!("{id}/kit.kdl"), &text);
    let page = |name: &str| {
        format!(
            "{name} of kit {kit}\n\nthe line in the middle\n\ntone {{= option.tone =}}\n\nthe last line\n"
        )
    };
    for number in 0..8 {
        let path = format!("{id}/files/root/{id}/d{number}/page{number}.txt");
        put(root, path, &page(&format!("page {number}")));
    }
    put(root, format!("{id}/files/own/{id}/own.txt"), &page("the managed page"));
    put(root, format!("{id}/files/seeds/{id}/seed.txt"), &page("the seeded page"));
    let part =
        format!("{{\n  \"scripts\": {{\n    \"{id}\": \"say {{= option.tone =}}\"\n  }}\n}}\n");
    put(root, format!("{id}/merge/root/manifest.json"), &part);
}

fn manifest(root: &Path) {
    let kit = format!("{}\n    provides manifest\n    files root\n}}\n", head("manifest"));
    put(root, "manifest/kit.kdl".to_owned(), &kit);
    let text = "{\n  \"name\": \"{= project.kebab =}\",\n  \"scripts\": {\n    \"build\": \"make\"\n  }\n}\n";
    put(root, "manifest/files/root/manifest.json".to_owned(), text);
}

fn models(root: &Path) {
    let kit = format!(
        "{}\n    files pages\n    files migrations ownership=append-only\n}}\n",
        head("models")
    );
    put(root, "models/kit.kdl".to_owned(), &kit);
    let page = "{= entity.title =}\n{% for field in entity.fields %}\n{= field.snake =}: {= field.type =}\n{% endfor %}\n";
    put(root, "models/files/pages/model/{module.snake}/{entity.snake}.txt".to_owned(), page);
    let migration = "{% for op in change.ops %}\n-- {= op.do =} {= op.table =}\n{% endfor %}\n";
    put(
        root,
        "models/files/migrations/migrations/{module.snake}/{change.id}.sql".to_owned(),
        migration,
    );
}
