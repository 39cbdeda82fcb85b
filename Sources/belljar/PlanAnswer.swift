internal import BelljarBuild
internal import BelljarModel

/// What `belljar build --dry-run` says.
extension Answers {
    static let plan = JSONType<BuildPlan>.answer {
        JSONMember(says: "recipes", .list(of: planned), "all that the build would be of, each behind its inputs") {
            $0.entries
        }
    }

    private static let planned = JSONType<BuildPlan.Entry>.answer {
        JSONMember(says: "name", .name(.recipe), "the recipe's name") { $0.recipe.name }
        JSONMember(says: "version", .name(.version), "the recipe's version") { $0.recipe.version }
        JSONMember(says: "fate", .choice, "cached; build; or depends: cached if its inputs come out as before") {
            $0.fate
        }
        JSONMember(says: "awaited", .list(of: .name(.recipe)), "inputs that are built first") { $0.awaited }
        JSONMember(says: "fetches", .list(of: fetch), "sources that would be fetched") { $0.fetches }
        JSONMember(says: "makesImage", .flag, "whether the image of its toolchain is made first, unless it is cached") {
            $0.makesImage
        }
        JSONMember(
            says: "imageFetches", .list(of: fetch), "what would be fetched for the image: packages, or an archive"
        ) {
            $0.imageFetches
        }
        JSONMember(maySay: "record", .digest, "of a cached one: SHA-256 of the record") { $0.record }
        JSONMember(maySay: "check", .text, "what comes behind it to check it, by a policy or --check, in words") {
            $0.check?.words
        }
        JSONMember(
            maySay: "changes", .list(of: change), "with --explain: what is otherwise than at this project's last build"
        ) { $0.explanation?.changes }
    }

    private static let fetch = JSONType<BuildPlan.Fetch>.answer {
        JSONMember(says: "address", .text, "where it comes from") { $0.address }
        JSONMember(maySay: "size", .count, "in bytes, where the recipe says it") { $0.size }
    }
}

extension BuildPlan {
    func show(_ options: GlobalOptions) throws(BelljarError) {
        if options.json { return try Console.write(self, as: Answers.plan) }
        let style = TextStyle(options.color, descriptor: 1)
        for entry in entries {
            let head = "\(style.bold(shown(entry.recipe.name))) \(shown(entry.recipe.version))  "
            Console.write(entry.explanation == nil ? head + words(entry, style) + "\n" : entry.line(style))
            if let check = entry.check { Console.write("  \(check.words)\n") }
            if entry.makesImage {
                Console.write("  make the image of toolchain \(shown(entry.recipe.toolchain))\(needs(entry))\n")
            }
            for fetch in entry.fetches {
                Console.write(
                    "  fetch \(shown(fetch.address))" + (fetch.size.map { " (\(ProgressWords.size($0)))" } ?? "") + "\n"
                )
            }
        }
    }

    /// A toolchain has a hundred packages and more, so they are not listed.
    private func needs(_ entry: Entry) -> String {
        let count = entry.imageFetches.count
        if count == 0 { return "" }
        let sizes = entry.imageFetches.compactMap(\.size)
        let size = sizes.count == count ? " (\(ProgressWords.size(sizes.reduce(0, +))))" : ""
        return ": fetch \(count) \(count == 1 ? "file" : "files")\(size)"
    }

    private func words(_ entry: Entry, _ style: TextStyle) -> String {
        switch entry.fate {
        case .cached: style.good("cached") + (entry.record.map { "  record \($0)" } ?? "")
        case .build: "would be built"
        case .depends:
            "would be built, unless \(entry.awaited.map(shown).joined(separator: ", ")) "
                + (entry.awaited.count == 1 ? "comes" : "come") + " out as before"
        }
    }
}
