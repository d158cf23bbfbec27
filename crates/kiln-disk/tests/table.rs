//! Every cell of the decision table, against a second writing of SEMANTICS' tables that shares no code with the first;
//! and the executable bit and the moves, each over all of their cells.

use kiln_disk::{
    Action, Backup, BaseClass, Cell, DiskClass, FactAfter, Finding, MoveCell, Note, Ownership,
    SourceAfter, Standing, Stop, Target, Word, decide, decide_move, want_executable,
};

/// Rows as one writes them on paper: name, owners, classes of the disk, classes of the base, outcome.
/// Owners: M managed, G merged, S seeded, H append-only, C computed, L left, K kept, l left and seeded, X excluded.
/// Disk: A absent, N new, P pristine, E edited, C markers, X obstructed. Base: 0 none, = taken in, k known, u unknown.
const ROWS: &[(&str, &str, &str, &str, &str)] = &[
    ("R1", "MGHSC", "A", "0", "create"),
    ("R2", "MGHC", "A", "=ku", "create missing"),
    ("R3", "MGHC", "N", "0=ku", "record"),
    ("R4", "MG", "P", "0=ku", "replace"),
    ("R4", "H", "P", "0=", "replace"),
    ("R5", "MGH", "E", "0", "stop in-the-way"),
    ("R6", "M", "E", "=", "report edited"),
    ("R7", "GH", "E", "=", "customised"),
    ("R8", "M", "E", "ku", "stop edited"),
    ("R9", "G", "E", "k", "merge or stop binary"),
    ("R10", "G", "E", "u", "stop no-base"),
    ("R11", "MGH", "C", "0", "stop in-the-way"),
    ("R12", "MGH", "C", "=", "report conflict"),
    ("R13", "MG", "C", "ku", "stop unresolved"),
    ("R14", "MGHC", "X", "=", "report obstructed"),
    ("R15", "MGHC", "X", "0ku", "stop obstructed"),
    ("R16", "S", "N", "0", "yours new"),
    ("R16", "S", "PECX", "0", "yours own"),
    ("R17", "S", "N", "=ku", "yours new"),
    ("R17", "S", "APECX", "=ku", "yours stay"),
    ("F1", "H", "PEC", "ku", "stop frozen"),
    ("F2", "K", "ANPECX", "0=ku", "yours stay"),
    ("C1", "C", "PEC", "0=ku", "replace always"),
    ("R18", "L", "A", "0=ku", "forget silently"),
    ("R19", "L", "PN", "0=ku", "delete"),
    ("R20", "L", "EC", "0=ku", "stop orphan"),
    ("R21", "L", "X", "0=ku", "forget"),
    ("R22", "lX", "A", "0=ku", "forget silently"),
    ("R22", "lX", "NPECX", "0=ku", "forget"),
];

/// What a word changes: word, owners, disk, base, outcome.
const WORDS: &[(char, &str, &str, &str, &str)] = &[
    ('t', "MGHSC", "EC", "0=ku", "replace always"),
    ('t', "H", "P", "ku", "replace"),
    ('t', "L", "EC", "0=ku", "delete always"),
    ('k', "L", "EC", "0=ku", "forget"),
    ('k', "GH", "E", "0ku", "customised"),
    ('k', "H", "P", "ku", "customised"),
    ('m', "G", "E", "0u", "two-way if text"),
];

fn standing(owner: char) -> Standing {
    match owner {
        'M' => Standing::Planned(Ownership::Managed),
        'G' => Standing::Planned(Ownership::Merged),
        'S' => Standing::Planned(Ownership::Seeded),
        'H' => Standing::Planned(Ownership::AppendOnly),
        'C' => Standing::Planned(Ownership::Computed),
        'L' => Standing::Left { seeded: false },
        'l' => Standing::Left { seeded: true },
        'K' => Standing::Kept,
        _ => Standing::Excluded,
    }
}

fn disk(class: char) -> DiskClass {
    match class {
        'A' => DiskClass::Absent,
        'N' => DiskClass::New,
        'P' => DiskClass::Pristine,
        'E' => DiskClass::Edited,
        'C' => DiskClass::Markers,
        _ => DiskClass::Obstructed,
    }
}

fn base(class: char) -> BaseClass {
    match class {
        '0' => BaseClass::None,
        '=' => BaseClass::TakenIn,
        'k' => BaseClass::Known,
        _ => BaseClass::Unknown,
    }
}

fn word(letter: char) -> Option<Word> {
    match letter {
        't' => Some(Word::Take),
        'k' => Some(Word::Keep),
        'm' => Some(Word::Merge),
        _ => None,
    }
}

/// An outcome spelt out: action, stop, finding, note, backup, fact.
type Outcome = (Action, Option<Stop>, Option<Finding>, Option<Note>, Backup, FactAfter);

fn spelt(outcome: &str, text: bool) -> Option<Outcome> {
    use Action::{Create, Delete, Leave, Merge, Replace, TwoWay};
    let (never, some, always) = (Backup::Never, Backup::UnlessRenderable, Backup::Always);
    let (new, stay, gone) = (FactAfter::New, FactAfter::Stay, FactAfter::Gone);
    let stop = |stop| (Leave, Some(stop), None, None, never, stay);
    let report = |finding| (Leave, None, Some(finding), None, never, stay);
    let note = |note, fact| (Leave, None, None, Some(note), never, fact);
    Some(match outcome {
        "create" => (Create, None, None, None, never, new),
        "create missing" => (Create, None, Some(Finding::Missing), None, never, new),
        "record" => (Leave, None, None, None, never, new),
        "replace" => (Replace, None, None, None, some, new),
        "replace always" => (Replace, None, None, None, always, new),
        "stop in-the-way" => stop(Stop::InTheWay),
        "stop edited" => stop(Stop::Edited),
        "stop no-base" => stop(Stop::NoBase),
        "stop unresolved" => stop(Stop::Unresolved),
        "stop obstructed" => stop(Stop::Obstructed),
        "stop frozen" => stop(Stop::Frozen),
        "stop orphan" => stop(Stop::Orphan),
        "report edited" => report(Finding::Edited),
        "report conflict" => report(Finding::Conflict),
        "report obstructed" => report(Finding::Obstructed),
        "customised" => note(Note::Customised, new),
        "merge or stop binary" if text => (Merge, None, None, None, always, new),
        "merge or stop binary" => stop(Stop::Binary),
        "two-way if text" if text => (TwoWay, None, None, None, always, new),
        "two-way if text" => return None,
        "yours new" => note(Note::Yours, new),
        "yours own" => note(Note::Yours, FactAfter::Own),
        "yours stay" => note(Note::Yours, stay),
        "forget" => note(Note::LeftThere, gone),
        "forget silently" => (Leave, None, None, None, never, gone),
        "delete" => (Delete, None, None, None, some, gone),
        "delete always" => (Delete, None, None, None, always, gone),
        other => panic!("{other}"),
    })
}

const OWNERS: &str = "MGSHCLlKX";
const DISKS: &str = "ANPECX";
const BASES: &str = "0=ku";

fn cells() -> impl Iterator<Item = (char, char, char)> {
    OWNERS.chars().flat_map(|owner| {
        DISKS.chars().flat_map(move |disk| BASES.chars().map(move |base| (owner, disk, base)))
    })
}

#[test]
fn every_cell_has_one_row_and_the_table_gives_it() {
    let mut seen = 0;
    for (owner, d, b) in cells() {
        let rows: Vec<_> = ROWS
            .iter()
            .filter(|(_, owners, disks, bases, _)| {
                owners.contains(owner) && disks.contains(d) && bases.contains(b)
            })
            .collect();
        assert_eq!(rows.len(), 1, "{owner} {d} {b}: {rows:?}");
        for letter in "-tkm".chars() {
            for text in [true, false] {
                let cell = Cell {
                    standing: standing(owner),
                    disk: disk(d),
                    base: base(b),
                    word: word(letter),
                    text,
                };
                let said = WORDS.iter().find(|(word, owners, disks, bases, _)| {
                    *word == letter
                        && owners.contains(owner)
                        && disks.contains(d)
                        && bases.contains(b)
                });
                let said = said.and_then(|(.., outcome)| spelt(outcome, text));
                let expected = said.or_else(|| spelt(rows[0].4, text)).unwrap();
                let row = decide(&cell);
                let got = (row.action, row.stop, row.finding, row.note, row.backup, row.fact);
                assert_eq!(got, expected, "{owner} {d} {b} {letter} {text}");
                if said.is_none() {
                    assert_eq!(row.id, rows[0].0, "{owner} {d} {b} {letter} {text}");
                }
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 9 * 6 * 4 * 4 * 2);
}

#[test]
fn what_stops_writes_nothing_and_what_replaces_a_person_is_kept() {
    for (owner, d, b) in cells() {
        for letter in "-tkm".chars() {
            let cell = Cell {
                standing: standing(owner),
                disk: disk(d),
                base: base(b),
                word: word(letter),
                text: true,
            };
            let row = decide(&cell);
            if row.stop.is_some() {
                assert_eq!((row.action, row.fact), (Action::Leave, FactAfter::Stay), "{cell:?}");
            }
            let takes_away = !matches!(row.action, Action::Leave | Action::Create);
            if takes_away && matches!(d, 'E' | 'C') {
                assert_eq!(row.backup, Backup::Always, "{cell:?}");
            }
            if takes_away {
                assert!(!matches!(d, 'A' | 'X'), "{cell:?}");
                assert_ne!(row.backup, Backup::Never, "{cell:?}");
            }
            assert!(row.action != Action::Create || d == 'A', "{cell:?}");
        }
    }
}

#[test]
fn a_word_that_a_stop_offers_lifts_it() {
    let planned = [Ownership::Managed, Ownership::Merged, Ownership::AppendOnly];
    let mut lifted = 0;
    for (owner, d, b) in cells() {
        for text in [true, false] {
            let standing = standing(owner);
            let cell = Cell { standing, disk: disk(d), base: base(b), word: None, text };
            let Some(stop) = decide(&cell).stop else { continue };
            let ownership = match standing {
                Standing::Planned(ownership) => ownership,
                _ => planned[0],
            };
            for &word in stop.words(ownership) {
                // A merge needs two texts, and marker lines are no text to merge or keep.
                if (word == Word::Merge && !text) || (d == 'C' && word != Word::Take) {
                    continue;
                }
                let after = decide(&Cell { word: Some(word), ..cell });
                assert_eq!(after.stop, None, "{cell:?} {word:?}");
                lifted += 1;
            }
        }
    }
    assert!(lifted > 40, "{lifted}");
}

#[test]
fn the_executable_bit_never_conflicts() {
    // Written from the words of the page: set for managed, follows the kit unless the person changed it.
    for kit in [false, true] {
        for disk in [false, true] {
            assert_eq!(want_executable(Ownership::Managed, kit, &[!kit], disk), kit);
            assert_eq!(want_executable(Ownership::Merged, kit, &[], disk), kit);
            for fact in [false, true] {
                let person_changed_it = disk != fact;
                let expected = if person_changed_it { disk } else { kit };
                assert_eq!(want_executable(Ownership::Merged, kit, &[fact], disk), expected);
            }
            // Written once, and then never again.
            for owner in [Ownership::Seeded, Ownership::AppendOnly] {
                assert_eq!(want_executable(owner, kit, &[], disk), disk);
                assert_eq!(want_executable(owner, kit, &[!kit], disk), disk);
            }
            // Two facts that disagree tell nothing: it stays.
            assert_eq!(want_executable(Ownership::Merged, kit, &[false, true], disk), disk);
        }
    }
}

#[test]
fn moves_never_take_the_old_place_before_the_new_one_stands() {
    let targets = [Target::Absent, Target::Result, Target::Other, Target::Obstructed];
    let mut rows = std::collections::BTreeMap::new();
    for owner in "MGSHC".chars() {
        for (source, moved) in DISKS.chars().flat_map(|a| DISKS.chars().map(move |b| (a, b))) {
            for (b, letter) in "=ku".chars().flat_map(|b| "-tkm".chars().map(move |w| (b, w))) {
                for target in targets {
                    let at = |d| Cell {
                        standing: standing(owner),
                        disk: disk(d),
                        base: base(b),
                        word: word(letter),
                        text: true,
                    };
                    let cell = MoveCell { source: at(source), moved: at(moved), target };
                    let result = decide_move(&cell);
                    *rows.entry(result.id).or_insert(0) += 1;
                    check_move(&cell, &result);
                }
            }
        }
    }
    assert_eq!(rows.keys().copied().collect::<Vec<_>>(), ["MV", "MV0", "MV1", "MV2", "MV3", "MV4"]);
}

fn check_move(cell: &MoveCell, result: &kiln_disk::MoveRow) {
    let absent = cell.source.disk == DiskClass::Absent;
    match result.source {
        SourceAfter::Held => assert!(result.row.stop.is_some(), "{cell:?}"),
        SourceAfter::Forgotten => assert!(absent, "{cell:?}"),
        SourceAfter::Removed(backup) => {
            assert!(!absent && result.row.stop.is_none(), "{cell:?}");
            assert!(cell.source.disk != DiskClass::Obstructed, "{cell:?}");
            assert_ne!(backup, Backup::Never, "{cell:?}");
            // Somebody's file at the new place is replaced only with their word, and kept.
            match cell.target {
                Target::Absent => assert_eq!(result.id, "MV4"),
                Target::Result => {
                    assert_eq!((result.id, result.row.action), ("MV2", Action::Leave));
                }
                Target::Other => {
                    assert_eq!(cell.source.word, Some(Word::Take), "{cell:?}");
                    assert_eq!(result.row.backup, Backup::Always, "{cell:?}");
                }
                Target::Obstructed => panic!("{cell:?}"),
            }
        }
    }
}
