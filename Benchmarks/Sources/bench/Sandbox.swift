extension Bench {
    /// Start to exit of `true` in a sandbox on the same root file system, by belljar and by bubblewrap.
    func sandbox() throws -> [Row] {
        let root = try imageFolder()
        let ours = belljar("run", "--quiet", "--toolchain", "debian-12-base", "--", "true")
        let theirs = try program(
            "bwrap",
            [
                "--unshare-all", "--ro-bind", root, "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp",
                "--die-with-parent", "--new-session", "--", "true",
            ])
        let samples = try interleave(
            rounds: 40, [{ _ in try ours.succeed().seconds }, { _ in try theirs.succeed().seconds }])
        return [
            Row("sandbox of `true`: belljar run", samples[0], unit: .milliseconds, goal: nil),
            Row("sandbox of `true`: bubblewrap", samples[1], unit: .milliseconds, goal: nil),
            Row("  belljar to bubblewrap", ratioOf: samples[0], to: samples[1], goal: .atMost(1.5)),
        ]
    }

    /// The program's own start, a part of every figure of belljar's in this table, and a build that there is already, beside a
    /// program that does nothing.
    func programStart() throws -> [Row] {
        try writeRecipe(word: "start")
        try belljar("build", "--quiet", "trivial").succeed()
        let (nothing, version, cached) = (
            try program("true", []), belljar("version"), belljar("build", "-q", "trivial")
        )
        let samples = try interleave(
            rounds: 40,
            [
                { _ in try nothing.succeed().seconds },
                { _ in try version.succeed().seconds - nothing.succeed().seconds },
                { _ in try cached.succeed().seconds - nothing.succeed().seconds },
            ])
        return [
            Row("a program that does nothing: true", samples[0], unit: .milliseconds, goal: nil),
            Row("belljar version, more than that", samples[1], unit: .milliseconds, goal: .atMost(0.003)),
            Row("a cached build, more than that", samples[2], unit: .milliseconds, goal: .atMost(0.006)),
        ]
    }

    /// belljar-init without a plan: it comes up, sees that it has none, and ends. All of that bounds its start-up.
    func initStartup() throws -> [Row] {
        let command = Command(arguments: [programs + "/belljar-init"], environment: [:], directory: work)
        let samples = try interleave(rounds: 200, [{ _ in try command.run().seconds }])
        return [Row("belljar-init, start to exit", samples[0], unit: .milliseconds, goal: .atMost(0.001))]
    }

    /// The folder in which the store keeps the base image as a tree.
    func imageFolder() throws -> String {
        try belljar("toolchain", "build", "--quiet", "debian-12-base").succeed()
        try belljar("run", "--quiet", "--toolchain", "debian-12-base", "--", "true").succeed()
        let lock = "\(project)/Toolchains/debian-12-base/toolchain.lock.yaml"
        let digest = try shell("sed -n '/^image:/,/digest:/s/.*digest: sha256://p' \(lock)").filter { $0 != "\n" }
        return "\(store)/trees/\(digest)"
    }
}
