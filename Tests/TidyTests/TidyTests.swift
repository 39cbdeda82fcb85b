import Testing

/// The project's own text, measured. Each rule is tried on text that breaks it in `RuleTests`.
@Suite("Tidy") struct TidyTests {
    /// A Swift file of the project.
    private struct File {
        let path: String
        let text: String
        let code: SourceCode
    }

    private func swiftFiles(_ folders: String...) throws -> [File] {
        let paths = try folders.filter(Checkout.exists).flatMap(Checkout.swiftFiles)
        return try paths.compactMap { path in
            try Checkout.text(path).map { File(path: path, text: $0, code: SourceCode($0)) }
        }
    }

    private func text(_ path: String) throws -> String {
        try #require(try Checkout.text(path))
    }

    @Test func `files are short`() throws {
        let files = try swiftFiles("Sources", "Tests", "Benchmarks", "Fuzz")
        #expect(files.count > 20)
        let measured = files.map { ($0.path, $0.text.count { $0.isNewline }) }
        let findings = lengthFindings(
            measured: Dictionary(uniqueKeysWithValues: measured), limit: Exceptions.fileLimit,
            exceptions: Exceptions.files)
        #expect(findings == [])
    }

    @Test func `functions are short`() throws {
        var measured: [String: Int] = [:]
        for file in try swiftFiles("Sources", "Tests", "Benchmarks", "Fuzz") {
            for function in file.code.functions() {
                measured["\(file.path) \(function.name)", default: 0].grow(to: function.length)
            }
        }
        #expect(measured.count > 100)
        let findings = lengthFindings(
            measured: measured, limit: Exceptions.functionLimit, exceptions: Exceptions.functions)
        #expect(findings == [])
    }

    @Test func `modules import only what they may`() throws {
        let manifest = Manifest(try text("Package.swift"))
        let files = try swiftFiles("Sources")
        #expect(files.count > 20)
        #expect(Set(files.compactMap { Modules.name(of: $0.path) }).isSubset(of: manifest.modules.map(\.name)))
        let findings = files.flatMap {
            Modules.forbiddenImports(path: $0.path, code: $0.code, manifest: manifest)
        }
        #expect(findings == [])
    }

    @Test func `the map in ARCHITECTURE.md is the one of Package.swift`() throws {
        let modules = Manifest(try text("Package.swift")).modules.filter { !$0.isTest }
        #expect(modules.count > 10)
        let map = ArchitectureMap(try text("ARCHITECTURE.md"), modules: Set(modules.map(\.name)))
        for module in modules {
            #expect(map.uses[module.name]?.sorted() == module.dependencies.sorted(), "the row of \(module.name)")
        }
    }

    /// Also what the packages need themselves: a version that nobody chose may not come in.
    @Test func `every package has an exact version`() throws {
        let manifest = try text("Package.swift")
        let packages = manifest.matches(of: #/\.package\(url: "[^"]*/(?<name>[^"/]+)", (?<rule>[^)]*)\)/#)
        #expect(packages.count > 2)
        var pinned: [String: String] = [:]
        for package in packages {
            let exact = package.rule.firstMatch(of: #/^exact: "(?<version>[0-9.]+)"$/#)
            let version = try #require(exact, "\(package.name)")
            pinned[package.name.lowercased()] = String(version.version)
        }
        // Swift's package manager writes down what it took, before anything is compiled.
        let taken = try text("Package.resolved").matches(
            of: #/"identity" : "(?<name>[^"]+)"[^}]*"version" : "(?<version>[^"]+)"/#)
        #expect(Dictionary(uniqueKeysWithValues: taken.map { (String($0.name), String($0.version)) }) == pinned)
    }

    @Test func `every line keeps the rules`() throws {
        var findings: [String] = []
        let paths = try Checkout.files()
        #expect(paths.count > 50)
        for path in paths {
            guard let text = try Checkout.text(path) else { continue }
            let code = path.hasSuffix(".swift") ? SourceCode(text) : nil
            for rule in LineRule.all {
                findings += rule.brokenLines(path: path, text: text, code: code).map {
                    "\(path):\($0): \(rule.message)"
                }
            }
        }
        #expect(findings == [])
    }

    @Test func `a type at file level has a name of its own`() throws {
        let files = try swiftFiles("Sources", "Fuzz/Targets")
        let types = Dictionary(uniqueKeysWithValues: files.map { ($0.path, $0.code.types()) })
        #expect(types.values.joined().count > 500)
        #expect(nameFindings(types) == [])
    }

    @Test func `destructors keep the number of the last error`() throws {
        let files = try swiftFiles("Sources")
        #expect(files.filter { $0.text.contains("deinit {") }.count > 5)
        #expect(
            files.flatMap { file in
                file.code.carelessDestructors().map { "\(file.path):\($0)" }
            } == [])
    }

    @Test func `links in the documents lead somewhere`() throws {
        let documents = try Checkout.files().filter { $0.hasSuffix(".md") }
        #expect(documents.contains("README.md"))
        for path in documents {
            for target in relativeLinks(in: try text(path)) {
                let folder = path.split(separator: "/").dropLast()
                #expect(Checkout.exists((folder + [target]).joined(separator: "/")), "\(path) links to \(target)")
            }
        }
    }

    /// Every promise names attacks that are there, and every attack shows a promise.
    @Test func `what security promises is attacked`() throws {
        let files = try Checkout.files()
        let folder = "Tests/Fixtures/Attacks/"
        let rows = Set(
            files.filter { $0.hasPrefix(folder) && $0.hasSuffix(".sh") }.compactMap {
                Int($0.dropFirst(folder.count).prefix(2))
            })
        #expect(rows.count > 60)
        let security = try text("SECURITY.md")
        #expect(attacks(in: security) == rows)
        let suites = security.matches(of: #/`(?<name>[A-Za-z]+Tests)`/#).map { String($0.name) }
        #expect(suites.count > 5)
        let tests = try files.filter { $0.hasPrefix("Tests/") && $0.hasSuffix(".swift") }.map(text)
        for suite in suites { #expect(tests.contains { $0.contains("struct \(suite) {") }, "\(suite)") }
    }

    /// `Scripts/suites.sh` reads the list; what it would silently not find is found here.
    @Test func `every exception of a foreign suite has a reason`() throws {
        let folder = "Tests/Suites/Recipes/"
        let suites = Set(
            try Checkout.files(below: "Tests/Suites/Recipes").filter { $0.hasSuffix("/suite.sh") }
                .map { String($0.dropFirst(folder.count).dropLast("/suite.sh".count)) })
        #expect(suites.count >= 5)
        #expect(exceptionFindings(in: try text("Tests/Suites/exceptions.tsv"), suites: suites) == [])
    }
}

/// What is wrong with a list of suite, test and reason, separated by tabs: lines that lack one, of a suite that is none, and
/// lines out of order, as a line twice is.
func exceptionFindings(in text: String, suites: Set<String>) -> [String] {
    var findings: [String] = []
    var last = ""
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
        guard !line.isEmpty, !line.hasPrefix("#") else { continue }
        let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        guard cells.count == 3, !cells[1].isEmpty, cells[2].contains(" ") else {
            findings.append("\(index + 1): no suite, test and reason")
            continue
        }
        if !suites.contains(cells[0]) { findings.append("\(index + 1): there is no suite \(cells[0])") }
        let name = cells[0] + "\t" + cells[1]
        if name.utf8.lexicographicallyPrecedes(last.utf8) || name == last {
            findings.append("\(index + 1): out of order")
        }
        last = name
    }
    return findings
}

/// The numbers in the second column of tables of two, `15 to 20` for those between as well.
func attacks(in text: String) -> Set<Int> {
    var numbers: Set<Int> = []
    for line in text.split(separator: "\n") where line.hasPrefix("| ") {
        let cells = line.split(separator: "|")
        guard cells.count == 2 else { continue }
        for match in cells[1].matches(of: #/(?<first>[0-9]+)(?: to (?<last>[0-9]+))?/#) {
            guard let first = Int(match.first) else { continue }
            numbers.formUnion(first...(match.last.flatMap { Int($0) } ?? first))
        }
    }
    return numbers
}

/// Targets of Markdown links that are paths, without their fragments.
func relativeLinks(in text: String) -> [Substring] {
    text.matches(of: #/\]\((?<target>[^)\s#]+)(?:#[^)\s]*)?\)/#).map(\.target).filter { !$0.contains(":") }
}

extension Int {
    fileprivate mutating func grow(to other: Int) { self = Swift.max(self, other) }
}
