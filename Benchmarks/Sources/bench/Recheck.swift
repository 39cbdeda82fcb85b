/// The look at a build's inputs when it is over.
extension Bench {
    /// While a build runs, every file of its image gets another name, as another image that is made meanwhile gives it: so
    /// every time of change is new, and every file has to be hashed. Beside the same build without that.
    func recheck() throws -> [Row] {
        try belljar("toolchain", "build", "--quiet", "debian-12-c").succeed()
        let samples = try interleave(
            rounds: 5,
            [
                { round in try lookAgain("quiet\(round)", naming: false) },
                { round in try lookAgain("named\(round)", naming: true) },
            ])
        return [
            Row("look at 7,100 inputs: nothing touched", samples[0], unit: .milliseconds, goal: nil),
            Row("look at 7,100 inputs: all named again", samples[1], unit: .milliseconds, goal: .atMost(0.3)),
        ]
    }

    /// Builds something that takes as long as the other names need.
    ///
    /// - Returns: seconds, as the build's record has them.
    private func lookAgain(_ word: String, naming: Bool) throws -> Double {
        _ = try shell("mkdir -p \(project)/Recipes/waiting")
        try write(
            """
            name: waiting
            version: "1"
            toolchain: debian-12-c
            epoch: 1000000000
            environment:
              WORD: \(word)
            steps:
              - name: wait
                run: sleep 4; echo "$WORD" > "$OUT/word"
            outputs:
              - word

            """, to: project + "/Recipes/waiting/recipe.yaml")
        let lock = checkout + "/Toolchains/debian-12-c/toolchain.lock.yaml"
        _ = try shell(
            """
            cd \(project)
            export BELLJAR_STORE=\(store)
            image=$(sed -n 's/^  digest: sha256://p' \(lock) | head -n 1)
            \(programs)/belljar build --quiet --no-cache waiting &
            sleep 2
            \(naming ? "cp -al \(store)/trees/$image \(work)/named" : "true")
            wait $!
            rm -rf \(work)/named
            """)
        let record = try belljar("show", "--json", "waiting").succeed().output
        guard
            let facts = record.firstMatch(
                of: #/"recheck":{[^}]*"hashed":(?<hashed>\d+)[^}]*"milliseconds":(?<time>\d+)/#),
            let hashed = Int(facts.hashed), let milliseconds = Double(facts.time)
        else { throw Failure("the record does not say how its inputs were looked at") }
        guard naming ? hashed > 4_000 : hashed < 100 else { throw Failure("\(hashed) files were hashed") }
        return milliseconds / 1000
    }
}
