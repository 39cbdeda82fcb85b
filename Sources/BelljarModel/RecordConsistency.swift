internal import BelljarControls

// What no build leaves, although each member alone could be so: records that were changed by hand, or that nobody made. Whatever some
// belljar wrote passes here: what only newer ones hold to is not asked of the others.

// MARK: Outputs

extension BuildRecord.BuildResult {
    /// What is wrong with the outputs of a build that succeeded, and with which member.
    var contradiction: (member: String, answer: String)? {
        var before: BuildRecord.Output?
        for (index, output) in outputs.enumerated() {
            // By bytes: two spellings of one character are two names.
            if let before, !before.path.utf8.lexicographicallyPrecedes(output.path.utf8) {
                let isTwice = before.path.utf8.elementsEqual(output.path.utf8)
                return (
                    "outputs[\(index)].path",
                    isTwice
                        ? "is the path of an earlier output too: \(quoted(output.path))"
                        : "\(quoted(output.path)) must not come after \(quoted(before.path)): outputs are sorted by their bytes"
                )
            }
            if output.mode == "link", !(1...UInt64(DirectoryCodec.targetLimit)).contains(output.size) {
                return (
                    "outputs[\(index)].size",
                    "\(output.size) is not the length of a link's target, which has 1 to \(DirectoryCodec.targetLimit) bytes"
                )
            }
            before = output
        }
        if let (index, inner) = fileAsDirectory {
            return (
                "outputs[\(inner)].path",
                "\(quoted(outputs[inner].path)) is below \(quoted(outputs[index].path)), which is a file or a link"
            )
        }
        return sizeContradiction ?? treeContradiction
    }

    /// Equal bytes are equally many.
    private var sizeContradiction: (member: String, answer: String)? {
        let nothing = Digest(of: [])
        var sizes = [nothing: UInt64(0)]
        for (index, output) in outputs.enumerated() {
            if let size = sizes[output.digest], size != output.size {
                return (
                    "outputs[\(index)].size",
                    size == 0
                        ? "is \(output.size), and the digest is that of no bytes"
                        : "is \(output.size), and an output of \(size) bytes has the same digest"
                )
            }
            if output.size == 0, output.digest != nothing {
                return ("outputs[\(index)].size", "is 0, and the digest is not that of no bytes")
            }
            sizes[output.digest] = output.size
        }
        return nil
    }

    /// The first file or link that others would be below, and the first of these. The outputs are sorted.
    private var fileAsDirectory: (index: Int, inner: Int)? {
        for index in outputs.indices.dropLast() {
            let path = outputs[index].path.utf8
            // Whatever begins with the path follows it at once; only then is it worth looking further.
            guard outputs[index + 1].path.utf8.starts(with: path) else { continue }
            let prefix = Array(path) + [UInt8(ascii: "/")]
            var (low, high) = (index + 1, outputs.count)
            while low < high {
                let middle = (low + high) / 2
                if outputs[middle].path.utf8.lexicographicallyPrecedes(prefix) {
                    low = middle + 1
                } else {
                    high = middle
                }
            }
            if low < outputs.count, outputs[low].path.utf8.starts(with: prefix) { return (index, low) }
        }
        return nil
    }

    /// Whether the tree cannot be that of the outputs. Its digest covers empty directories and the targets of links as well, which
    /// are not listed, so only for some it can be told from the outputs alone; a rebuild and fsck look at the tree itself.
    private var treeContradiction: (member: String, answer: String)? {
        guard let tree else { return ("tree", "is missing, and the build succeeded") }
        var least = DirectorySize()
        var files: [Directory.File] = []
        var directories: Set<[UInt8]> = []
        for output in outputs {
            let path = Substring(output.path).utf8
            guard let slash = path.firstIndex(of: UInt8(ascii: "/")) else {
                if output.mode == "link" {
                    least.add(output.path, target: String(repeating: "x", count: Int(output.size)))
                } else {
                    let isExecutable = output.mode == "0755"
                    least.add(output.path, size: output.size, isExecutable: isExecutable)
                    files.append(
                        .init(name: output.path, digest: output.digest, size: output.size, isExecutable: isExecutable))
                }
                continue
            }
            let name = Array(path[..<slash])
            guard directories.insert(name).inserted else { continue }
            // How large its own encoding is nobody can tell, but none with something in it is empty.
            least.add(directoryNamed: String(decoding: name, as: UTF8.self), size: 1)
        }
        guard tree.size >= UInt64(least.bytes) else {
            return (
                "tree.size",
                "is \(tree.size), and the directory of these outputs has \(least.bytes) bytes or more"
            )
        }
        // With nothing but files in one directory, what has its size can only be it.
        guard files.count == outputs.count, tree.size == UInt64(least.bytes) else { return nil }
        guard let found = try? DirectoryCodec.digest(of: Directory(files: files)), found != tree else { return nil }
        return ("tree.digest", "is \(tree.digest), and the digest of these outputs is \(found.digest)")
    }
}

// MARK: What was observed

extension BuildRecord {
    /// What could still reach builds from their hosts in every sandbox of this version, and no control virtualises.
    package static let openChannels = [
        "cpu-time", "cpuid", "elapsed-time", "kernel-answers", "kernel-numbers", "rdrand", "rdtsc", "scheduling",
        "threads",
    ]
    /// And in some: with namespaces of the build's own, and after something was inherited that could not be set.
    package static let nestedChannel = "nested"
    package static let inheritedChannel = "inherited"

    /// What is wrong with what a host says that it saw, held against the definition, and with which member.
    var observedContradiction: (member: String, answer: String)? {
        stepContradiction ?? channelContradiction ?? limitContradiction ?? fetchContradiction
            ?? worktreeContradiction
    }

    /// What was not fetched is a source, and named once.
    private var fetchContradiction: (member: String, answer: String)? {
        var before: String?
        for (index, address) in observed.notFetched.enumerated() {
            let member = "observed.notFetched[\(index)]"
            if let before, !before.utf8.lexicographicallyPrecedes(address.utf8) {
                return (member, "\(address) must not come after \(before): they are sorted, each once")
            }
            guard definition.sources.contains(where: { $0.kind.address.utf8.elementsEqual(address.utf8) }) else {
                return (member, "\(address) is the address of no source")
            }
            before = address
        }
        return nil
    }

    /// A working tree is a local source, and named once.
    private var worktreeContradiction: (member: String, answer: String)? {
        var before: String?
        for (index, worktree) in observed.worktrees.enumerated() {
            let (member, address) = ("observed.worktrees[\(index)].address", worktree.address)
            if let before, !before.utf8.lexicographicallyPrecedes(address.utf8) {
                return (member, "\(address) must not come after \(before): they are sorted, each once")
            }
            guard definition.sources.contains(where: { $0.kind == .local(path: address) }) else {
                return (member, "\(address) is the path of no local source")
            }
            before = address
        }
        return nil
    }

    /// Steps run in their order until one fails, and each writes its part of the log behind the ones before.
    private var stepContradiction: (member: String, answer: String)? {
        let (ran, steps) = (observed.steps, definition.steps)
        if ran.count > steps.count {
            return ("observed.steps", "has \(ran.count) steps, and the definition \(steps.count)")
        }
        if result.status == .ok, ran.count < steps.count {
            return (
                "observed.steps",
                "has \(ran.count) of the definition's \(steps.count) steps, and a build that succeeded ran all"
            )
        }
        var offset: UInt64 = 0
        for (index, step) in ran.enumerated() {
            let place = "observed.steps[\(index)]"
            guard step.name == steps[index].name else {
                return ("\(place).name", "is \(step.name), and the step of the definition is \(steps[index].name)")
            }
            guard index > 0 || step.logOffset == 0 else {
                return ("\(place).logOffset", "is \(step.logOffset), and the log begins with the first step, at 0")
            }
            guard step.logOffset >= offset else {
                return (
                    "\(place).logOffset", "is \(step.logOffset), and the step before begins at \(offset) in the log"
                )
            }
            offset = step.logOffset
        }
        // What stands in place of a secret may be longer than the secret.
        guard definition.secrets.isEmpty, offset > definition.limits.logBytes else { return nil }
        return (
            "observed.steps[\(ran.count - 1)].logOffset",
            "is \(offset), and the log has at most \(definition.limits.logBytes) bytes"
        )
    }

    /// Other versions have other channels, but every version sorts them and says which controls were real.
    private var channelContradiction: (member: String, answer: String)? {
        let channels = observed.openChannels
        for index in channels.indices.dropFirst()
        where !channels[index - 1].utf8.lexicographicallyPrecedes(channels[index].utf8) {
            return (
                "observed.openChannels[\(index)]",
                "\(channels[index]) must not come after \(channels[index - 1]): they are sorted, each once"
            )
        }
        for (index, channel) in channels.enumerated() {
            guard let control = Control(rawValue: channel), definition.controls[control] != .real else { continue }
            return (
                "observed.openChannels[\(index)]",
                "names the control \(channel), and according to the definition it was \(definition.controls[control])"
            )
        }
        // Format 1 knew no controls. A control that came later stood in no list of before.
        let named = format == 1 ? [] : definition.controls.open.filter { $0.stateBefore == nil }
        if let control = named.first(where: { !channels.contains($0.rawValue) }) {
            return (
                "observed.openChannels",
                "lacks the control \(control.rawValue), and according to the definition it was real"
            )
        }
        return ownChannelContradiction
    }

    /// What this version would have written itself.
    private var ownChannelContradiction: (member: String, answer: String)? {
        guard observed.runnerVersion == OwnVersion.text else { return nil }
        let channels = observed.openChannels
        if let missing = Self.openChannels.first(where: { !channels.contains($0) }) {
            return ("observed.openChannels", "lacks \(missing), which no build of this version is without")
        }
        let known = Self.openChannels + [Self.nestedChannel, Self.inheritedChannel]
        let index = channels.firstIndex { !known.contains($0) && Control(rawValue: $0) == nil }
        return index.map { ("observed.openChannels[\($0)]", "\(channels[$0]) is no channel that this version knows") }
    }

    private var limitContradiction: (member: String, answer: String)? {
        guard let exceeded = observed.exceeded else { return nil }
        let status = result.status
        guard status == .timeout || status == .resourceExceeded else {
            return ("observed.exceeded", "must be missing, because the build ended with \(status.rawValue)")
        }
        // What a limit is that the definition does not set follows from a rule, and that can become another one.
        guard let wanted = definition.limits.given(exceeded.limit) else { return nil }
        // A host may hold a build's memory below what its recipe says.
        let isGood = exceeded.limit == .memory ? exceeded.value <= wanted : exceeded.value == wanted
        return isGood
            ? nil : ("observed.exceeded.value", "is \(exceeded.value), and the definition's limit is \(wanted)")
    }
}
