internal import BelljarKernel
internal import BelljarModel

/// A host that is otherwise than it was a moment ago, as far as an ordinary account can make it so: another second, and one
/// processor instead of all. Sources come to be in another order (`BuildJob.isVaried`).
enum HostVariation {
    /// Runs something on such a host. What cannot be varied here stays as it is; the build says by itself what it sees.
    static func during<Result>(
        _ body: () throws(BelljarError) -> Result
    ) throws(BelljarError) -> Result {
        waitForAnotherSecond()
        // This thread, and all that it starts.
        let isKept: Void? = try? CurrentProcess.keepToOneProcessor()
        defer { if isKept != nil { try? CurrentProcess.spreadOverProcessors() } }
        return try body()
    }

    /// What has its time in seconds differs only then.
    private static func waitForAnotherSecond() {
        let second: UInt64 = 1_000_000_000
        pause(until: .after(milliseconds: (second - Host.realNanoseconds() % second) / 1_000_000 + 1))
    }
}
