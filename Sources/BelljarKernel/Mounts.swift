internal import CLinux
internal import Glibc

// Mounts by descriptors. A descriptor of a mount is the mount's root directory; as long as it is not attached the
// mount is visible to nobody, and it goes away with its last descriptor.

/// Restrictions of one mount.
package struct MountAttributes: OptionSet, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static let readOnly = MountAttributes(rawValue: bj_mount_read_only)
    /// Set-user-id bits and file capabilities have no effect.
    package static let noSetUserId = MountAttributes(rawValue: bj_mount_no_set_id)
    package static let noDevices = MountAttributes(rawValue: bj_mount_no_devices)
    /// Nothing can be executed.
    package static let noPrograms = MountAttributes(rawValue: bj_mount_no_programs)
}

/// One option of a file system that is being made.
package enum MountOption: Hashable, Sendable {
    case flag(String)
    /// The kernel refuses values of more than 255 bytes.
    case value(String, String)
}

extension Descriptor {
    /// Makes a file system (`tmpfs`, `overlay`, `proc`, ...) and a mount of it that is not attached yet.
    ///
    /// - Throws: for options that do not fit the error's subject ends with what the file system says about it.
    package static func newFileSystem(
        _ type: String, _ options: [MountOption] = [], attributes: MountAttributes
    ) throws(KernelError) -> Descriptor {
        let context = Descriptor(owning: try checked("fsopen", type) { unsafe bj_fsopen(type) })
        do throws(KernelError) {
            for option in options { try context.configure(option) }
            _ = try checked("fsconfig", "\(type) create") { bj_fsconfig_create(context.number) }
        } catch {
            throw context.explained(error)
        }
        let mount = try checked("fsmount", type) { bj_fsmount(context.number, UInt32(attributes.rawValue)) }
        return Descriptor(owning: mount)
    }

    /// Makes a file system and mounts it nowhere, so that it goes away again: for what of it belongs to a namespace and stays.
    static func touchFileSystem(_ type: String) throws(KernelError) {
        let context = Descriptor(owning: try checked("fsopen", type) { unsafe bj_fsopen(type) })
        _ = try checked("fsconfig", "\(type) create") { bj_fsconfig_create(context.number) }
    }

    private func configure(_ option: MountOption) throws(KernelError) {
        switch option {
        case .flag(let name):
            _ = try checked("fsconfig", name) { unsafe bj_fsconfig_flag(number, name) }
        case .value(let name, let value):
            _ = try checked("fsconfig", "\(name)=\(value)") { unsafe bj_fsconfig_string(number, name, value) }
        }
    }

    /// Adds the message that the kernel left in the context, such as `overlay: missing 'lowerdir'`.
    private func explained(_ error: KernelError) -> KernelError {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = unsafe Glibc.read(number, &buffer, buffer.count)
        guard count > 2 else { return error }
        var explained = error
        // A letter for the severity and a blank stand before the text.
        let text = String(decoding: buffer[2..<count], as: UTF8.self)
        explained.subject += " (" + text.split(separator: "\n").joined(separator: "; ") + ")"
        return explained
    }

    /// Clones the mount (from this directory or file on) that a path relative to this directory leads to, as a bind
    /// mount that is not attached yet.
    ///
    /// - Parameters:
    ///   - name: empty for the descriptor itself.
    ///   - recursive: whether the mounts below are cloned with it. Without, the kernel refuses to uncover what
    ///     another user's mounts hide (EINVAL).
    package func cloneMount(_ name: String = "", recursive: Bool) throws(KernelError) -> Descriptor {
        let made = try checked("open_tree", name.isEmpty ? "\(number)" : name) {
            unsafe bj_open_tree_clone(number, name, recursive ? 1 : 0)
        }
        return Descriptor(owning: made)
    }

    /// Adds restrictions to this mount, and to those below it if `recursive`.
    package func restrictMount(_ attributes: MountAttributes, recursive: Bool) throws(KernelError) {
        _ = try checked("mount_setattr", "\(attributes.rawValue)\(recursive ? " recursive" : "")") {
            bj_mount_setattr(number, attributes.rawValue, recursive ? 1 : 0)
        }
    }

    /// Attaches this mount on a directory or file.
    ///
    /// - Parameter name: relative to the target, without following links; empty for the target itself.
    package func attach(to target: borrowing Descriptor, _ name: String = "") throws(KernelError) {
        let base = target.number
        _ = try checked("move_mount", name) { unsafe bj_move_mount(number, base, name) }
    }

    /// Lays what a path leads to over what another one leads to, without what is mounted below, and with the
    /// restrictions of the mount that it is in. Paths are those of the calling process.
    ///
    /// mount(2) takes half of the time of a clone that is attached afterwards.
    ///
    /// - Returns: false if there is nothing to cover.
    package static func bind(_ source: String, over target: String) throws(KernelError) -> Bool {
        do throws(KernelError) {
            _ = try checked("mount", target) { unsafe bj_bind(source, target) }
            return true
        } catch {
            // A missing source is a mistake.
            guard error.number == ENOENT, try Descriptor.workingDirectory.statusIfPresent(of: target) == nil else {
                throw error
            }
            return false
        }
    }

    /// Opens a path below this directory, for use as a place only (O_PATH). The directory is the path's root, and a
    /// symbolic link anywhere in the path is refused (ELOOP): what is in a file system that somebody else made cannot
    /// lead anywhere else.
    package func place(_ path: String, isDirectory: Bool) throws(KernelError) -> Descriptor {
        let made = try checked("openat2", path) {
            unsafe bj_open_inside(number, path, isDirectory ? O_DIRECTORY : 0)
        }
        return Descriptor(owning: made)
    }

    /// Sets an extended attribute of this file.
    package func setAttribute(_ name: String, _ value: [UInt8]) throws(KernelError) {
        _ = try checked("fsetxattr", name) { unsafe bj_fsetxattr(number, name, value, value.count) }
    }

    /// Makes this mount, which must be attached, the root of the calling process's mount namespace, and detaches the
    /// old root with everything on it.
    ///
    /// - Parameter coverings: mounts that lie directly over the old root, not counting this one. A path leads to the
    ///   topmost mount of a place, so each of them has to be detached before the old root itself is found. One too few
    ///   leaves the host's files within reach of `/..`.
    package func becomeRoot(coverings: Int) throws(KernelError) {
        try becomeWorkingDirectory()
        // With both at the same place the old root comes to lie over the new one, and no directory is needed for it.
        _ = try checked("pivot_root", ".") { unsafe bj_pivot_root(".", ".") }
        for _ in 0...coverings {
            _ = try checked("umount2", "MNT_DETACH") { unsafe umount2(".", Int32(MNT_DETACH)) }
        }
        _ = try checked("chdir", "/") { unsafe chdir("/") }
    }

    package func becomeWorkingDirectory() throws(KernelError) {
        _ = try checked("fchdir", "\(number)") { fchdir(number) }
    }
}
