//! Lines of templates are found for lines of outputs, and they are the right ones.

use std::fmt::Write as _;

use super::{asked, builtin, kits};

const KIT: &str = r#"kit pages version="1.0.0" {
    title "Pages"
    summary "Pages for a test"
    layer foundation
    category test
    option tags type=list { default red green }
    provides pages {
        slot things sort=rank {
            key name
            field rank default=10
            field text type=text default=""
        }
    }
    files root
    add pages.things first rank=1 text=(part)"first.txt"
    add pages.things last rank=9
}
"#;

const TEMPLATE: &str = "# {= project.title =}
{% include \"head.txt\" %}
{% for thing in pages.things %}
begin {= thing.name =}
{% if thing.text %}
    {= thing.text =}
{% endif %}
{% for tag in option.tags %}
    tag {= tag =} of {= thing.name =}
{% endfor %}
end
{% endfor %}
all: {= pages.things | pluck(attribute=\"name\") | join(sep=\", \") =}
{% filter fit(width=40) %}
call(
    first,
    {= project.snake =},
)
{% endfilter %}
{% set block %}
inner
{% endset %}
<{= block | trim =}>
{% for tag in option.tags %}
{% if tag == \"green\" %}
{% break %}
{% endif %}
only {= tag =}
{% endfor %}
the end
";

const HEAD: &str = "{# a note #}\nhead of {= project.name =}\n";

#[test]
fn each_line_by_hand() {
    let (_folder, catalog) = kits(&[
        ("pages/kit.kdl", KIT),
        ("pages/files/root/out.txt", TEMPLATE),
        ("pages/parts/head.txt", HEAD),
        ("pages/parts/first.txt", "one\n    two\n"),
    ]);
    let spec =
        "project demo-site { title \"Demo\" }\nkits { pages }\nadd pages.things mine rank=5\n";
    let shown = asked(&catalog, spec, |inquiry| {
        let mut shown = String::new();
        let length = inquiry.trace("out.txt").unwrap().lines.len();
        for line in 1..=length {
            let origin = inquiry.line("out.txt", line).unwrap();
            let _ = write!(shown, "{line:>2} {}", origin.text);
            let sources = origin.sources.iter().map(|source| {
                let file = source.file.rsplit('/').next().unwrap();
                let last = if source.last > source.line {
                    format!("-{}", source.last)
                } else {
                    String::new()
                };
                format!("{file}:{}{last}{}", source.line, source.through.join(","))
            });
            let values = origin.printed.iter().map(|p| format!("{}={}", p.expression, p.text));
            let items = origin.items.iter().map(|item| format!("{}({})", item.key, item.by));
            for (mark, all) in [
                ("  <- ", sources.collect::<Vec<_>>()),
                ("  ", values.collect()),
                ("  items ", items.collect()),
            ] {
                if !all.is_empty() {
                    let _ = write!(shown, "{mark}{}", all.join(" "));
                }
            }
            shown.push('\n');
        }
        shown
    })
    .unwrap();
    insta::assert_snapshot!(shown, @r#"
     1 # Demo  <- out.txt:1  project.title=Demo
     2 head of demo-site  <- head.txt:2  project.name=demo-site
     3 begin first  <- out.txt:4  thing.name=first  items first(pages)
     4     one  <- out.txt:6  thing.text=one  items first(pages)
     5     two  <- out.txt:6  thing.text=    two  items first(pages)
     6     tag red of first  <- out.txt:9  tag=red thing.name=first  items first(pages)
     7     tag green of first  <- out.txt:9  tag=green thing.name=first  items first(pages)
     8 end  <- out.txt:11  items first(pages)
     9 begin mine  <- out.txt:4  thing.name=mine  items mine(spec)
    10     tag red of mine  <- out.txt:9  tag=red thing.name=mine  items mine(spec)
    11     tag green of mine  <- out.txt:9  tag=green thing.name=mine  items mine(spec)
    12 end  <- out.txt:11  items mine(spec)
    13 begin last  <- out.txt:4  thing.name=last  items last(pages)
    14     tag red of last  <- out.txt:9  tag=red thing.name=last  items last(pages)
    15     tag green of last  <- out.txt:9  tag=green thing.name=last  items last(pages)
    16 end  <- out.txt:11  items last(pages)
    17 all: first, mine, last  <- out.txt:13  pages.things | pluck(attribute="name") | join(sep=", ")=first, mine, last  items first(pages) mine(spec) last(pages)
    18 call(first, demo_site)  <- out.txt:14-19fit
    19 <inner>  <- out.txt:23  block | trim=inner
    20 only red  <- out.txt:28  tag=red
    21 the end  <- out.txt:30
    "#);
}

/// A line that a template writes out in full must stand in the template as it stands in the output; and nearly all
/// lines of the real kits are known.
#[test]
fn lines_of_the_real_kits() {
    let (catalog, spec) = builtin();
    let (mut known, mut all, mut literal, mut whole) = (0, 0, 0, Vec::new());
    asked(&catalog, &spec, |inquiry| {
        for output in inquiry.plan.render().unwrap() {
            let path = output.path.as_str();
            let origin = inquiry.output(path).unwrap();
            let (Ok(text), true) = (std::str::from_utf8(&output.bytes), origin.merged.is_empty())
            else {
                continue;
            };
            if origin.source.starts_with("catalogue ") {
                continue;
            }
            all += text.lines().count();
            let Some(trace) = inquiry.trace(path) else {
                whole.push(path.to_owned());
                continue;
            };
            assert_eq!(trace.lines.len(), text.lines().count(), "{path}");
            for (line, traced) in text.lines().zip(&trace.lines) {
                known += usize::from(!traced.sources.is_empty());
                let [source] = traced.sources.as_slice() else { continue };
                let plain = source.through.is_empty() && !source.text.contains(['{', '}']);
                if traced.printed.is_empty() && plain {
                    literal += 1;
                    assert_eq!(line, source.text, "{path}, {}:{}", source.file, source.line);
                }
                for printed in &traced.printed {
                    assert!(line.contains(&printed.text), "{path}: {line}: {printed:?}");
                }
            }
        }
    })
    .unwrap();
    assert!(known * 100 >= all * 99, "{known} of {all} lines are known; not of {whole:?}");
    assert!(literal * 2 > all, "{literal} of {all} lines are compared");
}
