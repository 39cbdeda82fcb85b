internal import ArgumentParser
internal import BelljarModel

enum Version {
    static let text = OwnVersion.text
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the version of belljar.", usage: "belljar version [<options>]",
        discussion: "With --json: also the version of the record format that it writes.")

    @OptionGroup var options: GlobalOptions

    func run() throws {
        if options.json {
            try Console.write(Version.text, as: Answers.version)
        } else {
            Console.write("belljar \(Version.text)\n")
        }
    }
}

extension Console {
    /// Writes an answer of `--json`, which is one JSON object, and ends the line.
    static func write<Value>(_ value: Value, as answer: JSONType<Value>) throws(BelljarError) {
        write(bytes: CanonicalJSON.encode(try answer.encode(value)) + [UInt8(ascii: "\n")])
    }
}
