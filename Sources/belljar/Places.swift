internal import BelljarControls
internal import BelljarKernel
internal import BelljarModel
internal import BelljarSandbox
internal import BelljarToolchain

/// Where things are on this machine, for this user.
struct Places: Sendable {
    private let givenStore: String?
    private let givenProject: String?
    private let givenUid: UInt32?

    init(options: GlobalOptions) {
        (givenStore, givenProject, givenUid) = (options.store, options.project, options.buildUid)
    }

    /// For who has no options, as a shell that completes them.
    init(store: String?, project: String?) {
        (givenStore, givenProject, givenUid) = (store, project, nil)
    }

    /// 65534 is `nobody`, which owns nothing, on every distribution (systemd's UID table; Debian policy 9.2.2).
    private static let unprivileged: UInt32 = 65534

    /// Nothing works without `/proc`: neither finding what belongs to belljar, nor the store, nor a sandbox.
    static func requireProc() throws(BelljarError) {
        guard let fault = Host.procFault else { return }
        throw BelljarError(
            .sandboxUnavailable, operation: "use", subject: "/proc", answer: fault,
            remedy: "mount it: mount -t proc proc /proc; a chroot needs its own")
    }

    /// The store's folder, absolute.
    func store() throws(BelljarError) -> String {
        try Self.requireProc()
        if let given = givenStore ?? filled("BELLJAR_STORE") { return try absolute(given) }
        if Host.effectiveUid == 0 { return "/var/lib/belljar" }
        if let data = filled("XDG_DATA_HOME"), data.hasPrefix("/") { return data + "/belljar" }
        guard let home = filled("HOME"), home.hasPrefix("/") else {
            throw BelljarError(
                .usage, operation: "find", subject: "the store", answer: "neither BELLJAR_STORE nor HOME is set",
                remedy: "say where it is with --store FOLDER")
        }
        return home + "/.local/share/belljar"
    }

    /// The account that builds run under; nil for an ordinary user, whose own they are.
    func account() throws(BelljarError) -> Account? {
        let account = try wantedAccount()
        try account?.requireMapped()
        return account
    }

    private func wantedAccount() throws(BelljarError) -> Account? {
        guard Host.effectiveUid == 0 else {
            guard givenUid == nil else {
                throw BelljarError(
                    .usage, operation: "use", subject: "--build-uid", answer: "belljar was not started as root",
                    remedy: "leave it out: builds run under your own account")
            }
            return nil
        }
        if let uid = givenUid {
            guard uid != 0 else {
                throw BelljarError(
                    .usage, operation: "use", subject: "--build-uid 0", answer: "builds never run as the host's root",
                    remedy: "name another account, or leave it out")
            }
            return Account(uid: uid, gid: uid)
        }
        do throws(KernelError) {
            if let account = try Host.account(named: "belljar"), account.uid != 0 {
                return Account(uid: account.uid, gid: account.gid)
            }
        } catch {
            throw BelljarError(
                .host, operation: "read", subject: "/etc/passwd", answer: error.answer,
                remedy: "make it readable, or name the account of builds with --build-uid")
        }
        return Account(uid: Self.unprivileged, gid: Self.unprivileged)
    }

    /// The nearest folder that holds `belljar.yaml`, `Recipes` or `Toolchains`, from the working directory upwards.
    func project() throws(BelljarError) -> String {
        if let given = givenProject, !isDirectory(try absolute(given)) {
            throw BelljarError(
                .usage, operation: "find", subject: "the project", answer: "there is no folder \(given)",
                remedy: "correct --project, or leave it out in the project's folder")
        }
        guard let found = try projectIfAny() else {
            let here = try absolute(".")
            throw BelljarError(
                .usage, operation: "find", subject: "the project",
                answer: "neither \(here) nor a folder above it holds belljar.yaml, Recipes or Toolchains",
                remedy: "make the folder a project with `belljar init`, or name one with --project")
        }
        return found
    }

    func projectIfAny() throws(BelljarError) -> String? {
        if let given = givenProject { return try absolute(given) }
        return nearestProject(from: try absolute("."))
    }

    /// The project's `Toolchains`, and what is installed with this program: `../share/belljar/toolchains`, as seen from it, so
    /// that everything can be moved together.
    func toolchainFolders() throws(BelljarError) -> ToolchainFolders {
        let installed = try programFolder().split(separator: "/").dropLast().map { "/" + $0 }.joined()
        let shipped = installed + "/share/belljar/toolchains"
        return ToolchainFolders(
            own: try projectIfAny().map { $0 + "/Toolchains" }, shipped: isDirectory(shipped) ? shipped : nil)
    }

    /// `belljar-init`, which stands beside this program.
    func initProgram() throws(BelljarError) -> String {
        if let given = filled("BELLJAR_INIT") { return try absolute(given) }
        return try programFolder() + "/belljar-init"
    }

    /// The folder that this program is in.
    private func programFolder() throws(BelljarError) -> String {
        try ownProgram().split(separator: "/").dropLast().map { "/" + $0 }.joined()
    }

    /// The file that this program is run from.
    func ownProgram() throws(BelljarError) -> String {
        try Self.requireProc()
        do throws(KernelError) {
            return String(decoding: try Descriptor.workingDirectory.readLink("/proc/self/exe"), as: UTF8.self)
        } catch {
            throw BelljarError(
                .host, operation: "find", subject: "the folder of this program", answer: error.description,
                remedy: "see that /proc can be read; where belljar-init is, BELLJAR_INIT says")
        }
    }

    /// Files in which this host and this user say what builds may have at most; those that are not there count for
    /// nothing.
    func limitFiles() -> [String] {
        let home = filled("HOME").map { $0 + "/.config" }
        let own = [filled("XDG_CONFIG_HOME"), home].compactMap(\.self).first { $0.hasPrefix("/") }
        return ["/etc/belljar/limits.yaml"] + (own.map { [$0 + "/belljar/limits.yaml"] } ?? [])
    }

    /// Where failed builds are kept for their owner to look at.
    func failedFolder() -> String { (filled("TMPDIR") ?? "/tmp") + "/belljar-failed-\(Host.effectiveUid)" }

    /// A path as seen from the root, without looking at what it names.
    func absolute(_ path: String) throws(BelljarError) -> String {
        if path.hasPrefix("/") { return path }
        try Self.requireProc()
        do throws(KernelError) {
            // The directory itself, not $PWD, which is the caller's to invent.
            let here = try Descriptor.workingDirectory.readLink("/proc/self/cwd")
            let folder = String(decoding: here, as: UTF8.self)
            return path == "." ? folder : folder + "/" + path
        } catch {
            throw BelljarError(
                .host, operation: "find", subject: "the working directory", answer: error.description,
                remedy: "start belljar in a folder that is there, or give absolute paths")
        }
    }

    /// The one path of a folder that has no links, `.` or `..` in it; the folder's own where it cannot be opened.
    func withoutLinks(_ folder: String) -> String {
        guard let open = try? Descriptor.workingDirectory.open(folder, [.pathOnly, .directory, .followingLinks]),
            let path = try? Descriptor.workingDirectory.readLink("/proc/self/fd/\(open.number)")
        else { return folder }
        return String(decoding: path, as: UTF8.self)
    }

    private func nearestProject(from folder: String) -> String? {
        var components = folder.split(separator: "/")
        while true {
            let path = "/" + components.joined(separator: "/")
            for name in ["Recipes", "Toolchains"] where isDirectory(path + "/" + name) { return path }
            if (try? Descriptor.workingDirectory.statusIfPresent(of: path + "/belljar.yaml"))??.kind == .regular {
                return path
            }
            if components.isEmpty { return nil }
            components.removeLast()
        }
    }

    private func isDirectory(_ path: String) -> Bool {
        (try? Descriptor.workingDirectory.open(path, [.pathOnly, .directory, .followingLinks]).status()) != nil
    }

    private func filled(_ name: String) -> String? {
        guard let value = Host.environment(name), !value.isEmpty else { return nil }
        return value
    }
}
