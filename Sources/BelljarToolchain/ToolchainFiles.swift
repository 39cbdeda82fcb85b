internal import BelljarHost
internal import BelljarKernel
package import BelljarModel
internal import BelljarRecipe

/// The files of toolchains: `NAME/toolchain.yaml` and `NAME/toolchain.lock.yaml`, in the project's folder or among those that
/// belljar brought along.
package struct ToolchainFiles: Sendable {
    let folders: ToolchainFolders

    /// - Throws: `usage` if there is no folder at all.
    package init(_ folders: ToolchainFolders) throws(BelljarError) {
        guard !folders.all.isEmpty else { throw Self.noProject }
        self.folders = folders
    }

    private static var noProject: BelljarError {
        BelljarError(
            .usage, operation: "find", subject: "the project",
            answer: "toolchains are a project's, and neither this folder nor one above it holds Recipes or Toolchains",
            remedy: "run belljar in a project, or name its folder with --project")
    }

    /// The project's folder, which alone is written to.
    ///
    /// - Throws: `usage` outside of a project.
    var own: String {
        get throws(BelljarError) {
            guard let own = folders.own else { throw Self.noProject }
            return own
        }
    }

    static let specName = "toolchain.yaml"
    static let lockName = "toolchain.lock.yaml"
    /// The decoder's own limit is 1 MiB; a little more lets it say so.
    private static let fileLimit = 2 << 20

    /// Names of all toolchains that there are, sorted.
    package func names() throws(BelljarError) -> [String] {
        var names: Set<String> = []
        for folder in folders.all { names.formUnion(try Self.names(in: folder)) }
        return Self.sorted(names)
    }

    /// Names of those that are the project's own, sorted.
    package func ownNames() throws(BelljarError) -> [String] {
        guard let own = folders.own else { return [] }
        return Self.sorted(try Self.names(in: own))
    }

    private static func sorted(_ names: Set<String>) -> [String] {
        names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func names(in folder: String) throws(BelljarError) -> Set<String> {
        try hostCall("list", folder) { () throws(KernelError) -> Set<String> in
            guard try Descriptor.workingDirectory.statusIfPresent(of: folder) != nil else { return [] }
            let opened = try Descriptor.workingDirectory.open(folder, [.directory, .followingLinks])
            var names: Set<String> = []
            for entry in try opened.entries(limit: 10_000) {
                let name = String(decoding: entry.name, as: UTF8.self)
                guard try isDirectory(name, in: opened) else { continue }
                if try Descriptor.workingDirectory.statusIfPresent(of: "\(folder)/\(name)/\(specName)") != nil {
                    names.insert(name)
                }
            }
            return names
        }
    }

    private static func isDirectory(_ name: String, in opened: borrowing Descriptor) throws(KernelError) -> Bool {
        let status = try opened.statusIfPresent(of: name)
        return status?.kind == .directory
    }

    func spec(_ name: String) throws(BelljarError) -> ToolchainSpec {
        let path = path(name, Self.specName)
        let spec = try ToolchainDecoder.spec(try specText(name), file: path)
        guard spec.name == name else {
            throw BelljarError(
                .usage, operation: "read toolchain", subject: spec.location.description,
                answer: "its name, '\(spec.name)', is not that of its folder, '\(name)'",
                remedy: "give both the same name")
        }
        return spec
    }

    func specText(_ name: String) throws(BelljarError) -> [UInt8] {
        guard isComponent(name), let text = try textIfPresent(path(name, Self.specName)) else { throw missing(name) }
        return text
    }

    func lock(_ name: String) throws(BelljarError) -> (lock: ToolchainLock, text: [UInt8]) {
        let path = path(name, Self.lockName)
        guard isComponent(name), let text = try textIfPresent(path) else {
            throw BelljarError(
                .usage, operation: "read the lock of toolchain", subject: name, answer: "there is no \(path)",
                remedy: "make it: `belljar toolchain lock \(name)`")
        }
        return (try ToolchainDecoder.lock(text, file: path), text)
    }

    /// The lock and the bytes it was read from.
    ///
    /// - Throws: `usage` if there is none, or it is older than its yaml.
    package func currentLock(_ name: String) throws(BelljarError) -> (lock: ToolchainLock, text: [UInt8]) {
        let spec = try spec(name)
        let (lock, text) = try lock(name)
        guard lock.name == name, ToolchainDecoder.isMade(lock, of: spec) else {
            throw BelljarError(
                .usage, operation: "use the lock of toolchain", subject: name,
                answer: "toolchain.yaml was changed since the lock was made",
                remedy: "make a new one: `belljar toolchain lock \(name)`")
        }
        return (lock, text)
    }

    /// What is to be replaced by a new lock; nil if there is none, or none that can be read: that pins nothing.
    func replaceableLock(_ name: String) throws(BelljarError) -> ToolchainLock? {
        let path = path(name, Self.lockName)
        guard let text = try textIfPresent(path) else { return nil }
        return try? ToolchainDecoder.lock(text, file: path)
    }

    func writeLock(_ text: [UInt8], of name: String) throws(BelljarError) {
        try write(text, as: Self.lockName, of: name)
    }

    /// Replaces a file of the toolchain as a whole or not at all, durably.
    ///
    /// - Throws: `refused` for a text that nobody would read again.
    func write(_ text: [UInt8], as file: String, of name: String) throws(BelljarError) {
        guard text.count <= ToolchainDecoder.maximumBytes else {
            throw BelljarError(
                .refused, operation: "write", subject: path(name, file),
                answer:
                    "it would have \(text.count) bytes, more than the \(ToolchainDecoder.maximumBytes) that can be read "
                    + "one",
                remedy: "use fewer packages; the present file stays as it is")
        }
        let folder = "\(try own)/\(name)"
        try hostCall("write", "\(folder)/\(file)") { () throws(KernelError) in
            try Descriptor.makeDirectories(folder).replace(file, with: text)
        }
    }

    /// Where editors find the schema of a spec, relative to it; nil if the project has none. One that lies elsewhere on this
    /// machine would be nowhere on the next.
    func schemaOfSpecs() throws(BelljarError) -> String? {
        let path = "\(try own)/../\(FileSchemas.toolchain)"
        return try hostCall("read", path) { () throws(KernelError) in
            try Descriptor.workingDirectory.statusIfPresent(of: path) == nil ? nil : "../../\(FileSchemas.toolchain)"
        }
    }

    /// Where a file of a toolchain is, or would have to be.
    func path(_ name: String, _ file: String) -> String { "\(folders.folder(of: name))/\(name)/\(file)" }

    /// - Throws: `usage` if a toolchain that is to be changed is not the project's own.
    func requireOwn(_ name: String) throws(BelljarError) {
        let (own, folder) = (try own, folders.folder(of: name))
        guard folder != own else { return }
        throw BelljarError(
            .usage, operation: "change toolchain", subject: name,
            answer: "it is none of the project's: it came with belljar, in \(folder)",
            remedy: "make it the project's first: mkdir -p \(own) && cp -r \(folder)/\(name) \(own)/")
    }

    /// A name from the command line becomes part of a path.
    private func isComponent(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".." && !name.utf8.contains(UInt8(ascii: "/")) && !name.utf8.contains(0)
    }

    private func missing(_ name: String) -> BelljarError {
        let known = (try? names()) ?? []
        let hint = NearMatch.hint(for: name, among: known)
        let remedy =
            (known.isEmpty ? "" : "known toolchains: \(known.joined(separator: ", ")); ")
            + "`belljar toolchain new \(shellWord(name)) PACKAGE...` makes one of Debian packages"
        return BelljarError(
            .usage, operation: "read toolchain", subject: name,
            answer: "there is no such toolchain in \(folders.all.joined(separator: " or "))\(hint)", remedy: remedy)
    }

    private func textIfPresent(_ path: String) throws(BelljarError) -> [UInt8]? {
        try hostCall("read", path) { () throws(KernelError) -> [UInt8]? in
            guard try Descriptor.workingDirectory.statusIfPresent(of: path) != nil else { return nil }
            return try Descriptor.workingDirectory.open(path, .followingLinks).readAll(limit: Self.fileLimit)
        }
    }
}
