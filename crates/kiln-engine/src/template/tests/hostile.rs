//! Templates that would run for ever or eat all memory: each ends soon, with an error that says why.

use super::*;

fn ends(template: &str, parts: &[(&str, &str)]) -> String {
    let context = Value::map()
        .with("long", Value::list(0..2_000))
        .with("text", "x".repeat(100_000))
        .with("a", "a")
        .build();
    let shown = rendered(template, parts, &context);
    assert!(shown.len() < 2_000, "{} bytes came out", shown.len());
    shown
}

#[test]
fn loops() {
    let nested = "{% for a in long %}{% for b in long %}{% for c in long %}{% endfor %}{% endfor %}{% endfor %}";
    insta::assert_snapshot!(ends(nested, &[]), @"
    error[template-too-costly]: the template does too much: more than 134 million steps
      at out.py:1:51
    ");
    let comprehension = "{= [[[0 for a in long] for b in long] for c in long] | length =}";
    insta::assert_snapshot!(ends(comprehension, &[]), @"
    error[template-invalid]: arrays can have a maximum of 2 dimensions.
      at out.py:1:6
    ");
    insta::assert_snapshot!(ends("{% for a in range(end=99999999) %}{% endfor %}", &[]), @"
    error[template-too-costly]: a range has more than 10,000 numbers here
      at out.py:1:13
    ");
    let by_text = "{% for a in text %}{% for b in text %}{% endfor %}{% endfor %}";
    insta::assert_snapshot!(ends(by_text, &[]), @"
    error[template-too-costly]: the template does too much: more than 134 million steps
      at out.py:1:32
    ");
}

#[test]
fn growth() {
    let doubling =
        "{% set s = \"x\" %}{% for i in long %}{% set_global s = s ~ s %}{% endfor %}{= s =}";
    insta::assert_snapshot!(ends(doubling, &[]), @"
    error[template-too-costly]: a value grows larger than 4 MiB here
      at out.py:1:55
    ");
    let lists = "{% set s = [1] %}{% for i in long %}{% set_global s = [...s, ...s] %}{% endfor %}";
    insta::assert_snapshot!(ends(lists, &[]), @"
    error[template-too-costly]: a value grows larger than 4 MiB here
      at out.py:1:55
    ");
    let shared =
        "{% set s = [1] %}{% for i in long %}{% set_global s = [s, s] %}{% endfor %}{= s =}";
    insta::assert_snapshot!(ends(shared, &[]), @"
    error[template-too-costly]: a value grows larger than 4 MiB here
      at out.py:1:55
    ");
    let deep = "{% set s = [1] %}{% for i in long %}{% set_global s = [s] %}{% endfor %}{= s =}";
    insta::assert_snapshot!(ends(deep, &[]), @"
    error[template-too-costly]: values nest deeper than 48 levels here
      at out.py:1:55
    ");
    let capture = "{% set s = \"x\" %}{% for i in long %}{% set_global s %}{= s =}{= s =}{% endset %}{% endfor %}";
    insta::assert_snapshot!(ends(capture, &[]), @"
    error[template-too-costly]: a value grows larger than 4 MiB here
      at out.py:1:58
    ");
    let filtered = "{% set s = text %}{% for i in long %}{% set_global s = s | replace(from=\"x\", to=s) %}{% endfor %}";
    insta::assert_snapshot!(ends(filtered, &[]), @"
    error[template-too-costly]: a value grows larger than 4 MiB here
      at out.py:1:60
    ");
    let joined = "{= long | join(sep=text) | length =}";
    insta::assert_snapshot!(ends(joined, &[]), @"
    error[template-too-costly]: a value grows larger than 4 MiB here
      at out.py:1:11
    ");
    let pieces = "{% set s = text ~ text ~ text %}{= s | split(pat=\"\") | length =}";
    insta::assert_snapshot!(ends(pieces, &[]), @"
    error[template-too-costly]: a value grows larger than 4 MiB here
      at out.py:1:40
    ");
    let indented = "{% set s = long | join(sep=\"\\n\") %}{% for i in long %}{% set_global s = s | indent(width=80) %}{% endfor %}";
    insta::assert_snapshot!(ends(indented, &[]), @"
    error[template-too-costly]: a value grows larger than 4 MiB here
      at out.py:1:77
    ");
}

#[test]
fn output() {
    insta::assert_snapshot!(ends("{% for a in long %}{= text =}{% endfor %}", &[]), @"
    error[template-too-costly]: the output grows larger than 16 MiB
      at out.py:1:1
    ");
    let captured = "{% filter upper %}{% for a in long %}{= text =}{% endfor %}{% endfilter %}";
    insta::assert_snapshot!(ends(captured, &[]), @"
    error[template-too-costly]: the template does too much: more than 134 million steps
      at out.py:1:41
    ");
}

#[test]
fn costly_operations() {
    let compare = "{% for a in long %}{% for b in long %}{% if text == text %}{% endif %}{% endfor %}{% endfor %}";
    insta::assert_snapshot!(ends(compare, &[]), @"
    error[template-too-costly]: the template does too much: more than 134 million steps
      at out.py:1:45
    ");
    let index = "{% for a in long %}{% for b in long %}{= text[7] =}{% endfor %}{% endfor %}";
    insta::assert_snapshot!(ends(index, &[]), @"
    error[template-too-costly]: the template does too much: more than 134 million steps
      at out.py:1:47
    ");
    let search = "{% for a in long %}{% for b in long %}{% if a in long %}{% endif %}{% endfor %}{% endfor %}";
    insta::assert_snapshot!(ends(search, &[]), @"
    error[template-too-costly]: the template does too much: more than 134 million steps
      at out.py:1:50
    ");
    let upper = "{% for a in long %}{% for b in long %}{% if text | upper %}{% endif %}{% endfor %}{% endfor %}";
    insta::assert_snapshot!(ends(upper, &[]), @"
    error[template-too-costly]: the template does too much: more than 134 million steps
      at out.py:1:45
    ");
    let unique = "{% for a in long %}{% if [[1], ...long] | unique %}{% endif %}{% endfor %}";
    insta::assert_snapshot!(ends(unique, &[]), @"
    error[template-too-costly]: the template does too much: more than 134 million steps
      at out.py:1:43
    ");
}

#[test]
fn parts_that_multiply() {
    let text = |at: usize| format!("{{% include \"p{at}\" %}}").repeat(4);
    let mut parts: Vec<(String, String)> =
        (0..14).map(|at| (format!("p{at}"), text(at + 1))).collect();
    parts.push(("p14".to_owned(), String::new()));
    let parts: Vec<(&str, &str)> = parts.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    insta::assert_snapshot!(ends("{% include \"p0\" %}", &parts), @"
    error[template-too-costly]: the template unfolds to too many parts and components
      at p0:1:1
    error[template-too-costly]: the template unfolds to too many parts and components
      at p1:1:1
    error[template-too-costly]: the template unfolds to too many parts and components
      at p2:1:1
    error[template-too-costly]: the template unfolds to too many parts and components
      at p3:1:1
    error[template-too-costly]: the template unfolds to too many parts and components
      at p4:1:1
    error[template-too-costly]: the template unfolds to too many parts and components
      at out.py:1:1
    ");
}

#[test]
fn parts_that_lead_back() {
    let parts = [("a", "{% include \"b\" %}"), ("b", "{% include \"a\" %}")];
    insta::assert_snapshot!(ends("{% include \"a\" %}", &parts), @"
    error[template-invalid]: the part `a` leads back to itself
      at b:1:12
    ");
    let parts = [("a", "{% component x() %}{= <x /> =}{% endcomponent %}")];
    insta::assert_snapshot!(ends("{= <x /> =}", &parts), @"
    error[template-invalid]: the component `x` leads back to itself
      at a:1:23
    ");
}

#[test]
fn parts_that_nest_too_deep() {
    let parts: Vec<(String, String)> = (0..400)
        .map(|at| (format!("p{at:03}"), format!("{{% include \"p{:03}\" %}}", at + 1)))
        .chain([("p400".to_owned(), String::new())])
        .collect();
    let parts: Vec<(&str, &str)> = parts.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let errors = kit(&[("a", "{% include \"p000\" %}")], &parts).unwrap_err();
    assert!(errors.to_string().contains("nest deeper than 16"), "{errors}");
}

#[test]
fn texts_that_nest_too_deep() {
    let cases = [
        format!("{{= {}1{} =}}", "(".repeat(500), ")".repeat(500)),
        format!("{{= {}1{} =}}", "[".repeat(500), "]".repeat(500)),
        format!("{{= {}a =}}", "not ".repeat(500)),
        format!("{{= a{} =}}", "[a".repeat(500)),
        "{% if a %}".repeat(500),
        "{% for a in a %}".repeat(500),
        format!("{{= a{} =}}", " ~ a".repeat(500)),
        format!("{{= a{} =}}", ".b".repeat(500)),
        format!("{{= a{} =}}", " | upper".repeat(500)),
        format!("{{= a{} =}}", " if a else a".repeat(500)),
    ];
    for case in cases {
        let shown = ends(&case, &[]);
        assert!(shown.starts_with("error[template-"), "{shown}");
    }
}

#[test]
fn contexts_that_nest_too_deep() {
    let deep = (0..200).fold(Value::from(1), |value, _| Value::list([value]));
    let context = Value::map().with("deep", deep).build();
    insta::assert_snapshot!(rendered("{= deep =}", &[], &context), @"
    error[template-too-costly]: values nest deeper than 48 levels here
      at out.py:1:1
    ");
}
