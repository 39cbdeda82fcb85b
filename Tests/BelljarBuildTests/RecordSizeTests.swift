import BelljarControls
import BelljarModel
import Testing

@testable import BelljarBuild

@Suite struct RecordSizeTests {
    @Test func whatCouldNotBeReadAgainIsRefused() throws {
        let digest = Digest(of: [])
        let tree = TreeDigest(digest: digest, size: 0)
        let definition = BuildRecord.Definition(
            name: "many", version: "1", toolchain: .init(name: "c", lock: digest, image: tree), sources: [],
            inputs: [], steps: [], environment: [:], outputs: ["."], epoch: 1, limits: .standard,
            sandbox: .init(profile: "strict/1", baseline: "6.1", network: "none"), controls: .standard,
            constants: [:], seed: "")
        let record = BuildRecord(
            keyed: try .init(definition, action: digest),
            result: .init(status: .ok, outputs: [.init(path: "a", mode: "0644", size: 0, digest: digest)], tree: tree),
            observed: .init(
                runnerVersion: "1", kernel: "6.1", cpu: "", enforcement: [:], openChannels: [], started: 0,
                milliseconds: 0, steps: [], log: digest, logTruncated: false),
            closure: .init())
        #expect(record.refusal(ofSize: BuildRecord.sizeLimit) == nil)
        let error = record.refusal(ofSize: BuildRecord.sizeLimit + 1)
        #expect(error?.code == .resourceExceeded)
        #expect(
            error?.answer
                == "with its 1 outputs the record would have 134217729 bytes, more than the 134217728 that can be read again"
        )
        #expect(error?.remedy?.contains("output-files") == true)
        #expect(record.refusal(ofSize: 10, limit: 9)?.stage == "collect")
    }
}
