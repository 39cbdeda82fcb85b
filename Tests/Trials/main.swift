internal import BelljarInit
internal import BelljarKernel
internal import BelljarPlan

// What an archive reader that belongs to somebody else would do, where archives are read: belljar-init with another job. Tests
// start it in belljar-init's place. Asked for an archive, it tries to get out, and tells of each trial as of a member of that
// name, whose size is the error number, 0 if it succeeded. Asked for a package, it crashes in the middle of a message.

typealias Trial = (name: String, body: () throws(KernelError) -> Void)

StartingPoint.secureDescriptors(elseExitWith: 9)
Confinement.main(ProgramArguments.given) { job, _, writer in
    switch job {
    case .archive: for trial in trials { writer.tell(.entry(outcome(of: trial))) }
    case .package, .inspect: crash()
    }
}

func outcome(of trial: Trial) -> ArchiveHeader {
    var number: Int32 = 0
    do throws(KernelError) { try trial.body() } catch { number = error.number }
    return ArchiveHeader(path: Array(trial.name.utf8), mode: 0o100644, size: Int64(number))
}

func crash() {
    let half = ArchiveMessageReader.frame(.opened).dropLast()
    try? Descriptor(owning: ArchiveReaderPlan.ReaderDescriptorNumber.messages).writeAll(Array(half))
    preconditionFailure("as the test wants")
}

/// What is tried, and fails for no other reason than the confinement.
var trials: [Trial] {
    [
        ("internet socket", { () throws(KernelError) in _ = try Descriptor.internetSocket() }),
        ("socket pair", { () throws(KernelError) in _ = try MessageSockets() }),
        (
            "read /etc/passwd",
            { () throws(KernelError) in
                _ = try Descriptor.workingDirectory.open("/etc/passwd").readAll(limit: 1 << 20)
            }
        ),
        (
            "list /",
            { () throws(KernelError) in
                _ = try Descriptor.workingDirectory.open("/", .directory).entries()
            }
        ),
        (
            "write /belljar-trial",
            { () throws(KernelError) in
                _ = try Descriptor.workingDirectory.open("/belljar-trial", [.write, .create], mode: 0o644)
            }
        ),
        (
            "write /tmp/belljar-trial",
            { () throws(KernelError) in
                _ = try Descriptor.workingDirectory.open("/tmp/belljar-trial", [.write, .create], mode: 0o644)
            }
        ),
        (
            "write the archive",
            { () throws(KernelError) in
                try Descriptor(owning: ArchiveReaderPlan.ReaderDescriptorNumber.archive).writeAll([0])
            }
        ),
        ("user namespace", { () throws(KernelError) in try Namespace.user.unshare() }),
        (
            "mount",
            { () throws(KernelError) in
                _ = try Descriptor.newFileSystem("tmpfs", attributes: .noDevices)
            }
        ),
        (
            "execute",
            { () throws(KernelError) in
                try CurrentProcess.execute("/bin/true", argv: ["true"], environment: [])
            }
        ),
        ("look into PID 1", { () throws(KernelError) in _ = try Host.openProcess(1) }),
        (
            "more memory than the limit",
            { () throws(KernelError) in
                try CurrentProcess.tryMemory(Int(Confinement.memoryBytes))
            }
        ),
        (
            "new process",
            { () throws(KernelError) in
                if try CurrentProcess.fork() == 0 { CurrentProcess.exitAtOnce(0) }
            }
        ),
    ]
}
