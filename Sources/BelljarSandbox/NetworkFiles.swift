/// What programs read of names in the network, and of the one device that there is.
enum NetworkFiles {
    /// For images without (Debian has them in netbase): what test suites and language runtimes ask for (getprotobyname(3),
    /// getservbyname(3)), with the numbers of IANA.
    static let files = [
        BaseLayer.File(
            path: "etc/protocols",
            text: lines(protocols.map { "\($0.key)\t\($0.value)\t\($0.key.uppercased())" })),
        BaseLayer.File(
            path: "etc/services",
            text: lines(
                services.flatMap { service in service.ways.map { "\(service.name)\t\(service.port)/\($0)" } })),
    ]

    /// The loopback in `/sys`, as in the kernel's own.
    static let loopback: [BaseLayer.File] = {
        let values: KeyValuePairs = [
            "addr_len": "6", "address": "00:00:00:00:00:00", "broadcast": "00:00:00:00:00:00", "carrier": "1",
            "dev_id": "0x0", "flags": "0x9", "ifindex": "1", "iflink": "1", "mtu": "65536", "operstate": "unknown",
            "tx_queue_len": "1000", "type": "772",
        ]
        return values.map { BaseLayer.File(path: "sys/class/net/lo/" + $0.key, text: $0.value + "\n") }
    }()

    private static func lines(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }

    private static let protocols: KeyValuePairs = [
        "ip": 0, "icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "ipv6": 41, "ipv6-route": 43, "ipv6-frag": 44, "esp": 50,
        "ah": 51, "ipv6-icmp": 58, "ipv6-nonxt": 59, "ipv6-opts": 60, "sctp": 132,
    ]

    private static let services: [(name: String, port: Int, ways: [String])] = [
        ("echo", 7, both), ("discard", 9, both), ("daytime", 13, both), ("chargen", 19, both),
        ("ftp-data", 20, ["tcp"]),
        ("ftp", 21, ["tcp"]), ("ssh", 22, ["tcp"]), ("telnet", 23, ["tcp"]), ("smtp", 25, ["tcp"]), ("time", 37, both),
        ("domain", 53, both), ("tftp", 69, ["udp"]), ("gopher", 70, ["tcp"]), ("finger", 79, ["tcp"]),
        ("http", 80, ["tcp"]), ("kerberos", 88, both), ("pop3", 110, ["tcp"]), ("sunrpc", 111, both),
        ("auth", 113, ["tcp"]), ("nntp", 119, ["tcp"]), ("ntp", 123, ["udp"]), ("imap2", 143, ["tcp"]),
        ("snmp", 161, both), ("ldap", 389, both), ("https", 443, both), ("syslog", 514, ["udp"]),
        ("submission", 587, ["tcp"]), ("ldaps", 636, both), ("imaps", 993, ["tcp"]), ("pop3s", 995, ["tcp"]),
        ("socks", 1080, ["tcp"]), ("mysql", 3306, ["tcp"]), ("postgresql", 5432, ["tcp"]), ("http-alt", 8080, both),
    ]
    private static let both = ["tcp", "udp"]
}
