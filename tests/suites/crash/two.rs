//! Two kilns on one project, and Ctrl-C.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command};

use kiln_disk::{Host, Root, Vault, Wait};

use super::{NONE, differing, fresh, started, synced, work};
use crate::support::Terminal;

/// Reads the line that a second kiln says while it waits.
fn line_of(child: &mut Child) -> String {
    let mut line = String::new();
    let stderr = child.stderr.as_mut().unwrap();
    // One byte at a time: nothing of what comes later may be lost in a buffer.
    let mut reader = BufReader::with_capacity(1, stderr);
    reader.read_line(&mut line).unwrap();
    line.replace(&std::process::id().to_string(), "[PROCESS]")
        .replace(&format!(" on {}", Host::current().name), " on [MACHINE]")
}

fn ended(mut child: Child) -> (Option<i32>, String) {
    let mut said = String::new();
    child.stderr.as_mut().unwrap().read_to_string(&mut said).unwrap();
    (child.wait().unwrap().code(), said)
}

fn vault(terminal: &Terminal) -> (Root, Vault) {
    let root = Root::open(&terminal.root).unwrap();
    let vault = Vault::open(&root, Host::current()).unwrap();
    (root, vault)
}

#[test]
fn a_second_kiln_waits_and_names_the_first() {
    let terminal = fresh();
    let (_root, vault) = vault(&terminal);
    let locked = vault.lock("upgrade", &Wait::Refuse).unwrap();
    let mut second = started(&terminal, "sync");
    insta::assert_snapshot!(line_of(&mut second), @"waiting for another kiln: `kiln upgrade`, process [PROCESS] on [MACHINE]");
    assert!(!terminal.root.join("kiln.lock").exists(), "it has not begun");
    drop(locked);
    let (code, said) = ended(second);
    assert_eq!(code, Some(0), "{said}");
    assert!(terminal.root.join("kiln.lock").exists());
}

#[test]
fn a_second_kiln_that_shall_not_wait_is_refused() {
    let terminal = synced();
    terminal.write("notes.md", "person: mine\n");
    let (_root, vault) = vault(&terminal);
    let _locked = vault.lock("upgrade", &Wait::Refuse).unwrap();
    let before = terminal.listing();
    for words in ["sync --no-wait", "undo --no-wait"] {
        let mut second = started(&terminal, words);
        let line = line_of(&mut second);
        let (code, _) = ended(second);
        assert_eq!(code, Some(2), "{line}");
        assert!(
            line.contains("another kiln is running: `kiln upgrade`, process [PROCESS]"),
            "{line}"
        );
    }
    assert_eq!(crate::support::difference(&before, &terminal.listing()), "");
    // What only reads waits for nobody.
    assert_eq!(terminal.kiln("check").code, 0);
}

#[test]
fn many_kilns_at_once_do_it_once() {
    for _ in 0..3 {
        let terminal = fresh();
        let all: Vec<Child> = (0..4).map(|_| started(&terminal, "sync")).collect();
        for child in all {
            let (code, said) = ended(child);
            assert_eq!(code, Some(0), "{said}");
        }
        let after = work(&terminal);
        assert_eq!(terminal.kiln("sync").code, 0);
        assert_eq!(differing(&after, &work(&terminal)), NONE);
        assert_eq!(differing(&work(&synced()), &after), NONE);
        assert_eq!(terminal.kiln("check").code, 0);
        let (_root, vault) = vault(&terminal);
        assert_eq!(vault.records().unwrap().len(), 1);
    }
}

/// Sends a process the signal of Ctrl-C.
fn interrupt(child: &Child) {
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

#[test]
fn ctrl_c_ends_a_wait() {
    let terminal = fresh();
    let (_root, vault) = vault(&terminal);
    let _locked = vault.lock("sync", &Wait::Refuse).unwrap();
    let before = work(&terminal);
    let mut second = started(&terminal, "sync");
    line_of(&mut second);
    interrupt(&second);
    let (code, said) = ended(second);
    assert_eq!(code, Some(130), "{said}");
    insta::assert_snapshot!(said, @"error[cancelled]: interrupted while waiting for another kiln");
    assert_eq!(differing(&before, &work(&terminal)), NONE);
}

#[test]
fn ctrl_c_while_it_writes_leaves_all_or_nothing() {
    let other = "    site { theme dark; footer \"Other\" }\n";
    let wanted = synced();
    wanted.replace("kiln.kdl", "    site\n", other);
    assert_eq!(wanted.kiln("sync").code, 0);
    for _ in 0..6 {
        let terminal = synced();
        terminal.replace("kiln.kdl", "    site\n", other);
        let before = work(&terminal);
        let mut child = started(&terminal, "sync");
        let journal = [".kiln-vault/journal.new", ".kiln-vault/journal"];
        while child.try_wait().unwrap().is_none() {
            if journal.iter().any(|name| terminal.root.join(name).exists()) {
                interrupt(&child);
                break;
            }
        }
        let (code, said) = ended(child);
        let expected = match code {
            Some(130) => &before,
            Some(0) => &work(&wanted),
            other => panic!("{other:?}: {said}"),
        };
        assert_eq!(differing(expected, &work(&terminal)), NONE, "{said}");
        assert!(!terminal.root.join(".kiln-vault/journal").exists(), "{said}");
        assert_eq!(terminal.kiln("sync").code, 0);
        assert_eq!(differing(&work(&wanted), &work(&terminal)), NONE);
    }
}
