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

    /// What a file whose time is not from outside the build shows.
    enum Shown {
        /// The kernel's own.
        case explicit
        case ordinal(Ordinal)
    }

    init(hasFineTimes: Bool) { self.hasFineTimes = hasFineTimes }

    /// Takes down that a change is about to happen.
    mutating func change(_ key: UInt64, _ ordinal: UInt32) {
        let slot = table.enter(key)
        guard table[slot].ordinal <= ordinal else { return }
        (table[slot].ordinal, table[slot].step, table[slot].state) = (ordinal, 0, .known)
    }

    /// Takes down that a file is about to be opened for writing, which is no change yet.
    ///
    /// - Parameter time: of the file.
    mutating func open(_ key: UInt64, _ ordinal: UInt32, time: Int64, now: Int64) {
        // Where times are ticks, whether it is written to does not show if it was changed a moment ago. A time that was set
        // can be any.
        let (age, overflow) = now.subtractingReportingOverflow(time)
        if !hasFineTimes, !overflow, age < 10_000_000 { return change(key, ordinal) }
        let slot = table.enter(key)
        var entry = table[slot]
        if entry.stamp == time, entry.state == .explicit {
            (table[slot].ordinal, table[slot].step) = (ordinal, 0)
            return
        }
        if entry.state != .opened {
            if entry.isUnknown { entry.ordinal = log.position(at: time) }
            if entry.state == .shown, entry.stamp != time { entry.takeStep() }
            entry.previous = entry.ordinal
        } else if entry.stamp != time {
            (entry.previous, entry.step) = (entry.ordinal, 0)
        }
        (entry.ordinal, entry.state, entry.stamp) = (ordinal, .opened, time)
        table[slot] = entry
    }

    /// Takes down that a file's time is about to be set to one that could be taken for a change's.
    mutating func set(_ key: UInt64, time: Int64) {
        let slot = table.enter(key)
        (table[slot].state, table[slot].stamp) = (.explicit, time)
    }

    func isExplicit(_ key: UInt64, time: Int64) -> Bool {
        guard let slot = table.find(key) else { return false }
        return table[slot].state == .explicit && table[slot].stamp == time
    }

    /// What to show for a file with a time that can be a change's.
    ///
    /// When a file is written to is not known, only when it was opened for that. Its number is that of the opening, and the
    /// kernel's time tells no more than whether it was written to: when that was says how fast the host is.
    ///
    /// - Parameter keeps: whether a later change without any call that tells of it has to show another time.
    mutating func show(_ key: UInt64, time: Int64, keeps: Bool) -> Shown {
        guard let slot = table.find(key), !table[slot].isUnknown else {
            let ordinal = log.position(at: time)
            if keeps {
                let slot = table.enter(key)
                (table[slot].ordinal, table[slot].state, table[slot].stamp) = (ordinal, .shown, time)
            }
            return .ordinal(Ordinal(number: ordinal))
        }
        var entry = table[slot]
        switch entry.state {
        case .known: break
        case .explicit:
            if entry.stamp == time { return .explicit }
            if entry.ordinal == 0 { entry.ordinal = log.position(at: time) }
        case .opened:
            if entry.stamp == time { return .ordinal(Ordinal(number: entry.previous, step: entry.step)) }
            entry.step = 0
        case .shown:
            if entry.stamp != time { entry.takeStep() }
        }
        (entry.state, entry.stamp) = keeps ? (.shown, time) : (.known, 0)
        table[slot] = entry
        return .ordinal(Ordinal(number: entry.ordinal, step: entry.step))
    }
}

extension FileEntry {
    /// Whether nothing is known but that there is such a file.
    var isUnknown: Bool { ordinal == 0 && state == .known }

    mutating func takeStep() { step = min(step + 1, Ordinal.maximumStep) }
}
