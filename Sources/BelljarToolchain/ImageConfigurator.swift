internal import BelljarControls
internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarPlan
internal import BelljarSandbox

/// Runs the maintainer scripts of unpacked packages, inside the sandbox, as fake root and without network.
///
/// The procedure is what dpkg does when it installs everything at once: every `preinst`, then `dpkg --configure` for
/// all, which knows the order and runs config scripts, `postinst` and triggers. That `preinst` runs after the files
/// are there and not before makes no difference to a first installation, and lets the scripts use any tool of the
/// image.
struct ImageConfigurator: Sendable {
    let sandbox: Sandbox
    /// Name of the toolchain, for messages.
    let subject: String
    /// Seconds since 1970 that scripts are told to use for "now".
    let timestamp: UInt64
    /// What the host lets commands have at most.
    let hostLimits: HostLimits
    let progress: any ProgressSink
    let cancellation: Cancellation

    /// Wall time for all scripts together. 150 packages take about 5 s.
    private static let timeoutSeconds: UInt64 = 1800
    /// What is kept of the log's end for an error.
    private static let logTail = 64 << 10

    /// - Parameter root: absolute path of the root that `ImageUnpacker` filled; owned by whom the sandbox runs as.
    /// - Throws: `build_failed` with the script's name and the end of the log.
    func configure(_ packages: [DebianPackage], root: String) throws(BelljarError) {
        try writeServicePolicy(root: root)
        let limits = self.limits
        let commands = commands(for: packages)
        let request = SandboxRequest(
            root: .writable(root), identity: .fakeRoot, commands: commands.map(\.command), limits: limits,
            memoryCeiling: hostLimits.memoryCeiling,
            world: World(
                states: Self.controls, epoch: timestamp, seed: RandomSeed.bytes(""), cpus: UInt32(limits.cpus)))
        var log: [UInt8] = []
        let lack = MissingPackage(root: root, present: Set(packages.map(\.name)))
        let outcome: SandboxOutcome
        do throws(BelljarError) {
            outcome = try sandbox.run(request, cancellation: cancellation) { _, bytes in
                progress.report(.log(subject: subject, bytes: bytes))
                log += bytes
                if log.count > 2 * Self.logTail { log.removeFirst(log.count - Self.logTail) }
            }
        } catch {
            guard error.stage == "command-execute" else { throw error }
            var explained = error
            explained.remedy = Self.remedy(lack.needed(by: error.subject)) ?? error.remedy
            throw explained
        }
        guard outcome.status != .ok else { return }
        if let violation = outcome.violation {
            throw BelljarError(
                .refused, operation: "configure", subject: subject, stage: "configure",
                answer: "\(violation.program): \(violation.reason)")
        }
        let last = outcome.usages.indices.last.map { commands[$0].name } ?? "the configuration"
        throw failure(status: outcome.status, command: last, exceeded: outcome.exceeded, log: log, lack: lack)
    }

    /// Nobody asks for these limits, so the host's simply hold; an image that needs more cannot be made there. Only the
    /// number of processors stays what it is everywhere: scripts are told it, and what they write may depend on it.
    private var limits: ResourceLimits {
        var limits = ResourceLimits.standard
        limits.timeoutSeconds = Self.timeoutSeconds
        var held = hostLimits.clamped(limits)
        held.cpus = limits.cpus
        return held
    }

    /// The whole virtual world, and owners as maintainer scripts set them.
    private static let controls: ControlStates = {
        var controls = ControlStates.standard
        controls[.owners] = .fake
        return controls
    }()

    /// What nothing is configured without: the shell that scripts are written for, and dpkg.
    private static let needed = ["dash", "dpkg"]

    /// Refuses packages that cannot be configured before any of them is unpacked.
    static func require(_ packages: [LockedPackage], _ subject: String) throws(BelljarError) {
        let missing = Set(needed).subtracting(packages.map(\.name)).sorted()
        guard !missing.isEmpty else { return }
        throw BelljarError(
            .usage, operation: "lock toolchain", subject: subject,
            answer: "its packages cannot be configured without \(missing.joined(separator: " and "))",
            remedy:
                "add \(missing.joined(separator: " and ")) to the packages in toolchain.yaml, or have all essential packages: "
                + "remove `essential: false`")
    }

    // MARK: Commands

    /// The commands, and what messages call them. base-passwd comes first, because its script makes the account files that
    /// others look names up in; then by name.
    private func commands(for packages: [DebianPackage]) -> [(name: String, command: Plan.Command)] {
        let first = packages.filter { $0.hasPreinst && $0.name == "base-passwd" }
        let others = packages.filter { $0.hasPreinst && $0.name != "base-passwd" }
        let dpkg = packages.first { $0.name == "dpkg" }?.version ?? ""
        return (first + others).map { preinst(of: $0, dpkgVersion: dpkg) } + [
            (
                "dpkg --configure",
                // The image is thrown away if it is not finished, so dpkg need not wait for the disk; and it stops at
                // the first failure, so that the log ends there.
                Plan.Command(
                    argv: ["/usr/bin/dpkg", "--force-unsafe-io", "--abort-after=1", "--configure", "--pending"],
                    environment: environment, directory: "/")
            )
        ]
    }

    /// A preinst as dpkg calls it for a package that was never installed (deb-preinst(5), dpkg(1) "ENVIRONMENT").
    private func preinst(of package: DebianPackage, dpkgVersion: String) -> (name: String, command: Plan.Command) {
        let variables = [
            "DPKG_ADMINDIR": "/" + DpkgDatabase.path, "DPKG_MAINTSCRIPT_ARCH": package.architecture,
            "DPKG_MAINTSCRIPT_DEBUG": "0", "DPKG_MAINTSCRIPT_NAME": "preinst", "DPKG_MAINTSCRIPT_PACKAGE": package.name,
            "DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT": "1", "DPKG_ROOT": "", "DPKG_RUNNING_VERSION": dpkgVersion,
            // debconf finds the package in dpkg's temporary folder otherwise, which there is none of.
            "DEBCONF_PACKAGE": package.name,
        ]
        return (
            "preinst of \(package.name)",
            Plan.Command(
                argv: ["/\(DpkgDatabase.path)/info/\(package.databaseName).preinst", "install"],
                environment: environment.merging(variables) { _, own in own }, directory: "/")
        )
    }

    /// The same for every host and day; scripts that write dates or shuffle get their answers here.
    private var environment: [String: String] {
        [
            "DEBCONF_NONINTERACTIVE_SEEN": "true", "DEBIAN_FRONTEND": "noninteractive", "HOME": "/root",
            "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "LOGNAME": "root",
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "PERL_HASH_SEED": "0",
            "PERL_PERTURB_KEYS": "0", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "SHELL": "/bin/sh",
            "SOURCE_DATE_EPOCH": "\(timestamp)", "TERM": "dumb", "TMPDIR": "/tmp", "TZ": "UTC", "USER": "root",
        ]
    }

    /// 101: "action forbidden by policy" (invoke-rc.d's policy-rc.d interface). Normalising takes the file out again.
    private func writeServicePolicy(root: String) throws(BelljarError) {
        let components = ImageRules.servicePolicyPath.split(separator: "/").map(String.init)
        try hostCall("write", ImageRules.servicePolicyPath) { () throws(KernelError) in
            let opened = try Descriptor.workingDirectory.open(root, .directory)
            let folder = try opened.folder(components.dropLast().joined(separator: "/"), making: true)
            guard let name = components.last, try folder.statusIfPresent(of: name) == nil else { return }
            try folder.writeNew(Array("#!/bin/sh\nexit 101\n".utf8), as: name, isExecutable: true)
        }
    }

    // MARK: Failure

    private func failure(
        status: BuildStatus, command: String, exceeded: ExceededLimit?, log: [UInt8], lack: MissingPackage
    ) -> BelljarError {
        let lines = String(decoding: log, as: UTF8.self).split(separator: "\n").map(String.init)
        let details = Array(lines.suffix(30))
        switch status {
        case .cancelled:
            return .cancelled("configure", subject)
        case .timeout, .resourceExceeded:
            return BelljarError(
                .resourceExceeded, operation: "configure", subject: subject, stage: "configure",
                answer: "\(command): \(exceeded?.words ?? "it went over a limit (\(status.rawValue))")",
                remedy: exceeded.flatMap { hostLimits.origin(of: $0) }.map {
                    "this is a limit of the host (\($0)); have it raised there, or make the image on another host"
                }, details: details, exceeded: exceeded)
        default:
            let packages = Self.failedPackages(lines)
            let answer =
                packages.isEmpty ? "\(command) failed" : "\(command) failed for \(packages.joined(separator: ", "))"
            return BelljarError(
                .buildFailed, operation: "configure", subject: subject, stage: "configure", answer: answer,
                remedy: Self.remedy(lack.named(in: lines))
                    ?? "read the script in the package: dpkg-deb --ctrl-tarfile FILE | tar -xO ./postinst",
                details: details)
        }
    }

    /// - Parameter missing: names of essential packages; nil for none.
    private static func remedy(_ missing: [String]) -> String? {
        guard !missing.isEmpty else { return nil }
        let names = missing.joined(separator: " and ")
        let (they, them) = missing.count == 1 ? ("it is", "it") : ("they are", "them")
        return
            "add \(names) to the packages in toolchain.yaml and lock it again: \(they) essential in Debian, so scripts "
            + "use \(them) and no package depends on \(them)"
    }

    /// The packages that dpkg names: `dpkg: error processing package NAME (--configure):`.
    static func failedPackages(_ log: [String]) -> [String] {
        let mark = "dpkg: error processing package "
        return log.compactMap { line in
            guard line.hasPrefix(mark) else { return nil }
            return String(line.dropFirst(mark.count).prefix { $0 != " " })
        }
    }
}
