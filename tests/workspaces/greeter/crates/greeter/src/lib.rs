//! Greetings for people who say their name, and for those who do not.

use std::fmt;

/// How formal a greeting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Among friends.
    #[default]
    Friendly,
    /// In a letter.
    Formal,
}

/// Somebody who is greeted. The name is kept without the white space around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    name: Option<String>,
    tone: Tone,
}

impl Guest {
    /// A guest of this name; an empty one is no name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        Self { name: Some(name).filter(|name| !name.is_empty()), tone: Tone::default() }
    }

    /// The same guest, greeted in another tone.
    #[must_use]
    pub fn in_tone(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }
}

impl fmt::Display for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.tone, &self.name) {
            (Tone::Friendly, Some(name)) => write!(f, "Hello, {name}!"),
            (Tone::Friendly, None) => write!(f, "Hello!"),
            (Tone::Formal, Some(name)) => write!(f, "Dear {name},"),
            (Tone::Formal, None) => write!(f, "Dear reader,"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Guest, Tone};

    #[test]
    fn white_space_is_no_part_of_a_name() {
        assert_eq!(Guest::new("  Ada \n Lovelace ").to_string(), "Hello, Ada Lovelace!");
    }

    #[test]
    fn who_says_no_name_is_greeted_too() {
        assert_eq!(Guest::new(" \t").to_string(), "Hello!");
        assert_eq!(Guest::new("").in_tone(Tone::Formal).to_string(), "Dear reader,");
    }

    #[test]
    fn letters_begin_formally() {
        assert_eq!(Guest::new("Ada").in_tone(Tone::Formal).to_string(), "Dear Ada,");
    }
}
