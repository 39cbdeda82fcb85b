package import BelljarModel

/// The world that every build step sees, as far as it is decided here: the constants that stand in a definition.
package enum BuildWorld {
    package static let sandbox = BuildRecord.SandboxProfile(profile: "strict/1", baseline: "6.1", network: "none")

    /// What this version takes over, by the name of the control.
    package static func controls(epoch: UInt64) -> [String: String] {
        [
            "aslr": "off",
            "environment": "allow-list",
            "hostname": "belljar",
            "locale": "C.UTF-8",
            "network": "none",
            "outputs": "normalised",
            "paths": "/build /inputs /out",
            "source-date-epoch": String(epoch),
            "timezone": "UTC",
            "umask": "022",
            "user": "builder 1000:1000",
        ]
    }

    /// What still reaches a build from its host, because nothing takes it over yet; stated in every record.
    package static let openChannels = [
        "clock", "cpu", "directory-order", "file-times", "inode-numbers", "kernel-version", "memory", "random",
        "scheduling", "threads",
    ]

    /// The whole environment of every step. What a recipe asks for cannot override the fixed part.
    package static func environment(
        adding additions: [String: String], epoch: UInt64, limits: ResourceLimits
    ) -> [String: String] {
        additions.merging(fixedEnvironment(epoch: epoch, cpus: limits.cpus)) { _, fixed in fixed }
    }

    /// The environment that does not depend on a recipe's wishes.
    package static func fixedEnvironment(epoch: UInt64, cpus: UInt64) -> [String: String] {
        [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/build/.home", "USER": "builder", "LOGNAME": "builder", "SHELL": "/bin/sh",
            "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", "TERM": "dumb", "TMPDIR": "/tmp",
            "SOURCE_DATE_EPOCH": String(epoch), "OUT": "/out", "INPUTS": "/inputs", "BELLJAR_JOBS": String(cpus),
        ]
    }

    /// How a step's script is run.
    package static func argv(script: String) -> [String] { ["/bin/sh", "-e", "-u", "-c", script] }

    /// Where the patch numbered `index` stands inside the sandbox.
    package static func patchPath(_ index: Int) -> String { "/inputs/" + patchesName + "/" + patchName(index) }

    /// The name below `/inputs` that patches are mounted at; a recipe's name cannot begin with a dot.
    package static let patchesName = ".patches"

    package static func patchName(_ index: Int) -> String {
        let digits = String(index)
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits + ".patch"
    }
}
