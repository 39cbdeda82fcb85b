internal import BelljarModel
internal import BelljarToolchain

/// Texts of Debian's archives and packages.
enum DebianTargets {
    /// Stanzas as in Packages files; and the control file of a package, with the same bytes as its other members.
    static func control(_ input: [UInt8]) throws(FuzzFinding) -> Bool {
        let members = ["control": input, "conffiles": input, "triggers": input]
        if let package = accepted({ () throws(BelljarError) in try DebianPackage(members: members, file: "x") }) {
            _ = (package.conffiles, package.interests)
        }
        func read(_ text: String) -> [ControlStanza]? {
            accepted { () throws(BelljarError) in try ControlStanza.parse(text, file: "Packages") }
        }
        guard let text = String(validating: input, as: UTF8.self), let stanzas = read(text) else { return false }
        for stanza in stanzas {
            guard let again = read(stanza.text) else { throw FuzzFinding("a stanza that belljar writes is refused") }
            try require(again.count == 1, "a stanza is \(again.count) stanzas after writing and reading")
            try require(again[0].text == stanza.text, "a stanza has two texts")
        }
        return true
    }

    static func release(_ input: [UInt8]) throws(FuzzFinding) -> Bool {
        guard let text = String(validating: input, as: UTF8.self) else { return false }
        return accepted { () throws(BelljarError) in try ReleaseFile(text, file: "InRelease") } != nil
    }

    static func apt(_ input: [UInt8]) throws(FuzzFinding) -> Bool {
        guard let text = String(validating: input, as: UTF8.self) else { return false }
        return accepted { () throws(BelljarError) in try AptDownload.parse(text) } != nil
    }
}
