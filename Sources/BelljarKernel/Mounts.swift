internal import CLinux
internal import Glibc

// Mounts are made and moved by descriptor: nothing is looked up by a path that somebody could change in between.

/// Properties of a mount (not of its file system).
package struct MountAttributes: OptionSet, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static let readOnly = MountAttributes(rawValue: UInt64(MOUNT_ATTR_RDONLY))
    package static let noSetuid = MountAttributes(rawValue: UInt64(MOUNT_ATTR_NOSUID))
    package static let noDevices = MountAttributes(rawValue: UInt64(MOUNT_ATTR_NODEV))
    package static let noExec = MountAttributes(rawValue: UInt64(MOUNT_ATTR_NOEXEC))
    package static let noAccessTimes = MountAttributes(rawValue: UInt64(MOUNT_ATTR_NOATIME))
    package static let noSymlinks = MountAttributes(rawValue: UInt64(MOUNT_ATTR_NOSYMFOLLOW))
}

/// A file system that is being configured (fsopen).
package struct FileSystemContext: ~Copyable, Sendable {
    private let descriptor: Descriptor
    private let type: String

    /// - Parameter type: `tmpfs`, `overlay`, `proc`.
    package init(_ type: String) throws(KernelError) {
        let made = try unsafe checked("fsopen", name: type) { unsafe fsopen($0, UInt32(FSOPEN_CLOEXEC)) }
        descriptor = Descriptor(owning: made)
        self.type = type
    }

    /// Sets an option that has a value: `size=1048576`.
    package func set(_ key: String, _ value: some PathName) throws(KernelError) {
        _ = try unsafe checked("fsconfig \(type) \(key)", name: value) { value in
            unsafe fsconfig(descriptor.number, UInt32(FSCONFIG_SET_STRING.rawValue), key, value, 0)
        }
    }

    /// Sets an option without a value: `userxattr`.
    package func set(_ key: String) throws(KernelError) {
        _ = try checked("fsconfig", "\(type) \(key)") {
            unsafe fsconfig(descriptor.number, UInt32(FSCONFIG_SET_FLAG.rawValue), key, nil, 0)
        }
    }

    /// Makes the file system, and a mount of it that is not attached anywhere yet.
    package func mount(_ attributes: MountAttributes = []) throws(KernelError) -> Descriptor {
        _ = try checked("fsconfig", "\(type) create") {
            fsconfig(descriptor.number, UInt32(FSCONFIG_CMD_CREATE.rawValue), nil, nil, 0)
        }
        let made = try checked("fsmount", type) {
            fsmount(descriptor.number, UInt32(FSMOUNT_CLOEXEC), UInt32(attributes.rawValue))
        }
        return Descriptor(owning: made)
    }
}

extension Descriptor {
    /// A copy of the mount at this path, with those below it, that is not attached anywhere yet.
    package func cloneMountTree(at path: some PathName) throws(KernelError) -> Descriptor {
        let made = try unsafe checked("open_tree", name: path) { unsafe bj_open_tree_clone(number, $0) }
        return Descriptor(owning: made)
    }

    /// Attaches this mount at a path. The path's last component is not followed if it is a symbolic link.
    package func attachMount(to directory: borrowing Descriptor, _ path: some PathName) throws(KernelError) {
        let base = directory.number
        _ = try unsafe checked("move_mount", name: path) {
            unsafe move_mount(number, "", base, $0, UInt32(MOVE_MOUNT_F_EMPTY_PATH))
        }
    }

    /// Sets properties of this mount and of all below it.
    package func setMountAttributes(_ attributes: MountAttributes) throws(KernelError) {
        _ = try checked("mount_setattr", "\(number)") { bj_mount_set_attributes(number, attributes.rawValue) }
    }
}

/// Keeps mounts of this namespace from reaching any other, and the other way round.
package func makeAllMountsPrivate() throws(KernelError) {
    _ = try checked("mount", "/ private") { bj_make_mounts_private() }
}
