import BelljarModel
import Testing

@testable import BelljarFetch

@Suite struct MirrorsTests {
    @Test func readsTheEnvironment() throws {
        let mirrors = try Mirrors.configured(environment: [
            "BELLJAR_MIRROR_DEBIAN": " http://one.example/debian  https://two.example/x ",
            "BELLJAR_MIRROR_DEBIAN_SECURITY": "http://three.example", "BELLJAR_MIRROR_OTHER": " ", "PATH": "/bin",
        ])
        #expect(
            mirrors.bases == [
                "debian": ["http://one.example/debian", "https://two.example/x"],
                "debian-security": ["http://three.example"],
            ])
        #expect(mirrors.asksApt)
        #expect(try mirrors.bases(of: "debian-security") == ["http://three.example"])
    }

    @Test(arguments: [
        "file:///srv/debian", "/srv/debian", "ftp://one.example", "http://", "http:///debian", "http://a\"b",
    ])
    func refusesOtherAddresses(value: String) {
        let error = #expect(throws: BelljarError.self) {
            try Mirrors.configured(environment: ["BELLJAR_MIRROR_DEBIAN": value])
        }
        #expect(error?.code == .usage)
        #expect(error?.subject == "BELLJAR_MIRROR_DEBIAN")
    }

    @Test func namesTheArchiveWithoutAMirror() {
        for asksApt in [false, true] {
            let error = #expect(throws: BelljarError.self) {
                try Mirrors(bases: ["debian": []], asksApt: asksApt).bases(of: "no-such-archive")
            }
            #expect(error?.code == .unavailable)
            #expect(error?.subject == "no-such-archive")
            #expect(error?.remedy?.contains("BELLJAR_MIRROR_NO_SUCH_ARCHIVE") == true)
        }
    }

    /// As apt answers on a machine that has downloaded lists: one line per index file.
    @Test func readsAptTargets() {
        let text = """
            http://one.example/debian/|Debian
            http://one.example/debian/|Debian
            http://one.example/sec|Debian-Security
            mirror+file:/etc/apt/mirrors/list|Debian Backports
            file:/srv/local|Local
            http://nolabel.example/|
            broken line
            """
        let found = AptConfiguration.parseTargets(text) { path in
            path == "/etc/apt/mirrors/list" ? ["https://a.example/debian", "http://b.example/debian/", "copy:/x"] : []
        }
        #expect(
            found == [
                "debian": ["http://one.example/debian"], "debian-security": ["http://one.example/sec"],
                "debian-backports": ["https://a.example/debian", "http://b.example/debian"],
            ])
    }

    /// As apt answers on a machine that never downloaded lists.
    @Test func readsAptUris() {
        let text = """
            'http://one.example/debian/dists/bookworm/InRelease' one.example_debian_dists_bookworm_InRelease 0
            'http://one.example/debian/dists/bookworm-updates/InRelease' x 0
            'http://one.example/sec/dists/bookworm-security/InRelease' x 0
            'mirror+file:/etc/apt/mirrors/list/dists/bookworm/InRelease' x 0
            'http://one.example/debian/dists/bookworm/main/binary-amd64/Packages.xz' x 0
            W: some warning
            """
        let found = AptConfiguration.parseUris(text) { _ in ["https://a.example/debian"] }
        #expect(
            found == [
                "debian": ["http://one.example/debian", "https://a.example/debian"],
                "debian-security": ["http://one.example/sec"],
            ])
    }

    @Test func makesAddresses() {
        func made(_ base: String, _ path: String) -> String? { WebAddress(base: base, path: path)?.text }
        #expect(
            made("http://h/debian//", "pool/main/libs/libstdc++6_12~rc1.deb")
                == "http://h/debian/pool/main/libs/libstdc++6_12~rc1.deb")
        #expect(made("http://h", "/a b/%3a/é") == "http://h/a%20b/%253a/%C3%A9")
        #expect(made("http://h", "a/../b") == nil)
        #expect(WebAddress("http://user:secret@h:80/x@y")?.shown == "http://h:80/x@y")
        #expect(WebAddress("HTTPS://h/x")?.text == "HTTPS://h/x")
    }
}
