// The Remote Execution API v2 messages `Command` and `Action` as values, so that the digest of an action is the same
// key here and in any remote cache. Field numbers from build/bazel/remote/execution/v2/remote_execution.proto.

/// The digest and the size in bytes of an encoded message.
package struct SizedDigest: Hashable, Sendable {
    package var digest: Digest
    /// Size in bytes.
    package var size: UInt64

    package init(digest: Digest, size: UInt64) {
        self.digest = digest
        self.size = size
    }

    init(of bytes: [UInt8]) { self.init(digest: Digest(of: bytes), size: UInt64(bytes.count)) }
}

/// Properties that the machine which runs an action must have: `Platform {properties=1 {name=1, value=2}}`.
package struct REPlatform: Hashable, Sendable {
    package struct Property: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Sorted by name and then by value, each as UTF-8 bytes; a name may occur several times.
    package private(set) var properties: [Property]

    package init(_ properties: [Property] = []) {
        self.properties = properties.sorted { left, right in
            left.name.utf8.elementsEqual(right.name.utf8)
                ? left.value.utf8.lexicographicallyPrecedes(right.value.utf8)
                : left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        }
    }

    var encoded: [UInt8] {
        var writer = ProtobufWriter()
        for property in properties {
            writer.message(1, encodedPair(property.name, property.value))
        }
        return writer.bytes
    }
}

/// What to run: `Command {arguments=1, environment_variables=2 {name=1, value=2}, platform=5, working_directory=6,
/// output_paths=7}`.
package struct RECommand: Hashable, Sendable {
    package var arguments: [String]
    package var environment: [String: String]
    /// Relative to the working directory.
    package var outputPaths: [String]
    /// Relative to the input root; empty for the root itself.
    package var workingDirectory: String
    /// Written only if it has properties.
    package var platform: REPlatform

    package init(
        arguments: [String], environment: [String: String], outputPaths: [String], workingDirectory: String,
        platform: REPlatform
    ) {
        self.arguments = arguments
        self.environment = environment
        self.outputPaths = outputPaths
        self.workingDirectory = workingDirectory
        self.platform = platform
    }

    /// The canonical bytes.
    package var encoded: [UInt8] {
        var writer = ProtobufWriter()
        for argument in arguments { writer.element(1, argument) }
        let variables = environment.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        for variable in variables { writer.message(2, encodedPair(variable.key, variable.value)) }
        writer.bytes(5, platform.encoded)
        writer.string(6, workingDirectory)
        for path in outputPaths.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) { writer.element(7, path) }
        return writer.bytes
    }

    package var digest: SizedDigest { SizedDigest(of: encoded) }
}

/// A command with the tree it runs in: `Action {command_digest=1, input_root_digest=2, timeout=6 {seconds=1},
/// do_not_cache=7, salt=9, platform=10}`.
package struct REAction: Hashable, Sendable {
    package var command: SizedDigest
    package var inputRoot: TreeDigest
    /// Nil for the default of whoever runs it.
    package var timeoutSeconds: UInt64?
    package var doNotCache: Bool
    /// Bytes that set this action's digest apart from that of an equal one.
    package var salt: [UInt8]
    /// Written only if it has properties; the API wants the same ones here as in the command.
    package var platform: REPlatform

    package init(
        command: SizedDigest, inputRoot: TreeDigest, timeoutSeconds: UInt64? = nil, doNotCache: Bool = false,
        salt: [UInt8] = [], platform: REPlatform
    ) {
        self.command = command
        self.inputRoot = inputRoot
        self.timeoutSeconds = timeoutSeconds
        self.doNotCache = doNotCache
        self.salt = salt
        self.platform = platform
    }

    /// The canonical bytes.
    package var encoded: [UInt8] {
        var writer = ProtobufWriter()
        writer.message(1, DirectoryCodec.encode(command.digest, size: command.size))
        writer.message(2, DirectoryCodec.encode(inputRoot.digest, size: inputRoot.size))
        if let timeoutSeconds {
            var duration = ProtobufWriter()
            duration.integer(1, timeoutSeconds)
            writer.message(6, duration.bytes)
        }
        writer.bool(7, doNotCache)
        writer.bytes(9, salt)
        writer.bytes(10, platform.encoded)
        return writer.bytes
    }

    /// The cache key.
    package var digest: SizedDigest { SizedDigest(of: encoded) }
}

private func encodedPair(_ name: String, _ value: String) -> [UInt8] {
    var writer = ProtobufWriter()
    writer.string(1, name)
    writer.string(2, value)
    return writer.bytes
}
