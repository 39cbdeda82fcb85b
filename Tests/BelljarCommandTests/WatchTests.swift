import BelljarKernel
import Testing

/// `belljar build --watch`.
@Suite struct WatchTests {
    private static let waiting = "watching for changes"

    @Test func whatChangesIsBuiltAgain() throws {
        let project = try Project()
        try project.write("Recipes/hello/src/a", "one\n")
        try project.recipe("hello", run: "cat a > $OUT/a", more: "sources:\n  - local: src")
        let watch = try project.starting("build", "hello", "--watch", "-o", "out")
        #expect(try watch.waits(for: Self.waiting, times: 1))
        #expect(try project.read("out/hello/a") == "one\n")
        // A source, the recipe, one with a mistake, none at all, and whole again.
        try project.write("Recipes/hello/src/a", "two\n")
        #expect(try watch.waits(for: Self.waiting, times: 2))
        #expect(try project.read("out/hello/a") == "two\n")
        try project.recipe("hello", run: "(cat a; echo more) > $OUT/a", more: "sources:\n  - local: src")
        #expect(try watch.waits(for: Self.waiting, times: 3))
        #expect(try project.read("out/hello/a") == "two\nmore\n")
        let recipe = try project.read("Recipes/hello/recipe.yaml")
        try project.write("Recipes/hello/recipe.yaml", "name: [")
        #expect(try watch.waits(for: Self.waiting, times: 4))
        try project.remove("Recipes/hello")
        #expect(try watch.waits(for: Self.waiting, times: 5))
        try project.write("Recipes/hello/src/a", "three\n")
        try project.write("Recipes/hello/recipe.yaml", recipe)
        #expect(try watch.waits(for: "hello: built", times: 4))
        #expect(try watch.waits(for: Self.waiting, times: 6))
        #expect(try project.read("out/hello/a") == "three\nmore\n")
        watch.signal(Signals.interrupt)
        let answer = try watch.finish(seconds: 20)
        #expect(answer.code == 130 && !answer.complaint.contains("error: cannot finish"), "\(answer)")
        #expect(answer.complaint.contains("error: cannot read recipe"), "\(answer)")
    }

    /// Nothing is built while nothing changes, and a build that is running ends with what watches.
    @Test func theEndIsTheBuildsToo() throws {
        let project = try Project()
        let marker = "\(UInt64.random(in: 1_000_000 ... 9_999_999))"
        try project.recipe("slow", run: "echo begun; sleep \(marker)")
        let watch = try project.starting("build", "slow", "--watch")
        #expect(try watch.waits(for: "step build"))
        // To the one alone, not as a terminal would.
        watch.signal(Signals.terminate)
        #expect(try watch.finish(seconds: 20).code == 143)
        let deadline = Deadline.after(milliseconds: 10_000)
        while try !HostProcess.all(holding: marker).isEmpty, !deadline.isOver { pause(milliseconds: 10) }
        #expect(try HostProcess.all(holding: marker).isEmpty)
    }

    @Test func aPlanIsNotWatched() throws {
        let answer = try Project().belljar("build", "--watch", "--dry-run")
        #expect(answer.code == 2 && answer.complaint.contains("--watch does not go with --dry-run"), "\(answer)")
    }
}
