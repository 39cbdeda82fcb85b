import BelljarKernel
import BelljarModel
import TestSupport
import Testing

@testable import BelljarToolchain

@Suite struct ImageRulesTests {
    @Test(arguments: [
        ("bin/sh", "usr/bin/sh"), ("lib/x86_64-linux-gnu/libc.so.6", "usr/lib/x86_64-linux-gnu/libc.so.6"),
        ("lib64/ld.so", "usr/lib64/ld.so"), ("libx32/a", "usr/libx32/a"), ("usr/bin/env", "usr/bin/env"),
        ("binary/x", "binary/x"), ("etc/bin/x", "etc/bin/x"), ("bin", nil), ("lib64", nil),
    ])
    func mergedUsr(path: String, place: String?) {
        #expect(ImagePath.merged(path) == place)
    }

    @Test func whatFollowsTheMachineIsTakenOut() throws {
        let folder = try TestFolder()
        let kept = [
            "etc/passwd", "etc/machine-id", "usr/lib/python3/a.py", "var/lib/dpkg/status",
            "var/cache/debconf/config.dat", "usr/share/doc/a-old", "etc/logs/-",
        ]
        let removed = [
            "etc/passwd-", "etc/.pwd.lock", "etc/resolv.conf", "etc/hostname", "tmp/x/y", "run/lock/z", "dev/null",
            "var/log/apt/term.log", "var/lib/dpkg/status-old", "var/lib/dpkg/lock", "var/lib/dpkg/triggers/Lock",
            "var/cache/ldconfig/aux-cache", "var/cache/debconf/config.dat-old", "var/cache/debconf/passwords.dat",
            "usr/lib/python3/__pycache__/a.cpython-311.pyc", "usr/lib/python3/b.pyc", "usr/sbin/policy-rc.d",
        ]
        for path in kept + removed { try folder.write(path, "content") }
        try ImageNormaliser().normalise(folder.open())
        for path in kept { #expect(try folder.exists(path), "\(path)") }
        for path in removed { #expect(try !folder.exists(path), "\(path)") }
        for path in ["tmp", "run", "dev", "var/log", "var/cache/ldconfig"] {
            #expect(try folder.names(path).isEmpty, "\(path)")
        }
        #expect(try folder.bytes("etc/machine-id").isEmpty)
        #expect(try folder.text("etc/passwd") == "content")
    }

    @Test func linksAreNeitherFollowedNorEmptied() throws {
        let folder = try TestFolder()
        try folder.write("elsewhere/canary", "canary")
        try folder.makeDirectory("root/var")
        try folder.makeLink("root/tmp", to: "../elsewhere")
        try folder.makeLink("root/var/log", to: "\(folder.path)/elsewhere")
        try folder.makeDirectory("root/etc")
        try folder.makeLink("root/etc/machine-id", to: "../../elsewhere/canary")
        try ImageNormaliser().normalise(Descriptor.workingDirectory.open(folder.path + "/root", .directory))
        #expect(try folder.text("elsewhere/canary") == "canary")
        #expect(try folder.link("root/tmp") == "../elsewhere")
    }

    @Test func everythingIsReadableToItsOwnerAfterwards() throws {
        let folder = try TestFolder()
        try folder.write("etc/secret/key", "x", mode: 0)
        let etc = try Descriptor.workingDirectory.open(folder.path + "/etc", .directory)
        try etc.setPermissions(of: "secret", 0o000)
        // systemd leaves it read-only.
        try folder.write("etc/machine-id", "0123", mode: 0o444)
        try ImageNormaliser().normalise(folder.open())
        #expect(try folder.text("etc/secret/key") == "x")
        #expect(try folder.text("etc/machine-id").isEmpty)
    }

    @Test func everyRuleHasAReason() {
        for (_, reason) in ImageRules.all { #expect(!reason.isEmpty) }
    }

    // MARK: Comparing

    private let digest = Digest(of: [1])

    @Test func changesLeadFromOneTreeToTheOther() {
        let before = TreeContents([
            ("etc", .directory), ("etc/a", .file(digest)), ("etc/b", .file(digest)), ("usr/x", .link("y")),
            ("same", .program(digest)),
        ])
        let after = TreeContents([
            ("etc", .directory), ("etc/a", .program(digest)), ("etc/c", .link("a")), ("usr/x", .link("z")),
            ("same", .program(digest)),
        ])
        let changes = before.changes(to: after)
        #expect(changes.map(\.path) == ["etc/a", "etc/b", "etc/c", "usr/x"])
        #expect(changes[1].content == .absent)
        #expect(before.applying(changes) == after)
        #expect(
            before.differences(from: after) == ["changed etc/a", "missing etc/b", "unexpected etc/c", "changed usr/x"])
        #expect(after.differences(from: after).isEmpty)
    }

    @Test func namesAreComparedByTheirBytes() {
        let composed = TreeContents([("\u{e9}", .file(digest))])
        let decomposed = TreeContents([("e\u{301}", .file(digest))])
        #expect(composed.differences(from: decomposed).count == 2)
    }

    @Test func waitingConffilesAreTakenAsPutInPlace() {
        let unpacked = TreeContents([("etc/a.dpkg-new", .file(digest)), ("etc/b", .file(digest))])
        #expect(unpacked.withConffilesInPlace() == TreeContents([("etc/a", .file(digest)), ("etc/b", .file(digest))]))
    }

    @Test func failedPackagesAreReadFromDpkgsLog() {
        let log = [
            "Setting up one (1) ...", "dpkg: error processing package one:amd64 (--configure):",
            " installed one package post-installation script subprocess returned error exit status 3",
            "dpkg: error processing package two (--configure):", "Errors were encountered while processing:", " one",
        ]
        #expect(ImageConfigurator.failedPackages(log) == ["one:amd64", "two"])
    }
}
