import BelljarKernel
import TestSupport
import Testing

@testable import BelljarSupervisor

/// What `/proc` says, in the words that programs of a build chose for their names, and in those of kernels that say less or more.
/// A reader that is off by a field answers with a number all the same.
@Suite struct ProcTextTests {
    // MARK: Where a thread is

    private func seen(_ text: String) throws -> SeenCall? {
        let place = try TestFolder()
        try place.write("syscall", text)
        return SeenCall(place.path)
    }

    private func describe(_ call: SeenCall?) -> String {
        switch call {
        case .running: "running"
        case .inside(let number, let arguments): "\(number) \(arguments)"
        case nil: "nothing"
        }
    }

    @Test(arguments: [
        ("running\n", "running"), ("running", "running"),
        (
            "0 0x3 0x7ffd 0x400 0x0 0x0 0xffffffffffffffff 0x7ffd1 0x7f2\n",
            "0 [3, 32765, 1024, 0, 0, 18446744073709551615]"
        ),
        ("449 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8\n", "449 [1, 2, 3, 4, 5, 6]"),
        // Outside of any call, and what is cut off.
        ("-1 0x7ffe1 0x7fff2\n", "nothing"), ("1 0x1 0x2 0x3 0x4 0x5\n", "nothing"), ("", "nothing"), ("\n", "nothing"),
        ("4294967296 0x1 0x2 0x3 0x4 0x5 0x6 0x7 0x8\n", "nothing"), ("runningx\n", "nothing"),
        ("0x3 0x1\n", "nothing"),
        // No number: nothing that could be taken for an argument.
        ("7 0x1 0x 0xg 0x1 0x1 0x1 0x1 0x1\n", "7 [1, 18446744073709551615, 18446744073709551615, 1, 1, 1]"),
    ])
    func callsAreReadWithTheirArguments(text: String, expected: String) throws {
        #expect(describe(try seen(text)) == expected)
    }

    @Test func whoIsGoneIsNowhere() throws {
        #expect(SeenCall("/proc/\(Int32.max)") == nil)
        #expect(ThreadTime(Int32.max) == nil)
        let place = try TestFolder()
        for name in ["12", "7", "x", "-3", "99999999999"] { try place.descriptor.makeDirectory(name) }
        #expect(ThreadCall.numbers(in: place.path, limit: 9)?.sorted() == [-3, 7, 12])
        #expect(ThreadCall.numbers(in: place.path, limit: 4) == nil, "more than are looked at")
        #expect(ThreadCall.numbers(in: place.path + "/missing", limit: 9) == nil)
    }

    /// This process sees a child of its own wait in the call that it waits in.
    @Test func aThreadIsSeenWhereItWaits() throws {
        let input = try Pipe()
        let child = try ChildProcess.spawn(
            "/bin/sh", argv: ["sh", "-c", "read x"], environment: [:], descriptors: [(input.reader.number, 0)])
        var found = "nothing"
        for _ in 0..<2000 {
            found = describe(SeenCall("/proc/\(child.pid)"))
            if found.hasPrefix("\(SeenCall.read) [0,") { break }
            pause(until: .after(milliseconds: 10))
        }
        #expect(found.hasPrefix("\(SeenCall.read) [0,"), "\(found)")
        #expect(TaskFacts(child.pid)?.parent == Host.processId)
        withExtendedLifetime(input) {}
    }

    // MARK: Signals

    private func signals(_ text: String) -> ThreadSignals {
        let bytes = Array(text.utf8)
        return unsafe bytes.withUnsafeBytes { unsafe ThreadSignals($0) }
    }

    private func status(_ pending: String, _ shared: String, _ blocked: String, _ caught: String) -> String {
        "Name:\tx\nThreads:\t3\nSigQ:\t0/9\nSigPnd:\t\(pending)\nShdPnd:\t\(shared)\nSigBlk:\t\(blocked)\n"
            + "SigIgn:\tffff\nSigCgt:\t\(caught)\n"
    }

    @Test func onlySignalsWithAHandlerInterrupt() {
        let own = signals(status("0000000000000200", "0", "0", "0000000000000200"))
        #expect(own.threads == 3 && own.interruptsThread && !own.interruptsProcess)
        #expect(own.isPending(10, forThread: true) && !own.isPending(10, forThread: false))
        #expect(!own.isPending(9, forThread: true) && !own.isPending(11, forThread: true))
        #expect(!signals(status("200", "0", "200", "200")).interruptsThread, "it is blocked")
        #expect(!signals(status("200", "0", "0", "400")).interruptsThread, "nobody handles it")
        let shared = signals(status("0", "200", "0", "200"))
        #expect(!shared.interruptsThread && shared.interruptsProcess)
    }

    @Test(arguments: [Int32.min, -1, 0, 65, .max]) func whatIsNoSignalIsNotPending(signal: Int32) {
        let all = signals(status("ffffffffffffffff", "ffffffffffffffff", "0", "0"))
        #expect(all.isPending(1, forThread: true) && all.isPending(64, forThread: false))
        for isOwn in [true, false] { #expect(!all.isPending(signal, forThread: isOwn)) }
    }

    @Test func aNameIsNoStatus() {
        // The kernel writes a line's end in a name as `\n`, two letters; what is no line of its own does not count.
        let text = "Name:\tSigPnd:\tffff\n" + status("0", "0", "0", "ffff").dropFirst("Name:\tx\n".count)
        #expect(!signals(String(text)).interruptsThread)
        #expect(signals("").threads == 1 && signals("Threads:\tmany\nSigPnd:\tfffff0000000000000000\n").threads == 1)
    }

    // MARK: Timers

    @Test func timersAreReadAsFarAsTheyAreSaid() {
        let text = """
            ID: 7
            signal: 14/00007ffd00001234
            notify: signal/pid.42
            ClockID: 1
            ID: 8
            signal: 0/0000000000000000
            notify: none/pid.42
            ClockID: -6
            ID: 9
            notify: thread/tid.43
            """
        let timers = MadeTimer.all(Array(text.utf8))
        #expect(timers.map(\.number) == [7, 8, 9])
        #expect(timers[0].signal == 14 && timers[0].value == 0x7ffd_0000_1234 && timers[0].clock == 1)
        #expect(timers.map(\.receiver) == [.process, .nobody, .thread(43)])
        for text in ["", "ID:", "ID: 99999999999\n", "signal: 1/2\n", "ClockID: 1\nnotify: none/pid.1\n"] {
            #expect(MadeTimer.all(Array(text.utf8)).isEmpty, "\(text)")
        }
    }

    // MARK: Names of /proc

    private func names(_ path: String) -> ProcNames {
        let bytes = Array(path.utf8)
        return unsafe bytes.withUnsafeBytes { unsafe ProcNames($0) }
    }

    @Test(arguments: [
        ("/proc", ProcNames.root), ("/proc/7", .process), ("/proc/7/task/8", .process), ("/proc/7/attr", .attributes),
        ("/proc/7/task/8/attr", .attributes), ("/proc/7/task", .other), ("/proc/7/fd", .other), ("/proc/7x", .other),
        ("/proc/7/tasks/8", .other), ("/proc/7/task/8/fd", .other), ("/proc/net", .other),
        ("/proc/7/attr/smack", .other),
        ("/proc/7/task/8/attr/x", .other), ("/proc/sys/7", .other), ("/proc/7 (deleted)", .other), ("/", .other),
        ("", .other), ("/proc/7/net/attr", .other),
    ])
    func onlyListsThatDifferAreCutShort(path: String, expected: ProcNames) {
        #expect(names(path) == expected)
    }

    @Test func numbersAndDotsAreAlwaysListed() {
        func shows(_ kind: ProcNames, _ name: String) -> Bool {
            let bytes = Array(name.utf8)
            return unsafe bytes.withUnsafeBytes { unsafe kind.shows($0) }
        }
        for kind in [ProcNames.root, .process, .attributes, .other] {
            for name in [".", "..", "1", "4194304"] { #expect(shows(kind, name)) }
        }
        #expect(shows(.root, "stat") && shows(.process, "stat") && !shows(.attributes, "stat"))
        // Of later kernels, or of some only, and names that are longer or shorter than one.
        for name in ["allocinfo", "pressure", "kpagecount", "sta", "stats", "statm"] { #expect(!shows(.root, name)) }
        for name in ["ksm_stat", "sched", "cpuset", "arch_status"] { #expect(!shows(.process, name)) }
        #expect(shows(.attributes, "current") && !shows(.attributes, "apparmor"))
        #expect(shows(.other, "anything"))
    }

    // MARK: Mounts

    @Test func linesOfMountsThatAreCutOffAreNone() {
        let text = """
            10 1 0:5 / / rw - overlay none rw
            11 10 0:6 / /out rw shared:1 master:2 propagate_from:3 - tmpfs none rw
            12 10 0:6 / /out ro,nosuid - tmpfs none rw
            x 10 0:7 / /build rw - tmpfs none rw
            13 10 0:7 / /tmp
            14 10 0:8 / /run rorw,nosuid - overlay none rw
            15 10 0:9 / /proc rw
            16 10 0:9 / /proc/sys/fs/binfmt_misc ro - binfmt_misc none rw

            """
        let map = MountMap(Array(text.utf8))
        // The later one lies over the earlier one.
        #expect(map.mount(11).kind == .unknown && map.mount(12).kind == .fixed)
        #expect(map.mount(13).kind == .unknown)
        // "ro" is a word of its own.
        #expect(map.mount(14).kind == .changeable && map.mount(14).isLayered && !map.mount(12).isLayered)
        #expect(map.processes == 15 && map.mount(15).kind == .processes && map.mount(16).kind == .processes)
        #expect(map.mount(16).device == map.mount(15).device)
        #expect(MountMap([]).mount(10).kind == .unknown && MountMap([]).processes == 0)
        #expect(MountMap([0xff, 0x0a, 0x20, 0x0a]).mount(0).kind == .unknown)
    }
}
