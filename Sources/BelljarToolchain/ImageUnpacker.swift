internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel
internal import BelljarStore
internal import BelljarUnpack
internal import Dispatch
internal import Synchronization

/// Unpacks the packages of a lock into one root, several at a time, and writes dpkg's database for them.
struct ImageUnpacker: Sendable {
    let store: Store
    let packages: [LockedPackage]
    let opener: ArchiveOpener
    let cancellation: Cancellation

    /// Directories that an image has whether a package ships them or not: maintainer scripts and the sandbox's mounts
    /// need them.
    private static let directories = ["dev", "etc", "proc", "root", "run", "sys", "tmp", "usr", "var"]

    /// - Parameter root: absolute path of an empty directory.
    /// - Returns: what was unpacked, sorted by name.
    /// - Throws: `integrity` naming the package and entry that is damaged, hostile or there twice.
    func unpack(into root: String) throws(BelljarError) -> [DebianPackage] {
        let opened = try hostCall("open", root) { () throws(KernelError) in
            try Descriptor.workingDirectory.open(root, .directory)
        }
        try prepare(opened)
        let unpacked = try unpackAll(into: root)
        try finish(opened)
        let architecture = unpacked.map(\.package.architecture).first { $0 != "all" } ?? "all"
        let database = DpkgDatabase(architecture: architecture, packages: unpacked)
        try database.write(to: opened)
        return database.packages.map(\.package)
    }

    private func prepare(_ root: borrowing Descriptor) throws(BelljarError) {
        do throws(KernelError) {
            for name in Self.directories + ImagePath.alwaysLinked.map({ "usr/\($0)" }) {
                _ = try root.folder(name, making: true)
            }
            for name in ImagePath.alwaysLinked { try root.makeSymlink(name, target: "usr/\(name)") }
        } catch {
            throw .hostFailure(error, operation: "make", subject: "the image's first directories")
        }
    }

    /// Links what is not always there (`lib32`) once it is known to be.
    private func finish(_ root: borrowing Descriptor) throws(BelljarError) {
        do throws(KernelError) {
            let usr = try root.folder("usr", making: false)
            for name in ImagePath.aliased.subtracting(ImagePath.alwaysLinked).sorted()
            where try usr.statusIfPresent(of: name) != nil {
                try root.makeSymlink(name, target: "usr/\(name)")
            }
        } catch {
            throw .hostFailure(error, operation: "link", subject: "the image's merged /usr")
        }
    }

    private func unpackAll(into root: String) throws(BelljarError) -> [DpkgDatabase.Unpacked] {
        // The largest first, so that no core is left alone with one of them at the end.
        let queue = packages.sorted { ($0.size, $0.name) > ($1.size, $1.name) }
        let results = Mutex<(unpacked: [DpkgDatabase.Unpacked], failure: BelljarError?)>(([], nil))
        DispatchQueue.concurrentPerform(iterations: queue.count) { index in
            guard results.withLock({ $0.failure == nil }) else { return }
            do throws(BelljarError) {
                try cancellation.check("unpack", queue[index].name)
                let unpacked = try unpack(queue[index], into: root)
                results.withLock { $0.unpacked.append(unpacked) }
            } catch {
                results.withLock { $0.failure = $0.failure ?? error }
            }
        }
        let (unpacked, failure) = results.withLock { $0 }
        if let failure { throw failure }
        return unpacked
    }

    private func unpack(_ locked: LockedPackage, into root: String) throws(BelljarError) -> DpkgDatabase.Unpacked {
        let label = "\(locked.name) \(locked.version)"
        let reader = try DebReader(try store.open(locked.sha256), name: label, opener: opener)
        let package = try DebianPackage(members: reader.control, file: label)
        guard package.name == locked.name, package.version == locked.version,
            package.architecture == locked.architecture
        else {
            throw BelljarError(
                .integrity, operation: "unpack", subject: label, stage: "unpack",
                answer: "the file is \(package.name) \(package.version) \(package.architecture)",
                remedy:
                    "the lock was changed by hand: make it again with `belljar toolchain lock`, or get the record again"
            )
        }
        let opened = try hostCall("open", root) { () throws(KernelError) in
            try Descriptor.workingDirectory.open(root, .directory)
        }
        let conffiles = Set(package.conffiles)
        var paths: [String] = []
        let extractor = Extractor(options: Extractor.Options(dropsSpecialBits: true))
        try extractor.extract(try reader.data(), into: opened) { path in
            paths.append("/" + path)
            guard let place = ImagePath.merged(path) else { return nil }
            return conffiles.contains("/" + path) ? place + Self.conffileSuffix : place
        }
        return DpkgDatabase.Unpacked(package: package, paths: paths)
    }

    /// Where dpkg expects a configuration file that waits to be put in place (dpkg(1)).
    static let conffileSuffix = ".dpkg-new"
}
