internal import BelljarKernel

/// Follows a path as the kernel would follow it for the caller, one component after the other.
///
/// PID 1 needs this where a symbolic link leads through `/proc/self`, which names whoever follows it.
@safe
struct PathWalk {
    private let thread: Int32
    /// The process whose own links nobody may follow.
    private let first: Int32
    /// Number of the mount `/proc`.
    private let processes: UInt64
    /// What is still to be followed ends at the end of it.
    private let text: UnsafeMutableRawBufferPointer
    private var start: Int
    private let name: UnsafeMutableRawBufferPointer
    private let target: UnsafeMutableRawBufferPointer
    private var links = 0

    /// Symbolic links on one path after which the kernel gives up (MAXSYMLINKS).
    private static let maximumLinks = 40
    private static let textSize = 16 << 10
    /// Room for what a link says, and as much for a second path.
    private static let linkSize = 8192 - 512
    /// The root directory of every `/proc` (PROC_ROOT_INO).
    private static let rootInode: UInt64 = 1

    /// - Parameters:
    ///   - room: of at least 32 KiB, to work in.
    ///   - first: another process than PID 1 for tests, which may follow links of their own only.
    init(thread: Int32, room: UnsafeMutableRawBufferPointer, processes: UInt64, first: Int32 = 1) {
        (self.thread, self.first) = (thread, first)
        self.processes = processes
        unsafe text = UnsafeMutableRawBufferPointer(rebasing: room[..<Self.textSize])
        unsafe name = UnsafeMutableRawBufferPointer(rebasing: room[Self.textSize..<Self.textSize + 512])
        unsafe target = UnsafeMutableRawBufferPointer(
            rebasing: room[Self.textSize + 512..<Self.textSize + 512 + Self.linkSize])
        start = Self.textSize
    }

    /// - Returns: what the path leads to, held, or -1 if the walk fails anywhere.
    mutating func run(
        _ directory: Int32, _ path: UnsafeMutableRawBufferPointer, _ length: Int, followsLink: Bool
    ) -> Int32 {
        guard unsafe prepend(path, length) else { return -1 }
        var here: Int32
        if unsafe text[start] == UInt8(ascii: "/") { here = holdRoot() } else { here = hold(directory) }
        while here >= 0 {
            let end = start
            while unsafe start < text.count, unsafe text[start] == UInt8(ascii: "/") { start += 1 }
            if unsafe start == text.count {
                if start == end || isDirectory(here) { return here }
                // A slash behind what is no directory: the kernel says so.
                HeldPlace.release(here)
                return -1
            }
            let next = step(from: here, followsLink: followsLink)
            HeldPlace.release(here)
            here = next
        }
        return -1
    }

    private func isDirectory(_ held: Int32) -> Bool {
        var facts = FileFacts()
        return facts.look(descriptor: held) == 0 && facts.isDirectory
    }

    private mutating func step(from here: Int32, followsLink: Bool) -> Int32 {
        var facts = FileFacts()
        guard facts.look(descriptor: here) == 0 else { return -1 }
        let isInProcesses = facts.mount == processes
        let isProcesses = isInProcesses && facts.inode == Self.rootInode
        guard takeName(isProcesses: isProcesses, followsLink: followsLink) else { return -1 }
        let isLast = unsafe start == text.count
        guard let first = unsafe name.baseAddress else { return -1 }
        let made = unsafe HeldPlace.hold(first, at: here, followsLink: false)
        guard made >= 0, facts.look(descriptor: made) == 0 else { return made }
        guard facts.isLink, followsLink || !isLast else { return made }
        defer { HeldPlace.release(made) }
        return followLink(made, from: here, isMagic: isInProcesses && !isProcesses)
    }

    private mutating func followLink(_ link: Int32, from here: Int32, isMagic: Bool) -> Int32 {
        links += 1
        guard links <= Self.maximumLinks, let name = unsafe name.baseAddress else { return -1 }
        // What is below a process in /proc leads where no text says. PID 1 may follow its own, and nobody else may.
        if isMagic {
            if isOfFirstProcess(here) { return -1 }
            return unsafe HeldPlace.hold(name, at: here, followsLink: true)
        }
        var empty: UInt8 = 0
        let count = unsafe HeldPlace.readLink(&empty, at: link, into: target)
        guard count > 0, unsafe prepend(target, count) else { return -1 }
        if unsafe text[start] == UInt8(ascii: "/") { return holdRoot() }
        return hold(descriptor: here)
    }

    /// Whether a directory in `/proc` belongs to the first process or one of its threads, whose numbers lead there too.
    private func isOfFirstProcess(_ directory: Int32) -> Bool {
        let count = unsafe HeldPlace.path(of: directory, into: target)
        let folder: StaticString = "/proc/"
        guard count > folder.utf8CodeUnitCount, count < Self.linkSize / 2 else { return true }
        // `/proc/1/task/NUMBER`
        var own = unsafe PlaceText(UnsafeMutableRawBufferPointer(rebasing: target[Self.linkSize / 2..<target.count]))
        own.append("/proc/")
        own.append(first)
        own.append("/task/")
        var end = folder.utf8CodeUnitCount
        while end < count, unsafe target[end] != UInt8(ascii: "/") { end += 1 }
        guard end - folder.utf8CodeUnitCount < 12 else { return true }
        unsafe own.append(target, from: folder.utf8CodeUnitCount, to: end)
        var facts = FileFacts()
        guard own.endIfShort(), let first = unsafe target.baseAddress else { return true }
        return unsafe facts.look(first + Self.linkSize / 2, followsLink: false) == 0
    }

    /// Puts a text before what is still to be followed.
    private mutating func prepend(_ bytes: UnsafeMutableRawBufferPointer, _ count: Int) -> Bool {
        guard start > count else { return false }
        start -= count
        for index in 0..<count { unsafe text[start + index] = bytes[index] }
        return true
    }

    /// Takes the next component away, into `name`, ended by a zero.
    private mutating func takeName(isProcesses: Bool, followsLink: Bool) -> Bool {
        var count = 0
        while unsafe start < text.count, unsafe text[start] != UInt8(ascii: "/") {
            guard count < 256 else { return false }
            unsafe name[count] = text[start]
            count += 1
            start += 1
        }
        unsafe name[count] = 0
        // Asked about itself, the link is what it is to everybody.
        guard isProcesses, followsLink || (unsafe start < text.count) else { return true }
        guard nameIs("self", count) || nameIs("thread-self", count) else { return true }
        var own = unsafe PlaceText(name)
        own.append(thread)
        return own.endIfShort()
    }

    private func nameIs(_ other: StaticString, _ count: Int) -> Bool {
        guard count == other.utf8CodeUnitCount else { return false }
        for index in 0..<count where unsafe name[index] != other.utf8Start[index] { return false }
        return true
    }

    // MARK: Places

    private func holdRoot() -> Int32 {
        var root: (UInt8, UInt8) = (UInt8(ascii: "/"), 0)
        return unsafe HeldPlace.hold(&root, followsLink: true)
    }

    /// A directory of the caller's.
    private func hold(_ directory: Int32) -> Int32 {
        var place = unsafe PlaceText(target)
        place.begin(directory, thread: thread)
        guard place.endIfShort(), let first = unsafe target.baseAddress else { return -1 }
        return unsafe HeldPlace.hold(first, followsLink: true)
    }

    /// The same directory once more.
    private func hold(descriptor: Int32) -> Int32 {
        var here: (UInt8, UInt8) = (UInt8(ascii: "."), 0)
        return unsafe HeldPlace.hold(&here, at: descriptor, followsLink: true)
    }
}
