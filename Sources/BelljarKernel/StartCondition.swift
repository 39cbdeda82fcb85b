internal import CLinux
internal import Glibc
internal import Synchronization

/// Something that a program has from whoever starts it, and that can be made otherwise for that program alone.
package enum StartCondition: String, CaseIterable, Hashable, Sendable {
    /// One processor instead of all.
    case processors
    /// A lower priority.
    case nice
    /// Files that nobody else may read.
    case umask
    /// Another working directory.
    case directory
    /// Fewer open files, and a smaller stack.
    case limits

    /// Starts a program so.
    ///
    /// A thread of its own does it, whose priority, processors, mask and directory end with it. Limits are the whole process's:
    /// they are changed for as long as starting takes, one start at a time.
    ///
    /// - Parameter refused: is told what this host does not let be otherwise.
    package static func starting(
        with conditions: Set<StartCondition>, refused: @escaping @Sendable (StartCondition, KernelError) -> Void,
        _ spawn: @escaping @Sendable () throws(KernelError) -> ChildProcess
    ) throws(KernelError) -> ChildProcess {
        guard !conditions.isEmpty else { return try spawn() }
        let result = StartResult()
        let thread = try WorkerThread {
            for condition in allCases where condition != .limits && conditions.contains(condition) {
                do throws(KernelError) { try condition.begin() } catch { refused(condition, error) }
            }
            do throws(KernelError) {
                if conditions.contains(.limits) {
                    try withOtherLimits(refused: { refused(.limits, $0) }) { () throws(KernelError) in
                        result.put(try spawn())
                    }
                } else {
                    result.put(try spawn())
                }
            } catch { result.put(error) }
        }
        thread.join()
        return try result.take()
    }

    /// For the calling thread and what it starts.
    private func begin() throws(KernelError) {
        switch self {
        case .processors: try CurrentProcess.keepToOneProcessor()
        case .nice:
            let level = try NiceLevel.read(kind: NiceLevel.process, who: 0)
            guard level < 19 else { throw .notPermitted("setpriority", "it is 19 already") }
            try NiceLevel.set(min(level + 3, 19), kind: NiceLevel.process, who: 0)
        case .umask:
            try Self.leaveSharedFolder()
            try CurrentProcess.setFileMask(0o077)
        case .directory:
            try Self.leaveSharedFolder()
            try CurrentProcess.changeDirectory("/usr")
        case .limits: break
        }
    }

    /// From now on, mask and directory are this thread's own.
    private static func leaveSharedFolder() throws(KernelError) {
        _ = try checked("unshare", "CLONE_FS") { bj_unshare(CLONE_FS) }
    }

    private static let limitsAreOther = Mutex<Void>(())

    private static func withOtherLimits(
        refused: (KernelError) -> Void, _ body: () throws(KernelError) -> Void
    ) throws(KernelError) {
        try limitsAreOther.withLock { _ throws(KernelError) in
            var changed: [(LimitedResource, soft: UInt64, hard: UInt64)] = []
            // Enough for what this process does meanwhile.
            for (resource, least) in [(LimitedResource.openFiles, UInt64(1024)), (.stackBytes, 1 << 20)] {
                do throws(KernelError) {
                    let (soft, hard) = try ProcessLimits.current(resource)
                    let other = max(least, min(soft, 64 << 20) / 2)
                    guard other < soft else { continue }
                    try ProcessLimits.lower(resource, soft: other, hard: hard)
                    changed.append((resource, soft, hard))
                } catch { refused(error) }
            }
            defer {
                for (resource, soft, hard) in changed {
                    do throws(KernelError) { try ProcessLimits.lower(resource, soft: soft, hard: hard) } catch {
                        refused(error)
                    }
                }
            }
            try body()
        }
    }
}

/// What a thread leaves to the one that waits for it.
private final class StartResult: Sendable {
    private let child = Mutex<ChildProcess?>(nil)
    private let error = Mutex<KernelError?>(nil)

    func put(_ started: consuming sending ChildProcess) {
        var started: ChildProcess? = consume started
        child.withLock { $0 = started.take() }
    }

    func put(_ error: KernelError) { self.error.withLock { $0 = error } }

    func take() throws(KernelError) -> ChildProcess {
        if let error = error.withLock({ $0 }) { throw error }
        guard let started = child.withLock({ $0.take() }) else { throw .invalid("posix_spawn", "no child") }
        return started
    }
}
