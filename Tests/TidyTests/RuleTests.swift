import Testing

/// Each rule is shown text that breaks it: a rule that finds nothing here would find nothing anywhere.
@Suite("Tidy rules") struct RuleTests {
    private let quotes = String(repeating: "\"", count: 3)

    private func function(lines: Int) -> String {
        "func long() {\n" + String(repeating: "    work()\n", count: lines - 2) + "}\n"
    }

    @Test(arguments: [2, 70, 71, 300]) func `a function is measured from its keyword to its brace`(lines: Int) {
        let measured = SourceCode("let a = 1\n\n" + function(lines: lines)).functions()
        #expect(measured == [MeasuredFunction(name: "long", line: 3, length: lines)])
    }

    @Test func `71 lines are a finding, 70 are not`() {
        func findings(_ lines: Int) -> [String] {
            let measured = SourceCode(function(lines: lines)).functions().map { ($0.name, $0.length) }
            return lengthFindings(measured: Dictionary(uniqueKeysWithValues: measured), limit: 70, exceptions: [:])
        }
        #expect(findings(70) == [])
        #expect(findings(71) == ["long has 71 lines; at most 70"])
    }

    @Test func `a destructor that makes calls keeps the error's number`() {
        func findings(_ body: String) -> [Int] { SourceCode("struct S {\n    \(body)\n}\n").carelessDestructors() }
        #expect(findings("deinit { _ = close(number) }") == [2])
        #expect(findings("deinit {\n        guard open else { return }\n        discard()\n    }") == [2])
        #expect(findings("deinit { keepingErrorNumber { _ = close(number) } }") == [])
        #expect(findings("deinit { unsafe samples.deallocate() }") == [])
        #expect(findings("deinit {\n        for index in 0..<count { unsafe free(pointer[index]) }\n    }") == [])
    }

    @Test func `types are found where they stand`() {
        let source = """
            import struct Foundation.Data
            // struct Comment {}
            package final class Outer<Element> {
                class func make() -> String { "struct Text {" }
                private enum Inner { case one }
            }
            extension Outer { typealias Other = Int }
            protocol Last {}
            """
        #expect(
            SourceCode(source).types() == [
                .init(name: "Outer", line: 3, isAtFileLevel: true), .init(name: "Inner", line: 5, isAtFileLevel: false),
                .init(name: "Other", line: 7, isAtFileLevel: false), .init(name: "Last", line: 8, isAtFileLevel: true),
            ])
    }

    @Test(arguments: ["private struct Limits {}", "struct Plan {\n    enum Limits {}\n}", "typealias Limits = Int"])
    func `a second type of a name at file level is found`(second: String) {
        let types = ["Sources/A/A.swift": "enum Limits {}", "Sources/B/B.swift": "// B\n" + second].mapValues {
            SourceCode($0).types()
        }
        let line = second.hasPrefix("struct") ? 3 : 2
        #expect(nameFindings(types) == ["Limits: Sources/A/A.swift:1, Sources/B/B.swift:\(line)"])
    }

    @Test func `nested types may share their names`() {
        let types = ["A": "struct A { enum Kind {} }", "B": "struct B { struct Kind {} }"].mapValues {
            SourceCode($0).types()
        }
        #expect(nameFindings(types) == [])
    }

    @Test func `exceptions only shrink`() {
        func findings(_ lines: Int) -> [String] {
            lengthFindings(measured: ["f": lines], limit: 70, exceptions: ["f": 80])
        }
        #expect(findings(80) == [])
        #expect(findings(81) == ["f has 81 lines; at most 80"])
        #expect(findings(79) == ["f has only 79 lines: lower its exception from 80"])
        #expect(findings(70) == ["f needs no exception any more: take it out"])
        #expect(
            lengthFindings(measured: [:], limit: 70, exceptions: ["f": 80])
                == ["f needs no exception any more: take it out"])
    }

    @Test func `braces in strings and comments are not code`() {
        let source = """
            func first() {
                let a = "{{{ \\" {"  // {
                let b = #"{ \\(not) " {"#
                let c = \(quotes)
                    { " {
                    \(quotes)
                /* { /* { */ { */
                let d = "\\(call("}", { 1 }())) {"
                let e = text.firstMatch(of: #/"[{]!/#)
            }
            func second() {}
            """
        let measured = SourceCode(source).functions()
        #expect(measured.map(\.name) == ["first", "second"])
        #expect(measured.map(\.length) == [10, 1])
    }

    @Test func `what has no body is not measured`() {
        let source = """
            protocol P {
                func required(_ a: Int) -> Int
                init(a: Int)
                var b: Int { get }
            }
            struct S {
                var stored = 3
                var closure = { 1 }
                var computed: Int {
                    1
                }
                init(handler: () -> Void = {}) {
                    self.init()
                }
                subscript(i: Int) -> Int {
                    i
                }
                func outer() {
                    func inner() {
                    }
                }
            }
            """
        let measured = SourceCode(source).functions()
        #expect(measured.map(\.name) == ["b", "computed", "init", "subscript", "outer", "inner"])
        #expect(measured.map(\.length) == [1, 3, 3, 3, 4, 2])
    }

    @Test(arguments: [
        ("let a = try! f()", LineRule.forced), ("let a = b as! C", .forced), ("a!.b()", .forced), ("f()!", .forced),
        ("c[0]!", .forced), ("var a: String!", .forced), ("public func f() {}", .publicAccess), ("fatalError()", .stub),
        ("await f()", .concurrency), ("    Task { }", .concurrency), ("    print(a)", .printing),
        ("let a = CommandLine.arguments", .arguments),
        ("// TO" + "DO: later", .unfinished), ("let a = 1 ", .trailingSpace),
        ("let a = \"http://deb.debian" + ".org/debian\"", .mirrors), ("usleep(100)", .relativeWait),
        ("    _ = Glibc.poll(&entry, 1, 50)", .relativeWait), ("ppoll(&entry, 1, &time, nil)", .relativeWait),
        ("try poll(all, until: .after(milliseconds: 9))", .relativeWait), ("poll(a, timeout: 1)", .relativeWait),
        ("try? Terminal.write(bytes, to: 2)", .terminal),
    ]) func `a line that breaks a rule is found`(line: String, rule: LineRule) {
        let text = "let fine = 1\n\(line)\n"
        #expect(rule.brokenLines(path: "Sources/BelljarPlan/A.swift", text: text, code: SourceCode(text)) == [2])
    }

    @Test(arguments: [
        "if a != b {}", "if !a {}", "let a = b!=c", "let a = \"really! (yes)!\"", "// done!", "x.print(a)",
        "let taskName = 1", "func fingerprint() {}", "poll(a, until: end)", "pause(until: .after(milliseconds: 1))",
        "poll(a, until: nil)",
    ]) func `a line that keeps the rules is not found`(line: String) {
        for rule in LineRule.all {
            let code = SourceCode(line)
            #expect(rule.brokenLines(path: "Sources/BelljarPlan/A.swift", text: line, code: code) == [])
        }
    }

    private let manifest = Manifest(
        """
        let package = Package(targets: [
            .target(name: "CLinux"),
            .systemLibrary(name: "CCap", pkgConfig: "libcap", providers: [.apt(["libcap-dev"])]),
            .target(name: "BelljarKernel", dependencies: ["CLinux", "CCap"], swiftSettings: memorySafe),
            .target(name: "BelljarPlan", swiftSettings: memorySafe),
            .target(
                name: "BelljarStore",
                dependencies: [
                    "BelljarKernel", product("GRDB", "GRDB.swift"),
                ]),
            .testTarget(name: "StoreTests", dependencies: ["BelljarStore"]),
        ])
        """)

    @Test func `Package.swift is read`() {
        typealias Module = Manifest.Module
        #expect(
            manifest.modules == [
                Module(name: "CLinux", isTest: false, dependencies: []),
                Module(name: "CCap", isTest: false, dependencies: []),
                Module(name: "BelljarKernel", isTest: false, dependencies: ["CLinux", "CCap"]),
                Module(name: "BelljarPlan", isTest: false, dependencies: []),
                Module(name: "BelljarStore", isTest: false, dependencies: ["BelljarKernel", "GRDB"]),
                Module(name: "StoreTests", isTest: true, dependencies: ["BelljarStore"]),
            ])
    }

    @Test(arguments: [
        ("BelljarStore", "Glibc"), ("BelljarStore", "Foundation"), ("BelljarStore", "CLinux"), ("BelljarStore", "Yams"),
        ("BelljarKernel", "FoundationEssentials"), ("BelljarKernel", "Dispatch"), ("BelljarPlan", "Glibc"),
        ("BelljarPlan", "BelljarStore"),
    ]) func `a forbidden import is found`(module: String, imported: String) {
        for spelling in ["import", "internal import", "@preconcurrency package import", "internal import struct"] {
            let source = SourceCode("// import Foundation\n\(spelling) \(imported)\n")
            let path = "Sources/\(module)/A.swift"
            #expect(
                Modules.forbiddenImports(path: path, code: source, manifest: manifest)
                    == ["\(path):2: \(module) may not import \(imported)"])
        }
    }

    @Test func `a permitted import is not found`() {
        let source = SourceCode("package import GRDB\ninternal import BelljarKernel\nimport FoundationEssentials\n")
        #expect(
            Modules.forbiddenImports(path: "Sources/BelljarStore/A.swift", code: source, manifest: manifest) == [])
    }

    @Test func `the map of modules is read`() {
        let map = ArchitectureMap(
            """
            | module | uses | its one job |
            | --- | --- | --- |
            | BelljarPlan | - | the plan |
            | BelljarStore | BelljarKernel, GRDB | keeps |
            | other | BelljarPlan | not a module |
            """, modules: ["BelljarPlan", "BelljarStore"])
        #expect(map.uses == ["BelljarPlan": [], "BelljarStore": ["BelljarKernel", "GRDB"]])
    }

    @Test func `links are found`() {
        let text = "[a](docs/a.md) [b](https://example.com/b) [c](#here) [d](../d.md#part) `x[0](y z)`"
        #expect(relativeLinks(in: text) == ["docs/a.md", "../d.md"])
    }

    @Test func `exceptions without a reason are found`() {
        let head = "# suite\ttest\twhy\n"
        let good = "tar\t85 a b\tit needs a raw disk\n"
        #expect(exceptionFindings(in: head + good + "tar\t86 c\tneither has this\n", suites: ["tar"]) == [])
        for bad in ["tar\t85 a b\n", "tar\t85 a b\t\n", "tar\t\tno such thing\n", "tar\t1\tit is so\tmore\n"] {
            #expect(exceptionFindings(in: head + bad, suites: ["tar"]) == ["2: no suite, test and reason"])
        }
        #expect(exceptionFindings(in: head + good, suites: ["sed"]) == ["2: there is no suite tar"])
        #expect(exceptionFindings(in: good + good, suites: ["tar"]) == ["2: out of order"])
        #expect(exceptionFindings(in: good + "tar\t1\tit is so\n", suites: ["tar"]) == ["2: out of order"])
    }
}

extension LineRule: CustomTestStringConvertible {
    var testDescription: String { message }
}
