//! Tests of whole templates: what comes out, what is refused, what is read.

mod equality;
mod generate;
mod hostile;
mod refusals;

use super::*;

fn sources(all: &[(&str, &str)]) -> Vec<TemplateSource> {
    let source = |(name, text): &(&str, &str)| TemplateSource {
        name: (*name).to_owned(),
        source: Source::new(*name, *text),
    };
    all.iter().map(source).collect()
}

fn kit(files: &[(&str, &str)], parts: &[(&str, &str)]) -> Result<Templates, Diagnostics> {
    Templates::new(sources(files), sources(parts))
}

/// The output of one template, or its error.
fn rendered(template: &str, parts: &[(&str, &str)], context: &Value) -> String {
    let templates = match kit(&[("out.py", template)], parts) {
        Ok(templates) => templates,
        Err(errors) => return errors.to_string(),
    };
    match templates.file("out.py").map(|file| file.render(context)) {
        Some(Ok(output)) => output.text().to_owned(),
        Some(Err(error)) => Diagnostics::from(error).to_string(),
        None => String::new(),
    }
}

fn reads(template: &str, parts: &[(&str, &str)]) -> String {
    let templates = kit(&[("out.py", template)], parts).unwrap();
    templates.file("out.py").unwrap().reads().to_string()
}

fn field(name: &str, kind: &str) -> Value {
    let forms = kiln_base::Forms::of(name);
    Value::map().forms(&forms).with("type", kind).with("tags", vec!["a", "b"]).build()
}

fn context() -> Value {
    let entity = Value::map()
        .forms(&kiln_base::Forms::of("team member"))
        .with("fields", vec![field("display name", "string"), field("age", "int")]);
    Value::map()
        .with("entity", entity)
        .with("option", Value::map().with("ttl", 900).with("roles", vec!["admin", "user"]))
        .with(
            "data",
            Value::map().with("types", Value::map().with("string", "str").with("int", "int")),
        )
        .with("tenancy", Value::map().with("column", "tenant_id"))
        .build()
}

#[test]
fn lines_of_one_statement_vanish() {
    let template = "class {= entity.pascal =}:\n    {# a note #}\n    {% for field in entity.fields %}\n    \
        {= field.snake =}: {= data.types[field.type] =}\n    {% endfor %}\n    {% set x = [\n        1,\n    ] %}\n\
        a{% if tenancy %} b{% endif %} c {# note #}d\n{% raw %}\n{= as it is =} {% if %}\n{% endraw %}\n\n\n";
    insta::assert_snapshot!(rendered(template, &[], &context()), @"
    class TeamMember:
        display_name: str
        age: int
    a b c d
    {= as it is =} {% if %}
    ");
}

#[test]
fn texts_end_with_one_line_end() {
    for (template, output) in
        [("", ""), ("\n\n", ""), ("a", "a\n"), ("a\n\n", "a\n"), ("{# x #}\n", "")]
    {
        assert_eq!(rendered(template, &[], &context()), output, "{template:?}");
    }
}

#[test]
fn parts_and_components() {
    let parts = [
        ("head.py", "# {= entity.title =}, {= option.ttl | duration =}\n"),
        (
            "lib.py",
            "{% component column(field, @data, kind=\"column\") %}\n{= field.snake =} = {= kind =}({= data.types[field.type] =})\
             {% endcomponent column %}\n{% component box(title) %}[{= title =}: {= body =}]{% endcomponent %}\n",
        ),
    ];
    let template = "{% include \"head.py\" %}\n{% for field in entity.fields %}\n{= <column field={field} /> =}\n\
        {% endfor %}\n{% <box title=\"x\"> %}{= entity.name =}{% </box> %}\n";
    insta::assert_snapshot!(rendered(template, &parts, &context()), @"
    # Team member, 15 minutes
    display_name = column(str)
    age = column(int)
    [x: team member]
    ");
    insta::assert_snapshot!(reads(template, &parts), @"
    data.types[entity.fields[*].type]
    entity.fields
    entity.fields[*].snake
    entity.fields[*].type
    entity.name
    entity.title
    option.ttl
    ");
}

#[test]
fn reads_are_exact() {
    let template = "{= option.ttl =}{% if tenancy %}{= tenancy.column | quote =}{% endif %}\n\
        {% for m in domain.mixins[entity.name] %}{= m.class =}{% endfor %}\n\
        {= slots.routers | sort(attribute=\"prefix\") | length =}\n\
        {% set links = [r.link for r in slots.routers if r.shown] %}\n{% for l in links %}{= l.href =}{% endfor %}\n\
        {= upload.stores | find(key=option.store, get=\"module\") =}\n\
        {% for group, items in docs.pages | group_by(attribute=\"group\") %}{= group =}{% for i in items %}{= i.title =}{% endfor %}{% endfor %}\n\
        {% if \"x\" in option.names and kits is defined %}{% endif %}{= whole.map =}\n";
    insta::assert_snapshot!(reads(template, &[]), @"
    docs.pages
    docs.pages[*].group
    docs.pages[*].title
    domain.mixins[entity.name]
    domain.mixins[entity.name][*].class
    entity.name
    kits
    option.names
    option.store
    option.ttl
    slots.routers
    slots.routers[*].link.href
    slots.routers[*].prefix
    slots.routers[*].shown
    tenancy.column
    upload.stores
    upload.stores[*].module
    upload.stores[*][key]
    whole.map
    ");
}

#[test]
fn a_variable_that_grows_into_the_context_is_read_whole() {
    let template = "{% set node = tree %}{% for i in range(end=9) %}{% set_global node = node.next %}{% endfor %}{= node.name =}";
    insta::assert_snapshot!(reads(template, &[]), @"tree");
}

#[test]
fn filters_in_templates() {
    let template = "{% filter imports(width=40) %}\nfrom b import Z, a\nimport os\n{% endfilter %}\n\
        def {= entity.snake =}({% filter fit(width=30) %}\n    a: int,\n    b: int,\n{% endfilter %}):\n\
        x = {% filter fit(width=30) %}[\n    {= entity.snake =},\n    1,\n]{% endfilter %} + []\n\
        y = {% filter fit(width=20) %}[\n    {= entity.snake =},\n    1,\n]{% endfilter %} + []\n\
        {= entity.fields | pluck(attribute=\"tags\") | unique | join(sep=\",\") =}\n\
        {= entity.fields | find(key=\"age\", get=\"type\") =} {= option.roles | position(of=\"user\") =}\n\
        {= \"a b\" | pascal =} {= \"aB\" | upper_snake =} {= 26214400 | size =}\n\
        {% for type, fields in entity.fields | group_by(attribute=\"type\") %}{= type =}:{= fields | length =} {% endfor %}\n";
    insta::assert_snapshot!(rendered(template, &[], &context()), @"
    import os
    from b import Z, a
    def team_member(
        a: int,
        b: int,
    ):
    x = [team_member, 1] + []
    y = [
        team_member,
        1,
    ] + []
    a,b
    int 1
    AB A_B 25 MiB
    string:1 int:1
    ");
}

#[test]
fn keys_are_made_of_sources_and_input() {
    let parts = [("a.py", "x"), ("b.py", "y")];
    let templates = kit(&[("out.py", "{% include \"a.py\" %}{= option.ttl =}")], &parts).unwrap();
    let file = templates.file("out.py").unwrap();
    let names: Vec<&str> = file.sources().iter().map(|source| source.name.as_str()).collect();
    assert_eq!(names, ["out.py", "a.py"]);
    assert_eq!(templates.unused_parts(), ["b.py"]);
    insta::assert_snapshot!(format!("{:?}", file.input(&context())), @r#"{"option": {"ttl": 900}}"#);
    let key = |templates: &Templates| {
        let mut hasher = KeyHasher::new("kiln test template");
        templates.file("out.py").unwrap().feed_sources(&mut hasher);
        hasher.finish()
    };
    let changed = kit(&[("out.py", "{% include \"a.py\" %}{= option.ttl =}")], &[("a.py", "z")]);
    assert_ne!(key(&templates), key(&changed.unwrap()));
}

#[test]
fn many_threads_render_alike() {
    use rayon::prelude::*;
    let template = "{% filter fit(width=20) %}\nf(\n    {= n =},\n)\n{% endfilter %}\n{% for i in range(end=n) %}{= i =}{% endfor %}";
    let templates = kit(&[("out.py", template)], &[]).unwrap();
    let file = templates.file("out.py").unwrap();
    let render = |n: i64| file.render(&Value::map().with("n", n).build()).unwrap().bytes;
    let alone: Vec<Vec<u8>> = (0..64).map(render).collect();
    let together: Vec<Vec<u8>> = (0..64_i64).into_par_iter().map(render).collect();
    assert_eq!(alone, together);
}
