//! What `HEAD` and the heads of unfinished merges name.

use gix_hash::ObjectId;

use crate::locate::{Located, text};

/// How many references may name one another.
const DEEPEST: usize = 5;

/// Commits whose work may stand in the work tree besides `HEAD`: one being merged or applied, and where `HEAD` was
/// before that; each with how far from `HEAD` it counts.
const OTHERS: [(&str, u8); 5] = [
    ("MERGE_HEAD", 0),
    ("CHERRY_PICK_HEAD", 0),
    ("REVERT_HEAD", 0),
    ("REBASE_HEAD", 0),
    ("ORIG_HEAD", 1),
];

/// The commits to start from, the likeliest first, with how far from `HEAD` they count.
pub(crate) fn starts(located: &Located) -> Vec<(ObjectId, u8)> {
    let mut starts: Vec<_> =
        resolve(located, "HEAD", 0).map(|head| (head, 0)).into_iter().collect();
    for (name, far) in OTHERS {
        let lines = text(&located.git.join(name)).unwrap_or_default();
        starts.extend(lines.lines().filter_map(id).map(|head| (head, far)));
    }
    starts
}

fn id(text: &str) -> Option<ObjectId> {
    ObjectId::from_hex(text.trim().as_bytes()).ok()
}

fn resolve(located: &Located, name: &str, depth: usize) -> Option<ObjectId> {
    if depth > DEEPEST {
        return None;
    }
    let own = located.git.join(name);
    let line = match text(&own).or_else(|| text(&located.common.join(name))) {
        Some(line) => line,
        None => return packed(located, name),
    };
    match line.trim_end().strip_prefix("ref:") {
        None => id(&line),
        Some(target) => {
            let target = target.trim();
            let inside = target.starts_with("refs/")
                && !target.contains('\\')
                && target.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
            inside.then(|| resolve(located, target, depth + 1)).flatten()
        }
    }
}

/// A reference in `packed-refs`: lines of an id and a name, beside comments and peeled tags.
fn packed(located: &Located, name: &str) -> Option<ObjectId> {
    let packed = text(&located.common.join("packed-refs"))?;
    let line =
        packed.lines().find(|line| line.split_once(' ').is_some_and(|(_, known)| known == name));
    id(line?.split_once(' ')?.0)
}
