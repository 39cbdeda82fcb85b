package import BelljarFetch
package import BelljarModel
package import BelljarSandbox
package import BelljarStore

/// The toolchains of a project folder (`Toolchains/NAME/`): locking, building and looking them up.
package struct Toolchains: Sendable {
    /// - Parameter folder: absolute path of the `Toolchains` folder.
    package init(
        folder: String, store: Store, fetcher: Fetcher, sandbox: Sandbox, progress: any ProgressSink,
        cancellation: Cancellation
    ) {
        fatalError("arrives with the toolchains")
    }

    /// Names of the toolchains in the folder, sorted.
    package func names() throws(BelljarError) -> [String] { fatalError() }
    package func spec(_ name: String) throws(BelljarError) -> ToolchainSpec { fatalError() }
    /// The lock and the bytes it was read from. An error if there is none or it is older than its yaml.
    package func lock(_ name: String) throws(BelljarError) -> (lock: ToolchainLock, text: [UInt8]) { fatalError() }
    /// Resolves the spec as it stands in the archives now, builds the image, and writes the lock.
    package func makeLock(_ name: String) throws(BelljarError) -> ToolchainLock { fatalError() }
    /// The image, from the store or built from the lock; an `integrity` error that lists differing paths if what was
    /// built is not what the lock says. `rebuilding` builds even if the store holds it.
    package func image(_ lock: ToolchainLock, lockText: [UInt8], rebuilding: Bool = false) throws(BelljarError)
        -> TreeDigest
    { fatalError() }
}
