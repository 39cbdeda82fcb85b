import Testing

@testable import BelljarBuild

@Suite struct LogTailTests {
    @Test(arguments: [
        ("plain text\tand tab", "plain text\tand tab"),
        ("\u{1b}[31mred\u{1b}[0m", "^[[31mred^[[0m"),
        ("title \u{1b}]0;owned\u{7}", "title ^[]0;owned^G"),
        ("10%\r 50%\r100%", "100%"),
        ("dos line\r", "dos line"),
        ("del \u{7f} c1 \u{9b}31m", "del ^? c1 \u{fffd}31m"),
        ("right to left \u{202e}gpj", "right to left \u{fffd}gpj"),
        ("é ✓ 日本", "é ✓ 日本"),
    ]) func sanitises(given: String, shown: String) {
        #expect(LogTail.sanitised(Array(given.utf8)) == shown)
    }

    @Test func invalidUTF8IsShownAsSuch() {
        #expect(LogTail.sanitised([0x61, 0xff, 0x62]) == "a\u{fffd}b")
    }

    @Test func keepsTheEnd() {
        var tail = LogTail()
        for number in 0..<100_000 { tail.append(Array("line \(number)\n".utf8)) }
        #expect(tail.lines(3) == ["line 99997", "line 99998", "line 99999"])
        #expect(tail.lines(25).count == 25)
    }

    @Test func aLineWithoutItsEndCounts() {
        var tail = LogTail()
        tail.append(Array("one\ntw".utf8))
        tail.append(Array("o".utf8))
        #expect(tail.lines(5) == ["one", "two"])
        #expect(LogTail().lines(5) == [])
    }
}
