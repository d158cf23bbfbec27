//! Oracles: a pruned context gives what the whole one gives; guards and the way without tera change nothing.

use proptest::prelude::*;
use proptest::sample::select;

use super::{generate, *};

fn texts(all: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    select(all).prop_map(str::to_owned)
}

const NAMES: &[&str] = &[
    "entity", "entities", "option", "slots", "data", "domain", "x", "y", "z", "k", "absent", "text",
];
const FIELDS: &[&str] = &[
    "name", "type", "fields", "tags", "routers", "prefix", "types", "mixins", "flag", "names",
    "deep", "alpha", "string", "py", "missing",
];
const PATHS: &[&str] = &[
    "entity.name",
    "entity.fields",
    "entities",
    "slots.routers",
    "data.types",
    "domain.mixins",
    "option.names",
    "option.flag",
    "entity.deep",
    "text",
    "entity.deep.alpha.name",
    "x",
    "y.name",
    "z.type",
    "x.fields",
    "y.tags",
];

fn path() -> impl Strategy<Value = String> {
    let step = prop_oneof![
        4 => texts(FIELDS).prop_map(|field| format!(".{field}")),
        1 => texts(PATHS).prop_map(|path| format!("[{path}]")),
        1 => texts(&["[0]", "[-1]", "[\"name\"]", "[\"alpha\"]", "[x ~ \"\"]"]),
    ];
    prop_oneof![
        5 => texts(PATHS),
        3 => (texts(NAMES), prop::collection::vec(step, 0..3))
            .prop_map(|(name, steps)| format!("{name}{}", steps.concat())),
    ]
}

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        8 => path(),
        1 => texts(&["\"alpha\"", "1", "none", "true", "[]", "{}"]),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let two = (inner.clone(), inner.clone());
        let three = (inner.clone(), inner.clone(), inner.clone());
        prop_oneof![
            3 => (inner.clone(), texts(FILTERS)).prop_map(|(a, filter)| format!("({a}) | {filter}")),
            1 => (inner.clone(), texts(TESTS)).prop_map(|(a, test)| format!("({a}) is {test}")),
            2 => (two.clone(), texts(&["~", "==", "in", "and", "or", "<", "+", "not in"]))
                .prop_map(|((a, b), sign)| format!("({a}) {sign} ({b})")),
            1 => three.clone().prop_map(|(a, b, c)| format!("({a}) if ({b}) else ({c})")),
            2 => (three, texts(&["x", "y", "z"]))
                .prop_map(|((a, b, c), name)| format!("[({a}) for {name} in ({b}) if ({c})]")),
            1 => two.clone().prop_map(|(a, b)| format!("[{a}, ...({b})]")),
            1 => two.clone().prop_map(|(a, b)| format!("{{\"name\": {a}, ...({b})}}")),
            1 => two.prop_map(|(a, b)| format!("{{\"alpha\": {a}, \"type\": {b}}}")),
            1 => inner.prop_map(|a| format!("not ({a})")),
        ]
    })
}

const FILTERS: &[&str] = &[
    "first",
    "last",
    "length",
    "reverse",
    "unique",
    "keys",
    "values",
    "pairs",
    "quote",
    "snake",
    "str",
    "join(sep=\",\")",
    "sort",
    "sort(attribute=\"name\")",
    "group_by(attribute=\"type\")",
    "pluck(attribute=\"tags\")",
    "pluck(attribute=\"name\")",
    "find(key=\"alpha\")",
    "find(key=entity.name, get=\"type\")",
    "find(key=\"alpha\", get=\"deep.name\")",
    "default(value=\"d\")",
    "default(value=entity.deep)",
    "get(key=\"name\", default=1)",
    "position(of=\"alpha\")",
    "nth(n=1)",
    "upper",
    "sort(attribute=\"deep.name\")",
];
const TESTS: &[&str] = &[
    "defined",
    "undefined",
    "string",
    "map",
    "array",
    "none",
    "containing(pat=\"alpha\")",
    "iterable",
    "not defined",
];

/// Anything that parses; most of it fails soon.
fn wild() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        1 => texts(&["text\n", "  a ", "\n", "{# note #}\n"]),
        6 => expression().prop_map(|value| format!("{{= {value} =}}")),
        1 => texts(&["{% include \"part\" %}", "{% include \"deep\" %}\n"]),
        1 => expression().prop_map(|value| format!("{{= <show of={{{value}}} /> =}}")),
        1 => (texts(&["x", "y", "z"]), expression())
            .prop_map(|(name, value)| format!("{{% set_global {name} = {value} %}}\n")),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let body = prop::collection::vec(inner, 1..4).prop_map(|nodes| nodes.concat());
        let names = texts(&["x", "y", "z"]);
        prop_oneof![
            4 => (names.clone(), expression(), body.clone())
                .prop_map(|(x, list, body)| format!("{{% for {x} in {list} %}}\n{body}{{% endfor %}}\n")),
            1 => (names.clone(), expression(), body.clone())
                .prop_map(|(x, map, body)| format!("{{% for k, {x} in {map} %}}{body}{{% else %}}none{{% endfor %}}")),
            2 => (expression(), body.clone(), body.clone())
                .prop_map(|(a, yes, no)| format!("{{% if {a} %}}\n{yes}{{% else %}}{no}{{% endif %}}")),
            2 => (names.clone(), expression(), body.clone())
                .prop_map(|(x, value, body)| format!("{{% set {x} = {value} %}}\n{body}")),
            1 => (names, body.clone())
                .prop_map(|(x, body)| format!("{{% set {x} %}}{body}{{% endset %}}{{= {x} =}}")),
            1 => body.clone().prop_map(|body| format!("{{% filter upper %}}{body}{{% endfilter %}}")),
            1 => (expression(), body)
                .prop_map(|(a, body)| format!("{{% <box a={{{a}}}> %}}{body}{{% </box> %}}")),
        ]
    })
}

const PARTS: [(&str, &str); 3] = [
    (
        "part",
        "{% for x in kept %}{= x.name =}{% endfor %}\n{% set x = entity.deep %}{= x.alpha.name =}",
    ),
    ("deep", "{% if x %}{% include \"part\" %}{% endif %}{= entities[0].name =}"),
    (
        "lib",
        "{% component show(of, @option) %}{% if option.flag %}{= of.name =}{% else %}{% for x in of.tags | default(value=[]) %}{= x =}\
         {% endfor %}{% endif %}{% endcomponent %}\n{% component box(a) %}{% for x in a %}{= x.type =}{% endfor %}{= body =}{% endcomponent %}",
    ),
];

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => texts(&["alpha", "string", "beta", ""]).prop_map(Value::from),
        1 => (0_i64..3).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            2 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            5 => prop::collection::vec((texts(FIELDS), inner), 0..7)
                .prop_map(|entries| entries.into_iter().collect()),
        ]
    })
}

/// An item of a list, with its key first.
fn item() -> impl Strategy<Value = Value> {
    let names = texts(&["alpha", "beta", "string"]);
    (names.clone(), names, value(), prop::collection::vec(texts(&["a", "b"]), 0..3)).prop_map(
        |(name, kind, deep, tags)| {
            let flag = deep.is_truthy();
            let deep = Value::map().with("name", name.clone()).merge(&deep);
            Value::map()
                .with("name", name)
                .with("type", kind)
                .with("flag", flag)
                .with("tags", tags)
                .with("deep", deep)
                .build()
        },
    )
}

fn contexts() -> impl Strategy<Value = Value> {
    let items = || prop::collection::vec(item(), 0..4);
    let noise = prop::collection::vec((texts(NAMES), value()), 0..3);
    let known = (items(), items(), items(), value(), any::<bool>()).prop_map(
        |(fields, entities, routers, deep, flag)| {
            let alpha = Value::map().with("alpha", Value::map().with("name", "n")).merge(&deep);
            let types = Value::map().with("alpha", "A").with("string", "S").with("beta", "B");
            let mixins = Value::map().with("alpha", fields.clone()).with("beta", routers.clone());
            Value::map()
                .with(
                    "entity",
                    Value::map().with("name", "alpha").with("fields", fields).with("deep", alpha),
                )
                .with("entities", entities)
                .with("slots", Value::map().with("routers", routers))
                .with("option", Value::map().with("names", vec!["alpha", "b"]).with("flag", flag))
                .with("data", Value::map().with("types", types))
                .with("domain", Value::map().with("mixins", mixins))
                .with("text", "some text")
                .with("title", "Title")
                .with("other", "beta")
                .with("kept", Value::list::<Value>([]))
                .with("tenancy", flag.then(|| Value::map().with("column", "c").build()))
                .build()
        },
    );
    (known, noise, 0..6).prop_map(|(known, noise, chance)| {
        let noise: Value = noise.into_iter().collect();
        let builder = Value::map().merge(&known);
        if chance == 0 { builder.merge(&noise).build() } else { builder.build() }
    })
}

fn template() -> impl Strategy<Value = String> {
    prop_oneof![4 => generate::body(3, generate::Open(0)), 1 => wild()]
}

/// What a render gives: its text, or where it fails and how.
fn outcome(result: Result<Rendered, Diagnostic>) -> Result<String, (String, Option<Span>)> {
    match result {
        Ok(rendered) => Ok(rendered.text().to_owned()),
        Err(error) => {
            let place = error.labels.first().map(|label| label.span);
            Err((error.message, place))
        }
    }
}

/// As the pages first sketched it: statements alone on a line vanish line by line, and nothing is guarded.
fn bare(text: &str) -> String {
    let mut bare = String::new();
    for line in text.split_inclusive('\n') {
        let inner = line.trim();
        let alone = |open: &str, close: &str| {
            inner.len() >= 4
                && inner.starts_with(open)
                && inner.ends_with(close)
                && inner[2..].find(close) == Some(inner.len() - 4)
        };
        let vanishes = alone("{%", "%}") || alone("{#", "#}");
        bare.push_str(if vanishes { inner } else { line });
    }
    bare
}

/// Without guards; none if tera itself refuses the text.
fn bare_render(template: &str, context: &Value) -> Option<Option<String>> {
    let _account = meter::Opened::new(Language::Python);
    let mut tera = tera::Tera::new();
    tera.autoescape_on(Vec::<&str>::new());
    let delimiters = tera::Delimiters {
        variable_start: "{=".into(),
        variable_end: "=}".into(),
        ..tera::Delimiters::default()
    };
    tera.set_delimiters(delimiters).ok()?;
    filters::register(&mut tera);
    let mut all: Vec<(&str, String)> = PARTS.iter().map(|(n, t)| (*n, bare(t))).collect();
    all.push(("//out.py", bare(template)));
    tera.add_raw_templates(all.iter().map(|(n, t)| (*n, t.as_str()))).ok()?;
    Some(tera.render("//out.py", &convert::to_context(context)?).ok())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_pruned_context_renders_alike(
        template in template(),
        all in prop::collection::vec(contexts(), 2),
    ) {
        // A few are refused, for they nest deeper than tera takes.
        let Ok(templates) = kit(&[("out.py", &template)], &PARTS) else { return Ok(()) };
        let file = templates.file("out.py").unwrap();
        for context in &all {
            let input = file.input(context);
            let whole = outcome(file.render_with_tera(context, context));
            let pruned = outcome(file.render_with_tera(&input, context));
            prop_assert_eq!(&whole, &pruned, "reads {} input {:?}", file.reads(), input);
            prop_assert_eq!(file.input(&input), input, "reads {}", file.reads());
        }
    }

    #[test]
    fn guards_change_nothing(template in template(), context in contexts()) {
        let Ok(templates) = kit(&[("out.py", &template)], &PARTS) else { return Ok(()) };
        let guarded = templates.file("out.py").unwrap().render_with_tera(&context, &context);
        if let (Ok(guarded), Some(bare)) = (guarded, bare_render(&template, &context)) {
            let bare = bare.map(Rendered::new);
            prop_assert_eq!(Some(guarded.text()), bare.as_ref().map(Rendered::text));
        }
    }

    #[test]
    fn names_in_texts_need_no_tera(
        pieces in prop::collection::vec((texts(&["", "a\n", "{ =} {", "é "]), path(),
            texts(&["", " | snake", " | kebab | pascal", " | upper_snake", " | camel"])), 1..5),
        context in contexts(),
    ) {
        let template: String =
            pieces.iter().map(|(text, path, filter)| format!("{text}{{= {path}{filter} =}}")).collect();
        let Ok(templates) = kit(&[("out.py", &template)], &[]) else { return Ok(()) };
        let file = templates.file("out.py").unwrap();
        let slow = file.render_with_tera(&context, &context);
        prop_assert_eq!(outcome(file.render(&context)), outcome(slow));
    }

    #[test]
    fn no_text_panics(text in "(\\{[%=#]|[%=#]\\}|[a-c.|\\[\\](){}\"' \n~-]|for |if |in |end|set |raw ){0,24}") {
        if let Ok(templates) = kit(&[("out.py", &text)], &[]) {
            let _ = templates.file("out.py").unwrap().render(&context());
        }
    }
}
