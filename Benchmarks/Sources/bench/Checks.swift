extension Bench {
    /// What it costs to have a build checked, and to have written down what it did. The build is one of a second and more.
    func checks() throws -> [Row] {
        try belljar("toolchain", "build", "--quiet", "debian-12-c").succeed()
        let folder = work + "/checked"
        _ = try shell("mkdir -p \(folder) && cp -r \(project)/Toolchains \(folder)/")
        func write(_ word: String) throws {
            try self.write(
                """
                name: checked
                version: "1"
                toolchain: debian-12-c
                epoch: 1000000000
                steps:
                  - name: compile
                    run: |
                      for i in $(seq 12); do echo "int f$i(int x) { return x * $i; } /* \(word) */" >$i.c; gcc -O2 -c $i.c; done
                      ar rcs $OUT/lib.a *.o
                outputs: [lib.a]

                """, to: folder + "/belljar.yaml")
        }
        func seconds(_ words: [String]) throws -> Double {
            var command = belljar(words[0], "--quiet")
            command.arguments += words.dropFirst()
            command.directory = folder
            return try command.succeed().seconds
        }
        let samples = try interleave(
            rounds: 7,
            [
                { round in
                    try write("plain \(round)")
                    return try seconds(["build"]) + seconds(["build", "--no-cache"])
                },
                { round in
                    try write("checked \(round)")
                    return try seconds(["check", "checked", "--rounds", "2"])
                },
                { round in
                    try write("ledger \(round)")
                    return try seconds(["build", "--ledger"]) * 2
                },
                { round in
                    try write("trace \(round)")
                    return try seconds(["build", "--trace"]) * 2
                },
            ])
        return [
            Row("two plain builds", samples[0], unit: .seconds, goal: nil),
            Row("check --rounds 2", samples[1], unit: .seconds, goal: nil),
            Row("  check to two builds", ratioOf: samples[1], to: samples[0], goal: .atMost(1.1)),
            Row("  with a ledger to without", ratioOf: samples[2], to: samples[0], goal: nil),
            Row("  with a trace to without", ratioOf: samples[3], to: samples[0], goal: nil),
        ]
    }
}
