//! What the world does to a project while kiln works on it or between two runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{NONE, Work, differing, fresh, started, synced, told, work};
use crate::support::{Terminal, difference};

/// A small file system of its own in the place of a folder, until the value goes.
struct Mount(PathBuf);

impl Mount {
    /// None where this user may not mount; the test says so and ends.
    fn over(folder: &Path, size: &str) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size},mode=777"), "tmpfs"]).arg(folder);
        let done = mount.output().is_ok_and(|output| output.status.success());
        if !done {
            told(
                "skipped: nothing can be mounted here; faults of the disk are also made by hand in kiln-disk",
            );
        }
        done.then(|| Self(folder.to_owned()))
    }

    fn remount(&self, options: &str) {
        let mut mount = Command::new("mount");
        mount.args(["-o", &format!("remount,{options}")]).arg(&self.0);
        assert!(mount.status().unwrap().success());
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

const OTHER: &str = "    site { theme dark; footer \"Other\" }\n";
const MINE: &str = "person: a line of mine\n";

/// A project with an edited file, and a spec that is ahead of it.
fn ahead(terminal: &Terminal) {
    terminal.write("kiln.kdl", super::SPEC);
    assert_eq!(terminal.kiln("sync").code, 0);
    let page = terminal.read("site/index.html");
    terminal.write("site/index.html", format!("{MINE}{page}"));
    terminal.replace("kiln.kdl", "    site\n", OTHER);
}

fn has_mine(terminal: &Terminal) -> bool {
    terminal.read("site/index.html").contains(MINE)
}

/// The project alone: the folder is the file system that was mounted.
fn stands(terminal: &Terminal) -> Work {
    work(terminal).into_iter().filter(|(path, _)| path != "filler").collect()
}

#[test]
fn a_full_disk_is_said_and_everything_is_as_before() {
    let wanted = Terminal::new();
    ahead(&wanted);
    assert_eq!(wanted.kiln("sync").code, 0);
    let (mut refused, mut done) = (0, 0);
    for pages in 0..24 {
        let terminal = Terminal::new();
        let Some(_mount) = Mount::over(&terminal.root, "1m") else { return };
        ahead(&terminal);
        let before = stands(&terminal);
        fill(&terminal.root.join("filler"), pages);
        let answer = terminal.kiln("sync");
        match answer.code {
            0 => done += 1,
            2 => {
                refused += 1;
                assert!(
                    answer.err.contains("no space left on the disk"),
                    "{pages}: {}",
                    answer.err
                );
                assert_eq!(differing(&before, &stands(&terminal)), NONE, "{pages}: {}", answer.err);
                assert!(has_mine(&terminal));
            }
            code => panic!("{pages}: exit {code}: {}", answer.err),
        }
        fs::remove_file(terminal.root.join("filler")).unwrap();
        let answer = terminal.kiln("sync");
        assert_eq!(answer.code, 0, "{pages}: {}", answer.err);
        assert_eq!(differing(&stands(&wanted), &stands(&terminal)), NONE, "{pages}");
        assert!(has_mine(&terminal));
        assert_eq!(terminal.kiln("check").code, 0, "{pages}");
    }
    told(&format!("a full disk: {refused} refused, {done} done"));
    assert!(refused > 3 && done > 0, "{refused} {done}");
}

/// Fills the file system but for so many pages of memory.
fn fill(file: &Path, pages: usize) {
    use std::io::Write as _;
    let page = [0_u8; 4096];
    let mut filler = fs::File::create(file).unwrap();
    let mut written = 0;
    while filler.write_all(&page).is_ok() {
        written += 1;
    }
    filler.set_len((written - pages.min(written)) as u64 * 4096).unwrap();
}

#[test]
fn a_disk_that_is_read_only_is_read() {
    let terminal = Terminal::new();
    let Some(mount) = Mount::over(&terminal.root, "4m") else { return };
    ahead(&terminal);
    let before = terminal.listing();
    mount.remount("ro");
    assert_eq!(terminal.kiln("check").code, 1);
    let answer = terminal.kiln("sync");
    assert_eq!(answer.code, 2, "{}", answer.err);
    assert!(answer.err.contains("read-only"), "{}", answer.err);
    assert_eq!(difference(&before, &terminal.listing()), "");
    mount.remount("rw");
    assert_eq!(terminal.kiln("sync").code, 0);
    assert!(has_mine(&terminal));
}

#[test]
fn a_vault_that_nobody_may_write() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut terminal = Terminal::new();
    ahead(&terminal);
    let vault = terminal.root.join(".kiln-vault");
    terminal.drop_privileges();
    fs::set_permissions(&vault, fs::Permissions::from_mode(0o555)).unwrap();
    let before = work(&terminal);
    let answer = terminal.kiln("sync");
    assert_eq!(answer.code, 2, "{}", answer.err);
    assert!(answer.err.contains("permission denied"), "{}", answer.err);
    assert_eq!(differing(&before, &work(&terminal)), NONE);
    fs::set_permissions(&vault, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(terminal.kiln("sync").code, 0);
    assert!(has_mine(&terminal));
}

#[test]
fn what_is_saved_while_kiln_runs_stands() {
    let (mut overtaken, mut merged) = (0, 0);
    for round in 0..8 {
        let terminal = Terminal::new();
        ahead(&terminal);
        let place = terminal.root.join("site/index.html");
        let page = terminal.read("site/index.html");
        let mut child = started(&terminal, "sync");
        let mut saves = 0;
        while child.try_wait().unwrap().is_none() {
            saves += 1;
            let text = format!("person: save {saves}\n{page}");
            if round % 2 == 0 {
                fs::write(&place, text).unwrap();
            } else {
                let aside = terminal.outer().join("editor.swp");
                fs::write(&aside, text).unwrap();
                fs::rename(&aside, &place).unwrap();
            }
        }
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        let last = format!("person: save {saves}\n");
        assert!(is_anywhere(&terminal.root, &last), "round {round}, {saves} saves: {said}");
        match output.status.code() {
            Some(0) => merged += 1,
            // Saved while it was written, or while it was looked at.
            Some(1 | 2) => overtaken += 1,
            code => panic!("{code:?}: {said}"),
        }
        let answer = terminal.kiln("sync");
        assert_eq!(answer.code, 0, "{}", answer.err);
        assert!(is_anywhere(&terminal.root, &last), "round {round}: {}", answer.err);
        assert_eq!(terminal.kiln("check").code, 0);
    }
    told(&format!("saves while kiln ran: {overtaken} overtook it, {merged} did not"));
}

fn is_anywhere(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
        if path.is_dir() {
            return is_anywhere(&path, text);
        }
        fs::read(&path).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(text))
    })
}

#[test]
fn a_file_of_the_same_size_and_time_is_seen() {
    let terminal = synced();
    // The second sync trusts what the first one wrote, and notes it.
    assert_eq!(terminal.kiln("sync").code, 0);
    assert_eq!(terminal.kiln("check").code, 0);
    let place = terminal.root.join("site/style.css");
    let (text, then) = (terminal.read("site/style.css"), fs::metadata(&place).unwrap());
    let other = text.replacen('{', "}", 1);
    assert!(text.len() == other.len() && text != other, "{text}");
    let aside = terminal.outer().join("copy");
    for by_rename in [false, true] {
        let target = if by_rename { &aside } else { &place };
        fs::write(target, &other).unwrap();
        let file = fs::File::options().append(true).open(target).unwrap();
        file.set_modified(then.modified().unwrap()).unwrap();
        if by_rename {
            fs::rename(&aside, &place).unwrap();
        }
        let now = fs::metadata(&place).unwrap();
        assert_eq!((now.len(), now.modified().unwrap()), (then.len(), then.modified().unwrap()));
        assert_eq!(terminal.kiln("check").code, 1, "by rename: {by_rename}");
        assert_eq!(terminal.kiln("sync --take site/style.css").code, 0);
        assert_eq!(terminal.read("site/style.css"), text);
        // The index knows the file again.
        assert_eq!(terminal.kiln("sync").code, 0);
        let file = fs::File::options().append(true).open(&place).unwrap();
        file.set_modified(then.modified().unwrap()).unwrap();
        assert_eq!(terminal.kiln("sync").code, 0);
    }
}

#[test]
fn a_sync_that_changes_nothing_touches_no_file_outside_the_cache() {
    use std::os::unix::fs::MetadataExt as _;
    fn times(folder: &Path) -> Vec<(PathBuf, i64, i64, u64)> {
        let mut all = Vec::new();
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, stat) = (entry.path(), entry.metadata().unwrap());
            if entry.file_name() == ".kiln" {
                continue;
            }
            all.push((path.clone(), stat.ctime(), stat.ctime_nsec(), stat.ino()));
            if stat.is_dir() {
                all.extend(times(&path));
            }
        }
        all.sort();
        all
    }
    for in_git in [false, true] {
        let terminal = fresh();
        if in_git {
            terminal.write(".git/HEAD", "ref: refs/heads/main\n");
        }
        assert_eq!(terminal.kiln("sync").code, 0);
        let before = times(&terminal.root);
        assert_eq!(terminal.kiln("sync").code, 0);
        for words in ["check", "status", "diff", "undo --list"] {
            assert_eq!(terminal.kiln(words).code, 0, "{words}");
        }
        assert_eq!(times(&terminal.root), before, "in git: {in_git}");
    }
}

#[test]
fn the_vault_moves_into_git_with_the_first_sync_after_git_init() {
    let terminal = Terminal::new();
    ahead(&terminal);
    assert_eq!(terminal.kiln("sync").code, 0);
    assert!(terminal.root.join(".kiln-vault").is_dir());
    terminal.write(".git/HEAD", "ref: refs/heads/main\n");
    assert_eq!(terminal.kiln("check").code, 0);
    assert!(terminal.root.join(".kiln-vault").is_dir(), "what reads moves nothing");
    assert_eq!(terminal.kiln("sync").code, 0);
    assert!(!terminal.root.join(".kiln-vault").exists());
    assert!(terminal.root.join(".git/kiln/root").is_dir());
    // Its records are there.
    assert_eq!(terminal.kiln("undo").code, 0);
    assert!(has_mine(&terminal));
    assert!(!terminal.read("site/index.html").contains("Other"));
}

#[test]
fn a_journal_of_another_state_is_set_aside() {
    for then in ["sync", "undo"] {
        let terminal = synced();
        terminal.replace("kiln.kdl", "    site\n", OTHER);
        assert_eq!(terminal.kiln("sync").code, 0);
        let second = work(&terminal);
        terminal.replace("kiln.kdl", "dark", "light");
        assert_eq!(terminal.kiln("sync").code, 0);
        let third = work(&terminal);
        // As if the second sync had been stopped, and git had brought the third state since.
        let vault = terminal.root.join(".kiln-vault");
        fs::copy(vault.join("0000000002.undo"), vault.join("journal")).unwrap();
        assert_eq!(terminal.kiln("check").code, 0);
        let answer = terminal.kiln(then);
        assert_eq!(answer.code, 0, "{}", answer.err);
        let mut expected = if then == "undo" { second } else { third };
        // What kiln does not edit it does not take back.
        expected.insert("kiln.kdl".to_owned(), work(&terminal)["kiln.kdl"].clone());
        assert_eq!(differing(&expected, &work(&terminal)), NONE, "{then}");
        assert!(!vault.join("journal").exists() && vault.join("0000000002.aside").exists());
    }
}
