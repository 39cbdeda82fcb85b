import BelljarModel
import Testing

@testable import BelljarToolchain

@Suite struct LockPlanTests {
    private func package(_ name: String, _ version: String, content: String = "") -> LockedPackage {
        LockedPackage(
            name: name, version: version, architecture: "amd64", archive: "debian", path: "pool/\(name)", size: 1,
            sha256: Digest(of: Array("\(name) \(version) \(content)".utf8)))
    }

    private func lock(_ packages: [LockedPackage]) -> ToolchainLock {
        ToolchainLock(
            name: "c", spec: Digest(of: []), imageFormat: 1, timestamp: 1, packages: packages,
            image: TreeDigest(digest: Digest(of: []), size: 0))
    }

    @Test func eachChangeIsALine() {
        let plan = LockPlan(
            from: lock([package("a", "1"), package("b", "1"), package("c", "1"), package("d", "1")]),
            to: [package("a", "1"), package("b", "2"), package("d", "1", content: "other"), package("e", "1")],
            name: "c")
        #expect(plan.lines == ["~ b 1 -> 2", "- c 1", "~ d 1, another file", "+ e 1"])
        #expect(!plan.isFirst)
        #expect(LockPlan(from: lock([package("a", "1")]), to: [package("a", "1")], name: "c").isEmpty)
        #expect(LockPlan(from: nil, to: [package("a", "1")], name: "c").isFirst)
    }
}
