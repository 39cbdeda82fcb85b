internal import BelljarControls
internal import BelljarKernel

/// Control `identity`: the kernel's names are those of the world.
extension Worker {
    /// uname(names)
    func systemNames() throws(Refusal) -> Reply {
        let count = unsafe SystemNames(personality: try callerPersonality()).encode(into: room)
        try unsafe write(UnsafeRawBufferPointer(rebasing: room[..<count]), to: call.argument(0))
        return .success
    }

    /// Which system the caller asked to be shown (personality(2)). One whose program cannot be read does not let others
    /// look either; then it is taken for the ordinary one.
    private func callerPersonality() throws(Refusal) -> UInt32 {
        do throws(KernelError) {
            let text = try Descriptor.workingDirectory.open("/proc/\(call.thread)/personality").readAll(limit: 64)
            return UInt32(String(decoding: text.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self), radix: 16) ?? 0
        } catch {
            guard listener.isWaiting(call.id) else { throw .gone }
            return 0
        }
    }
}

/// Answer of uname(2): six texts in fields of the same size.
struct SystemNames {
    /// Bytes of a field with its zero (struct new_utsname in include/uapi/linux/utsname.h).
    private static let fieldSize = 65

    private let release: String
    private let architecture: String

    /// - Parameter personality: of which the kernel looks at two parts here: programs made for the numbers of old
    ///   kernels are told a number that they understand, and programs for 32 bits what such a machine is called.
    init(personality: UInt32) {
        // UNAME26: 2.6.60 and as many as the minor number says (kernel/sys.c, override_release).
        let isOld = personality & 0x2_0000 != 0
        let minor = UInt32(Machine.kernelRelease.split(separator: ".").dropFirst().first ?? "") ?? 0
        release = isOld ? "2.6.\(60 + minor)" : Machine.kernelRelease
        // PER_LINUX32 in the part of the personality that names a system.
        architecture = personality & 0xff == 8 ? "i686" : Machine.architecture
    }

    /// - Parameter buffer: of at least 390 bytes.
    /// - Returns: how many were written.
    func encode(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let fields = [
            Machine.systemName, Machine.hostName, release, Machine.kernelVersion, architecture, Machine.domainName,
        ]
        for (index, field) in fields.enumerated() {
            let part = unsafe UnsafeMutableRawBufferPointer(
                rebasing: buffer[index * Self.fieldSize..<(index + 1) * Self.fieldSize])
            unsafe part.initializeMemory(as: UInt8.self, repeating: 0)
            unsafe part.copyBytes(from: field.utf8)
        }
        return fields.count * Self.fieldSize
    }
}
