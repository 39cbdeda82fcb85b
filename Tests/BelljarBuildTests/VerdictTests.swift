import BelljarModel
import Testing

@testable import BelljarBuild

@Suite struct VerdictTests {
    private func output(_ path: String, _ content: String, mode: String = "0644") -> BuildRecord.Output {
        .init(
            path: path, mode: mode, size: UInt64(content.utf8.count), digest: Digest(of: Array(content.utf8)))
    }

    @Test func equalOutputsDifferInNothing() {
        let outputs = [output("a", "1"), output("b", "2")]
        #expect(Verdict.differences(expected: outputs, found: outputs.reversed()).isEmpty)
    }

    @Test func namesEveryDifference() {
        let before = [output("changed", "1"), output("gone", "2"), output("mode", "3"), output("same", "4")]
        let after = [
            output("changed", "x"), output("mode", "3", mode: "0755"), output("new", "5"), output("same", "4"),
        ]
        let differences = Verdict.differences(expected: before, found: after)
        #expect(differences.map(\.path) == ["changed", "gone", "mode", "new"])
        #expect(differences.map(\.kind) == [.changed, .missing, .changed, .extra])
        #expect(differences[0].expected?.digest == before[0].digest)
        #expect(differences[0].found?.digest == after[0].digest)
        #expect(differences[1].found == nil)
        #expect(differences[3].expected == nil)
    }
}
