//! Columns as gofmt and terraform fmt align them, and tables as prettier does.

use super::columns;

/// Aligns a block: a Markdown table if its first line starts with `|`, else cells that two blanks part.
pub(super) fn align(text: &str) -> String {
    if text.trim_start().starts_with('|') { table(text) } else { cells(text) }
}

/// The cells of a line: two blanks or more part them, except in quotes.
fn split(line: &str) -> Vec<&str> {
    let mut cells = Vec::new();
    let (mut start, mut quote, mut blanks) = (0, None, 0);
    for (at, c) in line.char_indices() {
        if quote.is_none() && c == ' ' {
            blanks += 1;
            continue;
        }
        if blanks >= 2 {
            cells.push(&line[start..at - blanks]);
            start = at;
        }
        blanks = 0;
        quote = match quote {
            None if matches!(c, '"' | '`') => Some(c),
            Some(open) if open == c => None,
            other => other,
        };
    }
    cells.push(&line[start..]);
    cells
}

struct Row<'t> {
    margin: &'t str,
    cells: Vec<&'t str>,
}

fn cells(text: &str) -> String {
    let rows: Vec<Row<'_>> = text
        .lines()
        .map(|line| {
            let body = line.trim_start();
            Row { margin: &line[..line.len() - body.len()], cells: split(body.trim_end()) }
        })
        .collect();
    let mut widths: Vec<Vec<usize>> = rows.iter().map(|row| vec![0; row.cells.len()]).collect();
    fix_widths(&rows, 0..rows.len(), 0, &mut widths);
    let mut aligned = String::with_capacity(text.len() * 2);
    for (row, widths) in rows.iter().zip(&widths) {
        aligned.push_str(row.margin);
        for (at, cell) in row.cells.iter().enumerate() {
            aligned.push_str(cell);
            if at + 1 < row.cells.len() {
                let padding = widths[at].saturating_sub(columns(cell)) + 1;
                aligned.extend(std::iter::repeat_n(' ', padding));
            }
        }
        aligned.push('\n');
    }
    if !text.ends_with('\n') {
        aligned.pop();
    }
    aligned
}

/// A column is as wide as its widest cell among neighbouring lines that all have a cell after it, as in elastic
/// tab stops.
fn fix_widths(
    rows: &[Row<'_>],
    range: std::ops::Range<usize>,
    column: usize,
    widths: &mut [Vec<usize>],
) {
    let continues = |row: usize| rows[row].cells.len() > column + 1;
    let mut start = range.start;
    while start < range.end {
        if !continues(start) {
            start += 1;
            continue;
        }
        let end = (start..range.end).find(|row| !continues(*row)).unwrap_or(range.end);
        let widest = (start..end).map(|row| columns(rows[row].cells[column])).max().unwrap_or(0);
        (start..end).for_each(|row| widths[row][column] = widest);
        fix_widths(rows, start..end, column + 1, widths);
        start = end;
    }
}

/// The cells of a line of a table; `\|` does not part them.
fn table_cells(line: &str) -> Vec<String> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let mut cells = vec![String::new()];
    let mut escaped = false;
    for c in line.chars() {
        if c == '|' && !escaped {
            cells.push(String::new());
        } else if let Some(cell) = cells.last_mut() {
            cell.push(c);
        }
        escaped = c == '\\' && !escaped;
    }
    if cells.len() > 1 && cells.last().is_some_and(|last| last.trim().is_empty()) {
        cells.pop();
    }
    cells.into_iter().map(|cell| cell.trim().to_owned()).collect()
}

fn table(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let margin = &lines[0][..lines[0].len() - lines[0].trim_start().len()];
    let rows: Vec<Vec<String>> = lines.iter().map(|line| table_cells(line)).collect();
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let blank = String::new();
    let cell = |row: usize, column: usize| rows[row].get(column).unwrap_or(&blank);
    let width = |column: usize| {
        let content = (0..rows.len()).filter(|row| *row != 1).map(|row| columns(cell(row, column)));
        content.max().unwrap_or(0).max(3)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut aligned = String::new();
    for row in 0..rows.len() {
        aligned.push_str(margin);
        for (column, width) in widths.iter().enumerate() {
            let rule = if rows.len() > 1 { cell(1, column).as_str() } else { "" };
            let sides = (rule.starts_with(':'), rule.len() > 1 && rule.ends_with(':'));
            aligned.push_str("| ");
            if row == 1 {
                aligned.push_str(&line_under(*width, sides));
            } else {
                aligned.push_str(&padded(cell(row, column), *width, sides));
            }
            aligned.push(' ');
        }
        aligned.push_str("|\n");
    }
    if !text.ends_with('\n') {
        aligned.pop();
    }
    aligned
}

fn line_under(width: usize, (left, right): (bool, bool)) -> String {
    let dashes = width - usize::from(left) - usize::from(right);
    let colon = |yes| if yes { ":" } else { "" };
    format!("{}{}{}", colon(left), "-".repeat(dashes), colon(right))
}

fn padded(cell: &str, width: usize, sides: (bool, bool)) -> String {
    let padding = width.saturating_sub(columns(cell));
    let before = match sides {
        (true, true) => padding / 2,
        (false, true) => padding,
        _ => 0,
    };
    format!("{}{cell}{}", " ".repeat(before), " ".repeat(padding - before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligns_structs_as_gofmt_does() {
        let text = "\tID  uuid.UUID  `json:\"id  x\"`\n\tDisplayName  string  `json:\"displayName\"`\n\tplain  int\n\n\tA  b\n";
        insta::assert_snapshot!(align(text).replace('\t', "→"), @r#"
        →ID          uuid.UUID `json:"id  x"`
        →DisplayName string    `json:"displayName"`
        →plain       int

        →A b
        "#);
    }

    #[test]
    fn aligns_attributes_as_terraform_does() {
        let text = "  name  = \"a\"\n  # note\n  longer_name  = 1\n  x  = 2";
        insta::assert_snapshot!(align(text), @r#"
        name = "a"
        # note
        longer_name = 1
        x           = 2
        "#);
    }

    #[test]
    fn aligns_tables_as_prettier_does() {
        let text = "| name | n | mid |\n| --- | ---: | :-: |\n| `a\\|b` | 1 | x |\n| 名前 | 200 | long one |\n";
        insta::assert_snapshot!(align(text), @r"
        | name   |   n |   mid    |
        | ------ | --: | :------: |
        | `a\|b` |   1 |    x     |
        | 名前   | 200 | long one |
        ");
    }
}
