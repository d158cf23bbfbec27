//! Dependency locks: what the catalogue lacks, what a person pins otherwise, and locks that were there before kiln.

use std::fs;

use super::finding;
use crate::support::Terminal;

const SPEC: &str = "project demo-desk { title \"Demo\" }
kits {
    backend-fastapi
}
";

fn project(spec: &str) -> Terminal {
    let terminal = Terminal::with_builtin_kits();
    terminal.write("kiln.kdl", spec);
    terminal
}

/// Where the lock of the running project is.
fn lock(terminal: &Terminal) -> String {
    let sum = terminal.read("kiln.sum");
    let line = sum.lines().find(|line| line.contains("/requirements.lock ")).unwrap();
    line.split(' ').nth(1).unwrap().to_owned()
}

/// The lock without a package.
fn without(text: &str, package: &str) -> String {
    let start = text.find(&format!("\n{package}==")).unwrap() + 1;
    let mut end = start + text[start..].find('\n').unwrap() + 1;
    while text[end..].starts_with(' ') {
        end += text[end..].find('\n').unwrap() + 1;
    }
    format!("{}{}", &text[..start], &text[end..])
}

#[test]
fn a_package_that_the_catalogue_lacks_is_left_to_the_person() {
    let asks = "add backend.packages fastapii\nadd backend.packages never-heard-of\nkits {\n";
    let terminal = project(&SPEC.replace("kits {\n", asks));
    let answer = terminal.kiln("sync");
    assert_eq!(answer.code, 1, "{}{}", answer.out, answer.err);
    insta::assert_snapshot!(answer.err, @"
    error[dependency-lock-incomplete]: `apps/api/requirements-dev.lock` lacks `fastapii`, which the spec asks for: the catalogue does not have it
      hint: did you mean `fastapi`?
      hint: run what the first lines of `apps/api/requirements-dev.lock` say, in its folder: kiln keeps what it locks
    error[dependency-lock-incomplete]: `apps/api/requirements-dev.lock` lacks `never-heard-of`, which the spec asks for: the catalogue does not have it
      hint: run what the first lines of `apps/api/requirements-dev.lock` say, in its folder: kiln keeps what it locks
    error[dependency-lock-incomplete]: `apps/api/requirements.lock` lacks `fastapii`, which the spec asks for: the catalogue does not have it
      hint: did you mean `fastapi`?
      hint: run what the first lines of `apps/api/requirements.lock` say, in its folder: kiln keeps what it locks
    error[dependency-lock-incomplete]: `apps/api/requirements.lock` lacks `never-heard-of`, which the spec asks for: the catalogue does not have it
      hint: run what the first lines of `apps/api/requirements.lock` say, in its folder: kiln keeps what it locks
    ✗ demo-desk: 31 written, 0 unchanged, 0 skipped, 4 findings ([TIME])
    ");
    // Everything is there but its record.
    let path = lock(&terminal);
    let text = terminal.read(&path);
    assert!(text.contains("\nfastapi==") && !text.contains("never-heard-of"));
    let manifest = path.replace("requirements.lock", "pyproject.toml");
    assert!(terminal.read(&manifest).contains("\"never-heard-of\""));
    let answer = terminal.kiln("check");
    assert_eq!(answer.code, 1);
    // Now they are locked by the ecosystem's own tool.
    let records = ["fastapii", "never-heard-of"].map(|name| {
        format!(
            "{name}==1.0 \\\n    --hash=sha256:{}\n    # via demo-desk-api (pyproject.toml)\n",
            "0".repeat(64)
        )
    });
    terminal.write(&path, format!("{text}{}", records.concat()));
    let said = finding(&terminal, "check", "dependency-lock-incomplete", &path);
    assert!(said.is_none(), "{said:?}");
    let dev = path.replace("requirements.lock", "requirements-dev.lock");
    assert!(finding(&terminal, "check", "dependency-lock-incomplete", &dev).is_some());
    terminal.write(&dev, format!("{}{}", terminal.read(&dev), records.concat()));
    let _ = terminal.kiln("sync");
    let answer = terminal.kiln("sync");
    assert_eq!(answer.code, 0, "{}{}", answer.out, answer.err);
    assert_eq!(terminal.kiln("check").code, 0);
    assert!(terminal.read(&path).contains("never-heard-of==1.0"));
}

#[test]
fn a_version_of_a_persons_own_is_kept_and_told() {
    let terminal = project(SPEC);
    assert_eq!(terminal.kiln("sync").code, 0);
    let path = lock(&terminal);
    let text = terminal.read(&path);
    let version = text.split("\nfastapi==").nth(1).unwrap().split([' ', '\n']).next().unwrap();
    let mine = text.replace(&format!("\nfastapi=={version}"), "\nfastapi==9.9.9");
    terminal.write(&path, &mine);
    let said = finding(&terminal, "check", "pin-diverged", &path).unwrap();
    let expected = format!("`fastapi` is 9.9.9 in `{path}`, and the catalogue has {version}");
    assert_eq!(said["message"], expected);
    assert_eq!(said["fails"], false);
    assert_eq!(terminal.kiln("check").code, 0);
    assert_eq!(terminal.kiln("sync").code, 0);
    assert_eq!(terminal.read(&path), mine);
}

/// A project that nobody manages, whose lock is another one: it lacks a package and has one of its own.
fn unmanaged() -> (Terminal, String, String) {
    let terminal = project(SPEC);
    assert_eq!(terminal.kiln("sync").code, 0);
    let path = lock(&terminal);
    for file in ["kiln.lock", "kiln.sum"] {
        fs::remove_file(terminal.root.join(file)).unwrap();
    }
    for folder in [".kiln", ".kiln-vault"] {
        fs::remove_dir_all(terminal.root.join(folder)).unwrap();
    }
    let lock = format!("{}own==1.0\n", without(&terminal.read(&path), "fastapi"));
    terminal.write(&path, &lock);
    (terminal, path, lock)
}

#[test]
fn a_lock_that_is_adopted_keeps_its_bytes() {
    let (terminal, path, lock) = unmanaged();
    let answer = terminal.kiln("adopt");
    assert_eq!(answer.code, 0, "{}{}", answer.out, answer.err);
    assert_eq!(terminal.read(&path), lock);
    let answer = terminal.kiln("check");
    assert_eq!(answer.code, 0, "{}{}", answer.out, answer.err);
    // What it lacks is told all the same.
    let said = finding(&terminal, "check", "dependency-lock-stale", &path).unwrap();
    assert_eq!(said["message"], format!("`{path}` lacks `fastapi`, which the kits need"));
    assert_eq!(said["fails"], false);
    let before = terminal.listing();
    assert_eq!(terminal.kiln("sync").code, 0);
    let changed = crate::support::difference(&before, &terminal.listing());
    assert!(!changed.contains(&path) && !changed.contains("kiln.sum"), "{changed}");
    // The kits want something else: it is joined with all that they need.
    terminal.replace("kiln.kdl", "kits {\n", "add backend.packages redis\nkits {\n");
    let answer = terminal.kiln("sync");
    assert_eq!(answer.code, 0, "{}{}", answer.out, answer.err);
    let joined = terminal.read(&path);
    for package in ["\nfastapi==", "\nredis==", "\nown==1.0"] {
        assert!(joined.contains(package), "{package}");
    }
    assert_eq!(terminal.kiln("check").code, 0);
    assert_eq!(terminal.kiln("undo").code, 0);
    assert_eq!(terminal.read(&path), lock);
}

#[test]
fn the_word_joins_an_adopted_lock_at_once() {
    let (terminal, path, lock) = unmanaged();
    assert_eq!(terminal.kiln("adopt").code, 0);
    let answer = terminal.kiln(&format!("sync --take {path}"));
    assert_eq!(answer.code, 0, "{}{}", answer.out, answer.err);
    let joined = terminal.read(&path);
    assert!(joined.contains("\nfastapi==") && joined.contains("\nown==1.0"), "{joined}");
    assert!(!terminal.read("kiln.sum").contains("adopted"));
    assert_eq!(terminal.kiln("check").code, 0);
    assert_eq!(terminal.kiln("undo").code, 0);
    assert_eq!(terminal.read(&path), lock);
}

#[test]
fn an_adopted_lock_with_all_that_is_needed_is_like_any_other() {
    let (terminal, path, _) = unmanaged();
    fs::remove_file(terminal.root.join(&path)).unwrap();
    let fresh = project(SPEC);
    assert_eq!(fresh.kiln("sync").code, 0);
    let lock = format!("{}own==1.0\n", fresh.read(&path));
    terminal.write(&path, &lock);
    assert_eq!(terminal.kiln("adopt").code, 0);
    assert_eq!(terminal.read(&path), lock);
    assert!(!terminal.read("kiln.sum").contains("adopted"));
    assert_eq!(terminal.kiln("check").code, 0);
}

#[test]
fn a_lock_that_moves_takes_a_persons_packages_along() {
    let terminal = project(SPEC);
    assert_eq!(terminal.kiln("sync").code, 0);
    let path = lock(&terminal);
    terminal.write(&path, format!("{}own==1.0\n", terminal.read(&path)));
    let mine = terminal.read(&path);
    let to = "locks/requirements.lock";
    let place = format!("place \"{path}\" at=\"{to}\"\n");
    // It moves, and the kits want something else in the same sync.
    let spec = SPEC.replace("kits {\n", "add backend.packages redis\nkits {\n");
    terminal.write("kiln.kdl", format!("{spec}{place}"));
    terminal.write(to, "somebody's\n");
    let answer = terminal.kiln("sync");
    assert_eq!(answer.code, 1, "{}", answer.err);
    assert!(answer.err.contains("error[in-the-way]: `locks/requirements.lock`"), "{}", answer.err);
    assert_eq!(terminal.read(&path), mine);
    fs::remove_file(terminal.root.join(to)).unwrap();
    let answer = terminal.kiln("sync");
    assert_eq!(answer.code, 0, "{}", answer.err);
    let moved = terminal.read(to);
    for package in ["\nfastapi==", "\nredis==", "\nown==1.0"] {
        assert!(moved.contains(package), "{package}");
    }
    assert!(!terminal.root.join(&path).exists());
    let answer = terminal.kiln("check");
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert_eq!(terminal.kiln("undo").code, 0);
    assert_eq!(terminal.read(&path), mine);
    assert!(!terminal.root.join(to).exists());
    // The person has moved it already.
    fs::create_dir_all(terminal.root.join("locks")).unwrap();
    fs::rename(terminal.root.join(&path), terminal.root.join(to)).unwrap();
    let answer = terminal.kiln("sync");
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert_eq!(terminal.read(to), moved);
    assert!(!terminal.root.join(&path).exists());
    assert_eq!(terminal.kiln("check").code, 0);
}

#[test]
fn an_adopted_lock_that_moves_keeps_its_bytes() {
    let (terminal, path, lock) = unmanaged();
    assert_eq!(terminal.kiln("adopt").code, 0);
    let to = "locks/requirements.lock";
    let place = format!("place \"{path}\" at=\"{to}\"\n");
    terminal.write("kiln.kdl", format!("{SPEC}{place}"));
    let answer = terminal.kiln("sync");
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert_eq!(terminal.read(to), lock);
    assert!(!terminal.root.join(&path).exists());
    let answer = terminal.kiln("check");
    assert_eq!(answer.code, 0, "{}", answer.err);
}
