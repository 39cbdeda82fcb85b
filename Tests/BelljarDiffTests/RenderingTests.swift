import BelljarKernel
import BelljarModel
import TestSupport
import Testing

@testable import BelljarDiff

@Suite struct RenderingTests {
    private let fixture: DiffFixture
    private var folder: TestFolder { fixture.folder }

    init() throws { fixture = try DiffFixture() }

    private func example() throws -> TreeDifference {
        for (side, date) in [("a", "2024-01-01"), ("b", "2025-02-12")] {
            try folder.write(
                "\(side)/usr/share/doc/a-rather-long-name/index.html",
                "<p>built \(date)</p>\n<script>alert(1)</script>\n")
            try folder.write("\(side)/data", [0, side == "a" ? 1 : 2])
        }
        try folder.write("b/<img src=x onerror=alert(1)>", "")
        return try #require(try fixture.difference())
    }

    @Test func textBeginsWithTheOutputs() throws {
        #expect(
            try example().text == """
                --- a
                +++ b
                3 paths differ
                  <img src=x onerror=alert(1)>: only in the second
                  data: data: 1 byte
                  usr/share/doc/a-rather-long-name/index.html: text: -1 +1 lines (embedded date)

                data
                  1 byte differs
                @@ 0x0 @@
                - 00 01                   |..|
                + 00 02                   |..|

                usr/share/doc/a-rather-long-name/index.html
                @@ -1,2 +1,2 @@
                -<p>built 2024-01-01</p>
                +<p>built 2025-02-12</p>
                 <script>alert(1)</script>

                Likely cause
                  embedded date: 2024-01-01 -> 2025-02-12
                    let the program take its time from SOURCE_DATE_EPOCH, or leave the date out
                    docs/causes.md#embedded-date

                """)
    }

    @Test func sentencesFitNarrowTerminals() throws {
        let lines = DifferenceText.lines(of: try example(), first: "a", second: "b", columns: 40)
        let wide = lines.filter { TextColumns.width(of: $0.text) > 40 }.map(\.text)
        // Paths are not broken: they are copied.
        #expect(wide.allSatisfy { $0.hasSuffix("usr/share/doc/a-rather-long-name/index.html") }, "\(wide)")
        #expect(wide.count == 2)
    }

    @Test func nothingInAPageIsTakenForAPartOfIt() throws {
        let page = DifferenceHTML.page(of: try example(), first: "<a>", second: "\"b\"\u{202e}")
        #expect(!page.contains("<script") && !page.contains("<img") && page.contains("&lt;script&gt;"))
        #expect(page.contains("&lt;a&gt;") && page.contains("&quot;b&quot;\\u{202e}"))
        #expect(page.contains("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"))
        #expect(page.contains("prefers-color-scheme: dark"))
        #expect(page.contains("href=\"docs/causes.md#embedded-date\""))
        // Every element that is opened is closed, as a reader of XML would say.
        try folder.write("page.html", page)
        try fixture.shell(
            """
            python3 - <<'P'
            from html.parser import HTMLParser
            open_, void = [], {"meta", "br"}
            class Reader(HTMLParser):
                def handle_starttag(self, tag, attributes):
                    assert tag not in ("script", "img", "link", "iframe"), tag
                    assert not any(name.startswith("on") for name, _ in attributes), attributes
                    if tag not in void: open_.append(tag)
                def handle_endtag(self, tag):
                    assert open_.pop() == tag, tag
            reader = Reader(); reader.feed(open("page.html", encoding="utf-8").read()); reader.close()
            assert not open_, open_
            P
            """)
    }

    /// Of a thousand members with another mode, the one with other content would not be found.
    @Test func whatDiffersAlikeIsToldTogether() throws {
        for side in ["a", "b"] {
            for index in 0..<20 { try folder.write("\(side).d/f\(index)", "x", mode: side == "a" ? 0o644 : 0o664) }
            try folder.write("\(side).d/content", side)
            try fixture.shell("tar --sort=name --mtime=@0 --owner=0 --group=0 -cf \(side) -C \(side).d .")
        }
        for index in 0..<5 { try folder.write("a.d/new\(index)", "") }
        try fixture.shell("tar --sort=name --mtime=@0 --owner=0 --group=0 -cf a -C a.d .")
        let found = try #require(try fixture.difference(named: "x.tar"))
        #expect(
            found.text.contains(
                "\nx.tar > 20 alike\n  mode: 0644 -> 0664\n    ./f0\n    ./f1\n    ./f10\n"), "\(found.text)")
        #expect(found.text.contains("    and 8 more\n") && found.text.contains("\nx.tar > ./content\n"))
        #expect(found.text.contains("\nx.tar > 5 alike\n  only in the first\n    ./new0\n"), "\(found.text)")
        #expect(found.text.split(separator: "\n").count < 50)
    }

    @Test func noDifferenceIsAPageToo() {
        let page = DifferenceHTML.page(of: nil, first: "a", second: "b")
        #expect(page.contains("<h1>No difference</h1>"))
    }
}
