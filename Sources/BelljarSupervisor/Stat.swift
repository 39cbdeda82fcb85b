internal import BelljarControls
internal import BelljarKernel

/// What a program wants to know about a file, and where.
struct AskedFile {
    /// The bits of the calls whose names end in "at" (AT_*).
    struct Flags: OptionSet {
        let rawValue: UInt32
        static let noFollow = Flags(rawValue: 0x100)
        static let emptyPath = Flags(rawValue: 0x1000)
        /// Mounting on the way (AT_NO_AUTOMOUNT) and synchronising with a server: neither happens here.
        static let irrelevant = Flags(rawValue: 0x800 | 0x6000)
    }

    /// Base of a relative path, or what is asked for itself if there is no path.
    var descriptor: Int32
    /// Address of the path; nil for the descriptor itself.
    var path: UInt64?
    var flags: Flags
    /// Address for the answer.
    var answer: UInt64
    /// Whether the answer is that of statx(2), and then the fields that are asked for.
    var mask: UInt32?

    init(
        descriptor: Int32 = Worker.workingDirectory, path: UInt64? = nil, flags: Flags = [], answer: UInt64,
        mask: UInt32? = nil
    ) {
        self.descriptor = descriptor
        self.path = path
        self.flags = flags
        self.answer = answer
        self.mask = mask
    }
}

/// Control `stat`, and the reading side of `mtimes` and `owners`.
extension Worker {
    /// newfstatat(directory, path, answer, flags)
    func fileStatusAt() throws(Refusal) -> Reply {
        let flags = AskedFile.Flags(rawValue: UInt32(bitPattern: call.int(3)))
        guard flags.isSubset(of: [.noFollow, .emptyPath, .irrelevant]) else { throw .proceed }
        return try fileStatus(
            AskedFile(
                descriptor: call.int(0), path: call.argument(1), flags: flags, answer: call.argument(2)))
    }

    /// statx(directory, path, flags, mask, answer)
    func extendedFileStatus() throws(Refusal) -> Reply {
        let flags = AskedFile.Flags(rawValue: UInt32(bitPattern: call.int(2)))
        let mask = UInt32(bitPattern: call.int(3))
        // The kernel refuses unknown flags, both ways to synchronise at once, and the reserved bit.
        guard flags.isSubset(of: [.noFollow, .emptyPath, .irrelevant]), flags.rawValue & 0x6000 != 0x6000,
            mask >> 31 == 0
        else { throw .proceed }
        return try fileStatus(
            AskedFile(
                descriptor: call.int(0), path: call.argument(1), flags: flags, answer: call.argument(4), mask: mask))
    }

    func fileStatus(_ asked: AskedFile) throws(Refusal) -> Reply {
        var found = try find(asked)
        defer { found.release() }
        present(&found)
        var facts = found.facts
        if let mask = asked.mask {
            restrict(&facts, to: mask)
            try write(facts, to: asked.answer)
        } else {
            try write(StatusStructure(facts), to: asked.answer)
        }
        return .success
    }

    /// Leaves of a full answer what statx(2) shows.
    private func restrict(_ facts: inout FileFacts, to mask: UInt32) {
        if !shared.world.states.isVirtualised(.stat) { return }
        facts.mask &= ~FileFacts.mountNumber
        if mask & FileFacts.birth == 0 { facts.mask &= ~FileFacts.birth }
        facts.mount = 0
        facts.attributes &= FileFacts.isMountRoot
        facts.attributesMask = FileFacts.isMountRoot
        facts.clearRest()
    }

    // MARK: Finding

    /// A file as the kernel has it, and how it was reached.
    struct FoundFile {
        var facts = FileFacts()
        var mount = MountMap.unknown
        /// The caller's descriptor, if it was asked for by that.
        var descriptor: Int32?
        var followsLink = true
        /// Held by PID 1 because no path leads there from its own point of view; -1 if one does, in `place`.
        var held: Int32 = -1

        /// To be called once, when all is done with it.
        func release() {
            if held >= 0 { HeldPlace.release(held) }
        }
    }

    /// Finds what a call is about, with the path to it in `place`.
    ///
    /// - Parameter holding: whether what a path leads to is to be held, for whoever does more with it than look once: links
    ///   change between two looks.
    func find(_ asked: AskedFile, holding: Bool = false) throws(Refusal) -> FoundFile {
        var found = FoundFile()
        guard let path = asked.path else {
            // To fstat(2), AT_FDCWD is a number like any other.
            guard asked.descriptor >= 0 else { throw .errno(.EBADF) }
            try look(asked.descriptor, &found)
            return found
        }
        if asked.flags.contains(.emptyPath), path == 0 {
            try look(asked.descriptor, &found)
            return found
        }
        let length = try readPath(at: path)
        if length == 0 {
            guard asked.flags.contains(.emptyPath) else { throw .errno(.ENOENT) }
            try look(asked.descriptor, &found)
            return found
        }
        found.followsLink = !asked.flags.contains(.noFollow)
        if holding {
            // What begins at PID 1 is the kernel's to refuse.
            if unsafe PlaceText.begins(callerPath, length, with: PlaceText.firstProcess) { throw .proceed }
            try walk(asked.descriptor, length, &found)
        } else {
            try look(asked.descriptor, length, &found)
        }
        return found
    }

    /// Looks at a descriptor of the caller.
    private func look(_ descriptor: Int32, _ found: inout FoundFile) throws(Refusal) {
        _ = try locate(descriptor)
        guard unsafe found.facts.look(placeStart, followsLink: true) == 0 else { throw .proceed }
        found.mount = shared.files.mounts.mount(found.facts.mount)
        found.descriptor = descriptor
    }

    /// Looks at the path in `callerPath`.
    func look(_ directory: Int32, _ length: Int, _ found: inout FoundFile) throws(Refusal) {
        if unsafe PlaceText.begins(callerPath, length, with: PlaceText.firstProcess) {
            return try lookAtFirstProcess(length, &found)
        }
        let isRelative = unsafe callerPath[0] != UInt8(ascii: "/")
        guard try locatePath(directory, length, followsLink: found.followsLink) != nil else {
            return try walk(directory, length, &found)
        }
        let error = unsafe found.facts.look(placeStart, followsLink: found.followsLink)
        switch error == 0 ? nil : Errno(rawValue: error) {
        case nil: break
        case .ENOENT:
            // A bad descriptor looks the same from here.
            if isRelative, directory != Self.workingDirectory { throw .proceed }
            // What leads nowhere from here may lead somewhere from there, as a whole or up to its last name.
            guard isMissing(followsLink: found.followsLink) else { return try walk(directory, length, &found) }
            throw .errno(.ENOENT)
        case .ENAMETOOLONG where isRelative: return try walk(directory, length, &found)
        default: throw .proceed
        }
        found.mount = shared.files.mounts.mount(found.facts.mount)
        switch found.mount.kind {
        case .fixed, .changeable: return
        case .processes, .unknown:
            // A link may have led through what /proc/self is to PID 1, or through what only PID 1 may follow.
            try walk(directory, length, &found)
        }
    }

    /// Whether what the path in `place` leads to is missing for the caller as it is for PID 1: its directory is there and
    /// not in `/proc`, and it is no link.
    private func isMissing(followsLink: Bool) -> Bool {
        var facts = FileFacts()
        if followsLink, unsafe facts.look(placeStart, followsLink: false) == 0 { return false }
        guard let end = unsafe place.firstIndex(of: 0) else { return false }
        guard let target = unsafe Target(UnsafeRawBufferPointer(rebasing: place[..<end])) else { return false }
        guard withParent(of: target, { unsafe facts.look(placeStart, followsLink: true) == 0 }) else { return false }
        switch shared.files.mounts.mount(facts.mount).kind {
        case .fixed, .changeable: return facts.isDirectory
        case .processes, .unknown: return false
        }
    }

    /// Looks at PID 1, and at what lies directly in its directory. What that leads to or holds is only PID 1's own to
    /// look at, and the kernel says so to everybody else.
    private func lookAtFirstProcess(_ length: Int, _ found: inout FoundFile) throws(Refusal) {
        let below = PlaceText.firstProcess.utf8CodeUnitCount..<length
        let slashes = below.count { unsafe callerPath[$0] == UInt8(ascii: "/") }
        guard slashes < 2 else { throw .proceed }
        let followsLink = found.followsLink
        found.followsLink = false
        try walk(Self.workingDirectory, length, &found)
        guard followsLink, found.facts.isLink else { return }
        found.release()
        throw .proceed
    }

    /// Looks at the path in `callerPath` component by component, so that what names whoever asks names the caller.
    private func walk(_ directory: Int32, _ length: Int, _ found: inout FoundFile) throws(Refusal) {
        let held = walk(directory, length, followsLink: found.followsLink)
        guard held >= 0 else { throw .proceed }
        guard found.facts.look(descriptor: held) == 0 else {
            HeldPlace.release(held)
            throw .proceed
        }
        found.held = held
        found.mount = shared.files.mounts.mount(found.facts.mount)
    }

    /// - Returns: what so much of `callerPath` leads to, held, or -1 if it leads nowhere or through what only PID 1 may
    ///   follow.
    func walk(_ directory: Int32, _ length: Int, followsLink: Bool) -> Int32 {
        var walk = unsafe PathWalk(
            thread: call.thread, room: room, processes: shared.files.mounts.processes)
        return unsafe walk.run(directory, callerPath, length, followsLink: followsLink)
    }
}
