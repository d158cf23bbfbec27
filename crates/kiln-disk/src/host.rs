//! Who runs kiln on which boot of which machine: for the lock between processes and for recovery after a power loss.

use std::fmt;

/// This process on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Changes whenever the machine starts; empty where the system does not say.
    pub boot: String,
    /// The machine's name.
    pub name: String,
    /// The process.
    pub process: u32,
}

impl Host {
    /// This process, as the system says.
    #[must_use]
    pub fn current() -> Self {
        Self {
            boot: kernel("random/boot_id"),
            name: kernel("hostname"),
            process: std::process::id(),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a value of the kernel, not a file of a project")]
fn kernel(name: &str) -> String {
    let text = std::fs::read_to_string(format!("/proc/sys/kernel/{name}"));
    text.map(|text| text.trim().to_owned()).unwrap_or_default()
}

/// Who holds the lock of a vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// What it runs; empty if it has not said yet.
    pub command: String,
    /// Its process and machine, if it has said.
    pub host: Option<Host>,
}

impl Holder {
    pub(crate) fn new(host: &Host, command: &str) -> Self {
        Self { command: command.to_owned(), host: Some(host.clone()) }
    }

    pub(crate) fn to_text(&self) -> String {
        let Some(Host { boot, name, process }) = &self.host else { return String::new() };
        format!("process {process}\nmachine {name}\nboot {boot}\ncommand {}\n", self.command)
    }

    pub(crate) fn from_text(text: &str) -> Self {
        let value = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key));
            line.map(|line| line.trim().to_owned())
        };
        let host = value("process").and_then(|process| process.parse().ok()).map(|process| Host {
            boot: value("boot").unwrap_or_default(),
            name: value("machine").unwrap_or_default(),
            process,
        });
        Self { command: value("command").unwrap_or_default(), host }
    }

    /// True if its process still runs, as far as this machine can tell.
    pub(crate) fn is_alive(&self, here: &Host) -> bool {
        let Some(host) = &self.host else { return false };
        if host.name != here.name || host.boot != here.boot {
            // Another machine on a shared disk: it may well run.
            return host.name != here.name;
        }
        let process = i32::try_from(host.process).ok().and_then(rustix::process::Pid::from_raw);
        process.is_some_and(|process| match rustix::process::test_kill_process(process) {
            Ok(()) => true,
            Err(error) => error == rustix::io::Errno::PERM,
        })
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Some(Host { name, process, .. }) => {
                write!(f, "`kiln {}`, process {process} on {name}", self.command)
            }
            None => f.write_str("it has not said who it is"),
        }
    }
}
