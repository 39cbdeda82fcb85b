internal import BelljarKernel
package import BelljarModel

/// The recipes of a project: the one in `belljar.yaml`, if there is one, whose name it says, and those in
/// `Recipes/NAME/recipe.yaml`, where the recipe's name is the folder's.
package struct RecipeLibrary: Sendable {
    /// The recipe of the project itself, in the project's folder.
    package static let singleName = "belljar.yaml"
    package static let fileName = "recipe.yaml"
    /// How the folder of recipes is named, on the disk and in diagnostics.
    private static let folderName = "Recipes"

    /// Absolute path of the project.
    package let project: String
    private var folder: String { "\(project)/\(Self.folderName)" }
    /// Read when a recipe is asked for.
    private let single: Once<Single?>

    /// What `belljar.yaml` holds, before it is understood.
    private struct Single: Sendable {
        var text: [UInt8]
        /// Nil if it says none, or not one that could be a recipe's.
        var name: String?
    }

    /// - Parameter project: absolute path of the project's folder.
    package init(project: String) {
        self.project = project
        single = Once { () throws(BelljarError) -> Single? in
            let place = RecipeFolder(folder: project, shown: "")
            guard let text = try place.text(RecipeLibrary.singleName) else { return nil }
            return Single(text: text, name: RecipeDecoder.name(in: text))
        }
    }

    /// Names of all recipes, sorted, without reading those in folders.
    package func names() throws(BelljarError) -> [String] {
        let single = try single()
        var names = try folderNames(isNeeded: single == nil)
        // One without a name would be passed over in silence.
        if let single {
            if let name = single.name {
                names.append(name)
            } else if let mistakes = reading(single).mistakes {
                throw mistakes
            }
        }
        return Set(names).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// - Parameter isNeeded: whether there are no other recipes, so that a missing folder is an error.
    private func folderNames(isNeeded: Bool) throws(BelljarError) -> [String] {
        do throws(KernelError) {
            let directory = try Descriptor.workingDirectory.open(folder, [.read, .directory, .followingLinks])
            var names: [String] = []
            for entry in try directory.entries(limit: 100_000) where entry.name.first != UInt8(ascii: ".") {
                guard let name = String(validating: entry.name, as: UTF8.self) else { continue }
                // A plain file beside the recipes is none, and says so with ENOTDIR.
                guard entry.kind != .regular, try RecipeFolder.status("\(name)/\(Self.fileName)", directory) != nil
                else {
                    continue
                }
                names.append(name)
            }
            return names
        } catch {
            if !isNeeded, error.errno == .ENOENT { return [] }
            throw RecipeFolder.unreadable(error, "list recipes", Self.folderName)
        }
    }

    /// The recipe of that name, read anew. A name without a recipe is a `usage` error that names those near it.
    package func load(_ name: String) throws(BelljarError) -> Recipe { try located(name).recipe }

    /// - Parameter needed: where another recipe names it as an input, for the error if there is none.
    func located(_ name: String, needed: SourceLocation? = nil) throws(BelljarError) -> RecipeDecoder.Located {
        let reading = try reading(name, needed: needed)
        if let mistakes = reading.mistakes { throw mistakes }
        guard let located = reading.located else {
            throw BelljarError(
                .internal, operation: "read recipe", subject: quoted(name),
                answer: "it was refused, and no reason was given")
        }
        return located
    }

    /// What can be read of a recipe, and all that is wrong with what it says.
    package struct Reading {
        /// Nil if nothing can be read. Where a key has no value that can be read, it is empty here.
        package var recipe: Recipe?
        package var mistakes: [BelljarError]
    }

    package func reading(_ name: String) -> Reading {
        do throws(BelljarError) {
            let found = try reading(name, needed: nil)
            var mistakes = found.mistakes.map { [$0] } ?? []
            for input in found.located?.recipe.inputs ?? [] where try !names().contains(input) {
                mistakes.append(try unknown(input, needed: found.located?.inputs[input]))
            }
            return Reading(recipe: found.located?.recipe, mistakes: mistakes)
        } catch {
            return Reading(mistakes: [error])
        }
    }

    private func reading(_ name: String, needed: SourceLocation?) throws(BelljarError) -> RecipeDecoder.Reading {
        let single = try single()
        let file = "\(name)/\(Self.fileName)"
        let place = RecipeFolder(folder: folder, shown: Self.folderName + "/")
        // Only a checked name becomes part of a path.
        let text = (try? Rules.name(name)) == nil ? nil : try place.text(file, isOptional: single != nil)
        guard let text else {
            if let single, single.name == name { return reading(single) }
            throw try unknown(name, needed: needed)
        }
        guard single?.name != name else {
            throw BelljarError(
                .usage, operation: "find recipe", subject: quoted(name),
                answer: "both \(Self.singleName) and \(place.shown)\(file) have that name",
                remedy: "give one of them another name")
        }
        return RecipeDecoder.reading(
            text, file: place.shown + file, folder: "\(folder)/\(name)", project: project, expectedName: name)
    }

    private func reading(_ single: Single) -> RecipeDecoder.Reading {
        RecipeDecoder.reading(
            single.text, file: Self.singleName, folder: project, project: project, expectedName: nil)
    }

    /// The recipe that a path is the file of: `belljar.yaml`, `Recipes/hello/recipe.yaml`. Nil for other paths.
    package func recipe(inFile path: String) throws(BelljarError) -> String? {
        let components = path.split(separator: "/").map(String.init)
        if components.last == Self.singleName { return try single()?.name }
        guard components.last == Self.fileName, let folder = components.dropLast().last else { return nil }
        return try names().contains(folder) ? folder : nil
    }

    /// The error for a name that no recipe has.
    private func unknown(_ name: String, needed: SourceLocation?) throws(BelljarError) -> BelljarError {
        let names = try names()
        if let wrong = wrongFolder(name, among: names) { return wrong }
        let near = try nearest(to: name, among: names)
        let known = names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", ..." : "")
        let remedy =
            near.map { "did you mean \"\($0)\"?" }
            ?? (names.isEmpty ? "write \(Self.folderName)/NAME/\(Self.fileName)" : "the recipes are: \(known)")
        guard let needed else {
            return BelljarError(
                .usage, operation: "find recipe", subject: quoted(name),
                answer: "the project has no recipe of that name", remedy: remedy)
        }
        return BelljarError(
            .usage, operation: "read recipe", subject: needed.description,
            answer: "the project has no recipe for input \(quoted(name))", remedy: remedy)
    }

    /// The error for a folder that holds a recipe and is called what no recipe can be called; nil for another one.
    private func wrongFolder(_ name: String, among names: [String]) -> BelljarError? {
        guard names.contains(name), let mistake = NameRule.recipe.mistake(in: name) else { return nil }
        let better = Rules.proposal(for: name) ?? "NAME"
        let folder = "\(Self.folderName)/\(name)"
        return BelljarError(
            .usage, operation: "read recipe", subject: "\(folder)/\(Self.fileName)",
            answer: "a recipe has the name of its folder, and \(quoted(name)) \(mistake)",
            remedy:
                "rename it: `mv \(shellWord(folder)) \(Self.folderName)/\(better)`, with `name: \(better)` in the recipe"
        )
    }

    private func nearest(to name: String, among names: [String]) throws(BelljarError) -> String? {
        // Of a path, what it leads to: `belljar.yaml`, `Recipes/hello/recipe.yaml`, `Recipes/hello/`.
        if let recipe = try recipe(inFile: name) { return recipe }
        let components = name.split(separator: "/").map(String.init)
        let folder = components.last { $0 != Self.fileName } ?? name
        return names.contains(folder) ? folder : NearMatch.nearest(to: name, among: names)
    }
}

/// A folder that recipes are read from.
private struct RecipeFolder {
    /// Absolute path.
    let folder: String
    /// What messages have in front of a path below it.
    let shown: String

    /// The bytes of a recipe; nil if there is none.
    ///
    /// - Parameter isOptional: whether the folder itself may be missing.
    func text(_ path: String, isOptional: Bool = false) throws(BelljarError) -> [UInt8]? {
        let status: FileStatus?
        do throws(KernelError) {
            let directory = try Descriptor.workingDirectory.open(folder, [.read, .directory, .followingLinks])
            status = try Self.status(path, directory)
            if status?.kind == .regular {
                // Not blocking, lest a FIFO that takes the file's place holds us up.
                return try directory.open(path, [.read, .nonblocking]).readAll(limit: YAMLParser.maximumBytes)
            }
        } catch {
            if isOptional, error.errno == .ENOENT { return nil }
            throw Self.unreadable(error, "read recipe", shown + path)
        }
        guard let status else { return nil }
        throw BelljarError(
            .usage, operation: "read recipe", subject: shown + path,
            answer: "it is a \(status.kind.words), not a regular file",
            remedy: "put the recipe itself there")
    }

    static func status(_ path: String, _ directory: borrowing Descriptor) throws(KernelError) -> FileStatus? {
        do throws(KernelError) { return try directory.status(of: path) } catch {
            guard [.ENOENT, .ENOTDIR].contains(error.errno) else { throw error }
            return nil
        }
    }

    static func unreadable(_ error: KernelError, _ operation: String, _ subject: String) -> BelljarError {
        let remedy: String? =
            switch error.errno {
            case .ENOENT:
                "run belljar in a project, which is a folder that holds \(RecipeLibrary.singleName) or Recipes (`belljar init` "
                    + "makes one), or name it with --project"
            case .EFBIG: "a recipe has at most \(YAMLParser.maximumBytes) bytes"
            default: nil
            }
        return BelljarError(
            remedy == nil ? .host : .usage, operation: operation, subject: subject, answer: error.answer,
            remedy: remedy)
    }
}
