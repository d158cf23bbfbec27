//! What a person asks and sees.

use serde_json::Value;

use super::project;

#[test]
fn an_output() {
    let terminal = project();
    insta::assert_snapshot!(terminal.run("explain site/index.html"), @r#"
    $ kiln explain site/index.html
    out| site/index.html  as kiln writes it
    out|   kit        site 1.2.0
    out|   template   files/pages/site/index.html  library/site/kit.kdl:30
    out|   owner      managed: kiln alone changes it
    out|   rule       managed "site/*.html": nobody writes pages by hand  kiln.kdl:15
    out|     the kit says merged
    out|   option     site.footer = "Mind the gap"  spec  kiln.kdl:3
    out|   slot       web.pages  of site
    out|     home  from site  library/site/kit.kdl:33
    out|     blog  from blog  library/blog/kit.kdl:13  body: parts/intro.html
    out|     about  from the spec  kiln.kdl:13
    out|   reads      project.title = Demo
    out|   taken in   blog  a34e656321ae
    out|   taken in   site  69ab0b15bdf9
    out|   taken in   spec  096932a6cac2
    exit 0
    "#);
    insta::assert_snapshot!(terminal.run("explain model/shop/item.txt"), @"
    $ kiln explain model/shop/item.txt
    out| model/shop/item.txt  as kiln writes it
    out|   kit        models 1.0.0
    out|   template   files/pages/model/{module.snake}/{entity.snake}.txt  library/models/kit.kdl:20
    out|   owner      merged: kiln and you; changes of both are merged
    out|   once for   module shop
    out|   once for   entity Item
    out|   reads      entity.fields
    out|   reads      entity.fields[*].snake
    out|   reads      entity.fields[*].type
    out|   reads      entity.title = Item
    out|   taken in   models/shop.Item  44b1acf675e2
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("explain site/i18n.txt"), @r#"
    $ kiln explain site/i18n.txt
    out| site/i18n.txt  as kiln writes it
    out|   kit        site 1.2.0
    out|   template   files/pages/site/languages.txt  library/site/kit.kdl:30
    out|   owner      merged: kiln and you; changes of both are merged
    out|   place      the kit puts it at site/languages.txt; the spec says otherwise
    out|   option     site.languages = "en"  by default
    out|   taken in   site  33f757f68831
    exit 0
    "#);
    insta::assert_snapshot!(terminal.run("explain robots.txt"), @r#"
    $ kiln explain robots.txt
    out| robots.txt  excluded: kiln does not write it
    out|   kit        site 1.2.0
    out|   template   files/robots/robots.txt  library/site/kit.kdl:32
    out|   owner      you: the spec excludes it
    out|   rule       exclude "robots.txt"  kiln.kdl:16
    out|     the kit says seeded
    exit 0
    "#);
    insta::assert_snapshot!(terminal.run("explain manifest.json"), @"
    $ kiln explain manifest.json
    out| manifest.json  as kiln writes it
    out|   kit        manifest 1.0.0
    out|   template   files/root/manifest.json  library/manifest/kit.kdl:8
    out|   owner      merged: kiln and you; changes of both are merged
    out|   foreign    manifest.json#scripts.lint: the linter is ours  kiln.kdl:17
    out|   reads      project.kebab = demo-site
    out|   merged     scripts merge/root/manifest.json
    out|   taken in   manifest  112ef0ed96ee
    out|   taken in   scripts  3ec1126d9a38
    exit 0
    ");
}

#[test]
fn a_line() {
    let terminal = project();
    insta::assert_snapshot!(terminal.read("site/index.html"), @"
    <h1>Demo</h1>
    <ul>
      <li>home: Demo</li>
      <li>blog: Blog</li>
      <li>about: About</li>
    </ul>
    <p>Posts of Demo</p>
    <footer>Mind the gap</footer>
    ");
    insta::assert_snapshot!(terminal.run("explain site/index.html:1"), @"
    $ kiln explain site/index.html:1
    out| site/index.html:1
    out|     <h1>Demo</h1>
    out|   kit        site
    out|   template   site/files/pages/site/index.html:1
    out|     <h1>{= project.title =}</h1>
    out|   value      project.title = Demo
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("explain site/index.html:4"), @"
    $ kiln explain site/index.html:4
    out| site/index.html:4
    out|       <li>blog: Blog</li>
    out|   kit        site
    out|   template   site/files/pages/site/index.html:4
    out|       <li>{= page.path =}: {= page.title =}</li>
    out|   value      page.path = blog
    out|   value      page.title = Blog
    out|   item       web.pages blog  from blog  library/blog/kit.kdl:13  body: parts/intro.html
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("explain site/index.html:5"), @"
    $ kiln explain site/index.html:5
    out| site/index.html:5
    out|       <li>about: About</li>
    out|   kit        site
    out|   template   site/files/pages/site/index.html:4
    out|       <li>{= page.path =}: {= page.title =}</li>
    out|   value      page.path = about
    out|   value      page.title = About
    out|   item       web.pages about  from the spec  kiln.kdl:13
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("explain site/index.html:7"), @"
    $ kiln explain site/index.html:7
    out| site/index.html:7
    out|     <p>Posts of Demo</p>
    out|   kit        site
    out|   template   site/files/pages/site/index.html:9
    out|     <p>{= page.body =}</p>
    out|   value      page.body = Posts of Demo
    out|   item       web.pages blog  from blog  library/blog/kit.kdl:13  body: parts/intro.html
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("explain manifest.json:5"), @r#"
    $ kiln explain manifest.json:5
    out| manifest.json:5
    out|         "test": "make test"
    out|   kit        manifest
    out|   merged     scripts merge/root/manifest.json
    exit 0
    "#);
    insta::assert_snapshot!(terminal.run("explain manifest.json:2"), @r#"
    $ kiln explain manifest.json:2
    out| manifest.json:2
    out|       "name": "demo-site",
    out|   kit        manifest
    out|   template   manifest/files/root/manifest.json:2
    out|       "name": "{= project.kebab =}",
    out|   value      project.kebab = demo-site
    exit 0
    "#);
}

#[test]
fn a_line_of_a_file_that_a_person_edited() {
    let terminal = project();
    terminal.replace("site/blog.html", "<article>hello", "<!-- mine -->\n<article>moin");
    terminal.write("site/style.css", format!("/* mine */\n{}", terminal.read("site/style.css")));
    insta::assert_snapshot!(terminal.run("explain site/blog.html:1"), @"
    $ kiln explain site/blog.html:1
    out| site/blog.html:1
    out|     <!-- mine -->
    out|   owner      yours: kiln writes no such line
    out|   instead    of what kiln writes there
    out|     <article>hello</article>
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("explain site/style.css:1"), @"
    $ kiln explain site/style.css:1
    out| site/style.css:1
    out|     /* mine */
    out|   owner      yours: kiln writes no such line
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("explain site/style.css:3"), @"
    $ kiln explain site/style.css:3
    out| site/style.css:3
    out|     main { width: 72ch; }
    out|   kit        site
    out|   template   site/files/style/site/style.css:6
    out|     main { width: {= option.width =}ch; }
    out|   value      option.width = 72
    exit 0
    ");
}

#[test]
fn a_key() {
    let terminal = project();
    terminal.replace(
        "manifest.json",
        "\"test\": \"make test\"",
        "\"test\": \"make check\",\n    \"lint\": \"ours\",\n    \"mine\": 1",
    );
    insta::assert_snapshot!(terminal.run("explain manifest.json#scripts"), @r#"
    $ kiln explain manifest.json#scripts
    out| manifest.json#scripts  with your changes
    out|   scripts.build
    out|     = "make"
    out|     from manifest  files/root/manifest.json
    out|   scripts.lint
    out|     = "ours"
    out|     yours by the spec: manifest.json#scripts.lint: the linter is ours  kiln.kdl:17
    out|   scripts.mine
    out|     = 1
    out|     yours: no kit says it
    out|   scripts.test
    out|     = "make check"  yours
    out|     kiln says "make test"
    out|     from scripts  merge/root/manifest.json
    exit 0
    "#);
    insta::assert_snapshot!(terminal.run("explain manifest.json#script.test"), @"
    $ kiln explain manifest.json#script.test
    err| error[unknown-key]: `manifest.json` has no key `script.test`
    err|  |
    err|  = hint: did you mean `scripts.test`?
    exit 2
    ");
    insta::assert_snapshot!(terminal.run("explain site/index.html#a"), @"
    $ kiln explain site/index.html#a
    err| error[no-document]: `site/index.html` is no JSON, TOML or YAML document
    err|  |
    err|  = hint: documents are `.json`, `.toml`, `.yaml` and `.yml`
    exit 2
    ");
}

#[test]
fn an_option() {
    let terminal = project();
    insta::assert_snapshot!(terminal.run("explain --option site.theme"), @r#"
    $ kiln explain --option site.theme
    out| site.theme
    out|   help       what it looks like
    out|   declared   library/site/kit.kdl:8
    out|   value      "light"  by default
    out|   choices    "light", "dark"
    out|   reaches    site/style.css  site
    exit 0
    "#);
    insta::assert_snapshot!(terminal.run("explain --option site.footer"), @r#"
    $ kiln explain --option site.footer
    out| site.footer
    out|   help       the last line of every page
    out|   declared   library/site/kit.kdl:12
    out|   value      "Mind the gap"  the spec
    out|   reaches    site/index.html  site
    exit 0
    "#);
    insta::assert_snapshot!(terminal.run("explain --option site.fotter"), @"
    $ kiln explain --option site.fotter
    err| error[unknown-option]: no kit of this project has an option `site.fotter`
    err|  |
    err|  = hint: did you mean `site.footer`?
    exit 2
    ");
    insta::assert_snapshot!(terminal.run("explain --option site.nothing-like-it"), @"
    $ kiln explain --option site.nothing-like-it
    err| error[unknown-option]: no kit of this project has an option `site.nothing-like-it`
    err|  |
    err|  = hint: options of `site`: footer, languages, theme, width
    exit 2
    ");
}

#[test]
fn an_id_and_what_no_kit_writes() {
    let terminal = project();
    terminal.write("notes.txt", "mine\n");
    insta::assert_snapshot!(terminal.run("explain in-the-way"), @"
    $ kiln explain in-the-way
    out| in-the-way
    out|
    out| A file that kiln does not know stands where an output belongs. Nothing is overwritten unasked: `kiln sync --take PATH` takes kiln's (yours goes to the vault),
    out| `--keep PATH` keeps yours, `kiln exclude PATH` makes the path yours for good.
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("explain kiln.lock"), @"
    $ kiln explain kiln.lock
    out| kiln.lock
    out|   what       the lock: what the spec was resolved to; kiln writes it
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("explain notes.txt"), @"
    $ kiln explain notes.txt
    out| notes.txt
    out|   what       yours: no kit writes it
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("explain ./busy"), @"
    $ kiln explain ./busy
    err| error[unknown-output]: no kit writes `busy`
    err|  |
    err|  = hint: a path is seen from the folder where kiln is called, `:/PATH` from the project's root
    exit 2
    ");
    insta::assert_snapshot!(terminal.run("explain site/indx.html"), @"
    $ kiln explain site/indx.html
    err| error[unknown-output]: no kit writes `site/indx.html`, and it is no id of a message
    err|  |
    err|  = hint: did you mean `site/index.html`?
    exit 2
    ");
    insta::assert_snapshot!(terminal.run("explain style.css"), @"
    $ kiln explain style.css
    err| error[unknown-output]: no kit writes `style.css`, and it is no id of a message
    err|  |
    err|  = hint: did you mean `site/style.css`?
    exit 2
    ");
    insta::assert_snapshot!(terminal.run("explain site/index.html:99"), @"
    $ kiln explain site/index.html:99
    err| error[unknown-line]: `site/index.html` has no line 99: it has 8
    err|  |
    err|  = hint: lines count from 1; the text: kiln cat site/index.html --side yours
    exit 2
    ");
}

/// How an output stands, as `explain` says it.
fn stands(terminal: &crate::support::Terminal, path: &str) -> String {
    let answer = terminal.kiln(&format!("explain {path} --output-format json"));
    assert_eq!(answer.code, 0, "{}", answer.err);
    let answer: Value = serde_json::from_str(&answer.out).unwrap();
    assert_eq!((&answer["schema"], &answer["exit"]), (&Value::from(1), &Value::from(0)));
    answer["stands"].as_str().unwrap().to_owned()
}

#[test]
fn how_an_output_stands() {
    let terminal = project();
    assert_eq!(stands(&terminal, "site/blog.html"), "pristine");
    assert_eq!(stands(&terminal, "robots.txt"), "excluded");
    terminal.write("site/blog.html", "mine\n");
    assert_eq!(stands(&terminal, "site/blog.html"), "edited");
    terminal.write("site/i18n.txt", "mine\n");
    assert_eq!(stands(&terminal, "site/i18n.txt"), "customised");
    terminal.write("site/i18n.txt", "<<<<<<< kiln: yours\na\n=======\nb\n>>>>>>> kiln: site\n");
    assert_eq!(stands(&terminal, "site/i18n.txt"), "conflict");
    std::fs::remove_file(terminal.root.join("site/i18n.txt")).unwrap();
    assert_eq!(stands(&terminal, "site/i18n.txt"), "missing");
    std::fs::create_dir(terminal.root.join("site/i18n.txt")).unwrap();
    assert_eq!(stands(&terminal, "site/i18n.txt"), "obstructed");
    terminal.replace("kiln.kdl", "footer \"Mind", "theme dark; footer \"Mend");
    assert_eq!(stands(&terminal, "site/style.css"), "outdated");
    // Of an output with several parts what it was is put together from the lock.
    assert_eq!(stands(&terminal, "site/index.html"), "outdated");
}

#[test]
fn the_three_sides() {
    let terminal = project();
    let before = terminal.read("site/index.html");
    terminal.write("site/index.html", "mine\r\n");
    terminal.replace("kiln.kdl", "Mind the gap", "Watch your step");
    assert_eq!(terminal.kiln("cat site/index.html --side base").out, before);
    assert_eq!(terminal.kiln("cat site/index.html --side yours").out, "mine\r\n");
    assert_eq!(
        terminal.kiln("cat site/index.html").out,
        before.replace("Mind the gap", "Watch your step")
    );
    insta::assert_snapshot!(terminal.run("cat site/blog.html --output-format json"), @r#"
    $ kiln cat site/blog.html --output-format json
    out| {
    out|   "schema": 1,
    out|   "exit": 0,
    out|   "path": "site/blog.html",
    out|   "side": "kit",
    out|   "sha256": "[SHA256]",
    out|   "text": "<article>hello</article>\n"
    out| }
    exit 0
    "#);
    insta::assert_snapshot!(terminal.run("cat site/blgo.html"), @"
    $ kiln cat site/blgo.html
    err| error[unknown-output]: no kit writes `site/blgo.html`
    err|  |
    err|  = hint: did you mean `site/blog.html`?
    exit 2
    ");
    insta::assert_snapshot!(terminal.run("cat nothing --side yours"), @"
    $ kiln cat nothing --side yours
    err| error[unknown-output]: no kit writes `nothing`
    err|  |
    err|  = hint: a path is seen from the folder where kiln is called, `:/PATH` from the project's root
    exit 2
    ");
    insta::assert_snapshot!(terminal.run("cat kiln.lock --side base"), @"
    $ kiln cat kiln.lock --side base
    err| error[unknown-output]: no kit writes `kiln.lock`
    err|  |
    err|  = hint: a path is seen from the folder where kiln is called, `:/PATH` from the project's root
    exit 2
    ");
    // What no lock renders is not had.
    let sum = terminal.read("kiln.sum");
    let unknown = |line: &str| match line.rsplit_once(' ') {
        Some((rest, _)) if line.contains("site/index.html") => format!("{rest} {}", "0".repeat(64)),
        _ => line.to_owned(),
    };
    let lines: Vec<String> = sum.lines().map(unknown).collect();
    terminal.write("kiln.sum", lines.join("\n") + "\n");
    insta::assert_snapshot!(terminal.run("cat site/index.html --side base"), @"
    $ kiln cat site/index.html --side base
    err| error[no-base]: what `site/index.html` has taken in cannot be rendered any more: no lock that is known gives it
    err|  |
    err|  = hint: your version: kiln cat site/index.html --side yours
    err|  = hint: kiln's: kiln cat site/index.html
    exit 1
    ");
}

#[test]
fn explaining_writes_nothing() {
    let terminal = project();
    let before = terminal.listing();
    for words in [
        "explain site/index.html",
        "explain site/index.html:4",
        "explain manifest.json#scripts",
        "explain --option site.theme",
        "explain missing",
        "cat site/index.html --side base",
    ] {
        assert_eq!(terminal.kiln(words).code, 0, "{words}");
    }
    assert_eq!(crate::support::difference(&before, &terminal.listing()), "");
}
