import BelljarControls
import BelljarModel
import BelljarPlan
import Testing

@testable import BelljarSandbox

/// What programs read from the kernel's files of random numbers.
@Suite(.enabled(if: SandboxFixture.busybox != nil)) struct RandomDeviceTests {
    let fixture: SandboxFixture

    init() throws { fixture = try SandboxFixture() }

    private func lines(_ script: String, seed: UInt8 = 0, cpus: UInt32 = 2) throws -> [Substring] {
        let world = World(epoch: 0, seed: [UInt8](repeating: seed, count: World.seedSize), cpus: cpus)
        let result = try fixture.run([fixture.script(script)], world: world)
        #expect(result.status == .ok, "\(result.errors)")
        return result.output.split(separator: "\n")
    }

    /// Each line once, and the same lines again.
    private func differs(_ script: String, count: Int) throws {
        let found = try lines(script)
        #expect(found.count == count)
        #expect(Set(found).count == count, "\(found)")
        #expect(try lines(script) == found)
    }

    private static let twice = """
        exec 3< /dev/urandom 4< /dev/urandom
        for i in 3 4; do head -c 16 <&$i | od -An -tx1; head -c 16 <&$i | od -An -tx1; done
        """

    @Test func everyOpeningReadsOnAndRepeats() throws {
        let first = try lines(Self.twice)
        try differs(Self.twice, count: 4)
        #expect(Set(try lines(Self.twice, seed: 1)).isDisjoint(with: first))
    }

    /// Or `uuidgen` in a loop would print one number for ever.
    @Test(arguments: [
        "for d in /tmp /build /tmp; do cd $d; /bin/head -c 16 /dev/urandom | od -An -tx1; done",
        "for i in 1 2 3; do (head -c 16 /dev/urandom | od -An -tx1); done",
        "for i in 1 2 3; do echo $(head -c 16 < /dev/urandom | od -An -tx1); done",
        "for i in 1 2 3; do (read a < /proc/sys/kernel/random/uuid; echo $a); done",
        "read_one() { read a < /proc/sys/kernel/random/uuid; echo $a; }; (read_one; (read_one)); (read_one)",
        "for i in 1 2 3; do sh -c 'cat /proc/sys/kernel/random/uuid'; done",
    ])
    func equalCommandsAreToldApart(_ script: String) throws { try differs(script, count: 3) }

    /// A program may begin where the kernel has no path for it, as coreutils' test of pwd does.
    @Test func aDirectoryMayBeTooDeepToBeNamed() throws {
        let script = """
            i=0; name=$(printf %0200d 0)
            while [ $i -lt 25 ]; do mkdir $name && cd -P $name 2> /dev/null; i=$((i + 1)); done
            readlink /proc/self/cwd || echo too deep
            for i in 1 2 3; do /bin/head -c 16 /dev/urandom | od -An -tx1; done
            """
        try differs(script, count: 4)
        #expect(try lines(script).first == "too deep")
    }

    /// Two steps, too.
    @Test func equalStepsAreToldApart() throws {
        let world = World(epoch: 0, cpus: 1)
        let step = fixture.script("cat /proc/sys/kernel/random/uuid")
        let outputs = try (0..<2).map { _ in try fixture.run([step, step], world: world).output }
        #expect(Set(outputs[0].split(separator: "\n")).count == 2)
        #expect(outputs[0] == outputs[1])
    }

    /// Children in any order: the first one asks last, and others of its age die unheard or never ask. What they wait by is in the
    /// environment, which no stream follows from.
    @Test func childrenAskInAnyOrder() throws {
        let script = """
            ask() { read a < /proc/sys/kernel/random/uuid; echo $a > $1; }
            (eval "$WAIT"; ask first) & (:) & (ask second) & (eval "$LATER"; ask third) & (exit 1) | (ask fourth) &
            wait
            (head -c 16 /dev/urandom > a; eval "$WAIT") | head -c 16 /dev/urandom > b
            cat first second third fourth; od -An -tx1 a; od -An -tx1 b
            """
        let busy = "i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done"
        let world = World(epoch: 0, cpus: 2)
        let outputs = try [(":", ":"), ("sleep 0.3", "sleep 0.1"), (":", "sleep 0.2"), (busy, ":")].map {
            first, later in
            var command = fixture.script(script)
            command.environment = (command.environment + ["WAIT=\(first)", "LATER=\(later)"]).sorted()
            let result = try fixture.run([command], world: world)
            #expect(result.status == .ok, "\(result.errors)")
            return result.output
        }
        #expect(Set(outputs).count == 1, "\(outputs)")
        #expect(Set(outputs[0].split(separator: "\n")).count == 6)
    }

    /// An idiom that makes folders of its own until there is a new one.
    @Test func aNameThatIsTakenIsNotTriedForever() throws {
        let script = """
            name() { head -c 4 /dev/urandom | od -An -tx4 | tr -d ' '; }
            for i in 1 2 3; do until mkdir d.$(name) 2> /dev/null; do :; done; done
            ls -d d.*
            """
        try differs(script, count: 3)
    }

    @Test func identifiersHaveTheirForm() throws {
        let script = """
            f=/proc/sys/kernel/random/uuid
            read a < $f; read b < $f; echo $a; echo $b; wc -c $f
            """
        let found = try lines(script)
        try #require(found.count == 3)
        #expect(found[0] != found[1])
        let form = #/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/#
        for identifier in found[..<2] { #expect(identifier.wholeMatch(of: form) != nil, "\(identifier)") }
        #expect(found[2].hasPrefix("37 "))
        #expect(try lines(script) == found)
    }

    /// As much as anybody wants, in pieces as large as they are asked for, and the same bytes however they are read.
    @Test func theyHaveNoEnd() throws {
        let script = """
            dd if=/dev/urandom of=a bs=1M count=5 2> /dev/null; wc -c < a
            exec 3< /dev/urandom; dd bs=3000000 count=1 <&3 2> /dev/null | wc -c
            cmp=$(head -c 300000 < /dev/urandom | od | tail -n 1); echo $cmp
            yes | head -c 100 > /dev/null; head -c 3000000 /dev/random | wc -c
            """
        #expect(try lines(script) == ["5242880", "3000000", "1111740", "3000000"])
    }

    /// What is written to them goes nowhere.
    @Test func theyTakeWhatIsWritten() throws {
        let script = """
            echo x > /dev/urandom; echo x >> /dev/random; : > /dev/urandom
            exec 3<> /dev/urandom; head -c 1000000 /dev/zero >&3; head -c 16 <&3 | od -An -tx1
            exec 4< /dev/urandom; ! (echo x >&4) 2> /dev/null; echo kept
            """
        let found = try lines(script)
        #expect(found.count == 2 && found.last == "kept")
        #expect(try lines(script) == found)
    }

    /// Also what is opened for writing as well goes on without an end, though only in pieces.
    @Test func thoseThatTakeInputHaveNoEnd() throws {
        let script = """
            exec 3<> /dev/urandom; head -c 3000000 <&3 | wc -c
            exec 4<> /dev/random; head -c 3000000 /dev/zero >&4; dd bs=1000000 count=1 <&4 2> /dev/null | wc -c
            head -c 8 <&3 | od -An -tx1; head -c 8 <&3 | od -An -tx1
            """
        let found = try lines(script)
        #expect(found.prefix(2) == ["3000000", "16384"] && Set(found).count == 4, "\(found)")
        #expect(try lines(script) == found)
    }

    /// The time since the start is the same by all of them.
    @Test func filesOfProcessesHaveManyNames() throws {
        let script = """
            cd /proc; for f in uptime ./uptime /proc/uptime /proc/self/../uptime; do cut -d . -f 1 $f; sleep 7; done
            cd sysvipc; wc -l < shm; wc -l < /proc/sysvipc/shm
            """
        let found = try lines(script).compactMap { Int($0) }
        try #require(found.count == 6, "\(found)")
        for index in 1..<4 { #expect(found[index] >= found[index - 1] + 7, "\(found)") }
        #expect(found[4] == found[5])
    }

    @Test func theyLookLikeDevices() throws {
        let script = """
            for d in random urandom; do
                test -c /dev/$d; stat -c '%F %a %t:%T %s %i' /dev/$d; exec 3< /dev/$d; stat -L -c '%F %a %t:%T %s %i' /dev/fd/3
            done
            """
        let found = try lines(script)
        try #require(found.count == 4)
        #expect(found[0].hasPrefix("character special file 666 1:8 0 ") && found[0] == found[1])
        #expect(found[2].hasPrefix("character special file 666 1:9 0 ") && found[2] == found[3])
    }

    /// PID 1 keeps a descriptor for each.
    @Test func thousandsOfOpeningsLeaveNothing() throws {
        let script = """
            i=0; while [ $i -lt 5000 ]; do read -r -n 1 a < /dev/urandom || true; i=$((i + 1)); done; echo done
            """
        #expect(try lines(script) == ["done"])
    }

    /// The limit that carries what children are told apart by is none to who asks.
    @Test func theMarkIsNotSeen() throws {
        let found = try lines("(:); ulimit -a").filter { $0.hasPrefix("file locks ") }
        #expect(found.count == 1 && found.allSatisfy { $0.contains("unlimited") }, "\(found)")
    }
}
