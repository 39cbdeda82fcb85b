import BelljarPlan
import Testing

@testable import BelljarInit

@Suite struct CommandSearchTests {
    private func candidates(_ name: String?, _ environment: [String]) -> [String] {
        let command = Plan.Command(
            argv: name.map { [$0] } ?? [], environment: environment, directory: "/build")
        return CommandProcess.candidates(for: command)
    }

    @Test func aNameIsLookedForInTheCommandsOwnPath() {
        #expect(candidates("gcc", ["A=1", "PATH=/usr/bin:/bin"]) == ["/usr/bin/gcc", "/bin/gcc"])
    }

    @Test func aPathIsTakenAsItIs() {
        #expect(candidates("/bin/sh", ["PATH=/usr/bin"]) == ["/bin/sh"])
        #expect(candidates("./configure", ["PATH=/usr/bin"]) == ["./configure"])
    }

    @Test func withoutPathOrNameThereIsNothingToTry() {
        #expect(candidates("gcc", []).isEmpty)
        #expect(candidates("", ["PATH=/bin"]).isEmpty)
        #expect(candidates(nil, ["PATH=/bin"]).isEmpty)
    }
}
