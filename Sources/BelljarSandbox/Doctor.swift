package import BelljarControls
internal import BelljarKernel
package import BelljarModel

/// One line of `belljar doctor`.
package struct HostFeature: Hashable, Sendable {
    package enum State: String, Hashable, Sendable, CaseIterable {
        case available, missing
        case optionalMissing = "optional-missing"
    }

    package var name: String
    package var state: State
    /// What was found: a version, a limit, the errno of a probe.
    package var finding: String
    /// What to do if it is missing.
    package var remedy: String?

    package init(name: String, state: State, finding: String, remedy: String?) {
        self.name = name
        self.state = state
        self.finding = finding
        self.remedy = remedy
    }

    /// What can be said without starting anything.
    package static func facts() -> [HostFeature] {
        [DoctorFacts.kernel(), DoctorFacts.architecture(), DoctorFacts.processor(), DoctorFacts.proc()]
    }

    /// What came of `Sandbox.rehearse`.
    package static func rehearsal(_ outcome: Result<String, BelljarError>) -> HostFeature {
        switch outcome {
        case .success(let finding):
            HostFeature(name: "sandbox", state: .available, finding: finding, remedy: nil)
        case .failure(let error):
            HostFeature(name: "sandbox", state: .missing, finding: error.summary, remedy: error.remedy)
        }
    }

    /// A trial that went well shows that a build can do without what a probe did not find, or found to be too old.
    package static func concluded(_ features: [HostFeature], _ rehearsal: HostFeature) -> [HostFeature] {
        guard rehearsal.state == .available else { return features + [rehearsal] }
        return features.map { feature in
            var feature = feature
            if feature.state == .missing { feature.state = .optionalMissing }
            return feature
        } + [rehearsal]
    }

    /// Probes this host, each probe in a process of its own.
    ///
    /// The lines come in a fixed order, what others need first: the first `missing` one is the one to begin with. A
    /// sandbox that cannot be set up can name its cause by them.
    ///
    /// - Parameters:
    ///   - initPath: absolute path of `belljar-init`, which carries out the probes of the kernel.
    ///   - account: who the probes run as if belljar runs as root, as builds do; root may do more than they may.
    package static func probeAll(initPath: String, account: Account?) -> [HostFeature] {
        var features = facts()
        let starter = ProbeRunner(initPath: initPath, account: account)
        for probe in HostProbe.all {
            let answer = starter.run(probe.name)
            let blocked = features.first { $0.name == probe.need && $0.state != .available }
            features.append(probe.feature(answer, blockedBy: blocked?.name))
        }
        return features + [.controlGroup()] + DoctorFacts.programs()
    }
}

/// What belljar-init found out.
enum ProbeAnswer: Hashable, Sendable {
    case available(String)
    case missing(String)
}

/// Runs the probes of belljar-init.
struct ProbeRunner: Sendable {
    var initPath: String
    var account: Account?

    /// Probes take milliseconds, unless something hangs.
    var timeoutMilliseconds: UInt64 = 10_000
    /// Room for one line.
    private static let outputLimit = 4096

    /// Everything but an answer in the form that init gives is a missing feature: a program that does not start, dies
    /// by a signal or hangs.
    func run(_ name: String) -> ProbeAnswer {
        var argv = ["belljar-init", "--probe", name]
        if let account { argv += [String(account.uid), String(account.gid)] }
        do {
            // Not the host's null device, which may be what is wrong with the host.
            let nothing = try Pipe().closingWriter()
            let pipe = try Pipe()
            var child = try ChildProcess.spawn(
                initPath, argv: argv, environment: [:],
                descriptors: [(nothing.number, 0), (pipe.writer.number, 1), (nothing.number, 2)], directory: "/")
            guard let output = try read(pipe.closingWriter()) else {
                // The child is killed and reaped with its owner.
                return .missing("the probe hung")
            }
            return Self.parse(output, try child.wait().exit)
        } catch {
            return .missing("\(error)")
        }
    }

    /// What the probe prints until it closes its output; nil if that takes too long, or is more than an answer.
    private func read(_ pipe: consuming Descriptor) throws(KernelError) -> String? {
        let deadline = Deadline.after(milliseconds: timeoutMilliseconds)
        var output: [UInt8] = []
        while output.count < Self.outputLimit {
            let events = try poll([(pipe.number, .readable)], until: deadline)
            guard events != [[]] else { return nil }
            let bytes = try pipe.readSome(atMost: Self.outputLimit)
            if bytes.isEmpty { return String(decoding: output, as: UTF8.self) }
            output += bytes
        }
        return nil
    }

    static func parse(_ output: String, _ exit: ProcessEnd.Exit) -> ProbeAnswer {
        let words = output.prefix { $0 != "\n" }.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        let finding = words.count == 2 ? String(words[1]) : ""
        switch (exit, words.first) {
        case (.status(0), "available"): return .available(finding)
        case (.status(0), "missing"): return .missing(finding)
        case (.status(let status), _): return .missing("the probe ended with status \(status)")
        case (.signal(let signal), _): return .missing("the probe was ended by signal \(signal)")
        }
    }
}
