//! Tests of what a kit writes, and under which conditions.

use super::errors_of;

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
