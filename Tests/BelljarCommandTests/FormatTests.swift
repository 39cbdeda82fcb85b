import BelljarControls
import BelljarKernel
import BelljarModel
import Testing

/// Formats are promises: what any version wrote stays readable and keeps its digests, and where this version makes the world
/// that it names, it is rebuilt. The golden files are what released and unreleased versions really wrote; only what named
/// their hosts was replaced. Whoever has to change one breaks a promise, and says so in the changelog.
///
/// All of it was built in an image whose one program is Tests/Fixtures/Formats/sh.c, so that nothing has to be fetched.
@Suite struct FormatTests {
    /// A record as a file, and the digests that its maker printed.
    struct Golden: Sendable, CustomTestStringConvertible {
        let file: String
        let format: UInt64
        let definition: String
        let result: String
        let action: String

        var testDescription: String { file }
    }

    static let records = [
        Golden(
            file: "format-1.json", format: 1,
            definition: "f2eceee99c303f015b421506a47c92a9c2c052a11cfaf6e10da3d5be9c73f3af",
            result: "59138e66670410f45fbfb3728a21ca5ebb3ddad5c087c5b0bb6685b309df05a3",
            action: "633ed91fb9e79bee1dd251567e71621e6a284479fdfdc5f4eb628761cdf09209"),
        Golden(
            file: "world-1.json", format: 2,
            definition: "2403e403adfc3641d7f80e53acca262286cfad572949c3b047a0a94ef50a9fa7",
            result: "6ef0a0eb5254f373d5c0dc5dd4278a9a4e02a36799faa552568f91380c18032d",
            action: "a60a4c174cd5820d76dea4b6eaa12c1cc755d10458935d7259cf7d2b25b935aa"),
        Golden(
            file: "world-2.json", format: 2,
            definition: "61e75ed0935d2441c663f440e7d8d94866314944b344a2bf0ee4428aae29dd8c",
            result: "60a1cc686af0f0467916a987bba8a5b8d4e966f349f4cb8c6f28f6b85a1f2a80",
            action: "c119d91843b0e4b99ce8137d43b540b55838cfc98900b48f8b4fba84e62ec31a"),
        // With a source that was never fetched from its address.
        Golden(
            file: "not-fetched.json", format: 2,
            definition: "86366e164a471d1f14f794cdc7362616686aecf55122f746bd66c72278bfa69b",
            result: "3ac1c7308cfedbaab51711e15948692bda3885e548b631f89b88904c09091816",
            action: "ae2fe29a36d9032e4d5ada58774328a6b7cff11acfc7a223d2cb86060cae8a5e"),
        // With a source that was a git working tree.
        Golden(
            file: "worktree.json", format: 2,
            definition: "66c6ab7cc640c7a1192c063fe4f73d9cd2c08710a939a928a34a78760af8237d",
            result: "8ba9aa0b4c921c17a997478bad4aa1750c5c626d16b615979b44f359b5bc88b6",
            action: "7080b971bd9dcc5cfac2cfb3b1808403c766bcb033113473b7ddc606097723a2"),
        Golden(
            file: "world-3.json", format: 2,
            definition: "1e8dbdbd0e3deec6f5111b01aaa53907f9753dbd8903d745d6cf90c6b7d75b10",
            result: "59138e66670410f45fbfb3728a21ca5ebb3ddad5c087c5b0bb6685b309df05a3",
            action: "67b2252afc2c5a4bab50b82c3bd73c16bc2550fe6ae92b78f7c05c8f9bde621d"),
    ]

    private static let folder: String = {
        "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Fixtures/Formats"
    }()

    private static func read(_ path: String) throws -> [UInt8] {
        try Descriptor.workingDirectory.open("\(folder)/\(path)").readAll(limit: 1 << 20)
    }

    /// A project with the golden recipes and lock.
    private func project(withImage: Bool) throws -> Project {
        let project = try Project(toolchain: false)
        let copied = try project.run(
            "/bin/cp", "-r", Self.folder + "/project/.", Self.folder + "/image.tar", project.path)
        #expect(copied.code == 0, "\(copied.complaint)")
        guard withImage else { return project }
        try project.remove("Toolchains/tiny")
        let imported = try project.belljar(
            "toolchain", "import", "tiny", "https://archive.invalid/image.tar", "--sha256",
            Digest(of: try Self.read("image.tar")).hex, "--file", "image.tar")
        #expect(imported.code == 0, "\(imported.complaint)")
        return project
    }

    // MARK: Records

    @Test(arguments: records) func aRecordKeepsItsBytesAndDigests(_ golden: Golden) throws {
        let bytes = try Self.read("records/\(golden.file)")
        let record = try RecordDecoder.decode(bytes)
        #expect(record.format == golden.format)
        #expect(try record.canonicalBytes() == bytes)
        #expect(record.keyed.digest.hex == golden.definition)
        #expect(try record.result.resultDigest().hex == golden.result)
        #expect(record.action.hex == golden.action)
    }

    @Test func aRecordOfThisWorldIsRebuilt() throws {
        let project = try project(withImage: true)
        try project.write("record.json", String(decoding: try Self.read("records/world-3.json"), as: UTF8.self))
        // The store has none of the local sources yet, and a record does not say where they are.
        #expect(try project.belljar("rebuild", "./record.json").code == 8)
        #expect(try project.belljar("build", "app").code == 0)
        let rebuilt = try project.belljar("rebuild", "./record.json", "--json")
        #expect(rebuilt.code == 0, "\(rebuilt.text) \(rebuilt.complaint)")
        let verdict = try rebuilt.json()
        #expect(verdict["verdict"]?.string == "identical" && verdict["executed"]?.bool == true)
        // The new record has the old one's definition, member by member.
        let again = try project.belljar("show", verdict["rebuilt"]?.string ?? "", "--json")
        let record = try RecordDecoder.decode(again.output)
        #expect(record.keyed == (try RecordDecoder.decode(Self.read("records/world-3.json"))).keyed)
    }

    // MARK: Recipes, locks, keys

    /// The text of a recipe and of a lock come to the same definition and key as when they were first built.
    @Test func aRecipeKeepsItsKey() throws {
        let project = try project(withImage: true)
        let lock = try project.read("Toolchains/tiny/toolchain.lock.yaml")
        #expect(lock == String(decoding: try Self.read("project/Toolchains/tiny/toolchain.lock.yaml"), as: UTF8.self))
        let built = try project.belljar("build", "app", "--json")
        #expect(built.code == 0, "\(built.text) \(built.complaint)")
        let answer = try #require(try built.json()["builds"]?.array?.first)
        let golden = try #require(Self.records.last)
        // A control that came later, in a state that builds did not have before, is another build.
        #expect((answer["definition"]?.string == "sha256:" + golden.definition) != Self.hasLaterControl)
        #expect((answer["action"]?.string == "sha256:" + golden.action) != Self.hasLaterControl)
        #expect(answer["result"]?.string == "sha256:" + golden.result)
        guard Self.hasLaterControl else { return }
        let asBefore = try project.belljar("build", "app", "--control", "pretended=real", "--json")
        #expect(try asBefore.json()["builds"]?.array?.first?["action"]?.string == "sha256:" + golden.action)
    }

    /// The same of `belljar.yaml`, with a source in the project of which something is left out.
    @Test func aProjectsOwnRecipeKeepsItsKey() throws {
        let project = try project(withImage: true)
        let options = Self.hasLaterControl ? ["--control", "pretended=real"] : []
        let built = try project.start(
            Project.programs + "/belljar", ["build", "single", "--json"] + options
        ).finish()
        let answer = try #require(try built.json()["builds"]?.array?.first, "\(built)")
        #expect(
            answer["action"]?.string
                == "sha256:a84de07472e006df7d1e22526f538e47f70ef6a7d5fdb67017c70048da9adede")
        #expect(
            answer["result"]?.string
                == "sha256:8ba9aa0b4c921c17a997478bad4aa1750c5c626d16b615979b44f359b5bc88b6")
    }

    /// Whether this was compiled with a control that no golden record names (`make formats`).
    private static let hasLaterControl = Control.allCases.contains { $0.stateBefore != nil }

    // MARK: Stores

    struct GoldenStore: Sendable, CustomTestStringConvertible {
        let file: String
        /// Whether this version makes the world of its builds.
        let isOfThisWorld: Bool
        /// Records of builds and rebuilds.
        let records: Int

        var testDescription: String { file }
    }

    static let stores = [
        // Of records of format 1, whose places in the list know whole seconds.
        GoldenStore(file: "format-1.tar.xz", isOfThisWorld: false, records: 3),
        GoldenStore(file: "world-3.tar.xz", isOfThisWorld: true, records: 3),
    ]

    /// Used as it is: nothing in it is made anew but what may be lost.
    @Test(arguments: stores) func aStoreIsUsedAsItIs(_ golden: GoldenStore) throws {
        let project = try project(withImage: false)
        let unpacked = try project.run(
            "/bin/tar", "-xJf", "\(Self.folder)/stores/\(golden.file)", "-C", project.path, "--no-same-owner")
        #expect(unpacked.code == 0, "\(unpacked.complaint)")
        // Root's stores belong to the account that builds run under.
        if Host.effectiveUid == 0 {
            #expect(try project.run("/bin/chown", "-R", "65534:65534", project.store).code == 0)
        }
        let checked = try project.belljar("store", "fsck", "--json")
        #expect(checked.code == 0, "\(checked.text) \(checked.complaint)")
        #expect(try checked.json()["problems"]?.array?.isEmpty == true)
        let listed = try project.belljar("records", "--json").json()["records"]?.array ?? []
        #expect(listed.count == golden.records)
        for record in listed {
            let digest = try #require(record["digest"]?.string)
            let shown = try project.belljar("show", digest, "--json")
            #expect(shown.code == 0 && "\(Digest(of: shown.output))" == digest, "\(shown.complaint)")
            #expect(try project.belljar("log", digest).text.contains("written"))
        }
        let before = try project.belljar("rebuild", "app", "--json").json()["verdict"]?.string
        #expect(before == (golden.isOfThisWorld ? "identical" : "inconclusive"))
        let built = try project.belljar("build", "app")
        #expect(built.code == 0, "\(built.complaint)")
        let isCached = golden.isOfThisWorld && !Self.hasLaterControl
        #expect(built.text.contains("  cached  ") == isCached, "\(built.text)")
        let verdict = try project.belljar("rebuild", "app", "--json").json()["verdict"]?.string
        #expect(verdict == "identical")
        #expect(try project.belljar("store", "fsck").code == 0)
    }
}
