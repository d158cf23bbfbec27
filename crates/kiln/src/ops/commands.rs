//! Commands in ways out: a hint is text for people, programs want the command in it as words, and both want it as it
//! works where kiln was called.

use std::ops::Range;

use serde::Serialize;

use crate::ops::here::FROM_ROOT;

/// A command that a hint names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FixCommand {
    /// What it does, as the hint says it; empty if the hint says no more than the command.
    pub does: String,
    /// The program and its arguments.
    pub argv: Vec<String>,
}

/// Where kiln was called, for commands in hints: they are made as if that were the project's root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// The folder that `-C` named, as it was typed.
    pub(crate) directory: Option<String>,
    /// A person stands in a folder of the project, not in its root.
    pub(crate) below: bool,
    /// What stands for `kiln` with these commands; other commands stay.
    pub(crate) program: Option<(&'static str, Vec<String>)>,
}

/// The programs that hints name.
const PROGRAMS: [&str; 4] = ["kiln ", "cargo xtask ", "git ", "go "];

/// Commands whose arguments are paths.
const OF_PATHS: [&str; 9] =
    ["own", "exclude", "rm", "mv", "restore", "foreign", "cat", "diff", "resolve"];

/// Options whose values are paths.
const PATH_OPTIONS: [&str; 3] = ["--take", "--keep", "--merge"];

/// Options whose values are none.
const OTHER_OPTIONS: [&str; 6] = ["--why", "--side", "--set", "--title", "--module", "--from"];

/// A word as a shell takes it: quoted if it has to be.
#[must_use]
pub(crate) fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=+:@%,#".contains(c);
    if !word.is_empty() && word.chars().all(plain) && !word.starts_with('#') {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// The commands of a hint: what follows `: ` at its end, and what stands between backticks. A word that is `path` as
/// it is, blanks and all, is one argument.
pub(crate) fn commands_in(hint: &str, path: Option<&str>) -> Vec<FixCommand> {
    let command =
        |does: &str, text: &str| FixCommand { does: does.to_owned(), argv: argv(text, path) };
    let at_end = |range: &Range<usize>| range.end == hint.len() && !hint.contains('`');
    match ranges(hint).as_slice() {
        [range] if at_end(range) || hint[..range.start].ends_with(": ") => {
            let does = hint[..range.start].trim_end().trim_end_matches(':');
            vec![command(does, hint[range.clone()].trim())]
        }
        all => all.iter().map(|range| command(hint, &hint[range.clone()])).collect(),
    }
}

/// Where the commands of a hint stand in it.
fn ranges(hint: &str) -> Vec<Range<usize>> {
    let is_command = |text: &str| PROGRAMS.iter().any(|program| text.starts_with(program));
    if is_command(hint) && !hint.contains('`') {
        return std::iter::once(0..hint.len()).collect();
    }
    let starts = hint.match_indices(": ").map(|(at, _)| {
        let rest = &hint[at + 2..];
        at + 2 + (rest.len() - rest.trim_start().len())
    });
    if let Some(start) = starts.into_iter().find(|&start| is_command(&hint[start..])) {
        return std::iter::once(start..hint.len()).collect();
    }
    let ticks: Vec<usize> = hint.match_indices('`').map(|(at, _)| at).collect();
    let between = ticks.chunks_exact(2).map(|pair| pair[0] + 1..pair[1]);
    between.filter(|range| is_command(&hint[range.clone()])).collect()
}

/// A hint as it works at a place: commands begin with the program and `-C` that the person used, and paths are seen
/// from the root.
pub(crate) fn for_place(hint: &str, place: &Place) -> String {
    let mut text = String::new();
    let mut done = 0;
    for range in ranges(hint) {
        let Some(rest) = hint[range.clone()].strip_prefix("kiln ") else { continue };
        text.push_str(&hint[done..range.start]);
        text.push_str(&command_for(rest, place));
        done = range.end;
    }
    text.push_str(&hint[done..]);
    text
}

fn command_for(rest: &str, place: &Place) -> String {
    let words = raw_words(rest);
    let verb = words.first().map_or("", |range| &rest[range.clone()]);
    let of_paths = OF_PATHS.contains(&verb);
    let mut text = match &place.program {
        Some((program, commands)) if commands.iter().any(|name| name == verb) => {
            (*program).to_owned()
        }
        _ => "kiln".to_owned(),
    };
    if let Some(directory) = &place.directory {
        text.push_str(&format!(" -C {}", shell_word(directory)));
    }
    text.push(' ');
    let mut done = 0;
    let mut before = "";
    for (at, range) in words.iter().enumerate() {
        let raw = &rest[range.clone()];
        let value = OTHER_OPTIONS.contains(&before);
        let is_path =
            PATH_OPTIONS.contains(&before) || of_paths && at > 0 && !value && !raw.starts_with('-');
        before = raw;
        text.push_str(&rest[done..range.start]);
        done = range.end;
        let path = split(raw).concat();
        if place.below && is_path && !path.starts_with(FROM_ROOT) {
            text.push_str(&shell_word(&format!("{FROM_ROOT}{path}")));
        } else {
            text.push_str(raw);
        }
    }
    text.push_str(&rest[done..]);
    text
}

/// The words of a command line, with single quotes as a shell reads them.
fn argv(text: &str, path: Option<&str>) -> Vec<String> {
    let raw = path.filter(|path| path.contains([' ', '\'']));
    if let Some((before, path)) = raw.and_then(|path| Some((text.strip_suffix(path)?, path))) {
        let mut words = split(before);
        words.push(path.to_owned());
        return words;
    }
    split(text)
}

fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            '\\' if !quoted => word.get_or_insert_default().extend(characters.next()),
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// Where the words of a command line stand in it, quotes and all.
fn raw_words(text: &str) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\'' {
            quoted = !quoted;
            start.get_or_insert(at);
        } else if c == '\\' && !quoted {
            escaped = true;
            start.get_or_insert(at);
        } else if c.is_whitespace() && !quoted {
            words.extend(start.take().map(|start| start..at));
        } else {
            start.get_or_insert(at);
        }
    }
    words.extend(start.map(|start| start..text.len()));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(hint: &str, path: Option<&str>) -> String {
        let commands = commands_in(hint, path);
        let one = |command: &FixCommand| format!("{} ⇒ {}", command.does, command.argv.join("·"));
        commands.iter().map(one).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn hints_name_commands_at_their_end_or_between_backticks() {
        let take = "take kiln's version, yours is kept: kiln sync --take my file.txt";
        assert_eq!(
            shown(take, Some("my file.txt")),
            "take kiln's version, yours is kept ⇒ kiln·sync·--take·my file.txt"
        );
        assert_eq!(
            shown("keep it:   kiln own 'my file.txt'", None),
            "keep it ⇒ kiln·own·my file.txt"
        );
        let run = "run `kiln sync` and commit the result; `kiln diff` shows the changes";
        assert_eq!(shown(run, None), format!("{run} ⇒ kiln·sync\n{run} ⇒ kiln·diff"));
        assert_eq!(shown("kiln fetch", None), " ⇒ kiln·fetch");
        assert_eq!(shown("resolve it in the file", None), "");
        assert_eq!(shown("say `merged \"a\"` in `ownership` of kiln.kdl", None), "");
    }

    #[test]
    fn commands_work_where_kiln_was_called() {
        let place = Place {
            directory: Some("my project".to_owned()),
            below: true,
            program: Some(("cargo xtask", vec!["sync".to_owned(), "own".to_owned()])),
        };
        for (hint, expected) in [
            (
                "keep: kiln sync --keep a/b#list.0",
                "keep: cargo xtask -C 'my project' sync --keep :/a/b#list.0",
            ),
            (
                "kiln own --managed 'a b' --take c",
                "cargo xtask -C 'my project' own --managed ':/a b' --take :/c",
            ),
            (
                "run `kiln rm a --why 'no b'` or `kiln lock`",
                "run `kiln -C 'my project' rm :/a --why 'no b'` or `kiln -C 'my project' lock`",
            ),
            ("kiln add web --take a", "kiln -C 'my project' add web --take :/a"),
            ("add it by force: git add -f a", "add it by force: git add -f a"),
        ] {
            assert_eq!(for_place(hint, &place), expected);
            assert_eq!(for_place(hint, &Place::default()), hint);
        }
    }

    #[test]
    fn a_quoted_word_is_read_as_it_was() {
        for word in ["plain", "two words", "it's", "a\\b", "", "#x", "caf\u{e9}", "a'b c'd"] {
            assert_eq!(split(&format!("kiln rm {}", shell_word(word))), ["kiln", "rm", word]);
        }
    }
}
