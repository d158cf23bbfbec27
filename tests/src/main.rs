//! The `kiln` binary as the suites start it: panics and exit codes are what people see.

use std::process::ExitCode;

fn main() -> ExitCode {
    kiln::main()
}
