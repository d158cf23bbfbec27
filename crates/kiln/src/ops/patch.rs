//! Two states of a file as a patch that `git apply` takes: headers as git writes them, hunks with three lines of
//! context, the mode, and a word where the last line has no end.

use std::fmt::{self, Write as _};

use imara_diff::{
    Algorithm, Diff, InternedInput, Interner, Token, UnifiedDiffConfig, UnifiedDiffPrinter,
};

/// A state of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State<'b> {
    /// Its bytes.
    pub(crate) bytes: &'b [u8],
    /// Its owner may execute it.
    pub(crate) executable: bool,
}

/// The difference between two states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Patch {
    /// There is none.
    Same,
    /// The text of the patch.
    Text(String),
    /// One of the two is no text; what may be said of it is a line that `git apply` passes over.
    Binary(String),
}

/// The difference of the file at `path`; a state that is none is no file.
pub(crate) fn patch(path: &str, before: Option<State<'_>>, after: Option<State<'_>>) -> Patch {
    let bytes = |state: Option<State<'_>>| state.map(|state| state.bytes.to_vec());
    let mode = |state: Option<State<'_>>| state.map(|state| state.executable);
    if bytes(before) == bytes(after) && mode(before) == mode(after) {
        return Patch::Same;
    }
    let text = |state: Option<State<'_>>| {
        let bytes = state.map_or(&[][..], |state| state.bytes);
        std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0')).map(str::to_owned)
    };
    let (Some(old), Some(new)) = (text(before), text(after)) else {
        return Patch::Binary(format!("# `{path}` is binary and not in this patch\n"));
    };
    let (from, to) = (name("a", path), name("b", path));
    let mut out = format!("diff --git {from} {to}\n");
    let told = match (mode(before), mode(after)) {
        (None, Some(mode)) => writeln!(out, "new file mode {}", octal(mode)),
        (Some(mode), None) => writeln!(out, "deleted file mode {}", octal(mode)),
        (Some(old), Some(new)) if old != new => {
            writeln!(out, "old mode {}\nnew mode {}", octal(old), octal(new))
        }
        _ => Ok(()),
    };
    debug_assert!(told.is_ok(), "a string takes everything");
    if old != new {
        let null = "/dev/null".to_owned();
        let from = if before.is_some() { ended(&from) } else { null.clone() };
        let to = if after.is_some() { ended(&to) } else { null };
        out.push_str(&format!("--- {from}\n+++ {to}\n{}", hunks(&old, &new)));
    }
    Patch::Text(out)
}

fn octal(executable: bool) -> &'static str {
    if executable { "100755" } else { "100644" }
}

/// A name as git shows it: in quotes, with octal bytes, if not all of it is printable ASCII.
fn name(side: &str, path: &str) -> String {
    let full = format!("{side}/{path}");
    let plain = |byte: u8| (b' '..0x7f).contains(&byte) && byte != b'"' && byte != b'\\';
    if full.bytes().all(plain) {
        return full;
    }
    let mut quoted = String::from("\"");
    for byte in full.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            byte if plain(byte) => quoted.push(char::from(byte)),
            byte => quoted.push_str(&format!("\\{byte:03o}")),
        }
    }
    quoted.push('"');
    quoted
}

/// After a name with a blank git writes a tab, so that it is known where the name ends.
fn ended(name: &str) -> String {
    if name.contains(' ') && !name.starts_with('"') { format!("{name}\t") } else { name.to_owned() }
}

/// The hunks between two texts.
fn hunks(before: &str, after: &str) -> String {
    let input = InternedInput::new(before, after);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    diff.unified_diff(&Lines(&input.interner), UnifiedDiffConfig::default(), &input).to_string()
}

/// Prints lines as git does.
struct Lines<'i, 't>(&'i Interner<&'t str>);

impl Lines<'_, '_> {
    fn line(&self, f: &mut impl fmt::Write, sign: char, token: Token) -> fmt::Result {
        let text = self.0[token];
        let end = if text.ends_with('\n') { "" } else { "\n\\ No newline at end of file\n" };
        write!(f, "{sign}{text}{end}")
    }
}

impl UnifiedDiffPrinter for Lines<'_, '_> {
    fn display_header(
        &self,
        mut f: impl fmt::Write,
        start_before: u32,
        start_after: u32,
        len_before: u32,
        len_after: u32,
    ) -> fmt::Result {
        // A side without lines is named by the line before it.
        let start = |start: u32, length: u32| if length == 0 { start } else { start + 1 };
        let range = |first: u32, length: u32| match length {
            1 => start(first, 1).to_string(),
            _ => format!("{},{length}", start(first, length)),
        };
        writeln!(f, "@@ -{} +{} @@", range(start_before, len_before), range(start_after, len_after))
    }

    fn display_context_token(&self, mut f: impl fmt::Write, token: Token) -> fmt::Result {
        self.line(&mut f, ' ', token)
    }

    fn display_hunk(
        &self,
        mut f: impl fmt::Write,
        before: &[Token],
        after: &[Token],
    ) -> fmt::Result {
        before.iter().try_for_each(|token| self.line(&mut f, '-', *token))?;
        after.iter().try_for_each(|token| self.line(&mut f, '+', *token))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn state(text: &str) -> Option<State<'_>> {
        Some(State { bytes: text.as_bytes(), executable: false })
    }

    fn shown(path: &str, before: Option<State<'_>>, after: Option<State<'_>>) -> String {
        match patch(path, before, after) {
            Patch::Same => "same".to_owned(),
            Patch::Text(text) | Patch::Binary(text) => text.replace('\r', "␍").replace('\t', "␉"),
        }
    }

    #[test]
    fn a_patch_reads_as_gits() {
        insta::assert_snapshot!(shown("a/b.txt", state("1\n2\n3\n"), state("1\n2\r\n3")), @r"
        diff --git a/a/b.txt b/a/b.txt
        --- a/a/b.txt
        +++ b/a/b.txt
        @@ -1,3 +1,3 @@
         1
        -2
        -3
        +2␍
        +3
        \ No newline at end of file
        ");
        insta::assert_snapshot!(shown("two words.txt", None, state("")), @"
        diff --git a/two words.txt b/two words.txt
        new file mode 100644
        ");
        insta::assert_snapshot!(shown("two words.txt", state("x\n"), None), @"
        diff --git a/two words.txt b/two words.txt
        deleted file mode 100644
        --- a/two words.txt␉
        +++ /dev/null
        @@ -1 +0,0 @@
        -x
        ");
        insta::assert_snapshot!(shown("caf\u{e9}.txt", state("x\n"), state("x\ny\n")), @r#"
        diff --git "a/caf\303\251.txt" "b/caf\303\251.txt"
        --- "a/caf\303\251.txt"
        +++ "b/caf\303\251.txt"
        @@ -1 +1,2 @@
         x
        +y
        "#);
        let run = Some(State { bytes: b"x\n", executable: true });
        insta::assert_snapshot!(shown("run", state("x\n"), run), @"
        diff --git a/run b/run
        old mode 100644
        new mode 100755
        ");
        insta::assert_snapshot!(shown("run", state("x\n"), state("x\n")), @"same");
        insta::assert_snapshot!(shown("pixel", state("x\n"), state("\0")), @"# `pixel` is binary and not in this patch");
    }

    /// Whether git makes `after` of `before` by the patch.
    #[expect(clippy::disallowed_methods, reason = "the test works in a folder of its own")]
    fn git_applies(path: &str, before: Option<State<'_>>, after: Option<State<'_>>) -> bool {
        use std::os::unix::fs::PermissionsExt as _;

        let Patch::Text(text) = patch(path, before, after) else { return before == after };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        if let Some(state) = before {
            std::fs::write(&file, state.bytes).unwrap();
            let mode = if state.executable { 0o755 } else { 0o644 };
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        std::fs::write(folder.path().join("a.patch"), text).unwrap();
        let mut git = std::process::Command::new("git");
        let git = git.args(["apply", "--whitespace=nowarn", "a.patch"]).current_dir(folder.path());
        // Outside of any repository, and without anybody's settings.
        let git = git.env("GIT_CEILING_DIRECTORIES", "/").env("GIT_CONFIG_GLOBAL", "/dev/null");
        assert!(git.status().unwrap().success());
        let bytes = std::fs::read(&file).ok();
        let run = file.metadata().is_ok_and(|data| data.permissions().mode() & 0o100 != 0);
        bytes.as_deref() == after.map(|state| state.bytes)
            && after.is_none_or(|state| state.executable == run)
    }

    fn text() -> impl Strategy<Value = String> {
        let line = prop::sample::select(vec!["a\n", "b\n", "c\r\n", "\n", "-- d\n", "\u{e9} \n"]);
        let lines = prop::collection::vec(line, 0..24).prop_map(|lines| lines.concat());
        (lines, prop::sample::select(vec!["", "end", "end\r"])).prop_map(|(text, end)| text + end)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn git_applies_every_patch(
            old in prop::option::of((text(), any::<bool>())),
            new in prop::option::of((text(), any::<bool>())),
            path in prop::sample::select(vec!["a", "b c/d e.txt", "caf\u{e9}/\u{4e2d} x", "-dash"]),
        ) {
            let before = old.as_ref().map(|(t, run)| State { bytes: t.as_bytes(), executable: *run });
            let after = new.as_ref().map(|(t, run)| State { bytes: t.as_bytes(), executable: *run });
            prop_assert!(git_applies(path, before, after));
        }
    }
}
