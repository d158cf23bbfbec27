//! What white space, quotes and commas mean in a file, told by its name.

/// What white space means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// All of it means something, but for line ends with blanks before them and the number of empty lines.
    Exact,
    /// Nothing, between tokens.
    Free,
    /// A line end outside brackets ends a statement.
    Lines,
    /// The same, and the structure of the indentation counts.
    Python,
    /// Told apart line by line.
    Yaml,
}

/// What a comma after the last element means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LastComma {
    /// Something.
    Counts,
    /// Nothing.
    Free,
    /// Nothing where it does not make a tuple of one.
    Tuples,
}

/// How a language is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Language {
    pub(super) layout: Layout,
    /// Brackets in which line ends mean nothing.
    pub(super) joins: &'static str,
    pub(super) line_comments: &'static [&'static str],
    /// `/* */` is a comment.
    pub(super) block_comments: bool,
    /// Characters that open and close strings.
    pub(super) strings: &'static str,
    /// Three quotes open a string of several lines.
    pub(super) triple: bool,
    /// A string may have letters before it that say how it is read.
    pub(super) prefixes: bool,
    /// `'` encloses one character.
    pub(super) characters: bool,
    /// `'` and `"` mean the same.
    pub(super) quotes_alike: bool,
    pub(super) last_comma: LastComma,
    /// `/` may open a pattern.
    pub(super) patterns: bool,
    /// A blank between words means something, as between selectors.
    pub(super) blanks: bool,
}

const EXACT: Language = Language {
    layout: Layout::Exact,
    joins: "",
    line_comments: &[],
    block_comments: false,
    strings: "\"",
    triple: false,
    prefixes: false,
    characters: false,
    quotes_alike: false,
    last_comma: LastComma::Counts,
    patterns: false,
    blanks: false,
};

const BRACES: Language = Language {
    layout: Layout::Free,
    line_comments: &["//"],
    block_comments: true,
    characters: true,
    ..EXACT
};

impl Language {
    /// The language of a file.
    pub(super) fn of_path(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        match extension {
            "py" | "pyi" => Self {
                layout: Layout::Python,
                joins: "([{",
                line_comments: &["#"],
                strings: "\"'",
                triple: true,
                prefixes: true,
                quotes_alike: true,
                last_comma: LastComma::Tuples,
                ..EXACT
            },
            "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts" => Self {
                strings: "\"'`",
                characters: false,
                quotes_alike: true,
                last_comma: LastComma::Free,
                patterns: true,
                ..BRACES
            },
            "json" => Self { layout: Layout::Free, ..EXACT },
            "jsonc" | "json5" => Self { last_comma: LastComma::Free, characters: false, ..BRACES },
            "css" | "scss" | "less" => Self {
                strings: "\"'",
                characters: false,
                quotes_alike: true,
                blanks: true,
                line_comments: if extension == "css" { &[] } else { &["//"] },
                ..BRACES
            },
            "rs" => Self { last_comma: LastComma::Tuples, ..BRACES },
            "java" | "c" | "h" | "cc" | "cpp" | "hpp" | "cs" | "proto" => BRACES,
            "graphql" | "gql" => {
                Self { layout: Layout::Free, line_comments: &["#"], triple: true, ..EXACT }
            }
            "sql" => Self { line_comments: &["--"], strings: "\"'", characters: false, ..BRACES },
            "go" => Self {
                layout: Layout::Lines,
                joins: "([",
                strings: "\"`",
                last_comma: LastComma::Free,
                ..BRACES
            },
            "toml" => Self {
                layout: Layout::Lines,
                joins: "[",
                line_comments: &["#"],
                strings: "\"'",
                triple: true,
                last_comma: LastComma::Free,
                ..EXACT
            },
            "yaml" | "yml" => Self { layout: Layout::Yaml, ..EXACT },
            _ => EXACT,
        }
    }
}
