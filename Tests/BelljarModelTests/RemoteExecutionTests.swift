import FoundationEssentials
import Testing

@testable import BelljarModel

/// Values and their encodings by an independent implementation (Golden/make.py).
private struct Golden {
    let document: JSONValue

    init() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        document = try CanonicalJSON.decode(
            Array(Data(contentsOf: folder.appending(path: "Golden/remote-execution.json"))))
    }

    func cases(_ name: String) throws -> [JSONValue] {
        let cases = try #require(document[name]?.array)
        try #require(!cases.isEmpty)
        return cases
    }
}

extension JSONValue {
    fileprivate func text(_ key: String) throws -> String { try #require(self[key]?.string) }
    fileprivate func list(_ key: String) throws -> [JSONValue] { try #require(self[key]?.array) }
    fileprivate func size() throws -> UInt64 { UInt64(try #require(self["size"]?.integer)) }
    fileprivate func digest(_ key: String) throws -> Digest { try #require(Digest(hex: text(key))) }
    fileprivate func tree() throws -> TreeDigest { TreeDigest(digest: try digest("hash"), size: try size()) }

    fileprivate func bytes() throws -> [UInt8] {
        let hex = Array(try text("hex"))
        return try stride(from: 0, to: hex.count, by: 2).map {
            try #require(UInt8(String(hex[$0...($0 + 1)]), radix: 16))
        }
    }

    fileprivate func platform() throws -> REPlatform {
        REPlatform(
            try list("platform").map { pair in
                let pair = try #require(pair.array)
                return REPlatform.Property(name: try #require(pair[0].string), value: try #require(pair[1].string))
            })
    }

    fileprivate func directory() throws -> Directory {
        Directory(
            files: try list("files").map {
                .init(
                    name: try $0.text("name"), digest: try $0.digest("hash"), size: try $0.size(),
                    isExecutable: $0["executable"]?.bool == true)
            },
            directories: try list("directories").map { .init(name: try $0.text("name"), tree: try $0.tree()) },
            symlinks: try list("symlinks").map { .init(name: try $0.text("name"), target: try $0.text("target")) })
    }
}

@Suite struct RemoteExecutionTests {
    @Test func directoriesEqualTheGoldenOnes() throws {
        for golden in try Golden().cases("directories") {
            let directory = try golden.directory()
            let bytes = try golden.bytes()
            #expect(try DirectoryCodec.encode(directory) == bytes)
            #expect(
                try DirectoryCodec.digest(of: directory)
                    == TreeDigest(digest: try golden.digest("digest"), size: try golden.size()))
            #expect(try DirectoryCodec.decode(bytes) == directory)
        }
        // The digest of no bytes: what every implementation calls the empty directory.
        #expect(
            try DirectoryCodec.digest(of: .empty).digest.hex
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test func commandsEqualTheGoldenOnes() throws {
        for golden in try Golden().cases("commands") {
            let command = RECommand(
                arguments: try golden.list("arguments").map { try #require($0.string) },
                environment: try #require(golden["environment"]?.object).mapValues { try #require($0.string) },
                outputPaths: try golden.list("outputs").map { try #require($0.string) },
                workingDirectory: try golden.text("folder"), platform: try golden.platform())
            #expect(command.encoded == (try golden.bytes()))
            #expect(command.digest == SizedDigest(digest: try golden.digest("digest"), size: try golden.size()))
        }
    }

    @Test func actionsEqualTheGoldenOnes() throws {
        for golden in try Golden().cases("actions") {
            let command = try #require(golden["command"]).tree()
            let action = REAction(
                command: SizedDigest(digest: command.digest, size: command.size),
                inputRoot: try #require(golden["root"]).tree(),
                timeoutSeconds: golden["timeout"]?.integer.map { UInt64($0) },
                doNotCache: golden["doNotCache"]?.bool == true,
                salt: try golden.list("salt").map { UInt8(try #require($0.integer)) }, platform: try golden.platform())
            #expect(action.encoded == (try golden.bytes()))
            #expect(action.digest == SizedDigest(digest: try golden.digest("digest"), size: try golden.size()))
        }
    }
}

@Suite struct DirectoryCodecTests {
    private static let digest = Digest(of: [1])

    @Test(arguments: ["", ".", "..", "a/b", "/", "a\0", String(repeating: "x", count: 256)])
    func refusesNames(name: String) {
        let directory = Directory(files: [.init(name: name, digest: Self.digest, size: 1, isExecutable: false)])
        let error = #expect(throws: BelljarError.self) { try DirectoryCodec.decode(DirectoryCodec.encode(directory)) }
        #expect(error?.code == .integrity)
    }

    @Test func refusesOneNameForTwo() {
        let twice = Directory(
            files: [.init(name: "a", digest: Self.digest, size: 1, isExecutable: false)],
            symlinks: [.init(name: "a", target: "b")])
        let error = #expect(throws: BelljarError.self) { try DirectoryCodec.decode(DirectoryCodec.encode(twice)) }
        #expect(error?.answer == "the name `a` occurs twice")
        // Two spellings of one character are two names for the kernel.
        let spellings = Directory(symlinks: [.init(name: "e\u{301}", target: "b"), .init(name: "\u{e9}", target: "b")])
        #expect(throws: Never.self) { try DirectoryCodec.decode(DirectoryCodec.encode(spellings)) }
    }

    @Test(arguments: ["", "a\0b", String(repeating: "x", count: 4096)])
    func refusesTargets(target: String) {
        let directory = Directory(symlinks: [.init(name: "a", target: target)])
        #expect(throws: BelljarError.self) { try DirectoryCodec.decode(DirectoryCodec.encode(directory)) }
    }

    @Test func refusesOtherEncodings() throws {
        func link(_ name: String) throws -> [UInt8] {
            try DirectoryCodec.encode(Directory(symlinks: [.init(name: name, target: "t")]))
        }
        let file = try DirectoryCodec.encode(
            Directory(files: [.init(name: "f", digest: Self.digest, size: 1, isExecutable: false)]))
        #expect(throws: Never.self) { try DirectoryCodec.decode(link("a") + link("b")) }
        #expect(throws: Never.self) { try DirectoryCodec.decode(file + link("b")) }
        let hostile: [[UInt8]] = [
            try link("b") + link("a"),  // not sorted
            try link("a") + file,  // fields out of order
            try link("a") + link("a"),
            Array(file.dropLast()),  // truncated
            file + [0x00],
            file + [0x20, 0x01],  // an unknown field
            [0x1a, 0x06, 0x12, 0x01, 0x74, 0x0a, 0x01, 0x61],  // target before name
            [0x1a, 0x86, 0x00, 0x0a, 0x01, 0x61, 0x12, 0x01, 0x74],  // a length that is longer than it needs to be
            [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],  // a length of 2^64 - 1
            [0x0a, 0x03, 0x0a, 0x01, 0x61],  // a file without a digest
            [0x08, 0x01],
            [0xff],
        ]
        for bytes in hostile {
            #expect(throws: BelljarError.self, "\(bytes)") { try DirectoryCodec.decode(bytes) }
        }
    }

    @Test func survivesEveryChangedByte() throws {
        // Whatever a changed byte makes of the message, what is accepted encodes to just those bytes.
        let directory = Directory(
            files: [.init(name: "f", digest: Self.digest, size: 300, isExecutable: true)],
            directories: [.init(name: "d", tree: TreeDigest(digest: Self.digest, size: 7))],
            symlinks: [.init(name: "l", target: "../x")])
        let bytes = try DirectoryCodec.encode(directory)
        for position in bytes.indices {
            for change in UInt8(1)...255 {
                var changed = bytes
                changed[position] ^= change
                guard let decoded = try? DirectoryCodec.decode(changed) else { continue }
                #expect(try DirectoryCodec.encode(decoded) == changed)
                #expect(decoded != directory)
            }
        }
    }
}
