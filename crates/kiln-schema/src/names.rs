//! Names of constraints: prefix, table and columns, cut to what PostgreSQL keeps.

/// The most bytes that PostgreSQL keeps of a name.
const LONGEST: usize = 63;

/// The parts joined by `_`. A name of more than 63 bytes is cut and ends in eight digits of its own sha256, so that
/// two long names that begin alike stay apart.
#[must_use]
pub fn constraint_name<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let name = parts.into_iter().collect::<Vec<_>>().join("_");
    if name.len() <= LONGEST {
        return name;
    }
    let tail = &kiln_base::sha256(name.as_bytes()).to_string()[..8];
    let mut end = LONGEST - tail.len() - 1;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}_{tail}", &name[..end])
}

#[cfg(test)]
mod tests {
    use super::constraint_name;

    #[test]
    fn long_names_keep_apart() {
        assert_eq!(constraint_name(["uq", "tasks", "title"]), "uq_tasks_title");
        let long = |tail: &str| constraint_name(["uq", &"a".repeat(40), &"b".repeat(30), tail]);
        assert_eq!(long("x").len(), 63);
        assert_ne!(long("x"), long("y"));
    }
}
