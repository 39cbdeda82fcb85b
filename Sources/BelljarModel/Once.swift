internal import Synchronization

/// A value that is made when it is first asked for, by one caller while the others wait. A failure is not remembered.
///
/// Start-up is quick because what a command turns out not to need (mirrors, a compiled filter, an image) is never made.
package final class Once<Value: Sendable>: Sendable {
    private let made = Mutex<Value?>(nil)
    private let make: @Sendable () throws(BelljarError) -> Value

    package init(_ make: @escaping @Sendable () throws(BelljarError) -> Value) { self.make = make }

    package func callAsFunction() throws(BelljarError) -> Value {
        try made.withLock { (held: inout Value?) throws(BelljarError) -> Value in
            if let held { return held }
            let value = try make()
            held = value
            return value
        }
    }
}
