//! Projects in git repositories: what branches, merges, clones, reverts and rebases do to what kiln keeps.

mod bases;
mod branches;
mod drivers;
mod merges;
mod resolve;
mod steps;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Answer, Terminal, copy, redacted};

const SPEC: &str = r#"project demo-site { title "Demo" }
kits {
    blog

    models

    site
}
module shop {
    entity Item {
        field name type=string required=#true
    }
}
"#;

/// Runs git in a folder, in a world of its own.
fn git_in(folder: &Path, words: &[&str]) -> Answer {
    let home = folder.parent().unwrap();
    let output = Command::new("git")
        .args(["-c", "commit.gpgsign=false", "-c", "init.defaultBranch=main"])
        .args(["-c", "core.editor=true", "-c", "advice.detachedHead=false"])
        .args(words)
        .current_dir(folder)
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", prepended(home, &path))))
        .env("HOME", home)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs([("GIT_AUTHOR_NAME", "a"), ("GIT_AUTHOR_EMAIL", "a@example.org")])
        .envs([("GIT_COMMITTER_NAME", "a"), ("GIT_COMMITTER_EMAIL", "a@example.org")])
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| redacted(&String::from_utf8_lossy(&bytes), home);
    Answer {
        code: output.status.code().unwrap(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

/// Merge drivers find the kiln that is tested.
fn prepended(home: &Path, path: &std::ffi::OsStr) -> std::ffi::OsString {
    let folders = std::iter::once(home.join("bin")).chain(std::env::split_paths(path));
    std::env::join_paths(folders).unwrap()
}

/// A project in a repository.
struct Work {
    terminal: Terminal,
}

impl Work {
    /// A project that was synced and committed.
    fn new() -> Self {
        let mut terminal = Terminal::new();
        // Programs are found as on any machine.
        if let Ok(path) = std::env::var("PATH") {
            terminal.set("PATH", &path);
        }
        let work = Self { terminal };
        work.git("init -q -b main");
        work.terminal.write("kiln.kdl", SPEC);
        work.terminal.write(".gitattributes", "kiln.sum merge=union\n");
        assert_eq!(work.terminal.kiln("sync").code, 0);
        work.commit("start");
        work
    }

    /// Runs git with words as typed; it must succeed.
    fn git(&self, words: &str) -> Answer {
        let answer = self.try_git(words);
        assert_eq!(answer.code, 0, "git {words}: {}{}", answer.out, answer.err);
        answer
    }

    fn try_git(&self, words: &str) -> Answer {
        let words: Vec<&str> = words.split(' ').collect();
        git_in(&self.terminal.root, &words)
    }

    fn commit(&self, message: &str) {
        self.git("add -A");
        self.git(&format!("commit -q -m {message}"));
    }

    /// On a new branch from `main`: one replacement in the spec, a sync, a commit.
    fn branch(&self, name: &str, from: &str, to: &str) {
        self.git(&format!("checkout -q -b {name} main"));
        self.change(name, from, to);
        self.git("checkout -q main");
    }

    fn change(&self, message: &str, from: &str, to: &str) {
        self.terminal.replace("kiln.kdl", from, to);
        let answer = self.terminal.kiln("sync");
        assert_eq!(answer.code, 0, "{}{}", answer.out, answer.err);
        self.commit(message);
    }

    /// A clone beside the project: it has no vault and no index.
    fn clone_to(&self, name: &str) -> PathBuf {
        self.git(&format!("clone -q . ../{name}"));
        self.terminal.root.with_file_name(name)
    }

    /// Files of the last merge that have a conflict.
    fn conflicts(&self) -> String {
        self.git("diff --name-only --diff-filter=U").out
    }

    /// Makes the tested kiln callable as `kiln` for git.
    fn with_kiln_in_path(&self) {
        let bin = self.terminal.outer().join("bin");
        std::fs::create_dir_all(&bin).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_kiln-under-test"), bin.join("kiln"))
            .unwrap();
    }

    /// What a sync of the same spec gives in an empty folder must be what is here.
    fn assert_as_from_scratch(&self) {
        let scratch = self.terminal.outer().join("scratch");
        copy(&self.terminal.root, &scratch, &|name| name != "kiln.kdl" && name != "kiln.history");
        assert_eq!(self.terminal.kiln_in(&scratch, "sync").code, 0);
        let keep = |path: &str| !path.starts_with(".git") && !path.starts_with(".kiln");
        let here = crate::support::contents(&self.terminal.root, &keep);
        let there = crate::support::contents(&scratch, &keep);
        let differing: Vec<&String> = here
            .keys()
            .chain(there.keys())
            .filter(|path| here.get(*path) != there.get(*path))
            .collect();
        assert!(differing.is_empty(), "{differing:?}");
        std::fs::remove_dir_all(scratch).unwrap();
    }
}
