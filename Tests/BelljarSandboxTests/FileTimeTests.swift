import BelljarControls
import BelljarKernel
import BelljarModel
import Foundation
import Testing

@testable import BelljarSandbox

/// The times of files in a world of its own: they say in which order files were changed, and nothing of when.
@Suite(.enabled(if: SandboxFixture.busybox != nil)) struct FileTimeTests {
    let fixture: SandboxFixture

    init() throws {
        fixture = try SandboxFixture()
        let compiler = try Process.run(
            URL(filePath: "/usr/bin/cc"),
            arguments: [
                "-O1", "-static", "-o", fixture.folder + "/image/bin/moments",
                URL(filePath: #filePath).deletingLastPathComponent().path + "/../Fixtures/Probes/moments.c",
            ])
        compiler.waitUntilExit()
        try #require(compiler.terminationStatus == 0)
    }

    private func output(_ script: String, _ world: World, layers: [String] = []) throws -> String {
        let result = try fixture.run([fixture.script(script)], buildLayers: layers, world: world)
        #expect(result.status == .ok, "\(result.errors)")
        return result.output
    }

    private static let standard = World(epoch: 1_700_000_000, cpus: 2)

    private static func world(_ state: ControlState) -> World {
        var states = ControlStates.standard
        states[.mtimes] = state
        return World(states: states, epoch: 1_700_000_000, cpus: 2)
    }

    private static let changes = """
        cd /build; echo 1 > a; echo 2 > b; mkdir d; echo 3 > d/c; echo 4 >> a; ln -s a link; ln a hard; mkfifo pipe
        touch b; touch -d '2020-02-03 04:05:06' old; touch -r a copy; cp -p b kept; mv d/c moved; mv moved a; rm b
        echo 5 > b; mkdir e; rmdir e; echo x > sub/c; echo y >> sub/a; truncate -s 3 hard
        tar cf t.tar d sub; mkdir x; tar xf t.tar -C x
        moments a b d d/. link hard pipe old copy kept sub sub/* x x/sub x/sub/* . /tmp /out /bin/sh /etc/passwd /proc/cpuinfo
        moments -r a d hard copy kept sub x
        """

    private func sources(_ name: String) throws -> String {
        try fixture.makeDirectory("\(name)/sub")
        let root = fixture.folder + "/\(name)"
        for file in ["a", "c"] { try fixture.write("\(name)/sub/\(file)", "content of \(file)\n") }
        try FileManager.default.linkItem(atPath: root + "/sub/a", toPath: root + "/sub/b")
        let incoming = FileTime(seconds: World.incomingSeconds)
        for path in ["/sub/a", "/sub/c", "/sub", ""] {
            try Descriptor.workingDirectory.setTimes(of: root + path, incoming)
        }
        return root
    }

    @Test(arguments: [ControlState.ordinal, .flat]) func twoBuildsShowTheSame(_ state: ControlState) throws {
        let first = try output(Self.changes, Self.world(state), layers: [try sources("one")])
        let second = try output(Self.changes, Self.world(state), layers: [try sources("two")])
        #expect(first == second)
        #expect(first.contains("old 1580702706.000000000"))
        #expect(first.contains("sub/b 1700000000.000000000"))
        let third = try output(Self.changes, Self.world(.real), layers: [try sources("three")])
        #expect(third != first, "the control shows the same times")
    }

    /// What make and its like ask, with the same answers as from the kernel where that has time to tell changes apart.
    @Test(arguments: [ControlState.ordinal, .real]) func whatIsNewerIsKnown(_ state: ControlState) throws {
        let wait = state == .real ? "sleep 0.02" : ":"
        let script = """
            newer() { moments -c $1 $2; }
            cd /build; echo > a; \(wait); echo > b; newer a b
            \(wait); echo >> a; newer a b
            \(wait); : > b; newer a b
            \(wait); touch a; newer a b
            \(wait); echo > new; \(wait); echo > c; mv new b; newer b c
            \(wait); rm c; echo > c; newer c b
            \(wait); mkdir e; newer e c; \(wait); echo > f; \(wait); echo > e/g; newer e f
            \(wait); echo > h; \(wait); rm e/g; newer e h
            \(wait); echo > i; exec 5<>h; exec 5>&-; newer h i
            \(wait); exec 5>>h; echo x >&5; newer h i; exec 5>&-
            ln h k; newer h k; \(wait); echo > l; \(wait); echo >> k; newer h l
            """
        let expected = """
            a < b
            a > b
            a < b
            a > b
            b < c
            c > b
            e > c
            e > f
            e > h
            h < i
            h > i
            h = k
            h > l

            """
        #expect(try output(script, Self.world(state)) == expected)
    }

    /// When a file is written to depends on the host, so it counts when it was opened; that it was written to is seen, and
    /// whether that was after a long wait.
    @Test func aFileIsAsNewAsItsOpening() throws {
        let script = """
            cd /build; exec 5> log; echo > a; echo x >&5; sleep 0.2; moments -c log a; moments log
            sleep 0.2; echo y >&5; echo > b; moments log b
            """
        let expected = """
            log < a
            log 1700000000.000001000
            log 1700000000.400002001
            b 1700000000.400003000

            """
        #expect(try output(script, Self.standard) == expected)
    }

    /// A step begins a second after the last one ended.
    @Test func laterStepsGoOn() throws {
        let steps = [
            fixture.script("echo > a; echo > b"),
            fixture.script("echo > c; moments a b c; ls /build; date +%s; sleep 1.5"),
            fixture.script("date +%s; echo > d; moments a d"),
        ]
        let result = try fixture.run(steps, world: Self.standard)
        #expect(result.status == .ok, "\(result.errors)")
        let expected = """
            a 1700000000.000001000
            b 1700000000.000002000
            c 1700000001.000001000
            a
            b
            c
            1700000001
            1700000003
            a 1700000000.000001000
            d 1700000003.000001000

            """
        #expect(result.output == expected)
    }

    /// A file of the store that gets a second name in the build is one file with two names.
    @Test func linksOfTheBuildAreLinks() throws {
        let script =
            "ln sub/a sub/new; test sub/a -ef sub/new && stat -c %h sub/new; test sub/b -ef sub/new || echo other"
        #expect(try output(script, Self.standard, layers: [try sources("one")]) == "2\nother\n")
    }

    /// A time that is set is shown, even if it could be that of something else.
    @Test func setTimesAreShown() throws {
        let script = """
            touch -d @\(World.incomingSeconds) a; touch -d "@$NOW" b; stat -c %Y a b
            echo >> a; stat -c %Y a; touch b; stat -c %Y b
            """
        let now = Host.realSeconds()
        let text = script.replacing("$NOW", with: "\(now)")
        #expect(try output(text, Self.standard) == "\(World.incomingSeconds)\n\(now)\n1700000000\n1700000000\n")
    }

    /// Many files at once: none is forgotten, and all of them come in order.
    @Test func manyFilesKeepTheirOrder() throws {
        let script = """
            i=0; while test $i -lt 3000; do : > f$i; i=$((i+1)); done
            moments -r * > /tmp/list; head -n 2 /tmp/list; tail -n 2 /tmp/list
            """
        #expect(try output(script, Self.standard) == "f2999\nf2998\nf1\nf0\n")
    }
}
