//! `git install` and the merge drivers that it installs: git merges `kiln.lock` by value and `kiln.sum` as a set.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use kiln_base::Diagnostic;
use kiln_disk::Root;
use kiln_git::Located;
use kiln_resolve::{Sum, Unmerged, merge_locks, merge_sums};

use crate::ops::project::{HISTORY, LOCK, SPEC, SUM, Texts, no_project, read_sum};
use crate::ops::report::SCHEMA;
use crate::ops::{Failure, Outcome, Settings};

/// The largest file that a driver reads, in bytes.
const LARGEST: u64 = 64 << 20;

/// What to do with the drivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GitDeed {
    /// Put in what is missing.
    #[default]
    Install,
    /// Say what is missing.
    Check,
    /// Take out what was put in.
    Remove,
}

/// What `kiln git install` is asked.
#[derive(Debug, Clone, Default)]
pub struct GitOptions {
    /// Where.
    pub settings: Settings,
    /// What to do.
    pub deed: GitDeed,
    /// How git calls kiln: `kiln`, or `cargo xtask`.
    pub program: String,
}

/// One setting of git.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct GitSetting {
    /// The file that it belongs to, as seen from the top of the work tree.
    pub file: String,
    /// The line or the key.
    pub setting: String,
    /// `there`, `added`, `missing`, `removed` or `absent`.
    pub state: &'static str,
}

/// What `kiln git install` did or found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct GitReport {
    /// The version of this form.
    pub schema: u32,
    /// The exit code.
    pub exit: u8,
    /// All settings.
    pub settings: Vec<GitSetting>,
}

/// Lets git merge what kiln writes: drivers in the configuration of this clone, attributes beside it, and attributes
/// that hold for everybody in `.gitattributes` unless a kit writes that file.
///
/// # Errors
/// No project, no repository, no `git`, and what the disk refuses.
pub fn git_install(options: &GitOptions) -> Outcome<GitReport> {
    let root = Root::find(&options.settings.start, SPEC)?.ok_or_else(no_project)?;
    let located = Located::of(root.path()).ok_or_else(|| {
        Diagnostic::error("no-repository", "the project is in no git repository")
            .hint("make one first: git init")
    })?;
    let mut settings = Vec::new();
    let config = located.common.join("config");
    for (key, value) in drivers(&options.program) {
        let state = configure(options.deed, &config, &key, &value)?;
        settings.push(GitSetting { file: shown(&located, &config), setting: key, state });
    }
    let prefix: String = located.prefix.iter().map(|part| format!("{part}/")).collect();
    let local: Vec<String> = [(LOCK, "kiln-lock"), (SUM, "kiln-sum")]
        .iter()
        .map(|(file, driver)| format!("{} merge={driver}", pattern(&format!("/{prefix}{file}"))))
        .collect();
    let info = located.common.join("info").join("attributes");
    attribute(options.deed, &located, &info, &local, &mut settings)?;
    if !written_by_a_kit(&root)? && options.deed != GitDeed::Remove {
        let lines = [
            format!("{HISTORY}/** text eol=lf linguist-generated"),
            format!("{LOCK} text eol=lf linguist-generated"),
            format!("{SUM} text eol=lf linguist-generated merge=union"),
        ];
        let path = root.path().join(".gitattributes");
        attribute(options.deed, &located, &path, &lines, &mut settings)?;
    }
    let missing = settings.iter().any(|setting| setting.state == "missing");
    Ok(GitReport { schema: SCHEMA, exit: u8::from(missing), settings })
}

fn drivers(program: &str) -> [(String, String); 4] {
    let driver = |name: &str, what: &str, command: &str| {
        [
            (format!("merge.{name}.name"), what.to_owned()),
            (format!("merge.{name}.driver"), format!("{program} git {command} %O %A %B %P")),
        ]
    };
    let [a, b] = driver("kiln-lock", "kiln.lock by value", "merge-lock");
    let [c, d] = driver("kiln-sum", "kiln.sum as a set of facts", "merge-sum");
    [a, b, c, d]
}

/// Whether a kit writes `.gitattributes`: it has facts.
fn written_by_a_kit(root: &Root) -> Outcome<bool> {
    let texts = Texts::read(root, SPEC)?.unwrap_or_default();
    let sum = read_sum(texts.sum.as_deref())?;
    Ok(sum.facts().iter().any(|fact| fact.path.as_str() == ".gitattributes"))
}

/// A path as a pattern of attributes.
fn pattern(path: &str) -> String {
    let mut escaped = String::new();
    for c in path.chars() {
        if matches!(c, '*' | '?' | '[' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    if !escaped.contains([' ', '\t', '"']) {
        return escaped;
    }
    // In quotes a backslash has to be doubled again.
    format!("\"{}\"", escaped.replace('\\', "\\\\").replace('"', "\\\"").replace('\t', "\\t"))
}

fn shown(located: &Located, file: &Path) -> String {
    file.strip_prefix(&located.top).unwrap_or(file).to_string_lossy().replace('\\', "/")
}

/// `git config` on one file: git keeps the rest of it as it is, and no repository is looked at.
fn config(file: &Path, words: &[&str]) -> Outcome<std::process::Output> {
    let mut command = Command::new("git");
    command.arg("config").arg("--file").arg(file).args(words);
    // No folder of a repository, whose own configuration could name programs.
    command.current_dir(file.parent().unwrap_or(Path::new(".")));
    for name in ["GIT_DIR", "GIT_CONFIG", "GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS"] {
        command.env_remove(name);
    }
    command.output().map_err(|error| {
        Diagnostic::error("no-git", format!("`git` cannot be started: {error}"))
            .hint("install git, or put it into the path of programs")
            .into()
    })
}

fn configure(deed: GitDeed, file: &Path, key: &str, value: &str) -> Outcome<&'static str> {
    let found = config(file, &["--get", key])?;
    let now = String::from_utf8_lossy(&found.stdout).trim_end_matches('\n').to_owned();
    let words: Vec<&str> = match (deed, found.status.success()) {
        (GitDeed::Install | GitDeed::Check, true) if now == value => return Ok("there"),
        (GitDeed::Check, _) => return Ok("missing"),
        (GitDeed::Remove, false) => return Ok("absent"),
        (GitDeed::Remove, true) => vec!["--unset-all", key],
        (GitDeed::Install, _) => vec!["--replace-all", key, value],
    };
    let done = config(file, &words)?;
    if !done.status.success() {
        let told = String::from_utf8_lossy(&done.stderr).trim().to_owned();
        return Err(Diagnostic::error("git-config", format!("git refused `{key}`: {told}"))
            .hint("see that the configuration of the repository may be written")
            .into());
    }
    if deed == GitDeed::Remove {
        // What is empty now goes; with anything else in it the section stays.
        let section = key.rsplit_once('.').map_or(key, |(section, _)| section);
        let rest =
            config(file, &["--get-regexp", &format!("^{}\\.", section.replace('.', "\\."))])?;
        if rest.stdout.is_empty() {
            config(file, &["--remove-section", section])?;
        }
        return Ok("removed");
    }
    Ok("added")
}

/// Adds lines to a file of attributes, or takes them out; every other line stays as it is.
fn attribute(
    deed: GitDeed,
    located: &Located,
    file: &Path,
    lines: &[String],
    settings: &mut Vec<GitSetting>,
) -> Outcome<()> {
    let before = read_plain(file)?.unwrap_or_default();
    let has = |line: &String| before.lines().any(|known| known.trim() == line);
    for line in lines {
        let state = match (deed, has(line)) {
            (GitDeed::Remove, true) => "removed",
            (GitDeed::Remove, false) => "absent",
            (_, true) => "there",
            (GitDeed::Check, false) => "missing",
            (GitDeed::Install, false) => "added",
        };
        settings.push(GitSetting { file: shown(located, file), setting: line.clone(), state });
    }
    let after = match deed {
        GitDeed::Check => return Ok(()),
        GitDeed::Remove => {
            let other = |line: &&str| lines.iter().all(|own| own != line.trim());
            before.split_inclusive('\n').filter(other).collect()
        }
        GitDeed::Install => {
            let mut after = before.clone();
            for line in lines.iter().filter(|line| !has(line)) {
                if !after.is_empty() && !after.ends_with('\n') {
                    after.push('\n');
                }
                after.push_str(&format!("{line}\n"));
            }
            after
        }
    };
    if after == before { Ok(()) } else { write_plain(file, &after) }
}

fn refused(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Diagnostic::error("disk", format!("cannot {what} `{}`: {error}", path.display())).into()
}

/// The text of a plain file outside of what kits write; none if it is not there.
fn read_plain(path: &Path) -> Outcome<Option<String>> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refused("read", path, &error)),
        Ok(metadata) if !metadata.is_file() => {
            return Err(Diagnostic::error(
                "obstructed",
                format!("`{}` is no plain file", path.display()),
            )
            .into());
        }
        Ok(_) => {}
    }
    let mut text = String::new();
    let file = File::open(path).map_err(|error| refused("read", path, &error))?;
    file.take(LARGEST).read_to_string(&mut text).map_err(|error| refused("read", path, &error))?;
    Ok(Some(text))
}

/// Replaces a file as a whole: a reader sees the old text or the new one.
#[expect(clippy::disallowed_methods, reason = "git's own files: no output, and outside the root")]
fn write_plain(path: &Path, text: &str) -> Outcome<()> {
    let failed = |error: &std::io::Error| refused("write", path, error);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".kiln-new");
    let staged = path.with_file_name(name);
    let put = || {
        let mut file = File::options().write(true).create_new(true).open(&staged)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&staged, path)
    };
    put().map_err(|error| {
        let _ = std::fs::remove_file(&staged);
        failed(&error)
    })
}

/// The files that git gives a merge driver, seen from the folder that it starts it in.
#[derive(Debug, Clone)]
pub struct MergeFiles {
    /// What both sides started from.
    pub base: PathBuf,
    /// Our side; the result goes here.
    pub ours: PathBuf,
    /// Their side.
    pub theirs: PathBuf,
}

impl MergeFiles {
    fn read(&self) -> Outcome<[String; 3]> {
        let read = |path: &Path| Ok::<_, Failure>(read_plain(path)?.unwrap_or_default());
        Ok([read(&self.base)?, read(&self.ours)?, read(&self.theirs)?])
    }

    /// Merges as git would without a driver; true if that left no markers.
    fn merge_as_text(&self, style: &str) -> Outcome<bool> {
        let labels = ["-L", "ours", "-L", "base", "-L", "theirs"];
        let mut command = Command::new("git");
        command.args(["merge-file", "-q", style]).args(labels);
        let output = command.arg(&self.ours).arg(&self.base).arg(&self.theirs).output();
        match output.ok().and_then(|output| output.status.code()) {
            Some(0) => Ok(true),
            Some(1..=127) => Ok(false),
            _ => Err(Diagnostic::error("no-git", "`git merge-file` failed")
                .hint("git leaves our side as it is; take what you need from the other")
                .into()),
        }
    }

    fn put(&self, text: &str) -> Outcome<()> {
        let write = || File::create(&self.ours)?.write_all(text.as_bytes());
        write().map_err(|error| refused("write", &self.ours, &error))
    }
}

/// What a merge driver did.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct GitMergeReport {
    /// The version of this form.
    pub schema: u32,
    /// The exit code: 1 tells git of a conflict.
    pub exit: u8,
    /// The file, as git names it.
    pub path: String,
    /// Values that both sides changed, each otherwise.
    pub undecided: Vec<String>,
}

/// Merges three texts of a lock. What cannot be decided gets markers.
///
/// # Errors
/// Files that cannot be read or written.
pub fn git_merge_lock(files: &MergeFiles, path: &str) -> Outcome<GitMergeReport> {
    let [base, ours, theirs] = files.read()?;
    let report =
        |exit, undecided| GitMergeReport { schema: SCHEMA, exit, path: path.to_owned(), undecided };
    let undecided = match merge_locks(&base, &ours, &theirs) {
        Ok(text) => {
            files.put(&text)?;
            return Ok(report(0, Vec::new()));
        }
        Err(Unmerged::Undecided(paths)) => paths,
        Err(Unmerged::NoLock(_)) => Vec::new(),
    };
    let clean = files.merge_as_text("--diff3")?;
    Ok(report(u8::from(!clean), undecided))
}

/// Merges three texts of a sum: facts are a set, so there is no conflict.
///
/// # Errors
/// Files that cannot be read or written.
pub fn git_merge_sum(files: &MergeFiles, path: &str) -> Outcome<GitMergeReport> {
    let texts = files.read()?;
    let [base, ours, theirs] = texts.map(|text| Sum::read(&text));
    let exit = match (base, ours, theirs) {
        (Ok(base), Ok(ours), Ok(theirs)) => {
            files.put(&merge_sums(&base, &ours, &theirs).write())?;
            0
        }
        _ => u8::from(!files.merge_as_text("--union")?),
    };
    Ok(GitMergeReport { schema: SCHEMA, exit, path: path.to_owned(), undecided: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn paths_as_patterns() {
        let paths = ["/kiln.lock", "/my apps/a[1]/kiln.lock", "/a*b/x"].map(pattern);
        insta::assert_snapshot!(paths.join("\n"), @r#"
        /kiln.lock
        "/my apps/a\\[1]/kiln.lock"
        /a\*b/x
        "#);
    }
}
