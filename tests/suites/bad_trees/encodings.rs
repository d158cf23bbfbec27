//! Bytes that are no UTF-8, in every kind of file that kiln reads.

use std::fs;

use super::{fresh, refused, synced};
use crate::support::Terminal;

/// A kit that writes one folder of files.
pub(super) const KIT: &str = r#"kit leak version="1.0.0" {
    title "Leak"
    summary "A kit of this test"
    layer foundation
    category tests

    files root
}
"#;

const LATIN: &[u8] = b"project demo-site { title \"Caf\xe9\" }\n";

fn with_kit() -> Terminal {
    let terminal = Terminal::new();
    terminal.write(
        "kiln.kdl",
        "project demo-site\nlibrary own path=\"kits\"\nkits { leak; manifest }\n",
    );
    terminal.write("kits/leak/kit.kdl", KIT);
    terminal.write("kits/leak/files/root/page.md", "page\n");
    terminal
}

#[test]
fn the_spec() {
    let terminal = Terminal::new();
    terminal.write("kiln.kdl", LATIN);
    insta::assert_snapshot!(refused(&terminal, "sync"), @"
    $ kiln sync
    err| error[not-utf8]: `kiln.kdl` is not UTF-8 from byte 30 on
    err|  |
    err|  = hint: save the file as UTF-8
    exit 2
    ");
}

#[test]
fn the_lock() {
    let terminal = synced();
    terminal.write("kiln.lock", b"version = 1\nrender = 1\n# \xff\xfe\n");
    insta::assert_snapshot!(refused(&terminal, "sync"), @"
    $ kiln sync
    err| error[not-utf8]: `kiln.lock` is not UTF-8 from byte 25 on
    err|  |
    err|  = hint: save the file as UTF-8
    exit 2
    ");
}

#[test]
fn the_sum() {
    let terminal = synced();
    terminal.write("kiln.sum", b"site robots.txt \xff\n");
    insta::assert_snapshot!(refused(&terminal, "sync"), @"
    $ kiln sync
    err| error[not-utf8]: `kiln.sum` is not UTF-8 from byte 16 on
    err|  |
    err|  = hint: save the file as UTF-8
    exit 2
    ");
}

#[test]
fn a_record() {
    let terminal = fresh();
    terminal.write("kiln.history/shop/0001-00000000.toml", b"format = 1 # \xc3\x28\n");
    insta::assert_snapshot!(refused(&terminal, "sync"), @"
    $ kiln sync
    err| error[not-utf8]: `kiln.history/shop/0001-00000000.toml` is not UTF-8 from byte 13 on
    err|  |
    err|  = hint: save the file as UTF-8
    exit 2
    ");
}

#[test]
fn a_manifest() {
    let terminal = with_kit();
    terminal.write("kits/leak/kit.kdl", b"kit leak version=\"1.0.0\" { title \"\xe9\" }\n");
    insta::assert_snapshot!(refused(&terminal, "sync"), @"
    $ kiln sync
    err| error[not-utf8]: `kits/leak/kit.kdl` is not UTF-8
    err|  |
    err|  = hint: save the file as UTF-8
    exit 2
    ");
}

#[test]
fn a_table_of_data() {
    let terminal = with_kit();
    terminal.write("kits/leak/data/pins.toml", b"name = \"\xe9\"\n");
    terminal.write("kits/leak/files/root/page.md", "{= data.pins.name =}\n");
    insta::assert_snapshot!(refused(&terminal, "sync"), @r#"
    $ kiln sync
    err| error[not-utf8]: `leak/data/pins.toml` is not UTF-8
    err|  --> kits/leak/kit.kdl:1:5
    err|   |
    err| 1 | kit leak version="1.0.0" {
    err|   |     ^^^^
    err|   |
    err|   = hint: save the file as UTF-8
    exit 2
    "#);
}

#[test]
fn a_part() {
    let terminal = with_kit();
    terminal.write("kits/leak/parts/piece.md", b"caf\xe9\n");
    terminal.write("kits/leak/files/root/page.md", "{% include \"piece.md\" %}\n");
    insta::assert_snapshot!(refused(&terminal, "sync"), @r#"
    $ kiln sync
    err| error[template-invalid]: there is no part `piece.md`
    err|  --> leak/files/root/page.md:1:12
    err|   |
    err| 1 | {% include "piece.md" %}
    err|   |            ^^^^^^^^^^
    err|   |
    err|   = hint: templates are Tera 2 with `{= value =}`, `{% statement %}` and `{# note #}`
    exit 2
    "#);
}

#[test]
fn a_document_that_is_merged() {
    let terminal = with_kit();
    terminal.write("kits/leak/kit.kdl", KIT.replace("files root", "files root\n    merge more"));
    terminal.write("kits/leak/merge/more/manifest.json", b"{ \"title\": \"caf\xe9\" }\n");
    insta::assert_snapshot!(refused(&terminal, "sync"), @r#"
    $ kiln sync
    err| error[missing-template]: `merge/more/manifest.json` is not in the kit
    err|  --> kits/leak/kit.kdl:1:1
    err|   |
    err| 1 | kit leak version="1.0.0" {
    err|   | ^
    err|   |
    err|   = hint: save the file as UTF-8, or correct its name
    exit 2
    "#);
}

#[test]
fn a_template_that_is_no_text_is_copied() {
    let terminal = with_kit();
    let bytes: &[u8] = b"{= project.name =} \xff\x00\r\n";
    terminal.write("kits/leak/files/root/logo.bin", bytes);
    assert_eq!(terminal.kiln("sync").code, 0);
    assert_eq!(fs::read(terminal.root.join("logo.bin")).unwrap(), bytes);
}
