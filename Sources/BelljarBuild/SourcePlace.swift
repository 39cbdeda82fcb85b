/// Where a source of the recipe's own is: `src` is beside the recipe, `/src` in the project, and `/` the project itself.
struct SourcePlace {
    /// As the recipe says it.
    let path: String
    /// Absolute path of the folder that it is relative to.
    let base: String
    /// The path below that; empty for the folder itself.
    let rest: String
    /// Whether it is relative to the project.
    private let isOfProject: Bool
    private let project: String?

    /// - Parameters:
    ///   - folder: the recipe's.
    ///   - project: nil for a recipe without one, whose folder is all there is.
    init(_ path: String, folder: String, project: String?) {
        self.path = path
        self.project = project
        isOfProject = path.utf8.first == UInt8(ascii: "/")
        base = isOfProject ? project ?? folder : folder
        rest = isOfProject ? String(path.dropFirst()) : path
    }

    var absolute: String { rest.isEmpty ? base : base + "/" + rest }

    /// The path below the project, empty for the project itself; nil if it is not in one.
    var inProject: String? {
        guard let project else { return nil }
        if absolute == project { return "" }
        guard absolute.utf8.starts(with: (project + "/").utf8) else { return nil }
        return String(decoding: absolute.utf8.dropFirst(project.utf8.count + 1), as: UTF8.self)
    }

    /// What stands in front of the path below the base, as a recipe writes it.
    var prefix: String { isOfProject ? "/" : "" }

    /// For messages.
    var baseWords: String { isOfProject ? "the project's folder" : "the recipe's folder" }

    var remedy: String {
        isOfProject
            ? "correct the path, which begins at the project's folder \(base)"
            : "put it beside the recipe, or correct the path; `/PATH` begins at the project's folder"
    }
}
