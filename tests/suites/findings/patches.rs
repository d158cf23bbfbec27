//! `kiln diff`: patches that git applies, and paths that nobody writes.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use super::project;
use crate::support::{contents, copy};

/// What people work with: everything but kiln's own files and the kits.
fn work(root: &Path) -> BTreeMap<String, (u32, Vec<u8>)> {
    contents(root, &|path| {
        !path.starts_with("kiln.") && !path.starts_with(".kiln") && !path.starts_with("kits/")
    })
}

/// Lets git apply a patch to a folder outside of any repository.
fn git_apply(folder: &Path, patch: &str) {
    let file = folder.with_file_name("a.patch");
    fs::write(&file, patch).unwrap();
    let output = Command::new("git")
        .args(["apply", "--whitespace=nowarn"])
        .arg(&file)
        .current_dir(folder)
        .env("GIT_CEILING_DIRECTORIES", folder.parent().unwrap())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}\n{patch}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_persons_changes_are_a_patch_that_git_applies_both_ways() {
    let terminal = project();
    let pristine = terminal.outer().join("pristine");
    copy(&terminal.root, &pristine, &|_| false);
    terminal.replace("site/blog.html", "hello", "hello again");
    terminal.replace("site/style.css", "white", "ivory");
    terminal.write("two words/caf\u{e9}.txt", "one\n2\r\nthree\nfour");
    terminal.write("no-end.txt", "one\ntwo");
    terminal.write("robots.txt", "mine\n");
    fs::remove_file(terminal.root.join("main.py")).unwrap();
    let run = fs::Permissions::from_mode(0o755);
    fs::set_permissions(terminal.root.join("site/index.html"), run).unwrap();
    let patch = terminal.kiln("diff --mine");
    assert_eq!((patch.code, patch.err.as_str()), (0, ""));
    let copied = terminal.outer().join("copy");
    copy(&pristine, &copied, &|_| false);
    git_apply(&copied, &patch.out);
    assert_eq!(work(&copied), work(&terminal.root));
    git_apply(&copied, &terminal.kiln("diff --pristine").out);
    assert_eq!(work(&copied), work(&pristine));
    insta::assert_snapshot!(terminal.kiln("diff --mine no-end.txt main.py site/index.html").out, @r#"
    diff --git a/main.py b/main.py
    deleted file mode 100644
    --- a/main.py
    +++ /dev/null
    @@ -1,2 +0,0 @@
    -def f(a, b):
    -    return {"a": a}
    diff --git a/no-end.txt b/no-end.txt
    --- a/no-end.txt
    +++ b/no-end.txt
    @@ -1,2 +1,2 @@
     one
    -two
    +two
    \ No newline at end of file
    diff --git a/site/index.html b/site/index.html
    old mode 100644
    new mode 100755
    "#);
}

#[test]
fn changes_are_told_against_what_a_file_started_from() {
    let terminal = project();
    terminal.replace("site/blog.html", "hello", "hello again");
    let before = terminal.run("diff --mine");
    terminal.replace("kiln.kdl", "    blog\n", "    blog { posts first }\n");
    assert_eq!(terminal.run("diff --mine"), before);
}

#[test]
fn line_ends_of_a_checkout_are_no_change_and_binary_files_are_named() {
    let terminal = project();
    terminal.write("main.py", "def f(a, b):\r\n    return {\"a\": a}\r\n");
    insta::assert_snapshot!(terminal.run("diff --mine"), @"
    $ kiln diff --mine
    exit 0
    ");
    terminal.write("main.py", "def f(a, c):\r\n    return {\"a\": a}\r\n");
    terminal.write("pixel.bin", b"\0\x01\x03");
    insta::assert_snapshot!(terminal.run("diff --mine main.py pixel.bin"), @r#"
    $ kiln diff --mine main.py pixel.bin
    out| diff --git a/main.py b/main.py
    out| --- a/main.py
    out| +++ b/main.py
    out| @@ -1,2 +1,2 @@
    out| -def f(a, b):
    out| +def f(a, c):
    out|      return {"a": a}
    out| # `pixel.bin` is binary and not in this patch
    exit 0
    "#);
}

#[test]
fn what_sync_would_change_is_a_patch_too() {
    let terminal = project();
    let copied = terminal.outer().join("copy");
    terminal.replace("kiln.kdl", "    site\n", "    site { theme dark }\n");
    copy(&terminal.root, &copied, &|_| false);
    git_apply(&copied, &terminal.kiln("diff").out);
    assert_eq!(terminal.kiln("sync").code, 0);
    assert_eq!(work(&copied), work(&terminal.root));
}

#[test]
fn an_output_that_moves_is_told_at_both_places() {
    let terminal = project();
    let copied = terminal.outer().join("copy");
    terminal.replace("site/style.css", "white", "ivory");
    let mine = terminal.kiln("diff --mine");
    terminal.replace("kiln.kdl", "kits {", "place \"site/style.css\" at=\"look/site.css\"\nkits {");
    assert_eq!(terminal.kiln("diff --mine").out, mine.out);
    copy(&terminal.root, &copied, &|_| false);
    git_apply(&copied, &terminal.kiln("diff").out);
    // Edited and managed, it is left as it is, at its new place.
    assert_eq!(terminal.kiln("sync").code, 1);
    assert_eq!(work(&copied), work(&terminal.root));
    assert!(terminal.read("look/site.css").contains("ivory"));
}

#[test]
fn a_path_that_nobody_writes_is_refused() {
    let terminal = project();
    insta::assert_snapshot!(terminal.run("diff site/stile.css"), @"
    $ kiln diff site/stile.css
    err| error[unknown-output]: no kit writes `site/stile.css`
    err|  |
    err|  = hint: did you mean `site/style.css`?
    exit 2
    ");
    insta::assert_snapshot!(terminal.run("diff --mine nowhere"), @"
    $ kiln diff --mine nowhere
    err| error[unknown-output]: no kit writes `nowhere`
    err|  |
    err|  = hint: a path is seen from the folder where kiln is called, `:/PATH` from the project's root
    exit 2
    ");
    for path in ["site", "site/", "./site/style.css", ".", "two"] {
        let code = if path == "two" { 2 } else { 0 };
        assert_eq!(terminal.kiln(&format!("diff {path}")).code, code, "{path}");
    }
}
