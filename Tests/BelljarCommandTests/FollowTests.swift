import BelljarKernel
import BelljarModel
import Testing

/// `belljar log --follow`: a build's log from another process, while it grows.
@Suite struct FollowTests {
    /// Writes, and goes on when the test says so: an input that appears cannot be had in a sandbox, so it takes its time.
    private func project(_ end: String) throws -> Project {
        let project = try Project()
        try project.recipe("slow", run: "echo first; sleep 3; echo second; sleep 1; \(end)")
        return project
    }

    @Test(arguments: [("echo > $OUT/x", Int32(0), "built"), ("exit 7", 1, "failed, step build: exit status 7")])
    func itEndsAsTheBuildDoes(end: String, code: Int32, words: String) throws {
        let project = try project(end)
        let building = try project.starting("build", "slow", "--log", "plain", "--json")
        #expect(try building.waits(for: "slow> first"))
        let following = try project.starting("log", "--follow", "slow")
        let other = try project.belljar("log", "slow", "-f")
        let (built, followed) = (try building.finish(), try following.finish())
        #expect(built.code == code)
        let record = try #require(try built.json()["builds"]?.array?.first?["record"]?.string)
        for answer in [followed, other] {
            #expect(answer.text == "first\nsecond\n" && answer.code == code, "\(answer.complaint)")
            #expect(answer.complaint == "slow 1  \(words)  record \(record)\n")
        }
        // What is over is told at once.
        let late = try project.belljar("log", "--follow", "slow")
        #expect(late.text == "first\nsecond\n" && late.code == code)
        #expect(late.complaint.contains("before now  record \(record)"), "\(late.complaint)")
        #expect(try project.belljar("log", "--follow", record).code == code)
        #expect(try project.belljar("store", "fsck").code == 0)
    }

    @Test func aBuildThatIsEndedIsOver() throws {
        let project = try project("true")
        let building = try project.starting("build", "slow", "--log", "plain")
        #expect(try building.waits(for: "slow> first"))
        let following = try project.starting("log", "--follow", "slow")
        pause(milliseconds: 500)
        building.signal(2)
        let followed = try following.finish()
        #expect(followed.text == "first\n" && followed.code == 130, "\(followed.complaint)")
        #expect(followed.complaint.contains("cut short") && !followed.complaint.contains("failed"))
        _ = try building.finish()
    }

    @Test func whoDiesSaysNothing() throws {
        let project = try project("true")
        let building = try project.starting("build", "slow", "--log", "plain")
        #expect(try building.waits(for: "slow> first"))
        let following = try project.starting("log", "--follow", "slow")
        pause(milliseconds: 500)
        building.signal(9)
        let followed = try following.finish()
        #expect(followed.text == "first\n" && followed.code == 9, "\(followed.complaint)")
        #expect(followed.complaint.contains("is gone, and did not say how it ended"), "\(followed.complaint)")
        _ = try building.finish()
        // What it left behind is nobody's.
        #expect(try project.belljar("log", "--follow", "slow").code == 2)
    }

    /// Who follows may stop doing so.
    @Test func whoFollowsDoesNothingToTheBuild() throws {
        let project = try project("echo > $OUT/x")
        let building = try project.starting("build", "slow", "--log", "plain")
        #expect(try building.waits(for: "slow> first"))
        let following = try project.starting("log", "--follow", "slow")
        pause(milliseconds: 500)
        following.signal(2)
        let followed = try following.finish()
        #expect(followed.code == 130 && followed.text == "first\n", "\(followed.complaint)")
        #expect(try building.finish().code == 0)
    }

    @Test func whatDoesNotGoTogether() throws {
        let project = try Project(toolchain: false)
        for other in [["--json"], ["--step", "build"]] {
            let answer = try project.start(Project.programs + "/belljar", ["log", "x", "--follow"] + other).finish()
            #expect(answer.code == 2 && (answer.complaint + answer.text).contains("--follow goes with neither"))
        }
    }
}
