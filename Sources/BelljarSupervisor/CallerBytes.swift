internal import BelljarControls
internal import BelljarKernel

/// The readers of what callers say, and of what the kernel says in words that callers chose, as functions of bytes: for whoever
/// tries them with any.
package enum CallerBytes {
    /// A stack, behind the address that it begins at (8 bytes), and, if there is one, the vector as the kernel keeps it (512 bytes).
    ///
    /// - Returns: nil if no program begins there; else whether what was found lies in the stack.
    package static func program(_ input: [UInt8], hasVector: Bool) -> Bool? {
        let head = hasVector ? 520 : 8
        guard input.count >= head else { return nil }
        let stack = UnsafeMutableRawBufferPointer.allocate(byteCount: input.count - head, alignment: 16)
        defer { unsafe stack.deallocate() }
        return unsafe input.withUnsafeBytes { input -> Bool? in
            unsafe stack.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[head...]))
            let address = unsafe input.loadUnaligned(as: UInt64.self)
            let bytes = UnsafeRawBufferPointer(stack)
            let found =
                unsafe hasVector
                ? AuxiliaryVector(UnsafeRawBufferPointer(rebasing: input[8..<520])) : AuxiliaryVector(within: bytes)
            guard let vector = found, let start = unsafe ProgramStart(bytes, at: address, vector) else { return nil }
            var key = StreamKey(seed: [])
            unsafe start.absorb(into: &key, stack)
            let size = UInt64(clamping: stack.count)
            return start.vectorAddress >= address && start.vectorAddress - address < size
        }
    }

    /// The address where an image lies in memory (8 bytes), its header (1024), and a part of its memory.
    ///
    /// - Returns: how many places the first 8 bytes were found in; nil if the image is refused.
    package static func image(_ input: [UInt8]) -> Int? {
        guard input.count >= 8 + ImageCache.headerSize else { return nil }
        return unsafe input.withUnsafeBytes { input -> Int? in
            let start = unsafe input.loadUnaligned(as: UInt64.self)
            let header = unsafe UnsafeRawBufferPointer(rebasing: input[8..<8 + ImageCache.headerSize])
            guard let ranges = unsafe ProgramHeaders(header)?.writable(from: start) else { return nil }
            do throws(Refusal) {
                var search = try WordSearch(start, in: ranges)
                try unsafe search.look(
                    at: UnsafeRawBufferPointer(rebasing: input[(8 + ImageCache.headerSize)...]), from: start)
                return search.found.count
            } catch { return nil }
        }
    }

    /// A path, looked up from the working directory as for this process itself.
    ///
    /// - Returns: nil if it leads nowhere; else the length of the way to it.
    package static func path(_ input: [UInt8], followsLink: Bool) -> Int? {
        guard !input.isEmpty, input.count < Worker.pathSize, !input.contains(0) else { return nil }
        let size = 4 * Worker.pathSize
        let path = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        defer {
            unsafe path.deallocate()
            unsafe room.deallocate()
        }
        unsafe path.copyBytes(from: input)
        unsafe path[input.count] = 0
        let place = unsafe UnsafeMutableRawBufferPointer(rebasing: path[(2 * Worker.pathSize)...])
        var text = unsafe PlaceText(place)
        let (thread, isAbsolute) = (Host.processId, input[0] == UInt8(ascii: "/"))
        var done = 0
        if isAbsolute {
            done = unsafe text.beginAbsolute(path, input.count, thread: thread, followsLink: followsLink)
        } else {
            text.begin(Worker.workingDirectory, thread: thread)
            text.append("/")
        }
        unsafe text.append(path, from: done, to: input.count)
        if text.endIfShort() {
            _ = unsafe Worker.Target(UnsafeRawBufferPointer(rebasing: place[..<text.length]))
        }
        var proc = FileFacts()
        guard
            unsafe Array("/proc\0".utf8).withUnsafeBytes({ bytes in
                unsafe bytes.baseAddress.map { unsafe proc.look($0, followsLink: true) } == 0
            })
        else { return nil }
        var walk = unsafe PathWalk(thread: thread, room: room, processes: proc.mount)
        let held = unsafe walk.run(Worker.workingDirectory, path, input.count, followsLink: followsLink)
        guard held >= 0 else { return nil }
        HeldPlace.release(held)
        return text.length
    }

    /// The kernel's records of a directory, sorted, and laid out for a caller as one piece.
    ///
    /// - Returns: nil for a directory without names, or with one that no file system has.
    package static func directory(_ records: [UInt8], isSorted: Bool) -> [UInt8]? {
        let snapshot = unsafe records.withUnsafeBytes {
            unsafe DirectorySnapshot.make($0, isSorted ? .byName : .unknown)
        }
        guard snapshot.count > 0, (0..<snapshot.count).allSatisfy({ snapshot.name($0).count < 256 }) else { return nil }
        var made: [UInt8] = []
        unsafe snapshot.entries(from: 0) { place, entry in
            for form in [Worker.RecordForm.old, .new] {
                let size = unsafe form.size(entry)
                let record = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
                defer { unsafe record.deallocate() }
                unsafe form.write(entry, position: UInt64(place), to: record)
                if form == .new { unsafe made.append(contentsOf: record) }
            }
            return true
        }
        for index in [0, snapshot.count / 2, snapshot.count - 1] {
            _ = snapshot.index(after: snapshot.name(index), isSorted ? .byNumber : .unknown)
        }
        return made
    }

    /// What a thread does with the wall clocks: a byte for each step, and a number for those that need one.
    ///
    /// - Returns: whether the clock never went back; nil if there is no step.
    package static func clock(_ input: [UInt8]) -> Bool? {
        guard input.count >= 17 else { return nil }
        var (clock, monotonic, last, isForward) = (ThreadClock(), UInt64(1), UInt64(0), true)
        unsafe input.withUnsafeBytes { input in
            for start in stride(from: 0, through: input.count - 17, by: 17) {
                let first = unsafe input.loadUnaligned(fromByteOffset: start + 1, as: Int64.self)
                let second = unsafe input.loadUnaligned(fromByteOffset: start + 9, as: Int64.self)
                let deadline = WallTime(seconds: first, fraction: second).offset(from: UInt64(bitPattern: second))
                monotonic = monotonic &+ UInt64(UInt32(truncatingIfNeeded: second))
                switch unsafe input[start] % 4 {
                case 0: _ = clock.read()
                case 1: _ = clock.wait(for: deadline, monotonic: monotonic, readings: UInt64(bitPattern: first))
                case 2: _ = clock.setTimer(to: deadline, monotonic: monotonic, readings: UInt64(bitPattern: first))
                default: clock.ranOut(deadline)
                }
                if clock.now < last { isForward = false }
                last = clock.now
                let waiter = FutexWaiter(
                    value: UInt64(bitPattern: first), address: UInt64(bitPattern: second),
                    flags: UInt32(truncatingIfNeeded: first), reserved: 0)
                _ = waiter.isValid
            }
        }
        return isForward
    }

    /// Texts of `/proc` that hold names which a build chose.
    ///
    /// - Returns: whether one of their readers found all that it looks for.
    package static func proc(_ input: [UInt8]) -> Bool {
        let signals = unsafe input.withUnsafeBytes { unsafe ThreadSignals($0) }
        _ = (signals.interruptsThread, signals.interruptsProcess, MountMap(input))
        unsafe input.withUnsafeBytes { input in
            _ = unsafe SystemCallText.stackPointer(input)
            // A path, and the stack of whoever made it.
            let half = unsafe UnsafeRawBufferPointer(rebasing: input[(input.count / 2)...])
            let path = unsafe UnsafeRawBufferPointer(rebasing: input[..<min(input.count / 2, 64)])
            _ = unsafe TemporaryName(path, half, at: 8).letters([UInt64(input.count)])
        }
        let times = unsafe input.withUnsafeBytes { unsafe ProcessTimes($0) }
        return times != nil || TaskFacts(status: input, stat: input) != nil
    }
}
