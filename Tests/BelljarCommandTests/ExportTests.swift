import BelljarKernel
import BelljarModel
import Testing

/// `belljar build --output`: into a folder that is the user's.
@Suite struct ExportTests {
    /// An output in the place of the list would make a user's file one that an export may replace.
    @Test func noOutputIsTheListOfAnExport() throws {
        let path = ".belljar-export"
        let project = try Project()
        try project.write("result/forger/important", "mine\n")
        let digest = Digest(of: Array("mine\n".utf8))
        try project.recipe(
            "forger", run: "mkdir $OUT/d; echo '{\"important\":\"0644 \(digest)\"}' > $OUT/\(path); echo x > $OUT/other"
        )
        let answer = try project.belljar("build", "forger", "-o", "result", "--json")
        #expect(answer.code == 2, "\(answer.text) \(answer.complaint)")
        let error = try answer.json()["error"]
        #expect(error?["operation"]?.string == "export to")
        #expect(error?["details"]?.array?.compactMap(\.string) == [path])
        #expect(try project.run("/bin/ls", "-A", "result/forger").text == "important\n")
        // The build itself is as good as any.
        #expect(try project.belljar("build", "forger").code == 0)
        try project.recipe("forger", run: "echo x > $OUT/important")
        #expect(try project.belljar("build", "forger", "-o", "result").code == 2)
        #expect(try project.read("result/forger/important") == "mine\n")
    }

    @Test func namesThatOnlyLookAlikeAreExported() throws {
        let project = try Project()
        try project.recipe(
            "plain", run: "mkdir $OUT/d; touch $OUT/d/.belljar-export $OUT/.belljar-export-part $OUT/d/.belljar-part-1")
        #expect(try project.belljar("build", "plain", "-o", "result").code == 0)
        #expect(project.exists("result/plain/d/.belljar-export"))
        #expect(project.exists("result/plain/.belljar-export-part") && project.exists("result/plain/d/.belljar-part-1"))
    }

    /// The export is stopped in its middle.
    @Test func whatIsExportedIsNotCollected() throws {
        let project = try Project()
        try project.recipe("slow", run: "seq 3000 | while read -r n; do echo $n > $OUT/$n; done")
        try #require(try project.belljar("build", "slow").code == 0)
        #expect(try project.belljar("store", "gc", "--dry-run").code == 0)
        let build = try stopped(project, "result/slow", last: "999") {
            try project.starting("build", "slow", "-o", "result")
        }
        let collection = try project.belljar("store", "gc", "--dry-run")
        #expect(collection.code == 5, "\(collection.text) \(collection.complaint)")
        build.signal(18)  // SIGCONT
        let answer = try build.finish(seconds: 60)
        #expect(answer.code == 0, "\(answer.complaint)")
        #expect(try project.read("result/slow/999") == "999\n")
        #expect(try project.belljar("store", "gc", "--dry-run").code == 0)
    }

    /// One that was killed has left half a file. What only looks like one is its owner's.
    @Test func theNextExportTakesAwayWhatIsHalf() throws {
        let project = try Project()
        try project.recipe("slow", run: "mkdir $OUT/d; seq 3000 | while read -r n; do echo $n > $OUT/d/$n; done")
        try #require(try project.belljar("build", "slow").code == 0)
        let export = try stopped(project, "result", last: "d/999") {
            try project.starting("export", "slow", "-o", "result")
        }
        export.signal(9)
        #expect(try export.finish(seconds: 20).code == 137)
        let list = try CanonicalJSON.decode(project.bytes("result/.belljar-export"))
        let part = try #require(list.object?.first { $0.value.string == "part" }?.key)
        try project.write("result/d/\(part)", "ha")
        let own = ["result/.belljar-part", "result/d/.belljar-part", "result/.belljar-part-0123456789abcdef"]
        for file in own { try project.write(file, "mine\n") }
        #expect(try project.belljar("export", "slow", "-o", "result").code == 0)
        #expect(try project.run("/bin/sh", "-c", "ls -A result/d | wc -l").text == "3001\n")
        #expect(!project.exists("result/d/\(part)"))
        for file in own { #expect(try project.read(file) == "mine\n", "\(file)") }
        #expect(try !project.read("result/.belljar-export").contains("\"part\""))
        // Nobody else's list makes a file of its reader's go.
        try project.write("result/.belljar-export", "{\"d/.belljar-part\":\"part\"}")
        #expect(try project.belljar("export", "slow", "-o", "result").code == 2)
        #expect(try project.read("result/d/.belljar-part") == "mine\n")
    }

    /// The first is stopped in its middle: the second one waits, and the list then names what both have put there.
    @Test func twoExportsToOneFolderTakeTurns() throws {
        let project = try Project()
        try project.recipe("slow", run: "seq 3000 | while read -r n; do echo $n > $OUT/$n; done")
        try project.recipe("other", run: "echo x > $OUT/other")
        for name in ["slow", "other"] { try #require(try project.belljar("build", name).code == 0) }
        let first = try stopped(project, "result", last: "999") {
            try project.starting("export", "slow", "-o", "result")
        }
        let second = try project.starting("export", "other", "-o", "result")
        pause(milliseconds: 1000)
        #expect(!project.exists("result/other"))
        first.signal(18)  // SIGCONT
        #expect(try first.finish(seconds: 60).code == 0)
        #expect(try second.finish(seconds: 60).code == 0)
        #expect(try project.run("/bin/ls", "-A", "result").text == ".belljar-export\nother\n")
        #expect(try project.read("result/other") == "x\n")
    }

    /// Stops an export in its middle. On a busy host it can be over before it is stopped; then the next one is tried.
    ///
    /// - Parameter last: the file in `folder` that is exported last.
    private func stopped(
        _ project: Project, _ folder: String, last: String, _ start: () throws -> HostProcess
    ) throws -> HostProcess {
        for _ in 0..<50 {
            let export = try start()
            for _ in 0..<60_000 where !project.exists("\(folder)/.belljar-export") { pause(milliseconds: 1) }
            export.signal(19)  // SIGSTOP
            if !project.exists("\(folder)/\(last)") { return export }
            export.signal(18)  // SIGCONT
            #expect(try export.finish(seconds: 60).code == 0)
            try project.remove(folder)
        }
        return try #require(nil as HostProcess?, "every export was over before it could be stopped")
    }

    /// In the folder are things that wait for somebody, or lead elsewhere, under every name that an export opens.
    @Test(
        arguments: ["result/plain/.belljar-export", "result/plain/x"],
        ["FIFO", "socket", "link"])
    func nothingInTheFolderIsWaitedFor(name: String, kind: String) throws {
        let project = try Project()
        try project.recipe("plain", run: "echo x > $OUT/x")
        try project.write("mine", "mine\n")
        try project.write("result/plain/other", "")
        switch kind {
        case "FIFO": #expect(try project.run("/usr/bin/mkfifo", name).code == 0)
        case "socket":
            let script = "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])"
            #expect(try project.run("/usr/bin/python3", "-c", script, name).code == 0)
        default: #expect(try project.run("/bin/ln", "-s", "../../mine", name).code == 0)
        }
        let answer = try project.start(Project.programs + "/belljar", ["build", "plain", "-o", "result", "--json"])
            .finish(seconds: 30)
        #expect(answer.code == 2, "\(answer.text) \(answer.complaint)")
        #expect(try project.read("mine") == "mine\n")
        let kinds = try project.run("/usr/bin/find", "result/plain", "-name", "x", "-printf", "%y").text
        #expect(
            kinds == (name != "result/plain/x" ? "" : kind == "link" ? "l" : kind == "FIFO" ? "p" : "s"))
    }

    /// Times that do not fit 64 bits of nanoseconds since 1970.
    @Test(arguments: ["2300-01-01", "2400-02-03"]) func sourcesMayBeOfAnyTime(date: String) throws {
        let project = try Project()
        try project.write("Recipes/far/src/a.txt", "1\n")
        #expect(try project.run("/usr/bin/touch", "-d", date, "Recipes/far/src/a.txt").code == 0)
        let shown = try project.run("/usr/bin/stat", "-c", "%y", "Recipes/far/src/a.txt").text
        try #require(shown.hasPrefix(date))
        try project.recipe("far", run: "cp a.txt $OUT/", more: "sources:\n  - local: src")
        for how in ["built", "cached"] {
            let answer = try project.belljar("build", "far")
            #expect(answer.code == 0 && answer.text.contains(how), "\(answer.text) \(answer.complaint)")
        }
    }

    /// A blob that is damaged ends the export, and nothing in the folder says that there was one.
    @Test func whatIsRefusedLeavesNoList() throws {
        let project = try Project()
        try project.recipe("plain", run: "echo x > $OUT/x")
        #expect(try project.belljar("build", "plain").code == 0)
        try project.write("mine/plain/kept", "mine\n")
        try project.flip(Digest(of: Array("x\n".utf8)), at: 0)
        #expect(try project.belljar("build", "plain", "-o", "mine").code == 6)
        #expect(try project.run("/bin/ls", "-A", "mine/plain").text == "kept\n")
        #expect(try project.belljar("build", "plain", "-o", "new").code == 6)
        #expect(!project.exists("new/plain"))
        // Something there that cannot be replaced: the list's own place.
        try project.write("taken/plain/.belljar-export/x", "mine\n")
        #expect(try project.belljar("build", "plain", "-o", "taken").code == 2)
        #expect(try project.run("/bin/ls", "-A", "taken/plain").text == ".belljar-export\n")
    }
}

/// `belljar export`.
@Suite struct ExportCommandTests {
    @Test func aFolderHoldsJustTheOutputs() throws {
        let project = try Project()
        try project.recipe(
            "e", run: "mkdir -p $OUT/d/empty $OUT/old; echo 1 > $OUT/old/a; echo 1 > $OUT/d/b; echo 1 > $OUT/kept")
        try #require(try project.belljar("build", "e").code == 0)
        let first = try project.belljar("export", "e", "-o", "out", "--json")
        #expect(first.code == 0, "\(first)")
        #expect(try first.json()["outputs"]?.integer == 3)
        #expect(try project.run("/usr/bin/find", "out", "-type", "d", "-empty").text == "out/d/empty\n")
        // Somebody's own file, and an output that somebody changed.
        try project.write("out/d/mine", "mine\n")
        try project.write("out/kept", "changed\n")
        try project.recipe("e", run: "mkdir $OUT/old; echo 2 > $OUT/old/c")
        try #require(try project.belljar("build", "e").code == 0)
        let second = try project.belljar("export", "e", "-o", "out", "--json")
        #expect(second.code == 0, "\(second)")
        #expect(try second.json()["kept"]?.array?.compactMap(\.string) == ["kept"])
        #expect(second.complaint.contains("out/kept is no output any more"))
        #expect(
            try project.run("/usr/bin/find", "out", "-type", "f").text.split(separator: "\n").sorted() == [
                "out/.belljar-export", "out/d/mine", "out/kept", "out/old/c",
            ])
    }

    /// A list that came with a repository, or from somebody else.
    @Test(arguments: ["../home/dot", "x/../../home/dot", "/home/dot", "./dot", "d//dot", ""])
    func noListLeadsOutOfTheFolder(path: String) throws {
        let project = try Project()
        try project.recipe("e", run: "echo 1 > $OUT/a")
        try #require(try project.belljar("build", "e").code == 0)
        try project.write("home/dot", "mine\n")
        try project.write("out/x/y", "")
        let digest = Digest(of: Array("mine\n".utf8))
        try project.write("out/.belljar-export", "{\"\(path)\":\"0644 \(digest)\"}")
        let answer = try project.belljar("export", "e", "-o", "out")
        #expect(answer.code == 2 && answer.complaint.contains("not the list of an earlier export"), "\(answer)")
        #expect(try project.read("home/dot") == "mine\n")
    }

    /// What was there before is its owner's, also where it is what the output is.
    @Test func whatIsTheSameStaysItsOwners() throws {
        let project = try Project()
        try project.recipe("e", run: "mkdir $OUT/d; echo 1 > $OUT/d/a; echo 1 > $OUT/b")
        try #require(try project.belljar("build", "e").code == 0)
        try project.write("out/d/a", "1\n")
        try #require(try project.belljar("export", "e", "-o", "out").code == 0)
        try project.recipe("e", run: "echo 2 > $OUT/c")
        try #require(try project.belljar("build", "e").code == 0)
        try #require(try project.belljar("export", "e", "-o", "out").code == 0)
        #expect(
            try project.run("/usr/bin/find", "out", "-type", "f").text.split(separator: "\n").sorted() == [
                "out/.belljar-export", "out/c", "out/d/a",
            ])
    }

    /// An export among sources leaves out what it wrote, and nothing else.
    @Test func whatLiesBesideAnExportIsASource() throws {
        let project = try Project()
        try project.recipe(
            "e", run: "mkdir $OUT/empty; (find e top.c 2>/dev/null || true) | sort > $OUT/list",
            more: "sources:\n  - local: src", outputs: "[list]"
        )
        try project.write("Recipes/e/src/e/mine.c", "1")
        func list() throws -> String {
            let answer = try project.belljar("build", "e", "--output", "Recipes/e/src")
            #expect(answer.code == 0, "\(answer)")
            return try project.read("Recipes/e/src/e/list")
        }
        #expect(try list() == "e\ne/mine.c\n")
        #expect(try list() == "e\ne/mine.c\n")
        #expect(try project.belljar("build", "e").text.contains("cached"))
        try project.write("Recipes/e/src/e/other.c", "1")
        #expect(try list() == "e\ne/mine.c\ne/other.c\n")
        // And nothing is left of a folder that an export made alone.
        try project.remove("Recipes/e/src/e/mine.c")
        try project.remove("Recipes/e/src/e/other.c")
        try project.write("Recipes/e/src/top.c", "1")
        #expect(try list() == "top.c\n")
    }

    @Test func filesBecomeFoldersAndFoldersFiles() throws {
        let project = try Project()
        try project.recipe("e", run: "mkdir $OUT/a; echo 1 > $OUT/a/x; echo 1 > $OUT/b")
        try #require(try project.belljar("build", "e", "-o", "out").code == 0)
        try project.recipe("e", run: "mkdir $OUT/b; echo 2 > $OUT/b/x; echo 2 > $OUT/a")
        let answer = try project.belljar("build", "e", "-o", "out")
        #expect(answer.code == 0, "\(answer)")
        #expect(try project.read("out/e/b/x") == "2\n")
        #expect(try project.read("out/e/a") == "2\n")
        // With something in the folder that is not the export's, nothing changes.
        try project.write("out/e/b/mine", "mine\n")
        try project.recipe("e", run: "echo 3 > $OUT/b; echo 3 > $OUT/a")
        let refused = try project.belljar("build", "e", "-o", "out")
        #expect(refused.code == 2, "\(refused)")
        #expect(try project.read("out/e/a") == "2\n")
    }

    /// GNU tar and Python's reader, neither of which is belljar's.
    @Test func theArchiveIsTheSameEverywhere() throws {
        let project = try Project()
        let long = String(repeating: "long-name/", count: 15) + "file"
        let target = String(repeating: "../", count: 40) + "x"
        let script = """
            mkdir -p $OUT/bin $OUT/empty "$(dirname $OUT/\(long))"; echo deep > $OUT/\(long)
            echo '#!/bin/sh' > $OUT/bin/tool; chmod +x $OUT/bin/tool; ln -s tool $OUT/bin/alias
            ln -s \(target) $OUT/far; printf 'x' > "$(printf "$OUT/odd\\\\377 name")"
            head -c 700 /dev/zero > $OUT/zeros
            """
        try project.recipe("e", run: script, more: "links: keep")
        let built = try project.belljar("build", "e", "-o", "out")
        try #require(built.code == 0, "\(built)")
        let answer = try project.belljar("export", "e", "--tar", "e.tar", "--json")
        #expect(answer.code == 0, "\(answer)")
        #expect(try answer.json()["file"]?.string == "e.tar")
        let streamed = try project.belljar("export", "e", "--tar", "-")
        let archive = try project.bytes("e.tar")
        #expect(streamed.code == 0 && streamed.output == archive && archive.count % 10240 == 0)
        let unpack = """
            set -e; mkdir got; tar -x -f e.tar -C got; rm out/e/.belljar-export; diff -r --no-dereference out/e got
            test -x got/bin/tool; test "$(readlink got/far)" = \(target)
            tar -t -v -f e.tar --numeric-owner | awk '{ print $2 }' | sort -u
            find got -mindepth 1 -newermt @1700000001 -o -not -newermt @1699999999 | wc -l
            """
        let unpacked = try project.run("/bin/sh", "-c", unpack)
        #expect(unpacked.text == "0/0\n0\n", "\(unpacked)")
        let names = try project.run(
            "/usr/bin/python3", "-c",
            "import tarfile; print(sum(1 for m in tarfile.open('e.tar', errors='surrogateescape') if m.isfile()))")
        #expect(names.text == "4\n", "\(names)")
    }

    /// An archive takes the place of an archive only, and nothing beside it is anybody's to take.
    @Test func noFileOfItsUsersIsReplaced() throws {
        let project = try Project()
        try project.recipe("good", run: "echo 1 > $OUT/a")
        try #require(try project.belljar("build", "good").code == 0)
        for file in ["good.tar.belljar-part", ".belljar-part"] { try project.write(file, "mine\n") }
        try project.write("empty.tar", "")
        for _ in 1...2 { #expect(try project.belljar("export", "good", "--tar", "good.tar").code == 0) }
        #expect(try project.belljar("export", "good", "--tar", "empty.tar").code == 0)
        #expect(try project.bytes("empty.tar") == project.bytes("good.tar"))
        let before = try project.read("Recipes/good/recipe.yaml")
        let refused = try project.belljar("export", "good", "--tar", "Recipes/good/recipe.yaml")
        #expect(refused.code == 2 && refused.complaint.contains("it is no tar archive"), "\(refused)")
        #expect(try project.read("Recipes/good/recipe.yaml") == before)
        for file in ["good.tar.belljar-part", ".belljar-part"] { #expect(try project.read(file) == "mine\n") }
        #expect(try project.run("/bin/sh", "-c", "ls -A | grep belljar-part-").text == "")
    }

    @Test func whatCannotBeExportedSaysWhy() throws {
        let project = try Project()
        try project.recipe("bad", run: "exit 3")
        #expect(try project.belljar("build", "bad").code == 1)
        let failed = try project.belljar("records", "--json").json()["records"]?.array?.first?["digest"]?.string
        let digest = try #require(failed)
        for (words, part) in [
            (["export", "bad", "-o", "x"], "from a build that succeeded"),
            (["export", digest, "-o", "x"], "it has no outputs"),
            (["export", digest], "--output <folder> and --tar <file>"),
            (["export", digest, "-o", "x", "--tar", "y"], "--output <folder> and --tar <file>"),
            (["export", digest, "--tar", "-", "--json"], "belongs to the archive"),
        ] {
            let answer = try project.start(Project.programs + "/belljar", words).finish()
            #expect(answer.code == 2 && (answer.complaint + answer.text).contains(part), "\(words): \(answer)")
        }
        #expect(!project.exists("x") && !project.exists("y"))
        try project.recipe("good", run: "echo 1 > $OUT/a")
        #expect(try project.belljar("build", "good").code == 0)
        try project.write("folder/mine", "mine\n")
        #expect(try project.belljar("export", "good", "--tar", "folder").code == 2)
        let nowhere = try project.belljar("export", "good", "--tar", "no/where.tar")
        #expect(nowhere.code == 2 && nowhere.complaint.contains("there is no folder no\n"), "\(nowhere)")
        #expect(!project.exists("no"))
        // A record of elsewhere: its outputs are not here.
        try project.write("far.json", try project.belljar("show", "good", "--json").text)
        try project.makeStore(project.path + "/other")
        let absent = try project.belljar("export", "./far.json", "-o", "x", "--store", "other")
        #expect(absent.code == 8 && absent.complaint.contains("rebuild"), "\(absent)")
    }
}

/// What a recipe's name means.
@Suite struct ProjectNameTests {
    @Test func aNameIsThisProjects() throws {
        let first = try Project()
        try first.recipe("app", run: "echo first > $OUT/a")
        // Another project, beside it, that has the same store and name.
        for name in ["Recipes", "Toolchains"] { #expect(try first.run("/bin/mkdir", "-p", "second/\(name)").code == 0) }
        #expect(try first.run("/bin/cp", "-r", "Toolchains/tiny", "second/Toolchains/").code == 0)
        try #require(try first.belljar("build", "app").code == 0)
        let recipe = try first.read("Recipes/app/recipe.yaml")
        try first.write("second/Recipes/app/recipe.yaml", recipe.replacing("echo first", with: "echo second"))

        func result(_ options: String...) throws -> (text: String, complaint: String) {
            let words = ["export", "app", "--tar", "-"] + options
            let answer = try first.start(Project.programs + "/belljar", words).finish()
            #expect(answer.code == 0, "\(answer)")
            return (
                answer.text.contains("first") ? "first" : answer.text.contains("second") ? "second" : "",
                answer.complaint
            )
        }
        // The second project was never built: the first one's is not its.
        let other = try first.belljar("export", "app", "--tar", "-", "--project", "second")
        #expect(other.code == 2 && other.output.isEmpty && other.complaint.contains("belljar build app"), "\(other)")
        // What was built before there was a memory is nobody's, and can be had.
        #expect(try first.run("/bin/mv", "store/cache", "cache").code == 0)
        let old = try result("--project", "second")
        #expect(old.text == "first" && old.complaint.contains("no other project's"), "\(old)")
        #expect(try first.run("/bin/sh", "-c", "rm -rf store/cache; mv cache store/").code == 0)
        try #require(try first.belljar("build", "app", "--project", "second").code == 0)
        #expect(try result().text == "first")
        #expect(try result().complaint == "")
        #expect(try result("--project", "second").text == "second")
        // The same folder by another path.
        #expect(try first.run("/bin/ln", "-s", "second", "link").code == 0)
        #expect(try result("--project", "link").text == "second")
        #expect(try result("--project", "second/../second/.").text == "second")
        // Back to what was built before: cached, and the last build all the same.
        try first.write("Recipes/app/recipe.yaml", recipe.replacing("echo first", with: "echo second >$OUT/b; echo x"))
        try #require(try first.belljar("build", "app").code == 0)
        try first.write("Recipes/app/recipe.yaml", recipe)
        try #require(try first.belljar("build", "app").text.contains("cached"))
        #expect(try result().text == "first")
        // A build that failed is the last one, too, but not for who wants outputs.
        try first.recipe("app", run: "exit 1")
        #expect(try first.belljar("build", "app").code == 1)
        #expect(try first.belljar("show", "app", "--json").json()["result"]?["status"]?.string == "build_failed")
        #expect(try result().text == "first")
        // Outside of projects, it is the newest in the store.
        let outside = try first.start(
            "/bin/sh", ["-c", "cd / && exec \(Project.programs)/belljar show app --json"]
        ).finish()
        #expect(try outside.json()["result"]?["status"]?.string == "build_failed", "\(outside)")
    }

    @Test func aFileIsAFileWhateverItIsCalled() throws {
        let project = try Project()
        try project.recipe("app", run: "echo x > $OUT/a")
        try #require(try project.belljar("build", "app").code == 0)
        let record = try project.belljar("show", "app", "--json")
        try project.write("evidence", record.text)
        #expect(try project.belljar("show", "evidence", "--json").output == record.output)
        // A recipe's name is the recipe's.
        try project.write("app", "no record\n")
        #expect(try project.belljar("show", "app", "--json").output == record.output)
        #expect(try project.belljar("show", "nothing").code == 2)
    }
}
