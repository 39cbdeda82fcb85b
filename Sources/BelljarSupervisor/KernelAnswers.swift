internal import BelljarControls
internal import BelljarKernel

/// What a kernel says of itself by system calls, where versions and configurations disagree: as the baseline has it.
extension Worker {
    /// clock_getres(clock, time) of a coarse clock: a kernel that ticks 250 times a second.
    func coarseResolution() throws(Refusal) -> Reply {
        // The auxiliary clocks are as in a kernel without them.
        guard [5, 6].contains(call.int(0)) else { throw .errno(.EINVAL) }
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
        guard call.int(1) == 0 else { throw .errno(.EINVAL) }
        let found = Host.barriers
        // The kernel knows best why it has none.
        return found < 0 ? .proceed : .value(Int64(found) & Machine.barriers)
    }

    /// landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION): the baseline's version.
    func landlockVersion() throws(Refusal) -> Reply {
        guard call.int(2) == 1 else { throw .errno(.EINVAL) }
        guard call.argument(0) == 0, call.argument(1) == 0, let found = try? Host.landlockVersion() else {
            return .proceed
        }
        return .value(min(Int64(found), Machine.landlockVersion))
    }

    // MARK: Nice levels

    /// getpriority(kind, who). What PID 1 could not get rid of (`nice belljar`) does not count.
    func niceLevel() throws(Refusal) -> Reply {
        guard shared.inheritedNice > 0 else { return .proceed }
        let level: Int32
        do throws(KernelError) { level = try NiceLevel.read(kind: call.int(0), who: try namedByPriority()) } catch {
            throw .errno(error.errno)
        }
        return .value(Int64(20 - max(-20, level - shared.inheritedNice)))
    }

    /// setpriority(kind, who, level), with what the caller could reach by itself. PID 1 may do more: the threads that answer
    /// are its own.
    func setNiceLevel() throws(Refusal) -> Reply {
        guard shared.inheritedNice > 0 else { return .proceed }
        let level = min(min(max(call.int(2), -20), 19) + shared.inheritedNice, 19)
        let kind = call.int(0)
        let (who, own): (Int32, Int32)
        do throws(KernelError) { (who, own) = (try namedByPriority(), try NiceLevel.group(of: 0)) } catch {
            throw .errno(error.errno)
        }
        switch kind {
        case NiceLevel.process:
            guard who > 0, let facts = TaskFacts(who) else { throw .errno(.ESRCH) }
            guard facts.process != 1 else { throw .errno(.EPERM) }
        case NiceLevel.group:
            guard who >= 0 else { throw .errno(.ESRCH) }
            // 0 would be PID 1's own to the kernel.
            guard who != 0, who != own else { throw .errno(.EPERM) }
        case NiceLevel.user where who == 0 || UInt32(bitPattern: who) == Host.uid:
            throw .errno(NiceLevel.setForAllOthers(level))
        default: break
        }
        do throws(KernelError) { try NiceLevel.set(level, kind: kind, who: who) } catch { throw .errno(error.errno) }
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
