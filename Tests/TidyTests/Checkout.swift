import FoundationEssentials

/// The checkout that these tests were compiled in, read as text.
enum Checkout {
    /// Absolute path of the folder that holds Package.swift.
    static let folder: String = {
        let here = URL(filePath: #filePath)
        return here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
    }()

    /// Names that are never part of the project: what git ignores, and git itself.
    private static func isIgnored(_ name: String) -> Bool {
        name == ".git" || name == ".build" || name.hasPrefix(".build-") || name.hasPrefix(".build_")
            || name == ".swiftpm" || name == ".corpus" || name == "Package.resolved" || name.hasSuffix(".profraw")
    }

    /// Every file below a folder, by its path relative to the checkout, sorted. Links are not followed.
    static func files(below start: String = "") throws -> [String] {
        var found: [String] = []
        var pending = [start]
        while let relative = pending.popLast() {
            for name in try FileManager.default.contentsOfDirectory(atPath: absolute(relative)) {
                guard !isIgnored(name) else { continue }
                let path = relative.isEmpty ? name : relative + "/" + name
                switch try FileManager.default.attributesOfItem(atPath: absolute(path))[.type] as? FileAttributeType {
                case .some(.typeDirectory): pending.append(path)
                case .some(.typeRegular): found.append(path)
                default: continue
                }
            }
        }
        return found.sorted()
    }

    /// Swift files below a folder; the files in `Fixtures` folders are data, not code of the project.
    static func swiftFiles(below start: String) throws -> [String] {
        try files(below: start).filter { $0.hasSuffix(".swift") && !$0.contains("/Fixtures/") }
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: absolute(path))
    }

    /// A file's text; nil for a file that is not UTF-8, which is data to these tests.
    static func text(_ path: String) throws -> String? {
        let data = try Data(contentsOf: URL(filePath: absolute(path)))
        return String(validating: data, as: UTF8.self)
    }

    private static func absolute(_ path: String) -> String {
        path.isEmpty ? folder : folder + "/" + path
    }
}
