import BelljarModel
import Testing

/// How wide terminals show text, by the rules of Unicode: checked against what terminal emulators do (LiveProgressTests).
@Suite struct TextColumnsTests {
    @Test(arguments: [
        ("", 0), ("plain", 5), ("Stra\u{DF}e", 6), ("e\u{301}te\u{301}", 3), ("日本語", 6), ("ｆｕｌｌ", 8), ("ﾊﾝｶｸ", 4),
        ("한국어", 6), ("\u{1112}\u{1161}\u{11AB}", 2), ("🚀", 2), ("❤\u{FE0F}", 2), ("a\u{200B}b\u{200D}c", 3),
        ("→ ‘quoted’ …", 12),
        ("กำ", 2), ("\u{FFFD}^[", 3), ("𠀀", 2), ("①", 1),
    ]) func widths(text: String, columns: Int) { #expect(TextColumns.width(of: text) == columns) }

    @Test func textIsCutBeforeWhatDoesNotFit() {
        #expect(TextColumns.cut("日本語", to: 5) == "日本")
        #expect(TextColumns.cut("a日b", to: 2) == "a")
        // What combines with the last character takes no room of its own.
        #expect(TextColumns.cut("cafe\u{301}s", to: 4) == "cafe\u{301}")
        #expect(TextColumns.cut("plain", to: 80) == "plain")
        #expect(TextColumns.cut("日", to: 0) == "")
    }
}
