//! Looking at the disk: nothing is followed, nothing lies outside, and the index never answers wrongly.
#![allow(clippy::disallowed_methods, reason = "the test plays the person, who needs no root")]

mod support;

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use kiln_base::RelPath;
use kiln_disk::{DiskError, Index, Observed, Root, observe, observe_and_refresh};
use support::{Project, path};

#[test]
fn what_is_no_plain_file_is_said() {
    let project = Project::new();
    let at = |name: &str| project.path().join(name);
    symlink("a.txt", at("link")).unwrap();
    symlink("/etc", at("etc")).unwrap();
    symlink(at("sub"), at("inside")).unwrap();
    assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    project.write("vendored/.git/HEAD", b"x");
    project.write("vendored/deep/file", b"x");
    project.write("other/kiln.kdl", b"x");
    project.write("worktree/.git", b"gitdir: /nowhere\n");
    let names = [
        "link",
        "etc/passwd",
        "inside/edited.txt",
        "pipe",
        "sub",
        "a.txt/below",
        "vendored/deep/file",
        "other/file",
        "worktree/file",
        "nowhere/file",
        "a.txt",
    ];
    let seen = project.look(&names).into_iter().zip(names).map(|(observed, name)| match observed {
        Observed::Obstructed(what) => format!("{name}: {what}"),
        Observed::Absent => format!("{name}: absent"),
        Observed::File(found) => format!("{name}: {} bytes", found.size),
    });
    insta::assert_snapshot!(seen.collect::<Vec<_>>().join("\n"), @"
    link: a symlink
    etc/passwd: below `etc`, which is no plain folder
    inside/edited.txt: below `inside`, which is no plain folder
    pipe: neither file nor folder
    sub: a folder
    a.txt/below: below `a.txt`, which is no plain folder
    vendored/deep/file: inside the git repository `vendored`
    other/file: inside the kiln project `other`
    worktree/file: inside the git repository `worktree`
    nowhere/file: absent
    a.txt: 12 bytes
    ");
}

#[test]
fn reading_follows_nothing_either() {
    let project = Project::new();
    symlink("/etc", project.path().join("etc")).unwrap();
    symlink("a.txt", project.path().join("link")).unwrap();
    project.write("latin", b"\xe9");
    let root = Root::open(project.path()).unwrap();
    let errors = [
        root.read(&path("etc/passwd"), 1 << 20).unwrap_err(),
        root.read(&path("link"), 1 << 20).unwrap_err(),
        root.read(&path("sub"), 1 << 20).unwrap_err(),
        root.read(&path("a.txt"), 3).unwrap_err(),
        root.read(&path("nowhere/x"), 3).unwrap_err(),
        root.read_text_if(&path("latin"), 3).unwrap_err(),
        root.walk(None, 100).unwrap_err(),
        root.walk(Some(&path("sub")), 0).unwrap_err(),
    ];
    let texts: Vec<String> = errors.iter().map(DiskError::to_string).collect();
    insta::assert_snapshot!(texts.join("\n"), @"
    `etc/passwd` is below `etc`, which is no plain folder
    `link` is a symlink
    `sub` is a folder
    `a.txt` has more than 3 bytes
    `nowhere/x` does not exist
    `latin` is not UTF-8 text
    `etc` is a symlink
    `sub` holds more than 0 files
    ");
    assert_eq!(root.read_if(&path("nowhere/x"), 3).unwrap(), None);
}

#[test]
fn a_folder_is_walked_in_order_without_git() {
    let project = Project::new();
    let root = Root::open(project.path()).unwrap();
    let files: Vec<String> =
        root.walk(None, 100).unwrap().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(files.join(" "), @"a.txt gone/deep/old.txt gone/orphan.txt kiln.kdl kiln.lock kiln.sum mine.txt moved/from.txt sub/edited.txt tool.sh windows.txt");
}

#[test]
fn the_nearest_project_is_found_but_not_across_a_repository() {
    let project = Project::new();
    project.write("sub/deep/file", b"x");
    project.write("vendored/.git/HEAD", b"x");
    project.write("vendored/deep/file", b"x");
    let find = |name: &str| Root::find(&project.path().join(name), "kiln.kdl").unwrap();
    let here = project.path().canonicalize().unwrap();
    assert_eq!(find("sub/deep").unwrap().path(), here);
    assert_eq!(find("").unwrap().path(), here);
    assert!(find("vendored/deep").is_none());
}

#[test]
fn answers_come_in_the_order_of_the_questions() {
    let project = Project::new();
    let mut names: Vec<String> = Vec::new();
    for number in 0..500 {
        let name = format!("many/{}/{number}.txt", number % 7);
        project.write(&name, number.to_string().as_bytes());
        names.push(name);
    }
    names.reverse();
    let paths: Vec<RelPath> = names.iter().map(|name| path(name)).collect();
    let root = Root::open(project.path()).unwrap();
    let seen = observe(&root, &paths, &Index::default()).unwrap();
    for (name, observed) in names.iter().zip(seen) {
        let bytes = std::fs::read(project.path().join(name)).unwrap();
        assert_eq!(observed.file().unwrap().raw, kiln_base::sha256(&bytes), "{name}");
    }
}

/// Sets the modification time of a file, as tar and rsync do.
fn touch(project: &Project, name: &str, like: &std::fs::Metadata) {
    let file = std::fs::File::options().append(true).open(project.path().join(name)).unwrap();
    file.set_modified(like.modified().unwrap()).unwrap();
}

#[test]
fn an_edit_of_the_same_size_and_time_is_seen() {
    let project = Project::new();
    let root = Root::open(project.path()).unwrap();
    let paths = [path("a.txt"), path("sub/edited.txt"), path("nowhere")];
    let mut index = Index::load(&root);
    assert!(index.is_empty());
    let first = observe_and_refresh(&root, &paths, &mut index).unwrap();
    assert_eq!(index.len(), 2);
    index.store(&root).unwrap();
    assert_eq!(observe(&root, &paths, &Index::load(&root)).unwrap(), first);

    let before = std::fs::metadata(project.path().join("a.txt")).unwrap();
    project.write("a.txt", b"b of lock 0\n");
    touch(&project, "a.txt", &before);
    let mut loaded = Index::load(&root);
    assert_eq!(loaded.len(), 2);
    let second = observe_and_refresh(&root, &paths, &mut loaded).unwrap();
    assert_ne!(second[0], first[0]);
    assert_eq!(second[1..], first[1..]);
}

#[test]
fn a_lost_or_broken_index_is_empty() {
    let project = Project::new();
    let root = Root::open(project.path()).unwrap();
    let mut index = Index::default();
    observe_and_refresh(&root, &[path("a.txt")], &mut index).unwrap();
    index.store(&root).unwrap();
    assert_eq!(std::fs::read(project.path().join(".kiln/.gitignore")).unwrap(), b"*\n");
    let file = project.path().join(".kiln/index");
    let mut bytes = std::fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    assert!(Index::load(&root).is_empty());
    std::fs::remove_dir_all(project.path().join(".kiln")).unwrap();
    assert!(Index::load(&root).is_empty());
    assert!(!project.path().join(".kiln").exists(), "loading writes nothing");
}

#[test]
fn looking_writes_nothing() {
    let project = Project::new();
    let before = project.tree();
    let counter = support::Breaker::counter();
    let root = Root::open_with_faults(project.path(), counter.clone()).unwrap();
    observe(&root, &[path("a.txt"), path("sub/edited.txt")], &Index::load(&root)).unwrap();
    assert_eq!(counter.steps(), 0);
    assert_eq!(project.tree(), before);
}

#[test]
fn line_ends_and_bits_are_seen() {
    let project = Project::new();
    let tool = project.path().join("tool.sh");
    std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).unwrap();
    let seen = project.look(&["windows.txt", "tool.sh"]);
    let [windows, tool] = [0, 1].map(|at| seen[at].file().unwrap());
    assert_eq!(windows.text, kiln_base::sha256(b"w of lock 0\n"));
    assert_ne!(windows.text, windows.raw);
    assert_eq!(windows.line_ends, kiln_disk::LineEnds::Crlf);
    assert!(tool.executable && !windows.executable);
}
