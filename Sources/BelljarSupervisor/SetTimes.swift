internal import BelljarControls
internal import BelljarKernel

/// The calls that set a file's times, or change what is neither content nor a name.
extension Worker {
    /// utimensat, futimesat, utimes and utime.
    ///
    /// - Parameter form: how the times lie in memory.
    func settingTimes(_ asked: AskedFile, _ times: UInt64, _ form: TimeForm) throws(Refusal) {
        let wanted = try form.times(self, times)
        if wanted.accessed == .unchanged, wanted.modified == .unchanged { return }
        // The kernel refuses both if it refuses one, so neither is remembered.
        if wanted.accessed == .refused || wanted.modified == .refused { return }
        let found = try find(asked)
        defer { found.release() }
        try changing(
            found, TimesToSet(modified: time(wanted.modified), accessed: time(wanted.accessed)))
    }

    /// chmod, chown and their relatives
    func changingStatus(_ asked: AskedFile) throws(Refusal) {
        let found = try find(asked)
        defer { found.release() }
        try changing(found, .none)
    }

    private func changing(_ found: FoundFile, _ times: TimesToSet) throws(Refusal) {
        guard found.mount.kind == .changeable, found.held < 0 else { return }
        let key = FileMemory.key(found.facts)
        let follows = found.followsLink || found.descriptor != nil
        if try copying(found.facts, .set(times), followsLink: follows) { return }
        try stamping(key) { state, stamp in state.set(key, times, stamp) }
    }

    private func time(_ wanted: TimeForm.Wanted) -> TimesToSet.Time {
        switch wanted {
        case .now: return .now
        case .unchanged, .refused: return .unchanged
        case .at(let moment):
            let time = FileMemory.nanoseconds(moment)
            return shared.files.isNatural(time) || shared.files.cameIn(moment) ? .at(time) : .elsewhere(time)
        }
    }
}

/// How the calls that set times are told them.
enum TimeForm {
    /// utimensat: seconds and nanoseconds, of access and then of change.
    case nanoseconds
    /// utimes: seconds and microseconds.
    case microseconds
    /// utime: seconds alone.
    case seconds

    private struct Pair: BitwiseCopyable {
        var seconds: Int64
        var fraction: Int64
    }

    enum Wanted: Equatable {
        case now
        case unchanged
        /// A fraction that no second has.
        case refused
        case at(FileFacts.Moment)
    }

    /// UTIME_NOW and UTIME_OMIT (include/linux/stat.h)
    private static let now: Int64 = 0x3fff_ffff
    private static let unchanged: Int64 = 0x3fff_fffe

    /// The times that are to be set.
    func times(_ worker: Worker, _ address: UInt64) throws(Refusal) -> (accessed: Wanted, modified: Wanted) {
        guard address != 0 else { return (.now, .now) }
        let size: UInt64 = self == .seconds ? 8 : 16
        return (try time(worker, address), try time(worker, address &+ size))
    }

    private func time(_ worker: Worker, _ address: UInt64) throws(Refusal) -> Wanted {
        if self == .seconds {
            let seconds = try worker.read(Int64.self, at: address, or: 0)
            return .at(FileFacts.Moment(seconds: seconds, nanoseconds: 0))
        }
        let time = try worker.read(Pair.self, at: address, or: Pair(seconds: 0, fraction: 0))
        return wanted(seconds: time.seconds, fraction: time.fraction)
    }

    /// What the two words of a time stand for.
    func wanted(seconds: Int64, fraction: Int64) -> Wanted {
        if self == .nanoseconds, fraction == Self.now { return .now }
        if self == .nanoseconds, fraction == Self.unchanged { return .unchanged }
        let unit: Int64 = self == .microseconds ? 1000 : 1
        guard (0..<1_000_000_000 / unit).contains(fraction) else { return .refused }
        return .at(FileFacts.Moment(seconds: seconds, nanoseconds: UInt32(fraction * unit)))
    }
}
