//! Other tools that make files from templates, on the same workload: a new project, and an update with nothing changed
//! where they have it. Versions are pinned here; everything is installed below target/bench.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Result;
use crate::bench::bed::{Bed, added, at, git, quietly, set_aside, write};
use crate::bench::process::timed;
use crate::bench::runner::{Runner, Yardstick};
use crate::bench::tools::cargo_install;
use crate::bench::workload::{CONTENT_KITS, State, Text, Workload, entries, region};

/// Installed with pip.
const PYTHON: [(&str, &str); 2] = [("copier", "9.19.1"), ("cookiecutter", "2.7.1")];
/// Installed with npm.
const NODE: [(&str, &str); 2] = [("projen", "0.103.25"), ("constructs", "10.8.1")];
/// Installed with cargo: the name of the crate is that of the program.
const RUST: (&str, &str) = ("cargo-generate", "0.23.3");
/// How many outputs.
const OUTPUTS: usize = 1000;

/// A language of templates.
#[derive(Clone, Copy)]
enum Language {
    /// Of copier and cookiecutter: what stands before a variable's name.
    Jinja(&'static str),
    /// Of cargo-generate.
    Liquid,
}

impl Language {
    /// The same template in this language.
    fn of(self, kit: &str, template: &str) -> String {
        let (before, region) = (self.before(), region(kit));
        let mut text = template
            .replace("{= project.title =}", &format!("{{{{ {before}title }}}}"))
            .replace("{= project.kebab =}", &format!("{{{{ {before}kebab }}}}"))
            .replace("{= registry.tone =}", &format!("{{{{ {before}tone }}}}"))
            .replace("{= option.region =}", &format!("{{{{ {before}{region} }}}}"))
            .replace("{% if option.verbose %}", &format!("{{% if {before}verbose %}}"));
        let listed: Vec<String> = match self {
            Self::Jinja(_) => entries().iter().map(|entry| format!("{entry:?}")).collect(),
            Self::Liquid => entries().iter().map(|(key, ..)| key.clone()).collect(),
        };
        let (list, each) = match self {
            Self::Jinja(_) => (
                format!("{{% for entry in [{}] %}}", listed.join(", ")),
                "(\"{{ entry[0] }}\", {{ entry[2] }}, \"{{ entry[1] }}\"),",
            ),
            Self::Liquid => (
                format!(
                    "{{% assign all = \"{}\" | split: \",\" %}}{{% for entry in all %}}",
                    listed.join(",")
                ),
                "(\"{{ entry }}\", 1, \"Desk {{ entry }}\"),",
            ),
        };
        text = text.replace("{% for entry in registry.entries %}", &list);
        text = text.replace(
            "({= entry.name | quote =}, {= entry.weight =}, \"{= entry.title =}\"),",
            each,
        );
        self.filters(&text)
    }

    fn before(self) -> &'static str {
        match self {
            Self::Jinja(before) => before,
            Self::Liquid => "",
        }
    }

    /// Filters of kiln by those of the language.
    fn filters(self, text: &str) -> String {
        let pascal = match self {
            Self::Jinja(_) => "replace(\"_\", \" \") | title | replace(\" \", \"\")",
            Self::Liquid => "pascal_case",
        };
        let text = text.replace("{= option.region | pascal =}", "Region");
        text.replace("{= \"", "{{ \"").replace("\" | pascal =}", &format!("\" | {pascal} }}}}"))
    }
}

/// The values of the variables.
fn values() -> Vec<(String, String)> {
    let fixed = [("title", "Bench Project"), ("kebab", "bench-project"), ("tone", "calm")];
    let fixed = fixed.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let regions = CONTENT_KITS.iter().map(|kit| (region(kit).to_owned(), region(kit).to_owned()));
    fixed.into_iter().chain(regions).collect()
}

/// The templates of all kits in one tree.
fn templates(language: Language, ending: &str) -> Vec<Text> {
    let of = |text: Text| {
        let (kit, path) = text.path.split_once("/files/tree/")?;
        let path = format!("src/{}/{path}{ending}", region(kit));
        Some(Text { path, text: language.of(kit, &text.text) })
    };
    Workload { outputs: OUTPUTS }.kits(State::FIRST).into_iter().filter_map(of).collect()
}

/// The peers, installed and with their templates.
pub(crate) struct Peers {
    folder: PathBuf,
    tools: PathBuf,
    bed: Bed,
}

impl Peers {
    /// Installs what is absent and writes the templates.
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        let tools = folder.join("tools");
        install(&tools)?;
        let folder = folder.join("peers");
        set_aside(&folder, &folder.with_file_name("trash"))?;
        let bed = Bed::new(&folder, OUTPUTS)?;
        let peers = Self { folder, tools, bed };
        peers.copier()?;
        peers.cookiecutter()?;
        peers.cargo_generate()?;
        peers.projen()?;
        Ok(peers)
    }

    fn copier(&self) -> Result<()> {
        let folder = self.folder.join("copier");
        let mut questions = String::from(
            "_subdirectory: tree\n_envops:\n  trim_blocks: true\n  lstrip_blocks: true\nverbose: {type: bool, default: false}\n",
        );
        for (name, value) in values() {
            let _ = writeln!(questions, "{name}: {{type: str, default: {value}}}");
        }
        write(&folder, &[Text { path: "copier.yml".to_owned(), text: questions }])?;
        let answers = "tree/{{_copier_conf.answers_file}}.jinja".to_owned();
        write(
            &folder,
            &[Text { path: answers, text: "{{ _copier_answers|to_nice_yaml }}\n".to_owned() }],
        )?;
        write(&folder.join("tree"), &templates(Language::Jinja(""), ".jinja"))?;
        added(&folder)?;
        quietly(git(&folder, &["tag", "v1.0.0"]))
    }

    fn cookiecutter(&self) -> Result<()> {
        let folder = self.folder.join("cookiecutter");
        let mut all = serde_json::Map::new();
        all.insert("name".to_owned(), "made".into());
        all.insert("verbose".to_owned(), false.into());
        all.extend(values().into_iter().map(|(name, value)| (name, value.into())));
        let blocks = serde_json::json!({"trim_blocks": true, "lstrip_blocks": true});
        all.insert("_jinja2_env_vars".to_owned(), blocks);
        let text = serde_json::Value::Object(all).to_string();
        write(&folder, &[Text { path: "cookiecutter.json".to_owned(), text }])?;
        let files = templates(Language::Jinja("cookiecutter."), "");
        write(&folder.join("{{cookiecutter.name}}"), &files)
    }

    fn cargo_generate(&self) -> Result<()> {
        let folder = self.folder.join("cargo-generate");
        let mut questions = String::from("[placeholders]\n");
        for (name, value) in values() {
            let _ = writeln!(
                questions,
                "{name} = {{ type = \"string\", prompt = \"?\", default = \"{value}\" }}"
            );
        }
        questions.push_str("verbose = { type = \"bool\", prompt = \"?\", default = false }\n");
        write(&folder, &[Text { path: "cargo-generate.toml".to_owned(), text: questions }])?;
        write(&folder, &templates(Language::Liquid, ""))
    }

    /// projen has no templates: a program writes the lines.
    fn projen(&self) -> Result<()> {
        let folder = self.folder.join("projen");
        let files: Vec<serde_json::Value> = Workload { outputs: OUTPUTS }
            .expected(State::FIRST)
            .into_iter()
            .map(|one| serde_json::json!([one.path, one.text.lines().collect::<Vec<_>>()]))
            .collect();
        let text = serde_json::Value::Array(files).to_string();
        write(&folder, &[Text { path: "files.json".to_owned(), text }])?;
        let program = format!(
            "const {{ Project, TextFile }} = require({:?});\nconst project = new Project({{ name: 'made', outdir: process.argv[2], commitGenerated: true }});\nfor (const [path, lines] of require('./files.json')) new TextFile(project, path, {{ lines, readonly: false }});\nproject.synth();\n",
            self.tools.join("node/node_modules/projen")
        );
        write(&folder, &[Text { path: "make.js".to_owned(), text: program }])
    }

    /// The command that makes a project in a folder that is absent.
    fn making(&self, peer: &str, made: &Path) -> Command {
        let template = self.folder.join(peer);
        match peer {
            "copier" => {
                let mut command = Command::new(self.tools.join("python/bin/copier"));
                command.args(["copy", "--defaults", "--quiet"]).arg(template).arg(made);
                command
            }
            "cookiecutter" => {
                let mut command = Command::new(self.tools.join("python/bin/cookiecutter"));
                command.arg("--no-input").arg("--output-dir").arg(made).arg(template);
                command.env("HOME", &self.folder);
                command
            }
            "cargo-generate" => {
                let mut command = Command::new(self.tools.join("bin/cargo-generate"));
                command.args([
                    "generate", "--silent", "--vcs", "none", "--name", "made", "--init", "--path",
                ]);
                command.arg(template).env("HOME", &self.folder).env("CARGO_HOME", &self.folder);
                for (name, value) in values() {
                    command.arg("--define").arg(format!("{name}={value}"));
                }
                command.arg("--define").arg("verbose=false").current_dir(made);
                command
            }
            _ => {
                let mut command = Command::new("node");
                command.arg(template.join("make.js")).arg(made).env("PROJEN_DISABLE_POST", "true");
                command
            }
        }
    }

    /// One round: kiln and every peer make a project; then nothing has changed.
    pub(crate) fn round(&mut self, runner: &mut Runner) -> Result<()> {
        let said = self.folder.join("said.txt");
        let trash = self.folder.join("trash");
        let mut sync = runner.command(&self.bed.project(), &["sync"]);
        for (name, peer) in [
            ("copier copy", "copier"),
            ("cookiecutter", "cookiecutter"),
            ("cargo generate", "cargo-generate"),
            ("projen synth", "projen"),
        ] {
            if peer == RUST.0 && !self.tools.join("bin").join(peer).is_file() {
                continue;
            }
            self.bed.empty_project()?;
            let made = self.folder.join(format!("made-{peer}"));
            set_aside(&made, &trash)?;
            if peer != "copier" {
                at(&made, fs::create_dir_all(&made))?;
            }
            let other = Yardstick::new(name, self.making(peer, &made));
            runner.run((OUTPUTS, "peers-new"), &mut sync, &mut [other], &said)?;
            self.complete(&made, name)?;
        }
        timed(&mut sync, &said)?;
        let made = self.folder.join("made-copier");
        added(&made)?;
        let mut update = Command::new(self.tools.join("python/bin/copier"));
        update.args(["update", "--defaults", "--quiet"]).current_dir(&made);
        let again = self.making("projen", &self.folder.join("made-projen"));
        let mut others =
            [Yardstick::new("copier update", update), Yardstick::new("projen synth, again", again)];
        runner.run((OUTPUTS, "peers-nothing"), &mut sync, &mut others, &said)
    }

    /// A peer that did not do the work is not measured.
    fn complete(&self, made: &Path, name: &str) -> Result<()> {
        let files = crate::bench::bed::stamps(made)?.len();
        if files + 10 > OUTPUTS { Ok(()) } else { Err(format!("`{name}` made {files} files only")) }
    }
}

fn install(tools: &Path) -> Result<()> {
    let python = tools.join("python");
    let stamp = tools.join("peers.txt");
    let wanted = format!("{PYTHON:?} {NODE:?} {RUST:?}");
    if fs::read_to_string(&stamp).ok().as_deref() == Some(wanted.as_str()) {
        return Ok(());
    }
    eprintln!("installing the peers");
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv"]).arg(&python);
    quietly(venv)?;
    let mut pip = Command::new(python.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check"]);
    quietly_with(pip, PYTHON.map(|(name, version)| format!("{name}=={version}")))?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"])
        .arg(tools.join("node"));
    quietly_with(npm, NODE.map(|(name, version)| format!("{name}@{version}")))?;
    // It takes long to build and not every toolchain can; the others are measured without it.
    if let Err(why) = cargo_install(tools, RUST.0, RUST.1, RUST.0) {
        eprintln!("{why}; it is left out");
        return Ok(());
    }
    at(&stamp, fs::write(&stamp, wanted))
}

fn quietly_with(mut command: Command, words: impl IntoIterator<Item = String>) -> Result<()> {
    command.args(words).stdin(Stdio::null());
    quietly(command)
}
