internal import BelljarControls
internal import BelljarKernel
internal import Synchronization

/// Control `order`: directories are listed by name.
///
/// The first call of a listing reads the whole directory, so that it has an order at all, and what comes or goes while
/// somebody lists it neither moves nor hides anything. The place in the listing is the position of the open directory itself,
/// which this process can move through a copy of the caller's descriptor: so it is shared with whoever shares the descriptor,
/// and telldir(3), seekdir(3) and rewinddir(3) need no help.
extension Worker {
    /// How entries are laid out for the caller.
    enum RecordForm {
        /// getdents
        case old
        /// getdents64
        case new
    }

    /// getdents64(descriptor, buffer, size), and getdents with the same arguments.
    func directoryEntries(_ form: RecordForm) throws(Refusal) -> Reply {
        let directory = try copyOfDescriptor(call.int(0))
        var facts = FileFacts()
        guard facts.look(descriptor: directory.number) == 0, facts.isDirectory else {
            // A descriptor that only stands for a path has no position, whatever it is.
            do throws(KernelError) { _ = try directory.position() } catch {
                if error.errno == .EBADF { throw .errno(error.errno) }
            }
            throw .errno(.ENOTDIR)
        }
        guard facts.links > 0 else { throw .errno(.ENOENT) }
        let identity = DirectoryIdentity(device: facts.device, inode: facts.inode)
        let directories = shared.directories
        return try directories.lane(of: identity).mutex.withLock { (_) throws(Refusal) in
            if let reply = try list(directory, facts, form, .ordinary) { return reply }
            // One at a time, from before it is read until its entries are given, so that there is never another one in memory.
            return try directories.large.mutex.withLock { (_) throws(Refusal) in
                guard let reply = try list(directory, facts, form, .large) else {
                    throw .violation("it lists a directory with more names than PID 1 can sort")
                }
                return reply
            }
        }
    }

    /// - Returns: nil if the directory is larger than that.
    private func list(
        _ directory: borrowing Descriptor, _ facts: FileFacts, _ form: RecordForm, _ size: DirectorySnapshot.Size
    ) throws(Refusal) -> Reply? {
        let place: Place
        do throws(KernelError) { place = try find(directory, facts, size) } catch { throw Self.refusal(error) }
        switch place {
        case .larger: return nil
        case .end: return .value(0)
        case .leftToKernel: return .proceed
        case .entry(let listing, let index):
            let numbers = shared.world.states.isVirtualised(.stat) ? unsafe ListedNumbers(directory, facts, room) : nil
            let (next, bytes) = try give(listing, from: index, form, numbers)
            do throws(KernelError) {
                try directory.seek(to: listing.position(after: next - 1))
            } catch {
                // A directory that is empty for ever, made to be mounted on, has the places 0 to 2 only (empty_dir_llseek
                // in fs/libfs.c): /proc/sys/fs/binfmt_misc is one. The kernel can list its two names in one order only.
                if error.errno == .EINVAL { return .proceed }
                throw Self.refusal(error)
            }
            shared.directories.advance(listing, to: next)
            return .value(Int64(bytes))
        }
    }

    private static func refusal(_ error: KernelError) -> Refusal {
        switch error.errno {
        case .EBADF, .ENOENT, .ENOTDIR: .errno(error.errno)
        default: .violation("a directory could not be listed for it")
        }
    }

    // MARK: Where a listing stands

    private enum Place {
        /// The directory is larger than what was allowed.
        case larger
        case end
        case leftToKernel
        case entry(DirectoryCache.Listing, Int)
    }

    private func find(
        _ directory: borrowing Descriptor, _ facts: FileFacts, _ size: DirectorySnapshot.Size
    ) throws(KernelError) -> Place {
        let identity = DirectoryIdentity(device: facts.device, inode: facts.inode)
        let position = try directory.position()
        if position == DirectoryCache.end { return .end }
        if position > 0, let (listing, index) = shared.directories.find(identity, at: position) {
            if listing.snapshot.size > size.rawValue, size == .ordinary { return .larger }
            return listing.snapshot.count > index ? .entry(listing, index) : .end
        }
        let order = order(in: facts)
        let names = listedNames(of: directory, facts)
        if order == .unknown, names == .other, !shared.world.states.isVirtualised(.stat) { return .leftToKernel }
        if size == .large { shared.directories.giveUpLarge() }
        guard let snapshot = try snapshot(directory, at: position, size, order, names) else { return .larger }
        let listing = shared.directories.enter(snapshot, of: identity)
        guard snapshot.count > 0 else { return .end }
        guard position > 0 else { return .entry(listing, 0) }
        if let (listing, index) = shared.directories.find(identity, at: position) {
            return listing.snapshot.count > index ? .entry(listing, index) : .end
        }
        // A position that was never answered leads to the beginning, so that nothing is missed.
        guard let name = shared.directories.lastName(identity, before: position) else { return .entry(listing, 0) }
        let index = snapshot.index(after: name, order)
        return snapshot.count > index ? .entry(listing, index) : .end
    }

    /// In `/proc` processes come by number, behind everything else.
    private func order(in facts: FileFacts) -> DirectorySnapshot.Order {
        guard shared.world.states[.order] == .sorted else { return .unknown }
        return shared.files.mounts.mount(facts.mount).kind == .processes ? .byNumber : .byName
    }

    /// Which of a directory's names are there for every kernel.
    private func listedNames(of directory: borrowing Descriptor, _ facts: FileFacts) -> ProcNames {
        let files = shared.files
        guard facts.mount == files.mounts.processes, shared.world.states.isVirtualised(.identity) else { return .other }
        let target = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<Self.pathSize])
        let count = unsafe HeldPlace.path(of: directory.number, into: target)
        return count > 0 ? unsafe ProcNames(UnsafeRawBufferPointer(rebasing: room[..<count])) : .other
    }

    private func snapshot(
        _ directory: borrowing Descriptor, at position: UInt64, _ size: DirectorySnapshot.Size,
        _ order: DirectorySnapshot.Order, _ names: ProcNames
    ) throws(KernelError) -> DirectorySnapshot? {
        do throws(KernelError) {
            let own = try directory.open(".", .directory)
            return try unsafe .read(own, order, names, size: size, room: room)
        } catch {
            guard error.errno == .EACCES else { throw error }
        }
        // The caller opened it before it was closed to everybody, and may still read it.
        try directory.seek(to: 0)
        let snapshot = try unsafe DirectorySnapshot.read(directory, order, names, size: size, room: room)
        try directory.seek(to: position)
        return snapshot
    }

    /// A copy of a descriptor of the thread that asks.
    func copyOfDescriptor(_ number: Int32) throws(Refusal) -> Descriptor {
        do throws(KernelError) {
            return try shared.openThread(call.thread).copyOfDescriptor(number)
        } catch {
            switch error.errno {
            case .EBADF: throw .errno(error.errno)
            default:
                throw listener.isWaiting(call.id) ? .violation("its descriptors cannot be reached") : .gone
            }
        }
    }

    // MARK: Answers

    /// Writes as many entries to the caller as it has room for.
    ///
    /// - Returns: the index of the first entry that it did not get, and the size of those that it got.
    private func give(
        _ listing: DirectoryCache.Listing, from index: Int, _ form: RecordForm, _ numbers: ListedNumbers?
    ) throws(Refusal) -> (next: Int, bytes: Int) {
        let limit = min(Int(UInt32(bitPattern: call.int(2))), unsafe room.count)
        var (next, bytes) = (index, 0)
        unsafe listing.snapshot.entries(from: index) { place, entry in
            let size = unsafe form.size(entry)
            guard bytes + size <= limit else { return false }
            let record = unsafe UnsafeMutableRawBufferPointer(rebasing: room[bytes..<bytes + size])
            var entry = unsafe entry
            if let numbers { unsafe entry.inode = listedNumber(of: entry, numbers) }
            unsafe form.write(entry, position: listing.position(after: place), to: record)
            (next, bytes) = (place + 1, bytes + size)
            return true
        }
        guard bytes > 0 else { throw .errno(.EINVAL) }
        let records = unsafe UnsafeRawBufferPointer(rebasing: room[..<bytes])
        let written = try unsafe writeSome(records, to: call.argument(1))
        guard written < bytes else { return (next, bytes) }
        // The buffer ends in memory that is not there: what lies before that counts.
        (next, bytes) = (index, 0)
        unsafe listing.snapshot.entries(from: index) { number, entry in
            let size = unsafe form.size(entry)
            guard bytes + size <= written else { return false }
            (next, bytes) = (number + 1, bytes + size)
            return true
        }
        guard bytes > 0 else { throw .errno(.EFAULT) }
        return (next, bytes)
    }
}

/// What the inode numbers of a directory's names follow from, where they are those that the files themselves show.
private struct ListedNumbers {
    var facts: FileFacts
    var path: PathNumber
    var parent: PathNumber

    /// Nil if the path is too long for the kernel to say it.
    init?(_ directory: borrowing Descriptor, _ facts: FileFacts, _ room: UnsafeMutableRawBufferPointer) {
        let target = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<Worker.pathSize])
        let count = unsafe HeldPlace.path(of: directory.number, into: target)
        guard count > 0 else { return nil }
        self.facts = facts
        path = unsafe PathNumber(UnsafeRawBufferPointer(rebasing: room[..<count]))
        // The root is its own parent.
        var end = count - 1
        while end > 0, unsafe room[end] != UInt8(ascii: "/") { end -= 1 }
        parent = unsafe PathNumber(UnsafeRawBufferPointer(rebasing: room[..<max(end, 1)]))
    }
}

extension Worker {
    private func listedNumber(of entry: DirectorySnapshot.Entry, _ numbers: ListedNumbers) -> UInt64 {
        if unsafe entry.isDot(count: 1) {
            return listedNumber(numbers.path, in: numbers.facts, .directory, inode: numbers.facts.inode)
        }
        if unsafe entry.isDot(count: 2) {
            // What is above a mount is on another one.
            if numbers.facts.attributes & FileFacts.isMountRoot != 0 { return numbers.parent.inode }
            return unsafe listedNumber(numbers.parent, in: numbers.facts, .directory, inode: entry.inode)
        }
        // DT_DIR; DT_CHR and DT_BLK.
        let kind: ListedKind =
            switch unsafe entry.type {
            case 4: .directory
            case 2, 6: .device
            default: .file
            }
        return unsafe listedNumber(
            numbers.path, name: entry.name, in: numbers.facts, kind: kind, inode: entry.inode)
    }
}

extension Worker.RecordForm {
    /// Bytes of a record, a multiple of 8. Inode, position and length come first (18 bytes); then the new form has the type
    /// and the name with its zero, and the old one the name with its zero and, as the record's last byte, the type.
    func size(_ entry: DirectorySnapshot.Entry) -> Int { unsafe (20 + entry.name.count + 7) & ~7 }

    func write(
        _ entry: DirectorySnapshot.Entry, position: UInt64, to record: UnsafeMutableRawBufferPointer
    ) {
        let count = unsafe entry.name.count
        let name = self == .new ? 19 : 18
        unsafe record.storeBytes(of: entry.inode, as: UInt64.self)
        unsafe record.storeBytes(of: position, toByteOffset: 8, as: UInt64.self)
        unsafe record.storeBytes(of: UInt16(truncatingIfNeeded: record.count), toByteOffset: 16, as: UInt16.self)
        unsafe UnsafeMutableRawBufferPointer(rebasing: record[name...]).copyMemory(from: entry.name)
        for index in name + count..<record.count { unsafe record[index] = 0 }
        unsafe record[self == .new ? 18 : record.count - 1] = entry.type
    }
}
