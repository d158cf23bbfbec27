//! What is refused, and in which words.

use super::*;

fn all(templates: &[&str], parts: &[(&str, &str)]) -> String {
    let shown =
        templates.iter().map(|text| format!("{text}\n{}", rendered(text, parts, &context())));
    shown.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_does_not_exist() {
    let templates = [
        "{= entty.name =}",
        "{= entity.nme =}",
        "{% for field in entity.fields %}\n  {= field.typ =}\n{% endfor %}",
        "{% for x in entity.feelds %}{% endfor %}",
        "{= data.types[entity.name] =}",
        "{= data.types[entity.nam] =}",
        "{= data.typs[entity.name] =}",
        "{= data.types.string[1:].x + option.tl =}",
        "{= -option.tl =}{% if entity.nam is string %}{% endif %}",
        "{% if option.tl == 900 %}{% endif %}",
        "{% if option.ttl == optio.ttl %}{% endif %}",
        "{% if \"x\" in option.role %}{% endif %}",
        "{= \"a\" ~ entity.nam =}",
        "{% set x = entity.nam %}",
        "{= [entity.nam] | join =}",
        "{= entity.a.b =}",
        "{= entity.nam | snake =}",
        "{= entity.fields | find(key=entity.nam) =}",
        "{% filter indent(width=optin.x) %}a{% endfilter %}",
    ];
    insta::assert_snapshot!(all(&templates, &[]), @r#"
    {= entty.name =}
    error[template-undefined]: `entty` is not defined
      at out.py:1:4
      hint: did you mean `entity`?

    {= entity.nme =}
    error[template-undefined]: `entity` has no `nme`
      at out.py:1:11
      hint: did you mean `name`?

    {% for field in entity.fields %}
      {= field.typ =}
    {% endfor %}
    error[template-undefined]: `field` has no `typ`
      at out.py:2:12
      hint: did you mean `type`?

    {% for x in entity.feelds %}{% endfor %}
    error[template-undefined]: `entity` has no `feelds`
      at out.py:1:20
      hint: did you mean `fields`?

    {= data.types[entity.name] =}
    error[template-undefined]: `data.types[entity.name]` does not exist
      at out.py:1:4

    {= data.types[entity.nam] =}
    error[template-undefined]: `entity` has no `nam`
      at out.py:1:22
      hint: did you mean `name`?

    {= data.typs[entity.name] =}
    error[template-undefined]: `data` has no `typs`
      at out.py:1:9
      hint: did you mean `types`?

    {= data.types.string[1:].x + option.tl =}
    error[template-undefined]: `data.types.string[1:]` has no `x`
      at out.py:1:26

    {= -option.tl =}{% if entity.nam is string %}{% endif %}
    error[template-undefined]: `option` has no `tl`
      at out.py:1:12
      hint: did you mean `ttl`?

    {% if option.tl == 900 %}{% endif %}
    error[template-undefined]: `option` has no `tl`
      at out.py:1:14
      hint: did you mean `ttl`?

    {% if option.ttl == optio.ttl %}{% endif %}
    error[template-undefined]: `optio` is not defined
      at out.py:1:21
      hint: did you mean `option`?

    {% if "x" in option.role %}{% endif %}
    error[template-undefined]: `option` has no `role`
      at out.py:1:21
      hint: did you mean `roles`?

    {= "a" ~ entity.nam =}
    error[template-undefined]: `entity` has no `nam`
      at out.py:1:17
      hint: did you mean `name`?

    {% set x = entity.nam %}
    error[template-undefined]: `entity` has no `nam`
      at out.py:1:19
      hint: did you mean `name`?

    {= [entity.nam] | join =}
    error[template-undefined]: `entity` has no `nam`
      at out.py:1:12
      hint: did you mean `name`?

    {= entity.a.b =}
    error[template-undefined]: `entity` has no `a`
      at out.py:1:11

    {= entity.nam | snake =}
    error[template-undefined]: `entity` has no `nam`
      at out.py:1:11
      hint: did you mean `name`?

    {= entity.fields | find(key=entity.nam) =}
    error[template-undefined]: `entity` has no `nam`
      at out.py:1:36
      hint: did you mean `name`?

    {% filter indent(width=optin.x) %}a{% endfilter %}
    error[template-undefined]: `optin` is not defined
      at out.py:1:24
      hint: did you mean `option`?
    "#);
}

#[test]
fn what_a_kit_may_not_write() {
    let parts =
        [("head.py", "x"), ("lib.py", "{% component box(title) %}{= title =}{% endcomponent %}")];
    let templates = [
        "{= __tera_context =}",
        "{% include \"hed.py\" %}",
        "{% include \"parts/head.py\" %}",
        "{% include \"../../etc/passwd\" %}",
        "{% include entity.name %}",
        "{% extends \"head.py\" %}",
        "{= x | snak =}",
        "{= x | map(attribute=\"y\") =}",
        "{= x | fit(widht=3) =}",
        "{= x | replace(from=\"a\") =}",
        "{= now() =}",
        "{= x is definde =}",
        "{= <bx title=\"a\" /> =}",
        "{= <box titel=\"a\" /> =}",
        "{% component c() %}{% endcomponent %}",
        "a\r\nb",
    ];
    insta::assert_snapshot!(all(&templates, &parts), @r#"
    {= __tera_context =}
    error[template-invalid]: `__tera_context` starts with two underscores
      at out.py:1:4
      hint: such names are the engine's own

    {% include "hed.py" %}
    error[template-invalid]: there is no part `hed.py`
      at out.py:1:12
      hint: did you mean `head.py`?

    {% include "parts/head.py" %}
    error[template-invalid]: there is no part `parts/head.py`
      at out.py:1:12
      hint: names are below `parts/`: write `head.py`

    {% include "../../etc/passwd" %}
    error[template-invalid]: there is no part `../../etc/passwd`
      at out.py:1:12

    {% include entity.name %}
    error[template-invalid]: expected the name of a part in quotes, found `entity`
      at out.py:1:12

    {% extends "head.py" %}
    error[template-invalid]: `extends` is not part of templates
      at out.py:1:4
      hint: use `include` or a component of `parts/`

    {= x | snak =}
    error[template-invalid]: `snak` is no filter
      at out.py:1:8
      hint: did you mean `snake`?

    {= x | map(attribute="y") =}
    error[template-invalid]: `map` is no filter
      at out.py:1:8
      hint: write `[item.field for item in list]`, or `pluck`

    {= x | fit(widht=3) =}
    error[template-invalid]: `fit` has no argument `widht`
      at out.py:1:18
      hint: did you mean `width`?

    {= x | replace(from="a") =}
    error[template-invalid]: `replace` needs the argument `to`
      at out.py:1:8

    {= now() =}
    error[template-invalid]: `now` is no function
      at out.py:1:4

    {= x is definde =}
    error[template-invalid]: `definde` is no test
      at out.py:1:9
      hint: did you mean `defined`?

    {= <bx title="a" /> =}
    error[template-invalid]: there is no component `bx`
      at out.py:1:4
      hint: did you mean `box`?

    {= <box titel="a" /> =}
    error[template-invalid]: the component `box` has no argument `titel`
      at out.py:1:15
      hint: did you mean `title`?

    {% component c() %}{% endcomponent %}
    error[template-invalid]: the component `c` stands outside of `parts/`
      at out.py:1:14

    a
    b
    error[template-invalid]: the text has a line end that is not LF
      at out.py:1:2
    "#);
}

#[test]
fn what_is_no_template() {
    let templates = [
        "{% if x %}",
        "{% for x in y %}{% endif %}{% endfor %}",
        "a\n{= x",
        "{# x",
        "{% endif %}",
        "{% esle %}",
        "{= a b =}",
        "{= (a.b).c =}",
        "{= x[0 =}",
        "{= 'x =}",
        "{= x?.y =}",
        "{% for true in x %}{% endfor %}",
        "{= loop.index =}",
        "{% for x in y %}{= loop.idex =}{% endfor %}",
        "{% break %}",
        "{= f(1) =}",
        "{= a | =}",
        "${#array[@]}",
    ];
    insta::assert_snapshot!(all(&templates, &[]), @r#"
    {% if x %}
    error[template-invalid]: `if` is not closed
      at out.py:1:4
      hint: close it with `{% endif %}`

    {% for x in y %}{% endif %}{% endfor %}
    error[template-invalid]: `endif` does not close what is open here
      at out.py:1:20

    a
    {= x
    error[template-invalid]: the tag is not closed
      at out.py:2:1
      hint: close it with `=}`

    {# x
    error[template-invalid]: the note is not closed
      at out.py:1:1
      hint: close it with `#}`, or write `{= "{#" =}` for the text `{#`

    {% endif %}
    error[template-invalid]: `endif` closes nothing
      at out.py:1:10

    {% esle %}
    error[template-invalid]: `esle` is no statement
      at out.py:1:4
      hint: did you mean `else`?

    {= a b =}
    error[template-invalid]: expected `=}`, found `b`
      at out.py:1:6

    {= (a.b).c =}
    error[template-invalid]: expected `=}`, found `.`
      at out.py:1:9

    {= x[0 =}
    error[template-invalid]: expected `]`, found `=}`
      at out.py:1:8

    {= 'x =}
    error[template-invalid]: the text that `'` opens is not closed
      at out.py:1:4

    {= x?.y =}
    error[template-invalid]: `?` is not part of templates
      at out.py:1:5
      hint: ask with `is defined`, or give a `default(value=…)`

    {% for true in x %}{% endfor %}
    error[template-invalid]: expected a name, found a bool
      at out.py:1:8

    {= loop.index =}
    error[template-invalid]: `loop` stands in no loop
      at out.py:1:4

    {% for x in y %}{= loop.idex =}{% endfor %}
    error[template-invalid]: `loop` has no `idex`
      at out.py:1:25
      hint: did you mean `index`?

    {% break %}
    error[template-invalid]: `break` stands in no loop here
      at out.py:1:4

    {= f(1) =}
    error[template-invalid]: expected `name=value`, found a number
      at out.py:1:6

    {= a | =}
    error[template-invalid]: expected a name, found `=}`
      at out.py:1:8

    ${#array[@]}
    error[template-invalid]: the note is not closed
      at out.py:1:2
      hint: close it with `#}`, or write `{= "{#" =}` for the text `{#`
    "#);
}

#[test]
fn what_a_template_refuses_itself() {
    let templates = [
        "{% if option.ttl > 1 %}\n{= throw(message=\"`ttl` is too long\") =}\n{% endif %}",
        "{= option.roles | position(of=\"x\") =}",
        "{= option | quote =}",
        "{= entity.fields | sort(attribute=\"x\") | length =}",
        "{= 1 / 0 =}",
        "{= option.ttl | snake =}",
        "{% for x in option.ttl %}{% endfor %}",
        "{% filter imports %}\nx = 1\n{% endfilter %}",
    ];
    insta::assert_snapshot!(all(&templates, &[]), @r#"
    {% if option.ttl > 1 %}
    {= throw(message="`ttl` is too long") =}
    {% endif %}
    error[template-failed]: `ttl` is too long
      at out.py:2:4

    {= option.roles | position(of="x") =}
    error[template-failed]: `x` is not in the list
      at out.py:1:19

    {= option | quote =}
    error[template-failed]: `quote` takes a text, not a map
      at out.py:1:13

    {= entity.fields | sort(attribute="x") | length =}
    error[template-failed]: an item of the list has no `x`
      at out.py:1:20

    {= 1 / 0 =}
    error[template-failed]: cannot divide by 0
      at out.py:1:8

    {= option.ttl | snake =}
    error[template-failed]: expected a text, found a number
      at out.py:1:4

    {% for x in option.ttl %}{% endfor %}
    error[template-failed]: a loop goes over a list, map or text, not a number
      at out.py:1:13

    {% filter imports %}
    x = 1
    {% endfilter %}
    error[template-failed]: `x = 1` is no import
      at out.py:1:11
    "#);
}

#[test]
fn an_error_in_a_part_names_who_includes_it() {
    let parts = [("a.py", "\n\n  {= entity.nam =}")];
    insta::assert_snapshot!(rendered("x\n{% include \"a.py\" %}", &parts, &context()), @"
    error[template-undefined]: `entity` has no `nam`
      at a.py:3:13
      at out.py:2:12: rendered from here
      hint: did you mean `name`?
    ");
}

#[test]
fn all_errors_come_at_once() {
    let errors = kit(&[("a", "{= x | a =}{= y | b =}"), ("b", "{% if %}")], &[("c", "{= =}")]);
    let errors = errors.unwrap_err();
    insta::assert_snapshot!(errors, @"
    error[template-invalid]: expected an expression, found `=}`
      at c:1:4
    error[template-invalid]: expected an expression, found `%}`
      at b:1:7
    error[template-invalid]: `a` is no filter
      at a:1:8
    error[template-invalid]: `b` is no filter
      at a:1:19
    ");
}
