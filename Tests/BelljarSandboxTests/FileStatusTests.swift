import BelljarControls
import BelljarKernel
import BelljarModel
import FoundationEssentials
import Testing

@testable import BelljarSandbox

/// What `stat` shows in a world of its own, next to what it shows without one.
@Suite(.enabled(if: SandboxFixture.busybox != nil)) struct FileStatusTests {
    let fixture: SandboxFixture

    init() throws { fixture = try SandboxFixture() }

    static let world = World(epoch: 1_700_000_000, cpus: 2)

    private func output(_ script: String, _ world: World = Self.world, layers: [String] = []) throws -> String {
        let result = try fixture.run([fixture.script(script)], buildLayers: layers, world: world)
        #expect(result.status == .ok, "\(result.errors)")
        return result.output
    }

    /// Sources of which two are one file in the store, with the store's times.
    private func sources(_ name: String, reversed: Bool = false) throws -> String {
        let folder = "\(name)/sub"
        try fixture.makeDirectory(folder)
        for file in reversed ? ["c", "a"] : ["a", "c"] {
            try fixture.write("\(folder)/\(file)", "content of \(file)\n")
        }
        let root = fixture.folder + "/\(name)"
        try FileManager.default.linkItem(atPath: root + "/sub/a", toPath: root + "/sub/b")
        let incoming = FileTime(seconds: World.incomingSeconds)
        for path in ["/sub/a", "/sub/c", "/sub", ""] {
            try Descriptor.workingDirectory.setTimes(of: root + path, incoming)
        }
        return root
    }

    private static let fields = "-c '%n %d %i %h %s %b %B %X %Y %Z %f %u %g'"

    @Test func twoHostsShowTheSame() throws {
        let script = """
            cd /build; mkdir d; echo 1 > d/x; ln d/x y; ln -s x d/l; mkfifo p; touch /tmp/t /out/o /dev/shm/s
            stat \(Self.fields) / /bin /bin/sh /bin/busybox /build sub sub/* d d/* y p /tmp /tmp/t /out /out/o /dev /dev/null \
                /dev/shm/s /proc /proc/cpuinfo /proc/self/status /inputs
            stat -L \(Self.fields) /dev/stdin /proc/self/fd/1 /dev/stderr
            ls -lain --full-time / /build /tmp
            """
        let first = try output(script, layers: [try sources("one")])
        _ = try fixture.write("filler", "so that the next inodes are others\n")
        #expect(first == (try output(script, layers: [try sources("two", reversed: true)])))
        #expect(
            try output(script, .real, layers: [fixture.folder + "/one"])
                != output(script, .real, layers: [fixture.folder + "/two"]))
    }

    /// Two pipes are two files by their paths too, as `diff <(a) <(b)` looks at them, and one under two numbers is one.
    @Test func pipesAreToldApartByPath() throws {
        let script = """
            compare() { if test "$1" -ef "$2"; then echo same; else echo different; fi; }
            true | { exec 5<&0; true | { exec 6<&0; exec 7<&6
            compare /dev/fd/6 /dev/fd/5; compare /proc/self/fd/5 /dev/fd/6; compare /dev/fd/7 /dev/fd/6; compare /dev/fd/0 /dev/fd/6
            }; }
            """
        let expected = "different\ndifferent\nsame\nsame\n"
        #expect(try output(script) == expected)
        #expect(try output(script, .real) == expected)
    }

    /// Equal files share an inode in the store, and are different files for the build, because they are copies of it.
    @Test func equalFilesAreDifferentFiles() throws {
        let script = """
            test sub/a -ef sub/b && echo same || echo different
            stat -c %h sub/a sub/b
            """
        #expect(try output(script, layers: [try sources("one")]) == "different\n1\n1\n")
        #expect(try output(script, .real, layers: [fixture.folder + "/one"]) == "different\n1\n1\n")
    }

    /// Whatever way leads to a file, it is the same file; a file that is not there is missing on every way.
    @Test func allWaysLeadToTheSameFile() throws {
        let script = """
            cd /build; mkdir -p d/e; echo 1 > d/file; ln -s d link; ln -s /build/d/file absolute
            ln -s /proc/self/cwd/d/file through
            printf 'x' > "d/$(printf 'n\\377')"
            for path in d/file ./d/../d/file link/file absolute through /build/d//file /proc/self/cwd/d/file \\
                /build/link/e/../file; do
                stat -L -c %i:%d:%s "$path"
            done | sort -u | wc -l
            exec 4< d/file; ln -s /proc/self/fd/4 way; ln -s /dev/fd/4 other
            for path in /proc/self/fd/4 /dev/fd/4 way other /build/way; do stat -L -c %i:%d:%s $path; done | sort -u | wc -l
            test way -ef d/file && test /dev/fd/4 -ef d/file && echo open
            stat -c %s d/n*
            for path in nothing d/file/ through/ through/. way/ d/nothing/x way/x /proc/self/fd/77 "" link/../nothing; do
                ! stat -L "$path" 2>&1 | grep -v ' File: '
            done
            true
            """
        let expected = """
            1
            1
            open
            1
            stat: can't stat 'nothing': No such file or directory
            stat: can't stat 'd/file/': Not a directory
            stat: can't stat 'through/': Not a directory
            stat: can't stat 'through/.': Not a directory
            stat: can't stat 'way/': Not a directory
            stat: can't stat 'd/nothing/x': No such file or directory
            stat: can't stat 'way/x': Not a directory
            stat: can't stat '/proc/self/fd/77': No such file or directory
            stat: can't stat '': No such file or directory
            stat: can't stat 'link/../nothing': No such file or directory

            """
        #expect(try output(script) == expected)
        #expect(try output(script, .real) == expected)
    }

    /// `/proc/self` names who asks, also behind links that PID 1 follows in the caller's place.
    @Test func linksThroughProcNameTheCaller() throws {
        let script = """
            ln -s /proc/self/status own; ln -s ../proc/mounts /tmp/mtab
            stat -L -c %i own /proc/self/status /proc/$$/status > /dev/null
            sh -c 'stat -c %n /proc/self/fd/9' 2>/dev/null || echo missing
            sh -c 'exec 9</bin/sh; ln -s /proc/self/fd/9 nine; exec stat -L -c %s nine' > out
            test "$(cat out)" = "$(stat -L -c %s /bin/sh)" && echo right
            stat -L -c %F /tmp/mtab
            """
        #expect(try output(script) == "missing\nright\nregular empty file\n")
    }

    @Test func eachControlCanBeReal() throws {
        var states = ControlStates.standard
        states[.stat] = .real
        let world = World(states: states, epoch: 1_700_000_000, cpus: 2)
        #expect(
            try output("stat -c %Y sub/a", world, layers: [try sources("one")])
                == "1700000000\n")
        states = .standard
        states[.mtimes] = .real
        let other = World(states: states, epoch: 1_700_000_000, cpus: 2)
        let script = "test sub/a -ef sub/b || stat -c %Y sub/a"
        #expect(try output(script, other, layers: [fixture.folder + "/one"]) == "\(World.incomingSeconds)\n")
    }
}
