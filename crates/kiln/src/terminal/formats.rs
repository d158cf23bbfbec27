//! Findings and refusals for other programs: annotations of GitHub workflows, GitLab's code quality, SARIF 2.1.0.
//!
//! The three say the same: what is the matter, where, in which kit, and which commands are the way out.

use kiln_base::{Diagnostic, Severity, sha256};
use serde_json::{Value, json};

use crate::ops::{Failure, Finding, FixCommand, Report, known_finding, page};

/// A form that another program reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Annotations {
    /// Commands of a GitHub workflow, one line each.
    Github,
    /// A list as GitLab's code quality report has it.
    Gitlab,
    /// One run of SARIF 2.1.0.
    Sarif,
}

/// What is told, in any of the forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    problems: Vec<Problem>,
    exit: u8,
    /// The command did what it was asked; findings are an answer too.
    successful: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Problem {
    id: String,
    level: Level,
    message: String,
    place: Option<Place>,
    kit: Option<String>,
    hints: Vec<String>,
    commands: Vec<FixCommand>,
    formatting: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    /// Nothing could be answered, or nothing is written.
    Blocker,
    Error,
    Warning,
    Note,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    file: String,
    /// The first and the last line, from 1.
    lines: Option<(usize, usize)>,
    /// The first column, from 1, and the one after the last, if it is more precise than lines.
    columns: Option<(usize, usize)>,
}

impl Told {
    /// What a report tells. `folder` is the project's folder in its repository, which file names begin with. Notes
    /// come along only if they are asked for.
    pub(crate) fn of_report(report: &Report, folder: &str, notes: bool) -> Self {
        let warnings = &report.warnings.0;
        let is_warning = |finding: &Finding| {
            warnings.iter().any(|one| one.id == finding.id && one.message == finding.message)
        };
        let findings = report.findings.iter().filter(|finding| !is_warning(finding));
        let told = findings.filter(|finding| finding.fails || notes);
        let mut problems: Vec<Problem> = told.map(|finding| of_finding(finding, folder)).collect();
        problems.extend(warnings.iter().map(|warning| of_diagnostic(warning, folder)));
        Self { problems, exit: report.exit, successful: true }
    }

    /// What a refusal tells.
    pub(crate) fn of_failure(failure: &Failure, folder: &str) -> Self {
        let all = failure.diagnostics.0.iter();
        let problems = all.map(|diagnostic| of_diagnostic(diagnostic, folder)).collect();
        Self { problems, exit: failure.code, successful: false }
    }

    /// The text for a program.
    pub(crate) fn text(&self, annotations: Annotations) -> String {
        match annotations {
            Annotations::Github => self.problems.iter().map(github).collect(),
            Annotations::Gitlab => pretty(&gitlab(&self.problems)),
            Annotations::Sarif => pretty(&sarif(self)),
        }
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn below(folder: &str, path: &str) -> String {
    if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
}

fn of_finding(finding: &Finding, folder: &str) -> Problem {
    Problem {
        id: finding.id.clone(),
        level: match (finding.stops, finding.fails) {
            (true, _) => Level::Blocker,
            (_, true) => Level::Error,
            _ => Level::Note,
        },
        message: finding.message.clone(),
        place: finding.path.as_ref().map(|path| Place {
            file: below(folder, path),
            lines: finding.line.map(|line| (line, line)),
            columns: None,
        }),
        kit: finding.kit.clone().filter(|kit| !kit.is_empty()),
        hints: finding.hints.clone(),
        commands: finding.commands(),
        formatting: finding.formatting,
    }
}

fn of_diagnostic(diagnostic: &Diagnostic, folder: &str) -> Problem {
    let place = diagnostic.labels.first().map(|label| {
        let start = label.source.position(label.span.start as usize);
        let end = label.source.position(label.span.end.max(label.span.start) as usize);
        Place {
            file: below(folder, &label.source.name),
            lines: Some((start.0, end.0)),
            columns: Some((start.1, end.1)),
        }
    });
    Problem {
        id: diagnostic.id.to_owned(),
        level: match diagnostic.severity {
            Severity::Error => Level::Blocker,
            Severity::Warning => Level::Warning,
        },
        message: diagnostic.message.clone(),
        place,
        kit: None,
        hints: diagnostic.hints.clone(),
        commands: diagnostic
            .hints
            .iter()
            .flat_map(|hint| crate::ops::commands_in(hint, None))
            .collect(),
        formatting: false,
    }
}

/// Text after `::`, where the runner reads `%`, CR and LF.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, where it reads `:` and `,` too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

fn github(problem: &Problem) -> String {
    let command = match problem.level {
        Level::Blocker | Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let mut properties = Vec::new();
    if let Some(place) = &problem.place {
        properties.push(format!("file={}", property(&place.file)));
        if let Some((line, end_line)) = place.lines {
            properties.push(format!("line={line}"));
            properties.push(format!("endLine={end_line}"));
            // Columns of more than one line mean nothing to the runner.
            if let Some((column, end_column)) = place.columns.filter(|_| line == end_line) {
                properties.push(format!("col={column}"));
                properties.push(format!("endColumn={}", end_column.max(column)));
            }
        }
    }
    let kit = problem.kit.as_ref().map_or_else(String::new, |kit| format!(" ({kit})"));
    properties.push(format!("title={}", property(&format!("kiln {}{kit}", problem.id))));
    let mut text = problem.message.clone();
    problem.hints.iter().for_each(|hint| text.push_str(&format!("\nhint: {hint}")));
    format!("::{command} {}::{}\n", properties.join(","), data(&text))
}

/// A finding keeps its fingerprint from run to run. Several of one id in one file are told apart by their order.
fn fingerprints(problems: &[Problem]) -> Vec<String> {
    let key = |problem: &Problem| {
        let file = problem.place.as_ref().map_or("", |place| place.file.as_str());
        format!("{}\0{file}", problem.id)
    };
    let mut seen: Vec<String> = Vec::new();
    let one = |problem: &Problem| {
        let key = key(problem);
        let before = seen.iter().filter(|other| **other == key).count();
        let text = if before == 0 { key.clone() } else { format!("{key}\0{before}") };
        seen.push(key);
        sha256(text.as_bytes()).to_string()
    };
    problems.iter().map(one).collect()
}

fn with_hints(problem: &Problem) -> String {
    let mut text = problem.message.clone();
    problem.hints.iter().for_each(|hint| text.push_str(&format!("; {hint}")));
    text
}

fn gitlab(problems: &[Problem]) -> Value {
    let severity = |level: Level| match level {
        Level::Blocker => "blocker",
        Level::Error => "major",
        Level::Warning => "minor",
        Level::Note => "info",
    };
    let one = |(problem, fingerprint): (&Problem, String)| {
        // Every entry has a place there; what is about no file is about the spec.
        let file = problem.place.as_ref().map_or("kiln.kdl", |place| place.file.as_str());
        let lines = problem.place.as_ref().and_then(|place| place.lines);
        json!({
            "check_name": problem.id,
            "description": with_hints(problem),
            "categories": ["Compatibility"],
            "fingerprint": fingerprint,
            "severity": severity(problem.level),
            "location": { "path": file, "lines": { "begin": lines.map_or(1, |(first, _)| first) } },
        })
    };
    problems.iter().zip(fingerprints(problems)).map(one).collect()
}

fn sarif_level(level: Level) -> &'static str {
    match level {
        Level::Blocker | Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

fn sarif(told: &Told) -> Value {
    let mut ids: Vec<&str> = told.problems.iter().map(|problem| problem.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let results: Vec<Value> = told
        .problems
        .iter()
        .zip(fingerprints(&told.problems))
        .map(|(problem, fingerprint)| sarif_result(problem, &fingerprint, &ids))
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "kiln",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": ids.iter().map(|id| sarif_rule(id)).collect::<Vec<_>>(),
            } },
            "invocations": [{ "executionSuccessful": told.successful, "exitCode": told.exit }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn sarif_rule(id: &str) -> Value {
    let again = format!("`kiln explain {id}` says what it means and what to do");
    let help = page(id).map_or(again, |page| page.text);
    let mut rule = json!({ "id": id, "help": { "text": help, "markdown": help } });
    if let Some(known) = known_finding(id) {
        rule["shortDescription"] = json!({ "text": known.meaning });
    }
    rule
}

fn sarif_result(problem: &Problem, fingerprint: &str, ids: &[&str]) -> Value {
    let mut text = problem.message.clone();
    problem.hints.iter().for_each(|hint| text.push_str(&format!("\n{hint}")));
    let locations: Vec<Value> = problem.place.iter().map(sarif_location).collect();
    json!({
        "ruleId": problem.id,
        "ruleIndex": ids.iter().position(|id| *id == problem.id),
        "level": sarif_level(problem.level),
        "message": { "text": text },
        "locations": locations,
        "partialFingerprints": { "kiln/v1": fingerprint },
        "properties": {
            "kit": problem.kit,
            "commands": problem.commands,
            "formatting": problem.formatting,
        },
    })
}

fn sarif_location(place: &Place) -> Value {
    let mut physical = json!({
        "artifactLocation": { "uri": uri(&place.file), "uriBaseId": "%SRCROOT%" },
    });
    if let Some((line, end_line)) = place.lines {
        physical["region"] = json!({ "startLine": line, "endLine": end_line });
    }
    if let Some((column, end_column)) = place.columns {
        physical["region"]["startColumn"] = column.into();
        physical["region"]["endColumn"] = end_column.into();
    }
    json!({ "physicalLocation": physical })
}

/// A relative path as a URI.
fn uri(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte);
    let mut text = String::new();
    for byte in path.bytes() {
        if plain(byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use kiln_base::{Diagnostics, Source, Span};

    use super::*;

    fn findings() -> Told {
        let finding = |id: &str, path: Option<&str>, fails: bool| Finding {
            id: id.to_owned(),
            path: path.map(str::to_owned),
            kit: Some("site".to_owned()),
            message: "100 % of it,\nreally: yes".to_owned(),
            hints: vec!["take kiln's version: kiln sync --take 'a b.txt'".to_owned()],
            fails,
            ..Finding::default()
        };
        let report = Report {
            exit: 1,
            findings: vec![
                finding("edited", Some("a b,c:d.txt"), true),
                finding("pin-diverged", Some("caf\u{e9}.lock"), false),
                finding("pin-diverged", Some("caf\u{e9}.lock"), false),
                finding("interrupted", None, true),
            ],
            ..Report::default()
        };
        Told::of_report(&report, "apps/shop", true)
    }

    fn refusal() -> Told {
        let source = Source::new("kiln.kdl", "kits {\n    siet\n}\n");
        let diagnostics = Diagnostics(vec![
            Diagnostic::error("unknown-kit", "no library has a kit named `siet`")
                .at(&source, Span::new(11, 15), "")
                .hint("did you mean `site`?"),
            Diagnostic::warning("odd", "two lines").at(&source, Span::new(0, 15), ""),
        ]);
        Told::of_failure(&Failure { diagnostics, code: 2 }, "")
    }

    #[test]
    fn github_reads_properties_and_text_in_its_own_escapes() {
        insta::assert_snapshot!(findings().text(Annotations::Github), @"
        ::error file=apps/shop/a b%2Cc%3Ad.txt,title=kiln edited (site)::100 %25 of it,%0Areally: yes%0Ahint: take kiln's version: kiln sync --take 'a b.txt'
        ::notice file=apps/shop/café.lock,title=kiln pin-diverged (site)::100 %25 of it,%0Areally: yes%0Ahint: take kiln's version: kiln sync --take 'a b.txt'
        ::notice file=apps/shop/café.lock,title=kiln pin-diverged (site)::100 %25 of it,%0Areally: yes%0Ahint: take kiln's version: kiln sync --take 'a b.txt'
        ::error title=kiln interrupted (site)::100 %25 of it,%0Areally: yes%0Ahint: take kiln's version: kiln sync --take 'a b.txt'
        ");
        insta::assert_snapshot!(refusal().text(Annotations::Github), @"
        ::error file=kiln.kdl,line=2,endLine=2,col=5,endColumn=9,title=kiln unknown-kit::no library has a kit named `siet`%0Ahint: did you mean `site`?
        ::warning file=kiln.kdl,line=1,endLine=2,title=kiln odd::two lines
        ");
    }

    #[test]
    fn gitlab_has_a_fingerprint_for_each() {
        insta::assert_snapshot!(findings().text(Annotations::Gitlab), @r#"
        [
          {
            "check_name": "edited",
            "description": "100 % of it,\nreally: yes; take kiln's version: kiln sync --take 'a b.txt'",
            "categories": [
              "Compatibility"
            ],
            "fingerprint": "d61f02789a682f09917ed09ad906a427e05bb0ceb4a051cbf7a1c451ab556685",
            "severity": "major",
            "location": {
              "path": "apps/shop/a b,c:d.txt",
              "lines": {
                "begin": 1
              }
            }
          },
          {
            "check_name": "pin-diverged",
            "description": "100 % of it,\nreally: yes; take kiln's version: kiln sync --take 'a b.txt'",
            "categories": [
              "Compatibility"
            ],
            "fingerprint": "92d66767cd5faa720917fc131332a8a90bd803900dc8a437e84f328d871bf784",
            "severity": "info",
            "location": {
              "path": "apps/shop/café.lock",
              "lines": {
                "begin": 1
              }
            }
          },
          {
            "check_name": "pin-diverged",
            "description": "100 % of it,\nreally: yes; take kiln's version: kiln sync --take 'a b.txt'",
            "categories": [
              "Compatibility"
            ],
            "fingerprint": "a2c00e57b93a6aaad73d07388c0581150ecf9e3c1f50f71c4af67120f29a698c",
            "severity": "info",
            "location": {
              "path": "apps/shop/café.lock",
              "lines": {
                "begin": 1
              }
            }
          },
          {
            "check_name": "interrupted",
            "description": "100 % of it,\nreally: yes; take kiln's version: kiln sync --take 'a b.txt'",
            "categories": [
              "Compatibility"
            ],
            "fingerprint": "454a1cf681104737e2e7d28a56db22789a66728d62ad2bc409d07a84392be9cd",
            "severity": "major",
            "location": {
              "path": "kiln.kdl",
              "lines": {
                "begin": 1
              }
            }
          }
        ]
        "#);
        let all = gitlab(&findings().problems);
        let again = gitlab(&findings().problems);
        assert_eq!(all, again);
        let prints: std::collections::BTreeSet<&str> =
            all.as_array().unwrap().iter().filter_map(|one| one["fingerprint"].as_str()).collect();
        assert_eq!(prints.len(), 4);
        // What stands before another finding does not matter.
        let alone = Told { problems: findings().problems[3..].to_vec(), ..findings() };
        assert_eq!(gitlab(&alone.problems)[0]["fingerprint"], all[3]["fingerprint"]);
    }

    #[test]
    fn sarif_has_rules_results_and_places() {
        let mut report = sarif(&refusal());
        // What the pages say is not this test's.
        for rule in report["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap() {
            assert_eq!(rule["help"]["text"], rule["help"]["markdown"]);
            rule["help"] = json!("[PAGE]");
        }
        let text = pretty(&report).replace(env!("CARGO_PKG_VERSION"), "[VERSION]");
        insta::assert_snapshot!(text, @r#"
        {
          "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
          "version": "2.1.0",
          "runs": [
            {
              "tool": {
                "driver": {
                  "name": "kiln",
                  "version": "[VERSION]",
                  "semanticVersion": "[VERSION]",
                  "rules": [
                    {
                      "id": "odd",
                      "help": "[PAGE]"
                    },
                    {
                      "id": "unknown-kit",
                      "help": "[PAGE]"
                    }
                  ]
                }
              },
              "invocations": [
                {
                  "executionSuccessful": false,
                  "exitCode": 2
                }
              ],
              "columnKind": "unicodeCodePoints",
              "results": [
                {
                  "ruleId": "unknown-kit",
                  "ruleIndex": 1,
                  "level": "error",
                  "message": {
                    "text": "no library has a kit named `siet`\ndid you mean `site`?"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "kiln.kdl",
                          "uriBaseId": "%SRCROOT%"
                        },
                        "region": {
                          "startLine": 2,
                          "endLine": 2,
                          "startColumn": 5,
                          "endColumn": 9
                        }
                      }
                    }
                  ],
                  "partialFingerprints": {
                    "kiln/v1": "06eef7d89f4d2e8e769e54e41406c77c49720bdb9cd230fc93623527e94ae0e4"
                  },
                  "properties": {
                    "kit": null,
                    "commands": [],
                    "formatting": false
                  }
                },
                {
                  "ruleId": "odd",
                  "ruleIndex": 0,
                  "level": "warning",
                  "message": {
                    "text": "two lines"
                  },
                  "locations": [
                    {
                      "physicalLocation": {
                        "artifactLocation": {
                          "uri": "kiln.kdl",
                          "uriBaseId": "%SRCROOT%"
                        },
                        "region": {
                          "startLine": 1,
                          "endLine": 2,
                          "startColumn": 1,
                          "endColumn": 9
                        }
                      }
                    }
                  ],
                  "partialFingerprints": {
                    "kiln/v1": "d73055da30be57e376a35228081dc533b12b082b3aeaa98fb1a0a4e45bd0158d"
                  },
                  "properties": {
                    "kit": null,
                    "commands": [],
                    "formatting": false
                  }
                }
              ]
            }
          ]
        }
        "#);
        let findings = sarif(&findings());
        let result = &findings["runs"][0]["results"][0];
        insta::assert_snapshot!(format!("{result:#}"), @r#"
        {
          "ruleId": "edited",
          "ruleIndex": 0,
          "level": "error",
          "message": {
            "text": "100 % of it,\nreally: yes\ntake kiln's version: kiln sync --take 'a b.txt'"
          },
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "apps/shop/a%20b,c%3Ad.txt",
                  "uriBaseId": "%SRCROOT%"
                }
              }
            }
          ],
          "partialFingerprints": {
            "kiln/v1": "d61f02789a682f09917ed09ad906a427e05bb0ceb4a051cbf7a1c451ab556685"
          },
          "properties": {
            "kit": "site",
            "commands": [
              {
                "does": "take kiln's version",
                "argv": [
                  "kiln",
                  "sync",
                  "--take",
                  "a b.txt"
                ]
              }
            ],
            "formatting": false
          }
        }
        "#);
        let rule = &findings["runs"][0]["tool"]["driver"]["rules"][0];
        insta::assert_snapshot!(rule["shortDescription"], @r#"{"text":"a managed output was edited"}"#);
    }

    #[test]
    fn notes_come_only_if_asked_for_and_warnings_once() {
        let source = Source::new("kiln.kdl", "old\n");
        let warning =
            Diagnostic::warning("deprecated-option", "old").at(&source, Span::new(0, 3), "");
        let same = Finding {
            id: "deprecated-option".to_owned(),
            message: "old".to_owned(),
            ..Finding::default()
        };
        let note = Finding { id: "yours".to_owned(), ..Finding::default() };
        let report = Report {
            findings: vec![same, note],
            warnings: Diagnostics(vec![warning]),
            ..Report::default()
        };
        let ids = |notes: bool| {
            let told = Told::of_report(&report, "", notes).problems;
            told.into_iter().map(|problem| problem.id).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(ids(false), "deprecated-option");
        assert_eq!(ids(true), "yours deprecated-option");
    }
}
