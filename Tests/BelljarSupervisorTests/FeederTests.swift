import BelljarKernel
import Testing

@testable import BelljarSupervisor

/// Without the thread that feeds, so that nothing which was closed is noticed.
@Suite struct FeederTests {
    private static let share = 256

    private static func key(_ number: UInt64) -> StreamKey {
        var key = StreamKey(seed: [])
        key.absorb(number)
        return key
    }

    private func open(_ feeder: Feeder, _ owner: UInt64, _ number: UInt64) throws -> Descriptor? {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        defer { unsafe room.deallocate() }
        return try unsafe feeder.open(
            .urandom, Self.key(owner), number: number, takesInput: number % 5 == 0, room)
    }

    @Test func nobodyTakesTheShareOfOthers() throws {
        try ProcessLimits.raise(.openFiles)
        let feeder = try Feeder()
        var held: [Int32] = []
        defer { for number in held { _ = Descriptor(owning: number) } }
        for number in 0..<UInt64(Self.share) { held.append(try #require(try open(feeder, 1, number)?.release())) }
        let tooMany = try open(feeder, 1, 256) != nil
        #expect(!tooMany)
        let other = try open(feeder, 2, 0) != nil
        #expect(other)
        // Once one is closed there is room for one, noticed or not.
        _ = Descriptor(owning: held.removeLast())
        let next = try open(feeder, 1, 257)
        let hasNext = next != nil
        #expect(hasNext)
        let again = try open(feeder, 1, 258) != nil
        #expect(!again)
        withExtendedLifetime(next) {}
    }
}
