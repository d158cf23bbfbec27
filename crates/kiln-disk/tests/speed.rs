//! How long it takes, on the disk of `CARGO_TARGET_TMPDIR`: `cargo test --release -p kiln-disk --test speed -- --ignored --nocapture`.
#![allow(clippy::disallowed_methods, reason = "the test compares with plain writes")]

mod support;

use std::path::Path;
use std::time::Instant;

use kiln_base::RelPath;
use kiln_disk::{
    Change, ChangeKind, Changes, Document, Index, LineEnds, Mark, Put, Root, Vault, Wait, apply,
    observe, observe_and_refresh,
};
use support::{Kits, host, path};

const FILES: usize = 10_000;

fn content(number: usize, version: usize) -> Vec<u8> {
    format!("file {number} of version {version}\n").repeat(75).into_bytes()
}

fn names() -> Vec<RelPath> {
    (0..FILES)
        .map(|number| path(&format!("src/m{}/p{}/f{number}.txt", number % 40, number % 7)))
        .collect()
}

fn changes(from: Option<usize>, to: usize) -> Changes {
    let change = |(number, path): (usize, RelPath)| Change {
        path,
        kind: ChangeKind::Put(Put {
            bytes: content(number, to),
            executable: false,
            line_ends: LineEnds::Lf,
            rendered: true,
            moved_from: None,
        }),
        expected: from.map(|from| Mark::of(&content(number, from), false)),
        backup: false,
    };
    let text = |version| Some(format!("lock {version}\n"));
    Changes {
        command: "sync".to_owned(),
        outputs: names().into_iter().enumerate().map(change).collect(),
        lock: Some(Document {
            path: path("kiln.lock"),
            before: from.and_then(text),
            after: text(to),
        }),
        ..Changes::default()
    }
}

fn said(what: &str, started: Instant) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "{what}: {:.0?}", started.elapsed());
}

#[test]
#[ignore = "a measurement, not a check"]
fn ten_thousand_files() {
    for base in [Path::new(env!("CARGO_TARGET_TMPDIR")), Path::new("/dev/shm")] {
        let folder = tempfile::tempdir_in(base).unwrap();
        said(&format!("--- {}", base.display()), Instant::now());
        let started = Instant::now();
        for (number, name) in names().iter().enumerate() {
            let place = folder.path().join("plain").join(name.as_str());
            std::fs::create_dir_all(place.parent().unwrap()).unwrap();
            std::fs::write(place, content(number, 0)).unwrap();
        }
        said("plain writes, one thread", started);
        let root = Root::create(&folder.path().join("kiln")).unwrap();
        let vault = Vault::open(&root, host("boot 1")).unwrap();
        let locked = vault.lock("sync", &Wait::Refuse).unwrap();
        let all = changes(None, 1);
        let started = Instant::now();
        apply(&root, &locked, &all, &Kits, None).unwrap();
        said("create all", started);
        let paths = names();
        let started = Instant::now();
        observe(&root, &paths, &Index::default()).unwrap();
        said("read and hash all", started);
        let mut index = Index::default();
        observe_and_refresh(&root, &paths, &mut index).unwrap();
        index.store(&root).unwrap();
        let started = Instant::now();
        let mut index = Index::load(&root);
        observe_and_refresh(&root, &paths, &mut index).unwrap();
        said("look at all by the index", started);
        let all = changes(Some(1), 2);
        let started = Instant::now();
        apply(&root, &locked, &all, &Kits, None).unwrap();
        said("replace all", started);
    }
}
