internal import BelljarKernel
package import BelljarModel

/// Reads the host's limits: YAML like a recipe's `limits`, by itself.
package enum HostLimitsFile {
    /// The limits of all files that are there.
    ///
    /// - Parameter paths: absolute.
    /// - Throws: `usage` for a file that says something else, `host` for one that cannot be read. What its owner wants
    ///   is not passed over.
    package static func read(_ paths: [String]) throws(BelljarError) -> HostLimits {
        var limits = HostLimits.none
        for path in paths {
            guard let text = try text(path) else { continue }
            let read = try decode(text, file: path)
            limits.caps += read.caps
            limits.sources.add(read.sources)
        }
        return limits
    }

    /// - Parameter file: for diagnostics.
    package static func decode(_ text: [UInt8], file: String) throws(BelljarError) -> HostLimits {
        try ToolchainDecoder.read(
            "read the host's limits", text, file: file, limits,
            remedy: "correct the file: `belljar schema limits` prints all its keys and what they mean")
    }

    static let limits = MappingRule("a host's limits") { file -> HostLimits? in
        var caps: [HostLimits.Cap] = []
        for limit in LimitName.allCases {
            let (key, rule) = (limit.rawValue, LimitDecoder.rule(limit))
            let value = file.optional(key, rule, LimitDecoder.description(of: limit))
            if let value, let node = file.node(of: key) {
                caps.append(.init(limit: limit, value: value, location: file.mistakes.location(of: node)))
            }
        }
        var sources = SourceLimits.standard
        for limit in SourceLimit.allCases {
            let (key, rule) = (limit.rawValue, LimitDecoder.rule(limit.unit, limit.range))
            let value = file.optional(key, rule, LimitDecoder.description(of: limit))
            if let value, let node = file.node(of: key) {
                sources.set(limit, to: value, at: file.mistakes.location(of: node))
            }
        }
        return HostLimits(caps: caps, sources: sources)
    }

    private static func text(_ path: String) throws(BelljarError) -> [UInt8]? {
        do throws(KernelError) {
            let file = try Descriptor.workingDirectory.open(path, [.read, .nonblocking, .followingLinks])
            // A FIFO that nobody writes to would read as a file without any limit.
            guard try file.status().kind == .regular else { throw .invalid("read", path) }
            return try file.readAll(limit: YAMLParser.maximumBytes)
        } catch {
            if error.isMissing { return nil }
            throw BelljarError(
                .host, operation: "read the host's limits", subject: path, answer: error.answer,
                remedy: "make it a file that you can read, or remove it")
        }
    }
}
