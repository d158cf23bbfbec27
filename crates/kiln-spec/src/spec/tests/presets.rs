//! Tests of presets, alone and under a spec.

use kiln_base::Source;

use crate::{apply_scenario, decode_scenario, decode_spec};

const PRESET: &str = r#"
scenario saas version="1.2.0" {
    title "SaaS"
    summary "Teams"
    kits {
        redis-core "^1"
        jobs-taskiq
        file-upload { max-size "25MiB"; store s3 }
    }
    add entitlements.plans free team
    add backend.packages x
    module projects {
        entity Project { field a type=int }
        entity Milestone { belongs-to Project }
    }
    module extra { entity Thing { field b type=int } }
    ownership { managed "**"; foreign "a.json#b" }
}
"#;

fn apply(spec: &str) -> String {
    let (spec, _) = decode_spec(Source::new("kiln.kdl", spec)).map_err(|e| e.to_string()).unwrap();
    let (preset, _) = decode_scenario(Source::new("saas.kdl", PRESET)).unwrap();
    let applied = match apply_scenario(&spec, &preset) {
        Ok(applied) => applied,
        Err(errors) => return errors.to_string(),
    };
    let mut lines = Vec::new();
    for kit in &applied.kits {
        let options: Vec<String> = kit
            .options
            .iter()
            .map(|(name, value)| format!("{}={}@{}", name.value, value.show(), name.span.start))
            .collect();
        let range = kit.range.as_ref().map_or_else(String::new, |range| range.value.to_string());
        lines.push(format!(
            "kit {}@{} {range} {}",
            kit.id.value,
            kit.id.span.start,
            options.join(" ")
        ));
    }
    for add in &applied.inputs.adds {
        let keys: Vec<String> = add.keys.iter().map(|key| key.show()).collect();
        lines.push(format!("add {}.{} {}", add.capability.value, add.slot.value, keys.join(" ")));
    }
    for module in &applied.inputs.modules {
        let entities: Vec<String> = module
            .entities
            .iter()
            .map(|entity| {
                format!("{}@{}:{}", entity.name.value, entity.name.span.start, entity.members.len())
            })
            .collect();
        lines.push(format!("module {} {}", module.name.value, entities.join(" ")));
    }
    for rule in &applied.inputs.ownership {
        lines.push(format!("{:?} {}", rule.word, rule.glob.value));
    }
    lines.push(format!("foreign {}", applied.inputs.foreign.len()));
    lines.join("\n")
}

#[test]
fn presets() {
    let texts = [
        "",
        "kits { a }",
        "scenario saas { project abc; summary y }",
        "scenario saas version=1 { title X; kits { without a; redis from=acme }; library l path=p; confirm c }\nscenario two",
    ];
    let all: Vec<String> = texts
        .iter()
        .map(|text| {
            let decoded = decode_scenario(Source::new("x.kdl", *text));
            format!("{text}\n{}", decoded.map_or_else(|e| e.to_string(), |_| "fine".to_owned()))
        })
        .collect();
    insta::assert_snapshot!(all.join("\n"), @r#"

    error[missing-node]: there is no `scenario`
      at x.kdl:1:1
      hint: write `scenario NAME { … }`

    kits { a }
    error[missing-node]: there is no `scenario`
      at x.kdl:1:1
      hint: write `scenario NAME { … }`
    error[unknown-node]: a preset holds one `scenario`, not `kits`
      at x.kdl:1:1

    scenario saas { project abc; summary y }
    error[missing-node]: the preset has no title
      at x.kdl:1:1
      hint: write `title "…"` in its block
    error[unknown-node]: a preset has no `project`
      at x.kdl:1:17
      hint: it stands in the spec of each project

    scenario saas version=1 { title X; kits { without a; redis from=acme }; library l path=p; confirm c }
    scenario two
    error[wrong-type]: a text is needed here
      at x.kdl:1:23
      hint: quote it: `"1"`
    error[unknown-node]: a preset leaves a kit out by not naming it
      at x.kdl:1:43
    error[unknown-property]: `redis` has no property `from`
      at x.kdl:1:60
      hint: options stand in a block: `redis { from … }`
    error[unknown-node]: a preset has no `library`
      at x.kdl:1:73
      hint: it stands in the spec of each project
    error[unknown-node]: a preset has no `confirm`
      at x.kdl:1:91
      hint: it stands in the spec of each project
    error[duplicate-node]: a preset holds one `scenario`
      at x.kdl:2:1
    "#);
}

#[test]
fn the_spec_wins_over_its_preset() {
    let spec = r#"
project abc
scenario saas
kits { without jobs-taskiq; file-upload "^2" { max-size "50MiB" }; k8s }
add entitlements.plans team price=1
module projects { entity Project { field c type=int; field d type=int } }
ownership { seeded "docs/**"; foreign "a.json#b" why="mine" }
"#;
    insta::assert_snapshot!(apply(spec), @r#"
    kit redis-core@22 ^1 
    kit file-upload@55 ^2 store="s3"@22 max-size="50MiB"@74
    kit k8s@94  
    add entitlements.plans "free"
    add backend.packages "x"
    add entitlements.plans "team"
    module projects Milestone@22:1 Project@161:2
    module extra Thing@22:1
    Owned(Managed) **
    Owned(Seeded) docs/**
    foreign 1
    "#);
}

#[test]
fn presets_that_do_not_go_together() {
    let spec = r#"
project abc
scenario saas
kits { without redis; without k8s }
module mine { entity Thing }
"#;
    insta::assert_snapshot!(apply(spec), @"
    error[without-unknown]: the preset `saas` does not have the kit `redis`
      at kiln.kdl:4:16
      hint: did you mean `redis-core`?
    error[without-unknown]: the preset `saas` does not have the kit `k8s`
      at kiln.kdl:4:31
      hint: leave the line out; a kit that another one requires goes with that one
    error[duplicate-entity]: the entity `Thing` is in `extra` and in `mine`
      at kiln.kdl:5:22
      at kiln.kdl:3:10
      hint: one of them comes with the preset
    ");
}
