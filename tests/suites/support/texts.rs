//! Texts as snapshots hold them: without what differs from run to run and from machine to machine.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

static TIME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\(\d+ ms\)|\(\d+\.\d s\)").unwrap());
static DIGEST: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b[0-9a-f]{64}\b").unwrap());

/// `text` with the folder, times and digests replaced.
pub(crate) fn redacted(text: &str, folder: &Path) -> String {
    let text = text.replace(&*folder.to_string_lossy(), "[FOLDER]");
    let text = TIME.replace_all(&text, "([TIME])");
    DIGEST.replace_all(&text, "[SHA256]").into_owned()
}
