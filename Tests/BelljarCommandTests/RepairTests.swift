import BelljarKernel
import BelljarModel
import Testing

/// Stores that were damaged.
@Suite struct RepairTests {
    /// Writes other bytes of the same length over a blob, as a bad disk would.
    private func damage(_ project: Project, _ digest: Digest) throws {
        let path = "store/blobs/\(digest.hex.prefix(2))/\(digest.hex)"
        let text = try project.read(path)
        try project.write(path, String(repeating: "#", count: text.utf8.count))
    }

    private func quarantined(_ project: Project) throws -> [String] {
        try project.run("/bin/ls", "store/quarantine").text.split(separator: "\n").map(String.init)
    }

    /// An archive that is damaged in the store is fetched again from where the recipe says, and the damaged one is kept
    /// for a look.
    @Test func aDamagedSourceIsFetchedAgain() throws {
        let project = try Project()
        let made = try project.run(
            "/bin/sh", "-c",
            """
            mkdir -p served tree && echo hello > tree/a && tar -c -f served/source.tar tree \
                && sha256sum served/source.tar
            """)
        let digest = try #require(Digest(hex: made.text.prefix(64)))
        let server = try FileServer(project, folder: "served")
        try project.recipe(
            "hello", run: "cp a $OUT/",
            more: "sources:\n  - archive: \(server.address)/source.tar\n    sha256: \(digest.hex)")
        #expect(try project.belljar("build", "hello").code == 0)
        try damage(project, digest)
        // While it is remembered what came out of the archive, nobody reads it.
        #expect(try project.belljar("build", "hello", "--no-cache").code == 0)
        #expect(try quarantined(project).isEmpty)
        #expect(try project.belljar("store", "fsck").code == 6)
        try project.remove("store/memos")
        #expect(try project.run("/bin/mkdir", "store/memos").code == 0)
        let again = try project.belljar("build", "hello", "--no-cache", "--output", "out")
        #expect(again.code == 0, "\(again.complaint)")
        #expect(
            again.complaint.contains("of the store was damaged; it was moved to the store's quarantine"),
            "\(again.complaint)")
        #expect(try project.read("out/hello/a") == "hello\n")
        #expect(try quarantined(project).allSatisfy { $0.contains(digest.hex) })
        #expect(try quarantined(project).count == 1)
        #expect(try project.belljar("store", "fsck").code == 0)

        // Nowhere to be had: the damaged one is not used instead.
        try server.stop()
        try damage(project, digest)
        try project.remove("store/memos")
        #expect(try project.run("/bin/mkdir", "store/memos").code == 0)
        #expect(try project.belljar("build", "hello", "--no-cache").code == 8)
    }

    /// What a build gets as it is: a file, and a patch. No build sees the flipped byte.
    @Test func aFlippedByteInAFileIsFetchedAgain() throws {
        let project = try Project()
        try project.write("served/file", "hello\n")
        let digest = Digest(of: Array("hello\n".utf8))
        let server = try FileServer(project, folder: "served")
        let source = "sources:\n  - file: \(server.address)/file\n    sha256: \(digest.hex)\n    into: d"
        try project.recipe("hello", run: "cp d/file $OUT/", more: source)
        try project.recipe("other", run: "cp d/file here $OUT/", more: source + "\n  - local: here\n    into: .")
        try project.write("Recipes/other/here", "")
        func build(_ name: String) throws -> Answer {
            try project.belljar("build", name, "--no-cache", "--json", "--output", "out")
        }
        #expect(try build("hello").code == 0)
        try project.flip(digest, at: 0)
        #expect(try project.run("/bin/sh", "-c", "cat store/trees/*/d/file").text == "iello\n", "the flip is seen")
        let again = try build("hello")
        #expect(again.code == 0, "\(again.text) \(again.complaint)")
        #expect(try project.read("out/hello/file") == "hello\n")
        #expect(try quarantined(project).count == 1)
        #expect(try project.belljar("store", "fsck").code == 0)

        // Nowhere to be had: the damaged one is not used instead.
        try server.stop()
        try project.flip(digest, at: 0)
        #expect(try build("hello").code == 8)
    }

    @Test func aFlippedByteInAPatchIsReadAgain() throws {
        let project = try Project()
        let patch = "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-one\n+two\n"
        try project.write("Recipes/p/f", "one\n")
        try project.write("Recipes/p/p.patch", patch)
        try project.recipe("p", run: "cp f $OUT/", more: "sources:\n  - local: f\n  - patch: p.patch")
        #expect(try project.belljar("build", "p", "-o", "out").code == 0)
        #expect(try project.read("out/p/f") == "two\n")
        // The patched text becomes `tvo`.
        try project.flip(Digest(of: Array(patch.utf8)), at: patch.utf8.count - 3)
        let refused = try project.belljar("build", "p", "--no-cache", "--json")
        #expect(refused.code == 6, "\(refused.text) \(refused.complaint)")
        #expect(try refused.json()["error"]?["remedy"]?.string?.contains("build the recipe again") == true)
        #expect(try project.belljar("build", "p", "--no-cache", "-o", "out").code == 0)
        #expect(try project.read("out/p/f") == "two\n")
    }

    /// For a lock the image is what comes out, so what goes in has to be right.
    @Test func aFlippedByteDoesNotGetIntoALock() throws {
        let project = try Project(toolchain: false)
        let digest = try project.makeArchive()
        #expect(try project.run("/bin/sh", "-c", "mkdir served && cp tiny.tar served/").code == 0)
        let server = try FileServer(project, folder: "served")
        try project.importToolchain(address: "\(server.address)/tiny.tar")
        let lock = try project.read("Toolchains/tiny/toolchain.lock.yaml")
        // In the middle of busybox, which is most of it: no reader of tar archives looks at that.
        let middle = try project.read("tiny.tar").utf8.count / 2
        try project.flip(digest, at: middle)
        let locked = try project.belljar("toolchain", "lock", "tiny")
        #expect(locked.code == 0, "\(locked.complaint)")
        #expect(try project.read("Toolchains/tiny/toolchain.lock.yaml") == lock)
        #expect(try quarantined(project).count == 1)
        try server.stop()
        try project.flip(digest, at: middle)
        #expect(try project.belljar("toolchain", "lock", "tiny").code == 8)
        #expect(try project.read("Toolchains/tiny/toolchain.lock.yaml") == lock)
        // A file that is given is as good as a fetched one.
        try project.remove("Toolchains/tiny")
        try project.importToolchain(address: "\(server.address)/tiny.tar")
        #expect(try project.read("Toolchains/tiny/toolchain.lock.yaml") == lock)
    }

    /// After a repair, a build whose outputs are gone is executed again instead of answered from the record.
    @Test func aDamagedOutputIsBuiltAgain() throws {
        let project = try Project()
        try project.recipe("hello", run: "echo made here > $OUT/a")
        #expect(try project.belljar("build", "hello").code == 0)
        try damage(project, Digest(of: Array("made here\n".utf8)))
        #expect(try project.belljar("store", "fsck").code == 6)
        // The record stays as the evidence of what is missing, so this is not a whole store yet.
        let repair = try project.belljar("store", "fsck", "--repair")
        #expect(repair.code == 6)
        #expect(repair.text.contains("repaired"))
        #expect(try quarantined(project).count == 1)
        let build = try project.belljar("build", "hello", "--output", "out")
        #expect(build.code == 0, "\(build.complaint)")
        #expect(build.text.contains("built"))
        #expect(try project.read("out/hello/a") == "made here\n")
        #expect(try project.belljar("store", "fsck").code == 0)
    }

    // MARK: Records

    /// One line for one damage, in terms of the record, and what helps; after the repair nothing is wrong any more.
    @Test func aRecordThatWasEditedIsNamedOnce() throws {
        let project = try Project()
        try project.recipe("hello", run: "echo hello > $OUT/a")
        #expect(try project.belljar("build", "hello").code == 0)
        let digest = Digest(of: try project.belljar("show", "hello", "--json").output)
        try project.flip(digest, at: 40)
        let shown = try project.belljar("show", digest.hex)
        #expect(shown.code == 6, "\(shown.complaint)")
        #expect(
            shown.complaint.contains("cannot read record \(digest): its content has the digest "), "\(shown.complaint)")
        #expect(shown.complaint.contains("remedy: the record was edited or damaged after belljar wrote it"))
        for option in [[], ["--repair"]] {
            let answer = try project.start(Project.programs + "/belljar", ["store", "fsck"] + option).finish()
            #expect(answer.code == (option.isEmpty ? 6 : 0), "\(answer.text)")
            let lines = answer.text.split(separator: "\n").filter { $0.contains(digest.hex.prefix(12)) }
            #expect(lines.count == 1, "\(answer.text)")
            #expect(lines.first?.contains("the record of hello 1 was edited or damaged") == true, "\(answer.text)")
            #expect(answer.text.contains("remedy: "), "\(answer.text)")
        }
        let after = try project.belljar("store", "fsck")
        #expect(after.code == 0, "\(after.text)")
        #expect(try quarantined(project).count == 2)
        #expect(try project.belljar("records").text == "")
        // Nothing answers with it any more.
        let built = try project.belljar("build", "hello")
        #expect(built.code == 0 && !built.text.contains("  cached  "), "\(built.text)")
    }

    /// Whoever takes a folder of the store away that holds nothing of value frees space, and no more.
    @Test(arguments: ["memos", "trees", "tmp", "quarantine"]) func aFolderThatIsGoneIsMadeAgain(folder: String) throws {
        let project = try Project()
        try project.recipe("hello", run: "echo hello > $OUT/a")
        for command in [
            ["build", "hello"], ["store", "gc"], ["store", "du"], ["store", "du", "--by-root"], ["store", "fsck"],
        ] {
            try project.remove("store/\(folder)")
            let answer = try project.start(Project.programs + "/belljar", command).finish()
            #expect(answer.code == 0, "\(command) \(answer.text) \(answer.complaint)")
        }
    }

    /// The others hold what nobody can make again; that they are gone is said so.
    @Test(arguments: ["records", "actions", "toolchains", "blobs"]) func aFolderThatIsGoneIsDamage(folder: String)
        throws
    {
        let project = try Project()
        try project.recipe("hello", run: "echo hello > $OUT/a")
        #expect(try project.belljar("build", "hello").code == 0)
        for command in [["store", "gc"], ["records"], ["rebuild", "hello"], ["build", "hello", "--no-cache"]] {
            try project.remove("store/\(folder)")
            let answer = try project.start(Project.programs + "/belljar", command).finish()
            #expect(
                answer.code == 0 || answer.complaint.contains("remedy: "),
                "\(command) \(answer.text) \(answer.complaint)")
            #expect(!answer.complaint.contains("ENOENT"), "\(command) \(answer.complaint)")
        }
        try project.remove("store/\(folder)")
        #expect(try project.belljar("store", "fsck").code == 6)
    }
}
