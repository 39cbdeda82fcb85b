import BelljarKernel
import TestSupport
import Testing

@testable import BelljarToolchain

/// What is known of a missing essential package. The lines are what dpkg and scripts of Debian 12 said in images that really
/// lacked it.
@Suite struct MissingPackageTests {
    @Test(arguments: [
        (["/var/lib/dpkg/info/libc6:amd64.preinst: 31: sed: not found"], ["sed"]),
        (["/var/lib/dpkg/info/base-passwd.preinst: 6: cat: not found"], ["coreutils"]),
        (["/usr/bin/c_rehash: line 7: find: command not found"], ["findutils"]),
        (["Setting up base-files (12.4+deb12u15) ...", "chown: invalid user: ‘root:root’"], ["base-passwd"]),
        (
            [
                "dpkg: warning: 'diff' not found in PATH or not executable",
                "dpkg: warning: 'ldconfig' not found in PATH or not executable",
                "dpkg: error: 2 expected programs not found in PATH or not executable",
            ], ["diffutils", "libc-bin"]
        ),
        (["a: 1: sed: not found", "a: 2: sed: not found"], ["sed"]),
        // Nothing is known of others, and what is there is not missing.
        (["a.postinst: 3: frobnicate: not found"], []), (["a.postinst: 3: tar: not found"], []),
        (["the file was not found", "sed: cannot read x", ""], []),
    ]) func fromTheLog(log: [String], packages: [String]) {
        #expect(MissingPackage(root: "/nonexistent", present: ["tar"]).named(in: log) == packages)
    }

    /// `/var/lib/dpkg/info/debconf.postinst: 17: exec: /usr/share/debconf/frontend: not found`, which is there, and Perl is not.
    @Test func fromTheInterpreterOfAScript() throws {
        let folder = try TestFolder()
        let missing = MissingPackage(root: folder.path, present: [])
        let log = ["x.postinst: 17: exec: /usr/share/debconf/frontend: not found"]
        #expect(missing.named(in: log) == [])
        try folder.write("usr/share/debconf/frontend", "#!/usr/bin/perl -w\n# comment\n", mode: 0o755)
        #expect(missing.named(in: log) == ["perl-base"])
        #expect(missing.needed(by: "/usr/share/debconf/frontend") == ["perl-base"])
        #expect(missing.needed(by: "/usr/bin/dpkg") == ["dpkg"])
        #expect(missing.needed(by: "/usr/share/debconf/other") == [])
        // Never through a link of the image, which may lead anywhere.
        try Descriptor.makeDirectories(folder.path + "/usr/share/debconf")
            .makeSymlink("door", target: "/usr/share/debconf/frontend")
        #expect(missing.needed(by: "/usr/share/debconf/door") == [])
    }
}
