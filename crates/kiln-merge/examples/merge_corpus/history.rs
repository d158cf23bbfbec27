//! Two-sided merges of files out of the history of a clone.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::graph::{Commit, Graph};

/// Path to the blobs before and after.
type Changed = BTreeMap<String, (String, String)>;

/// The most bytes of a file that people edit.
const LARGEST: usize = 200_000;

/// A git directory or a work tree.
pub(crate) struct Clone {
    pub(crate) name: String,
    path: PathBuf,
}

/// A file that both parents of a merge changed, and what the merge made of it.
pub(crate) struct Case {
    pub(crate) commit: String,
    pub(crate) path: String,
    pub(crate) language: &'static str,
    pub(crate) base: Vec<u8>,
    pub(crate) yours: Vec<u8>,
    pub(crate) theirs: Vec<u8>,
    pub(crate) committed: Vec<u8>,
}

/// The languages that are looked at, by the end of a path.
pub(crate) fn language(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    // What a program writes whole is never merged as text.
    if matches!(name, "package-lock.json" | "pnpm-lock.yaml" | "npm-shrinkwrap.json") {
        return None;
    }
    Some(match path.rsplit_once('.')?.1 {
        "py" => "Python",
        "ts" | "tsx" => "TypeScript",
        "js" => "JavaScript",
        "yaml" | "yml" => "YAML",
        "toml" => "TOML",
        "json" => "JSON",
        "md" => "Markdown",
        _ => return None,
    })
}

/// The clones in a folder, at most two levels down.
pub(crate) fn clones(folder: &Path) -> Result<Vec<Clone>, String> {
    let is_clone = |path: &Path| path.join(".git").exists() || path.join("objects").is_dir();
    let mut found = Vec::new();
    for first in folders(folder)? {
        if is_clone(&first) {
            found.push(first);
            continue;
        }
        found.extend(folders(&first)?.into_iter().filter(|path| is_clone(path)));
    }
    if found.is_empty() {
        return Err(format!("`{}` has no clones", folder.display()));
    }
    let name = |path: &Path| {
        let shown = path.strip_prefix(folder).unwrap_or(path);
        let first = shown.components().next().map(|part| part.as_os_str().to_string_lossy());
        first.unwrap_or_default().replace('+', "/")
    };
    Ok(found.into_iter().map(|path| Clone { name: name(&path), path }).collect())
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut paths: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    paths.sort();
    Ok(paths)
}

impl Clone {
    fn git(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.path).args(arguments);
        // What the machine is set up to do with diffs and texts is no matter here.
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        command
    }

    fn lines(&self, arguments: &[&str]) -> Result<Vec<String>, String> {
        let output = self.git(arguments).stderr(Stdio::null()).output();
        let output = output.map_err(|error| format!("git cannot be run: {error}"))?;
        Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
    }

    /// For each pair of trees, path to blobs of the files that differ and are plain files in both.
    fn changed(&self, pairs: &[(String, String)]) -> Result<Vec<Changed>, String> {
        let mut child = self
            .git(&["-c", "core.quotePath=false", "diff-tree", "--stdin", "-r"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("git cannot be run: {error}"))?;
        let asked: String = pairs.iter().map(|(from, to)| format!("{from} {to}\n")).collect();
        let input = child.stdin.take();
        let writer = std::thread::spawn(move || input.map(|mut i| i.write_all(asked.as_bytes())));
        let mut found: HashMap<String, Changed> = HashMap::new();
        let mut pair = String::new();
        for line in child.stdout.take().into_iter().flat_map(|out| BufReader::new(out).split(b'\n'))
        {
            let line = line.map_err(|error| format!("git diff-tree: {error}"))?;
            let line = String::from_utf8_lossy(&line);
            let Some(words) = line.strip_prefix(':') else {
                pair = line.into_owned();
                continue;
            };
            let Some((words, path)) = words.split_once('\t') else { continue };
            let words: Vec<&str> = words.split(' ').collect();
            let plain = words[0].starts_with("100") && words[1].starts_with("100");
            if plain && words[4] == "M" && language(path).is_some() {
                let blobs = (words[2].to_owned(), words[3].to_owned());
                found.entry(pair.clone()).or_default().insert(path.to_owned(), blobs);
            }
        }
        let _ = writer.join();
        let _ = child.wait();
        let of = |(from, to): &(String, String)| found.get(&format!("{from} {to}")).cloned();
        Ok(pairs.iter().map(|pair| of(pair).unwrap_or_default()).collect())
    }
}

/// A merge: the commit, and the trees of its base and its two parents.
struct Merge<'a> {
    commit: &'a str,
    base: &'a str,
    sides: [&'a str; 2],
}

/// The merges of two sides that both have commits of their own.
fn merges(graph: &Graph) -> Vec<Merge<'_>> {
    let tree = |at: usize| graph.commits[at].tree.as_str();
    let merge = |commit: &'_ Commit| {
        let &[first, second] = commit.parents.as_slice() else { return None };
        let base = graph.base(first, second).filter(|&base| base != first && base != second)?;
        Some((first, second, base))
    };
    let found = graph.commits.iter().filter_map(|commit| Some((commit, merge(commit)?)));
    found
        .map(|(commit, (first, second, base))| Merge {
            commit: &commit.name,
            base: tree(base),
            sides: [tree(first), tree(second)],
        })
        .collect()
}

/// Calls `each` for the cases of the newest merges, at most `most` of a language; answers how many merges were seen.
pub(crate) fn two_sided(
    clone: &Clone,
    most: usize,
    mut each: impl FnMut(Case) -> Result<(), String>,
) -> Result<usize, String> {
    let graph =
        Graph::read(&clone.lines(&["log", "--all", "--topo-order", "--format=%H %T %P"])?);
    let merges = merges(&graph);
    let mut blobs = Blobs::of(clone)?;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for chunk in merges.chunks(500) {
        let pair =
            |merge: &Merge<'_>, side: usize| (merge.base.to_owned(), merge.sides[side].to_owned());
        let pairs: Vec<_> =
            chunk.iter().flat_map(|merge| [pair(merge, 0), pair(merge, 1)]).collect();
        let changed = clone.changed(&pairs)?;
        for (merge, sides) in chunk.iter().zip(changed.chunks_exact(2)) {
            for (path, (old, mine)) in &sides[0] {
                let new = sides[1].get(path).map(|(_, new)| new).filter(|new| *new != mine);
                let (Some(new), Some(language)) = (new, language(path)) else { continue };
                let count = counts.entry(language).or_default();
                // The same merge comes up again on branches of branches.
                if *count >= most || !seen.insert([old.clone(), mine.clone(), new.clone()]) {
                    continue;
                }
                let names = [old, mine, new].map(String::as_str);
                if let Some(case) = blobs.case(merge.commit, path, language, names)? {
                    *count += 1;
                    each(case)?;
                }
            }
        }
    }
    Ok(merges.len())
}

/// A `git cat-file --batch` that stays open.
struct Blobs {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Blobs {
    fn of(clone: &Clone) -> Result<Self, String> {
        let mut child = clone
            .git(&["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("git cannot be run: {error}"))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => {
                Ok(Self { child, input, output: BufReader::new(output) })
            }
            _ => Err("git has no pipes".to_owned()),
        }
    }

    /// A case, if all its files are there.
    fn case(
        &mut self,
        commit: &str,
        path: &str,
        language: &'static str,
        [base, yours, theirs]: [&str; 3],
    ) -> Result<Option<Case>, String> {
        let names = [format!("{commit}:{path}"), base.into(), yours.into(), theirs.into()];
        let mut texts = Vec::with_capacity(4);
        for name in &names {
            texts.extend(self.read(name)?);
        }
        // Generated, as bundles are.
        if texts.iter().any(|text| text.len() > LARGEST) {
            return Ok(None);
        }
        let Ok([committed, base, yours, theirs]) = <[Vec<u8>; 4]>::try_from(texts) else {
            return Ok(None);
        };
        let (commit, path) = (commit.to_owned(), path.to_owned());
        Ok(Some(Case { commit, path, language, base, yours, theirs, committed }))
    }

    /// The bytes of a blob; none if the clone has it not.
    fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, String> {
        let fail = |error: std::io::Error| format!("git cat-file: {error}");
        writeln!(self.input, "{name}").map_err(fail)?;
        self.input.flush().map_err(fail)?;
        let mut head = String::new();
        self.output.read_line(&mut head).map_err(fail)?;
        let mut words = head.trim_end().rsplit(' ');
        let Some(Ok(size)) = words.next().map(str::parse::<usize>) else { return Ok(None) };
        let mut bytes = vec![0; size + 1];
        self.output.read_exact(&mut bytes).map_err(fail)?;
        bytes.pop();
        Ok((words.next() == Some("blob")).then_some(bytes))
    }
}

impl Drop for Blobs {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
