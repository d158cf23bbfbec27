//! What white space means in a file, told by its path, and a file's text as tokens that are changed as a whole.

/// What white space and lines mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Language {
    /// Indentation has meaning.
    pub(crate) indents: bool,
    /// Line ends have meaning.
    pub(crate) lines: bool,
    /// Prose: an apostrophe opens no string, an empty line ends a paragraph.
    pub(crate) prose: bool,
    /// A quoted text means the same in single and double quotes.
    pub(crate) quotes_alike: bool,
    /// A comma after the last of several elements means nothing.
    pub(crate) last_comma: bool,
    /// Every line is an entry of its own.
    pub(crate) entries: bool,
}

const PLAIN: Language = Language {
    indents: true,
    lines: true,
    prose: false,
    quotes_alike: false,
    last_comma: false,
    entries: false,
};

impl Language {
    /// What is not known counts as if all white space had meaning.
    pub(crate) fn of_path(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        let lower = name.to_lowercase();
        let extension = lower.rsplit_once('.').map_or("", |(_, extension)| extension);
        let braces = Self { indents: false, lines: false, ..PLAIN };
        match (lower.as_str(), extension) {
            (
                ".gitignore" | ".dockerignore" | ".prettierignore" | ".eslintignore" | "codeowners",
                _,
            ) => Self { entries: true, indents: false, ..PLAIN },
            (name, _) if name.starts_with(".env") => {
                Self { entries: true, indents: false, ..PLAIN }
            }
            (name, "txt") if name.starts_with("requirements") => {
                Self { entries: true, indents: false, ..PLAIN }
            }
            ("dockerfile" | "containerfile" | "justfile", _) => Self { indents: false, ..PLAIN },
            (_, "md" | "mdx" | "rst" | "txt" | "adoc") => Self { prose: true, ..PLAIN },
            (_, "py" | "pyi") => Self { quotes_alike: true, last_comma: true, ..PLAIN },
            (_, "js" | "jsx" | "ts" | "tsx" | "mjs" | "cjs" | "mts" | "cts" | "vue" | "svelte") => {
                Self { quotes_alike: true, last_comma: true, ..braces }
            }
            (_, "rs" | "php" | "dart" | "kt" | "swift" | "scala") => {
                Self { last_comma: true, ..braces }
            }
            (
                _,
                "json" | "css" | "scss" | "less" | "java" | "c" | "h" | "cc" | "cpp" | "hpp" | "cs"
                | "html" | "xml" | "svg" | "sql" | "graphql" | "proto",
            ) => braces,
            (
                _,
                "go" | "tf" | "hcl" | "toml" | "sh" | "bash" | "ini" | "cfg" | "conf" | "rb"
                | "kdl",
            ) => Self { indents: false, ..PLAIN },
            _ => PLAIN,
        }
    }
}

/// What kind of token it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// A line end.
    Newline,
    /// White space at the start of a line.
    Indent,
    /// White space within a line.
    Space,
    /// A word, name, number, version, path or address.
    Word,
    /// A text in quotes.
    Text,
    /// One other character.
    Mark,
}

/// A token of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
}

impl Token<'_> {
    pub(crate) fn is_white(&self) -> bool {
        matches!(self.kind, Kind::Newline | Kind::Indent | Kind::Space)
    }
}

/// Takes a text apart; the tokens joined are the text.
pub(crate) fn tokens<'a>(text: &'a str, language: &Language) -> Vec<Token<'a>> {
    let mut out = Vec::new();
    let mut rest = text;
    let mut line_start = true;
    while let Some(c) = rest.chars().next() {
        let (kind, length) = if c == '\n' {
            (Kind::Newline, 1)
        } else if c == ' ' || c == '\t' || c == '\r' {
            let length = rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len();
            (if line_start { Kind::Indent } else { Kind::Space }, length)
        } else if let Some(length) = quoted_length(rest, language) {
            (Kind::Text, length)
        } else {
            match word_length(rest) {
                0 => (Kind::Mark, c.len_utf8()),
                length => (Kind::Word, length),
            }
        };
        out.push(Token { kind, text: &rest[..length] });
        line_start = kind == Kind::Newline;
        rest = &rest[length..];
    }
    out
}

fn quoted_length(text: &str, language: &Language) -> Option<usize> {
    for fence in ["\"\"\"", "'''"] {
        if let Some(inner) = text.strip_prefix(fence) {
            return inner.find(fence).map(|at| at + 2 * fence.len());
        }
    }
    let quote = text.chars().next()?;
    let several_lines = quote == '`' && !language.prose;
    if !matches!(quote, '"' | '\'' | '`') || (language.prose && quote == '\'') {
        return None;
    }
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\n' if !several_lines => return None,
            c if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// The length of a word at the start: with what ties its parts together, as in `1.2.3`, `a/b.c`, `x-y`,
/// `https://a.b/c?d=e`, `postgres:18`, `>=1.2,<2`; 0 if there is none.
fn word_length(text: &str) -> usize {
    let operators = text.len() - text.trim_start_matches(['<', '>', '=', '!', '~', '^']).len();
    let after = &text[operators..];
    let first = after.chars().next();
    let versioned = operators > 0 && first.is_some_and(|c| c.is_ascii_digit());
    let dots = if operators == 0 {
        after.len() - after.trim_start_matches(['.', '/', '@']).len()
    } else {
        0
    };
    let opens = after[dots..].chars().next().is_some_and(is_word);
    if operators > 0 && !versioned || !opens {
        return 0;
    }
    let mut end = operators + dots;
    let mut address = false;
    while let Some(c) = text[end..].chars().next() {
        let rest = &text[end + c.len_utf8()..];
        address |= c == ':' && rest.starts_with("//");
        let before = text[..end].chars().next_back();
        if !(is_word(c) || ties(c, before, rest, versioned, address)) {
            break;
        }
        end += c.len_utf8();
    }
    end
}

/// True if `c` joins what is before it to what follows.
fn ties(c: char, before: Option<char>, rest: &str, versioned: bool, address: bool) -> bool {
    let next = rest.chars().next();
    let next_is = |of: &str| next.is_some_and(|next| of.contains(next));
    let word_next = next.is_some_and(is_word);
    match c {
        '/' => address || word_next || next_is("/."),
        '.' | '-' | '@' | '+' | '~' => word_next,
        ':' => rest.starts_with("//") || next.is_some_and(|next| next.is_ascii_digit()),
        '?' | '&' | '%' | '#' | '*' => address && word_next,
        ',' => versioned && next_is("<>=!~^"),
        '<' | '>' | '=' | '!' | '^' => {
            (address && c == '=' && word_next)
                || (versioned && before.is_some_and(|before| ",<>!=".contains(before)))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(path: &str, text: &str) -> String {
        let tokens = tokens(text, &Language::of_path(path));
        tokens.iter().map(|t| t.text).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn versions_addresses_and_paths_are_one_token() {
        insta::assert_snapshot!(shown("a.py", "  x = f(a.b, 'it\\'s', >=1.2,<2) # don't\n"), @r"  |x| |=| |f|(|a.b|,| |'it\'s'|,| |>=1.2,<2|)| |#| |don|'|t|");
        insta::assert_snapshot!(shown("a.ts", "import { a } from \"../b\"; `x\ny` ./c/d-e"), @r#"
        import| |{| |a| |}| |from| |"../b"|;| |`x
        y`| |./c/d-e
        "#);
        insta::assert_snapshot!(shown("x", "https://a.b/c?d=e#f image: postgres:18.1-alpine ^1.2 a: b @s/p a-b a - b"), @"https://a.b/c?d=e#f| |image|:| |postgres:18.1-alpine| |^1.2| |a|:| |b| |@s/p| |a-b| |a| |-| |b");
    }

    proptest! {
        #[test]
        fn tokens_joined_are_the_text(text in "[a-c0-9 .,:/<>=\"'`\\n\\\\@-]{0,40}") {
            let joined: String = tokens(&text, &Language::of_path("a.ts")).iter().map(|t| t.text).collect();
            prop_assert_eq!(joined, text);
        }
    }
}
