internal import BelljarFetch
internal import BelljarKernel
internal import BelljarModel
internal import BelljarStore

/// Looks for secrets in what a build leaves, whatever white space was put between their bytes.
struct SecretScan: Sendable {
    struct Finding: Hashable, Sendable {
        /// Where it is, with the secret itself taken out.
        var place: String
        var secret: String
        var encoding: String

        var words: String { "\(place) holds the secret \(secret)" + (encoding.isEmpty ? "" : " (\(encoding))") }
    }

    /// Reads a stream piece by piece.
    struct Reader {
        private let forms: SecretForms
        private var rest: [UInt8] = []
        private(set) var found: SecretForms.Form?

        init(_ scan: SecretScan) { forms = scan.forms }

        mutating func read(_ bytes: some Sequence<UInt8>) {
            guard found == nil, forms.longest > 0 else { return }
            rest += SecretForms.stripped(Array(bytes))
            for index in rest.indices {
                guard let form = forms.match(in: rest, at: index) else { continue }
                found = form
                return
            }
            rest = Array(rest.suffix(forms.longest - 1))
        }
    }

    /// Reads two streams as they come, for a secret of which each holds a part.
    ///
    /// What one stream holds by itself is not looked for: that is taken out of it before it is kept.
    struct SeamReader {
        private let forms: SecretForms
        private var rest = Text()
        /// What came last.
        private var last: Text?
        private(set) var found: SecretForms.Form?

        /// Text without white space, and which stream each byte is of.
        private struct Text {
            var bytes: [UInt8] = []
            var isError: [Bool] = []

            static func + (left: Text, right: Text) -> Text {
                Text(bytes: left.bytes + right.bytes, isError: left.isError + right.isError)
            }

            func prefix(_ count: Int) -> Text {
                Text(bytes: Array(bytes.prefix(count)), isError: Array(isError.prefix(count)))
            }

            func suffix(_ count: Int) -> Text {
                Text(bytes: Array(bytes.suffix(count)), isError: Array(isError.suffix(count)))
            }
        }

        init(_ scan: SecretScan) { forms = scan.forms }

        /// - Parameter isError: whether it is of standard error.
        mutating func read(_ bytes: [UInt8], isError: Bool) {
            guard found == nil, forms.longest > 0 else { return }
            let stripped = SecretForms.stripped(bytes)
            let text = Text(bytes: stripped, isError: [Bool](repeating: isError, count: stripped.count))
            rest = rest + text
            found = mixed(rest)
            rest = rest.suffix(forms.longest - 1)
            // Streams have no common order: when both have something, one of them is read first.
            if found == nil, let last, last.isError.first != isError {
                found = mixed(text.suffix(forms.longest - 1) + last.prefix(forms.longest - 1))
            }
            if !stripped.isEmpty { last = text }
        }

        /// The first secret with bytes of both streams.
        private func mixed(_ text: Text) -> SecretForms.Form? {
            guard text.isError.contains(true), text.isError.contains(false) else { return nil }
            for index in text.bytes.indices {
                guard let form = forms.match(in: text.bytes, at: index) else { continue }
                let streams = text.isError[index..<(index + form.bytes.count)]
                if streams.contains(true), streams.contains(false) { return form }
            }
            return nil
        }
    }

    private let forms: SecretForms
    private let shown: SecretForms

    private static let chunkBytes = 1 << 18

    init(_ secrets: [SecretValue]) {
        forms = SecretForms(secrets, ignoresSpace: true)
        shown = SecretForms(secrets, ignoresSpace: false)
    }

    func finding(_ form: SecretForms.Form, in place: String) -> Finding {
        Finding(place: shown.redacted(place), secret: form.secret, encoding: form.encoding)
    }

    /// The first secret in some bytes.
    func form(in bytes: some Sequence<UInt8>) -> SecretForms.Form? {
        var reader = Reader(self)
        reader.read(bytes)
        return reader.found
    }

    /// The first secret in a file, from its beginning.
    func form(inFile file: borrowing Descriptor) throws(KernelError) -> SecretForms.Form? {
        var reader = Reader(self)
        while reader.found == nil {
            let bytes = try file.readSome(atMost: Self.chunkBytes)
            if bytes.isEmpty { break }
            reader.read(bytes)
        }
        try file.seek(to: 0)
        return reader.found
    }

    /// Everything below a directory that no process writes to any more: names, targets of links, content. What is neither
    /// file, link nor directory has no content, and what is deeper than anything that is taken in is refused by name there.
    func findings(
        below directory: borrowing Descriptor, shownAs place: String, depth: Int = 0
    ) throws(BelljarError) -> [Finding] {
        guard depth <= IngestOptions.depthLimit else { return [] }
        var findings: [Finding] = []
        let entries = try hostCall("look for secrets in", place) { () throws(KernelError) in try directory.entries() }
        for entry in entries {
            let path = "\(place)/\(String(decoding: entry.name, as: UTF8.self))"
            let (content, kind) = try hostCall("look for secrets in", path) { () throws(KernelError) in
                (try form(ofEntry: entry.name, in: directory), try directory.status(of: entry.name).kind)
            }
            if let form = form(in: entry.name) { findings.append(finding(form, in: "the name \(path)")) }
            if let content { findings.append(finding(content, in: path)) }
            guard kind == .directory else { continue }
            let inner = try hostCall("look for secrets in", path) { () throws(KernelError) in
                try Self.openIfReadable(entry.name, in: directory)
            }
            switch inner {
            case .some(let inner): findings += try self.findings(below: inner, shownAs: path, depth: depth + 1)
            case .none: continue
            }
        }
        return findings.sorted { $0.place.utf8.lexicographicallyPrecedes($1.place.utf8) }
    }

    /// What its owner may not read is refused by name when it is taken in, so it need not be looked into.
    private static func openIfReadable(
        _ name: [UInt8], in directory: borrowing Descriptor
    ) throws(KernelError) -> Descriptor? {
        do throws(KernelError) {
            // Not blocking, if it is a FIFO.
            return try directory.open(name, .nonblocking)
        } catch {
            guard ErrorNumber.symbol(error.number) == "EACCES" else { throw error }
            return nil
        }
    }

    /// The first secret in a file or in where a link leads.
    func form(
        ofEntry name: [UInt8], in directory: borrowing Descriptor
    ) throws(KernelError) -> SecretForms.Form? {
        switch try directory.status(of: name).kind {
        case .regular:
            switch try Self.openIfReadable(name, in: directory) {
            case .some(let file): return try form(inFile: file)
            case .none: return nil
            }
        case .symlink: return form(in: try directory.readLink(name))
        default: return nil
        }
    }
}
