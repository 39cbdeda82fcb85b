internal import BelljarControls
internal import BelljarKernel
internal import Synchronization

/// Who consulted what: a line for each program that asked for something that a control answers, and how often.
///
/// Calls that never leave the kernel, and files that a control has laid over others, are not seen here.
final class Ledger: Sendable {
    /// Bytes of memory, after which no more programs are taken down: some 250,000 of the usual kind.
    private static let limit = 96 << 20

    private struct State {
        var lines: [LedgerLine] = []
        var bytes = 0
        var isFull = false
    }

    private let state = Mutex(State())
    /// By the numbers of system calls: a bit for each control, in the order of `Control.allCases`.
    private let masks: [UInt32]
    /// A table of its own: to be entered in the one that streams of random numbers follow from would change them.
    private let processes: ProcessTable

    init(_ states: ControlStates) {
        let last = NotifiedCall.allCases.map(\.rawValue).max() ?? 0
        var masks = [UInt32](repeating: 0, count: Int(last) + 1)
        for call in NotifiedCall.allCases {
            for (index, control) in Control.allCases.enumerated()
            where call.consulted.contains(control) && states.isVirtualised(control) {
                masks[Int(call.rawValue)] |= 1 << UInt32(index)
            }
        }
        self.masks = masks
        processes = ProcessTable()
    }

    /// Tells that a process became another program.
    func programBegins(_ caller: Caller) throws(Refusal) {
        try processes.programBegins(caller, key: nil, awaitsThread: false)
    }

    /// Takes down that a thread consulted something.
    func note(_ call: NotifiedCall, of caller: Caller) {
        guard counts(call) else { return }
        // One that is gone by now gets no answer either.
        let line = try? processes.with(caller) { entry in
            let line = entry.line ?? begin(LedgerLine(ofThread: caller.thread))
            entry.line = line
            return line
        }
        if let line { count(call, for: line) }
    }

    /// Whether a call counts at all.
    func counts(_ call: NotifiedCall) -> Bool { masks[Int(call.rawValue)] != 0 }

    /// Takes a program down.
    ///
    /// - Returns: what `count` wants to know; negative if the ledger is full.
    func begin(_ line: LedgerLine) -> Int32 {
        state.withLock { state in
            let memory = LedgerLine.overhead + line.executable.count + line.arguments.count
            guard state.bytes + memory <= Self.limit, !state.isFull else {
                state.isFull = true
                return -1
            }
            state.bytes += memory
            state.lines.append(line)
            return Int32(state.lines.count - 1)
        }
    }

    func count(_ call: NotifiedCall, for line: Int32) {
        guard line >= 0 else { return }
        var mask = masks[Int(call.rawValue)]
        state.withLock { state in
            // They may have been taken while a call of a process that is dead by now was still being looked at.
            guard Int(line) < state.lines.count else { return }
            while mask != 0 {
                state.lines[Int(line)].count(mask.trailingZeroBitCount)
                mask &= mask - 1
            }
        }
    }

    /// Whether programs are missing.
    var isFull: Bool { state.withLock { $0.isFull } }

    /// Gives the lines in the order in which their programs first asked, packed into pieces of at most `size` bytes, and
    /// forgets them.
    ///
    /// - Parameter size: bytes, at least `LedgerLine.maximumSize`.
    func takePackets(of size: Int, _ give: ([UInt8]) -> Void) {
        precondition(size >= LedgerLine.maximumSize, "a line of the ledger must fit a packet")
        let lines = state.withLock { state in
            defer { state.lines = [] }
            return state.lines
        }
        var packet: [UInt8] = []
        for line in lines {
            let bytes = line.encoded()
            if packet.count + bytes.count > size {
                give(packet)
                packet = []
            }
            packet += bytes
        }
        if !packet.isEmpty { give(packet) }
    }
}

/// One program that a process was: after another execve(2) it is another one.
struct LedgerLine: Sendable {
    /// Its number in the sandbox.
    var process: Int32
    var parent: Int32
    var executable: [UInt8]
    /// Each followed by a zero.
    var arguments: [UInt8]
    /// By `Control.allCases`' order, which are fewer.
    var counts = InlineArray<16, UInt32>(repeating: 0)

    /// Bytes of a line at most, its end included.
    static let maximumSize = 8_000
    /// What a path and what all arguments may take of a line, in bytes.
    static let pathSize = 2500
    static let argumentsSize = 4500
    /// Bytes of memory for a line without its texts: itself, once more while the array of all lines grows, and what two
    /// arrays need besides their bytes.
    static let overhead = 3 * MemoryLayout<LedgerLine>.stride + 2 * 48

    /// - Parameter control: in the order of `Control.allCases`.
    mutating func count(_ control: Int) {
        if counts[control] < .max { counts[control] += 1 }
    }

    /// What /proc tells of a thread's process; empty where it tells nothing, because the process is gone.
    init(ofThread thread: Int32) {
        let folder = "/proc/\(thread)"
        (process, parent) = (thread, 0)
        executable = (try? Descriptor.workingDirectory.readLink(folder + "/exe")) ?? []
        arguments = Self.read(folder + "/cmdline", limit: Self.argumentsSize)
        // Both numbers stand behind the name, which has 64 bytes at most.
        for line in Self.read(folder + "/status", limit: 512).split(separator: UInt8(ascii: "\n")) {
            let words = line.split(separator: UInt8(ascii: "\t"))
            guard words.count == 2, let number = Int32(String(decoding: words[1], as: UTF8.self)) else { continue }
            switch String(decoding: words[0], as: UTF8.self) {
            case "Tgid:": process = number
            case "PPid:": parent = number
            default: continue
            }
        }
    }

    init(process: Int32, parent: Int32, executable: [UInt8], arguments: [UInt8]) {
        self.process = process
        self.parent = parent
        self.executable = executable
        self.arguments = arguments
    }

    /// The first bytes of a file of /proc.
    private static func read(_ path: String, limit: Int) -> [UInt8] {
        guard let file = try? Descriptor.workingDirectory.open(path) else { return [] }
        return unsafe withUnsafeTemporaryAllocation(byteCount: limit, alignment: 16) { room in
            var count = 0
            while count < limit {
                let part = unsafe UnsafeMutableRawBufferPointer(rebasing: room[count...])
                guard let got = try? unsafe file.read(into: part), got > 0 else { break }
                count += got
            }
            return unsafe Array(room[..<count])
        }
    }

    /// One JSON object and the end of the line. What is too long is cut off, which `truncated` says.
    func encoded() -> [UInt8] {
        var isCut = arguments.count >= Self.argumentsSize
        var text = JSONText()
        text.raw("{\"argv\":[")
        var left = Self.argumentsSize
        for (index, argument) in words().enumerated() {
            if index > 0 { text.raw(",") }
            guard text.string(argument, limit: &left) else {
                isCut = true
                break
            }
        }
        text.raw("],\"consulted\":{")
        var isFirst = true
        for (index, control) in Control.allCases.enumerated() where counts[index] > 0 {
            text.raw("\(isFirst ? "" : ",")\"\(control.rawValue)\":\(counts[index])")
            isFirst = false
        }
        text.raw("},\"executable\":")
        left = Self.pathSize
        if !text.string(executable[...], limit: &left) { isCut = true }
        text.raw(",\"parent\":\(parent),\"process\":\(process)\(isCut ? ",\"truncated\":true" : "")}\n")
        return text.bytes
    }

    private func words() -> [ArraySlice<UInt8>] { Self.words(of: arguments) }

    /// - Parameter arguments: each followed by a zero; the last may be cut off.
    static func words(of arguments: [UInt8]) -> [ArraySlice<UInt8>] {
        guard !arguments.isEmpty else { return [] }
        let words = arguments.split(separator: 0, omittingEmptySubsequences: false)
        return arguments.last == 0 ? Array(words.dropLast()) : words
    }
}

/// JSON being written.
struct JSONText {
    private(set) var bytes: [UInt8] = []

    mutating func raw(_ text: String) { bytes += text.utf8 }

    /// Writes a string as far as the limit goes, which is lowered by what it took. A byte that is no part of valid UTF-8
    /// becomes U+0000 and two hexadecimal digits, as names of files do in records.
    ///
    /// - Returns: whether all of it was written.
    mutating func string(_ text: ArraySlice<UInt8>, limit: inout Int) -> Bool {
        let start = bytes.count
        var isWhole = true
        bytes.append(UInt8(ascii: "\""))
        var rest = text
        while !rest.isEmpty {
            let (next, length) = Self.first(of: rest)
            guard bytes.count - start + next.utf8.count + 2 <= limit else {
                isWhole = false
                break
            }
            bytes += next.utf8
            rest = rest.dropFirst(length)
        }
        bytes.append(UInt8(ascii: "\""))
        limit -= bytes.count - start + 1
        return isWhole && limit > 0
    }

    /// The first character of a text that is not empty, or its first byte if that is none, and how many bytes that takes.
    private static func first(of text: ArraySlice<UInt8>) -> (escaped: String, length: Int) {
        var parser = UTF8.ForwardParser()
        var rest = text.makeIterator()
        guard case .valid(let scalar) = parser.parseScalar(from: &rest) else {
            return ("\\u0000" + hexadecimal(text[text.startIndex]), 1)
        }
        return (escaped(UTF8.decode(scalar)), scalar.count)
    }

    private static func hexadecimal(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\"": "\\\""
        case "\\": "\\\\"
        case "\n": "\\n"
        case "\t": "\\t"
        case _ where scalar.value < 0x20: "\\u00" + hexadecimal(UInt8(scalar.value))
        default: String(scalar)
        }
    }
}
