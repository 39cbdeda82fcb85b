/// The layer that lies on top of every toolchain image: the few files that name users and hosts, the same on every
/// machine, and the directories that things are mounted on. It is part of what a build can see, so its tree is part of
/// the action.
package enum BaseLayer {
    /// Directories, parents before their children, all of mode 0755.
    package static let directories = [
        "build", "dev", "etc", "inputs", "out", "proc", "sys", "tmp",
    ]

    /// Paths of ordinary files of mode 0644 and their contents.
    package static let files: [(path: String, content: String)] = [
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
