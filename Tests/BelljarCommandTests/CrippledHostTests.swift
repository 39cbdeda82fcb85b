import BelljarKernel
import BelljarModel
import Testing

/// Hosts that are only half there: what `doctor` says and what `build` does are one and the same.
@Suite(
    .enabled(if: HalfHost.isAvailable), .disabled(if: isRoot, "as root the namespaces would look like root's own host"))
struct CrippledHostTests {
    /// Swift's own arguments come from /proc. A program that has none prints its help and succeeds.
    @Test func `without proc every command still is the one that was asked for`() throws {
        let project = try Project()
        let host = try HalfHost(project)
        let gone = ["userns", "mountns", "tmpfs=/proc"]
        let version = try host.belljar(gone, ["version"])
        #expect(version.code == 0)
        #expect(version.text == (try project.belljar("version")).text)
        #expect(try host.belljar(gone, ["build", "--nonsense"]).code == 2)
        for command in [["build"], ["build", "hello"], ["records"], ["store", "du"], ["toolchain", "list"]] {
            let answer = try host.belljar(gone, command, "--json")
            #expect(answer.code == 4, "\(command): \(answer.text)")
            let error = try #require(try answer.json()["error"])
            #expect(error["subject"]?.string == "/proc")
            #expect(error["answer"]?.string?.contains("no proc file system") == true)
            #expect(error["remedy"]?.string?.contains("mount -t proc") == true)
        }
    }
}
