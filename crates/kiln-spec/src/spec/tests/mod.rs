//! Tests of specs and presets.

mod domain;
mod presets;

use kiln_base::Source;

use crate::decode_spec;
use crate::testing::compact;

const SPEC: &str = r##"
// A product with two modules.
project project-manager kiln=">=0.3" {
    title "Project Manager"
    summary "Plan work, talk about it, get it done"
    scale medium
}
scenario multi-tenant-saas
library acme path="../kits"

kits {
    without jobs-taskiq why="the team knows Celery"
    jobs-celery "^1" { prefetch 4 }
    file-upload { max-size "50MiB"; types "image/png" "text/csv"; antivirus #true; extra }
    acme-sso ">=2.3, <3" from=acme
}

add entitlements.plans free team title="Free" price=0 { limits seats projects }

module projects {
    entity Project plural=projects table=projects {
        field name type=string max=200 required=#true
        field status type=enum required=#true default=active { values active paused done }
        field budget type=money min=0 default=1990
        field due-on type=date default="2028-02-29" was=deadline
        belongs-to User as=owner on-delete=restrict
        domain-entities soft-delete=#true { columns name status }
        unique name owner_id
    }
}
module tasks was=todos {
    entity Task was=Todo {
        field body type=text { gdpr-compliance personal=#true }
        belongs-to Project required=#true on-delete=cascade
        index project_id body
    }
}

ownership {
    seeded "apps/web/src/app/(marketing)/**" why="the design team owns it"
    exclude "docs/adr/**"
    foreign "apps/web/package.json#dependencies.next" why="renovate moves it"
}
place "README.md" at="docs/README.md"
confirm "drop products.price" after="0002-5261ef31"
"##;

fn errors(text: &str) -> String {
    match decode_spec(Source::new("kiln.kdl", text)) {
        Ok((_, warnings)) => format!("no error\n{warnings}"),
        Err(errors) => errors.to_string(),
    }
}

/// The errors of a spec that is whole but for these lines.
fn errors_of(lines: &str) -> String {
    errors(&format!("project abc\n{lines}"))
}

/// The errors of an entity's block.
fn errors_in_entity(lines: &str) -> String {
    errors_of(&format!("module shop {{ entity Item {{\n{lines}\n}}\n}}"))
}

#[test]
fn a_whole_spec() {
    let (spec, warnings) = decode_spec(Source::new("kiln.kdl", SPEC)).unwrap();
    assert!(warnings.0.is_empty());
    let head = (&spec.kiln, &spec.scenario, &spec.libraries, &spec.without, &spec.confirms);
    insta::assert_snapshot!(compact(&head), @r#"
    (Some(Spanned { value: VersionReq { comparators: [Comparator { op: GreaterEq, major: 0, minor: 3, pre: Prerelease("") }] }}), "multi-tenant-saas", [LibraryRequest { name: "acme", path: "../kits"}], [Without { id: "jobs-taskiq", why: "the team knows Celery" }], [
    Confirm { text: "drop products.price", after: "0002-5261ef31" }])
    "#);
    insta::assert_snapshot!(compact(&spec.kits), @r#"
    [
    KitRequest { id: "jobs-celery", range: Some(Spanned { value: VersionReq { comparators: [Comparator { op: Caret, major: 1, pre: Prerelease("") }] }}), options: [("prefetch", Int(4))] },
    KitRequest { id: "file-upload", options: [("max-size", Text("50MiB")), ("types", List(["image/png", "text/csv"])), ("antivirus", Bool(true)), ("extra", List([]))] },
    KitRequest { id: "acme-sso", range: Some(Spanned { value: VersionReq { comparators: [Comparator { op: GreaterEq, major: 2, minor: 3, pre: Prerelease("") }, Comparator { op: Less, major: 3, pre: Prerelease("") }] }}), from: "acme", }]
    "#);
    let inputs = &spec.inputs;
    let rules = (&inputs.ownership, &inputs.foreign, &inputs.places);
    insta::assert_snapshot!(compact(&(&inputs.project, &inputs.adds, rules)), @r#"
    (Project { name: "project-manager", title: "Project Manager", summary: "Plan work, talk about it, get it done", scale: "medium" }, [
    Add {capability: "entitlements", slot: "plans", keys: [Text("free"), Text("team")], fields: [("title", Text("Free")), ("price", Int(0)), ("limits", List(["seats", "projects"]))], }], ([
    OwnershipRule { word: Owned(Seeded), glob: "apps/web/src/app/(marketing)/**", why: "the design team owns it" },
    OwnershipRule { word: Exclude, glob: "docs/adr/**", }], [
    Foreign { target: "apps/web/package.json#dependencies.next", why: "renovate moves it" }], [
    Place { from: "README.md", to: "docs/README.md" }]))
    "#);
    insta::assert_snapshot!(compact(&inputs.modules), @r#"
    [
    Module { name: "projects", entities: [
    Entity { name: "Project", table: "projects", plural: "projects", members: [
    Field(
    Field { name: "name", field_type: String, required: true, max: 200, }),
    Field(
    Field { name: "status", field_type: Enum, required: true, default: Some(Text("active")), values: ["active", "paused", "done"], }),
    Field(
    Field { name: "budget", field_type: Money, min: 0, default: Some(Int(1990)), }),
    Field(
    Field { name: "due-on", field_type: Date, default: Some(Text("2028-02-29")), was: "deadline", }),
    BelongsTo(
    BelongsTo { target: "User", role: "owner", on_delete: Restrict, })], uniques: [["name", "owner_id"]], options: [KitOption { kit: "domain-entities", option: "soft-delete", value: Bool(true) }, KitOption { kit: "domain-entities", option: "columns", value: List(["name", "status"]) }] }] },
    Module { name: "tasks", was: "todos", entities: [
    Entity { name: "Task", was: "Todo", members: [
    Field(
    Field { name: "body", field_type: Text, options: [KitOption { kit: "gdpr-compliance", option: "personal", value: Bool(true) }] }),
    BelongsTo(
    BelongsTo { target: "Project", required: true, on_delete: Cascade, })], indexes: [["project_id", "body"]], }] }]
    "#);
}

#[test]
fn the_project() {
    let texts = [
        "",
        "project",
        "project My_App",
        "project ab",
        "project abc def { title Hello World; titel x; scale huge; title \"again\" }",
        "project abc stage=v1 version=1",
        "project abc\nproject abd",
        "project abc { title \"a\\nb\"; summary 12 }",
        "title x\nproject abc",
        "proejct abc\nkit redis\nentity E\noption x",
        "(x)project (y)abc",
        "project abc kiln=\"latest\"",
    ];
    let all: Vec<String> = texts.iter().map(|text| format!("{text}\n{}", errors(text))).collect();
    insta::assert_snapshot!(all.join("\n"), @r#"

    error[missing-node]: there is no `project`
      at kiln.kdl:1:1
      hint: write `project NAME { title "…" }`

    project
    error[missing-argument]: `project` needs a name
      at kiln.kdl:1:1
      hint: write `project NAME { title "…" }`

    project My_App
    error[bad-name]: `My_App` is no name of a project: lower-case words with `-` between them
      at kiln.kdl:1:9
      hint: write `my-app`

    project ab
    error[bad-name]: `ab` is too short: the name of a project has 3 to 50 characters
      at kiln.kdl:1:9

    project abc def { title Hello World; titel x; scale huge; title "again" }
    error[too-many-arguments]: one value too many in `project`
      at kiln.kdl:1:13
      hint: if it is one text, quote it: `"abc def"`
    error[too-many-arguments]: one value too many in `title`
      at kiln.kdl:1:31
      hint: if it is one text, quote it: `"Hello World"`
    error[unknown-node]: a project has no `titel`
      at kiln.kdl:1:38
      hint: did you mean `title`?
    error[unknown-word]: `huge` is no scale
      at kiln.kdl:1:53
      hint: it can be one of `micro`, `small`, `medium`, `large`, `enterprise`
    error[duplicate-node]: `title` stands twice
      at kiln.kdl:1:59

    project abc stage=v1 version=1
    error[not-yet]: stages are not yet supported
      at kiln.kdl:1:1
    error[unknown-property]: `project` has no property `version`
      at kiln.kdl:1:22
      hint: it can be one of `kiln`, `stage`

    project abc
    project abd
    error[duplicate-node]: a spec has one `project`
      at kiln.kdl:2:1: here again
      at kiln.kdl:1:1: here first

    project abc { title "a\nb"; summary 12 }
    error[wrong-type]: `title` is one line of text
      at kiln.kdl:1:21
    error[wrong-type]: a text is needed here
      at kiln.kdl:1:37
      hint: quote it: `"12"`

    title x
    project abc
    error[unknown-node]: a spec has no `title`
      at kiln.kdl:1:1
      hint: it stands in `project NAME { … }`

    proejct abc
    kit redis
    entity E
    option x
    error[missing-node]: there is no `project`
      at kiln.kdl:1:1
      hint: write `project NAME { title "…" }`
    error[unknown-node]: a spec has no `proejct`
      at kiln.kdl:1:1
      hint: did you mean `project`?
    error[unknown-node]: a spec has no `kit`
      at kiln.kdl:2:1
      hint: kits stand in `kits { ID "RANGE" }`
    error[unknown-node]: a spec has no `entity`
      at kiln.kdl:3:1
      hint: entities stand in `module NAME { entity … }`
    error[unknown-node]: a spec has no `option`
      at kiln.kdl:4:1
      hint: options stand in `kits { ID { OPTION VALUE } }`

    (x)project (y)abc
    error[unknown-annotation]: `(x)` may not stand before a node
      at kiln.kdl:1:1
    error[unknown-annotation]: `(y)` may not stand here
      at kiln.kdl:1:12

    project abc kiln="latest"
    error[bad-range]: `latest` is no range of versions: unexpected character 'l' while parsing major version number
      at kiln.kdl:1:18
      hint: such as `"^1.2"` or `">=1, <3"`
    "#);
}

#[test]
fn kits() {
    let text = r#"
scenario one
scenario two
library acme git="https://git.example.org/kits" rev="1"
library builtin path="x"
library other
stage v2 "More" { kits { x } }
kits {
    redis-core "^1" "^2"
    redis-core
    Redis_Core
    auth-jwt version="^1" access-ttl="10m"
    auth-jwt2 "banana" { ttl "1m"; ttl "2m"; list a 1; more { x } }
    acme-sso from=acme
    acme-other from=acne
    xyz >=1
    without xyz
    without
}
"#;
    insta::assert_snapshot!(errors_of(text), @r#"
    error[duplicate-node]: a spec starts from one preset
      at kiln.kdl:4:10: here again
      at kiln.kdl:3:10: here first
    error[not-yet]: libraries from `git` and `archive` are not yet supported
      at kiln.kdl:5:1
    error[reserved-name]: `builtin` is the library that comes with kiln
      at kiln.kdl:6:9
    error[missing-property]: the library has no `path`
      at kiln.kdl:7:1
      hint: write `path="…"`, relative to the spec
    error[not-yet]: stages are not yet supported
      at kiln.kdl:8:1
    error[too-many-arguments]: one value too many in `redis-core`
      at kiln.kdl:10:21
      hint: if it is one text, quote it: `"^1 ^2"`
    error[duplicate-kit]: the kit `redis-core` is there twice
      at kiln.kdl:11:5: here again
      at kiln.kdl:10:5: here first
    error[bad-name]: `Redis_Core` is no name of a kit: lower-case words with `-` between them
      at kiln.kdl:12:5
      hint: write `redis-core`
    error[duplicate-kit]: the kit `Redis_Core` is there twice
      at kiln.kdl:12:5: here again
      at kiln.kdl:10:5: here first
    error[unknown-property]: `auth-jwt` has no property `version`
      at kiln.kdl:13:14
      hint: write `auth-jwt "^1"`
    error[unknown-property]: `auth-jwt` has no property `access-ttl`
      at kiln.kdl:13:27
      hint: options stand in a block: `auth-jwt { access-ttl … }`
    error[bad-range]: `banana` is no range of versions: unexpected character 'b' while parsing major version number
      at kiln.kdl:14:15
      hint: such as `"^1.2"` or `">=1, <3"`
    error[duplicate-option]: the option `ttl` is there twice
      at kiln.kdl:14:36: here again
      at kiln.kdl:14:26: here first
    error[wrong-type]: a text is needed here
      at kiln.kdl:14:53
      hint: quote it: `"1"`
    error[unexpected-block]: `more` has no block
      at kiln.kdl:14:63
      hint: write `OPTION VALUE…`
    error[unknown-library]: there is no library `acne`
      at kiln.kdl:16:21
      hint: did you mean `acme`?
    error[unquoted-range]: KDL reads `>=1` as a property named `>`
      at kiln.kdl:17:9
      hint: quote it: `">=1"`
    error[duplicate-kit]: the kit `xyz` is there twice
      at kiln.kdl:18:13: here again
      at kiln.kdl:17:5: here first
    error[missing-argument]: `without` needs a kit
      at kiln.kdl:19:5
      hint: write `without ID why="…"`
    "#);
    insta::assert_snapshot!(errors_of("kits { without redis-core }"), @"
    error[without-preset]: `without` takes a kit of a preset away, and there is no preset
      at kiln.kdl:2:16
      hint: write `scenario NAME`, or leave the kit out
    ");
}

#[test]
fn items() {
    let text = r#"
add
add plans free
add a:b.c key
add backend.packages
add backend.packages x x 1 #true version="1" version="2" body=(part)"a.md" { version "3"; l a b }
add backend.packages y each=ci.jobs
"#;
    insta::assert_snapshot!(errors_of(text), @r#"
    error[missing-argument]: `add` needs a slot and a key
      at kiln.kdl:3:1
      hint: write `add CAPABILITY.SLOT KEY… FIELD=VALUE…`
    error[bad-reference]: `plans` is no slot
      at kiln.kdl:4:5
      hint: write `CAPABILITY.SLOT`, such as `backend.packages`
    error[bad-reference]: `a:b.c` is no slot
      at kiln.kdl:5:5
      hint: a slot goes by the family: `a.c`
    error[missing-argument]: `add` needs a key for each item
      at kiln.kdl:6:1
      hint: write `add backend.packages KEY…`
    error[duplicate-key]: the key "x" is there twice
      at kiln.kdl:7:24: here again
      at kiln.kdl:7:22: here first
    error[wrong-type]: #true is no key: it is a text or a number
      at kiln.kdl:7:28
    error[duplicate-property]: `version` stands twice in `add`
      at kiln.kdl:7:46: here again
      at kiln.kdl:7:34: here first
    error[unknown-annotation]: `(part)` names a file of a kit; a spec has none
      at kiln.kdl:7:63
      hint: write the text itself
    error[duplicate-property]: the field `version` is there twice
      at kiln.kdl:7:78: here again
      at kiln.kdl:7:34: here first
    error[unknown-property]: `each` is for kits; a spec writes out its items
      at kiln.kdl:8:29
    "#);
}

#[test]
fn rules() {
    let text = r#"
ownership {
    seeded
    seeded "a[" why="x"
    managed "/etc/**"
    append-only "a"
    exclude a b
    foreign "package.json"
    foreign "../x#y"
    foreign "a.json#b"
    foreign "a.json#b"
}
place a
place a at="../b"
place a at=a
place b at=c
place b at=d
confirm
confirm "drop x"
"#;
    insta::assert_snapshot!(errors_of(text), @r#"
    error[missing-argument]: `seeded` needs a glob
      at kiln.kdl:4:5
      hint: write `seeded "GLOB" why="…"`
    error[bad-glob]: `a[` is no glob: unclosed character class; missing ']'
      at kiln.kdl:5:12
    error[bad-glob]: `/etc/**` matches no output
      at kiln.kdl:6:13
      hint: globs are relative to the project
    error[unknown-node]: `ownership` has no `append-only`
      at kiln.kdl:7:5
      hint: it can be one of `exclude`, `foreign`, `managed`, `merged`, `seeded`
    error[too-many-arguments]: one value too many in `exclude`
      at kiln.kdl:8:15
      hint: if it is one text, quote it: `"a b"`
    error[bad-reference]: `package.json` names no key of a file
      at kiln.kdl:9:13
      hint: such as `package.json#dependencies.next`
    error[bad-path]: `../x` has the part `..`, which could leave the project
      at kiln.kdl:10:13
    error[duplicate-rule]: the key `a.json#b` is there twice
      at kiln.kdl:12:13: here again
      at kiln.kdl:11:13: here first
    error[missing-property]: `place` needs `at=…`
      at kiln.kdl:14:1
      hint: write `place "OLD" at="NEW"`
    error[bad-path]: `../b` has the part `..`, which could leave the project
      at kiln.kdl:15:12
    error[bad-path]: the output stands there anyway
      at kiln.kdl:16:12
    error[duplicate-place]: `b` is placed twice
      at kiln.kdl:18:7: here again
      at kiln.kdl:17:7: here first
    error[missing-argument]: `confirm` needs the text that kiln printed
      at kiln.kdl:19:1
      hint: write `confirm "…" after="…"`
    error[missing-property]: `confirm` needs `after=…`
      at kiln.kdl:19:1
      hint: write `confirm "…" after="…"`
    error[missing-property]: `confirm` needs `after=…`
      at kiln.kdl:20:1
      hint: write `confirm "…" after="…"`
    "#);
}
