//! Clones have no vault: what an edited file started from is rendered from locks that git remembers.

use super::Work;

/// A file that was edited and committed, and a change of the spec that reaches it.
fn edited() -> Work {
    let work = Work::new();
    work.terminal.replace("site/index.html", "<h1>Demo</h1>", "<h1>Demo</h1>\n<p>Mine</p>");
    work.commit("mine");
    work
}

fn set_footer(folder: &std::path::Path, footer: &str) {
    let path = folder.join("kiln.kdl");
    let text = std::fs::read_to_string(&path).unwrap();
    let site = text.find("    site").unwrap();
    let end = site + text[site..].find('\n').unwrap();
    let text = format!("{}    site {{ footer \"{footer}\" }}{}", &text[..site], &text[end..]);
    std::fs::write(path, text).unwrap();
}

fn read(folder: &std::path::Path) -> String {
    std::fs::read_to_string(folder.join("site/index.html")).unwrap()
}

#[test]
fn a_fresh_clone_merges_into_an_edited_file() {
    let work = edited();
    let clone = work.clone_to("clone");
    set_footer(&clone, "New");
    let answer = work.terminal.kiln_in(&clone, "sync");
    insta::assert_snapshot!(answer.shown("sync"), @"
    $ kiln sync
    out| merged  site/index.html  site
    out| ✓ demo-site: 1 written, 5 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    ");
    insta::assert_snapshot!(read(&clone), @"
    <h1>Demo</h1>
    <p>Mine</p>
    <ul>
      <li>home: Demo</li>
      <li>blog: Blog</li>
    </ul>
    <p>Posts of Demo</p>
    <footer>New</footer>
    ");
}

#[test]
fn a_lock_that_was_committed_without_a_sync_keeps_its_base_in_git() {
    let work = edited();
    set_footer(&work.terminal.root, "New");
    assert_eq!(work.terminal.kiln("lock").code, 0);
    work.commit("lock");
    // The lock on the disk renders what is to come; the one before it is in the parent alone.
    let clone = work.clone_to("clone");
    let answer = work.terminal.kiln_in(&clone, "sync");
    insta::assert_snapshot!(answer.shown("sync"), @"
    $ kiln sync
    out| merged  site/index.html  site
    out| ✓ demo-site: 1 written, 5 unchanged, 1 skipped ([TIME])
    out|
    out| Next:
    out|   open site/index.html
    exit 0
    ");
    assert!(read(&clone).contains("<p>Mine</p>"));
    assert!(read(&clone).contains("<footer>New</footer>"));
}

#[test]
fn a_lock_keeps_the_base_in_the_vault() {
    let work = edited();
    let clone = work.clone_to("clone");
    set_footer(&clone, "New");
    assert_eq!(work.terminal.kiln_in(&clone, "lock").code, 0);
    set_footer(&clone, "Newer");
    assert_eq!(work.terminal.kiln_in(&clone, "lock").code, 0);
    // Without git the base can come from the vault alone.
    let bare = clone.with_file_name("bare");
    std::fs::rename(clone.join(".git/objects"), &bare).unwrap();
    assert_eq!(work.terminal.kiln_in(&clone, "sync").code, 0);
    assert!(read(&clone).contains("<p>Mine</p>"));
    assert!(read(&clone).contains("<footer>Newer</footer>"));
}

/// The file has taken in one part from each branch, and no lock that was ever committed has both as they were.
#[test]
fn a_base_is_put_together_from_both_parents() {
    let work = edited();
    let page = "add web.pages about title=\"About\" order=9\nkits {\n";
    work.branch("left", "kits {\n", page);
    work.branch("right", "    site\n", "    site { footer Right }\n");
    work.git("merge -q --no-edit left");
    work.git("merge -q --no-commit --no-edit right");
    work.terminal.replace("kiln.kdl", "title \"Demo\"", "title \"Other\"");
    assert_eq!(work.terminal.kiln("lock").code, 0);
    work.commit("merge");
    let clone = work.clone_to("clone");
    let answer = work.terminal.kiln_in(&clone, "sync");
    assert_eq!(answer.code, 0, "{}{}", answer.out, answer.err);
    insta::assert_snapshot!(read(&clone), @"
    <h1>Other</h1>
    <p>Mine</p>
    <ul>
      <li>home: Other</li>
      <li>blog: Blog</li>
      <li>about: About</li>
    </ul>
    <p>Posts of Other</p>
    <footer>Right</footer>
    ");
}

#[test]
fn without_any_base_a_person_is_asked() {
    let work = edited();
    set_footer(&work.terminal.root, "New");
    assert_eq!(work.terminal.kiln("lock").code, 0);
    work.commit("lock");
    let clone = work.clone_to("clone");
    std::fs::remove_dir_all(clone.join(".git")).unwrap();
    let answer = work.terminal.kiln_in(&clone, "sync");
    assert_eq!(answer.code, 1);
    assert!(answer.err.contains("error[no-base]"), "{}", answer.err);
}

#[test]
fn kits_of_the_repository_are_as_their_commit_has_them() {
    let work = Work::new();
    work.terminal.write("kits/card/kit.kdl", CARD);
    work.terminal.write("kits/card/files/root/card.txt", "one\ntwo\nthree\nfour\nfive\n");
    work.terminal.replace(
        "kiln.kdl",
        "kits {\n",
        "library team path=\"kits\"\nkits {\n    card from=team\n",
    );
    let answer = work.terminal.kiln("sync");
    assert_eq!(answer.code, 0, "{}", answer.err);
    work.terminal.replace("card.txt", "one", "mine");
    work.commit("card");
    work.terminal.write("kits/card/files/root/card.txt", "one\ntwo\nthree\nfour\nfive\nsix\n");
    work.commit("kit");
    let clone = work.clone_to("clone");
    let answer = work.terminal.kiln_in(&clone, "sync");
    assert_eq!(answer.code, 0, "{}", answer.err);
    let card = std::fs::read_to_string(clone.join("card.txt")).unwrap();
    assert_eq!(card, "mine\ntwo\nthree\nfour\nfive\nsix\n");
}

const CARD: &str = r#"kit card version="1.0.0" {
    title "Card"
    summary "A card of the team"
    layer foundation
    category data
    files root
}
"#;
