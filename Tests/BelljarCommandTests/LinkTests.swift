import BelljarControls
import BelljarKernel
import BelljarModel
import BelljarStore
import TestSupport
import Testing

/// Links to what builds left, which keep it.
@Suite struct LinkTests {
    private func project() throws -> Project {
        let project = try Project()
        try recipe(project, "one")
        return project
    }

    private func recipe(_ project: Project, _ text: String) throws {
        try project.recipe(
            "hello",
            run:
                "mkdir -p $OUT/bin/empty; echo \(text) > $OUT/bin/hello; chmod +x $OUT/bin/hello; ln -s bin/hello $OUT/l"
        )
    }

    private func target(_ project: Project, _ link: String = "result") throws -> String {
        String(decoding: try Descriptor.workingDirectory.readLink(project.path + "/" + link), as: UTF8.self)
    }

    /// All records but those that something keeps.
    private func collect(_ project: Project) throws -> GCReport {
        let store = try Store(path: project.store, owner: isRoot ? .init(uid: 65_534, gid: 65_534) : nil)
        return try store.gc(GCOptions(recordAgeSeconds: 0, keptPerName: 0, memoAgeSeconds: 0, graceSeconds: 0))
    }

    @Test func aLinkLeadsToTheOutputsAndIsReplaced() throws {
        let project = try project()
        let built = try project.belljar("build", "hello", "--link", "result")
        #expect(
            built.code == 0 && built.complaint.contains("hello: the outputs are in \(project.path)/result\n"),
            "\(built)")
        let first = try target(project)
        #expect(first.hasPrefix(project.store + "/results/"))
        #expect(try project.read("result/bin/hello") == "one\n" && target(project, "result/l") == "bin/hello")
        #expect(try project.belljar("build", "hello", "--link", "result").text.contains("cached"))
        #expect(try target(project) == first)
        try recipe(project, "two")
        #expect(try project.belljar("build", "hello", "--link", "result").code == 0)
        #expect(try project.read("result/bin/hello") == "two\n")
        // Several have the name of each.
        try project.recipe("other", run: "touch $OUT/o")
        #expect(try project.belljar("build", "--link", "out").code == 0)
        #expect(try target(project, "out-hello") == target(project))
        #expect(project.exists("out-other/o") && !project.exists("out"))
        #expect(try project.belljar("store", "fsck").code == 0)
    }

    /// What a link or `..` on the way to a link led to may be another folder when garbage is collected.
    @Test func whatLiesOnTheWayMayMove() throws {
        let project = try project()
        for name in ["v1", "v2", "d"] { try project.write("\(name)/x", "") }
        try Descriptor.workingDirectory.makeSymlink(project.path + "/current", target: "v1")
        #expect(try project.belljar("build", "hello", "--link", "current/result").code == 0)
        try recipe(project, "two")
        #expect(try project.belljar("build", "hello", "--link", "d/../dotted").code == 0)
        try recipe(project, "three")
        #expect(try project.belljar("build", "hello").code == 0)
        try Descriptor.workingDirectory.unlink(project.path + "/current")
        try Descriptor.workingDirectory.makeSymlink(project.path + "/current", target: "v2")
        try project.remove("d")
        _ = try collect(project)
        #expect(try project.read("v1/result/bin/hello") == "one\n" && project.read("dotted/bin/hello") == "two\n")
    }

    @Test func theStoreIsNoPlaceForLinks() throws {
        let project = try project()
        for path in ["store/links/x", "store/x", "store/records/../x"] {
            let answer = try project.belljar("build", "hello", "--link", path)
            #expect(answer.code == 2 && answer.complaint.contains("it is in the store"), "\(answer.complaint)")
        }
        #expect(try project.belljar("store", "fsck").code == 0)
    }

    /// A project is built with several stores, and its links are a source in none of them.
    @Test func linksIntoAnotherStoreAreNoSource() throws {
        let project = try project()
        try project.write("Recipes/all/src/a.txt", "a\n")
        try project.recipe("all", run: "ls > $OUT/list", more: "sources:\n  - local: src")
        #expect(try project.belljar("build", "all", "--link", "Recipes/all/src/result").code == 0)
        try Descriptor.workingDirectory.makeSymlink(
            project.path + "/Recipes/all/src/other",
            target: "/elsewhere/results/" + Digest(of: Array("x".utf8)).hex)
        let answer = try project.belljar("build", "all")
        #expect(answer.code == 0 && answer.text.contains("cached"), "\(answer)")
        // Any other link that leads out is refused as ever.
        try Descriptor.workingDirectory.makeSymlink(
            project.path + "/Recipes/all/src/out", target: "/elsewhere/results/x")
        #expect(try project.belljar("build", "all").code == 2)
    }

    /// The threat: who changes what a link leads to changes the blobs, and with them other builds.
    @Test func whatItLeadsToIsReadOnlyAndNoBlob() throws {
        let project = try project()
        try #require(try project.belljar("build", "hello", "--link", "result").code == 0)
        let digest = Digest(of: Array("one\n".utf8)).hex
        let blob = try Descriptor.workingDirectory.status(of: "\(project.store)/blobs/\(digest.prefix(2))/\(digest).x")
        let file = try Descriptor.workingDirectory.status(of: try target(project) + "/bin/hello")
        #expect(file.inode != blob.inode && file.permissions == 0o555)
        for path in ["", "/bin", "/bin/empty"] {
            #expect(try Descriptor.workingDirectory.status(of: try target(project) + path).permissions == 0o555)
        }
        if !isRoot {
            let attempt = try project.run(
                "/bin/sh", "-c", "echo x > result/bin/hello; rm result/l; touch result/new; rm -rf result/")
            #expect(attempt.code != 0, "\(attempt)")
        }
        #expect(try project.read("result/bin/hello") == "one\n" && target(project, "result/l") == "bin/hello")
        // By force, it is found and mended, and nothing else was changed.
        let forced = try project.run("/bin/sh", "-c", "chmod u+w result/bin/hello; echo x > result/bin/hello")
        #expect(forced.code == 0, "\(forced)")
        #expect(try project.belljar("build", "hello", "--link", "result").code == 0)
        #expect(try project.read("result/bin/hello") == "one\n")
        #expect(try project.run("/bin/sh", "-c", "chmod u+w result/bin/hello; echo x > result/bin/hello").code == 0)
        let found = try project.belljar("store", "fsck")
        #expect(
            found.code == 6 && found.text.contains("wrong     results/") && !found.text.contains("blobs/"), "\(found)")
        #expect(try project.belljar("store", "fsck", "--repair").code == 0)
        #expect(try project.read("result/bin/hello") == "one\n")
        #expect(try project.belljar("store", "fsck").code == 0)
    }

    @Test func itKeepsItsRecordWhileItIsThere() throws {
        let project = try project()
        try #require(try project.belljar("build", "hello", "--link", "result").code == 0)
        try #require(try project.belljar("build", "hello", "--link", "again").code == 0)
        let roots = try project.belljar("store", "du", "--by-root").text
        #expect(roots.contains("link  \(project.path)/result  ") && roots.contains("link  \(project.path)/again  "))
        #expect(try project.belljar("store", "du", "--json").json()["results"]?["files"] == 2)
        var report = try collect(project)
        #expect((report.links, report.results, report.records) == (0, 0, 0))
        #expect(try project.belljar("rebuild", "hello").code == 0)
        // One that leads elsewhere is as good as gone, and so is one that was moved.
        try project.remove("result")
        #expect(try project.run("/bin/sh", "-c", "ln -s /tmp result; mv again moved").code == 0)
        // A record of this very second is not old yet.
        pause(milliseconds: 1100)
        report = try collect(project)
        #expect((report.links, report.results) == (2, 1) && report.records > 0)
        #expect(!project.exists("moved/l") && project.exists("moved"))
        #expect(try !project.belljar("store", "du", "--by-root").text.contains("link"))
        // It is replaced, as its target says that belljar made it.
        let again = try project.belljar("build", "hello", "--link", "moved")
        #expect(again.code == 0 && project.exists("moved/l"), "\(again)")
        #expect(try project.belljar("store", "fsck").code == 0)
    }

    @Test func nothingElseIsReplaced() throws {
        let project = try project()
        try project.write("file", "mine")
        try project.write("folder/file", "mine")
        #expect(
            try project.run("/bin/sh", "-c", "ln -s folder foreign; ln -s \(project.store)/results/x near").code == 0)
        for (path, words) in [
            ("file", "it is a file"), ("folder", "it is a directory"), ("foreign", "it is a link to `folder`"),
            ("near", "and not into this store"), ("none/result", "there is no folder"), ("result/", "without a slash"),
            ("", "without a slash"),
        ] {
            let answer = try project.belljar("build", "hello", "--link", path)
            #expect(answer.code == 2 && answer.complaint.contains("remedy: "), "\(path) \(answer)")
            #expect(answer.complaint.contains(words) || answer.complaint.contains("regular file"), "\(path) \(answer)")
            // Before anything is built.
            #expect(!answer.complaint.contains("step"), "\(answer)")
        }
        #expect(
            try project.read("file") == "mine" && project.read("folder/file") == "mine"
                && target(project, "foreign") == "folder")
    }

    /// It would lead out of the source otherwise, and into each build of the next.
    @Test func itIsNoSource() throws {
        let project = try Project()
        try project.write("a.txt", "a")
        try project.recipe(
            "hello", run: "ls > $OUT/list", more: "sources: [{local: /, ignore: [store, home, tmp, tiny.tar]}]")
        try #require(try project.belljar("build", "hello", "--link", "result").code == 0)
        #expect(try project.read("result/list") == "a.txt\n")
        #expect(try project.belljar("build", "hello", "--link", "result").text.contains("cached"))
    }
}
