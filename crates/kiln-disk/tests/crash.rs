//! Stops a sync, a recovery and an undo at every step that changes the disk, breaks every such step, lets a person save
//! between any two calls, and tears files as a power loss does. Afterwards the tree is one of the two that the sync
//! knows, and no byte of a person is missing.
#![allow(clippy::disallowed_methods, reason = "the test plays the person, who needs no journal")]

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kiln_disk::{Aftermath, Applied, ApplyError, Primitive, Recovery, UndoError};
use support::{
    AFTER, BEFORE, Break, Breaker, PERSONS, Project, SCENARIOS, path, println_counts, tree,
};

fn steps_of_a_sync() -> usize {
    let counter = Breaker::counter();
    let project = Project::new();
    project.sync(counter.clone()).unwrap();
    assert_eq!(project.tree(), tree(AFTER));
    counter.steps()
}

/// Finishes what is left and syncs again if nothing was begun; checks everything.
fn settle(project: &Project, context: &str) -> Recovery {
    let recovery = settle_but_for_folders(project, context);
    assert!(project.empty_folders().is_empty(), "{context}: {:?}", project.empty_folders());
    recovery
}

/// As [`settle`], where a folder that could not be removed may be left.
fn settle_but_for_folders(project: &Project, context: &str) -> Recovery {
    assert_eq!(project.missing(PERSONS), Vec::<String>::new(), "at once: {context}");
    let recovery = project.recover("boot 1");
    if project.tree() == tree(BEFORE) {
        project.sync(Breaker::counter()).unwrap();
    }
    check_after(project, context);
    recovery
}

fn check_after(project: &Project, context: &str) {
    assert_eq!(project.tree(), tree(AFTER), "{context}");
    assert_eq!(project.missing(PERSONS), Vec::<String>::new(), "{context}");
    assert_eq!(project.recover("boot 1"), Recovery::Nothing, "{context}");
    assert_eq!(project.litter(), 0, "{context}");
}

#[test]
fn four_synchronisations_and_one_for_the_spec() {
    let counter = Breaker::counter();
    Project::new().sync(counter.clone()).unwrap();
    let files = counter.count_of(Primitive::SyncFile);
    let folders = counter.count_of(Primitive::SyncFolder);
    assert_eq!((files, folders), (4, 1), "journal, spec, sum, lock; the vault's folder");
}

#[test]
fn a_stop_at_every_step_converges() {
    let steps = steps_of_a_sync();
    let mut counts = (0, 0, 0);
    for how in [Break::Kill, Break::KillInWrite] {
        for at in 0..=steps {
            let project = Project::new();
            let _ = project.sync(Breaker::new(at, how));
            match settle(&project, &format!("{how:?} at {at}")) {
                Recovery::Nothing => counts.0 += 1,
                Recovery::Finished { left, .. } => {
                    assert!(left.is_empty(), "{how:?} at {at}: {left:?}");
                    counts.1 += 1;
                }
                other => panic!("{how:?} at {at}: {other:?}"),
            }
            counts.2 += 1;
        }
    }
    // Both happen: stops before the journal, and stops that are finished afterwards.
    assert!(counts.0 > 10 && counts.1 > 40, "{counts:?}");
    println_counts("stops of a sync", &counts);
}

#[test]
fn a_stopped_sync_can_be_taken_back() {
    let steps = steps_of_a_sync();
    let mut rolled_back = 0;
    for at in 0..=steps {
        let project = Project::new();
        let _ = project.sync(Breaker::new(at, Break::Kill));
        if project.tree() != tree(BEFORE) || project.vault_folder().join("journal").exists() {
            project.undo(&BTreeSet::new()).unwrap_or_else(|error| panic!("at {at}: {error}"));
            rolled_back += 1;
        }
        assert_eq!(project.tree(), tree(BEFORE), "at {at}");
        assert!(project.empty_folders().is_empty(), "at {at}: {:?}", project.empty_folders());
        assert_eq!(project.missing(PERSONS), Vec::<String>::new(), "at {at}");
        settle(&project, &format!("undo after a stop at {at}"));
    }
    assert!(rolled_back > 20, "{rolled_back}");
    println_counts("roll-backs", &rolled_back);
}

#[test]
fn a_stopped_sync_is_taken_back_with_what_was_edited_since_if_that_is_the_word() {
    let mut all = 0;
    for scenario in SCENARIOS {
        let counter = Breaker::counter();
        Project::of(scenario.before).run(scenario, counter.clone()).unwrap();
        for at in 0..counter.steps() {
            for change in ["edit", "delete"] {
                let project = Project::of(scenario.before);
                let _ = project.run(scenario, Breaker::new(at, Break::Kill));
                let context = format!("{} {change} after {at}", scenario.name);
                if !project.has_journal() {
                    continue;
                }
                let sides = [tree(scenario.before), tree(scenario.after)];
                let mut names: BTreeSet<&String> = sides.iter().flat_map(|s| s.keys()).collect();
                names.retain(|name| sides[0].get(*name) != sides[1].get(*name));
                // Of the last one only the bit changes, so nobody keeps the bytes that the person takes away.
                let others = ["kiln.kdl", "kiln.sum", "kiln.lock", "tool.sh"];
                names.retain(|name| !others.contains(&name.as_str()));
                for name in &names {
                    let place = project.path().join(name);
                    match change {
                        "edit" => project.write(name, SAVED.as_bytes()),
                        _ => drop(std::fs::remove_file(place)),
                    }
                }
                let refused = project.undo(&BTreeSet::new());
                // A new file that is gone again is as it was before.
                if change == "delete" && refused.is_ok() {
                    assert_eq!(project.tree(), tree(scenario.before), "{context}");
                    continue;
                }
                assert!(matches!(refused, Err(UndoError::Stops(_))), "{context}: {refused:?}");
                let take: BTreeSet<_> = names.iter().map(|name| path(name)).collect();
                let undone = project.undo(&take).unwrap_or_else(|e| panic!("{context}: {e}"));
                assert!(undone.interrupted);
                assert_eq!(project.tree(), tree(scenario.before), "{context}");
                let kept: &[&str] = if change == "edit" { &[SAVED] } else { &[] };
                assert_eq!(project.missing(kept), Vec::<String>::new(), "{context}");
                assert_eq!(project.recover("boot 1"), Recovery::Nothing, "{context}");
                all += 1;
            }
        }
    }
    println_counts("stopped syncs taken back with what was edited", &all);
}

#[test]
fn a_stop_within_recovery_converges() {
    let steps = steps_of_a_sync();
    let mut stops = 0;
    for at in (0..=steps).step_by(3) {
        for second in 0.. {
            let project = Project::new();
            let _ = project.sync(Breaker::new(at, Break::Kill));
            let breaker = Breaker::new(second, Break::Kill);
            let _ = project.recover_with(breaker.clone());
            settle(&project, &format!("stop at {at}, recovery stopped at {second}"));
            stops += 1;
            if breaker.steps() <= second {
                break;
            }
        }
    }
    assert!(stops > 300, "{stops}");
    println_counts("stops of a recovery", &stops);
}

#[test]
fn a_stop_within_a_roll_back_converges() {
    let steps = steps_of_a_sync();
    let mut stops = 0;
    // A full disk in mid-sync makes it roll back; then it is stopped in that.
    struct Both(Arc<Breaker>, Arc<Breaker>);
    impl kiln_disk::Faults for Both {
        fn before(&self, primitive: Primitive, name: &str) -> kiln_disk::Verdict {
            match self.0.before(primitive, name) {
                kiln_disk::Verdict::Go => self.1.before(primitive, name),
                other => other,
            }
        }
    }
    for at in (10..=steps).step_by(4) {
        for second in (at + 1)..(at + 60) {
            let project = Project::new();
            let kill = Breaker::new(second, Break::Kill);
            let fail = Breaker::new(at, Break::Once(28));
            let result = project.sync(Arc::new(Both(kill.clone(), fail)));
            settle(&project, &format!("failure at {at}, stop at {second}, {result:?}"));
            stops += 1;
            if kill.steps() <= second {
                break;
            }
        }
    }
    assert!(stops > 300, "{stops}");
    println_counts("stops of a roll-back", &stops);
}

#[test]
fn a_failure_at_every_step_is_taken_back() {
    let steps = steps_of_a_sync();
    let (mut taken_back, mut gone_on, mut unfinished) = (0, 0, 0);
    let (eio, eacces, enospc) = (5, 13, 28);
    let breaks = [
        Break::Once(eio),
        Break::Once(eacces),
        Break::Once(enospc),
        Break::ShortOnce(enospc),
        Break::Full,
    ];
    for how in breaks {
        for at in 0..steps {
            let project = Project::new();
            let context = format!("{how:?} at {at}");
            match project.sync(Breaker::new(at, how)) {
                // Steps that may fail: leaving a folder, emptying a slot.
                Ok(_) => gone_on += 1,
                Err(error @ ApplyError::Failed { after: Aftermath::Unfinished, .. }) => {
                    println_counts("unfinished", &(&context, error.to_string()));
                    unfinished += 1;
                }
                Err(_) => {
                    assert_eq!(project.tree(), tree(BEFORE), "{context}");
                    assert!(project.empty_folders().is_empty(), "{context}");
                    taken_back += 1;
                }
            }
            settle_but_for_folders(&project, &context);
        }
    }
    assert!(taken_back > 150 && unfinished == 0, "{taken_back} {gone_on} {unfinished}");
    println_counts("failures (taken back, gone on)", &(taken_back, gone_on));
}

#[test]
fn without_exchange_a_sync_looks_and_renames() {
    struct NoExchange;
    impl kiln_disk::Faults for NoExchange {
        fn before(&self, primitive: Primitive, _: &str) -> kiln_disk::Verdict {
            let einval = 22;
            if primitive == Primitive::Exchange {
                kiln_disk::Verdict::Fail(einval)
            } else {
                kiln_disk::Verdict::Go
            }
        }
    }
    let project = Project::new();
    project.sync(Arc::new(NoExchange)).unwrap();
    check_after(&project, "no exchange");
}

#[test]
fn torn_files_after_a_power_loss_are_written_again() {
    let steps = steps_of_a_sync();
    let mut torn_files = 0;
    for at in 0..=steps {
        for tear in ["", "half", "zeroes"] {
            let project = Project::new();
            let _ = project.sync(Breaker::new(at, Break::Kill));
            let (before, now) = (tree(BEFORE), project.tree());
            let synced = ["kiln.kdl", "kiln.lock", "kiln.sum"];
            for (name, (bytes, _)) in &now {
                if before.get(name).map(|(bytes, _)| bytes) == Some(bytes)
                    || synced.contains(&&**name)
                {
                    continue;
                }
                let torn = match tear {
                    "" => Vec::new(),
                    "half" => bytes[..bytes.len() / 2].to_vec(),
                    _ => vec![0; bytes.len()],
                };
                std::fs::write(project.path().join(name), torn).unwrap();
                torn_files += 1;
            }
            let context = format!("power loss at {at}, {tear}");
            assert_eq!(project.missing(PERSONS), Vec::<String>::new(), "{context}");
            let recovery = project.recover("boot 2");
            if project.tree() == tree(BEFORE) {
                project.sync(Breaker::counter()).unwrap();
            }
            assert_eq!(project.tree(), tree(AFTER), "{context}: {recovery:?}");
            assert_eq!(project.missing(PERSONS), Vec::<String>::new(), "{context}");
        }
    }
    assert!(torn_files > 300, "{torn_files}");
    println_counts("torn files", &torn_files);
}

/// Ways in which an editor saves.
#[derive(Debug, Clone, Copy)]
enum Save {
    InPlace,
    ByRename,
    Delete,
}

const TARGETS: [&str; 9] = [
    "a.txt",
    "sub/edited.txt",
    "gone/deep/old.txt",
    "gone/orphan.txt",
    "moved/from.txt",
    "moved/to/it.txt",
    "fresh/two.txt",
    "windows.txt",
    "tool.sh",
];
const SAVED: &str = "person: saved meanwhile\n";

/// A sync in which a person saves `target` before call `at`, and which ends before call `end`. Returns what may not be
/// missing afterwards.
fn sync_and_save(
    project: &Project,
    target: &'static str,
    save: Save,
    at: usize,
    end: usize,
) -> (Vec<&'static str>, Result<Applied, ApplyError>) {
    let place = project.path().join(target);
    let aside = project.path().join("editor.swp");
    let has_saved = Arc::new(AtomicBool::new(false));
    let saves = Arc::clone(&has_saved);
    let act = move || match save {
        // Between the creation and the first byte of a new file nobody can have opened it.
        Save::InPlace if place.metadata().is_ok_and(|file| file.len() == 0) => {}
        Save::InPlace if place.exists() => {
            std::fs::write(&place, SAVED).unwrap();
            saves.store(true, Ordering::SeqCst);
        }
        Save::Delete => drop(std::fs::remove_file(&place)),
        _ if place.parent().unwrap().exists() => {
            std::fs::write(&aside, SAVED).unwrap();
            std::fs::rename(&aside, &place).unwrap();
            saves.store(true, Ordering::SeqCst);
        }
        _ => {}
    };
    let result = project.sync(Breaker::person(at, end, act));
    let mut texts: Vec<&str> = PERSONS.to_vec();
    // What the person replaced or deleted is the person's own doing.
    let mut gone = vec![target];
    gone.extend((target == "moved/to/it.txt").then_some("moved/from.txt"));
    let own: Vec<_> = gone.iter().filter_map(|name| tree(BEFORE).remove(*name)).collect();
    texts.retain(|text| !own.iter().any(|(bytes, _)| text.as_bytes() == bytes));
    if has_saved.load(Ordering::SeqCst) {
        texts.push(SAVED);
    }
    (texts, result)
}

fn calls_of_a_sync() -> usize {
    let counter = Breaker::person(usize::MAX, usize::MAX, || {});
    Project::new().sync(counter.clone()).unwrap();
    counter.steps()
}

#[test]
fn nothing_that_is_saved_while_kiln_runs_is_lost() {
    let (mut overtaken, mut all) = (0, 0);
    for target in TARGETS {
        for (save, stride) in [(Save::InPlace, 1), (Save::ByRename, 2), (Save::Delete, 5)] {
            for at in (0..calls_of_a_sync()).step_by(stride) {
                let project = Project::new();
                let (texts, result) = sync_and_save(&project, target, save, at, usize::MAX);
                let context = format!("{save:?} of {target} before call {at}: {result:?}");
                assert_eq!(project.missing(&texts), Vec::<String>::new(), "{context}");
                project.recover("boot 1");
                assert_eq!(project.missing(&texts), Vec::<String>::new(), "{context}");
                let left = result.map_or_else(|_| Vec::new(), |applied| applied.overtaken);
                if target == "moved/to/it.txt" && left.contains(&path(target)) {
                    let stands = project.tree().contains_key("moved/from.txt");
                    assert!(stands, "the old place waits: {context}");
                }
                overtaken += usize::from(!left.is_empty());
                all += 1;
            }
        }
    }
    assert!(overtaken > 100, "{overtaken} of {all}");
    println_counts("saves (all, overtaken)", &(all, overtaken));
}

#[test]
fn nothing_that_is_saved_while_files_change_places_is_lost() {
    let scenario = SCENARIOS[3];
    assert_eq!(scenario.name, "swap");
    let counter = Breaker::person(usize::MAX, usize::MAX, || {});
    Project::of(scenario.before).run(scenario, counter.clone()).unwrap();
    let (mut taken_back, mut all) = (0, 0);
    for target in ["left.txt", "right.txt", "one.txt", "two.txt", "three.txt"] {
        for at in 0..counter.steps() {
            let project = Project::of(scenario.before);
            let place = project.path().join(target);
            let aside = project.path().join("editor.swp");
            let act = move || {
                std::fs::write(&aside, SAVED).unwrap();
                std::fs::rename(&aside, &place).unwrap();
            };
            let result = project.run(scenario, Breaker::person(at, usize::MAX, act));
            let context = format!("{target} before call {at}: {result:?}");
            let mut texts = scenario.persons.to_vec();
            // What stood there before is the person's to replace.
            let replaced = tree(scenario.before).remove(target).map(|(bytes, _)| bytes);
            texts.retain(|text| replaced.as_deref() != Some(text.as_bytes()));
            texts.push(SAVED);
            assert_eq!(project.missing(&texts), Vec::<String>::new(), "{context}");
            project.recover("boot 1");
            assert_eq!(project.missing(&texts), Vec::<String>::new(), "{context}");
            // All of them are where they were, but for the one that was saved, or all have moved.
            // The fact of an old place that was saved last stays, as with any move.
            let without = |mut files: support::Tree| {
                files.remove(target);
                files.remove("kiln.sum");
                files
            };
            let now = without(project.tree());
            let side = |files: support::Files| without(tree(files));
            let (before, after) = (side(scenario.before), side(scenario.after));
            assert!(now == before || now == after, "{context}: {now:?}");
            taken_back += usize::from(now == before);
            all += 1;
        }
    }
    assert!(taken_back > 100, "{taken_back} of {all}");
    println_counts("saves while files change places (all, taken back)", &(all, taken_back));
}

#[test]
fn what_an_editor_writes_into_a_file_that_was_replaced_is_rescued() {
    let counter = Breaker::person(usize::MAX, usize::MAX, || {});
    Project::new().sync(counter.clone()).unwrap();
    let is_end = |(kind, name): &(Primitive, String)| {
        *kind == Primitive::Rename && name.as_str() == "journal"
    };
    // Later than that the replaced files are removed one by one.
    let end = counter.seen.lock().unwrap().iter().position(is_end).unwrap();
    let mut rescued = 0;
    for target in ["a.txt", "gone/deep/old.txt", "gone/orphan.txt", "windows.txt"] {
        for at in 0..=end {
            let project = Project::new();
            let open = std::fs::File::options().write(true).open(project.path().join(target));
            let open = open.unwrap();
            let act = move || {
                open.set_len(0).unwrap();
                std::os::unix::fs::FileExt::write_all_at(&open, SAVED.as_bytes(), 0).unwrap();
            };
            let result = project.sync(Breaker::person(at, usize::MAX, act));
            let context = format!("{target} before call {at}: {result:?}");
            assert_eq!(project.missing(&[SAVED]), Vec::<String>::new(), "{context}");
            rescued += result.map_or(0, |applied| applied.rescued.len());
        }
    }
    assert!(rescued > 100, "{rescued}");
    println_counts("rescued", &rescued);
}

#[test]
fn nothing_that_is_saved_is_lost_if_kiln_stops_right_afterwards() {
    let (mut finished, mut all) = (0, 0);
    let calls = calls_of_a_sync();
    for target in ["a.txt", "gone/orphan.txt", "moved/from.txt", "moved/to/it.txt"] {
        for save in [Save::InPlace, Save::ByRename] {
            for (at, later) in (0..calls).flat_map(|at| (1..8).map(move |later| (at, later))) {
                // Every call is met with some distance, and every distance with some call.
                if (at + later) % 4 != 0 {
                    continue;
                }
                let project = Project::new();
                let (texts, _) = sync_and_save(&project, target, save, at, at + later);
                let context = format!("{save:?} of {target} before call {at}, end after {later}");
                assert_eq!(project.missing(&texts), Vec::<String>::new(), "{context}");
                let before = project.tree();
                let recovery = project.recover("boot 1");
                let context = format!("{context}: {recovery:?}");
                assert_eq!(project.missing(&texts), Vec::<String>::new(), "{context}");
                let after = project.tree();
                if texts.contains(&SAVED) {
                    let stands = after.get(target).map(|(bytes, _)| bytes.as_slice());
                    assert_eq!(stands, Some(SAVED.as_bytes()), "what was saved stands: {context}");
                }
                if let Recovery::Finished { left, .. } = &recovery
                    && left.contains(&path("moved/to/it.txt"))
                {
                    let old = "moved/from.txt";
                    assert_eq!(before.get(old), after.get(old), "the old place waits: {context}");
                }
                finished += usize::from(matches!(recovery, Recovery::Finished { .. }));
                all += 1;
            }
        }
    }
    assert!(finished > 100, "{finished} of {all}");
    println_counts("saves before a stop (all, finished later)", &(all, finished));
}

#[test]
fn a_sync_and_its_undo_meet() {
    let project = Project::new();
    project.sync(Breaker::counter()).unwrap();
    let undone = project.undo(&BTreeSet::new()).unwrap();
    assert_eq!((undone.command.as_str(), undone.interrupted), ("sync", false));
    assert_eq!(project.tree(), tree(BEFORE));
    // The undo is a sync itself.
    project.undo(&BTreeSet::new()).unwrap();
    check_after(&project, "undo of undo");
}

#[test]
fn undo_takes_nothing_that_was_edited_since() {
    let project = Project::new();
    project.sync(Breaker::counter()).unwrap();
    project.write("a.txt", b"person: edited since\n");
    let error = project.undo(&BTreeSet::new()).unwrap_err();
    insta::assert_snapshot!(error, @"`a.txt` changed since the last sync; nothing was undone");
    project.undo(&BTreeSet::from([path("a.txt")])).unwrap();
    assert_eq!(project.tree(), tree(BEFORE));
    assert!(project.missing(&["person: edited since\n"]).is_empty());
}

#[test]
fn a_journal_of_another_tree_is_set_aside() {
    let project = Project::new();
    let steps = steps_of_a_sync();
    let _ = project.sync(Breaker::new(steps / 2, Break::Kill));
    project.write("kiln.lock", b"lock of another branch\n");
    let before = project.tree();
    assert_eq!(project.recover("boot 1"), Recovery::SetAside);
    assert_eq!(project.tree(), before);
    assert_eq!(project.recover("boot 1"), Recovery::Nothing);
}
