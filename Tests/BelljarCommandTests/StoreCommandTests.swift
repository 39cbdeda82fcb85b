import BelljarKernel
import BelljarModel
import Testing

/// `belljar store ...`: what each says to people and to programs.
@Suite struct StoreCommandTests {
    private func integer(_ value: JSONValue?) throws -> Int64 { try #require(value?.integer) }

    /// Bytes on the disk of all blobs, without the folders that they lie in.
    private func blobs(_ project: Project) throws -> (count: Int64, bytes: Int64) {
        let sizes = try project.run("/usr/bin/find", "store/blobs", "-type", "f", "-printf", "%b\n").text
            .split(separator: "\n").compactMap { Int64($0) }
        return (Int64(sizes.count), sizes.reduce(0, +) * 512)
    }

    /// A recipe with a file of its own and one that others have too, both of letters.
    private func recipe(_ project: Project, _ name: String, own: Int, shared: Int) throws {
        try project.recipe(
            name,
            run: """
                head -c \(own) /dev/zero | tr '\\0' \(name.suffix(1)) > $OUT/own
                head -c \(shared) /dev/zero | tr '\\0' s > $OUT/shared
                """)
        #expect(try project.belljar("build", name, "--quiet").code == 0)
    }

    // MARK: du

    @Test func usage() throws {
        let project = try Project()
        try recipe(project, "a", own: 40_000, shared: 80_000)
        let json = try project.belljar("store", "du", "--json").json()
        let names = ["blobs", "checkouts", "results", "records", "names", "cache", "other"]
        let parts = try names.map { try (integer(json[$0]?["files"]), integer(json[$0]?["bytes"])) }
        #expect(try integer(json["totalBytes"]) == parts.reduce(0) { $0 + $1.1 })
        #expect(try integer(json["availableBytes"]) > 0)
        let found = try blobs(project)
        #expect(parts[0].0 == found.count)
        #expect(parts[0].1 >= found.bytes && found.bytes > 120_000)
        #expect(parts[3].0 == 1)
        let lines = try project.belljar("store", "du").text.split(separator: "\n").map(String.init)
        #expect(lines.count == names.count + 2)
        // People read them by the name that they have everywhere else; the member of the answer keeps its own.
        for (index, name) in names.map({ $0 == "names" ? "refs" : $0 }).enumerated() {
            #expect(lines[index].hasPrefix("\(name)  \(parts[index].0) files  "), "\(lines)")
        }
        #expect(lines[7].hasPrefix("total  ") && lines[8].hasPrefix("free on the file system  "), "\(lines)")
    }

    private struct Root: Equatable {
        var kind: String
        var name: String
        var digest: String?
        var alone: Int64
        var shared: Int64
        var missing: Int64
    }

    private func roots(_ project: Project) throws -> (all: [Root], loose: Int64) {
        let json = try project.belljar("store", "du", "--by-root", "--json").json()
        let all = try #require(json["roots"]?.array).map { root in
            try Root(
                kind: #require(root["kind"]?.string), name: #require(root["name"]?.string),
                digest: root["digest"]?.string, alone: integer(root["aloneBytes"]),
                shared: integer(root["sharedBytes"]), missing: integer(root["missing"]))
        }
        return (all, try integer(json["looseBytes"]))
    }

    /// What one record has alone is shared as soon as a second one has it too, and for each of them in full; and all the
    /// blobs are accounted for.
    @Test func usageByRoot() throws {
        let project = try Project()
        try recipe(project, "a", own: 40_000, shared: 80_000)
        let before = try #require(try roots(project).all.first { $0.name == "a 1" })
        #expect(before.alone >= 120_000)
        try recipe(project, "b", own: 20_000, shared: 80_000)
        let (all, loose) = try roots(project)
        let (one, two) = (
            try #require(all.first { $0.name == "a 1" }), try #require(all.first { $0.name == "b 1" })
        )
        #expect(one.kind == "record" && one.digest == before.digest && one.missing == 0)
        #expect(one.alone + one.shared == before.alone + before.shared)
        #expect((80_000..<100_000).contains(before.alone - one.alone), "\(before) \(one)")
        #expect((40_000..<60_000).contains(one.alone) && (20_000..<40_000).contains(two.alone), "\(all)")
        #expect(two.shared >= 80_000)
        #expect(Set(all.map(\.kind)) == ["record", "toolchain", "memo"], "\(all)")
        // The larger one first.
        #expect(all.prefix(2).map(\.name) == ["a 1", "b 1"])

        // Alone, shared by at least two, or held by nothing.
        let total = try blobs(project).bytes
        let shared = total - loose - all.reduce(0) { $0 + $1.alone }
        #expect(shared >= 80_000)
        #expect(all.allSatisfy { $0.shared <= shared })
        #expect(all.reduce(0) { $0 + $1.shared } >= 2 * shared)
        let usage = try project.belljar("store", "du", "--json").json()["blobs"]
        #expect(try integer(usage?["bytes"]) >= total)

        let lines = try project.belljar("store", "du", "--by-root").text.split(separator: "\n").map(String.init)
        #expect(lines.count == all.count + 1)
        for (line, root) in zip(lines, all) {
            let digest = root.digest.map { "  \($0.dropFirst("sha256:".count).prefix(12))" } ?? ""
            #expect(line.hasPrefix("\(root.kind)  \(root.name)\(digest)  alone "), "\(line)")
            #expect(line.contains("  shared "), "\(line)")
        }
        #expect(lines.last?.hasPrefix("held by nothing  ") == true)
    }

    /// What is not there, what nothing holds, and a process that runs.
    @Test func usageByRootOfUnusualStores() throws {
        let project = try Project()
        try recipe(project, "a", own: 40_000, shared: 80_000)
        let own = Digest(of: [UInt8](repeating: UInt8(ascii: "a"), count: 40_000)).hex
        try project.remove("store/blobs/\(own.prefix(2))/\(own)")
        try project.recipe("slow", run: "echo begun; sleep 20; touch $OUT/x")
        let build = try project.starting("build", "slow")
        #expect(try build.waits(for: "step build"))
        let (all, loose) = try roots(project)
        #expect(all.first { $0.name == "a 1" }?.missing == 1)
        #expect(all.last?.kind == "lease" && all.last?.name.hasPrefix("\(build.pid)-") == true, "\(all)")
        #expect(try project.belljar("store", "du", "--by-root").text.contains("  1 missing\n"))
        build.signal(2)
        #expect(try build.finish(seconds: 20).code == 130)
        // Its record goes; what it held stays until it is old enough.
        pause(milliseconds: 1100)
        #expect(try project.belljar("store", "gc", "--records-older-than", "0", "--keep", "0").code == 0)
        #expect((80_000..<100_000).contains(try roots(project).loose - loose))
    }

    // MARK: gc

    @Test func collection() throws {
        let project = try Project()
        try recipe(project, "a", own: 10, shared: 10)
        try recipe(project, "b", own: 10, shared: 10)
        let nothing = try project.belljar("store", "gc")
        #expect(nothing.code == 0)
        #expect(nothing.text == "freed 0 B: 0 blobs, 0 checkouts, 0 records\n")
        pause(milliseconds: 1100)
        let all = ["--records-older-than", "0", "--keep", "0", "--toolchains-unused-for", "0"]
        func gc(_ more: String...) throws -> Answer {
            try project.start(Project.programs + "/belljar", ["store", "gc"] + all + more).finish()
        }
        #expect(try gc("--dry-run").text == "would free 0 B: 0 blobs, 0 checkouts, 2 records\n")
        let planned = try gc("--dry-run", "--json").json()
        #expect(planned["dryRun"]?.bool == true)
        #expect(try project.belljar("records", "--json").json()["records"]?.array?.count == 2)
        let done = try gc("--json").json()
        #expect(done["dryRun"]?.bool == false)
        for (name, count) in [("records", 2), ("actions", 2), ("toolchains", 1), ("memos", 0), ("missing", 0)] {
            #expect(planned[name]?.integer == Int64(count), "\(name): \(planned)")
            #expect(done[name]?.integer == Int64(count), "\(name): \(done)")
        }
        #expect(try integer(done["youngBytes"]) > 20_000, "\(done)")
        #expect(try gc("--dry-run").complaint.contains("less than 10 minutes ago"))
        // Too young to go.
        for name in ["blobs", "checkouts", "freedBytes"] { #expect(done[name]?.integer == 0, "\(name): \(done)") }
        #expect(try integer(done["keptBlobs"]) == blobs(project).count)
        #expect(try project.belljar("records", "--json").json() == ["records": []])
        #expect(try project.belljar("toolchain", "list").text == "tiny  locked\n")
        #expect(try gc().text == "freed 0 B: 0 blobs, 0 checkouts, 0 records\n")
        #expect(try project.belljar("build", "a").text.contains("built"))
    }

    @Test(arguments: [
        ["--records-older-than", "100001"], ["--toolchains-unused-for", "100001"], ["--keep", "-1"],
        ["--records-older-than", "-1"], ["--records-older-than", "soon"],
    ]) func collectionThatCannotBeMeant(arguments: [String]) throws {
        let project = try Project(toolchain: false)
        let answer = try project.start(Project.programs + "/belljar", ["store", "gc"] + arguments).finish()
        #expect(answer.code == 2, "\(answer.complaint)")
        #expect(!project.exists("store"))
    }

    @Test func collectionTellsOfWhatIsMissing() throws {
        let project = try Project()
        try recipe(project, "a", own: 10, shared: 10)
        let build = try project.belljar("build", "a", "--json").json()["builds"]?.array?.first
        let tree = try #require(build?["tree"]?.string.flatMap { Digest(prefixed: $0) }).hex
        try project.remove("store/blobs/\(tree.prefix(2))/\(tree)")
        let answer = try project.belljar("store", "gc", "--dry-run", "--json")
        #expect(try answer.json()["missing"]?.integer == 1)
        #expect(
            answer.complaint.contains("note: the store lacks 1 blob that something refers to; run `belljar store fsck`")
        )
    }

    // MARK: fsck

    @Test func check() throws {
        let project = try Project()
        try recipe(project, "a", own: 40_000, shared: 10)
        let sound = try project.belljar("store", "fsck", "--json")
        #expect(sound.code == 0)
        let json = try sound.json()
        #expect(json["sound"]?.bool == true && json["problems"]?.array?.isEmpty == true)
        #expect(try integer(json["blobs"]) == blobs(project).count)
        #expect(try integer(json["bytes"]) > 40_000)
        // The image, the record and the action; what may be remembered besides.
        #expect(try integer(json["names"]) >= 3)
        let checkouts = try integer(json["checkouts"])
        #expect(checkouts > 0)
        let text = try project.belljar("store", "fsck").text
        #expect(text.hasPrefix("\(try blobs(project).count) blobs, "), "\(text)")
        #expect(text.hasSuffix(", \(checkouts) checkouts: sound\n"), "\(text)")

        let own = Digest(of: [UInt8](repeating: UInt8(ascii: "a"), count: 40_000)).hex
        let path = "blobs/\(own.prefix(2))/\(own)"
        try project.write("store/" + path, String(repeating: "b", count: 40_000))
        let damaged = try project.belljar("store", "fsck", "--json")
        #expect(damaged.code == 6)
        #expect(try damaged.json()["sound"]?.bool == false)
        let problem = try #require(try damaged.json()["problems"]?.array?.first)
        #expect(problem["kind"]?.string == "corrupt-blob" && problem["path"]?.string == path, "\(problem)")
        #expect(problem["finding"]?.string?.hasPrefix("its content has the digest ") == true)
        #expect(problem["repaired"]?.bool == false)
        let words = try project.belljar("store", "fsck")
        #expect(words.code == 6)
        #expect(words.text.contains("wrong     \(path): its content has the digest "), "\(words.text)")
        #expect(words.text.hasSuffix(": not sound\n"))

        let repaired = try project.belljar("store", "fsck", "--repair", "--json").json()["problems"]?.array
        let mended = try #require(repaired?.first { $0["path"]?.string == path })
        #expect(mended["repaired"]?.bool == true)
        #expect(!project.exists("store/" + path))
    }

    // MARK: path, and mistakes

    @Test func place() throws {
        let project = try Project(toolchain: false)
        #expect(try project.belljar("store", "path", "--json").json() == ["path": .string(project.store)])
        #expect(try project.belljar("store", "path").text == project.store + "\n")
        // To ask is not to make one.
        #expect(!project.exists("store"))
    }

    @Test(arguments: [["du"], ["du", "--by-root"], ["gc"], ["fsck"], ["path"]]) func relativePlaces(words: [String])
        throws
    {
        let project = try Project()
        let answer = try project.start(
            Project.programs + "/belljar", ["store"] + words + ["--store", "Recipes/../store", "--json"]
        ).finish()
        #expect(answer.code == 0, "\(answer.complaint)")
    }
}
