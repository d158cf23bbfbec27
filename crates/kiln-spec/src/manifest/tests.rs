//! Tests of manifests.

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

#[test]
fn capabilities() {
    let text = r#"
requires
requires Redis redis redis
requires kit="redis"
requires redis >=1
requires a b version="^1" prefer=x
requires db:postgres version="^1"
supports backend="fastapi"
supports backend
conflicts abc version="x"
provides item
provides a b { fact x 1 }
provides c {
    fact x 1
    fact x 2
    fact flavour f
    fact y
    fact z (part)"q"
    fact w a b
    slot x { key k }
    slot s sort=nam { field name }
    slot t on=module { key a; key b; field a; field each; fields q }
    fcat x 1
}
provides c { fact x 3 }
"#;
    insta::assert_snapshot!(errors_of(text), @r#"
    error[missing-argument]: `requires` needs a name
      at kit.kdl:2:1
      hint: write `requires NAME… prefer=KIT`
    error[bad-name]: `Redis` is no capability and no kit
      at kit.kdl:3:10
      hint: a capability is `family` or `family:flavour`, in lower-case words with `-`
    error[duplicate-name]: the name `redis` is there twice
      at kit.kdl:3:22: here again
      at kit.kdl:3:16: here first
    error[missing-argument]: `requires` needs a name
      at kit.kdl:4:1
      hint: write `requires NAME… prefer=KIT`
    error[unknown-property]: `requires` has no property `kit`
      at kit.kdl:4:10
      hint: write `requires NAME`; a kit provides its own id
    error[unquoted-range]: KDL reads `>=1` as a property named `>`
      at kit.kdl:5:16
      hint: quote it: `">=1"`
    error[bad-range]: `version` goes with one kit
      at kit.kdl:6:22
      hint: write a `requires` of its own for it
    error[bad-name]: `x` is too short: the name of a kit has 2 to 60 characters
      at kit.kdl:6:34
    error[bad-name]: `prefer` goes with one capability
      at kit.kdl:6:34
      hint: write a `requires` of its own for it
    error[bad-range]: `version` goes with one kit
      at kit.kdl:7:30
      hint: write a `requires` of its own for it
    error[missing-argument]: `supports` needs a name
      at kit.kdl:8:1
      hint: write `supports FAMILY:FLAVOUR…`
    error[unknown-property]: `supports` has no property `backend`
      at kit.kdl:8:10
      hint: write `supports backend:…`
    error[bad-name]: `backend` has no flavour
      at kit.kdl:9:10
      hint: write `backend:FLAVOUR`, or `requires backend`
    error[bad-name]: a kit neither requires itself nor conflicts with it
      at kit.kdl:10:11
    error[reserved-name]: `item` is a word of templates
      at kit.kdl:11:10
    error[bad-place]: facts and slots belong to one family
      at kit.kdl:12:12
      hint: write a `provides` of its own for it
    error[duplicate-fact]: the fact or slot `x` is there twice
      at kit.kdl:15:10: here again
      at kit.kdl:14:10: here first
    error[reserved-name]: every capability has `flavour`
      at kit.kdl:16:10
      hint: take another name
    error[missing-argument]: `fact` needs a value
      at kit.kdl:17:5
      hint: write `fact NAME VALUE help="…"`
    error[wrong-type]: (part)"q" is no value of a fact
      at kit.kdl:18:12
    error[too-many-arguments]: one value too many in `fact`
      at kit.kdl:19:14
      hint: write `fact NAME VALUE help="…"`
    error[duplicate-fact]: the fact or slot `x` is there twice
      at kit.kdl:20:10: here again
      at kit.kdl:14:10: here first
    error[missing-node]: the slot has no `key`
      at kit.kdl:21:5
      hint: write `key NAME` in its block: what names an item
    error[unknown-field]: the slot has no field `nam` to sort by
      at kit.kdl:21:17
      hint: did you mean `name`?
    error[unknown-word]: `on` cannot be `module`
      at kit.kdl:22:15
      hint: it can be `entity`
    error[duplicate-node]: a slot has one `key`
      at kit.kdl:22:35: here again
      at kit.kdl:22:28: here first
    error[duplicate-field]: the field `a` is there twice
      at kit.kdl:22:44: here again
      at kit.kdl:22:28: here first
    error[reserved-name]: `each` is a property of `add`
      at kit.kdl:22:53
      hint: take another name
    error[unknown-node]: a slot has no `fields`
      at kit.kdl:22:59
      hint: did you mean `field`?
    error[unknown-node]: `provides` has no `fcat`
      at kit.kdl:23:5
      hint: did you mean `fact`?
    error[duplicate-fact]: `c.x` is stated twice
      at kit.kdl:25:19: here again
      at kit.kdl:14:10: here first
    "#);
}

#[test]
fn declarations() {
    let text = r#"
option
option A
option a type=integer
option b default="15m" type=duration min=1 max="1x"
option c default=5 min=6
option d default=5 min=9 max=1
option e type=size default="25 MB"
option f default=xx pattern="[a-"
option g default=Foo pattern="[a-z]+"
option h default=c { choice a; choice b; choice a; chioce d }
option i default=#true { choice #true }
option j type=list default=a { default b }
option k type=int default="5"
option l default=a on=module
option m in=entity.fields
option n in=option.a
option o in=option.roels
option p in=x
option roles { default a b 3 }
option q type=bool default=true
option r default=(part)"x"
option s type=string default="a\nb"
option t type=list max=1 { default a b }
option u type=int { choice 1; choice two }
option c default=1
option v default=a { choice b; choice c }
option w defualt=1
"#;
    insta::assert_snapshot!(errors_of(text), @r#"
    error[missing-argument]: `option` needs a name
      at kit.kdl:2:1
      hint: write `option NAME type=TYPE default=VALUE help="…"`
    error[bad-name]: `A` is no name of an option: lower-case words with `-` between them
      at kit.kdl:3:8
      hint: write `a`
    error[duplicate-option]: the option `a` is there twice
      at kit.kdl:4:8: here again
      at kit.kdl:3:8: here first
    error[unknown-word]: `type` cannot be `integer`
      at kit.kdl:4:15
      hint: did you mean `int`?
    error[wrong-type]: the bound of a duration is a duration
      at kit.kdl:5:42
      hint: such as `"15m"`
    error[wrong-type]: the bound of a duration is a duration
      at kit.kdl:5:48
      hint: such as `"15m"`
    error[out-of-range]: `c` is at least 6, not 5
      at kit.kdl:6:18
    error[bad-bounds]: `min` 9 is more than `max` 1
      at kit.kdl:7:24
      at kit.kdl:7:30
    error[wrong-type]: `e` is a size, not `"25 MB"`
      at kit.kdl:8:28
      hint: such as `"25MiB"`, with B, KB, MB, GB, KiB, MiB or GiB
    error[bad-pattern]: `[a-` is no regular expression: unclosed character class
      at kit.kdl:9:29
    error[no-match]: `g` cannot be `Foo`: it has to match `[a-z]+`
      at kit.kdl:10:18
    error[unknown-choice]: `h` cannot be `c`
      at kit.kdl:11:18
      hint: did you mean `a`?
    error[duplicate-choice]: the choice "a" is there twice
      at kit.kdl:11:42: here again
      at kit.kdl:11:22: here first
    error[unknown-node]: `option` has no `chioce`
      at kit.kdl:11:52
      hint: did you mean `choice`?
    error[bad-choice]: a `bool` has no choices
      at kit.kdl:12:8
    error[duplicate-node]: `option` has two defaults
      at kit.kdl:13:32: here again
      at kit.kdl:13:28: here first
    error[wrong-type]: `k` is a whole number, not `"5"`
      at kit.kdl:14:27
      hint: write it without quotes: `5`
    error[unknown-word]: `on` cannot be `module`
      at kit.kdl:15:23
      hint: it can be one of `entity`, `field`
    error[bad-reference]: `entity.fields` is known only where there is an entity
      at kit.kdl:16:13
      hint: write `on=entity`
    error[bad-reference]: `a` is no list
      at kit.kdl:17:13
      at kit.kdl:4:8: declared here
      hint: declare it with `type=list`
    error[unknown-option]: the kit has no option `roels`
      at kit.kdl:18:13
      hint: did you mean `roles`?
    error[bad-reference]: `x` is no reference
      at kit.kdl:19:13
      hint: `in` names `CAPABILITY.SLOT`, `option.NAME` or `entity.fields`
    error[wrong-type]: a text is needed here
      at kit.kdl:20:28
      hint: quote it: `"3"`
    error[bare-keyword]: a bare `true` is not KDL v2
      at kit.kdl:21:28
      hint: write `#true`, or `"true"` if the text is meant
    error[wrong-type]: `s` is one line of text, not `"a\nb"`
      at kit.kdl:23:30
    error[out-of-range]: `t` has at most 1 values, not 2
      at kit.kdl:24:28
    error[bad-choice]: a choice does not fit: `u` is a whole number, not `"two"`
      at kit.kdl:25:8
    error[duplicate-option]: the option `c` is there twice
      at kit.kdl:26:8: here again
      at kit.kdl:6:8: here first
    error[unknown-choice]: `v` cannot be `a`
      at kit.kdl:27:18
      hint: did you mean `b`?
    error[unknown-property]: `option` has no property `defualt`
      at kit.kdl:28:10
      hint: did you mean `default`?
    "#);
}

#[test]
fn conditions() {
    let text = r#"
option mode default=a { choice a; choice b }
option count default=1
option live on=entity default=#true
option many { default a b }
provides base
when
when mode
when modee=a { files x }
when mode=c { files x }
when count=1 { files x }
when live=yes { files x }
when many=a { files x }
unless a b { files x }
unless a mode=a
with help="x" { files y }
with mode=a
when backend:fastapi {
    option x default=1
    when mode=a { requires redis; conflicts z; supports a:b; title t; provides other { fact a 1 }; provides base { fact b 1 } }
    changes "1.0.0" { note x }
}
when live=#true { provides base; option y default=1; add a.b "{entity.snake}"; next "x" }
when mode=a { requires redis; provides late }
when late { provides late { fact x 1 } }
if x { }
"#;
    insta::assert_snapshot!(errors_of(text), @r#"
    error[bad-condition]: `when` needs a name or an option
      at kit.kdl:7:1
      hint: write `when NAME… OPTION=VALUE… { … }`
    error[bad-condition]: `when` has no block
      at kit.kdl:8:1
      hint: write `when NAME… OPTION=VALUE… { … }`
    error[unknown-option]: the kit has no option `modee`
      at kit.kdl:9:6
      hint: did you mean `mode`?
    error[unknown-choice]: `mode` cannot be `c`
      at kit.kdl:10:11
      hint: did you mean `a`?
    error[bad-condition]: `count` is neither true or false nor one of some choices
      at kit.kdl:11:6
      at kit.kdl:3:8: declared here
      hint: a condition has to be one of which all cases are known
    error[wrong-type]: `live` is true or false, not `"yes"`
      at kit.kdl:12:11
      hint: write `#true` or `#false`
    error[bad-condition]: `unless` takes one name or one option
      at kit.kdl:14:1
      hint: write `unless NAME { … }`
    error[bad-condition]: `unless` takes one name or one option
      at kit.kdl:15:1
      hint: write `unless NAME { … }`
    error[bad-condition]: `with` needs a name or an option
      at kit.kdl:16:1
      hint: write `with NAME… help="…" { … }`
    error[bad-condition]: `with` needs the name of a capability
      at kit.kdl:17:1
      hint: write `with NAME… help="…" { … }`
    error[bad-place]: `option` cannot depend on what else is in the project
      at kit.kdl:19:5
      at kit.kdl:18:1: this condition
      hint: move it out, or under a condition on an option
    error[bad-place]: `requires` cannot depend on what else is in the project
      at kit.kdl:20:19
      at kit.kdl:18:1: this condition
      hint: move it out, or under a condition on an option
    error[bad-place]: `conflicts` cannot depend on what else is in the project
      at kit.kdl:20:35
      at kit.kdl:18:1: this condition
      hint: move it out, or under a condition on an option
    error[bad-place]: `supports` cannot depend on what else is in the project
      at kit.kdl:20:48
      at kit.kdl:18:1: this condition
      hint: move it out, or under a condition on an option
    error[unknown-node]: a kit has no `title`
      at kit.kdl:20:62
      hint: it stands outside of conditions
    error[bad-place]: `other` cannot be provided only if something else is there
      at kit.kdl:20:80
      hint: write `provides other` outside of the condition too
    error[bad-place]: `changes` stands outside of conditions
      at kit.kdl:21:5
      at kit.kdl:18:1: this condition
      hint: move it out of the block
    error[bad-place]: `provides` cannot depend on an option of entities or fields
      at kit.kdl:23:19
      at kit.kdl:23:1: this condition
      hint: move it out of the block
    error[bad-place]: `option` cannot depend on an option of entities or fields
      at kit.kdl:23:34
      at kit.kdl:23:1: this condition
      hint: move it out of the block
    error[bad-place]: `next` cannot depend on an option of entities or fields
      at kit.kdl:23:80
      at kit.kdl:23:1: this condition
      hint: move it out of the block
    error[unknown-node]: a kit has no `if`
      at kit.kdl:26:1
      hint: conditions are `when`, `unless` and `with`
    "#);
}

#[test]
fn outputs() {
    let text = r#"
files
files "a/b" into="../x" ownership=mine verbatim=yes
files fastapi ownership=computed each=jobs
files fastapi each=option.x
file a
merge x into="/etc" each=a.b
derived "a"
derived "nul.txt" by=x
computed "x" catalogue=python from=backend group=main
next when-changed="a["
reserve table x why=y
reserve module x
reserve module "-" a A why=y
add pubsub.topics a
add abc.things b
provides pubsub { slot topics { key name pattern="[a-z]+"; field size type=size; field to in=pubsub.topicz } }
add pubsub.topic a
add pubsub.topics A size="1 MB" colour=red to=""
add pubsub.topics "{item.name}" each=pubsub.topicc size="{option.x}"
"#;
    insta::assert_snapshot!(errors_of(text), @r#"
    error[missing-argument]: `files` needs a folder of `files/`
      at kit.kdl:2:1
      hint: write `files NAME into="PATH"`
    error[bad-name]: `a/b` is no name of a folder: lower-case words with `-` or `_` between them
      at kit.kdl:3:7
      hint: write `a-b`
    error[bad-path]: `../x` has the part `..`, which could leave the project
      at kit.kdl:3:18
    error[unknown-word]: `ownership` cannot be `mine`
      at kit.kdl:3:35
      hint: it can be one of `merged`, `managed`, `seeded`, `append-only`
    error[wrong-type]: `verbatim` is true or false
      at kit.kdl:3:49
      hint: write `verbatim=#true` or `verbatim=#false`
    error[unknown-word]: `ownership` cannot be `computed`
      at kit.kdl:4:25
      hint: it can be one of `merged`, `managed`, `seeded`, `append-only`
    error[bad-reference]: `jobs` is no list
      at kit.kdl:4:39
      hint: `each` names `CAPABILITY.SLOT` or `option.NAME`
    error[unknown-option]: the kit has no option `x`
      at kit.kdl:5:20
    error[unknown-node]: a kit has no `file`
      at kit.kdl:6:1
      hint: outputs are folders: `files NAME into="…"`
    error[bad-path]: `/etc` is absolute; paths are relative to the project
      at kit.kdl:7:14
    error[unknown-property]: `merge` has no property `each`
      at kit.kdl:7:21
      hint: it can be `into`
    error[missing-property]: `derived` needs `by=…`
      at kit.kdl:8:1
      hint: write `derived "PATH" by="make generate"`
    error[bad-path]: `nul.txt` has the part `nul.txt`, which Windows reserves
      at kit.kdl:9:9
    error[bad-reference]: `backend` is no slot
      at kit.kdl:10:36
      hint: write `CAPABILITY.SLOT`
    error[unknown-word]: `main` is no group
      at kit.kdl:10:50
      hint: it can be one of `runtime`, `dev`
    error[missing-argument]: `next` needs a text
      at kit.kdl:11:1
      hint: write `next "make setup" when-changed="GLOB"`
    error[bad-glob]: `a[` is no glob: unclosed character class; missing ']'
      at kit.kdl:11:19
    error[unknown-word]: `table` is no kind of name
      at kit.kdl:12:9
      hint: it can be one of `project`, `module`, `entity`, `field`
    error[missing-property]: `reserve` needs `why=…`
      at kit.kdl:13:1
      hint: write `reserve module NAME… why="…"`
    error[bad-name]: `-` has no letters
      at kit.kdl:14:16
    error[duplicate-name]: the name `A` is there twice
      at kit.kdl:14:22: here again
      at kit.kdl:14:20: here first
    error[unknown-slot]: `pubsub` has no slot `topicz`
      at kit.kdl:17:94
      hint: did you mean `topics`?
    error[unknown-slot]: `pubsub` has no slot `topic`
      at kit.kdl:18:5
      hint: did you mean `topics`?
    error[no-match]: `name` cannot be `A`: it has to match `[a-z]+`
      at kit.kdl:19:19
    error[wrong-type]: `size` is a size, not `"1 MB"`
      at kit.kdl:19:26
      hint: such as `"25MiB"`, with B, KB, MB, GB, KiB, MiB or GiB
    error[unknown-field]: the slot has no field `colour`
      at kit.kdl:19:33
      hint: it can be one of `size`, `to`
    error[unknown-slot]: `pubsub` has no slot `topicc`
      at kit.kdl:20:38
      hint: did you mean `topics`?
    "#);
}

#[test]
fn entities_and_changes() {
    let text = r#"
extend
extend module { field x type=int }
extend entity {
    field tenant_id type=uuid target=Tenant
    belongs-to Tenant
    scope tenent
    scope x
    index nope
    rule r up="a.sql" down=(part)"../b"
    rule r up=(part)"a" down=(part)"b"
    rule q
    field a type=int { gdpr personal=#true }
    colums x
}
entity user
entity User table=Users since=1
entity User table=users scoped=yes
changes 2
changes "2.0.0" { note; option a; option b renamed=c removed=d; moved x; move x; replaced-by A }
changes "1.0.0" { note x }
changes "1.0.0" { note x }
"#;
    insta::assert_snapshot!(errors_of(text), @r#"
    error[missing-argument]: `extend` needs `entity`
      at kit.kdl:2:1
      hint: write `extend entity { field …; belongs-to … }`
    error[missing-node]: nothing is extended
      at kit.kdl:2:1
      hint: write `extend entity { field … }`
    error[unknown-word]: `module` cannot be extended
      at kit.kdl:3:8
      hint: write `extend entity { … }`
    error[unknown-property]: `field` has no property `target`
      at kit.kdl:5:31
      hint: a relation is written `belongs-to ENTITY`
    error[duplicate-field]: the field `Tenant` is there twice
      at kit.kdl:6:16: here again
      at kit.kdl:5:11: here first
    error[unknown-field]: there is no field `tenent` here
      at kit.kdl:7:11
      hint: it can be one of `a`, `tenant_id`, `x`
    error[duplicate-node]: there is one `scope`
      at kit.kdl:8:11: here again
      at kit.kdl:7:11: here first
    error[unknown-field]: there is no field `nope` here
      at kit.kdl:9:11
      hint: it can be one of `a`, `tenant_id`, `x`
    error[wrong-type]: `up` names a file of `parts/`
      at kit.kdl:10:15
      hint: write `up=(part)"file.sql"`
    error[bad-path]: `../b` has the part `..`, which could leave the project
      at kit.kdl:10:28
    error[missing-property]: `rule` needs `up=(part)"…"`
      at kit.kdl:12:5
    error[missing-property]: `rule` needs `down=(part)"…"`
      at kit.kdl:12:5
    error[unknown-node]: `extend entity` has no `colums`
      at kit.kdl:14:5
      hint: it can be one of `belongs-to`, `field`, `index`, `rule`, `scope`, `unique`
    error[missing-property]: `entity` needs `table=…`
      at kit.kdl:16:1
      hint: write `entity NAME table=NAME since="REVISION"`
    error[bad-name]: `user` is no name of an entity: words that each begin with a capital, such as `TeamMember`
      at kit.kdl:16:8
      hint: write `User`
    error[bad-name]: `Users` is no name of a table: lower-case words with `-` or `_` between them
      at kit.kdl:17:19
      hint: write `users`
    error[wrong-type]: a text is needed here
      at kit.kdl:17:31
      hint: quote it: `"1"`
    error[duplicate-entity]: the entity `User` is there twice
      at kit.kdl:18:8: here again
      at kit.kdl:17:8: here first
    error[wrong-type]: `scoped` is true or false
      at kit.kdl:18:32
      hint: write `scoped=#true` or `scoped=#false`
    error[wrong-type]: a text is needed here
      at kit.kdl:19:9
      hint: quote it: `"2"`
    error[bad-version]: 2.0.0 is later than the kit's own 1.0.0
      at kit.kdl:20:9
    error[missing-argument]: `note` needs a text
      at kit.kdl:20:19
      hint: write `note "…"`
    error[missing-property]: an option is renamed or removed
      at kit.kdl:20:25
      hint: write `option NAME renamed=NEW` or `option NAME removed="what to do"`
    error[missing-property]: an option is renamed or removed
      at kit.kdl:20:35
      hint: write `option NAME renamed=NEW` or `option NAME removed="what to do"`
    error[missing-property]: `moved` needs `to=…`
      at kit.kdl:20:65
      hint: write `moved "OLD" to="NEW"`
    error[unknown-node]: `changes` has no `move`
      at kit.kdl:20:74
      hint: did you mean `moved`?
    error[bad-name]: `A` is no name of a kit: lower-case words with `-` between them
      at kit.kdl:20:94
      hint: write `a`
    error[duplicate-version]: the version `1.0.0` is there twice
      at kit.kdl:22:9: here again
      at kit.kdl:21:9: here first
    "#);
}
