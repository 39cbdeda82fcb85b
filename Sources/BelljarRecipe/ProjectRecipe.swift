internal import BelljarModel

/// What `belljar init` writes of a template for one project.
package struct ProjectRecipe: Sendable {
    /// A name for a recipe.
    package var name: String
    /// Any text that a version can be.
    package var version: String
    package var template: ProjectTemplate
    package var folder: ProjectFolder
    /// Seconds since 1970.
    package var epoch: UInt64
    /// Where that comes from: `the last commit`.
    package var epochOrigin: String

    package init(
        name: String, version: String, template: ProjectTemplate, folder: ProjectFolder, epoch: UInt64,
        epochOrigin: String
    ) {
        self.name = name
        self.version = version
        self.template = template
        self.folder = folder
        self.epoch = epoch
        self.epochOrigin = epochOrigin
    }

    /// What the toolchain has besides the essential packages.
    package var packages: [String] { template.plan(folder).packages }

    /// The text of `belljar.yaml`.
    package var text: [UInt8] {
        let plan = template.plan(folder)
        var lines = [
            "# How belljar builds this project, which has \(template.title). Change it as you like: `belljar build` tells what",
            "# is wrong with it. What is a key and what it means: docs/recipe.md of belljar, or `belljar schema recipe`.",
        ]
        lines += plan.notes.isEmpty ? [] : ["#"] + plan.notes.map { "# \($0)" }
        lines += [
            "name: \"\(name)\"", "version: \"\(version)\"",
            "# What the build sees as its root file system: Toolchains/\(template.name)/toolchain.yaml.",
            "toolchain: \(template.name)",
            "# The date that the build sees, in seconds since 1970: of \(epochOrigin). Any will do that stays the same.",
            "epoch: \(epoch)", "",
            "sources:",
            "  # The whole project, but for .git, belljar's own files and what .gitignore and .belljarignore name.",
            "  - local: /",
            "    # What else the build does not need: ignore: [\"/docs/\", \"*.log\"]",
        ]
        if !plan.into.isEmpty { lines.append("    into: \(plan.into)") }
        if !plan.environment.isEmpty {
            lines += ["", "environment:"] + plan.environment.map { "  \($0.name): \"\($0.value)\"" }
        }
        lines += ["", "# Each is a script of /bin/sh. Without network, and $OUT is where the result goes.", "steps:"]
        for step in plan.steps {
            lines += step.comment.map { "  # \($0)" }
            lines += ["  - name: \(step.name)", "    run: |"] + step.run.map { "      \($0)" }
        }
        lines += [
            "",
            "# What has to be below $OUT at the end; \".\" is anything. Paths here make a build fail that forgets them.",
        ]
        lines += plan.outputs == ["."] ? ["outputs: [.]"] : ["outputs:"] + plan.outputs.map { "  - \"\($0)\"" }
        return Array(lines.map { $0 + "\n" }.joined().utf8)
    }

    /// A recipe's name from that of a folder: in lower case, with hyphens for what no name has.
    package static func name(from folder: String) -> String {
        let allowed = Array("abcdefghijklmnopqrstuvwxyz0123456789+.-".unicodeScalars)
        var name = ""
        for scalar in folder.lowercased().unicodeScalars {
            let isAllowed = allowed.contains(scalar)
            if name.isEmpty, !isAllowed || "+.-".unicodeScalars.contains(scalar) { continue }
            name.unicodeScalars.append(isAllowed ? scalar : "-")
        }
        while name.hasSuffix("-") { name.removeLast() }
        name = String(name.prefix(64))
        return NameRule.recipe.mistake(in: name) == nil ? name : noName
    }

    /// For a folder in whose name there is nothing that could stand in a recipe's.
    static let noName = "project"

    /// The version that a project says it has: `version = "1.2"` in Cargo.toml and pyproject.toml, `"version": "1.2"` in
    /// package.json, the first of debian/changelog; else 0.
    package static func version(of folder: ProjectFolder) -> String {
        for file in ["Cargo.toml", "pyproject.toml", "package.json"] {
            for line in folder.text(file).split(whereSeparator: \.isNewline) {
                let words = line.drop { " \t\"".contains($0) }
                guard words.hasPrefix("version"), let quote = words.dropFirst(8).firstIndex(of: "\"") else { continue }
                let rest = words[quote...].drop { "\": ".contains($0) }
                let found = String(rest.prefix { $0 != "\"" })
                if (try? Rules.version(found)) != nil { return found }
            }
        }
        let changelog = folder.text("debian/changelog").prefix { !$0.isNewline }
        if let open = changelog.firstIndex(of: "(") {
            let found = String(changelog[open...].dropFirst().prefix { $0 != ")" })
            if (try? Rules.version(found)) != nil { return found }
        }
        return "0"
    }
}
