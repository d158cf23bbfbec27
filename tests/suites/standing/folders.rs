//! Folders that move, are linked elsewhere, or hold more than a screen shows; texts that named the wrong thing.

use std::os::unix::fs::symlink;

use super::{project, seen, set_level};
use crate::support::{Terminal, write};

#[test]
fn a_folder_moves_with_what_lies_in_it() {
    let terminal = project();
    let library = terminal.outer().join("library/shelf/files/root");
    write(&library, "shelf.txt", "look into desk/deep/other.txt, not into my-desk/deep\n");
    assert_eq!(terminal.kiln("sync").code, 0);
    insta::assert_snapshot!(seen(&terminal, "desk", "mv deep ../low"), @"
    $ kiln mv deep ../low
    out| edited  kiln.kdl
    out| moved  desk/deep/[id]/my page.txt → low/[id]/my page.txt  desk
    out| moved  desk/deep/other.txt → low/other.txt  desk
    out| ✓ demo-desk: 2 written, 5 unchanged, 0 skipped ([TIME])
    out|
    out| These name the old place:
    out|   shelf.txt:1  look into desk/deep/other.txt, not into my-desk/deep
    exit 0
    ");
    insta::assert_snapshot!(seen(&terminal, "", "mv desk/deep high"), @"
    $ kiln mv desk/deep high
    err| error[unknown-output]: no output stands at `desk/deep` any more: it was moved
    err|  |
    err|  = hint: move it from where it stands: kiln mv low high
    exit 2
    ");
    insta::assert_snapshot!(seen(&terminal, "", "mv dsek high"), @"
    $ kiln mv dsek high
    err| error[unknown-output]: no kit writes `dsek`
    err|  |
    err|  = hint: did you mean `desk`?
    exit 2
    ");
    insta::assert_snapshot!(seen(&terminal, "", "mv shelf.txt kiln.kdl"), @"
    $ kiln mv shelf.txt kiln.kdl
    err| error[own-file]: `kiln.kdl` is the spec: no output can stand there
    err|  |
    err|  = hint: take another place
    exit 2
    ");
    insta::assert_snapshot!(seen(&terminal, "", "mv shelf.txt .kiln/x"), @"
    $ kiln mv shelf.txt .kiln/x
    err| error[own-file]: `.kiln/x` is kiln's cache: no output can stand there
    err|  |
    err|  = hint: take another place
    exit 2
    ");
}

#[test]
fn a_linked_folder_is_told_once() {
    let terminal = project();
    std::fs::rename(terminal.root.join("desk"), terminal.outer().join("away")).unwrap();
    symlink("../away", terminal.root.join("desk")).unwrap();
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    err| error[obstructed]: `desk` is no plain folder, so 5 outputs of `desk` cannot be written
    err|   hint: move it away, or leave all of them alone: kiln exclude desk
    err| ✗ demo-desk: 1 finding ([TIME])
    exit 1
    ");
    insta::assert_snapshot!(terminal.run("exclude desk"), @"
    $ kiln exclude desk
    out| edited  kiln.kdl
    out| ✓ demo-desk: 0 written, 2 unchanged, 5 skipped ([TIME])
    exit 0
    ");
}

#[test]
fn long_lists_say_that_they_are_cut() {
    let terminal = project();
    let files = terminal.outer().join("library/desk/files/root");
    for number in 0..40 {
        write(&files, &format!("many/{number}.txt"), "{= option.level =}\n");
    }
    terminal.replace("desk/deep/other.txt", "see", "saw");
    set_level(&terminal, "two");
    let answer = terminal.kiln("sync");
    let lines: Vec<&str> = answer.out.lines().collect();
    insta::assert_snapshot!(lines[..8].join("\n"), @"
    updated  desk/conf.yaml  desk
    updated  desk/deep/[id]/my page.txt  desk
    updated  desk/package.json  desk
    updated  desk/page.txt  desk
    updated  house/rules.txt  desk
    created  desk/many/0.txt  desk
    created  desk/many/1.txt  desk
    created  desk/many/10.txt  desk
    ");
    insta::assert_snapshot!(lines[lines.len() - 2..].join("\n"), @"
             …  and 21 more; --verbose shows all
    ✓ demo-desk: 45 written, 1 unchanged, 1 skipped ([TIME])
    ");
    let all = terminal.kiln("status -v").out;
    assert_eq!(all.lines().filter(|line| line.contains("unchanged  desk/many/")).count(), 40);
}

#[test]
fn refusals_name_what_is_wrong() {
    let terminal = project();
    write(&terminal.outer(), "bad.kdl", "project demo-desk\nkits {\n    dekc\n}\n");
    insta::assert_snapshot!(terminal.kiln_in(&terminal.outer(), "new made --from bad.kdl").err, @"
    error[unknown-kit]: no library has a kit named `dekc`
     --> bad.kdl:3:5
      |
    3 |     dekc
      |     ^^^^
      |
      = hint: `kiln search` lists the kits
    ");
    insta::assert_snapshot!(terminal.run("-C nowhere status"), @"
    $ kiln -C nowhere status
    err| error[no-folder]: `nowhere` of `-C` does not exist
    err|  |
    err|  = hint: `-C` takes the folder of a project, or one in it
    exit 2
    ");
    insta::assert_snapshot!(terminal.run("cat nothing.txt"), @"
    $ kiln cat nothing.txt
    err| error[unknown-output]: no kit writes `nothing.txt`
    err|  |
    err|  = hint: a path is seen from the folder where kiln is called, `:/PATH` from the project's root
    exit 2
    ");
    insta::assert_snapshot!(terminal.run("check -v"), @"
    $ kiln check -v
    out| ✓ demo-desk: 7 outputs as they should be ([TIME])
    exit 0
    ");
}

#[test]
fn findings_have_the_line_for_other_programs() {
    let terminal = project();
    terminal.replace("desk/page.txt", "level one", "level mine");
    terminal.replace("desk/package.json", "make one", "make mine");
    set_level(&terminal, "two");
    assert_eq!(terminal.kiln("sync --keep desk/package.json#scripts").code, 1);
    terminal.replace("kiln.kdl", "level two", "level three");
    for format in ["github", "gitlab", "sarif"] {
        let answer = terminal.kiln(&format!("check --output-format {format}"));
        let lines: Vec<&str> = answer.out.lines().map(str::trim).collect();
        let about = |word: &str| lines.iter().filter(|line| line.contains(word)).count();
        match format {
            "github" => {
                assert!(
                    answer.out.contains("file=desk/page.txt,line=5,endLine=5,"),
                    "{}",
                    answer.out
                );
                assert!(answer.out.contains("file=desk/package.json,line=4,"), "{}", answer.out);
            }
            "gitlab" => assert_eq!((about("\"begin\": 5"), about("\"begin\": 4")), (1, 1)),
            _ => assert_eq!((about("\"startLine\": 5"), about("\"startLine\": 4")), (1, 1)),
        }
    }
}

#[test]
fn commands_of_other_tools_are_told_what_they_are_called_here() {
    let terminal = project();
    for (word, here) in
        [("update", "`kiln sync`"), ("init", "`kiln new"), ("list", "`kiln search`")]
    {
        let answer = terminal.kiln(word);
        assert_eq!(answer.code, 2);
        let hint = answer.err.lines().find(|line| line.starts_with("hint: "));
        assert!(hint.is_some_and(|hint| hint.contains(here)), "{word}: {}", answer.err);
    }
    insta::assert_snapshot!(terminal.run("explain shelf"), @"
    $ kiln explain shelf
    err| error[unknown-output]: no kit writes `shelf`, and it is no id of a message
    err|  |
    err|  = hint: it is a kit or what one provides: kiln show shelf
    exit 2
    ");
    insta::assert_snapshot!(terminal.run("explain --option desk"), @"
    $ kiln explain --option desk
    err| error[unknown-option]: no kit of this project has an option `desk`
    err|  |
    err|  = hint: options of `desk`: lamp, level
    exit 2
    ");
}

#[test]
fn an_undo_says_what_is_left_to_do() {
    let terminal = project();
    assert_eq!(terminal.kiln("own house/rules.txt").code, 0);
    insta::assert_snapshot!(terminal.run("undo"), @"
    $ kiln undo
    out| ✓ undid `kiln own`: 0 files restored, 0 deleted; kiln.kdl, kiln.lock too
    out|   `kiln undo` once more takes this back
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("undo --list"), @"
    $ kiln undo --list
    out| kiln undo  kiln own, undone  only kiln's own files  just now
    out|            kiln own  only kiln's own files  just now
    out|            kiln sync  7 files  just now
    exit 0
    ");
    assert_eq!(terminal.kiln("undo").code, 0);
    terminal.replace("kiln.kdl", "    shelf\n", "    shelf\n    // mine\n");
    insta::assert_snapshot!(terminal.run("undo"), @"
    $ kiln undo
    out| ✓ undid `kiln own` again: 0 files restored, 0 deleted; kiln.kdl, kiln.lock too
    out|   `kiln undo` once more takes this back
    exit 0
    ");
    // Of an edit that a person made the spec stays as it is.
    set_level(&terminal, "two");
    assert_eq!(terminal.kiln("sync").code, 0);
    insta::assert_snapshot!(terminal.run("undo"), @"
    $ kiln undo
    out| ✓ undid `kiln sync`: 5 files restored, 0 deleted; kiln.lock, kiln.sum too
    out|   `kiln.kdl` still asks for it: change it, or the next `kiln sync` does it again
    out|   `kiln undo` once more takes this back
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("undo --take shelf.txt"), @"
    $ kiln undo --take shelf.txt
    err| error[unknown-output]: the last sync did not touch `shelf.txt`
    err|  |
    err|  = hint: a path is seen from the folder where kiln is called, `:/PATH` from the project's root
    exit 2
    ");
}

#[test]
fn a_folder_with_migrations_is_refused_once() {
    let terminal = Terminal::new();
    let module = |name: &str| {
        format!(
            "module {name} {{\n    entity {name}Item {{\n        field name type=string\n    }}\n}}\n"
        )
    };
    terminal.write(
        "kiln.kdl",
        format!(
            "project demo-site\nkits {{\n    models\n    site\n}}\n{}{}",
            module("Shop"),
            module("Club")
        )
        .replace("module Shop", "module shop")
        .replace("module Club", "module club"),
    );
    let answer = terminal.kiln("sync");
    assert_eq!(answer.code, 0, "{}", answer.err);
    insta::assert_snapshot!(terminal.run("mv migrations elsewhere"), @"
    $ kiln mv migrations elsewhere
    err| error[append-only]: `migrations` holds 2 outputs that stay as and where they are, such as `migrations/club/0001_0ecfb1ea.sql`: others may have run them
    err|  |
    err|  = hint: to leave them to you from now on: kiln exclude migrations
    exit 2
    ");
    insta::assert_snapshot!(terminal.run("rm ."), @"
    $ kiln rm .
    err| error[append-only]: the project holds 2 outputs that stay as and where they are, such as `migrations/club/0001_0ecfb1ea.sql`: others may have run them
    err|  |
    err|  = hint: name parts that hold none of them: `model`, `site`, `robots.txt`
    exit 2
    ");
}
