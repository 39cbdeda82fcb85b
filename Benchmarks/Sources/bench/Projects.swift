extension Bench {
    /// A project of 200 recipes, and one whose only source is a git checkout of 80,000 files.
    func projects() throws -> [Row] {
        try belljar("toolchain", "build", "--quiet", "debian-12-base").succeed()
        return try manyRecipes() + largeSource()
    }

    // MARK: 200 recipes

    private static let recipeCount = 200

    /// All built, nothing to do, and one changed, in turn.
    private func manyRecipes() throws -> [Row] {
        let folder = work + "/many"
        _ = try shell(
            "mkdir -p \(folder)/Recipes && cp -r \(project)/Toolchains \(folder)/ && mkdir -p "
                + (1...Self.recipeCount).map { "\(folder)/Recipes/r\($0)" }.joined(separator: " "))
        var build = belljar("build", "--quiet")
        build.directory = folder
        let samples = try interleave(
            rounds: 5,
            [
                { round in
                    for number in 1...Self.recipeCount { try write(number, "all\(round)", folder) }
                    return try build.succeed().seconds
                },
                { _ in try build.succeed().seconds },
                { round in
                    try write(7, "one\(round)", folder)
                    return try build.succeed().seconds
                },
            ])
        return [
            Row("200 recipes: all built", samples[0], unit: .seconds, goal: nil),
            Row("200 recipes: nothing changed", samples[1], unit: .milliseconds, goal: nil),
            Row("200 recipes: one changed", samples[2], unit: .milliseconds, goal: nil),
        ]
    }

    private func write(_ number: Int, _ word: String, _ folder: String) throws {
        try write(
            """
            name: r\(number)
            version: "1"
            toolchain: debian-12-base
            epoch: 1000000000
            steps: [{name: write, run: "echo \(word) > $OUT/word"}]
            outputs: [word]

            """, to: "\(folder)/Recipes/r\(number)/recipe.yaml")
    }

    // MARK: 80,000 files

    /// git's own look at what changed, and belljar's with the answer of a build.
    private func largeSource() throws -> [Row] {
        let folder = work + "/large"
        _ = try shell(
            """
            mkdir -p \(folder) && cp -r \(project)/Toolchains \(folder)/ && cd \(folder)
            for d in $(seq 800); do
                mkdir -p src/$d; (cd src/$d && seq -f "\(folder) $d %g" 100 | split -l 1 -a 3 -d - file)
            done
            git init -q . && git add src && git -c user.name=b -c user.email=b@b commit -q -m b
            """)
        try write(
            """
            name: large
            version: "1"
            toolchain: debian-12-base
            epoch: 1000000000
            sources: [{local: /src}]
            steps: [{name: count, run: "ls | wc -l > $OUT/count"}]
            outputs: [count]

            """, to: folder + "/belljar.yaml")
        var build = belljar("build", "--quiet")
        build.directory = folder
        var git = try program("git", ["status", "--porcelain", "src"])
        git.directory = folder
        try build.succeed()
        let samples = try interleave(
            rounds: 7,
            [
                { _ in try build.succeed().seconds }, { _ in try git.succeed().seconds },
                { round in
                    try write("changed \(round)\n", to: folder + "/src/7/file007")
                    return try build.succeed().seconds
                },
            ])
        return [
            Row("80,000 files unchanged: belljar build", samples[0], unit: .milliseconds, goal: nil),
            Row("80,000 files unchanged: git status", samples[1], unit: .milliseconds, goal: nil),
            Row("  belljar to git", ratioOf: samples[0], to: samples[1], goal: .atMost(1.0)),
            Row("80,000 files, one changed: belljar build", samples[2], unit: .seconds, goal: nil),
        ]
    }
}
