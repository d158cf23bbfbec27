//! Every kind of sync × every call that changes the disk × every way in which that call can fail: a first sync, an
//! update with edits, moves and records, a removal, their undo, and the recovery of each after a first stop. Afterwards
//! the next run ends in one of the two trees, and no byte of a person is missing.
#![allow(clippy::disallowed_methods, reason = "the test plays the person, who needs no journal")]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;

use kiln_disk::{Faults, Primitive, Recovery, UndoError, Verdict};
use support::{BREAKS, Break, Breaker, Project, SCENARIOS, Scenario, println_counts, tree};

/// How often each call was broken, in all ways together.
#[derive(Default)]
struct Tally {
    broken: BTreeMap<Primitive, usize>,
    runs: usize,
    finished: usize,
    rolled_back: usize,
}

impl Tally {
    fn note(&mut self, breaker: &Breaker) {
        self.runs += 1;
        if let Some((primitive, _)) = breaker.seen.lock().unwrap().get(breaker.at) {
            *self.broken.entry(*primitive).or_default() += 1;
        }
    }

    fn recovered(&mut self, recovery: &Recovery) {
        match recovery {
            Recovery::Finished { .. } => self.finished += 1,
            Recovery::RolledBack { .. } => self.rolled_back += 1,
            _ => {}
        }
    }

    fn print(&self, what: &str) {
        let counts = (self.runs, self.finished, self.rolled_back, &self.broken);
        println_counts(&format!("{what} (runs, finished, rolled back, by call)"), &counts);
    }

    /// No kind of call was left out, but for those that this file system does not need.
    fn covers(&self, without: &[Primitive]) {
        let all = [
            Primitive::MakeFolder,
            Primitive::Create,
            Primitive::OpenForWriting,
            Primitive::Write,
            Primitive::SetMode,
            Primitive::Rename,
            Primitive::Exchange,
            Primitive::Link,
            Primitive::Remove,
            Primitive::RemoveFolder,
            Primitive::SyncFile,
            Primitive::SyncFolder,
        ];
        for primitive in all.into_iter().filter(|primitive| !without.contains(primitive)) {
            assert!(
                self.broken.get(&primitive).is_some_and(|&n| n >= BREAKS.len()),
                "{primitive:?}"
            );
        }
    }
}

/// Lets every exchange fail as on a file system that has none.
struct NoExchange(Arc<Breaker>);

impl Faults for NoExchange {
    fn before(&self, primitive: Primitive, name: &str) -> Verdict {
        let einval = 22;
        match (self.0.before(primitive, name), primitive) {
            (Verdict::Go, Primitive::Exchange) => Verdict::Fail(einval),
            (verdict, _) => verdict,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Disk {
    Exchanges,
    Links,
}

impl Disk {
    fn hook(self, breaker: &Arc<Breaker>) -> Arc<dyn Faults> {
        match self {
            Self::Exchanges => breaker.clone(),
            Self::Links => Arc::new(NoExchange(Arc::clone(breaker))),
        }
    }
}

fn nothing_lost(project: &Project, scenario: Scenario, context: &str) {
    assert_eq!(project.missing(scenario.persons), Vec::<String>::new(), "{context}");
}

/// The next sync: recovery, and the sync again where it had not begun.
fn converge(project: &Project, scenario: Scenario, context: &str) -> Recovery {
    nothing_lost(project, scenario, context);
    let recovery = project.recover("boot 1");
    let context = format!("{context}: {recovery:?}");
    nothing_lost(project, scenario, &context);
    if project.tree() == tree(scenario.before) {
        project.run(scenario, Breaker::counter()).unwrap();
    }
    assert_eq!(project.tree(), tree(scenario.after), "{context}");
    nothing_lost(project, scenario, &context);
    assert_eq!(project.recover("boot 1"), Recovery::Nothing, "{context}");
    assert_eq!(project.litter(), 0, "{context}");
    recovery
}

fn steps_of(scenario: Scenario, disk: Disk) -> usize {
    let counter = Breaker::counter();
    Project::of(scenario.before).run(scenario, disk.hook(&counter)).unwrap();
    counter.steps()
}

/// A project in which the sync was made.
fn synced(scenario: Scenario) -> Project {
    let project = Project::of(scenario.before);
    project.run(scenario, Breaker::counter()).unwrap();
    assert_eq!(project.tree(), tree(scenario.after));
    project
}

fn steps_of_undo(scenario: Scenario, disk: Disk) -> usize {
    let counter = Breaker::counter();
    let project = synced(scenario);
    project.undo_with(disk.hook(&counter)).unwrap().unwrap();
    assert_eq!(project.tree(), tree(scenario.before), "{}", scenario.name);
    counter.steps()
}

fn every_sync(disk: Disk, then: &dyn Fn(&Project, Scenario, &str, &mut Tally)) -> Tally {
    let mut tally = Tally::default();
    for scenario in SCENARIOS {
        for how in BREAKS {
            for at in 0..=steps_of(scenario, disk) {
                let project = Project::of(scenario.before);
                let breaker = Breaker::new(at, how);
                let result = project.run(scenario, disk.hook(&breaker));
                tally.note(&breaker);
                let context = format!("{} {disk:?} {how:?} at {at}: {result:?}", scenario.name);
                then(&project, scenario, &context, &mut tally);
            }
        }
    }
    tally
}

#[test]
fn the_next_sync_finishes_what_was_broken() {
    let finish = |project: &Project, scenario, context: &str, tally: &mut Tally| {
        tally.recovered(&converge(project, scenario, context));
    };
    for (disk, without) in [(Disk::Exchanges, Primitive::Link), (Disk::Links, Primitive::Exchange)]
    {
        let tally = every_sync(disk, &finish);
        tally.print(&format!("a sync, {disk:?}"));
        let without = if disk == Disk::Links { &[][..] } else { &[without][..] };
        tally.covers(without);
    }
}

#[test]
fn undo_takes_back_what_was_broken() {
    let take_back = |project: &Project, scenario: Scenario, context: &str, tally: &mut Tally| {
        nothing_lost(project, scenario, context);
        if project.has_journal() || project.tree() != tree(scenario.before) {
            let undone = project.undo_with(Breaker::counter()).unwrap();
            undone.unwrap_or_else(|error| panic!("{context}: {error}"));
            tally.rolled_back += 1;
        }
        assert_eq!(project.tree(), tree(scenario.before), "{context}");
        assert_eq!(project.litter(), 0, "{context}");
        nothing_lost(project, scenario, context);
        converge(project, scenario, context);
    };
    every_sync(Disk::Exchanges, &take_back).print("a sync, then undo");
}

#[test]
fn an_undo_that_was_broken_is_finished_or_taken_back() {
    let mut tally = Tally::default();
    for scenario in SCENARIOS {
        let back = Scenario { before: scenario.after, after: scenario.before, ..scenario };
        for how in BREAKS {
            for at in 0..=steps_of_undo(scenario, Disk::Exchanges) {
                for again in [false, true] {
                    let project = synced(scenario);
                    let breaker = Breaker::new(at, how);
                    let undone = project.undo_with(breaker.clone());
                    tally.note(&breaker);
                    let context = format!("{} {how:?} at {at}: {undone:?}", scenario.name);
                    nothing_lost(&project, back, &context);
                    if again && project.has_journal() {
                        // Undo of the undo: the sync stands again.
                        let undone = project.undo_with(Breaker::counter()).unwrap().unwrap();
                        assert!(undone.interrupted, "{context}");
                        assert_eq!(project.tree(), tree(scenario.after), "{context}");
                        tally.rolled_back += 1;
                    } else {
                        tally.recovered(&project.recover("boot 1"));
                    }
                    nothing_lost(&project, back, &context);
                    if project.tree() == tree(scenario.after) {
                        project.undo_with(Breaker::counter()).unwrap().unwrap();
                    }
                    assert_eq!(project.tree(), tree(scenario.before), "{context}");
                    nothing_lost(&project, back, &context);
                    assert_eq!(project.recover("boot 1"), Recovery::Nothing, "{context}");
                    assert_eq!(project.litter(), 0, "{context}");
                }
            }
        }
    }
    tally.print("an undo");
    tally.covers(&[Primitive::Link, Primitive::OpenForWriting]);
}

#[test]
fn a_recovery_that_was_broken_is_recovered() {
    let mut tally = Tally::default();
    for scenario in SCENARIOS {
        // Each stop of the sync meets some ways to break the recovery, and each way meets stops everywhere.
        for (number, at) in (0..=steps_of(scenario, Disk::Exchanges)).step_by(3).enumerate() {
            for how in BREAKS.into_iter().skip(number % 3).step_by(3) {
                for second in 0.. {
                    let project = Project::of(scenario.before);
                    let _ = project.run(scenario, Breaker::new(at, Break::Kill));
                    let breaker = Breaker::new(second, how);
                    let first = project.recover_with(breaker.clone());
                    tally.note(&breaker);
                    let context =
                        format!("{} stop at {at}, {how:?} at {second}: {first:?}", scenario.name);
                    tally.recovered(&converge(&project, scenario, &context));
                    if breaker.steps() <= second {
                        break;
                    }
                }
            }
        }
    }
    tally.print("a recovery");
    // It has nothing to wait for: what it writes is written again after another stop.
    tally.covers(&[Primitive::Link, Primitive::SyncFolder]);
}

#[test]
fn a_roll_back_that_was_broken_is_taken_up_again() {
    let mut tally = Tally::default();
    for scenario in SCENARIOS {
        for (number, at) in (0..=steps_of(scenario, Disk::Exchanges)).step_by(3).enumerate() {
            for how in BREAKS.into_iter().skip(number % 3).step_by(3) {
                for second in 0.. {
                    let project = Project::of(scenario.before);
                    let _ = project.run(scenario, Breaker::new(at, Break::Kill));
                    if !project.has_journal() {
                        break;
                    }
                    let breaker = Breaker::new(second, how);
                    let first = project.undo_with(breaker.clone());
                    tally.note(&breaker);
                    let context =
                        format!("{} stop at {at}, {how:?} at {second}: {first:?}", scenario.name);
                    nothing_lost(&project, scenario, &context);
                    match project.undo_with(Breaker::counter()).unwrap() {
                        Ok(undone) => assert!(undone.interrupted, "{context}"),
                        // The first one had come to its end.
                        Err(UndoError::Nothing) => {}
                        Err(error) => panic!("{context}: {error}"),
                    }
                    assert_eq!(project.tree(), tree(scenario.before), "{context}");
                    converge(&project, scenario, &context);
                    if breaker.steps() <= second {
                        break;
                    }
                }
            }
        }
    }
    tally.print("a roll-back");
    tally.covers(&[Primitive::Link, Primitive::Create, Primitive::OpenForWriting]);
}
