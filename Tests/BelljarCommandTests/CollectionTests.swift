import BelljarControls
import BelljarKernel
import BelljarModel
import BelljarStore
import Testing

/// Garbage collection while builds run.
@Suite struct CollectionTests {
    private static let waves = 5
    private static let recipes = ["a", "b", "c", "d"]

    /// A build's log is kept byte for byte, so a build can make it the root of another one's outputs.
    @Test func aLogTakesNothingFromOtherBuilds() throws {
        let project = try Project()
        try project.recipe("victim", run: "mkdir $OUT/d; echo content > $OUT/d/file")
        #expect(try project.belljar("build", "victim").code == 0)
        let shown = try project.belljar("show", "victim", "--json").json()["result"]?["tree"]?["digest"]?.string
        let tree = try #require(shown)
        let root = try #require(Digest(prefixed: tree))
        let store = try Store(path: project.store, owner: isRoot ? Account(uid: 65_534, gid: 65_534) : nil)
        let bytes = try store.read(root, limit: 1000).map { "\\0" + String($0, radix: 8) }.joined()
        try project.recipe("other", run: "printf %b '\(bytes)'; touch $OUT/done")
        #expect(try project.belljar("build", "other").code == 0)
        let log = try project.belljar("show", "other", "--json").json()["observed"]?["log"]?.string
        #expect(log == tree)
        _ = try store.gc(GCOptions(graceSeconds: 0))
        let checked = try project.belljar("store", "fsck")
        #expect(checked.code == 0, "\(checked.text)")
        #expect(try project.belljar("build", "victim", "--output", "out").code == 0)
        #expect(try project.read("out/victim/d/file") == "content\n")
    }

    /// Four builds at a time, each with an input and a source of its own, twenty in all, and all the while a collection
    /// that keeps nothing but images: no record, no remembered result, nothing for being young. A build that is under way
    /// loses nothing that it needs, and neither does the writing of its outputs afterwards.
    @Test(.timeLimit(.minutes(20))) func takesNothingFromBuildsUnderWay() throws {
        let project = try Project()
        try project.recipe("base", run: "seq 1 500 > $OUT/base")
        for name in Self.recipes {
            try project.write("Recipes/\(name)/src/file", "source of \(name)\n")
            try project.recipe(
                name, run: "cat file /inputs/base/base > $OUT/\(name)", more: "inputs: [base]\nsources:\n  - local: src"
            )
        }
        let store = try Store(path: project.store, owner: isRoot ? Account(uid: 65_534, gid: 65_534) : nil)
        let builds = try project.start(
            "/bin/bash",
            [
                "-c",
                """
                for wave in $(seq \(Self.waves)); do
                    for name in \(Self.recipes.joined(separator: " ")); do
                        "$1" build $name --no-cache --quiet --output out/$wave-$name || echo "$wave $name failed" &
                    done
                    wait
                    # Here nobody holds a lease.
                    sleep 0.2
                done
                echo all ended >&2
                """, "bash", Project.programs + "/belljar",
            ])
        var (collected, refused, blobs) = (0, 0, 0)
        while try !builds.waits(for: "all ended", seconds: 0.002) {
            do throws(BelljarError) {
                let options = GCOptions(recordAgeSeconds: 0, keptPerName: 0, memoAgeSeconds: 0, graceSeconds: 0)
                blobs += try store.gc(options).blobs
                collected += 1
            } catch {
                guard error.code == .refused else { throw error }
                refused += 1
            }
        }
        let answer = try builds.finish()
        #expect(!answer.text.contains("failed"), "\(answer.text) \(answer.complaint)")
        // It did run, had something to take, and met builds under way.
        #expect(collected > 0 && refused > 0 && blobs > 0, "\(collected) \(refused) \(blobs)")
        let base = (1...500).map { "\($0)\n" }.joined()
        for wave in 1...Self.waves {
            for name in Self.recipes {
                #expect(try project.read("out/\(wave)-\(name)/\(name)/\(name)") == "source of \(name)\n" + base)
            }
        }
        #expect(try project.belljar("store", "fsck").code == 0)
        #expect(try project.belljar("build", "a").code == 0)
    }
}
