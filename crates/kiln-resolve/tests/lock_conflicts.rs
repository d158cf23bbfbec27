//! Locks with two sides: taken apart at markers, preferred, merged by value.

use std::collections::BTreeMap;

use kiln_base::{Source, Span, Spanned, sha256};
use kiln_model::{Entity, Field, FieldType, Inputs, Member, Module, Project, Raw};
use kiln_resolve::{
    Lock, LockedKit, Unmerged, merge_locks, prefer, read_lock, split_conflicts, write_lock,
};
use proptest::prelude::*;

fn plain<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::default())
}

/// What a test says of a lock: kits with versions and options, entities with fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Told {
    kits: BTreeMap<String, (u64, BTreeMap<String, i64>)>,
    entities: Vec<(String, Vec<String>)>,
    scale: String,
}

fn entity((name, fields): &(String, Vec<String>)) -> Entity {
    let field = |name: &String| {
        Member::Field(Field {
            name: plain(name.clone()),
            field_type: FieldType::Text,
            required: false,
            unique: false,
            index: false,
            hidden: false,
            min: None,
            max: None,
            default: None,
            values: Vec::new(),
            database_default: None,
            was: None,
            options: Vec::new(),
        })
    };
    Entity {
        name: plain(name.clone()),
        table: None,
        plural: None,
        was: None,
        members: fields.iter().map(field).collect(),
        uniques: Vec::new(),
        indexes: Vec::new(),
        options: Vec::new(),
    }
}

impl Told {
    fn lock(&self) -> String {
        let kit = |(id, (minor, options)): (&String, &(u64, BTreeMap<String, i64>))| {
            let kit = LockedKit {
                version: semver::Version::new(1, *minor, 0),
                sha256: Some(sha256(format!("{id} {minor}").as_bytes())),
                source: "builtin".to_owned(),
                options: options.iter().map(|(k, v)| (k.clone(), Raw::Int(*v))).collect(),
            };
            (id.clone(), kit)
        };
        let module = Module {
            name: plain("shop".to_owned()),
            was: None,
            entities: self.entities.iter().map(entity).collect(),
        };
        write_lock(&Lock {
            render: 1,
            inputs: Inputs {
                source: None,
                project: Project {
                    name: plain("demo".to_owned()),
                    title: "Demo".to_owned(),
                    summary: String::new(),
                    scale: self.scale.clone(),
                },
                modules: vec![module],
                adds: Vec::new(),
                ownership: Vec::new(),
                foreign: Vec::new(),
                places: Vec::new(),
            },
            scenario: None,
            catalogues: BTreeMap::new(),
            kits: self.kits.iter().map(kit).collect(),
        })
    }

    fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut told = self.clone();
        change(&mut told);
        told
    }
}

fn base() -> Told {
    let kit = |minor| (minor, BTreeMap::from([("ttl".to_owned(), 15)]));
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    Told {
        kits: BTreeMap::from(["auth", "docs", "mail"].map(|id| (id.to_owned(), kit(2)))),
        entities: vec![
            ("Order".to_owned(), names(&["number", "note"])),
            ("Product".to_owned(), names(&["name"])),
        ],
        scale: "small".to_owned(),
    }
}

fn kit<'t>(told: &'t mut Told, id: &str) -> &'t mut (u64, BTreeMap<String, i64>) {
    told.kits.get_mut(id).unwrap()
}

/// Merges, and checks the same with the sides exchanged.
fn merged(base: &Told, ours: &Told, theirs: &Told) -> Result<String, String> {
    let told = |merged: Result<String, Unmerged>| match merged {
        Ok(text) => Ok(text),
        Err(Unmerged::Undecided(paths)) => Err(paths.join(", ")),
        Err(Unmerged::NoLock(diagnostics)) => Err(format!("{diagnostics:?}")),
    };
    let [base, ours, theirs] = [base, ours, theirs].map(Told::lock);
    let one = told(merge_locks(&base, &ours, &theirs));
    let other = told(merge_locks(&base, &theirs, &ours));
    assert_eq!(one.is_ok(), other.is_ok());
    one
}

#[test]
fn what_one_side_did_is_taken() {
    let base = base();
    let ours = base.with(|told| {
        told.kits.insert("blob".to_owned(), (0, BTreeMap::new()));
        kit(told, "mail").1.insert("sender".to_owned(), 3);
        told.entities[0].1.push("total".to_owned());
        told.entities.insert(1, ("Refund".to_owned(), Vec::new()));
    });
    let theirs = base.with(|told| {
        told.kits.insert("cache".to_owned(), (0, BTreeMap::new()));
        told.kits.remove("docs");
        kit(told, "mail").0 = 5;
        kit(told, "auth").1.insert("ttl".to_owned(), 5);
        told.entities[0].1.remove(1);
        told.entities[0].1.push("weight".to_owned());
        told.scale = "large".to_owned();
    });
    let both = ours.with(|told| {
        told.kits.insert("cache".to_owned(), (0, BTreeMap::new()));
        told.kits.remove("docs");
        kit(told, "mail").0 = 5;
        kit(told, "auth").1.insert("ttl".to_owned(), 5);
        told.entities[0].1 = ["number", "weight", "total"].map(str::to_owned).to_vec();
        told.scale = "large".to_owned();
    });
    assert_eq!(merged(&base, &ours, &theirs), Ok(both.lock()));
}

#[test]
fn of_two_versions_the_higher_with_its_digest() {
    let base = base();
    let ours = base.with(|told| kit(told, "auth").0 = 9);
    let theirs = base.with(|told| kit(told, "auth").0 = 10);
    assert_eq!(merged(&base, &ours, &theirs), Ok(theirs.lock()));
    assert_eq!(merged(&base, &theirs, &ours), Ok(theirs.lock()));
}

#[test]
fn what_only_a_person_can_decide() {
    let base = base();
    let option = |value| {
        move |told: &mut Told| {
            kit(told, "auth").1.insert("ttl".to_owned(), value);
        }
    };
    let says = |ours: Told, theirs: Told| merged(&base, &ours, &theirs).unwrap_err();
    let cases = [
        says(base.with(option(1)), base.with(option(2))),
        says(base.with(option(1)), base.with(|told| drop(told.kits.remove("auth")))),
        says(
            base.with(|told| kit(told, "auth").0 = 9),
            base.with(|told| drop(told.kits.remove("auth"))),
        ),
        says(
            base.with(|told| told.scale = "large".to_owned()),
            base.with(|told| told.scale = "medium".to_owned()),
        ),
        says(
            base.with(|told| told.entities[0].1.push("total".to_owned())),
            base.with(|told| drop(told.entities.remove(0))),
        ),
    ];
    insta::assert_snapshot!(cases.join("\n"), @"
    kit.auth.option.ttl
    kit.auth
    kit.auth
    project.scale
    entity.shop.Order
    ");
}

#[test]
fn no_lock_is_no_merge() {
    let text = base().lock();
    assert!(matches!(merge_locks("", &text, &text), Err(Unmerged::NoLock(_))));
    assert!(matches!(merge_locks(&text, "<<<<<<< a\n", &text), Err(Unmerged::NoLock(_))));
}

#[test]
fn both_sides_are_preferences() {
    let base = base();
    let ours = base.with(|told| {
        kit(told, "auth").0 = 9;
        kit(told, "docs").0 = 3;
        told.kits.insert("blob".to_owned(), (0, BTreeMap::new()));
    });
    let theirs = base.with(|told| {
        kit(told, "auth").0 = 10;
        kit(told, "mail").0 = 1;
        told.kits.insert("cache".to_owned(), (0, BTreeMap::new()));
    });
    let [base, ours, theirs] =
        [base, ours, theirs].map(|told| read_lock(&Source::new("x", told.lock())).unwrap());
    let shown = |base: Option<&Lock>| {
        let (lock, moved) = prefer(base, &ours, &theirs);
        let version = |version: &Option<semver::Version>| {
            version.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string)
        };
        let line = |moved: &kiln_resolve::Moved| {
            assert_eq!(lock.kits[&moved.kit].version, moved.preferred);
            let (ours, theirs) = (version(&moved.ours), version(&moved.theirs));
            format!("{}: {ours} {theirs} → {} {:?}", moved.kit, moved.preferred, moved.preference)
        };
        moved.iter().map(line).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(shown(Some(&base)), @"
    auth: 1.9.0 1.10.0 → 1.10.0 Higher
    blob: 1.0.0 - → 1.0.0 Ours
    cache: - 1.0.0 → 1.0.0 Theirs
    docs: 1.3.0 1.2.0 → 1.3.0 Ours
    mail: 1.2.0 1.1.0 → 1.1.0 Theirs
    ");
    // Without the base nobody knows who moved.
    insta::assert_snapshot!(shown(None), @"
    auth: 1.9.0 1.10.0 → 1.10.0 Higher
    blob: 1.0.0 - → 1.0.0 Ours
    cache: - 1.0.0 → 1.0.0 Theirs
    docs: 1.3.0 1.2.0 → 1.3.0 Higher
    mail: 1.2.0 1.1.0 → 1.2.0 Higher
    ");
}

#[test]
fn markers_that_do_not_fit_together() {
    let texts = [
        "a\n<<<<<<< x\nb\n",
        "<<<<<<< x\n=======\n",
        "a\n=======\n>>>>>>> y\n",
        "<<<<<<< x\n>>>>>>> y\n",
        "<<<<<<< x\n=======\n=======\n>>>>>>> y\n",
        "<<<<<<< x\n<<<<<<< x\n=======\n>>>>>>> y\n",
    ];
    let lines: Vec<String> =
        texts.iter().map(|text| split_conflicts(text).unwrap_err().line.to_string()).collect();
    insta::assert_snapshot!(lines.join(" "), @"3 2 2 2 3 2");
}

/// A piece of a text: the same on all sides, or a conflict.
#[derive(Debug, Clone)]
enum Piece {
    Same(Vec<String>),
    Conflict([Vec<String>; 3]),
}

fn lines() -> impl Strategy<Value = Vec<String>> {
    // Lines that look like markers of another length must stay text.
    let line =
        prop_oneof!["[a-z =]{0,6}", Just("<<<<<< x".to_owned()), Just("=========".to_owned())];
    prop::collection::vec(line.prop_map(|line| line + "\n"), 0..3)
}

fn piece() -> impl Strategy<Value = Piece> {
    prop_oneof![
        lines().prop_map(Piece::Same),
        [lines(), lines(), lines()].prop_map(Piece::Conflict),
    ]
}

proptest! {
    #[test]
    fn sides_are_what_the_markers_enclose(
        pieces in prop::collection::vec(piece(), 0..6),
        diff3 in any::<bool>(),
        long in any::<bool>(),
    ) {
        let length = if long { 12 } else { 7 };
        let marker = |c: char, label: &str| c.to_string().repeat(length) + label + "\n";
        let mut text = String::new();
        let mut sides = [String::new(), String::new(), String::new()];
        for piece in &pieces {
            match piece {
                Piece::Same(lines) => {
                    text += &lines.concat();
                    sides.iter_mut().for_each(|side| *side += &lines.concat());
                }
                Piece::Conflict([ours, before, theirs]) => {
                    text += &(marker('<', " HEAD") + &ours.concat());
                    if diff3 {
                        text += &(marker('|', " 1a2b") + &before.concat());
                    }
                    text += &(marker('=', "") + &theirs.concat() + &marker('>', " side"));
                    for (side, lines) in sides.iter_mut().zip([ours, before, theirs]) {
                        *side += &lines.concat();
                    }
                }
            }
        }
        let split = split_conflicts(&text);
        if pieces.iter().any(|piece| matches!(piece, Piece::Conflict(_))) {
            let split = split.unwrap().unwrap();
            let [ours, before, theirs] = sides;
            prop_assert_eq!(split.ours, ours);
            prop_assert_eq!(split.theirs, theirs);
            prop_assert_eq!(split.base, diff3.then_some(before));
        } else {
            prop_assert_eq!(split, Ok(None));
        }
    }

    /// Each kit is changed by one side at most, so the merge is all changes.
    #[test]
    fn changes_of_different_kits_come_together(
        deeds in prop::collection::vec((any::<bool>(), 0..4_u8, 0..9_i64), 8),
    ) {
        let id = |at: usize| format!("kit-{at}");
        let mut base = base();
        for at in (0..deeds.len()).step_by(2) {
            base.kits.insert(id(at), (1, BTreeMap::from([("a".to_owned(), 1)])));
        }
        let [mut ours, mut theirs, mut both] = [base.clone(), base.clone(), base.clone()];
        for (at, (mine, deed, value)) in deeds.iter().enumerate() {
            let side = if *mine { &mut ours } else { &mut theirs };
            for told in [side, &mut both] {
                let kit = told.kits.entry(id(at)).or_default();
                match deed {
                    0 => kit.0 = 2 + value.unsigned_abs(),
                    1 => {
                        kit.1.insert("b".to_owned(), *value);
                    }
                    2 => {
                        kit.1.remove("a");
                    }
                    _ => {
                        told.kits.remove(&id(at));
                    }
                }
            }
        }
        prop_assert_eq!(merged(&base, &ours, &theirs), Ok(both.lock()));
        prop_assert_eq!(merged(&base, &ours, &ours), Ok(ours.lock()));
        prop_assert_eq!(merged(&base, &base, &theirs), Ok(theirs.lock()));
    }
}
