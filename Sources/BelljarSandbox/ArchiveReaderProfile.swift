/// The system calls of the process that reads archives.
extension SeccompProfile {
    /// Reading an open file, writing to a pipe, memory, and ending. Nothing that opens, names, executes or starts
    /// anything, and no memory that can be executed.
    static let archiveReader = SeccompProfile(
        name: "archive-reader", fallback: .error(.notPermitted),
        rules: archiveReaderCalls.map { Rule(call: number($0), action: .allow) }
            + ["mmap", "mprotect"].map { name in
                // PROT_EXEC
                Rule(
                    call: number(name), action: .allow, comparisons: [Comparison(argument: 2, mask: 0x4, value: 0)])
            })

    private static let archiveReaderCalls = [
        "read", "write", "lseek", "pread64", "fstat", "newfstatat", "close", "munmap", "mremap", "brk", "madvise",
        "futex", "rt_sigprocmask", "rt_sigreturn", "getrandom", "clock_gettime", "getpid", "gettid", "exit",
        "exit_group",
    ]
}
