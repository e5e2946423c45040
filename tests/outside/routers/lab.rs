//! The machines of this lab: the edge, its clients, its neighbours, joined by veth pairs.

use serde_json::Value;

use crate::machines::Machines;
use crate::machines::shell::words;

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

/// The machines, and who is whose neighbour.
pub(crate) struct Lab {
    pub(crate) machines: Machines,
    neighbors: &'static [Neighbor],
}

impl Lab {
    /// Namespaces, interfaces and addresses; no daemon yet.
    pub(crate) fn new(neighbors: &'static [Neighbor], lan: &[&str]) -> Result<Self, String> {
        let mut machines = Machines::new("one")?;
        let edge = machines.namespace("edge")?;
        let clients = machines.namespace("clients")?;
        words(&format!("ip link add lan netns {edge} type veth peer name edge netns {clients}"))?;
        words(&format!("ip -n {clients} link set edge up"))?;
        words(&format!("ip -n {edge} link set lan up"))?;
        for prefix in lan {
            words(&format!("ip -n {edge} route add {prefix} dev lan"))?;
        }
        for neighbor in neighbors {
            let there = machines.namespace(neighbor.name)?;
            let here = neighbor.interface();
            words(&format!("ip link add {here} netns {edge} type veth peer name edge netns {there}"))?;
            let ends = [(&edge, here.as_str(), 0), (&there, "edge", 1)];
            for (namespace, interface, end) in ends {
                words(&format!("ip -n {namespace} addr add {}/30 dev {interface}", neighbor.v4[end]))?;
                words(&format!("ip -n {namespace} addr add {}/126 dev {interface} nodad", neighbor.v6[end]))?;
                words(&format!("ip -n {namespace} link set {interface} up"))?;
            }
        }
        Ok(Self { machines, neighbors })
    }

    /// Starts FRR at the edge and loads a configuration.
    pub(crate) fn frr(&mut self, config: &str) -> Result<(), String> {
        self.machines.frr("edge", &["zebra", "staticd", "bgpd"])?;
        self.machines.configure("edge", config)
    }

    /// What bgpd answers, as JSON.
    pub(crate) fn bgp_json(&self, command: &str) -> Result<Value, String> {
        self.machines.bgp_json("edge", command)
    }

    /// Takes the link of a neighbour down at its far end, or up again.
    pub(crate) fn link(&self, name: &str, up: bool) -> Result<(), String> {
        let there = self.machines.full(name);
        words(&format!("ip -n {there} link set edge {}", if up { "up" } else { "down" }))?;
        if up {
            // The kernel drops IPv6 addresses of an interface that goes down.
            for neighbor in self.neighbors.iter().filter(|neighbor| neighbor.name == name) {
                words(&format!("ip -n {there} addr replace {}/126 dev edge nodad", neighbor.v6[1]))?;
            }
        }
        Ok(())
    }
}
