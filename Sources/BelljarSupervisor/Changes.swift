internal import BelljarControls
internal import BelljarKernel
internal import Synchronization

/// The writing side of control `mtimes`: the calls that change files are counted, and then carried out by the kernel.
///
/// What a call will change is looked up before it happens. Only a file that it makes, or copies from what came in, is
/// not there yet to be looked at; it is looked up later, before anybody else can ask for it.
extension Worker {
    /// Bits of open(2).
    struct OpenBits: OptionSet {
        let rawValue: UInt64
        /// O_WRONLY, O_RDWR
        static let writes = OpenBits(rawValue: 3)
        static let writesOnly = OpenBits(rawValue: 1)
        static let creates = OpenBits(rawValue: 0o100)
        static let onlyNew = OpenBits(rawValue: 0o200)
        static let truncates = OpenBits(rawValue: 0o1000)
        static let noFollow = OpenBits(rawValue: 0o400000)
        static let closesOnExec = OpenBits(rawValue: 0o2000000)
        /// O_PATH; and O_TMPFILE without O_DIRECTORY, which is part of it. Neither changes a name.
        static let nameless = OpenBits(rawValue: 0o30000000)
    }

    /// A call that changes files.
    func changing(_ name: NotifiedCall) throws(Refusal) -> Reply {
        do throws(Refusal) {
            try nameTemporaryFile(name)
            switch name {
            case .open, .creat, .openat, .openat2: return try opening(name) ?? .proceed
            default: break
            }
            switch shared.world.states[.mtimes] {
            case .ordinal: try change(name)
            // Only what else has to be known of files.
            case .flat: try changeTimes(name)
            default: break
            }
            try changeNames(name)
        } catch {
            // What is wrong with the call, the kernel says.
            guard case .errno = error else { throw error }
        }
        return .proceed
    }

    private func change(_ name: NotifiedCall) throws(Refusal) {
        let here = Self.workingDirectory
        switch name {
        case .mkdir, .mknod: try making(here, call.argument(0))
        case .mkdirat, .mknodat: try making(call.int(0), call.argument(1))
        case .symlink: try making(here, call.argument(1))
        case .symlinkat: try making(call.int(1), call.argument(2))
        case .truncate: try truncating(AskedFile(path: call.argument(0), answer: 0))
        case .ftruncate: try truncating(AskedFile(descriptor: call.int(0), answer: 0))
        default: try changeTimes(name)
        }
    }

    private func changeTimes(_ name: NotifiedCall) throws(Refusal) {
        switch name {
        case .utime: try settingTimes(AskedFile(path: call.argument(0), answer: 0), call.argument(1), .seconds)
        case .utimes: try settingTimes(AskedFile(path: call.argument(0), answer: 0), call.argument(1), .microseconds)
        case .futimesat, .utimensat:
            let path = call.argument(1)
            let flags = name == .utimensat ? UInt32(bitPattern: call.int(3)) : 0
            let asked = AskedFile(
                descriptor: call.int(0), path: path == 0 ? nil : path,
                flags: AskedFile.Flags(rawValue: flags), answer: 0)
            try settingTimes(asked, call.argument(2), name == .utimensat ? .nanoseconds : .microseconds)
        case .chmod: try changingStatus(AskedFile(path: call.argument(0), answer: 0))
        case .fchmod, .fchown: try changingStatus(AskedFile(descriptor: call.int(0), answer: 0))
        case .fchmodat: try changingStatus(AskedFile(descriptor: call.int(0), path: call.argument(1), answer: 0))
        case .chown: try changingStatus(AskedFile(path: call.argument(0), answer: 0))
        case .lchown: try changingStatus(AskedFile(path: call.argument(0), flags: .noFollow, answer: 0))
        case .fchownat:
            let flags = AskedFile.Flags(rawValue: UInt32(bitPattern: call.int(4)))
            guard flags.isSubset(of: [.noFollow, .emptyPath]) else { return }
            try changingStatus(AskedFile(descriptor: call.int(0), path: call.argument(1), flags: flags, answer: 0))
        default: break
        }
    }

    private func changeNames(_ name: NotifiedCall) throws(Refusal) {
        let here = Self.workingDirectory
        switch name {
        case .link: try linking(here, call.argument(1))
        case .linkat: try linking(call.int(2), call.argument(3))
        default: if isOrdinal || shared.world.states[.owners] == .fake { try takeNames(name) }
        }
    }

    /// Names that are taken away: that is a change, and what has none any more has no owner.
    private func takeNames(_ name: NotifiedCall) throws(Refusal) {
        let here = Self.workingDirectory
        switch name {
        case .unlink, .rmdir: try removing(here, call.argument(0), directories: name == .rmdir)
        case .unlinkat:
            try removing(call.int(0), call.argument(1), directories: call.int(2) & Self.removesDirectory != 0)
        case .rename: try renaming(here, call.argument(0), here, call.argument(1), flags: 0)
        case .renameat: try renaming(call.int(0), call.argument(1), call.int(2), call.argument(3), flags: 0)
        case .renameat2:
            let flags = UInt32(bitPattern: call.int(4))
            try renaming(call.int(0), call.argument(1), call.int(2), call.argument(3), flags: flags)
        default: break
        }
    }

    /// AT_REMOVEDIR
    static var removesDirectory: Int32 { 0x200 }

    var isOrdinal: Bool { shared.world.states[.mtimes] == .ordinal }

    // MARK: Opening

    /// open, creat, openat and openat2
    private func opening(_ name: NotifiedCall) throws(Refusal) -> Reply? {
        let here = Self.workingDirectory
        switch name {
        case .open: return try opening(here, call.argument(0), OpenBits(rawValue: call.argument(1) & 0xffff_ffff))
        case .creat: return try opening(here, call.argument(0), [.writesOnly, .creates, .truncates])
        case .openat:
            return try opening(call.int(0), call.argument(1), OpenBits(rawValue: call.argument(2) & 0xffff_ffff))
        default:
            // `struct open_how`: flags, mode, and how a path may not lead.
            let how = try read(InlineArray<3, UInt64>.self, at: call.argument(2), or: InlineArray(repeating: 0))
            guard how[2] == 0, NotifiedCall.isRead(flags: how[0]) else {
                return try opening(call.int(0), call.argument(1), OpenBits(rawValue: how[0]))
            }
            return try openForReading(call.int(0), call.argument(1), how[0])
        }
    }

    private func opening(_ directory: Int32, _ path: UInt64, _ bits: OpenBits) throws(Refusal) -> Reply? {
        guard bits.isDisjoint(with: .nameless) else { return nil }
        guard !bits.isDisjoint(with: [.writes, .creates, .truncates]) else { return nil }
        guard let target = try target(directory, path) else { return nil }
        var facts = FileFacts()
        let isNew = bits.contains([.creates, .onlyNew])
        let error = unsafe facts.look(placeStart, followsLink: !isNew && !bits.contains(.noFollow))
        // EEXIST, and nothing changes. How often a name for a temporary file is taken already depends on who else is at it.
        if error == 0, isNew { return nil }
        if error == 0 {
            if let reply = try openForWriting(facts, bits) { return reply }
            if isOrdinal { try opening(facts, bits) }
            return nil
        }
        guard isOrdinal, error == Errno.ENOENT.rawValue, bits.contains(.creates) else { return nil }
        try making(target, followsLink: !isNew)
        return nil
    }

    private func opening(_ facts: FileFacts, _ bits: OpenBits) throws(Refusal) {
        let files = shared.files
        guard facts.isRegular, files.mounts.mount(facts.mount).kind == .changeable else { return }
        if try copying(facts, .copied) { return }
        let (key, now) = (FileMemory.key(facts), Host.coarseNanoseconds())
        try stamping(key) { state, stamp in
            if bits.contains(.truncates) {
                state.change(key, stamp)
            } else {
                state.open(key, stamp, time: FileMemory.nanoseconds(facts.modified), now: now)
            }
        }
    }

    /// Counts a change of a file, if one is known, and calls `body` with its stamp and what is known of files.
    func stamping(_ key: UInt64?, _ body: (inout FileState, Stamp) -> Void) throws(Refusal) {
        let (files, thread) = (shared.files, call.thread)
        let time = try shared.clocks.change(call.caller)
        files.noteChange()
        let now = Host.coarseNanoseconds()
        let stamp = files.state.withLock { state in
            state.settle(for: thread, files)
            let stamp = key.map { state.next(for: $0, at: time, now: now) } ?? state.log.next(at: time, now: now)
            body(&state, stamp)
            if let key { state.note(key, opener: thread) }
            return stamp
        }
        // There was no room at that time, or the file was ahead.
        if stamp.time > time { try shared.clocks.saw(call.caller, stamp.time) }
    }

    /// Takes down that a file which came in is about to be copied, if it is one.
    func copying(_ facts: FileFacts, _ kind: PendingChange.Kind, followsLink: Bool = true) throws(Refusal) -> Bool {
        guard isToBeCopied(facts) else { return false }
        let held = unsafe HeldPlace.hold(placeStart, followsLink: followsLink)
        guard held >= 0 else { return true }
        try add(kind, held: held, before: FileMemory.key(facts))
        return true
    }

    /// Whether a file is the one that came in still, which is copied before it changes.
    private func isToBeCopied(_ facts: FileFacts) -> Bool {
        let files = shared.files
        guard !facts.isDirectory, files.mounts.mount(facts.mount).isLayered, files.cameIn(facts) else { return false }
        // A copy that was made before is known.
        return files.state.withLock { $0.table.find(FileMemory.key(facts)) == nil }
    }

    // MARK: Names

    /// mkdir, mknod, symlink and their relatives: something comes to be under a new name.
    func making(_ directory: Int32, _ path: UInt64) throws(Refusal) {
        guard let target = try target(directory, path) else { return }
        var facts = FileFacts()
        guard unsafe facts.look(placeStart, followsLink: false) == Errno.ENOENT.rawValue else { return }
        try making(target, followsLink: false)
    }

    private func making(_ target: Target, followsLink: Bool) throws(Refusal) {
        let held = hold(parentOf: target)
        guard held >= 0 else { return }
        try add(.made, held: held, name: target, followsLink: followsLink)
    }

    /// link and linkat
    func linking(_ directory: Int32, _ path: UInt64) throws(Refusal) {
        guard let target = try target(directory, path) else { return }
        var facts = FileFacts()
        guard unsafe facts.look(placeStart, followsLink: false) == Errno.ENOENT.rawValue else { return }
        let held = hold(parentOf: target)
        guard held >= 0 else { return }
        try add(.linked, held: held, name: target, followsLink: false)
    }

    /// unlink, unlinkat and rmdir
    ///
    /// - Parameter directories: whether it is directories that are removed, or everything else.
    func removing(_ directory: Int32, _ path: UInt64, directories: Bool) throws(Refusal) {
        guard let target = try target(directory, path) else { return }
        var facts = FileFacts()
        guard unsafe facts.look(placeStart, followsLink: false) == 0 else { return }
        // EISDIR, or ENOTDIR.
        guard facts.isDirectory == directories, directories || !target.hasSlash else { return }
        let files = shared.files
        guard files.mounts.mount(facts.mount).kind == .changeable else { return }
        if isOrdinal {
            let (parent, key) = (self.parent(of: target), FileMemory.key(facts))
            try stamping(parent) { state, stamp in
                if let parent { state.change(parent, stamp) }
                // The other names' file changes as well.
                if facts.isDirectory || facts.links == 1 { state.table.forget(key) } else { state.touch(key, stamp) }
            }
        }
        letGoOfOwner(facts, target)
    }

    /// rename, renameat and renameat2
    func renaming(_ from: Int32, _ source: UInt64, _ to: Int32, _ path: UInt64, flags: UInt32) throws(Refusal) {
        guard let first = try target(from, source) else { return }
        var (facts, other) = (FileFacts(), FileFacts())
        guard unsafe facts.look(placeStart, followsLink: false) == 0 else { return }
        guard facts.isDirectory || !first.hasSlash else { return }
        let files = shared.files
        guard files.mounts.mount(facts.mount).kind == .changeable else { return }
        // Before the name is another's, what came to be under it is looked up.
        files.state.withLock { $0.settle(for: call.thread, files) }
        let before = isOrdinal ? parent(of: first) : nil
        // A file that came in is copied before it is renamed.
        var copied = isOrdinal && isToBeCopied(facts) ? unsafe HeldPlace.hold(placeStart, followsLink: false) : -1
        defer { if copied >= 0 { HeldPlace.release(copied) } }
        guard let second = try target(to, path), facts.isDirectory || !second.hasSlash else { return }
        let isThere = unsafe other.look(placeStart, followsLink: false) == 0
        // RENAME_NOREPLACE; and without RENAME_EXCHANGE only directories take directories' place.
        if isThere, flags & 1 != 0 || flags & 2 == 0 && facts.isDirectory != other.isDirectory { return }
        // RENAME_EXCHANGE takes no name away.
        let takesName = isThere && flags & 2 == 0 && FileMemory.key(other) != FileMemory.key(facts)
        if isOrdinal {
            let (after, key, taken) = (parent(of: second), FileMemory.key(facts), FileMemory.key(other))
            let isCopied = copied >= 0
            try stamping(before) { state, stamp in
                if let before { state.change(before, stamp) }
                if let after { state.change(after, stamp) }
                if !isCopied { state.touch(key, stamp) }
                guard takesName else { return }
                if other.isDirectory || other.links == 1 {
                    state.table.forget(taken)
                } else {
                    state.touch(taken, stamp)
                }
            }
            if copied >= 0 {
                let held = copied
                copied = -1
                try add(.set(.none), held: held, before: key)
            }
        }
        if takesName { letGoOfOwner(other, second) }
    }

    /// Takes down that a file is about to lose a name. Whether it does, the kernel says: a directory may not be empty.
    private func letGoOfOwner(_ facts: FileFacts, _ target: Target) {
        guard shared.world.states[.owners] == .fake, facts.isDirectory || facts.links == 1 else { return }
        let (files, key) = (shared.files, FileMemory.key(facts))
        guard files.state.withLock({ $0.owners[key] != nil }) else { return }
        let held = hold(parentOf: target)
        guard held >= 0 else { return }
        let (name, thread) = (pendingName(target), call.thread)
        files.state.withLock { state in
            state.settle(for: thread, files)
            let change = PendingChange(
                kind: .removed, thread: thread, stamp: Stamp(), held: held, nameLength: target.end - target.name,
                before: key)
            state.pending.add(change, name: name)
        }
    }

    // MARK: Content and times

    /// truncate and ftruncate
    func truncating(_ asked: AskedFile) throws(Refusal) {
        let found = try find(asked)
        defer { found.release() }
        guard found.mount.kind == .changeable, found.held < 0, found.facts.isRegular else { return }
        let bits: OpenBits = asked.path == nil ? .truncates : []
        try opening(found.facts, bits)
    }
}

// MARK: - Where a change happens

extension Worker {
    /// A path in `place` whose last component names what is changed: where the directory's path ends, and where the
    /// name begins and ends.
    struct Target {
        var parent: Int
        var name: Int
        var end: Int
        /// Whether slashes follow, with which it can be nothing but a directory.
        var hasSlash = false

        /// - Returns: nil if the last component is none or too long, or `.` or `..`.
        init?(_ path: UnsafeRawBufferPointer) {
            end = path.count
            name = end
            while name > 0, unsafe path[name - 1] != UInt8(ascii: "/") { name -= 1 }
            guard name > 0, end > name, end - name < PendingChanges.nameSize else { return nil }
            let isDots =
                unsafe path[name] == UInt8(ascii: ".")
                && (end - name == 1 || end - name == 2 && path[name + 1] == UInt8(ascii: "."))
            if isDots { return nil }
            parent = max(name - 1, 1)
        }
    }

    /// Writes the way to a path of the caller to `place`, without slashes at its end.
    ///
    /// - Returns: nil for what is no change of a file: devices, directories themselves, and paths that are too long.
    func target(_ directory: Int32, _ path: UInt64) throws(Refusal) -> Target? {
        let length = try readPath(at: path)
        guard length > 0, unsafe !isNull(callerPath, length) else { return nil }
        guard let whole = try locatePath(directory, length) else { return nil }
        var end = whole
        while end > 1, unsafe place[end - 1] == UInt8(ascii: "/") { end -= 1 }
        unsafe place[end] = 0
        var target = unsafe Target(UnsafeRawBufferPointer(rebasing: place[..<end]))
        target?.hasSlash = end < whole
        return target
    }

    /// Most files that shells open for writing are `/dev/null`.
    private func isNull(_ path: UnsafeMutableRawBufferPointer, _ length: Int) -> Bool {
        let name: StaticString = "/dev/null"
        return unsafe length == name.utf8CodeUnitCount && PlaceText.begins(path, length, with: name)
    }

    /// Calls `body` while `place` holds the path of the target's directory alone.
    func withParent<Result>(of target: Target, _ body: () -> Result) -> Result {
        let byte = unsafe place[target.parent]
        unsafe place[target.parent] = 0
        defer { unsafe place[target.parent] = byte }
        return body()
    }

    func hold(parentOf target: Target) -> Int32 {
        withParent(of: target) { unsafe HeldPlace.hold(placeStart, followsLink: true) }
    }

    /// What the target's directory is told by, if it can be changed.
    private func parent(of target: Target) -> UInt64? {
        withParent(of: target) {
            var facts = FileFacts()
            guard unsafe facts.look(placeStart, followsLink: true) == 0 else { return nil }
            guard shared.files.mounts.mount(facts.mount).kind == .changeable else { return nil }
            return FileMemory.key(facts)
        }
    }

    private func pendingName(_ target: Target?) -> PendingChanges.Name {
        var name = PendingChanges.Name(repeating: 0)
        if let target {
            for index in target.name..<target.end { name[index - target.name] = unsafe place[index] }
        }
        return name
    }

    /// Counts a change of a file that cannot be looked at yet, and of the directory that is held for it.
    private func add(
        _ kind: PendingChange.Kind, held: Int32, name target: Target? = nil, followsLink: Bool = false,
        before: UInt64 = 0
    ) throws(Refusal) {
        let files = shared.files
        var facts = FileFacts()
        guard facts.look(descriptor: held) == 0, files.mounts.mount(facts.mount).kind == .changeable else {
            return HeldPlace.release(held)
        }
        let (thread, name, key) = (call.thread, pendingName(target), FileMemory.key(facts))
        // What is held for a name is its directory, which changes; else it is the file before it is copied.
        try stamping(target == nil ? nil : key) { state, stamp in
            if target != nil { state.change(key, stamp) }
            // A file that the store does not share may stay what it is told by when it is copied.
            if before != 0, facts.links == 1 {
                if case .set(let times) = kind { state.set(before, times, stamp) } else { state.change(before, stamp) }
            }
            let change = PendingChange(
                kind: kind, thread: thread, stamp: stamp, held: held,
                nameLength: target.map { $0.end - $0.name } ?? 0, followsLink: followsLink, before: before)
            state.pending.add(change, name: name)
        }
    }
}

extension FileState {
    /// Looks up the files of changes that were carried out meanwhile.
    mutating func settle(for thread: Int32, _ files: FileMemory) {
        guard pending.count > 0 else { return }
        var index = 0
        while let (change, facts) = pending.settleNext(&index, for: thread) { settle(change, facts, files) }
    }

    private mutating func settle(_ change: PendingChange, _ facts: FileFacts, _ files: FileMemory) {
        if case .removed = change.kind { return forgetOwner(change.before) }
        guard files.mounts.mount(facts.mount).kind == .changeable else { return }
        let key = FileMemory.key(facts)
        switch change.kind {
        case .made: make(key, change.stamp)
        case .copied: self.change(key, change.stamp)
        case .set(let times): set(key, times, change.stamp)
        case .removed: break
        case .linked:
            nameless.remove(key)
            let slot = table.enter(key)
            // A file that had no name before.
            if table[slot].hasNoTime, !files.cameIn(facts), files.isNatural(FileMemory.nanoseconds(facts.modified)) {
                make(key, change.stamp)
            } else {
                touch(key, change.stamp)
            }
        }
        note(key, opener: change.thread)
    }
}
