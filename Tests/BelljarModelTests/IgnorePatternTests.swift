import BelljarModel
import Testing

@Suite struct IgnorePatternTests {
    private func matches(_ pattern: String, _ path: String, isDirectory: Bool = false) -> Bool? {
        let bytes = Array(path.utf8)
        let name = bytes.lastIndex(of: UInt8(ascii: "/")).map { bytes[($0 + 1)...] } ?? bytes[...]
        return IgnorePattern(line: pattern.utf8)?.matches(path: bytes[...], name: name, isDirectory: isDirectory)
    }

    @Test(arguments: [
        ("*.o", "a.o"), ("*.o", "deep/er/a.o"), ("build", "deep/build"), ("/build", "build"), ("a/b", "a/b"),
        ("a/*.c", "a/x.c"), ("a/**/b", "a/b"), ("a/**/b", "a/x/y/b"), ("**/b", "b"), ("**/b/c", "x/y/b/c"),
        ("a/**", "a/x/y"), ("[a-c]x", "bx"), ("[!a]x", "bx"), ("[[:digit:]]", "7"), ("[]-]", "]"), ("[]-]", "-"),
        ("\\#a", "#a"), ("\\!a", "!a"), ("a\\ ", "a "), ("a ", "a"), ("a\r", "a"), ("f?o", "fxo"), ("a**b", "axxb"),
        ("ä*", "äö"),
    ])
    func match(pattern: String, path: String) { #expect(matches(pattern, path) == true) }

    @Test(arguments: [
        ("*.o", "a.c"), ("/build", "deep/build"), ("a/b", "x/a/b"), ("a/*.c", "a/b/x.c"), ("a/**", "a"), ("f?o", "f/o"),
        ("a/[!x]b", "a//b"), ("[a", "[a"), ("[a", "a"), ("a\\", "a\\"), ("[[:nothing:]]", "n"), ("a/**b", "a/x/b"),
    ])
    func noMatch(pattern: String, path: String) { #expect(matches(pattern, path) == false) }

    @Test func aSlashAtTheEndMeansDirectories() {
        #expect(matches("build/", "build") == false)
        #expect(matches("build/", "x/build", isDirectory: true) == true)
        #expect(matches("build", "build", isDirectory: true) == true)
    }

    @Test(arguments: ["", "   ", "# text", "/", "!", "\r"]) func noPattern(line: String) {
        #expect(matches(line, "a") == nil)
    }

    @Test func negated() {
        #expect(IgnorePattern(line: "!a".utf8)?.isNegated == true)
        #expect(matches("!a", "a") == true)
    }

    /// The threat: a pattern that takes exponential time where matching goes back.
    @Test func hostilePatternsTakeNoLongerThanOthers() {
        let pattern = String(repeating: "*a", count: 200) + "b"
        #expect(matches(pattern, String(repeating: "a", count: 2000)) == false)
        #expect(
            matches(String(repeating: "**/", count: 200) + "b", String(repeating: "a/", count: 1000) + "a") == false)
    }
}
