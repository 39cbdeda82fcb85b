import BelljarKernel
import Glibc
import TestSupport
import Testing

@testable import BelljarSupervisor

/// Paths that PID 1 follows in a caller's place, against the kernel, which follows them for this process. A walk that comes to
/// another file than the kernel's has the build told of a file that it did not ask for.
@Suite struct PathWalkTests {
    /// What a path leads to: enough to tell it from everything else.
    private struct Found: Equatable {
        var device: UInt64
        var inode: UInt64
    }

    private static let processes: UInt64 = {
        var facts = FileFacts()
        return "/proc".withCString { unsafe facts.look($0, followsLink: true) } == 0 ? facts.mount : 0
    }()

    private static func facts(_ held: Int32) -> Found? {
        var facts = FileFacts()
        guard held >= 0 else { return nil }
        defer { HeldPlace.release(held) }
        return facts.look(descriptor: held) == 0 ? Found(device: facts.device, inode: facts.inode) : nil
    }

    private static func walk(
        _ path: [UInt8], at directory: Int32, of thread: Int32 = Host.processId, first: Int32 = 1, followsLink: Bool
    ) -> Found? {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        defer { unsafe room.deallocate() }
        let text = UnsafeMutableRawBufferPointer.allocate(byteCount: path.count + 1, alignment: 16)
        defer { unsafe text.deallocate() }
        unsafe text.copyBytes(from: path + [0])
        var walk = unsafe PathWalk(thread: thread, room: room, processes: processes, first: first)
        return facts(unsafe walk.run(directory, text, path.count, followsLink: followsLink))
    }

    private static func kernel(_ path: [UInt8], at directory: Int32, followsLink: Bool) -> Found? {
        let flags = pathOnly | O_CLOEXEC | (followsLink ? 0 : O_NOFOLLOW)
        return (path + [0]).withUnsafeBytes { bytes in
            bytes.baseAddress.flatMap {
                facts(Glibc.openat(directory, $0.assumingMemoryBound(to: CChar.self), flags))
            }
        }
    }

    /// Glibc's module has no O_PATH.
    private static let pathOnly = OpenFlags.pathOnly.rawValue

    private static func compare(_ path: [UInt8], at directory: Int32) -> (walked: [Found?], expected: [Found?]) {
        (
            [true, false].map { walk(path, at: directory, followsLink: $0) },
            [true, false].map { kernel(path, at: directory, followsLink: $0) }
        )
    }

    private func makeTree() throws -> TestFolder {
        let place = try TestFolder()
        for name in ["a", "a/b", "a/b/c", "x"] { try place.descriptor.makeDirectory(name) }
        for name in ["file", "a/file", "a/b/c/file"] { try place.write(name, name) }
        let links = [
            ("relative", "a/b"), ("absolute", place.path + "/a"), ("up", "a/b/../../x"), ("dot", "./a/./b/."),
            ("nowhere", "missing/file"), ("itself", "itself"), ("ping", "pong"), ("pong", "ping"), ("slash", "a/"),
            ("tofile", "a/file"), ("tofileslash", "a/file/"), ("root", "/"), ("a/back", "../relative/c"),
            ("chain", "absolute/back/../../file"), ("doubled", "//" + place.path + "//a"), ("proc", "/proc/self/fd"),
        ]
        for (name, target) in links { try place.descriptor.makeSymlink(name, target: target) }
        return place
    }

    @Test func pathsLeadWhereTheKernelSays() throws {
        let place = try makeTree()
        let names = [
            ".", "..", "a", "./a//b///c/", "a/b/../b/c/file", "relative", "relative/", "relative/c/file", "absolute/b",
            "up", "up/", "dot/c", "nowhere", "nowhere/", "itself", "itself/", "itself/x", "ping", "ping/pong", "slash",
            "slash/b", "tofile", "tofile/", "tofile/.", "tofileslash", "file/", "file/..", "file/x", "root",
            "root/proc",
            "root/..", "a/back", "a/back/file", "chain", "doubled/file", "missing", "missing/..", "missing/", "proc/0",
            "a/b/c/../../../../" + String(place.path.split(separator: "/").last ?? ""), "../../../../../../../../..",
            String(repeating: "n", count: 255), String(repeating: "n", count: 256), String(repeating: "n", count: 300),
            String(repeating: "./", count: 2000) + "file", String(repeating: "a/../", count: 400) + "file",
        ]
        var found = 0
        for name in names {
            for path in [name, place.path + "/" + name] where path.utf8.count < Worker.pathSize {
                let (walked, expected) = Self.compare(Array(path.utf8), at: place.descriptor.number)
                #expect(walked == expected, "\(path.prefix(300))")
                found += expected.count { $0 != nil }
            }
        }
        #expect(found > 60, "most lead somewhere")
        // What is no text either.
        try place.descriptor.makeDirectory([0xff, 0x80] as [UInt8])
        try place.descriptor.makeSymlink([0xfe] as [UInt8], target: [0xff, 0x80] as [UInt8])
        for path in [[0xff, 0x80], [0xfe], [0xfe, 0x2f], [0xfd]] as [[UInt8]] {
            let (walked, expected) = Self.compare(path, at: place.descriptor.number)
            #expect(walked == expected, "\(path)")
        }
    }

    /// The kernel gives up after 40 links, whichever way they come.
    @Test func linksHaveAnEnd() throws {
        let place = try TestFolder()
        try place.write("0", "end")
        for number in 1...45 { try place.descriptor.makeSymlink("\(number)", target: "\(number - 1)") }
        for number in 0...45 {
            let (walked, expected) = Self.compare(Array("\(number)".utf8), at: place.descriptor.number)
            #expect(walked == expected, "\(number) links")
            #expect((expected[0] != nil) == (number <= 40))
        }
        try place.descriptor.makeSymlink("here", target: ".")
        for count in [39, 40, 41] {
            let path = String(repeating: "here/", count: count) + "0"
            let (walked, expected) = Self.compare(Array(path.utf8), at: place.descriptor.number)
            #expect(walked == expected, "\(count) links")
        }
    }

    /// Each link says as much as a path can, so what is left to be followed grows with each: it ends, whatever comes of it.
    @Test func longLinksFillNoRoomThatIsNotThere() throws {
        let place = try TestFolder()
        let padding = String(repeating: "./", count: 1900)
        try place.write("end", "end")
        for number in 1...20 {
            try place.descriptor.makeSymlink("l\(number)", target: "./l\(number + 1)/../" + padding)
        }
        try place.descriptor.makeSymlink("m1", target: padding + "end")
        try place.descriptor.makeSymlink("m2", target: padding + "m1")
        let (walked, expected) = Self.compare(Array("m2".utf8), at: place.descriptor.number)
        #expect(walked == expected && expected[0] != nil)
        for followsLink in [true, false] {
            let found = Self.walk(Array("l1/l1/l1".utf8), at: place.descriptor.number, followsLink: followsLink)
            #expect(found == nil)
        }
    }

    /// `/proc/self` is who asks. Followed by PID 1 as it stands, it would be PID 1.
    @Test func whatNamesTheCallerIsTheCaller() throws {
        let place = try TestFolder()
        let links = [
            ("self", "/proc/self"), ("status", "/proc/self/status"), ("cwd", "/proc/self/cwd/."),
            ("odd", "//proc//./self/../self/status"), ("thread", "/proc/thread-self/status"),
        ]
        for (name, target) in links { try place.descriptor.makeSymlink(name, target: target) }
        let input = try Pipe()
        let child = try ChildProcess.spawn(
            "/bin/sh", argv: ["sh", "-c", "read x"], environment: [:], descriptors: [(input.reader.number, 0)],
            directory: place.path)
        let own = "/proc/\(child.pid)"
        func kernel(_ path: String) -> Found? { Self.kernel(Array(path.utf8), at: AT_FDCWD, followsLink: true) }
        func walked(_ path: String, followsLink: Bool = true) -> Found? {
            Self.walk(Array(path.utf8), at: AT_FDCWD, of: child.pid, followsLink: followsLink)
        }
        let there = place.path
        for (path, same) in [
            ("/proc/self", own), ("/proc/self/status", own + "/status"), ("/proc/thread-self/status", own + "/status"),
            ("//proc/self/status", own + "/status"), (there + "/self/", own), (there + "/status", own + "/status"),
            (there + "/odd", own + "/status"), (there + "/thread", own + "/status"), (there + "/cwd", there),
            (there + "/self/cwd/self/cwd", there), (".", there), ("self/status", own + "/status"),
            ("/proc/self/fd/0", own + "/fd/0"),
        ] {
            #expect(walked(path) == kernel(same) && kernel(same) != nil, "\(path)")
        }
        // Without following it, the link is what it is to everybody.
        #expect(
            walked("/proc/self", followsLink: false)
                == Self.kernel(Array("/proc/self".utf8), at: AT_FDCWD, followsLink: false))
        // A name that only looks like it.
        for name in ["/proc/selfish", "/proc/sel", "/proc/thread-self2", "/proc/self\u{e9}"] {
            #expect(walked(name) == nil, "\(name)")
        }
        // A file of that name elsewhere is that file.
        try place.write("thread-self", "")
        #expect(walked("thread-self") == kernel(there + "/thread-self"))
        withExtendedLifetime(input) {}
    }

    /// What only PID 1 may look at of itself: the links that the kernel makes up lead into its memory, files and descriptors. Here
    /// this process is in its place, and may follow them.
    @Test func theFirstProcessIsNobodysToFollow() throws {
        let place = try TestFolder()
        let own = Host.processId
        let threads = try #require(ThreadCall.numbers(in: "/proc/self/task", limit: 1000))
        let other = threads.first { $0 != own } ?? own
        for end in [
            "\(own)/cwd", "\(own)/root/", "\(own)/exe", "\(own)/task/\(own)/cwd", "\(own)/ns/mnt", "\(other)/cwd",
        ] {
            for path in ["/proc/\(end)", "//proc/self/../\(end)", "\(place.path)/\(end.filter { $0 != "/" })"] {
                let bytes = Array(path.utf8)
                if path.hasPrefix(place.path) {
                    try place.descriptor.makeSymlink(end.filter { $0 != "/" }, target: "/proc/\(end)")
                }
                let open = Self.walk(bytes, at: AT_FDCWD, followsLink: true)
                #expect(open == Self.kernel(bytes, at: AT_FDCWD, followsLink: true) && open != nil, "it is a way")
                #expect(Self.walk(bytes, at: AT_FDCWD, first: own, followsLink: true) == nil, "\(path)")
            }
        }
        // What is no link of that kind is everybody's.
        let status = Array("/proc/\(own)/status".utf8)
        #expect(Self.walk(status, at: AT_FDCWD, first: own, followsLink: true) != nil)
        let child = try ChildProcess.spawn("/bin/sleep", argv: ["sleep", "60"], environment: [:], descriptors: [])
        let others = Array("/proc/\(child.pid)/cwd".utf8)
        #expect(Self.walk(others, at: AT_FDCWD, first: own, followsLink: true) != nil)
    }

    // MARK: Texts of paths

    private func text(_ path: String, thread: Int32 = 77, followsLink: Bool = true) -> String {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 2 * Worker.pathSize, alignment: 16)
        defer { unsafe room.deallocate() }
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: path.utf8.count + 1, alignment: 16)
        defer { unsafe bytes.deallocate() }
        unsafe bytes.copyBytes(from: Array(path.utf8) + [0])
        let length = path.utf8.count
        var text = unsafe PlaceText(room)
        let start = unsafe text.beginAbsolute(bytes, length, thread: thread, followsLink: followsLink)
        unsafe text.append(bytes, from: start, to: length)
        guard text.endIfShort() else { return "too long" }
        return unsafe String(decoding: room[..<text.length], as: UTF8.self)
    }

    @Test(arguments: [
        ("/proc/self", "/proc/77"), ("/proc/self/status", "/proc/77/status"), ("/proc/selfish", "/proc/selfish"),
        ("/proc/thread-self/fd", "/proc/77/fd"), ("/dev/fd/3", "/proc/77/fd/3"), ("/dev/fd", "/proc/77/fd"),
        ("/dev/fdx", "/dev/fdx"), ("/dev/stdin", "/proc/77/fd/0"), ("/dev/stdout/", "/proc/77/fd/1/"),
        ("/dev/stderr", "/proc/77/fd/2"), ("/dev/stdi", "/dev/stdi"), ("/proc", "/proc"), ("/", "/"), ("/d", "/d"),
        ("/dev/", "/dev/"), ("/proc/1/self", "/proc/1/self"),
    ])
    func whatNamesWhoAsksIsReplaced(path: String, expected: String) {
        #expect(text(path) == expected)
    }

    @Test func aLinkThatIsAskedAboutItselfStays() {
        #expect(text("/proc/self", followsLink: false) == "/proc/self")
        #expect(text("/dev/stdin", followsLink: false) == "/dev/stdin")
        #expect(text("/proc/self/exe", followsLink: false) == "/proc/77/exe")
    }

    @Test func textsHaveTheKernelsLength() {
        let longest = "/" + String(repeating: "n", count: Worker.pathSize - 2)
        #expect(text(longest) == longest)
        #expect(text(longest + "n") == "too long")
        // One that grows by what is put in its place.
        let own = "/dev/fd/" + String(repeating: "n", count: Worker.pathSize - 9)
        #expect(text(own, thread: .max) == "too long")
    }

    @Test func numbersAreWrittenInFull() {
        for number in [0, 1, 9, 10, 99, 100, 1_000_000_000, 2_147_483_646, .max] as [Int32] {
            #expect(text("/proc/self", thread: number) == "/proc/\(number)")
        }
    }
}
