import BelljarModel
import Testing

/// What is written is known to be readable before it is made: the sizes are those of the encodings, to the byte.
@Suite struct SizeTests {
    private static let digest = Digest(of: [1])
    /// Where a length, or a size, takes a byte more.
    private static let lengths = [1, 2, 52, 53, 54, 55, 56, 57, 58, 127, 128, 129, 255]
    private static let sizes: [UInt64] = [0, 1, 127, 128, 16_383, 16_384, 1 << 32, UInt64(Int64.max)]

    private static func name(_ length: Int, _ character: String = "n") -> String {
        String(repeating: character, count: length)
    }

    @Test func aDirectorysSizeIsThatOfItsEncoding() throws {
        func check(_ directory: Directory) throws {
            #expect(try DirectoryCodec.encode(directory).count == DirectorySize(of: directory).bytes)
        }
        try check(.empty)
        for length in Self.lengths {
            let name = Self.name(length)
            for size in Self.sizes {
                for isExecutable in [false, true] {
                    try check(
                        Directory(files: [
                            .init(name: name, digest: Self.digest, size: size, isExecutable: isExecutable)
                        ]))
                }
                try check(
                    Directory(directories: [.init(name: name, tree: TreeDigest(digest: Self.digest, size: size))]))
            }
            for target in [1, 60, 61, 62, 63, 64, 127, 128, 4095] {
                try check(Directory(symlinks: [.init(name: name, target: Self.name(target))]))
                try check(Directory(symlinks: [.init(name: name, target: Self.name(target, "\u{e9}"))]))
            }
        }
        try check(
            Directory(
                files: Self.lengths.map {
                    .init(name: Self.name($0), digest: Self.digest, size: 5, isExecutable: $0 > 55)
                },
                directories: [.init(name: "d", tree: TreeDigest(digest: Self.digest, size: 9))],
                symlinks: Self.lengths.map { .init(name: Self.name($0, "l"), target: PathText.text([0xff])) }))
    }

    @Test func noDirectoryIsEncodedThatIsTooLargeToRead() throws {
        let directory = Directory(symlinks: [.init(name: "l", target: Self.name(1000))])
        let size = DirectorySize(of: directory).bytes
        #expect(try DirectoryCodec.encode(directory, limit: size).count == size)
        let error = #expect(throws: BelljarError.self) { try DirectoryCodec.encode(directory, limit: size - 1) }
        #expect(error?.code == .resourceExceeded)
        #expect(error?.answer.contains("has \(size) bytes") == true)
    }

    @Test func aTextsLengthIsThatOfItsEncoding() {
        let characters = (0..<0x180).compactMap { Unicode.Scalar($0 as UInt32) } + ["\u{2028}", "\u{1f600}"]
        for character in characters {
            let text = String(Character(character))
            #expect(CanonicalJSON.length(ofText: text) == CanonicalJSON.encode(.string(text)).count - 2)
        }
    }

    /// The list has one comma less than outputs, and two brackets.
    @Test func aListOfOutputsHasTheSizeThatIsCounted() throws {
        var size = OutputListSize()
        let paths = ["a", "b/\u{1}\"\\", PathText.text([0x64, 0xff, 0xfe]), "\u{e9}", Self.name(300)]
        for path in paths { size.add(path: path) }
        let outputs = paths.map { BuildRecord.Output(path: $0, mode: "link", size: 7, digest: Self.digest) }
        let result = BuildRecord.BuildResult(status: .ok, outputs: outputs, tree: nil)
        let list = try #require(try result.json()["outputs"])
        #expect(CanonicalJSON.encode(list).count == size.bytes + 1)
        #expect(size.objection(limit: size.bytes) == nil)
        #expect(size.objection(limit: size.bytes - 1) != nil)
    }
}
