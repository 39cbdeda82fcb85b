import BelljarKernel
import BelljarModel
import Testing

@testable import BelljarStore

/// Every operation that changes a store, with a fault injected at each of its system calls in turn.
@Suite struct FaultInjectionTests {
    /// A safeguard: no operation here makes as many calls.
    private static let mostCalls = 2000

    @Test(arguments: StoreOperation.all.map(\.name), InjectedFault.allCases)
    func atEveryCall(_ name: String, _ fault: InjectedFault) throws {
        let operation = try #require(StoreOperation.all.first { $0.name == name })
        _ = try Recording.of(
            answering: { call, _ in FaultInjection.withoutFlushes(call) },
            {
                let whole = try StoreFixture(inMemory: true)
                try operation.prepare(whole, try whole.reopened())
                let expected = try operation.run(whole, try whole.reopened())
                let outcome = try operation.outcome(whole)
                var failures = 0
                for call in 1...FaultInjectionTests.mostCalls {
                    let cut = try inject(fault, at: call, of: operation, expected: (expected, outcome))
                    if cut.failure != nil { failures += 1 }
                    guard cut.hit == nil else { continue }
                    // Every operation makes some calls whose failure it cannot pass over.
                    #expect(call > 10 && failures > 5, "\(call) calls, \(failures) failures")
                    return
                }
                Issue.record("the operation does not end")
            })
    }

    private func inject(
        _ fault: InjectedFault, at call: Int, of operation: StoreOperation, expected: (answer: String, outcome: String),
        attempts: Int = 20
    ) throws -> FaultInjection {
        let fixture = try StoreFixture(inMemory: true)
        try operation.prepare(fixture, try fixture.reopened())
        let cut = FaultInjection(fault, at: call, path: fixture.store.path) { try operation.run(fixture, $0) }
        // Until what another test starts is another program, it has this process's descriptors, and with them its leases.
        if cut.isRefused, attempts > 1 {
            return try inject(fault, at: call, of: operation, expected: expected, attempts: attempts - 1)
        }
        let hit = cut.hit ?? "no call"
        if let failure = cut.failure {
            try checkError(failure, fault, hit: hit)
        } else {
            // Some calls are for what it can do without, such as removing scratch.
            #expect(cut.result == expected.answer, "\(hit)")
        }
        try checkStore(fixture, operation, hit: hit)
        if operation.consumes { try operation.prepare(fixture, try fixture.reopened()) }
        var retry = FaultInjection(fault, at: nil, path: fixture.store.path) { try operation.run(fixture, $0) }
        for _ in 1..<20 where retry.isRefused {
            retry = FaultInjection(fault, at: nil, path: fixture.store.path) { try operation.run(fixture, $0) }
        }
        #expect(retry.failure == nil, "after \(hit): \(String(describing: retry.failure))")
        #expect(retry.result == expected.answer, "after \(hit)")
        if fault != .inputOutputError || !operation.judgesDisk {
            #expect(try operation.outcome(fixture) == expected.outcome, "after \(hit)")
        }
        #expect(try fixture.reopened().fsck(repair: false).problems.isEmpty, "after \(hit)")
        return cut
    }

    private func checkError(_ failure: any Error, _ fault: InjectedFault, hit: String) throws {
        let error = try #require(failure as? BelljarError, "\(hit): \(failure)")
        guard fault != .death else { return }
        #expect(error.code == .host, "\(hit): \(error)")
        #expect(error.answer.contains("(\(fault.rawValue))"), "\(hit): \(error)")
        #expect(error.remedy?.isEmpty == false, "\(hit): \(error)")
        #expect(!error.operation.isEmpty && !error.subject.isEmpty, "\(hit): \(error)")
    }

    /// Nothing half-written is visible, and the next process clears the scratch.
    private func checkStore(_ fixture: StoreFixture, _ operation: StoreOperation, hit: String) throws {
        let store = try fixture.reopened()
        #expect(try fixture.leftovers().isEmpty, "\(hit)")
        let problems = try store.fsck(repair: false).problems
        #expect(Set(problems.map(\.kind)).isSubset(of: operation.allowed), "\(hit): \(problems)")
        for record in try store.recordDigests().compactMap({ try store.recordEntry($0) }) {
            for root in record.roots { #expect(throws: Never.self, "\(hit)") { try store.entries(of: root) } }
        }
    }

    /// The last flush failed, and the same process tries again: everything is there already, and must still be flushed
    /// before anybody is told that it is safe.
    @Test(arguments: [InjectedFault.inputOutputError, .diskIsFull, .quotaIsReached])
    func aFlushThatFailedIsMadeUpFor(_ fault: InjectedFault) throws {
        let fixture = try StoreFixture()
        try fixture.write("in/a", "a")
        try fixture.write("in/b", "b")
        let store = fixture.store
        let attempts: [() throws -> Void] = [
            { _ = try fixture.ingest("in") }, { _ = try store.write(Array("one".utf8)) },
            { _ = try store.addRecord(Fixtures.entry(name: "r"), bytes: [1]) },
        ]
        for attempt in attempts {
            var flushes = 0
            let answer = { (call: String, _: String) -> Recording.Answer in
                guard FaultInjection.flushes.contains(call) else { return .real }
                flushes += 1
                return flushes == 2 ? .failure(fault.number) : .result(0)
            }
            _ = Recording.of(answering: answer) { #expect(throws: BelljarError.self) { try attempt() } }
            #expect(flushes == 2)
            _ = Recording.of(answering: answer) { #expect(throws: Never.self) { try attempt() } }
            #expect(flushes > 2)
            let before = flushes
            _ = Recording.of(answering: answer) { #expect(throws: Never.self) { try store.makeBatch().commit() } }
            #expect(flushes == before, "once is enough")
        }
    }
}
