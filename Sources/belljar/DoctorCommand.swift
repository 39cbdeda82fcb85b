internal import ArgumentParser
internal import BelljarControls
internal import BelljarKernel
internal import BelljarModel
internal import BelljarSandbox

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check whether this host can run sandboxes, and what to do if it cannot.",
        usage: "belljar doctor [<options>]",
        discussion: """
            A line says `ok`, `optional` (builds work without it) or `missing`, and then what to do. The last line \
            counts most: there, a program really ran in a sandbox.

            Exit code: 0 if builds can run here, else the one they would end with, mostly 4.
            """)

    @OptionGroup var options: GlobalOptions

    func run() throws {
        let (features, failure) = try examine()
        if options.json {
            try Console.write(.init(isComplete: failure == nil, features: features), as: Answers.doctor)
        } else {
            for feature in features { show(feature) }
        }
        if let failure { throw QuietExit(exitCode: failure.exitCode) }
    }

    /// What this host has, and what a build would end with for want of the rest.
    private func examine() throws -> (features: [HostFeature], failure: ErrorCode?) {
        // There is nothing else to be found out without it.
        guard Host.procFault == nil else { return (HostFeature.facts(), .sandboxUnavailable) }
        let session = Session(options, showsProgress: true, makesStore: true)
        let outcome = Result { () throws(BelljarError) in try Trial(session).run() }
        let account: Account?
        do throws(BelljarError) { account = try session.places.account() } catch {
            guard error.code == .sandboxUnavailable else { throw error }
            return (HostFeature.facts() + [.rehearsal(outcome)], error.code)
        }
        let features = HostFeature.concluded(
            HostFeature.probeAll(initPath: try session.places.initProgram(), account: account), .rehearsal(outcome))
        guard case .failure(let error) = outcome else { return (features, nil) }
        return (features, error.code)
    }

    private func show(_ feature: HostFeature) {
        let style = TextStyle(options.color, descriptor: 1)
        let mark =
            switch feature.state {
            case .available: style.good("ok      ")
            case .missing: style.bad("missing ")
            case .optionalMissing: style.warning("optional")
            }
        Console.write("\(mark)  \(feature.name): \(feature.finding)\n")
        if feature.state != .available, let remedy = feature.remedy { Console.write("          remedy: \(remedy)\n") }
    }
}
