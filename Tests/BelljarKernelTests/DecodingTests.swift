import Glibc
import Testing

@testable import BelljarKernel

/// What the kernel answers in bits and bytes, taken apart here. A bit that is read wrong is another status, another kind of file, another
/// device; every one of them is a possible one.
@Suite struct DecodingTests {
    // MARK: Ends of processes

    /// As wait(2) packs them: a status in the second byte, or a signal in seven bits with the mark of a core dump beside it.
    @Test(
        arguments: [
            (0x0000, .status(0)), (0x0100, .status(1)), (0xff00, .status(255)), (0x0009, .signal(9)),
            (0x008b, .signal(11)),
            (0x0086, .signal(6)), (0x7f00, .status(127)), (0x0040, .signal(64)),
        ] as [(Int32, ProcessEnd.Exit)])
    func endsAreTakenApart(status: Int32, exit: ProcessEnd.Exit) {
        #expect(ProcessEnd(status: status, usage: rusage()).exit == exit)
    }

    @Test func whatAProcessUsedIsInMicrosecondsAndBytes() {
        var usage = rusage()
        usage.ru_utime = timeval(tv_sec: 3, tv_usec: 999_999)
        usage.ru_stime = timeval(tv_sec: 0, tv_usec: 1)
        usage.ru_maxrss = 5
        let end = ProcessEnd(status: 0, usage: usage)
        #expect(end.userMicroseconds == 3_999_999 && end.systemMicroseconds == 1 && end.peakBytes == 5120)
    }

    // MARK: Directories

    private func entries(_ records: [UInt8]) -> [DirectoryEntry] {
        var found: [DirectoryEntry] = []
        Descriptor.parseEntries(records[...], into: &found)
        return found
    }

    private func record(_ name: [UInt8], type: UInt8 = 8, length: Int? = nil) -> [UInt8] {
        let size = (19 + name.count + 1 + 7) & ~7
        let told = length ?? size
        let head = [UInt8](repeating: 7, count: 16) + [UInt8(told & 255), UInt8(told >> 8), type]
        return head + name + [UInt8](repeating: 0, count: size - 19 - name.count)
    }

    @Test func entriesAreReadWithTheirKinds() {
        let kinds: [(UInt8, FileKind?)] = [
            (1, .fifo), (2, .characterDevice), (4, .directory), (6, .blockDevice), (8, .regular), (10, .symlink),
            (12, .socket), (0, nil), (14, nil), (255, nil),
        ]
        for (type, kind) in kinds {
            #expect(entries(record([0x61], type: type)) == [DirectoryEntry(name: [0x61], kind: kind)], "\(type)")
        }
        let all = record([0x2e]) + record([0xff, 0x80]) + record([0x2e, 0x2e]) + record([0x2e, 0x2e, 0x2e])
        #expect(entries(all).map(\.name) == [[0xff, 0x80], [0x2e, 0x2e, 0x2e]])
        // Where the piece of an array begins does not matter.
        var found: [DirectoryEntry] = []
        Descriptor.parseEntries((record([0x61]) + record([0x62]))[24...], into: &found)
        #expect(found.map(\.name) == [[0x62]])
    }

    /// FUSE gives what a program likes: what is not whole ends the list, and nothing is read beyond it or for ever.
    @Test func recordsThatAreNotWholeEndTheList() {
        let good = record([0x61])
        for length in [0, 1, 18, 25, 0xffff] {
            #expect(entries(good + record([0x62], length: length)).map(\.name) == [[0x61]], "\(length)")
        }
        #expect(entries(good + record([0x62]).dropLast()).map(\.name) == [[0x61]])
        #expect(entries([]).isEmpty && entries([UInt8](repeating: 0, count: 19)).isEmpty)
        // A record without room for a name has an empty one, and the next one follows it.
        let nameless = [UInt8](repeating: 7, count: 16) + [19, 0, 8]
        #expect(entries(nameless + good).map(\.name) == [[], [0x61]])
    }

    // MARK: Devices

    @Test func aDeviceIsOnlyItself() throws {
        let folder = try Descriptor.workingDirectory.open("/dev", [.pathOnly, .directory, .followingLinks])
        let status = try folder.status(of: "null")
        try HostDevice.null.check(status)
        func refusal(_ change: (inout FileStatus) -> Void) -> KernelError? {
            var changed = status
            change(&changed)
            do throws(KernelError) { try HostDevice.null.check(changed) } catch { return error }
            return nil
        }
        #expect(refusal { $0.kind = .regular }?.number == ENODEV)
        #expect(refusal { $0.kind = .blockDevice }?.number == ENODEV)
        #expect(refusal { $0.deviceNumber = 1 << 8 | 5 }?.subject.contains("1:5 instead of") == true)
        #expect(refusal { $0.deviceNumber = 3 << 8 | 1 }?.number == ENODEV)
        #expect(refusal { $0.permissions = 0o644 }?.subject.contains("0644") == true)
        #expect(refusal { $0.permissions = 0o1666 }?.number == EACCES)
        // The numbers that this host has for each of them.
        for device in HostDevice.all {
            #expect(try folder.status(of: device.name).deviceNumber == device.number, "\(device.name)")
        }
    }

    // MARK: What processes hand on

    /// A mark is what a process's children are told from each other's by: forks copy it, and another program keeps it.
    @Test func aMarkIsHandedOn() throws {
        let input = try Pipe()
        let output = try Pipe()
        let script = "while read line; do echo \"$line\"; done </proc/self/limits"
        let child = try ChildProcess.spawn(
            "/bin/sh", argv: ["sh", "-c", "read x; (exec /bin/sh -c '\(script)')"],
            environment: [:], descriptors: [(input.reader.number, 0), (output.writer.number, 1)])
        #expect(BirthMark.of(child.pid) != nil)
        let mark: UInt64 = 0x7123_4567_89ab_cdef
        try BirthMark.set(mark, of: child.pid)
        #expect(BirthMark.of(child.pid) == mark)
        try input.writer.writeAll([0x0a])
        let text = String(decoding: try output.closingWriter().readAll(limit: 1 << 16), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("Max file locks") }
        #expect(line?.split(separator: " ").dropFirst(3).first.map(String.init) == "\(mark)", "\(text)")
        #expect(BirthMark.of(.max) == nil)
    }
}
