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
        let file = try openLease()
        try host("take a lease on store", path) { () throws(KernelError) in
            if try !file.tryLock(.shared) {
                progress.report(
                    .notice("waiting for another belljar, which is collecting garbage in \(path) or repairing it"))
                try file.lock(.shared)
            }
        }
        return Lease(file: file)
    }

    /// Each lease is an open file of its own, so that each has a lock of its own.
    ///
    /// - Throws: `integrity` for something that is no file of the owner's to read and write.
    func openLease() throws(BelljarError) -> Descriptor {
        let status = try host("look at", "\(path)/lease") { () throws(KernelError) in
            try root.statusIfPresent(of: "lease")
        }
        if let status, status.kind != .regular {
            throw damaged("\(path)/lease", "it is a \(status.kind.words)")
        }
        // One that may only be read is perhaps so on purpose, as all the store.
        if let status, status.permissions & 0o400 == 0, Host.effectiveUid != 0 {
            throw damaged("\(path)/lease", "it has mode 0\(String(status.permissions, radix: 8))")
        }
        return try host("open", "\(path)/lease") { () throws(KernelError) in
            let file = try root.open("lease", [.readWrite, .create, .nonblocking], mode: 0o644)
            try owner?.take(file)
            return file
        }
    }

    /// Makes it possible to lock a lease that is something else than a file, or may not be opened: repairs need it first.
    ///
    /// - Returns: what was wrong with it; nil if nothing was.
    func mendLease() throws(BelljarError) -> String? {
        let status = try host("check", "lease") { () throws(KernelError) in try root.statusIfPresent(of: "lease") }
        guard let status else { return nil }
        guard status.kind == .regular else {
            try quarantine("lease")
            return "a \(status.kind.words)"
        }
        guard status.permissions & 0o400 == 0 else { return nil }
        // The same file: others may hold locks on it.
        try host("repair", "lease") { () throws(KernelError) in try root.setPermissions(of: "lease", 0o644) }
        return "mode 0\(String(status.permissions, radix: 8))"
    }
}
