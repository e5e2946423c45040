//! Machines of a lab: network namespaces with daemons in them, and what tests of them share.
//!
//! Everything a lab makes goes with it, also when the test fails: daemons are killed, namespaces
//! removed. Should the test itself be killed, the daemons end by their time limit, and the next lab
//! removes the namespaces.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, and says where it is"
)]

pub(crate) mod longest;
pub(crate) mod sample;
pub(crate) mod shell;
pub(crate) mod versions;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use shell::{run, words};

/// Seconds that a daemon may live.
const DAEMON_LIFE: &str = "900";
/// The most time that routers get to reach a state.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
/// Said to bgpd before its configuration: its timer applies new route maps again some seconds later, and FRR before
/// 10.5 loses the choice among the paths of a prefix that is told meanwhile (its commit 18e731f475 mends that). The
/// route maps apply from the first update on all the same.
const NO_SECOND_TURN: &str = "bgp route-map delay-timer 0\n";
/// Between two looks at a state.
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) struct Machines {
    prefix: String,
    directory: tempfile::TempDir,
    namespaces: Vec<String>,
    daemons: Vec<(String, Child)>,
}

impl Machines {
    /// None yet. `lab` tells the namespaces of one lab from those of another.
    pub(crate) fn new(lab: &str) -> Result<Self, String> {
        remove_stale();
        let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
        let prefix = format!("peerpath-{}-{lab}", std::process::id());
        let machines = Self { prefix, directory, namespaces: Vec::new(), daemons: Vec::new() };
        // FRR's daemons work as a user of their own.
        words(&format!("chmod 755 {}", machines.path("").display()))?;
        Ok(machines)
    }

    /// Makes a namespace; its full name.
    pub(crate) fn namespace(&mut self, name: &str) -> Result<String, String> {
        let full = self.full(name);
        words(&format!("ip netns add {full}"))?;
        self.namespaces.push(full.clone());
        words(&format!("ip -n {full} link set lo up"))?;
        Ok(full)
    }

    pub(crate) fn full(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf, String> {
        let path = self.path(name);
        fs::write(&path, text).map_err(|error| format!("cannot write `{}`: {error}", path.display()))?;
        Ok(path)
    }

    /// Starts a program that runs until its namespace's programs are stopped.
    pub(crate) fn start(&mut self, namespace: &str, name: &str, arguments: &[&str]) -> Result<(), String> {
        let log = File::create(self.log_path(namespace, name)).map_err(|error| error.to_string())?;
        let errors = log.try_clone().map_err(|error| error.to_string())?;
        let child = Command::new("timeout")
            .args(["-k", "5", DAEMON_LIFE, "ip", "netns", "exec", &self.full(namespace), name])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .map_err(|error| format!("cannot start `{name}`: {error}"))?;
        self.daemons.push((namespace.to_owned(), child));
        Ok(())
    }

    fn log_path(&self, namespace: &str, name: &str) -> PathBuf {
        self.path(&format!("{namespace}-{}.log", name.replace('/', "-")))
    }

    /// What a program that was started has said so far.
    pub(crate) fn log(&self, namespace: &str, name: &str) -> String {
        fs::read_to_string(self.log_path(namespace, name)).unwrap_or_default()
    }

    /// Runs a program in a namespace beside the test, which reads what it says.
    pub(crate) fn beside(&self, namespace: &str, name: &str, arguments: &[&str]) -> Result<Child, String> {
        Command::new("timeout")
            .args(["-k", "5", shell::BOUND, "ip", "netns", "exec", &self.full(namespace), name])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start `{name}`: {error}"))
    }

    /// Ends the daemons of a namespace and waits for their end: asked first, so that zebra takes its
    /// routes out of the kernel, killed if they do not listen.
    pub(crate) fn stop(&mut self, namespace: &str) {
        let full = self.full(namespace);
        signal(&full, "-TERM");
        let ended = wait("the end of daemons", Duration::from_secs(10), || {
            let pids = words(&format!("ip netns pids {full}"))?;
            if pids.trim().is_empty() { Ok(()) } else { Err(pids) }
        });
        if ended.is_err() {
            signal(&full, "-KILL");
        }
        for (of, child) in &mut self.daemons {
            if of == namespace {
                let _ = child.wait();
            }
        }
        self.daemons.retain(|(of, _)| of != namespace);
    }

    /// Starts BIRD in a namespace.
    pub(crate) fn bird(&mut self, name: &str, config: &str) -> Result<(), String> {
        let config = self.write(&format!("{name}.conf"), config)?;
        let (control, pid) = (self.path(&format!("{name}.ctl")), self.path(&format!("{name}.pid")));
        let arguments = ["-f", "-c", text(&config), "-s", text(&control), "-P", text(&pid)];
        self.start(name, "/usr/sbin/bird", &arguments)
    }

    /// Starts FRR in a namespace, zebra before the others, and waits until all of them answer; no configuration yet.
    pub(crate) fn frr(&mut self, namespace: &str, daemons: &[&str]) -> Result<(), String> {
        let directory = self.frr_directory(namespace);
        if !directory.exists() {
            fs::create_dir(&directory).map_err(|error| error.to_string())?;
            words(&format!("chown frr:frr {}", directory.display()))?;
        }
        let directory = text(&directory);
        fs::write(format!("{directory}/vtysh.conf"), "").map_err(|error| error.to_string())?;
        let socket = format!("{directory}/zserv.api");
        for name in daemons {
            let (config, pid) = (format!("{directory}/{name}.conf"), format!("{directory}/{name}.pid"));
            fs::write(&config, "").map_err(|error| error.to_string())?;
            let program = format!("/usr/lib/frr/{name}");
            #[rustfmt::skip]
            let arguments = [
                "-f", &config, "-i", &pid, "-z", &socket, "--vty_socket", directory, "-P", "0", "--log", "stdout",
            ];
            self.start(namespace, &program, &arguments)?;
            wait(name, PATIENCE, || self.vtysh(namespace, name, "show version").map(|_| ()))?;
        }
        Ok(())
    }

    /// Loads a configuration into the FRR of a namespace.
    pub(crate) fn configure(&self, namespace: &str, config: &str) -> Result<(), String> {
        let directory = self.frr_directory(namespace);
        let file = self.write(&format!("{namespace}-frr.conf"), &(NO_SECOND_TURN.to_owned() + config))?;
        let directory = text(&directory);
        let stated =
            run("vtysh", &["--vty_socket", directory, "--config_dir", directory, "-f", text(&file)])?;
        // vtysh goes on behind a line that it does not know, and says so.
        if stated.contains('%') { Err(format!("the configuration was not taken: {stated}")) } else { Ok(()) }
    }

    fn frr_directory(&self, namespace: &str) -> PathBuf {
        self.path(&format!("frr-{namespace}"))
    }

    /// What one of FRR's daemons answers.
    pub(crate) fn vtysh(&self, namespace: &str, daemon: &str, command: &str) -> Result<String, String> {
        let directory = self.frr_directory(namespace);
        let directory = text(&directory);
        run("vtysh", &["--vty_socket", directory, "--config_dir", directory, "-d", daemon, "-c", command])
    }

    /// What bgpd answers, as JSON.
    pub(crate) fn bgp_json(&self, namespace: &str, command: &str) -> Result<Value, String> {
        let answer = self.vtysh(namespace, "bgpd", command)?;
        serde_json::from_str(&answer).map_err(|error| format!("`{command}`: {error}"))
    }

    /// Whether bgpd has looked at all that it was told; else how much waits.
    pub(crate) fn bgp_rests(&self, namespace: &str) -> Result<(), String> {
        let queues = self.vtysh(namespace, "bgpd", "show work-queues")?;
        // Its first column counts the prefixes that wait for a choice.
        let waiting = queues.lines().find(|line| line.contains("process_queue"));
        match waiting.filter(|line| line.split_whitespace().next() != Some("0")) {
            Some(line) => Err(format!("bgpd has not chosen yet: {line}")),
            None => Ok(()),
        }
    }

    /// The last lines of every log, for a failure.
    pub(crate) fn logs(&self) -> String {
        let mut all = String::new();
        for entry in fs::read_dir(self.directory.path()).into_iter().flatten().flatten() {
            if entry.path().extension().is_some_and(|extension| extension == "log") {
                let log = fs::read_to_string(entry.path()).unwrap_or_default();
                let lines: Vec<&str> = log.lines().rev().take(8).collect();
                all += &format!("-- {}\n", entry.file_name().display());
                all += &lines.into_iter().rev().collect::<Vec<_>>().join("\n");
                all.push('\n');
            }
        }
        all
    }
}

impl Drop for Machines {
    fn drop(&mut self) {
        for namespace in &self.namespaces {
            signal(namespace, "-KILL");
        }
        for (_, child) in &mut self.daemons {
            let _ = child.kill();
            let _ = child.wait();
        }
        for namespace in &self.namespaces {
            let _ = words(&format!("ip netns del {namespace}"));
        }
    }
}

/// Why machines cannot run here, if they cannot: one of these programs is missing, or no namespace can be made.
pub(crate) fn missing(programs: &[&str]) -> Option<String> {
    for program in programs {
        if !Path::new(program).exists() {
            return Some(format!("`{program}` is missing"));
        }
    }
    let probe = format!("peerpath-{}-probe", std::process::id());
    if let Err(error) = words(&format!("ip netns add {probe}")) {
        return Some(format!("network namespaces cannot be made: {error}"));
    }
    words(&format!("ip netns del {probe}")).err()
}

/// Asks `state` again and again until it is there; what it said last if it never is.
pub(crate) fn wait<T>(
    what: &str,
    patience: Duration,
    mut state: impl FnMut() -> Result<T, String>,
) -> Result<T, String> {
    let start = Instant::now();
    loop {
        match state() {
            Ok(reached) => return Ok(reached),
            Err(_) if start.elapsed() < patience => thread::sleep(PAUSE),
            Err(last) => return Err(format!("{what}: not reached within {patience:?}: {last}")),
        }
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap_or_default()
}

/// Sends a signal to every process inside a namespace.
pub(crate) fn signal(namespace: &str, signal: &str) {
    for pid in words(&format!("ip netns pids {namespace}")).unwrap_or_default().split_whitespace() {
        let _ = words(&format!("kill {signal} {pid}"));
    }
}

/// Removes the namespaces of labs whose test is no more.
fn remove_stale() {
    for line in words("ip netns list").unwrap_or_default().lines() {
        let name = line.split(' ').next().unwrap_or_default();
        let Some(owner) = name.strip_prefix("peerpath-").and_then(|rest| rest.split('-').next()) else {
            continue;
        };
        if !Path::new("/proc").join(owner).exists() {
            signal(name, "-KILL");
            let _ = words(&format!("ip netns del {name}"));
        }
    }
}
