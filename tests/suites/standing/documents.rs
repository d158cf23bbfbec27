//! Documents that a person broke, keys that no kit writes.

use super::{project, set_level};
use crate::support::Terminal;

#[test]
fn a_document_that_a_person_broke_is_named_with_its_line() {
    let terminal = project();
    terminal.replace("desk/package.json", "\"name\": \"desk\",", "\"name\": \"desk\"");
    terminal.replace("desk/conf.yaml", "services:", "services: [");
    insta::assert_snapshot!(terminal.run("status desk/package.json"), @r#"
    $ kiln status desk/package.json
    out| demo-desk: 1 customised ([TIME])
    out| diff --git a/desk/package.json b/desk/package.json
    out| --- a/desk/package.json
    out| +++ b/desk/package.json
    out| @@ -1,5 +1,5 @@
    out|  {
    out| -  "name": "desk",
    out| +  "name": "desk"
    out|    "scripts": {
    out|      "build": "make one",
    out|      "test": "make test"
    err| note[customised]: `desk/package.json` of `desk` has your changes
    err| note[document-unreadable]: `desk/package.json` is no JSON that can be read: expected comma (line 2); it is merged by lines
    err|   hint: correct line 2 of the file, then it is merged by its keys again
    exit 0
    "#);
    set_level(&terminal, "two");
    insta::assert_snapshot!(terminal.run("sync"), @r#"
    $ kiln sync
    out| merged  desk/conf.yaml  desk
    out| updated  desk/deep/[id]/my page.txt  desk
    out| merged  desk/package.json  desk
    out| updated  desk/page.txt  desk
    out| updated  house/rules.txt  desk
    out| ✓ demo-desk: 5 written, 2 unchanged, 0 skipped ([TIME])
    err| note[document-unreadable]: `desk/conf.yaml` is no YAML that can be read: "-" is only valid inside a block (line 3); it is merged by lines
    err|   hint: correct line 3 of the file, then it is merged by its keys again
    err| note[merged-closely]: `desk/conf.yaml`: lines 1 to 2 come from a close merge: the sides changed different words
    err| note[document-unreadable]: `desk/package.json` is no JSON that can be read: expected comma (line 2); it is merged by lines
    err|   hint: correct line 2 of the file, then it is merged by its keys again
    exit 0
    "#);
    assert!(terminal.read("desk/package.json").contains("make two"));
    // It is said until the file can be read again.
    let again = terminal.kiln("sync");
    assert!(again.err.contains("document-unreadable") && again.code == 0, "{}", again.err);
    terminal.replace("desk/package.json", "\"name\": \"desk\"", "\"name\": \"desk\",");
    terminal.replace("desk/conf.yaml", "services: [", "services:");
    let mended = terminal.kiln("sync");
    assert_eq!((mended.code, mended.err.as_str()), (0, ""));
}

#[test]
fn a_document_that_its_kit_breaks_is_named_with_the_kit() {
    let terminal = project();
    terminal.replace("desk/package.json", "make test", "make mine");
    let spec = terminal.read("kiln.kdl");
    terminal.write("kiln.kdl", spec.replacen("    desk\n", "    desk { level \"t\\\"wo\" }\n", 1));
    let answer = terminal.kiln("status --output-format github");
    let lines: Vec<&str> =
        answer.out.lines().filter(|line| line.contains("document-unreadable")).collect();
    insta::assert_snapshot!(lines.join("\n"), @"::notice file=desk/package.json,title=kiln document-unreadable (desk)::what `desk` makes of `desk/package.json` is no JSON that can be read: unexpected token (line 4); it is merged by lines%0Ahint: see whether a value of the spec needs quotes there; else it is a defect of `desk`");
}

#[test]
fn a_document_of_several_documents_is_no_fault_until_it_is_merged_otherwise() {
    let terminal = project();
    terminal.write("desk/conf.yaml", format!("{}---\nmine: 1\n", terminal.read("desk/conf.yaml")));
    let answer = terminal.kiln("sync");
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    set_level(&terminal, "two");
    insta::assert_snapshot!(terminal.run("sync"), @"
    $ kiln sync
    out| merged  desk/conf.yaml  desk
    out| updated  desk/deep/[id]/my page.txt  desk
    out| updated  desk/package.json  desk
    out| updated  desk/page.txt  desk
    out| updated  house/rules.txt  desk
    out| ✓ demo-desk: 5 written, 2 unchanged, 0 skipped ([TIME])
    err| note[document-unreadable]: `desk/conf.yaml` has no keys to merge by: more than one document stands here (line 7); it is merged by lines
    err|   hint: read the result; merging by lines knows nothing of keys
    exit 0
    ");
}

fn said(terminal: &Terminal, words: &str) -> String {
    let before = terminal.read("kiln.kdl");
    let answer = terminal.run(words);
    let edited = if terminal.read("kiln.kdl") == before { "" } else { " (edited)" };
    format!("{answer}{edited}")
}

#[test]
fn a_key_that_no_kit_writes_is_not_taken_over() {
    let terminal = project();
    insta::assert_snapshot!(said(&terminal, "foreign desk/package.json#script"), @"
    $ kiln foreign desk/package.json#script
    err| error[unknown-key]: no kit writes a key `script` into `desk/package.json`
    err|  |
    err|  = hint: did you mean `scripts`?
    exit 2
    ");
    insta::assert_snapshot!(said(&terminal, "foreign desk/package.json#nothing.like.it"), @r#"
    $ kiln foreign desk/package.json#nothing.like.it
    err| error[unknown-key]: no kit writes a key `nothing.like.it` into `desk/package.json`
    err|  |
    err|  = hint: a key that is still to come is said in kiln.kdl: `foreign "desk/package.json#nothing.like.it"` in `ownership`
    exit 2
    "#);
    insta::assert_snapshot!(said(&terminal, "foreign desk/conf.yaml#services.0"), @"
    $ kiln foreign desk/conf.yaml#services.0
    err| error[unknown-key]: no kit writes a key `services.0` into `desk/conf.yaml`
    err|  |
    err|  = hint: a value is yours as a whole: kiln foreign desk/conf.yaml#services
    exit 2
    ");
    insta::assert_snapshot!(said(&terminal, "foreign desk/page.txt#a"), @"
    $ kiln foreign desk/page.txt#a
    err| error[no-document]: `desk/page.txt` is no JSON, TOML or YAML document, so it has no keys
    err|  |
    err|  = hint: the whole file can be yours: kiln own --seeded desk/page.txt
    exit 2
    ");
    insta::assert_snapshot!(said(&terminal, "foreign desk/pakage.json#name"), @"
    $ kiln foreign desk/pakage.json#name
    err| error[unknown-output]: no kit writes `desk/pakage.json`
    err|  |
    err|  = hint: did you mean `desk/package.json`?
    exit 2
    ");
    terminal.replace("desk/package.json", "\"name\"", "\"mine\": 1,\n  \"name\"");
    insta::assert_snapshot!(said(&terminal, "foreign desk/package.json#mine"), @"
    $ kiln foreign desk/package.json#mine
    out| ✓ `desk/package.json#mine` is yours already: no kit writes it
    exit 0
    ");
    insta::assert_snapshot!(said(&terminal, "foreign desk/package.json#scripts"), @"
    $ kiln foreign desk/package.json#scripts
    out| edited  kiln.kdl
    out| ✓ demo-desk: 0 written, 6 unchanged, 1 skipped ([TIME])
    exit 0 (edited)
    ");
}

#[test]
fn an_element_of_a_list_is_taken_and_kept() {
    let conflict = || {
        let terminal = project();
        terminal.replace("desk/conf.yaml", "web:one", "web:mine");
        set_level(&terminal, "two");
        terminal
    };
    insta::assert_snapshot!(conflict().run("sync"), @r#"
    $ kiln sync
    err| error[document-key]: `desk/conf.yaml#services.0.image` is `"web:mine"` for you and `"web:two"` for `desk`; it was `"web:one"`
    err|   hint: take kiln's, yours is kept in the vault: kiln sync --take desk/conf.yaml#services.0.image
    err|   hint: keep yours: kiln sync --keep desk/conf.yaml#services.0.image
    err|   hint: the whole list is yours from now on: kiln foreign desk/conf.yaml#services
    err| stopped: nothing was written
    exit 1
    "#);
    let terminal = conflict();
    assert_eq!(terminal.kiln("sync --keep desk/conf.yaml#services.0").code, 0);
    insta::assert_snapshot!(terminal.read("desk/conf.yaml"), @"
    level: two
    services:
      - name: web
        image: web:mine
      - name: db
        image: db:1
    ");
    let terminal = conflict();
    assert_eq!(terminal.kiln("sync --take desk/conf.yaml#services.0").code, 0);
    insta::assert_snapshot!(terminal.read("desk/conf.yaml"), @"
    level: two
    services:
      - name: web
        image: web:two
      - name: db
        image: db:1
    ");
    insta::assert_snapshot!(terminal.run("explain desk/conf.yaml#services.0.image"), @r#"
    $ kiln explain desk/conf.yaml#services.0.image
    out| desk/conf.yaml#services.0.image  as kiln writes it
    out|   services
    out|     = [{"name": "web", "image": "web:two"}, {"name": "db", "image": "db:1"}]
    out|     from desk  files/root/conf.yaml
    exit 0
    "#);
}
