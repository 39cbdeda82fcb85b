internal import BelljarHost
internal import BelljarKernel
package import BelljarModel

/// Which of this machine's Debian packages some of its files are from, as dpkg's database says (dpkg-query(1)).
package struct HostPackages: Sendable {
    /// What to ask apt for, sorted: without what others of them depend on, and without what every toolchain has.
    package private(set) var wanted: [String] = []
    /// The files that no package has, sorted. What a package's own scripts made (`/etc/ld.so.cache`, alternatives) is none of them.
    package private(set) var foreign: [String] = []

    private struct Installed {
        var isEssential: Bool
        /// For each thing that it depends on, the packages that would do.
        var needs: [[String]]
        var provides: [String]
    }

    private static let database = "/var/lib/dpkg"
    /// What packages make of their files and no package has: not a need of its own.
    private static let made = ["/etc/", "/var/", "/usr/share/mime/", "/usr/share/icons/", "/usr/lib/locale/"]
    /// What is looked at in passing: the locale is C.UTF-8 in a build, and nobody reads manuals.
    private static let unneeded = ["/etc/locale.alias", "/usr/share/doc/", "/usr/share/locale/", "/usr/share/man/"]
    private static let size = 256 << 20

    /// - Parameter paths: absolute, as they were looked up; links on the way may lead anywhere.
    /// - Throws: `usage` on a machine without dpkg's database.
    package init(of paths: some Sequence<String>) throws(BelljarError) {
        var chains: [(path: String, names: [String])] = []
        var asked: Set<String> = []
        for path in Set(paths).sorted() where !Self.unneeded.contains(where: path.hasPrefix) {
            let names = Self.chain(from: Self.direct(path)).map(Self.merged)
            asked.formUnion(names)
            chains.append((path, names))
        }
        let owners = try Self.owners(of: asked)
        let installed = try Self.installed()
        var used: Set<String> = []
        for (path, names) in chains {
            let found = Set(names.flatMap { owners[$0] ?? [] })
            used.formUnion(found)
            if found.isEmpty, !Self.isMade(path) { foreign.append(path) }
        }
        wanted = Self.roots(of: used, among: installed)
    }

    /// Whether a package's own scripts made it, or its interpreter when it first ran.
    private static func isMade(_ path: String) -> Bool {
        made.contains(where: path.hasPrefix) || path.hasPrefix("/usr/lib/") && path.contains("/__pycache__/")
    }

    // MARK: Paths

    /// A path and what it leads to, link by link: that of `/usr/bin/cc` is of no package, that of `/usr/bin/gcc` of gcc, and the program
    /// itself of gcc-12.
    private static func chain(from path: String) -> [String] {
        var names = [path]
        while names.count < 40, let last = names.last,
            let target = try? Descriptor.workingDirectory.readLink(last)
        {
            let text = PathText.text(target)
            let folder = last.split(separator: "/").dropLast().joined(separator: "/")
            names.append(direct(text.hasPrefix("/") ? text : "/\(folder)/\(text)"))
        }
        // Folders on the way can be links, too.
        if let file = try? Descriptor.workingDirectory.open(path, [.pathOnly, .followingLinks]),
            let whole = try? Descriptor.workingDirectory.readLink("/proc/self/fd/\(file.number)")
        {
            names.append(PathText.text(whole))
        }
        return names
    }

    /// An absolute path without `.` and `..`.
    static func direct(_ path: String) -> String {
        var components: [Substring] = []
        for component in path.split(separator: "/") where component != "." {
            if component == ".." { _ = components.popLast() } else { components.append(component) }
        }
        return "/" + components.joined(separator: "/")
    }

    /// The form in which paths are compared: systems with merged `/usr` have one file by two paths, and packages name either.
    private static func merged(_ path: String) -> String {
        path.hasPrefix("/usr/") ? String(path.dropFirst(4)) : path
    }

    // MARK: The database

    private static func owners(of asked: Set<String>) throws(BelljarError) -> [String: Set<String>] {
        let place = "\(database)/info"
        var owners: [String: Set<String>] = [:]
        do throws(KernelError) {
            let folder = try Descriptor.workingDirectory.open(place, [.directory, .followingLinks])
            for entry in try folder.entries() {
                let name = PathText.text(entry.name)
                guard name.hasSuffix(".list"), let package = name.dropLast(5).split(separator: ":").first else {
                    continue
                }
                let bytes = try folder.open(entry.name).readAll(limit: size)
                for line in bytes.split(separator: 0x0a) {
                    let path = merged(PathText.text(Array(line)))
                    if asked.contains(path) { owners[path, default: []].insert(String(package)) }
                }
            }
        } catch {
            throw noDatabase(error)
        }
        return owners
    }

    private static func installed() throws(BelljarError) -> [String: Installed] {
        let file = "\(database)/status"
        let bytes: [UInt8]
        do throws(KernelError) {
            bytes = try Descriptor.workingDirectory.open(file, .followingLinks).readAll(limit: size)
        } catch {
            throw noDatabase(error)
        }
        var packages: [String: Installed] = [:]
        for stanza in try ControlStanza.parse(String(decoding: bytes, as: UTF8.self), file: file) {
            guard let name = stanza["Package"], stanza["Status"]?.hasSuffix(" installed") == true else { continue }
            packages[name] = Installed(
                isEssential: stanza["Essential"] == "yes" || stanza["Priority"] == "required",
                needs: ["Pre-Depends", "Depends"].flatMap { names(in: stanza[$0]) },
                provides: names(in: stanza["Provides"]).compactMap(\.first))
        }
        return packages
    }

    /// The names in a list of dependencies (deb-control(5)), without versions and architectures; for each one, its alternatives.
    static func names(in list: String?) -> [[String]] {
        (list ?? "").split(separator: ",").map { alternatives in
            alternatives.split(separator: "|").map { word in
                String(word.trimmed.prefix { !" (:[\n".contains($0) })
            }
        }
    }

    private static func noDatabase(_ error: KernelError) -> BelljarError {
        guard error.errno == .ENOENT else {
            return .hostFailure(error, operation: "read", subject: database)
        }
        return BelljarError(
            .usage, operation: "find", subject: "the packages of this machine", answer: "there is no \(database) here",
            remedy: "observe needs a machine with Debian or a relative of it; elsewhere, write the toolchain by hand")
    }

    // MARK: What to ask for

    private static func roots(of used: Set<String>, among installed: [String: Installed]) -> [String] {
        let graph = Graph(installed)
        let there = graph.reached(from: installed.filter(\.value.isEssential).map(\.key))
        var kept = used.subtracting(there).sorted()
        for package in kept {
            let others = kept.filter { $0 != package }
            if graph.reached(from: others).contains(package) { kept = others }
        }
        return kept
    }

    private struct Graph {
        let installed: [String: Installed]
        var providers: [String: [String]] = [:]

        init(_ installed: [String: Installed]) {
            self.installed = installed
            for (name, package) in installed {
                for provided in package.provides { providers[provided, default: []].append(name) }
            }
        }

        /// All that is installed because these are. Of alternatives, the first that is there.
        func reached(from names: [String]) -> Set<String> {
            var reached: Set<String> = []
            var waiting = names
            while let name = waiting.popLast() {
                guard let package = installed[name], reached.insert(name).inserted else { continue }
                for alternatives in package.needs {
                    let found = alternatives.lazy.compactMap { installed[$0] == nil ? providers[$0]?.min() : $0 }.first
                    if let found { waiting.append(found) }
                }
            }
            return reached
        }
    }
}
