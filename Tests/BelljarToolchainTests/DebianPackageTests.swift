import BelljarKernel
import BelljarModel
import TestSupport
import Testing

@testable import BelljarToolchain

@Suite struct DebianPackageTests {
    private func package(_ control: String, _ members: [String: String] = [:]) throws -> DebianPackage {
        var all = members.mapValues { Array($0.utf8) }
        all["control"] = Array(control.utf8)
        return try DebianPackage(members: all, file: "a.deb")
    }

    private let plain = "Package: one\nVersion: 1:2-3\nArchitecture: amd64\n"

    @Test func controlMembers() throws {
        let one = try package(
            plain + "Multi-Arch: same\n",
            [
                "conffiles": "/etc/one.conf\n\n/etc/two\nremove-on-upgrade /etc/gone\n", "postinst": "#!/bin/sh\n",
                "triggers": "# words\ninterest /usr/share/x\ninterest-noawait named\nactivate ldconfig\n",
            ])
        #expect((one.name, one.version, one.architecture) == ("one", "1:2-3", "amd64"))
        #expect(one.databaseName == "one:amd64")
        #expect(one.conffiles == ["/etc/one.conf", "/etc/two"])
        #expect(one.interests.map(\.trigger) == ["/usr/share/x", "named"])
        #expect(one.interests.map(\.isWaitedFor) == [true, false])
        #expect(!one.hasPreinst)
        #expect(one.members.filter(\.isScript).map(\.name) == ["postinst"])
    }

    @Test func foreignPackagesHaveNoArchitectureInTheDatabase() throws {
        #expect(try package(plain + "Multi-Arch: foreign\n").databaseName == "one")
        #expect(try package(plain).databaseName == "one")
    }

    @Test(arguments: [
        "", "Package: one\nVersion: 1\n", "Package: ../one\nVersion: 1\nArchitecture: all\n",
        "Package: \nVersion: 1\nArchitecture: all\n", "Package: a\nVersion: 1\nArchitecture: all\n\nPackage: b\n",
    ])
    func controlThatIsNone(_ control: String) {
        let error = #expect(throws: BelljarError.self) { try package(control) }
        #expect(error?.code == .integrity)
        #expect(error?.subject.hasPrefix("a.deb") == true)
    }

    // MARK: The database

    private func database() throws -> DpkgDatabase {
        let one = try package(
            plain + "Multi-Arch: same\nDescription: first\n more\n",
            [
                "conffiles": "/etc/one.conf\n", "triggers": "interest-noawait /usr/lib\ninterest ldconfig\n",
                "preinst": "#!x",
            ])
        let all = try package(
            "Package: all\nStatus: deinstall ok config-files\nVersion: 1\nArchitecture: all\n",
            ["triggers": "interest /etc/x\ninterest-noawait ldconfig\n", "md5sums": "00  usr/x\n"])
        return DpkgDatabase(
            architecture: "amd64",
            packages: [
                .init(package: one, paths: ["/etc", "/etc/one.conf"]), .init(package: all, paths: ["/lib", "/lib/x"]),
            ])
    }

    @Test func statusIsThatOfUnpackedPackages() throws {
        #expect(
            try database().status == """
                Package: all
                Status: install ok unpacked
                Version: 1
                Architecture: all

                Package: one
                Status: install ok unpacked
                Version: 1:2-3
                Architecture: amd64
                Multi-Arch: same
                Description: first
                 more
                Conffiles:
                 /etc/one.conf newconffile


                """)
    }

    @Test func triggers() throws {
        let database = try database()
        #expect(database.fileTriggers == "/etc/x all\n/usr/lib one:amd64/noawait\n")
        #expect(database.namedTriggers == ["ldconfig": "all/noawait\none:amd64\n"])
    }

    @Test func databaseOnDisk() throws {
        let folder = try TestFolder()
        try database().write(to: folder.open())
        let base = "var/lib/dpkg/"
        #expect(try folder.text(base + "status") == (try database().status))
        #expect(try folder.text(base + "arch") == "amd64\n")
        #expect(try folder.text(base + "info/format") == "1\n")
        #expect(try folder.text(base + "info/one:amd64.list") == "/.\n/etc\n/etc/one.conf\n")
        #expect(try folder.text(base + "info/all.md5sums") == "00  usr/x\n")
        #expect(try folder.text(base + "triggers/File").hasPrefix("/etc/x all\n"))
        #expect(try folder.text(base + "triggers/ldconfig") == "all/noawait\none:amd64\n")
        #expect(try folder.status(base + "info/one:amd64.preinst").permissions == 0o755)
        #expect(try folder.status(base + "info/one:amd64.conffiles").permissions == 0o644)
        #expect(try folder.names(base + "info").contains("all.control") == false)
    }

    @Test func databaseIsNotWrittenThroughLinks() throws {
        let folder = try TestFolder()
        try folder.makeDirectory("elsewhere")
        try folder.makeDirectory("root")
        try folder.makeLink("root/var", to: "../elsewhere")
        let error = #expect(throws: BelljarError.self) {
            try database().write(to: Descriptor.workingDirectory.open(folder.path + "/root", .directory))
        }
        #expect(error?.code == .host)
        #expect(try folder.names("elsewhere").isEmpty)
    }
}
