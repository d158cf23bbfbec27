//! Which characters KDL treats as space, newline, part of a word, or forbids.

/// Spaces inside a line.
pub(crate) fn is_space(c: char) -> bool {
    matches!(
        c,
        '\t' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

/// Characters that end a line; a carriage return and a line feed together count once.
pub(crate) fn is_newline(c: char) -> bool {
    matches!(c, '\r' | '\n' | '\u{85}' | '\u{b}' | '\u{c}' | '\u{2028}' | '\u{2029}')
}

/// Characters that may stand in a bare word.
pub(super) fn is_word(c: char) -> bool {
    !is_space(c)
        && !is_newline(c)
        && !is_forbidden(c)
        && !matches!(c, '\\' | '/' | '(' | ')' | '{' | '}' | '[' | ']' | ';' | '"' | '#' | '=')
}

/// Characters that may stand nowhere: control characters, and those that turn the direction of writing, which could
/// show a reader another text than the machine sees.
pub(crate) fn is_forbidden(c: char) -> bool {
    matches!(
        c,
        '\0'..='\u{8}'
            | '\u{e}'..='\u{1f}'
            | '\u{7f}'
            | '\u{200e}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
    )
}

/// How messages call a forbidden character.
pub(super) fn describe(c: char) -> String {
    let kind = match c {
        '\0' => "a NUL character",
        '\u{feff}' => "a byte order mark",
        '\u{200e}'..='\u{2069}' => "a character that turns the direction of writing",
        _ => "a control character",
    };
    format!("{kind} (U+{:04X})", u32::from(c))
}
