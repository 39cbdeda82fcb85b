import BelljarFetch
import BelljarKernel
import BelljarModel
import BelljarStore
import BelljarUnpack
import TestSupport
import Testing

@testable import BelljarToolchain

@Suite struct UnpackTests {
    private let workshop: Workshop
    private var root: String { workshop.folder.path + "/root" }

    init() throws {
        workshop = try Workshop()
        try workshop.folder.makeDirectory("root")
    }

    private func unpack(_ packages: [HandmadePackage]) throws -> [DebianPackage] {
        try unpack(try packages.map { try $0.put(into: workshop.store) })
    }

    private func unpack(_ packages: [LockedPackage]) throws -> [DebianPackage] {
        try ImageUnpacker(
            store: workshop.store, packages: packages,
            opener: ArchiveOpener(workshop.sandbox, cancellation: Cancellation()), cancellation: Cancellation()
        ).unpack(into: root)
    }

    private let shell = HandmadePackage(
        name: "shell", fields: "Multi-Arch: same\n",
        control: [
            "conffiles": "/etc/shell.conf\n", "preinst": "#!/bin/sh\n", "triggers": "interest-noawait /usr/lib\n",
        ],
        data: [
            .directory("./"), .directory("./bin/"), .file("./bin/sh", "program", mode: 0o4755), .directory("./etc/"),
            .file("./etc/shell.conf", "settings"), .directory("./lib/"), .directory("./lib/x86_64-linux-gnu/"),
            .file("./lib/x86_64-linux-gnu/libc.so.6", "library"), .link("./lib64", to: "usr/lib64"),
            .hardlink("./bin/rsh", to: "./bin/sh"), .link("./bin/again", to: "sh"), .directory("./lib32/"),
            .file("./lib32/old.so", "old"),
        ])

    @Test func filesGoBelowUsr() throws {
        let packages = try unpack([shell])
        #expect(packages.map(\.name) == ["shell"])
        let folder = workshop.folder
        #expect(try folder.text("root/usr/bin/sh") == "program")
        #expect(try folder.text("root/usr/bin/rsh") == "program")
        #expect(try folder.link("root/usr/bin/again") == "sh")
        #expect(try folder.text("root/usr/lib/x86_64-linux-gnu/libc.so.6") == "library")
        for name in ["bin", "sbin", "lib", "lib64", "lib32"] {
            #expect(try folder.link("root/\(name)") == "usr/\(name)")
        }
        #expect(try !folder.exists("root/libx32"))
        #expect(try folder.status("root/usr/bin/sh").permissions == 0o755, "set-user-ID is dropped")
    }

    @Test func configurationFilesWaitForDpkg() throws {
        _ = try unpack([shell])
        #expect(try workshop.folder.text("root/etc/shell.conf.dpkg-new") == "settings")
        #expect(try !workshop.folder.exists("root/etc/shell.conf"))
        let status = try workshop.folder.text("root/var/lib/dpkg/status")
        #expect(status.contains("Status: install ok unpacked\n"))
        #expect(status.hasSuffix("Conffiles:\n /etc/shell.conf newconffile\n\n"))
    }

    @Test func databaseNamesFilesAsThePackageDoes() throws {
        _ = try unpack([shell])
        let base = "root/var/lib/dpkg/"
        let list = try workshop.folder.text(base + "info/shell:amd64.list")
        #expect(list.hasPrefix("/.\n/bin\n/bin/sh\n/etc\n/etc/shell.conf\n/lib\n"))
        #expect(list.hasSuffix("/lib64\n/bin/rsh\n/bin/again\n/lib32\n/lib32/old.so\n"))
        #expect(try workshop.folder.text(base + "triggers/File") == "/usr/lib shell:amd64/noawait\n")
        #expect(try workshop.folder.status(base + "info/shell:amd64.preinst").permissions == 0o755)
    }

    @Test func twoPackagesWithTheSameFile() throws {
        let other = HandmadePackage(name: "other", data: [.directory("./usr/bin/"), .file("./usr/bin/sh", "another")])
        let error = #expect(throws: BelljarError.self) { try unpack([shell, other]) }
        #expect(error?.code == .integrity)
        #expect(error?.description.contains("usr/bin/sh") == true || error?.description.contains("bin/sh") == true)
    }

    @Test(arguments: [10, 100, 700, 2000]) func packageThatIsCutOff(_ kept: Int) throws {
        var locked = shell.locked
        let bytes = Array(shell.bytes.prefix(kept))
        #expect(bytes.count == kept)
        locked.sha256 = try workshop.store.write(bytes)
        let error = #expect(throws: BelljarError.self) { try unpack([locked]) }
        #expect(error?.code == .integrity)
        #expect(error?.subject.contains("shell 1.0-1") == true)
    }

    /// Formats without checksums do not tell: the package is hashed before it is read.
    @Test func packageWithAFlippedByte() throws {
        let locked = try shell.put(into: workshop.store)
        let digest = locked.sha256
        let blob = "\(workshop.store.path)/blobs/\(digest.hex.prefix(2))/\(digest.hex)"
        var bytes = try Descriptor.workingDirectory.open(blob).readAll(limit: 1 << 20)
        let start = try #require(bytes.firstRange(of: Array("library".utf8))?.lowerBound)
        bytes[start] ^= 1
        try Descriptor.workingDirectory.open(blob, .write).writeAll(bytes)
        // Positive control: unpacking alone takes it.
        _ = try unpack([locked])
        #expect(try workshop.folder.text("root/usr/lib/x86_64-linux-gnu/libc.so.6") == "mibrary")
        let toolchains = workshop.toolchains(mirrors: Mirrors(bases: ["debian": ["http://127.0.0.1:1/"]]))
        let error = #expect(throws: BelljarError.self) { try toolchains.builder.shipped(by: [locked], name: "tiny") }
        #expect(error?.code == .unavailable, "\(String(describing: error))")
        #expect(try !workshop.store.contains(digest))
        #expect(
            try Descriptor.workingDirectory.open("\(workshop.store.path)/quarantine", .directory).entries().count == 1)
        _ = try shell.put(into: workshop.store)
        #expect(throws: Never.self) { try toolchains.builder.shipped(by: [locked], name: "tiny") }
    }

    @Test func packageThatIsAnother() throws {
        var locked = try shell.put(into: workshop.store)
        locked.version = "2.0-1"
        let error = #expect(throws: BelljarError.self) { try unpack([locked]) }
        #expect(error?.code == .integrity)
        #expect(error?.answer.contains("shell 1.0-1 amd64") == true)
    }

    @Test func packageThatClimbsOut() throws {
        try workshop.folder.write("canary", "canary")
        let hostile = [
            HandmadePackage(name: "dots", data: [.file("./../canary", "overwritten")]),
            HandmadePackage(name: "absolute", data: [.file("/tmp/belljar-canary", "written")]),
            HandmadePackage(
                name: "through", data: [.link("./usr/out", to: workshop.folder.path), .file("./usr/out/canary", "x")]),
            HandmadePackage(
                name: "merged", data: [.link("./usr/lib/x", to: "../../../"), .file("./lib/x/canary", "overwritten")]),
        ]
        for package in hostile {
            let error = #expect(throws: BelljarError.self) { try unpack([package]) }
            #expect(error?.code == .integrity, "\(package.name)")
            #expect(try workshop.folder.text("canary") == "canary")
            try Descriptor.workingDirectory.removeTree(root)
            try workshop.folder.makeDirectory("root")
        }
        #expect(try Descriptor.workingDirectory.statusIfPresent(of: "/tmp/belljar-canary") == nil)
    }

    @Test func firstErrorEndsTheOthers() throws {
        let many = (0..<20).map { HandmadePackage(name: "p\($0)", data: [.file("./usr/same", "\($0)")]) }
        #expect(throws: BelljarError.self) { try unpack(many) }
    }
}
