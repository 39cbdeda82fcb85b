package import BelljarControls
package import BelljarModel
package import BelljarSandbox

/// The world that every build step sees, as far as it is decided here: the constants that stand in a definition.
package enum BuildWorld {
    package static func sandbox(_ profile: IsolationProfile) -> BuildRecord.SandboxProfile {
        .init(profile: profile.versioned, baseline: "6.1", network: "none")
    }

    /// What is the same in every sandbox and cannot be set, by name. No name is a control's.
    ///
    /// - Parameter keepsLinks: the one of them that a recipe sets. It is named only where it is not as everywhere.
    package static func constants(_ controls: ControlStates, keepsLinks: Bool = false) -> [String: String] {
        let user =
            switch identity(controls) {
            case .builder: "builder 1000:1000"
            case .fakeRoot: "root 0:0"
            }
        let links = keepsLinks ? [linksName: keptLinks] : [:]
        return [
            "environment": "allow-list",
            "hostname": "belljar",
            "locale": "C.UTF-8",
            "outputs": "normalised",
            "paths": "/build /inputs /out",
            "timezone": "UTC",
            "umask": "022",
            "user": user,
            worldName: "\(World.version)",
        ].merging(links) { constant, _ in constant }
    }

    private static let linksName = "links"
    private static let keptLinks = "kept, also those that lead out"

    /// Whether a definition's outputs may hold links that lead out of them.
    static func keepsLinks(_ definition: BuildRecord.Definition) -> Bool {
        definition.constants[linksName] == keptLinks
    }

    private static let worldName = "world"

    /// The number of the world that a definition was made for. The first one was not written down.
    static func worldVersion(_ definition: BuildRecord.Definition) -> String { definition.constants[worldName] ?? "1" }

    /// Who a build is. Owners are pretended for root, so that is who it is then.
    package static func identity(_ controls: ControlStates) -> SandboxRequest.Identity {
        controls[.owners] == .fake ? .fakeRoot : .builder
    }

    /// What PID 1 answers from.
    package static func world(
        _ controls: ControlStates, epoch: UInt64, seed: String = "", limits: ResourceLimits,
        profile: IsolationProfile = .strict,
        keepsLedger: Bool = false, keepsTrace: Bool = false
    ) -> World {
        World(
            states: controls, epoch: epoch, seed: RandomSeed.bytes(seed), cpus: UInt32(clamping: limits.cpus),
            allowsNesting: profile == .nested, keepsLedger: keepsLedger, keepsTrace: keepsTrace)
    }

    /// What still reaches a build from its host, sorted; stated in every record. Besides the controls that are off
    /// these are what nothing virtualises: instructions that the processor answers itself (`cpuid`, `rdrand`, `rdtsc`),
    /// how long something took (`cpu-time`, `elapsed-time`), files of `/proc` over which nothing can be laid
    /// (`kernel-numbers`) and what system calls answer by the kernel that there is (`kernel-answers`), and who comes
    /// first (`scheduling` of processes, and `threads`, also where one processor goes from one to the next). With nested
    /// namespaces, the files that processes see in them are not answered for.
    ///
    /// - Parameter isInherited: whether something of whoever started belljar could not be set to what it is everywhere.
    package static func openChannels(
        _ controls: ControlStates, profile: IsolationProfile = .strict, isInherited: Bool = false
    ) -> [String] {
        let others =
            (profile == .nested ? [BuildRecord.nestedChannel] : [])
            + (isInherited ? [BuildRecord.inheritedChannel] : [])
        return (BuildRecord.openChannels + others + controls.open.map(\.rawValue)).sorted()
    }

    /// The whole environment of every step. What a recipe asks for cannot override the fixed part.
    package static func environment(
        adding additions: [String: String], epoch: UInt64, limits: ResourceLimits, controls: ControlStates
    ) -> [String: String] {
        additions.merging(fixedEnvironment(epoch: epoch, cpus: limits.cpus, controls: controls)) { _, fixed in fixed }
    }

    /// The environment that does not depend on a recipe's wishes.
    package static func fixedEnvironment(
        epoch: UInt64, cpus: UInt64, controls: ControlStates
    ) -> [String: String] {
        let user =
            switch identity(controls) {
            case .builder: "builder"
            case .fakeRoot: "root"
            }
        var environment = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            // Root's too: /root belongs to the image and cannot be written to.
            "HOME": "/build/.home", "USER": user, "LOGNAME": user, "SHELL": "/bin/sh",
            "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", "TERM": "dumb", "TMPDIR": "/tmp",
            "SOURCE_DATE_EPOCH": String(epoch), "OUT": "/out", "INPUTS": "/inputs", "BELLJAR_JOBS": String(cpus),
        ]
        if controls.isVirtualised(.cpu) { environment["GLIBC_TUNABLES"] = ProcessorLevel.tunables }
        return environment
    }

    /// How a step's script is run.
    package static func argv(script: String) -> [String] { BuildRecord.Step.argv(script: script) }

    /// Where the patch numbered `index` stands inside the sandbox.
    package static func patchPath(_ index: Int) -> String { "/inputs/" + patchesName + "/" + patchName(index) }

    /// The name below `/inputs` that patches are mounted at; a recipe's name cannot begin with a dot.
    package static let patchesName = ".patches"

    package static func patchName(_ index: Int) -> String {
        let digits = String(index)
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits + ".patch"
    }
}
