import Testing

@testable import BelljarBuild

@Suite struct ScriptChangesTests {
    @Test(arguments: [
        ("a\nb\nc", "a\nx\nc", [#"line 2: "x" instead of "b""#]),
        ("a\nb", "b", [#"line 1 is gone: "a""#]),
        ("a\nb", "a\nb\nc", [#"line 3 is new: "c""#]),
        ("a\nb\nc\nd", "a\nc\nx\nd", [#"line 2 is gone: "b""#, #"line 3 is new: "x""#]),
        (
            "a\nb\nc", "x\ny\nz",
            [#"line 1: "x" instead of "a""#, #"line 2: "y" instead of "b""#, #"line 3: "z" instead of "c""#]
        ),
        ("", "a", [#"line 1: "a" instead of """#]),
    ]) func lines(old: String, new: String, words: [String]) {
        #expect(ScriptChanges.words(from: old, to: new) == words)
    }

    @Test func longScriptsAreCut() {
        let old = (0..<50).map { "a\($0)" }.joined(separator: "\n")
        let new = (0..<50).map { "b\($0)" }.joined(separator: "\n")
        let words = ScriptChanges.words(from: old, to: new)
        #expect(words.count == 6 && words.last == "and 45 lines more")
        let endless = String(repeating: "a\n", count: 3000)
        #expect(ScriptChanges.words(from: endless, to: endless + "b") == ["its script was changed"])
    }
}
