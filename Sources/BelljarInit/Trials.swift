internal import BelljarKernel
internal import BelljarPlan

/// What an archive reader that belongs to somebody else would try: run where archives are read, for tests.
enum Trials {
    static func run(_ tell: (ArchiveMessage) -> Void) {
        attempt("internet socket", tell) { () throws(KernelError) in _ = try Descriptor.internetSocket() }
        attempt("socket pair", tell) { () throws(KernelError) in _ = try MessageSockets() }
        attempt("read /etc/passwd", tell) { () throws(KernelError) in
            _ = try Descriptor.workingDirectory.open("/etc/passwd").readAll(limit: 1 << 20)
        }
        attempt("list /", tell) { () throws(KernelError) in
            _ = try Descriptor.workingDirectory.open("/", .directory).entries()
        }
        attempt("write /belljar-trial", tell) { () throws(KernelError) in
            _ = try Descriptor.workingDirectory.open("/belljar-trial", [.write, .create], mode: 0o644)
        }
        attempt("write /tmp/belljar-trial", tell) { () throws(KernelError) in
            _ = try Descriptor.workingDirectory.open("/tmp/belljar-trial", [.write, .create], mode: 0o644)
        }
        attempt("write the archive", tell) { () throws(KernelError) in
            try Descriptor(owning: ArchiveReaderPlan.ReaderDescriptorNumber.archive).writeAll([0])
        }
        attempt("user namespace", tell) { () throws(KernelError) in try Namespace.user.unshare() }
        attempt("mount", tell) { () throws(KernelError) in
            _ = try Descriptor.newFileSystem("tmpfs", attributes: .noDevices)
        }
        attempt("execute", tell) { () throws(KernelError) in
            try CurrentProcess.execute("/bin/true", argv: ["true"], environment: [])
        }
        attempt("look into PID 1", tell) { () throws(KernelError) in _ = try Host.openProcess(1) }
        attempt("more memory than the limit", tell) { () throws(KernelError) in
            try CurrentProcess.tryMemory(Int(Confinement.memoryBytes))
        }
        attempt("new process", tell) { () throws(KernelError) in
            if try CurrentProcess.fork() == 0 { CurrentProcess.exitAtOnce(0) }
        }
    }

    private static func attempt(
        _ name: String, _ tell: (ArchiveMessage) -> Void, _ body: () throws(KernelError) -> Void
    ) {
        do throws(KernelError) {
            try body()
            tell(.trial(name: name, errorNumber: 0))
        } catch {
            tell(.trial(name: name, errorNumber: error.number))
        }
    }
}
