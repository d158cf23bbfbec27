//! Outputs that `.gitignore` hides.

use std::fs;
use std::process::Command;

use super::{finding, project};
use crate::support::copy;

#[test]
fn an_output_that_git_ignores_fails_check_and_sync() {
    let terminal = project();
    terminal.write(".gitignore", "*.css\nrobots.txt\n");
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    err| error[git-ignored]: git does not see `site/style.css` of `site`: `.gitignore` has the pattern `*.css`
    err|   hint: make the pattern narrower, or let the file through by a `!` pattern in `.gitignore`
    err|   hint: do without the file: kiln exclude site/style.css
    err| ✗ demo-site: 1 finding ([TIME])
    exit 1
    ");
    assert_eq!(terminal.kiln("sync").code, 1);
    let found = finding(&terminal, "check", "git-ignored", "site/style.css").unwrap();
    assert_eq!(
        found["commands"][0]["argv"],
        serde_json::json!(["kiln", "exclude", "site/style.css"])
    );
    // What is the person's may be hidden; what is let through is not.
    terminal.write(".gitignore", "*.css\n!style.css\nrobots.txt\n");
    assert_eq!(terminal.kiln("check").code, 0);
    terminal.write("site/.gitignore", "style.*\n");
    assert_eq!(terminal.kiln("check").code, 1);
}

#[test]
fn lists_above_the_project_count_within_its_repository() {
    let terminal = project();
    let repository = terminal.outer().join("repository");
    fs::create_dir_all(repository.join(".git")).unwrap();
    let shop = repository.join("apps/shop");
    copy(&terminal.root, &shop, &|_| false);
    fs::write(repository.join(".gitignore"), "/apps/*/site/*.css\n").unwrap();
    let answer = terminal.kiln_in(&shop, "check");
    assert_eq!(answer.code, 1);
    assert!(
        answer.err.contains("`../../.gitignore` has the pattern `/apps/*/site/*.css`"),
        "{}",
        answer.err
    );
    // Where git does not see the project at all, nobody gets it from there.
    fs::write(repository.join(".gitignore"), "/apps/\n").unwrap();
    assert_eq!(terminal.kiln_in(&shop, "check").code, 0);
}

#[test]
fn what_was_added_by_force_is_on_every_clone() {
    let terminal = project();
    let git = |words: &str| {
        let mut git = Command::new("git");
        let git = git.args(words.split(' ')).current_dir(&terminal.root);
        let git = git.env("GIT_CONFIG_GLOBAL", "/dev/null");
        assert!(git.output().unwrap().status.success(), "git {words}");
    };
    terminal.write(".gitignore", "*.css\n");
    git("init -q");
    assert_eq!(terminal.kiln("check").code, 1);
    git("add -f site/style.css");
    assert_eq!(terminal.kiln("check").code, 0);
}
