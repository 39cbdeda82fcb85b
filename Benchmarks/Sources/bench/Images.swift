extension Bench {
    /// The image of debian-12-c from packages that are here already, beside mmdebstrap with the same packages from a
    /// folder. Neither touches the network.
    func images() throws -> [Row] {
        try belljar("toolchain", "build", "--quiet", "debian-12-c").succeed()
        let mmdebstrap = try mmdebstrap()
        let fresh = work + "/image-store"
        let build = belljar("toolchain", "build", "--quiet", "debian-12-c", store: fresh)
        let samples = try interleave(
            rounds: 3,
            [
                { _ in
                    try makePackageStore(fresh)
                    return try build.succeed().seconds
                },
                { _ in
                    defer { _ = try? shell("rm -rf \(work)/mmdebstrap", asRoot: true) }
                    return try mmdebstrap.succeed().seconds
                },
            ])
        return [
            Row("image of debian-12-c: belljar", samples[0], unit: .seconds, goal: nil),
            Row("image of debian-12-c: mmdebstrap", samples[1], unit: .seconds, goal: nil),
            Row("  belljar to mmdebstrap", ratioOf: samples[0], to: samples[1], goal: .atMost(0.5)),
        ]
    }

    /// A store that holds the lock's packages and nothing else, so that the image has to be made.
    private func makePackageStore(_ folder: String) throws {
        _ = try shell(
            """
            rm -rf \(folder)
            mkdir -m 700 \(folder)
            for package in \(work)/repository/*.deb; do
                blob=$(readlink "$package")
                mkdir -p "\(folder)/blobs/$(basename "$(dirname "$blob")")"
                ln "$blob" "\(folder)/blobs/$(basename "$(dirname "$blob")")/"
            done
            """)
    }

    /// mmdebstrap as root (its fastest mode), into a plain folder, from a repository of the lock's packages.
    private func mmdebstrap() throws -> Command {
        let lock = checkout + "/Toolchains/debian-12-c/toolchain.lock.yaml"
        let include = try shell(
            """
            mkdir -p \(work)/repository
            cd \(work)/repository
            sed -nE 's/^ +(path|sha256): "?([^"]+)"?$/\\2/p' \(lock) | while read -r path && read -r sha256; do
                ln -sf "$(find \(store)/blobs -name "$sha256*" | head -n 1)" "$(basename "$path")"
            done
            dpkg-scanpackages --multiversion . > Packages 2> /dev/null
            sed -n 's/^Package: //p' Packages | paste -sd,
            """)
        var command = try program(
            "mmdebstrap",
            [
                "--mode=root", "--variant=custom",
                // Images have a merged /usr, and the package that says so insists.
                "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
                "--include=" + include.split(separator: "\n").joined(),
                "bookworm", work + "/mmdebstrap", "deb [trusted=yes] copy://\(work)/repository ./",
            ])
        command.runsAsRoot = true
        return command
    }
}
