//! Whether a text is one of its language, by other readers than those that merge.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const PYTHON: &str = "
import ast, sys
stream = sys.stdin.buffer
while True:
    head = stream.readline()
    if not head:
        break
    text = stream.read(int(head.split()[1]))
    try:
        ast.parse(text)
        answer = 'yes'
    except Exception:
        answer = 'no'
    print(answer, flush=True)
";

const TYPESCRIPT: &str = "
const ts = require('typescript');
let held = Buffer.alloc(0);
process.stdin.on('data', (chunk) => {
  held = Buffer.concat([held, chunk]);
  for (;;) {
    const end = held.indexOf(10);
    if (end < 0) return;
    const [name, size] = held.toString('utf8', 0, end).split(' ');
    if (held.length < end + 1 + Number(size)) return;
    const text = held.toString('utf8', end + 1, end + 1 + Number(size));
    held = held.subarray(end + 1 + Number(size));
    const tree = ts.createSourceFile(name, text, ts.ScriptTarget.Latest);
    console.log(tree.parseDiagnostics.length === 0 ? 'yes' : 'no');
  }
});
";

/// A program that reads texts and answers.
struct Reader {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Reader {
    fn start(command: &mut Command) -> Option<Self> {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().ok()?;
        let (input, output) = (child.stdin.take()?, child.stdout.take()?);
        Some(Self { child, input, output: BufReader::new(output) })
    }

    fn ask(&mut self, name: &str, text: &[u8]) -> Option<bool> {
        writeln!(self.input, "{name} {}", text.len()).ok()?;
        self.input.write_all(text).ok()?;
        self.input.flush().ok()?;
        let mut answer = String::new();
        self.output.read_line(&mut answer).ok()?;
        match answer.trim() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The readers of all languages.
pub(crate) struct Check {
    python: Option<Reader>,
    typescript: Option<Reader>,
}

impl Check {
    pub(crate) fn new(node_modules: Option<&Path>) -> Self {
        let mut python = Command::new("python3");
        python.args(["-I", "-W", "ignore", "-c", PYTHON]);
        let typescript = node_modules.map(|folder| {
            let mut node = Command::new("node");
            node.args(["-e", TYPESCRIPT]).env("NODE_PATH", folder);
            node
        });
        Self {
            python: Reader::start(&mut python),
            typescript: typescript.and_then(|mut node| Reader::start(&mut node)),
        }
    }

    /// Whether it is; `None` if nobody here can tell.
    pub(crate) fn parses(&mut self, path: &str, language: &str, text: &[u8]) -> Option<bool> {
        let as_text = || std::str::from_utf8(text).ok();
        match language {
            "Python" => self.python.as_mut()?.ask("a.py", text),
            "TypeScript" | "JavaScript" => {
                let name = path.rsplit('/').next().unwrap_or(path).replace([' ', '\n'], "_");
                match &mut self.typescript {
                    Some(reader) => reader.ask(&name, text),
                    None => Some(brackets_close(as_text()?)),
                }
            }
            "JSON" => Some(serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok()),
            "TOML" => Some(as_text()?.parse::<toml_edit::DocumentMut>().is_ok()),
            "YAML" => Some(yaml_parses(as_text()?)),
            _ => None,
        }
    }
}

fn yaml_parses(text: &str) -> bool {
    granit_parser::Parser::new_from_str(text).all(|event| event.is_ok())
}

/// Where no reader of the language is at hand: brackets outside of texts and comments close in their order.
fn brackets_close(text: &str) -> bool {
    let mut open = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '/' if chars.peek() == Some(&'/') => while chars.next_if(|&c| c != '\n').is_some() {},
            '"' | '\'' => {
                while let Some(inner) = chars.next_if(|&inner| inner != '\n') {
                    if inner == '\\' {
                        chars.next();
                    } else if inner == c {
                        break;
                    }
                }
            }
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' if open.pop() != Some(c) => return false,
            _ => {}
        }
    }
    open.is_empty()
}
