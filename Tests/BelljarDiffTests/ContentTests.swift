import BelljarKernel
import BelljarModel
import TestSupport
import Testing

@testable import BelljarDiff

/// Lines, JSON and bytes.
@Suite struct ContentTests {
    private let fixture: DiffFixture

    init() throws { fixture = try DiffFixture() }

    @Test func sameContentIsNoDifference() throws {
        #expect(try fixture.difference(of: "x\n", "x\n") == nil)
        #expect(try fixture.difference(of: "", "") == nil)
    }

    @Test func linesAreAPatch() throws {
        let lines = (1...20).map { "line \($0)\n" }
        var other = lines
        other[9] = "another\n"
        other.insert("new\n", at: 18)
        let found = try #require(try fixture.difference(of: lines.joined(), other.joined()))
        #expect(found.form == .text)
        #expect(
            found.patch == [
                "@@ -7,12 +7,13 @@", " line 7", " line 8", " line 9", "-line 10", "+another", " line 11", " line 12",
                " line 13",
                " line 14", " line 15", " line 16", " line 17", " line 18", "+new", " line 19", " line 20",
            ] || found.lines?.hunks.count == 2, "\(found.patch)")
        #expect(found.lines?.removed == 1 && found.lines?.added == 2)
    }

    /// patch(1) makes the one of the other, whatever the texts are.
    @Test(arguments: 0..<40) func patchUnderstandsIt(seed: Int) throws {
        var random = SplitMix(UInt64(seed))
        func text(_ count: Int) -> [String] {
            (0..<count).map { _ in "word \(random.next() % (seed % 3 == 0 ? 3 : 40))" }
        }
        let first = text(Int(random.next() % 60))
        var second = first
        for _ in 0..<Int(random.next() % 12) {
            let place = Int(random.next() % UInt64(second.count + 1))
            if random.next() % 2 == 0 {
                second.insert(contentsOf: text(1), at: place)
            } else if place < second.count {
                second.remove(at: place)
            }
        }
        if seed % 7 == 0 { second = text(50) }
        let (a, b) = (first.map { $0 + "\n" }.joined(), second.map { $0 + "\n" }.joined())
        guard let found = try fixture.difference(of: a, b) else { return #expect(a == b) }
        let patch = "--- a\n+++ b\n" + found.patch.map { $0 + "\n" }.joined()
        try fixture.folder.write("patch", patch)
        try fixture.folder.write("made", a)
        try fixture.run("patch", "-s", "-f", "made", "patch")
        #expect(try fixture.folder.text("made") == b, "\(patch)")
    }

    /// As few lines as the algorithm promises, and not a line more.
    @Test func nothingIsRemovedThatStays() throws {
        let found = try #require(try fixture.difference(of: "a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n"))
        #expect(found.lines.map { $0.removed + $0.added } == 5)
    }

    @Test func onlyTheLastLineFeedDiffers() throws {
        let found = try #require(try fixture.difference(of: "x\n", "x"))
        #expect(found.patch == ["@@ -1 +1 @@", "-x", "+x"])
        #expect(found.notes == ["the second has no line feed at its end"])
        #expect(found.causes.isEmpty)
    }

    /// Most of the text is never held: neither what comes before the first difference nor what follows the last.
    @Test func linesAreCountedFromTheBeginning() throws {
        let many = String(repeating: "the same\n", count: 200_000)
        let found = try #require(try fixture.difference(of: many + "1\n" + many, many + "2\n" + many))
        #expect(found.lines?.hunks.first?.firstStart == 199_998)
        #expect(
            found.patch.suffix(8) == [
                " the same", " the same", " the same", "-1", "+2", " the same", " the same", " the same",
            ])
    }

    @Test func aLongLineIsShownWhereItDiffers() throws {
        let long = String(repeating: "x", count: 100_000)
        let found = try #require(try fixture.difference(of: long + "1" + long, long + "2" + long))
        let lines = try #require(found.lines?.hunks.first?.lines)
        #expect(lines.count == 2 && lines.allSatisfy { $0.text.utf8.count < 500 })
        #expect(lines[0].text.contains("1x") && lines[1].text.contains("2x"))
    }

    /// Texts that have nothing in common are what a matching of lines takes longest for.
    @Test(.timeLimit(.minutes(20))) func textsWithoutCommonLinesEnd() throws {
        let first = (0..<60_000).map { "a\($0 % 977) \($0 % 13)\n" }.joined()
        let second = (0..<60_000).map { "a\($0 % 13) \($0 % 977)\n" }.joined()
        let found = try #require(try fixture.difference(of: first, second))
        #expect(found.lines?.isCut == true)
        #expect(found.lines?.hunks.reduce(0) { $0 + $1.lines.count } == 300)
    }

    @Test func moreLinesThanAreMatchedAreBytes() throws {
        let found = try #require(
            try fixture.difference(
                of: Array(("a" + String(repeating: "\n", count: 3000)).utf8),
                Array((String(repeating: "\n", count: 2999) + "b").utf8)
            ) {
                $0.lineBytes = 1000
            })
        #expect(found.bytes != nil)
        #expect(found.notes == ["too long for its lines to be matched, so it was compared byte by byte"])
    }

    @Test func bytesAreShownInRows() throws {
        let found = try #require(
            try fixture.difference(of: [0, 1, 2, 3, 0xff, 5, 6, 7, 8], [0, 1, 2, 3, 0xfe, 5, 6, 7, 8]))
        #expect(found.form == .data)
        #expect(found.bytes?.count == 1)
        #expect(
            found.text.contains(
                """
                @@ 0x0 @@
                - 00 01 02 03 ff 05 06 07 |........|
                - 08                      |.|
                + 00 01 02 03 fe 05 06 07 |........|
                + 08                      |.|
                """), "\(found.text)")
        #expect(found.text.split(separator: "\n").allSatisfy { $0.count <= 40 })
    }

    @Test func bytesInBetweenAreFound() throws {
        let head = [UInt8](repeating: 0, count: 100_000)
        let found = try #require(try fixture.difference(of: head + [1] + head, head + [1, 2, 3] + head))
        let bytes = try #require(found.bytes)
        #expect(bytes.firstSize == 200_001 && bytes.secondSize == 200_003 && bytes.count == nil)
        #expect(bytes.spots.map(\.offset) == [100_000])
    }

    @Test func stretchesAreCountedAndBounded() throws {
        var other = [UInt8](repeating: 0, count: 1 << 20)
        for place in stride(from: 5, to: other.count, by: 1000) { other[place] = 1 }
        let found = try #require(try fixture.difference(of: [UInt8](repeating: 0, count: 1 << 20), other))
        #expect(found.bytes?.count == 1049)
        #expect(found.bytes?.spots.count == 6)
        #expect(found.bytes?.isCut == true)
    }

    @Test func readableTextInBytesIsShown() throws {
        let found = try #require(
            try fixture.difference(
                of: [0, 1, 2] + Array("built Jan  1 2024 here".utf8) + [0, 9],
                [0, 1, 2] + Array("built Feb 12 2025 here".utf8) + [0, 9]))
        let spot = try #require(found.bytes?.spots.first)
        #expect(spot.firstText == "built Jan  1 2024 here" && spot.secondText == "built Feb 12 2025 here")
        #expect(found.causes.map(\.cause) == [.embeddedDate])
    }

    @Test func jsonIsComparedByMembers() throws {
        let found = try #require(
            try fixture.difference(
                of: #"{"a":1,"b":{"c":[1,2],"d":{}}}"#, #"{"a":1,"b":{"c":[1,3],"d":{}}}"#, named: "x.json"))
        #expect(found.form == .json)
        #expect(
            found.patch == [
                "@@ -3,7 +3,7 @@", "   \"b\": {", "     \"c\": [", "       1,", "-      2", "+      3", "     ],",
                "     \"d\": {}", "   }",
            ], "\(found.patch)")
    }

    @Test func theOrderOfMembersIsNamed() throws {
        let found = try #require(try fixture.difference(of: #"{"a":1,"b":2}"#, #"{"b":2,"a":1}"#, named: "x.json"))
        #expect(found.causes.map(\.cause) == [.order])
        let space = try #require(try fixture.difference(of: #"{"a":1}"#, "{\n\"a\": 1}", named: "x.json"))
        #expect(space.notes.contains("only white space differs"))
    }

    @Test(arguments: ["{", "{]", "[[[", "{\"a", "{\"a\\", String(repeating: "[", count: 5000)])
    func whatIsNoJSONIsText(text: String) throws {
        let found = try #require(try fixture.difference(of: text, text + "x", named: "x.json"))
        #expect(found.notes.first?.hasPrefix("not read as JSON") == true, "\(found)")
    }

    @Test func bytesThatAreNoTextAreShownAsWhatTheyAre() throws {
        let found = try #require(
            try fixture.difference(of: Array("caf".utf8) + [0xe9, 0x0a], Array("caf\u{e9}\n".utf8)))
        #expect(found.patch == ["@@ -1 +1 @@", "-caf\\xe9", "+caf\u{e9}"])
    }
}

/// Repeatable numbers (SplitMix64, S. Vigna).
struct SplitMix {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }
}
