//! Tests of the checks over a whole kit.

use std::collections::BTreeMap;
use std::sync::Arc;

use kiln_base::{RelPath, Source, sha256};
use kiln_model::{Package, PackageFile};

use super::check_package;
use crate::decode_manifest;

fn package(manifest: &str, files: &[(&str, &str)]) -> Package {
    let source = Source::new("kit.kdl", manifest);
    let (decoded, _) = decode_manifest(Arc::clone(&source)).map_err(|e| e.to_string()).unwrap();
    let files: BTreeMap<RelPath, PackageFile> = files
        .iter()
        .map(|(path, text)| {
            let file = PackageFile { bytes: Arc::from(text.as_bytes()), executable: false };
            (RelPath::new(path).unwrap(), file)
        })
        .collect();
    Package {
        manifest: Arc::new(decoded),
        source,
        files: files.into(),
        digest: sha256(b""),
        origin: "builtin".to_owned(),
    }
}

const MANIFEST: &str = r#"
kit mailer version="1.0.0" {
    title "Mail"
    summary "Sends mail"
    layer middleware
    category mail
    supports backend:fastapi backend:go
    requires backend
    option sender default="a@b.example" help="who sends"
    option retries default=3
    provides mail { slot templates { key name; field body type=text } }
    extend entity {
        field sent-at type=datetime
        rule mailed up=(part)"up.sql" down=(part)"down.sql"
    }
    when backend:fastapi {
        files app into="{backend.src}"
        merge ci
    }
    add mail.templates welcome body=(part)"welcome.txt"
}
"#;

#[test]
fn a_whole_kit_passes() {
    let files = [
        ("README.md", "Mail."),
        ("CHANGELOG.md", ""),
        ("data/pins.toml", ""),
        ("files/app/mail.py", "{= option.sender =} {% include \"head.txt\" %} {= <foot /> =}"),
        ("files/app/{option.retries}.py", ""),
        ("merge/ci/ci.yml", ""),
        ("parts/up.sql", ""),
        ("parts/down.sql", ""),
        ("parts/welcome.txt", ""),
        ("parts/head.txt", ""),
        ("parts/foot.txt", "{% component foot() %}x{% endcomponent foot %}"),
        ("tests/plain/kiln.kdl", ""),
        ("tests/plain/out/a.py", ""),
    ];
    insta::assert_snapshot!(check_package(&package(MANIFEST, &files)), @"
    warning[unused-flavour]: nothing stands under `backend:go`, which is supported
      at kit.kdl:7:30
      hint: write `when backend:go { … }`
    warning[missing-text]: the option `retries` has no `help`
      at kit.kdl:10:12
    ");
}

#[test]
fn what_is_missing_or_unused_is_told() {
    let files = [
        ("data/pins.json", ""),
        ("file/app/x.py", ""),
        ("files/ap/mail.py", "{= option.sender_name =} {% include \"haed.txt\" %}"),
        ("files/loose.py", ""),
        ("parts/up.sql", ""),
        ("parts/welcome.md", ""),
        ("parts/head.txt", ""),
        ("tests/plain/kiln.kdl", ""),
    ];
    insta::assert_snapshot!(check_package(&package(MANIFEST, &files)), @"
    warning[missing-text]: the kit has no `README.md`
      at kit.kdl:2:5
      hint: say in it, for people, what the kit is for and what it decides
    warning[unused-flavour]: nothing stands under `backend:go`, which is supported
      at kit.kdl:7:30
      hint: write `when backend:go { … }`
    warning[unused-option]: nothing reads the option `sender`
      at kit.kdl:9:12
    warning[unused-option]: nothing reads the option `retries`
      at kit.kdl:10:12
    warning[missing-text]: the option `retries` has no `help`
      at kit.kdl:10:12
    error[missing-part]: the kit has no part `down.sql`
      at kit.kdl:14:44
    error[missing-folder]: the kit has no folder `files/app`
      at kit.kdl:17:15
      hint: did you mean `ap`?
    error[missing-folder]: the kit has no folder `merge/ci`
      at kit.kdl:18:15
    error[missing-part]: the kit has no part `welcome.txt`
      at kit.kdl:20:37
      hint: did you mean `welcome.md`?
    warning[unknown-file]: `data/pins.json` has no place in a kit
      about data/pins.json
      hint: tables are `data/NAME.toml`
    warning[unknown-file]: `file/app/x.py` has no place in a kit
      about file/app/x.py
      hint: did you mean `files`?
    warning[unused-folder]: no node uses the folder `files/ap`
      about files/ap
      hint: write `files ap`
    error[missing-part]: `files/ap/mail.py` includes the part `haed.txt`, which is missing
      about files/ap/mail.py
      hint: did you mean `head.txt`?
    warning[unknown-file]: a file of `files/` lies in no folder of its own
      about files/loose.py
      hint: move it into a folder that a `files` node names, such as `files/app/loose.py`
    warning[unused-part]: nothing uses the part `head.txt`
      about parts/head.txt
    warning[unused-part]: nothing uses the part `welcome.md`
      about parts/welcome.md
    warning[incomplete-test]: the test `plain` is not whole
      about tests/plain
      hint: a test has `kiln.kdl` and either `out/` or `error.txt`
    ");
}
