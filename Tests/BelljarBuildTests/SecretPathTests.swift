import BelljarKernel
import BelljarModel
import Testing

@testable import BelljarBuild

/// Secrets in paths: they may hold slashes, so that no name by itself is one.
@Suite struct SecretPathTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var secret: [UInt8]
        /// Directories below `/out`, each within the last.
        var names: [[UInt8]]
        /// What is found, with what is in it.
        var found: String

        init(_ secret: String, _ path: String, _ found: String) {
            self.init(Array(secret.utf8), path.split(separator: "/").map { Array($0.utf8) }, found)
        }

        init(_ secret: [UInt8], _ names: [[UInt8]], _ found: String) {
            self.secret = secret
            self.names = names
            self.found = found
        }

        var testDescription: String { found }
    }

    /// Each ends in a directory that holds the file `fine`.
    static let cases = [
        Case("s3cr3t/Token+value", "s3cr3t/Token+value", "/out/[secret] holds the secret token"),
        Case("s3cr3t/Token+value", "a/xs3cr3t/Token+valuex/b", "/out/a/x[secret]x holds the secret token"),
        Case("s3cr3t/Token+value", "s3c r3t/Token+\nvalue", "/out/[secret] holds the secret token"),
        // Where a secret begins or ends with a slash, so may a path, or the message that quotes it.
        Case("/abcd/efgh", "abcd/efgh", "/out[secret] holds the secret token"),
        Case("abcd/efgh/", "abcd/efgh", "/out/[secret] holds the secret token"),
        // What `mkdir -p` makes of it.
        Case("abcd//efgh///ij", "abcd/efgh/ij", "/out/[secret] holds the secret token"),
        // `\xff` and so on, as people are shown them: bytes of a name are escaped after the secret was taken out.
        Case(
            [0xff, 0xfe] + Array("/password".utf8), [[0x78, 0xff, 0xfe], Array("password\u{1}\\".utf8)],
            "/out/x[secret]\u{1}\\\\ holds the secret token"),
        // In base64: Pz8/YWJjZGVm.
        Case("???abcdef", "Pz8/YWJjZGVm", "/out/[secret] holds the secret token (base64)"),
    ]

    /// Makes the directories and the file, and a second one beside them.
    private func tree(_ test: Case, in folder: borrowing Descriptor) throws {
        try folder.open("beside", [.write, .create, .exclusive]).writeAll(Array("fine".utf8))
        var inner = try folder.duplicate()
        for name in test.names {
            try inner.makeDirectory(name)
            inner = try inner.open(name, .directory)
        }
        try inner.open("fine", [.write, .create, .exclusive]).writeAll(Array("fine".utf8))
    }

    @Test(arguments: cases) func theyAreFoundWhereOneBeginsInOneNameAndEndsInAnother(test: Case) throws {
        let fixture = try SourceFixture()
        let out = try Descriptor.makeDirectories(fixture.path + "/out")
        try tree(test, in: out)
        let scan = SecretScan([SecretValue(name: "token", bytes: test.secret)])
        #expect(try scan.findings(below: out, shownAs: "/out").map(\.words) == ["the name " + test.found])
        let other = SecretScan([SecretValue(name: "other", bytes: Array("s3cr3t/Other+value".utf8))])
        #expect(try other.findings(below: out, shownAs: "/out").isEmpty)
    }

    @Test(arguments: cases) func whatIsKeptOfAFailedBuildIsWithoutThem(test: Case) throws {
        let fixture = try SourceFixture()
        let build = try Descriptor.makeDirectories(fixture.path + "/build")
        try tree(test, in: build)
        let scan = SecretScan([SecretValue(name: "token", bytes: test.secret)])
        let kept = KeptBuild(folder: fixture.path + "/kept", name: "x", scan: scan)
        let words = try kept.keep(build: try build.duplicate(), out: nil)
        #expect(words.dropFirst() == ["left out: build" + test.found.dropFirst("/out".count)])
        let folder = try #require(words.first).dropFirst("kept: \(fixture.path)/".count)
        #expect(try fixture.read("\(folder)/build/beside") == "fine")
        // Nothing that is in it either.
        let copy = try Descriptor.workingDirectory.open("\(fixture.path)/\(folder)/build", .directory)
        #expect(try scan.findings(below: copy, shownAs: "/build").isEmpty)
        #expect(throws: KernelError.self) {
            _ = try copy.openBeneath(Array(test.names.joined(separator: [UInt8(ascii: "/")])), .directory)
        }
    }

    /// A name in each of two places that is no part of the same path.
    @Test func namesBesideEachOtherAreNoPath() throws {
        let fixture = try SourceFixture()
        let out = try Descriptor.makeDirectories(fixture.path + "/out")
        for name in ["s3cr3t", "Token+value"] { try out.makeDirectory(name) }
        let scan = SecretScan([SecretValue(name: "token", bytes: Array("s3cr3t/Token+value".utf8))])
        #expect(try scan.findings(below: out, shownAs: "/out").isEmpty)
        try Descriptor.makeDirectories(fixture.path + "/out/a").makeSymlink("link", target: "../s3cr3t/Token+value")
        let words = try scan.findings(below: out, shownAs: "/out").map(\.words)
        #expect(words == ["/out/a/link holds the secret token"])
    }

    @Test func everyPathIsSaidOnce() throws {
        let fixture = try SourceFixture()
        let out = try Descriptor.makeDirectories(fixture.path + "/out")
        for path in ["a/s3cr3t/Token+value/b/c", "d/s3cr3t/Token+value"] {
            let folder = try Descriptor.makeDirectories(fixture.path + "/out/" + path)
            try folder.open("file", [.write, .create]).writeAll(Array("s3cr3t/Token+value".utf8))
        }
        let scan = SecretScan([SecretValue(name: "token", bytes: Array("s3cr3t/Token+value".utf8))])
        #expect(
            try scan.findings(below: out, shownAs: "/out").map(\.place) == [
                "/out/a/[secret]/b/c/file", "/out/d/[secret]/file", "the name /out/a/[secret]",
                "the name /out/d/[secret]",
            ])
    }
}
