internal import BelljarKernel
internal import BelljarModel
internal import Dispatch
internal import Synchronization

/// Ctrl-C and SIGTERM: the first ends the work in good order, the second ends the program at once.
enum Interruption {
    private static let received = Atomic<Int32>(0)

    /// The signal that was received; SIGINT's number if the work was cancelled without one.
    static var signal: Int32 {
        let number = received.load(ordering: .relaxed)
        return number == 0 ? Signals.interrupt : number
    }

    /// From now on, a signal cancels the work. Called before any other thread starts.
    static func watch(_ cancellation: Cancellation) {
        Signals.holdEnd()
        DispatchQueue.global().async {
            received.store(Signals.awaitEnd(), ordering: .relaxed)
            cancellation.cancel()
            let again = Signals.awaitEnd()
            // What runs in a sandbox dies with this process: its lifeline closes.
            exitProcess(128 + again)
        }
    }
}
