internal import BelljarBuild
internal import BelljarModel

/// A file that belljar was told to write, and that may lie in a source: every build that writes it changes what the next one is
/// made of.
struct WrittenFile {
    /// Absolute.
    var path: String
    /// As what a note begins with: `the patch`.
    var what: String

    /// Says so on standard error if it is a part of a recipe's source.
    ///
    /// - Parameter recipes: of the project.
    func tell(of recipes: [Recipe], _ engine: Engine, _ options: GlobalOptions) throws(BelljarError) {
        for recipe in recipes {
            guard let source = try engine.localSource(of: recipe, thatTakes: path) else { continue }
            let note =
                "\(what) lies in a source of \(recipe.name) (local: \(source)), so the next build takes it in: move it away, or "
                + "name it in .belljarignore"
            return Console.complain(TextStyle(options.color, descriptor: 2).warning("note: ") + shown(note) + "\n")
        }
    }
}
