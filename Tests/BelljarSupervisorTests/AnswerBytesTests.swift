import BelljarKernel
import Glibc
import TestSupport
import Testing

@testable import BelljarSupervisor

/// Answers that are put together here, byte for byte against what this machine's kernel says of the same things.
@Suite struct AnswerBytesTests {
    // MARK: Files

    private func kernel(_ path: String, at folder: borrowing Descriptor) throws -> [UInt8] {
        var found = stat()
        let answer = unsafe fstatat(folder.number, path, &found, AT_SYMLINK_NOFOLLOW)
        try #require(answer == 0)
        return unsafe withUnsafeBytes(of: &found) { Array($0) }
    }

    private func own(_ path: String, at folder: borrowing Descriptor) throws -> [UInt8] {
        var facts = FileFacts()
        let number = folder.number
        let answer = path.withCString { unsafe facts.look($0, at: number, followsLink: false) }
        try #require(answer == 0)
        return unsafe withUnsafeBytes(of: StatusStructure(facts)) { Array($0) }
    }

    @Test func theStatusOfAFileIsTheKernels() throws {
        let place = try TestFolder()
        try place.write("file", String(repeating: "x", count: 70_000))
        try place.descriptor.makeSymlink("link", target: "file")
        try place.descriptor.makeDirectory("folder", mode: 0o751)
        try place.descriptor.makeFifo("fifo")
        try place.descriptor.open("file").setTimes(FileTime(seconds: -7, nanoseconds: 123_456_789))
        for name in ["file", "link", "folder", "fifo"] {
            #expect(try own(name, at: place.descriptor) == kernel(name, at: place.descriptor), "\(name)")
        }
        let devices = try Descriptor.workingDirectory.open("/dev", [.pathOnly, .directory, .followingLinks])
        for name in ["null", "zero"] { #expect(try own(name, at: devices) == kernel(name, at: devices), "\(name)") }
    }

    /// As the kernel does it both ways (new_encode_dev, new_decode_dev): a device that somebody makes is told as that device.
    @Test func deviceNumbersComeBackAsTheyWent() {
        for major in [0, 1, 8, 255, 256, 0xfff] as [UInt64] {
            for minor in [0, 1, 3, 0xff, 0x100, 0x1ff, 0xffff, 0x12345, 0xfffff] as [UInt64] {
                let number = major << 32 | minor
                #expect(Ownership.node(StatusStructure.encode(number)) == number, "\(major):\(minor)")
            }
        }
    }

    // MARK: Directories

    private func records(_ folder: borrowing Descriptor, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        defer { unsafe room.deallocate() }
        unsafe room.initializeMemory(as: UInt8.self, repeating: 0)
        let count = try unsafe folder.open(".", .directory).readRecords(into: room)
        try #require(count > 0 && count < 60 << 10)
        try unsafe body(UnsafeRawBufferPointer(rebasing: room[..<count]))
    }

    private func written(
        _ snapshot: DirectorySnapshot, _ form: Worker.RecordForm, positions: [UInt64]
    ) -> [UInt8] {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        defer { unsafe room.deallocate() }
        unsafe room.initializeMemory(as: UInt8.self, repeating: 0xee)
        var bytes = 0
        snapshot.entries(from: 0) { index, entry in
            let size = unsafe form.size(entry)
            let record = unsafe UnsafeMutableRawBufferPointer(rebasing: room[bytes..<bytes + size])
            unsafe form.write(entry, position: positions[index], to: record)
            bytes += size
            return true
        }
        return unsafe Array(room[..<bytes])
    }

    @Test func entriesAreTheKernelsRecords() throws {
        let place = try TestFolder()
        for length in 1...40 { try place.write(String(repeating: "n", count: length), "") }
        try place.write(String(repeating: "m", count: 255), "")
        try place.descriptor.makeDirectory("folder")
        try place.descriptor.makeSymlink("link", target: "folder")
        try place.descriptor.makeFifo("fifo")
        try records(place.descriptor) { records in
            let snapshot = unsafe DirectorySnapshot.make(records, .unknown)
            #expect(snapshot.count == 46)
            var (positions, start): ([UInt64], Int) = ([], 0)
            while start < records.count {
                positions.append(unsafe records.loadUnaligned(fromByteOffset: start + 8, as: UInt64.self))
                start += unsafe Int(records.loadUnaligned(fromByteOffset: start + 16, as: UInt16.self))
            }
            let kernel = unsafe Array(records)
            #expect(written(snapshot, .new, positions: positions) == kernel)
            // The older form (getdents(2)): the name a byte earlier, zeros behind it, and the type as the last byte.
            let old = written(snapshot, .old, positions: positions)
            start = 0
            for index in 0..<snapshot.count {
                let size = Int(old[start + 16]) | Int(old[start + 17]) << 8
                let name = snapshot.name(index)
                #expect(Array(old[(start + 18)..<(start + 18 + name.count)]) == name)
                #expect(old[(start + 18 + name.count)..<(start + size - 1)].allSatisfy { $0 == 0 })
                #expect(size % 8 == 0 && size >= 18 + name.count + 2)
                let kind = try place.descriptor.status(of: name).kind
                let types: [UInt8: FileKind] = [1: .fifo, 4: .directory, 8: .regular, 10: .symlink]
                #expect(types[old[start + size - 1]] == kind)
                start += size
            }
            #expect(start == old.count)
        }
    }

    /// Records that no kernel gives: what is not whole ends the list.
    @Test func recordsThatAreNotWholeEndTheList() {
        func record(_ name: [UInt8], length: Int? = nil) -> [UInt8] {
            let size = (19 + name.count + 1 + 7) & ~7
            let told = length ?? size
            let head = [UInt8](repeating: 7, count: 16) + [UInt8(told & 255), UInt8(told >> 8), 8]
            return head + name + [UInt8](repeating: 0, count: size - 19 - name.count)
        }
        func names(_ records: [UInt8], _ order: DirectorySnapshot.Order = .byName) -> [String] {
            let snapshot = unsafe records.withUnsafeBytes { unsafe DirectorySnapshot.make($0, order) }
            return (0..<snapshot.count).map { String(decoding: snapshot.name($0), as: UTF8.self) }
        }
        let good = record(Array("b".utf8)) + record(Array("a".utf8))
        #expect(names(good) == ["a", "b"] && names(good, .unknown) == ["b", "a"])
        #expect(names([]) == [] && names(Array(good.prefix(19))) == [])
        for length in [0, 1, 18, 19, 25, 4096, 0xffff] {
            #expect(names(good + record(Array("c".utf8), length: length)) == ["a", "b"], "\(length)")
        }
        #expect(names(good + record(Array("c".utf8)).dropLast()) == ["a", "b"])
        // A name without its zero is as long as its record, and no longer.
        var open = record(Array("ccccc".utf8))
        for index in 19..<open.count { open[index] = UInt8(ascii: "c") }
        let longest = String(repeating: "c", count: open.count - 19)
        #expect(names(open + record(Array("d".utf8))) == [longest, "d"])
    }

    // MARK: Objects of System V

    /// The lines of one object in the kernel's list and in one made here, as far as both can say it: the times are the world's, and how
    /// much memory is in use only the kernel knows.
    private func lines(
        _ kind: SystemVStatus, _ id: Int32, _ file: String
    ) throws -> (own: [String], kernel: [String], same: Bool) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: SystemVStatus.maximumSize, alignment: 16)
        defer { unsafe buffer.deallocate() }
        let last = unsafe kind.read(0, command: kind.informationCommand, into: buffer)
        var own: [UInt8] = []
        for index in 0...max(last, 0) where unsafe kind.read(index, command: kind.statusCommand, into: buffer) == id {
            unsafe kind.appendLine(id, UnsafeRawBufferPointer(buffer), to: &own)
        }
        let list = String(
            decoding: try Descriptor.workingDirectory.open("/proc/sysvipc/" + file).readAll(limit: 1 << 22),
            as: UTF8.self)
        let all = list.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(all[0] + "\n" == kind.heading)
        let kernel = all.first { $0.split(separator: " ").dropFirst().first.map(String.init) == "\(id)" } ?? ""
        let text = String(decoding: own.dropLast(), as: UTF8.self)
        let words = { (line: String) in line.split(separator: " ").map(String.init) }
        return (words(text), words(kernel), text.utf8.count == kernel.utf8.count)
    }

    /// IPC_PRIVATE, a macro that Swift does not see.
    private static let own: Int32 = 0

    @Test func objectsAreListedAsTheKernelListsThem() throws {
        let memory = shmget(Self.own, 12345, 0o640)
        let queue = msgget(Self.own, 0o604)
        let semaphores = semget(Self.own, 17, 0o606)
        defer {
            if memory >= 0 { _ = shmctl(memory, IPC_RMID, nil) }
            if queue >= 0 { _ = msgctl(queue, IPC_RMID, nil) }
            if semaphores >= 0 {
                let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 128, alignment: 16)
                _ = unsafe SystemVStatus.semaphores.read(semaphores, command: IPC_RMID, into: buffer)
                unsafe buffer.deallocate()
            }
        }
        guard memory >= 0, queue >= 0, semaphores >= 0 else {
            print("skipped: this host has no objects of System V, or none left")
            return
        }
        let shm = try lines(.sharedMemory, memory, "shm")
        #expect(
            shm.own == shm.kernel && shm.same && shm.own.count == 16 && shm.own[2] == "640" && shm.own[3] == "12345")
        let msg = try lines(.queue, queue, "msg")
        #expect(msg.own == msg.kernel && msg.same && msg.own.count == 14 && msg.own[2] == "604")
        let sem = try lines(.semaphores, semaphores, "sem")
        #expect(sem.own == sem.kernel && sem.same && sem.own.count == 10 && sem.own[3] == "17")
    }

    @Test func timesOfObjectsAreTheWorldsOrNever() {
        var words = [UInt64](repeating: 0, count: SystemVStatus.maximumSize / 8)
        for kind in [SystemVStatus.sharedMemory, .queue, .semaphores] {
            words = (0..<words.count).map { UInt64($0) * 1000 }
            let first = kind.times[0] / 8
            words[first] = 0
            unsafe words.withUnsafeMutableBytes { unsafe kind.setTimes(42, in: $0) }
            for index in words.indices {
                let isTime = kind.times.contains(8 * index) && index != first
                #expect(words[index] == (isTime ? 42 : index == first ? 0 : UInt64(index) * 1000))
            }
        }
    }
}
