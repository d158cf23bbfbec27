//! `git install` and the merge drivers that it gives git.

use super::{Work, git_in};

#[test]
fn install_check_and_remove() {
    let work = Work::new();
    let config = work.terminal.read(".git/config");
    insta::assert_snapshot!(work.terminal.run("git install --check"), @"
    $ kiln git install --check
    out|  missing  .git/config  merge.kiln-lock.name
    out|  missing  .git/config  merge.kiln-lock.driver
    out|  missing  .git/config  merge.kiln-sum.name
    out|  missing  .git/config  merge.kiln-sum.driver
    out|  missing  .git/info/attributes  /kiln.lock merge=kiln-lock
    out|  missing  .git/info/attributes  /kiln.sum merge=kiln-sum
    out|  missing  .gitattributes  kiln.history/** text eol=lf linguist-generated
    out|  missing  .gitattributes  kiln.lock text eol=lf linguist-generated
    out|  missing  .gitattributes  kiln.sum text eol=lf linguist-generated merge=union
    err| ✗ 9 of 9 settings missing
    err|   hint: kiln git install
    exit 1
    ");
    insta::assert_snapshot!(work.terminal.run("git install"), @"
    $ kiln git install
    out|    added  .git/config  merge.kiln-lock.name
    out|    added  .git/config  merge.kiln-lock.driver
    out|    added  .git/config  merge.kiln-sum.name
    out|    added  .git/config  merge.kiln-sum.driver
    out|    added  .git/info/attributes  /kiln.lock merge=kiln-lock
    out|    added  .git/info/attributes  /kiln.sum merge=kiln-sum
    out|    added  .gitattributes  kiln.history/** text eol=lf linguist-generated
    out|    added  .gitattributes  kiln.lock text eol=lf linguist-generated
    out|    added  .gitattributes  kiln.sum text eol=lf linguist-generated merge=union
    out| ✓ git merges what kiln writes: 9 settings
    exit 0
    ");
    insta::assert_snapshot!(work.terminal.run("git install"), @"
    $ kiln git install
    out| ✓ git merges what kiln writes: 9 settings
    exit 0
    ");
    insta::assert_snapshot!(work.terminal.run("git install --check"), @"
    $ kiln git install --check
    out| ✓ git merges what kiln writes: 9 settings
    exit 0
    ");
    insta::assert_snapshot!(work.terminal.read(".git/info/attributes"), @"
    /kiln.lock merge=kiln-lock
    /kiln.sum merge=kiln-sum
    ");
    insta::assert_snapshot!(work.terminal.read(".gitattributes"), @"
    kiln.sum merge=union
    kiln.history/** text eol=lf linguist-generated
    kiln.lock text eol=lf linguist-generated
    kiln.sum text eol=lf linguist-generated merge=union
    ");
    insta::assert_snapshot!(work.git("check-attr -a kiln.sum").out, @"
    kiln.sum: merge: kiln-sum
    kiln.sum: text: set
    kiln.sum: eol: lf
    kiln.sum: linguist-generated: set
    ");
    insta::assert_snapshot!(work.terminal.run("git uninstall"), @"
    $ kiln git uninstall
    out|  removed  .git/config  merge.kiln-lock.name
    out|  removed  .git/config  merge.kiln-lock.driver
    out|  removed  .git/config  merge.kiln-sum.name
    out|  removed  .git/config  merge.kiln-sum.driver
    out|  removed  .git/info/attributes  /kiln.lock merge=kiln-lock
    out|  removed  .git/info/attributes  /kiln.sum merge=kiln-sum
    out| ✓ removed 6 of 6 settings
    exit 0
    ");
    assert_eq!(work.terminal.read(".git/config"), config);
    assert_eq!(work.terminal.read(".git/info/attributes"), "");
}

#[test]
fn a_project_in_a_folder_of_the_repository() {
    let work = Work::new();
    let outer = work.terminal.outer();
    std::fs::remove_dir_all(work.terminal.root.join(".git")).unwrap();
    let folder = outer.join("my apps/[shop]");
    std::fs::create_dir(outer.join("my apps")).unwrap();
    std::fs::rename(&work.terminal.root, &folder).unwrap();
    assert_eq!(git_in(&outer, &["init", "-q"]).code, 0);
    assert_eq!(work.terminal.kiln_in(&folder, "git install").code, 0);
    let attributes = std::fs::read_to_string(outer.join(".git/info/attributes")).unwrap();
    insta::assert_snapshot!(attributes, @r#"
    "/my apps/\\[shop]/kiln.lock" merge=kiln-lock
    "/my apps/\\[shop]/kiln.sum" merge=kiln-sum
    "#);
    let lock = "my apps/[shop]/kiln.lock";
    insta::assert_snapshot!(git_in(&outer, &["check-attr", "merge", lock]).out, @"my apps/[shop]/kiln.lock: merge: kiln-lock");
    assert_eq!(work.terminal.kiln_in(&folder, "git install --check").code, 0);
}

#[test]
fn worktrees_share_the_drivers() {
    let work = Work::new();
    assert_eq!(work.terminal.kiln("git install").code, 0);
    work.commit("attributes");
    work.git("worktree add -q ../tree");
    let tree = work.terminal.root.with_file_name("tree");
    assert_eq!(work.terminal.kiln_in(&tree, "git install --check").code, 0);
    assert_eq!(work.terminal.kiln_in(&tree, "git install --remove").code, 0);
    assert_eq!(work.terminal.kiln("git install --check").code, 1);
}

#[test]
fn outside_of_git() {
    let work = Work::new();
    std::fs::remove_dir_all(work.terminal.root.join(".git")).unwrap();
    insta::assert_snapshot!(work.terminal.run("git install"), @"
    $ kiln git install
    err| error[no-repository]: the project is in no git repository
    err|  |
    err|  = hint: make one first: git init
    exit 2
    ");
}

/// Neighbouring options of one kit conflict as lines, and are two values.
#[test]
fn the_drivers_merge_what_lines_do_not() {
    let options = "    site {\n        footer Old\n\n        theme light\n    }\n";
    let merge = |with_drivers: bool| {
        let work = Work::new();
        work.with_kiln_in_path();
        work.change("options", "    site\n", options);
        work.branch("left", "footer Old", "footer Left");
        work.branch("right", "theme light", "theme dark");
        if with_drivers {
            assert_eq!(work.terminal.kiln("git install").code, 0);
        }
        work.git("merge -q --no-edit left");
        let answer = work.try_git("merge -q --no-edit right");
        (work, answer.code)
    };
    let (without, code) = merge(false);
    assert_eq!(code, 1);
    insta::assert_snapshot!(without.conflicts(), @"kiln.lock");
    let (with, code) = merge(true);
    assert_eq!(code, 0);
    assert_eq!(with.terminal.kiln("sync").code, 0);
    assert_eq!(with.terminal.kiln("check").code, 0);
    with.assert_as_from_scratch();
}

#[test]
fn what_a_driver_cannot_decide_gets_markers() {
    let work = Work::new();
    work.with_kiln_in_path();
    assert_eq!(work.terminal.kiln("git install").code, 0);
    work.commit("attributes");
    work.branch("left", "    site\n", "    site { footer Left }\n");
    work.branch("right", "    site\n", "    site { footer Right }\n");
    work.git("merge -q --no-edit left");
    let answer = work.try_git("merge --no-edit right");
    insta::assert_snapshot!(answer.shown("").replace("$ kiln ", "$ git merge right"), @"
    $ git merge right
    out| Auto-merging kiln.kdl
    out| CONFLICT (content): Merge conflict in kiln.kdl
    out| Auto-merging kiln.lock
    out| CONFLICT (content): Merge conflict in kiln.lock
    out| Auto-merging kiln.sum
    out| Auto-merging site/index.html
    out| CONFLICT (content): Merge conflict in site/index.html
    out| Automatic merge failed; fix conflicts and then commit the result.
    err| kiln: `kiln.lock` needs a decision: both sides changed `kit.site.option.footer`
    err|   hint: decide in kiln.kdl, then: kiln lock --resolve
    exit 1
    ");
    let lock = work.terminal.read("kiln.lock");
    let from = lock.find("<<<<<<<").unwrap();
    let to = lock.find(">>>>>>>").unwrap();
    insta::assert_snapshot!(&lock[from..to], @r#"
    <<<<<<< ours
    option.footer = "Left"
    ||||||| base
    =======
    option.footer = "Right"
    "#);
    // The sum is never in conflict.
    assert!(!work.terminal.read("kiln.sum").contains("<<<<<<<"));
}
