//! The life of a project from `new` on: synced again, an option changed, a kit gone, a kit back.

use super::{SPEC, changed_by, project, set_theme};
use crate::support::{Terminal, difference};

#[test]
fn new_makes_a_project() {
    let terminal = Terminal::new();
    terminal.write("../from/kiln.kdl", SPEC);
    insta::assert_snapshot!(changed_by(&terminal, "new app --from ../from/kiln.kdl"), @"
    $ kiln new app --from ../from/kiln.kdl
    out| created  bin/tool  scripts
    out| created  manifest.json  manifest
    out| created  migrations/shop/0001_06988b77.sql  models
    out| created  model/shop/item.txt  models
    out| created  robots.txt  site
    out| created  site/blog.html  blog
    out| created  site/index.html  site
    out| created  site/languages.txt  site
    out| created  site/style.css  site
    out| ✓ demo-site: 9 written, 0 unchanged, 0 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    + project/app
    + project/app/.kiln
    + project/app/.kiln-vault
    + project/app/.kiln-vault/.gitignore
    + project/app/.kiln-vault/0000000001.undo
    + project/app/.kiln-vault/lock
    + project/app/.kiln/.gitignore
    + project/app/.kiln/holder
    + project/app/.kiln/stamp
    + project/app/.kiln/tmp
    + project/app/bin
    + project/app/bin/tool
    + project/app/kiln.history
    + project/app/kiln.history/shop
    + project/app/kiln.history/shop/0001-06988b77.toml
    + project/app/kiln.kdl
    + project/app/kiln.lock
    + project/app/kiln.sum
    + project/app/manifest.json
    + project/app/migrations
    + project/app/migrations/shop
    + project/app/migrations/shop/0001_06988b77.sql
    + project/app/model
    + project/app/model/shop
    + project/app/model/shop/item.txt
    + project/app/robots.txt
    + project/app/site
    + project/app/site/blog.html
    + project/app/site/index.html
    + project/app/site/languages.txt
    + project/app/site/style.css
    ");
    insta::assert_snapshot!(terminal.run("-C app check"), @"
    $ kiln -C app check
    out| ✓ demo-site: 9 outputs as they should be, 1 note (--verbose shows them) ([TIME])
    exit 0
    ");
}

#[test]
fn sync_twice_touches_nothing() {
    let terminal = project();
    insta::assert_snapshot!(terminal.run("sync"), @"
    $ kiln sync
    out| ✓ demo-site is up to date: 8 unchanged, 1 skipped ([TIME])
    exit 0
    ");
    let before = terminal.listing();
    assert_eq!(terminal.kiln("sync").code, 0);
    let touched = difference(&before, &terminal.listing());
    // The lock between processes names who holds it; outside of git it lies beside the spec.
    let own = |line: &&str| {
        line[2..].starts_with("project/.kiln/") || line[2..] == *"project/.kiln-vault/lock"
    };
    let touched: Vec<&str> = touched.lines().filter(|line| !own(line)).collect();
    assert!(touched.is_empty(), "{touched:?}");
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    out| ✓ demo-site: 9 outputs as they should be, 1 note (--verbose shows them) ([TIME])
    exit 0
    ");
}

#[test]
fn reading_commands_touch_nothing_at_all() {
    let terminal = project();
    terminal.replace("site/blog.html", "hello", "hello again");
    let before = terminal.listing();
    for words in ["check", "status", "diff", "diff --mine", "search", "show site", "lock --locked"]
    {
        terminal.kiln(words);
        assert_eq!(difference(&before, &terminal.listing()), "", "{words}");
    }
}

#[test]
fn an_option_reaches_exactly_what_reads_it() {
    let terminal = project();
    set_theme(&terminal);
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    err| error[lock-stale]: 1 output would be written: `site/style.css`
    err|   hint: run `kiln sync` and commit the result; `kiln diff` shows the changes
    err| error[spec-stale]: `kiln.lock` does not say what the spec says: options of `site` differ
    err|   hint: run `kiln sync` and commit the result
    err| ✗ demo-site: 2 findings ([TIME])
    exit 1
    ");
    insta::assert_snapshot!(terminal.run("diff"), @"
    $ kiln diff
    out| diff --git a/site/style.css b/site/style.css
    out| --- a/site/style.css
    out| +++ b/site/style.css
    out| @@ -1,2 +1,2 @@
    out| -body { background: white; color: black; }
    out| +body { background: black; color: white; }
    out|  main { width: 72ch; }
    exit 0
    ");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| updated  site/style.css  site
    out| ✓ demo-site: 1 written, 7 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.lock
    M project/kiln.sum
    M project/site/style.css
    ");
    terminal.replace("kiln.kdl", "theme dark", "theme dark; languages en de");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| updated  site/languages.txt  site
    out| ✓ demo-site: 1 written, 7 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.lock
    M project/kiln.sum
    M project/site/languages.txt
    ");
    terminal.replace("kiln.kdl", "    blog\n", "    blog { posts first second }\n");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| updated  site/blog.html  blog
    out| ✓ demo-site: 1 written, 7 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.lock
    M project/kiln.sum
    M project/site/blog.html
    ");
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    out| ✓ demo-site: 9 outputs as they should be, 1 note (--verbose shows them) ([TIME])
    exit 0
    ");
}

#[test]
fn an_item_of_the_spec() {
    let terminal = project();
    terminal.write("kiln.kdl", format!("{SPEC}add web.pages about title=\"About\" order=5\n"));
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| updated  site/index.html  site
    out| ✓ demo-site: 1 written, 7 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.lock
    M project/kiln.sum
    M project/site/index.html
    ");
    assert!(terminal.read("site/index.html").contains("<li>about: About</li>"));
}

#[test]
fn a_kit_goes_and_comes_back() {
    let terminal = project();
    let before = terminal.read("site/index.html");
    terminal.replace("kiln.kdl", "    blog\n", "");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
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
    assert!(!terminal.read("site/index.html").contains("blog"));
    assert!(!terminal.read("kiln.lock").contains("blog"));
    assert!(!terminal.read("kiln.sum").contains("blog"));
    terminal.replace("kiln.kdl", "    site\n", "    site\n    blog\n");
    assert_eq!(terminal.kiln("sync").code, 0);
    assert_eq!(terminal.read("site/index.html"), before);
}

#[test]
fn an_integration_comes_with_the_other_kit() {
    let terminal = project();
    terminal.replace("kiln.kdl", "    blog\n", "    blog\n    store\n    report\n");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| created  counts.txt  blog
    out| created  report.txt  report
    out| created  store.txt  store
    out| ✓ demo-site: 3 written, 8 unchanged, 1 skipped ([TIME])
    exit 0
    + project/counts.txt
    M project/kiln.lock
    M project/kiln.sum
    + project/report.txt
    + project/store.txt
    ");
    terminal.replace("kiln.kdl", "    store\n", "    ledger\n");
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| created  ledger.txt  ledger
    out| updated  report.txt  report
    out| deleted  store.txt  store
    out| ✓ demo-site: 2 written, 1 deleted, 9 unchanged, 1 skipped ([TIME])
    exit 0
    M project/kiln.lock
    M project/kiln.sum
    + project/ledger.txt
    M project/report.txt
    - project/store.txt
    ");
}

#[test]
fn an_entity_of_another_module() {
    let terminal = project();
    terminal.write(
        "kiln.kdl",
        format!("{SPEC}module stock {{ entity Shelf {{ belongs-to Person as=keeper }} }}\n"),
    );
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| created  migrations/stock/0001_370de211.sql  models
    out| created  model/stock/shelf.txt  models
    out| ✓ demo-site: 2 written, 8 unchanged, 1 skipped ([TIME])
    exit 0
    + project/kiln.history/stock
    + project/kiln.history/stock/0001-370de211.toml
    M project/kiln.lock
    M project/kiln.sum
    + project/migrations/stock
    + project/migrations/stock/0001_370de211.sql
    + project/model/stock
    + project/model/stock/shelf.txt
    ");
    insta::assert_snapshot!(terminal.run("check"), @"
    $ kiln check
    out| ✓ demo-site: 11 outputs as they should be, 1 note (--verbose shows them) ([TIME])
    exit 0
    ");
}

#[test]
fn a_preset() {
    let terminal = Terminal::new();
    terminal.write("kiln.kdl", "project demo-site\nscenario starter\n");
    insta::assert_snapshot!(terminal.run("sync"), @"
    $ kiln sync
    out| created  robots.txt  site
    out| created  site/blog.html  blog
    out| created  site/index.html  site
    out| created  site/languages.txt  site
    out| created  site/style.css  site
    out| ✓ demo-site: 5 written, 0 unchanged, 0 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    ");
    assert!(terminal.read("site/index.html").contains("From the preset"));
    terminal.write(
        "kiln.kdl",
        "project demo-site\nscenario starter\nkits { without blog why=\"quiet\" }\n",
    );
    insta::assert_snapshot!(changed_by(&terminal, "sync"), @"
    $ kiln sync
    out| deleted  site/blog.html  blog
    out| updated  site/index.html  site
    out| ✓ demo-site: 1 written, 1 deleted, 2 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.lock
    M project/kiln.sum
    - project/site/blog.html
    M project/site/index.html
    ");
}

#[test]
fn lock_alone() {
    let terminal = Terminal::new();
    terminal.write("kiln.kdl", SPEC);
    insta::assert_snapshot!(changed_by(&terminal, "lock"), @"
    $ kiln lock
    out| ✓ wrote kiln.lock: 5 kits ([TIME])
    exit 0
    + project/kiln.lock
    ");
    insta::assert_snapshot!(terminal.run("lock"), @"
    $ kiln lock
    out| ✓ kiln.lock is up to date: 5 kits ([TIME])
    exit 0
    ");
    set_theme(&terminal);
    insta::assert_snapshot!(terminal.run("lock --locked"), @"
    $ kiln lock --locked
    err| error[lock-stale]: `kiln.lock` would change, and `--locked` forbids it: options of `site` differ
    err|  |
    err|  = hint: run `kiln sync` without `--locked` and commit the lock
    exit 1
    ");
    insta::assert_snapshot!(terminal.run("lock -v"), @"
    $ kiln lock -v
    out| manifest 1.0.0
    out| models 1.0.0
    out| site 1.2.0
    out| blog 0.3.0
    out| scripts 1.0.0
    out| ✓ wrote kiln.lock: 5 kits ([TIME])
    err| changed: options of `site` differ
    exit 0
    ");
    assert_eq!(terminal.kiln("sync").code, 0);
    assert!(terminal.read("site/style.css").contains("black; color: white"));
}

#[test]
fn locked_and_frozen() {
    let terminal = project();
    insta::assert_snapshot!(terminal.run("sync --locked"), @"
    $ kiln sync --locked
    out| ✓ demo-site is up to date: 8 unchanged, 1 skipped ([TIME])
    exit 0
    ");
    insta::assert_snapshot!(terminal.run("sync --frozen"), @"
    $ kiln sync --frozen
    out| ✓ demo-site is up to date: 8 unchanged, 1 skipped ([TIME])
    exit 0
    ");
    set_theme(&terminal);
    insta::assert_snapshot!(changed_by(&terminal, "sync --locked"), @"
    $ kiln sync --locked
    err| error[lock-stale]: `kiln.lock` would change, and `--locked` forbids it: options of `site` differ
    err|  |
    err|  = hint: run `kiln sync` without `--locked` and commit the lock
    exit 1
    ");
    insta::assert_snapshot!(changed_by(&terminal, "sync --frozen"), @"
    $ kiln sync --frozen
    err| error[lock-stale]: `kiln.lock` would change, and `--locked` forbids it: options of `site` differ
    err|  |
    err|  = hint: run `kiln sync` without `--locked` and commit the lock
    exit 1
    ");
    insta::assert_snapshot!(changed_by(&terminal, "sync --offline"), @"
    $ kiln sync --offline
    out| updated  site/style.css  site
    out| ✓ demo-site: 1 written, 7 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    M project/kiln.lock
    M project/kiln.sum
    M project/site/style.css
    ");
}

#[test]
fn a_lock_alone_fills_an_empty_folder() {
    let first = project();
    let second = Terminal::new();
    for name in ["kiln.kdl", "kiln.lock"] {
        second.write(name, first.read(name));
    }
    insta::assert_snapshot!(second.run("sync --locked"), @"
    $ kiln sync --locked
    out| created  bin/tool  scripts
    out| created  manifest.json  manifest
    out| created  migrations/shop/0001_06988b77.sql  models
    out| created  model/shop/item.txt  models
    out| created  robots.txt  site
    out| created  site/blog.html  blog
    out| created  site/index.html  site
    out| created  site/languages.txt  site
    out| created  site/style.css  site
    out| ✓ demo-site: 9 written, 0 unchanged, 0 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    ");
    for name in ["kiln.lock", "kiln.sum", "site/index.html"] {
        assert_eq!(second.read(name), first.read(name));
    }
}
