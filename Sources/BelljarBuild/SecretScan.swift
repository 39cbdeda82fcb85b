internal import BelljarHost
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

        /// - Parameter place: one of ours, which holds no text of a build.
        init(_ form: SecretForms.Form, in place: String) {
            self.place = place
            secret = form.secret
            encoding = form.encoding
        }

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

    private static let chunkBytes = 1 << 18
    private static let slash = UInt8(ascii: "/")

    init(_ secrets: [SecretValue]) { forms = SecretForms(secrets, ignoresSpace: true) }

    // MARK: What may be shown

    /// A finding at a path; the path may be, or hold, the secret.
    func finding(_ form: SecretForms.Form, in path: [UInt8], isName: Bool = false) -> Finding {
        var shown = redacted(path + [Self.slash])
        // It belongs to no secret, and is there for those that end in one.
        if shown.last == Self.slash { shown.removeLast() }
        let place = PathText.shown(PathText.text(shown))
        return Finding(form, in: isName ? "the name \(place)" : place)
    }

    /// Bytes with what they hold of the secrets taken out, also with white space in between.
    func redacted(_ bytes: [UInt8]) -> [UInt8] {
        let places = bytes.indices.filter { !SecretForms.isSpace(bytes[$0]) }
        let text = places.map { bytes[$0] }
        var shown: [UInt8] = []
        var next = 0
        for index in text.indices {
            guard let form = forms.match(in: text, at: index) else { continue }
            // One that begins within the last has its mark already.
            if places[index] >= next { shown += bytes[next..<places[index]] + SecretFilter.mark }
            next = max(next, places[index + form.bytes.count - 1] + 1)
        }
        return shown + bytes[next...]
    }

    func redacted(_ text: String) -> String { String(decoding: redacted(Array(text.utf8)), as: UTF8.self) }

    func redacted(_ error: BelljarError) -> BelljarError {
        var error = error
        error.subject = redacted(error.subject)
        error.answer = redacted(error.answer)
        error.details = error.details.map { redacted($0) }
        error.exceeded = error.exceeded.map { ExceededLimit(limit: $0.limit, value: $0.value, seen: redacted($0.seen)) }
        return error
    }

    // MARK: Looking

    /// Reads the path of an entry, beginning with that of the directory it is in: a secret may have slashes, and so begin
    /// in one name and end in another.
    ///
    /// - Parameter directory: nil for the one that paths begin in.
    func path(of name: [UInt8], in directory: Reader?) -> Reader {
        var reader: Reader
        if let directory, directory.found == nil { reader = directory } else { reader = root }
        reader.read(name + [Self.slash])
        return reader
    }

    /// What was found in a directory's path need not be found again in those of all that is in it.
    private var root: Reader {
        var reader = Reader(self)
        reader.read([Self.slash])
        return reader
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

    /// Everything below a directory that no process writes to any more: paths, targets of links, content. What is neither
    /// file, link nor directory has no content, and what is deeper than anything that is taken in is refused by name there.
    func findings(below directory: borrowing Descriptor, shownAs place: String) throws(BelljarError) -> [Finding] {
        var findings: [Finding] = []
        try look(below: directory, at: Array(place.utf8), path: nil, depth: 0, &findings)
        return findings.sorted { $0.place.utf8.lexicographicallyPrecedes($1.place.utf8) }
    }

    private func look(
        below directory: borrowing Descriptor, at place: [UInt8], path: Reader?, depth: Int, _ findings: inout [Finding]
    ) throws(BelljarError) {
        guard depth <= IngestOptions.depthLimit else { return }
        let entries = try looking(at: place) { () throws(KernelError) in try directory.entries() }
        for entry in entries {
            let inner = place + [Self.slash] + entry.name
            let path = self.path(of: entry.name, in: path)
            let (content, kind) = try looking(at: inner) { () throws(KernelError) in
                (try form(ofEntry: entry.name, in: directory), try directory.status(of: entry.name).kind)
            }
            if let form = path.found { findings.append(finding(form, in: inner, isName: true)) }
            if let content { findings.append(finding(content, in: inner)) }
            guard kind == .directory else { continue }
            let folder = try looking(at: inner) { () throws(KernelError) in
                try Self.openIfReadable(entry.name, in: directory)
            }
            switch folder {
            case .some(let folder): try look(below: folder, at: inner, path: path, depth: depth + 1, &findings)
            case .none: continue
            }
        }
    }

    private func looking<Result: ~Copyable>(
        at place: [UInt8], _ body: () throws(KernelError) -> Result
    ) throws(BelljarError) -> Result {
        try hostCall("look for secrets in", PathText.shown(PathText.text(redacted(place))), body)
    }

    /// What its owner may not read is refused by name when it is taken in, so it need not be looked into.
    private static func openIfReadable(
        _ name: [UInt8], in directory: borrowing Descriptor
    ) throws(KernelError) -> Descriptor? {
        do throws(KernelError) {
            // Not blocking, if it is a FIFO.
            return try directory.open(name, .nonblocking)
        } catch {
            guard error.errno == .EACCES else { throw error }
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
