internal import CLinux
internal import Glibc

/// A terminal that is not one (pty(7)): whoever has the slave sits before it, and whoever has the master is the screen and the
/// keyboard.
package struct PseudoTerminal: ~Copyable {
    package let master: Descriptor
    package let slave: Descriptor

    /// Makes one that is nobody's controlling terminal.
    ///
    /// - Parameter path: the device that masters are opened by, which decides in which `/dev/pts` the slave stands.
    package init(_ path: String = "/dev/ptmx") throws(KernelError) {
        let master = try Descriptor.workingDirectory.openWithoutMagic(path, .readWrite)
        _ = try checked("ioctl", "\(path) TIOCSPTLCK") { bj_unlock_terminal(master.number) }
        let slave = try checked("ioctl", "\(path) TIOCGPTPEER") { bj_terminal_peer(master.number) }
        self.slave = Descriptor(owning: slave)
        self.master = master
    }

    /// Closes the master here.
    package consuming func closingMaster() -> Descriptor { slave }

    /// Closes the slave here.
    package consuming func closingSlave() -> Descriptor { master }
}

extension CurrentProcess {
    /// Makes what standard input is the terminal of the session that this process has just begun.
    package static func takeTerminal() throws(KernelError) {
        _ = try checked("ioctl", "0 TIOCSCTTY") { bj_take_terminal(0) }
    }
}

/// What is to be known of a screen: its size, in characters.
package struct TerminalSize: Hashable, Sendable {
    package var rows: UInt16
    package var columns: UInt16

    package init(rows: UInt16, columns: UInt16) {
        self.rows = rows
        self.columns = columns
    }

    /// What a terminal has that nobody told anything (VT100).
    package static let usual = TerminalSize(rows: 24, columns: 80)

    /// Nil for what is no terminal, or does not know.
    package init?(of descriptor: Int32) {
        self.init(rows: 0, columns: 0)
        guard unsafe bj_terminal_size(descriptor, &rows, &columns) == 0, rows > 0, columns > 0 else { return nil }
    }

    /// Gives it to a pseudo-terminal by its master. Who sits before it gets SIGWINCH if it is another one than before.
    package func set(on master: borrowing Descriptor) throws(KernelError) {
        _ = try checked("ioctl", "\(master.number) TIOCSWINSZ") { bj_set_terminal_size(master.number, rows, columns) }
    }
}

extension Descriptor {
    /// What is not there yet, or has no room yet, is an error from now on (`isTemporary`). Only for who has the open file alone.
    package func setNonblocking() throws(KernelError) {
        let number = self.number
        let flags = try checked("fcntl", "\(number) F_GETFL") { fcntl(number, F_GETFL) }
        _ = try checked("fcntl", "\(number) F_SETFL") { fcntl(number, F_SETFL, flags | O_NONBLOCK) }
    }

    /// Writes as much as there is room for, and answers how much that was.
    package func writeSome(_ bytes: ArraySlice<UInt8>) throws(KernelError) -> Int {
        try checked("write", "\(number)") {
            unsafe bytes.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
        }
    }

    /// The byte that ends the input of who reads lines from this terminal (Ctrl-D, unless it was told another one); nil if
    /// that is none.
    package func endOfInput() throws(KernelError) -> UInt8 {
        var settings = termios()
        _ = try checked("tcgetattr", "\(number)") { unsafe tcgetattr(number, &settings) }
        return unsafe withUnsafeBytes(of: settings.c_cc) { unsafe $0[Int(VEOF)] }
    }
}
