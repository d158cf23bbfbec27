//! Tests of what a kit needs, gives and declares.

use super::errors_of;

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
