internal import CLinux
internal import Glibc

/// A point of the monotonic clock, until which something is waited for.
///
/// Whatever waits is given one of these and never a length of time: a wait that a signal interrupts goes on with what is
/// left. One that began again with its whole length would never end for somebody who sends signals often enough.
package struct Deadline: Comparable, Hashable, Sendable {
    /// On the clock of `Host.monotonicNanoseconds`.
    package let nanoseconds: UInt64

    package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// The same in milliseconds of that clock. What is too much for it is as late as can be.
    package init(milliseconds: UInt64) {
        let (product, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        nanoseconds = overflow ? .max : product
    }

    /// So long from now, or as late as can be.
    package static func after(nanoseconds: UInt64) -> Deadline {
        let (sum, overflow) = Host.monotonicNanoseconds().addingReportingOverflow(nanoseconds)
        return Deadline(nanoseconds: overflow ? .max : sum)
    }

    /// So long from now, or as late as can be.
    package static func after(milliseconds: UInt64) -> Deadline {
        after(nanoseconds: Deadline(milliseconds: milliseconds).nanoseconds)
    }

    /// For a look that does not wait.
    package static let passed = Deadline(nanoseconds: 0)

    package var isOver: Bool { Host.monotonicNanoseconds() >= nanoseconds }

    package static func < (left: Deadline, right: Deadline) -> Bool { left.nanoseconds < right.nanoseconds }

    /// What is left of it, as ppoll(2) and sigtimedwait(2) want it.
    var remaining: timespec {
        let now = Host.monotonicNanoseconds()
        let left = nanoseconds - min(now, nanoseconds)
        return timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
    }
}

/// What `poll` may find on a descriptor.
package struct PollEvents: OptionSet, Hashable, Sendable {
    package var rawValue: Int16
    package init(rawValue: Int16) { self.rawValue = rawValue }

    package static let readable = PollEvents(rawValue: Int16(POLLIN))
    package static let writable = PollEvents(rawValue: Int16(POLLOUT))
    /// The other side is gone; found without being asked for.
    package static let hungUp = PollEvents(rawValue: Int16(POLLHUP))
    /// Found without being asked for.
    package static let failed = PollEvents(rawValue: Int16(POLLERR))
}

/// Waits until one of the descriptors is ready or time is up, whatever signals come meanwhile.
///
/// - Parameters:
///   - sources: descriptors and what is awaited of each; a negative descriptor is skipped.
///   - deadline: nil waits for ever.
/// - Returns: what was found, in the order of `sources`; all empty when time is up.
package func poll(
    _ sources: [(descriptor: Int32, events: PollEvents)], until deadline: Deadline?
) throws(KernelError) -> [PollEvents] {
    var entries = sources.map { pollfd(fd: $0.descriptor, events: $0.events.rawValue, revents: 0) }
    // After each signal this is done anew, with what is left by then.
    _ = try checked("ppoll") { pollOnce(&entries, deadline) }
    return entries.map { PollEvents(rawValue: $0.revents) }
}

/// Waits, and does nothing else.
package func pause(until deadline: Deadline) { _ = try? poll([], until: deadline) }

private func pollOnce(_ entries: inout [pollfd], _ deadline: Deadline?) -> Int32 {
    let count = nfds_t(entries.count)
    guard let deadline else { return unsafe Glibc.ppoll(&entries, count, nil, nil) }
    var time = deadline.remaining
    return unsafe Glibc.ppoll(&entries, count, &time, nil)
}

extension Descriptor {
    /// What is there already, of a descriptor that somebody else keeps.
    package static func found(_ number: Int32, _ events: PollEvents) -> PollEvents {
        var entry = pollfd(fd: number, events: events.rawValue, revents: 0)
        // What does not wait is not interrupted.
        guard unsafe Glibc.poll(&entry, 1, 0) == 1 else { return [] }
        return PollEvents(rawValue: entry.revents)
    }

    /// Waits until a counter of `eventCounter` is raised, a signal comes, or the time is over, and sets it back to zero.
    ///
    /// - Parameter deadline: nil waits for ever.
    package func awaitRaise(until deadline: Deadline?) {
        var entries = [pollfd(fd: number, events: Int16(POLLIN), revents: 0)]
        _ = pollOnce(&entries, deadline)
        var count: UInt64 = 0
        if entries[0].revents != 0 { _ = unsafe Glibc.read(number, &count, 8) }
    }
}
