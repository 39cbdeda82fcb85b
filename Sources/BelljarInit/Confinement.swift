package import BelljarKernel
package import BelljarPlan

/// Sets up the processes that read archives. First, once, namespaces and an empty root; then, for each archive, a process
/// of its own without rights and with few system calls, which has nothing but an open file to read and a pipe to write to.
package enum Confinement {
    /// Memory that the archive reader may map, in bytes. xz asks for the most: libarchive lets it have 1 GiB.
    package static let memoryBytes: UInt64 = 2 << 30
    /// Processor time for one archive, in seconds.
    static let processorSeconds: UInt64 = 3600

    /// What reads an archive and tells what is in it.
    package typealias Scan = (ArchiveReaderPlan.Job, consuming Descriptor, MessageWriter) -> Void

    /// Reads the plan, and runs `scan` under it for every request, in a process of its own each time.
    ///
    /// - Parameter arguments: those behind the program's name.
    package static func main(_ arguments: [String], _ scan: @escaping Scan) -> Never {
        do throws(StageFailure) {
            let isDetached = arguments.last == Init.detached
            let plan = try readPlan(again: !isDetached)
            if !isDetached {
                let program = try Init.findProgram()
                try Inherited.settleArchiveReader()
                try Init.dropPrivileges(to: plan.account)
                try Init.becomeDetached(program, arguments)
            }
            try Init.beDetached()
            // It lies in files that will be out of reach.
            TextLocale.load()
            try Init.enterOtherNamespaces()
            let pid = try at(.startFirstProcess) { () throws(KernelError) in try CurrentProcess.fork() }
            if pid == 0 { try start(plan.filter, scan) }
            // The parent holds on to this process, and PID 1 to it. What nobody but PID 1 holds is closed when
            // that is gone.
            _ = try at(.supervise) { () throws(KernelError) in
                try CurrentProcess.keepOnly(asFirst: [0, 1, 2])
                return try CurrentProcess.reap(blocking: true)
            }
            CurrentProcess.exitAtOnce(0)
        } catch {
            try? requests.send(error.message.encoded())
            CurrentProcess.exitAtOnce(1)
        }
    }

    /// The parent's; for the whole life of the process.
    private static let requests = Descriptor(owning: ArchiveReaderPlan.DescriptorNumber.requests)

    /// Goes on as PID 1.
    private static func start(
        _ filter: [UInt8], _ scan: @escaping Scan
    ) throws(StageFailure) -> Never {
        try at(.hardenFirstProcess) { () throws(KernelError) in
            try CurrentProcess.dieWithParent()
            try CurrentProcess.newSession()
            try Credentials.setDumpable(false)
            CurrentProcess.ignoreBrokenPipes()
        }
        try enterEmptyRoot()
        try at(.commandCapabilities) { () throws(KernelError) in
            try Credentials.dropCapabilities()
            try Seccomp.setNoNewPrivileges()
        }
        try at(.supervise) { () throws(KernelError) in
            try requests.send(ArchiveMessage.opened.encoded())
            var server = ArchiveReaderServer { job, archive, messages in
                read(archive, job, telling: messages, filter, scan)
            }
            try server.serve(requests)
        }
        CurrentProcess.exitAtOnce(0)
    }

    /// The process of one archive.
    private static func read(
        _ archive: Int32, _ job: ArchiveReaderPlan.Job, telling messages: Int32, _ filter: [UInt8], _ scan: Scan
    ) -> Never {
        do throws(KernelError) {
            try CurrentProcess.keepOnly(asFirst: [archive, messages, 2])
        } catch { CurrentProcess.exitAtOnce(1) }
        let writer = MessageWriter()
        do throws(StageFailure) {
            try confine(filter)
            scan(job, Descriptor(owning: ArchiveReaderPlan.ReaderDescriptorNumber.archive), writer)
        } catch { writer.tell(error.message) }
        writer.flush()
        CurrentProcess.exitAtOnce(0)
    }

    /// - Parameter again: as of `Init.readPlan`.
    private static func readPlan(again: Bool) throws(StageFailure) -> ArchiveReaderPlan {
        let bytes = try at(.readPlan) { () throws(KernelError) in
            let file = Descriptor(owning: ArchiveReaderPlan.DescriptorNumber.plan)
            try file.seek(to: 0)
            let bytes = try file.readAll(limit: ArchiveReaderPlan.maximumSize)
            if again { _ = file.release() }
            return bytes
        }
        do throws(WireError) {
            return try ArchiveReaderPlan(decoding: bytes)
        } catch {
            throw StageFailure(stage: .readPlan, error: .invalid("read", "plan: \(error)"))
        }
    }

    private static func enterEmptyRoot() throws(StageFailure) {
        try at(.mountRoot) { () throws(KernelError) in
            let host = try Descriptor.workingDirectory.open("/", [.pathOnly, .directory])
            let root = try Descriptor.newFileSystem(
                "tmpfs", [.value("nr_inodes", "1"), .value("mode", "0555")],
                attributes: [.readOnly, .noDevices, .noPrograms, .noSetUserId])
            try root.attach(to: host)
            try root.becomeRoot(coverings: 0)
        }
    }

    /// Gives up, in this order, everything that reading an archive does not need and PID 1 still has.
    private static func confine(_ filter: [UInt8]) throws(StageFailure) {
        try at(.hardenFirstProcess) { () throws(KernelError) in try CurrentProcess.dieWithParent() }
        try at(.commandLimits) { () throws(KernelError) in
            let limits: [(LimitedResource, UInt64)] = [
                (.coreBytes, 0), (.fileBytes, 0), (.addressSpaceBytes, memoryBytes), (.cpuSeconds, processorSeconds),
                (.processes, 0), (.lockedBytes, 0), (.messageQueueBytes, 0), (.pendingSignals, 0),
            ]
            for (resource, value) in limits { try ProcessLimits.lower(resource, soft: value, hard: value) }
        }
        try at(.commandFilters) { () throws(KernelError) in
            _ = try Landlock.forbidEverything()
            // No file can be opened from now on, whatever the filter lets through.
            try ProcessLimits.lower(.openFiles, soft: 3, hard: 3)
            try Seccomp.load(filter)
        }
    }

}

/// The way to the parent. Messages are kept back until there are enough of them to be worth a system call.
package final class MessageWriter: ArchiveListener {
    private let pipe = Descriptor(owning: ArchiveReaderPlan.ReaderDescriptorNumber.messages)
    private var pending: [UInt8] = []

    fileprivate init() {}

    /// Ends the process if nobody listens any more.
    package func tell(_ message: ArchiveMessage) {
        pending += ArchiveMessageReader.frame(message)
        flushIfLong()
    }

    package func tell(content bytes: UnsafeRawBufferPointer, at offset: UInt64) {
        unsafe ArchiveMessageReader.appendFrame(content: bytes, at: offset, to: &pending)
        flushIfLong()
    }

    private func flushIfLong() {
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
}

extension StageFailure {
    /// As whoever wants an archive read hears of it.
    var message: ArchiveMessage {
        .unconfined(stage: stage, errorNumber: error.number, call: error.call, subject: error.subject)
    }
}
