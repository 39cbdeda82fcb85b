internal import BelljarControls
internal import BelljarKernel
internal import Synchronization

/// What a program that believes to be root made of a file, as fakeroot(1) pretends it.
struct Ownership {
    var uid: UInt32 = 0
    var gid: UInt32 = 0
    /// S_IFCHR or S_IFBLK for an empty file that stands for a device; 0 for what the file is by itself.
    var kind: UInt32 = 0
    /// Number of the device, the major number in the upper half.
    var node: UInt64 = 0

    /// A device number as mknod(2) is given it (new_decode_dev in include/linux/kdev_t.h), the major number in the upper half. What
    /// `StatusStructure` encodes.
    static func node(_ device: UInt64) -> UInt64 {
        ((device & 0xfff00) >> 8) << 32 | device & 0xff | (device >> 12) & 0xfff00
    }

    /// Files that can be owned by others than root, or be devices, at a time.
    static let maximumCount = 1 << 18
}

/// Control `owners`: changes of owner and new devices are remembered, and shown by `stat`. A file that nobody gave
/// away is root's.
extension Worker {
    /// The bits of a mode that say what a file is (S_IFMT), and two of their values.
    private enum Kind {
        static let mask: UInt32 = 0o170000
        static let characters: UInt32 = 0o020000
        static let blocks: UInt32 = 0o060000
    }

    /// chown, lchown, fchown and fchownat; -1 leaves an owner as it is.
    func changeOwner(_ asked: AskedFile, uid: Int32, gid: Int32) throws(Refusal) -> Reply {
        guard shared.world.states[.owners] == .fake else { return try refuseOwner(asked, uid, gid) }
        guard asked.flags.isSubset(of: [.noFollow, .emptyPath]) else { throw .proceed }
        var found = try find(asked, holding: true)
        defer { found.release() }
        // The kernel is asked for a change to what it is. That copies what came in, takes the set-user-id bit away, and
        // finds every error that a change would find.
        let follows = found.followsLink || found.descriptor != nil
        let error =
            found.held >= 0
            ? HeldPlace.touchOwner(found.held) : unsafe HeldPlace.touchOwner(placeStart, followsLink: follows)
        guard error == 0 else { throw .errno(Errno(rawValue: error)) }
        let again =
            found.held >= 0
            ? found.facts.look(descriptor: found.held) : unsafe found.facts.look(placeStart, followsLink: follows)
        guard again == 0 else { throw .errno(Errno(rawValue: again)) }
        let (key, pin) = (FileMemory.key(found.facts), isPinned(found) ? try self.pin(found, follows) : nil)
        let (files, thread, hasName) = (shared.files, call.thread, hasName(found))
        let (time, now) = (isOrdinal ? try shared.clocks.change(call.caller) : nil, Host.coarseNanoseconds())
        let isRemembered = files.state.withLock { state in
            // What was removed meanwhile makes room, and what got a name has one.
            state.settle(for: thread, files)
            if let time { state.touch(key, state.next(for: key, at: time, now: now)) }
            var owned = state.owners[key] ?? Ownership()
            if uid != -1 { owned.uid = UInt32(bitPattern: uid) }
            if gid != -1 { owned.gid = UInt32(bitPattern: gid) }
            return state.remember(key, owned, pin, hasName: hasName)
        }
        guard isRemembered else { throw .violation("it changes more owners than PID 1 can remember") }
        return .success
    }

    /// To an ordinary user EPERM, on every machine. Here the kernel would say EINVAL, because it knows no account but one, and
    /// whoever tries whether it is root, or pretends to be (fakeroot), goes by that error.
    private func refuseOwner(_ asked: AskedFile, _ uid: Int32, _ gid: Int32) throws(Refusal) -> Reply {
        guard asked.flags.isSubset(of: [.noFollow, .emptyPath]) else { throw .proceed }
        let isOwn =
            (uid == -1 || UInt32(bitPattern: uid) == Host.effectiveUid)
            && (gid == -1 || UInt32(bitPattern: gid) == Host.effectiveGid)
        if isOwn { return .proceed }
        // What else is wrong comes first, and the kernel says it.
        let found = try find(asked)
        defer { found.release() }
        guard found.mount.kind == .changeable || found.mount.kind == .unknown else { throw .proceed }
        shared.files.noteRefusedOwner()
        throw .errno(.EPERM)
    }

    /// An overlay's directories keep their number only as long as somebody holds them.
    private func isPinned(_ found: FoundFile) -> Bool {
        found.facts.isDirectory && found.mount.isLayered
    }

    /// Whether somebody is told when it is gone: by the loss of a name. Pipes have none, whatever the kernel counts.
    private func hasName(_ found: FoundFile) -> Bool { found.facts.links > 0 && found.mount.kind != .unknown }

    /// - Returns: a descriptor of its own for a directory, for which nobody needs to be allowed to search that.
    private func pin(_ found: FoundFile, _ follows: Bool) throws(Refusal) -> Int32 {
        let number =
            found.held >= 0
            ? HeldPlace.duplicate(found.held) : unsafe HeldPlace.hold(placeStart, followsLink: follows)
        if number >= 0 { return number }
        let error = Errno(rawValue: -number)
        guard [.EMFILE, .ENFILE].contains(error) else {
            throw .errno(error)
        }
        throw .violation("it changes the owners of more directories than PID 1 can hold")
    }

    /// mknod and mknodat: a device becomes an empty file that is shown as that device.
    func makeNode(_ name: NotifiedCall, _ directory: Int32, _ path: UInt64, _ mode: UInt32, _ device: UInt64)
        throws(Refusal) -> Reply
    {
        guard makesDevice(name) else { return try changing(name) }
        do throws(Refusal) {
            return try makeDevice(name, directory, path, mode, device)
        } catch {
            // No filter refuses devices then, and the kernel makes one for everybody: that of a whiteout. Nor may another
            // thread write another path meanwhile.
            guard case .proceed = error else { throw error }
            throw .errno(.EACCES)
        }
    }

    private func makeDevice(_ name: NotifiedCall, _ directory: Int32, _ path: UInt64, _ mode: UInt32, _ device: UInt64)
        throws(Refusal) -> Reply
    {
        guard let target = try target(directory, path) else { throw .errno(.EEXIST) }
        let mask = try fileMask()
        let held = try walk(parentOf: target, directory)
        defer { HeldPlace.release(held) }
        var (facts, parent) = (FileFacts(), FileFacts())
        guard parent.look(descriptor: held) == 0 else { throw .errno(.ENOENT) }
        // A descriptor of the caller's may be of something that is no file system's.
        guard shared.files.mounts.mount(parent.mount).kind != .unknown else { throw .errno(.EACCES) }
        let file = unsafe HeldPlace.make(placeStart + target.name, at: held, mode: mode & 0o7777 & ~mask)
        guard file >= 0 else { throw .errno(Errno(rawValue: -file)) }
        defer { HeldPlace.release(file) }
        guard facts.look(descriptor: file) == 0 else { throw .errno(.ENOENT) }
        let key = FileMemory.key(facts)
        let above = FileMemory.key(parent)
        let owned = Ownership(kind: mode & Kind.mask, node: Ownership.node(device))
        var isRemembered = false
        try stamping(above) { state, stamp in
            state.make(key, stamp)
            state.change(above, stamp)
            isRemembered = state.remember(key, owned, nil)
        }
        guard isRemembered else { throw .violation("it changes more owners than PID 1 can remember") }
        return .success
    }

    /// Holds the directory of the path in `callerPath` and `place`, found with the caller's rights.
    ///
    /// - Throws: the kernel's error; EACCES for what only PID 1 may follow.
    private func walk(parentOf target: Target, _ directory: Int32) throws(Refusal) -> Int32 {
        guard var end = unsafe callerPath.firstIndex(of: 0) else { throw .errno(.ENAMETOOLONG) }
        while end > 1, unsafe callerPath[end - 1] == UInt8(ascii: "/") { end -= 1 }
        end -= target.end - target.name
        if end <= 0 {
            unsafe callerPath[0] = UInt8(ascii: ".")
            end = 1
        }
        let held = walk(directory, end, followsLink: true)
        if held >= 0 { return held }
        let own = hold(parentOf: target)
        guard own >= 0 else { throw .errno(Errno(rawValue: -own)) }
        HeldPlace.release(own)
        throw .errno(.EACCES)
    }

    /// Whether the call makes a device where PID 1 has to answer that, because no filter refuses it.
    func makesDevice(_ name: NotifiedCall) -> Bool {
        guard shared.world.states[.owners] == .fake, name == .mknod || name == .mknodat else { return false }
        let kind = UInt32(truncatingIfNeeded: call.argument(name == .mknod ? 1 : 2)) & Kind.mask
        return kind == Kind.characters || kind == Kind.blocks
    }

    /// The caller's mask for the modes of new files, from /proc/PID/status.
    private func fileMask() throws(Refusal) -> UInt32 {
        guard let file = try? Descriptor.workingDirectory.open("/proc/\(call.thread)/status"),
            let text = try? file.readAll(limit: 8192)
        else { throw .gone }
        let name = Array("Umask:\t".utf8)
        for line in text.split(separator: UInt8(ascii: "\n")) where line.starts(with: name) {
            return UInt32(String(decoding: line.dropFirst(name.count), as: UTF8.self), radix: 8) ?? 0o022
        }
        return 0o022
    }

    /// Shows who owns a file.
    func showOwner(_ facts: inout FileFacts, key: UInt64, isChangeable: Bool) {
        let (files, thread) = (shared.files, call.thread)
        let owned: Ownership? =
            if isChangeable {
                files.state.withLock { state in
                    state.settle(for: thread, files)
                    return state.owners[key]
                }
            } else { nil }
        facts.uid = owned?.uid ?? 0
        facts.gid = owned?.gid ?? 0
        guard let owned, owned.kind != 0 else { return }
        facts.mode = facts.mode & ~Kind.mask | owned.kind
        facts.node = owned.node
    }
}

extension FileState {
    /// Takes down that nobody has a file any more.
    mutating func forgetOwner(_ key: UInt64) {
        owners[key] = nil
        pins.remove(key)
    }

    /// - Parameters:
    ///   - pin: holds the file, if somebody has to; taken over.
    ///   - hasName: whether it is told when the file is gone.
    /// - Returns: false if that is more than can be remembered.
    mutating func remember(_ key: UInt64, _ owned: Ownership, _ pin: Int32?, hasName: Bool = true) -> Bool {
        if owned.uid == 0, owned.gid == 0, owned.kind == 0 {
            forgetOwner(key)
            if let pin { HeldPlace.release(pin) }
            return true
        }
        if let pin {
            if pins.isFull, !pins.holds(key) { for key in pins.removeDeleted() { owners[key] = nil } }
            guard pins.add(pin, for: key) else { return false }
        }
        if !hasName, owners[key] == nil, let gone = nameless.add(key) { owners[gone] = nil }
        guard owners.count < Ownership.maximumCount || owners[key] != nil else { return false }
        owners[key] = owned
        return true
    }
}

/// Files without a name that are not root's: what was made with O_TMPFILE, pipes and the like. Nobody tells when they are
/// gone, so the oldest is taken for that, as with the times of files that lost their name.
struct NamelessOwners {
    static let maximumCount = 1024

    /// As a ring; 0 for one that was given a name.
    private var keys: [UInt64] = []
    private var next = 0

    /// - Returns: what is let go for it.
    mutating func add(_ key: UInt64) -> UInt64? {
        guard keys.count == Self.maximumCount else {
            keys.append(key)
            return nil
        }
        defer { next = (next + 1) % Self.maximumCount }
        let old = keys[next]
        keys[next] = key
        return old == 0 ? nil : old
    }

    mutating func remove(_ key: UInt64) {
        if let index = keys.firstIndex(of: key) { keys[index] = 0 }
    }
}

/// Directories that are not root's, which PID 1 holds: one descriptor each, however often an owner changes.
@safe
struct OwnerPins: ~Copyable {
    static let maximumCount = 1 << 14

    private var held: [UInt64: Int32] = [:]

    deinit { keepingErrorNumber { for number in held.values { HeldPlace.release(number) } } }

    var count: Int { held.count }
    var isFull: Bool { held.count >= Self.maximumCount }

    func holds(_ key: UInt64) -> Bool { held[key] != nil }

    /// Takes a descriptor over.
    ///
    /// - Returns: false if there are too many.
    mutating func add(_ number: Int32, for key: UInt64) -> Bool {
        guard !holds(key), !isFull else {
            HeldPlace.release(number)
            return holds(key)
        }
        held[key] = number
        return true
    }

    mutating func remove(_ key: UInt64) {
        if let number = held.removeValue(forKey: key) { HeldPlace.release(number) }
    }

    /// Lets go of directories that nobody can have any more.
    ///
    /// - Returns: what they were told by.
    mutating func removeDeleted() -> [UInt64] {
        let gone = held.filter { entry in
            var facts = FileFacts()
            return facts.look(descriptor: entry.value) != 0 || facts.links == 0
        }
        for key in gone.keys { remove(key) }
        return Array(gone.keys)
    }
}
