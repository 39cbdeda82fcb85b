internal import ArgumentParser
internal import BelljarModel
internal import BelljarSandbox

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at what this host offers for sandboxes, and say what to do about the rest.",
        discussion: "Exit code 4 if something is missing that a sandbox cannot do without.")

    @OptionGroup(title: "Global options") var options: GlobalOptions

    func run() throws {
        let places = Places(options: options)
        let features = HostFeature.probeAll(
            initPath: try places.initProgram(), account: try places.account())
        let isComplete = features.allSatisfy { $0.state != .missing }
        if options.json {
            Console.writeJSON([
                "complete": .bool(isComplete),
                "features": .array(features.map(Self.json)),
            ])
        } else {
            for feature in features { show(feature) }
        }
        if !isComplete { throw Ending(exitCode: ErrorCode.sandboxUnavailable.exitCode) }
    }

    private func show(_ feature: HostFeature) {
        let style = Style(options.color, descriptor: 1)
        let mark =
            switch feature.state {
            case .available: style.good("ok      ")
            case .missing: style.bad("missing ")
            case .optionalMissing: style.warning("optional")
            }
        Console.write("\(mark)  \(feature.name): \(feature.finding)\n")
        if feature.state != .available, let remedy = feature.remedy { Console.write("          remedy: \(remedy)\n") }
    }

    private static func json(_ feature: HostFeature) -> JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(feature.name), "state": .string(feature.state.rawValue),
            "finding": .string(feature.finding),
        ]
        if let remedy = feature.remedy { members["remedy"] = .string(remedy) }
        return .object(members)
    }
}
