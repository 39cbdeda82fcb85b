internal import ArgumentParser
internal import BelljarModel

enum ColorChoice: String, ExpressibleByArgument, CaseIterable, Sendable {
    case auto, always, never
}

/// What every command understands.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The store's folder.",
            discussion: """
                Default: $BELLJAR_STORE, else $XDG_DATA_HOME/belljar, else ~/.local/share/belljar; for root \
                /var/lib/belljar.
                """, valueName: "folder"),
        completion: .directory)
    var store: String?

    @Option(
        help: ArgumentHelp(
            "The project's folder.",
            discussion: "Default: the nearest folder above that holds Recipes or Toolchains.", valueName: "folder"),
        completion: .directory)
    var project: String?

    @Option(
        help: ArgumentHelp(
            "The account's number that builds run under when belljar is started as root.",
            discussion: "Default: the account belljar if there is one, else 65534.", valueName: "uid"))
    var buildUid: UInt32?

    @Option(help: ArgumentHelp("Colours: auto, always or never.", valueName: "when"))
    var color: ColorChoice = .auto

    @Flag(help: "Print the result, or the error, as one JSON object on standard output.")
    var json = false

    @Flag(name: [.customShort("q"), .long], help: "No progress on standard error, only errors.")
    var quiet = false
}

extension Recheck: ExpressibleByArgument {}

/// For commands that execute builds.
struct RecheckOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Look again at what the build could see when it is over: changed, full or none.",
            discussion: "In place of what recipes say, whose default is changed. A build that was looked at less "
                + "thoroughly before is executed again.",
            valueName: "how"))
    var recheck: Recheck?
}
