import BelljarKernel
import BelljarModel
import BelljarStore
import FoundationEssentials
import Testing

@testable import BelljarBuild

/// What secrets look like, how they are taken out of a stream, and how they are found in what a build left.
@Suite struct SecretTests {
    private static let token = SecretValue(name: "token", bytes: Array("s3cr3t/Token+value".utf8))
    private static let longer = SecretValue(name: "longer", bytes: Array("s3cr3t/Token+value-and-more\n".utf8))

    private func filtered(_ pieces: [[UInt8]], _ secrets: [SecretValue], isCut: Bool = false) -> String {
        var filter = SecretFilter(SecretForms(secrets, ignoresSpace: false))
        var passed: [UInt8] = []
        for piece in pieces { passed += filter.take(piece) }
        return String(decoding: passed + filter.finish(isCut: isCut), as: UTF8.self)
    }

    @Test func itIsTakenOutHoweverItIsCutIntoPieces() {
        let text = Array("a s3cr3t/Token+value b s3cr3t/Token s3cr3t/Token+value-and-more.".utf8)
        let expected = "a [secret] b s3cr3t/Token [secret]."
        for first in 0...text.count {
            for second in first...text.count {
                let pieces = [text[..<first], text[first..<second], text[second...]].map { Array($0) }
                #expect(filtered(pieces, [Self.token, Self.longer]) == expected, "\(first) \(second)")
            }
        }
        #expect(filtered(text.map { [$0] }, [Self.longer, Self.token]) == expected)
        #expect(filtered([text], []) == String(decoding: text, as: UTF8.self))
    }

    @Test func overlappingOnesLeaveNothing() {
        let secrets = [
            SecretValue(name: "a", bytes: Array("aaaabbbb".utf8)),
            SecretValue(name: "b", bytes: Array("bbbbcccc".utf8)),
        ]
        let text = Array("xaaaabbbbccccx".utf8)
        for cut in 0...text.count {
            #expect(filtered([Array(text[..<cut]), Array(text[cut...])], secrets) == "x[secret]x")
        }
    }

    /// A log that is cut off in the middle of a secret would hold most of it.
    @Test func aStreamThatIsCutOffLosesBeginnings() {
        let pieces = [Array("x s3cr3t/Token+val".utf8)]
        #expect(filtered(pieces, [Self.token]) == "x s3cr3t/Token+val")
        #expect(filtered(pieces, [Self.token], isCut: true) == "x [secret]")
        #expect(filtered([Array("x s3".utf8)], [Self.token], isCut: true) == "x [s")
    }

    /// Against another implementation: whatever stands around it, the secret's own part of base64 is known.
    @Test func base64IsFoundInsideOfLongerData() {
        let scan = SecretScan([Self.token])
        for before in 0..<7 {
            for behind in 0..<4 {
                let data = Data(
                    [UInt8](repeating: 0x75, count: before) + Self.token.bytes + [UInt8](repeating: 9, count: behind))
                let text = data.base64EncodedString()
                #expect(scan.form(in: text.utf8)?.encoding == "base64", "\(before) \(behind)")
                let other = text.replacing("+", with: "-").replacing("/", with: "_")
                #expect(scan.form(in: other.utf8)?.encoding == "base64", "\(before) \(behind)")
            }
        }
    }

    @Test(arguments: [
        ("s3cr3t/Token+value", ""), ("7333637233742f546f6b656e2b76616c7565", "hexadecimal"),
        ("7333637233742F546F6B656E2B76616C7565", "hexadecimal"),
        ("73336372 33742f54\n6f6b656e 2b76616c\n7565", "hexadecimal"),
        ("czNjcjN0L1Rva2\r\nVuK3ZhbHVl", "base64"), ("s3cr3t/\nToken+value", ""),
    ]) func whiteSpaceHidesNothing(text: String, encoding: String) {
        #expect(SecretScan([Self.token]).form(in: text.utf8)?.encoding == encoding)
    }

    @Test(arguments: ["", "s3cr3t/Token+valu", "S3CR3T/TOKEN+VALUE", "czNjcjN0L1Rva2VuK3Zh"])
    func whatIsNoneIsNotFound(text: String) {
        #expect(SecretScan([Self.token]).form(in: text.utf8) == nil)
        #expect(SecretScan([]).form(in: text.utf8) == nil)
    }

    @Test func aScanRemembersOverPieces() {
        let text = Array("... s3cr3t/Token\n+value ...".utf8)
        for cut in 0...text.count {
            var reader = SecretScan.Reader(SecretScan([Self.token]))
            reader.read(text[..<cut])
            reader.read(text[cut...])
            #expect(reader.found?.secret == "token", "\(cut)")
        }
    }

    /// Pieces of standard output and, in brackets, standard error, in the order in which they come.
    private func seam(_ text: String) -> String? {
        var reader = SecretScan.SeamReader(SecretScan([Self.token]))
        for piece in text.split(separator: "|") {
            let isError = piece.hasPrefix("[")
            reader.read(Array(piece.utf8.filter { $0 != 0x5b && $0 != 0x5d }), isError: isError)
        }
        return reader.found?.secret
    }

    @Test func aPartInEachStreamIsFound() {
        let text = "s3cr3t/Token+value"
        for cut in 1..<text.count {
            let (first, second) = (text.prefix(cut), text.dropFirst(cut))
            #expect(seam("a \(first)|[\(second) b]") == "token", "\(cut)")
            #expect(seam("[a \(first)]|\(second) b") == "token", "\(cut)")
            // Written in this order, and read in the other.
            #expect(seam("[\(second) b]|a \(first)") == "token", "\(cut)")
            #expect(seam("\(second) b|[a \(first)]") == "token", "\(cut)")
        }
        #expect(seam("s3cr|[3t/]| \n|Tok|[en+]|va|[lue]") == "token")
        #expect(seam("7333637233742f54|[\n6f6b656e2b76616c7565]") == "token")
        // One stream's own is taken out there, however the other comes between.
        #expect(seam("s3cr3t/Token+value|[x]") == nil)
        #expect(seam("s3cr3t/|[x]|Token+value") == nil)
        #expect(seam("s3cr3t/|[Token+valu]") == nil)
    }

    /// What is longer than anything that is read at a time.
    @Test func largeFilesAreReadToTheirEnd() throws {
        let file = try Descriptor.memoryFile("large")
        for _ in 0..<5 { try file.writeAll([UInt8](repeating: UInt8(ascii: "s"), count: (1 << 18) - 7)) }
        try file.writeAll(Self.token.bytes)
        try file.seek(to: 0)
        #expect(try SecretScan([Self.token]).form(inFile: file)?.secret == "token")
    }

    /// As deep as anything that is taken in, and a directory deeper, where nothing is.
    @Test(arguments: [0, 1]) func itIsFoundAtAnyDepth(_ beyond: Int) throws {
        let fixture = try SourceFixture()
        let folders = String(repeating: "d/", count: IngestOptions.depthLimit + beyond)
        try fixture.write("out/\(folders)f", String(decoding: Self.token.bytes, as: UTF8.self))
        let out = try Descriptor.workingDirectory.open(fixture.path + "/out", .directory)
        let findings = try SecretScan([Self.token]).findings(below: out, shownAs: "/out")
        let batch = try fixture.store.makeBatch()
        if beyond == 0 {
            #expect(findings.map(\.secret) == ["token"])
            #expect(throws: Never.self) { try batch.ingest(directory: out, options: IngestOptions()) }
        } else {
            #expect(throws: BelljarError.self) { try batch.ingest(directory: out, options: IngestOptions()) }
        }
    }

    @Test func bytesThatAreNoTextAreEscapedInJSON() {
        let value = SecretValue(name: "b", bytes: [0xff, 0xfe] + Array("password".utf8))
        let line = CanonicalJSON.encode(.array([.string(PathText.text(value.bytes))]))
        #expect(String(decoding: line, as: UTF8.self) == #"["\u0000ff\u0000fepassword"]"#)
        #expect(filtered([line], [value]) == "[\"[secret]\"]")
    }

    @Test func jsonEscapesAreOneOfItsForms() {
        let value = SecretValue(name: "q", bytes: Array("pass\"word\\9".utf8))
        let line = CanonicalJSON.encode(.array(["x", .string("pass\"word\\9")]))
        #expect(filtered([line], [value]) == "[\"x\",\"[secret]\"]")
    }

    @Test func itSaysNothingOfItself() {
        #expect("\(Self.token)" == "secret token")
        #expect(String(reflecting: Self.token) == "secret token")
        #expect(Mirror(reflecting: Self.token).children.isEmpty)
        var text = ""
        dump([Self.token], to: &text)
        #expect(!text.contains("115"))
    }

    @Test func errorsLoseThem() {
        let error = BelljarError(
            .buildFailed, operation: "build", subject: "s3cr3t/Token+value", answer: "a s3cr3t/Token+value",
            details: [
                "x", "s3cr3t/Token+value", "s3c r3t/Token\n+value-s3cr3t/Tokens3cr3t/Token+values3cr3t/Token+value",
            ],
            exceeded: .init(limit: .outputFiles, value: 1, seen: "/out/s3cr3t/Token+value"))
        let shown = SecretScan([Self.token]).redacted(error)
        #expect(shown.subject == "[secret]")
        #expect(shown.answer == "a [secret]")
        #expect(shown.details == ["x", "[secret]", "[secret]-s3cr3t/Token[secret][secret]"])
        #expect(shown.exceeded?.seen == "/out/[secret]")
    }

    /// As messages quote names: escaped, and so not as they are.
    @Test func errorsLoseThemEscaped() {
        let value = SecretValue(name: "b", bytes: [0xff, 0xfe] + Array("pass\\\"word".utf8))
        let quoted = PathText.shown(PathText.text(value.bytes))
        #expect(quoted == #"\xff\xfepass\\"word"#)
        #expect(SecretScan([value]).redacted("a " + quoted) == "a [secret]")
        #expect(SecretScan([value]).form(in: quoted.utf8)?.encoding == "escaped")
    }
}
