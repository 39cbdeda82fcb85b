internal import BelljarKernel
package import BelljarModel

/// Keeps garbage collection away while it is alive: a shared lock on the store's file `lease`, which the kernel takes
/// back when the process ends, however it ends.
package final class Lease: Sendable {
    private let file: Descriptor

    init(file: consuming Descriptor) { self.file = file }
}

extension Store {
    /// While the returned lease is alive, garbage collection by any process keeps everything that is in the store or
    /// comes into it. Waits for a collection or repair that is under way, and says so.
    package func lease() throws(BelljarError) -> Lease {
        try host("take a lease on store", path) { () throws(KernelError) in
            let file = try openLease()
            if try !file.tryLock(.shared) {
                progress.report(.notice("waiting for a belljar that collects garbage in \(path) or repairs it"))
                try file.lock(.shared)
            }
            return Lease(file: file)
        }
    }

    /// Each lease is an open file of its own, so that each has a lock of its own.
    func openLease() throws(KernelError) -> Descriptor {
        let file = try root.open("lease", [.readWrite, .create], mode: 0o644)
        try owner?.take(file)
        return file
    }
}
