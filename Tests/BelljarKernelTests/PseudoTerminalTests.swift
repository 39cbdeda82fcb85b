import Testing

@testable import BelljarKernel

@Suite struct PseudoTerminalTests {
    @Test func whatIsTypedAndShownComesThrough() throws {
        let terminal = try PseudoTerminal()
        #expect(Terminal.isTerminal(terminal.slave.number))
        try terminal.master.writeAll(Array("words\n".utf8))
        #expect(try terminal.slave.readSome(atMost: 100) == Array("words\n".utf8))
        // As it was shown to who typed it.
        #expect(try terminal.master.readSome(atMost: 100) == Array("words\r\n".utf8))
        try terminal.master.setNonblocking()
        let failure = #expect(throws: KernelError.self) { try terminal.master.readSome(atMost: 1) }
        #expect(failure?.isTemporary == true)
    }

    @Test func aSizeIsThatOfBothSides() throws {
        let terminal = try PseudoTerminal()
        // Nobody has told it one.
        #expect(TerminalSize(of: terminal.slave.number) == nil)
        try TerminalSize(rows: 3, columns: 5).set(on: terminal.master)
        #expect(TerminalSize(of: terminal.slave.number) == TerminalSize(rows: 3, columns: 5))
        #expect(try TerminalSize(of: Pipe().reader.number) == nil)
    }

    @Test func theEndOfWhatIsTypedIsAKey() throws {
        let terminal = try PseudoTerminal()
        let end = try terminal.master.endOfInput()
        #expect(end == 4)
        try terminal.master.writeAll([UInt8(ascii: "a"), end, end])
        #expect(try terminal.slave.readSome(atMost: 100) == [UInt8(ascii: "a")])
        #expect(try terminal.slave.readSome(atMost: 100) == [])
    }
}
