//! How bytes are compared and written: line ends, what counts as text, and the marker lines of conflicts.

use std::borrow::Cow;

/// How the lines of a text end on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum LineEnds {
    /// With a line feed, as kiln renders.
    #[default]
    Lf,
    /// Most of them with carriage return and line feed.
    Crlf,
}

/// Marker lines of conflicts in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Markers {
    /// A line with one of kiln's labels, such as `<<<<<<< kiln: yours`.
    pub kiln: bool,
    /// A `<<<<<<< label` line and, after it, a `>>>>>>> label` line, as git leaves them.
    pub git: bool,
}

impl Markers {
    /// True if there is any that `render` has not.
    #[must_use]
    pub const fn beyond(self, render: Self) -> bool {
        (self.kiln && !render.kiln) || (self.git && !render.git)
    }
}

/// True if the bytes are no text: one of them is NUL.
#[must_use]
pub fn is_binary(bytes: &[u8]) -> bool {
    bytes.contains(&0)
}

/// The bytes as they are compared: every CRLF of a text is a LF; binary bytes are left alone.
#[must_use]
pub fn normalise(bytes: &[u8]) -> Cow<'_, [u8]> {
    if is_binary(bytes) || !bytes.windows(2).any(|pair| pair == b"\r\n") {
        return Cow::Borrowed(bytes);
    }
    let mut lines = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter().peekable();
    while let Some(&byte) = rest.next() {
        if !(byte == b'\r' && rest.peek() == Some(&&b'\n')) {
            lines.push(byte);
        }
    }
    Cow::Owned(lines)
}

/// The bytes as they are written where lines end with `ends`; binary bytes are left alone.
#[must_use]
pub fn with_line_ends(bytes: &[u8], ends: LineEnds) -> Cow<'_, [u8]> {
    if ends == LineEnds::Lf || is_binary(bytes) {
        return Cow::Borrowed(bytes);
    }
    let plain = normalise(bytes);
    let mut lines = Vec::with_capacity(plain.len() + plain.len() / 16);
    for &byte in plain.iter() {
        if byte == b'\n' {
            lines.push(b'\r');
        }
        lines.push(byte);
    }
    Cow::Owned(lines)
}

/// How most lines end; LF for binary bytes, for none and for as many of each.
#[must_use]
pub fn line_ends(bytes: &[u8]) -> LineEnds {
    if is_binary(bytes) {
        return LineEnds::Lf;
    }
    let all = bytes.iter().filter(|&&byte| byte == b'\n').count();
    let carriage = bytes.windows(2).filter(|pair| pair == b"\r\n").count();
    if carriage * 2 > all { LineEnds::Crlf } else { LineEnds::Lf }
}

/// The marker lines of `bytes`.
#[must_use]
pub fn markers(bytes: &[u8]) -> Markers {
    let mut found = Markers::default();
    if is_binary(bytes)
        || !bytes.windows(7).any(|run| run == b"<<<<<<<" || run == b">>>>>>>" || run == b"|||||||")
    {
        return found;
    }
    let mut opened = false;
    for line in bytes.split(|&byte| byte == b'\n') {
        let Some((sign, label)) = marker_line(line) else { continue };
        found.kiln |= label.starts_with(b"kiln: ");
        opened |= sign == b'<';
        found.git |= opened && sign == b'>';
    }
    found
}

/// The sign and label of a marker line: at least seven of one sign, a space, a label.
fn marker_line(line: &[u8]) -> Option<(u8, &[u8])> {
    let sign = *line.first().filter(|sign| b"<|>".contains(sign))?;
    let run = line.iter().take_while(|&&byte| byte == sign).count();
    let label = line.get(run..)?.strip_prefix(b" ")?;
    (run >= 7 && !label.is_empty()).then_some((sign, label))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn markers_need_a_label() {
        let kiln = b"a\n<<<<<<< kiln: yours\nb\n".as_slice();
        let git = b"<<<<<<< HEAD\na\n=======\nb\n>>>>>>> topic\n".as_slice();
        let heading = b"Title\n=======\n>>>>>>> quoted seven times\n".as_slice();
        let found = [kiln, git, heading, b"<<<<<<<<<< kiln: yours"].map(markers);
        let expected = [(true, false), (false, true), (false, false), (true, false)];
        assert_eq!(found.map(|m| (m.kiln, m.git)), expected);
    }

    #[test]
    fn most_lines_win() {
        assert_eq!(line_ends(b"a\r\nb\r\nc\n"), LineEnds::Crlf);
        assert_eq!(line_ends(b"a\r\nb\n"), LineEnds::Lf);
        assert_eq!(line_ends(b"\0\r\n\r\n"), LineEnds::Lf);
    }

    proptest! {
        #[test]
        fn line_ends_come_and_go(text in "[a\\r\\n]{0,40}") {
            let plain = normalise(text.as_bytes()).into_owned();
            let replaced = text.replace("\r\n", "\n").into_bytes();
            prop_assert_eq!(&plain, &replaced);
            let windows = with_line_ends(&plain, LineEnds::Crlf).into_owned();
            if !text.contains('\r') {
                prop_assert_eq!(&*normalise(&windows), text.as_bytes());
                prop_assert_eq!(windows.len(), text.len() + text.matches('\n').count());
            }
        }
    }
}
