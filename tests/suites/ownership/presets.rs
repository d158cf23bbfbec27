//! Ownership that comes with a preset.

use super::{done, settled};
use crate::support::Terminal;

const PRESET: &str = r#"scenario owned version="1.0.0" {
    title "Owned"
    kits { site; blog }
    ownership {
        exclude "robots.txt" why="by the host"
        seeded "site/**"
    }
}
"#;

#[test]
fn the_spec_wins() {
    let terminal = Terminal::new();
    terminal.write("../library/scenarios/owned.kdl", PRESET);
    terminal.write("kiln.kdl", "project demo-site\nscenario owned\n");
    insta::assert_snapshot!(done(&terminal, "sync"), @"
    $ kiln sync
    out| created  site/blog.html  blog
    out| created  site/index.html  site
    out| created  site/languages.txt  site
    out| created  site/style.css  site
    out| ✓ demo-site: 4 written, 0 unchanged, 0 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    + project/kiln.lock
    + project/kiln.sum
    + project/site
    + project/site/blog.html
    + project/site/index.html
    + project/site/languages.txt
    + project/site/style.css
    ");
    assert!(!terminal.root.join("robots.txt").exists());
    insta::assert_snapshot!(done(&terminal, "own robots.txt --seeded"), @r#"
    $ kiln own robots.txt --seeded
    out| edited  kiln.kdl
    out| created  robots.txt  site
    out| ✓ demo-site: 1 written, 0 unchanged, 4 skipped ([TIME])
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    + project/robots.txt
    spec| 
    spec| ownership {
    spec|     seeded "robots.txt"
    spec| }
    "#);
    insta::assert_snapshot!(done(&terminal, "exclude robots.txt"), @r#"
    $ kiln exclude robots.txt
    out| edited  kiln.kdl
    out| ✓ demo-site: 0 written, 0 unchanged, 5 skipped ([TIME])
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    spec|     exclude "robots.txt"
    "#);
    insta::assert_snapshot!(done(&terminal, "own site/style.css --managed"), @r#"
    $ kiln own site/style.css --managed
    out| edited  kiln.kdl
    out| ✓ demo-site: 0 written, 1 unchanged, 3 skipped ([TIME])
    exit 0
    M project/kiln.kdl
    M project/kiln.lock
    M project/kiln.sum
    spec|     managed "site/style.css"
    "#);
    insta::assert_snapshot!(done(&terminal, "own site/index.html --seeded"), @"
    $ kiln own site/index.html --seeded
    out| ✓ `site/index.html` is seeded already
    exit 0
    ");
    settled(&terminal, "own site/style.css --managed");
}
