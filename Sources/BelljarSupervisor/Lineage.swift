internal import BelljarControls
internal import BelljarKernel
internal import Synchronization

/// Whose random numbers a process has, so that no two have the same and each has the same in every run.
///
/// * A **program** has a key that follows from who started it, its path, its arguments and its directory, and from its turn
///   among those that are equal in all this. That is what stays as it is under `make -j`, where commands begin in any order.
/// * A process that was **forked** has one that follows from its parent and from how many that had forked before: a shell forks
///   in the order of its script, however long each child takes, and whoever asks first. The program that it becomes follows
///   from that.
///
/// PID 1 is not asked when a process forks: a signal can interrupt a call that waits for an answer, and no program expects
/// that of fork(2). The child tells it, with the first call that the C library makes in it (set_robust_list), to which
/// nothing but death can come before. By then the parent may be dead. So every process that PID 1 knows has a mark
/// (`BirthMark`) that its children inherit:
///
/// * an **odd** one is that of a process and of its children that have told nothing yet;
/// * an **even** one was given to a child that has told nothing, when a younger one of the same parent did. Children that a
///   parent has stand in the order of their birth, and one that has told nothing has not died either.
///
/// What shares its parent's memory until it executes a program (vfork, posix_spawn) tells nothing before that; so it is known
/// from a forked one, and turns tell it from others. Its turn is that of its birth: when a program begins or a child tells, those
/// older ones of the same parent that are programs already, and have not come to their first call, get theirs (`Siblings.swift`).
///
/// A child may be a sibling (CLONE_PARENT), with the mark of the process that made it: that one has no part in this.
struct Lineage {
    /// Of the process.
    fileprivate let key: StreamKey
    /// Whose mark it is.
    fileprivate let process: Int32
    /// Children that have a number.
    fileprivate var forks: UInt64 = 0
    /// How many equal programs have begun, by the beginnings of their keys.
    fileprivate var turns: [UInt64: UInt64] = [:]
    /// Raised when turns are forgotten: with another era, a turn is another one.
    fileprivate var era: UInt64 = 0

    fileprivate init(_ key: StreamKey, of process: Int32) { (self.key, self.process) = (key, process) }
}

/// Those that can have children, by their odd marks.
struct Lineages {
    /// Turns that one process's entry remembers, and all together: some 10 MiB.
    private static let maximumTurns = 4096
    private static let maximumTurnsOfAll = 1 << 18
    /// Dead processes whose children may not have told yet.
    private static let maximumDead = 1024

    fileprivate var living: [UInt64: Lineage] = [:]
    /// Marks of dead processes, in a ring.
    private var dead: [UInt64] = []
    private var oldest = 0
    private var turns = 0
    /// Processes that came from one that is not remembered.
    private var strays: UInt64 = 0
    /// Processes that have an even mark and have told nothing, by that.
    private var given: [UInt64: Int32] = [:]
    /// Turns of programs that have no mark of their own yet.
    private var reserved: [Int32: ReservedTurn] = [:]
    /// When those of these two are looked for that died and told nothing.
    private var sweepAt = Lineages.sweepSize
    private static let sweepSize = 4096

    private struct ReservedTurn {
        /// What the program was born with.
        let mark: UInt64
        /// nil for a program that cannot be looked at.
        let name: UInt64?
        var turn: (era: UInt64, number: UInt64) = (0, 0)
    }

    init() {}

    /// Whether a process can have a sibling's number or turn: it has a parent's mark, and nothing was found for it so far.
    func isOpen(_ process: Int32, bornWith mark: UInt64) -> Bool {
        BirthMark.of(process) == mark && living[mark]?.process != process && reserved[process]?.mark != mark
    }

    /// Enters a process that has a mark of its own from now on.
    fileprivate mutating func enter(_ key: StreamKey, _ process: Int32) throws(KernelError) {
        let mark = key.mark(0)
        living[mark] = Lineage(key, of: process)
        let before = BirthMark.of(process)
        try BirthMark.set(mark, of: process)
        if let before, given[before] == process { given[before] = nil }
        reserved[process] = nil
    }

    /// Gives a forked process its number among its parent's.
    ///
    /// - Returns: its even mark.
    fileprivate mutating func give(_ process: Int32, bornWith mark: UInt64) -> UInt64 {
        let own = nextFork(of: mark)
        try? BirthMark.set(own, of: process)
        given[own] = process
        sweep()
        return own
    }

    /// The mark of a process that has an even one: another, if it was given to its parent, which told nothing before it made
    /// this one.
    fileprivate mutating func take(_ mark: UInt64, _ process: Int32) -> UInt64 {
        if given[mark] == process { return mark }
        strays += 1
        var key = StreamKey(seed: [])
        key.absorb(mark)
        return key.mark(strays)
    }

    /// The turn of a program, which it has until it has a mark of its own.
    ///
    /// - Parameter name: nil if it cannot be known yet.
    @discardableResult
    mutating func reserve(
        _ process: Int32, _ name: UInt64?, bornWith mark: UInt64
    ) -> (era: UInt64, number: UInt64) {
        if let found = reserved[process], found.mark == mark, found.name == name { return found.turn }
        var made = ReservedTurn(mark: mark, name: name)
        if let name { made.turn = turn(of: name, bornWith: mark) }
        reserved[process] = made
        sweep()
        return made.turn
    }

    private mutating func sweep() {
        guard given.count + reserved.count >= sweepAt else { return }
        given = given.filter { BirthMark.of($0.value) == $0.key }
        reserved = reserved.filter { BirthMark.of($0.key) == $0.value.mark }
        sweepAt = max(Self.sweepSize, 2 * (given.count + reserved.count))
    }

    /// Takes away what is not needed of a process that is dead.
    fileprivate mutating func retire(_ mark: UInt64) {
        guard let index = living.index(forKey: mark) else { return }
        turns -= living.values[index].turns.count
        living.values[index].turns = [:]
        living.values[index].era += 1
        guard dead.count == Self.maximumDead else { return dead.append(mark) }
        living[dead[oldest]] = nil
        dead[oldest] = mark
        oldest = (oldest + 1) % Self.maximumDead
    }

    /// The even mark of the next child of a process.
    private mutating func nextFork(of mark: UInt64) -> UInt64 {
        guard let index = living.index(forKey: mark) else {
            strays += 1
            var key = StreamKey(seed: [])
            key.absorb(mark)
            return key.mark(strays)
        }
        living.values[index].forks += 1
        return living.values[index].key.mark(living.values[index].forks)
    }

    /// Which of several equal programs of one process this is, as two numbers.
    private mutating func turn(of name: UInt64, bornWith mark: UInt64) -> (era: UInt64, number: UInt64) {
        guard let index = living.index(forKey: mark) else {
            strays += 1
            // Eras do not come as far.
            return (1 << 63 | strays, 0)
        }
        if let turn = living.values[index].turns[name] {
            living.values[index].turns[name] = turn + 1
            return (living.values[index].era, turn)
        }
        let known = living.values[index].turns.count
        if known >= Self.maximumTurns {
            turns -= known
            living.values[index].turns = [:]
            living.values[index].era += 1
        }
        if turns >= Self.maximumTurnsOfAll {
            // An era of its own, instead of a turn that is remembered.
            living.values[index].era += 2
            return (living.values[index].era - 1, 0)
        }
        living.values[index].turns[name] = 1
        turns += 1
        return (living.values[index].era, 0)
    }
}

/// What keys of different kinds are told apart by.
private enum KeyKind {
    static let program: UInt64 = 1
    static let fork: UInt64 = 2
}

// MARK: - Keys

extension Worker {
    var isSeeded: Bool { shared.world.states.isVirtualised(.random) }

    /// set_robust_list, set_tid_address: the first call of a process that was forked, and of threads and new programs one of
    /// the first.
    func tellsOfFork() throws(Refusal) -> Reply {
        let key = isSeeded ? try keyOfProcess() : nil
        shared.trace?.forks(call.caller, key)
        return .proceed
    }

    /// The key of the process that asks.
    func keyOfProcess() throws(Refusal) -> StreamKey {
        let (known, number, parent) = try shared.processes.with(call.caller) { ($0.key, $0.number, $0.parent) }
        if let known { return known }
        var key = shared.seed
        key.absorb(KeyKind.fork)
        key.absorb(try markOfFork(number, parent: parent))
        return try settle(key, number)
    }

    /// The mark of a process that is no program of its own: even, or that of PID 1's children.
    private func markOfFork(_ process: Int32, parent: Int32) throws(Refusal) -> UInt64 {
        guard let mark = BirthMark.of(process) else { throw .gone }
        guard mark != BirthMark.none else { return mark }
        let siblings = mark & 1 == 0 ? [] : try olderSiblings(of: process, parent: parent, bornWith: mark)
        let marked = shared.processes.lineages.withLock { lineages -> UInt64? in
            // Another worker may have been here meanwhile for a younger one.
            guard let now = BirthMark.of(process) else { return nil }
            if now & 1 == 0 { return lineages.take(now, process) }
            for sibling in siblings where lineages.isOpen(sibling.process, bornWith: mark) {
                switch sibling.state {
                case .program(let name): lineages.reserve(sibling.process, name, bornWith: mark)
                case .forked: _ = lineages.give(sibling.process, bornWith: mark)
                case .inMemoryOfParent: break
                }
            }
            return lineages.give(process, bornWith: mark)
        }
        guard let marked else { throw .gone }
        return marked
    }

    /// The key of the program that the process has just become.
    func keyOfProgram(_ start: ProgramStart) throws(Refusal) -> StreamKey {
        // One that was forked, or another program before, goes on from there.
        if let before = shared.processes.existing(call.thread, asking: call.id, { $0.key }) ?? nil {
            return try keyOfProgram(start, call.thread, after: before)
        }
        guard let mark = BirthMark.of(call.thread) else { throw .gone }
        var key = try keyOfProgram(start, call.thread, bornWith: mark)
        let name = key.name
        if mark == BirthMark.none {
            // PID 1 starts one program after the other.
            key.absorb(
                shared.files.commands.withLock { commands in
                    defer { commands[name, default: 0] += 1 }
                    return commands[name] ?? 0
                })
        } else if mark & 1 != 0 {
            let parent = try shared.processes.family(of: call.thread).parent
            let siblings = try olderSiblings(of: call.thread, parent: parent, bornWith: mark)
            let turn = shared.processes.lineages.withLock { lineages in
                for sibling in siblings where lineages.isOpen(sibling.process, bornWith: mark) {
                    guard case .program(let name) = sibling.state else { continue }
                    lineages.reserve(sibling.process, name, bornWith: mark)
                }
                return lineages.reserve(call.thread, name, bornWith: mark)
            }
            key.absorb(turn.era)
            key.absorb(turn.number)
        }
        return key
    }

    /// What a program's turn is counted by: the same for equal ones of one parent.
    func nameOfProgram(_ start: ProgramStart, _ process: Int32, bornWith mark: UInt64) throws(Refusal) -> UInt64 {
        try keyOfProgram(start, process, bornWith: mark).name
    }

    private func keyOfProgram(
        _ start: ProgramStart, _ process: Int32, bornWith mark: UInt64
    ) throws(Refusal) -> StreamKey {
        var key = try keyOfProgram(start, process, after: shared.seed)
        key.absorb(mark)
        return key
    }

    private func keyOfProgram(
        _ start: ProgramStart, _ process: Int32, after before: StreamKey
    ) throws(Refusal) -> StreamKey {
        let directory = try directoryOfProgram(process)
        var key = before
        key.absorb(KeyKind.program)
        unsafe start.absorb(into: &key, room)
        unsafe directory.withUnsafeBytes { unsafe key.absorb($0) }
        return key
    }

    /// The path of the directory that a program begins in; empty for one that is deeper than the kernel can say.
    private func directoryOfProgram(_ process: Int32) throws(Refusal) -> [UInt8] {
        do throws(KernelError) { return try Descriptor.workingDirectory.readLink("/proc/\(process)/cwd") } catch {
            if error.errno == .ENAMETOOLONG { return [] }
            throw listener.isWaiting(call.id) ? .violation("its working directory cannot be determined") : .gone
        }
    }

    /// Enters the key of a process that is known, and gives it the mark of its own.
    private func settle(_ key: StreamKey, _ process: Int32) throws(Refusal) -> StreamKey {
        let settled = try shared.processes.with(call.caller) { entry -> StreamKey? in
            if let other = entry.key { return other }
            (entry.key, entry.mark) = (key, key.mark(0))
            return nil
        }
        if let settled { return settled }
        try giveMark(key, process)
        return key
    }

    /// Gives a process the mark that its children will have.
    func giveMark(_ key: StreamKey, _ process: Int32) throws(Refusal) {
        do throws(KernelError) {
            try shared.processes.lineages.withLock { (lineages) throws(KernelError) in
                try lineages.enter(key, process)
            }
        } catch {
            throw listener.isWaiting(call.id) ? .violation("its children cannot be distinguished") : .gone
        }
    }
}

extension StreamKey {
    /// Enough of it to tell it from others.
    var name: UInt64 { UInt64(words[0]) | UInt64(words[1]) << 32 }

    /// A mark: odd for 0, even for a child with a number from 1 on. Never 0, and never `BirthMark.none`.
    func mark(_ number: UInt64) -> UInt64 {
        var word: UInt64 = 0
        unsafe withUnsafeMutableBytes(of: &word) { unsafe fill($0, offset: 8 * number, stream: RandomStream.births) }
        return number == 0 ? min(word, .max - 2) | 1 : max(word & ~1, 2)
    }
}

extension ProcessTable {
    /// Takes the mark of a process away that is no more.
    func forget(_ mark: UInt64) {
        guard mark != 0 else { return }
        lineages.withLock { $0.retire(mark) }
    }
}
