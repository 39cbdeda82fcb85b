import TestSupport
import Testing

@testable import BelljarKernel

@Suite struct FilesTests {
    @Test func writesAndReadsBack() throws {
        let folder = try TestFolder()
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        do {
            let file = try folder.descriptor.open("f", [.write, .create, .exclusive], mode: 0o644)
            try file.writeAll(bytes)
            try file.synchronize()
            try file.setPermissions(0o755)
            try file.setTimes(FileTime(seconds: 315_619_200))
        }
        let file = try folder.descriptor.open("f")
        #expect(try file.readAll(limit: 100_000) == bytes)
        let status = try file.status()
        #expect(status.kind == .regular)
        #expect(status.permissions == 0o755)
        #expect(status.size == 100_000)
        #expect(status.modified == FileTime(seconds: 315_619_200))
        #expect(try folder.descriptor.status(of: "f") == status)
    }

    /// As large as a file can say that it is.
    @Test(arguments: [UInt64(Int64.max) - 1, UInt64(Int64.max)]) func refusesTheLargestFile(size: UInt64) throws {
        let file = try Descriptor.memoryFile("large")
        try file.truncate(to: size)
        #expect(try file.status().size == size)
        let error = #expect(throws: KernelError.self) { try file.readAll(limit: 100) }
        #expect(error?.answer.contains("EFBIG") == true)
    }

    @Test func whatIsTooMuchToCountIsTheMostThatCanBe() {
        #expect(FileSystemStatus.bytes(in: 3, of: 4096) == 12288)
        #expect(FileSystemStatus.bytes(in: .max, of: 4096) == .max)
    }

    @Test func refusesMoreThanTheLimit() throws {
        let folder = try TestFolder()
        try folder.descriptor.open("f", [.write, .create]).writeAll([1, 2, 3])
        let error = #expect(throws: KernelError.self) { try folder.descriptor.open("f").readAll(limit: 2) }
        #expect(error?.answer.contains("EFBIG") == true)
        #expect(try folder.descriptor.open("f").readAll(limit: 3) == [1, 2, 3])
    }

    @Test func doesNotFollowLinksUnlessAsked() throws {
        let folder = try TestFolder()
        try folder.descriptor.open("f", [.write, .create]).writeAll(Array("x".utf8))
        try folder.descriptor.makeSymlink("link", target: "f")
        let error = #expect(throws: KernelError.self) { _ = try folder.descriptor.open("link").number }
        #expect(error?.answer.contains("ELOOP") == true)
        #expect(try folder.descriptor.open("link", .followingLinks).readAll(limit: 9) == Array("x".utf8))
        #expect(try folder.descriptor.readLink("link") == Array("f".utf8))
        #expect(try folder.descriptor.status(of: "link").kind == .symlink)
    }

    @Test func refusesNamesWithNul() throws {
        let folder = try TestFolder()
        try folder.descriptor.open("f", [.write, .create]).writeAll([])
        #expect(throws: KernelError.self) { try folder.descriptor.status(of: "f\0g") }
        #expect(throws: KernelError.self) { try folder.descriptor.unlink(Array("f\0".utf8)) }
        #expect(throws: KernelError.self) {
            try folder.descriptor.rename("f", to: folder.descriptor, as: "g\0")
        }
        #expect(try folder.descriptor.status(of: "f").kind == .regular)
    }

    @Test func listsEveryName() throws {
        let folder = try TestFolder()
        var expected: Set<[UInt8]> = [[0xff, 0xfe], Array("dir".utf8)]
        try folder.descriptor.open([0xff, 0xfe], [.write, .create]).writeAll([])
        try folder.descriptor.makeDirectory("dir")
        for number in 0..<1500 {
            try folder.descriptor.open("file-\(number)", [.write, .create]).writeAll([])
            expected.insert(Array("file-\(number)".utf8))
        }
        let entries = try folder.descriptor.entries()
        #expect(entries.count == expected.count)
        #expect(Set(entries.map(\.name)) == expected)
        #expect(entries.first { $0.name == Array("dir".utf8) }?.kind == .directory)
        #expect(throws: KernelError.self) { try folder.descriptor.entries(limit: 10) }
    }

    @Test func linksRenamesAndExchanges() throws {
        let folder = try TestFolder()
        try folder.descriptor.open("a", [.write, .create]).writeAll([1])
        try folder.descriptor.open("b", [.write, .create]).writeAll([2])
        try folder.descriptor.link("a", to: folder.descriptor, as: "c")
        #expect(try folder.descriptor.status(of: "a").links == 2)
        #expect(throws: KernelError.self) { try folder.descriptor.renameNew("a", to: folder.descriptor, as: "b") }
        try folder.descriptor.exchange("a", with: "b", in: folder.descriptor)
        #expect(try folder.descriptor.open("a").readAll(limit: 1) == [2])
        let nameless = try folder.descriptor.open(".", [.write, .nameless], mode: 0o644)
        try nameless.writeAll([3])
        try nameless.linkSelf(to: folder.descriptor, as: "d")
        #expect(try folder.descriptor.open("d").readAll(limit: 1) == [3])
        let target = try folder.descriptor.open("e", [.write, .create])
        #expect(try folder.descriptor.open("d").copyAll(to: target) == 1)
        #expect(try folder.descriptor.status(of: "e").size == 1)
    }

    @Test func locksExclude() throws {
        let folder = try TestFolder()
        let first = try folder.descriptor.open("lock", [.readWrite, .create])
        let second = try folder.descriptor.open("lock", .readWrite)
        #expect(try first.tryLock(.shared))
        #expect(try second.tryLock(.shared))
        #expect(try !first.tryLock(.exclusive))
        try second.unlock()
        #expect(try first.tryLock(.exclusive))
        #expect(try !second.tryLock(.shared))
    }

    @Test func removesHostileTrees() throws {
        let folder = try TestFolder()
        try folder.descriptor.open("outside", [.write, .create]).writeAll([7])
        try folder.descriptor.makeDirectory("tree")
        try makeChain(in: folder, depth: 1000)
        let tree = try folder.descriptor.open("tree", .directory)
        try tree.makeSymlink("link", target: "../outside")
        try tree.makeDirectory("closed")
        try tree.open("closed", .directory).makeDirectory("inner")
        try tree.setPermissions(of: "closed", 0)
        try folder.descriptor.removeTree("tree")
        #expect(try folder.descriptor.statusIfPresent(of: "tree") == nil)
        #expect(try folder.descriptor.open("outside").readAll(limit: 1) == [7])
        try folder.descriptor.removeTree("not-there")
    }

    private func makeChain(in folder: borrowing TestFolder, depth: Int) throws {
        // Descends by descriptors, because the path of the deepest directory is longer than PATH_MAX.
        var number = try folder.descriptor.open("tree", .directory).release()
        for _ in 0..<depth {
            let here = Descriptor(owning: number)
            try here.makeDirectory("a-directory-name")
            number = try here.open("a-directory-name", .directory).release()
        }
        _ = Descriptor(owning: number)
    }

    @Test func tellsOfTheHost() throws {
        let kernel = try Host.kernel()
        #expect(kernel.release.first?.isNumber == true)
        #expect(!kernel.machine.isEmpty)
        let before = Host.monotonicNanoseconds()
        #expect(Host.monotonicNanoseconds() >= before)
        #expect(Host.realSeconds() > 1_600_000_000)
        #expect(Host.environment("PATH") == Host.environment()["PATH"])
        #expect(Host.environment("BELLJAR_NO_SUCH_VARIABLE") == nil)
        #expect(try Host.account(named: "root")?.uid == 0)
        #expect(try Host.account(named: "no such account") == nil)
        #expect(try Descriptor.workingDirectory.open("/").fileSystem().totalBytes > 0)
        #expect(try !Descriptor.workingDirectory.open("/").hasAttribute("security.capability"))
    }
}
