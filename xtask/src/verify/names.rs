//! The shortest and the longest names come out formatted, as the project's own formatter would.

use std::fs;
use std::path::Path;

use crate::verify::project::Project;
use crate::verify::tools::{Tools, step};
use crate::{Result, root};

/// Names of 3 and of 50 characters for the project, of 3 and of 30 for an entity, of 2 and of 30 for a field.
const NAMES: [(&str, &str, &str, &str); 2] = [
    ("short", "abx", "Abx", "ax"),
    (
        "long",
        "a-project-with-a-name-that-is-as-long-as-they-come",
        "AnEntityWithAVeryLongNameIndee",
        "a-field-with-a-very-long-namex",
    ),
];

/// Generates a project with each and asks the formatter and the linter.
pub(crate) fn formatted(spec: &Path, tools: &Tools, done: &mut Vec<String>) -> Result<()> {
    let text = fs::read_to_string(spec).map_err(|error| error.to_string())?;
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("project "))
        .and_then(|rest| rest.split_whitespace().next())
        .unwrap_or_default();
    for (variant, project, entity, field) in NAMES {
        let field = &field[..field.len().min(30)];
        let renamed = text.replacen(&format!("project {name}"), &format!("project {project}"), 1);
        let module = format!(
            "\nmodule extra {{\n    entity {entity} {{\n        field {field} type=string max=20 required=#true unique=#true\n        field {field}2 type=enum {{ values one two three }}\n        field when type=datetime\n        belongs-to User as=keeper on-delete=set-null\n    }}\n    entity Other {{\n        field name type=string max=20\n        belongs-to {entity} required=#true on-delete=cascade\n    }}\n}}\n",
        );
        let module =
            module.replace(&format!("{field}2"), &format!("{}2", &field[..field.len().min(29)]));
        let copy = root().join("target/verify/renamed").join(variant).join("kiln.kdl");
        fs::create_dir_all(copy.parent().unwrap_or(&copy)).map_err(|error| error.to_string())?;
        fs::write(&copy, renamed + &module).map_err(|error| error.to_string())?;
        let project = Project::generate("names", variant, &copy)?;
        for arguments in [["format", "--check"], ["check", "--quiet"]] {
            let what = format!("{}: ruff {}", project.label, arguments.join(" "));
            step(
                &what,
                tools
                    .command("ruff", &project.folder.join("apps/api"))
                    .args(arguments)
                    .args(["--no-cache", "."]),
            )?;
            done.push(what);
        }
    }
    Ok(())
}
