internal import BelljarKernel
package import BelljarModel

/// What a program of the host may take. Servers and repositories decide how long it runs and what it writes, and some have
/// no end.
package struct Bounds: Hashable, Sendable {
    /// Seconds from its start to its end.
    package var seconds: UInt64 = 600
    /// It has to get on in each stretch of so many seconds: 1000 bytes for each second (of its output, or in `folder`), or a
    /// tenth of the time at work. Nil for a program that looks after that itself.
    package var silentSeconds: UInt64?
    /// Where it writes, and how many bytes there may be.
    package var folder: String?
    package var folderBytes: UInt64 = .max

    package init() {}

    /// What the kernel holds, as commands of a shell: no memory images of crashes, 4 GiB of memory of its own, and no file that
    /// is larger than all of them may be. A look at the folder comes first, unless it fills faster than it is looked at.
    var shellLimits: String {
        // ulimit -f counts blocks of 512 bytes, -d KiB (dash(1)).
        let (room, overflow) = folderBytes.addingReportingOverflow(64 << 20)
        let file = overflow ? "" : "ulimit -f \(room / 512) 2>/dev/null; "
        return "ulimit -c 0; ulimit -d \(4 << 20) 2>/dev/null; " + file
    }
}

/// A bound that a program went over.
package enum Overrun: Hashable, Sendable {
    /// Seconds.
    case time(UInt64)
    /// Seconds.
    case silence(UInt64)
    /// Bytes.
    case bytes(UInt64)
}

/// Looks at one run.
struct BoundsWatch {
    private let bounds: Bounds
    private let leader: Int32
    private let deadline: Deadline
    private var stretch: Deadline
    /// What was got in this stretch and before it began.
    private var got: UInt64 = 0
    private var before: (bytes: UInt64, ticks: UInt64) = (0, 0)
    private var nextLook = Deadline.passed
    private(set) var overrun: Overrun?

    /// Milliseconds.
    private static let lookPause: UInt64 = 250
    private static let slowest: UInt64 = 1000

    init(_ bounds: Bounds, leader: Int32) {
        self.bounds = bounds
        self.leader = leader
        deadline = .after(milliseconds: Self.milliseconds(bounds.seconds))
        stretch = .after(milliseconds: Self.milliseconds(bounds.silentSeconds ?? .max))
    }

    private static func milliseconds(_ seconds: UInt64) -> UInt64 {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return overflow ? .max : product
    }

    /// So many bytes of output came.
    mutating func note(_ count: Int) { got += UInt64(count) }

    /// - Parameter isLast: what was written since the last look counts too, if the program has ended by itself.
    mutating func isOver(isLast: Bool = false) throws(BelljarError) -> Bool {
        if isLast { nextLook = .passed }
        if deadline.isOver { overrun = .time(bounds.seconds) }
        guard overrun == nil, nextLook.isOver else { return overrun != nil }
        nextLook = .after(milliseconds: Self.lookPause)
        var size: UInt64 = 0
        if let folder = bounds.folder {
            size = try hostCall("look at", folder) { () throws(KernelError) in
                try Self.size(of: try Descriptor.workingDirectory.open(folder, .directory), 0)
            }
            if size > bounds.folderBytes { overrun = .bytes(bounds.folderBytes) }
        }
        if let seconds = bounds.silentSeconds, stretch.isOver {
            let now = (bytes: got + size, ticks: Host.ticks(ofGroup: leader))
            let isAtWork = now.ticks >= before.ticks + seconds * Host.ticksPerSecond / 10
            if now.bytes < before.bytes + seconds * Self.slowest, !isAtWork { overrun = .silence(seconds) }
            before = now
            stretch = .after(milliseconds: Self.milliseconds(seconds))
        }
        return overrun != nil
    }

    /// Bytes of the files below a folder, as far as it is deep; they come and go meanwhile.
    private static func size(of folder: borrowing Descriptor, _ depth: Int) throws(KernelError) -> UInt64 {
        var bytes: UInt64 = 0
        for entry in try folder.entries() {
            guard let status = try folder.statusIfPresent(of: entry.name) else { continue }
            if status.kind == .regular { bytes += status.size }
            guard status.kind == .directory, depth < 16 else { continue }
            do throws(KernelError) {
                bytes += try size(of: try folder.open(entry.name, .directory), depth + 1)
            } catch {
                // ENOENT: it has just been removed.
                guard error.isNotFound else { throw error }
            }
        }
        return bytes
    }
}

extension HostProgram.End {
    /// The error of a run that was ended at one of its bounds; nil if it was not.
    package func error(_ operation: String, _ subject: String, stage: String, limits: SourceLimits) -> BelljarError? {
        switch overrun {
        case nil: nil
        case .time(let seconds):
            BelljarError(
                .unavailable, operation: operation, subject: subject, stage: stage,
                answer: limits.words(.fetchTime, seen: "it was still running after \(seconds) s"),
                remedy: "find out why the server is slow, or \(limits.remedy(.fetchTime))")
        case .silence(let seconds):
            BelljarError(
                .unavailable, operation: operation, subject: subject, stage: stage,
                answer: "it was slower than 1000 bytes per second for \(seconds) s",
                remedy: "check the network and the server, then try again")
        case .bytes(let bytes):
            BelljarError(
                .resourceExceeded, operation: operation, subject: subject, stage: stage,
                answer: limits.words(.fetchSize, seen: "the server sent more than \(bytes) bytes"),
                remedy: "pin a smaller source (an archive of the release), or \(limits.remedy(.fetchSize))")
        }
    }
}
