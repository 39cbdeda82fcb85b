package import BelljarModel

/// The control part of a Debian package: what dpkg keeps in its database (deb-control(5) and its relatives).
package struct DebianPackage: Hashable, Sendable {
    /// A file of the control archive other than `control`: `md5sums`, `conffiles`, `postinst`, ...
    struct Member: Hashable, Sendable {
        var name: String
        var bytes: [UInt8]

        /// Whether dpkg runs it (deb-control(5) and deb-config scripts of debconf). Decided by name, so that a package
        /// built with odd modes works all the same.
        var isScript: Bool { ["config", "postinst", "postrm", "preinst", "prerm"].contains(name) }
    }

    /// Something that triggers the package's postinst (deb-triggers(5)).
    package struct Interest: Hashable, Sendable {
        /// The name of a trigger, or the absolute path below which any change activates it.
        var trigger: String
        var isWaitedFor: Bool
    }

    var control: ControlStanza
    var name: String
    var version: String
    var architecture: String
    var members: [Member]

    /// How dpkg names the package in its database's files: with the architecture only where several architectures of
    /// the package can be installed together.
    var databaseName: String {
        control["Multi-Arch"] == "same" ? "\(name):\(architecture)" : name
    }

    /// - Parameters:
    ///   - members: everything in the control archive by name, `control` among it.
    ///   - file: what the package is called in errors.
    package init(members: [String: [UInt8]], file: String) throws(BelljarError) {
        func fault(_ answer: String) -> BelljarError {
            BelljarError(.integrity, operation: "read package", subject: file, answer: answer)
        }
        guard let control = members["control"] else {
            throw fault("it has no control file")
        }
        guard let text = String(validating: control, as: UTF8.self) else {
            throw fault("its control file is not UTF-8")
        }
        let stanzas = try ControlStanza.parse(text, file: "\(file):control")
        guard stanzas.count == 1, let stanza = stanzas.first, let name = stanza["Package"],
            let version = stanza["Version"],
            let architecture = stanza["Architecture"]
        else { throw fault("its control file is not one stanza with Package, Version and Architecture") }
        // These become parts of file names.
        guard name.utf8.allSatisfy(Self.isNameByte), architecture.utf8.allSatisfy(Self.isNameByte), !name.isEmpty else {
            throw fault("its control file has an impossible package name or architecture")
        }
        self.control = stanza
        self.name = name
        self.version = version
        self.architecture = architecture
        self.members = members.filter { $0.key != "control" }.map { Member(name: $0.key, bytes: $0.value) }
            .sorted { $0.name < $1.name }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private func lines(of member: String) -> [Substring] {
        guard let found = members.first(where: { $0.name == member }) else { return [] }
        return String(decoding: found.bytes, as: UTF8.self).textLines.map(\.trimmed).filter { !$0.isEmpty }
    }

    /// Absolute paths of the configuration files that the package ships (deb-conffiles(5)).
    ///
    /// A line may have flags before the path; the only one, `remove-on-upgrade`, marks a file that is not shipped.
    package var conffiles: [String] {
        lines(of: "conffiles").filter { $0.hasPrefix("/") }.map(String.init)
    }

    /// What the package wants to be triggered by.
    package var interests: [Interest] {
        lines(of: "triggers").compactMap { line in
            let words = line.prefix { $0 != "#" }.split { $0 == " " || $0 == "\t" }
            guard words.count == 2, ["interest", "interest-await", "interest-noawait"].contains(words[0]) else {
                return nil
            }
            return Interest(trigger: String(words[1]), isWaitedFor: words[0] != "interest-noawait")
        }
    }

    var hasPreinst: Bool { members.contains { $0.name == "preinst" } }
}
