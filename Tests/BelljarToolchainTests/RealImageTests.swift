import BelljarFetch
import BelljarHost
import BelljarKernel
import BelljarModel
import BelljarRecipe
import BelljarStore
import TestSupport
import Testing

@testable import BelljarToolchain

/// A lock of debian-12-base: made with the machine's apt, its mirrors and the sandbox.
private struct RealLock: Sendable {
    static let name = "debian-12-base"
    @TaskLocal static var current: RealLock?

    let workshop: Workshop
    let toolchains: Toolchains
    let lock: ToolchainLock

    init() throws {
        workshop = try Workshop()
        toolchains = workshop.toolchains(mirrors: try Mirrors.configured())
        let path = "\(Workshop.projectFolder)/Toolchains/\(Self.name)/toolchain.yaml"
        let text = try Descriptor.workingDirectory.open(path).readAll(limit: 1 << 20)
        try workshop.folder.write("Toolchains/\(Self.name)/toolchain.yaml", text)
        lock = try #require(try toolchains.makeLock(Self.name))
    }
}

/// Makes the lock once for a whole suite, and removes what belongs to it when the suite is over.
private struct WithRealLock: SuiteTrait, TestScoping {
    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await RealLock.$current.withValue(try RealLock()) { try await function() }
    }
}

/// What users do with Debian's own packages. Needs a mirror; without apt there is nothing to make a lock with.
@Suite(
    .serialized, .enabled(if: HostProgram.find("apt-get", passing: []) != nil, "apt is not installed"),
    WithRealLock())
struct RealImageTests {
    private let real: RealLock

    init() throws { real = try #require(RealLock.current) }

    @Test func lockNamesEverythingThatWasAskedFor() throws {
        let lock = real.lock
        let names = Set(lock.packages.map(\.name))
        guard case .debian(let asked) = try real.toolchains.spec(RealLock.name).kind else {
            Issue.record("not a Debian toolchain")
            return
        }
        #expect(names.isSuperset(of: asked.names))
        #expect(names.contains("libc6"))
        #expect(Set(lock.packages.map(\.archive)).isSubset(of: ["debian", "debian-security"]))
        #expect(lock.packages.allSatisfy { $0.path.hasPrefix("pool/") && $0.size > 0 })
        // Debian 12 came out on 2023-06-10.
        #expect(lock.timestamp > 1_686_355_200)
        #expect(!lock.changes.isEmpty)
        #expect(try real.toolchains.lock(RealLock.name).lock == lock)
    }

    @Test func everyPackageIsConfigured() throws {
        let entries = try real.workshop.store.entries(of: real.lock.image)
        let status = try #require(entries.first { $0.path == "var/lib/dpkg/status" })
        let text = String(decoding: try real.workshop.store.read(status.digest, limit: 16 << 20), as: UTF8.self)
        let stanzas = try ControlStanza.parse(text, file: "status")
        #expect(Set(stanzas.compactMap { $0["Package"] }) == Set(real.lock.packages.map(\.name)))
        #expect(stanzas.allSatisfy { $0["Status"] == "install ok installed" })
        let paths = Set(entries.map(\.path))
        // Made by maintainer scripts: alternatives, accounts, the linker's cache, dpkg's vendor.
        #expect(paths.isSuperset(of: ["usr/bin/awk", "etc/passwd", "etc/ld.so.cache", "etc/dpkg/origins/default"]))
        #expect(!paths.contains { $0.hasSuffix(".dpkg-new") || $0.hasSuffix("-old") })
    }

    @Test func anotherStoreBuildsTheSameImageFromTheLockAlone() throws {
        let other = try Workshop()
        let toolchains = other.toolchains(
            folder: real.workshop.folder.path + "/Toolchains", mirrors: try Mirrors.configured())
        let (lock, text) = try toolchains.lock(RealLock.name)
        #expect(try toolchains.image(lock, lockText: text) == real.lock.image)
        #expect(try toolchains.show(RealLock.name).isBuilt)
        let verified = try toolchains.verify(RealLock.name)
        #expect(verified.image == real.lock.image)
        #expect(other.progress.finished.map(\.subject).contains("\(RealLock.name) configure"))
    }

    @Test func mismatchListsThePathsFromTheLockAlone() throws {
        var lock = real.lock
        // As if the lock had been made where scripts write another message of the day, one file more and one less.
        let none = Digest(of: [0])
        let motd = try #require(lock.changes.firstIndex { $0.path == "etc/motd" })
        lock.changes[motd].content = .file(none)
        lock.changes.append(ImageChange(path: "etc/more", content: .file(none)))
        lock.changes.append(ImageChange(path: "usr/bin/dpkg", content: .absent))
        lock.image = TreeDigest(digest: none, size: 0)
        let error = #expect(throws: BelljarError.self) {
            try real.toolchains.image(lock, lockText: ToolchainDecoder.encode(lock))
        }
        #expect(error?.code == .integrity)
        #expect(error?.details == ["missing etc/more", "changed etc/motd", "unexpected usr/bin/dpkg"])
        #expect(error?.answer.contains(real.lock.image.digest.hex) == true)
    }

    @Test func scriptThatFailsShowsTheLogsEnd() throws {
        let package = HandmadePackage(
            name: "broken", control: ["postinst": "#!/bin/sh\necho going; echo wrong >&2; exit 3\n"],
            data: [.directory("./usr/")])
        var lock = real.lock
        lock.packages.append(try package.put(into: real.workshop.store))
        let error = #expect(throws: BelljarError.self) {
            try real.toolchains.image(lock, lockText: ToolchainDecoder.encode(lock))
        }
        #expect(error?.code == .buildFailed)
        #expect(error?.stage == "configure")
        #expect(error?.answer.contains("broken") == true)
        #expect(error?.details.contains("wrong") == true)
        #expect(error?.details.contains { $0.contains("exit status 3") } == true)
    }

    @Test func firstScriptThatFailsIsNamed() throws {
        let package = HandmadePackage(
            name: "early", control: ["preinst": "#!/bin/sh\necho \"$DPKG_MAINTSCRIPT_PACKAGE $1\"; exit 4\n"],
            data: [.directory("./usr/")])
        var lock = real.lock
        lock.packages.append(try package.put(into: real.workshop.store))
        let error = #expect(throws: BelljarError.self) {
            try real.toolchains.image(lock, lockText: ToolchainDecoder.encode(lock))
        }
        #expect(error?.code == .buildFailed)
        #expect(error?.answer == "preinst of early failed")
        #expect(error?.details.last == "early install")
    }

    @Test func unknownPackageIsNamed() throws {
        let workshop = try Workshop()
        try workshop.folder.write(
            "Toolchains/odd/toolchain.yaml",
            "name: odd\ndebian: {suite: bookworm, architecture: amd64, packages: [there-is-no-such-package]}\n")
        let error = #expect(throws: BelljarError.self) {
            try workshop.toolchains(mirrors: try Mirrors.configured()).makeLock("odd")
        }
        #expect(error?.code == .usage)
        #expect(error?.subject == "there-is-no-such-package")
        #expect(try workshop.folder.names("Toolchains/odd") == ["toolchain.yaml"])
    }
}
