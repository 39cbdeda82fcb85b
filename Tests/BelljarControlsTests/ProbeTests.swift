import FoundationEssentials
import Testing

@testable import BelljarControls

/// The battery's table against the controls and the probes' folder.
@Suite struct ProbeTests {
    struct Probe {
        var name: String
        var groups: [String]
        var controls: [String]
        var isOpen: Bool { name.hasPrefix("open/") }
    }

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/Probes")

    static func table() throws -> [Probe] {
        let text = String(decoding: try Data(contentsOf: folder.appending(path: "probes.tsv")), as: UTF8.self)
        return try text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
            try #require(columns.count == 4, "not four columns: \(line)")
            return Probe(
                name: String(columns[0]), groups: columns[1].split(separator: ",").map(String.init),
                controls: columns[3] == "-" ? [] : columns[3].split(separator: ",").map(String.init))
        }
    }

    @Test func everyControlHasAProbe() throws {
        let probed = Set(try Self.table().filter { !$0.isOpen }.flatMap(\.controls))
        #expect(probed == Set(Control.allCases.map(\.rawValue)))
    }

    @Test func everyGroupHasARecipeAndProbes() throws {
        let table = try Self.table()
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter {
            FileManager.default.fileExists(atPath: Self.folder.appending(path: "\($0)/recipe.yaml").path)
        }
        #expect(Set(folders) == Set(table.flatMap(\.groups)))
        #expect(Set(table.map { "\($0.groups) \($0.name)" }).count == table.count)
        // A C probe counts once for each way in which it is compiled.
        let count = table.reduce(0) { $0 + $1.groups.reduce(0) { $0 + ($1 == "c" ? 3 : 1) } }
        #expect(count >= 60)
    }
}
