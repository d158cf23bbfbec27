//! Where a repository lies, by git's own layout: `.git` as a folder, or as a file that names one (worktrees,
//! submodules), and the folder that worktrees share.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The largest file of git's own that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// The folders of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// The top of the work tree.
    pub top: PathBuf,
    /// The git folder of this work tree: `HEAD` and what is being merged are here.
    pub git: PathBuf,
    /// The git folder that all work trees share: objects, references, configuration.
    pub common: PathBuf,
    /// The parts of the path from the top to the folder that was asked for.
    pub prefix: Vec<String>,
}

impl Located {
    /// The repository that `folder` (an absolute path without links) lies in.
    #[must_use]
    pub fn of(folder: &Path) -> Option<Self> {
        for top in folder.ancestors() {
            let entry = top.join(".git");
            let Ok(metadata) = entry.symlink_metadata() else { continue };
            let git = if metadata.is_file() { named(top, &entry)? } else { entry };
            if !git.join("HEAD").exists() {
                return None;
            }
            let common = match text(&git.join("commondir")) {
                Some(line) => git.join(line.trim_end()),
                None => git.clone(),
            };
            let below = folder.strip_prefix(top).ok()?;
            let part =
                |part: std::path::Component<'_>| part.as_os_str().to_str().map(str::to_owned);
            let prefix = below.components().map(part).collect::<Option<Vec<_>>>()?;
            return Some(Self { top: top.to_owned(), git, common, prefix });
        }
        None
    }
}

/// The git folder that a `.git` file names.
fn named(top: &Path, entry: &Path) -> Option<PathBuf> {
    let text = text(entry)?;
    Some(top.join(text.strip_prefix("gitdir:")?.trim()))
}

/// The text of a small file of git's own.
pub(crate) fn text(path: &Path) -> Option<String> {
    // Only a plain file: opening anything else could wait for ever.
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    File::open(path).ok()?.take(LARGEST).read_to_string(&mut text).ok()?;
    Some(text)
}
