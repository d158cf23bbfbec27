//! A lock that is written and read is the same lock, whatever texts people put into it; and what is no lock is refused
//! without a panic.

use std::collections::{BTreeMap, BTreeSet};

use kiln_base::{Source, Span, Spanned, sha256};
use kiln_model::{
    Add, BelongsTo, Entity, Field, FieldType, Foreign, Inputs, KitOption, Member, Module, OnDelete,
    Ownership, OwnershipRule, OwnershipWord, Place, Project, Raw,
};
use kiln_resolve::{Lock, LockedCatalogue, LockedKit, read_lock, write_lock};
use proptest::prelude::*;
use semver::Version;

fn plain<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Span::default())
}

/// Texts with what breaks careless quoting: quotes, backslashes, line ends, control characters, other scripts.
fn text() -> impl Strategy<Value = String> + Clone {
    prop_oneof![
        "[a-z ]{0,12}",
        any::<String>(),
        prop::sample::select(
            &["\"\"\"", "'''", "\\", "a\nb", "\r\n", "[kit.x]", "# ---- end", "\u{7f}"][..]
        )
        .prop_map(str::to_owned),
    ]
}

fn word() -> impl Strategy<Value = String> + Clone {
    "[a-z][a-z0-9]{0,5}(-[a-z][a-z0-9]{0,3})?"
}

fn raw() -> impl Strategy<Value = Raw> + Clone {
    prop_oneof![
        Just(Raw::Null),
        any::<bool>().prop_map(Raw::Bool),
        any::<i64>().prop_map(Raw::Int),
        text().prop_map(Raw::Text),
        prop::collection::vec(text(), 0..3).prop_map(Raw::List),
    ]
}

/// Options by kit, as reading gives them back: those of one kit together, each once.
fn kit_options() -> impl Strategy<Value = Vec<KitOption>> {
    prop::collection::btree_map(word(), prop::collection::btree_map(word(), raw(), 1..3), 0..2)
        .prop_map(|kits| {
            let of = |(kit, options): (String, BTreeMap<String, Raw>)| {
                options
                    .into_iter()
                    .map(|(option, value)| KitOption {
                        kit: plain(kit.clone()),
                        option: plain(option),
                        value: plain(value),
                    })
                    .collect::<Vec<_>>()
            };
            kits.into_iter().flat_map(of).collect()
        })
}

fn field() -> impl Strategy<Value = Member> {
    let kind = prop::sample::select(&FieldType::ALL[..]).prop_map(|(_, kind)| kind);
    let bounds = prop::option::of(any::<i64>());
    let more = (
        prop::option::of(raw()),
        prop::collection::vec(text(), 0..3),
        prop::option::of(text()),
        prop::option::of(word()),
        kit_options(),
    );
    (word(), kind, any::<[bool; 4]>(), bounds.clone(), bounds, more).prop_map(
        |(name, field_type, flags, min, max, (default, values, database_default, was, options))| {
            let [required, unique, index, hidden] = flags;
            Member::Field(Field {
                name: plain(name),
                field_type,
                required,
                unique,
                index,
                hidden,
                min,
                max,
                default: default.map(plain),
                values: values.into_iter().map(plain).collect(),
                database_default: database_default.map(plain),
                was: was.map(plain),
                options,
            })
        },
    )
}

fn relation() -> impl Strategy<Value = Member> {
    let action =
        prop::option::of(prop::sample::select(&OnDelete::ALL[..]).prop_map(|(_, action)| action));
    let names = ("[A-Z][a-z]{1,6}", prop::option::of(word()), prop::option::of(word()));
    (names, any::<[bool; 3]>(), action, prop::option::of(text()), kit_options()).prop_map(
        |(
            (target, role, was),
            [required, unique, hidden],
            on_delete,
            database_default,
            options,
        )| {
            Member::BelongsTo(BelongsTo {
                target: plain(target),
                role: role.map(plain),
                required,
                unique,
                hidden,
                on_delete,
                database_default: database_default.map(plain),
                was: was.map(plain),
                options,
            })
        },
    )
}

fn sets() -> impl Strategy<Value = Vec<Vec<Spanned<String>>>> {
    let set = prop::collection::vec(word().prop_map(plain), 1..3);
    prop::collection::vec(set, 0..3)
}

fn entity() -> impl Strategy<Value = Entity> {
    let members = prop::collection::vec(prop_oneof![3 => field(), 1 => relation()], 0..4);
    let names = (
        "[A-Z][a-z]{1,6}",
        prop::option::of(word()),
        prop::option::of(word()),
        prop::option::of(word()),
    );
    (names, members, sets(), sets(), kit_options()).prop_map(
        |((name, table, plural, was), mut members, indexes, uniques, options)| {
            let mut columns = BTreeSet::new();
            members.retain(|member| columns.insert(member.column()));
            Entity {
                name: plain(name),
                table: table.map(plain),
                plural: plural.map(plain),
                was: was.map(plain),
                members,
                indexes,
                uniques,
                options,
            }
        },
    )
}

fn modules() -> impl Strategy<Value = Vec<Module>> {
    let module = (word(), prop::collection::vec(entity(), 0..3));
    prop::collection::vec(module, 0..3).prop_map(|modules| {
        let (mut names, mut all) = (BTreeSet::new(), Vec::new());
        for (name, mut entities) in modules {
            let mut seen = BTreeSet::new();
            entities.retain(|entity| seen.insert(entity.name.value.clone()));
            if names.insert(name.clone()) {
                all.push(Module { name: plain(name), was: None, entities });
            }
        }
        all
    })
}

/// Items of slots, as reading gives them back: one key each, those of one slot together.
fn adds() -> impl Strategy<Value = Vec<Add>> {
    let fields = prop::collection::btree_map(word(), raw(), 0..3);
    let items = prop::collection::btree_map(text(), fields, 1..3);
    prop::collection::btree_map((word(), word()), items, 0..3).prop_map(|slots| {
        let mut all = Vec::new();
        for ((capability, slot), items) in slots {
            for (key, fields) in items {
                all.push(Add {
                    span: Span::default(),
                    capability: plain(capability.clone()),
                    slot: plain(slot.clone()),
                    keys: vec![plain(Raw::Text(key))],
                    fields: fields
                        .into_iter()
                        .map(|(name, raw)| (plain(name), plain(raw)))
                        .collect(),
                    each: None,
                });
            }
        }
        all
    })
}

fn path() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{1,5}(/[a-z ]{0,4}[a-z]){0,2}", "[äöü#=\\[\\]']{1,4}/[a-z.]{1,5}[a-z]"]
}

fn inputs() -> impl Strategy<Value = Inputs> {
    let words = [
        OwnershipWord::Exclude,
        OwnershipWord::Owned(Ownership::Managed),
        OwnershipWord::Owned(Ownership::Merged),
        OwnershipWord::Owned(Ownership::Seeded),
    ];
    let rules = prop::collection::btree_map(text(), prop::sample::select(words.to_vec()), 0..3);
    let places = prop::collection::btree_map(path(), path(), 0..3);
    let foreign = prop::collection::btree_set(text(), 0..3);
    let project = (word(), text(), text(), word());
    (project, modules(), adds(), rules, foreign, places).prop_map(
        |((name, title, summary, scale), modules, adds, rules, foreign, places)| Inputs {
            source: None,
            project: Project { name: plain(name), title, summary, scale },
            modules,
            adds,
            ownership: rules
                .into_iter()
                .map(|(glob, word)| OwnershipRule { word, glob: plain(glob), why: None })
                .collect(),
            foreign: foreign
                .into_iter()
                .map(|target| Foreign { target: plain(target), why: None })
                .collect(),
            places: places
                .into_iter()
                .map(|(from, to)| Place { from: plain(from), to: plain(to) })
                .collect(),
        },
    )
}

fn lock() -> impl Strategy<Value = Lock> {
    let kit = (
        any::<[u16; 3]>(),
        any::<bool>(),
        text(),
        prop::collection::btree_map(word(), raw(), 0..3),
    )
        .prop_map(|([major, minor, patch], digest, source, options)| LockedKit {
            version: Version::new(major.into(), minor.into(), patch.into()),
            sha256: digest.then(|| sha256(source.as_bytes())),
            source,
            options,
        });
    let catalogue =
        text().prop_map(|date| LockedCatalogue { sha256: sha256(date.as_bytes()), date });
    (
        any::<u32>(),
        inputs(),
        prop::option::of(text()),
        prop::collection::btree_map(word(), catalogue, 0..2),
        prop::collection::btree_map(word(), kit, 0..4),
    )
        .prop_map(|(render, inputs, scenario, catalogues, kits)| Lock {
            render,
            inputs,
            scenario,
            catalogues,
            kits,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn a_lock_comes_back(lock in lock()) {
        let text = write_lock(&lock);
        let read = read_lock(&Source::new("kiln.lock", text.as_str()));
        let read = read.map_err(|errors| TestCaseError::fail(format!("{errors}\n{text}")))?;
        prop_assert_eq!(&read, &lock, "{}", text);
        prop_assert_eq!(write_lock(&read), text);
    }

    /// What was cut, doubled or overwritten anywhere is read or refused; nothing panics, and what is read is a lock that
    /// is written in one way.
    #[test]
    fn damage_never_panics(lock in lock(), at in any::<prop::sample::Index>(), length in 0_usize..40, with in text()) {
        let mut text: Vec<char> = write_lock(&lock).chars().collect();
        let start = at.index(text.len());
        let end = (start + length).min(text.len());
        text.splice(start..end, with.chars());
        let text: String = text.into_iter().collect();
        if let Ok(read) = read_lock(&Source::new("kiln.lock", text.as_str())) {
            let written = write_lock(&read);
            let again = read_lock(&Source::new("kiln.lock", written.as_str()));
            prop_assert_eq!(again.map_err(|errors| TestCaseError::fail(errors.to_string()))?, read);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = read_lock(&Source::new("kiln.lock", format!("version = 1\nrender = 1\n{text}")));
        prop_assert!(read_lock(&Source::new("kiln.lock", text)).is_err());
    }
}
