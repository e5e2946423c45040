//! Network namespaces joined by veth pairs, and the routing daemons in them.
//!
//! Everything a lab makes goes with it, also when the test fails: daemons are killed, namespaces
//! removed. Should the test itself be killed, the daemons end by their time limit, and the next lab
//! removes the namespaces.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::shell::{run, words};

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

/// A neighbour of the edge: its namespace and the addresses of both ends.
pub(crate) struct Neighbor {
    /// Its name, that of its namespace without the lab's prefix; the edge's interface is `to-NAME`.
    pub(crate) name: &'static str,
    /// The edge's and its own IPv4 address, in a /30.
    pub(crate) v4: [&'static str; 2],
    /// The edge's and its own IPv6 address, in a /126.
    pub(crate) v6: [&'static str; 2],
}

impl Neighbor {
    /// The interface of the edge that leads there.
    pub(crate) fn interface(&self) -> String {
        format!("to-{}", self.name)
    }
}

pub(crate) struct Lab {
    prefix: String,
    directory: tempfile::TempDir,
    namespaces: Vec<String>,
    daemons: Vec<(String, Child)>,
    neighbors: &'static [Neighbor],
}

impl Lab {
    /// Namespaces, interfaces and addresses; no daemon yet.
    pub(crate) fn new(neighbors: &'static [Neighbor], lan: &[&str]) -> Result<Self, String> {
        remove_stale();
        let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
        let mut lab = Self {
            prefix: format!("peerpath-{}", std::process::id()),
            directory,
            namespaces: Vec::new(),
            daemons: Vec::new(),
            neighbors,
        };
        // FRR's daemons work as a user of their own.
        words(&format!("chmod 755 {}", lab.path("").display()))?;
        fs::create_dir(lab.path("frr")).map_err(|error| error.to_string())?;
        words(&format!("chown frr:frr {}", lab.path("frr").display()))?;
        let edge = lab.namespace("edge")?;
        let clients = lab.namespace("clients")?;
        words(&format!("ip link add lan netns {edge} type veth peer name edge netns {clients}"))?;
        words(&format!("ip -n {clients} link set edge up"))?;
        words(&format!("ip -n {edge} link set lan up"))?;
        for prefix in lan {
            words(&format!("ip -n {edge} route add {prefix} dev lan"))?;
        }
        for neighbor in neighbors {
            let there = lab.namespace(neighbor.name)?;
            let here = neighbor.interface();
            words(&format!("ip link add {here} netns {edge} type veth peer name edge netns {there}"))?;
            let ends = [(&edge, here.as_str(), 0), (&there, "edge", 1)];
            for (namespace, interface, end) in ends {
                words(&format!("ip -n {namespace} addr add {}/30 dev {interface}", neighbor.v4[end]))?;
                words(&format!("ip -n {namespace} addr add {}/126 dev {interface} nodad", neighbor.v6[end]))?;
                words(&format!("ip -n {namespace} link set {interface} up"))?;
            }
        }
        Ok(lab)
    }

    fn namespace(&mut self, name: &str) -> Result<String, String> {
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

    fn start(&mut self, namespace: &str, name: &str, arguments: &[&str]) -> Result<(), String> {
        let log = File::create(self.path(&format!("{namespace}-{}.log", name.replace('/', "-"))))
            .map_err(|error| error.to_string())?;
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

    /// Starts zebra, staticd and bgpd at the edge and loads a configuration.
    pub(crate) fn frr(&mut self, config: &str) -> Result<(), String> {
        let directory = self.path("frr");
        let directory = text(&directory);
        for name in ["vtysh.conf", "zebra.conf", "staticd.conf", "bgpd.conf"] {
            self.write(&format!("frr/{name}"), "")?;
        }
        let (socket, path) = (format!("{directory}/zserv.api"), |name: &str| format!("{directory}/{name}"));
        for name in ["zebra", "staticd", "bgpd"] {
            let (config, pid) = (path(&format!("{name}.conf")), path(&format!("{name}.pid")));
            let program = format!("/usr/lib/frr/{name}");
            let arguments = [
                "-f",
                &config,
                "-i",
                &pid,
                "-z",
                &socket,
                "--vty_socket",
                directory,
                "-P",
                "0",
                "--log",
                "stdout",
            ];
            self.start("edge", &program, &arguments)?;
            wait(name, PATIENCE, || self.vtysh_of(name, "show version").map(|_| ()))?;
        }
        let file = self.write("frr/edge.conf", &(NO_SECOND_TURN.to_owned() + config))?;
        let said = run("vtysh", &["--vty_socket", directory, "--config_dir", directory, "-f", text(&file)])?;
        // vtysh goes on behind a line that it does not know, and says so.
        if said.contains('%') { Err(format!("the configuration was not taken: {said}")) } else { Ok(()) }
    }

    fn vtysh_of(&self, daemon: &str, command: &str) -> Result<String, String> {
        let directory = self.path("frr");
        let directory = text(&directory);
        run("vtysh", &["--vty_socket", directory, "--config_dir", directory, "-d", daemon, "-c", command])
    }

    /// What bgpd answers.
    pub(crate) fn bgp(&self, command: &str) -> Result<String, String> {
        self.vtysh_of("bgpd", command)
    }

    /// What bgpd answers, as JSON.
    pub(crate) fn bgp_json(&self, command: &str) -> Result<Value, String> {
        let answer = self.bgp(command)?;
        serde_json::from_str(&answer).map_err(|error| format!("`{command}`: {error}"))
    }

    /// Takes the link of a neighbour down at its far end, or up again.
    pub(crate) fn link(&self, name: &str, up: bool) -> Result<(), String> {
        let there = self.full(name);
        words(&format!("ip -n {there} link set edge {}", if up { "up" } else { "down" }))?;
        if up {
            // The kernel drops IPv6 addresses of an interface that goes down.
            for neighbor in self.neighbors.iter().filter(|neighbor| neighbor.name == name) {
                words(&format!("ip -n {there} addr replace {}/126 dev edge nodad", neighbor.v6[1]))?;
            }
        }
        Ok(())
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

impl Drop for Lab {
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
fn signal(namespace: &str, signal: &str) {
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
