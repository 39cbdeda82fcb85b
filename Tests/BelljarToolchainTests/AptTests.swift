import BelljarKernel
import BelljarModel
import TestSupport
import Testing

@testable import BelljarToolchain

@Suite struct AptTests {
    private let wanted = AptSources.suites(of: "bookworm")

    @Test func suitesOfARelease() {
        #expect(wanted == ["bookworm", "bookworm-updates", "bookworm-security"])
    }

    @Test func stanzasKeepOnlyTheWantedSuitesAndTheirOptions() throws {
        let text = """
            # the release
            Types: deb deb-src
            URIs: http://mirror.example/debian
            Suites: bookworm bookworm-updates bookworm-backports
            Components: main contrib
            Signed-By:
             -----BEGIN PGP PUBLIC KEY BLOCK-----
             .
             mQINBF

            Types: deb
            URIs: http://mirror.example/other
            Suites: stable
            Components: main

            Types: deb-src
            URIs: http://mirror.example/debian
            Suites: bookworm-security
            Components: main

            Types: deb
            URIs: http://mirror.example/off
            Suites: bookworm-security
            Components: main
            Enabled: no
            """
        let sources = try AptSources(
            [.init(path: "/etc/apt/sources.list.d/debian.sources", text: text)], wanted: wanted)
        #expect(
            sources.stanzas == """
                Types: deb
                URIs: http://mirror.example/debian
                Suites: bookworm bookworm-updates
                Components: main contrib
                Signed-By:
                 -----BEGIN PGP PUBLIC KEY BLOCK-----
                 .
                 mQINBF


                """)
        #expect(sources.list.isEmpty)
        #expect(sources.suites == ["bookworm", "bookworm-updates"])
    }

    @Test func linesKeepOnlyTheWantedSuitesAndTheirOptions() throws {
        let text = """
            # deb http://mirror.example/debian bookworm main
            deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] http://mirror.example/debian bookworm main # yes
            deb\thttp://mirror.example/security   bookworm-security main
            deb-src http://mirror.example/debian bookworm main
            deb http://mirror.example/flat ./
            deb http://mirror.example/debian trixie main
            """
        let sources = try AptSources([.init(path: "/etc/apt/sources.list", text: text)], wanted: wanted)
        #expect(
            sources.list == """
                deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] http://mirror.example/debian bookworm main
                deb\thttp://mirror.example/security   bookworm-security main

                """)
        #expect(sources.stanzas.isEmpty)
        #expect(sources.suites == ["bookworm", "bookworm-security"])
    }

    @Test func downloads() throws {
        let text = """
            'http://mirror.example/debian/pool/main/g/gcc-12/libstdc%2b%2b6_12.2.0-14%2bdeb12u1_amd64.deb' libstdc++6_12.2.0-14+deb12u1_amd64.deb 613508 MD5Sum:00
            'http://mirror.example/debian/pool/main/libc/libcap2/libcap2_2.66-4_amd64.deb' libcap2_1%3a2.66-4_amd64.deb 27380\u{20}
            """
        let downloads = try AptDownload.parse(text)
        #expect(downloads.map(\.name) == ["libstdc++6", "libcap2"])
        #expect(downloads.map(\.version) == ["12.2.0-14+deb12u1", "1:2.66-4"])
        #expect(downloads.map(\.architecture) == ["amd64", "amd64"])
        #expect(downloads.map(\.size) == [613_508, 27380])
        #expect(
            downloads[0].address
                == "http://mirror.example/debian/pool/main/g/gcc-12/libstdc++6_12.2.0-14+deb12u1_amd64.deb")
    }

    @Test(arguments: [
        "W: something\n", "'http://a/b.deb' b.deb 12\n", "'http://a/b.deb' b_1_all.deb many\n", "'http\n",
    ])
    func anAnswerOfAnotherFormIsRefused(_ text: String) {
        let error = #expect(throws: BelljarError.self) { try AptDownload.parse(text) }
        #expect(error?.code == .internal)
    }

    @Test func onlyHowServersAreReachedIsTakenFromTheHost() {
        let dump = """
            APT::Update::Post-Invoke:: "rm -f /var/cache/apt/archives/*.deb || true";
            Acquire::http::Proxy "http://proxy.example:3128";
            Acquire::IndexTargets::deb::DEP-11::MetaKey "x";
            Acquire::Retries "3";
            Acquire::httpsish "no";
            """
        #expect(
            AptHost.acquireOptions(in: dump) == [
                "Acquire::http::Proxy \"http://proxy.example:3128\";", "Acquire::Retries \"3\";",
            ])
    }

    @Test func aSuiteThatNoSourceServesIsSaid() throws {
        let folder = try TestFolder()
        let host = AptHost(
            sources: [.init(path: "/etc/apt/sources.list", text: "deb http://mirror.example/debian trixie main\n")],
            acquireOptions: [])
        let error = #expect(throws: BelljarError.self) {
            try AptRoot(path: folder.path + "/apt", suite: "bookworm", architecture: "amd64", host: host)
        }
        #expect(error?.code == .usage)
        #expect(error?.answer.contains("bookworm") == true)
        #expect(error?.answer.contains("did you mean") == false)
        #expect(error?.remedy?.contains("served are: trixie") == true)
        let near = #expect(throws: BelljarError.self) {
            try AptRoot(path: folder.path + "/apt", suite: "trixe", architecture: "amd64", host: host)
        }
        #expect(near?.answer.hasSuffix("; did you mean \"trixie\"?") == true)
    }

    @Test func packagesThatAptDoesNotKnow() {
        let complaint = [
            "W: something about gcc", "E: Unable to locate package gccc",
            "E: Package 'libfoo1' has no installation candidate", "E: Package old has no installation candidate",
            "E: Unable to locate package usr-is-merged",
        ]
        let wanted = ["gcc", "libfoo1", "gccc", "old"]
        #expect(AptDownload.unknownPackages(in: complaint, among: wanted) == ["libfoo1", "gccc", "old"])
        #expect(AptDownload.unknownPackages(in: ["E: Failed to fetch http://x/gcc"], among: wanted).isEmpty)
    }

    @Test func thePrivateRootHoldsNothingOfTheHost() throws {
        let folder = try TestFolder()
        let host = AptHost(
            sources: [.init(path: "/etc/apt/sources.list", text: "deb http://mirror.example/debian bookworm main\n")],
            acquireOptions: ["Acquire::Retries \"3\";"])
        let root = try AptRoot(path: folder.path + "/apt", suite: "bookworm", architecture: "amd64", host: host)
        #expect(root.missingSuites == ["bookworm-updates", "bookworm-security"])
        let configuration = try folder.text("apt/apt.conf")
        #expect(configuration.hasPrefix("Dir \"\(folder.path)/apt/\";\n"))
        #expect(configuration.contains("Acquire::Retries \"3\";\n"))
        #expect(try folder.text("apt/var/lib/dpkg/status").isEmpty)
        #expect(try folder.text("apt/etc/apt/sources.list.d/belljar.list").hasPrefix("deb http://mirror.example"))
        #expect(root.environment["APT_CONFIG"] == folder.path + "/apt/apt.conf")
        #expect(root.environment["HOME"] == folder.path + "/apt")
    }
}
