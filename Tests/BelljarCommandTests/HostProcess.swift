import BelljarKernel
import BelljarModel

/// What a program answered.
struct Answer {
    var exit: ProcessEnd.Exit
    var output: [UInt8]
    var complaint: String

    var text: String { String(decoding: output, as: UTF8.self) }
    /// Exit status; 128 and the signal's number, as shells count.
    var code: Int32 {
        switch exit {
        case .status(let number): number
        case .signal(let number): 128 + number
        }
    }

    /// Standard output as JSON.
    func json() throws -> JSONValue { try CanonicalJSON.decode(output.last == 10 ? output.dropLast() : output) }
}

/// A program that runs, with what it said so far.
final class HostProcess {
    private var child: ChildProcess
    private let arguments: [String]
    private let output: Descriptor
    private let complaint: Descriptor
    private var said: (output: [UInt8], complaint: [UInt8]) = ([], [])
    private var isOpen = (output: true, complaint: true)

    init(_ path: String, _ arguments: [String], environment: [String: String], directory: String) throws {
        self.arguments = arguments
        let first = try Pipe()
        let second = try Pipe()
        let null = try Descriptor.workingDirectory.open("/dev/null")
        child = try ChildProcess.spawn(
            path, argv: [path] + arguments, environment: environment,
            descriptors: [(null.number, 0), (first.writer.number, 1), (second.writer.number, 2)],
            directory: directory, newSession: true)
        output = first.closingWriter()
        complaint = second.closingWriter()
    }

    var pid: Int32 { child.pid }

    func signal(_ number: Int32) { child.signal(number) }

    /// Waits until standard error holds a text so many times; false if the program ends or time is up before.
    func waits(for text: String, times: Int = 1, seconds: Double = 60) throws -> Bool {
        let deadline = Host.monotonicNanoseconds() + UInt64(seconds * 1e9)
        while Host.monotonicNanoseconds() < deadline, isOpen.output || isOpen.complaint {
            if said(text, times) { return true }
            try step(until: .after(milliseconds: 100))
        }
        return said(text, times)
    }

    private func said(_ text: String, _ times: Int) -> Bool {
        String(decoding: said.complaint, as: UTF8.self).ranges(of: text).count >= times
    }

    /// Reads to the end; a program that is not done in time is killed.
    func finish(seconds: Double = 120) throws -> Answer {
        let deadline = Host.monotonicNanoseconds() + UInt64(seconds * 1e9)
        while isOpen.output || isOpen.complaint {
            if Host.monotonicNanoseconds() > deadline { child.signal(9) }
            try step(until: .after(milliseconds: 100))
        }
        let end = try child.wait()
        let answer = Answer(
            exit: end.exit, output: said.output, complaint: String(decoding: said.complaint, as: UTF8.self))
        try AnswerArchive.keep(answer, to: arguments)
        return answer
    }

    /// How it ends, if it does so in time although nobody reads what it says; nil otherwise.
    func end(within milliseconds: UInt64) throws -> ProcessEnd.Exit? {
        let deadline = Deadline.after(milliseconds: milliseconds)
        while true {
            if let end = try child.waitIfEnded() { return end.exit }
            if deadline.isOver { return nil }
            pause(milliseconds: 5)
        }
    }

    private func step(until look: Deadline) throws {
        let found = try poll(
            [
                (isOpen.output ? output.number : -1, .readable),
                (isOpen.complaint ? complaint.number : -1, .readable),
            ], until: look)
        if !found[0].isEmpty { isOpen.output = try Self.take(output, &said.output) }
        if !found[1].isEmpty { isOpen.complaint = try Self.take(complaint, &said.complaint) }
    }

    private static func take(_ reader: borrowing Descriptor, _ bytes: inout [UInt8]) throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        let count = try chunk.withUnsafeMutableBytes { room in try reader.read(into: room) }
        bytes += chunk.prefix(count)
        return count > 0
    }
}

extension HostProcess {
    /// Processes whose command line holds a text.
    static func all(holding text: String) throws -> [Int32] {
        let folder = try Descriptor.workingDirectory.open("/proc", .directory)
        return try folder.entries().compactMap { entry in
            let name = String(decoding: entry.name, as: UTF8.self)
            guard let pid = Int32(name), let file = try? folder.open(name + "/cmdline"),
                let line = try? file.readAll(limit: 1 << 20)
            else { return nil }
            return String(decoding: line, as: UTF8.self).contains(text) ? pid : nil
        }
    }
}
