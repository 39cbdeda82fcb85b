import BelljarControls
import Testing

@testable import BelljarInit
@testable import BelljarKernel
@testable import BelljarPlan
@testable import BelljarSupervisor

/// Flags, requests and errors that stand in the text as numbers. With a wrong one nothing fails: a flag is not seen, a limit is put on
/// something else, or a build is told another error than the kernel's.
@Suite(.enabled(if: KernelHeaders.areThere, KernelHeaders.reason)) struct ConstantTests {
    private func check(_ claims: [KernelHeaders.Claim], _ headers: [String] = KernelHeaders.kernel) throws {
        #expect(try KernelHeaders.findings(claims, headers) == [])
    }

    // MARK: BelljarKernel

    /// Said once more, because a resource's own name follows from its number.
    private func name(of resource: LimitedResource) -> KernelHeaders.Name {
        switch resource {
        case .cpuSeconds: "RLIMIT_CPU"
        case .fileBytes: "RLIMIT_FSIZE"
        case .dataBytes: "RLIMIT_DATA"
        case .stackBytes: "RLIMIT_STACK"
        case .coreBytes: "RLIMIT_CORE"
        case .residentBytes: "RLIMIT_RSS"
        case .processes: "RLIMIT_NPROC"
        case .openFiles: "RLIMIT_NOFILE"
        case .lockedBytes: "RLIMIT_MEMLOCK"
        case .addressSpaceBytes: "RLIMIT_AS"
        case .fileLocks: "RLIMIT_LOCKS"
        case .pendingSignals: "RLIMIT_SIGPENDING"
        case .messageQueueBytes: "RLIMIT_MSGQUEUE"
        case .nicePriority: "RLIMIT_NICE"
        case .realTimePriority: "RLIMIT_RTPRIO"
        case .realTimeMicroseconds: "RLIMIT_RTTIME"
        }
    }

    @Test func everyLimitIsOnItsResource() throws {
        try check(LimitedResource.allCases.map { .init(name(of: $0), $0.rawValue) })
        try check([.init("RLIM_NLIMITS", LimitedResource.allCases.count)])
        for resource in LimitedResource.allCases { #expect(resource.name == name(of: resource).text) }
    }

    @Test func flagsOfFilesAreTheKernels() throws {
        try check([
            .init("STATX_BTIME", FileFacts.birth), .init("STATX_MNT_ID", FileFacts.mountNumber),
            .init("STATX_ATTR_MOUNT_ROOT", FileFacts.isMountRoot), .init("AT_EMPTY_PATH", FileFacts.emptyPath),
            .init("AT_NO_AUTOMOUNT", FileFacts.noAutomount), .init("AT_FDCWD", HeldPlace.workingDirectory),
            .init("EPOLLIN", WaitSet.Events.readable.rawValue), .init("EPOLLOUT", WaitSet.Events.writable.rawValue),
            .init("EPOLLERR | EPOLLHUP", WaitSet.Events.over.rawValue), .init("O_PATH", OpenFlags.pathOnly.rawValue),
            .init("__O_TMPFILE | O_DIRECTORY", OpenFlags.nameless.rawValue),
        ])
        let magic = try KernelHeaders.numbers(of: ["PROC_SUPER_MAGIC", "TMPFS_MAGIC"])
        func isProcesses(_ name: KernelHeaders.Name) throws -> Bool {
            let type = Int(try #require(magic[name]))
            return FileSystemStatus(
                totalBytes: 0, availableBytes: 0, freeInodes: 0, type: type, isReadOnly: false
            ).isProcesses
        }
        #expect(try isProcesses("PROC_SUPER_MAGIC"))
        #expect(try !isProcesses("TMPFS_MAGIC"))
    }

    /// What a build does not inherit. A wrong option of prctl(2) sets something else, or is taken for one that this kernel lacks.
    @Test func whatIsTakenAwayIsWhatWasMeant() throws {
        try check([
            .init("SCHED_NORMAL", Inheritance.ordinaryPolicy),
            .init("IOPRIO_CLASS_BE << IOPRIO_CLASS_SHIFT | 4", Inheritance.ioPriority),
            .init(.since("6.3", "PR_GET_MDWE"), Inheritance.getForbidsNewCode),
            .init(.since("6.4", "PR_SET_MEMORY_MERGE"), Inheritance.setMemoryMerge),
            .init("PRIO_PROCESS", NiceLevel.process), .init("PRIO_PGRP", NiceLevel.group),
            .init("PRIO_USER", NiceLevel.user), .init("BPF_MAXINSNS", Seccomp.maximumInstructions),
            .init(.size("sock_filter"), Seccomp.instructionSize),
        ])
    }

    /// Too few rights, and an archive's reader keeps some; one too many, and a kernel of that version refuses all.
    @Test func whatLandlockForbidsIsAllThatAVersionKnows() throws {
        func files(_ last: String) -> KernelHeaders.Name {
            .init("(\(last) << 1) - 1")
        }
        func size(_ member: String) -> KernelHeaders.Name {
            .init(KernelHeaders.Name.place(member, in: "landlock_ruleset_attr").text + " + 8")
        }
        let rules = (1...6).map { Landlock.Ruleset(version: $0) }
        try check([
            .init(files("LANDLOCK_ACCESS_FS_MAKE_SYM"), rules[0].files),
            .init(files("LANDLOCK_ACCESS_FS_REFER"), rules[1].files),
            .init(.since("6.2", files("LANDLOCK_ACCESS_FS_TRUNCATE").text), rules[2].files),
            .init(.since("6.10", files("LANDLOCK_ACCESS_FS_IOCTL_DEV").text), rules[4].files),
            .init(.since("6.7", "LANDLOCK_ACCESS_NET_BIND_TCP | LANDLOCK_ACCESS_NET_CONNECT_TCP"), rules[3].ports),
            .init(.since("6.12", "LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL"), rules[5].scopes),
            .init(size("handled_access_fs"), rules[0].size), .init(size("handled_access_fs"), rules[2].size),
            .init(.since("6.7", size("handled_access_net").text), rules[3].size),
            .init(.since("6.12", size("scoped").text), rules[5].size),
        ])
        #expect(rules.map(\.ports) == [0, 0, 0, 3, 3, 3] && rules.map(\.scopes) == [0, 0, 0, 0, 0, 3])
        // What comes later is asked for as far as it is known here.
        #expect(Landlock.Ruleset(version: 99) == rules[5])
    }

    // MARK: BelljarControls

    @Test func numbersOfTheWorldAreTheKernels() throws {
        try check([
            .init("RLIMIT_LOCKS", NotifiedCall.lockLimit), .init("RNDGETENTCNT", NotifiedCall.entropyRequest),
            .init(
                "(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ << 1) - 1", Machine.barriers),
        ])
    }

    // MARK: BelljarSupervisor

    @Test func bitsOfOpenAreTheKernels() throws {
        typealias Bits = Worker.OpenBits
        try check([
            .init("O_ACCMODE", Bits.writes.rawValue), .init("O_WRONLY", Bits.writesOnly.rawValue),
            .init("O_CREAT", Bits.creates.rawValue), .init("O_EXCL", Bits.onlyNew.rawValue),
            .init("O_TRUNC", Bits.truncates.rawValue), .init("O_NOFOLLOW", Bits.noFollow.rawValue),
            .init("O_CLOEXEC", Bits.closesOnExec.rawValue), .init("O_PATH | __O_TMPFILE", Bits.nameless.rawValue),
            .init("AT_SYMLINK_NOFOLLOW", AskedFile.Flags.noFollow.rawValue),
            .init("AT_EMPTY_PATH", AskedFile.Flags.emptyPath.rawValue),
            .init("AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE", AskedFile.Flags.irrelevant.rawValue),
            .init("AT_REMOVEDIR", Worker.removesDirectory), .init("AT_FDCWD", Worker.workingDirectory),
            .init("PATH_MAX", Worker.pathSize),
        ])
    }

    @Test func clocksAreTheKernels() throws {
        let numbers = try KernelHeaders.numbers(of: [
            "CLOCK_REALTIME", "CLOCK_REALTIME_ALARM", "CLOCK_TAI", "CLOCK_MONOTONIC", "CLOCK_BOOTTIME",
            "CLOCK_BOOTTIME_ALARM",
        ])
        func clocks(_ names: KernelHeaders.Name...) -> [Int32] {
            names.compactMap { numbers[$0].map { Int32($0) } }.sorted()
        }
        let wall = clocks("CLOCK_REALTIME", "CLOCK_REALTIME_ALARM", "CLOCK_TAI")
        #expect(Worker.wallClocks.sorted() == wall && wall.count == 3)
        #expect(
            Worker.passingClocks.sorted()
                == (wall + clocks("CLOCK_MONOTONIC", "CLOCK_BOOTTIME", "CLOCK_BOOTTIME_ALARM")).sorted())
        #expect(
            Worker.clocksOfSleep.sorted()
                == clocks("CLOCK_REALTIME", "CLOCK_TAI", "CLOCK_MONOTONIC", "CLOCK_BOOTTIME"))
    }

    @Test func waitersForWordsAreTheKernels() throws {
        try check([
            .init("FUTEX_WAITV_MAX", FutexWaiter.maximumCount), .init("FUTEX_32", FutexWaiter.size32),
            .init("FUTEX_PRIVATE_FLAG | 3", FutexWaiter.knownFlags),
            .init(.size("futex_waitv"), MemoryLayout<FutexWaiter>.size),
        ])
        #expect(
            try KernelHeaders.findings([
                .init(.place("val", in: "futex_waitv"), MemoryLayout<FutexWaiter>.offset(of: \.value) ?? -1),
                .init(.place("uaddr", in: "futex_waitv"), MemoryLayout<FutexWaiter>.offset(of: \.address) ?? -1),
                .init(.place("flags", in: "futex_waitv"), MemoryLayout<FutexWaiter>.offset(of: \.flags) ?? -1),
                .init(.place("__reserved", in: "futex_waitv"), MemoryLayout<FutexWaiter>.offset(of: \.reserved) ?? -1),
            ]) == [])
    }

    /// What stands for "now" and for "leave it" in place of nanoseconds; the kernel keeps these to itself, the C library tells them.
    @Test func timesThatAreNoTimesAreKnown() throws {
        let numbers = try KernelHeaders.numbers(of: ["UTIME_NOW", "UTIME_OMIT"], KernelHeaders.library)
        let (now, leave) = (try #require(numbers["UTIME_NOW"]), try #require(numbers["UTIME_OMIT"]))
        #expect(TimeForm.nanoseconds.wanted(seconds: 5, fraction: Int64(now)) == .now)
        #expect(TimeForm.nanoseconds.wanted(seconds: 5, fraction: Int64(leave)) == .unchanged)
        for other in [now + 1, leave - 1] {
            #expect(TimeForm.nanoseconds.wanted(seconds: 5, fraction: Int64(other)) == .refused)
        }
        // They mean nothing where microseconds are given.
        #expect(TimeForm.microseconds.wanted(seconds: 5, fraction: Int64(now)) == .refused)
    }

    @Test func personalitiesAreTheKernels() throws {
        let numbers = try KernelHeaders.numbers(of: ["UNAME26", "PER_LINUX32", "ADDR_NO_RANDOMIZE", "PER_MASK"])
        func names(_ names: KernelHeaders.Name...) -> (old: Bool, narrow: Bool) {
            let personality = names.reduce(UInt32(0)) { $0 | UInt32(numbers[$1] ?? 0) }
            var bytes = [UInt8](repeating: 0, count: 390)
            _ = unsafe bytes.withUnsafeMutableBytes { unsafe SystemNames(personality: personality).encode(into: $0) }
            let (release, machine) = (bytes[130..<136], bytes[260..<264])
            return (release.elementsEqual("2.6.61".utf8), machine.elementsEqual("i686".utf8))
        }
        #expect(numbers["PER_MASK"] == 0xff)
        #expect(names("UNAME26") == (true, false) && names("PER_LINUX32") == (false, true))
        #expect(names("UNAME26", "PER_LINUX32", "ADDR_NO_RANDOMIZE") == (true, true))
        #expect(names("ADDR_NO_RANDOMIZE") == (false, false))
    }

    // MARK: BelljarInit

    @Test func whatRunsAProgramIsTheKernels() throws {
        try check([
            .init("ELOOP", ProgramHeader.tooDeep), .init("ENOEXEC", ProgramHeader.noProgram),
            .init("BINPRM_BUF_SIZE", ProgramHeader.size), .init("PATH_MAX", ProgramHeader.longestPath),
        ])
    }
}
