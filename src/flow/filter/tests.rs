use proptest::prelude::*;

use super::*;

fn flow(protocol: u8, source: (&str, u16), destination: (&str, u16)) -> FlowKey {
    FlowKey {
        source: source.0.parse().unwrap(),
        destination: destination.0.parse().unwrap(),
        protocol,
        source_port: source.1,
        destination_port: destination.1,
    }
}

fn parse(text: &str) -> Filter {
    text.parse().unwrap_or_else(|error| panic!("`{text}`: {error}"))
}

/// Expressions and their explicit forms.
#[test]
fn meaning() {
    for (text, meaning) in [
        ("10.0.0.1", "host 10.0.0.1"),
        ("src 10.0.0.1", "src host 10.0.0.1"),
        ("src or dst host ::1", "host ::1"),
        ("dst and src net 10", "src and dst net 10.0.0.0/8"),
        ("net 192.168.1", "net 192.168.1.0/24"),
        ("dst 52.112.0.0/14", "dst net 52.112.0.0/14"),
        ("ip host 10.0.0.1", "host 10.0.0.1"),
        ("ip 10.0.0.1", "host 10.0.0.1"),
        ("host 10.0.0.1 or 10.0.0.2", "host 10.0.0.1 or host 10.0.0.2"),
        ("tcp dst port 80 or 443", "tcp dst port 80 or tcp dst port 443"),
        ("port (80 or 443) and tcp", "port 80 or port 443 and tcp"),
        ("tcp and port (80 or 443)", "tcp and (port 80 or port 443)"),
        ("not host 10.0.0.1 and 10.0.0.2", "not host 10.0.0.1 and host 10.0.0.2"),
        ("port 80 and not 443", "port 80 and not port 443"),
        ("udp portrange 3478-3481", "udp portrange 3478-3481"),
        ("portrange 80-80", "port 80"),
        // Equal precedence, associated to the left.
        ("tcp or udp and ip", "tcp or udp and ip"),
        ("tcp or (udp and ip)", "tcp or (udp and ip)"),
        ("(tcp or udp) and ip", "tcp or udp and ip"),
        ("!tcp&&ip||ip6", "not tcp and ip or ip6"),
        ("!(tcp or udp)", "not (tcp or udp)"),
        ("icmp or icmp6", "icmp or icmp6"),
        ("proto tcp", "tcp"),
        ("ip proto \\icmp", "icmp"),
        ("ip6 proto 58", "icmp6"),
        ("proto gre", "proto 47"),
        ("tag Storage.WestEurope or Sql", "tag \"Storage.WestEurope\" or tag \"Sql\""),
        ("community \"Exchange Online\"", "community \"Exchange Online\""),
        ("path vpn and dst port 443", "path \"vpn\" and dst port 443"),
        ("tag ip", "tag \"ip\""),
    ] {
        assert_eq!(parse(text).to_string(), meaning, "{text}");
        assert_eq!(parse(meaning), parse(text), "{text}");
    }
    let left = |text: &str| matches!(parse(text), Filter::And(left, _) if matches!(*left, Filter::Or(..)));
    assert!(left("tcp or udp and ip"), "`and` binds no tighter than `or`");
}

#[test]
fn matching() {
    let out = flow(6, ("10.10.1.5", 50_000), ("52.112.0.9", 443));
    let six = flow(17, ("fd10::5", 50_000), ("2603:1063::1", 3_479));
    let ping = flow(1, ("10.10.1.5", 0), ("10.20.0.4", 0));
    for (text, expected) in [
        ("host 52.112.0.9", [true, false, false]),
        ("src host 52.112.0.9", [false, false, false]),
        ("src net 10.10.0.0/16", [true, false, true]),
        ("src and dst net 10.0.0.0/8", [false, false, true]),
        ("net 2603:1063::/38", [false, true, false]),
        ("port 443", [true, false, false]),
        ("dst portrange 3478-3481", [false, true, false]),
        ("port 0", [false, false, false]),
        ("tcp port 3479", [false, false, false]),
        ("ip", [true, false, true]),
        ("ip6 and udp", [false, true, false]),
        ("icmp", [false, false, true]),
        ("icmp6", [false, false, false]),
        ("not tcp", [false, true, true]),
        ("tcp or udp and ip6", [false, true, false]),
        ("tcp or (udp and ip6)", [true, true, false]),
        ("tag Yes", [true, true, true]),
        ("path no", [false, false, false]),
    ] {
        let filter = parse(text);
        let ours = |term: &OurTerm| *term == OurTerm::Tag("Yes".into());
        assert_eq!([out, six, ping].map(|key| filter.matches(&key, &ours)), expected, "{text}");
    }
}

#[test]
fn errors_point_at_the_column() {
    for (text, message) in [
        (
            "",
            "column 1: expected a term such as `host`, `net`, `port`, `tcp`, `ip6`, `tag`, `not` or `(` before the end",
        ),
        ("tcp port 80 10.0.0.1", "column 13: expected `and`, `or` or the end, found `10.0.0.1`"),
        ("tcp 80", "column 5: expected `and`, `or` or the end, found `80`"),
        ("port", "column 5: expected a port number from 0 to 65535 before the end"),
        ("port 70000", "column 6: expected a port number from 0 to 65535, found `70000`"),
        ("port +80", "column 6: expected a port number from 0 to 65535, found `+80`"),
        ("portrange 90-80", "column 11: expected a port range such as `3478-3481`, found `90-80`"),
        (
            "host teams",
            "column 6: expected an IPv4 or IPv6 address (of the family that `ip` or `ip6` requires), found `teams`",
        ),
        ("net 10.0.0.1/8", "column 5: `10.0.0.1/8` has host bits set; the prefix is `10.0.0.0/8`"),
        (
            "tcp or",
            "column 7: expected a term such as `host`, `net`, `port`, `tcp`, `ip6`, `tag`, `not` or `(` before the end",
        ),
        ("(tcp", "column 5: expected `and`, `or` or `)` before the end"),
        ("tcp)", "column 4: expected `and`, `or` or the end, found `)`"),
        ("tcp & udp", "column 5: expected `&&`, found `&`"),
        ("tcp host 10.0.0.1", "column 10: `tcp` cannot qualify `host`; join the two terms with `and`"),
        ("ip port 80", "column 9: `ip` cannot qualify `port`; join the two terms with `and`"),
        ("src tag Sql", "column 9: `src` or `dst` cannot qualify `tag`; join the two terms with `and`"),
        ("tag \"Sql", "column 9: expected a closing `\"` before the end"),
        (
            "host é",
            "column 6: expected an IPv4 or IPv6 address (of the family that `ip` or `ip6` requires), found `é`",
        ),
    ] {
        let error = text.parse::<Filter>().unwrap_err();
        assert_eq!(error.to_string(), message, "{text}");
        assert!(message.starts_with(&format!("column {}:", error.column())));
    }
}

#[test]
fn size_is_bounded() {
    for text in ["(".repeat(100_000), "not ".repeat(100_000), "tcp or ".repeat(100_000)] {
        assert!(matches!(text.parse::<Filter>(), Err(FilterError::TooLarge { .. })));
    }
}

fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![
        Just(Direction::Either),
        Just(Direction::Source),
        Just(Direction::Destination),
        Just(Direction::Both)
    ]
}

fn family() -> impl Strategy<Value = Family> {
    prop_oneof![Just(Family::V4), Just(Family::V6)]
}

fn net() -> impl Strategy<Value = IpPrefix> {
    prop_oneof![
        ("[1-3]0".prop_map(|byte| format!("{byte}.0.0.0/8"))),
        (112_u8..=128).prop_map(|length| format!("2603::/{length}")),
    ]
    .prop_map(|text| text.parse().unwrap())
}

fn filter() -> impl Strategy<Value = Filter> {
    let name = "[A-Za-z0-9.:() -]{0,12}";
    let address = prop_oneof![
        (0_u32..4).prop_map(|bits| IpAddr::from(std::net::Ipv4Addr::from(bits))),
        (0_u128..4).prop_map(|bits| IpAddr::from(std::net::Ipv6Addr::from(bits))),
    ];
    let transport = prop::option::of(prop_oneof![Just(6_u8), Just(17), Just(132)]);
    let term = prop_oneof![
        (direction(), address).prop_map(|(direction, address)| Term::Host(direction, address)),
        (direction(), net()).prop_map(|(direction, prefix)| Term::Net(direction, prefix)),
        (direction(), transport, any::<u16>(), any::<u16>())
            .prop_map(|(direction, protocol, a, b)| Term::Port(direction, protocol, a.min(b)..=a.max(b))),
        family().prop_map(Term::Family),
        (prop::option::of(family()), any::<u8>())
            .prop_map(|(family, protocol)| Term::Protocol(family, protocol)),
        name.prop_map(|name| Term::Our(OurTerm::Path(name))),
        name.prop_map(|name| Term::Our(OurTerm::Tag(name))),
        name.prop_map(|name| Term::Our(OurTerm::Community(name))),
    ];
    term.prop_map(Filter::Term).prop_recursive(6, 40, 2, |inner| {
        let pair = (inner.clone().prop_map(Box::new), inner.clone().prop_map(Box::new));
        prop_oneof![
            pair.clone().prop_map(|(left, right)| Filter::And(left, right)),
            pair.prop_map(|(left, right)| Filter::Or(left, right)),
            inner.prop_map(|inner| Filter::Not(Box::new(inner))),
        ]
    })
}

fn key() -> impl Strategy<Value = FlowKey> {
    let protocol = prop_oneof![Just(6_u8), Just(17), Just(1), Just(58), Just(132)];
    let four = (0_u32..4, 0_u32..4).prop_map(|(a, b)| (IpAddr::V4(a.into()), IpAddr::V4(b.into())));
    let six = (0_u128..4, 0_u128..4).prop_map(|(a, b)| (IpAddr::V6(a.into()), IpAddr::V6(b.into())));
    (prop_oneof![four, six], protocol, any::<u16>(), any::<u16>()).prop_map(
        |((source, destination), protocol, source_port, destination_port)| FlowKey {
            source,
            destination,
            protocol,
            source_port,
            destination_port,
        },
    )
}

proptest! {
    #[test]
    fn what_is_printed_parses_to_the_same(filter in filter()) {
        prop_assert_eq!(parse(&filter.to_string()), filter);
    }

    #[test]
    fn de_morgan(a in filter(), b in filter(), key in key()) {
        let ours = |term: &OurTerm| matches!(term, OurTerm::Tag(_));
        let not = |filter: &Filter| Box::new(Filter::Not(Box::new(filter.clone())));
        let neither = not(&Filter::Or(Box::new(a.clone()), Box::new(b.clone())));
        let both_not = Filter::And(not(&a), not(&b));
        prop_assert_eq!(neither.matches(&key, &ours), both_not.matches(&key, &ours));
        prop_assert_eq!(not(&not(&a)).matches(&key, &ours), a.matches(&key, &ours));
    }

    #[test]
    fn no_text_makes_it_panic(text in "[ ()!&|\"a-z0-9./:-]{0,40}|\\PC{0,20}") {
        let _ = text.parse::<Filter>();
    }
}
