//! A Rust workspace that kiln keeps through `cargo xtask`: what is committed is current, edits are found, an option
//! changes exactly what reads it, and exit codes are kiln's.
//!
//! The workspace is copied to `target/workspaces/greeter`, as deep as it lies in `tests/`, so that its paths to kiln
//! and to the kits hold. The folder stays the same from run to run, so that cargo builds its xtask only once.
#![expect(
    clippy::disallowed_methods,
    reason = "a test prepares and reads folders as a person would, beside kiln"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use kiln::ops::{NewOptions, Settings};
use serde_json::Value;

const CARGO_LOCK: &str = "Cargo.lock";
const CI: &str = ".github/workflows/ci.yml";

type Files = BTreeMap<String, Vec<u8>>;

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// The files below a folder that are committed: all but what cargo, git and kiln make for themselves.
fn files(folder: &Path) -> Files {
    fn collect(folder: &Path, prefix: &str, all: &mut Files) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let path = format!("{prefix}{name}");
            if entry.file_type().unwrap().is_dir() {
                if ![".git", ".kiln", ".kiln-vault", "target"].contains(&name.as_str()) {
                    collect(&entry.path(), &format!("{path}/"), all);
                }
            } else {
                all.insert(path, fs::read(entry.path()).unwrap());
            }
        }
    }
    let mut all = Files::new();
    collect(folder, "", &mut all);
    all
}

/// Makes a folder's files those of another one. What is the same keeps its time, which cargo goes by.
fn mirror(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    let (wanted, there) = (files(from), files(to));
    for path in there.keys().filter(|path| !wanted.contains_key(*path)) {
        fs::remove_file(to.join(path)).unwrap();
    }
    for (path, bytes) in wanted.iter().filter(|(path, bytes)| there.get(*path) != Some(*bytes)) {
        fs::create_dir_all(to.join(path).parent().unwrap()).unwrap();
        fs::write(to.join(path), bytes).unwrap();
    }
}

/// A copy of the workspace, for one test at a time.
struct Workspace {
    folder: PathBuf,
    _turn: File,
}

/// What a command answered.
#[derive(Debug)]
struct Answer {
    code: i32,
    out: String,
    err: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error}:\n{}{}", self.out, self.err))
    }
}

impl Workspace {
    fn copy() -> Self {
        let target = root().join("target");
        fs::create_dir_all(&target).unwrap();
        let turn = File::create(target.join("workspaces.lock")).unwrap();
        turn.lock().unwrap();
        let folder = target.join("workspaces/greeter");
        mirror(&root().join("tests/rust-kits"), &target.join("rust-kits"));
        mirror(&root().join("tests/workspaces/greeter"), &folder);
        // A repository of its own, so that kiln keeps its vault here. No memory of the test before.
        for made in [".git", ".kiln"] {
            let _ = fs::remove_dir_all(folder.join(made));
        }
        fs::create_dir(folder.join(".git")).unwrap();
        fs::write(folder.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        Self { folder, _turn: turn }
    }

    /// Runs cargo in the workspace, offline. Crates of kiln are built without optimisation, all others as kiln's own
    /// workspace builds them, in the same target folder, so that they need not be built again.
    fn cargo(&self, arguments: &[&str]) -> Answer {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let mut command = Command::new(cargo);
        command.current_dir(&self.folder).env("CARGO_TARGET_DIR", target);
        command.args(["--offline", "--config", "profile.dev.package.'*'.opt-level=2"]);
        command.args(["--config", "profile.dev.package.'*'.debug=false"]);
        for entry in fs::read_dir(root().join("crates")).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            command.args(["--config", &format!("profile.dev.package.{name}.opt-level=0")]);
        }
        let output = command.args(arguments).output().unwrap();
        Answer {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn xtask(&self, arguments: &[&str]) -> Answer {
        self.cargo(&[&["xtask"], arguments].concat())
    }

    fn xtask_json(&self, arguments: &[&str]) -> (i32, Value) {
        let answer = self.xtask(&[arguments, &["--output-format", "json"]].concat());
        let value = answer.json();
        assert_eq!(value["schema"], 1);
        assert_eq!(value["exit"], answer.code, "{value}");
        (answer.code, value)
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.folder.join(path)).unwrap()
    }

    /// Replaces the only place where `old` stands.
    fn replace(&self, path: &str, old: &str, new: &str) {
        let text = self.read(path);
        assert_eq!(text.matches(old).count(), 1, "`{old}` in {path}");
        fs::write(self.folder.join(path), text.replace(old, new)).unwrap();
    }

    /// Runs `edit` and says which files are other, new or gone afterwards; cargo's lock is a matter of its own.
    fn changed(&self, edit: impl FnOnce()) -> BTreeSet<String> {
        let before = files(&self.folder);
        edit();
        let after = files(&self.folder);
        let all: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        all.into_iter()
            .filter(|path| before.get(*path) != after.get(*path) && *path != CARGO_LOCK)
            .cloned()
            .collect()
    }
}

/// The outputs of a report that are written, as `path change`.
fn written(report: &Value) -> Vec<String> {
    let kept = ["unchanged", "customised", "yours", "left", "forgotten"];
    let outputs = report["outputs"].as_array().unwrap().iter();
    outputs
        .filter(|output| !kept.contains(&output["change"].as_str().unwrap()))
        .map(|output| {
            format!("{} {}", output["path"].as_str().unwrap(), output["change"].as_str().unwrap())
        })
        .collect()
}

/// The findings of a report, as `id path kit`.
fn findings(report: &Value) -> Vec<String> {
    let of = |finding: &Value| {
        ["id", "path", "kit"].map(|key| finding[key].as_str().unwrap_or("-").to_owned()).join(" ")
    };
    report["findings"].as_array().unwrap().iter().map(of).collect()
}

fn set(paths: &[&str]) -> BTreeSet<String> {
    paths.iter().map(|path| (*path).to_owned()).collect()
}

#[test]
fn what_is_committed_is_current() {
    let workspace = Workspace::copy();
    let changed = workspace.changed(|| {
        let synced = workspace.xtask(&["sync"]);
        assert_eq!(synced.code, 0, "{synced:?}");
        assert!(synced.out.contains("greeter is up to date: 7 unchanged, 1 skipped"), "{synced:?}");
        let (code, report) = workspace.xtask_json(&["sync"]);
        assert_eq!((code, written(&report)), (0, Vec::new()));
        assert_eq!(report["own_files"], Value::Array(Vec::new()));
        let checked = workspace.xtask(&["check", "--frozen"]);
        assert_eq!(checked.code, 0, "{checked:?}");
    });
    assert_eq!(changed, set(&[]), "run `cargo xtask sync` in tests/workspaces/greeter");
    let committed = fs::read_to_string(root().join("tests/workspaces/greeter/Cargo.lock")).unwrap();
    assert_eq!(
        workspace.read(CARGO_LOCK),
        committed,
        "dependencies of kiln changed: run `cargo metadata --offline` in tests/workspaces/greeter"
    );
}

#[test]
fn the_library_keeps_the_format_that_is_generated_and_passes_its_tests() {
    let workspace = Workspace::copy();
    // `--all` would go on to the crates of kiln, which xtask depends on.
    let format = ["fmt", "--check", "--package", "greeter", "--package", "greeter-xtask"];
    let formatted = workspace.cargo(&format);
    assert_eq!(formatted.code, 0, "{formatted:?}");
    let tested = workspace.cargo(&["test", "--quiet", "--package", "greeter"]);
    assert_eq!(tested.code, 0, "{tested:?}");
    // rustfmt reads what kiln wrote: in fewer columns the same code is out of format.
    workspace.replace("kiln.kdl", "max-width 100", "max-width 60");
    assert_eq!(workspace.xtask(&["sync"]).code, 0);
    assert_eq!(workspace.cargo(&format).code, 1);
}

#[test]
fn an_edit_of_a_file_that_kiln_owns_is_found_shown_and_taken_back() {
    let workspace = Workspace::copy();
    let original = workspace.read(CI);
    workspace.replace(CI, "timeout-minutes: 20", "timeout-minutes: 45");
    let edited = workspace.read(CI);

    let checked = workspace.xtask(&["check"]);
    assert_eq!(checked.code, 1);
    assert!(checked.err.contains(&format!("`{CI}` was edited, and `rust-ci` manages it")));
    // There may be no `kiln` to call: the hint is a command that this workspace has.
    assert!(checked.err.contains(&format!("cargo xtask sync --take {CI}")), "{checked:?}");
    let (code, report) = workspace.xtask_json(&["check"]);
    assert_eq!((code, findings(&report)[0].as_str()), (1, format!("edited {CI} rust-ci").as_str()));

    let shown = workspace.xtask(&["diff", "--mine"]);
    assert_eq!(shown.code, 0);
    assert!(
        shown.out.contains("-    timeout-minutes: 20\n+    timeout-minutes: 45\n"),
        "{shown:?}"
    );
    let (_, report) = workspace.xtask_json(&["diff", "--mine"]);
    assert_eq!(
        (&report["files"][0]["path"], &report["files"][0]["kit"]),
        (&CI.into(), &"rust-ci".into())
    );
    let status = workspace.xtask(&["status"]);
    assert_eq!(status.code, 0);
    assert!(status.out.contains("+    timeout-minutes: 45"), "{status:?}");

    // Sync leaves it and says so.
    let synced = workspace.xtask(&["sync"]);
    assert_eq!((synced.code, workspace.read(CI)), (1, edited), "{synced:?}");
    assert!(synced.err.contains("0 written, 6 unchanged, 2 skipped, 1 finding"), "{synced:?}");
    // What the kits change meets the edit: nothing at all is written, whatever else would be.
    workspace.replace("kiln.kdl", "heuristics Max", "heuristics Max\n        toolchain \"1.96.0\"");
    let changed = workspace.changed(|| assert_eq!(workspace.xtask(&["sync"]).code, 1));
    assert_eq!(changed, set(&[]));
    workspace.replace("kiln.kdl", "\n        toolchain \"1.96.0\"", "");

    assert_eq!(workspace.xtask(&["sync", "--take", CI]).code, 0);
    assert_eq!(workspace.read(CI), original);
    assert_eq!(workspace.xtask(&["check"]).code, 0);
}

#[test]
fn an_edit_of_a_file_that_both_may_change_is_a_note() {
    let workspace = Workspace::copy();
    workspace.replace("rustfmt.toml", "max_width", "newline_style = \"Unix\"\nmax_width");
    let (code, report) = workspace.xtask_json(&["check"]);
    assert_eq!(code, 0, "{report}");
    assert!(
        findings(&report).contains(&"customised rustfmt.toml rust-workspace".to_owned()),
        "{report}"
    );
}

#[test]
fn one_option_changes_exactly_what_reads_it() {
    let workspace = Workspace::copy();
    workspace.replace("kiln.kdl", "max-width 100", "max-width 90");
    let stale = workspace.xtask(&["check"]);
    assert_eq!(stale.code, 1);
    assert_eq!(workspace.xtask(&["sync", "--locked"]).code, 1);
    let shown = workspace.xtask(&["diff"]);
    assert!(shown.out.contains("-max_width = 100\n+max_width = 90\n"), "{shown:?}");
    assert_eq!(workspace.xtask(&["diff", "--exit-code"]).code, 1);

    let changed = workspace.changed(|| {
        let (code, report) = workspace.xtask_json(&["sync"]);
        assert_eq!(code, 0, "{report}");
        assert_eq!(written(&report), [".editorconfig updated", "rustfmt.toml updated"]);
        assert_eq!(report["next"], serde_json::json!(["cargo fmt --all"]));
    });
    assert_eq!(changed, set(&[".editorconfig", "kiln.lock", "kiln.sum", "rustfmt.toml"]));
    assert_eq!(workspace.xtask(&["check"]).code, 0);
    assert_eq!(workspace.changed(|| assert_eq!(workspace.xtask(&["sync"]).code, 0)), set(&[]));
}

#[test]
fn a_fact_carries_an_option_into_another_kit() {
    let workspace = Workspace::copy();
    workspace.replace("kiln.kdl", "heuristics Max", "heuristics Max\n        toolchain \"1.96.0\"");
    // Cargo would want that toolchain from here on; the xtask is built already and asks for none.
    let (code, report) = workspace.xtask_json(&["sync"]);
    assert_eq!(code, 0, "{report}");
    assert_eq!(written(&report), [&format!("{CI} updated"), "rust-toolchain.toml updated"]);
    assert!(workspace.read(CI).contains("rustup toolchain install 1.96.0 "));
}

#[test]
fn an_output_that_leaves_the_plan_is_deleted() {
    let workspace = Workspace::copy();
    workspace.replace(
        "kiln.kdl",
        "    rust-ci\n",
        "    rust-ci {\n        updates #false\n    }\n",
    );
    let changed = workspace.changed(|| assert_eq!(workspace.xtask(&["sync"]).code, 0));
    assert_eq!(changed, set(&[".github/dependabot.yml", "kiln.lock", "kiln.sum"]));
    assert!(!workspace.folder.join(".github/dependabot.yml").exists());
    assert_eq!(workspace.xtask(&["check"]).code, 0);
}

#[test]
fn refusals_are_those_of_kiln() {
    let workspace = Workspace::copy();
    let changed = workspace.changed(|| {
        let upgrade = workspace.xtask(&["upgrade"]);
        assert_eq!(upgrade.code, 2);
        assert!(upgrade.err.contains("`upgrade` is not there yet"), "{upgrade:?}");
        assert_eq!(workspace.xtask(&["synch"]).code, 2);
        assert_eq!(workspace.xtask(&["--help"]).code, 0);
    });
    assert_eq!(changed, set(&[]));
    workspace.replace("kiln.kdl", "max-width", "max-widht");
    let changed = workspace.changed(|| {
        let (code, failure) = workspace.xtask_json(&["sync"]);
        let diagnostic = &failure["diagnostics"][0];
        assert_eq!((code, diagnostic["id"].as_str()), (2, Some("unknown-option")));
        assert_eq!(diagnostic["places"][0]["line"], 11);
        assert_eq!(diagnostic["hints"][0], "did you mean `max-width`?");
    });
    assert_eq!(changed, set(&[]));
}

#[test]
fn fixtures_of_the_kits_hold() {
    let library = root().join("tests/rust-kits");
    let mut held = BTreeSet::new();
    for kit in fs::read_dir(&library).unwrap() {
        for fixture in fs::read_dir(kit.unwrap().path().join("tests")).unwrap() {
            let fixture = fixture.unwrap().path();
            fixture_holds(&library, &fixture);
            held.insert(fixture.strip_prefix(&library).unwrap().to_path_buf());
        }
    }
    assert!(held.len() >= 5, "{held:?}");
}

/// Exactly the files of `out/` come out, or the refusal says every line of `error.txt`.
fn fixture_holds(library: &Path, fixture: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        start: folder.path().join("project"),
        library: Some(library.to_path_buf()),
        ..Settings::default()
    };
    let made = kiln::ops::new(&NewOptions { settings, from: fixture.join("kiln.kdl") });
    let shown = fixture.display();
    if let Ok(expected) = fs::read_to_string(fixture.join("error.txt")) {
        let refusal = made.err().unwrap_or_else(|| panic!("{shown}: no refusal"));
        let said = refusal.diagnostics.to_string();
        for line in expected.lines() {
            assert!(said.contains(line), "{shown}: `{line}` is not in\n{said}");
        }
        return;
    }
    let report = made.unwrap_or_else(|failure| panic!("{shown}:\n{}", failure.diagnostics));
    assert_eq!(report.exit, 0, "{shown}");
    let mut came = files(&folder.path().join("project"));
    came.retain(|path, _| !path.starts_with("kiln."));
    let expected = files(&fixture.join("out"));
    assert_eq!(came.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{shown}");
    for (path, bytes) in &expected {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(text(&came[path]), text(bytes), "{shown}: {path}");
    }
}
