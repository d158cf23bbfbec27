//! Moves end to end: real projects whose outputs are the cells of the old place, each with something at its new place.
//! One sync of kiln moves all of them, and what stands on the disk afterwards is compared with the model.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use kiln_base::sha256;

use super::cells::moved;
use super::ends::{
    Place, Project, Tree, again, bytes, disks, facts, lost, put, renders, sum, undo_all,
};
use super::model::{After, Choice, Data, Decision, Deed, Line, Node, Output, Owner, World};
use super::worlds::text;
use crate::support::contents;

const KITS: [(&str, Owner); 4] = [
    ("managed", Owner::Managed),
    ("merged", Owner::Merged),
    ("seeded", Owner::Seeded),
    ("frozen", Owner::Frozen),
];
const CHOICES: [Option<Choice>; 2] = [None, Some(Choice::Take)];

/// One output that moves.
struct Moving {
    /// The old place, with the decision at the new one.
    place: Place,
    to: String,
    target: Option<Node>,
    row: &'static str,
    /// What would have been done at the old place.
    at_source: Decision,
    /// The target is what the move comes to.
    is_result: bool,
}

fn targets(world: &World, result: Option<&Node>) -> Vec<Option<Node>> {
    let file = |data| Some(Node::File { data, executable: false, crlf: false });
    let new = world.new.as_ref().map(|new| new.data.clone()).unwrap_or_else(lost);
    let mut all = vec![
        None,
        file(text("k0", "c0")),
        file(new),
        file(text("p3", "c0")),
        Some(Node::Obstacle("link")),
    ];
    // How a conflict is written down is not the model's.
    let plain = |node: &&Node| node.data().is_some_and(|data| !data.has_conflict());
    all.extend(result.filter(plain).map(|node| Some(node.clone())));
    all
}

fn moving(new: &Data, choice: Option<Choice>, stops: bool) -> Vec<Moving> {
    let mut all = Vec::new();
    for (kit, owner) in KITS {
        for (known, disk) in
            [true, false].into_iter().flat_map(|known| disks().into_iter().map(move |d| (known, d)))
        {
            let fact = if known { text("k0", "c0") } else { lost() };
            let world = World {
                owner,
                new: Some(Output { data: new.clone(), executable: false }),
                facts: Some(BTreeSet::from([(fact, false)])),
                disk,
                known,
            };
            let at_source = world.decide(choice);
            let result = match &at_source.deed {
                Deed::Put(node) | Deed::Conflict(node) => Some(node),
                _ => world.disk.as_ref(),
            };
            for target in targets(&world, result) {
                let (row, decision, _) = moved(&world, target.as_ref(), choice);
                if decision.stop.is_some() != stops {
                    continue;
                }
                let is_result = target.is_some() && target.as_ref() == result && row == "MV2";
                let path = format!("{kit}/{}/file.txt", all.len());
                let to = format!("moved/{path}");
                let place = Place { path, world: world.clone(), decision };
                let at_source = at_source.clone();
                all.push(Moving { place, to, target, row, at_source, is_result });
            }
        }
    }
    all
}

/// The old places and the new ones.
fn globs() -> Vec<String> {
    let of = |(kit, _): &(&str, Owner)| [format!("{kit}/**"), format!("moved/{kit}/**")];
    KITS.iter().flat_map(of).collect()
}

/// A project after its first sync and the person's life, with the spec that moves everything.
fn prepared(all: &[Moving], new: &Data) -> Project {
    let places: Vec<Place> = all
        .iter()
        .map(|one| Place {
            path: one.place.path.clone(),
            world: one.place.world.clone(),
            decision: one.place.decision.clone(),
        })
        .collect();
    let project = Project::new(&places);
    project.spec(None);
    assert_eq!(project.sync(None).exit, 0);
    project.lives(&places);
    for one in all {
        let whose = if one.is_result { &one.place.path } else { &one.to };
        put(&project.root(), &one.to, one.target.as_ref(), whose);
    }
    project.spec(Some(new));
    let spec = project.root().join("kiln.kdl");
    let mut text = fs::read_to_string(&spec).unwrap();
    for one in all {
        text.push_str(&format!("place \"{}\" at=\"{}\"\n", one.place.path, one.to));
    }
    fs::write(spec, text).unwrap();
    project
}

fn stands(one: &Moving, before: &Tree, after: &Tree) {
    let Moving { place, to, .. } = one;
    let (old, there, now) = (before.get(&place.path), before.get(to), after.get(to));
    let context = || {
        let shown = now.map(|(mode, bytes)| (mode, String::from_utf8_lossy(bytes)));
        format!(
            "{} {} → {to}, {:?}: {:?}\n{:?}\nstands: {shown:?}",
            one.row, place.path, one.target, place.world, place.decision
        )
    };
    assert_eq!(after.get(&place.path), None, "the old place: {}", context());
    match one.row {
        // A seeded one that the person deleted stays away wherever it would stand.
        "MV0" if place.world.owner == Owner::Seeded => assert_eq!(now, None, "{}", context()),
        "MV0" => written(&place.decision.deed, to, there, now, &context),
        "MV1" => written(&place.decision.deed, to, there, now, &context),
        "MV2" => assert_eq!(now, there, "{}", context()),
        // Its bytes go along as they are, or as they are merged.
        _ => written(&one.at_source.deed, &place.path, old, now, &context),
    }
}

type File<'t> = Option<&'t (u32, Vec<u8>)>;

/// What a deed leaves; the lines of a person say `whose` they are.
fn written(
    deed: &Deed,
    whose: &str,
    before: File<'_>,
    now: File<'_>,
    context: &dyn Fn() -> String,
) {
    match deed {
        Deed::Leave => assert_eq!(now, before, "{}", context()),
        Deed::Put(Node::File { data, executable, crlf }) => {
            let (mode, found) = now.unwrap_or_else(|| panic!("{}", context()));
            assert_eq!(*found, bytes(data, *crlf, whose), "{}", context());
            assert_eq!(mode & 0o100 != 0, *executable, "{}", context());
        }
        Deed::Conflict(Node::File { data: Data::Text(lines), .. }) => {
            let (_, found) = now.unwrap_or_else(|| panic!("{}", context()));
            let found = String::from_utf8_lossy(found);
            assert!(found.contains("<<<<<<< kiln: yours"), "{}", context());
            for part in lines {
                let texts = match part {
                    Line::Text(one) => vec![*one],
                    Line::Conflict(ours, theirs) => vec![*ours, *theirs],
                };
                assert!(texts.iter().all(|text| found.contains(text)), "{}", context());
            }
        }
        other => panic!("{other:?}: {}", context()),
    }
}

fn sums(one: &Moving, new: &Data, before: &str, after: &str) {
    let Moving { place, to, row, .. } = one;
    let old: Vec<String> = facts(before, &place.path)
        .iter()
        .map(|line| line.replace(&format!(" {} ", place.path), &format!(" {to} ")))
        .collect();
    let now = facts(after, to);
    let digest = sha256(&bytes(new, false, to)).to_string();
    let context =
        || format!("{row} {to}: {:?}\n{:?}\n{old:?}\n{now:?}", place.world, place.decision);
    assert!(facts(after, &place.path).is_empty(), "{}", context());
    let expected = match *row {
        "MV0" if place.world.owner == Owner::Seeded => After::Stay,
        "MV0" | "MV1" => place.decision.after,
        _ => one.at_source.after,
    };
    match expected {
        After::Stay => assert_eq!(now, old, "{}", context()),
        After::New => assert!(now.len() == 1 && now[0].contains(&digest), "{}", context()),
        other => panic!("{other:?}: {}", context()),
    }
}

/// What a person wrote at either place and is nowhere any more.
fn missing(project: &Project, all: &[Moving]) -> Vec<String> {
    let everything: String = contents(&project.root(), &|_| true)
        .values()
        .map(|(_, bytes)| String::from_utf8_lossy(bytes).replace('\r', ""))
        .collect();
    let lines: BTreeSet<&str> = everything.lines().collect();
    let mut words = Vec::new();
    for one in all {
        let places = [
            (one.place.world.disk.as_ref(), &one.place.path),
            (one.target.as_ref(), if one.is_result { &one.place.path } else { &one.to }),
        ];
        for (node, whose) in places {
            match node.and_then(Node::data) {
                Some(Data::Binary(_)) => words.push(format!("person of {whose}")),
                Some(Data::Text(lines)) => words.extend(lines.iter().filter_map(|line| {
                    let (Line::Text(text) | Line::Conflict(text, _)) = line;
                    text.starts_with('p').then(|| format!("{text} of {whose}\n"))
                })),
                None => {}
            }
        }
    }
    words.retain(|word| match word.strip_suffix('\n') {
        Some(line) => !lines.contains(line),
        None => !everything.contains(word.as_str()),
    });
    words
}

#[test]
fn one_sync_moves_every_cell_as_the_model_says() {
    let (mut cells, mut rows) = (0, BTreeMap::new());
    for new in renders() {
        for choice in CHOICES {
            let all = moving(&new, choice, false);
            let project = prepared(&all, &new);
            let before = project.tree();
            assert_eq!(project.check().exit, 1);
            assert_eq!(project.tree(), before, "check writes");
            let report = project.sync_saying(choice, &globs());
            let stops: Vec<_> = report.findings.iter().filter(|finding| finding.stops).collect();
            assert!(stops.is_empty(), "{choice:?}: {stops:?}");
            let after = project.tree();
            for one in &all {
                stands(one, &before, &after);
                sums(one, &new, &sum(&before), &sum(&after));
                *rows.entry(one.row).or_insert(0) += 1;
            }
            assert_eq!(project.check().exit, report.exit, "{choice:?}");
            assert_eq!(missing(&project, &all), Vec::<String>::new());
            again(&project, &report, &after);
            undo_all(&project, &before);
            assert_eq!(missing(&project, &all), Vec::<String>::new());
            cells += all.len();
        }
    }
    insta::assert_snapshot!(format!("{cells} moves: {rows:?}"), @r#"4103 moves: {"MV0": 48, "MV1": 177, "MV2": 1610, "MV3": 1304, "MV4": 964}"#);
}

#[test]
fn what_stops_a_move_is_named_and_nothing_is_written() {
    let (mut cells, mut rows) = (0, BTreeMap::new());
    for new in renders() {
        for choice in CHOICES {
            let all = moving(&new, choice, true);
            let project = prepared(&all, &new);
            let before = contents(&project.root(), &|path| !path.starts_with(".kiln/"));
            let report = project.sync_saying(choice, &globs());
            assert_eq!(report.exit, 1, "{choice:?}");
            let stops: BTreeMap<String, String> = report
                .findings
                .iter()
                .filter(|finding| finding.stops)
                .map(|finding| (finding.path.clone().unwrap_or_default(), finding.id.clone()))
                .collect();
            for one in &all {
                let at =
                    if one.row == "MV3" || one.row == "MV1" { &one.to } else { &one.place.path };
                let said = stops.get(at).map(String::as_str);
                let Moving { place, target, row, .. } = one;
                let expected = place.decision.stop;
                assert_eq!(said, expected, "{row} {at}: {:?} {target:?}", place.world);
                *rows.entry(one.row).or_insert(0) += 1;
            }
            assert_eq!(stops.len(), all.len(), "{choice:?}");
            let after = contents(&project.root(), &|path| !path.starts_with(".kiln/"));
            assert!(after == before, "a sync that stops writes");
            assert_eq!(project.check().exit, 1);
            cells += all.len();
        }
    }
    insta::assert_snapshot!(format!("{cells} moves: {rows:?}"), @r#"4597 moves: {"MV": 2682, "MV1": 51, "MV3": 1864}"#);
}
