//! Templates by chance that mostly render: loops go over lists that are there, and print what their items have. A few
//! names are wild, so that errors come too.

use proptest::prelude::*;
use proptest::sample::select;

fn one_of(all: Vec<String>) -> BoxedStrategy<String> {
    select(all).boxed()
}

fn fixed(all: &[&str]) -> Vec<String> {
    all.iter().map(|text| (*text).to_owned()).collect()
}

/// What is in scope: so many loops over items are open.
#[derive(Clone, Copy)]
pub(super) struct Open(pub(super) usize);

impl Open {
    fn items(self) -> Vec<String> {
        (0..self.0).map(|at| format!("v{at}")).collect()
    }

    fn of_items(self, field: &str) -> Vec<String> {
        self.items().iter().map(|item| format!("{item}.{field}")).collect()
    }
}

/// Names of items: keys of `domain.mixins` and `data.types`.
fn names(open: Open) -> BoxedStrategy<String> {
    let mut all = fixed(&["entity.name", "\"alpha\"", "other"]);
    all.extend(open.of_items("name"));
    one_of(all)
}

pub(super) fn text(depth: usize, open: Open) -> BoxedStrategy<String> {
    let mut all =
        fixed(&["entity.name", "text", "\"x\"", "entity.deep.alpha.name", "other", "title"]);
    all.extend(open.of_items("name"));
    all.extend(open.of_items("type"));
    all.extend(open.of_items("deep.name"));
    let leaf = one_of(all);
    if depth == 0 {
        return leaf;
    }
    let inner = || text(depth - 1, open);
    let forms = select(fixed(&["snake", "upper", "quote", "default(value=\"d\")", "trim", "str"]));
    prop_oneof![
        4 => leaf,
        1 => (inner(), inner()).prop_map(|(a, b)| format!("({a} ~ {b})")),
        1 => (inner(), forms).prop_map(|(a, form)| format!("({a} | {form})")),
        1 => names(open).prop_map(|name| format!("data.types[{name}]")),
        1 => items(depth - 1, open).prop_map(|list| format!("({list} | length)")),
        1 => texts(depth - 1, open).prop_map(|list| format!("({list} | join(sep=\"-\"))")),
        1 => (items(depth - 1, open), names(open))
            .prop_map(|(list, name)| format!("({list} | find(key={name}, get=\"type\"))")),
        1 => (inner(), condition(depth - 1, open), inner())
            .prop_map(|(a, test, b)| format!("({a} if {test} else {b})")),
        1 => select(fixed(&["entity.missing", "entty", "absent.name", "data.types[text]", "kept"])),
    ]
    .boxed()
}

fn texts(depth: usize, open: Open) -> BoxedStrategy<String> {
    let mut all = fixed(&["option.names", "[\"a\", \"b\"]", "[entity.name]"]);
    all.extend(open.of_items("tags"));
    let leaf = one_of(all);
    if depth == 0 {
        return leaf;
    }
    let name = format!("c{depth}");
    prop_oneof![
        2 => leaf,
        1 => texts(depth - 1, open).prop_map(|list| format!("({list} | unique)")),
        1 => items(depth - 1, open).prop_map(|list| format!("({list} | pluck(attribute=\"tags\"))")),
        1 => (items(depth - 1, open), select(fixed(&["name", "type", "deep.name"])))
            .prop_map(move |(list, field)| format!("[{name}.{field} for {name} in {list}]")),
    ]
    .boxed()
}

pub(super) fn items(depth: usize, open: Open) -> BoxedStrategy<String> {
    let leaf = one_of(fixed(&["entity.fields", "entities", "slots.routers", "kept"]));
    if depth == 0 {
        return leaf;
    }
    let inner = || items(depth - 1, open);
    let name = format!("c{depth}");
    let sorts = fixed(&[
        "reverse",
        "sort(attribute=\"name\")",
        "sort(attribute=\"deep.name\")",
        "unique",
        "default(value=entities)",
    ]);
    prop_oneof![
        4 => leaf,
        1 => names(open).prop_map(|name| format!("domain.mixins[{name}]")),
        1 => (inner(), select(sorts)).prop_map(|(list, sort)| format!("({list} | {sort})")),
        1 => (inner(), inner()).prop_map(|(a, b)| format!("[...{a}, ...{b}]")),
        1 => (inner(), condition(depth - 1, open))
            .prop_map(|(list, test)| format!("({list} if {test} else entities)")),
        1 => inner().prop_map(|list| format!("{list}[1:]")),
        1 => (inner(), select(fixed(&["name", "type", "tags"]))).prop_map(move |(list, field)| {
            format!("[{name} for {name} in {list} if {name}.{field}]")
        }),
    ]
    .boxed()
}

pub(super) fn condition(depth: usize, open: Open) -> BoxedStrategy<String> {
    let mut all = fixed(&[
        "option.flag",
        "tenancy",
        "entity.deep.more",
        "entities",
        "tenancy is defined",
        "entity.absent is not defined",
        "entity.deep is map",
        "entities is array",
    ]);
    all.extend(open.of_items("flag"));
    all.extend(open.of_items("tags"));
    let leaf = one_of(all);
    if depth == 0 {
        return leaf;
    }
    let inner = || condition(depth - 1, open);
    prop_oneof![
        3 => leaf,
        1 => inner().prop_map(|test| format!("(not {test})")),
        1 => (inner(), select(fixed(&["and", "or"])), inner())
            .prop_map(|(a, sign, b)| format!("({a} {sign} {b})")),
        1 => (text(depth - 1, open), select(fixed(&["==", "!="])), text(depth - 1, open))
            .prop_map(|(a, sign, b)| format!("({a} {sign} {b})")),
        1 => (text(depth - 1, open), texts(depth - 1, open))
            .prop_map(|(a, list)| format!("({a} in {list})")),
        1 => (text(depth - 1, open)).prop_map(|a| format!("({a} in data.types)")),
    ]
    .boxed()
}

/// A few statements.
pub(super) fn body(depth: usize, open: Open) -> BoxedStrategy<String> {
    prop::collection::vec(node(depth, open), 1..4).prop_map(|nodes| nodes.concat()).boxed()
}

fn node(depth: usize, open: Open) -> BoxedStrategy<String> {
    let call = open.items().into_iter().chain(["entity".to_owned()]).collect();
    let leaf = prop_oneof![
        1 => select(fixed(&["text\n", "  a ", "\n", "{# note #}\n", "{% include \"part\" %}\n"])),
        4 => text(2, open).prop_map(|text| format!("{{= {text} =}}\n")),
        1 => one_of(call).prop_map(|item| format!("{{= <show of={{{item}}} /> =}}")),
        1 => items(2, open).prop_map(|list| format!("{{% set kept = {list} %}}\n")),
        1 => items(1, open).prop_map(|list| format!("{{% set_global kept = {list} %}}\n")),
        1 => text(1, open).prop_map(|text| format!("{{% set_global other = {text} %}}\n")),
    ];
    if depth == 0 {
        return leaf.boxed();
    }
    let inner = move || body(depth - 1, open);
    let item = format!("v{}", open.0);
    let group = item.clone();
    let below = move || body(depth - 1, Open(open.0 + 1));
    prop_oneof![
        3 => leaf,
        4 => (items(2, open), below(), any::<bool>()).prop_map(move |(list, body, otherwise)| {
            let otherwise = if otherwise { "{% else %}none" } else { "" };
            format!("{{% for {item} in {list} %}}\n{body}{otherwise}{{% endfor %}}\n")
        }),
        1 => (items(1, open), below()).prop_map(move |(list, body)| format!(
            "{{% for k, g in {list} | group_by(attribute=\"name\") %}}{{= k =}}\n\
             {{% for {group} in g %}}{body}{{% endfor %}}{{% endfor %}}"
        )),
        1 => (condition(2, open), inner(), inner())
            .prop_map(|(test, yes, no)| format!("{{% if {test} %}}\n{yes}{{% else %}}{no}{{% endif %}}\n")),
        1 => inner().prop_map(|body| format!("{{% set title %}}{body}{{% endset %}}")),
        1 => inner().prop_map(|body| format!("{{% filter upper %}}\n{body}{{% endfilter %}}\n")),
        1 => (items(1, open), inner())
            .prop_map(|(list, body)| format!("{{% <box a={{{list}}}> %}}{body}{{% </box> %}}")),
    ]
    .boxed()
}
