internal import BelljarKernel
internal import BelljarPlan

/// What the commands use of those limits that the kernel does not hold by itself (memory of all processes together), or
/// holds without telling anybody that they were reached. Process 1 looks a few times a second.
struct LimitWatch: ~Copyable {
    struct Exceeded: Equatable {
        var limit: Report.Limit
        /// In bytes or pieces; 0 if unknown.
        var seen: UInt64
        /// A path, or empty.
        var subject = ""
    }

    /// Time between two looks. With many processes it is longer, so that looking takes a twentieth of one processor
    /// at most.
    private static let intervalMilliseconds: UInt64 = 250
    /// Closer looks, for when more than half of the memory is in use.
    private static let closeMilliseconds: UInt64 = 50
    /// A build that has been without room for one more process for this long is ended.
    private static let fullMilliseconds: UInt64 = 3000

    private let limits: Plan.Limits
    private let processes: ProcessFolder
    private let scratch: Scratch
    /// When to look next, in milliseconds of the monotonic clock.
    private(set) var next = UInt64.max
    private var fullSince: UInt64?
    private var mostUsed = Scratch.Use()

    /// - Parameters:
    ///   - proc: `/proc`.
    ///   - scratch: root of the scratch file system.
    init(_ limits: Plan.Limits, proc: consuming Descriptor, scratch: consuming Descriptor) {
        self.limits = limits
        processes = ProcessFolder(proc)
        self.scratch = Scratch(root: scratch, limits: limits)
    }

    /// A command begins. Most have ended before the first look.
    mutating func begin(at now: UInt64) {
        next = now + Self.intervalMilliseconds
        fullSince = nil
    }

    /// Looks, if it is time to.
    ///
    /// - Returns: what everything is to be ended for.
    mutating func look(at now: UInt64) -> Exceeded? {
        guard now >= next else { return nil }
        let begun = Host.monotonicNanoseconds()
        mostUsed.rise(to: scratch.use())
        let use = processes.use()
        let resident = sharedOnce(use)
        let took = (Host.monotonicNanoseconds() - begun) / 1_000_000
        let isClose = limits.memoryBytes > 0 && use.residentBytes > limits.memoryBytes / 2
        next = now + max(isClose ? Self.closeMilliseconds : Self.intervalMilliseconds, 20 * took)
        if limits.memoryBytes > 0, resident > limits.memoryBytes {
            return Exceeded(limit: .memory, seen: resident)
        }
        guard isFull(use) else {
            fullSince = nil
            return nil
        }
        let since = fullSince ?? now
        fullSince = since
        return now - since >= Self.fullMilliseconds ? Exceeded(limit: .processes, seen: use.threads) : nil
    }

    /// Why a command failed, if it was a limit. Nobody tells: a program that got no memory, space or process ends with
    /// whatever status it likes. So this is what was used, and what the usual signals say.
    ///
    /// - Parameter usage: of the command, which has ended; what it left behind is still alive.
    mutating func reason(of usage: Report.CommandUsage) -> Exceeded? {
        mostUsed.rise(to: scratch.use())
        // SIGXFSZ, or what a shell makes of it.
        let wasFile = usage.isSignal ? usage.code == 25 : usage.code == 128 + 25
        if wasFile || mostUsed.bytes >= limits.fileBytes {
            let largest = scratch.largestFile()
            let isAtLimit = largest.size >= limits.fileBytes
            if wasFile || isAtLimit {
                return Exceeded(
                    limit: .file, seen: isAtLimit ? largest.size : 0, subject: isAtLimit ? largest.path : "")
            }
        }
        if mostUsed.bytes >= scratch.fullBytes { return Exceeded(limit: .scratch, seen: mostUsed.bytes) }
        if mostUsed.inodes >= limits.scratchInodes { return Exceeded(limit: .inodes, seen: mostUsed.inodes) }
        var use = processes.use()
        use.threads += 1
        if isFull(use) { return Exceeded(limit: .processes, seen: use.threads) }
        return peak(of: usage)
    }

    /// Memory that one process had at its highest, also between two looks.
    ///
    /// - Parameter usage: of a command and all that it started, which has ended, well or not.
    func peak(of usage: Report.CommandUsage) -> Exceeded? {
        guard limits.memoryBytes > 0, usage.peakBytes > limits.memoryBytes else { return nil }
        return Exceeded(limit: .memory, seen: usage.peakBytes)
    }

    /// Whether no further process could be started.
    private func isFull(_ use: ProcessFolder.Use) -> Bool { use.threads >= limits.processes }

    /// The memory in use, pages of several processes counted once. The exact number is asked for only when the simple
    /// sum is too much, because the kernel walks through all pages for it.
    private func sharedOnce(_ use: ProcessFolder.Use) -> UInt64 {
        guard limits.memoryBytes > 0, use.residentBytes > limits.memoryBytes else { return use.residentBytes }
        return processes.proportionalBytes()
    }
}

/// `/proc` as process 1 reads it.
struct ProcessFolder: ~Copyable {
    struct Use: Equatable {
        /// Of all processes but process 1.
        var threads: UInt64 = 0
        /// Resident memory, what processes share counted in each.
        var residentBytes: UInt64 = 0
    }

    private static let pageSize: UInt64 = 4096
    private let proc: Descriptor

    init(_ proc: consuming Descriptor) { self.proc = proc }

    func use() -> Use {
        var use = Use()
        for process in numbers() {
            // It may be gone by now.
            guard let bytes = read(process + Array("/stat".utf8)), let found = Self.parse(stat: bytes) else { continue }
            use.threads += found.threads
            use.residentBytes += found.pages * Self.pageSize
        }
        return use
    }

    /// The memory of all processes but process 1, of each page the part that is its share of those who have it (PSS).
    func proportionalBytes() -> UInt64 {
        var sum: UInt64 = 0
        for process in numbers() {
            guard let bytes = read(process + Array("/smaps_rollup".utf8)) else { continue }
            sum += Self.parse(rollup: bytes) ?? 0
        }
        return sum
    }

    /// The numbers of all processes but process 1.
    private func numbers() -> [[UInt8]] {
        guard let folder = try? proc.open(".", .directory), let entries = try? folder.entries() else { return [] }
        return entries.map(\.name).filter { name in
            name.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } && name != [UInt8(ascii: "1")]
        }
    }

    private func read(_ name: [UInt8]) -> [UInt8]? {
        guard let file = try? proc.open(name) else { return nil }
        return try? file.readAll(limit: 1 << 16)
    }

    /// Fields 20 and 24 of /proc/PID/stat (proc(5)), counted behind the name, which may hold anything.
    static func parse(stat bytes: [UInt8]) -> (threads: UInt64, pages: UInt64)? {
        guard let end = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = bytes[(end + 1)...].split(separator: UInt8(ascii: " "))
        guard fields.count > 21, let threads = number(fields[17]), let pages = number(fields[21]) else { return nil }
        return (threads, pages)
    }

    /// The line `Pss:      1234 kB` in bytes.
    static func parse(rollup bytes: [UInt8]) -> UInt64? {
        for line in bytes.split(separator: UInt8(ascii: "\n")) where line.starts(with: Array("Pss:".utf8)) {
            let words = line.split(separator: UInt8(ascii: " "))
            return words.count > 1 ? number(words[1]).map { $0 << 10 } : nil
        }
        return nil
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        UInt64(String(decoding: digits, as: UTF8.self))
    }
}

/// The scratch file system as process 1 sees it.
struct Scratch: ~Copyable {
    struct Use: Equatable {
        var bytes: UInt64 = 0
        var inodes: UInt64 = 0

        mutating func rise(to other: Use) {
            bytes = max(bytes, other.bytes)
            inodes = max(inodes, other.inodes)
        }
    }

    /// At most so many names are looked at in search of a large file.
    private static let nameLimit = 20_000

    private let root: Descriptor
    private let limits: Plan.Limits

    init(root: consuming Descriptor, limits: Plan.Limits) {
        self.root = root
        self.limits = limits
    }

    /// Programs clean up after they found no room, and write in pieces; so all but a hundredth is full.
    var fullBytes: UInt64 { limits.scratchBytes - limits.scratchBytes / 100 }

    func use() -> Use {
        guard let status = try? root.fileSystem() else { return Use() }
        return Use(
            bytes: status.totalBytes - min(status.availableBytes, status.totalBytes),
            inodes: limits.scratchInodes - min(status.freeInodes, limits.scratchInodes))
    }

    /// The largest file, by its path as the build sees it.
    func largestFile() -> (path: String, size: UInt64) {
        var largest = (path: "", size: UInt64(0))
        var folders = [""]
        var left = Self.nameLimit
        while let folder = folders.popLast(), left > 0 {
            guard let directory = try? root.openBeneath(folder.isEmpty ? "." : folder, .directory),
                let entries = try? directory.entries(limit: left)
            else { continue }
            left -= entries.count
            for entry in entries {
                guard let status = try? directory.status(of: entry.name) else { continue }
                let path = folder + (folder.isEmpty ? "" : "/") + String(decoding: entry.name, as: UTF8.self)
                if status.kind == .directory { folders.append(path) }
                if status.kind == .regular, status.size > largest.size { largest = (path, status.size) }
            }
        }
        return (Self.insidePath(largest.path), largest.size)
    }

    /// What an overlay changes lies in `NAME.upper` (`Overlay.mount`).
    private static func insidePath(_ path: String) -> String {
        var parts = path.split(separator: "/").map(String.init)
        if let first = parts.first, first.hasSuffix(".upper") { parts[0] = String(first.dropLast(".upper".count)) }
        return "/" + parts.joined(separator: "/")
    }
}
