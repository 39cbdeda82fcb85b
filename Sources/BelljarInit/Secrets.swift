internal import BelljarKernel
internal import BelljarPlan

/// The secrets of the command that runs: files on a file system of their own, which is empty whenever no command runs
/// that is to have them.
///
/// Its mount at `/run/secrets` is read-only. PID 1 writes through another mount of it, which lies below the first
/// and which no path leads to.
struct Secrets: ~Copyable {
    private let folder: Descriptor
    private let list: [Plan.Secret]

    /// At most 64 secrets of 64 KiB each, whole pages every one.
    private static let size = 8 << 20

    /// - Parameter root: of the sandbox, still writable.
    /// - Returns: nil if there are none.
    static func mount(_ plan: Plan, root: borrowing Descriptor) throws(StageFailure) -> Int32? {
        guard !plan.secrets.isEmpty else { return nil }
        return try at(.mountSecrets) { () throws(KernelError) in
            let attributes = MountTree.everywhere.union(.noPrograms)
            let mount = try Descriptor.newFileSystem(
                "tmpfs", [.value("size", "\(size)"), .value("mode", "0500")], attributes: attributes)
            try mount.attach(to: try root.placeOrMake(Plan.secretsPlace, isDirectory: true))
            let shown = try mount.cloneMount(recursive: false)
            try shown.restrictMount([.readOnly, .noSetUserId, .noDevices, .noPrograms], recursive: false)
            try shown.attach(to: mount)
            return try mount.open(".", .directory).release()
        }
    }

    /// - Parameter folder: what `mount` returned.
    init?(_ plan: Plan, folder: Int32?) {
        guard let folder else { return nil }
        self.folder = Descriptor(owning: folder)
        list = plan.secrets
    }

    /// Lays out what one command gets.
    func show(to command: UInt32) throws(StageFailure) {
        for secret in list where secret.commands.contains(command) {
            try at(.mountSecrets) { () throws(KernelError) in
                guard !secret.name.contains("/") else { throw .invalid("openat", secret.name) }
                let file = try folder.open(secret.name, [.write, .create, .exclusive], mode: 0o400)
                try file.writeAll(secret.content)
            }
        }
    }

    /// Takes it away again, when everything that the command started is dead.
    func hide(from command: UInt32) throws(StageFailure) {
        for secret in list where secret.commands.contains(command) {
            try at(.mountSecrets) { () throws(KernelError) in try folder.unlink(secret.name) }
        }
    }
}
