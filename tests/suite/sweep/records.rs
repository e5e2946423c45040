//! Flow records of every format, and packets without a time.

use super::*;

/// By hand: 10 MB in a minute on an edge of 1 Mbit/s, which carries 7.5 MB of them.
/// Packets without a time fill no link at any time: they are left out, and what has one is judged as it is alone.
#[test]
fn packets_without_a_time_are_left_out_and_counted() {
    let given = three();
    let scenario = given.scenario(SCOPE);
    let sweep = |packets: &[TimedPacket]| {
        let options = FlowTableOptions { bucket_ns: Some(MINUTE), ..FlowTableOptions::default() };
        let mut table = FlowTable::new(options);
        table.add_batch(packets);
        let flows = table.finish();
        let mut sweep = Sweep::new(given.setting(), &scenario, given.outages(), 1_000_000).unwrap();
        sweep.take(&flows.into()).unwrap();
        sweep.finish()
    };
    let without = |packet: &TimedPacket| TimedPacket { time: PacketTime::NONE, ..*packet };
    let alone = sweep(&given.packets).unwrap();
    let some: Vec<TimedPacket> = given.packets.iter().step_by(10).map(without).collect();
    let with = sweep(&[&given.packets[..], &some].concat()).unwrap();
    assert_eq!(with.untimed.packets, some.len() as u64);
    assert_eq!(SweepResult { untimed: Volume::default(), ..with }, alone);
    let all: Vec<TimedPacket> = given.packets.iter().map(without).collect();
    let packets = all.len() as u64;
    assert!(matches!(sweep(&all), Err(SimError::NoTime { packets: found }) if found == packets));
}

/// Our own flow view in each format is the same traffic, and the capture's.
#[cfg(all(feature = "cli", feature = "parquet"))]
#[test]
fn flow_records_of_every_format_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let output = crate::peerpath().args(arguments).output().unwrap();
        assert!(output.status.code().is_some_and(|code| code < 2), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let network = "examples/demo/network.yaml";
    let capture = "examples/demo/capture.pcap";
    let mut sums = BTreeSet::new();
    let mut simulated = BTreeSet::new();
    for format in ["csv", "ndjson", "parquet"] {
        let path = folder.path().join(format).display().to_string();
        let out = format!("{format}={path}");
        run(&["replay", capture, "--network", network, "--by", "flow", "--top", "0", "-q", "--out", &out]);
        sums.insert(
            run(&["sweep", network, &path, "-q", "--view", "sweep", "--view", "links", "--format", "ndjson"])
                .lines()
                .skip(1)
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        );
        let scenario = "examples/demo/scenario.yaml";
        let views = ["--view", "fates", "--view", "link-series", "--format", "ndjson"];
        let mut arguments = vec!["replay", &path, "--network", network, "--scenario", scenario, "-q"];
        arguments.extend(views);
        simulated.insert(run(&arguments).lines().skip(1).map(str::to_owned).collect::<Vec<_>>());
    }
    assert_eq!((sums.len(), simulated.len()), (1, 1));
    assert!(simulated.iter().flatten().count() > 20);
}

/// What is no record is refused by its column, as in CSV; what lacks a column or is cut is refused whole.
#[cfg(feature = "parquet")]
#[test]
fn parquet_that_holds_no_flows_is_refused() {
    use peerpath::flow::{RecordError, read_parquet_records};
    use peerpath::report::{Cell, Column, ColumnKind, Format, RenderOptions, Report, View};
    let write = |columns: &[Column], cells: Vec<Cell>| {
        let mut view = View::new("flow", columns);
        view.push(cells);
        let mut report = Report::new("test/1", "0");
        report.views.push(view);
        let mut bytes = Vec::new();
        let render = Format::Parquet.renderer(RenderOptions::default()).unwrap();
        render.render(&report, &mut bytes).unwrap();
        bytes
    };
    let open = |bytes: &[u8]| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        read_parquet_records("flows.parquet", File::open(file.path()).unwrap())
    };
    let kinds = [
        ("protocol", Cell::from("tcp")),
        ("source", Cell::from("10.10.0.1")),
        ("source_port", Cell::from(50_000)),
        ("destination", Cell::from("2603::1")),
        ("destination_port", Cell::from(443)),
        ("packets", Cell::from(1)),
        ("frame_bytes", Cell::from(90)),
        ("ip_bytes", Cell::from(76)),
        ("first", Cell::Time(1)),
        ("last", Cell::Time(2)),
    ];
    let column = |(name, cell): &(&'static str, Cell)| {
        let kind = match cell {
            Cell::Text(_) => ColumnKind::Text,
            Cell::Time(_) => ColumnKind::Time,
            _ => ColumnKind::Integer,
        };
        Column::new(name, kind, "")
    };
    let columns: Vec<Column> = kinds.iter().map(column).collect();
    let mut cells: Vec<Cell> = kinds.iter().map(|(_, cell)| cell.clone()).collect();
    let file = open(&write(&columns, cells.clone())).unwrap();
    assert_eq!((file.records.len(), file.refused), (0, BTreeMap::from([("destination", 1)])));
    cells[3] = Cell::from("52.96.0.1");
    let bytes = write(&columns, cells.clone());
    let file = open(&bytes).unwrap();
    let [first, last] = [file.records[0].first, file.records[0].last].map(PacketTime::ns);
    assert_eq!((first, last, file.records[0].ip_bytes), (Some(1), Some(2), 76));
    assert!(matches!(open(&bytes[..bytes.len() - 1]), Err(RecordError::Read { .. })));
    let lacking = open(&write(&columns[..9], cells[..9].to_vec()));
    assert!(matches!(lacking, Err(RecordError::NoColumns { columns, .. }) if columns == ["last"]));
}
