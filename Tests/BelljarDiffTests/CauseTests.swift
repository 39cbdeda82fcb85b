import BelljarKernel
import BelljarModel
import TestSupport
import Testing

@testable import BelljarDiff

@Suite struct CauseTests {
    private func causes(_ first: String, _ second: String) -> [Cause] {
        var found = CauseCollection()
        found.add(Array(first.utf8), Array(second.utf8))
        return found.findings.map(\.cause)
    }

    @Test(arguments: [
        ("built 2024-01-31", "built 2025-02-01"), ("at 2024-01-31T12:00:00Z", "at 2024-01-31T12:00:01Z"),
        ("Jan  1 2024 12:00:00", "Feb 12 2025 13:00:00"),
        ("Mon, 01 Jan 2024 12:00:00 +0000", "Tue, 02 Jan 2024 12:00:00 +0000"),
        ("Mon Jan  1 12:00:00 UTC 2024", "Wed Feb 12 13:00:00 UTC 2025"), ("31 January 2024", "1 February 2024"),
        ("12:30", "12:31"), ("stamp=1700000000", "stamp=1700000001"), ("1700000000123 ms", "1700000000124 ms"),
        ("build-20240131.tar", "build-20250201.tar"), ("v20240131120000", "v20240131120001"),
        ("(c) 2024 me", "(c) 2025 me"),
        ("D:20240131120000Z", "D:20240131120001Z"), ("1:02:03 PM", "2:02:03 AM"),
    ]) func dates(first: String, second: String) {
        // What belongs to a word is none of its own.
        let expected: [Cause] = first.hasPrefix("v2") ? [] : [.embeddedDate]
        #expect(causes(first, second) == expected)
    }

    @Test(arguments: [
        ("see /build/a/x.c", "see /tmp2/b/x.c", [Cause.buildPath]),
        ("-I/build/1/include", "-I/build/2/include", [.buildPath]),
        ("/tmp/ccAbCdEf.o", "/tmp/ccXyZ123.o", [.temporaryName]), ("ccAbCdEf.o:", "ccXyZ123.o:", [.temporaryName]),
        ("tmpab12cd_x", "tmpzz99yy_x", [.temporaryName]), ("/tmp/w/d", "/tmp/w/d/sub", [.buildPath]),
        ("/tmp/b-z5s1Cy/x", "/tmp/b-z5s2Cy/x", [.temporaryName]), ("pid 1234", "pid 99", [.processNumber]),
        ("make[123]: x", "make[99]: x", [.processNumber]), ("PID=5", "PID=6", [.processNumber]),
        ("by root@host1", "by joe@host2", [.user]), ("1,5 s", "1.5 s", [.locale]),
        ("\u{2018}x\u{2019}", "'x'", [.locale]),
        ("id 6ba7b810-9dad-11d1-80b4-00c04fd430c8", "id 6ba7b811-9dad-11d1-80b4-00c04fd430c8", [.random]),
        ("2024-01-01 /build/a/b", "2024-01-02 /build/c/b", [.embeddedDate, .buildPath]),
    ]) func others(first: String, second: String, expected: [Cause]) {
        #expect(causes(first, second) == expected)
    }

    @Test(arguments: [
        ("x", "y"), ("count 12", "count 13"), ("1.2.3", "1.2.4"), ("/usr/lib/a", "/usr/lib/b"),
        ("http://a/b/c", "http://a/b/d"),
        ("9999-99-99", "9998-99-99"), ("Mayor 1", "Mayor 2"), ("abc12:30", "abc12:31"), ("", "x"), ("1:2", "1:3"),
        ("0700000000", "0700000001"), ("a@", "b@"), ("3/4", "3/5"),
    ]) func whatIsNone(first: String, second: String) {
        #expect(causes(first, second) == [])
    }

    @Test func examplesAreWhatDiffers() {
        var found = CauseCollection()
        found.add(Array("from 2024-01-01 to 2024-12-31".utf8), Array("from 2024-01-01 to 2025-12-31".utf8))
        #expect(found.findings.first?.example == .init(first: "2024-12-31", second: "2025-12-31"))
    }

    /// No line makes it read outside of the line.
    @Test func anyBytesAreLookedAt() {
        var random = SplitMix(7)
        let pieces = [
            "2024", "-01", ":", "Jan", " ", "1", "/tmp/", "cc", "tmp", "pid", "[", "@", "\u{2018}", "Mon", ",",
            "6ba7b810-", "T12", "00", ".", "/",
        ]
        for _ in 0..<5000 {
            func line() -> String {
                (0..<Int(random.next() % 9)).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }.joined()
            }
            _ = causes(line(), line())
        }
    }

    @Test func theSameLinesInAnotherOrder() throws {
        let fixture = try DiffFixture()
        let found = try #require(try fixture.difference(of: "q\nb\nc\na\n", "b\na\nq\nc\n"))
        #expect(found.causes.map(\.cause) == [.order])
        let sorted = try #require(try fixture.difference(of: "B\na\nb c\nbb\n", "a\nbb\nb c\nB\n"))
        #expect(sorted.causes.map(\.cause) == [.order])
        let locale = try #require(try fixture.difference(of: "B\nC\na\nd\n", "a\nB\nC\nd\n"))
        #expect(locale.causes.map(\.cause) == [.locale])
    }

    @Test(arguments: [
        (UInt32(0o664), UInt32(0o644), true), (0o775, 0o755, true), (0o700, 0o755, true), (0o644, 0o755, false),
        (0o640, 0o604, false),
    ])
    func modes(first: UInt32, second: UInt32, isUmask: Bool) {
        #expect((CauseFinding.ofModes(first, second) != nil) == isUmask)
    }

    /// What is printed leads somewhere, and all chapters are of causes.
    @Test func everyCauseHasItsChapter() throws {
        let page = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/docs/causes.md"
        let text = String(
            decoding: try Descriptor.workingDirectory.open(page).readAll(limit: 1 << 20), as: UTF8.self)
        let chapters = text.split(separator: "\n## ").dropFirst()
        #expect(chapters.map { String($0.prefix { $0 != "\n" }) }.sorted() == Cause.allCases.map(\.rawValue).sorted())
        for chapter in chapters {
            #expect(
                ["**Seen as**", "**Usually helps**", "**In belljar**"].allSatisfy { chapter.contains($0) }, "\(chapter)"
            )
        }
        for cause in Cause.allCases { #expect(cause.link == "docs/causes.md#\(cause.rawValue)") }
    }

    @Test func timesInWords() {
        #expect(ShownTime.text(0) == "1970-01-01 00:00:00 UTC")
        #expect(ShownTime.text(951_782_400) == "2000-02-29 00:00:00 UTC")
        #expect(ShownTime.text(-1) == "1969-12-31 23:59:59 UTC")
        #expect(ShownTime.text(1_700_000_000, nanoseconds: 5) == "2023-11-14 22:13:20.000000005 UTC")
        #expect(ShownTime.text(.max) == "9223372036854775807 s since 1970")
        #expect(ShownTime.text(-62_135_596_800) == "0001-01-01 00:00:00 UTC")
    }
}
