internal import Glibc

/// A device of the host that builds are given, because nobody can make devices without privileges.
///
/// What it is and whether it can be used decides what comes of a build, without being in its definition: with a
/// `/dev/null` of mode 0644 every `2>/dev/null` fails, and configuration scripts conclude what they like from that.
package struct HostDevice: Hashable, Sendable {
    package let name: String
    let major: UInt64
    let minor: UInt64

    package static let null = HostDevice(name: "null", major: 1, minor: 3)

    /// The controlling terminal of whoever opens it, which in a build can only be one of the build's own.
    private static let terminal = HostDevice(name: "tty", major: 5, minor: 0)

    /// By the name below `/dev`. Their numbers are fixed (Documentation/admin-guide/devices.txt).
    package static let all = [
        null, HostDevice(name: "zero", major: 1, minor: 5), HostDevice(name: "full", major: 1, minor: 7),
        HostDevice(name: "random", major: 1, minor: 8), HostDevice(name: "urandom", major: 1, minor: 9), terminal,
    ]

    /// As stat(2) tells it; glibc's makedev(3) for numbers that are small.
    package var number: UInt64 { major << 8 | minor }

    package var path: String { "/dev/\(name)" }

    /// What mknod(1) makes it from.
    package var nodeArguments: String { "c \(major) \(minor)" }

    /// Builds see the permissions, so they are the same everywhere.
    private static let permissions: UInt32 = 0o666

    /// Opens the host's own, looked at before anything is read from it or handed it.
    package static func openNull(_ flags: OpenFlags = .read) throws(KernelError) -> Descriptor {
        let found = try Descriptor.workingDirectory.open(null.path, [.pathOnly])
        try null.checkKind(try found.status())
        return try Descriptor.workingDirectory.open(null.path, flags)
    }

    /// What it is: type, number and permissions.
    ///
    /// - Throws: with the path as the subject, followed by a colon and words where no call failed.
    package func check(_ status: FileStatus) throws(KernelError) {
        try checkKind(status)
        guard status.permissions == Self.permissions else {
            let mode = String(status.permissions, radix: 8)
            throw KernelError(call: "stat", subject: "\(path): its mode is 0\(mode) instead of 0666", number: EACCES)
        }
    }

    /// - Parameter folder: where it lies by its name.
    package func check(in folder: borrowing Descriptor) throws(KernelError) {
        let status: FileStatus
        do throws(KernelError) { status = try folder.status(of: name) } catch { throw failure(error) }
        try check(status)
    }

    private func checkKind(_ status: FileStatus) throws(KernelError) {
        let wanted = "the character device \(major):\(minor)"
        guard status.kind == .characterDevice else {
            throw KernelError(
                call: "stat", subject: "\(path): it is a \(status.kind.words) instead of \(wanted)", number: ENODEV)
        }
        guard status.deviceNumber == number else {
            throw KernelError(
                call: "stat",
                subject: "\(path): it is the device \(status.deviceNumber >> 8 & 0xfff):"
                    + "\(status.deviceNumber & 0xff) instead of \(wanted)", number: ENODEV)
        }
    }

    /// Whether it does what it is for. A mount option, a control group or a security module can be in the way.
    package func use(in folder: borrowing Descriptor) throws(KernelError) {
        do throws(KernelError) {
            let device: Descriptor
            do throws(KernelError) { device = try folder.open(name, [.readWrite, .nonblocking]) } catch {
                // Nobody here has one.
                guard self == Self.terminal, error.number == ENXIO else { throw error }
                return
            }
            switch name {
            case "null":
                try expect(try device.readSome(atMost: 1) == [], "it is not empty")
                try device.writeAll([1])
            case "zero":
                try expect(try device.readSome(atMost: 2) == [0, 0], "it gives no zeros")
                try device.writeAll([1])
            case "full":
                try expect(try device.readSome(atMost: 2) == [0, 0], "it gives no zeros")
                try expect(isFull(device), "it can be written to")
            case Self.terminal.name: break
            default: try expect(try device.readSome(atMost: 1).count == 1, "it gives nothing")
            }
        } catch { throw failure(error) }
    }

    private func isFull(_ device: borrowing Descriptor) -> Bool {
        do throws(KernelError) { try device.writeAll([1]) } catch { return error.number == ENOSPC }
        return false
    }

    private func expect(_ holds: Bool, _ words: String) throws(KernelError) {
        guard holds else { throw KernelError(call: "read", subject: "\(path): \(words)", number: EIO) }
    }

    /// An error that names this device.
    package func failure(_ error: KernelError) -> KernelError {
        guard !error.subject.hasPrefix(path) else { return error }
        return KernelError(call: error.call, subject: path, number: error.number)
    }
}
