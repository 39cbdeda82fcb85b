internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel

/// dpkg's database as it is right after all packages were unpacked and none is configured (dpkg(1), "unpacked").
///
/// dpkg itself would write it package by package, with a process for each; written in one go it is the same bytes
/// after `dpkg --configure` has read it and written it anew.
struct DpkgDatabase: Sendable {
    /// An unpacked package.
    struct Unpacked: Sendable {
        var package: DebianPackage
        /// Absolute paths of what is in its data archive, in that order, as the package names them (not merged), in the
        /// form of `PathText`.
        var paths: [String]
    }

    /// Where the database is, below the image's root.
    static let path = "var/lib/dpkg"

    let architecture: String
    /// Sorted by name.
    let packages: [Unpacked]

    init(architecture: String, packages: [Unpacked]) {
        self.architecture = architecture
        self.packages = packages.sorted {
            ($0.package.name, $0.package.architecture) < ($1.package.name, $1.package.architecture)
        }
    }

    // MARK: Texts

    /// The `status` file. Each configuration file stands there as `newconffile`, dpkg's own mark for one that waits as
    /// `*.dpkg-new` to be put in place.
    var status: String {
        packages.map { unpacked in
            var stanza = unpacked.package.control
            stanza.fields.removeAll { ["status", "conffiles"].contains($0.name.lowercased()) }
            let place = stanza.fields.firstIndex { $0.name.lowercased() == "package" }.map { $0 + 1 } ?? 0
            stanza.fields.insert(ControlStanza.Field(name: "Status", value: "install ok unpacked"), at: place)
            let conffiles = unpacked.package.conffiles
            if !conffiles.isEmpty {
                let lines = conffiles.map { "\n\($0) newconffile" }.joined()
                stanza.fields.append(ControlStanza.Field(name: "Conffiles", value: lines))
            }
            return stanza.text + "\n"
        }.joined()
    }

    /// The `triggers/File` file: which packages want to know of changes below which paths.
    var fileTriggers: String {
        interests.filter { $0.trigger.hasPrefix("/") }.map { "\($0.trigger) \($0.package)\n" }.sorted().joined()
    }

    /// The other files in `triggers`: for each named trigger, the packages that are interested in it.
    var namedTriggers: [String: String] {
        Dictionary(grouping: interests.filter { !$0.trigger.hasPrefix("/") }, by: \.trigger)
            .mapValues { $0.map { "\($0.package)\n" }.sorted().joined() }
    }

    private var interests: [(trigger: String, package: String)] {
        packages.flatMap { unpacked in
            unpacked.package.interests.map {
                ($0.trigger, unpacked.package.databaseName + ($0.isWaitedFor ? "" : "/noawait"))
            }
        }
    }

    // MARK: Writing

    /// Writes the database below an image's root, where it must not be yet.
    func write(to root: borrowing Descriptor) throws(BelljarError) {
        do throws(KernelError) {
            let database = try root.folder(Self.path, making: true)
            for folder in ["alternatives", "parts", "updates"] { _ = try database.folder(folder, making: true) }
            try database.writeNew(status, as: "status")
            try database.writeNew("\(architecture)\n", as: "arch")
            try database.writeNew("", as: "diversions")
            let triggers = try database.folder("triggers", making: true)
            try triggers.writeNew(fileTriggers, as: "File")
            try triggers.writeNew("", as: "Unincorp")
            for (name, text) in namedTriggers { try triggers.writeNew(text, as: name) }
            let info = try database.folder("info", making: true)
            try info.writeNew("1\n", as: "format")
            for unpacked in packages { try Self.write(unpacked, to: info) }
        } catch {
            throw .hostFailure(error, operation: "write", subject: "the package database of the image")
        }
    }

    private static func write(_ unpacked: Unpacked, to info: borrowing Descriptor) throws(KernelError) {
        let name = unpacked.package.databaseName
        try info.writeNew((["/."] + unpacked.paths).flatMap { PathText.raw($0) + [0x0a] }, as: "\(name).list")
        for member in unpacked.package.members {
            try info.writeNew(member.bytes, as: "\(name).\(member.name)", isExecutable: member.isScript)
        }
    }
}
