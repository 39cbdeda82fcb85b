import BelljarControls
import BelljarKernel
import BelljarModel
import Testing

@testable import BelljarSupervisor

@Suite struct LedgerTests {
    private func line(_ arguments: String = "ls\0-l\0", executable: String = "/bin/ls") -> LedgerLine {
        LedgerLine(process: 7, parent: 2, executable: Array(executable.utf8), arguments: Array(arguments.utf8))
    }

    private func packets(_ ledger: Ledger) -> [[UInt8]] {
        var packets: [[UInt8]] = []
        ledger.takePackets(of: LedgerLine.maximumSize) { packets.append($0) }
        return packets
    }

    private func text(_ ledger: Ledger) -> String {
        String(decoding: packets(ledger).joined(), as: UTF8.self)
    }

    @Test func aLineSaysWhoConsultedWhat() {
        let ledger = Ledger(.standard)
        let number = ledger.begin(line())
        for call in [NotifiedCall.clock_gettime, .time, .getrandom, .newfstatat, .openat, .brk] {
            ledger.count(call, for: number)
        }
        #expect(
            text(ledger) == """
                {"argv":["ls","-l"],"consulted":{"clock":2,"mtimes":1,"random":1,"stat":1},"executable":"/bin/ls","parent":2,"process":7}

                """)
        #expect(text(ledger) == "", "lines are taken once")
        ledger.count(.time, for: number)
    }

    @Test func onlyWhatIsVirtualisedCounts() {
        var states = ControlStates.real
        states[.random] = .seeded
        let ledger = Ledger(states)
        for call in NotifiedCall.allCases { #expect(ledger.counts(call) == (call == .getrandom)) }
    }

    @Test(arguments: [
        ("a\"b\\c\n\t\u{1}\u{1f}é\0", #"["a\"b\\c\n\t\u0001\u001fé"]"#), ("", "[]"), ("\0", #"[""]"#),
        ("a\0\0b\0", #"["a","","b"]"#), ("set by the program", #"["set by the program"]"#),
    ]) func argumentsAreStrings(arguments: String, expected: String) {
        let encoded = String(decoding: line(arguments).encoded(), as: UTF8.self)
        #expect(encoded.hasPrefix("{\"argv\":\(expected),"), "\(encoded)")
    }

    @Test func bytesThatAreNoTextAreKept() {
        let odd = LedgerLine(
            process: 7, parent: 2, executable: [0xff, 0x41, 0xe2, 0x82, 0x0a],
            arguments: Array("a\u{fffd}".utf8) + [0xc3, 0, 0xed, 0xa0, 0x80, 0])
        let encoded = String(decoding: odd.encoded(), as: UTF8.self)
        #expect(encoded.contains(#""executable":"\u0000ffA\u0000e2\u000082\n","#), "\(encoded)")
        #expect(encoded.hasPrefix("{\"argv\":[\"a\u{fffd}\\u0000c3\",\"\\u0000ed\\u0000a0\\u000080\"],"), "\(encoded)")
    }

    /// Names stand in the ledger as they do in records, whatever bytes they are: beginnings, middles and ends of characters
    /// in every order, and plain ones.
    @Test func namesAreWrittenAsInRecords() throws {
        let bytes: [UInt8] = [0x41, 0x22, 0x80, 0x9f, 0xa0, 0xbf, 0xc1, 0xc3, 0xe0, 0xe2, 0xed, 0xf0, 0xf4, 0xff]
        var names = bytes.map { [$0] }
        for _ in 0..<2 { names += names.flatMap { name in bytes.map { name + [$0] } } }
        for name in names + [Array("\u{1F512}".utf8) + [0xf0, 0x9f, 0x94], [0xf4, 0x90, 0x80, 0x80]] {
            let line = LedgerLine(process: 1, parent: 1, executable: name, arguments: name + [0])
            let read = try CanonicalJSON.decode(line.encoded().dropLast())
            #expect(read["executable"]?.string == PathText.text(name))
            #expect(read["argv"]?.array?.map(\.string) == [PathText.text(name)])
        }
    }

    /// Whatever a program is called and given: a line is one line, has an end, and fits a packet.
    @Test(arguments: ["x", "\u{1}", "\u{1F512}", "\"", "\0", "a\0"].map { Array($0.utf8) } + [[0xff]])
    func longLinesAreCut(unit: [UInt8]) {
        let long = Array(repeatElement(unit, count: 10_000).joined())
        var line = LedgerLine(process: 7, parent: 2, executable: long, arguments: long)
        line.counts = InlineArray(repeating: .max)
        line.process = .max
        line.parent = .max
        let encoded = line.encoded()
        #expect(encoded.count <= LedgerLine.maximumSize)
        #expect(encoded.filter { $0 == 10 }.count == 1)
        #expect(String(decoding: encoded, as: UTF8.self).hasSuffix(",\"truncated\":true}\n"))
    }

    /// Memory, and not what is sent, is what a ledger ends at: short lines take many times their text.
    @Test func aLedgerIsFullAtSomePoint() {
        let ledger = Ledger(.standard)
        let long = LedgerLine(
            process: 1, parent: 1, executable: [UInt8](repeating: 1, count: 1 << 20), arguments: [])
        var count = 0
        while ledger.begin(long) >= 0 { count += 1 }
        #expect(count == 95)
        #expect(ledger.isFull)
        // Not even one that would fit: nothing is missing in the middle.
        #expect(ledger.begin(line()) == -1)
        #expect(Control.allCases.count <= 16)
    }

    @Test func linesAreWholeInTheirPackets() {
        let ledger = Ledger(.standard)
        for index in 0..<500 { _ = ledger.begin(line("\(index)\0")) }
        let packets = packets(ledger)
        #expect(packets.count > 1)
        for packet in packets {
            #expect(packet.count <= LedgerLine.maximumSize)
            #expect(packet.first == UInt8(ascii: "{") && packet.last == 10)
        }
        #expect(packets.joined().filter { $0 == 10 }.count == 500)
    }

    @Test func aProcessIsReadFromProc() {
        let own = LedgerLine(ofThread: Host.processId)
        #expect(own.process == Host.processId)
        #expect(own.parent > 0)
        #expect(!own.arguments.isEmpty)
        #expect(String(decoding: own.executable, as: UTF8.self).hasPrefix("/"))
    }
}
