internal import CLinux
internal import Glibc

/// The file that the calling process runs, as long as it is to run it from somewhere else.
///
/// `/proc/PID/exe` leads whoever may follow it to a program's own file, wherever that is, with the rights of the file's
/// owner. What runs beside a hostile program therefore runs from a mount of its file that is read-only and is nowhere: its
/// path is `/`, and neither mode, times nor content can be changed through it.
package struct OwnProgram {
    private let name: String
    private let device: UInt64
    private let inode: UInt64
    private static let link = "/proc/self/exe"

    /// Looks which file that is, and goes to the folder that it is in. A process takes its working directory along into a
    /// mount namespace of its own, which is true of no descriptor, and from there needs no rights to the folders above.
    package init() throws(KernelError) {
        let path = try Descriptor.workingDirectory.readLink(Self.link)
        guard path.first == UInt8(ascii: "/"), let slash = path.lastIndex(of: UInt8(ascii: "/")) else {
            throw .invalid("readlink", Self.link)
        }
        name = String(decoding: path[(slash + 1)...], as: UTF8.self)
        let file = try Descriptor.workingDirectory.open(Self.link, [.pathOnly, .followingLinks]).status()
        device = file.device
        inode = file.inode
        try Descriptor.workingDirectory.open(Array(path[...slash]), [.pathOnly, .directory]).becomeWorkingDirectory()
    }

    /// Becomes the program anew, from a mount of its own, with all capabilities that this process has; comes back only with
    /// an error. In a mount namespace that this process has rights over.
    package func execute(argv: [String], environment: [String]) throws(KernelError) {
        let mount = try Descriptor.workingDirectory.cloneMount(name, recursive: false)
        let file = try mount.status()
        // Somebody may have put another one in its place meanwhile.
        guard file.device == device, file.inode == inode else { throw .notFound(call: "open_tree", subject: name) }
        try mount.restrictMount([.readOnly, .noSetUserId, .noDevices], recursive: false)
        try Credentials.keepCapabilitiesOverExec(true)
        let arguments = try CStringArray(argv)
        let variables = try CStringArray(environment)
        _ = try checked("execveat", name) {
            unsafe bj_execute_descriptor(mount.number, arguments.pointer, variables.pointer)
        }
    }

    /// Makes sure that this process runs from such a mount: EPERM if it runs the file where it lies.
    package static func requireDetached() throws(KernelError) {
        let path = try Descriptor.workingDirectory.readLink(link)
        let file = try Descriptor.workingDirectory.open(link, [.pathOnly, .followingLinks])
        // A mount that is nowhere has no path but its own root. The file may have been removed meanwhile.
        let isNowhere = path == Array("/".utf8) || path == Array("/ (deleted)".utf8)
        guard isNowhere, try file.fileSystem().isReadOnly else {
            throw .notPermitted("readlink", "\(link): \(path.displayName)")
        }
    }
}
