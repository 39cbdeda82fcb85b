internal import BelljarKernel
package import BelljarModel

/// A secret with its bytes. Deliberately says nothing of them in text.
package struct SecretValue: Sendable, CustomStringConvertible, CustomReflectable {
    package let name: String
    package let bytes: [UInt8]

    package var description: String { "secret \(name)" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// Fewer bytes than this, white space not counted, would be found by chance in what has nothing to do with them.
    package static let shortest = 8
    package static let longest = 64 << 10

    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    /// Reads a secret from where its user has it.
    ///
    /// - Parameter recipe: for errors.
    /// - Throws: `usage` if it is not there, or cannot be looked for afterwards.
    package static func read(
        _ name: String, from origin: SecretOrigin, recipe: String
    ) throws(BelljarError) -> SecretValue {
        let bytes: [UInt8]
        do throws(Unusable) { bytes = try read(origin) } catch {
            throw BelljarError(
                .usage, operation: "read secret", subject: "\(name) of \(recipe)",
                answer: "\(origin): \(error.answer)", remedy: error.remedy)
        }
        return SecretValue(name: name, bytes: bytes)
    }

    /// What is wrong with a secret. Says nothing of what it is.
    private struct Unusable: Error {
        var answer: String
        var remedy = "say with --secret where it is: NAME=file:PATH or NAME=env:VARIABLE"
    }

    private static func read(_ origin: SecretOrigin) throws(Unusable) -> [UInt8] {
        let bytes: [UInt8]
        switch origin {
        case .variable(let variable): bytes = Host.environmentBytes(variable) ?? []
        case .file(let path): bytes = try contents(of: path)
        }
        if case .variable = origin, bytes.isEmpty {
            throw Unusable(
                answer: "it is not set, or empty", remedy: "set it, or say where the secret is with --secret")
        }
        let remedy = "use a secret of \(shortest) to \(longest) bytes"
        guard bytes.count <= longest else {
            throw Unusable(answer: "it has more than \(longest) bytes", remedy: remedy)
        }
        guard SecretForms.stripped(bytes).count >= shortest else {
            throw Unusable(
                answer:
                    "without white space it has fewer than \(shortest) bytes, too few to find it in outputs and logs",
                remedy: remedy)
        }
        return bytes
    }

    private static func contents(of path: String) throws(Unusable) -> [UInt8] {
        var absolute = path
        if path.hasPrefix("~/") {
            guard let home = Host.environment("HOME"), home.hasPrefix("/") else {
                throw Unusable(
                    answer: "HOME, which ~ stands for, is not set to an absolute path",
                    remedy: "set it, or give a full path")
            }
            absolute = home + path.dropFirst()
        }
        let kind: FileKind
        let bytes: [UInt8]
        do throws(KernelError) {
            // Not blocking, if it is a FIFO.
            let file = try Descriptor.workingDirectory.open(absolute, [.nonblocking, .followingLinks])
            kind = try file.status().kind
            bytes = kind == .regular ? try file.readAll(limit: longest) : []
        } catch  where error.errno == .EFBIG {
            throw Unusable(answer: error.answer, remedy: "use a secret of \(shortest) to \(longest) bytes")
        } catch {
            throw Unusable(
                answer: error.answer, remedy: "put the secret there, readable for you, or say with --secret where it is"
            )
        }
        guard kind == .regular else { throw Unusable(answer: "it is a \(kind.words), not a regular file") }
        return bytes
    }

    /// The value of a variable, without the line feed at the end of most files.
    ///
    /// - Throws: `usage` for what no variable can hold.
    func text(variable: String) throws(BelljarError) -> String {
        let line = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
        guard let text = String(validating: line, as: UTF8.self), !line.contains(0) else {
            throw BelljarError(
                .usage, operation: "set variable", subject: variable,
                answer: "the secret \(name) is not text (UTF-8 without NUL), so it cannot be in a variable",
                remedy: "leave `environment` out, and read the secret from /run/secrets/\(name)")
        }
        return text
    }
}
