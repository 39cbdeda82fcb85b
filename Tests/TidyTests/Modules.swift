/// What a module may import beside what Package.swift grants it.
enum Modules {
    /// The modules that run inside belljar-init: one thread, no Foundation.
    static let inInit: Set<String> = [
        "BelljarArchive", "BelljarInit", "BelljarKernel", "BelljarPlan", "belljar-init",
    ]

    /// The module that a Swift file below Sources belongs to.
    static func name(of path: String) -> String? {
        let parts = path.split(separator: "/")
        guard parts.count > 2, parts[0] == "Sources", path.hasSuffix(".swift") else { return nil }
        return String(parts[1])
    }

    /// Modules of the system. libc has one door, BelljarKernel. Full Foundation is nowhere: its ICU costs 50 MB.
    static func system(for module: String) -> Set<String> {
        if module == "BelljarKernel" { return ["Glibc", "Synchronization"] }
        if inInit.contains(module) { return ["Synchronization"] }
        return ["Dispatch", "FoundationEssentials", "Synchronization"]
    }

    /// The modules that a file imports, with their lines, counted from 1.
    static func imports(in code: SourceCode) -> [(module: String, line: Int)] {
        let lines = code.lines
        return lines.indices.compactMap { index in
            guard lines[index].contains("import") else { return nil }
            let pattern =
                #/^\s*(?:@\w+(?:\(\w+\))? )*(?:\w+ )?import (?:(?:struct|enum|class|func|var|let|protocol|typealias) )?(?<name>\w+)/#
            return lines[index].firstMatch(of: pattern).map { (String($0.name), index + 1) }
        }
    }

    /// What a module imports and may not, as findings.
    static func forbiddenImports(path: String, code: SourceCode, manifest: Manifest) -> [String] {
        guard let name = name(of: path), let module = manifest.modules.first(where: { $0.name == name }) else {
            return []
        }
        let allowed = system(for: name).union(module.dependencies)
        return imports(in: code).filter { !allowed.contains($0.module) }.map {
            "\(path):\($0.line): \(name) may not import \($0.module)"
        }
    }
}

/// The modules of Package.swift, read as text, with what each depends on.
struct Manifest {
    struct Module: Equatable {
        let name: String
        let isTest: Bool
        /// Modules and products, in the order of the text.
        let dependencies: [String]
    }

    let modules: [Module]

    /// Reads every target. Package.swift is written in one manner (`.target(name: "X", dependencies: [...]`, with
    /// `product("Crypto", "swift-crypto")` for the modules of packages), so regular expressions are enough.
    init(_ text: String) {
        let opening = #/\.(?<kind>target|executableTarget|testTarget|systemLibrary)\(\s*name:\s*"(?<name>[^"]+)"/#
        let matches = text.matches(of: opening)
        modules = matches.indices.map { index in
            let match = matches[index]
            let end = index + 1 < matches.count ? matches[index + 1].range.lowerBound : text.endIndex
            return Module(
                name: String(match.name), isTest: match.kind == "testTarget",
                dependencies: Self.dependencies(in: text[match.range.upperBound..<end]))
        }
    }

    private static func dependencies(in text: Substring) -> [String] {
        guard let list = text.firstMatch(of: #/dependencies:\s*\[(?<names>[^\]]*)\]/#) else { return [] }
        let name = #/product\("(?<product>[^"]+)",[^)]*\)|"(?<module>[^"]+)"/#
        return list.names.matches(of: name).compactMap { ($0.product ?? $0.module).map(String.init) }
    }
}

/// The map of modules in ARCHITECTURE.md: rows of the form `| Name | what it uses | its job |`.
struct ArchitectureMap {
    /// Module to the modules it uses.
    let uses: [String: [String]]

    /// - Parameter modules: a row whose first cell is none of these belongs to another table.
    init(_ text: String, modules: Set<String>) {
        var uses: [String: [String]] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("| ") {
            let cells = line.dropFirst(2).split(separator: " | ")
            guard cells.count >= 3, modules.contains(String(cells[0])) else { continue }
            uses[String(cells[0])] = cells[1] == "-" ? [] : cells[1].split(separator: ", ").map(String.init)
        }
        self.uses = uses
    }
}
