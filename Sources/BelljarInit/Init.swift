internal import BelljarControls
internal import BelljarKernel
internal import BelljarPlan

/// The program belljar-init: sets up the namespaces that a plan describes and starts their PID 1, which does the
/// rest. Single-threaded from beginning to end, because the kernel refuses to let a thread of several into a new user
/// namespace, and because only then fork is safe in plain Swift.
///
/// This first process ends as soon as PID 1 is started. The parent holds a descriptor that stands for PID 1,
/// so it need not be its parent in the kernel's sense, and nobody has to wait while the kernel takes namespaces apart.
package enum Init {
    /// What the program is called with, behind everything else, once it runs from a mount of its own.
    static let detached = "--detached"

    /// The ids under which the program is executed anew. Nobody is uid 0 there: the files below `/proc/1` belong to uid 0 of the
    /// namespace in which its program was executed (`task_dump_owner` in fs/proc/base.c), and a build that is root in that
    /// same namespace (`root: fake`) could write to them, its scheduling among them.
    static let first = Account(uid: 1000, gid: 1000)

    /// Reads the plan from its descriptor and carries it out.
    ///
    /// - Parameter arguments: those behind the program's name.
    package static func main(_ arguments: [String]) -> Never {
        do throws(StageFailure) {
            let isDetached = arguments.last == detached
            let plan = try readPlan(again: !isDetached)
            if !isDetached {
                let program = try findProgram()
                if plan.joinsGroup { try joinGroup() }
                _ = try Inherited.settle(plan)
                try dropPrivileges(to: plan.account)
                try becomeDetached(program, arguments)
            }
            try beDetached()
            try become(plan.inside)
            // Everything was set before, while root could; what could not be set is found once more.
            let inherited = try Inherited.settle(plan)
            try enterOtherNamespaces()
            let pid = try at(.startFirstProcess) { () throws(KernelError) in
                // For all that is sent over sockets from now on, as `CommandProcess` says.
                try ProcessLimits.raise(.openFiles)
                return try CurrentProcess.fork()
            }
            if pid == 0 { FirstProcess.main(plan, inherited) }
            try handOver(pid)
            CurrentProcess.exitAtOnce(0)
        } catch {
            ReportChannel.send(error.report)
            CurrentProcess.exitAtOnce(1)
        }
    }

    /// - Parameter again: whether the plan is read once more, by the program that this one becomes.
    static func readPlan(again: Bool) throws(StageFailure) -> Plan {
        let bytes = try at(.readPlan) { () throws(KernelError) in
            let file = Descriptor(owning: Plan.DescriptorNumber.plan)
            // The parent has written it through the same open file, so its position is at the end.
            try file.seek(to: 0)
            let bytes = try file.readAll(limit: Plan.maximumSize)
            if again { _ = file.release() }
            return bytes
        }
        do throws(WireError) {
            return try Plan(decoding: bytes)
        } catch {
            throw StageFailure(stage: .readPlan, error: .invalid("read", "plan: \(error)"))
        }
    }

    /// Joins the control group that the parent made, before there is any other process, so that none is left out. The
    /// cgroup namespace, made later, has it as its root.
    static func joinGroup() throws(StageFailure) {
        try at(.joinGroup) { () throws(KernelError) in
            try Descriptor(owning: Plan.DescriptorNumber.group).writeAll(Array("0".utf8))
        }
    }

    /// A process that was started as root becomes the account before anything else, so that whoever gets out of the
    /// sandbox is not the host's root. Without an account, root is refused.
    static func dropPrivileges(to account: Account?) throws(StageFailure) {
        try at(.dropPrivileges) { () throws(KernelError) in
            if let account {
                try Credentials.dropSupplementaryGroups()
                try Credentials.setGroup(account.gid)
                try Credentials.setUser(account.uid)
                // A change of user makes the process's files in /proc root's, and the id maps are among them.
                try Credentials.setDumpable(true)
            }
            guard Host.effectiveUid != 0 else { throw .notPermitted("geteuid", "a sandbox never runs as root") }
            // If memory runs out, the build is to go first. It may take this back; then it is as before.
            try CurrentProcess.writeSetting("/proc/self/oom_score_adj", "1000")
        }
    }

    /// Finds the program's own file, and goes to its folder. First of all, because root may go where an account may not.
    static func findProgram() throws(StageFailure) -> OwnProgram {
        try at(.detachProgram) { () throws(KernelError) in try OwnProgram() }
    }

    /// Enters the first namespaces and becomes this program again there, from a read-only mount of its file that no path
    /// leads to. What runs in the sandbox as belljar's PID 1, or as a step before its own program, has nothing of the
    /// host for its `/proc/PID/exe` then. Comes back only with an error.
    static func becomeDetached(_ program: OwnProgram, _ arguments: [String]) throws(StageFailure) {
        try enterFirstNamespaces(as: first)
        try at(.detachProgram) { () throws(KernelError) in
            try program.execute(
                argv: ["belljar-init"] + arguments + [detached],
                environment: Plan.environment.map { "\($0.key)=\($0.value)" })
        }
    }

    /// Makes sure that the program runs from such a mount: from here on it meets what is hostile.
    static func beDetached() throws(StageFailure) {
        try at(.detachProgram) { () throws(KernelError) in
            try OwnProgram.requireDetached()
            try Credentials.keepCapabilitiesOverExec(false)
        }
    }

    /// The namespaces that a mount can be made in. The user namespace comes first: it gives the rights that all others need.
    ///
    /// - Parameter inside: what the account is in there.
    static func enterFirstNamespaces(as inside: Account) throws(StageFailure) {
        let outside = Account(uid: Host.effectiveUid, gid: Host.effectiveGid)
        try at(.userNamespace) { () throws(KernelError) in try Namespace.user.unshare() }
        try at(.mountNamespace) { () throws(KernelError) in try Namespace.mount.unshare() }
        try map(outside, to: inside)
    }

    /// Goes on under the ids that a build has, within the namespaces of the first ones if they are others.
    private static func become(_ inside: Account) throws(StageFailure) {
        guard inside != first else { return }
        try enterFirstNamespaces(as: inside)
    }

    /// All other kinds of namespaces.
    static func enterOtherNamespaces() throws(StageFailure) {
        for namespace in [Namespace.pid, .net, .ipc, .uts, .cgroup] {
            try at(.otherNamespaces) { () throws(KernelError) in try namespace.unshare() }
        }
        try at(.timeNamespace) { () throws(KernelError) in
            try Namespace.time.unshare()
            try CurrentProcess.writeSetting("/proc/self/timens_offsets", CurrentProcess.clockOffsetsToZero())
        }
    }

    /// Maps the one account that there is. The kernel lets a process map its own ids without help, the group only
    /// after it gave up setgroups(2).
    ///
    /// - Parameter outside: the ids before the user namespace, in which they cannot be asked for any more.
    static func map(_ outside: Account, to inside: Account) throws(StageFailure) {
        try at(.mapIdentity) { () throws(KernelError) in
            try CurrentProcess.writeSetting("/proc/self/setgroups", "deny")
            try CurrentProcess.writeSetting("/proc/self/uid_map", "\(inside.uid) \(outside.uid) 1")
            try CurrentProcess.writeSetting("/proc/self/gid_map", "\(inside.gid) \(outside.gid) 1")
        }
    }

    /// Gives the parent something to hold PID 1 by.
    private static func handOver(_ pid: Int32) throws(StageFailure) {
        let process = try at(.startFirstProcess) { () throws(KernelError) in try Host.openProcess(pid) }
        ReportChannel.send(.forked, descriptors: [process.number])
    }
}
