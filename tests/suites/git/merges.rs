//! A few of the merges that `cargo xtask lock-merges` measures, with the kits that are built in.

#[path = "../../../xtask/src/lock_merges.rs"]
mod lock_merges;

use lock_merges::{Experiment, measure, table};

#[test]
fn a_sample_of_merges_comes_to_what_both_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let experiment = |only: &str| Experiment {
        folder: folder.path().join(only),
        draws: 1,
        seed: 1,
        only: only.to_owned(),
    };
    let rows: Vec<_> = ["add another kit", "add an entity / in another"]
        .iter()
        .flat_map(|only| measure(&experiment(only), &|_| ()).unwrap())
        .collect();
    for row in &rows {
        assert!(row.problems.is_empty(), "{}: {:?}", row.pair, row.problems);
    }
    insta::assert_snapshot!(table(&rows), @"
    | pair | merges | lock | sum | history | outputs | spec | clean | lock or sum alone | as from scratch |
    |---|---|---|---|---|---|---|---|---|---|
    | add a kit / add another kit | 1 | 0 | 1 | 0 | 1 | 0 | 0 | 0 | 1 |
    | add an entity / in another module | 1 | 0 | 1 | 0 | 0 | 0 | 0 | 1 | 1 |
    | nobody has to decide | 2 | 0 | 2 | 0 | 1 | 0 | 0 | 1 | 2 |
    | a person has to decide | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |
    ");
}
