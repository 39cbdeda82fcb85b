import BelljarKernel
import BelljarModel
import Testing

/// What is collected of a build: everything as it is, and nothing after its end.
@Suite struct OutputTests {
    private func entries(_ project: Project, _ folder: String) throws -> [[UInt8]] {
        let root = try Descriptor.workingDirectory.open(project.path + "/" + folder, .directory)
        return try root.entries().map(\.name).filter { $0 != Array(".belljar-export".utf8) }
            .sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// A Python environment is links to the interpreter of the image: kept where the recipe says so, on the way through record,
    /// export, input and rebuild, and nobody follows them outside.
    @Test func linksThatLeadOutAreKeptIfAsked() throws {
        let project = try Project()
        let run = "mkdir $OUT/bin; ln -s /bin/busybox $OUT/bin/echo; ln -s ../../up $OUT/bin/up; echo x > $OUT/file"
        try project.recipe("refused", run: run)
        let refused = try project.belljar("build", "refused")
        #expect(refused.code == 1 && refused.complaint.contains("`links: keep`"), "\(refused.complaint)")
        try project.recipe("venv", run: run, more: "links: keep")
        try project.recipe(
            "next", run: "$INPUTS/venv/bin/echo works > $OUT/file; readlink $INPUTS/venv/bin/up >> $OUT/file",
            more: "inputs: [venv]")
        for _ in 0..<2 {
            let answer = try project.belljar("build", "venv", "next", "-o", "result", "--json")
            #expect(answer.code == 0, "\(answer.text) \(answer.complaint)")
        }
        #expect(try project.read("result/next/file") == "works\n../../up\n")
        let exported = try Descriptor.workingDirectory.open(project.path + "/result/venv/bin", .directory)
        #expect(try exported.readLink("echo") == Array("/bin/busybox".utf8))
        let shown = try project.belljar("show", "venv").text
        #expect(shown.contains("links: kept, also those that lead out"), "\(shown)")
        #expect(try !project.belljar("show", "next").text.contains("links: kept"))
        #expect(try project.belljar("rebuild", "venv", "--json").json()["verdict"]?.string == "identical")
        #expect(try project.belljar("store", "fsck").code == 0)
    }

    /// Names and targets of links that are no UTF-8, through store, record, export, input and rebuild.
    @Test func namesAreKeptByteForByte() throws {
        let project = try Project()
        try project.recipe(
            "odd",
            run: """
                cd $OUT
                printf one > "$(printf 'a\\377')"
                printf two > "$(printf 'a\\376')"
                printf three > "$(printf 'a\\357\\277\\275')"
                /bin/mkdir "$(printf 'd\\303')"
                ln -s "$(printf 'a\\377')" link
                printf x > "$(printf 'd\\303/b')"
                """)
        try project.recipe(
            "next",
            run:
                "cd $INPUTS/odd; for n in a*; do printf %s \"$n\" | od -An -tx1; done > $OUT/names; cat link > $OUT/one",
            more: "inputs: [odd]")
        let answer = try project.belljar("build", "odd", "next", "--json", "-o", "result", "--ledger")
        #expect(answer.code == 0, "\(answer.text) \(answer.complaint)")
        let build = try #require(try answer.json()["builds"]?.array?.first)
        #expect(
            build["outputs"]?.array?.map { $0["path"]?.string } == [
                "a\u{0}fe", "a\u{0}ff", "a\u{fffd}", "d\u{0}c3/b", "link",
            ])
        #expect(
            try entries(project, "result/odd") == [
                [0x61, 0xef, 0xbf, 0xbd], [0x61, 0xfe], [0x61, 0xff], [0x64, 0xc3], Array("link".utf8),
            ])
        let exported = try Descriptor.workingDirectory.open(project.path + "/result/odd", .directory)
        #expect(try exported.readLink("link") == [0x61, 0xff])
        #expect(try exported.open([0x61, 0xff] as [UInt8]).readAll(limit: 9) == Array("one".utf8))
        #expect(try project.read("result/next/names") == " 61 ef bf bd\n 61 fe\n 61 ff\n")
        #expect(try project.read("result/next/one") == "one")
        let record = try #require(build["record"]?.string)
        let shown = try project.belljar("show", record)
        #expect(shown.text.contains("0644  a\\xff  3  sha256:"), "\(shown.text)")
        #expect(shown.text.contains("0644  d\\xc3/b  1  sha256:"))
        let stored = try project.belljar("show", record, "--json")
        #expect(stored.text.contains(#""path":"a\u0000ff""#))
        #expect(Digest(of: stored.output).description == record)
        let ledger = try project.belljar("show", record, "--ledger").text
        #expect(ledger.contains(#""argv":["/bin/mkdir","d\u0000c3"]"#), "\(ledger)")
        #expect(try project.belljar("rebuild", record, "--json").json()["verdict"]?.string == "identical")
        #expect(try project.belljar("store", "fsck").code == 0)
        // A second export finds what the first one left.
        #expect(try project.belljar("build", "odd", "next", "-o", "result").code == 0)
        let verified = try project.belljar("verify", "result/next/one", record, "--as", "a\\xff")
        #expect(verified.code == 0, "\(verified.complaint)")
        #expect(verified.text.contains("is a\\xff of record"))
    }

    /// Two names that a careless reader takes for one are two keys.
    @Test func namesOfSourcesAreInTheKey() throws {
        let project = try Project()
        try project.recipe("s", run: "ls > $OUT/list", more: "sources:\n  - local: src")
        try project.write("Recipes/s/src/plain", "")
        let folder = try Descriptor.workingDirectory.open(project.path + "/Recipes/s/src", .directory)
        func build() throws -> (action: String?, isCached: Bool?) {
            let answer = try project.belljar("build", "s", "--json")
            #expect(answer.code == 0, "\(answer.text) \(answer.complaint)")
            let build = try answer.json()["builds"]?.array?.first
            return (build?["action"]?.string, build?["cached"]?.bool)
        }
        _ = try folder.open([0x61, 0xff] as [UInt8], [.write, .create])
        let first = try build()
        #expect(try build() == (first.action, true))
        try folder.rename([0x61, 0xff] as [UInt8], to: folder, as: [0x61, 0xfe] as [UInt8])
        let second = try build()
        #expect(second.action != first.action)
        #expect(second.isCached == false)
        try folder.rename([0x61, 0xfe] as [UInt8], to: folder, as: [0x61, 0xff] as [UInt8])
        #expect(try build() == (first.action, true))
    }

    @Test func whatDiffersIsNamedByItsBytes() throws {
        let project = try Project()
        try project.recipe(
            "r", run: "cat /proc/sys/kernel/random/uuid > \"$(printf \"$OUT/\\377\")\"",
            more: "controls: {random: real}")
        #expect(try project.belljar("build", "r").code == 0)
        let answer = try project.belljar("rebuild", "r", "--json")
        #expect(answer.code == 3, "\(answer.text) \(answer.complaint)")
        #expect(try answer.json()["differences"]?.array?.map { $0["path"]?.string } == ["\u{0}ff"])
        #expect(try project.belljar("rebuild", "r").text.contains("  changed \\xff\n"))
    }

    /// What a step leaves running cannot add to what it left; within the step it can.
    @Test func nothingIsCollectedOfALivingBuild() throws {
        let project = try Project()
        let daemon = "setsid sh -c 'sleep 1; echo late > $OUT/late' > /dev/null 2>&1 &\necho x > $OUT/x\n"
        try project.recipe("left", run: daemon)
        try project.recipe("waited", run: daemon + "sleep 3\n")
        for (name, paths) in [("left", ["x"]), ("waited", ["late", "x"])] {
            let answer = try project.belljar("build", name, "--json")
            #expect(answer.code == 0, "\(answer.text) \(answer.complaint)")
            let build = try answer.json()["builds"]?.array?.first
            #expect(build?["outputs"]?.array?.compactMap { $0["path"]?.string } == paths)
        }
    }

    /// A program that gives its outputs extended attributes wherever it may, on the host (the positive control) and in builds.
    @Test(.enabled(if: (try? Descriptor.workingDirectory.status(of: "/usr/bin/cc")) != nil, "no C compiler"))
    func noBuildCanGiveItsOutputsAttributes() throws {
        let project = try Project()
        let source =
            #filePath.split(separator: "/").dropLast(2).map { "/\($0)" }.joined()
            + "/Fixtures/Programs/attributes.c"
        for recipe in ["plain", "open"] {
            try project.write("Recipes/\(recipe)/src/x", "")
            let program = "\(project.path)/Recipes/\(recipe)/src/attributes"
            let compiled = try project.run("/usr/bin/cc", "-Wall", "-static", "-o", program, source)
            #expect(compiled.code == 0, "\(compiled.complaint)")
        }
        try project.write("host/file", "")
        let free = try project.run(
            project.path + "/Recipes/plain/src/attributes", project.path + "/host/file", project.path + "/host")
        #expect(free.text.hasPrefix("setxattr ok\nlsetxattr ok\nfsetxattr ok\n"), "\(free.text)")
        let folder = try Descriptor.workingDirectory.open(project.path + "/host", .directory)
        #expect(try folder.attributes() == ["user.note"])

        let run = "mkdir $OUT/d; echo x > $OUT/f; ./attributes $OUT/f $OUT/d"
        try project.recipe("plain", run: run, more: "sources:\n  - local: src")
        try project.recipe(
            "open", run: run, more: "sources:\n  - local: src\nprofile: nested\nroot: fake\ncontrols: {fs: real}")
        for recipe in ["plain", "open"] {
            let built = try project.belljar("build", recipe, "-o", "out")
            #expect(built.code == 0, "\(built.complaint)")
            #expect(
                try project.belljar("log", recipe).text == """
                    setxattr errno 95
                    lsetxattr errno 95
                    fsetxattr errno 95
                    setxattrat errno 38

                    """)
            let out = try Descriptor.workingDirectory.open(project.path + "/out/" + recipe, .directory)
            #expect(try out.open("f").attributes().isEmpty)
        }
    }

    @Test func hardLinksBecomeFilesOfTheirOwn() throws {
        let project = try Project()
        try project.recipe(
            "hard", run: "echo x > $OUT/a; ln $OUT/a $OUT/b; stat -c %h $OUT/a", more: "controls: {stat: real}")
        #expect(try project.belljar("build", "hard", "-o", "result").code == 0)
        // It was one file.
        #expect(try project.belljar("log", "hard").text == "2\n")
        let folder = try Descriptor.workingDirectory.open(project.path + "/result/hard", .directory)
        #expect(try folder.status(of: "a").inode != folder.status(of: "b").inode)
        #expect(try (folder.status(of: "a").links, folder.status(of: "b").links) == (1, 1))
    }

    /// A name that would rename the window, wherever it is shown; in JSON it is what it is.
    @Test func namesDoNotSpeakToTerminals() throws {
        let project = try Project()
        try project.recipe("esc", run: "touch \"$(printf \"$OUT/\\033]0;owned\\007\")\"")
        let built = try project.belljar("build", "esc", "--json")
        #expect(built.code == 0, "\(built.text) \(built.complaint)")
        #expect(
            try built.json()["builds"]?.array?.first?["outputs"]?.array?.first?["path"]?.string == "\u{1b}]0;owned\u{7}"
        )
        let shown = try project.belljar("show", "esc")
        #expect(shown.text.contains("^[]0;owned^G"))
        #expect(!shown.output.contains(0x1b))
        try project.recipe("pipe", run: "mkfifo \"$(printf \"$OUT/\\033]0;owned\\007\\377\")\"")
        let refused = try project.belljar("build", "pipe")
        #expect(refused.code == 1)
        #expect(refused.complaint.contains("^[]0;owned^G\\xff: a FIFO"), "\(refused.complaint)")
        #expect(!refused.complaint.utf8.contains(0x1b))
    }

    /// On a terminal a log shows what its escapes are; into a pipe it goes as it is.
    @Test func logsDoNotSpeakToTerminals() throws {
        let project = try Project()
        try project.recipe("esc", run: "printf 'a\\033[31mred\\033]0;owned\\007\\n'; touch $OUT/x")
        #expect(try project.belljar("build", "esc").code == 0)
        let raw = try project.belljar("log", "esc")
        #expect(raw.text == "a\u{1b}[31mred\u{1b}]0;owned\u{7}\n")
        let terminal = try project.run(
            "/usr/bin/script", "-qec", "\(Project.programs)/belljar log esc", "/dev/null")
        #expect(terminal.text.contains("a^[[31mred^[]0;owned^G"), "\(terminal.text)")
        #expect(!terminal.output.contains(0x1b))
    }
}
