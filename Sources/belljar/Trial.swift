internal import BelljarBuild
internal import BelljarKernel
internal import BelljarModel
internal import BelljarSandbox
internal import BelljarStore

/// A sandbox tried out where the store is, or, as long as there is none, where it would be: with a store of the trial's own, which
/// is gone afterwards.
struct Trial {
    private let session: Session

    init(_ session: Session) { self.session = session }

    /// - Throws: what a build would end with.
    func run() throws(BelljarError) -> String {
        let path = try session.places.store()
        if exists(path), !isEmpty(path) { return try run(in: try session.store(), try session.sandbox()) }
        let folder = try makeFolder(in: path)
        defer { try? Descriptor.workingDirectory.removeTree(folder) }
        let account = try session.places.account()
        try Sandbox.requireSafePaths()
        let store = try Store(path: folder + "/store", owner: account)
        return try run(
            in: store,
            Sandbox(
                initPath: try session.places.initProgram(), cacheFolder: store.path + "/cache", account: account,
                groups: ControlGroups.delegated()))
    }

    private func run(in store: Store, _ sandbox: Sandbox) throws(BelljarError) -> String {
        let temporary = try store.makeTemporaryFolder()
        return try sandbox.rehearse(in: temporary.path)
    }

    private func exists(_ path: String) -> Bool {
        (try? Descriptor.workingDirectory.open(path, [.pathOnly, .directory, .followingLinks])) != nil
    }

    /// A folder that somebody made for a store: looking at it makes none.
    private func isEmpty(_ path: String) -> Bool {
        do throws(KernelError) {
            return try Descriptor.workingDirectory.open(path, [.directory, .followingLinks]).entries().isEmpty
        } catch { return false }
    }

    /// In the nearest folder of the path that is there.
    private func makeFolder(in path: String) throws(BelljarError) -> String {
        var components = path.split(separator: "/")
        while !components.isEmpty, !exists("/" + components.joined(separator: "/")) { _ = components.popLast() }
        let folder = "/" + (components + [".belljar-doctor-\(Host.processId)"]).joined(separator: "/")
        do throws(KernelError) {
            try Descriptor.workingDirectory.makeDirectory(folder, mode: 0o755)
            return folder
        } catch {
            throw BelljarError(
                .host, operation: "make", subject: "a store at \(path)", answer: "\(error.call): \(error.answer)",
                remedy: "name a place for it with --store or BELLJAR_STORE")
        }
    }
}
