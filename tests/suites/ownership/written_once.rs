//! Append-only outputs of a kit that stays: nobody asks for them any more, and databases have run them.

use std::fs;

use crate::support::{Terminal, copy, package};

/// A kit with a file for each entity that is written once, and one under a condition.
const KIT: &str = r#"kit steps version="1.0.0" {
    title "Steps"
    summary "A step for each entity"
    layer foundation
    category domain
    option audit default=#false help="with a step for audits"

    files steps ownership=append-only
    when audit=#true {
        files audit ownership=append-only
    }
}
"#;

const SPEC: &str = r#"project demo-site { title "Demo" }
kits {
    steps { audit #true }
}
module shop {
    entity Item {
        field name type=string required=#true
    }
    entity Order {
        field name type=string required=#true
    }
}
"#;

const ORDER: &str = "    entity Order {\n        field name type=string required=#true\n    }\n";
const STEP: &str = "steps/order.sql";
const AUDIT: &str = "steps/audit.sql";

struct Scene {
    terminal: Terminal,
    kits: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let kits = tempfile::tempdir().unwrap();
        copy(&package().join("library"), kits.path(), &|_| false);
        let write = |path: &str, text: &str| crate::support::write(kits.path(), path, text);
        write("steps/kit.kdl", KIT);
        write("steps/files/steps/steps/{entity.snake}.sql", "-- {= entity.snake =}\n");
        write("steps/files/audit/steps/audit.sql", "-- audit\n");
        let scene = Self { terminal: Terminal::with_library(kits.path()), kits };
        scene.terminal.write("kiln.kdl", SPEC);
        scene.synced();
        scene
    }

    fn synced(&self) {
        let answer = self.terminal.kiln("sync");
        assert_eq!(answer.code, 0, "{}{}", answer.out, answer.err);
    }

    /// Neither the entity nor the option asks for its step any more.
    fn without(&self) {
        self.terminal.replace("kiln.kdl", ORDER, "");
        self.terminal.replace("kiln.kdl", " { audit #true }", "");
    }

    fn has(&self, path: &str) -> bool {
        self.terminal.root.join(path).exists()
    }

    /// What stands in the sum of a path.
    fn fact(&self, path: &str) -> Option<String> {
        let sum = self.terminal.read("kiln.sum");
        sum.lines().find(|line| line.contains(path)).map(str::to_owned)
    }

    /// The same project where nothing but the repository is.
    fn cloned(&self) -> Self {
        let terminal = Terminal::with_library(self.kits.path());
        let own = |name: &str| name == ".kiln" || name == ".kiln-vault";
        copy(&self.terminal.root, &terminal.root, &own);
        let kits = tempfile::tempdir().unwrap();
        Self { terminal, kits }
    }

    fn nothing_to_do(&self) {
        assert_eq!(self.terminal.kiln("check").code, 0);
        let own = |path: &str| !path.starts_with(".kiln/") && !path.starts_with(".kiln-vault");
        let before = crate::support::contents(&self.terminal.root, &own);
        self.synced();
        assert!(before == crate::support::contents(&self.terminal.root, &own));
    }
}

#[test]
fn an_item_that_goes_leaves_its_step() {
    let scene = Scene::new();
    scene.without();
    insta::assert_snapshot!(scene.terminal.run("sync"), @"
    $ kiln sync
    out| ✓ demo-site: 0 written, 1 unchanged, 2 skipped ([TIME])
    exit 0
    ");
    for path in [STEP, AUDIT] {
        assert!(scene.has(path), "{path}");
        assert!(scene.fact(path).unwrap().ends_with(" append-only"), "{:?}", scene.fact(path));
    }
    insta::assert_snapshot!(scene.terminal.run("status"), @"
    $ kiln status
    out| demo-site: 1 unchanged, 2 yours ([TIME])
    err| note[yours]: `steps/audit.sql` stays: `steps` wrote it once and no longer asks for it
    err| note[yours]: `steps/order.sql` stays: `steps` wrote it once and no longer asks for it
    exit 0
    ");
    scene.nothing_to_do();
    scene.cloned().nothing_to_do();
}

#[test]
fn a_clone_that_syncs_first_keeps_it_too() {
    let scene = Scene::new();
    let clone = scene.cloned();
    clone.without();
    // Not even the lock says any more that it was written.
    assert_eq!(clone.terminal.kiln("lock").code, 0);
    fs::remove_dir_all(clone.terminal.root.join(".kiln-vault")).unwrap();
    clone.synced();
    assert!(clone.has(STEP) && clone.has(AUDIT));
    clone.nothing_to_do();
}

#[test]
fn an_edited_one_stays_as_it_is() {
    let scene = Scene::new();
    scene.terminal.write(STEP, "-- mine\n");
    scene.without();
    scene.synced();
    assert_eq!(scene.terminal.read(STEP), "-- mine\n");
    scene.nothing_to_do();
    // Its entity comes back, and so does what is written once: as the person left it.
    scene.terminal.write("kiln.kdl", SPEC);
    scene.synced();
    assert_eq!(scene.terminal.read(STEP), "-- mine\n");
    assert_eq!(scene.terminal.kiln("check").code, 0);
}

#[test]
fn it_goes_with_its_kit() {
    let scene = Scene::new();
    scene.without();
    scene.synced();
    scene.terminal.replace("kiln.kdl", "    steps\n", "");
    scene.synced();
    assert!(!scene.has(STEP) && !scene.has(AUDIT) && scene.fact(STEP).is_none());
    let answer = scene.terminal.kiln("undo");
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert!(scene.has(STEP) && scene.has(AUDIT));
}

#[test]
fn it_goes_with_the_word_for_it() {
    let scene = Scene::new();
    scene.without();
    scene.synced();
    let answer = scene.terminal.kiln(&format!("rm {STEP}"));
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert!(!scene.has(STEP) && scene.fact(STEP).is_none());
    scene.nothing_to_do();
}

#[test]
fn undo_brings_the_item_back_and_nothing_else_changes() {
    let scene = Scene::new();
    let before = scene.fact(STEP);
    scene.without();
    scene.synced();
    let answer = scene.terminal.kiln("undo");
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert_eq!(scene.fact(STEP), before);
    assert!(scene.has(STEP) && scene.has(AUDIT));
}

#[test]
fn another_kit_that_is_ejected_leaves_it_to_its_own() {
    let scene = Scene::new();
    scene.terminal.replace("kiln.kdl", "kits {\n", "kits {\n    blog\n");
    scene.without();
    scene.synced();
    let answer = scene.terminal.kiln("eject blog");
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert!(scene.fact(STEP).is_some() && scene.has(STEP));
}
