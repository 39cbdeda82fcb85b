import BelljarHost
import BelljarKernel
import BelljarModel
import BelljarStore
import TestSupport
import Testing

@testable import BelljarBuild

/// What the cache remembers, and when it is forgotten.
@Suite struct MemoriesTests {
    private let folder: TestFolder
    private let store: Store

    private var memories: Memories { Memories(of: store) }

    init() throws {
        folder = try TestFolder()
        store = try Store(path: folder.path + "/store", owner: nil)
    }

    /// Has all files look as if they had last been used so long ago.
    private func age(days: Int64) throws {
        for file in store.cache.files() {
            let time = FileTime(seconds: Int64(Host.realSeconds()) - days * 86_400)
            try folder.descriptor.setTimes(of: "store/cache/\(file.name)", time)
        }
    }

    private func forgets(after days: Int64) throws -> Int {
        try age(days: days)
        let foreseen = try memories.forget(isDryRun: true)
        #expect(try memories.forget(isDryRun: false) == foreseen)
        #expect(try memories.forget(isDryRun: false).files == 0)
        return foreseen.files
    }

    private func remember(_ name: String) throws {
        try folder.write("\(name)/a.txt", "1")
        // So that it is old enough to be remembered.
        pause(until: .after(milliseconds: 150))
        _ = try LocalSource(folder: folder.path, path: name, store: store).tree()
    }

    @Test func filesOfSources() throws {
        try remember("src")
        let cache = store.cache
        #expect(cache.files().count == 1 && cache.files()[0].bytes > 0)
        #expect(try forgets(after: 29) == 0)
        // Being used is what counts: content is read again, because the tree is another.
        try folder.write("src/b.txt", "2")
        _ = try LocalSource(folder: folder.path, path: "src", store: store).tree()
        #expect(cache.files()[0].used + 86_400 > Host.realSeconds())
        #expect(try forgets(after: 31) == 1 && cache.files().isEmpty)
        // Of a folder that is gone, which a disk that is not mounted seems to be.
        try remember("src")
        try folder.descriptor.removeTree("src")
        #expect(try forgets(after: 6) == 0)
        #expect(try forgets(after: 8) == 1)
    }

    @Test func whatAProjectsBuildsLedTo() throws {
        try folder.makeDirectory("project")
        let record = try store.write(Array("a record".utf8))
        let builds = ProjectBuilds(store: store, project: folder.path + "/project")
        try builds.note(record, of: "hello")
        #expect(try forgets(after: 1000) == 0)
        #expect(builds.records(of: "hello") == [record] && builds.recordsOfAll() == [record])
        // Nobody would find these.
        try ProjectBuilds(store: store, project: builds.project).note(Digest(of: [1]), of: "other")
        #expect(try forgets(after: 0) == 1)
        try folder.descriptor.removeTree("project")
        #expect(try forgets(after: 6) == 0)
        #expect(try forgets(after: 8) == 1 && builds.records(of: "hello").isEmpty)
    }

    /// What versions before wrote had no path in it, and is still read.
    @Test func olderMemoriesOfBuilds() throws {
        let builds = ProjectBuilds(store: store, project: folder.path + "/project")
        let (first, second) = (Digest(of: [1]), Digest(of: [2]))
        let old = CacheNames("builds", format: 1).name(of: Array("\(builds.project)\0hello".utf8))
        try store.cache.write(first.bytes, as: old)
        #expect(builds.records(of: "hello") == [first] && builds.recordsOfAll() == [first])
        try builds.note(second, of: "hello")
        #expect(builds.records(of: "hello") == [second, first])
    }

    /// Without them what is there is fetched again, and cannot be built if nobody serves it any more.
    @Test func addressesStayWhileTheStoreHasWhatTheyGave() throws {
        let digest = try store.write(Array("a source".utf8))
        let (origins, commit) = (SourceOrigins(store: store), String(repeating: "c", count: 40))
        try origins.note("https://example.org/a", gave: digest.hex)
        try origins.note("https://example.org/gone", gave: Digest(of: [1]).hex)
        try origins.note("https://example.org/a.git", gave: commit)
        try store.setMemo(kind: "git-commit", key: commit, tree: try store.write(Directory.empty))
        #expect(try forgets(after: 1000) == 1)
        #expect(origins.knows("https://example.org/a", gave: digest.hex))
        #expect(origins.knows("https://example.org/a.git", gave: commit))
        _ = try store.gc(GCOptions(memoAgeSeconds: 0, graceSeconds: 0))
        pause(until: .after(milliseconds: 1100))
        _ = try store.gc(GCOptions(memoAgeSeconds: 0, graceSeconds: 0))
        #expect(try forgets(after: 0) == 2)
    }

    /// Filters of other versions, memories of other formats, what a killed process left.
    @Test func whatNobodyKnows() throws {
        try store.cache.write([1], as: "seccomp-world-0.bpf")
        try folder.write("store/cache/source-2-x.123.456", "half")
        #expect(try forgets(after: 29) == 0)
        #expect(try forgets(after: 31) == 2)
    }
}
