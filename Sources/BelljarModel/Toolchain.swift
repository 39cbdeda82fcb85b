/// Which of a suite's packages a toolchain wants.
package struct DebianPackages: Hashable, Sendable {
    package var suite: String
    package var architecture: String
    /// What is wanted; dependencies follow.
    package var names: [String]
    /// Whether Debian's essential packages come along, which all others count on without saying so (Debian policy 3.8);
    /// nil if nothing is said, which means that they do.
    package var essential: Bool?

    /// - Parameter architecture: of everything that belljar runs on, unless a file says another.
    package init(suite: String, architecture: String = "amd64", names: [String], essential: Bool? = nil) {
        self.suite = suite
        self.architecture = architecture
        self.names = names
        self.essential = essential
    }
}

/// What `Toolchains/NAME/toolchain.yaml` asks for.
package struct ToolchainSpec: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// Debian packages and their dependencies, resolved by apt when the toolchain is locked.
        case debian(DebianPackages)
        /// A tar archive of a root file system, pinned by digest.
        case archive(Pin)
    }

    package var name: String
    package var kind: Kind
    package var location: SourceLocation

    package init(name: String, kind: Kind, location: SourceLocation) {
        self.name = name
        self.kind = kind
        self.location = location
    }
}

/// One package of a lock.
package struct LockedPackage: Hashable, Sendable {
    package var name: String
    package var version: String
    package var architecture: String
    /// Name of the archive that serves it: `debian`, `debian-security`.
    package var archive: String
    /// Path relative to that archive: `pool/main/d/dash/dash_0.5.12-2_amd64.deb`.
    package var path: String
    /// Size in bytes.
    package var size: UInt64
    package var sha256: Digest

    package init(
        name: String, version: String, architecture: String, archive: String, path: String, size: UInt64,
        sha256: Digest
    ) {
        self.name = name
        self.version = version
        self.architecture = architecture
        self.archive = archive
        self.path = path
        self.size = size
        self.sha256 = sha256
    }
}

/// One path at which a finished image is not what unpacking its packages gives: made, changed or removed by a
/// maintainer script or by normalisation.
///
/// With these a lock names every path of its image by content: what is not listed is as the packages (pinned by
/// digest) have it. So a build that comes out differently can say where, without the image it should have been.
package struct ImageChange: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        /// A file of mode 0644.
        case file(Digest)
        /// A file of mode 0755.
        case program(Digest)
        /// A symbolic link with this target.
        case link(String)
        case directory
        /// The packages have something here, the image has not.
        case absent
    }

    /// A lock with more of these than this has none at all: it would be too long to be read (1 MiB). A Debian image
    /// with a compiler has about 200.
    package static let limit = 4096

    /// Relative to the image's root: `etc/passwd`.
    package var path: String
    package var content: Content

    package init(path: String, content: Content) {
        self.path = path
        self.content = content
    }
}

/// What `toolchain.lock.yaml` says: exactly what a spec resolved to, and the digest of the image that comes of it.
package struct ToolchainLock: Hashable, Sendable {
    package var name: String
    /// Digest of the spec's meaning (not its comments or layout), so that a lock older than its yaml is noticed.
    package var spec: Digest
    /// Version of the rules by which an image is put together and normalised; a lock of other rules cannot be built.
    package var imageFormat: UInt64
    /// Seconds since 1970: the newest `Date` of the archives' Release files when the lock was made.
    package var timestamp: UInt64
    /// For a toolchain imported from an archive: empty.
    package var packages: [LockedPackage]
    /// The archive of a toolchain that was imported from one, so that a lock is enough to build the image from.
    package var archive: Pin?
    /// Tree digest of the finished image.
    package var image: TreeDigest
    /// What configuring the packages changed, sorted by the UTF-8 bytes of the paths.
    package var changes: [ImageChange]

    package init(
        name: String, spec: Digest, imageFormat: UInt64, timestamp: UInt64, packages: [LockedPackage],
        archive: Pin? = nil, image: TreeDigest, changes: [ImageChange] = []
    ) {
        self.name = name
        self.spec = spec
        self.imageFormat = imageFormat
        self.timestamp = timestamp
        self.packages = packages
        self.archive = archive
        self.image = image
        self.changes = changes
    }
}
