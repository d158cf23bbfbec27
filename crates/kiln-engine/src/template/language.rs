//! The language that a text is written in, as far as filters must know it.

/// A family of languages that are formatted alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Language {
    /// Python and TOML: brackets without blanks inside.
    Python,
    /// TypeScript, JavaScript and JSON: braces with blanks inside.
    Script,
    /// Terraform: texts in which `${` starts an expression.
    Hcl,
    /// Anything else.
    #[default]
    Other,
}

impl Language {
    /// By the extension of a file's name.
    pub(super) fn of_file(name: &str) -> Self {
        let file = name.rsplit('/').next().unwrap_or(name);
        file.rsplit_once('.').map_or(Self::Other, |(_, extension)| Self::named(extension))
    }

    /// By an extension, as the argument `lang` gives it.
    pub(super) fn named(extension: &str) -> Self {
        match extension {
            "py" | "pyi" | "toml" => Self::Python,
            "ts" | "tsx" | "mts" | "cts" | "js" | "jsx" | "mjs" | "cjs" | "json" => Self::Script,
            "tf" | "hcl" | "tfvars" => Self::Hcl,
            _ => Self::Other,
        }
    }
}
