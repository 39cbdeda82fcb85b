internal import BelljarKernel
package import BelljarModel

/// The recipes of a project folder: `Recipes/NAME/recipe.yaml`, where the recipe's name is the folder's.
package struct RecipeLibrary: Sendable {
    package static let fileName = "recipe.yaml"

    /// Absolute path of the `Recipes` folder.
    package let folder: String
    private let shownFolder: String

    /// - Parameters:
    ///   - folder: absolute path of the `Recipes` folder; read when a recipe is asked for.
    ///   - shownFolder: how the folder is named in diagnostics, as its user wrote it: `Recipes`.
    package init(folder: String, shownAs shownFolder: String? = nil) {
        self.folder = folder
        self.shownFolder = shownFolder ?? folder
    }

    /// Names of all folders that hold a recipe, sorted, without reading the recipes.
    package func names() throws(BelljarError) -> [String] {
        do throws(KernelError) {
            let directory = try open()
            var names: [String] = []
            for entry in try directory.entries(limit: 100_000) where entry.name.first != UInt8(ascii: ".") {
                guard let name = String(validating: entry.name, as: UTF8.self) else { continue }
                // A plain file beside the recipes is none, and says so with ENOTDIR.
                guard entry.kind != .regular, try status(ofRecipe: name, directory) != nil else { continue }
                names.append(name)
            }
            return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        } catch {
            throw unreadable(error, "list recipes", shownFolder)
        }
    }

    /// The recipe of that name, read anew. A name without a recipe is a `usage` error that names those near it.
    package func load(_ name: String) throws(BelljarError) -> Recipe { try located(name).recipe }

    /// - Parameter needed: where another recipe names it as an input, for the error if there is none.
    func located(_ name: String, needed: SourceLocation? = nil) throws(BelljarError) -> RecipeDecoder.Located {
        let file = "\(shownFolder)/\(name)/\(Self.fileName)"
        // Only a checked name becomes part of a path.
        guard (try? Rules.name(name)) != nil, let text = try text(name, file: file) else {
            throw try unknown(name, needed: needed)
        }
        return try RecipeDecoder.located(text, file: file, folder: "\(folder)/\(name)", expectedName: name)
    }

    /// The error for a name that no recipe has.
    private func unknown(_ name: String, needed: SourceLocation?) throws(BelljarError) -> BelljarError {
        let names = try names()
        // Of a path, its folder: `Recipes/hello/recipe.yaml`, `Recipes/hello/`.
        let folder = name.split(separator: "/").last { $0 != Self.fileName }.map(String.init) ?? name
        let near = names.contains(folder) ? folder : NearMatch.nearest(to: name, among: names)
        let known = names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", ..." : "")
        let remedy =
            near.map { "did you mean \"\($0)\"?" }
            ?? (names.isEmpty ? "write \(shownFolder)/NAME/\(Self.fileName)" : "the recipes are: \(known)")
        guard let needed else {
            return BelljarError(
                .usage, operation: "find recipe", subject: quoted(name),
                answer: "there is no recipe of that name in \(shownFolder)",
                remedy: remedy)
        }
        return BelljarError(
            .usage, operation: "read recipe", subject: needed.description,
            answer: "there is no recipe in \(shownFolder) for input \(quoted(name))", remedy: remedy)
    }

    // MARK: files

    private func open() throws(KernelError) -> Descriptor {
        try Descriptor.workingDirectory.open(folder, [.read, .directory, .followingLinks])
    }

    private func status(ofRecipe name: String, _ directory: borrowing Descriptor) throws(KernelError) -> FileStatus? {
        do throws(KernelError) {
            return try directory.status(of: "\(name)/\(Self.fileName)")
        } catch {
            guard [.ENOENT, .ENOTDIR].contains(error.errno) else { throw error }
            return nil
        }
    }

    /// The bytes of a recipe; nil if there is none.
    private func text(_ name: String, file: String) throws(BelljarError) -> [UInt8]? {
        let status: FileStatus?
        do throws(KernelError) {
            let directory = try open()
            status = try self.status(ofRecipe: name, directory)
            if status?.kind == .regular {
                // Not blocking, lest a FIFO that takes the file's place holds us up.
                return try directory.open("\(name)/\(Self.fileName)", [.read, .nonblocking])
                    .readAll(limit: YAMLParser.maximumBytes)
            }
        } catch {
            throw unreadable(error, "read recipe", file)
        }
        guard let status else { return nil }
        throw BelljarError(
            .usage, operation: "read recipe", subject: file, answer: "it is a \(status.kind.words), not a regular file",
            remedy: "put the recipe there as a file")
    }

    private func unreadable(_ error: KernelError, _ operation: String, _ subject: String) -> BelljarError {
        let errno = error.errno
        let remedy: String? =
            switch errno {
            case .ENOENT:
                "run belljar in a project, which is a folder that holds \"Recipes\", or name it with --project"
            case .EFBIG: "a recipe has at most \(YAMLParser.maximumBytes) bytes"
            default: nil
            }
        return BelljarError(
            remedy == nil ? .host : .usage, operation: operation, subject: subject, answer: error.answer,
            remedy: remedy)
    }
}
