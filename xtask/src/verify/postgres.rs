//! A PostgreSQL server of this run's own: made, started and stopped here, installed if it is absent.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::Result;
use crate::verify::tools::step;

/// A running server on a free port of this machine.
pub(crate) struct Postgres {
    bin: PathBuf,
    folder: PathBuf,
    /// Where it listens.
    pub(crate) port: u16,
    root: bool,
}

impl Postgres {
    /// Makes and starts a server.
    pub(crate) fn start() -> Result<Self> {
        let bin = binaries()?;
        let root = whoami()? == "root";
        let folder = std::env::temp_dir().join(format!("kiln-verify-{}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        if root {
            // The server refuses to run as root; its folder must be reachable by its user.
            step("postgres: folder", Command::new("chown").arg("postgres").arg(&folder))?;
        }
        let port = free_port()?;
        let server = Self { bin, folder, port, root };
        let data = server.folder.join("data");
        let mut initdb = server.command("initdb");
        step(
            "postgres: make",
            initdb.arg("-D").arg(&data).args([
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ]),
        )?;
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300",
            server.folder.display()
        );
        let mut start = server.command("pg_ctl");
        start
            .arg("-D")
            .arg(&data)
            .arg("-l")
            .arg(server.folder.join("log"))
            .args(["-w", "-o", &options, "start"]);
        let status = start
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .map_err(|error| error.to_string())?;
        if !status.success() {
            let log = fs::read_to_string(server.folder.join("log")).unwrap_or_default();
            return Err(format!("postgres does not start:\n{log}"));
        }
        println!("  ok   postgres on port {port}");
        Ok(server)
    }

    fn command(&self, program: &str) -> Command {
        let program = self.bin.join(program);
        let mut command = if self.root {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(&self.folder);
        command
    }

    /// Runs SQL as the superuser.
    pub(crate) fn psql(&self, arguments: &[&str]) -> Command {
        let mut psql = Command::new(self.bin.join("psql"));
        psql.args([
            "-X",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "127.0.0.1",
            "-p",
            &self.port.to_string(),
            "-U",
            "postgres",
        ]);
        psql.args(arguments);
        psql
    }

    /// The address of a database for a role.
    pub(crate) fn url(&self, role: &str, database: &str) -> String {
        format!("postgresql://{role}:{role}@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = self.command("pg_ctl");
        stop.arg("-D").arg(self.folder.join("data")).args(["-m", "immediate", "stop"]);
        // Nothing is lost if it does not stop or its folder stays: both are of this run alone.
        let _ = stop.stdout(Stdio::null()).stderr(Stdio::null()).status();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn whoami() -> Result<String> {
    let output = Command::new("id").arg("-un").output().map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    listener.local_addr().map(|address| address.port()).map_err(|error| error.to_string())
}

/// The folder with the server's programs; installs Debian's package if there is none.
fn binaries() -> Result<PathBuf> {
    if let Some(found) = installed() {
        return Ok(found);
    }
    println!("  ..   installing PostgreSQL");
    step("apt-get update", Command::new("apt-get").args(["update", "-qq"]))?;
    step(
        "apt-get install",
        Command::new("apt-get").args([
            "install",
            "-y",
            "-qq",
            "--no-install-recommends",
            "postgresql",
        ]),
    )?;
    installed().ok_or_else(|| {
        "PostgreSQL is not installed: install its server programs (initdb, pg_ctl)".to_owned()
    })
}

fn installed() -> Option<PathBuf> {
    let mut debian: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    debian.sort();
    let others = ["/usr/local/pgsql/bin", "/opt/homebrew/bin", "/usr/local/bin"].map(PathBuf::from);
    let complete = |folder: &PathBuf| {
        ["initdb", "pg_ctl", "psql"].iter().all(|program| folder.join(program).is_file())
    };
    debian.into_iter().rev().chain(others).find(complete)
}
