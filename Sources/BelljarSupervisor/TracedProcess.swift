internal import BelljarControls
internal import BelljarKernel

/// One program that a process was, or a process that was forked and became none.
struct TracedProcess: Sendable {
    /// In the sandbox.
    var number: Int32
    var parentNumber: Int32
    /// Running number of the parent's line; nil for what PID 1 started, or took in.
    var parent: Int?
    /// That of what it was before it became this.
    var after: Int?
    /// As `TraceState.identity`.
    var identity: UInt64 = 0
    var isProgram = false
    var step = 0
    var executable: [UInt8]
    /// Each followed by a zero; cut off.
    var arguments: [UInt8]
    var directory: [UInt8]
    /// In microseconds since the build's beginning.
    var start: UInt64
    var end: UInt64?
    /// In microseconds: what it was seen to have used.
    var used: UInt64 = 0
    /// What the process had used before it became this.
    private var usedBefore: UInt64 = 0
    /// As from wait(2); nil where that is not known.
    private var status: Int32?
    /// Stands for the process; -1 if it was closed, or could not be had.
    var handle: Int32 = -1
    var consulted = InlineArray<16, UInt32>(repeating: 0)
    var reads: Set<Int> = []

    init(ofThread thread: Int32, at now: UInt64) {
        let line = LedgerLine(ofThread: thread)
        (number, parentNumber) = (line.process, line.parent)
        (executable, arguments) = (line.executable, line.arguments)
        directory = (try? Descriptor.workingDirectory.readLink("/proc/\(line.process)/cwd")) ?? []
        start = now
    }

    /// Bytes of memory.
    var memory: Int {
        3 * MemoryLayout<TracedProcess>.stride + executable.count + arguments.count + directory.count + 200
    }

    /// Takes over what the process is now, with all that it did before.
    mutating func become(_ program: TracedProcess) {
        (executable, arguments, directory) = (program.executable, program.arguments, program.directory)
        (identity, isProgram) = (program.identity, true)
        if program.handle >= 0 { HeldPlace.release(program.handle) }
    }

    /// It is another program from now on.
    mutating func leave(for program: inout TracedProcess) {
        note(ProcessFate.microseconds(of: number))
        program.usedBefore = usedBefore + used
        end = program.start
        close()
    }

    private mutating func note(_ time: UInt64?) {
        if let time, time > usedBefore + used { used = time - usedBefore }
    }

    /// Looks what it has used, and whether it is dead.
    mutating func look(at now: UInt64) {
        guard handle >= 0 else { return }
        let isDead = Descriptor.isDead(handle)
        // Of a dead one too, as long as its parent has not waited for it.
        if end == nil { note(ProcessFate.microseconds(of: number)) }
        guard isDead else { return }
        end = end ?? now
        guard let found = ProcessFate.status(handle) else { return }
        status = found
        close()
    }

    /// The step is over.
    mutating func finish(at now: UInt64) {
        end = end ?? now
        if handle >= 0, status == nil { status = ProcessFate.status(handle) }
        close()
    }

    /// Whether it writes nothing any more.
    var isOver: Bool { end != nil || handle >= 0 && Descriptor.isDead(handle) }

    private mutating func close() {
        if handle >= 0 { HeldPlace.release(handle) }
        handle = -1
    }

    // MARK: Lines

    func encoded(number line: Int) -> [UInt8] {
        var isCut = arguments.count >= LedgerLine.argumentsSize
        var text = JSONText()
        text.raw("{\"kind\":\"process\",\"number\":\(line),\"id\":\"\(ContentSum.hexadecimal(identity))\"")
        if let parent { text.raw(",\"parent\":\(parent)") }
        if let after { text.raw(",\"after\":\(after)") }
        text.raw(",\"step\":\(step),\"pid\":\(number),\"forked\":\(!isProgram),\"argv\":[")
        var left = LedgerLine.argumentsSize - 800
        for (index, argument) in LedgerLine.words(of: arguments).enumerated() {
            if index > 0 { text.raw(",") }
            guard text.string(argument, limit: &left) else {
                isCut = true
                break
            }
        }
        text.raw("],\"executable\":")
        left = LedgerLine.pathSize / 2
        if !text.string(executable[...], limit: &left) { isCut = true }
        text.raw(",\"directory\":")
        left = LedgerLine.pathSize / 2
        if !text.string(directory[...], limit: &left) { isCut = true }
        text.raw(",\"start\":\(start),\"end\":\(end ?? start),\"cpu\":\(used)")
        if let status {
            text.raw(status & 0x7f == 0 ? ",\"exit\":\(status >> 8 & 0xff)" : ",\"signal\":\(status & 0x7f)")
        }
        text.raw(",\"consulted\":{")
        var isFirst = true
        for (index, control) in Control.allCases.enumerated() where consulted[index] > 0 {
            text.raw("\(isFirst ? "" : ",")\"\(control.rawValue)\":\(consulted[index])")
            isFirst = false
        }
        text.raw("}\(isCut ? ",\"truncated\":true" : "")}\n")
        return text.bytes
    }

    /// Lines with the numbers of what it read, each of as many as fit.
    func encodedReads(number line: Int) -> [[UInt8]] {
        let sorted = reads.sorted()
        return stride(from: 0, to: sorted.count, by: 500).map { start in
            let part = sorted[start..<min(start + 500, sorted.count)].map { String($0) }.joined(separator: ",")
            return Array("{\"kind\":\"reads\",\"process\":\(line),\"paths\":[\(part)]}\n".utf8)
        }
    }

    static func encoded(path: [UInt8], number: Int) -> [UInt8] {
        var text = JSONText()
        text.raw("{\"kind\":\"path\",\"number\":\(number),\"path\":")
        // Longer ones are beyond what a record takes of an output.
        var left = 7000
        let isWhole = text.string(path[...], limit: &left)
        text.raw(isWhole ? "}\n" : ",\"truncated\":true}\n")
        return text.bytes
    }
}

/// A file that a process opened for writing, or gave a name.
struct TracedWrite: Sendable {
    enum How: String, Sendable { case open, rename, link, symlink, directory, remove }

    /// Running number of its line.
    var process: Int
    /// Number of the path.
    var path: Int
    var how: How
    /// Of `rename` and `link`: the name that it had.
    var source: Int?
    /// nil as long as it is not known.
    var content: TracedContent?
    /// In microseconds since the build's beginning.
    var time: UInt64 = 0

    func encoded(order: Int) -> [UInt8] {
        var text =
            "{\"kind\":\"write\",\"order\":\(order),\"process\":\(process),\"how\":\"\(how.rawValue)\",\"path\":\(path),\"time\":\(time)"
        if let source { text += ",\"from\":\(source)" }
        if let content { text += ",\"content\":\"\(ContentSum.hexadecimal(content.sum))\",\"size\":\(content.size)" }
        return Array((text + "}\n").utf8)
    }
}

/// What a file held, to be told from what it holds in another run.
struct TracedContent: Hashable, Sendable {
    /// Of the first 64 MiB; no digest, because nobody is to be kept from making another file with the same.
    var sum: UInt64
    var size: UInt64

    /// Bytes that are looked at.
    private static let most: UInt64 = 64 << 20
    private static let places = ["/build/", "/out/", "/tmp/", "/var/tmp/", "/run/", "/dev/shm/"].map { Array($0.utf8) }

    /// - Parameter path: without links. What is no regular file of the scratch is not opened.
    init?(of path: [UInt8]) {
        guard Self.places.contains(where: { path.starts(with: $0) }) else { return nil }
        guard let file = try? Descriptor.workingDirectory.open(path, .nonblocking) else { return nil }
        var facts = FileFacts()
        guard facts.look(descriptor: file.number) == 0, facts.isRegular else { return nil }
        size = facts.size
        var sum = ContentSum()
        var left = Self.most
        unsafe withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 16) { room in
            while left > 0, let count = try? unsafe file.read(into: room), count > 0 {
                unsafe sum.add(UnsafeRawBufferPointer(rebasing: room[..<count]))
                left -= min(left, UInt64(count))
            }
        }
        self.sum = sum.value
    }
}

/// A sum that differs where contents do, for all that is likely.
struct ContentSum {
    private var state: UInt64 = 0x9e37_79b9_7f4a_7c15
    private var count: UInt64 = 0

    mutating func add(_ word: UInt64) {
        let product = (state ^ word).multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
        state = (product.high ^ product.low) &+ 0x2545_f491_4f6c_dd1d
    }

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var index = 0
        while index + 8 <= bytes.count {
            add(unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index += 8
        }
        var last: UInt64 = 0
        while index < bytes.count {
            last = last << 8 | UInt64(unsafe bytes[index])
            index += 1
        }
        add(last)
        count &+= UInt64(bytes.count)
    }

    var value: UInt64 {
        var copy = self
        copy.add(count)
        return copy.state
    }

    /// 16 digits.
    static func hexadecimal(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
