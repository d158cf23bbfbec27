//! Refusals that were wrong once.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;

use super::{finding, project};
use crate::support::{Terminal, package};

#[test]
fn a_name_that_is_not_utf8_is_refused() {
    let terminal = project();
    let name = OsStr::from_bytes(b"caf\xe9.txt");
    fs::write(terminal.root.join("kits/letters/files/root").join(name), "x").unwrap();
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    err| error[bad-path]: the name `kits/letters/files/root/caf�.txt` is not UTF-8
    err|  |
    err|  = hint: rename the file, or take it out of the library
    exit 2
    ");
}

#[test]
fn a_folder_with_such_a_name_is_not_empty() {
    let terminal = Terminal::new();
    terminal.write("spec/kiln.kdl", "project demo-site\nkits { site }\n");
    let folder = terminal.root.join("new");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join(OsStr::from_bytes(b"\xff")), "x").unwrap();
    assert_eq!(terminal.kiln("new new --from spec/kiln.kdl").code, 2);
    assert!(!folder.join("kiln.kdl").exists());
}

#[test]
fn a_preset_for_another_kiln_is_refused() {
    let terminal = Terminal::new();
    fs::write(
        terminal.outer().join("library/scenarios/later.kdl"),
        "scenario later version=\"1.0.0\" kiln=\">=900\" {\n    title \"Later\"\n    kits { site }\n}\n",
    )
    .unwrap();
    terminal.write("kiln.kdl", "project demo-site\nscenario later\n");
    let answer = terminal.run("check").replace(env!("CARGO_PKG_VERSION"), "[VERSION]");
    insta::assert_snapshot!(answer, @r#"
    $ kiln check
    err| error[other-kiln]: the scenario `later` needs kiln >=900; this is kiln [VERSION]
    err|  --> library/scenarios/later.kdl:1:37
    err|   |
    err| 1 | scenario later version="1.0.0" kiln=">=900" {
    err|   |                                     ^^^^^^^
    err|   |
    err|   = hint: install such a kiln, or change the range
    exit 2
    "#);
    terminal.write("kiln.kdl", "project demo-site kiln=\">=900\"\nkits { site }\n");
    let answer = terminal.run("check").replace(env!("CARGO_PKG_VERSION"), "[VERSION]");
    insta::assert_snapshot!(answer, @r#"
    $ kiln check
    err| error[other-kiln]: the spec needs kiln >=900; this is kiln [VERSION]
    err|  --> kiln.kdl:1:24
    err|   |
    err| 1 | project demo-site kiln=">=900"
    err|   |                        ^^^^^^^
    err|   |
    err|   = hint: install such a kiln, or change the range
    exit 2
    "#);
}

#[test]
fn a_wrong_option_is_said_once() {
    let terminal = project();
    terminal.write(
        "kits/letters/kit.kdl",
        "kit letters version=\"1.0.0\" {\n    title \"Letters\"\n    summary \"A test\"\n    layer feature\n    category tests\n    \
         option size type=int default=1 min=1 max=5 help=\"how many\"\n    option name help=\"whose\"\n    \
         provides letters { fact size \"{option.size}\" help=\"how many\"; fact name \"{option.name}\" help=\"whose\" }\n    \
         files root\n}\n",
    );
    terminal.write("kits/letters/files/root/size.txt", "{= option.size =} {= option.name =}\n");
    terminal.replace("kiln.kdl", "    letters\n", "    letters { size 9 }\n");
    insta::assert_snapshot!(terminal.run("check"), @r#"
    $ kiln check
    err| error[option-value]: `letters`: `size` is at most 5, not 9
    err|  --> kiln.kdl:7:20
    err|   |
    err| 7 |     letters { size 9 }
    err|   |                    ^
    err|   |
    err|   = hint: `kiln show` with the kit's name says what its options take
    err| error[option-missing]: option `name` of `letters` must be given
    err|  --> kits/letters/kit.kdl:7:12
    err|   |
    err| 7 |     option name help="whose"
    err|   |            ^^^^ whose
    err|   |
    err|   = hint: kits { letters { name … } }
    exit 2
    "#);
}

#[test]
fn a_dependency_lock_without_the_kits_packages_is_stale() {
    let golden = package().join("../lockfiles");
    let mut folders: Vec<_> =
        fs::read_dir(golden).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let spec = |folder: &std::path::PathBuf| {
        fs::read_to_string(folder.join("kiln.kdl"))
            .ok()
            .filter(|text| text.contains("backend-fastapi"))
    };
    let spec = folders.iter().find_map(spec).expect("a golden project in Python");
    let terminal = Terminal::with_builtin_kits();
    terminal.write("kiln.kdl", spec);
    assert_eq!(terminal.kiln("sync").code, 0);
    let answer = super::json(&terminal, "status");
    let outputs = answer["outputs"].as_array().unwrap();
    let lock = outputs.iter().find(|output| output["ownership"] == "computed").unwrap();
    let path = lock["path"].as_str().unwrap();
    let text = terminal.read(path);
    // A person's own package is nobody's concern.
    let own = format!("{text}own==1.0\n");
    terminal.write(path, &own);
    assert_eq!(finding(&terminal, "check", "dependency-lock-stale", path), None);
    let start = text.find("\nfastapi==").unwrap() + 1;
    let mut end = start + text[start..].find('\n').unwrap() + 1;
    while text[end..].starts_with(' ') {
        end += text[end..].find('\n').unwrap() + 1;
    }
    terminal.write(path, own.replace(&text[start..end], ""));
    let found = finding(&terminal, "check", "dependency-lock-stale", path).unwrap();
    assert_eq!(found["message"], format!("`{path}` lacks `fastapi`, which the kits need"));
    assert_eq!(terminal.kiln("check").code, 1);
    assert_eq!(terminal.kiln("sync").code, 0);
    assert!(
        terminal.read(path).contains("\nfastapi==") && terminal.read(path).contains("own==1.0")
    );
    assert_eq!(terminal.kiln("check").code, 0);
}
