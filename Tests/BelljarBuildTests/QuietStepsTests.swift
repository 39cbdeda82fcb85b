import BelljarModel
import Testing

@testable import BelljarBuild

/// Steps that write nothing for long: when they are told of, by a clock of the test's own.
@Suite struct QuietStepsTests {
    private func seconds(_ count: UInt64) -> UInt64 { count * 1_000_000_000 }

    private func step(_ subject: String) -> ProgressEvent { .step(subject: subject, name: "build", index: 0, count: 1) }

    @Test func whoIsQuietIsToldOfEverLessOften() {
        var steps = QuietSteps()
        steps.note(step("a"), at: seconds(1000))
        #expect(steps.due(at: seconds(1059)).isEmpty)
        #expect(steps.due(at: seconds(1060)) == [.init(subject: "a", step: "build", silent: 60, running: 60)])
        let told = (1061...2000).filter { !steps.due(at: seconds(UInt64($0))).isEmpty }
        #expect(told == [1120, 1240, 1480, 1960])
    }

    @Test func whoWritesIsHeard() {
        var steps = QuietSteps()
        steps.note(step("a"), at: seconds(0))
        steps.note(step("b"), at: seconds(10))
        steps.note(.log(subject: "a", bytes: [10]), at: seconds(50))
        #expect(steps.due(at: seconds(100)).map(\.subject) == ["b"])
        #expect(steps.due(at: seconds(110)) == [.init(subject: "a", step: "build", silent: 60, running: 110)])
        // From then on it counts anew.
        steps.note(.log(subject: "a", bytes: [10]), at: seconds(111))
        #expect(steps.due(at: seconds(171)).map(\.subject) == ["a", "b"])
    }

    @Test(arguments: [
        ProgressEvent.phase(subject: "a", name: "collect"), .finished(subject: "a", note: "built", seconds: 1),
        .recipe(.init(.built, name: "a", version: "1", done: 1, total: 1)),
    ]) func whatIsOverIsNotWaitedFor(event: ProgressEvent) {
        var steps = QuietSteps()
        steps.note(step("a"), at: 0)
        steps.note(event, at: seconds(1))
        #expect(steps.due(at: seconds(1000)).isEmpty)
    }
}

/// Pieces of logs that become whole lines.
@Suite struct LogLinesTests {
    private func taken(_ lines: inout LogLines, _ text: String, _ subject: String = "a") -> [String] {
        lines.take(Array(text.utf8), of: subject).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func piecesBecomeLines() {
        var lines = LogLines()
        #expect(taken(&lines, "one\ntw") == ["one"])
        // Another build's pieces are its own.
        #expect(taken(&lines, "other\n", "b") == ["other"])
        #expect(taken(&lines, "o\n\nthree") == ["two", ""])
        #expect(lines.rest(of: "a") == Array("three".utf8) && lines.rest(of: "a") == nil && lines.rest(of: "b") == nil)
    }

    /// A build that never ends a line must not fill the memory.
    @Test func aLineWithoutAnEndIsBroken() {
        var lines = LogLines()
        let long = String(repeating: "x", count: 64 << 10)
        #expect(taken(&lines, long) == [])
        #expect(taken(&lines, "y\nz\n") == [long, "y", "z"])
        #expect(taken(&lines, long + long + "w\n") == [long, long, "w"])
        #expect(lines.rest(of: "a") == nil)
    }

    /// In whatever pieces they come, the lines are the same.
    @Test(arguments: [1, 2, 3, 7, 100]) func piecesOfAnyLength(length: Int) {
        let text = Array("a\nbb\n\nccc日本語\n\nd".utf8)
        var (lines, found) = (LogLines(), [[UInt8]]())
        for start in stride(from: 0, to: text.count, by: length) {
            found += lines.take(Array(text[start..<min(start + length, text.count)]), of: "a").map { Array($0) }
        }
        found += lines.rest(of: "a").map { [$0] } ?? []
        #expect(found == text.split(separator: 10, omittingEmptySubsequences: false).map { Array($0) })
    }
}
