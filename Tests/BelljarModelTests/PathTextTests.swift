import BelljarModel
import Testing

/// Names of files as text: every name has one, and no two have the same.
@Suite struct PathTextTests {
    @Test(
        arguments: [
            ([0x61, 0xff], "a\u{0}ff"), ([0xff, 0x2f, 0x62, 0xfe], "\u{0}ff/b\u{0}fe"),
            // Overlong, a surrogate, cut off, a continuation without a beginning, beyond Unicode.
            ([0xc0, 0x80], "\u{0}c0\u{0}80"), ([0xed, 0xa0, 0x80], "\u{0}ed\u{0}a0\u{0}80"),
            ([0xe2, 0x82], "\u{0}e2\u{0}82"), ([0x80, 0x61], "\u{0}80a"),
            ([0xf4, 0x90, 0x80, 0x80], "\u{0}f4\u{0}90\u{0}80\u{0}80"),
            // What is valid stays, beside what is not.
            ([0xc3, 0xa9, 0xc3], "é\u{0}c3"), ([0xe2, 0x82, 0xac], "€"), ([0xf0, 0x9f, 0x99, 0x82], "🙂"),
            ([0xc3, 0xa9], "é"), ([0x65, 0xcc, 0x81], "e\u{301}"), (Array("a\\x\u{1b}".utf8), "a\\x\u{1b}"), ([], ""),
        ] as [([UInt8], String)]) func eachNameHasItsText(bytes: [UInt8], text: String)
    {
        #expect(PathText.text(bytes).utf8.elementsEqual(text.utf8))
        #expect(PathText.bytes(text) == bytes)
    }

    /// What no name has as its text: a NUL alone, other digits, valid UTF-8 that is escaped.
    @Test(arguments: [
        "\u{0}", "a\u{0}", "a\u{0}f", "a\u{0}FF", "a\u{0}zz", "a\u{0}41", "\u{0}c3\u{0}a9", "\u{0}00",
        "\u{0}e2\u{0}82\u{0}ac",
    ]) func otherTextsStandForNothing(text: String) {
        #expect(PathText.bytes(text) == nil)
        #expect(PathText.raw(text).contains(0))
        #expect(DirectoryCodec.objection(toName: text) == "a name with a NUL")
        #expect(DirectoryCodec.objection(toTarget: text) == "a link target with a NUL")
    }

    @Test func everyNameComesBack() {
        var random = SplitMix(state: 7)
        let pieces: [[UInt8]] = [
            [0x41], [0xc3, 0xa9], [0xc3], [0xa9], [0xe2, 0x82], [0xac], [0xff], [0xf0, 0x9f], [0x66], [0x30],
        ]
        var texts: [[UInt8]: String] = [:]
        var names: [String: [UInt8]] = [:]
        for _ in 0..<20_000 {
            let bytes = (0..<(1 + Int(random.next() % 6))).flatMap { _ in
                pieces[Int(random.next() % UInt64(pieces.count))]
            }
            let text = PathText.text(bytes)
            #expect(PathText.bytes(text) == bytes)
            texts[bytes] = text
            names[text] = bytes
        }
        #expect(texts.count == names.count)
        #expect(texts.count > 5000)
    }

    @Test func peopleSeeWhatItIs() {
        #expect(PathText.shown("bin/a\u{0}ffb") == "bin/a\\xffb")
        #expect(PathText.shown("bin/a\\xff") == "bin/a\\\\xff")
        #expect(PathText.shown("é") == "é")
    }

    @Test func treesKeepThem() throws {
        let digest = Digest(of: [])
        let odd = Directory(
            files: [.init(name: PathText.text([0x61, 0xff]), digest: digest, size: 0, isExecutable: false)],
            directories: [.init(name: PathText.text([0x64, 0xfe]), tree: TreeDigest(digest: digest, size: 0))],
            symlinks: [.init(name: "link", target: PathText.text([0xfd]))])
        let bytes = try DirectoryCodec.encode(odd)
        #expect(try DirectoryCodec.decode(bytes) == odd)
        // As the API's strings have to be.
        #expect(String(validating: bytes, as: UTF8.self) != nil)
        let replaced = Directory(files: [.init(name: "a\u{fffd}", digest: digest, size: 0, isExecutable: false)])
        let kept = Directory(files: odd.files)
        #expect(try DirectoryCodec.digest(of: replaced) != DirectoryCodec.digest(of: kept))
        for text in ["a\u{0}FF", "\u{0}c3\u{0}a9"] {
            let wrong = Directory(files: [.init(name: text, digest: digest, size: 0, isExecutable: false)])
            #expect(throws: BelljarError.self) { try DirectoryCodec.decode(DirectoryCodec.encode(wrong)) }
        }
    }

    @Test func lengthsAreThoseOfTheNames() {
        let limit = [UInt8](repeating: 0xff, count: 255)
        #expect(DirectoryCodec.objection(toName: PathText.text(limit)) == nil)
        #expect(DirectoryCodec.objection(toName: PathText.text(limit + [0xff])) == "a name longer than 255 bytes")
    }

    @Test func recordsKeepThem() throws {
        var record = try RecordCodecTests.record()
        record.result.outputs[0].path = PathText.text([0x61, 0xff])
        let bytes = try record.canonicalBytes()
        #expect(String(decoding: bytes, as: UTF8.self).contains(#""path":"a\u0000ff""#))
        #expect(try RecordDecoder.decode(bytes) == record)
        record.result.outputs[0].path = "a\u{0}FF"
        let wrong = try record.canonicalBytes()
        #expect(throws: BelljarError.self) { try RecordDecoder.decode(wrong) }
    }
}
