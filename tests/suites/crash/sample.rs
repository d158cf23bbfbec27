//! A few random kills of the real binary; `cargo xtask crash` makes thousands.

use std::path::PathBuf;

use super::kills::Kills;

#[test]
fn a_kill_at_any_instant_loses_nothing_and_the_next_run_converges() {
    let folder = tempfile::tempdir().unwrap();
    let kills = Kills {
        kiln: PathBuf::from(env!("CARGO_BIN_EXE_kiln-under-test")),
        folder: folder.path().join("kills"),
        kills: 40,
        seed: 1,
        by_time: false,
    };
    let counts = kills.run(&|_| ()).unwrap_or_else(|error| {
        // The project stays for whoever looks into it.
        panic!("{error}\n{}", folder.keep().display())
    });
    assert_eq!(counts.kills(), 40, "{counts}");
    assert!(counts.within > 5 && counts.finished > 0 && counts.rolled_back > 0, "{counts}");
}
