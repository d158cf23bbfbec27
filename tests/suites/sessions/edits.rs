//! What a person does to generated files, and what kiln makes of it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{SPEC, changed_by, project, set_theme};

#[test]
fn a_merged_file_is_customised() {
    let terminal = project();
    terminal.replace("site/blog.html", "hello", "hello again");
    insta::assert_snapshot!(terminal.run("status"), @"
    $ kiln status
    out| demo-site: 1 customised, 7 unchanged, 1 yours ([TIME])
    out| diff --git a/site/blog.html b/site/blog.html
    out| --- a/site/blog.html
    out| +++ b/site/blog.html
    out| @@ -1 +1 @@
    out| -<article>hello</article>
    out| +<article>hello again</article>
    err| note[yours]: `robots.txt` is yours
    err| note[customised]: `site/blog.html` of `blog` has your changes
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    out| ✓ demo-site: 9 outputs as they should be, 2 notes (--verbose shows them) ([TIME])
    exit 0
    ");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| ✓ demo-site is up to date: 7 unchanged, 2 skipped ([TIME])
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("check -v"), @"
    $ kiln check -v
    out| ✓ demo-site: 9 outputs as they should be, 2 notes ([TIME])
    err| note[yours]: `robots.txt` is yours
    err| note[customised]: `site/blog.html` of `blog` has your changes
    exit 0
    ");
}

#[test]
fn a_managed_file_is_edited() {
    let terminal = project();
    terminal.replace("site/style.css", "white", "ivory");
    insta::assert_snapshot!(terminal.run("status"), @"
    $ kiln status
    out| demo-site: 1 left, 7 unchanged, 1 yours ([TIME])
    out| diff --git a/site/style.css b/site/style.css
    out| --- a/site/style.css
    out| +++ b/site/style.css
    out| @@ -1,2 +1,2 @@
    out| -body { background: white; color: black; }
    out| +body { background: ivory; color: black; }
    out|  main { width: 72ch; }
    err| error[edited]: `site/style.css` was edited, and `site` manages it
    err|   hint: take kiln's version, yours is kept: kiln sync --take site/style.css
    err|   hint: keep your edits and merge from now on: kiln own site/style.css
    err| note[yours]: `robots.txt` is yours
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    err| error[edited]: `site/style.css` was edited, and `site` manages it
    err|   hint: take kiln's version, yours is kept: kiln sync --take site/style.css
    err|   hint: keep your edits and merge from now on: kiln own site/style.css
    err| ✗ demo-site: 1 finding ([TIME])
    exit 1
    ");
    // What is not concerned goes on.
    terminal.replace("kiln.kdl", "    blog\n", "    blog { posts first }\n");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| updated  site/blog.html  blog
    out|
    out| Next:
    out|   open site/index.html
    err| error[edited]: `site/style.css` was edited, and `site` manages it
    err|   hint: take kiln's version, yours is kept: kiln sync --take site/style.css
    err|   hint: keep your edits and merge from now on: kiln own site/style.css
    err| ✗ demo-site: 1 written, 6 unchanged, 2 skipped, 1 finding ([TIME])
    exit 1
    M project/kiln.lock
    M project/kiln.sum
    M project/site/blog.html
    ");
    insta::assert_snapshot!(changed_by(&terminal, "sync --take site/style.css"), @"
    $ kiln sync --take site/style.css
    out| updated  site/style.css  site
    out| ✓ demo-site: 1 written, 7 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/site/style.css
    ");
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    out| ✓ demo-site: 9 outputs as they should be, 1 note (--verbose shows them) ([TIME])
    exit 0
    ");
}

#[test]
fn an_edited_managed_file_that_changes_stops_everything() {
    let terminal = project();
    terminal.replace("site/style.css", "white", "ivory");
    set_theme(&terminal);
    terminal.replace("kiln.kdl", "    blog\n", "    blog { posts first }\n");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    err| error[edited]: `site/style.css` was edited, and `site` changes it
    err|   hint: keep your edits and merge from now on: kiln own site/style.css
    err|   hint: take kiln's version, yours is kept in the vault: kiln sync --take site/style.css
    err| stopped: nothing was written
    exit 1
    ");
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    err| error[lock-stale]: 1 output would be written: `site/blog.html`
    err|   hint: run `kiln sync` and commit the result; `kiln diff` shows the changes
    err| error[spec-stale]: `kiln.lock` does not say what the spec says: options of `blog` differ; options of `site` differ
    err|   hint: run `kiln sync` and commit the result
    err| error[edited]: `site/style.css` was edited, and `site` changes it
    err|   hint: keep your edits and merge from now on: kiln own site/style.css
    err|   hint: take kiln's version, yours is kept in the vault: kiln sync --take site/style.css
    err| ✗ demo-site: 3 findings ([TIME])
    exit 1
    ");
    insta::assert_snapshot!(changed_by(&terminal, "sync --take site/**"), @"
    $ kiln sync --take site/**
    out| updated  site/blog.html  blog
    out| updated  site/style.css  site
    out| ✓ demo-site: 2 written, 6 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.lock
    M project/kiln.sum
    M project/site/blog.html
    M project/site/style.css
    ");
}

#[test]
fn an_edited_file_that_becomes_merged() {
    let terminal = project();
    terminal.replace("site/style.css", "white", "ivory");
    terminal.write("kiln.kdl", format!("{SPEC}ownership {{ merged \"site/style.css\" }}\n"));
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| ✓ demo-site: 0 written, 7 unchanged, 2 skipped ([TIME])
    exit 0
    M project/kiln.lock
    ");
    assert!(terminal.read("site/style.css").contains("ivory"));
}

#[test]
fn a_deleted_file_is_restored() {
    let terminal = project();
    fs::remove_file(terminal.root.join("site/index.html")).unwrap();
    insta::assert_snapshot!(terminal.run("status"), @"
    $ kiln status
    out| demo-site: 1 to be restored, 7 unchanged, 1 yours ([TIME])
    out| diff --git a/site/index.html b/site/index.html
    out| deleted file mode 100644
    out| --- a/site/index.html
    out| +++ /dev/null
    out| @@ -1,7 +0,0 @@
    out| -<h1>Demo</h1>
    out| -<ul>
    out| -  <li>home: Demo</li>
    out| -  <li>blog: Blog</li>
    out| -</ul>
    out| -<p>Posts of Demo</p>
    out| -<footer>Made by hand</footer>
    err| error[missing]: `site/index.html` of `site` is missing
    err|   hint: restore it: kiln sync
    err|   hint: keep it away: kiln rm site/index.html
    err| note[yours]: `robots.txt` is yours
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    err| error[missing]: `site/index.html` of `site` is missing
    err|   hint: restore it: kiln sync
    err|   hint: keep it away: kiln rm site/index.html
    err| ✗ demo-site: 1 finding ([TIME])
    exit 1
    ");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| restored  site/index.html  site
    out| ✓ demo-site: 1 written, 7 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    + project/site/index.html
    ");
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    out| ✓ demo-site: 9 outputs as they should be, 1 note (--verbose shows them) ([TIME])
    exit 0
    ");
}

#[test]
fn the_executable_bit() {
    let terminal = project();
    let tool = terminal.root.join("bin/tool");
    assert_eq!(fs::metadata(&tool).unwrap().permissions().mode() & 0o111, 0o111);
    fs::remove_file(&tool).unwrap();
    assert_eq!(terminal.kiln("sync").code, 0);
    assert_eq!(fs::metadata(&tool).unwrap().permissions().mode() & 0o111, 0o111);
}

#[test]
fn windows_line_ends_are_no_edit() {
    let terminal = project();
    terminal.write("site/style.css", terminal.read("site/style.css").replace('\n', "\r\n"));
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    out| ✓ demo-site: 9 outputs as they should be, 1 note (--verbose shows them) ([TIME])
    exit 0
    ");
    set_theme(&terminal);
    assert_eq!(terminal.kiln("sync").code, 0);
    let text = terminal.read("site/style.css");
    assert!(text.contains("black; color: white; }\r\n"), "line ends are kept: {text:?}");
}

#[test]
fn a_seeded_file_is_the_persons() {
    let terminal = project();
    terminal.write("robots.txt", "User-agent: *\nDisallow: /\n");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| ✓ demo-site is up to date: 8 unchanged, 1 skipped ([TIME])
    exit 0
    ");
    fs::remove_file(terminal.root.join("robots.txt")).unwrap();
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| ✓ demo-site is up to date: 8 unchanged, 1 skipped ([TIME])
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    out| ✓ demo-site: 9 outputs as they should be, 1 note (--verbose shows them) ([TIME])
    exit 0
    ");
}

#[test]
fn an_excluded_path_is_left_alone() {
    let terminal = project();
    terminal.write("kiln.kdl", format!("{SPEC}ownership {{ exclude \"site/lang*\" }}\n"));
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| ✓ demo-site: 0 written, 7 unchanged, 2 skipped ([TIME])
    exit 0
    M project/kiln.lock
    M project/kiln.sum
    ");
    fs::remove_file(terminal.root.join("site/languages.txt")).unwrap();
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| ✓ demo-site is up to date: 7 unchanged, 1 skipped ([TIME])
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    out| ✓ demo-site: 8 outputs as they should be, 1 note (--verbose shows them) ([TIME])
    exit 0
    ");
}

#[test]
fn an_edited_file_of_a_kit_that_goes() {
    let terminal = project();
    terminal.replace("site/blog.html", "hello", "hello again");
    terminal.replace("kiln.kdl", "    blog\n", "");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    err| error[orphan]: `site/blog.html` was edited, and `blog` no longer writes it
    err|   hint: delete it, yours is kept in the vault: kiln sync --take site/blog.html
    err|   hint: keep yours: kiln sync --keep site/blog.html
    err| stopped: nothing was written
    exit 1
    ");
    insta::assert_snapshot!(changed_by(&terminal, "sync --keep site/blog.html"), @"
    $ kiln sync --keep site/blog.html
    out| updated  site/index.html  site
    out| ✓ demo-site: 1 written, 6 unchanged, 2 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.lock
    M project/kiln.sum
    M project/site/index.html
    ");
    assert!(terminal.read("site/blog.html").contains("hello again"));
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    out| ✓ demo-site: 8 outputs as they should be, 1 note (--verbose shows them) ([TIME])
    exit 0
    ");
}

#[test]
fn an_edited_file_of_a_kit_that_goes_is_given_up() {
    let terminal = project();
    terminal.replace("site/blog.html", "hello", "hello again");
    terminal.replace("kiln.kdl", "    blog\n", "");
    insta::assert_snapshot!(changed_by(&terminal, "sync --take site/blog.html"), @"
    $ kiln sync --take site/blog.html
    out| deleted  site/blog.html  blog
    out| updated  site/index.html  site
    out| ✓ demo-site: 1 written, 1 deleted, 6 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.lock
    M project/kiln.sum
    - project/site/blog.html
    M project/site/index.html
    ");
    assert!(!terminal.root.join("site/blog.html").exists());
}

#[test]
fn a_file_that_was_there_before() {
    let terminal = project();
    terminal.write("counts.txt", "one, two, three\n");
    terminal.replace("kiln.kdl", "    blog\n", "    blog\n    store\n    report\n");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    err| error[in-the-way]: `counts.txt` is there already, and `blog` wants to write it
    err|   hint: take kiln's version, yours is kept in the vault: kiln sync --take counts.txt
    err|   hint: keep yours: kiln sync --keep counts.txt
    err|   hint: put the two together by hand: kiln sync --merge counts.txt
    err|   hint: leave it alone: kiln exclude counts.txt
    err| stopped: nothing was written
    exit 1
    ");
    insta::assert_snapshot!(changed_by(&terminal, "sync --keep counts.txt"), @"
    $ kiln sync --keep counts.txt
    out| created  report.txt  report
    out| created  store.txt  store
    out| ✓ demo-site: 2 written, 8 unchanged, 2 skipped ([TIME])
    exit 0
    M project/kiln.lock
    M project/kiln.sum
    + project/report.txt
    + project/store.txt
    ");
    assert_eq!(terminal.read("counts.txt"), "one, two, three\n");
    insta::assert_snapshot!(changed_by(&terminal, "sync --take counts.txt"), @"
    $ kiln sync --take counts.txt
    out| updated  counts.txt  blog
    out| ✓ demo-site: 1 written, 10 unchanged, 1 skipped ([TIME])
    exit 0
    M project/counts.txt
    ");
}

#[test]
fn a_file_that_is_already_right_is_adopted() {
    let terminal = project();
    let before = terminal.read("site/index.html");
    fs::remove_file(terminal.root.join("kiln.sum")).unwrap();
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    err| error[lock-stale]: `kiln.sum` is not what kiln would write
    err|   hint: run `kiln sync` and commit the result
    err| ✗ demo-site: 1 finding ([TIME])
    exit 1
    ");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| ✓ demo-site: 0 written, 8 unchanged, 1 skipped ([TIME])
    exit 0
    + project/kiln.sum
    ");
    assert_eq!(terminal.read("site/index.html"), before);
}

#[test]
fn an_output_stands_elsewhere() {
    let terminal = project();
    terminal.write("kiln.kdl", format!("{SPEC}place \"site/style.css\" at=\"assets/style.css\"\n"));
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| moved  site/style.css → assets/style.css  site
    out| ✓ demo-site: 1 written, 7 unchanged, 1 skipped ([TIME])
    exit 0
    + project/assets
    + project/assets/style.css
    M project/kiln.lock
    M project/kiln.sum
    - project/site/style.css
    ");
    assert!(terminal.root.join("assets/style.css").exists());
}

#[test]
fn conflict_markers_in_the_sum_are_read_through() {
    let terminal = project();
    let text = terminal.read("kiln.sum");
    terminal.write("kiln.sum", format!("<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> other\n"));
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| ✓ demo-site: 0 written, 8 unchanged, 1 skipped ([TIME])
    exit 0
    M project/kiln.sum
    ");
    assert_eq!(terminal.read("kiln.sum"), text);
}

#[test]
fn an_edited_migration_is_respected() {
    let terminal = project();
    let name = fs::read_dir(terminal.root.join("migrations/shop"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .next()
        .unwrap();
    terminal.replace(&format!("migrations/shop/{name}"), "(3)", "(3) -- by hand");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| ✓ demo-site is up to date: 7 unchanged, 2 skipped ([TIME])
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("check -v"), @"
    $ kiln check -v
    out| ✓ demo-site: 9 outputs as they should be, 2 notes ([TIME])
    err| note[customised]: `migrations/shop/0001_06988b77.sql` of `models` has your changes
    err| note[yours]: `robots.txt` is yours
    exit 0
    ");
}
