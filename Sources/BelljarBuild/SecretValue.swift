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
        func wrong(_ answer: String, _ remedy: String? = nil) -> BelljarError {
            BelljarError(
                .usage, operation: "read secret", subject: "\(name) of \(recipe)", answer: "\(origin): \(answer)",
                remedy: remedy)
        }
        let bytes: [UInt8]
        switch origin {
        case .variable(let variable):
            guard let text = Host.environment(variable), !text.isEmpty else {
                throw wrong("it is not set, or empty", "set it, or say where the secret is with --secret")
            }
            bytes = Array(text.utf8)
        case .file(let path):
            do throws(KernelError) {
                let file = try Descriptor.workingDirectory.open(
                    path.hasPrefix("~/") ? (Host.environment("HOME") ?? "") + path.dropFirst() : path,
                    [.nonblocking, .followingLinks])
                let kind = try file.status().kind
                bytes = kind == .regular ? try file.readAll(limit: longest) : []
                if kind != .regular { throw KernelError(call: "open", subject: path, number: 22) }
            } catch {
                throw wrong(
                    error.answer, "a secret is a file of at most \(longest) bytes; --secret says where it is")
            }
        }
        guard SecretForms.stripped(bytes).count >= shortest else {
            throw wrong(
                "it has fewer than \(shortest) bytes besides white space, too few to notice where it gets to")
        }
        return SecretValue(name: name, bytes: bytes)
    }

    /// The value of a variable, without the line feed at the end of most files.
    ///
    /// - Throws: `usage` for what no variable can hold.
    func text(variable: String) throws(BelljarError) -> String {
        let line = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
        guard let text = String(validating: line, as: UTF8.self), !line.contains(0) else {
            throw BelljarError(
                .usage, operation: "set variable", subject: variable,
                answer: "the secret \(name) is not text (UTF-8 without NUL), and a variable can hold nothing else",
                remedy: "leave `environment` out and read /run/secrets/\(name)")
        }
        return text
    }
}
