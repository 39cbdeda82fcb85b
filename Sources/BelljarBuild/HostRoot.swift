internal import BelljarControls
internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarPlan
internal import BelljarSandbox
internal import BelljarStore

/// This machine's own programs as a root file system, read-only, for a command that is observed: a tree, and what is mounted over
/// it. Homes, `/root`, `/run`, `/srv`, `/tmp` and most of `/var` are not part of it: a command sees what is installed here, and
/// nothing of what anybody keeps here.
struct HostRoot {
    /// The links at its top.
    let links: Directory
    let binds: [Plan.Bind]

    /// Where programs are, as far as the host has it.
    private static let folders = ["bin", "lib", "lib32", "lib64", "libx32", "opt", "sbin", "usr"]
    /// What programs look up that their packages made there.
    private static let madeByPackages = ["var/lib/ghc", "var/lib/gems"]

    /// - Parameter layer: what lies on top of it; the host's files of the same paths do not.
    init(below layer: BaseLayer) throws(BelljarError) {
        do throws(KernelError) {
            let host = try Descriptor.workingDirectory.open("/", [.pathOnly, .directory])
            var (links, binds): ([Directory.Symlink], [Plan.Bind]) = ([], [])
            func add(_ path: String) throws(KernelError) {
                switch try host.statusIfPresent(of: path)?.kind {
                case .directory, .regular: binds.append(Plan.Bind(source: "/\(path)", target: "/\(path)"))
                default: break
                }
            }
            for name in Self.folders {
                if try host.statusIfPresent(of: name)?.kind == .symlink {
                    links.append(.init(name: name, target: PathText.text(try host.readLink(name))))
                } else {
                    try add(name)
                }
            }
            for path in Self.madeByPackages { try add(path) }
            let own = Set((layer.files.map(\.path) + layer.directories).map { $0.split(separator: "/").prefix(2) })
            for entry in try host.open("etc", .directory).entries() {
                let name = PathText.text(entry.name)
                if !own.contains(["etc", name[...]]) { try add("etc/\(name)") }
            }
            (self.links, self.binds) = (Directory(symlinks: links), binds)
        } catch {
            throw .hostFailure(error, operation: "look at", subject: "this machine's programs")
        }
    }
}
