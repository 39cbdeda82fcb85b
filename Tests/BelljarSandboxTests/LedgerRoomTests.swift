import Testing

@testable import BelljarSandbox

@Suite struct LedgerRoomTests {
    /// What a ledger does with pieces of these sizes.
    private func taken(_ sizes: [Int]) -> (kept: [Bool], isExceeded: Bool) {
        var room = LedgerRoom()
        let kept = sizes.map { room.takes($0) }
        return (kept, room.isExceeded)
    }

    @Test func whatDoesNotFitEndsTheLedger() {
        #expect(taken([LedgerRoom.limit - 10]) == ([true], false))
        #expect(taken([LedgerRoom.limit - 10, 11, 1]) == ([true, false, false], true))
    }

    @Test func nothingFollowsWhatIsMissing() {
        var room = LedgerRoom()
        let before = room.takes(10)
        room.end()
        let after = room.takes(1)
        #expect(before && !after && room.isExceeded)
    }

    @Test func allOfItCanBeUsed() {
        #expect(taken([LedgerRoom.limit]) == ([true], false))
        #expect(taken([LedgerRoom.limit, 1]) == ([true, false], true))
    }
}
