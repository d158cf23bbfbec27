//! Measures merging of an ordinary file of 300 lines in a release build: the promise is 2 ms at most.

use std::time::Instant;

use kiln_merge::{Labels, MergeInput, Outcome, merge};

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
    let text = |changed: usize| {
        let lines: Vec<String> =
            (0..100).map(|n| line(n, if n % 20 == changed { changed } else { 0 })).collect();
        match extension {
            "json" => format!("{{\n  \"dependencies\": {{\n{}\n  }}\n}}\n", lines.join(",\n")),
            "toml" => format!("[dependencies]\n{}\n", lines.join("\n")),
            _ => format!("services:\n{}\n", lines.join("\n")),
        }
    };
    [text(99), text(3), text(4)]
}

#[expect(clippy::print_stdout, reason = "an example that shows what it measures")]
fn main() {
    let rounds: u32 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(400);
    let labels = Labels::kiln("kit 1.0.0", "kit 1.1.0");
    let cases = [
        ("routes.py", code()),
        ("package.json", document("json")),
        ("pyproject.toml", document("toml")),
        ("compose.yaml", document("yaml")),
    ];
    for (path, [base, yours, theirs]) in &cases {
        let input = MergeInput {
            path,
            base: base.as_bytes(),
            yours: yours.as_bytes(),
            theirs: theirs.as_bytes(),
            labels: &labels,
            foreign: &[],
            taken: &[],
        };
        let kind = match merge(&input) {
            Outcome::Clean { close, .. } => format!("clean, {} closely", close.len()),
            Outcome::Conflict { count, close, .. } => {
                format!("{count} conflicts, {} closely", close.len())
            }
            Outcome::KeyConflicts(keys) => format!("{} keys conflict", keys.len()),
            Outcome::Binary => "binary".to_owned(),
        };
        // The best of many: what else runs on the machine is no matter here.
        let best = (0..rounds)
            .map(|_| {
                let start = Instant::now();
                std::hint::black_box(merge(std::hint::black_box(&input)));
                start.elapsed()
            })
            .min()
            .unwrap_or_default();
        println!("{path}: {} lines, {kind}, {best:?}", base.lines().count());
    }
}
