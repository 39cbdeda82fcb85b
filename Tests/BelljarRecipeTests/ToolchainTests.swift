import BelljarModel
import Testing

@testable import BelljarRecipe

@Suite struct ToolchainTests {
    private static let digits = String(repeating: "0123456789abcdef", count: 4)

    private static func digest(_ text: String) -> Digest { Digest(of: Array(text.utf8)) }

    private func spec(_ text: String) throws -> ToolchainSpec {
        try ToolchainDecoder.spec(Array(text.utf8), file: "toolchain.yaml")
    }

    static func lock(packages: Int) -> ToolchainLock {
        let list = (0..<packages).map { index in
            LockedPackage(
                name: "libpackage\(index)++", version: "2:1.\(index)0~rc1+deb12u1-3", architecture: "amd64",
                archive: index % 2 == 0 ? "debian" : "debian-security",
                path: "pool/main/libp/libpackage/libpackage\(index)_1.\(index)0~rc1+deb12u1-3_amd64.deb",
                size: UInt64(index) * 1_000_003, sha256: digest("package \(index)"))
        }
        return ToolchainLock(
            name: "debian-12-c", spec: digest("spec"), imageFormat: 1, timestamp: 1_700_000_000, packages: list,
            image: TreeDigest(digest: digest("image"), size: 1234))
    }

    @Test func debianSpec() throws {
        let spec = try spec(
            """
            name: debian-12-base
            debian: {suite: bookworm, architecture: amd64, packages: [bash, g++]}
            """)
        #expect(spec.name == "debian-12-base")
        #expect(
            spec.kind == .debian(DebianPackages(suite: "bookworm", architecture: "amd64", names: ["bash", "g++"])))
        #expect(spec.location.description == "toolchain.yaml:1:1")
    }

    @Test func archiveSpec() throws {
        let spec = try spec(
            """
            name: own
            archive:
              address: https://example.org/root.tar.xz
              sha256: \(Self.digits)
              size: 12
            """)
        let sha256 = try #require(Digest(hex: Self.digits))
        #expect(spec.kind == .archive(Pin(address: .url("https://example.org/root.tar.xz"), sha256: sha256, size: 12)))
    }

    @Test func digestIsOfTheMeaning() throws {
        let one = try spec("name: a\ndebian: {suite: bookworm, architecture: amd64, packages: [x1, y2]}\n")
        let same = try spec(
            "# other words\ndebian:\n  packages: [y2, \"x1\"]\n  architecture: amd64\n  suite: bookworm\nname: a\n")
        let other = try spec("name: a\ndebian: {suite: bookworm, architecture: amd64, packages: [x1]}\n")
        #expect(ToolchainDecoder.digest(of: one) == ToolchainDecoder.digest(of: same))
        #expect(ToolchainDecoder.digest(of: one) != ToolchainDecoder.digest(of: other))
        // `printf 'belljar toolchain 1\nname a\ndebian bookworm amd64\nessential\npackage x1\npackage y2\n' | sha256sum`
        #expect(
            ToolchainDecoder.digest(of: one).hex
                == "b8df12156b45ad0a481acf5b060c40b4e9e1da0e4e05b11b0769393be162af3e")
    }

    @Test(arguments: [0, 1, 150]) func lockRoundTrips(packages: Int) throws {
        let lock = Self.lock(packages: packages)
        let text = ToolchainDecoder.encode(lock)
        #expect(try ToolchainDecoder.lock(text, file: "toolchain.lock.yaml") == lock)
        #expect(ToolchainDecoder.encode(try ToolchainDecoder.lock(text, file: "x")) == text)
    }

    @Test(arguments: [nil, 12] as [UInt64?]) func lockOfAnArchiveRoundTrips(size: UInt64?) throws {
        var lock = Self.lock(packages: 0)
        let address = SourceAddress.url("https://example.org/it's/root.tar.xz?a=b")
        lock.archive = Pin(address: address, sha256: Self.digest("archive"), size: size)
        let text = ToolchainDecoder.encode(lock)
        #expect(try ToolchainDecoder.lock(text, file: "toolchain.lock.yaml") == lock)
    }

    @Test func lockWithChangesRoundTrips() throws {
        var lock = Self.lock(packages: 2)
        lock.changes = [
            ImageChange(path: "etc/a b: #\"\\'", content: .file(Self.digest("file"))),
            ImageChange(
                path: "etc/F\u{151}tan\u{fa}s\u{ed}tv\u{e1}ny\n\u{1b}\u{feff}\u{1f512}.crt", content: .link("../x y")),
            ImageChange(path: "etc/true", content: .directory),
            ImageChange(path: "usr/bin/null", content: .program(Self.digest("program"))),
            ImageChange(path: "~", content: .absent),
        ]
        let text = ToolchainDecoder.encode(lock)
        #expect(try ToolchainDecoder.lock(text, file: "toolchain.lock.yaml") == lock)
    }

    @Test(arguments: [
        "file: \"00\"", "absent: false", "absent: true\n    directory: true", "", "mode: 7",
    ]) func wrongChangeIsRefused(_ content: String) throws {
        let text = String(decoding: ToolchainDecoder.encode(Self.lock(packages: 1)), as: UTF8.self)
        let error = #expect(throws: BelljarError.self) {
            try ToolchainDecoder.lock(
                Array((text + "changes:\n  - path: \"a\"\n    \(content)\n").utf8), file: "toolchain.lock.yaml")
        }
        #expect(error?.code == .usage)
    }

    @Test func lockOfAnotherFormat() throws {
        let text = String(decoding: ToolchainDecoder.encode(Self.lock(packages: 1)), as: UTF8.self)
        let newer = text.replacing("format: 1\nname", with: "format: 2\nname")
        #expect(newer != text)
        let error = #expect(throws: BelljarError.self) {
            try ToolchainDecoder.lock(Array(newer.utf8), file: "toolchain.lock.yaml")
        }
        #expect(error?.code == .usage)
        #expect(error?.subject == "toolchain.lock.yaml:3:1")
        #expect(error?.answer.contains("format 2, and this belljar reads format 1") == true)
    }
}
