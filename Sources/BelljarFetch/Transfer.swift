internal import BelljarKernel
internal import BelljarModel
internal import BelljarStore

/// One pinned file on its way into the store, from whichever of its mirrors has it.
struct Transfer {
    struct Job: Sendable {
        var pin: Pin
        /// Where it may come from, in the order they are tried.
        var candidates: [WebAddress]
    }

    let job: Job
    let curl: Curl
    let store: Store
    let progress: any ProgressSink
    let effort: Fetcher.Effort
    /// Throws when the work is to stop.
    let check: @Sendable () throws(BelljarError) -> Void

    private var pin: Pin { job.pin }
    private var name: String { pin.address.fileName }

    /// How one attempt ended.
    private enum Attempt {
        case done
        case failed(Curl.Outcome)
        /// Other bytes than the pinned ones; what was expected and what came.
        case wrong(String)
    }

    func run() throws(BelljarError) {
        if let size = pin.size, size > effort.limits[.fetchSize] { throw tooLarge("its pinned size is \(size) bytes") }
        let (milliseconds, overflow) = effort.limits[.fetchTime].multipliedReportingOverflow(by: 1000)
        let deadline = Deadline.after(milliseconds: overflow ? .max : milliseconds)
        var answers: [String] = []
        var (wrong, large): (String?, String?) = (nil, nil)
        for candidate in job.candidates {
            switch try attempts(on: candidate, until: deadline) {
            case .done: return
            case .failed(.passing(let words)): answers.append("\(candidate.shown): \(words)")
            case .failed(.lasting(let words)): answers.append("\(candidate.shown): \(words)")
            case .failed(.tooLarge):
                large = large ?? "\(candidate.shown) sends more"
                answers.append("\(candidate.shown): it sends more than the limit")
            case .failed(.complete): preconditionFailure("a complete transfer is done or wrong")
            case .wrong(let words):
                wrong = wrong ?? words
                answers.append("\(candidate.shown): \(words)")
            }
        }
        if let wrong {
            throw BelljarError(
                .integrity, operation: "fetch", subject: pin.address.description, stage: "fetch", answer: wrong,
                remedy: "the server sends other bytes than were pinned; find out why before you pin the new digest",
                details: answers)
        }
        if let large { throw tooLarge(large) }
        throw BelljarError(
            .unavailable, operation: "fetch", subject: pin.address.description, stage: "fetch",
            answer: answers.count == 1 ? answers[0] : "no mirror has it",
            remedy: "check the network and the mirror, then try again; what was fetched so far is kept",
            details: answers.count == 1 ? [] : answers)
    }

    /// Tries one mirror as often as may help.
    private func attempts(on candidate: WebAddress, until deadline: Deadline) throws(BelljarError) -> Attempt {
        var pause = effort.pauseMilliseconds
        var number = 1
        while true {
            let result = try attempt(candidate, until: deadline)
            guard case .failed(.passing(let words)) = result else { return result }
            guard number < effort.attempts else {
                return .failed(.passing("\(words), in each of \(number) attempts"))
            }
            number += 1
            progress.report(.retry(name: name, attempt: number, reason: words))
            try rest(pause)
            pause *= 3
        }
    }

    private func attempt(_ candidate: WebAddress, until deadline: Deadline) throws(BelljarError) -> Attempt {
        try check()
        let limits = effort.limits
        guard !deadline.isOver else {
            throw BelljarError(
                .unavailable, operation: "fetch", subject: pin.address.description, stage: "fetch",
                answer: limits.words(.fetchTime, seen: "it was not complete by then"),
                remedy: "check the network and the mirror, or \(limits.remedy(.fetchTime))")
        }
        let seconds = (deadline.nanoseconds - Host.monotonicNanoseconds()) / 1_000_000_000 + 1
        let writer = try store.makeWriter()
        var meter = Meter(name: name, total: pin.size, progress: progress)
        let limit = pin.size ?? limits[.fetchSize]
        var isTooLong = false
        let outcome: Curl.Outcome
        do throws(BelljarError) {
            outcome = try unsafe curl.get(candidate, within: seconds, check: check) { (piece) throws(BelljarError) in
                guard writer.count + UInt64(piece.count) <= limit else {
                    isTooLong = true
                    throw BelljarError(
                        .integrity, operation: "fetch", subject: name, answer: "the file is larger than it should be")
                }
                unsafe try writer.write(piece)
                meter.report(writer.count)
            }
        } catch {
            writer.discard()
            guard isTooLong else { throw error }
            guard pin.size != nil else { return .failed(.tooLarge) }
            return .wrong("expected \(limit) bytes, the server sends more")
        }
        guard outcome == .complete else {
            writer.discard()
            return .failed(outcome)
        }
        return try accept(writer)
    }

    private func tooLarge(_ seen: String) -> BelljarError {
        BelljarError(
            .resourceExceeded, operation: "fetch", subject: pin.address.description, stage: "fetch",
            answer: effort.limits.words(.fetchSize, seen: seen),
            remedy: "check the address, or \(effort.limits.remedy(.fetchSize))")
    }

    /// Commits a transfer that the server says is complete.
    private func accept(_ writer: BlobWriter) throws(BelljarError) -> Attempt {
        let count = writer.count
        if let size = pin.size, count < size {
            // Without a length from the server, an end of the connection looks like the end of the file.
            writer.discard()
            return .failed(.passing("the transfer was cut off after \(count) of \(size) bytes"))
        }
        do throws(BelljarError) {
            _ = try writer.commit(expected: pin.sha256)
        } catch {
            guard error.code == .integrity else { throw error }
            return .wrong(error.answer)
        }
        progress.report(.fetched(name: name, bytes: count))
        return .done
    }

    /// Waits, but not when the work is to stop.
    private func rest(_ milliseconds: UInt64) throws(BelljarError) {
        let end = Deadline.after(milliseconds: milliseconds)
        while !end.isOver {
            try check()
            pause(until: min(end, .after(milliseconds: 50)))
        }
    }
}

/// Reports progress, but not more than ten times a second.
private struct Meter {
    let name: String
    let total: UInt64?
    let progress: any ProgressSink
    private var next: UInt64 = 0

    init(name: String, total: UInt64?, progress: any ProgressSink) {
        self.name = name
        self.total = total
        self.progress = progress
    }

    mutating func report(_ bytes: UInt64) {
        let now = Host.monotonicNanoseconds()
        guard now >= next else { return }
        next = now + 100_000_000
        progress.report(.transfer(name: name, bytes: bytes, total: total))
    }
}
