internal import BelljarControls
internal import BelljarKernel
internal import BelljarModel
internal import BelljarPlan

/// A running belljar-init and the parent's ends of everything it was given. Whatever way this value goes, the sandbox
/// goes with it: its lifeline is closed, and the child is killed and reaped.
struct SandboxProcess: ~Copyable {
    private let initPath: String
    let report: Descriptor
    let standardOutput: Descriptor
    let standardError: Descriptor
    /// Nil once the sandbox was told to die.
    private var lifeline: Descriptor?
    /// belljar-init as it was started, which ends once it has started PID 1 of the sandbox.
    private var child: ChildProcess
    /// Stands for PID 1; nil before there is one.
    private var first: Descriptor?

    let input = InputPump()

    /// Starts init with the plan.
    ///
    /// - Parameters:
    ///   - group: the control group that it joins; nil for none.
    ///   - start: what it is started with otherwise than usual.
    init(
        initPath: String, plan: Plan, input: SandboxRequest.StandardInput, group: BuildGroup?, start: UnusualStart?
    ) throws(BelljarError) {
        self.initPath = initPath
        let standardInput = try self.input.open(input, for: plan.account)
        do {
            let message = try Descriptor.memoryFile("belljar-plan")
            try message.writeAll(plan.encoded())
            try message.seal()
            let lifeline = try Pipe()
            let reports = try MessageSockets()
            let output = try Pipe()
            let errors = try Pipe()
            if let account = plan.account {
                // A build opens /dev/stdout, which leads to the pipe, and may do so only as its owner.
                try output.writer.setOwner(uid: account.uid, gid: account.gid)
                try errors.writer.setOwner(uid: account.uid, gid: account.gid)
            }
            let joining = try group?.joining()
            var more: [(source: Int32, target: Int32)] = []
            switch joining {
            case .some(let joining): more.append((joining.number, Plan.DescriptorNumber.group))
            case nil: break
            }
            let descriptors: [(source: Int32, target: Int32)] =
                [
                    (standardInput.number, Plan.DescriptorNumber.standardInput),
                    (output.writer.number, Plan.DescriptorNumber.standardOutput),
                    (errors.writer.number, Plan.DescriptorNumber.standardError),
                    (message.number, Plan.DescriptorNumber.plan),
                    (lifeline.reader.number, Plan.DescriptorNumber.lifeline),
                    (reports.second.number, Plan.DescriptorNumber.report),
                ] + more
            child = try StartCondition.starting(
                with: start?.conditions ?? [], refused: { condition, error in start?.note(condition, error) }
            ) { () throws(KernelError) in
                try ChildProcess.spawn(
                    initPath, argv: ["belljar-init"], environment: Plan.environment, descriptors: descriptors,
                    newSession: true)
            }
            report = reports.closingSecond()
            standardOutput = output.closingWriter()
            standardError = errors.closingWriter()
            self.lifeline = lifeline.closingReader()
        } catch {
            throw .launching("start the sandbox's first process", initPath, error)
        }
    }

    /// Lets the next command begin. Nothing happens if init is gone; its report socket tells that.
    func goOn() {
        try? report.send([0])
    }

    /// Takes over the other side of the sandbox's terminal.
    func takeOver(_ master: consuming Descriptor, _ input: StandardStream.Input) throws(KernelError) -> TerminalRelay {
        try TerminalRelay(master, input, initPath: initPath)
    }

    /// Makes everything in the sandbox die.
    mutating func cut() {
        lifeline = nil
    }

    /// Kills init itself, for when it does not follow its lifeline.
    mutating func kill() {
        lifeline = nil
        child.kill()
        switch first {
        case .some(let first): first.killProcess()
        case nil: break
        }
    }

    /// Keeps what stands for PID 1.
    mutating func hold(_ process: consuming Descriptor?) { first = process }

    /// Waits until no process of the sandbox is alive. Not needed after `Report.finished`: then all that is left is
    /// PID 1 on its way out, and taking its namespaces apart is the kernel's work, for which nobody has to wait.
    mutating func waitForDeath() throws(KernelError) {
        lifeline = nil
        switch first {
        case .some(let first): _ = try poll([(first.number, .readable)], until: nil)
        case nil: break
        }
    }

    /// Waits for the end of the program that was started.
    mutating func wait() throws(BelljarError) -> ProcessEnd {
        do {
            return try child.wait()
        } catch {
            throw BelljarError(
                .host, operation: "wait for the sandbox's first process", subject: "belljar-init", stage: "supervise",
                answer: "\(error.call): \(error.answer)")
        }
    }
}
