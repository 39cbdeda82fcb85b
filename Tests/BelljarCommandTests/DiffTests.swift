import BelljarKernel
import BelljarModel
import Testing

/// `belljar diff`.
@Suite struct DiffTests {
    @Test func twoFiles() throws {
        let project = try Project()
        try project.write("a.txt", "1\n2\n")
        try project.write("b.txt", "1\n3\n")
        let answer = try project.belljar("diff", "a.txt", "b.txt")
        #expect(answer.code == 3, "\(answer)")
        #expect(
            answer.text.contains("--- a.txt\n+++ b.txt\n") && answer.text.contains("@@ -1,2 +1,2 @@\n 1\n-2\n+3\n"),
            "\(answer.text)")
        let same = try project.belljar("diff", "a.txt", "./a.txt")
        #expect(same.code == 0 && same.text.isEmpty)
    }

    @Test func answersForMachines() throws {
        let project = try Project()
        try project.write("a/x/f", "built 2024-01-01\n")
        try project.write("b/x/f", "built 2025-02-12\n")
        try project.write("b/new", "")
        try project.write("b/bytes", "\u{0}\u{1}")
        try project.write("a/bytes", "\u{0}\u{2}")
        let answer = try project.belljar("diff", "a", "b", "--json")
        #expect(answer.code == 3, "\(answer)")
        let document = try answer.json()
        #expect(document["different"]?.bool == true)
        #expect(document["differences"]?.array?.map { $0["path"] } == [["bytes"], ["new"], ["x/f"]])
        #expect(document["causes"]?.array?.first?["cause"]?.string == "embedded-date")
        let last = document["differences"]?.array?.last
        #expect(
            last?["lines"]?["hunks"]?.array?.first?["lines"]?.array?.map { $0["text"] } == [
                "built 2024-01-01", "built 2025-02-12",
            ])
        #expect(document["differences"]?.array?.first?["bytes"]?["spots"]?.array?.first?["first"]?.string == "0002")
        let same = try project.belljar("diff", "a", "a/", "--json")
        #expect(same.code == 0)
        #expect(try same.json()["different"]?.bool == false)
    }

    /// Of records: their outputs, and what they were made of if that differs.
    @Test func twoRecords() throws {
        let project = try Project()
        var digests: [String] = []
        for text in ["1", "2"] {
            try project.recipe("plain", run: "mkdir $OUT/d; echo \(text) > $OUT/d/f; echo same > $OUT/same")
            let answer = try project.belljar("build", "plain", "--json")
            digests.append(try #require(try answer.json()["builds"]?.array?.first?["record"]?.string))
        }
        let answer = try project.belljar("diff", digests[0], digests[1])
        #expect(answer.code == 3, "\(answer)")
        #expect(answer.text.contains("outputs/d/f") && answer.text.contains("-1\n+2\n"), "\(answer.text)")
        #expect(answer.text.contains("definition: "))
        #expect(!answer.text.contains("outputs/same"), "\(answer.text)")
        #expect(try project.belljar("diff", "plain", digests[1]).code == 0)
        // Against a folder, there are only the outputs.
        try #require(try project.belljar("export", "plain", "-o", "out").code == 0)
        try project.remove("out/.belljar-export")
        #expect(try project.belljar("diff", "plain", "out").code == 0)
        try project.write("out/d/f", "3\n")
        let edited = try project.belljar("diff", "plain", "out")
        #expect(edited.code == 3 && edited.text.contains("  d/f: text"), "\(edited.text)")
    }

    @Test func archivesAreOpenedInThePackage() throws {
        let project = try Project()
        for text in ["1", "2"] {
            try project.write("f", "\(text)\n")
            try #require(try project.run("/bin/tar", "--mtime=@0", "-czf", "\(text).tgz", "f").code == 0)
        }
        let answer = try project.belljar("diff", "1.tgz", "2.tgz")
        #expect(answer.code == 3 && answer.text.contains("1.tgz > f\n@@ -1 +1 @@\n-1\n+2\n"), "\(answer)")
    }

    @Test func whatCannotBeCompared() throws {
        let project = try Project()
        try project.write("a", "1")
        try #require(try project.run("/usr/bin/mkfifo", "pipe").code == 0)
        for other in ["absent", "./absent", "pipe", "./pipe", "", "/proc/self/mem"] {
            let answer = try project.belljar("diff", "a", other)
            #expect([2, 9].contains(answer.code) && answer.complaint.contains("error: "), "\(other): \(answer)")
        }
        #expect(try project.belljar("diff", "a").code == 2)
    }

    @Test func aRecordWhoseOutputsAreGone() throws {
        let project = try Project()
        try project.recipe("plain", run: "echo x > $OUT/x")
        try #require(try project.belljar("build", "plain").code == 0)
        let record = try project.belljar("show", "plain", "--json")
        try project.recipe("failing", run: "exit 1")
        #expect(try project.belljar("build", "failing").code == 1)
        try project.write("a", "1")
        #expect(try project.belljar("diff", "failing", "a").code == 2)
        // A record in a file is compared as one.
        try project.write("r.json", record.text)
        let answer = try project.belljar("diff", "r.json", "a")
        #expect(answer.code == 3 && answer.text.contains("-"), "\(answer)")
    }

    @Test func anotherProgramMayCompare() throws {
        let project = try Project()
        try project.write("a", "1")
        try project.write("b", "2")
        try project.write("bin/diffoscope", "#!/bin/sh\necho \"$@\"; exit 1\n", mode: 0o755)
        let path = ["PATH": project.path + "/bin:/usr/bin:/bin"]
        let answer = try project.belljar(
            "diff", "a", "b", "--with", "diffoscope", "--html", "d.html", environment: path)
        #expect(answer.code == 3, "\(answer)")
        let folder = project.path
        #expect(answer.text == "--text - --html \(folder)/d.html \(folder)/a \(folder)/b\n", "\(answer)")
        try project.write("bin/diffoscope", "#!/bin/sh\necho broken >&2; exit 2\n", mode: 0o755)
        let broken = try project.belljar("diff", "a", "b", "--with", "diffoscope", environment: path)
        #expect(broken.code == 9 && broken.complaint.contains("broken"), "\(broken)")
        #expect(try project.belljar("diff", "a", "b", "--with", "diffoscope", "--json").code == 2)
        #expect(try project.belljar("diff", "a", "b", "--with", "less").code == 2)
        #expect(try project.belljar("diff", "record", "b", "--with", "diffoscope", environment: path).code == 2)
    }

    @Test func imagesOfToolchains() throws {
        let project = try Project()
        try project.recipe("plain", run: "echo x > $OUT/x")
        try #require(try project.belljar("build", "plain").code == 0)
        let names = try project.belljar("toolchain", "list", "--json").json()["toolchains"]?.array?.compactMap {
            $0["name"]?.string
        }
        let name = try #require(names?.first)
        #expect(try project.belljar("diff", "toolchain:\(name)", "toolchain:\(name)").code == 0)
        try project.write("empty/x", "")
        #expect(try project.belljar("diff", "toolchain:\(name)", "empty").code == 3)
        #expect(try project.belljar("diff", "toolchain:absent", "empty").code == 2)
    }

    /// What is unpacked has no name anywhere, so nothing is left of it.
    @Test(arguments: [Int32(2), 15, 9]) func aDiffThatIsEnded(signal: Int32) throws {
        let project = try Project()
        for name in ["1", "2"] {
            let script = "(head -c 300M /dev/zero; echo \(name)) | gzip -1 >\(name).gz"
            try #require(try project.run("/bin/sh", "-c", script).code == 0)
        }
        let diff = try project.starting("diff", "1.gz", "2.gz")
        pause(milliseconds: 1500)
        diff.signal(signal)
        let answer = try diff.finish(seconds: 30)
        #expect(answer.code != 3 && answer.code != 0, "it was too quick for this test: \(answer)")
        if signal != 9 { #expect(answer.code == 128 + signal && answer.text.isEmpty, "\(answer)") }
        #expect(try project.run("/usr/bin/find", ".", "-name", ".belljar-diff-*").text == "")
    }

    @Test func theTerminalObeysNothing() throws {
        let project = try Project()
        try project.write("a/\u{1b}[31mred", "1\u{1b}[2J\n")
        try project.write("b/\u{1b}[31mred", "2\u{1b}[2J\n")
        let answer = try project.belljar("diff", "a", "b")
        #expect(answer.code == 3 && !answer.output.contains(0x1b), "\(answer)")
    }
}
