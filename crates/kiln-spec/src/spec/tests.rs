//! Tests of specs and presets.

use kiln_base::Source;

use crate::testing::compact;
use crate::{apply_scenario, decode_scenario, decode_spec};

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
fn modules_and_entities() {
    let text = r#"
module mm { entity Task; entity task; entity Task { }; entity X; entity A-B }
module mm { feild x; entity Ab1 plural="-" }
module this-is-a-very-long-module-name
module nn { entity Person; entity Human table=people; entity TASK }
module 1
module m
"#;
    insta::assert_snapshot!(errors_of(text), @r#"
    error[bad-name]: `task` is no name of an entity: words that each begin with a capital, such as `TeamMember`
      at kiln.kdl:3:33
      hint: write `Task`
    error[duplicate-entity]: the entity `task` is there twice
      at kiln.kdl:3:33: here again
      at kiln.kdl:3:20: here first
    error[duplicate-entity]: the entity `Task` is there twice
      at kiln.kdl:3:46: here again
      at kiln.kdl:3:20: here first
    error[bad-name]: `X` is too short: the name of an entity has 2 to 30 characters
      at kiln.kdl:3:63
    error[bad-name]: `A-B` is no name of an entity: words that each begin with a capital, such as `TeamMember`
      at kiln.kdl:3:73
      hint: write `AB`
    error[duplicate-module]: the module `mm` is there twice
      at kiln.kdl:4:8: here again
      at kiln.kdl:3:8: here first
    error[unknown-node]: a module has no `feild`
      at kiln.kdl:4:13
      hint: it stands in `entity NAME { … }`
    error[bad-name]: `-` is no plural: it has no letters
      at kiln.kdl:4:40
    error[bad-name]: `this-is-a-very-long-module-name` is too long: the name of a module has 2 to 27 characters
      at kiln.kdl:5:8
    error[duplicate-table]: the table `people` is there twice
      at kiln.kdl:6:47: here again
      at kiln.kdl:6:20: here first
    error[duplicate-entity]: the entity `TASK` is there twice
      at kiln.kdl:6:62: here again
      at kiln.kdl:3:20: here first
    error[wrong-type]: a text is needed here
      at kiln.kdl:7:8
      hint: quote it: `"1"`
    error[bad-name]: `m` is too short: the name of a module has 2 to 27 characters
      at kiln.kdl:8:8
    "#);
}

#[test]
fn fields() {
    let text = r#"
field
field name
field name type=strng
field Name type=string
field name type=string maxx=3 max=1 max=2 required=yes
field id type=uuid
field a-b type=int min=5 max=1
field a_b type=bool max=3
field owner-id type=uuid
belongs-to User as=owner
field c type=string min=-1
field d type=enum
field e type=string { values a b }
field f type=enum { values a A a "b c" Ä }
field g type=string target=User on-delete=cascade
field h type=string { database-default "now()"; kit-option; gdpr personal=#true personal=#false }
feild i type=string
field j type=string "x"
fields type=string
field k type=int default=(part)"x"
field abcdefghijklmnopqrstuvwxyz-12345 type=int
"#;
    insta::assert_snapshot!(errors_in_entity(text), @r#"
    error[missing-argument]: `field` needs a name
      at kiln.kdl:4:1
      hint: write `field NAME type=TYPE`
    error[missing-property]: `field` needs `type=…`
      at kiln.kdl:4:1
      hint: it can be one of `string`, `text`, `int`, `decimal`, `money`, `bool`, `date`, `datetime`, `uuid`, `enum`, `email`, `url`, `json`
    error[missing-property]: `field` needs `type=…`
      at kiln.kdl:5:1
      hint: it can be one of `string`, `text`, `int`, `decimal`, `money`, `bool`, `date`, `datetime`, `uuid`, `enum`, `email`, `url`, `json`
    error[duplicate-field]: the field `name` is there twice
      at kiln.kdl:6:7: here again
      at kiln.kdl:5:7: here first
    error[unknown-word]: `strng` is no type of a field
      at kiln.kdl:6:17
      hint: did you mean `string`?
    error[bad-name]: `Name` is no name of a field: lower-case words with `-` or `_` between them
      at kiln.kdl:7:7
      hint: write `name`
    error[duplicate-field]: the field `Name` is there twice
      at kiln.kdl:7:7: here again
      at kiln.kdl:5:7: here first
    error[duplicate-field]: the field `name` is there twice
      at kiln.kdl:8:7: here again
      at kiln.kdl:5:7: here first
    error[unknown-property]: `field` has no property `maxx`
      at kiln.kdl:8:24
      hint: did you mean `max`?
    error[duplicate-property]: `max` stands twice in `field`
      at kiln.kdl:8:37: here again
      at kiln.kdl:8:31: here first
    error[wrong-type]: `required` is true or false
      at kiln.kdl:8:52
      hint: write `required=#true` or `required=#false`
    error[reserved-name]: the field `id` is kiln's own
      at kiln.kdl:9:7
      hint: leave it out; every entity has it
    error[bad-bounds]: `min` 5 is more than `max` 1
      at kiln.kdl:10:24
      at kiln.kdl:10:30
    error[duplicate-field]: the field `a_b` is there twice
      at kiln.kdl:11:7: here again
      at kiln.kdl:10:7: here first
    error[bad-bounds]: a `bool` has no `min` and no `max`
      at kiln.kdl:11:25
    error[duplicate-field]: the field `owner` is there twice
      at kiln.kdl:13:20: here again
      at kiln.kdl:12:7: here first
    error[bad-bounds]: a length is not negative, the greatest at least 1
      at kiln.kdl:14:25
    error[enum-without-values]: the enum `d` has no values
      at kiln.kdl:15:1
      hint: write `field d type=enum { values one two }`
    error[values-without-enum]: a `string` has no values to choose from
      at kiln.kdl:16:30
      hint: write `type=enum`
    error[duplicate-value]: the value `a` is there twice
      at kiln.kdl:17:32: here again
      at kiln.kdl:17:28: here first
    error[bad-name]: `b c` is no value of an enum: letters, digits, `-` and `_`, at most 40
      at kiln.kdl:17:34
      hint: write `b-c`
    error[bad-name]: `Ä` is no value of an enum: letters, digits, `-` and `_`, at most 40
      at kiln.kdl:17:40
      hint: write `ä`
    error[unknown-property]: `field` has no property `target`
      at kiln.kdl:18:21
      hint: a relation is written `belongs-to ENTITY`
    error[unknown-property]: `field` has no property `on-delete`
      at kiln.kdl:18:33
      hint: a relation is written `belongs-to ENTITY`
    error[unknown-node]: `database-default` is for kits
      at kiln.kdl:19:23
      hint: write `default=…`
    error[missing-argument]: `kit-option` sets no option here
      at kiln.kdl:19:49
      hint: write `KIT OPTION=VALUE… { OPTION VALUE… }`
    error[duplicate-property]: `personal` stands twice in `gdpr`
      at kiln.kdl:19:81: here again
      at kiln.kdl:19:66: here first
    error[unknown-node]: an entity has no `feild`
      at kiln.kdl:20:1
      hint: did you mean `field`?
    error[too-many-arguments]: one value too many in `field`
      at kiln.kdl:21:21
      hint: if it is one text, quote it: `"j x"`
    error[bad-default]: (part)"x" is no default of `type=int`
      at kiln.kdl:23:26
    error[bad-name]: `abcdefghijklmnopqrstuvwxyz-12345` is too long: the name of a field has 1 to 30 characters
      at kiln.kdl:24:7
    "#);
}

#[test]
fn defaults() {
    let text = r##"
field a type=bool default=yes
field b type=int default="5"
field c type=int min=1 max=3 default=4
field d type=string max=3 default=abcd
field e type=string default=5
field f type=enum default=tood { values todo done }
field g type=date default="2027-02-29"
field h type=datetime default="2027-02-28 10:00"
field i type=datetime default="2027-02-28T10:00:00+01:00"
field j type=uuid default=x
field k type=json default="{"
field l type=decimal default="1.5.0"
field m type=decimal default=1.5
field n type=money default="19.90"
field o type=email default=nobody
field p type=url default="https://example.org"
field q type=string default="a\nb"
field r type=text default="a\nb"
field s type=string default=#null
"##;
    insta::assert_snapshot!(errors_in_entity(text), @r#"
    error[bad-default]: "yes" is no default of `type=bool`
      at kiln.kdl:4:27
      hint: write `#true` or `#false`
    error[bad-default]: "5" is no default of `type=int`
      at kiln.kdl:5:26
    error[bad-default]: the default is 4, more than `max` 3
      at kiln.kdl:6:38
    error[bad-default]: the length of the default is 4, more than `max` 3
      at kiln.kdl:7:35
    error[bad-default]: 5 is no default of `type=string`
      at kiln.kdl:8:29
      hint: quote it: `"5"`
    error[bad-default]: the default `tood` is none of the values
      at kiln.kdl:9:27
      hint: did you mean `todo`?
    error[bad-default]: "2027-02-29" is no default of `type=date`
      at kiln.kdl:10:27
      hint: such as `"2030-12-31"`
    error[bad-default]: "2027-02-28 10:00" is no default of `type=datetime`
      at kiln.kdl:11:31
      hint: such as `"2030-12-31T23:59:00Z"`
    error[bad-default]: "x" is no default of `type=uuid`
      at kiln.kdl:13:27
    error[bad-default]: "{" is no default of `type=json`
      at kiln.kdl:14:27
      hint: a JSON text, such as `"{}"`
    error[bad-default]: "1.5.0" is no default of `type=decimal`
      at kiln.kdl:15:30
      hint: such as `"1.50"`
    error[fraction]: `1.5` is no whole number; kiln has no other ones
      at kiln.kdl:16:30
      hint: quote it if it is a text: `"1.5"`
    error[bad-default]: "19.90" is no default of `type=money`
      at kiln.kdl:17:28
      hint: a whole number of minor units, such as `1990` for 19.90
    error[bad-default]: "nobody" is no default of `type=email`
      at kiln.kdl:18:28
    error[bad-default]: "a\nb" is no default of `type=string`
      at kiln.kdl:20:29
    error[bad-default]: #null is no default of `type=string`
      at kiln.kdl:22:29
    "#);
}

#[test]
fn relations_and_sets() {
    let text = r#"
belongs-to
belongs-to user
belongs-to User required=#true on-delete=set-null
belongs-to Team on-delete=nullify
belongs-to Team
belongs-to Team as=home index=#true { database-default "x" }
belongs_to Team
field name type=string
index
index nam
index team
index team_id name
index name name
unique name
unique name
"#;
    insta::assert_snapshot!(errors_in_entity(text), @"
    error[missing-argument]: `belongs-to` needs an entity
      at kiln.kdl:4:1
      hint: write `belongs-to ENTITY as=NAME required=#true on-delete=cascade`
    error[bad-name]: `user` is no name of an entity: words that each begin with a capital, such as `TeamMember`
      at kiln.kdl:5:12
      hint: write `User`
    error[required-set-null]: a relation that is required cannot be emptied
      at kiln.kdl:6:1
      hint: take `required=#true` away, or write `on-delete=cascade` or `on-delete=restrict`
    error[duplicate-field]: the field `User` is there twice
      at kiln.kdl:6:12: here again
      at kiln.kdl:5:12: here first
    error[unknown-word]: `on-delete` cannot be `nullify`
      at kiln.kdl:7:27
      hint: it can be one of `restrict`, `cascade`, `set-null`
    error[duplicate-relation]: two relations are called `Team`
      at kiln.kdl:8:12: here again
      at kiln.kdl:7:12: here first
      hint: name one of them: `belongs-to Team as=NAME`
    error[unknown-property]: `belongs-to` has no property `index`
      at kiln.kdl:9:25
      hint: the column of a relation always has an index
    error[unknown-node]: a relation has no `database-default`
      at kiln.kdl:9:39
      hint: a kit's options are written `KIT OPTION=VALUE`, lists as `KIT { OPTION VALUE… }`
    error[unknown-node]: an entity has no `belongs_to`
      at kiln.kdl:10:1
      hint: did you mean `belongs-to`?
    error[missing-argument]: `index` needs the names of fields
      at kiln.kdl:12:1
      hint: write `index FIELD…`
    error[unknown-field]: there is no field `nam` here
      at kiln.kdl:13:7
      hint: did you mean `name`?
    error[unknown-field]: there is no field `team` here
      at kiln.kdl:14:7
      hint: the column of the relation is `team_id`
    error[duplicate-field]: the field `name` is there twice
      at kiln.kdl:16:12: here again
      at kiln.kdl:16:7: here first
    error[duplicate-unique]: the unique set `name` is there twice
      at kiln.kdl:18:8: here again
      at kiln.kdl:17:8: here first
    ");
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
