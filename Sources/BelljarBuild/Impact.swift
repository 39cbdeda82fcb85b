internal import BelljarHost
internal import BelljarKernel
package import BelljarModel
internal import BelljarStore
internal import BelljarToolchain

/// What a change of a file or of a package would mean for the recipes of a project, by what their last builds have read.
package struct Impact: Sendable {
    package enum Subject: Hashable, Sendable {
        /// An absolute path. Nothing needs to be there: it may be removed, or not made yet.
        case file(String)
        /// A package of toolchains.
        case package(String)
    }

    package enum State: String, Sendable, CaseIterable {
        /// The recorded build has read it, or looked for it, or at the folder that it is in; or it decides what is built.
        case affected
        /// It is built again because the file is a part of its source, and no process has read that.
        case taken
        /// Nothing was written down of what the build has read.
        case unknown
        /// No build of the recipe takes it in.
        case unaffected
    }

    package struct Entry: Sendable {
        package var recipe: String
        package var state: State
        /// Why, in a few words each.
        package var reasons: [String]
        /// Outputs that follow from it by the files that processes read and wrote.
        package var outputs: [String] = []
        /// Whose trace says so.
        package var record: Digest?
    }

    package var subject: String
    package var entries: [Entry]
}

/// What a build took of its time: its record, with a trace if it has one.
package struct TracedBuild: Sendable {
    package var record: BuildRecord
    package var digest: Digest

    package init(record: BuildRecord, digest: Digest) { (self.record, self.digest) = (record, digest) }
}

extension Engine {
    /// - Parameters:
    ///   - recipes: all of the project, each behind its inputs.
    ///   - built: their newest builds that succeeded, by name.
    package func impact(
        of subject: Impact.Subject, on recipes: [Recipe], built: [String: TracedBuild]
    ) throws(BelljarError) -> Impact {
        let name: String
        switch subject {
        case .file(let path): name = path
        case .package(let package): name = package
        }
        var impact = Impact(subject: name, entries: [])
        var states: [String: Impact.State] = [:]
        for recipe in recipes {
            let question = ImpactQuestion(engine: self, recipe: recipe, build: built[recipe.name])
            let entry = try question.answer(subject, inputs: states)
            states[recipe.name] = entry.state
            impact.entries.append(entry)
        }
        return impact
    }
}

/// One recipe, asked about one change.
private struct ImpactQuestion {
    let engine: Engine
    let recipe: Recipe
    let build: TracedBuild?

    private var store: Store { engine.tools.store }

    func answer(
        _ subject: Impact.Subject, inputs: [String: Impact.State]
    ) throws(BelljarError) -> Impact.Entry {
        var entry = Impact.Entry(recipe: recipe.name, state: .unaffected, reasons: [], record: build?.digest)
        let trace = try build.flatMap { build throws(BelljarError) in try BuildTrace(of: build.record, in: store) }
        let reads = trace.flatMap { $0.isTruncated || !isAsRecorded ? nil : ReadSet($0) }
        switch subject {
        case .file(let path): try ask(about: path, reads, &entry)
        case .package(let name): try ask(aboutPackage: name, reads, &entry)
        }
        for input in recipe.inputs { ask(about: input, inputs[input] ?? .unknown, reads, &entry) }
        if reads == nil { entry.record = nil }
        return entry
    }

    /// Whether what was recorded is what the recipe does still.
    private var isAsRecorded: Bool {
        guard let definition = build?.record.definition else { return false }
        let scripts = definition.steps.filter { $0.argv.count == 5 }.compactMap(\.argv.last)
        return scripts.suffix(recipe.steps.count) == recipe.steps.map(\.run)[...]
    }

    private func note(_ state: Impact.State, _ reason: String, _ entry: inout Impact.Entry) {
        let order: [Impact.State] = [.unaffected, .taken, .unknown, .affected]
        entry.reasons.append(reason)
        if let old = order.firstIndex(of: entry.state), let new = order.firstIndex(of: state), new > old {
            entry.state = state
        }
    }

    // MARK: Files

    private func ask(about path: String, _ reads: ReadSet?, _ entry: inout Impact.Entry) throws(BelljarError) {
        let file = path.split(separator: "/").last.map(String.init) ?? ""
        if path == recipe.folder + "/" + (recipe.location.file.split(separator: "/").last.map(String.init) ?? "") {
            note(.affected, "it is its recipe", &entry)
        }
        let folders = engine.tools.toolchainFolders
        if !folders.all.isEmpty, path.hasPrefix(folders.folder(of: recipe.toolchain) + "/\(recipe.toolchain)/") {
            note(.affected, "it is of its toolchain", &entry)
        }
        for source in recipe.sources {
            switch source.kind {
            case .patch(let patch, _)
            where SourcePlace(patch, folder: recipe.folder, project: recipe.project).absolute == path:
                note(.affected, "it is one of its patches", &entry)
            case .local(let local):
                let place = SourcePlace(local, folder: recipe.folder, project: recipe.project).absolute
                guard path == place || path.hasPrefix(place + "/") else { continue }
                if [".gitignore", ".belljarignore"].contains(file) {
                    note(.affected, "it decides what of the source is taken", &entry)
                    continue
                }
                try ask(about: path, of: source, local, at: place, reads, &entry)
            default: continue
            }
        }
    }

    /// A file of a local source.
    private func ask(
        about path: String, of source: RecipeSource, _ local: String, at place: String, _ reads: ReadSet?,
        _ entry: inout Impact.Entry
    ) throws(BelljarError) {
        // The source's root in the sandbox, and the file's path below it.
        let root = source.into.isEmpty ? "/build" : "/build/" + source.into
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        let rest = path == place ? name : String(path.dropFirst(place.count + 1))
        let recorded = try recorded(local)
        let wasThere = recorded.contains { $0.path == rest && $0.kind != .directory }
        // What is there neither now nor then is asked about because it may be made.
        let status = try hostCall("look at", path) { () throws(KernelError) in
            try Descriptor.workingDirectory.statusIfPresent(of: path)
        }
        if status != nil, !wasThere, try engine.localSource(of: recipe, thatTakes: path) == nil {
            // Such as a folder; of one, it is what is in it that counts.
            guard status?.kind == .directory else { return }
        }
        guard let reads else {
            let why = build == nil ? "it was not built here" : "its last build has no trace that fits"
            return note(.unknown, why + ": build it with --trace", &entry)
        }
        let found = root + "/" + rest
        if let reader = reads.reader(of: found) {
            note(.affected, reader, &entry)
            entry.outputs = reads.outputs(from: found)
        } else if !wasThere || status == nil,
            let reader = reads.reader(
                ofFolderOf: found,
                among: Set([root] + recorded.filter { $0.kind == .directory }.map { root + "/" + $0.path }))
        {
            note(.affected, reader, &entry)
        } else {
            note(.taken, "no process has read it: it is built again, and the same is likely", &entry)
        }
    }

    /// What the source had when it was recorded.
    private func recorded(_ address: String) throws(BelljarError) -> [TreeEntry] {
        let source = build?.record.definition.sources.first { $0.kind == .local(path: address) }
        guard let source else { return [] }
        let tree = TreeDigest(digest: source.digest, size: source.size)
        return try store.contains(tree.digest) ? store.entries(of: tree) : []
    }

    // MARK: Packages

    private func ask(aboutPackage name: String, _ reads: ReadSet?, _ entry: inout Impact.Entry) throws(BelljarError) {
        guard let build else { return note(.unknown, "it was not built here: build it with --trace", &entry) }
        let image = build.record.definition.toolchain.image
        guard try store.holds(image) else {
            return note(.unknown, "the image of its toolchain is not in the store", &entry)
        }
        let lists = try store.entries(of: image).filter { file in
            guard file.path.hasPrefix("var/lib/dpkg/info/"), file.path.hasSuffix(".list") else { return false }
            let package = file.path.dropFirst(18).dropLast(5)
            return package == name || package.hasPrefix(name + ":")
        }
        // An image that was imported has none, and may have the files all the same.
        guard !lists.isEmpty else {
            let known = build.record.closure.locks[build.record.definition.toolchain.lock] ?? ""
            if known.contains("name: \(name)\n") {
                note(.unknown, "the image does not say what is of the package", &entry)
            }
            return
        }
        guard let reads else {
            return note(.unknown, "its last build has no trace that fits: build it with --trace", &entry)
        }
        for list in lists {
            let text = String(decoding: try store.read(list.digest, limit: 64 << 20), as: UTF8.self)
            for path in text.split(separator: "\n") {
                // Folders are of many packages.
                guard let reader = reads.reader(ofFile: Self.merged(String(path))) else { continue }
                return note(.affected, reader, &entry)
            }
        }
        note(.taken, "no process has read a file of it: it is built again, and the same is likely", &entry)
    }

    /// As the file is named where /bin, /lib and the like are links into /usr.
    private static func merged(_ path: String) -> String {
        for folder in ["/bin/", "/sbin/", "/lib/", "/lib32/", "/lib64/"] where path.hasPrefix(folder) {
            return "/usr" + path
        }
        return path
    }

    // MARK: Inputs

    private func ask(about input: String, _ state: Impact.State, _ reads: ReadSet?, _ entry: inout Impact.Entry) {
        switch state {
        case .unaffected: return
        case .taken: note(.taken, "through its input \(input), if that comes out otherwise", &entry)
        case .unknown: note(.unknown, "its input \(input) is not known to stay as it is", &entry)
        case .affected:
            guard let reads else {
                return note(
                    .unknown, "its input \(input) is affected, and its last build has no trace that fits", &entry)
            }
            let isRead = reads.hasRead(below: "/inputs/" + input)
            note(
                isRead ? .affected : .taken,
                isRead ? "it has read its input \(input)" : "no process has read its input \(input)", &entry)
        }
    }
}

/// What a build has read, and by whom.
private struct ReadSet {
    private let trace: BuildTrace
    /// The first process that read a path.
    private var readers: [String: Int] = [:]
    private let programs: Set<String>

    init(_ trace: BuildTrace) {
        self.trace = trace
        for process in trace.processes {
            for path in process.reads where readers[trace.path(path)] == nil {
                readers[trace.path(path)] = process.number
            }
            // A program is opened by the kernel.
            if readers[process.executable] == nil { readers[process.executable] = process.number }
        }
        programs = Set(
            trace.processes.flatMap { [$0.program, $0.executable.split(separator: "/").last.map(String.init) ?? ""] })
    }

    private func words(_ number: Int, _ what: String) -> String {
        let process = trace.processes[number]
        return "\(what) by \(process.program) (\(process.command(limit: 60)))"
    }

    func reader(of path: String) -> String? { readers[path].map { words($0, "read") } }

    func reader(ofFile path: String) -> String? { reader(of: path) }

    /// Whoever looked at the folder of a file that comes or goes, or looked for that.
    ///
    /// - Parameter folders: those that there were. What is in none of them makes one come to be in another.
    func reader(ofFolderOf path: String, among folders: Set<String>) -> String? {
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        // A shell looks for programs by attempts to execute them.
        if programs.contains(name) { return "it is called like a program that was run" }
        var folder = path[...]
        while let slash = folder.lastIndex(of: "/"), slash > folder.startIndex {
            folder = folder[..<slash]
            if let reader = readers[String(folder)] { return words(reader, "its folder was read") }
            if folders.contains(String(folder)) { return nil }
        }
        return nil
    }

    func hasRead(below folder: String) -> Bool {
        readers.keys.contains { $0 == folder || $0.hasPrefix(folder + "/") }
    }

    /// What was written to `/out` by those who read a file, or what they wrote, and so on.
    func outputs(from path: String) -> [String] {
        let children = Dictionary(grouping: trace.processes.indices) { trace.processes[$0].parent ?? -1 }
        // What shells opened for others is theirs.
        let writers = trace.writes.map { trace.opened(by: $0, among: children[$0.process] ?? []) }
        var tainted: Set<String> = [path]
        var processes: Set<Int> = []
        var grows = true
        while grows {
            grows = false
            for process in trace.processes where !processes.contains(process.number) {
                guard process.reads.contains(where: { tainted.contains(trace.path($0)) }) else { continue }
                processes.insert(process.number)
                grows = true
            }
            for (write, writer) in zip(trace.writes, writers) where write.how != .directory && write.how != .remove {
                let source = write.source.map { tainted.contains(trace.path($0)) } ?? false
                let isOfOther = writer.map(processes.contains) ?? false
                if source || isOfOther || processes.contains(write.process),
                    tainted.insert(trace.path(write.path)).inserted
                {
                    grows = true
                }
            }
        }
        return tainted.filter { $0.hasPrefix("/out/") }.map { String($0.dropFirst(5)) }.sorted()
    }
}
