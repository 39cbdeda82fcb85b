internal import BelljarKernel
internal import BelljarPlan

/// What the commands use of those limits that the kernel does not hold by itself (memory of all processes together), or
/// holds without telling anybody that they were reached. PID 1 looks a few times a second.
struct LimitWatch: ~Copyable {
    struct Exceeded: Equatable {
        var limit: Report.Limit
        /// In bytes or pieces; 0 if unknown.
        var seen: UInt64
        /// A path, or empty.
        var subject = ""
    }

    /// Time between two looks. With many processes it is longer, so that looking takes a twentieth of one processor.
    static let intervalMilliseconds: UInt64 = 250
    /// Closer looks, for when more than half of the memory is in use.
    static let closeMilliseconds: UInt64 = 50
    /// The longest time between two looks, however long one takes: that is up to the build, which can have thousands of
    /// processes share pages, and a pause of twenty times as much would be as long as a build likes. A second is what looks of
    /// 50 ms earn, and those of an honest build hardly ever take longer. Whoever makes them longer has less of the
    /// processors, and is noticed nevertheless.
    static let mostMilliseconds: UInt64 = 1000
    /// For so long one look asks for memory, whatever it found: who looks also keeps the time. What is left is asked at the next,
    /// which comes after as long a pause.
    static let lookMilliseconds: UInt64 = 200
    /// A build that has been without room for one more process for this long is ended.
    private static let fullMilliseconds: UInt64 = 3000

    private let limits: Plan.Limits
    private let copied: SourceCopy.Room
    private let processes: ProcessFolder
    private let scratch: Scratch
    /// When to look next, in milliseconds of the monotonic clock.
    private(set) var next = UInt64.max
    private var fullSince: UInt64?
    private var mostUsed = Scratch.Use()
    /// What could not be asked in one look.
    private var walk: SharedMemoryWalk?
    /// Whether the last walk of several looks found too much.
    private var wasTooMuch = false

    /// - Parameters:
    ///   - copied: what the scratch holds besides what its limits are for.
    ///   - proc: `/proc`.
    ///   - scratch: root of the scratch file system.
    init(
        _ limits: Plan.Limits, copied: SourceCopy.Room = .init(), proc: consuming Descriptor,
        scratch: consuming Descriptor
    ) {
        var limits = limits
        limits.scratchBytes += copied.bytes
        limits.scratchInodes += copied.entries
        self.limits = limits
        self.copied = copied
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
    /// - Parameter end: when something else is to be done, in milliseconds of the monotonic clock.
    /// - Returns: what everything is to be ended for.
    mutating func look(at now: UInt64, until end: UInt64) -> Exceeded? {
        guard now >= next else { return nil }
        let begun = Host.monotonicNanoseconds()
        mostUsed.rise(to: scratch.use())
        let use = processes.use()
        let resident = sharedOnce(use, until: min(end, now + Self.lookMilliseconds))
        let took = (Host.monotonicNanoseconds() - begun) / 1_000_000
        let isClose = limits.memoryBytes > 0 && use.residentBytes > limits.memoryBytes / 2
        next = now + took + (walk == nil ? Self.pause(afterLookOf: took, isClose: isClose) : Self.lookMilliseconds)
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

    /// The time between two looks, in milliseconds.
    static func pause(afterLookOf milliseconds: UInt64, isClose: Bool) -> UInt64 {
        min(max(isClose ? closeMilliseconds : intervalMilliseconds, 20 * milliseconds), mostMilliseconds)
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
        if mostUsed.bytes >= scratch.fullBytes {
            return Exceeded(limit: .scratch, seen: mostUsed.bytes - min(copied.bytes, mostUsed.bytes))
        }
        if mostUsed.inodes >= limits.scratchInodes {
            return Exceeded(limit: .inodes, seen: mostUsed.inodes - min(copied.entries, mostUsed.inodes))
        }
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

    /// The memory in use, pages of several processes counted once, or no more than the limit as long as that is not known. The
    /// exact number is asked for only when the simple sum is too much, because the kernel walks through all pages for it.
    ///
    /// - Parameter end: when to leave the rest for later, in milliseconds of the monotonic clock.
    private mutating func sharedOnce(_ use: ProcessFolder.Use, until end: UInt64) -> UInt64 {
        guard limits.memoryBytes > 0, use.residentBytes > limits.memoryBytes else {
            (walk, wasTooMuch) = (nil, false)
            return use.residentBytes
        }
        var current = walk ?? SharedMemoryWalk(ProcessFolder.memories(use))
        current.go(limit: limits.memoryBytes, until: end, clock: { Host.monotonicNanoseconds() / 1_000_000 }) {
            processes.share(ofMemory: $0)
        }
        walk = current.isDone(limit: limits.memoryBytes) ? nil : current
        guard walk == nil else { return limits.memoryBytes }
        let isTooMuch = current.sum > limits.memoryBytes
        // What was asked at different times may never have been in use at once; so it is asked again before anybody is ended.
        let isKnown = current.looks == 1 || !isTooMuch || wasTooMuch
        wasTooMuch = isTooMuch
        return isKnown ? current.sum : limits.memoryBytes
    }
}

/// The way through all memories, of each page the part that is its share of those who have it (PSS). It takes as long as a build
/// likes, which can have thousands of processes share pages, and goes on where it was at the next look.
///
/// Where that takes long, no more are asked than it takes to pass the limit. Nobody knows in which order, so a build that
/// has several times its limit is noticed early, whatever it has many idle processes for.
struct SharedMemoryWalk {
    /// For so long, more is asked than it takes to know that there is too much: who reads how much it was will want to know.
    private static let patienceMilliseconds: UInt64 = 50

    private var left: [[Int32]]
    private(set) var sum: UInt64 = 0
    private(set) var looks = 0

    /// - Parameter memories: for each the processes that have it.
    init(_ memories: [[Int32]]) { left = memories.shuffled() }

    /// Whether it is known if there is too much.
    func isDone(limit: UInt64) -> Bool { left.isEmpty || sum > limit }

    /// Goes on, by one memory at least.
    mutating func go(limit: UInt64, until end: UInt64, clock: () -> UInt64, share: ([Int32]) -> UInt64) {
        looks += 1
        let patience = min(clock() + Self.patienceMilliseconds, end)
        while let memory = left.popLast() {
            sum += share(memory)
            let now = clock()
            if now >= (sum > limit ? patience : end) { break }
        }
    }
}

/// `/proc` as PID 1 reads it.
struct ProcessFolder: ~Copyable {
    struct Use: Equatable {
        /// Of all processes but PID 1.
        var threads: UInt64 = 0
        /// Resident memory, what processes share counted in each.
        var residentBytes: UInt64 = 0
        /// The numbers of the processes that have memory and a first thread.
        var holders: [Int32] = []
        /// Those whose first thread has ended.
        var leaderless: [Int32] = []
    }

    private static let pageSize: UInt64 = 4096
    /// How often the threads of a process are listed in search of one that is still there when it is asked. Threads that make
    /// way for each other as fast as they can lose nearly every such race in the first turn.
    private static let turns = 20
    private let proc: Descriptor

    init(_ proc: consuming Descriptor) { self.proc = proc }

    func use() -> Use {
        var use = Use()
        for process in numbers() {
            // It may be gone by now.
            guard let own = status(Self.name(process)) else { continue }
            use.threads += own.threads
            if own.pages > 0 {
                use.residentBytes += own.pages * Self.pageSize
                use.holders.append(process)
            } else if own.threads > 1 {
                // A first thread that has ended has no memory, whatever the others of its process have.
                use.residentBytes += (ofOtherThreads(process) { pages($0) } ?? 0) * Self.pageSize
                use.leaderless.append(process)
            }
        }
        return use
    }

    static func memories(_ use: Use) -> [[Int32]] { memories(of: use.holders) + use.leaderless.map { [$0] } }

    /// Processes that have one memory together, as a program and what it has just started (vfork), and all others alone.
    private static func memories(of processes: [Int32]) -> [[Int32]] {
        var found: [[Int32]] = []
        for process in processes.sorted(by: { (ProcessMemory.compare($0, $1) ?? 0) < 0 }) {
            if let first = found.last?.first, ProcessMemory.compare(first, process) == 0 {
                found[found.count - 1].append(process)
            } else {
                found.append([process])
            }
        }
        return found
    }

    /// - Parameter holders: had one memory together a moment ago. By now one of them may be another program, or gone; then its
    ///   answer is not the memory's, and the next one is asked too. Asking all would take as long as a build likes.
    func share(ofMemory holders: [Int32]) -> UInt64 {
        var most: UInt64 = 0
        for process in holders {
            most = max(most, share(of: process))
            if holders.contains(where: { $0 != process && ProcessMemory.compare($0, process) == 0 }) { break }
        }
        return most
    }

    private func share(of process: Int32) -> UInt64 {
        share(Self.name(process)) ?? ofOtherThreads(process) { share($0) } ?? 0
    }

    private static func name(_ process: Int32) -> [UInt8] { Array("\(process)".utf8) }

    private func status(_ folder: [UInt8]) -> Status? {
        read(folder + Array("/stat".utf8)).flatMap(Self.parse(stat:))
    }

    /// Nil for none at all.
    private func pages(_ folder: [UInt8]) -> UInt64? {
        guard let found = status(folder), found.pages > 0 else { return nil }
        return found.pages
    }

    private func share(_ folder: [UInt8]) -> UInt64? {
        read(folder + Array("/smaps_rollup".utf8)).flatMap(Self.parse(rollup:))
    }

    /// What the first of a process's other threads to have an answer says.
    ///
    /// - Parameter ask: gets the folder of a thread.
    private func ofOtherThreads(_ process: Int32, _ ask: ([UInt8]) -> UInt64?) -> UInt64? {
        let folder = Self.name(process) + Array("/task".utf8)
        for _ in 0..<Self.turns {
            let threads = numbers(in: folder).filter { $0 != process }
            guard !threads.isEmpty else { return nil }
            for thread in threads {
                if let answer = ask(folder + Array("/".utf8) + Self.name(thread)) { return answer }
            }
        }
        return nil
    }

    /// The numbers of all processes but PID 1.
    private func numbers() -> [Int32] { numbers(in: [UInt8(ascii: ".")]).filter { $0 != 1 } }

    private func numbers(in name: [UInt8]) -> [Int32] {
        guard let folder = try? proc.open(name, .directory), let entries = try? folder.entries() else { return [] }
        return entries.compactMap { Int32(String(decoding: $0.name, as: UTF8.self)) }
    }

    private func read(_ name: [UInt8]) -> [UInt8]? {
        guard let file = try? proc.open(name) else { return nil }
        return try? file.readAll(limit: 1 << 16)
    }

    struct Status: Equatable {
        /// Of the whole process.
        var threads: UInt64
        var pages: UInt64
    }

    /// Fields 20 and 24 of /proc/PID/stat (proc(5)), counted behind the name, which may hold anything.
    static func parse(stat bytes: [UInt8]) -> Status? {
        guard let end = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = bytes[(end + 1)...].split(separator: UInt8(ascii: " "))
        guard fields.count > 21, let threads = number(fields[17]), let pages = number(fields[21]) else { return nil }
        return Status(threads: threads, pages: pages)
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

/// The scratch file system as PID 1 sees it.
struct Scratch: ~Copyable {
    struct Use: Equatable {
        var bytes: UInt64 = 0
        var inodes: UInt64 = 0

        mutating func rise(to other: Use) {
            bytes = max(bytes, other.bytes)
            inodes = max(inodes, other.inodes)
        }
    }

    /// At most so many names are looked at in search of a large file, and bytes of paths are kept for that.
    private static let nameLimit = 20_000
    private static let pathLimit = 4 << 20

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
        var (left, room) = (Self.nameLimit, Self.pathLimit)
        while let folder = folders.popLast(), left > 0 {
            room += folder.utf8.count
            guard let directory = try? root.openBeneath(folder.isEmpty ? "." : folder, .directory),
                let entries = try? directory.entries(limit: left)
            else { continue }
            left -= entries.count
            for entry in entries {
                guard let status = try? directory.status(of: entry.name) else { continue }
                let path = folder + (folder.isEmpty ? "" : "/") + String(decoding: entry.name, as: UTF8.self)
                if status.kind == .directory, path.utf8.count <= room {
                    folders.append(path)
                    room -= path.utf8.count
                }
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
