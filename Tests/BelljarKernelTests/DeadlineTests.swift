import BelljarKernel
import Glibc
import Synchronization
import Testing

@Suite struct DeadlineTests {
    private final class Flood: Sendable {
        let isOver = Atomic<Bool>(false)
        let hasEnded = Atomic<Bool>(false)
        let sent = Atomic<Int>(0)
    }

    @Test func signalsDoNotMakeAWaitLonger() throws {
        let (flood, waiting) = (Flood(), pthread_self())
        signal(SIGUSR2) { _ in }
        let end = Deadline.after(milliseconds: 20_000)
        let begun = Host.monotonicNanoseconds()
        _ = try WorkerThread {
            while !flood.isOver.load(ordering: .relaxed), !end.isOver {
                pthread_kill(waiting, SIGUSR2)
                flood.sent.add(1, ordering: .relaxed)
                pause(until: .after(milliseconds: 1))
            }
            flood.hasEnded.store(true, ordering: .releasing)
        }
        // One that began anew after each signal would end with the flood.
        let found = try poll([], until: .after(milliseconds: 300))
        let took = (Host.monotonicNanoseconds() - begun) / 1_000_000
        flood.isOver.store(true, ordering: .relaxed)
        while !flood.hasEnded.load(ordering: .acquiring) { pause(until: .after(milliseconds: 1)) }
        #expect(found == [])
        #expect(300..<10_000 ~= took)
        #expect(flood.sent.load(ordering: .relaxed) > 10)
    }

    @Test func nothingIsTooLate() {
        #expect(Deadline(milliseconds: .max) == Deadline(nanoseconds: .max))
        #expect(Deadline.after(nanoseconds: .max) == Deadline(nanoseconds: .max))
        #expect(Deadline.after(milliseconds: .max) == Deadline(nanoseconds: .max))
        #expect(!Deadline(nanoseconds: .max).isOver)
        #expect(Deadline.passed.isOver)
    }

    @Test func theLatestDeadlineIsWaitedFor() throws {
        let pipe = try Pipe()
        try pipe.writer.writeAll([1])
        let found = try poll([(pipe.reader.number, .readable)], until: Deadline(nanoseconds: .max))
        #expect(found == [.readable])
    }
}
