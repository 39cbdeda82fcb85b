package import BelljarKernel
package import BelljarPlan

/// Sets up the process that reads an archive: namespaces of its own, an empty root, no rights, few system calls. Then
/// there is nothing left to it but an open file to read and a pipe to write to.
package enum Confinement {
    /// Memory that the parser may map, in bytes. xz asks for the most: libarchive lets it have 1 GiB.
    static let memoryBytes: UInt64 = 2 << 30
    /// Processor time for one archive, in seconds.
    static let processorSeconds: UInt64 = 3600

    /// Reads the plan, and runs `parse` in a process of its own under it.
    ///
    /// - Parameter parse: reads the archive and tells what is in it.
    package static func main(
        _ parse: (ParserPlan.Job, consuming Descriptor, MessageWriter) -> Void
    ) -> Never {
        let writer = MessageWriter()
        do throws(StageFailure) {
            let plan = try readPlan()
            // It lies in files that will be out of reach.
            TextLocale.load()
            try Init.dropPrivileges(to: plan.account)
            let outside = Plan.Account(uid: Host.effectiveUid, gid: Host.effectiveGid)
            try Init.enterNamespaces()
            try Init.map(outside, to: Plan.Account(uid: 1000, gid: 1000))
            let pid = try at(.startFirstProcess) { () throws(KernelError) in try CurrentProcess.fork() }
            if pid == 0 {
                try confine(plan.filter)
                run(plan.job, writer, parse)
                writer.flush()
                CurrentProcess.exitAtOnce(0)
            }
            CurrentProcess.exitAtOnce(try watch(pid))
        } catch {
            writer.tell(error.message)
            writer.flush()
            CurrentProcess.exitAtOnce(1)
        }
    }

    private static func readPlan() throws(StageFailure) -> ParserPlan {
        let bytes = try at(.readPlan) { () throws(KernelError) in
            let file = Descriptor(owning: ParserPlan.DescriptorNumber.plan)
            try file.seek(to: 0)
            return try file.readAll(limit: ParserPlan.maximumSize)
        }
        do throws(WireError) {
            return try ParserPlan(decoding: bytes)
        } catch {
            throw StageFailure(stage: .readPlan, error: .invalid("read", "plan: \(error)"))
        }
    }

    /// Gives up, in this order, everything that reading an archive does not need.
    private static func confine(_ filter: [UInt8]) throws(StageFailure) {
        try at(.hardenFirstProcess) { () throws(KernelError) in
            try CurrentProcess.dieWithParent()
            try CurrentProcess.newSession()
            try Credentials.setDumpable(false)
        }
        try at(.mountRoot) { () throws(KernelError) in
            let host = try Descriptor.workingDirectory.open("/", [.pathOnly, .directory])
            let root = try Descriptor.newFileSystem(
                "tmpfs", [.value("nr_inodes", "1"), .value("mode", "0555")],
                attributes: [.readOnly, .noDevices, .noPrograms, .noSetUserId])
            try root.attach(to: host)
            try root.becomeRoot(coverings: 0)
        }
        try at(.commandLimits) { () throws(KernelError) in
            let limits: [(LimitedResource, UInt64)] = [
                (.coreBytes, 0), (.fileBytes, 0), (.addressSpaceBytes, memoryBytes), (.cpuSeconds, processorSeconds),
                (.processes, 0), (.lockedBytes, 0), (.messageQueueBytes, 0), (.pendingSignals, 0),
            ]
            for (resource, value) in limits { try Limits.lower(resource, soft: value, hard: value) }
        }
        try at(.commandCapabilities) { () throws(KernelError) in try Credentials.dropCapabilities() }
        try at(.commandFilters) { () throws(KernelError) in
            try Seccomp.setNoNewPrivileges()
            _ = try Landlock.forbidEverything()
            // No file can be opened from now on, whatever the filter lets through.
            try Limits.lower(.openFiles, soft: 3, hard: 3)
            try Seccomp.load(filter)
        }
    }

    private static func run(
        _ job: ParserPlan.Job, _ writer: MessageWriter,
        _ parse: (ParserPlan.Job, consuming Descriptor, MessageWriter) -> Void
    ) {
        switch job {
        case .archive, .package:
            parse(job, Descriptor(owning: ParserPlan.DescriptorNumber.archive), writer)
        case .trials: Trials.run { writer.tell($0) }
        case .crash:
            writer.crash()
        }
    }

    /// Waits until the parser ends, or whoever it tells is gone, which ends it too.
    ///
    /// - Returns: the parser's exit status, or 128 and the number of the signal that ended it.
    private static func watch(_ pid: Int32) throws(StageFailure) -> Int32 {
        try at(.supervise) { () throws(KernelError) in
            let children = try CurrentProcess.childSignals()
            while true {
                // Looked at first: it may have ended before its signal was waited for.
                if let (_, end) = try CurrentProcess.reap(blocking: false) {
                    switch end.exit {
                    case .status(let status): return status
                    case .signal(let signal): return 128 + signal
                    }
                }
                let found = try poll(
                    [(children.number, .readable), (ParserPlan.DescriptorNumber.messages, [])],
                    timeoutMilliseconds: nil)
                if !found[0].isEmpty { try children.drainSignals() }
                guard !found[1].isEmpty else { continue }
                CurrentProcess.kill(pid)
                _ = try CurrentProcess.reap(blocking: true)
                return 1
            }
        }
    }
}

/// The way to the parent. Messages are kept back until there are enough of them to be worth a system call.
package final class MessageWriter {
    private let pipe = Descriptor(owning: ParserPlan.DescriptorNumber.messages)
    private var pending: [UInt8] = []

    fileprivate init() {}

    /// Ends the process if nobody listens any more.
    package func tell(_ message: ArchiveMessage) {
        pending += ArchiveMessageReader.frame(message)
        if pending.count >= 1 << 16 { flush() }
    }

    func flush() {
        do throws(KernelError) {
            try pipe.writeAll(pending)
        } catch {
            CurrentProcess.exitAtOnce(1)
        }
        pending.removeAll(keepingCapacity: true)
    }

    /// Writes half a message and crashes, for tests.
    fileprivate func crash() {
        tell(.opened)
        pending.removeLast()
        flush()
        preconditionFailure("as the plan says")
    }
}

extension StageFailure {
    fileprivate var message: ArchiveMessage {
        .unconfined(stage: stage, errorNumber: error.number, call: error.call, subject: error.subject)
    }
}
