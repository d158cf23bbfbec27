//! Repositories as `git` makes them, and damaged ones.
#![expect(clippy::disallowed_methods, reason = "tests make the repositories that they read")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use kiln_base::RelPath;
use kiln_git::Repository;
use tempfile::TempDir;

/// A folder with repositories in it.
struct Place {
    holder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { holder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.holder.path().canonicalize().unwrap().join(name)
    }

    /// Runs git in the folder `name`, in a world of its own.
    fn git(&self, name: &str, words: &str) {
        let folder = self.path(name);
        fs::create_dir_all(&folder).unwrap();
        let output = Command::new("git")
            .args(["-c", "protocol.file.allow=always", "-c", "commit.gpgsign=false"])
            .args(words.split_whitespace())
            .current_dir(&folder)
            .env("HOME", self.holder.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .envs([("GIT_AUTHOR_NAME", "a"), ("GIT_AUTHOR_EMAIL", "a@b")])
            .envs([("GIT_COMMITTER_NAME", "a"), ("GIT_COMMITTER_EMAIL", "a@b")])
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {words}: {told}");
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn commit(&self, repository: &str, file: &str, text: &str) {
        self.write(&format!("{repository}/{file}"), text);
        self.git(repository, "add -A");
        self.git(repository, "commit -q --allow-empty -m step");
    }

    /// A repository whose file `kiln.lock` had the texts `1` to `last`.
    fn with_texts(&self, name: &str, last: u32) {
        self.git(name, "init -q -b main");
        for number in 1..=last {
            self.commit(name, "kiln.lock", &number.to_string());
        }
    }
}

/// The texts that `kiln.lock` had, as seen from `folder`.
fn texts(folder: &Path) -> String {
    let Some(repository) = Repository::of(folder) else { return "no repository".to_owned() };
    let path = RelPath::new("kiln.lock").unwrap();
    let texts: Vec<String> = repository
        .earlier(&path, &[])
        .map(|version| String::from_utf8(version.bytes).unwrap())
        .collect();
    texts.join(" ")
}

#[test]
fn a_line_of_commits_is_read_newest_first() {
    let place = Place::new();
    place.with_texts("a", 3);
    // What did not touch it says nothing new.
    place.commit("a", "other", "x");
    assert_eq!(texts(&place.path("a")), "3 2 1");
}

#[test]
fn there_are_bounds() {
    let place = Place::new();
    place.with_texts("a", 30);
    let found = texts(&place.path("a"));
    assert_eq!(found.split(' ').count(), 24);
    assert!(found.starts_with("30 29 "), "{found}");
}

#[test]
fn both_parents_of_a_merge_come_before_what_is_older() {
    let place = Place::new();
    place.with_texts("a", 5);
    place.git("a", "checkout -q -b side HEAD~4");
    place.commit("a", "kiln.lock", "side");
    place.git("a", "checkout -q main");
    place.git("a", "merge -q -s ours --no-edit side");
    let found = texts(&place.path("a"));
    assert!(found.starts_with("5 side "), "{found}");
}

#[test]
fn what_is_being_merged_counts() {
    let place = Place::new();
    place.with_texts("a", 2);
    place.git("a", "checkout -q -b side HEAD~1");
    place.commit("a", "kiln.lock", "side");
    place.git("a", "checkout -q main");
    place.git("a", "merge -q -s ours --no-commit side");
    assert_eq!(texts(&place.path("a")), "2 side 1");
}

#[test]
fn packs_and_packed_references() {
    let place = Place::new();
    place.with_texts("a", 3);
    place.git("a", "gc -q --aggressive --prune=now");
    assert!(!place.path("a/.git/refs/heads/main").exists());
    assert_eq!(texts(&place.path("a")), "3 2 1");
    place.git("a", "repack -q -a -d --write-midx");
    assert_eq!(texts(&place.path("a")), "3 2 1");
}

#[test]
fn a_detached_head() {
    let place = Place::new();
    place.with_texts("a", 3);
    place.git("a", "checkout -q --detach HEAD~1");
    assert_eq!(texts(&place.path("a")), "2 1");
}

#[test]
fn a_worktree_has_its_own_head_and_shares_the_rest() {
    let place = Place::new();
    place.with_texts("a", 3);
    place.git("a", "worktree add -q --detach ../tree HEAD~1");
    assert_eq!(texts(&place.path("tree")), "2 1");
}

#[test]
fn a_worktree_of_a_bare_repository() {
    let place = Place::new();
    place.with_texts("a", 2);
    place.git("a", "clone -q --bare . ../bare");
    place.git("bare", "worktree add -q ../tree main");
    assert_eq!(texts(&place.path("tree")), "2 1");
    // The bare one itself has no work tree, so no project lies in it.
    assert_eq!(texts(&place.path("bare")), "no repository");
}

#[test]
fn a_submodule() {
    let place = Place::new();
    place.with_texts("a", 2);
    place.git("b", "init -q -b main");
    place.git("b", "submodule --quiet add ../a sub");
    assert_eq!(texts(&place.path("b/sub")), "2 1");
    assert_eq!(texts(&place.path("b")), "");
}

#[test]
fn a_shallow_clone_ends_where_its_history_ends() {
    let place = Place::new();
    place.with_texts("a", 5);
    let url = format!("file://{}", place.path("a").display());
    place.git(".", &format!("clone -q --depth 2 {url} shallow"));
    assert_eq!(texts(&place.path("shallow")), "5 4");
}

#[test]
fn a_clone_without_blobs_fetches_nothing() {
    let place = Place::new();
    place.with_texts("a", 3);
    place.git("a", "config uploadpack.allowFilter true");
    let url = format!("file://{}", place.path("a").display());
    place.git(".", &format!("clone -q --filter=blob:none {url} partial"));
    assert_eq!(texts(&place.path("partial")), "3");
}

#[test]
fn borrowed_objects_are_found() {
    let place = Place::new();
    place.with_texts("a", 2);
    place.git(".", "clone -q --shared a borrower");
    assert_eq!(texts(&place.path("borrower")), "2 1");
}

#[test]
fn a_project_in_a_folder_of_the_repository() {
    let place = Place::new();
    place.git("a", "init -q -b main");
    place.commit("a", "apps/shop/kiln.lock", "1");
    place.commit("a", "kiln.lock", "other");
    place.commit("a", "apps/shop/kiln.lock", "2");
    assert_eq!(texts(&place.path("a/apps/shop")), "2 1");
}

#[test]
fn files_of_a_folder_at_a_commit() {
    let place = Place::new();
    place.git("a", "init -q -b main");
    place.commit("a", "shop/kits/x/kit.kdl", "one");
    place.commit("a", "shop/kits/x/files/a b.txt", "two");
    place.commit("a", "shop/kiln.lock", "1");
    place.commit("a", "shop/kits/x/kit.kdl", "later");
    let repository = Repository::of(&place.path("a/shop")).unwrap();
    let commit = |name: &str| {
        let mut all = repository.earlier(&RelPath::new(name).unwrap(), &[]);
        all.next().unwrap().commit
    };
    let kits = RelPath::new("kits").unwrap();
    let shown = |commit: &str| {
        let files = repository.files(commit, &kits).unwrap();
        let line = |(path, bytes): &(RelPath, Vec<u8>)| {
            format!("{path}: {}", String::from_utf8_lossy(bytes))
        };
        files.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(shown(&commit("kits/x/kit.kdl")), @"
    x/files/a b.txt: two
    x/kit.kdl: later
    ");
    assert_eq!(repository.files(&commit("kiln.lock"), &RelPath::new("none").unwrap()), None);
}

#[test]
fn a_text_counts_again_with_every_state_beside_it() {
    let place = Place::new();
    place.with_texts("a", 1);
    place.commit("a", "kits/x", "one");
    place.commit("a", "kits/x", "two");
    place.commit("a", "other", "x");
    let repository = Repository::of(&place.path("a")).unwrap();
    let [lock, kits] = ["kiln.lock", "kits"].map(|path| RelPath::new(path).unwrap());
    let kit = |version: kiln_git::Version| {
        let files = repository.files(&version.commit, &kits).unwrap_or_default();
        files.into_iter().map(|(_, bytes)| String::from_utf8(bytes).unwrap()).collect::<String>()
    };
    let states: Vec<String> =
        repository.earlier(&lock, std::slice::from_ref(&kits)).map(kit).collect();
    assert_eq!(states, ["two", "one", ""]);
}

#[test]
fn no_repository_and_an_empty_one() {
    let place = Place::new();
    place.write("plain/x", "");
    assert_eq!(texts(&place.path("plain")), "no repository");
    place.git("empty", "init -q -b main");
    assert_eq!(texts(&place.path("empty")), "");
    // Another hash function is not read, and not confused with this one.
    place.git("other", "init -q -b main --object-format=sha256");
    place.commit("other", "kiln.lock", "1");
    assert_eq!(texts(&place.path("other")), "");
}

#[test]
fn damage_is_as_if_nothing_were_there() {
    let place = Place::new();
    place.with_texts("a", 2);
    let whole = fs::read(place.path("a/.git/HEAD")).unwrap();
    let heads =
        ["", "\0", "ref: refs/heads/../../../secret", "ref: HEAD", "ref: /etc/passwd", "zz"];
    for head in heads {
        fs::write(place.path("a/.git/HEAD"), head).unwrap();
        assert_eq!(texts(&place.path("a")), "", "{head:?}");
    }
    fs::write(place.path("a/.git/HEAD"), whole).unwrap();
    for folder in
        fs::read_dir(place.path("a/.git/objects")).unwrap().map(|entry| entry.unwrap().path())
    {
        for object in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let _ = fs::remove_file(&object);
            fs::write(&object, b"x\x9c damaged").unwrap();
        }
    }
    assert_eq!(texts(&place.path("a")), "");
    fs::remove_dir_all(place.path("a/.git/objects")).unwrap();
    assert_eq!(texts(&place.path("a")), "no repository");
}

#[test]
fn what_the_configuration_names_is_never_started() {
    let place = Place::new();
    place.with_texts("a", 2);
    let mark = place.path("started");
    place.write("run.sh", &format!("#!/bin/sh\ntouch {}\n", mark.display()));
    let run = format!("sh {}", place.path("run.sh").display());
    let names = ["core.fsmonitor", "core.sshCommand", "core.pager", "gpg.program", "alias.log"];
    let mut config = fs::read_to_string(place.path("a/.git/config")).unwrap();
    for (section, key) in names.iter().filter_map(|name| name.split_once('.')) {
        config.push_str(&format!("[{section}]\n\t{key} = {run}\n"));
    }
    config.push_str(&format!("[extensions]\n\tpartialClone = origin\n[remote \"origin\"]\n\turl = ext::{run}\n\tpromisor = true\n"));
    fs::write(place.path("a/.git/config"), config).unwrap();
    assert_eq!(texts(&place.path("a")), "2 1");
    assert!(!mark.exists());
}
