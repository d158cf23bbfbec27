//! The `kiln` binary as the suites start it: panics and exit codes are what people see. A suite may ask for the work
//! that was done.
#![expect(
    clippy::disallowed_methods,
    reason = "the suites ask by a variable, and read the answer from a file"
)]

use std::process::ExitCode;

fn main() -> ExitCode {
    let code = kiln::main();
    if let Some(path) = std::env::var_os("KILN_UNDER_TEST_WORK") {
        let line = |(name, amount)| format!("{name} {amount}\n");
        let text: String = kiln_base::work::counted().into_iter().map(line).collect();
        if let Err(error) = std::fs::write(&path, text) {
            panic!("{}: {error}", path.display());
        }
    }
    code
}
