/// A look at a thread that waits in a call of certain length, or at a process that has set a timer.
struct Look: Due {
    let next: UInt64
    let target: Target

    struct Target: Hashable {
        let number: Int32
        let isAtTimers: Bool
    }
}

/// The looks that are to be taken: one at most for each thread and each process, so that nobody can have so many that others
/// get none.
struct Looks {
    private var due = DueFirst<Look>()
    /// When to look at each. What stands in `due` with another time counts no more.
    private var times: [Look.Target: UInt64] = [:]
    private var sweepAt = Looks.sweepSize

    private static let sweepSize = 4096

    var count: Int { times.count }
    /// With those that count no more.
    var size: Int { due.count }

    /// When to take the next one.
    var next: UInt64? { due.next }

    /// Takes one in. An earlier one at the same takes its place, and finds out about it.
    ///
    /// - Returns: whether it is the first of all.
    mutating func insert(_ look: Look) -> Bool {
        if let known = times[look.target], known <= look.next { return false }
        times[look.target] = look.next
        due.insert(look)
        if due.count > 2 * times.count + Self.sweepSize { tidy() }
        return due.next == look.next
    }

    /// Takes out the next one that it is time for.
    mutating func removeFirst(_ now: UInt64) -> Look? {
        while let next = due.next, next <= now {
            let look = due.removeFirst()
            if times[look.target] == look.next {
                times[look.target] = nil
                return look
            }
        }
        return nil
    }

    /// All of them, if it is time to see who of those that are looked at is dead: what they leave is not to grow either.
    mutating func suspects() -> [Look] {
        guard times.count >= sweepAt else { return [] }
        sweepAt = 2 * times.count
        return times.map { Look(next: $0.value, target: $0.key) }
    }

    /// Takes out those at the dead, after all of `suspects` were looked at.
    mutating func remove(_ dead: [Look]) {
        // With another time it is at somebody else, who has the same number.
        for look in dead where times[look.target] == look.next { times[look.target] = nil }
        sweepAt = max(Self.sweepSize, 2 * times.count)
        tidy()
    }

    private mutating func tidy() {
        due = DueFirst<Look>()
        for (target, next) in times { due.insert(Look(next: next, target: target)) }
    }
}
