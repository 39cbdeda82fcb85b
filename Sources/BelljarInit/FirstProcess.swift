internal import BelljarKernel
internal import BelljarPlan

/// Process 1 of the sandbox: makes its world, then runs the commands in it.
enum FirstProcess {
    static func main(_ plan: Plan) -> Never {
        do throws(StageFailure) {
            try setNames(plan)
            let tree = try MountTree.make(plan)
            try harden()
            ReportChannel.send(.enforcement(name: "processes", value: tree.limitsPids ? "pid_max+rlimit" : "rlimit"))
            var supervisor = try Supervisor(plan)
            guard try supervisor.runCommands() else { CurrentProcess.exitAtOnce(1) }
            ReportChannel.send(.finished, descriptors: tree.handedBack)
            CurrentProcess.exitAtOnce(0)
        } catch {
            // Whatever runs dies with process 1.
            ReportChannel.send(error.report)
            CurrentProcess.exitAtOnce(1)
        }
    }

    private static func setNames(_ plan: Plan) throws(StageFailure) {
        try at(.hostName) { () throws(KernelError) in
            try HostNames.set(host: plan.hostName)
            try HostNames.set(domain: plan.domainName)
        }
    }

    /// Nobody of the same user may trace process 1 or look into it: it keeps rights over the namespaces that the
    /// commands do not have.
    private static func harden() throws(StageFailure) {
        try at(.hardenFirstProcess) { () throws(KernelError) in try Credentials.setDumpable(false) }
    }
}
