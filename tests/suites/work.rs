//! How much work each operation does for each output: renders, digests, looks at the disk, bytes. Work is counted and not
//! time, so that a regression fails on any machine. Two projects that differ in size alone are compared, so what does
//! not depend on the number of outputs falls out.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use crate::support::Terminal;

/// The sizes of the two projects, in outputs.
const SIZES: [usize; 2] = [100, 300];
/// One output of so many reads the value that changes, or has a template that changes.
const SHARE: usize = 100;

const SPEC: &str = r#"project demo-site { title "Demo" }
library own path="../kits"
kits {
    leaves {
        tone calm
    }
}
"#;

const LEAVES: &str = r#"kit leaves version="1.0.0" {
    title "Leaves"
    summary "Many files"
    layer feature
    category tests

    option tone default=calm help="what some outputs read"
    files tree
}
"#;

/// By the name of the work, how much was done.
type Done = BTreeMap<String, u64>;

/// A project that has not been synced, with so many outputs.
struct Project {
    terminal: Terminal,
    size: usize,
}

impl Project {
    fn new(size: usize) -> Self {
        let mut terminal = Terminal::new();
        let work = terminal.outer().join("work.txt");
        terminal.set("KILN_UNDER_TEST_WORK", &work.to_string_lossy());
        terminal.write("kiln.kdl", SPEC);
        let project = Self { terminal, size };
        project.kit_file("kit.kdl", LEAVES);
        (0..size).for_each(|number| project.template(number, ""));
        project
    }

    fn kit_file(&self, path: &str, text: &str) {
        let path = self.terminal.outer().join("kits/leaves").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn template(&self, number: usize, more: &str) {
        let tone = if number % SHARE == 7 { "tone {= option.tone =}\n" } else { "" };
        // Every third is no plain substitution.
        let loops = match number % 3 {
            0 => "{% if project.title %}\ntitled {= project.title | upper_snake =}\n{% endif %}\n",
            _ => "",
        };
        let text = format!("leaf {number} of {{= project.title =}}\n{loops}{tone}{more}");
        // Ten in a folder; the folders themselves are counted too.
        self.kit_file(&format!("files/tree/branch_{}/leaf_{number}.txt", number / 10), &text);
    }

    /// What a command did.
    fn done(&self, words: &str) -> Done {
        let answer = self.terminal.kiln(words);
        assert_eq!(answer.code, 0, "{words}: {}{}", answer.out, answer.err);
        let text = fs::read_to_string(self.terminal.outer().join("work.txt")).unwrap();
        let line = |line: &str| {
            let (name, amount) = line.split_once(' ').unwrap();
            (name.to_owned(), amount.parse().unwrap())
        };
        text.lines().map(line).collect()
    }

    /// What each operation does, in the order in which people do them.
    fn all(&self) -> Vec<(&'static str, Done)> {
        let terminal = &self.terminal;
        let mut all = vec![("cold", self.done("sync"))];
        // What was written in the same instant as the index is looked at once more.
        self.done("sync");
        all.push(("nothing", self.done("sync")));
        all.push(("check", self.done("check")));
        all.push(("status", self.done("status")));
        terminal.replace("kiln.kdl", "tone calm", "tone loud");
        all.push(("value", self.done("sync")));
        assert_eq!(terminal.read("branch_0/leaf_7.txt").lines().last(), Some("tone loud"));
        self.done("sync");
        (0..self.size).filter(|number| number % SHARE == 3).for_each(|number| {
            self.template(number, "one line more\n");
        });
        all.push(("kit", self.done("sync")));
        assert!(terminal.read("branch_0/leaf_3.txt").ends_with("one line more\n"));
        // A fresh clone has no index and no vault.
        fs::remove_dir_all(terminal.root.join(".kiln")).unwrap();
        all.push(("clone", self.done("check")));
        all
    }
}

/// What is done for one more output, in hundredths, by operation and name.
fn for_each_output() -> Vec<(&'static str, BTreeMap<String, u64>)> {
    let [small, large] = SIZES.map(|size| Project::new(size).all());
    let more = u64::try_from(SIZES[1] - SIZES[0]).unwrap();
    let rate = |((operation, small), (_, large)): ((&'static str, Done), (_, Done))| {
        let rates = small.iter().map(|(name, amount)| {
            let grown = large[name].saturating_sub(*amount);
            (name.clone(), grown * 100 / more)
        });
        (operation, rates.collect())
    };
    small.into_iter().zip(large).map(rate).collect()
}

/// The most that may be done for an output, in hundredths. What is not named here may not depend on the outputs.
const MOST: [(&str, &[(&str, u64)]); 7] = [
    (
        "cold",
        &[
            ("creations", 100),
            ("digested-bytes", 18_000),
            ("digests", 300),
            ("folder-opens", 160),
            ("listings", 12),
            ("opens", 100),
            ("read-bytes", 24_000),
            ("renames", 12),
            ("renders", 100),
            ("stats", 120),
            ("templates", 100),
            ("written-bytes", 31_000),
        ],
    ),
    // Each output and each file of a kit, and what could begin or be ignored in their folders. Read is the index, with
    // the answer that it keeps.
    // A sync also looks at the last undo record.
    ("nothing", &[("folder-opens", 22), ("read-bytes", 64_000), ("stats", 250)]),
    ("check", &[("folder-opens", 22), ("read-bytes", 47_000), ("stats", 250)]),
    ("status", &[("folder-opens", 22), ("read-bytes", 47_000), ("stats", 250)]),
    (
        "value",
        &[
            ("creations", 3),
            ("digested-bytes", 71_000),
            ("digests", 310),
            ("folder-opens", 130),
            ("listings", 22),
            ("opens", 120),
            ("read-bytes", 195_000),
            ("renames", 5),
            ("renders", 110),
            ("stats", 360),
            ("templates", 100),
            ("written-bytes", 32_000),
        ],
    ),
    (
        "kit",
        &[
            ("creations", 3),
            ("digested-bytes", 71_000),
            ("digests", 320),
            ("folder-opens", 130),
            ("listings", 22),
            ("opens", 120),
            ("read-bytes", 275_000),
            ("renames", 5),
            ("renders", 110),
            ("stats", 360),
            ("templates", 110),
            ("written-bytes", 32_000),
        ],
    ),
    (
        "clone",
        &[
            ("digested-bytes", 20_000),
            ("digests", 400),
            ("folder-opens", 120),
            ("listings", 12),
            ("opens", 210),
            ("read-bytes", 20_000),
            ("renders", 100),
            ("stats", 430),
            ("templates", 100),
        ],
    ),
];

#[test]
fn no_operation_does_more_for_an_output_than_it_must() {
    let rates = for_each_output();
    let mut table = String::new();
    let mut problems = String::new();
    for (operation, done) in &rates {
        let _ = writeln!(table, "{operation}: {done:?}");
        let most = MOST.iter().find(|most| most.0 == *operation).map(|most| most.1);
        for (name, amount) in done {
            let limit = most.into_iter().flatten().find(|limit| limit.0 == name);
            let limit = limit.map_or(0, |limit| limit.1);
            if *amount > limit {
                let _ = writeln!(problems, "{operation}: {name} {amount}, at most {limit}");
            }
        }
    }
    assert!(problems.is_empty(), "hundredths for each output:\n{problems}\nall:\n{table}");
}
