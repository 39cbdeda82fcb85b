import BelljarModel
import Testing

@testable import BelljarRecipe

@Suite struct ToolchainTextTests {
    private func adding(_ names: [String], _ text: String) throws(BelljarError) -> String? {
        try ToolchainText.adding(names, to: Array(text.utf8), file: "toolchain.yaml").map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    private let head = "name: c\ndebian:\n  suite: bookworm\n  architecture: amd64\n  packages:"

    @Test func newOnesAreRead() throws {
        let packages = DebianPackages(suite: "trixie", architecture: "amd64", names: ["gcc", "g++"])
        let text = try ToolchainText.new(name: "c", packages, schema: "../x.json", comment: ["For C."])
        #expect(text.starts(with: "# yaml-language-server: $schema=../x.json\n# For C.\nname: c\n".utf8))
        #expect(try ToolchainDecoder.spec(text, file: "f").kind == .debian(packages))
        let error = #expect(throws: BelljarError.self) {
            try ToolchainText.new(
                name: "c", DebianPackages(suite: "trixie", architecture: "amd64", names: ["no good"]), schema: nil)
        }
        #expect(error?.code == .usage)
    }

    @Test func packagesGoBehindTheLastOne() throws {
        let tail = "\n    # the compiler\n    - gcc # really\n\n# the end\n"
        #expect(
            try adding(["make", "g++"], head + tail)
                == head + "\n    # the compiler\n    - gcc # really\n    - make\n    - g++\n\n# the end\n")
        #expect(try adding(["make"], head + " [gcc, \"g++\"]\n") == head + " [gcc, \"g++\", make]\n")
        #expect(try adding(["make"], head + "\n  - gcc") == head + "\n  - gcc\n  - make")
        #expect(try adding(["gcc"], head + " [gcc]\n") == nil)
    }

    @Test func whatCannotBeChangedIsRefusedAndSaysWhy() {
        let odd = #expect(throws: BelljarError.self) { try adding(["make"], head + " [gcc\n  , g++\n  ]\n") }
        #expect(odd?.remedy == "add them to `packages` yourself: make")
        let name = #expect(throws: BelljarError.self) { try adding(["No Name"], head + " [gcc]\n") }
        #expect(name?.answer.contains("No Name") == true, "\(String(describing: name))")
        let archive =
            "name: c\narchive: {address: https://example.org/a.tar, sha256: \(String(repeating: "a", count: 64))}\n"
        #expect(throws: BelljarError.self) { try adding(["make"], archive) }
    }

    /// Locks of the first versions were made without the essential packages, and stay good.
    @Test func locksFromBeforeEssentialPackagesStayGood() throws {
        func spec(_ line: String) throws -> ToolchainSpec {
            try ToolchainDecoder.spec(
                Array("name: c\ndebian: {suite: s, architecture: amd64, packages: [a1]\(line)}\n".utf8), file: "f")
        }
        func lock(of spec: ToolchainSpec) -> ToolchainLock {
            ToolchainLock(
                name: "c", spec: ToolchainDecoder.digest(of: spec), imageFormat: 1, timestamp: 1, packages: [],
                image: TreeDigest(digest: Digest(of: []), size: 0))
        }
        let (silent, with, without) = (try spec(""), try spec(", essential: true"), try spec(", essential: false"))
        #expect(ToolchainDecoder.digest(of: silent) == ToolchainDecoder.digest(of: with))
        #expect(ToolchainDecoder.isMade(lock(of: without), of: silent))
        #expect(ToolchainDecoder.isMade(lock(of: silent), of: silent))
        #expect(!ToolchainDecoder.isMade(lock(of: without), of: with))
        #expect(!ToolchainDecoder.isMade(lock(of: with), of: without))
        // `printf 'belljar toolchain 1\nname c\ndebian s amd64\npackage a1\n' | sha256sum`
        #expect(
            ToolchainDecoder.digest(of: without).hex
                == "518fe56fa81340d6bc3d0a4594da5428128081bef06d89617c85b7a7fa3a03b0")
    }
}
