internal import BelljarControls
internal import BelljarKernel
internal import Synchronization

/// What a build sees of a file in place of what its host's disk says.
extension Worker {
    /// Changes what the kernel says of a file to what the build sees.
    func present(_ found: inout FoundFile) {
        let real = found.facts
        let states = shared.world.states
        let isVirtual = states.isVirtualised(.stat)
        if isVirtual, isSeeded, let device = randomDevice(found) { return present(device, &found) }
        if found.mount.kind == .changeable { shared.files.settle(for: call.thread) }
        let hasOwnTimes = states.isVirtualised(.mtimes)
        if isVirtual {
            found.facts.inode = number(&found, real)
            found.facts.device = found.mount.device
            showSizes(&found.facts, found.mount)
        }
        if states.isVirtualised(.owners) {
            showOwner(&found.facts, key: FileMemory.key(real), isChangeable: found.mount.kind == .changeable)
        }
        if hasOwnTimes { showTimes(&found, real) }
    }

    /// Shows a device of random numbers, which is a file by its path and a socket once it is open, as what it is to programs.
    private func present(_ device: RandomDevice, _ found: inout FoundFile) {
        found.facts.mode = 0o020666
        found.facts.node = device.node
        found.facts.inode = device.inode
        found.facts.device = MountMap.deviceOfDevices
        (found.facts.links, found.facts.size, found.facts.blocks, found.facts.blockSize) = (1, 0, 0, 4096)
        if shared.world.states.isVirtualised(.owners) { showOwner(&found.facts, key: 0, isChangeable: false) }
        (found.facts.uid, found.facts.gid) = (0, 0)
        if shared.world.states.isVirtualised(.mtimes) { showTimes(&found, found.facts) }
    }

    /// Size and space, which are file systems' own for everything but content.
    private func showSizes(_ facts: inout FileFacts, _ mount: MountMap.Mount) {
        // What the build may write to lies in memory, on every host: what it has of pages and directories only a build decides.
        let isOwn = mount.kind == .changeable && !mount.isLayered
        if facts.isDirectory {
            facts.size = 4096
            // A directory says with it that it does not count the directories in it (find(1), fts(3)).
            if !isOwn { facts.links = 1 }
            facts.blocks = 8
        } else if !isOwn || !facts.isRegular {
            facts.blocks = facts.isRegular ? (facts.size + 4095) / 4096 * 8 : 0
        }
        facts.blockSize = 4096
    }

    // MARK: Numbers

    /// The inode number that the build sees; sets the number of links for what came in, whose real one counts what the
    /// store shares.
    private func number(_ found: inout FoundFile, _ real: FileFacts) -> UInt64 {
        switch found.mount.kind {
        case .unknown: return anonymousNumber(found, real)
        case .fixed, .processes:
            if !real.isDirectory { found.facts.links = 1 }
            return fixedNumber(found, real)
        case .changeable: break
        }
        // Devices are what they are; and over layers a directory's number does not stay with it.
        if real.isDevice || found.mount.isLayered && real.isDirectory { return pathNumber(found, real) }
        let files = shared.files
        let key = FileMemory.key(real)
        let known = files.state.withLock { state in
            state.table.find(key).map { slot in
                // It did not lose its last name after all.
                if real.links > 0 { state.table.revive(slot) }
                return state.table[slot].inode
            }
        }
        if let known, known != 0 { return known }
        let path = pathNumber(found)
        let wanted = path.map { real.isDirectory ? $0.inode : $0.fileInode } ?? Self.longPathNumber
        if found.mount.isLayered {
            if known == nil, files.cameIn(real) {
                found.facts.links = 1
                // Another file, which had this name before, may have the number still.
                if files.state.withLock({ !$0.table.isTaken(wanted) }) { return wanted }
            } else {
                files.noteBuildDevice(real.device)
            }
        }
        return tableNumber(FileMemory.key(real), wanted: wanted)
    }

    /// The number that only the path decides.
    private func pathNumber(_ found: borrowing FoundFile, _ real: FileFacts) -> UInt64 {
        guard let path = pathNumber(found) else {
            return tableNumber(FileMemory.key(real), wanted: Self.longPathNumber)
        }
        return givenNumber(path, found.mount)
    }

    /// The number of a path where that decides. Of processes nobody remembers any.
    func givenNumber(_ path: PathNumber, _ mount: MountMap.Mount) -> UInt64 {
        mount.kind == .processes
            ? path.inode : shared.files.numbers.withLock { $0.number(of: path, on: mount.device) }
    }

    /// The inode number of what no build can change.
    private func fixedNumber(_ found: borrowing FoundFile, _ real: FileFacts) -> UInt64 {
        if let number = rootNumber(found, real) { return number }
        return pathNumber(found, real)
    }

    /// The number of a file on the root's mount, if a path led there that never left this mount. Whatever its links are,
    /// they stay what they are.
    private func rootNumber(_ found: borrowing FoundFile, _ real: FileFacts) -> UInt64? {
        guard found.mount.device == MountMap.rootDevice, found.descriptor == nil, found.held < 0,
            let end = unsafe place.firstIndex(of: 0), unsafe !PlaceText.begins(place, end, with: "/proc")
        else { return nil }
        let path = unsafe UnsafeRawBufferPointer(rebasing: place[..<end])
        let text = unsafe PathNumberCache.text(path, followsLink: found.followsLink)
        let file = FileMemory.key(real)
        if let known = pathNumbers.find(text, file: file) { return known }
        let held = unsafe HeldPlace.holdOnRoot(placeStart, followsLink: found.followsLink)
        guard held >= 0 else { return nil }
        defer { HeldPlace.release(held) }
        let target = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<Self.pathSize])
        let count = unsafe HeldPlace.path(of: held, into: target)
        guard count > 0 else { return nil }
        let number = givenNumber(
            unsafe PathNumber(UnsafeRawBufferPointer(rebasing: target[..<count])), found.mount)
        pathNumbers.keep(text, file: file, inode: number)
        return number
    }

    /// The inode number that a name in a listing has to have, so that it is the one that the file itself shows.
    ///
    /// - Parameters:
    ///   - directory: number of the directory's path without links;
    ///   - facts: the directory's own.
    ///   - kind: what it is.
    ///   - inode: as the kernel lists it.
    func listedNumber(
        _ directory: PathNumber, name: UnsafeRawBufferPointer, in facts: FileFacts, kind: ListedKind, inode: UInt64
    ) -> UInt64 {
        listedNumber(unsafe directory.appending(name), in: facts, kind, inode: inode)
    }

    /// The same for the directory itself.
    func listedNumber(_ path: PathNumber, in facts: FileFacts, _ kind: ListedKind, inode: UInt64) -> UInt64 {
        let files = shared.files
        let mount = files.mounts.mount(facts.mount)
        guard mount.kind == .changeable else { return givenNumber(path, mount) }
        let wanted = kind == .directory ? path.inode : path.fileInode
        if kind == .device || mount.isLayered && kind == .directory { return givenNumber(path, mount) }
        guard mount.isLayered else {
            return tableNumber(FileMemory.key(device: facts.device, inode: inode), wanted: wanted)
        }
        // An overlay's files have another device than its directories.
        let key = FileMemory.key(device: files.buildDevice(or: facts.device), inode: inode)
        let known = files.state.withLock { state in state.table.find(key).map { state.table[$0].inode } } ?? 0
        return known == 0 ? wanted : known
    }

    /// What a name in a listing stands for.
    enum ListedKind {
        case directory
        case device
        case file
    }

    /// The number to begin with where a path is too long for the kernel to say it: any.
    private static var longPathNumber: UInt64 { 1 << 31 | 1 }

    private func tableNumber(_ key: UInt64, wanted: UInt64) -> UInt64 {
        shared.files.state.withLock { state in
            let slot = state.table.enter(key)
            return state.table.inode(of: slot, wanted: wanted)
        }
    }

    /// The number of the path that leads to a file without links, which goes to `room`; nil if that is too long for the
    /// kernel to say it.
    func pathNumber(_ found: borrowing FoundFile) -> PathNumber? {
        let count = canonicalPath(found)
        guard count > 0 else { return nil }
        return unsafe PathNumber(UnsafeRawBufferPointer(rebasing: room[..<count]))
    }

    /// Writes the path that leads to a file without links to `room`.
    ///
    /// - Returns: its length, or an error's number, negative.
    func canonicalPath(_ found: borrowing FoundFile) -> Int {
        let target = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<Self.pathSize])
        if found.descriptor != nil { return unsafe HeldPlace.readLink(placeStart, into: target) }
        if found.held >= 0 { return unsafe HeldPlace.path(of: found.held, into: target) }
        let held = unsafe HeldPlace.hold(placeStart, followsLink: found.followsLink)
        guard held >= 0 else { return Int(held) }
        defer { HeldPlace.release(held) }
        return unsafe HeldPlace.path(of: held, into: target)
    }

    /// Pipes, sockets and files in memory, whose numbers count what the whole host makes, are told apart by the
    /// caller's descriptors: the number is that of the first of the standard ones that is the same, so that programs
    /// see whether their output and their errors go to the same place.
    ///
    /// A path leads to them as well: shells hand them to programs as `/dev/fd/63`. Then it is the first of all the caller's
    /// descriptors, or two of them would be one file to who compares them, and diff(1) would not even read them.
    private func anonymousNumber(_ found: borrowing FoundFile, _ real: FileFacts) -> UInt64 {
        let compared = found.descriptor.map { min($0, 3) } ?? Self.comparedDescriptors
        for other in 0..<compared {
            var facts = FileFacts()
            guard (try? locate(other)) != nil, unsafe facts.look(placeStart, followsLink: true) == 0 else { continue }
            if facts.inode == real.inode, facts.device == real.device { return UInt64(other) + 1 }
        }
        return UInt64(found.descriptor ?? Self.comparedDescriptors) + 1
    }

    /// How many of the caller's descriptors are compared: shells begin their own at 10, 63 or below 256.
    private static var comparedDescriptors: Int32 { 256 }

    // MARK: Times

    private func showTimes(_ found: inout FoundFile, _ real: FileFacts) {
        let start = FileFacts.Moment(seconds: Int64(shared.world.epoch), nanoseconds: 0)
        found.facts.born = FileFacts.Moment(seconds: 0, nanoseconds: 0)
        found.facts.mask &= ~FileFacts.birth
        (found.facts.accessed, found.facts.modified, found.facts.changed) = (start, start, start)
        guard found.mount.kind == .changeable, !real.isDevice else { return }
        let files = shared.files
        let (key, time) = (FileMemory.key(real), FileMemory.nanoseconds(real.modified))
        let kind: FileState.Kind =
            files.cameIn(real.modified) ? .incoming : files.isNatural(time) ? .natural : .set
        let isOpen = found.descriptor != nil
        let opener = files.state.withLock { $0.opener(of: key) }
        let landmark = opener == 0 ? Landmark() : shared.clocks.landmark(of: opener)
        let shown = files.state.withLock {
            $0.show(key, time: time, size: real.size, kind, isOpen: isOpen, landmark)
        }
        if let accessed = shown.accessed {
            let (seconds, rest) = accessed.quotientAndRemainder(dividingBy: 1_000_000_000)
            found.facts.accessed = FileFacts.Moment(
                seconds: rest < 0 ? seconds - 1 : seconds, nanoseconds: UInt32(rest < 0 ? rest + 1_000_000_000 : rest))
        }
        guard shared.world.states[.mtimes] == .ordinal else {
            let isSet = kind == .set || files.state.withLock { $0.isExplicit(key, time: time) }
            if isSet { found.facts.modified = real.modified }
            return
        }
        found.facts.modified = shown.modified.map { moment($0) } ?? real.modified
        found.facts.changed = moment(shown.changed)
        if !shown.latest.isNone { try? shared.clocks.saw(call.caller, shown.latest.time) }
    }

    private func moment(_ nanoseconds: UInt64) -> FileFacts.Moment {
        let all = WallTime(second: shared.world.epoch, offset: nanoseconds)
        return FileFacts.Moment(seconds: all.seconds, nanoseconds: UInt32(all.fraction))
    }
}
