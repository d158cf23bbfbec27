//! Power loss: behind the journal any subset of what a sync wrote may have reached the disk, and bytes that were not
//! waited for may be missing, cut or zero. After the restart the next sync comes to the same tree, and nothing of a
//! person is missing.
#![allow(clippy::disallowed_methods, reason = "the test plays the disk")]

mod support;

use std::os::unix::fs::PermissionsExt as _;

use kiln_disk::Recovery;
use proptest::prelude::*;
use support::{Break, Breaker, Project, SCENARIOS, Scenario, tree};

/// What became of one file that a sync wrote or deleted.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Arrived,
    NotYet,
    Empty,
    Cut,
    Zero,
}

const DOCUMENTS: [&str; 3] = ["kiln.kdl", "kiln.sum", "kiln.lock"];

fn put(project: &Project, name: &str, file: Option<&(Vec<u8>, bool)>) {
    let path = project.path().join(name);
    match file {
        None => drop(std::fs::remove_file(path)),
        Some((bytes, executable)) => {
            project.write(name, bytes);
            let mode = if *executable { 0o755 } else { 0o644 };
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
    }
}

/// The power goes: some of what was written since the journal is as it was before, or only partly there.
fn power_goes(project: &Project, scenario: Scenario, fates: &[Fate], ended: bool) {
    let (before, now) = (tree(scenario.before), project.tree());
    let names: std::collections::BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let changed = names.into_iter().filter(|name| before.get(*name) != now.get(*name));
    for (name, fate) in changed.zip(fates.iter().cycle()) {
        let old = before.get(name);
        // Spec, sum and lock were waited for before they got their names.
        let whole = DOCUMENTS.contains(&name.as_str());
        match (now.get(name), fate) {
            (_, Fate::Arrived) => {}
            // A sum or lock that is gone behind the end may have been removed by a person; the next sync writes it.
            _ if whole && old.is_none() && ended => {}
            (Some((bytes, executable)), Fate::Empty | Fate::Cut | Fate::Zero) if !whole => {
                // Only the bit was changed: no byte was written.
                if old.is_some_and(|(old, _)| old == bytes) {
                    continue;
                }
                let torn = match fate {
                    Fate::Empty => Vec::new(),
                    Fate::Cut => bytes[..bytes.len() / 2].to_vec(),
                    _ => vec![0; bytes.len()],
                };
                put(project, name, Some(&(torn, *executable)));
            }
            _ => put(project, name, old),
        }
    }
    let vault = project.vault_folder();
    let (journal, record) = (vault.join("journal"), vault.join("0000000001.undo"));
    if !ended && record.exists() {
        std::fs::rename(&record, &journal).unwrap();
    }
    // The record was finished later than any of these files was touched.
    for name in [journal, record] {
        if name.exists() {
            std::fs::set_permissions(&name, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
}

/// Behind the end of a sync a new file that is merely missing may have been removed by a person: recovery leaves it to
/// the sync that follows, which restores what it renders.
fn restore_missing(project: &Project, scenario: Scenario) {
    let (before, after, now) = (tree(scenario.before), tree(scenario.after), project.tree());
    if now == before {
        return;
    }
    let rendered = |bytes: &[u8]| bytes.windows(7).any(|part| part == b"of lock");
    for (name, file) in after {
        let is_new = !before.contains_key(&name) && !now.contains_key(&name);
        if is_new && rendered(&file.0) && !file.0.starts_with(b"person") {
            put(project, &name, Some(&file));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, max_shrink_iters: 2000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_reached_the_disk_the_next_sync_comes_to_the_same_tree(
        number in 0..SCENARIOS.len(),
        at in 0_usize..90,
        fates in proptest::collection::vec(
            prop_oneof![
                Just(Fate::Arrived), Just(Fate::NotYet), Just(Fate::Empty), Just(Fate::Cut), Just(Fate::Zero)
            ],
            16,
        ),
        ended in any::<bool>(),
        staged in any::<bool>(),
    ) {
        let scenario = SCENARIOS[number];
        let project = Project::of(scenario.before);
        let _ = project.run(scenario, Breaker::new(at, Break::Kill));
        if project.has_journal() || project.tree() == tree(scenario.after) {
            power_goes(&project, scenario, &fates, ended);
        }
        if !staged {
            let _ = std::fs::remove_dir_all(project.path().join(".kiln"));
        }
        prop_assert_eq!(project.missing(scenario.persons), Vec::<String>::new());
        let recovery = project.recover_by_command("boot 2");
        prop_assert_eq!(project.missing(scenario.persons), Vec::<String>::new());
        prop_assert_eq!(project.torn_records(scenario), Vec::<String>::new());
        restore_missing(&project, scenario);
        if project.tree() == tree(scenario.before) {
            project.run(scenario, Breaker::counter()).unwrap();
        }
        prop_assert_eq!(project.tree(), tree(scenario.after), "{:?}", recovery);
        prop_assert_eq!(project.missing(scenario.persons), Vec::<String>::new());
        prop_assert_eq!(project.recover_by_command("boot 2"), Recovery::Nothing);
    }
}

#[test]
fn a_torn_record_is_whole_before_anything_is_rendered() {
    let record = "kiln.history/shop/0001-aa.toml";
    for ended in [false, true] {
        for torn in ["", "reco", "\0\0\0\0\0\0\0\0\0"] {
            let scenario = SCENARIOS[1];
            let project = Project::of(scenario.before);
            // With the last step of the journal left to do, or behind the end.
            project.run(scenario, Breaker::counter()).unwrap();
            let vault = project.vault_folder();
            if !ended {
                std::fs::rename(vault.join("0000000001.undo"), vault.join("journal")).unwrap();
            }
            project.write(record, torn.as_bytes());
            project.write("a.txt", b"a of");
            assert_eq!(project.torn_records(scenario), [record]);
            let recovery = project.recover_by_command("boot 2");
            assert_eq!(project.tree(), tree(scenario.after), "{ended} {torn:?} {recovery:?}");
        }
    }
}
