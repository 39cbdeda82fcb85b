import Glibc

extension Bench {
    /// A tree of 2 GB in 2,048 files, made once, as `work/tree` and `work/tree.tar`.
    func makeLargeTree() throws {
        _ = try shell(
            """
            cd \(work)
            [ ! -e tree.tar ] || exit 0
            mkdir -p tree
            i=0
            while [ $i -lt 2048 ]; do
                mkdir -p tree/$((i / 64))
                head -c 1000000 /dev/urandom > tree/$((i / 64))/$i
                i=$((i + 1))
            done
            tar -cf tree.tar -C tree .
            """)
    }

    /// How fast the store reads and hashes a large tree with all cores, beside what OpenSSL's own loop reaches in memory.
    func hashing() throws -> [Row] {
        try makeLargeTree()
        let store = work + "/tree-store"
        try importTree(store: store).succeed()
        let check = belljar("store", "fsck", "--json", store: store)
        let openssl = try program(
            "openssl",
            [
                "speed", "-mr", "-evp", "sha256", "-bytes", "16384", "-seconds", "1", "-multi",
                "\(sysconf(Int32(_SC_NPROCESSORS_ONLN)))",
            ])
        let samples = try interleave(
            rounds: 5,
            [
                { _ in
                    let run = try check.succeed()
                    return try hashedBytes(run.output) / run.seconds / 1e6
                },
                { _ in try opensslSpeed(try openssl.succeed().output) / 1e6 },
            ])
        return [
            Row("SHA-256 of 2 GB: belljar store fsck", samples[0], unit: .megabytesPerSecond, goal: nil),
            Row("SHA-256 in memory: openssl speed", samples[1], unit: .megabytesPerSecond, goal: nil),
            Row("  belljar to openssl", ratioOf: samples[0], to: samples[1], goal: .atLeast(0.9)),
        ]
    }

    /// What a check says it hashed, in bytes: the imported archive is in the store too.
    private func hashedBytes(_ json: String) throws -> Double {
        guard let field = json.firstMatch(of: #/"bytes":(?<count>\d+)/#), let bytes = Double(field.count) else {
            throw Failure("store fsck did not say how much it hashed")
        }
        return bytes
    }

    /// The last line of `openssl speed -mr -multi`: `+F:25:sha256:3443015680.00`, in bytes per second.
    private func opensslSpeed(_ output: String) throws -> Double {
        guard let line = output.split(separator: "\n").last(where: { $0.hasPrefix("+F:") }),
            let field = line.split(separator: ":").last, let speed = Double(field)
        else { throw Failure("openssl speed printed no figure") }
        return speed
    }
}
