internal import BelljarControls
internal import BelljarKernel

/// What a build sees of the limit that carries marks (`BirthMark`): that there is none. It holds nobody (setrlimit(2)), so to
/// set it has no effect but to be told so later.
extension Worker {
    private struct Limit: BitwiseCopyable {
        var soft = UInt64.max
        var hard = UInt64.max
    }

    /// getrlimit, setrlimit and prlimit64 of file locks
    func limitOfLocks(_ name: NotifiedCall) throws(Refusal) -> Reply {
        switch name {
        case .getrlimit: try write(Limit(), to: call.argument(1))
        case .setrlimit: try check(call.argument(1))
        default:
            guard call.int(0) == 0 || call.int(0) > 0 && Timekeeper.isAlive(call.int(0)) else {
                throw .errno(ErrorCode.noProcess)
            }
            if call.argument(2) != 0 { try check(call.argument(2)) }
            if call.argument(3) != 0 { try write(Limit(), to: call.argument(3)) }
        }
        return .success
    }

    private func check(_ address: UInt64) throws(Refusal) {
        let limit = try read(Limit.self, at: address, or: Limit())
        guard limit.soft <= limit.hard else { throw .errno(ErrorCode.invalid) }
    }
}
