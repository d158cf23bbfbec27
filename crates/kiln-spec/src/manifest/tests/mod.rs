//! Tests of manifests.

mod declarations;
mod sections;

use kiln_base::Source;

use crate::decode_manifest;
use crate::testing::compact;

const KIT: &str = r##"
kit redis-pubsub version="1.2.0" format=1 kiln=">=0.3" license=MIT {
    title "Pub/Sub with Redis"
    summary "Messages reach every instance"
    layer middleware
    category messaging
    tags pubsub fanout
    deprecated "use another one"

    supports backend:fastapi backend:go
    requires redis
    requires jobs prefer=jobs-taskiq
    requires auth-jwt version="^2"
    conflicts deploy-serverless why="functions hold no sockets"
    provides audit
    provides pubsub {
        fact module "{backend.package}.pubsub" help="Python module to import from"
        fact port "{option.shards}"
        slot topics sort=name help="what can be published" {
            key name pattern="[a-z]+"
            field payload default=json { choice json "text"; choice bytes }
            field next type=list in=pubsub.topics
            field body type=text default=""
        }
        slot guards on=entity {
            key action
            field column in=entity.fields default=""
        }
    }
    option shards default=1 min=1 max=64 help="channels that a topic is spread over"
    option ttl type=duration default="15m" min="1m" max="1h"
    option roles { default viewer member }
    option none type=list { default }
    option live on=entity default=#true
    option mode default=a deprecated="set ttl" { choice a; choice b }

    when backend:fastapi mode=b {
        provides pubsub { fact extra #true }
        files fastapi into="{backend.src}" ownership=append-only verbatim=#true
        files topics each=pubsub.topics
        merge ci into="{layout.dir}"
        computed "{backend.dir}/requirements.lock" catalogue=python from=backend.packages group=runtime
        add pubsub.topics alpha beta payload=bytes body=(part)"x.md" { next alpha beta }
        add config.vars "{item.upper}" each=option.roles
    }
    unless live=#true {
        add pubsub.guards write
    }
    with tenancy help="a tenant's messages stay with the tenant" {
        extend entity {
            field tenant_id type=uuid required=#true { database-default "x()" }
            belongs-to Tenant as=owner on-delete=cascade required=#true
            scope tenant_id
            index tenant_id owner_id
            rule isolate up=(part)"up.sql" down=(part)"down.sql"
        }
    }
    with queue help="no block"
    entity Tenant table=tenants since="tenancy_0001" scoped=#true
    derived "openapi.json" by="make generate"
    next "make setup" when-changed="**/pyproject.toml" { when-changed "a" "b" }
    reserve module core custom why="the service has parts of that name"
    changes "1.2.0" {
        note "Better"
        option lifetime renamed=ttl
        option old removed="set ttl"
        moved "{backend.src}/a.py" to="{backend.src}/b.py"
        replaced-by auth-core
    }
}
"##;

fn errors(text: &str) -> String {
    match decode_manifest(Source::new("kit.kdl", text)) {
        Ok((_, warnings)) => format!("no error\n{warnings}"),
        Err(errors) => errors.to_string(),
    }
}

/// The errors of a kit that is whole but for these lines, which begin in line 2.
fn errors_of(lines: &str) -> String {
    let head = "title t; summary s; layer feature; category c";
    errors(&format!("kit abc version=\"1.0.0\" {{ {head}\n{}\n}}", lines.trim()))
}

#[test]
fn a_whole_manifest() {
    let (manifest, warnings) =
        decode_manifest(Source::new("kit.kdl", KIT)).map_err(|e| e.to_string()).unwrap();
    assert!(warnings.0.is_empty());
    insta::assert_snapshot!(compact(&manifest), @r#"
    Manifest { id: "redis-pubsub", version: Version { major: 1, minor: 2, patch: 0 }, format: 1, kiln: Some(Spanned { value: VersionReq { comparators: [Comparator { op: GreaterEq, major: 0, minor: 3, pre: Prerelease("") }] }}), license: "MIT", title: "Pub/Sub with Redis", summary: "Messages reach every instance", layer: Middleware, category: "messaging", tags: ["pubsub", "fanout"], deprecated: "use another one", sections: [
    Section {kind: Supports(["backend:fastapi", "backend:go"]) },
    Section {kind: Requires(Requires { names: ["redis"], }) },
    Section {kind: Requires(Requires { names: ["jobs"], prefer: "jobs-taskiq", }) },
    Section {kind: Requires(Requires { names: ["auth-jwt"], version: Some(Spanned { value: VersionReq { comparators: [Comparator { op: Caret, major: 2, pre: Prerelease("") }] }}) }) },
    Section {kind: Conflicts(Conflicts { names: ["deploy-serverless"], why: "functions hold no sockets" }) },
    Section {kind: Provides(Provides { names: ["audit"], }) },
    Section {kind: Provides(Provides { names: ["pubsub"], exclusive: true, facts: [
    Fact { name: "module", value: Text("{backend.package}.pubsub"), help: "Python module to import from" },
    Fact { name: "port", value: Text("{option.shards}"), }], slots: [
    Slot { name: "topics", sort: "name", help: "what can be published", key:
    Declaration { name: "name", value_type: String, pattern: "[a-z]+", }, fields: [
    Declaration { name: "payload", value_type: String, default: Some(Text("json")), choices: [Choice { value: Text("json"), help: "text" }, Choice { value: Text("bytes"), }] },
    Declaration { name: "next", value_type: List, within: "pubsub.topics", },
    Declaration { name: "body", value_type: Text, default: Some(Text("")), }] },
    Slot { name: "guards", per_entity: true, key:
    Declaration { name: "action", value_type: String, }, fields: [
    Declaration { name: "column", value_type: String, default: Some(Text("")), within: "entity.fields", }] }] }) },
    Section {kind: Option(OptionDeclaration { scope: Project, declaration:
    Declaration { name: "shards", value_type: Int, default: Some(Int(1)), min: Some(Int(1)), max: Some(Int(64)), help: "channels that a topic is spread over", }, }) },
    Section {kind: Option(OptionDeclaration { scope: Project, declaration:
    Declaration { name: "ttl", value_type: Duration, default: Some(Text("15m")), min: Some(Text("1m")), max: Some(Text("1h")), }, }) },
    Section {kind: Option(OptionDeclaration { scope: Project, declaration:
    Declaration { name: "roles", value_type: List, default: Some(List(["viewer", "member"])), }, }) },
    Section {kind: Option(OptionDeclaration { scope: Project, declaration:
    Declaration { name: "none", value_type: List, default: Some(List([])), }, }) },
    Section {kind: Option(OptionDeclaration { scope: Entity, declaration:
    Declaration { name: "live", value_type: Bool, default: Some(Bool(true)), }, }) },
    Section {kind: Option(OptionDeclaration { scope: Project, declaration:
    Declaration { name: "mode", value_type: String, default: Some(Text("a")), choices: [Choice { value: Text("a"), }, Choice { value: Text("b"), }] }, deprecated: "set ttl" }) },
    Section {kind: Condition(Condition { kind: When, names: ["backend:fastapi"], options: [("mode", Text("b"))], body: [
    Section {kind: Provides(Provides { names: ["pubsub"], exclusive: true, facts: [
    Fact { name: "extra", value: Bool(true), }], }) },
    Section {kind: Files(Files { folder: "fastapi", into: "{backend.src}", ownership: AppendOnly, verbatim: true }) },
    Section {kind: Files(Files { folder: "topics", each: "pubsub.topics", ownership: Merged, }) },
    Section {kind: Merge(MergeDocuments { folder: "ci", into: "{layout.dir}" }) },
    Section {kind: Computed(Computed { path: "{backend.dir}/requirements.lock", catalogue: "python", from: "backend.packages", group: "runtime" }) },
    Section {kind:
    Add(
    Add {capability: "pubsub", slot: "topics", keys: [Text("alpha"), Text("beta")], fields: [("payload", Text("bytes")), ("body", Part("x.md")), ("next", List(["alpha", "beta"]))], }) },
    Section {kind:
    Add(
    Add {capability: "config", slot: "vars", keys: [Text("{item.upper}")], each: "option.roles" }) }] }) },
    Section {kind: Condition(Condition { kind: Unless, options: [("live", Bool(true))], body: [
    Section {kind:
    Add(
    Add {capability: "pubsub", slot: "guards", keys: [Text("write")], }) }] }) },
    Section {kind: Condition(Condition { kind: With, names: ["tenancy"], help: "a tenant's messages stay with the tenant", body: [
    Section {kind: Extend(Extension { members: [
    Field(
    Field { name: "tenant_id", field_type: Uuid, required: true, database_default: Some("x()"), }),
    BelongsTo(
    BelongsTo { target: "Tenant", role: "owner", required: true, on_delete: Cascade, })], indexes: [["tenant_id", "owner_id"]], scope: "tenant_id", rules: [
    Rule { name: "isolate", up: "up.sql", down: "down.sql" }] }) }] }) },
    Section {kind: Condition(Condition { kind: With, names: ["queue"], help: "no block", }) },
    Section {kind:
    Entity(KitEntity { name: "Tenant", table: "tenants", since: "tenancy_0001", scoped: true }) },
    Section {kind: Derived(Derived { path: "openapi.json", by: "make generate" }) },
    Section {kind: Next(Next { text: "make setup", when_changed: ["**/pyproject.toml", "a", "b"] }) },
    Section {kind: Reserve(Reserve { kind: Module, names: ["core", "custom"], why: "the service has parts of that name" }) },
    Section {kind:
    Changes(
    Changes { version: Version { major: 1, minor: 2, patch: 0 }, notes: ["Better"], renamed_options: [("lifetime", "ttl")], removed_options: [("old", "set ttl")], moved: [("{backend.src}/a.py", "{backend.src}/b.py")], replaced_by: ["auth-core"] }) }] }
    "#);
}

#[test]
fn the_head() {
    let texts = [
        "",
        "kit abc",
        "kit 3d version=1.0.0 { }",
        "kit Abc version=\"1.0\" format=2 author=me {\n title Big Kit\n title \"x\"\n layer app\n category \"a b\"\n tags a A a\n}",
        "kit project version=\"1.0.0\" { title t; summary s; layer feature; category c }",
        "kit a version=\"1.0.0\"; kit b version=\"1.0.0\"; files x",
    ];
    let all: Vec<String> = texts.iter().map(|text| format!("{text}\n{}", errors(text))).collect();
    insta::assert_snapshot!(all.join("\n"), @r#"

    error[missing-node]: there is no `kit`
      at kit.kdl:1:1
      hint: write `kit ID version="1.0.0" { … }`

    kit abc
    error[missing-property]: `kit` needs `version=…`
      at kit.kdl:1:1
      hint: write `kit ID version="1.0.0" { title "…"; … }`
    error[missing-node]: the kit has no `title`
      at kit.kdl:1:1
      hint: write `title "…"` in its block
    error[missing-node]: the kit has no `summary`
      at kit.kdl:1:1
      hint: write `summary "one sentence"` in its block
    error[missing-node]: the kit has no `layer`
      at kit.kdl:1:1
      hint: write `layer foundation|middleware|feature|cross-cutting` in its block
    error[missing-node]: the kit has no `category`
      at kit.kdl:1:1
      hint: write `category NAME` in its block

    kit 3d version=1.0.0 { }
    error[missing-node]: the kit has no `title`
      at kit.kdl:1:1
      hint: write `title "…"` in its block
    error[missing-node]: the kit has no `summary`
      at kit.kdl:1:1
      hint: write `summary "one sentence"` in its block
    error[missing-node]: the kit has no `layer`
      at kit.kdl:1:1
      hint: write `layer foundation|middleware|feature|cross-cutting` in its block
    error[missing-node]: the kit has no `category`
      at kit.kdl:1:1
      hint: write `category NAME` in its block
    error[bare-word]: the word `3d` starts like a number
      at kit.kdl:1:5
      hint: quote it: `"3d"`
    error[bare-word]: the word `1.0.0` starts like a number
      at kit.kdl:1:16
      hint: quote it: `"1.0.0"`

    kit Abc version="1.0" format=2 author=me {
     title Big Kit
     title "x"
     layer app
     category "a b"
     tags a A a
    }
    error[unknown-format]: there is no format 2; this kiln knows format 1
      at kit.kdl:1:1
    error[missing-node]: the kit has no `summary`
      at kit.kdl:1:1
      hint: write `summary "one sentence"` in its block
    error[bad-name]: `Abc` is no name of a kit: lower-case words with `-` between them
      at kit.kdl:1:5
      hint: write `abc`
    error[bad-version]: `1.0` is no version: unexpected end of input while parsing minor version number
      at kit.kdl:1:17
      hint: such as `"1.2.3"`
    error[unknown-property]: `kit` has no property `author`
      at kit.kdl:1:32
      hint: it can be one of `version`, `format`, `kiln`, `license`
    error[too-many-arguments]: one value too many in `title`
      at kit.kdl:2:12
      hint: if it is one text, quote it: `"Big Kit"`
    error[duplicate-node]: `title` stands twice
      at kit.kdl:3:2: here again
      at kit.kdl:2:2: here first
    error[unknown-word]: `app` is no layer
      at kit.kdl:4:8
      hint: it can be one of `foundation`, `middleware`, `feature`, `cross-cutting`
    error[bad-name]: `a b` is no name of a category or tag: lower-case words with `-` between them
      at kit.kdl:5:11
      hint: write `a-b`
    error[bad-name]: `A` is no name of a category or tag: lower-case words with `-` between them
      at kit.kdl:6:9
      hint: write `a`
    error[duplicate-tag]: the tag `A` is there twice
      at kit.kdl:6:9: here again
      at kit.kdl:6:7: here first
    error[duplicate-tag]: the tag `a` is there twice
      at kit.kdl:6:11: here again
      at kit.kdl:6:7: here first

    kit project version="1.0.0" { title t; summary s; layer feature; category c }
    error[reserved-name]: `project` is a word of templates
      at kit.kdl:1:5

    kit a version="1.0.0"; kit b version="1.0.0"; files x
    error[missing-node]: the kit has no `title`
      at kit.kdl:1:1
      hint: write `title "…"` in its block
    error[missing-node]: the kit has no `summary`
      at kit.kdl:1:1
      hint: write `summary "one sentence"` in its block
    error[missing-node]: the kit has no `layer`
      at kit.kdl:1:1
      hint: write `layer foundation|middleware|feature|cross-cutting` in its block
    error[missing-node]: the kit has no `category`
      at kit.kdl:1:1
      hint: write `category NAME` in its block
    error[bad-name]: `a` is too short: the name of a kit has 2 to 60 characters
      at kit.kdl:1:5
    error[duplicate-node]: a manifest holds one `kit`
      at kit.kdl:1:24
    error[unknown-node]: a manifest holds one `kit`, not `files`
      at kit.kdl:1:47
      hint: it may belong into the block of `kit ID version="…" { … }`
    "#);
}
