internal import BelljarKernel

/// The mounts of the sandbox by their numbers, with the device number that a build sees for each.
struct MountMap: Sendable {
    enum Kind: UInt8, Sendable {
        /// Nothing can be changed: all of it came in.
        case fixed
        /// What came in together with what the build makes.
        case changeable
        /// `/proc` with everything on it.
        case processes
        /// None of the sandbox's tree: pipes, sockets, files in memory.
        case unknown
    }

    struct Mount: Sendable {
        var number: UInt64
        var device: UInt64
        var kind: Kind
        /// Whether changes lie over what came in (overlayfs). Then the kernel's numbers of a file change when it is changed
        /// for the first time, and those of a directory whenever nobody has it open.
        var isLayered = false
        /// The device of random numbers that is at this place.
        var random: RandomDevice?
    }

    /// What is not in the tree has the device number before the first.
    static let unknown = Mount(number: 0, device: firstDevice - 1, kind: .unknown)

    /// Mount points of every sandbox. Their places here make their device numbers.
    private static let places = [
        "/", "/build", "/out", "/tmp", "/dev", "/dev/pts", "/dev/shm", "/proc", "/inputs", "/run",
        "/var/tmp",
    ]
    /// Major number 0 and a minor one that no mount of the host has: the kernel gives the lowest that is free, and these are
    /// what `/proc/self/mountinfo` tells. As a number of a build's it stays below 2^31.
    private static let firstDevice: UInt64 = 0x7_0020
    static let rootDevice = firstDevice
    /// Of `/dev`.
    static let deviceOfDevices = firstDevice + 4
    /// Of the mounts that only some sandboxes have, by their paths' order.
    private static let firstOther = firstDevice + 32

    /// In the order of `places`, because the first ones are asked for most.
    private let mounts: [Mount]
    /// The number of `/proc`.
    let processes: UInt64

    /// - Parameter text: of `/proc/self/mountinfo` (proc(5)).
    init(_ text: [UInt8]) {
        let lines = text.split(separator: UInt8(ascii: "\n")).compactMap(Line.init)
        // A later mount covers an earlier one at the same place.
        var seen: [String: Line] = [:]
        for line in lines { seen[line.place] = line }
        let others = seen.keys.filter { Self.fixedDevice(of: $0) == nil }.sorted()
        mounts = seen.values.map { line in
            let device =
                Self.fixedDevice(of: line.place)
                ?? Self.firstOther + UInt64(others.firstIndex(of: line.place) ?? 0)
            let kind: Kind =
                line.place == "/proc" || line.place.hasPrefix("/proc/")
                ? .processes : line.isReadOnly ? .fixed : .changeable
            return Mount(
                number: line.number, device: device, kind: kind, isLayered: line.isLayered,
                random: RandomDevice(path: line.place))
        }.sorted { ($0.device, $0.number) < ($1.device, $1.number) }
        processes = seen["/proc"]?.number ?? 0
    }

    /// What covers parts of `/proc`, and which devices there are, depends on the kernel, so that all of it counts as
    /// one.
    private static func fixedDevice(of place: String) -> UInt64? {
        let known =
            place.hasPrefix("/proc/") ? "/proc" : place.hasPrefix("/dev/") && !places.contains(place) ? "/dev" : place
        return places.firstIndex(of: known).map { firstDevice + UInt64($0) }
    }

    func mount(_ number: UInt64) -> Mount {
        for index in mounts.indices where mounts[index].number == number { return mounts[index] }
        return Self.unknown
    }

    private struct Line {
        var number: UInt64
        var place: String
        var isReadOnly: Bool
        var isLayered: Bool

        /// Number, parent, device, root, place and options, separated by spaces; more that are optional, a hyphen, and the
        /// type.
        init?(_ text: ArraySlice<UInt8>) {
            let words = text.split(separator: UInt8(ascii: " "))
            guard words.count > 5, let number = UInt64(String(decoding: words[0], as: UTF8.self)) else { return nil }
            self.number = number
            place = String(decoding: words[4], as: UTF8.self)
            isReadOnly = words[5].split(separator: UInt8(ascii: ",")).contains { $0.elementsEqual("ro".utf8) }
            let rest = words.drop { !$0.elementsEqual("-".utf8) }.dropFirst()
            isLayered = rest.first?.elementsEqual("overlay".utf8) ?? false
        }
    }
}
