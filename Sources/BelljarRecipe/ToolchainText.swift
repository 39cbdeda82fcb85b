package import BelljarModel

/// The text of a `toolchain.yaml`, as it is written for people and changed for them.
package enum ToolchainText {
    /// - Parameters:
    ///   - schema: where editors find the schema, relative to the file; nil for nowhere.
    ///   - comment: what it is for, in lines; nothing if empty.
    /// - Throws: `usage` for names that are none.
    package static func new(
        name: String, _ packages: DebianPackages, schema: String?, comment: [String] = []
    ) throws(BelljarError) -> [UInt8] {
        var lines = schema.map { ["# yaml-language-server: $schema=\($0)"] } ?? []
        lines += comment.map { "# \($0)" }
        lines += ["name: \(name)", "debian:", "  suite: \(packages.suite)", "  architecture: \(packages.architecture)"]
        if let essential = packages.essential { lines.append("  essential: \(essential)") }
        lines += ["  packages:"] + packages.names.map { "    - \($0)" }
        let text = Array(lines.map { $0 + "\n" }.joined().utf8)
        _ = try ToolchainDecoder.spec(text, file: "toolchain.yaml")
        return text
    }

    /// The text with more packages at the end of its list; all else stays as it is.
    ///
    /// - Returns: nil if it has all of them.
    package static func adding(_ names: [String], to text: [UInt8], file: String) throws(BelljarError) -> [UInt8]? {
        let spec = try ToolchainDecoder.spec(text, file: file)
        guard case .debian(var packages) = spec.kind else {
            throw BelljarError(
                .usage, operation: "add packages to", subject: file, answer: "it is an archive, not a list of packages",
                remedy: "write a toolchain of packages: belljar toolchain new NAME PACKAGE...")
        }
        let wanted = names.filter { !packages.names.contains($0) }
        guard !wanted.isEmpty else { return nil }
        packages.names += wanted
        guard let changed = changed(text, adding: wanted),
            let found = try? ToolchainDecoder.spec(changed, file: file), found.kind == .debian(packages)
        else {
            // What is wrong with a name is better said than that the list is odd.
            _ = try new(name: spec.name, packages, schema: nil)
            throw BelljarError(
                .usage, operation: "add packages to", subject: file,
                answer: "its list is not written one package a line",
                remedy: "add them to `packages` yourself: \(wanted.joined(separator: ", "))")
        }
        return changed
    }

    private static func changed(_ text: [UInt8], adding names: [String]) -> [UInt8]? {
        guard let last = lastPackage(in: text) else { return nil }
        var lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Array.init)
        let line = lines[last.line - 1]
        // The list is in ASCII up to here, or the names would have been refused; so columns are bytes.
        let before = String(decoding: line.prefix(last.column - 1), as: UTF8.self)
        if before.allSatisfy({ $0 == " " || $0 == "-" }) {
            lines.insert(contentsOf: names.map { Array("\(before)\($0)".utf8) }, at: last.line)
        } else {
            guard let end = line[(last.column - 1)...].firstIndex(of: UInt8(ascii: "]")) else { return nil }
            lines[last.line - 1].insert(contentsOf: names.map { ", \($0)" }.joined().utf8, at: end)
        }
        return Array(lines.joined(separator: [UInt8(ascii: "\n")]))
    }

    private static func lastPackage(in text: [UInt8]) -> YAMLNode? {
        guard let root = YAMLParser.parse(text, mistakes: Mistakes(file: "")), let debian = root.member("debian"),
            case .sequence(let packages)? = debian.member("packages")?.content
        else { return nil }
        return packages.last
    }
}

extension YAMLNode {
    fileprivate func member(_ key: String) -> YAMLNode? {
        guard case .mapping(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }
}
