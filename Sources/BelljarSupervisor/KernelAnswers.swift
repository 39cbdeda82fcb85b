internal import BelljarControls
internal import BelljarKernel

/// What a kernel says of itself by system calls, where versions and configurations disagree: as the baseline has it.
extension Worker {
    /// clock_getres(clock, time) of a coarse clock: a kernel that ticks 250 times a second.
    func coarseResolution() throws(Refusal) -> Reply {
        // The auxiliary clocks are as in a kernel without them.
        guard [5, 6].contains(call.int(0)) else { throw .errno(ErrorCode.invalid) }
        if call.argument(1) != 0 {
            try write(WallTime(seconds: 0, fraction: Machine.tickNanoseconds), to: call.argument(1))
        }
        return .success
    }

    /// sched_rr_get_interval(thread, time). Of threads like others kernels answer what they were made with, how many
    /// processors there are, and how busy those are.
    func timeSlice() throws(Refusal) -> Reply {
        _ = try namedThread()
        try write(WallTime(seconds: 0, fraction: Machine.tickNanoseconds), to: call.argument(1))
        return .success
    }

    /// membarrier(MEMBARRIER_CMD_QUERY): without what the baseline does not have.
    func barriers() throws(Refusal) -> Reply {
        guard call.int(1) == 0 else { throw .errno(ErrorCode.invalid) }
        let found = Host.barriers
        // The kernel knows best why it has none.
        return found < 0 ? .proceed : .value(Int64(found) & Machine.barriers)
    }

    /// landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION): the baseline's version.
    func landlockVersion() throws(Refusal) -> Reply {
        guard call.int(2) == 1 else { throw .errno(ErrorCode.invalid) }
        guard call.argument(0) == 0, call.argument(1) == 0, let found = try? Host.landlockVersion() else {
            return .proceed
        }
        return .value(min(Int64(found), Machine.landlockVersion))
    }

    // MARK: Nice levels

    /// getpriority(kind, who). What process 1 could not get rid of (`nice belljar`) does not count.
    func niceLevel() throws(Refusal) -> Reply {
        guard shared.inheritedNice > 0 else { return .proceed }
        let level: Int32
        do throws(KernelError) { level = try NiceLevel.read(kind: call.int(0), who: try namedByPriority()) } catch {
            throw .errno(error.number)
        }
        return .value(Int64(20 - max(-20, level - shared.inheritedNice)))
    }

    /// setpriority(kind, who, level)
    func setNiceLevel() throws(Refusal) -> Reply {
        guard shared.inheritedNice > 0 else { return .proceed }
        let wanted = min(max(call.int(2), -20), 19) + shared.inheritedNice
        do throws(KernelError) {
            try NiceLevel.set(min(wanted, 19), kind: call.int(0), who: try namedByPriority())
        } catch {
            throw .errno(error.number)
        }
        return .success
    }

    /// Whose level is meant: 0 is the caller, or its process group. What is not there the kernel finds out.
    private func namedByPriority() throws(KernelError) -> Int32 {
        guard call.int(1) == 0 else { return call.int(1) }
        switch call.int(0) {
        case NiceLevel.process: return call.thread
        case NiceLevel.group: return try NiceLevel.group(of: call.thread)
        default: return 0
        }
    }
}
