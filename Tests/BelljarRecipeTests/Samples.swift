/// Texts of which generated documents are made: good ones for every rule, and others that are nearly good.
enum Samples {
    /// A pattern of which no sample is an example.
    struct Missing: Error { var pattern: String }

    static let wordBytes = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+~:-".utf8)

    static let texts = names + paths + addresses + digests + quantities + odd

    private static let names = [
        "hello", "a", "zlib", "debian-12-c", "build", "check", "install", "build_it", "g++", "amd64", "bookworm",
        "debian",
        "x.y+z-1", "Hello", "1.2.3~rc1:4-5", "2.10", "CFLAGS", "LDFLAGS", "_", "_x9", "PATH", "PATHS", "BELLJAR_X",
        "C-FLAGS", "9x", "true", "null", "010", "-x", ".x", "make", "keep", "refuse", "user", "fake", "real", "Keep",
        String(repeating: "a", count: 64), String(repeating: "a", count: 65), String(repeating: "B", count: 128),
        String(repeating: "B", count: 129),
    ]

    private static let paths = [
        "/build", "/build/src", "/build/", "/build/../x", "/builder", "/build/a\u{301}/b",
        "usr/bin/hello", ".", "..", "a/../b", "./a", "a//b", "a/", "/abs", "...", "a/..b", ".hidden", "~/key", "~",
        "~x/y",
        "/etc/key", "a b", "e\u{301}/x", "\u{e9}/x", "../other", "a\\b", "~/\u{301}", "/\u{301}x",
        String(repeating: "a", count: 255), String(repeating: "a", count: 256), String(repeating: "\u{e9}", count: 130),
    ]

    private static let addresses = [
        "debian:pool/main/h/hello/hello_2.10.orig.tar.gz", "debian:", "debian:a", "debian:../x", "debian:a/./b",
        "debian:a b",
        "Debian:pool", ":x", "debian:/pool", "debian://pool", "debian:a://b", "my-archive:a:b?c#d",
        "https://example.org/x.tar.gz", "http://example.org", "http://example.org/get?id=1", "https://example.org/..",
        "https://example.org/a/./", "https://example.org/?", "https://..", "https://me:pw@example.org/x",
        "https://me@example.org/x", "https://example.org/x@1", "https://example.org/x#y", "https:///x", "https://?x",
        "https://", "HTTPS://example.org/x", "ftp://example.org/x", "https://example.org/\u{e9}",
        "https://[::1]:80/x%20y",
        "ssh://git@example.org/x.git", "ssh://git:pw@example.org/x", "ssh://git@example.org/a:b@c", "git@example.org:x",
        "ext::sh", "file:///srv/x.git", "git://example.org/x", "git://x:y@\u{301}z/", "https://\u{301}x", "gits://x",
        "https://example.org/" + String(repeating: "a", count: 256), "https://x:y/\u{301}@z",
    ]

    private static let digests = [
        String(repeating: "0123456789abcdef", count: 4), String(repeating: "0123456789ABCDEF", count: 4),
        String(repeating: "fedcba9876543210", count: 4), String(repeating: "01234567", count: 5),
        String(repeating: "89abcdef", count: 5), String(repeating: "0", count: 63), String(repeating: "g", count: 64),
        "sha256:" + String(repeating: "0123456789abcdef", count: 4), "sha256:" + String(repeating: "a", count: 64),
        "sha256:" + String(repeating: "A", count: 64), "main",
    ]

    private static let quantities = [
        "0s", "1s", "5s", "90s", "600s", "601s", "604800s", "604801s", "10m", "11m", "010m", "10080m", "10081m", "1h",
        "168h", "169h", "1.5h", "10d", "s", "5", "18446744073709551615h", "99999999999999999999s", "1S", "1s\u{301}",
        "0", "1", "4096", "4095", "0KiB", "1KiB", "4KiB", "3KiB", "512MiB", "16MiB", "15MiB", "1MiB", "1GiB", "2GiB",
        "1024GiB", "1025GiB", "1048576GiB", "1048577GiB", "1099511627776", "1099511627777", "1TiB", "16\u{212A}iB",
        "16kib", "01GiB", "17179869184GiB", "16777216", "16777215", "6.12", "5.10", "6", "06.1", "6.12.1", "10000.1",
        "9999.0", "6.", "6.+1",
    ]

    private static let odd = [
        "", " ", "\n", " \n \n", "\t", "a\nb", "a\nb\n", "hello\n", "\u{7f}", "a\u{1}b", "a\u{0}b", "=", "A=b",
        "x=\u{301}",
        "\u{feff}", "\u{85}", "h\u{e9}llo", "make -j2\nmake install\n", "echo \"$HOME\" '\\'\n", "a: b # c",
        String(repeating: "\u{e9}", count: 40), String(repeating: "\u{20ac}", count: 100),
    ]

    /// Just within a limit, and just beyond it.
    static let long = [
        String(repeating: "ab/", count: 1364) + "abc", String(repeating: "ab/", count: 1364) + "abcd",
        "debian:" + String(repeating: "ab/", count: 1364) + "abc",
        "debian:" + String(repeating: "ab/", count: 1364) + "abcd",
        "https://x/" + String(repeating: "a", count: 2038), "https://x/" + String(repeating: "a", count: 2039),
        "https://x/" + String(repeating: "a/", count: 1019), "https://x/" + String(repeating: "a/", count: 1019) + "b",
        "/" + String(repeating: "a", count: 4094), "/" + String(repeating: "a", count: 4095),
    ]

    /// What is no text in JSON.
    static let plainJSON = [
        "0", "1", "7", "-5", "-0", "1.0", "1.10", "6.12", "0.5", "1e3", "1E5", "1.5e-3", "1416139200", "4096", "600",
        "64",
        "16777216", "8589934592", "18446744073709551616", "true", "false", "null",
    ]

    /// What YAML can mean by letters without quotes.
    static let plain =
        plainJSON + [
            "010", "0x10", "0o17", "0b11", "1_000", "+5", ".5", "5.", "1.e3", ".inf", "-.inf", ".NaN", "True", "FALSE",
            "yes",
            "no", "on", "Off", "y", "Null", "NULL", "~", "nUll", "2024-01-01", "2024-01-01T00:00:00Z", "12:30", "1:2:3",
            "1e+3", "0.1.2", "1.2.3", "0x", "0xg", "08", "1__0", "_1",
            String(repeating: "1234", count: 16),
            String(repeating: "1", count: 20) + "e" + String(repeating: "2", count: 19),
        ]
}
