internal import BelljarControls
internal import BelljarKernel

/// Tells who sees other files than PID 1: processes that made mounts of their own, or another directory their root.
/// The kernel answers them by itself.
struct Nesting: Sendable {
    private let root: Root

    private struct Root: Hashable, Sendable {
        var mount: UInt64
        var inode: UInt64
    }

    init() { root = Self.root(of: "self") ?? Root(mount: 0, inode: 0) }

    /// - Parameter thread: of the caller. One that is gone is elsewhere too.
    func isElsewhere(_ thread: Int32) -> Bool { Self.root(of: "\(thread)") != root }

    /// A copy of a mount, which a new mount namespace is made of, has a number of its own.
    private static func root(of process: String) -> Root? {
        var facts = FileFacts()
        let path = Array("/proc/\(process)/root".utf8) + [0]
        let answer = unsafe path.withUnsafeBytes { bytes in
            unsafe bytes.baseAddress.map { unsafe facts.look($0, followsLink: true) } ?? -1
        }
        return answer == 0 ? Root(mount: facts.mount, inode: facts.inode) : nil
    }
}

extension NotifiedCall {
    /// Whether its answer depends on which file a name or descriptor stands for.
    var isAboutFiles: Bool {
        self == .statfs || self == .fstatfs || !controls.isDisjoint(with: [.fs, .mtimes, .order, .owners, .stat])
    }
}
