extension Bench {
    /// Two packages and two trees of 200 MB, compared by belljar and by diffoscope: time, and the largest process's peak memory.
    func differences() throws -> [Row] {
        try makeDifferences()
        let packages = try compare("the same two packages", "first.deb", "second.deb", rounds: 5)
        // diffoscope takes a minute and more.
        return packages + (try compare("the same two trees of 200 MB", "first", "second", rounds: 1))
    }

    private func makeDifferences() throws {
        let image = try imageFolder()
        _ = try shell(
            """
            mkdir -p \(work)/diff/one/DEBIAN && cd \(work)/diff
            printf 'Package: one\\nVersion: 1\\nArchitecture: amd64\\nMaintainer: nobody <nobody@localhost>\\nDescription: one\\n' >one/DEBIAN/control
            cp -rL \(image)/usr/bin one/bin && mkdir one/share && cp -r \(image)/usr/share/perl* \(image)/usr/share/doc one/share/
            chmod -R u+w one && cp -r one two
            for f in ls cat tar; do printf x >>two/bin/$f; done
            find two/share/doc -name copyright | sort | head -n 20 | while read -r f; do echo 'built at Nov 21 2026 12:00:00' >>"$f"; done
            for side in one two; do dpkg-deb --root-owner-group -Zxz -b $side $side.deb >/dev/null; done
            mv one.deb first.deb && mv two.deb second.deb
            for d in $(seq 40); do
                mkdir -p first/$d
                for f in $(seq 40); do head -c 100000 /dev/urandom >first/$d/$f; done
                for f in $(seq 41 50); do seq -f "line $d of $f, %g" 5000 >first/$d/$f; done
            done
            cp -r first second
            for d in 1 2 3 4 5 6 7 8 9 10; do printf x | dd of=second/$d/7 bs=1 seek=50000 conv=notrunc status=none; done
            for d in 1 2 3 4 5 6 7 8 9 10; do sed -i 's/, 70[0-9]*$/, changed/' second/$d/45; done
            """)
    }

    private func compare(_ what: String, _ first: String, _ second: String, rounds: Int) throws -> [Row] {
        var ours = belljar("diff", first, second)
        var theirs = try program("diffoscope", ["--text", work + "/diff/report", first, second])
        (ours.directory, theirs.directory) = (work + "/diff", work + "/diff")
        let (one, other) = (ours, theirs)
        let seconds = try interleave(rounds: rounds, [{ _ in try one.differ() }, { _ in try other.differ() }])
        let peaks = try [ours, theirs].map { command in
            Samples([try peak(of: command, status: different) { _ in true }])
        }
        return [
            Row("\(what): belljar diff", seconds[0], unit: .seconds, goal: nil),
            Row("\(what): diffoscope", seconds[1], unit: .seconds, goal: nil),
            Row("  belljar to diffoscope", ratioOf: seconds[0], to: seconds[1], goal: .atMost(0.2)),
            Row("  peak memory: belljar diff", peaks[0], unit: .megabytes, goal: nil),
            Row("  peak memory: diffoscope", peaks[1], unit: .megabytes, goal: nil),
            Row("  belljar to diffoscope, memory", ratioOf: peaks[0], to: peaks[1], goal: .atMost(0.2)),
        ]
    }
}

/// How both end that find a difference.
private let different: Set<Int32> = [1, 3]

extension Command {
    /// Seconds until it has found that two things differ.
    fileprivate func differ() throws -> Double {
        let run = try run()
        guard different.contains(run.status) else {
            throw Failure("\(arguments[0]) ended with \(run.status): \(run.output.suffix(300))")
        }
        return run.seconds
    }
}
