import BelljarModel
import Testing

@testable import BelljarToolchain

/// Which of this machine's packages files are from. Compiling belljar needs make, and a shell is on every machine.
@Suite struct HostPackagesTests {
    @Test func aProgramIsOfItsPackage() throws {
        #expect(try HostPackages(of: ["/usr/bin/make"]).wanted == ["make"])
        // By the path that the package does not name.
        #expect(try HostPackages(of: ["/bin/make"]).wanted == ["make"])
        #expect(try HostPackages(of: ["/usr/bin/../bin/./make"]).wanted == ["make"])
    }

    @Test func whatEveryToolchainHasIsNotAskedFor() throws {
        let found = try HostPackages(of: ["/bin/sh", "/usr/bin/env", "/lib/x86_64-linux-gnu/libc.so.6"])
        #expect(found.wanted.isEmpty && found.foreign.isEmpty)
    }

    /// `/usr/bin/cc` is made by update-alternatives, and leads to gcc by way of `/etc/alternatives`. gcc depends on the package that
    /// has the compiler itself.
    @Test func linksLeadToPackages() throws {
        let found = try HostPackages(of: ["/usr/bin/cc"])
        #expect(found.wanted == ["gcc"] && found.foreign.isEmpty)
        #expect(try HostPackages(of: ["/usr/bin/cc", "/usr/bin/make"]).wanted == ["gcc", "make"])
    }

    @Test func whatNoPackageHasIsNamed() throws {
        let own = CommandLine.arguments[0].hasPrefix("/") ? CommandLine.arguments[0] : "/opt/no-package/x"
        let found = try HostPackages(of: [
            own, "/etc/ld.so.cache", "/usr/share/locale/locale.alias", "/usr/lib/python3/__pycache__/a.pyc",
        ])
        #expect(found.foreign == [own] && found.wanted.isEmpty)
    }

    @Test(arguments: [
        ("libc6 (>= 2.34), perl:any | perl6, x", [["libc6"], ["perl", "perl6"], ["x"]]), ("", []),
        ("a [amd64],\n b (= 1)", [["a"], ["b"]]),
    ])
    func dependencies(text: String, names: [[String]]) { #expect(HostPackages.names(in: text) == names) }
}
