use super::*;

fn source(name: &str, text: &str) -> TemplateSource {
    TemplateSource { name: name.to_owned(), source: Source::new(name, text) }
}

fn kit(files: &[(&str, &str)], parts: &[(&str, &str)]) -> Result<Templates, Diagnostics> {
    let sources = |all: &[(&str, &str)]| all.iter().map(|(n, t)| source(n, t)).collect();
    Templates::new(sources(files), sources(parts))
}

#[test]
fn smoke() {
    let k = kit(&[("a.py", "{% for f in xs %}\n  {= f.n | pascal =}\n{% endfor %}\nend\n\n")], &[]).unwrap();
    let c = Value::map().with("xs", vec![Value::map().with("n", "ab c").with("m", 1).build()]).build();
    insta::assert_snapshot!(k.file("a.py").unwrap().render(&c).unwrap().text(), @"
      AbC
    end
    ");
    insta::assert_snapshot!(k.file("a.py").unwrap().reads(), @"
    xs
    xs[*].n
    ");
}
