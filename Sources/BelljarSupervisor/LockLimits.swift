internal import BelljarControls
internal import BelljarKernel

/// Who may set whose limits: every process of a build those of every other, but nobody those of PID 1, which has the same
/// account and could not look how much memory the build has without descriptors.
///
/// What a build sees of the limit that carries marks (`BirthMark`): that there is none. It holds nobody (setrlimit(2)), so to
/// set it has no effect but to be told so later.
extension Worker {
    private struct Limit: BitwiseCopyable {
        var soft = UInt64.max
        var hard = UInt64.max
    }

    /// getrlimit, setrlimit and prlimit64 of file locks; and prlimit64 that sets something for who is named
    func limitOfLocks(_ name: NotifiedCall) throws(Refusal) -> Reply {
        switch name {
        case .getrlimit: try write(Limit(), to: call.argument(1))
        case .setrlimit: try check(call.argument(1))
        default:
            // The number is in a register, so what the kernel goes on with is what was looked at. In a namespace of the build's own it
            // means another process, but none that PID 1 is among.
            if call.int(0) != 0, call.argument(2) != 0, !isOfBuild(call.int(0)) { throw .errno(.EPERM) }
            guard call.argument(1) & 0xffff_ffff == NotifiedCall.lockLimit else { return .proceed }
            guard call.int(0) == 0 || call.int(0) > 0 && Timekeeper.isAlive(call.int(0)) else {
                throw .errno(.ESRCH)
            }
            if call.argument(2) != 0 { try check(call.argument(2)) }
            if call.argument(3) != 0 { try write(Limit(), to: call.argument(3)) }
        }
        return .success
    }

    /// Whether a number is that of a process, or of a thread, of the build.
    private func isOfBuild(_ number: Int32) -> Bool {
        guard number > 0, let family = try? shared.processes.family(of: number) else { return false }
        return family.process != Host.processId
    }

    private func check(_ address: UInt64) throws(Refusal) {
        let limit = try read(Limit.self, at: address, or: Limit())
        guard limit.soft <= limit.hard else { throw .errno(.EINVAL) }
    }
}
