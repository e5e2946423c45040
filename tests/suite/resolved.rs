//! `explain HOST --resolve CAPTURE`: the addresses of names from the DNS answers of a capture.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

/// A response: the name that was asked, and records as name, type and data. An alias is a name in `data`.
fn response(asked: &str, records: &[(&str, u16, Vec<u8>)]) -> Vec<u8> {
    let mut message = Vec::new();
    let count = u16::try_from(records.len()).unwrap();
    for number in [7, 0x8180, 1, count, 0, 0] {
        message.extend(u16::to_be_bytes(number));
    }
    message.extend(name(asked));
    message.extend([0, 1, 0, 1]);
    for (owner, kind, data) in records {
        message.extend(name(owner));
        for number in [*kind, 1, 0, 60, u16::try_from(data.len()).unwrap()] {
            message.extend(number.to_be_bytes());
        }
        message.extend(data);
    }
    message
}

fn name(text: &str) -> Vec<u8> {
    let labels = text.split('.').flat_map(|label| {
        [u8::try_from(label.len()).unwrap()].into_iter().chain(label.bytes()).collect::<Vec<_>>()
    });
    labels.chain([0]).collect()
}

fn udp(payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 8).unwrap();
    [&[0, 53, 0x9c, 0x40][..], &length.to_be_bytes(), &[0, 0], payload].concat()
}

fn tcp(sequence: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
    let numbers = [sequence.to_be_bytes(), 1_u32.to_be_bytes()].concat();
    [&[0, 53, 0x9c, 0x41][..], &numbers, &[0x50, flags, 4, 0, 0, 0, 0, 0], payload].concat()
}

/// An Ethernet frame in a VLAN, with an IPv4 packet.
fn v4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 20).unwrap().to_be_bytes();
    let ethernet = [&[2; 12][..], &[0x81, 0, 0, 5, 8, 0]].concat();
    let header = [0x45, 0, length[0], length[1], 0, 9, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 53, 10, 0, 0, 1];
    [&ethernet[..], &header, payload].concat()
}

/// An Ethernet frame with an IPv6 packet, which has a header with options for the destination.
fn v6(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 8).unwrap().to_be_bytes();
    let ethernet = [&[2; 12][..], &[0x86, 0xdd]].concat();
    let header = [&[0x60, 0, 0, 0, length[0], length[1], 60, 64][..], &[0xfd; 32]].concat();
    [&ethernet[..], &header, &[protocol, 0, 1, 4, 0, 0, 0, 0], payload].concat()
}

/// A pcap with these frames; of the last, `cut` bytes are not captured.
fn pcap(frames: &[Vec<u8>], cut: usize) -> Vec<u8> {
    let mut file =
        [&0xa1b2_c3d4_u32.to_le_bytes()[..], &[2, 0, 4, 0], &[0; 8], &[255, 255, 0, 0, 1, 0, 0, 0]].concat();
    for (number, frame) in frames.iter().enumerate() {
        let length = u32::try_from(frame.len()).unwrap();
        let captured = frame.len() - if number + 1 == frames.len() { cut } else { 0 };
        for field in [u32::try_from(number).unwrap(), 0, u32::try_from(captured).unwrap(), length] {
            file.extend(field.to_le_bytes());
        }
        file.extend(&frame[..captured]);
    }
    file
}

fn explain(host: &str, capture: &Path) -> (bool, String, String) {
    let mut command = crate::peerpath();
    let output = command.args(["explain", host, "--resolve"]).arg(capture).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

#[test]
fn names_are_resolved_by_the_answers_of_a_capture() {
    const ALIAS: u16 = 5;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("answers.pcap");
    let over_udp = response(
        "make.powerapps.com",
        &[
            ("Make.PowerApps.com", ALIAS, name("front.example")),
            ("front.example", 1, vec![20, 38, 108, 5]),
            ("front.example", 28, [&[0x26, 3, 0x10, 0x20][..], &[0; 12]].concat()),
        ],
    );
    let over_tcp = response("tcp.example", &[("tcp.example", 1, vec![52, 112, 0, 1])]);
    let stream = [&u16::try_from(over_tcp.len()).unwrap().to_be_bytes()[..], &over_tcp].concat();
    let (first, second) = stream.split_at(20);
    let frames = [
        v4(17, &udp(&over_udp)),
        v6(6, &tcp(u32::MAX, 0x12, &[])),
        // The second part arrives first, and the number wraps around.
        v6(6, &tcp(20, 0x10, second)),
        v6(6, &tcp(0, 0x10, first)),
        v4(17, &udp(&[1, 2, 3])),
        v4(17, &udp(&over_udp)),
    ];
    fs::write(&path, pcap(&frames, 9)).unwrap();

    let (done, text, notes) = explain("make.powerapps.com", &path);
    assert!(done, "{notes}");
    assert!(text.contains("1 IPv4 and 1 IPv6 addresses\n"), "{text}");
    assert!(text.contains("microsoft-peering  1 IPv4 and 1 IPv6\n"), "{text}");
    let unread =
        "1 malformed, 1 cut off by the capture; TCP streams: 0 without all segments, 0 beyond the limits";
    assert!(notes.contains(unread), "{notes}");
    let (done, _, notes) = explain("other.crm4.dynamics.com", &path);
    assert!(done && notes.contains("has no address of this name"), "{notes}");
    let (_, text, notes) = explain("tcp.example", &path);
    assert!(!notes.contains("no address of this name"), "{notes}");
    assert!(text.contains("resolved               1 IPv4 addresses\n"), "{text}");
}

#[test]
fn a_capture_without_answers_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nothing.pcap");
    fs::write(&path, pcap(&[], 0)).unwrap();
    let (done, _, notes) = explain("make.powerapps.com", &path);
    assert!(!done && notes.contains("or a capture with DNS answers that are not encrypted"), "{notes}");
}
