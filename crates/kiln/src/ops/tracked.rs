//! The files that git tracks, as its index lists them: what is tracked is on every clone, whatever `.gitignore` says.

use std::collections::BTreeSet;
use std::path::Path;

use kiln_base::RelPath;
use kiln_disk::Root;
use kiln_git::Located;

/// The largest index that is read, in bytes.
const LARGEST: u64 = 256 << 20;
/// An entry up to its name: ten numbers, a digest, the flags.
const FIXED: usize = 62;

/// The tracked files below `folder`, seen from there. Where there is no repository, or its index cannot be read, none
/// is known.
pub(crate) fn tracked(folder: &Path) -> BTreeSet<String> {
    let read = || {
        let located = Located::of(folder)?;
        let index = Root::open(&located.git).ok()?.read_if(&RelPath::new("index").ok()?, LARGEST);
        let prefix: String = located.prefix.iter().map(|part| format!("{part}/")).collect();
        let names = names(&index.ok()??)?;
        let below = |name: &Vec<u8>| {
            Some(std::str::from_utf8(name).ok()?.strip_prefix(&prefix)?.to_owned())
        };
        Some(names.iter().filter_map(below).collect())
    };
    read().unwrap_or_default()
}

/// The names in an index of version 2, 3 or 4; none if it is no such index.
fn names(index: &[u8]) -> Option<Vec<Vec<u8>>> {
    let number = |at: usize| {
        let bytes: [u8; 4] = index.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_be_bytes(bytes))
    };
    let version =
        number(4).filter(|version| index.starts_with(b"DIRC") && (2..=4).contains(version))?;
    let mut names: Vec<Vec<u8>> = Vec::new();
    let mut at = 12;
    for _ in 0..number(8)? {
        let extended = index.get(at + FIXED - 2)? & 0x40 != 0 && version > 2;
        let start = at + FIXED + if extended { 2 } else { 0 };
        let (kept, start) = match version {
            4 => {
                let (cut, start) = offset(index, start)?;
                let last = names.last().map(Vec::as_slice).unwrap_or_default();
                (last.get(..last.len().checked_sub(cut)?)?.to_vec(), start)
            }
            _ => (Vec::new(), start),
        };
        let rest = index.get(start..)?;
        let length = rest.iter().position(|byte| *byte == 0)?;
        names.push([&kept, &rest[..length]].concat());
        at = match version {
            4 => start + length + 1,
            // Padded with one to eight NUL bytes to a multiple of eight.
            _ => at + ((start - at + length) / 8 + 1) * 8,
        };
    }
    Some(names)
}

/// A number of any length, as packs have them, and where it ends.
fn offset(bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut byte = *bytes.get(at)?;
    let mut value = usize::from(byte & 0x7f);
    while byte & 0x80 != 0 {
        at += 1;
        byte = *bytes.get(at)?;
        value = value.checked_add(1)?.checked_mul(128)? + usize::from(byte & 0x7f);
    }
    Some((value, at + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[expect(clippy::disallowed_methods, reason = "the test works in a folder of its own")]
    fn git(folder: &Path, words: &str) {
        let mut git = std::process::Command::new("git");
        let git = git.args(words.split(' ')).current_dir(folder);
        let git = git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CEILING_DIRECTORIES", "/");
        assert!(git.output().unwrap().status.success(), "git {words}");
        let _ = std::fs::write(folder.join("untracked"), "");
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "the test works in a folder of its own")]
    fn the_index_of_git_is_read_in_every_version() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("apps/a")).unwrap();
        let mut expected = BTreeSet::new();
        for length in 1..40 {
            let name = format!("a/{}", "x".repeat(length));
            std::fs::write(root.join("apps").join(&name), "").unwrap();
            expected.insert(name);
        }
        std::fs::write(root.join("apps/caf\u{e9}"), "").unwrap();
        expected.insert("caf\u{e9}".to_owned());
        git(&root, "init -q");
        git(&root, "add -f apps");
        for version in [2, 4] {
            git(&root, &format!("update-index --index-version {version}"));
            assert_eq!(tracked(&root.join("apps")), expected, "version {version}");
        }
        // An entry with more flags makes version 3.
        git(&root, "update-index --index-version 2");
        git(&root, "update-index --skip-worktree apps/a/x");
        assert_eq!(tracked(&root.join("apps")), expected);
        assert_eq!(tracked(&std::env::temp_dir().join("nowhere")), BTreeSet::new());
    }

    proptest! {
        #[test]
        fn any_bytes_are_borne(
            version in 0_u8..6, count in any::<u8>(), bytes in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let mut index = b"DIRC\0\0\0".to_vec();
            index.extend([version, 0, 0, 0, count]);
            index.extend(bytes);
            if let Some(found) = names(&index) {
                prop_assert_eq!(found.len(), usize::from(count));
            }
        }
    }
}
