//! Tests of modules, entities, fields and relations.

use super::{errors_in_entity, errors_of};

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
