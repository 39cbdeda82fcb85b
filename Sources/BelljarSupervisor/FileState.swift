/// All that is known of files, behind one lock.
@safe
struct FileState: ~Copyable {
    var table = FileTable()
    var log = ChangeLog()
    var pending = PendingChanges()
    /// Files that are not root's, or stand for devices.
    var owners: [UInt64: Ownership] = [:]
    var pins = OwnerPins()
    var nameless = NamelessOwners()
    /// Whether every change gives a file another time once somebody has looked at it (kernel 6.13).
    let hasFineTimes: Bool
    /// Nanoseconds since 1970.
    let epoch: Int64

    /// What a file shows.
    struct Shown: Equatable {
        /// Nanoseconds since the epoch's second; nil for the kernel's own, which was set.
        var modified: UInt64?
        var changed: UInt64 = 0
        /// Nanoseconds since 1970; nil if it was never used.
        var accessed: Int64?
        /// The latest change of it that this tells of.
        var latest = Stamp()
    }

    init(hasFineTimes: Bool, epoch: Int64) { (self.hasFineTimes, self.epoch) = (hasFineTimes, epoch) }

    /// Changes of one file, each after somebody had looked at the one before, that fit in a second: more is somebody who waits for
    /// the file to be a second older than another.
    static let patience: UInt16 = 500
    /// What every further one adds, in microseconds.
    private static let step: UInt64 = 1000

    /// Counts a change of a file that is about to happen: after all that is known of the file.
    ///
    /// - Parameter time: the phase of whoever changes it, in microseconds.
    mutating func next(for key: UInt64, at time: UInt64, now: Int64) -> Stamp {
        guard let slot = table.find(key) else { return log.next(at: time, now: now) }
        var (entry, time) = (table[slot], time)
        if entry.state == .shown, entry.modified.time / 1_000_000 == time / 1_000_000 {
            entry.turns = min(entry.turns + 1, .max - 1)
            table[slot].turns = entry.turns
            if entry.turns > Self.patience {
                time = Stamp.phase(after: max(time, entry.modified.time), by: Self.step)
            }
        }
        let stamp = log.next(at: time, now: now)
        let known = max(entry.modified, entry.changed)
        // By somebody for whom more time had passed.
        return stamp > known ? stamp : log.next(at: known.time, now: now)
    }

    /// Takes down that a change of a file's content is about to happen, or has happened.
    mutating func change(_ key: UInt64, _ stamp: Stamp) {
        let slot = table.enter(key)
        guard table[slot].modified <= stamp else { return }
        if table[slot].modified.time / 1_000_000 != stamp.time / 1_000_000 { table[slot].turns = 0 }
        (table[slot].modified, table[slot].step, table[slot].state) = (stamp, 0, .known)
    }

    /// Takes down who may write to a file from now on without any call that tells of it.
    mutating func note(_ key: UInt64, opener: Int32) {
        if let slot = table.find(key) { table[slot].opener = opener }
    }

    /// Who may write to it; 0 if that is not known.
    func opener(of key: UInt64) -> Int32 { table.find(key).map { table[$0].opener } ?? 0 }

    /// The same of what else there is about a file.
    mutating func touch(_ key: UInt64, _ stamp: Stamp) {
        let slot = table.enter(key)
        table[slot].changed = max(table[slot].changed, stamp)
    }

    /// Takes down that a file comes to be.
    mutating func make(_ key: UInt64, _ stamp: Stamp) {
        change(key, stamp)
        let slot = table.enter(key)
        if table[slot].accessed == nil { table[slot].accessed = moment(stamp) }
    }

    private func moment(_ stamp: Stamp) -> Int64 { epoch &+ Int64(clamping: stamp.nanoseconds) }

    /// Takes down that a file is about to be opened for writing, which is no change yet.
    ///
    /// - Parameter time: of the file.
    mutating func open(_ key: UInt64, _ stamp: Stamp, time: Int64, now: Int64) {
        // Where times are ticks, whether it is written to does not show if it was changed a moment ago. A time that was set
        // can be any.
        let (age, overflow) = now.subtractingReportingOverflow(time)
        if !hasFineTimes, !overflow, age < 10_000_000 { return change(key, stamp) }
        let slot = table.enter(key)
        var entry = table[slot]
        if entry.stamp == time, entry.state == .explicit {
            (table[slot].modified, table[slot].step) = (stamp, 0)
            return
        }
        if entry.state != .opened {
            if entry.hasNoTime { entry.modified = log.position(at: time) }
            if entry.state == .shown, entry.stamp != time, entry.stamp != FileEntry.noStamp { entry.takeStep() }
            entry.previous = entry.modified
        } else if entry.stamp != time {
            (entry.previous, entry.step) = (entry.modified, 0)
        }
        (entry.modified, entry.state, entry.stamp) = (stamp, .opened, time)
        table[slot] = entry
    }

    /// Takes down that a file's time is about to be set to one that could be taken for a change's.
    mutating func set(_ key: UInt64, time: Int64) {
        let slot = table.enter(key)
        (table[slot].state, table[slot].stamp) = (.explicit, time)
    }

    /// Takes down that times of a file are about to be set, or were.
    mutating func set(_ key: UInt64, _ times: TimesToSet, _ stamp: Stamp) {
        switch times.modified {
        case .unchanged: break
        case .now: change(key, stamp)
        case .at(let time): set(key, time: time)
        case .elsewhere: touch(key, stamp)
        }
        touch(key, stamp)
        let slot = table.enter(key)
        switch times.accessed {
        case .unchanged: break
        case .now: table[slot].accessed = moment(stamp)
        case .at(let time), .elsewhere(let time): table[slot].accessed = time
        }
    }

    func isExplicit(_ key: UInt64, time: Int64) -> Bool {
        guard let slot = table.find(key) else { return false }
        return table[slot].state == .explicit && table[slot].stamp == time
    }

    /// What a file's time can be.
    enum Kind {
        /// A change's.
        case natural
        /// That of everything that came in.
        case incoming
        /// Neither, so that it was set.
        case set
    }

    /// What to show for a file.
    ///
    /// When a file is written to is not known, only when it was opened for that. Its stamp is that of the opening, and the
    /// kernel's time tells no more than whether it was written to: when that was says how fast the host is.
    ///
    /// - Parameters:
    ///   - size: of the file.
    ///   - isOpen: whether an open file is looked at, and not what a path leads to.
    ///   - landmark: the last long wait of whoever opened it: what was written after that is as new as that.
    mutating func show(
        _ key: UInt64, time: Int64, size: UInt64, _ kind: Kind, isOpen: Bool, _ landmark: Landmark
    ) -> Shown {
        var shown = Shown(modified: nil)
        var stamp: Stamp?
        var step: UInt16 = 0
        switch kind {
        case .natural: (stamp, step) = content(key, time: time, size: size, isOpen: isOpen, landmark)
        case .incoming: stamp = isExplicit(key, time: time) ? nil : Stamp()
        case .set: break
        }
        if let stamp {
            shown.modified = stamp.nanoseconds(step: step)
            shown.changed = stamp.nanoseconds(step: step)
            shown.latest = stamp
        }
        if let slot = table.find(key) {
            shown.changed = max(shown.changed, table[slot].changed.nanoseconds)
            shown.latest = max(shown.latest, table[slot].changed)
            shown.accessed = table[slot].accessed
        }
        return shown
    }

    /// The stamp of a file's content, and how often it was seen to be written to since; nil for a time that was set.
    private mutating func content(
        _ key: UInt64, time: Int64, size: UInt64, isOpen: Bool, _ landmark: Landmark
    ) -> (Stamp?, UInt16) {
        // Where times are ticks, that they are equal says little of a file that is being written to.
        let stamp = isOpen && !hasFineTimes ? FileEntry.noStamp : time
        guard let slot = table.find(key), !table[slot].hasNoTime else {
            let slot = table.enter(key)
            table[slot].modified = log.position(at: time)
            (table[slot].state, table[slot].stamp, table[slot].size) = (.shown, stamp, size)
            return (table[slot].modified, 0)
        }
        var entry = table[slot]
        switch entry.state {
        case .known: break
        case .explicit:
            if entry.stamp == time { return (nil, 0) }
            if entry.modified.isNone { entry.modified = log.position(at: time) }
        case .opened:
            if entry.stamp == time { return (entry.previous, entry.step) }
            entry.step = 0
        case .shown:
            if entry.size != size || entry.stamp != FileEntry.noStamp && entry.stamp != time && stamp == time {
                entry.takeStep()
            }
        }
        // After what was read of the clock before, and before all that was counted since.
        if entry.modified.time * 1000 < landmark.time, landmark.isBefore(time) {
            (entry.modified, entry.step) = (Stamp(time: landmark.time / 1000), 1)
        }
        (entry.state, entry.stamp, entry.size) = (.shown, stamp, size)
        table[slot] = entry
        return (entry.modified, entry.step)
    }
}

/// What is to become of a file's times.
struct TimesToSet: Equatable {
    enum Time: Equatable {
        case unchanged
        case now
        /// Nanoseconds since 1970: one that could be taken for a change's, or any other.
        case at(Int64)
        case elsewhere(Int64)
    }

    var modified = Time.unchanged
    var accessed = Time.unchanged

    /// Nothing: only what else there is about the file changes.
    static let none = TimesToSet()
}

extension FileEntry {
    /// No time that a file has.
    static let noStamp = Int64.min

    /// Whether nothing is known of its time.
    var hasNoTime: Bool { modified.isNone && state == .known }

    mutating func takeStep() { step = min(step + 1, Stamp.maximumStep) }
}
