//! The decision functions over every world of the model, and the moves.

use kiln_base::{RelPath, Sha256, sha256};
use kiln_disk::{
    Action, Backup, BaseClass, Cell, FactAfter, Finding, Found, Markers, MoveCell, Observed,
    Obstruction, Ownership, SourceAfter, Standing, Target, Word, decide, decide_move, disk_class,
    want_executable,
};

use super::model::{
    After, BASES, Choice, DISKS, Data, Decision, Deed, Line, Node, Output, Owner, World, possible,
    rows,
};
use super::worlds::{disks, text, worlds};

const OWNERS: [Owner; 9] = [
    Owner::Managed,
    Owner::Merged,
    Owner::Seeded,
    Owner::Frozen,
    Owner::Computed,
    Owner::Left,
    Owner::LeftSeeded,
    Owner::Kept,
    Owner::Excluded,
];
const CHOICES: [Option<Choice>; 4] =
    [None, Some(Choice::Take), Some(Choice::Keep), Some(Choice::Merge)];

fn bytes(data: &Data) -> Vec<u8> {
    match data {
        Data::Binary(token) => format!("\0{token}").into_bytes(),
        Data::Text(lines) => {
            let line = |line: &Line| match line {
                Line::Text("") => String::new(),
                Line::Text(line) => format!("{line}\n"),
                Line::Conflict(ours, theirs) => {
                    format!(
                        "<<<<<<< kiln: yours\n{ours}\n=======\n{theirs}\n>>>>>>> kiln: kit 1.0.0\n"
                    )
                }
            };
            lines.iter().map(line).collect::<String>().into_bytes()
        }
    }
}

fn observed(node: Option<&Node>) -> Observed {
    match node {
        None => Observed::Absent,
        Some(Node::Obstacle("link")) => Observed::Obstructed(Obstruction::Symlink),
        Some(Node::Obstacle("folder")) => Observed::Obstructed(Obstruction::Folder),
        Some(Node::Obstacle(_)) => {
            Observed::Obstructed(Obstruction::Parent(RelPath::new("parent").unwrap()))
        }
        Some(Node::File { data, executable, crlf }) => {
            let bytes = bytes(data);
            let bytes = match (data, crlf) {
                (Data::Text(_), true) => {
                    String::from_utf8(bytes).unwrap().replace('\n', "\r\n").into_bytes()
                }
                _ => bytes,
            };
            Observed::File(Found::of(&bytes, *executable))
        }
    }
}

fn standing(owner: Owner) -> Standing {
    match owner {
        Owner::Managed => Standing::Planned(Ownership::Managed),
        Owner::Merged => Standing::Planned(Ownership::Merged),
        Owner::Seeded => Standing::Planned(Ownership::Seeded),
        Owner::Frozen => Standing::Planned(Ownership::AppendOnly),
        Owner::Computed => Standing::Planned(Ownership::Computed),
        Owner::Left => Standing::Left { seeded: false },
        Owner::LeftSeeded => Standing::Left { seeded: true },
        Owner::Kept => Standing::Kept,
        Owner::Excluded => Standing::Excluded,
    }
}

fn digest(data: &Data) -> Sha256 {
    sha256(&bytes(data))
}

/// The cell as kiln's own functions make it of what stands on the disk, the render and the facts.
fn cell(world: &World, choice: Option<Choice>) -> Cell {
    let new = world.new.as_ref().map(|new| digest(&new.data));
    let bases: Vec<Sha256> = world.facts.iter().flatten().map(|(data, _)| digest(data)).collect();
    let disk = disk_class(&observed(world.disk.as_ref()), new.as_ref(), &bases, Markers::default());
    let base = match &bases[..] {
        [] => BaseClass::None,
        all if all.iter().all(|base| Some(base) == new.as_ref()) => BaseClass::TakenIn,
        _ if world.known => BaseClass::Known,
        _ => BaseClass::Unknown,
    };
    let word = choice.map(|choice| match choice {
        Choice::Take => Word::Take,
        Choice::Keep => Word::Keep,
        Choice::Merge => Word::Merge,
    });
    let is_text = |data: Option<&Data>| !matches!(data, Some(Data::Binary(_)));
    let text = is_text(world.disk.as_ref().and_then(Node::data))
        && is_text(world.new.as_ref().map(|new| &new.data));
    Cell { standing: standing(world.owner), disk, base, word, text }
}

/// What the model decides is what the table decides.
fn agrees(world: &World, choice: Option<Choice>) {
    let (cell, expected) = (cell(world, choice), world.decide(choice));
    let context = || format!("{world:?} {choice:?}: {cell:?}, expected {expected:?}");
    let row = decide(&cell);
    // Whether the base is a text, only the caller of the table knows.
    let caller_stops = expected.stop == Some("binary") && row.action == Action::Merge;
    assert_eq!(row.id, expected.row, "{}", context());
    if !caller_stops {
        assert_eq!(row.stop.map(kiln_disk::Stop::id), expected.stop, "{}", context());
        assert_eq!(row.fact, fact(expected.after), "{}", context());
    }
    let merges = matches!(row.action, Action::Merge | Action::TwoWay);
    if !merges {
        let finding = row.finding.filter(|finding| *finding != Finding::Missing);
        assert_eq!(finding.map(name), expected.finding, "{}", context());
        assert_eq!(row.action, action(world, &expected), "{}", context());
    }
    let backup = match (&expected.deed, expected.backup, row.action) {
        (_, _, Action::Merge | Action::TwoWay) | (_, true, _) => Backup::Always,
        (_, _, Action::Leave | Action::Create) => Backup::Never,
        _ => Backup::UnlessRenderable,
    };
    assert_eq!(row.backup, backup, "{}", context());
    assert_eq!(row.finding == Some(Finding::Missing), row.id == "R2", "{}", context());
    executable_agrees(world, &expected, &context);
}

fn executable_agrees(world: &World, expected: &Decision, context: &dyn Fn() -> String) {
    let (Some(new), Some(disk @ Node::File { .. })) = (&world.new, &world.disk) else { return };
    let Standing::Planned(ownership) = standing(world.owner) else { return };
    let bits: Vec<bool> = world.facts.iter().flatten().map(|(_, bit)| *bit).collect();
    let wanted = want_executable(ownership, new.executable, &bits, disk.executable());
    match &expected.deed {
        Deed::Put(node) | Deed::Conflict(node) => {
            assert_eq!(node.executable(), wanted, "{}", context());
        }
        Deed::Leave if expected.row == "R3" => {
            assert_eq!(disk.executable(), wanted, "{}", context());
        }
        _ => {}
    }
}

fn action(world: &World, expected: &Decision) -> Action {
    match &expected.deed {
        // The bit of a file whose bytes are right is set apart from the table.
        _ if expected.row == "R3" => Action::Leave,
        Deed::Leave => Action::Leave,
        Deed::Delete => Action::Delete,
        Deed::Put(_) | Deed::Conflict(_) if world.disk.is_none() => Action::Create,
        Deed::Put(_) | Deed::Conflict(_) => Action::Replace,
    }
}

const fn fact(after: After) -> FactAfter {
    match after {
        After::New => FactAfter::New,
        After::Stay => FactAfter::Stay,
        After::Gone => FactAfter::Gone,
        After::Own => FactAfter::Own,
    }
}

const fn name(finding: Finding) -> &'static str {
    match finding {
        Finding::Edited => "edited",
        Finding::Conflict => "conflict",
        Finding::Obstructed => "obstructed",
        Finding::Missing => "missing",
    }
}

#[test]
fn every_cell_of_the_model_has_one_row() {
    let mut cells = 0;
    for owner in OWNERS {
        for (disk, base) in
            DISKS.chars().flat_map(|disk| BASES.chars().map(move |base| (disk, base)))
        {
            if possible(owner, disk, base) {
                let found = rows(owner, disk, base);
                assert_eq!(found.len(), 1, "{owner:?} {disk} {base}: {found:?}");
                cells += 1;
            }
        }
    }
    assert_eq!(cells, 158);
}

#[test]
fn the_table_decides_as_the_model_in_every_world() {
    let (mut all, mut met) = (0, std::collections::BTreeMap::new());
    for world in worlds() {
        for choice in CHOICES {
            agrees(&world, choice);
            *met.entry(world.decide(choice).row).or_insert(0) += 1;
            all += 1;
        }
    }
    insta::assert_snapshot!(format!("{all} decisions\n{met:?}"), @r#"
    188448 decisions
    {"C1": 23652, "F1": 12240, "F2": 3120, "R1": 240, "R10": 3952, "R11": 360, "R12": 576, "R13": 2016, "R14": 768, "R15": 4512, "R16": 4744, "R17": 24408, "R18": 40, "R19": 144, "R2": 1600, "R20": 1408, "R21": 120, "R22": 7488, "R3": 5632, "R4": 2304, "R5": 4316, "R6": 3192, "R7": 6384, "R8": 15984, "R9": 5328, "keep": 12984, "merge": 1736, "take": 39200}
    "#);
}

/// What the model does with a moved output: its row, the deed at the new place, what stops it, and the old place.
pub(super) fn moved(
    world: &World,
    target: Option<&Node>,
    choice: Option<Choice>,
) -> (&'static str, Decision, &'static str) {
    let at_source = world.decide(choice);
    let with = |facts, disk| World { facts, disk, ..world.clone() };
    let (None, None) = (&world.disk, target) else {
        let Some(source) = &world.disk else {
            return ("MV1", with(world.facts.clone(), target.cloned()).decide(choice), "forgotten");
        };
        if at_source.stop.is_some() {
            return ("MV", at_source, "held");
        }
        let stopped = |id| Decision { stop: Some(id), deed: Deed::Leave, ..at_source.clone() };
        if matches!(source, Node::Obstacle(_)) {
            return ("MV", stopped("obstructed"), "held");
        }
        let result = match &at_source.deed {
            Deed::Put(node) | Deed::Conflict(node) => node,
            _ => source,
        };
        return match target {
            None => ("MV4", at_source.clone(), "removed"),
            Some(target) if target == result => ("MV2", at_source.clone(), "removed"),
            Some(Node::Obstacle(_)) => ("MV3", stopped("obstructed"), "held"),
            Some(_) if choice == Some(Choice::Take) => ("MV3", at_source.clone(), "removed"),
            Some(_) => ("MV3", stopped("in-the-way"), "held"),
        };
    };
    ("MV0", with(None, None).decide(None), "forgotten")
}

#[test]
fn moves_are_decided_as_the_model_does() {
    let (mut all, mut met) = (0, std::collections::BTreeMap::new());
    let old = text("k0", "c0");
    for owner in [Owner::Managed, Owner::Merged, Owner::Seeded, Owner::Frozen] {
        for data in [text("k0", "c0"), text("k1", "c0"), text("k1", "c1")] {
            let both = vec![(old.clone(), false), (text("k2", "c0"), false)];
            for facts in [vec![(old.clone(), false)], vec![(data.clone(), false)], both] {
                for (known, disk) in [true, false]
                    .into_iter()
                    .flat_map(|known| disks().into_iter().map(move |disk| (known, disk)))
                {
                    let world = World {
                        owner,
                        new: Some(Output { data: data.clone(), executable: false }),
                        facts: Some(facts.iter().cloned().collect()),
                        disk,
                        known,
                    };
                    for target in targets(&world) {
                        for choice in CHOICES {
                            *met.entry(move_agrees(&world, target.as_ref(), choice))
                                .or_insert(0) += 1;
                            all += 1;
                        }
                    }
                }
            }
        }
    }
    insta::assert_snapshot!(format!("{all} decisions\n{met:?}"), @r#"
    157248 decisions
    {"MV": 33824, "MV0": 576, "MV1": 1440, "MV2": 14560, "MV3": 89504, "MV4": 17344}
    "#);
}

fn targets(world: &World) -> Vec<Option<Node>> {
    let file = |data| Some(Node::File { data, executable: false, crlf: false });
    let new = world.new.as_ref().map(|new| new.data.clone());
    let (mine, edited) = (text("p1", "c0"), text("k1", "p2"));
    vec![
        None,
        file(text("k0", "c0")),
        file(new.unwrap_or_else(|| text("k0", "c0"))),
        file(mine),
        file(edited),
        Some(Node::Obstacle("link")),
        world.disk.clone(),
    ]
}

fn move_agrees(world: &World, target: Option<&Node>, choice: Option<Choice>) -> &'static str {
    let (row, expected, source) = moved(world, target, choice);
    let at_source = world.decide(choice);
    let result = match &at_source.deed {
        Deed::Put(node) | Deed::Conflict(node) => Some(node),
        _ => world.disk.as_ref(),
    };
    let there = World { disk: target.cloned(), ..world.clone() };
    let move_cell = MoveCell {
        source: cell(world, choice),
        moved: cell(&there, choice),
        target: match target {
            None => Target::Absent,
            Some(Node::Obstacle(_)) => Target::Obstructed,
            Some(node) if Some(node) == result => Target::Result,
            Some(_) => Target::Other,
        },
    };
    let got = decide_move(&move_cell);
    let context = || format!("{world:?} {target:?} {choice:?}: {got:?}, expected {expected:?}");
    assert_eq!(got.id, row, "{}", context());
    assert_eq!(got.row.stop.map(kiln_disk::Stop::id), expected.stop, "{}", context());
    let after = match got.source {
        SourceAfter::Forgotten => "forgotten",
        SourceAfter::Held => "held",
        SourceAfter::Removed(backup) => {
            let persons = matches!(world.disk_class(), 'E' | 'C');
            let alone = got.id != "MV4" || persons && expected.deed != Deed::Leave;
            assert!(!alone || backup == Backup::Always, "{}", context());
            assert_ne!(backup, Backup::Never, "{}", context());
            "removed"
        }
    };
    assert_eq!(after, source, "{}", context());
    row
}
