internal import ArgumentParser
internal import BelljarModel

enum ColorChoice: String, ExpressibleByArgument, CaseIterable, Sendable {
    case auto, always, never
}

/// What every command understands.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The store: where everything fetched, built and recorded is kept.",
            discussion: """
                Default: $BELLJAR_STORE if it is set. Otherwise /var/lib/belljar for root, and for everybody else \
                $XDG_DATA_HOME/belljar or ~/.local/share/belljar.
                """, valueName: "folder"),
        completion: .directory)
    var store: String?

    @Option(
        help: ArgumentHelp(
            "The project: the folder that holds belljar.yaml or Recipes/, and Toolchains/.",
            discussion: "Default: the current folder, or the nearest one above it that holds any of them.",
            valueName: "folder"),
        completion: .directory)
    var project: String?

    @Option(
        help: ArgumentHelp(
            "The user ID that builds run under. Only for root.",
            discussion: "Default: that of the user belljar if there is one, otherwise 65534 (nobody).",
            valueName: "uid"))
    var buildUid: UInt32?

    @Option(
        help: ArgumentHelp(
            "When to use colours.", discussion: "auto: on a terminal, unless NO_COLOR is set.", valueName: "when"))
    var color: ColorChoice = .auto

    @Flag(
        help: ArgumentHelp(
            "Print the result, or the error, as one JSON object on standard output.",
            discussion: "`belljar schema` lists the schemas of these objects."))
    var json = false

    @Flag(name: [.customShort("q"), .long], help: "Print errors, but no progress, on standard error.")
    var quiet = false
}

extension Recheck: ExpressibleByArgument {}

/// For commands that execute builds.
struct RecheckOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How to check, when a build is over, that nobody changed its inputs meanwhile.",
            discussion: """
                changed: hash what is newer than the start of the build. full: hash everything. none: check nothing. \
                Default: what the recipe says, and changed if it says nothing or a record is rebuilt. `belljar build` \
                does not take a recorded result that was checked less thoroughly.
                """,
            valueName: "how"))
    var recheck: Recheck?
}
