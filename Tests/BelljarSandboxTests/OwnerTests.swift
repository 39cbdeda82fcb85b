import BelljarControls
import BelljarModel
import Testing

@testable import BelljarSandbox

/// A build that believes to be root, as fakeroot(1) makes it believe.
@Suite(.enabled(if: SandboxFixture.busybox != nil)) struct OwnerTests {
    private static let script = """
        cd /build; echo 1 > a; mkdir d; ln -s a l; mknod null c 1 3; mknod disk b 8 1; mknod pipe p
        chown 12:34 a; chown -h 5:6 l; chown 7 d; chmod 4755 a; mv a b; ln b c; chown :9 c; cp -p b e; chmod 4755 b
        stat -c '%n %u:%g %a %F' b c d l e null pipe /bin/sh /proc/cpuinfo
        stat -c '%n %t:%T' null disk
        tar cf t.tar .; mkdir x; tar xf t.tar -C x; stat -c '%n %u:%g %F' x/b x/d x/null
        ! chown 1 /bin/sh 2>/dev/null; ! chown 1 nothing 2>/dev/null; rm b c; echo 2 > b; stat -c %u:%g b; id -u
        """

    @Test func changesOfOwnerAreRemembered() throws {
        let fixture = try SandboxFixture()
        var states = ControlStates.standard
        states[.owners] = .fake
        let world = World(states: states, epoch: 1_700_000_000, cpus: 2)
        let result = try fixture.run([fixture.script(Self.script)], identity: .fakeRoot, world: world)
        #expect(result.status == .ok, "\(result.errors)")
        let expected = """
            b 12:9 4755 regular file
            c 12:9 4755 regular file
            d 7:0 755 directory
            l 5:6 777 symbolic link
            e 12:9 755 regular file
            null 0:0 644 character special file
            pipe 0:0 644 fifo
            /bin/sh 0:0 777 symbolic link
            /proc/cpuinfo 0:0 444 regular file
            null 1:3
            disk 8:1
            x/b 12:9 regular file
            x/d 7:0 directory
            x/null 0:0 character special file
            0:0
            0

            """
        #expect(result.output == expected)
    }

    /// A directory that nobody may search has an owner like others, and keeps it when it could not be removed; and what
    /// takes the place of what is gone is root's. All of that whatever is done with times.
    @Test(arguments: [ControlState.ordinal, .flat, .real]) func ownersFollowNames(times: ControlState) throws {
        let script = """
            for place in /build /tmp; do cd $place
            mkdir shut full; chmod 600 shut; chown 5:6 shut full; echo 1 > full/file; ! rmdir full 2>/dev/null
            echo 1 > a; chown 7:8 a; ln a b; rm a; mkdir gone; chown 9 gone; rmdir gone; mkdir gone
            echo 1 > c; echo 1 > d; chown 3:3 c; chown 4:4 d; mv c d; echo 1 > e; chown 2 e; rm e; echo 1 > e
            chmod 555 full; chown 1 full/file; ! rm -f full/file 2>/dev/null
            stat -c '%n %u:%g' shut full full/file b gone d e; done
            """
        let fixture = try SandboxFixture()
        var states = ControlStates.standard
        (states[.owners], states[.mtimes]) = (.fake, times)
        let world = World(states: states, epoch: 1_700_000_000, cpus: 2)
        let result = try fixture.run([fixture.script(script)], identity: .fakeRoot, world: world)
        #expect(result.status == .ok, "\(result.errors)")
        let expected = "shut 5:6\nfull 5:6\nfull/file 1:0\nb 7:8\ngone 0:0\nd 3:3\ne 0:0\n"
        #expect(result.output == expected + expected)
    }

    /// What only PID 1 may follow is followed for nobody, and no device is one: the kernel would make that of a whiteout.
    @Test func nothingIsMadeThroughProcess1() throws {
        let script = """
            cd /build; mkdir d; echo 1 > own; ln -s /proc/1/root/build way
            refuse() { ! "$@" 2>/dev/null || echo "$@"; }
            refuse chown 5 way/own; refuse mknod way/node c 1 3; refuse mknod way/white c 0 0
            refuse mknod /proc/1/../../build/white c 0 0; refuse mknod /proc/1/root/build/white c 0 0
            chown 5:6 /proc/self/cwd/d /proc/self/cwd/own; mknod /proc/self/cwd/null c 1 3; mknod d//none c 0 0
            stat -c '%n %u:%g %F' d own null d/none; cat d/none; ls | paste -sd' '
            """
        let fixture = try SandboxFixture()
        var states = ControlStates.standard
        states[.owners] = .fake
        let world = World(states: states, epoch: 1_700_000_000, cpus: 2)
        let result = try fixture.run([fixture.script(script)], identity: .fakeRoot, world: world)
        #expect(result.status == .ok, "\(result.errors)")
        let expected = """
            d 5:6 directory
            own 5:6 regular file
            null 0:0 character special file
            d/none 0:0 character special file
            d null own way

            """
        #expect(result.output == expected)
    }
}
