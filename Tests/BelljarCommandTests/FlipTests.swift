import BelljarKernel
import BelljarModel
import Testing

/// One byte of a store changed, as a failing disk does it: `fsck` finds it, and nobody is given anything that is not so.
@Suite struct FlipTests {
    /// A store with a build that has sources and an input, and what its commands answer while nothing is wrong.
    private struct Sound {
        let project: Project
        let digest: String
        let log: String
        let shown: [UInt8]
        let output: String
        var files: [(kind: String, paths: [String])] = []

        init() throws {
            project = try Project()
            try project.write("Recipes/program/src/text", "text\n")
            let made = try project.run(
                "/bin/sh", "-c", "mkdir d && echo packed > d/packed && tar -c -f d.tar d && sha256sum d.tar")
            let server = try FileServer(project, folder: ".")
            try project.recipe("library", run: "echo library > $OUT/file")
            try project.recipe(
                "program", run: "echo begun; cat $INPUTS/library/file text packed > $OUT/all",
                more: "inputs: [library]\nsources:\n  - local: src\n  - archive: \(server.address)/d.tar\n"
                    + "    sha256: \(made.text.prefix(64))")
            let built = try project.belljar("build", "program", "-o", "out", "--json")
            try server.stop()
            digest = try #require(try built.json()["builds"]?.array?.first?["record"]?.string)
            log = try project.belljar("log", "program").text
            shown = try project.belljar("show", "program", "--json").output
            output = try project.read("out/program/all")
            #expect(output == "library\ntext\npacked\n" && log.contains("begun"))
            #expect(try project.belljar("store", "fsck").code == 0)
            let kinds = [
                ("blobs", "store/blobs -type f"), ("records", "store/records -type f"),
                ("actions", "store/actions -type f"), ("memos", "store/memos -type f"),
                ("toolchains", "store/toolchains -type f"), ("trees", "store/trees -type f -size -4k"),
                ("index", "store/index.sqlite"), ("version", "store/version"),
            ]
            for (kind, place) in kinds {
                let found = try project.run("/bin/sh", "-c", "find \(place) | sort").text
                files.append((kind, found.split(separator: "\n").map(String.init)))
                #expect(!found.isEmpty, "\(kind)")
            }
        }
    }

    /// The same flips every time: a linear congruential generator (Knuth's MMIX).
    private struct Choice: RandomNumberGenerator {
        var state: UInt64 = 300
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 32 | state << 32
        }
    }

    @Test(.timeLimit(.minutes(20))) func threeHundredBytes() throws {
        let sound = try Sound()
        let project = sound.project
        #expect(try project.run("/bin/cp", "-a", "store", "kept").code == 0)
        var choice = Choice()
        var found: [String: Int] = [:]
        for round in 0..<300 {
            let (kind, paths) = sound.files[round % sound.files.count]
            let path = try #require(paths.randomElement(using: &choice))
            let bytes = try Descriptor.workingDirectory.open(project.path + "/" + path).readAll(limit: 64 << 20)
            guard !bytes.isEmpty else { continue }
            let offset = Int.random(in: 0..<bytes.count, using: &choice)
            let flip = UInt8.random(in: 1...255, using: &choice)
            let comment: Comment = "round \(round): \(path), byte \(offset) ^ \(flip)"
            try change(project, path, offset, flip)
            try expectNothingWrong(sound, round, comment)
            // Whoever was asked may have mended it: made the index again, or fetched or built what is damaged.
            let isThere = try? byte(project, path, offset)
            if kind == "index" || isThere != bytes[offset] ^ flip {
                found["mended", default: 0] += 1
            } else {
                let checked = try project.belljar("store", "fsck")
                #expect(checked.code == 6, "\(comment): \(checked.text) \(checked.complaint)")
                found[kind, default: 0] += 1
            }
            try project.remove("store")
            #expect(try project.run("/bin/cp", "-a", "kept", "store").code == 0)
        }
        #expect(found.values.reduce(0, +) >= 290, "\(found)")
        #expect(try project.belljar("store", "fsck").code == 0)
    }

    private func byte(_ project: Project, _ path: String, _ offset: Int) throws -> UInt8? {
        let bytes = try Descriptor.workingDirectory.open(project.path + "/" + path).readAll(limit: 64 << 20)
        return offset < bytes.count ? bytes[offset] : nil
    }

    /// In place, with the time that the file had.
    private func change(_ project: Project, _ path: String, _ offset: Int, _ flip: UInt8) throws {
        let file = try Descriptor.workingDirectory.open(project.path + "/" + path, .readWrite)
        let modified = try file.status().modified
        try file.seek(to: UInt64(offset))
        let old = try file.readSome(atMost: 1)
        try file.seek(to: UInt64(offset))
        try file.writeAll([old[0] ^ flip])
        try file.setTimes(modified)
    }

    /// One of the commands after the other. Each says what it said, or that something is damaged; and what it says is not
    /// there is never taken for an answer.
    private func expectNothingWrong(_ sound: Sound, _ round: Int, _ comment: Comment) throws {
        let project = sound.project
        let refusals: Set<Int32> = [2, 6, 8]
        switch round / sound.files.count % 5 {
        case 0:
            let answer = try project.belljar("show", "program", "--json")
            let isRight = answer.code == 0 && answer.output == sound.shown
            #expect(isRight || refusals.contains(answer.code), "\(comment): \(answer.text) \(answer.complaint)")
        case 1:
            let answer = try project.belljar("log", "program")
            let isRight = answer.code == 0 && answer.text == sound.log
            #expect(isRight || refusals.contains(answer.code), "\(comment): \(answer.text) \(answer.complaint)")
        case 2:
            let answer = try project.belljar("verify", "out/program/all", "program")
            let isRight = answer.code == 0 && answer.text.contains(sound.digest)
            #expect(isRight || refusals.contains(answer.code), "\(comment): \(answer.text) \(answer.complaint)")
        case 3:
            try? project.remove("again")
            let answer = try project.belljar("build", "program", "-o", "again")
            let isRight = try answer.code == 0 && project.read("again/program/all") == sound.output
            #expect(isRight || refusals.contains(answer.code), "\(comment): \(answer.text) \(answer.complaint)")
            #expect(isRight || !project.exists("again/program/all"), comment)
        default:
            let answer = try project.belljar("rebuild", "program")
            let isRight = answer.code == 0 && answer.text.contains("verdict: identical")
            #expect(isRight || refusals.contains(answer.code), "\(comment): \(answer.text) \(answer.complaint)")
        }
    }
}
