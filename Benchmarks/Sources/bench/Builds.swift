extension Bench {
    /// A build that writes one line: new each time, and known already; by belljar and by Nix, both in a sandbox.
    func builds() throws -> [Row] {
        try belljar("toolchain", "build", "--quiet", "debian-12-base").succeed()
        let nix = try nixBuild()
        let cold = belljar("build", "--quiet", "trivial")
        let samples = try interleave(
            rounds: 20,
            [
                { round in
                    try writeRecipe(word: "cold\(round)")
                    return try cold.succeed().seconds
                },
                { _ in try cold.succeed().seconds },
                { round in try nix("cold\(round)").succeed().seconds },
                { round in try nix("cold\(round)").succeed().seconds },
            ])
        return [
            Row("trivial build, cold: belljar", samples[0], unit: .milliseconds, goal: .atMost(0.025)),
            Row("trivial build, cold: nix-build", samples[2], unit: .milliseconds, goal: nil),
            Row("  belljar to nix-build", ratioOf: samples[0], to: samples[2], goal: .atMost(0.25)),
            Row("trivial build, cached: belljar", samples[1], unit: .milliseconds, goal: .atMost(0.010)),
            Row("trivial build, cached: nix-build", samples[3], unit: .milliseconds, goal: nil),
            Row("  belljar to nix-build", ratioOf: samples[1], to: samples[3], goal: .atMost(0.25)),
        ]
    }

    func writeRecipe(word: String) throws {
        _ = try shell("mkdir -p \(project)/Recipes/trivial")
        try write(
            """
            name: trivial
            version: "1"
            toolchain: debian-12-base
            epoch: 1000000000
            environment:
              WORD: \(word)
            steps:
              - name: write
                run: echo "$WORD" > "$OUT/word"
            outputs:
              - word

            """, to: project + "/Recipes/trivial/recipe.yaml")
    }

    /// nix-build of the same, with a store of its own, in Nix's sandbox, with nothing to ask the network for.
    private func nixBuild() throws -> (String) throws -> Command {
        try write(
            """
            { word }: derivation {
              name = "trivial"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo ${word} > $out" ];
            }

            """, to: work + "/trivial.nix")
        _ = try program("busybox", [])
        return { word in
            try program(
                "nix-build",
                [
                    work + "/trivial.nix", "--argstr", "word", word, "--no-out-link", "--store", work + "/nix",
                    "--option", "sandbox", "true", "--option", "sandbox-fallback", "false",
                    "--option", "sandbox-paths", "/bin/sh=/bin/busybox", "--option", "substitute", "false",
                ])
        }
    }
}
