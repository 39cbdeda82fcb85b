import BelljarModel
import Testing

@testable import BelljarBuild

@Suite struct FailureHintTests {
    private func remedy(_ log: String...) -> String? { FailureHint(toolchain: "c").remedy(log) }

    @Test(arguments: [
        ("curl: (6) Could not resolve host: example.org", "builds have no network"),
        ("go: example.org/x@v1: dial tcp: lookup example.org: no such host", "builds have no network"),
        ("wget: bad address 'example.org'", "builds have no network"),
        ("c++: terminate called after throwing an instance of 'std::bad_alloc'", "The recipe has no limit of memory."),
        ("cc1: out of memory allocating 65536 bytes", "`ulimit`"),
        ("/bin/sh: 3: PREFIX: parameter not set", "`environment: {PREFIX: ...}`"),
        ("/bin/sh: line 3: PREFIX: unbound variable", "`environment: {PREFIX: ...}`"),
        ("install: cannot create directory '/usr/local/bin': Read-only file system", "DESTDIR=\"$OUT\""),
        (
            "/bin/sh: 2: xz: not found",
            "`belljar toolchain add c PACKAGE`, with the package that has it (`dpkg -S \"$(command -v xz)\"`"
        ),
        ("bash: line 3: cmake: command not found", "no program cmake:"),
        ("make: bison: No such file or directory", "no program bison:"),
        ("x.c:1:10: fatal error: zlib.h: No such file or directory", "no header zlib.h:"),
        ("/usr/bin/ld: cannot find -lz: No such file or directory", "no library libz:"),
        ("ModuleNotFoundError: No module named 'yaml'", "mostly python3-yaml"),
        (
            "Can't locate YAML/Tiny.pm in @INC (you may need to install the YAML::Tiny module)",
            "mostly libyaml-tiny-perl"
        ),
        ("No package 'zlib' found", "no zlib.pc:"),
        ("Package 'zlib', required by 'virtual:world', not found", "no zlib.pc:"),
    ])
    func whatProgramsSay(line: String, part: String) {
        #expect(
            remedy("before", line, "make: *** [Makefile:3: all] Error 1")?.contains(part) == true,
            "\(remedy(line) ?? "")")
    }

    @Test func toAnArchiveNothingCanBeAdded() {
        let hint = FailureHint(toolchain: "c", isArchive: true).remedy(["/bin/sh: 2: xz: not found"])
        #expect(hint?.contains("toolchain add") == false && hint?.contains("`inputs`") == true, "\(hint ?? "")")
    }

    @Test func theLimitOfMemoryIsNamed() {
        var limits = ResourceLimits.standard
        limits.memoryBytes = 64 << 20
        let hint = FailureHint(toolchain: "c", limits: limits).remedy(["MemoryError"])
        #expect(hint?.contains("`limits: {memory: 64MiB}`") == true, "\(hint ?? "")")
    }

    @Test func nothingIsMadeUp() {
        #expect(remedy("make: *** [Makefile:3: all] Error 1") == nil)
        #expect(remedy("test 3: not found") == nil)
        #expect(remedy("a: $(reboot): not found") == nil)
        #expect(remedy() == nil)
    }

    /// Of a missing header and a program that was looked for before, the header ended it.
    @Test func theTellingGoesBeforeTheVague() {
        let log = [
            "configure: line 3: foo: command not found", "x.c:1:10: fatal error: a.h: No such file or directory",
        ]
        #expect(FailureHint(toolchain: "c").remedy(log)?.contains("header a.h") == true)
    }

    @Test(arguments: [
        "make: *** No targets specified and no makefile found.  Stop.", "cc: error: x.c: No such file or directory",
        "/bin/sh: 2: ./configure: not found", "sh: can't open 'build.sh'",
    ]) func nothingOfTheProjectIsThere(line: String) {
        let hint = FailureHint(toolchain: "c", hasSources: false).remedy([line])
        #expect(hint?.contains("`sources: [{local: /}]`") == true, "\(hint ?? "")")
        #expect(remedy(line) == nil)
        // What is known better goes first.
        let program = FailureHint(toolchain: "c", hasSources: false).remedy(["/bin/sh: 2: xz: not found"])
        #expect(program?.contains("program xz") == true)
    }
}
