package import BelljarModel

/// The layer that lies on top of a toolchain's image: the few files that name users and hosts, what stands for `/sys`, the
/// directories that things are mounted on, and below `proc` and `dev` what is laid over the kernel's files there. It
/// follows from the image, from the number of processors and from constants, and is the same on every machine.
package struct BaseLayer: Sendable {
    /// Directories, parents before their children, all of mode 0755.
    package let directories: [String]
    package let files: [File]

    /// What of an image goes into the layer, or decides what does.
    package struct Image: Hashable, Sendable {
        /// Contents of `/etc/passwd` and `/etc/group`, if it has such files.
        package var users: [UInt8]?
        package var groups: [UInt8]?
        /// Which of `networkFiles` it has.
        package var networkFiles: Set<String>

        package init(users: [UInt8]? = nil, groups: [UInt8]? = nil, networkFiles: Set<String> = []) {
            self.users = users
            self.groups = groups
            self.networkFiles = networkFiles
        }
    }

    /// - Parameters:
    ///   - cpus: processors that the build is told of; nil if it sees the host's.
    ///   - image: that it lies on.
    package init(cpus: UInt32?, image: Image = Image()) {
        var files = Self.texts.map { File(path: $0.path, text: $0.content) } + WorldFiles.constants.map(\.file)
        files.append(File(path: "etc/group", content: .bytes(AccountFile.groups.merged(image.groups))))
        files.append(File(path: "etc/passwd", content: .bytes(AccountFile.users.merged(image.users))))
        files += NetworkFiles.files.filter { !image.networkFiles.contains($0.path) } + NetworkFiles.loopback
        if let cpus { files += ProcessorFiles.files(cpus) }
        let places = ["build", "dev", "etc", "inputs", "out", "proc", "run", "sys", "tmp", "var/tmp"]
        var folders: Set<String> = []
        for path in places.map({ $0 + "/" }) + files.map(\.path) + WorldFiles.emptyDirectories.map({ $0.path + "/" }) {
            // The folders of a/b/c: a, a/b.
            var folder = path[...]
            while let slash = folder.lastIndex(of: "/") {
                folder = folder[..<slash]
                guard folders.insert(String(folder)).inserted else { break }
            }
        }
        directories = folders.sorted()
        self.files = files
    }

    /// Of an image that has none of these files, for a build with the default number of processors.
    package static let standard = BaseLayer(cpus: UInt32(clamping: ResourceLimits.standard.cpus))

    /// Paths of files that are the image's own where it has them, and are added where not.
    package static var networkFiles: [String] { NetworkFiles.files.map(\.path) }

    /// An ordinary file of mode 0644.
    package struct File: Sendable {
        enum Content: Sendable {
            case bytes([UInt8])
            /// Those of `RandomFile` with the ordinary seed: too many to make them where only their digest is asked for.
            case randomNumbers
        }

        /// Without a leading slash.
        package var path: String
        private var content: Content

        init(path: String, content: Content) {
            self.path = path
            self.content = content
        }

        init(path: String, text: String) { self.init(path: path, content: .bytes(Array(text.utf8))) }

        package var bytes: [UInt8] {
            switch content {
            case .bytes(let bytes): bytes
            case .randomNumbers: RandomFile.content(seed: RandomFile.ordinarySeed)
            }
        }

        package var size: UInt64 {
            switch content {
            case .bytes(let bytes): UInt64(bytes.count)
            case .randomNumbers: UInt64(RandomFile.size)
            }
        }

        package var digest: Digest {
            switch content {
            case .bytes(let bytes): Digest(of: bytes)
            case .randomNumbers: RandomFile.digest
            }
        }
    }

    /// Given, whatever an image has: the machine is the same in all of them, and its name must be found without a network.
    private static let texts: [(path: String, content: String)] = [
        (
            "etc/hosts",
            """
            127.0.0.1 localhost
            ::1 localhost
            127.0.1.1 belljar.localdomain belljar

            """
        ),
        ("etc/hostname", "belljar\n"),
        // Any number that is not zero will do (machine-id(5)). An image that was made of a machine has that one's.
        ("etc/machine-id", "62656c6c6a6172000000000000000001\n"),
        (
            "etc/nsswitch.conf",
            """
            passwd: files
            group: files
            shadow: files
            hosts: files
            networks: files
            protocols: files
            services: files

            """
        ),
        ("etc/resolv.conf", ""),
    ]
}
