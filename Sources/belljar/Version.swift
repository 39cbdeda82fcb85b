internal import ArgumentParser
internal import BelljarModel

enum Version {
    /// Stands in every record. The changelog says what changed.
    static let text = "0.3.0"
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the version and the formats it reads and writes.")

    @OptionGroup(title: "Global options") var options: GlobalOptions

    func run() throws {
        if options.json {
            Console.writeJSON([
                "version": .string(Version.text),
                "recordFormat": .integer(Int64(BuildRecord.formatVersion)),
            ])
        } else {
            Console.write("belljar \(Version.text)\n")
        }
    }
}

extension Console {
    /// Writes one JSON object and ends the line.
    static func writeJSON(_ members: [String: JSONValue]) {
        write(CanonicalJSON.encode(.object(members)))
        write("\n")
    }
}
