//! A person's SQL, cut into statements: drivers take one at a time.

/// The statements of `text`, without the semicolons between them; comments stay with the statement that follows.
#[must_use]
pub fn statements(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut begin = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        at += match rest.as_bytes()[0] {
            b';' => {
                found.push(&text[begin..at]);
                begin = at + 1;
                1
            }
            quote @ (b'\'' | b'"') => quoted(rest, quote),
            b'-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with("/*") => comment(rest),
            b'$' if !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') => {
                dollar(rest)
            }
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
    }
    found.push(&text[begin..]);
    let says = |statement: &str| {
        statement.lines().any(|line| {
            let line = line.trim();
            !line.is_empty() && !line.starts_with("--")
        })
    };
    found.into_iter().map(str::trim).filter(|text| says(text)).map(str::to_owned).collect()
}

/// The length of a text or name in quotes; a doubled quote begins the next one, which is as good.
fn quoted(rest: &str, quote: u8) -> usize {
    rest[1..].bytes().position(|byte| byte == quote).map_or(rest.len(), |end| end + 2)
}

/// The length of a comment; comments nest.
fn comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// The length of `$tag$ … $tag$`, or of the `$` alone.
fn dollar(rest: &str) -> usize {
    let Some(end) = rest[1..].find('$') else { return 1 };
    let tag = &rest[..end + 2];
    let plain = |c: char| c.is_alphanumeric() || c == '_';
    let name = &tag[1..tag.len() - 1];
    if !name.chars().all(plain) || name.starts_with(|c: char| c.is_ascii_digit()) {
        return 1;
    }
    rest[tag.len()..].find(tag).map_or(rest.len(), |close| tag.len() + close + tag.len())
}

#[cfg(test)]
mod tests {
    use super::statements;

    #[test]
    fn statements_end_where_postgresql_ends_them() {
        let text = "
            -- first; not here
            update a set b = 'x;''y' where \"c;\" = 1;
            /* ; /* ; */ */ select 1;
            do $body$ begin perform 1; end $body$;
            select $1, 'ä;' ; ;
            -- nothing
        ";
        insta::assert_snapshot!(statements(text).join("\n=\n"), @r#"
        -- first; not here
                    update a set b = 'x;''y' where "c;" = 1
        =
        /* ; /* ; */ */ select 1
        =
        do $body$ begin perform 1; end $body$
        =
        select $1, 'ä;'
        "#);
        assert_eq!(statements(" ; -- x\n ; "), Vec::<String>::new());
        assert_eq!(statements("select '"), ["select '"]);
        assert_eq!(statements("select $a$ ;"), ["select $a$ ;"]);
        assert_eq!(statements("/* ;"), ["/* ;"]);
    }
}
