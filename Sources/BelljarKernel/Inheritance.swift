internal import CLinux
internal import Glibc

/// What a process has from whoever started it, besides limits and descriptors, and passes on to what it starts: set to
/// what a process has that nobody told anything. Only for a process with a single thread.
package enum Inheritance {
    /// SCHED_OTHER
    package static let ordinaryPolicy: Int32 = 0
    /// Nanoseconds by which the kernel may let a timer be late (50 microseconds, as for PID 1 of the host).
    private static let timerSlack: UInt = 50_000
    /// IOPRIO_CLASS_BE with the level in the middle: what a process is treated by that was told nothing. Said in so many words,
    /// because kernels disagree on what they answer otherwise, and the newest answer by the nice level.
    static let ioPriority: Int32 = 2 << 13 | 4
    /// Anonymous memory, headers and huge pages: the kernel's default.
    private static let coreFilter = "0x33"

    /// The nice level of the calling thread.
    package static func nice() throws(KernelError) -> Int32 { try NiceLevel.read(kind: NiceLevel.process, who: 0) }

    /// The policy by which the calling thread is scheduled, without the flag that children do not have it.
    package static func policy() throws(KernelError) -> Int32 {
        try checked("sched_getscheduler") { bj_scheduling_policy() } & 0xff
    }

    /// Has the calling process scheduled like any other. A nice level above 0, and the policy SCHED_IDLE, nobody but root
    /// can leave (sched(7), `RLIMIT_NICE`).
    package static func setOrdinaryScheduling() throws(KernelError) {
        // Visible by sched_getattr(2) only, and few kernels have it.
        _ = try? checked("sched_setattr", "clamps") { bj_reset_clamps() }
        for level in [0, try nice()] {
            do throws(KernelError) {
                _ = try checked("sched_setattr", "SCHED_OTHER \(level)") { bj_set_ordinary_scheduling(level) }
                return
            } catch  where error.number == EPERM {}
        }
    }

    /// Everything else that can be set by everybody.
    package static func setRest() throws(KernelError) {
        // Kernels without block devices or without nodes of memory do not have these, and then nobody asks either.
        try ifKnown { () throws(KernelError) in
            _ = try checked("ioprio_set") { bj_set_io_priority(ioPriority) }
        }
        try ifKnown { () throws(KernelError) in _ = try checked("set_mempolicy") { bj_reset_memory_policy() } }
        try control("PR_SET_TIMERSLACK", PR_SET_TIMERSLACK, timerSlack)
        try control("PR_SET_THP_DISABLE", PR_SET_THP_DISABLE, 0)
        // Kernels before 6.4, and those without KSM, do not merge pages of whole processes.
        try ifKnown { () throws(KernelError) in try control("PR_SET_MEMORY_MERGE", setMemoryMerge, 0) }
        try control("PR_SET_TSC", PR_SET_TSC, UInt(PR_TSC_ENABLE))
        try ifKnown { () throws(KernelError) in
            try control("PR_MCE_KILL", PR_MCE_KILL, UInt(PR_MCE_KILL_CLEAR))
        }
        do throws(KernelError) {
            try CurrentProcess.writeSetting("/proc/self/coredump_filter", coreFilter)
        } catch  where error.number == ENOENT {
            // A kernel that writes no cores.
        }
    }

    /// Gives every signal its default action and lets all through.
    ///
    /// - Parameter keepingBrokenPipes: whether SIGPIPE stays as it is.
    package static func resetSignals(keepingBrokenPipes: Bool) throws(KernelError) {
        _ = try checked("rt_sigaction", "all") { bj_reset_signals(keepingBrokenPipes ? SIGPIPE : 0) }
        try CurrentProcess.unblockSignals()
    }

    /// Leaves an ordinary Linux process with its addresses fixed or not, whatever it was started as (personality(2)).
    package static func setPersonality(fixingAddresses: Bool) throws(KernelError) {
        guard !fixingAddresses else { return try Host.fixAddresses() }
        _ = try checked("personality", "PER_LINUX") { bj_personality_ordinary() }
    }

    /// Whether this process may not make memory executable (PR_SET_MDWE, kernel 6.3), which nobody can take back.
    package static var forbidsNewCode: Bool {
        let found = bj_prctl(getForbidsNewCode, 0, 0, 0, 0)
        return found > 0 && found & 1 == 1
    }
    /// Whether somebody filters its system calls already.
    package static var isFiltered: Bool { bj_prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2 }

    /// PR_GET_MDWE, which is newer than the headers.
    static let getForbidsNewCode: Int32 = 66

    /// PR_SET_MEMORY_MERGE, newer too.
    static let setMemoryMerge: Int32 = 67

    private static func control(_ name: String, _ option: Int32, _ value: UInt) throws(KernelError) {
        _ = try checked("prctl", "\(name) \(value)") { bj_prctl(option, value, 0, 0, 0) }
    }

    private static func ifKnown(_ body: () throws(KernelError) -> Void) throws(KernelError) {
        do throws(KernelError) { try body() } catch  where [ENOSYS, EINVAL].contains(error.number) {}
    }
}
