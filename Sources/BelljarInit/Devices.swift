package import BelljarKernel
internal import BelljarPlan

/// What is in `/dev`, beside terminals of the sandbox's own.
package enum Devices {
    static let links = [
        ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"), ("ptmx", "pts/ptmx"),
    ]

    /// The devices that are the host's own: those that the plan does not lay something over.
    static func ofHost(_ plan: Plan) -> [HostDevice] {
        HostDevice.all.filter { device in !plan.masks.contains { $0.path == device.path } }
    }

    /// Attaches a device of the host, and tries it out where the build will use it and as the account that it will run under.
    static func add(_ device: HostDevice, to mount: borrowing Descriptor) throws(KernelError) {
        do throws(KernelError) {
            let node = try Descriptor.workingDirectory.cloneMount(device.path, recursive: false)
            try device.check(try node.status())
            try node.attach(to: mount, device.name)
            try device.use(in: mount)
        } catch { throw device.failure(error) }
    }

    /// Looks at them again when the commands have run. What is attached cannot be replaced, but its permissions can be
    /// changed on the host.
    static func checkAgain(_ plan: Plan) throws(StageFailure) {
        try at(.checkDevices) { () throws(KernelError) in
            let folder = try Descriptor.workingDirectory.open("/dev", [.pathOnly, .directory])
            for device in ofHost(plan) { try device.check(in: folder) }
        }
    }

    /// Looks at all that builds use, without a sandbox, as who runs this.
    package static func checkHost() throws(KernelError) {
        let folder = try Descriptor.workingDirectory.open("/dev", [.pathOnly, .directory, .followingLinks])
        for device in HostDevice.all {
            try device.check(in: folder)
            try device.use(in: folder)
        }
    }
}
