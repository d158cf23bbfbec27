//! Ordinary files of about 300 lines that both sides changed.

use kiln_merge::{Labels, MergeInput};

/// A file by its name: base, yours, theirs.
pub(crate) type Case = (&'static str, [String; 3]);

fn code() -> [String; 3] {
    let mut base = String::new();
    for n in 0..100 {
        base.push_str(&format!("def route_{n}(request: Request, page: int = {n}) -> Response:\n"));
        base.push_str(&format!("    return respond(request, f\"page {{page}}\", limit={n})\n\n"));
    }
    let yours = base
        .replace("limit=7)", "limit=70, cache=True)")
        .replace("def route_50", "@traced\ndef route_50")
        .replace("page: int = 90", "page: int = 91");
    let theirs = base
        .replace("limit=7)", "limit=7, scope=scope)")
        .replace("def route_20(", "def listing_20(")
        .replace(
            "    return respond(request, f\"page {page}\", limit=33)",
            "    return stream(request)",
        )
        .replace("page: int = 90", "page: int = 1");
    [base, yours, theirs]
}

fn document(extension: &str) -> [String; 3] {
    let line = |n: usize, version: usize| match extension {
        "json" => format!("    \"package-{n}\": \"^1.{version}.0\""),
        "toml" => format!("package-{n} = \"1.{version}\""),
        _ => format!("  service-{n}:\n    image: app:{version}\n    ports: [\"{n}:80\"]"),
    };
    let count = if extension == "yaml" { 100 } else { 298 };
    let text = |changed: usize| {
        let lines: Vec<String> =
            (0..count).map(|n| line(n, if n % 20 == changed { changed } else { 0 })).collect();
        match extension {
            "json" => format!("{{\n  \"dependencies\": {{\n{}\n  }}\n}}\n", lines.join(",\n")),
            "toml" => format!("[dependencies]\n{}\n", lines.join("\n")),
            _ => format!("services:\n{}\n", lines.join("\n")),
        }
    };
    [text(99), text(3), text(4)]
}

/// Tables with inline tables, arrays and comments, as manifests of programs have them; neighbouring lines changed on
/// both sides, so that the lines conflict and the keys decide.
fn manifest() -> [String; 3] {
    let text = |mine: bool, kiln: bool| {
        let mut text = String::from("[project]\nname = \"app\" # as people know it\n");
        for n in 0..30 {
            let version = if kiln && n % 5 == 0 { 2 } else { 1 };
            let feature = if mine && n % 5 == 0 { ", \"extra\"" } else { "" };
            text.push_str(&format!(
                "\n# Settings of part {n}.\n[tool.part-{n}]\nversion = \"{version}.0\"\n"
            ));
            text.push_str(&format!("features = [\"std\"{feature}]\nsource = {{ path = \"../part-{n}\", optional = true }}\n"));
            text.push_str("select = [\n    \"one\",\n    \"two\", # the second\n]\n");
        }
        text
    };
    [text(false, false), text(true, false), text(false, true)]
}

/// All cases.
pub(crate) fn all() -> [Case; 5] {
    [
        ("routes.py", code()),
        ("package.json", document("json")),
        ("pyproject.toml", manifest()),
        ("Cargo.toml", document("toml")),
        ("compose.yaml", document("yaml")),
    ]
}

/// What is merged for a case.
pub(crate) fn input<'c>(
    (path, [base, yours, theirs]): &'c Case,
    labels: &'c Labels,
) -> MergeInput<'c> {
    MergeInput {
        path,
        base: base.as_bytes(),
        yours: yours.as_bytes(),
        theirs: theirs.as_bytes(),
        labels,
        foreign: &[],
        taken: &[],
    }
}
