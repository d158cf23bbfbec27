//! The text of a requirements lock: records of one package each, as uv writes them and as people edit them.

use super::name::normalize;

/// Which lock of a project, and so which command makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockTarget {
    /// The name of the file, beside `pyproject.toml`: `requirements.lock`.
    pub file_name: String,
    /// The extras of the project that the lock holds beside its dependencies: `dev`.
    pub extras: Vec<String>,
}

/// The command that makes a lock anew, run in the folder of `pyproject.toml`; it stands in the lock's header.
///
/// `requires_python` is the catalogue's; its lowest version is the one that is compiled for.
pub fn lock_command(target: &LockTarget, requires_python: &str) -> String {
    let version = requires_python.split(',').next().unwrap_or_default();
    let version = version.trim_start_matches(|c: char| !c.is_ascii_digit());
    let extras: String = target.extras.iter().map(|extra| format!(" --extra {extra}")).collect();
    format!(
        "uv pip compile --universal --python-version {version} --generate-hashes{extras} \
         pyproject.toml -o {}",
        target.file_name
    )
}

/// One entry of a lock.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Record {
    /// The normalised name; empty for a line that is no requirement (`--extra-index-url …`, `-e .`).
    pub(crate) name: String,
    /// What follows the name up to the marker: `==8.1.0`, `[hiredis]==8.1.0`, ` @ file:///…`; the whole line if
    /// there is no name.
    pub(crate) specifier: String,
    /// Empty if it always holds.
    pub(crate) marker: String,
    /// `--hash=…` and what else stands on continued lines.
    pub(crate) options: Vec<String>,
    /// Why it is there: packages by name, everything else a root.
    pub(crate) via: Vec<String>,
    /// A person's comments before the entry.
    pub(crate) comments: Vec<String>,
}

impl Record {
    /// The version, if the entry pins one.
    pub(crate) fn version(&self) -> &str {
        match self.specifier.rsplit_once("==") {
            Some((_, version)) => version,
            None => &self.specifier,
        }
    }

    fn write(&self, text: &mut String) {
        for comment in &self.comments {
            text.push_str(comment);
            text.push('\n');
        }
        text.push_str(&self.name);
        text.push_str(&self.specifier);
        if !self.marker.is_empty() {
            text.push_str(" ; ");
            text.push_str(&self.marker);
        }
        for option in &self.options {
            text.push_str(" \\\n    ");
            text.push_str(option);
        }
        text.push('\n');
        match self.via.as_slice() {
            [] => {}
            [one] => text.push_str(&format!("    # via {one}\n")),
            several => {
                text.push_str("    # via\n");
                several.iter().for_each(|one| text.push_str(&format!("    #   {one}\n")));
            }
        }
    }
}

/// A lock, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Lock {
    /// The comment lines on top.
    pub(crate) header: String,
    pub(crate) records: Vec<Record>,
    /// Comments after the last entry.
    pub(crate) footer: Vec<String>,
}

/// Writes a lock; the header has no line end of its own.
pub(crate) fn write_lock(header: &str, records: &[Record]) -> String {
    let mut text = String::new();
    if !header.is_empty() {
        text.push_str(header);
        text.push('\n');
    }
    records.iter().for_each(|record| record.write(&mut text));
    text
}

/// The packages of a lock, by their normalised names.
pub fn locked_packages(text: &str) -> std::collections::BTreeSet<String> {
    let names = parse_lock(text).records.into_iter().map(|record| record.name);
    names.filter(|name| !name.is_empty()).collect()
}

/// Takes a lock apart. Any text can be: a line that is no requirement becomes an entry without a name.
pub(crate) fn parse_lock(text: &str) -> Lock {
    let mut lock = Lock::default();
    let mut header: Vec<&str> = Vec::new();
    let mut comments: Vec<String> = Vec::new();
    let mut lines = logical_lines(text).into_iter().peekable();
    while let Some(line) = lines.next_if(|line| line.head.starts_with('#')) {
        header.push(line.head);
    }
    lock.header = header.join("\n");
    for line in lines {
        let head = line.head;
        if head.starts_with('#') {
            comments.push(head.to_owned());
        } else if let Some(comment) = head.trim_start().strip_prefix('#') {
            if let Some(record) = lock.records.last_mut() {
                add_via(record, comment);
            }
        } else if !head.trim().is_empty() {
            let comments = std::mem::take(&mut comments);
            lock.records.push(parse_record(&line, comments));
        }
    }
    lock.footer = comments;
    lock
}

/// A line with the lines that `\` joins to it.
struct LogicalLine<'a> {
    head: &'a str,
    continued: Vec<&'a str>,
}

fn logical_lines(text: &str) -> Vec<LogicalLine<'_>> {
    let mut all: Vec<LogicalLine<'_>> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        let line = line.trim_end();
        let is_comment = line.trim_start().starts_with('#');
        let continues = !is_comment && line.ends_with('\\');
        let ends = |c: char| c == '\\' || c.is_whitespace();
        let body = if is_comment { line } else { line.trim_end_matches(ends) };
        match all.last_mut() {
            // Nothing but `\` stands before: the entry begins here.
            Some(last) if open && last.head.trim().is_empty() => last.head = body,
            Some(last) if open => last.continued.push(body.trim()),
            _ => all.push(LogicalLine { head: body, continued: Vec::new() }),
        }
        open = continues;
    }
    all
}

/// `# via x` on one line, or `# via` and then `#   x` lines.
fn add_via(record: &mut Record, comment: &str) {
    let source = match comment.strip_prefix(" via") {
        Some(rest) if rest.is_empty() || rest.starts_with(char::is_whitespace) => rest.trim(),
        _ => comment.trim(),
    };
    if !source.is_empty() {
        record.via.push(source.to_owned());
    }
}

fn parse_record(line: &LogicalLine<'_>, comments: Vec<String>) -> Record {
    let head = line.head.trim();
    let continued = line.continued.iter().filter(|part| !part.is_empty());
    let mut options: Vec<String> = continued.map(|part| (*part).to_owned()).collect();
    let end = head
        .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'))
        .unwrap_or(head.len());
    let (name, rest) = head.split_at(end);
    let is_name = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    let is_requirement =
        rest.is_empty() || rest.starts_with([' ', '=', '[', '<', '>', '~', '!', ';']);
    if !is_name || !is_requirement {
        return Record { specifier: head.to_owned(), options, comments, ..Record::default() };
    }
    let (rest, inline) = match rest.split_once(" --") {
        Some((rest, inline)) => (rest, Some(format!("--{inline}"))),
        None => (rest, None),
    };
    let (specifier, marker) = match rest.split_once(';') {
        Some((specifier, marker)) => (specifier.trim_end(), marker.trim()),
        None => (rest.trim_end(), ""),
    };
    // Broken by hand: put together again, the parts would mean something else, or join with the next entry.
    if [specifier, marker].iter().any(|part| part.ends_with('\\') || part.starts_with("--")) {
        return Record { specifier: head.to_owned(), options, comments, ..Record::default() };
    }
    options.splice(0..0, inline);
    Record {
        name: normalize(name),
        specifier: specifier.to_owned(),
        marker: marker.to_owned(),
        options,
        via: Vec::new(),
        comments,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written() {
        let text = "# header\n#    command\na==1 \\\n    --hash=sha256:00 \\\n    --hash=sha256:01\n    # via b\n\
                    # a person's words\nb==2 ; sys_platform == 'win32' \\\n    --hash=sha256:02\n    # via\n    #   -r own.in\n    #   shop (pyproject.toml)\n\
                    -e ./local\n";
        let lock = parse_lock(text);
        assert_eq!(write_lock(&lock.header, &lock.records), text);
        assert_eq!(lock.records[1].via, ["-r own.in", "shop (pyproject.toml)"]);
        assert_eq!(lock.records[2].name, "");
    }

    #[test]
    fn what_is_broken_by_hand_joins_no_entries() {
        for (text, names) in [
            ("g=\\;\na==1\n", ["", "a"]),
            ("g=\\ --x\na==1\n", ["", "a"]),
            ("g==1 \\\n  x \\ \\\n\na==1\n", ["g", "a"]),
            (" \\\ng==1\na==1\n", ["g", "a"]),
        ] {
            let lock = parse_lock(text);
            let found: Vec<&str> = lock.records.iter().map(|record| &*record.name).collect();
            assert_eq!(found, names, "{text:?}");
            assert_eq!(parse_lock(&write_lock("", &lock.records)), lock, "{text:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_entry_of_any_text_is_written_so_that_it_is_read_again(
            text in "[a-c#= \t\\\\\n;\\-]{0,80}"
        ) {
            let lock = parse_lock(&text);
            let bare: Vec<Record> = lock.records.iter().cloned().map(|record| Record { comments: Vec::new(), ..record }).collect();
            let again = parse_lock(&write_lock("", &bare));
            proptest::prop_assert_eq!(&again.records, &bare);
        }
    }

    #[test]
    fn the_command_names_what_the_lock_holds() {
        let target =
            LockTarget { file_name: "dev.lock".to_owned(), extras: vec!["dev".to_owned()] };
        assert_eq!(
            lock_command(&target, ">=3.11"),
            "uv pip compile --universal --python-version 3.11 --generate-hashes --extra dev pyproject.toml -o dev.lock"
        );
    }
}
