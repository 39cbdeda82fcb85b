import BelljarKernel
import BelljarModel

/// Somebody who sits before a terminal and has started a program there: types, looks, waits, makes the window larger, and closes it.
final class TerminalSession {
    private var master: Descriptor?
    private let slave: Descriptor
    private var child: ChildProcess
    /// All that was ever shown, and how far it was looked at.
    private var shown: [UInt8] = []
    private var seen = 0

    /// The terminal is the program's controlling one, as after a login.
    ///
    /// - Parameter wrapper: a program of the host that starts it (`nohup`), with its arguments.
    init(
        _ program: String, _ arguments: [String], environment: [String: String], directory: String,
        size: TerminalSize = .init(rows: 33, columns: 101), wrapper: [String] = []
    ) throws {
        let terminal = try PseudoTerminal()
        try size.set(on: terminal.master)
        slave = try terminal.slave.duplicate()
        child = try ChildProcess.spawn(
            "/usr/bin/setsid", argv: ["setsid", "--ctty"] + wrapper + [program] + arguments,
            environment: environment.merging(["TERM": "xterm"]) { _, new in new },
            descriptors: [(slave.number, 0), (slave.number, 1), (slave.number, 2)], directory: directory)
        master = terminal.closingSlave()
    }

    var pid: Int32 { child.pid }

    func signal(_ number: Int32) { child.signal(number) }

    var screen: String { String(decoding: shown, as: UTF8.self) }

    /// What was shown since the last text that was waited for.
    var rest: String { String(decoding: shown[seen...], as: UTF8.self) }

    func type(_ text: String) throws {
        switch master {
        case .some(let master): try master.writeAll(Array(text.utf8))
        case nil: break
        }
    }

    func resize(rows: UInt16, columns: UInt16) throws {
        switch master {
        case .some(let master): try TerminalSize(rows: rows, columns: columns).set(on: master)
        case nil: break
        }
    }

    var size: TerminalSize? { TerminalSize(of: slave.number) }

    /// Closes the window.
    func hangUp() { master = nil }

    /// Waits until a text is shown that was not waited for yet; false if the program ends or time is up before.
    func sees(_ text: String, seconds: UInt64 = 60) throws -> Bool {
        let deadline = Deadline.after(milliseconds: seconds * 1000)
        while true {
            if let end = find(text) {
                seen = end
                return true
            }
            guard !deadline.isOver, try look() else { return false }
        }
    }

    /// Types a key that is a signal until that shows. A shell that becomes another program right then can lose one, on any terminal:
    /// that of busybox does so now and then.
    func press(_ key: String, until text: String) throws -> Bool {
        for _ in 0..<20 {
            try type(key)
            if try sees(text, seconds: 3) { return true }
        }
        return false
    }

    private func find(_ text: String) -> Int? {
        let wanted = Array(text.utf8)
        guard shown.count - seen >= wanted.count else { return nil }
        for start in seen...(shown.count - wanted.count)
        where shown[start..<(start + wanted.count)].elementsEqual(wanted) {
            return start + wanted.count
        }
        return nil
    }

    /// Takes what is shown in a tenth of a second; false when nothing can be shown any more.
    private func look() throws -> Bool {
        switch master {
        case .some(let master):
            let found = try poll([(master.number, .readable)], until: .after(milliseconds: 100))
            guard !found[0].isEmpty else { return true }
            return try master.appendBytes(to: &shown, atMost: 1 << 16) > 0
        case nil: return false
        }
    }

    /// How the program ends; nil if it does not do so in time.
    func end(seconds: UInt64 = 60) throws -> ProcessEnd.Exit? {
        let deadline = Deadline.after(milliseconds: seconds * 1000)
        while true {
            if let end = try child.waitIfEnded() {
                // The slave is open here, so there is no end to wait for.
                for _ in 0..<3 { _ = try look() }
                return end.exit
            }
            if deadline.isOver { return nil }
            if try !look() { pause(milliseconds: 20) }
        }
    }

    /// How the terminal is set, as stty(1) tells it.
    func settings() throws -> String { try stty("-g") }

    /// Sets the terminal, as somebody else who has it.
    func set(_ words: String) throws { _ = try stty(words) }

    private func stty(_ argument: String) throws -> String {
        let pipe = try Pipe()
        var stty = try ChildProcess.spawn(
            "/bin/stty", argv: ["stty", argument], environment: [:],
            descriptors: [(slave.number, 0), (pipe.writer.number, 1), (pipe.writer.number, 2)])
        let text = try pipe.closingWriter().readAll(limit: 1 << 16)
        _ = try stty.wait()
        return String(decoding: text, as: UTF8.self)
    }

    func settings(become wanted: String, seconds: UInt64 = 30) throws -> Bool {
        let deadline = Deadline.after(milliseconds: seconds * 1000)
        while try settings() != wanted {
            if deadline.isOver { return false }
            pause(milliseconds: 50)
        }
        return true
    }
}

extension Project {
    /// Starts belljar in the project's folder, before a terminal.
    func sitting(_ arguments: String..., wrapper: [String] = []) throws -> TerminalSession {
        try TerminalSession(
            Self.programs + "/belljar", arguments, environment: environment, directory: path, wrapper: wrapper)
    }
}
