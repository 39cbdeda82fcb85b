internal import BelljarKernel
internal import BelljarModel
internal import CSeccomp
internal import Synchronization

/// Turns profiles into the kernel's instructions by means of libseccomp.
enum SeccompCompiler {
    /// The version of the library that compiles, as part of what a filter depends on: `2.5.4`.
    static var libraryVersion: String {
        guard let version = unsafe seccomp_version() else { return "unknown" }
        return unsafe "\(version.pointee.major).\(version.pointee.minor).\(version.pointee.micro)"
    }

    /// libseccomp keeps what it knows about the kernel in global variables, without a lock.
    private static let library = Mutex(())

    /// - Returns: an array of `struct sock_filter` as bytes.
    /// - Throws: `sandbox_unavailable` for an architecture without a table, `internal` if libseccomp refuses a rule.
    static func compile(_ profile: SeccompProfile) throws(BelljarError) -> [UInt8] {
        guard seccomp_arch_native() == bj_scmp_arch_x86_64() else {
            throw BelljarError(
                .sandboxUnavailable, operation: "compile seccomp filter", subject: profile.name,
                answer: "there is no system call table for this architecture",
                remedy: "run on x86_64")
        }
        let result = library.withLock { _ -> Result<[UInt8], KernelError> in
            do throws(KernelError) { return .success(try export(profile)) } catch { return .failure(error) }
        }
        do {
            return try result.get()
        } catch {
            throw BelljarError(
                .internal, operation: "compile seccomp filter", subject: profile.name,
                answer: "\(error.call): \(error.answer)")
        }
    }

    private static func export(_ profile: SeccompProfile) throws(KernelError) -> [UInt8] {
        // The level with SECCOMP_RET_USER_NOTIF (kernel 5.0). Stated, because libseccomp would else ask the kernel
        // it happens to run on, and filters have to be the same everywhere.
        try check("seccomp_api_set", seccomp_api_set(5))
        guard let context = unsafe seccomp_init(profile.fallback.number) else {
            throw KernelError(call: "seccomp_init", subject: profile.name, number: 12)
        }
        defer { unsafe seccomp_release(context) }
        try unsafe check(
            "seccomp_attr_set", seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, UInt32(SCMP_ACT_KILL_PROCESS)))
        // A binary tree over the numbers. The kernel runs a filter once for each system call number when it is loaded
        // (to remember which are always allowed), so a straight list would make every start slower.
        try unsafe check("seccomp_attr_set", seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2))
        for rule in profile.rules { try unsafe add(rule, to: context) }
        return try unsafe withoutOtherNumbers + instructions(of: context)
    }

    /// What comes before a filter: x32's numbers are those of no call (ENOSYS), as on kernels that were made without x32. libseccomp
    /// takes them for another architecture, and would kill. Those of `int 0x80` are left to it. One of them, -1, is what a tracer
    /// sets to have a call left out, and nobody's.
    static let withoutOtherNumbers: [UInt8] = {
        // struct sock_filter: the instruction, how many to pass over if it is so and if it is not, and a number. The architecture is at
        // 4 of struct seccomp_data, the number at 0.
        let program: [(code: UInt16, yes: UInt8, no: UInt8, number: UInt32)] = [
            (0x20, 0, 0, 4), (0x15, 0, 3, 0xc000_003e), (0x20, 0, 0, 0), (0x35, 0, 1, 0x4000_0000),
            (0x06, 0, 0, SeccompProfile.Action.error(.notImplemented).number),
        ]
        return program.flatMap { instruction in
            let word =
                UInt64(instruction.code) | UInt64(instruction.yes) << 16 | UInt64(instruction.no) << 24
                | UInt64(instruction.number) << 32
            return (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
        }
    }()

    private static func add(_ rule: SeccompProfile.Rule, to context: scmp_filter_ctx) throws(KernelError) {
        let comparisons = rule.comparisons.map {
            $0.isNegated
                ? scmp_arg_cmp(arg: $0.argument, op: SCMP_CMP_NE, datum_a: $0.value, datum_b: 0)
                : scmp_arg_cmp(arg: $0.argument, op: SCMP_CMP_MASKED_EQ, datum_a: $0.mask, datum_b: $0.value)
        }
        try unsafe check(
            "seccomp_rule_add_exact_array",
            seccomp_rule_add_exact_array(
                context, rule.action.number, Int32(rule.call), UInt32(comparisons.count), comparisons))
    }

    /// libseccomp 2.5 exports to a descriptor only.
    private static func instructions(of context: scmp_filter_ctx) throws(KernelError) -> [UInt8] {
        let file = try Descriptor.memoryFile("belljar-seccomp")
        try unsafe check("seccomp_export_bpf", seccomp_export_bpf(context, file.number))
        try file.seek(to: 0)
        return try file.readAll(limit: Seccomp.maximumInstructions * Seccomp.instructionSize)
    }

    /// libseccomp answers 0 or a negative error number.
    private static func check(_ call: String, _ answer: Int32) throws(KernelError) {
        guard answer >= 0 else { throw KernelError(call: call, subject: "", number: -answer) }
    }
}
