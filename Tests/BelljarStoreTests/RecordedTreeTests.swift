import BelljarKernel
import BelljarModel
import Testing

@testable import BelljarStore

/// What a record lists, and the tree that it names.
@Suite struct RecordedTreeTests {
    private let fixture: StoreFixture

    init() throws { fixture = try StoreFixture() }

    private func result() throws -> BuildRecord.BuildResult {
        try fixture.write("in/a!", "x", mode: 0o755)
        try fixture.write("in/a/b", "y")
        try fixture.makeDirectory("in/empty").makeSymlink("link", target: "../a/b")
        let tree = try fixture.ingest("in")
        let outputs = try fixture.store.entries(of: tree).compactMap { BuildRecord.Output($0) }
        return .init(status: .ok, outputs: outputs, tree: tree)
    }

    @Test func whatIsListedIsWhatIsThere() throws {
        let result = try result()
        #expect(result.outputs.map(\.path) == ["a!", "a/b", "empty/link"])
        #expect(result.outputs.map(\.mode) == ["0755", "0644", "link"])
        #expect(try result.difference(fromTreeIn: fixture.store) == nil)
        #expect(
            try BuildRecord.BuildResult(status: .timeout, outputs: [], tree: nil)
                .difference(fromTreeIn: fixture.store) == nil)
    }

    @Test func everyDifferenceIsNamed() throws {
        let result = try result()
        let changes: [(String, (inout [BuildRecord.Output]) -> Void)] = [
            ("lists \"a!\" (0644, 1 bytes, ", { $0[0].mode = "0644" }),
            ("lists \"a!\" (0755, 2 bytes, ", { $0[0].size = 2 }),
            ("lists \"a/b\" (0644, 1 bytes, \(Digest(of: []))), and its tree ", { $0[1].digest = Digest(of: []) }),
            ("does not list \"empty/link\"", { $0.removeLast() }),
            ("and its tree \(try #require(result.tree)) has \"a!\"", { $0.removeFirst() }),
            ("which its tree \(try #require(result.tree)) does not have", { $0.append($0[0]) }),
        ]
        for (words, change) in changes {
            var changed = result
            change(&changed.outputs)
            let difference = try changed.difference(fromTreeIn: fixture.store)
            #expect(difference?.contains(words) == true, "\(words): \(difference as Any)")
        }
    }

    @Test func twoSpellingsAreTwoNames() throws {
        try fixture.write("in/\u{e9}", "x")
        let tree = try fixture.ingest("in")
        var outputs = try fixture.store.entries(of: tree).compactMap { BuildRecord.Output($0) }
        outputs[0].path = "e\u{301}"
        let result = BuildRecord.BuildResult(status: .ok, outputs: outputs, tree: tree)
        #expect(try result.difference(fromTreeIn: fixture.store) != nil)
    }
}
