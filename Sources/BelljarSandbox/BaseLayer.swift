package import BelljarModel

/// The layer that lies on top of every toolchain image: the few files that name users and hosts, the same on every
/// machine, the directories that things are mounted on, and below `proc` and `dev` what is laid over the kernel's files
/// there. It is part of what a build can see, so its tree is part of the action.
package enum BaseLayer {
    /// Directories, parents before their children, all of mode 0755.
    package static let directories: [String] = {
        let places = ["build", "dev", "etc", "inputs", "out", "proc", "sys", "tmp"]
        let parents = WorldFiles.constants.flatMap { world in
            // The folders of a/b/c: a, a/b.
            let names = world.file.path.split(separator: "/").dropLast()
            return names.indices.map { names[...$0].joined(separator: "/") }
        }
        return Set(places + parents + WorldFiles.emptyDirectories.map(\.path)).sorted()
    }()

    package static let files: [File] =
        texts.map { File(path: $0.path, text: $0.content) } + WorldFiles.constants.map(\.file)

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

    private static let texts: [(path: String, content: String)] = [
        (
            "etc/group",
            """
            root:x:0:
            builder:x:1000:
            nogroup:x:65534:

            """
        ),
        // Tools that look up the host's own name must find it without a network.
        (
            "etc/hosts",
            """
            127.0.0.1 localhost
            ::1 localhost
            127.0.1.1 belljar.localdomain belljar

            """
        ),
        ("etc/hostname", "belljar\n"),
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
        (
            "etc/passwd",
            """
            root:x:0:0:root:/root:/bin/sh
            builder:x:1000:1000:builder:/build/.home:/bin/sh
            nobody:x:65534:65534:nobody:/nonexistent:/bin/false

            """
        ),
        ("etc/resolv.conf", ""),
    ]
}
