//! A project without one of its kits: it passes its checks and holds no word of the kit.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::verify::postgres::Postgres;
use crate::verify::project::Project;
use crate::verify::tools::Tools;
use crate::{Result, root};

/// Leaves a kit out of a project whose generated files are `whole`. False if others need it, so that it cannot be left out.
pub(crate) fn check(
    whole: &BTreeMap<String, Vec<u8>>,
    spec: &Path,
    kit: &str,
    tools: &Tools,
    postgres: &Postgres,
    done: &mut Vec<String>,
) -> Result<bool> {
    let text = fs::read_to_string(spec).map_err(|error| error.to_string())?;
    let name = spec.parent().and_then(Path::file_name).unwrap_or_default();
    let name = name.to_string_lossy().into_owned();
    let changed = root().join("target/verify/without").join(&name).join(kit).join("kiln.kdl");
    fs::create_dir_all(changed.parent().unwrap_or(&changed)).map_err(|error| error.to_string())?;
    fs::write(&changed, without(&text, kit)).map_err(|error| error.to_string())?;
    let project = match Project::generate(&name, &format!("without-{kit}"), &changed) {
        Ok(project) => project,
        Err(why) if why.contains("[missing-provider]") || why.contains("[unknown-entity]") => {
            return Ok(false);
        }
        Err(why) => return Err(why),
    };
    if project.kits()?.iter().any(|known| known == kit) {
        return Ok(false);
    }
    println!("{}", project.label);
    no_word(whole, &project, kit)?;
    done.push(format!("{}: no word of it", project.label));
    project.basic(tools, postgres, done)?;
    Ok(true)
}

/// The spec without the kit: its node in `kits`, whether on one line or with a block.
fn without(text: &str, kit: &str) -> String {
    let mut kept = String::new();
    let mut depth_in_kits: Option<i32> = None;
    let mut skipping = 0;
    for line in text.lines() {
        let opens = i32::try_from(line.matches('{').count()).unwrap_or(0);
        let closes = i32::try_from(line.matches('}').count()).unwrap_or(0);
        if skipping > 0 {
            skipping += opens - closes;
            continue;
        }
        if line.trim_start().starts_with("kits {") {
            depth_in_kits = Some(0);
        }
        if depth_in_kits == Some(1) && line.split_whitespace().next() == Some(kit) {
            skipping = opens - closes;
            continue;
        }
        if let Some(depth) = depth_in_kits.as_mut() {
            *depth += opens - closes;
            if *depth <= 0 {
                depth_in_kits = None;
            }
        }
        kept.push_str(line);
        kept.push('\n');
    }
    kept
}

/// Nothing of what the kit brought is named any more: not the kit, not its files, not its modules, not its variables.
fn no_word(all: &BTreeMap<String, Vec<u8>>, project: &Project, kit: &str) -> Result<()> {
    let left = project.files();
    let mut words: BTreeSet<String> = BTreeSet::from([kit.to_owned()]);
    for path in all.keys().filter(|path| !left.contains_key(*path)) {
        words.insert(path.clone());
        if let Some(module) =
            path.strip_prefix("apps/api/src/").and_then(|path| path.strip_suffix(".py"))
        {
            words.insert(module.trim_end_matches("/__init__").replace('/', "."));
        }
        if let Some(module) = path
            .strip_prefix("apps/api/")
            .and_then(|path| path.strip_suffix(".py"))
            .filter(|path| path.starts_with("tests/"))
        {
            words.insert(module.replace('/', "."));
        }
    }
    let variables = |text: Option<&Vec<u8>>| -> BTreeSet<String> {
        let text =
            text.map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default();
        text.lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once('='))
            .map(|(name, _)| name.to_owned())
            .collect()
    };
    if left.contains_key(".env.example") {
        words.extend(&variables(all.get(".env.example")) - &variables(left.get(".env.example")));
    }
    for (path, bytes) in &left {
        let Ok(text) = std::str::from_utf8(bytes) else { continue };
        if let Some(word) = words.iter().find(|word| mentions(text, word)) {
            return Err(format!("{}: `{path}` still names `{word}`", project.label));
        }
    }
    Ok(())
}

/// Whether a text has a word, not as a part of a longer one.
fn mentions(text: &str, word: &str) -> bool {
    let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '-');
    text.match_indices(word).any(|(at, _)| {
        !inside(text[..at].chars().next_back()) && !inside(text[at + word.len()..].chars().next())
    })
}
