import BelljarModel
import Synchronization
import Testing

@testable import BelljarBuild

@Suite struct TreePlanTests {
    /// Directories by digest, with a count of the reads.
    private final class Shelf: Sendable {
        private let held = Mutex<[TreeDigest: Directory]>([:])
        private let count = Mutex(0)
        var reads: Int { count.withLock { $0 } }

        func put(_ directory: Directory) throws -> TreeDigest {
            let tree = try DirectoryCodec.digest(of: directory)
            held.withLock { $0[tree] = directory }
            return tree
        }

        func get(_ tree: TreeDigest) throws(BelljarError) -> Directory {
            count.withLock { $0 += 1 }
            guard let found = held.withLock({ $0[tree] }) else {
                throw BelljarError(.internal, operation: "read", subject: tree.description, answer: "not there")
            }
            return found
        }

        func plan() -> TreePlan { TreePlan { tree throws(BelljarError) in try self.get(tree) } }
    }

    private func file(_ name: String, _ content: String) -> Directory.File {
        .init(
            name: name, digest: Digest(of: Array(content.utf8)), size: UInt64(content.utf8.count), isExecutable: false)
    }

    @Test func oneTreeStaysAsItIs() throws {
        let shelf = Shelf()
        let tree = try shelf.put(Directory(files: [file("a", "1")]))
        var plan = shelf.plan()
        try plan.place(.tree(tree), at: "")
        let made = try plan.make()
        #expect(made.root == tree)
        #expect(made.directories.isEmpty)
        #expect(shelf.reads == 0)
    }

    @Test func nothingIsAnEmptyDirectory() throws {
        let made = try Shelf().plan().make()
        #expect(try made.root == DirectoryCodec.digest(of: .empty))
        #expect(made.directories == [.empty])
    }

    @Test func treesMergeAndTheLaterWins() throws {
        let shelf = Shelf()
        let inner = try shelf.put(Directory(files: [file("x", "1"), file("y", "1")]))
        let untouched = try shelf.put(Directory(files: [file("z", "1")]))
        let lower = try shelf.put(
            Directory(directories: [.init(name: "src", tree: inner), .init(name: "doc", tree: untouched)]))
        let upper = try shelf.put(Directory(files: [file("y", "2")], symlinks: [.init(name: "l", target: "x")]))
        var plan = shelf.plan()
        try plan.place(.tree(lower), at: "")
        try plan.place(.tree(upper), at: "src")
        let made = try plan.make()
        let merged = Directory(
            files: [file("x", "1"), file("y", "2")], symlinks: [.init(name: "l", target: "x")])
        let expected = Directory(directories: [
            .init(name: "src", tree: try DirectoryCodec.digest(of: merged)), .init(name: "doc", tree: untouched),
        ])
        #expect(try made.root == DirectoryCodec.digest(of: expected))
        // Children first, so that each can be stored when it comes.
        #expect(made.directories == [merged, expected])
    }

    /// As an overlay file system shows it.
    @Test func aFileHidesADirectoryAndTheOtherWayRound() throws {
        let shelf = Shelf()
        let tree = try shelf.put(Directory(files: [file("inside", "1")]))
        var plan = shelf.plan()
        try plan.place(.tree(tree), at: "a")
        try plan.place(.file(digest: file("a", "2").digest, size: 1, isExecutable: false), at: "a")
        #expect(try plan.make().root == DirectoryCodec.digest(of: Directory(files: [file("a", "2")])))
        try plan.place(.tree(tree), at: "a")
        let expected = Directory(directories: [.init(name: "a", tree: tree)])
        #expect(try plan.make().root == DirectoryCodec.digest(of: expected))
    }

    @Test func theRootStaysADirectory() throws {
        var plan = Shelf().plan()
        try plan.place(.file(digest: Digest(of: []), size: 0, isExecutable: false), at: "")
        let placed = plan
        #expect(throws: BelljarError.self) { try placed.make() }
    }
}
