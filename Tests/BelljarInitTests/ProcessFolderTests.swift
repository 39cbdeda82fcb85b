import BelljarKernel
import BelljarPlan
import TestSupport
import Testing

@testable import BelljarInit

/// The limits that PID 1 holds by looking, with folders in place of `/proc` and of the scratch. A number from the wrong field, or a
/// file that is passed over, is no error: the build only has more than it may, or is ended for what it did not do.
@Suite struct ProcessFolderTests {
    private let place: TestFolder

    init() throws { place = try TestFolder(inMemory: true) }

    private static func stat(_ name: String = "x", threads: Int, pages: Int) -> String {
        let fields = ["S"] + (4...19).map { "\($0)" } + ["\(threads)", "21", "22", "23", "\(pages)", "25", "26"]
        return "7 (\(name)) \(fields.joined(separator: " "))\n"
    }

    /// A process in the folder, of which threads may have folders of their own.
    private func add(_ process: Int32, stat: String, threads: [(number: Int32, stat: String)] = []) throws {
        try place.descriptor.makeDirectory("\(process)")
        try place.write("\(process)/stat", stat)
        try place.descriptor.makeDirectory("\(process)/task")
        for thread in threads {
            try place.descriptor.makeDirectory("\(process)/task/\(thread.number)")
            try place.write("\(process)/task/\(thread.number)/stat", thread.stat)
        }
    }

    private func folder() throws -> ProcessFolder { ProcessFolder(try place.descriptor.open(".", .directory)) }

    @Test func everybodyButTheFirstProcessCounts() throws {
        try add(1, stat: Self.stat(threads: 100, pages: 100_000))
        try add(2, stat: Self.stat(threads: 3, pages: 10))
        try add(17, stat: Self.stat(") S 9 9 9", threads: 1, pages: 5))
        // Not processes, and one that is gone between two looks.
        for name in ["self", "irq", "99999999999"] { try place.descriptor.makeDirectory(name) }
        try place.write("uptime", "7 7\n")
        try place.descriptor.makeDirectory("4242")
        let use = try folder().use()
        #expect(use.threads == 4)
        #expect(use.residentBytes == 15 * 4096)
        #expect(use.holders.sorted() == [2, 17] && use.leaderless == [])
    }

    /// The first thread of a process can end; then only the others say what memory it has.
    @Test func memoryWithoutItsFirstThreadCounts() throws {
        let other = Self.stat(threads: 3, pages: 7)
        try add(5, stat: Self.stat(threads: 3, pages: 0), threads: [(5, Self.stat(threads: 3, pages: 0)), (6, other)])
        // One that has no memory at all: a thread of the kernel's, or a dead process.
        try add(8, stat: Self.stat(threads: 1, pages: 0))
        let use = try folder().use()
        #expect(use.threads == 4 && use.residentBytes == 7 * 4096)
        #expect(use.holders == [] && use.leaderless == [5])
        #expect(ProcessFolder.memories(use) == [[5]])
    }

    @Test func sharesAreThoseOfAThreadThatIsThere() throws {
        try add(5, stat: Self.stat(threads: 2, pages: 0), threads: [(6, Self.stat(threads: 2, pages: 1))])
        func share(_ holders: [Int32]) throws -> UInt64 { try self.folder().share(ofMemory: holders) }
        #expect(try share([5]) == 0, "nobody says")
        try place.write("5/task/6/smaps_rollup", "x\nRss: 9 kB\nPss: 3 kB\n")
        #expect(try share([5]) == 3 << 10)
        try place.write("5/smaps_rollup", "Pss: 4 kB\n")
        #expect(try share([5]) == 4 << 10)
        #expect(try share([]) == 0)
        #expect(try share([77]) == 0)
    }

    // MARK: The scratch

    private static let limits = Plan.Limits(
        timeoutMilliseconds: 1, graceMilliseconds: 1, memoryBytes: 4096, openFiles: 0, processes: 8,
        fileBytes: 1000, scratchBytes: .max / 2, scratchInodes: .max / 2)

    private func scratch() throws -> Scratch {
        Scratch(root: try place.descriptor.open(".", .directory), limits: Self.limits)
    }

    @Test func theLargestFileIsFoundWhereverItIs() throws {
        for folder in ["build.upper", "build.upper/deep", "build.upper/deep/er", "tmp", "out"] {
            try place.descriptor.makeDirectory(folder)
        }
        try place.write("tmp/small", "1234")
        try place.write("build.upper/deep/er/large", String(repeating: "x", count: 77))
        // A link is no file, whatever it leads to, and is not followed anywhere.
        try place.descriptor.makeSymlink("out/link", target: "/usr/bin/env")
        try place.descriptor.makeSymlink("out/folder", target: "/usr/bin")
        try place.descriptor.makeFifo("out/fifo")
        let largest = try scratch().largestFile()
        // As the build sees it: the upper layer of an overlay is the overlay.
        #expect(largest.path == "/build/deep/er/large" && largest.size == 77)
        try place.write("tmp/larger.upper", String(repeating: "x", count: 78))
        #expect(try scratch().largestFile().path == "/tmp/larger.upper")
    }

    @Test func searchingForALargeFileEnds() throws {
        // Deeper than any path can say, and with a name that is no text.
        var folder = try place.descriptor.open(".", .directory)
        let name = String(repeating: "d", count: 200)
        for _ in 0..<30 {
            try folder.makeDirectory(name)
            folder = try folder.open(name, .directory)
        }
        try folder.open("far", [.write, .create]).writeAll([1, 2, 3, 4, 5])
        try place.descriptor.open([0xff, 0xfe] as [UInt8], [.write, .create]).writeAll([1, 2, 3])
        #expect(try scratch().largestFile().size == 3)
    }

    // MARK: Reasons

    private func reason(isSignal: Bool, _ code: Int32, peakBytes: UInt64 = 0) throws -> LimitWatch.Exceeded? {
        var watch = LimitWatch(
            Self.limits, proc: try place.descriptor.open(".", .directory),
            scratch: try place.descriptor.open(".", .directory))
        return watch.reason(
            of: .init(
                isSignal: isSignal, code: code, wallMicroseconds: 0, userMicroseconds: 0, systemMicroseconds: 0,
                peakBytes: peakBytes))
    }

    /// 25 is SIGXFSZ on every architecture of interest (signal(7)), and shells add 128.
    @Test func aFileThatIsTooLargeIsTheReason() throws {
        try place.write("big", String(repeating: "x", count: 1000))
        #expect(try reason(isSignal: true, 25) == .init(limit: .file, seen: 1000, subject: "/big"))
        #expect(try reason(isSignal: false, 153) == .init(limit: .file, seen: 1000, subject: "/big"))
        // It was removed since; the signal is enough.
        try place.write("big", "x")
        #expect(try reason(isSignal: true, 25) == .init(limit: .file, seen: 0))
        #expect(try reason(isSignal: false, 25) == nil, "25 is a status like any other")
        #expect(try reason(isSignal: true, 9) == nil)
    }

    @Test func howManyThereWereIsTheReason() throws {
        try add(2, stat: Self.stat(threads: 6, pages: 1))
        #expect(try reason(isSignal: false, 1) == nil)
        try add(3, stat: Self.stat(threads: 1, pages: 1))
        // With the command itself, which has ended.
        #expect(try reason(isSignal: false, 1) == .init(limit: .processes, seen: 8))
    }

    @Test func whatOneProcessHadIsTheReason() throws {
        #expect(try reason(isSignal: false, 1, peakBytes: 4096) == nil)
        #expect(try reason(isSignal: true, 9, peakBytes: 4097) == .init(limit: .memory, seen: 4097))
    }
}
