//! The vault: where it lies, who may write, what it keeps and what it lets go.
#![allow(clippy::disallowed_methods, reason = "the test plays git and the person")]

mod support;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use kiln_disk::{
    Aftermath, ApplyError, Change, ChangeKind, Changes, Document, Host, Limits, LockError, Put,
    Root, UndoWords, Vault, Wait, apply, recover,
};
use support::{AFTER, Break, Breaker, Kits, Project, host, path, tree};

#[test]
fn outside_git_it_lies_beside_the_spec_and_moves_after_git_init() {
    let project = Project::new();
    std::fs::remove_dir_all(project.path().join(".git")).unwrap();
    let root = Root::open(project.path()).unwrap();
    assert!(Vault::find(&root, host("boot 1")).unwrap().is_none());
    let vault = Vault::open(&root, host("boot 1")).unwrap();
    assert!(vault.path().ends_with(".kiln-vault"));
    assert_eq!(std::fs::read(vault.path().join(".gitignore")).unwrap(), b"*\n");
    vault.lock("sync", &Wait::Refuse).unwrap().keep_lock("lock of before\n").unwrap();

    project.write(".git/HEAD", b"ref: refs/heads/main\n");
    assert!(Vault::find(&root, host("boot 1")).unwrap().unwrap().path().ends_with(".kiln-vault"));
    let moved = Vault::open(&root, host("boot 1")).unwrap();
    assert!(moved.path().ends_with(".git/kiln/root"));
    assert!(!project.path().join(".kiln-vault").exists());
    assert_eq!(moved.locks().unwrap(), ["lock of before\n"]);
}

#[test]
fn a_worktree_and_a_project_in_a_folder_have_their_own() {
    let project = Project::new();
    project.write("tree/.git", b"gitdir: ../real/worktrees/tree\n");
    project.write("real/worktrees/tree/HEAD", b"ref: refs/heads/topic\n");
    project.write("tree/apps/shop/kiln.kdl", b"spec\n");
    let root = Root::open(&project.path().join("tree/apps/shop")).unwrap();
    let vault = Vault::open(&root, host("boot 1")).unwrap();
    let name = vault.path().file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("shop-") && name.len() == 17, "{name}");
    let place = project.path().canonicalize().unwrap().join("real/worktrees/tree/kiln");
    assert_eq!(vault.path().canonicalize().unwrap().parent().unwrap(), place);
}

#[test]
fn a_second_kiln_is_refused_or_waits_and_hears_of_the_first() {
    let project = Project::new();
    let root = Root::open(project.path()).unwrap();
    let vault = Vault::open(&root, running()).unwrap();
    let first = vault.lock("upgrade", &Wait::Refuse).unwrap();
    let Err(LockError::Held(holder)) = vault.lock("sync", &Wait::Refuse) else { panic!() };
    insta::assert_snapshot!(holder, @"`kiln upgrade`, process 1 on here");
    let first = RefCell::new(Some(first));
    // The first ends as soon as the second has said that it waits.
    let heard = |holder: &kiln_disk::Holder| {
        assert_eq!(holder.command, "upgrade");
        drop(first.take());
    };
    vault.lock("sync", &Wait::Notify(&heard)).unwrap();
    assert!(first.take().is_none());
}

#[test]
fn an_interrupted_sync_is_seen_without_a_lock() {
    let project = Project::new();
    let find = || {
        let root = Root::open(project.path()).unwrap();
        Vault::find(&root, host("boot 1")).unwrap().unwrap().interrupted(&root).unwrap()
    };
    assert_eq!(find(), None);
    let steps = {
        let counter = Breaker::counter();
        Project::new().sync(counter.clone()).unwrap();
        counter.steps()
    };
    let _ = project.sync(Breaker::new(steps / 2, Break::Kill));
    let interrupted = find().unwrap();
    assert_eq!((interrupted.command.as_str(), interrupted.running), ("sync", false));
    project.recover("boot 1");
    assert_eq!(find(), None);
}

#[test]
fn nothing_to_do_touches_nothing() {
    let project = Project::new();
    let counter = Breaker::counter();
    let root = Root::open_with_faults(project.path(), counter.clone()).unwrap();
    let vault = Vault::open(&root, host("boot 1")).unwrap();
    let locked = vault.lock("sync", &Wait::Refuse).unwrap();
    let same = Some("lock 0\n".to_owned());
    let lock = Document { path: path("kiln.lock"), before: same.clone(), after: same };
    let changes = Changes { lock: Some(lock), ..Changes::default() };
    let before = (counter.steps(), project.everything());
    recover(&root, &locked, &Kits).unwrap();
    assert_eq!(apply(&root, &locked, &changes, &Kits, None).unwrap(), Default::default());
    assert_eq!((counter.steps(), project.everything()), before);
}

/// A process that runs as long as any.
fn running() -> Host {
    Host { process: 1, ..host("boot 1") }
}

fn put(name: &str) -> Change {
    let kind = ChangeKind::Put(Put { bytes: b"x".to_vec(), ..Put::default() });
    Change { path: path(name), kind, expected: None, backup: false }
}

fn refused(project: &Project, changes: &Changes) -> ApplyError {
    let root = Root::open(project.path()).unwrap();
    let vault = Vault::open(&root, host("boot 1")).unwrap();
    let locked = vault.lock("sync", &Wait::Refuse).unwrap();
    apply(&root, &locked, changes, &Kits, None).unwrap_err()
}

#[test]
fn what_cannot_be_done_is_refused_before_anything_is_written() {
    let project = Project::new();
    std::os::unix::fs::symlink("../nowhere-at-all", project.path().join("out")).unwrap();
    let before = project.tree();
    let outputs = |names: &[&str]| Changes {
        outputs: names.iter().map(|name| put(name)).collect(),
        ..Changes::default()
    };
    let stale = Document {
        path: path("kiln.lock"),
        before: Some("another\n".to_owned()),
        after: Some("lock 1\n".to_owned()),
    };
    let edited =
        Change { backup: true, expected: Some(kiln_disk::Mark::of(b"?", false)), ..put("a.txt") };
    let all = [
        outputs(&["x", ".kiln/x"]),
        outputs(&["x", "x"]),
        outputs(&["x", "out/evil"]),
        outputs(&["x", "a.txt/below"]),
        Changes { lock: Some(stale), ..outputs(&["x"]) },
        Changes { outputs: vec![put("x"), edited], ..Changes::default() },
    ];
    let texts: Vec<String> =
        all.iter().map(|changes| refused(&project, changes).to_string()).collect();
    insta::assert_snapshot!(texts.join("\n"), @"
    `.kiln/x` cannot be changed: it is kiln's own
    `x` cannot be changed: it is changed twice
    `out/evil` is below `out`, which is no plain folder; nothing was written
    `a.txt/below` is below `a.txt`, which is no plain folder; nothing was written
    `kiln.lock` changed while kiln ran; nothing was written
    `a.txt` changed while kiln ran; nothing was written
    ");
    assert_eq!(project.tree(), before);
    assert!(!project.vault_folder().join("journal").exists());
}

/// A name, and what puts something in its place.
type Obstacle = (&'static str, fn(&std::path::Path));

#[test]
fn what_stands_in_the_place_of_the_cache_folder_is_said_before_anything_is_made() {
    let obstacles: [Obstacle; 4] = [
        (".kiln", |at| std::os::unix::fs::symlink("elsewhere", at).unwrap()),
        (".kiln", |at| std::fs::write(at, "mine").unwrap()),
        (".kiln/tmp", |at| std::os::unix::fs::symlink("../elsewhere", at).unwrap()),
        (".kiln/index", |at| std::os::unix::fs::symlink("../elsewhere", at).unwrap()),
    ];
    let mut said = Vec::new();
    for (name, make) in obstacles {
        let project = Project::new();
        std::fs::remove_dir_all(project.path().join(".git/kiln")).unwrap();
        project.write("elsewhere/mine", b"person: mine\n");
        let at = project.path().join(name);
        std::fs::create_dir_all(at.parent().unwrap()).unwrap();
        make(&at);
        let before = project.everything();
        let root = Root::open(project.path()).unwrap();
        let Err(error) = Vault::open(&root, host("boot 1")) else { panic!("{name}") };
        said.push(error.to_string());
        assert_eq!(project.everything(), before, "{name}");
    }
    insta::assert_snapshot!(said.join("\n"), @"
    `.kiln` is a symlink
    cannot open the folder `.kiln`: it is not a folder
    `.kiln/tmp` is a symlink
    `.kiln/index` is a symlink
    ");
}

#[test]
fn a_lock_that_is_taken_changes_nothing_outside_the_cache_folder() {
    let project = Project::new();
    let root = Root::open(project.path()).unwrap();
    let vault = Vault::open(&root, host("boot 1")).unwrap();
    drop(vault.lock("sync", &Wait::Refuse).unwrap());
    let stat = || std::fs::metadata(vault.path().join("lock")).unwrap().modified().unwrap();
    let before = (stat(), project.everything());
    let locked = vault.lock("upgrade", &Wait::Refuse).unwrap();
    assert_eq!((stat(), project.everything()), before);
    drop(locked);
    std::fs::remove_dir_all(project.path().join(".kiln")).unwrap();
    // Nobody has said who holds it, or only somebody who is gone.
    let _locked = vault.lock("sync", &Wait::Refuse).unwrap();
    let Err(LockError::Held(holder)) = vault.lock("sync", &Wait::Refuse) else { panic!() };
    insta::assert_snapshot!(holder, @"it has not said who it is");
}

#[test]
fn a_wait_ends_when_the_flag_is_set() {
    let project = Project::new();
    let root = Root::open(project.path()).unwrap();
    let vault = Vault::open(&root, host("boot 1")).unwrap();
    let first = vault.lock("upgrade", &Wait::Refuse).unwrap();
    let flag = AtomicBool::new(false);
    let heard = |_: &kiln_disk::Holder| flag.store(true, Ordering::Relaxed);
    let waited = vault.lock("sync", &Wait::Cancellable(&heard, &flag));
    assert!(matches!(waited, Err(LockError::Interrupted)), "{waited:?}");
    let first = RefCell::new(Some(first));
    let frees = |_: &kiln_disk::Holder| drop(first.take());
    let never = AtomicBool::new(false);
    vault.lock("sync", &Wait::Cancellable(&frees, &never)).unwrap();
}

#[test]
fn a_resolution_is_kept_under_any_key_and_goes_when_it_is_old() {
    let project = Project::new();
    let root = Root::open(project.path()).unwrap();
    let vault = Vault::open(&root, host("boot 1")).unwrap();
    assert_eq!(vault.resolution("a"), None);
    let locked = vault.lock("sync", &Wait::Refuse).unwrap();
    let keys = ["a", "", "../../../escape", "a/b\0c", &"long".repeat(1000)];
    for key in keys {
        locked.keep_resolution(key, b"first").unwrap();
        locked.keep_resolution(key, key.as_bytes()).unwrap();
    }
    for key in keys {
        assert_eq!(vault.resolution(key).as_deref(), Some(key.as_bytes()), "{key}");
    }
    assert_eq!(std::fs::read_dir(vault.path().join("resolutions")).unwrap().count(), keys.len());
    let day = Duration::from_secs(24 * 60 * 60);
    let limits = Limits { age: 90 * day, syncs: 2, bytes: 0 };
    assert_eq!(locked.collect(SystemTime::now(), &limits).unwrap(), 0, "all are young");
    let later = SystemTime::now() + 91 * day;
    assert_eq!(locked.collect(later, &Limits { bytes: 1 << 20, ..limits }).unwrap(), 0, "small");
    assert_eq!(locked.collect(later, &limits).unwrap(), keys.len());
    assert_eq!(vault.resolution("a"), None);
}

#[test]
fn a_resolution_is_whole_or_not_there_wherever_the_process_stops() {
    let kept = |project: &Project, faults: std::sync::Arc<Breaker>| {
        let root = Root::open_with_faults(project.path(), faults).ok()?;
        let vault = Vault::open(&root, host("boot 1")).ok()?;
        let locked = vault.lock("sync", &Wait::Refuse).ok()?;
        locked.keep_resolution("key", b"resolved").ok()
    };
    let (mut at, mut whole) = (0, 0);
    loop {
        for how in [Break::Kill, Break::KillInWrite, Break::Once(28), Break::ShortOnce(28)] {
            let project = Project::new();
            let _ = kept(&project, Breaker::new(at, how));
            let root = Root::open(project.path()).unwrap();
            let vault = Vault::open(&root, host("boot 1")).unwrap();
            match vault.resolution("key") {
                None => {}
                Some(bytes) => {
                    assert_eq!(bytes, b"resolved", "{how:?} at {at}");
                    whole += 1;
                }
            }
            assert!(kept(&project, Breaker::counter()).is_some());
            assert_eq!(vault.resolution("key").as_deref(), Some(&b"resolved"[..]));
        }
        let counter = Breaker::counter();
        kept(&Project::new(), counter.clone()).unwrap();
        if at == counter.steps() {
            break;
        }
        at += 1;
    }
    assert!(whole >= 4, "{whole}");
}

#[test]
fn a_set_flag_takes_everything_back() {
    let project = Project::new();
    let before = project.tree();
    let root = Root::open(project.path()).unwrap();
    let vault = Vault::open(&root, host("boot 1")).unwrap();
    let locked = vault.lock("sync", &Wait::Refuse).unwrap();
    let flag = AtomicBool::new(true);
    let result = apply(&root, &locked, &support::changes(), &Kits, Some(&flag));
    assert!(matches!(result, Err(ApplyError::Cancelled(Aftermath::Untouched))), "{result:?}");
    assert_eq!(project.tree(), before);
    assert!(!project.path().join(".kiln/tmp").exists());
}

#[test]
fn a_flag_that_is_set_at_any_call_leaves_all_or_nothing() {
    let (mut untouched, mut taken_back, mut finished) = (0, 0, 0);
    for at in 0.. {
        let project = Project::new();
        let flag = Arc::new(AtomicBool::new(false));
        let sets = Arc::clone(&flag);
        let breaker = Breaker::person(at, usize::MAX, move || sets.store(true, Ordering::Relaxed));
        let root = Root::open_with_faults(project.path(), breaker.clone()).unwrap();
        let vault = Vault::open(&root, host("boot 1")).unwrap();
        let locked = vault.lock("sync", &Wait::Refuse).unwrap();
        let result =
            support::alone(|| apply(&root, &locked, &support::changes(), &Kits, Some(&flag)));
        match result {
            Ok(_) => {
                assert_eq!(project.tree(), tree(AFTER), "{at}");
                finished += 1;
            }
            Err(ApplyError::Cancelled(aftermath)) => {
                assert_ne!(aftermath, Aftermath::Unfinished, "{at}");
                assert_eq!(project.tree(), tree(support::BEFORE), "{at}");
                assert!(project.empty_folders().is_empty(), "{at}: {:?}", project.empty_folders());
                assert_eq!(project.litter(), 0, "{at}");
                if aftermath == Aftermath::Untouched {
                    untouched += 1;
                } else {
                    taken_back += 1;
                }
            }
            Err(error) => panic!("{at}: {error}"),
        }
        assert_eq!(project.missing(support::PERSONS), Vec::<String>::new(), "{at}");
        assert_eq!(recover(&root, &locked, &Kits).unwrap(), kiln_disk::Recovery::Nothing, "{at}");
        if breaker.steps() <= at {
            break;
        }
    }
    assert!(untouched > 20 && taken_back > 50 && finished > 20);
    support::println_counts(
        "a flag (untouched, taken back, finished)",
        &(untouched, taken_back, finished),
    );
}

#[test]
fn an_undo_is_cancelled_as_a_sync_is() {
    let project = Project::new();
    project.sync(Breaker::counter()).unwrap();
    let root = Root::open(project.path()).unwrap();
    let vault = Vault::open(&root, host("boot 1")).unwrap();
    let locked = vault.lock("undo", &Wait::Refuse).unwrap();
    let flag = AtomicBool::new(true);
    let error =
        kiln_disk::undo(&root, &locked, &Kits, &UndoWords::default(), Some(&flag)).unwrap_err();
    insta::assert_snapshot!(error, @"interrupted; nothing was written");
    assert_eq!(project.tree(), tree(AFTER));
    flag.store(false, Ordering::Relaxed);
    kiln_disk::undo(&root, &locked, &Kits, &UndoWords::default(), Some(&flag)).unwrap();
    assert_eq!(project.tree(), tree(support::BEFORE));
}

/// A change of one file and the lock that it is rendered from.
fn one_change(name: &str, before: &[u8], after: Option<&[u8]>, lock: Option<&str>) -> Changes {
    let put = |bytes: &[u8]| Put { bytes: bytes.to_vec(), rendered: true, ..Put::default() };
    let kind = after.map_or(ChangeKind::Delete, |bytes| ChangeKind::Put(put(bytes)));
    let expected = Some(kiln_disk::Mark::of(before, false));
    let same = lock.map(str::to_owned);
    let lock = same.map(|text| Document {
        path: path("kiln.lock"),
        before: Some(text.clone()),
        after: Some(text),
    });
    let outputs = vec![Change { path: path(name), kind, expected, backup: false }];
    Changes { command: "sync".to_owned(), outputs, lock, ..Changes::default() }
}

/// A path, what stands there, what shall, and the lock.
type Taken = (&'static str, &'static [u8], Option<&'static [u8]>, Option<&'static str>);

#[test]
fn what_the_lock_before_does_not_render_again_is_kept_whatever_the_caller_says() {
    // A kit that was edited in place, a file whose lines end in both ways, no lock at all.
    let cases: [Taken; 4] = [
        ("a.txt", b"a of an earlier kit\n", Some(b"a of lock 0\n"), Some("lock 0\n")),
        ("windows.txt", b"w of\r\nlock\n0\r\n", Some(b"w of lock 0\n"), Some("lock 0\n")),
        ("gone/deep/old.txt", b"old of an earlier kit\n", None, Some("lock 0\n")),
        ("a.txt", b"a of lock 0\n", Some(b"b\n"), None),
    ];
    for (name, before, after, lock) in cases {
        let project = Project::new();
        project.write(name, before);
        let tree = project.tree();
        let root = Root::open(project.path()).unwrap();
        let vault = Vault::open(&root, host("boot 1")).unwrap();
        let locked = vault.lock("sync", &Wait::Refuse).unwrap();
        apply(&root, &locked, &one_change(name, before, after, lock), &Kits, None).unwrap();
        assert_ne!(project.tree(), tree, "{name}");
        kiln_disk::undo(&root, &locked, &Kits, &UndoWords::default(), None).unwrap();
        assert_eq!(project.tree(), tree, "{name}");
    }
}

#[test]
fn many_threads_do_the_same() {
    let project = Project::new();
    let root = Root::open(project.path()).unwrap();
    let vault = Vault::open(&root, host("boot 1")).unwrap();
    let locked = vault.lock("sync", &Wait::Refuse).unwrap();
    apply(&root, &locked, &support::changes(), &Kits, None).unwrap();
    assert_eq!(project.tree(), tree(AFTER));
}

#[test]
fn kept_locks_come_newest_first_and_none_twice() {
    let project = Project::new();
    let root = Root::open(project.path()).unwrap();
    let vault = Vault::open(&root, host("boot 1")).unwrap();
    vault.lock("lock", &Wait::Refuse).unwrap().keep_lock("lock of clone\n").unwrap();
    vault.lock("lock", &Wait::Refuse).unwrap().keep_lock("lock of clone\n").unwrap();
    project.sync(Breaker::counter()).unwrap();
    let locked = vault.lock("lock", &Wait::Refuse).unwrap();
    locked.keep_lock("lock 1\n").unwrap();
    locked.keep_lock("lock 2\n").unwrap();
    assert_eq!(vault.locks().unwrap(), ["lock 2\n", "lock 1\n", "lock 0\n", "lock of clone\n"]);
}

#[test]
fn collection_keeps_what_is_young_and_the_last_syncs() {
    let project = Project::new();
    project.sync(Breaker::counter()).unwrap();
    for _ in 0..4 {
        project.undo(&BTreeSet::new()).unwrap();
    }
    let root = Root::open(project.path()).unwrap();
    let vault = Vault::open(&root, host("boot 1")).unwrap();
    let locked = vault.lock("sync", &Wait::Refuse).unwrap();
    let commands = || -> Vec<String> {
        vault.records().unwrap().into_iter().map(|record| record.command).collect()
    };
    assert_eq!(commands().len(), 5);
    let day = Duration::from_secs(24 * 60 * 60);
    let limits = Limits { age: 90 * day, syncs: 2, bytes: 0 };
    let now = SystemTime::now();
    assert_eq!(locked.collect(now, &limits).unwrap(), 0, "all are young");
    let later = now + 91 * day;
    assert_eq!(locked.collect(later, &Limits { bytes: 1 << 30, ..limits }).unwrap(), 0, "small");
    assert_eq!(locked.collect(later, &Limits { syncs: 10, ..limits }).unwrap(), 0, "few");
    assert_eq!(locked.collect(later, &limits).unwrap(), 3);
    assert_eq!(commands().len(), 2);
    drop(locked);
    project.undo(&BTreeSet::new()).unwrap();
}
