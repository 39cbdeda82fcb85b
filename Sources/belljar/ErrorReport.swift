internal import BelljarBuild
internal import BelljarModel

/// An error on its way to the user: words on standard error, or one JSON object on standard output.
struct ErrorReport {
    let error: BelljarError
    let arguments: [String]

    /// - Returns: the exit code.
    func report() -> Int32 {
        Interruption.conclude()
        if wants("--json") {
            Console.write(bytes: Array(line.utf8))
        } else {
            Console.complain(text())
        }
        return exitCode
    }

    /// Says it on standard error as one of several, whatever the command line asks for.
    func complain() { Console.complain(text()) }

    /// Says it without waiting for anybody, for a process that is about to end.
    func reportAtOnce() {
        let wantsJSON = wants("--json")
        Console.sayAtOnce(wantsJSON ? line : text(), asResult: wantsJSON)
    }

    private var line: String {
        let reported = Answers.ReportedError(error)
        guard let object = try? Answers.failure.encode(reported) else {
            preconditionFailure("no number of an error is too large for JSON")
        }
        return String(decoding: CanonicalJSON.encode(object), as: UTF8.self) + "\n"
    }

    /// Interrupted programs end as shells expect: 128 and the signal's number.
    private var exitCode: Int32 { Self.exitCode(of: error) }

    static func exitCode(of error: BelljarError) -> Int32 {
        error.code == .cancelled ? 128 + Interruption.signal : error.code.exitCode
    }

    /// Looked for by hand, because the command may not have got as far as knowing its options. What follows `--` is
    /// the business of the program that is run.
    private func wants(_ option: String) -> Bool {
        arguments.prefix { $0 != "--" }.contains(option)
    }

    private func text() -> String {
        let style = TextStyle(colorChoice, descriptor: 2)
        let error = Interruption.told(error)
        // Names of files in an error may be a build's.
        var lines = [style.bad("error: ") + shown(error.summary)]
        // The end of a log may be among them.
        lines += error.details.map { "  " + LogTail.sanitised($0.utf8) }
        if let remedy = error.remedy { lines.append(style.bold("remedy: ") + shown(remedy)) }
        return lines.map { $0 + "\n" }.joined()
    }

    private var colorChoice: ColorChoice {
        let given = arguments.prefix { $0 != "--" }
        for (index, argument) in given.enumerated() {
            if argument == "--color", index + 1 < given.count {
                return ColorChoice(rawValue: given[index + 1]) ?? .auto
            }
            if argument.hasPrefix("--color=") { return ColorChoice(rawValue: String(argument.dropFirst(8))) ?? .auto }
        }
        return .auto
    }
}
