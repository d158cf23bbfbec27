//! Commands in ways out: a hint is text for people, and programs want the command in it as words.

use serde::Serialize;

/// A command that a hint names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FixCommand {
    /// What it does, as the hint says it; empty if the hint says no more than the command.
    pub does: String,
    /// The program and its arguments.
    pub argv: Vec<String>,
}

/// The programs that hints name.
const PROGRAMS: [&str; 4] = ["kiln ", "cargo xtask ", "git ", "go "];

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
    let is_command = |text: &str| PROGRAMS.iter().any(|program| text.starts_with(program));
    let command =
        |does: &str, text: &str| FixCommand { does: does.to_owned(), argv: argv(text, path) };
    if is_command(hint) && !hint.contains('`') {
        return vec![command("", hint.trim())];
    }
    let at_end = hint.match_indices(": ").map(|(at, _)| (&hint[..at], hint[at + 2..].trim_start()));
    if let Some((does, text)) = at_end.into_iter().find(|(_, text)| is_command(text)) {
        return vec![command(does, text.trim())];
    }
    let between = hint.split('`').skip(1).step_by(2);
    between.filter(|text| is_command(text)).map(|text| command(hint, text)).collect()
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
    fn a_quoted_word_is_read_as_it_was() {
        for word in ["plain", "two words", "it's", "a\\b", "", "#x", "caf\u{e9}", "a'b c'd"] {
            assert_eq!(split(&format!("kiln rm {}", shell_word(word))), ["kiln", "rm", word]);
        }
    }
}
