//! An option is changed, and what becomes another output is what `explain --option` said before.

use std::collections::{BTreeMap, BTreeSet};

use globset::Glob;
use kiln_engine::compose::explain::OptionReach;
use kiln_model::{Declaration, OptionScope, Raw, Section, SectionKind, ValueType};
use kiln_resolve::Catalog;

use super::{asked, builtin, kits};

/// By path: key, bytes and kit.
type Keys = BTreeMap<String, ([u8; 32], Vec<u8>, String)>;

fn keys(catalog: &Catalog, spec: &str) -> Result<Keys, String> {
    asked(catalog, spec, |inquiry| {
        let outputs = inquiry.plan.render().map_err(|errors| errors.to_string())?;
        Ok(outputs
            .into_iter()
            .map(|o| (o.path.to_string(), (o.key.0, o.bytes, o.kit_id)))
            .collect())
    })?
}

/// What differs between two renders.
struct Difference {
    changed: BTreeSet<String>,
    gone: BTreeSet<String>,
    /// With their kits.
    new: BTreeSet<(String, String)>,
}

fn difference(before: &Keys, after: &Keys) -> Difference {
    let both = before.iter().filter_map(|(path, old)| Some((path, old, after.get(path)?)));
    let changed = both.filter(|(_, old, new)| old != new).map(|(path, ..)| path.clone());
    let gone = before.keys().filter(|path| !after.contains_key(*path)).cloned();
    let new = after.iter().filter(|(path, _)| !before.contains_key(*path));
    let new = new.map(|(path, (.., kit))| (path.clone(), kit.clone()));
    Difference { changed: changed.collect(), gone: gone.collect(), new: new.collect() }
}

/// True if `pattern`, with placeholders in braces, may become `path`.
fn may_be(pattern: &str, path: &str) -> bool {
    let mut glob = String::new();
    let mut rest = pattern;
    while let Some(open) = rest.find('{') {
        let close = open + rest[open..].find('}').unwrap();
        glob.push_str(&rest[..open]);
        glob.push('*');
        rest = &rest[close + 1..];
    }
    glob.push_str(rest);
    Glob::new(&glob).unwrap().compile_matcher().is_match(path)
}

/// All that changed was said before; and what reads the option itself has another key.
fn holds(reach: &OptionReach, difference: &Difference, case: &str) {
    let said: BTreeSet<&str> = reach.outputs.iter().map(|output| output.path.as_str()).collect();
    for path in difference.changed.iter().chain(&difference.gone) {
        assert!(said.contains(path.as_str()), "{case}: `{path}` changed, and nobody said so");
    }
    for (path, kit) in &difference.new {
        let said = reach.others.iter().any(|(pattern, _)| may_be(pattern, path));
        assert!(
            said || reach.kits.contains(kit),
            "{case}: `{path}` of `{kit}` is new, and nobody said so"
        );
    }
}

/// Values that an option may have beside the one that it has, as a spec writes them.
fn others(declaration: &Declaration, now: Option<&Raw>) -> Vec<String> {
    let quoted = |text: &str| format!("{text:?}");
    let all: Vec<Raw> = if declaration.choices.is_empty() {
        match (declaration.value_type, now) {
            (ValueType::Bool, Some(Raw::Bool(value))) => vec![Raw::Bool(!value)],
            (ValueType::Int, Some(Raw::Int(value))) => {
                [1, -1, 7].iter().map(|more| Raw::Int(value + more)).collect()
            }
            (ValueType::List, Some(Raw::List(texts))) => {
                let more = |text: &str| {
                    Raw::List(texts.iter().cloned().chain([text.to_owned()]).collect())
                };
                let fewer = texts.iter().skip(1).cloned().collect();
                vec![more("other-one"), more("de"), more("https://other.example"), Raw::List(fewer)]
            }
            (ValueType::Duration, _) => vec![Raw::Text("16m".into()), Raw::Text("9d".into())],
            (ValueType::Size, _) => vec![Raw::Text("26MiB".into())],
            _ => [
                "other",
                "other-one",
                "9.9",
                "https://other.example/x",
                "other@other.example",
                "16",
                "Other",
            ]
            .iter()
            .map(|text| Raw::Text((*text).to_owned()))
            .collect(),
        }
    } else {
        declaration.choices.iter().map(|choice| choice.value.clone()).collect()
    };
    let other = |raw: &&Raw| Some(*raw) != now;
    all.iter()
        .filter(other)
        .map(|raw| match raw {
            Raw::Text(text) => quoted(text),
            other => other.show(),
        })
        .collect()
}

fn project_options(sections: &[Section], found: &mut Vec<Declaration>) {
    for section in sections {
        match &section.kind {
            SectionKind::Option(option) if option.scope == OptionScope::Project => {
                found.push(option.declaration.clone());
            }
            SectionKind::Condition(condition) => project_options(&condition.body, found),
            _ => {}
        }
    }
}

/// Changes every option of every kit in the project to other values. `with` writes the spec with one option set.
/// Gives how many options were changed at least once, and those that were not.
fn change_every_option(
    catalog: &Catalog,
    spec: &str,
    with: impl Fn(&str, &str, &str) -> String,
) -> (usize, Vec<String>) {
    let before = keys(catalog, spec).unwrap();
    let every = asked(catalog, spec, |inquiry| {
        let names = inquiry.option_names();
        let reach = |name: &String| {
            let (kit, option) = name.split_once('.').unwrap();
            inquiry.option(kit, option).unwrap()
        };
        names.iter().map(reach).collect::<Vec<_>>()
    })
    .unwrap();
    let (mut done, mut left) = (0, Vec::new());
    for reach in every.iter().filter(|reach| reach.on == "project") {
        let (kit, option) = reach.option.split_once('.').unwrap();
        let mut all = Vec::new();
        project_options(&catalog.versions(kit)[0].manifest.sections, &mut all);
        let declaration = all.iter().find(|known| known.name.value == option).unwrap();
        let now = declaration.default.as_ref().map(|default| &default.value);
        let mut changed = false;
        for value in others(declaration, now) {
            let text = with(kit, option, &value);
            let Ok(after) = keys(catalog, &text) else { continue };
            let difference = difference(&before, &after);
            holds(reach, &difference, &format!("{} {value}", reach.option));
            changed = true;
            for output in reach.outputs.iter().filter(|output| output.direct) {
                let whole = matches!(
                    declaration.value_type,
                    ValueType::Int | ValueType::Bool | ValueType::String
                );
                let stays = after.contains_key(&output.path) && whole;
                assert!(
                    !stays || difference.changed.contains(&output.path),
                    "{} {value}: `{}` reads it and has the same key",
                    reach.option,
                    output.path
                );
            }
            // A choice has few values: all of them. Of the rest one is enough.
            if declaration.choices.is_empty() && declaration.value_type != ValueType::List {
                break;
            }
        }
        if changed { done += 1 } else { left.push(reach.option.clone()) }
    }
    (done, left)
}

const CORE: &str = r#"kit core version="1.0.0" {
    title "Core"
    summary "Everything that an option may lead through"
    layer foundation
    category test
    option label default="one" help="goes into a fact"
    option dir default=out help="a path"
    option mode default=plain help="a condition" {
        choice plain
        choice fancy
        choice bare
    }
    option tags type=list { default a b }
    option extra default=#false
    option rank type=int default=3
    option order type=list { default x y z }
    option said default="hello"
    option width type=int default=80
    option lonely default=#true
    option wants default=#false
    option keyed default=k
    when wants=#true { requires helper }
    provides core:one {
        fact label "label-{option.label}"
        fact twice "{option.rank}"
        slot things sort=rank {
            key name
            field rank default=10
            field text type=text default=""
            field note default=""
        }
        slot ordered sort=place {
            key name
            field place in=option.order
        }
    }
    when mode=fancy {
        provides core:one { fact style "fancy" }
        option depth type=int default=1
        files fancy into="{option.dir}"
        merge more
    }
    unless mode=fancy {
        provides core:one { fact style "plain" }
    }
    files plain into="{option.dir}"
    files each each=option.tags
    files fixed
    files doc
    when extra=#true {
        add core.things second rank=4
    }
    when lonely=#true { files alone }
    add core.things first rank="{option.rank}" text=(part)"first.txt" note="fixed"
    add core.things "{option.keyed}" rank=99
    add core.ordered p place=x
    add core.ordered q place=y
}
"#;

const READER: &str = r#"kit reader version="1.0.0" {
    title "Reader"
    summary "Reads what others say"
    layer middleware
    category test
    requires core
    provides reading { fact of "read-{core.label}" }
    files facts
    files items
    files order
    files each each=core.things
    files far into="{core.label}"
    with helper help="together" { files both }
}
"#;

const HELPER: &str = r#"kit helper version="1.0.0" {
    title "Helper"
    summary "Comes by an option"
    layer foundation
    category test
    provides helping
    files root
}
"#;

#[test]
fn every_way_of_an_option() {
    let (_folder, catalog) = kits(&[
        ("core/kit.kdl", CORE),
        ("core/files/plain/plain.txt", "width {= option.width =}\n"),
        ("core/files/fancy/fancy.txt", "depth {= option.depth =}\n"),
        ("core/files/each/tags/{item.name}.txt", "a tag\n"),
        ("core/files/fixed/fixed.txt", "fixed\n"),
        ("core/files/doc/doc.json", "{\n  \"a\": 1\n}\n"),
        ("core/files/alone/alone.txt", "alone\n"),
        ("core/merge/more/doc.json", "{\n  \"b\": {= option.depth =}\n}\n"),
        ("core/parts/first.txt", "{= option.said =}\n"),
        ("reader/kit.kdl", READER),
        ("reader/files/facts/facts.txt", "{= core.style =} {= reading.of =}\n"),
        (
            "reader/files/items/items.txt",
            "{% for thing in core.things %}\n{= thing.name =} {= thing.text =}\n{% endfor %}\n",
        ),
        (
            "reader/files/items/notes.txt",
            "{= core.things | pluck(attribute=\"note\") | join(sep=\" \") =}\n",
        ),
        (
            "reader/files/order/order.txt",
            "{= core.ordered | pluck(attribute=\"name\") | join(sep=\" \") =}\n",
        ),
        ("reader/files/each/each/{item.name}.md", "{= item.rank =}\n"),
        ("reader/files/far/far.txt", "far\n"),
        ("reader/files/both/both.txt", "both\n"),
        ("helper/kit.kdl", HELPER),
        ("helper/files/root/helper.txt", "helper\n"),
    ]);
    let spec = |options: &str| {
        format!(
            "project demo-site {{ title \"Demo\" }}\nkits {{\n  core {{ {options} }}\n  reader\n}}\n"
        )
    };
    let with = |kit: &str, option: &str, value: &str| {
        assert_eq!(kit, "core");
        spec(&format!("{option} {value}"))
    };
    let (done, left) = change_every_option(&catalog, &spec(""), with);
    assert_eq!((done, left.as_slice()), (12, ["core.depth".to_owned()].as_slice()));
    let reached = asked(&catalog, &spec(""), |inquiry| {
        let mut shown = String::new();
        for name in inquiry.option_names() {
            let (kit, option) = name.split_once('.').unwrap();
            let reach = inquiry.option(kit, option).unwrap();
            let paths: Vec<String> = reach
                .outputs
                .iter()
                .map(|output| format!("{}{}", output.path, if output.direct { "!" } else { "" }))
                .collect();
            let others: Vec<&str> = reach.others.iter().map(|(path, _)| path.as_str()).collect();
            shown.push_str(&format!("{name}: {}\n", paths.join(" ")));
            if !others.is_empty() {
                shown.push_str(&format!("    may write {}\n", others.join(" ")));
            }
        }
        shown
    })
    .unwrap();
    insta::assert_snapshot!(reached, @"
    core.depth: 
    core.dir: out/plain.txt
        may write {option.dir}/plain.txt
    core.extra: each/first.md each/k.md items.txt notes.txt
        may write each/{item.name}.md
    core.keyed: each/first.md each/k.md items.txt notes.txt
        may write each/{item.name}.md
    core.label: facts.txt label-one/far.txt
        may write {core.label}/far.txt
    core.lonely: alone.txt
    core.mode: doc.json facts.txt
        may write {option.dir}/fancy.txt
    core.order: order.txt
    core.rank: each/first.md each/k.md items.txt notes.txt
        may write each/{item.name}.md
    core.said: items.txt
    core.tags: tags/a.txt tags/b.txt
        may write tags/{item.name}.txt
    core.wants: 
        may write both.txt
    core.width: out/plain.txt!
    ");
}

#[test]
fn every_option_of_the_real_kits() {
    let (catalog, spec) = builtin();
    let with = |kit: &str, option: &str, value: &str| {
        let line = format!("\n    {kit}\n");
        assert!(spec.contains(&line) || !spec.contains(&format!("\n    {kit} ")), "{kit}");
        if spec.contains(&line) {
            spec.replacen(&line, &format!("\n    {kit} {{ {option} {value} }}\n"), 1)
        } else {
            spec.replacen(
                "\nkits {\n",
                &format!("\nkits {{\n    {kit} {{ {option} {value} }}\n"),
                1,
            )
        }
    };
    let (done, left) = change_every_option(&catalog, &spec, with);
    assert!(done > left.len() * 4, "{done} options were changed, not: {}", left.join(", "));
}
