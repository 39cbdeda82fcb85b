import BelljarKernel
import BelljarModel
import Testing

/// Hosts that lack something.
@Suite struct HostTests {
    /// A user namespace of the test's own, in which no further one can be made: what a host looks like that forbids
    /// them.
    @Test(.disabled(if: isRoot, "as root the namespace would look like root's own host"))
    func noUserNamespaces() throws {
        let project = try Project()
        try project.recipe("hello", run: "echo hello > $OUT/a")
        let forbid = "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$@\""
        func confined(_ arguments: String...) throws -> Answer {
            try project.start(
                "/usr/bin/unshare",
                ["--user", "--map-current-user", "--keep-caps", "/bin/sh", "-c", forbid, "sh"]
                    + [Project.programs + "/belljar"] + arguments
            ).finish()
        }
        let answer = try confined("build", "hello", "--json")
        #expect(answer.code == 4, "\(answer.text) \(answer.complaint)")
        let error = try #require(try answer.json()["error"])
        #expect(error["code"]?.string == "sandbox_unavailable")
        #expect(error["remedy"]?.string?.isEmpty == false)
        #expect(try project.belljar("records", "--json").json() == ["records": []])
        let doctor = try confined("doctor", "--json")
        #expect(doctor.code == 4)
        #expect(try doctor.json()["complete"]?.bool == false)
        // The host itself has them.
        #expect(try project.belljar("build", "hello").code == 0)
    }

    /// The store's file system is a small one of the test's own, in namespaces of its own.
    @Test(.disabled(if: isRoot, "as root the namespace would look like root's own host"))
    func aDiskThatFillsUpWhileRecording() throws {
        let project = try Project()
        try project.recipe(
            "big", run: "dd if=/dev/urandom of=$OUT/a bs=1M count=40 2>/dev/null",
            more: "controls: {random: real}")
        try project.recipe("small", run: "echo hello > $OUT/a")
        let script = """
            set -e
            mount -t tmpfs -o size=24m tmpfs "$1"
            cp -a store/. "$1"
            export BELLJAR_STORE="$1"
            "$2" build big --json || echo "exit $?" >&2
            "$2" records --json
            "$2" build small --json >&2 && "$2" store fsck >&2
            """
        try project.write("small/placeholder", "")
        let answer = try project.start(
            "/usr/bin/unshare",
            [
                "--user", "--map-current-user", "--keep-caps", "--mount", "/bin/sh", "-c", script, "sh",
                project.path + "/small", Project.programs + "/belljar",
            ]
        ).finish()
        #expect(answer.code == 0, "\(answer.text) \(answer.complaint)")
        #expect(answer.complaint.contains("exit 9"), "\(answer.complaint)")
        let lines = answer.text.split(separator: "\n")
        #expect(lines.count == 2)
        let error = try CanonicalJSON.decode(Array((lines.first ?? "").utf8))["error"]
        #expect(error?["code"]?.string == "host")
        #expect(error?["answer"]?.string?.contains("ENOSPC") == true, "\(answer.text)")
        #expect(lines.last == "{\"records\":[]}")
    }
}
