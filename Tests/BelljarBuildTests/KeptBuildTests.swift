import BelljarKernel
import BelljarModel
import Testing

@testable import BelljarBuild

/// Where failed builds are kept: a folder whose name can be foretold, in a place where everybody may make one.
@Suite final class KeptBuildTests {
    private let fixture: SourceFixture
    private let build: Descriptor
    private let kept: KeptBuild

    init() throws {
        fixture = try SourceFixture()
        build = try Descriptor.makeDirectories(fixture.path + "/build")
        try build.open("file", [.write, .create, .exclusive], mode: 0o644).writeAll(Array("left\n".utf8))
        kept = KeptBuild(folder: fixture.path + "/kept", name: "x", scan: SecretScan([]))
    }

    private func keep() throws -> [String] { kept.kept(build: try build.duplicate(), out: nil) }

    @Test func aFolderOfOnesOwnIsMade() throws {
        for _ in 0..<2 {
            let place = try #require(try keep().first).dropFirst("kept: \(fixture.path)/".count)
            #expect(try fixture.read("\(place)/build/file") == "left\n")
        }
        #expect(try Descriptor.workingDirectory.status(of: fixture.path + "/kept").permissions == 0o700)
    }

    /// What a program that makes its folders by path does is the control.
    @Test func aLinkIsNotFollowed() throws {
        let trap = try Descriptor.makeDirectories(fixture.path + "/trap")
        try Descriptor.makeDirectories(fixture.path).makeSymlink("kept", target: "trap")
        _ = try Descriptor.makeDirectories(fixture.path + "/kept/control")
        #expect(try trap.entries().map(\.name) == [Array("control".utf8)])
        let words = try keep()
        #expect(words.first?.hasPrefix("not kept: ") == true, "\(words)")
        #expect(try trap.entries().count == 1)
    }

    @Test(arguments: [0o777, 0o770, 0o1777] as [UInt32]) func whereOthersMayWriteNothingIsPut(mode: UInt32) throws {
        let folder = try Descriptor.makeDirectories(fixture.path + "/kept")
        try folder.setPermissions(mode)
        let words = try keep()
        #expect(words.first?.contains("others may write to it") == true, "\(words)")
        #expect(words.last?.contains("TMPDIR") == true)
        #expect(try folder.entries().isEmpty)
    }

    @Test(.enabled(if: Host.effectiveUid == 0, "only root can give folders away"))
    func whatIsAnothersIsLeftAloneAsRoot() throws {
        let folder = try Descriptor.makeDirectories(fixture.path + "/kept", mode: 0o700)
        try folder.setOwner(uid: 4711, gid: 4711)
        let words = try keep()
        #expect(words.first?.contains("it belongs to uid 4711") == true, "\(words)")
        #expect(try folder.entries().isEmpty)
    }
}
