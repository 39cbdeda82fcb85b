import BelljarFetch
import BelljarKernel
import BelljarModel
import BelljarRecipe
import BelljarStore
import TestSupport
import Testing

@testable import BelljarToolchain

@Suite struct ToolchainFilesTests {
    private let workshop: Workshop
    private let toolchains: Toolchains
    private let digest = Digest(of: [7])

    init() throws {
        workshop = try Workshop()
        toolchains = workshop.toolchains(mirrors: Mirrors(bases: [:]))
        for name in ["debian-12-base", "debian-12-c"] { try writeSpec(name, packages: "[bash]") }
        try workshop.folder.write("Toolchains/notes/README", "no toolchain")
        try workshop.folder.write("Toolchains/file", "no folder")
    }

    private func writeSpec(_ name: String, packages: String) throws {
        try workshop.folder.write(
            "Toolchains/\(name)/toolchain.yaml",
            "name: \(name)\ndebian: {suite: bookworm, architecture: amd64, packages: \(packages)}\n")
    }

    private func lock(_ name: String) throws -> ToolchainLock {
        let spec = try toolchains.spec(name)
        return ToolchainLock(
            name: name, spec: ToolchainDecoder.digest(of: spec), imageFormat: ImageRules.version,
            timestamp: 1_700_000_000, packages: [], image: TreeDigest(digest: digest, size: 1))
    }

    @Test func names() throws {
        #expect(try toolchains.names() == ["debian-12-base", "debian-12-c"])
        #expect(try Workshop().toolchains(mirrors: Mirrors(bases: [:])).names() == [])
    }

    @Test(arguments: ["debian-12-d", "", "../debian-12-c", "a/b", "."]) func missingToolchain(_ name: String) throws {
        let error = #expect(throws: BelljarError.self) { try toolchains.spec(name) }
        #expect(error?.code == .usage)
        #expect(error?.remedy?.contains("debian-12-base, debian-12-c") == true)
        if name == "debian-12-d" { #expect(error?.answer.contains("did you mean \"debian-12-c\"?") == true) }
    }

    @Test func nameOfAnotherFolder() throws {
        try workshop.folder.write(
            "Toolchains/own/toolchain.yaml",
            "name: other\ndebian: {suite: bookworm, architecture: amd64, packages: [bash]}\n")
        let error = #expect(throws: BelljarError.self) { try toolchains.spec("own") }
        #expect(error?.code == .usage)
        #expect(error?.answer.contains("'other'") == true)
    }

    @Test func noLock() throws {
        let error = #expect(throws: BelljarError.self) { try toolchains.lock("debian-12-c") }
        #expect(error?.code == .usage)
        #expect(error?.remedy?.contains("belljar toolchain lock debian-12-c") == true)
        let info = try toolchains.show("debian-12-c")
        #expect(info.lock == nil)
        #expect(info.problem?.code == .usage)
    }

    @Test func listsOlderThanTheLock() throws {
        try toolchains.refuseOlder(0, "debian-12-c")
        try toolchains.write(try lock("debian-12-c"))
        try toolchains.refuseOlder(1_700_000_000, "debian-12-c")
        let error = #expect(throws: BelljarError.self) { try toolchains.refuseOlder(1_699_999_999, "debian-12-c") }
        #expect(error?.code == .refused)
        #expect(error?.answer.contains("1699999999") == true)
        #expect(error?.remedy?.contains("Toolchains/debian-12-c/toolchain.lock.yaml") == true)
        // A merge that went wrong pins nothing, and a new lock is what mends it.
        try workshop.folder.write("Toolchains/debian-12-c/toolchain.lock.yaml", "<<<<<<<")
        try toolchains.refuseOlder(0, "debian-12-c")
    }

    @Test func lockOlderThanItsYaml() throws {
        let lock = try lock("debian-12-c")
        try toolchains.write(lock)
        #expect(try toolchains.lock("debian-12-c").lock == lock)
        // Layout and comments do not make a lock old.
        try workshop.folder.write(
            "Toolchains/debian-12-c/toolchain.yaml",
            "# comment\nname: debian-12-c\ndebian:\n  suite: bookworm\n  architecture: amd64\n  packages: [bash]\n")
        #expect(try toolchains.lock("debian-12-c").lock == lock)
        try writeSpec("debian-12-c", packages: "[bash, make]")
        let error = #expect(throws: BelljarError.self) { try toolchains.lock("debian-12-c") }
        #expect(error?.code == .usage)
        #expect(error?.answer.contains("was changed since the lock was made") == true)
        #expect(error?.remedy?.contains("belljar toolchain lock debian-12-c") == true)
    }

    @Test func lockIsReplacedAsAWhole() throws {
        let lock = try lock("debian-12-c")
        try toolchains.write(lock)
        try toolchains.write(lock)
        #expect(
            try workshop.folder.names("Toolchains/debian-12-c") == ["toolchain.lock.yaml", "toolchain.yaml"],
            "no temporary file is left")
    }

    @Test func lockOfOtherImageRules() throws {
        var lock = try lock("debian-12-c")
        lock.imageFormat += 1
        let error = #expect(throws: BelljarError.self) {
            try toolchains.image(lock, lockText: ToolchainDecoder.encode(lock))
        }
        #expect(error?.code == .usage)
        #expect(error?.answer.contains("format \(ImageRules.version + 1)") == true)
    }

    @Test func packageThatNoMirrorHas() throws {
        var lock = try lock("debian-12-c")
        lock.packages = [HandmadePackage(name: "gone", data: []).locked]
        let error = #expect(throws: BelljarError.self) {
            try toolchains.image(lock, lockText: ToolchainDecoder.encode(lock))
        }
        #expect(error?.code == .unavailable)
    }

    // MARK: Imported archives

    private let rootFileSystem = HandmadePackage.tar([
        .directory("./"), .directory("./bin/"), .file("./bin/sh", "program", mode: 0o6755), .directory("./dev/"),
        .device("./dev/null"), .directory("./tmp/"), .file("./tmp/left", "over"), .directory("./etc/"),
        .file("./etc/machine-id", "0123\n"), .file("./etc/motd", "hello\n"),
    ])

    private func importArchive(_ bytes: [UInt8], sha256: Digest? = nil) throws -> ToolchainLock {
        try workshop.folder.write("root.tar", bytes)
        return try toolchains.importArchive(
            "imported", address: .url("https://example.invalid/root.tar"), sha256: sha256 ?? Digest(of: bytes),
            file: workshop.folder.path + "/root.tar")
    }

    @Test func importedArchive() throws {
        let made = try importArchive(rootFileSystem)
        let (lock, text) = try toolchains.lock("imported")
        #expect(lock == made)
        #expect(lock.packages.isEmpty)
        #expect(lock.archive?.sha256 == Digest(of: rootFileSystem))
        #expect(try toolchains.names().contains("imported"))
        #expect(try toolchains.image(lock, lockText: text, rebuilding: true) == lock.image)
        let paths = try workshop.store.entries(of: lock.image).map(\.path)
        #expect(paths == ["bin", "bin/sh", "dev", "etc", "etc/machine-id", "etc/motd", "tmp"])
        let info = try toolchains.show("imported")
        #expect(info.isBuilt)
        #expect(info.problem == nil)
    }

    @Test func importWithAnotherDigest() throws {
        let error = #expect(throws: BelljarError.self) { try importArchive(rootFileSystem, sha256: digest) }
        #expect(error?.code == .integrity)
        #expect(error?.description.contains(digest.hex) == true)
        #expect(error?.description.contains(Digest(of: rootFileSystem).hex) == true)
        #expect(try !workshop.folder.exists("Toolchains/imported"))
    }

    @Test func importOfATruncatedArchive() throws {
        let error = #expect(throws: BelljarError.self) { try importArchive(Array(rootFileSystem.prefix(1300))) }
        #expect(error?.code == .integrity)
        #expect(try !workshop.folder.exists("Toolchains/imported"))
    }

    @Test func importUnderANameThatIsTaken() throws {
        let error = #expect(throws: BelljarError.self) {
            try toolchains.importArchive(
                "debian-12-c", address: .url("https://example.invalid/root.tar"), sha256: digest, file: nil)
        }
        #expect(error?.code == .usage)
    }

    // MARK: Mismatch and verification

    @Test func mismatchListsDifferingPaths() throws {
        let expected = try importArchive(rootFileSystem)
        var other = expected
        let changed = HandmadePackage.tar([
            .file("./bin/sh", "program", mode: 0o755), .file("./etc/motd", "other\n"), .file("./etc/new", "x"),
        ])
        let sha256 = try workshop.store.write(changed)
        other.archive = Pin(address: .url("https://example.invalid/b.tar"), sha256: sha256, size: nil)
        let error = #expect(throws: BelljarError.self) {
            try toolchains.image(other, lockText: ToolchainDecoder.encode(other))
        }
        #expect(error?.code == .integrity)
        #expect(error?.answer.contains(expected.image.digest.hex) == true)
        #expect(
            error?.details == [
                "missing dev", "missing etc/machine-id", "changed etc/motd", "unexpected etc/new", "missing tmp",
            ])
    }

    @Test func verifyFindsADamagedFile() throws {
        let lock = try importArchive(rootFileSystem)
        let good = try toolchains.verify("imported")
        #expect(good.image == lock.image)
        #expect(good.files == 3)
        // `dev` and `tmp` are both empty, and so one.
        #expect(good.directories == 4)
        let motd = Digest(of: Array("hello\n".utf8))
        let blob = try #require(try path(ofBlob: motd))
        try Descriptor.workingDirectory.open(blob, [.write]).writeAll(Array("h4llo\n".utf8))
        let error = #expect(throws: BelljarError.self) { try toolchains.verify("imported") }
        #expect(error?.code == .integrity)
        #expect(error?.details == ["etc/motd"])
    }

    private func path(ofBlob digest: Digest) throws -> String? {
        let open = try workshop.store.open(digest)
        let link = try Descriptor.workingDirectory.readLink("/proc/self/fd/\(open.number)")
        return String(decoding: link, as: UTF8.self)
    }

    @Test func verifyOfAnImageThatWasNotBuilt() throws {
        try toolchains.write(try lock("debian-12-c"))
        let error = #expect(throws: BelljarError.self) { try toolchains.verify("debian-12-c") }
        #expect(error?.code == .usage)
        #expect(error?.remedy?.contains("toolchain build") == true)
    }
}
