internal import BelljarModel

/// What secrets look like when somebody writes them down: as they are, in hexadecimal digits (of one case), in base64 (both
/// alphabets, also within longer data), and as JSON and messages escape them; each also as the path that it is taken for.
struct SecretForms: Sendable {
    struct Form: Sendable {
        var secret: String
        /// `base64`; empty for the bytes themselves.
        var encoding: String
        var bytes: [UInt8]
    }

    let forms: [Form]
    /// Bytes of the longest form.
    let longest: Int
    /// Forms by their first two bytes, and which first bytes there are.
    private let byStart: [[Int32]]
    private let firsts: [Bool]

    /// - Parameter ignoresSpace: for text from which white space was taken (`stripped`): so wrapped lines are found.
    init(_ secrets: [SecretValue], ignoresSpace: Bool) {
        var forms: [Form] = []
        var known: Set<[UInt8]> = []
        for secret in secrets {
            for (encoding, written) in Self.encodings(of: Self.trimmed(secret.bytes)) {
                for bytes in [written, Self.asPath(written)] {
                    let bytes = ignoresSpace ? Self.stripped(bytes) : bytes
                    guard bytes.count >= SecretValue.shortest, known.insert(bytes).inserted else { continue }
                    forms.append(Form(secret: secret.name, encoding: encoding, bytes: bytes))
                }
            }
        }
        self.forms = forms
        longest = forms.map(\.bytes.count).max() ?? 0
        var byStart = [[Int32]](repeating: [], count: 1 << 16)
        var firsts = [Bool](repeating: false, count: 256)
        for (index, form) in forms.enumerated() {
            byStart[Int(form.bytes[0]) << 8 | Int(form.bytes[1])].append(Int32(index))
            firsts[Int(form.bytes[0])] = true
        }
        self.byStart = byStart
        self.firsts = firsts
    }

    /// The longest form that stands at a place of a text.
    func match(in text: [UInt8], at index: Int) -> Form? {
        guard firsts[Int(text[index])], index + 1 < text.count else { return nil }
        var found: Form?
        for number in byStart[Int(text[index]) << 8 | Int(text[index + 1])] {
            let form = forms[Int(number)]
            guard form.bytes.count > found?.bytes.count ?? 0, Self.stands(form.bytes, in: text, at: index) else {
                continue
            }
            found = form
        }
        return found
    }

    /// Whether a form may begin at a place and go on behind the text's end.
    func mayBegin(in text: [UInt8], at index: Int) -> Bool {
        let rest = text.count - index
        guard firsts[Int(text[index])], rest < longest else { return false }
        let candidates =
            rest > 1 ? byStart[Int(text[index]) << 8 | Int(text[index + 1])].map { forms[Int($0)] } : forms
        return candidates.contains { $0.bytes.count > rest && text[index...].elementsEqual($0.bytes.prefix(rest)) }
    }

    private static func stands(_ form: [UInt8], in text: [UInt8], at index: Int) -> Bool {
        guard index + form.count <= text.count else { return false }
        for offset in form.indices where text[index + offset] != form[offset] { return false }
        return true
    }

    // MARK: Encodings

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }

    static func stripped(_ bytes: [UInt8]) -> [UInt8] { bytes.filter { !isSpace($0) } }

    /// Without the line feeds at the end, which programs that print a secret leave out.
    private static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        return bytes
    }

    /// What the kernel makes of it where it is given as a path: several slashes are one.
    private static func asPath(_ bytes: [UInt8]) -> [UInt8] {
        let slash = UInt8(ascii: "/")
        return bytes.indices.filter { $0 == 0 || bytes[$0] != slash || bytes[$0 - 1] != slash }.map { bytes[$0] }
    }

    private static func encodings(of bytes: [UInt8]) -> [(String, [UInt8])] {
        var all: [(String, [UInt8])] = [("", bytes)]
        for digits in ["0123456789abcdef", "0123456789ABCDEF"].map({ Array($0.utf8) }) {
            all.append(("hexadecimal", bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }))
        }
        for ending in ["+/", "-_"] {
            for offset in 0..<3 { all.append(("base64", base64(bytes, offset: offset, ending: ending))) }
        }
        // As records and the ledger hold bytes that are no text.
        let quoted = CanonicalJSON.encode(.string(PathText.text(bytes)))
        all.append(("JSON", Array(quoted.dropFirst().dropLast())))
        // As messages do. There is none of bytes that no name can have.
        if !bytes.contains(0) { all.append(("escaped", Array(PathText.shown(PathText.text(bytes)).utf8))) }
        return all
    }

    /// What of the encoding follows from these bytes alone when so many others stand before them.
    private static func base64(_ bytes: [UInt8], offset: Int, ending: String) -> [UInt8] {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\(ending)".utf8)
        let padded = [UInt8](repeating: 0, count: offset) + bytes
        // Each letter stands for six bits; those that hold a bit of what is before or behind are left out.
        let first = (offset * 8 + 5) / 6
        let end = padded.count * 8 / 6
        guard first < end else { return [] }
        return (first..<end).map { letter in
            let bit = letter * 6
            let (byte, shift) = (bit / 8, bit % 8)
            let pair = UInt16(padded[byte]) << 8 | UInt16(byte + 1 < padded.count ? padded[byte + 1] : 0)
            return letters[Int(pair >> (10 - UInt16(shift)) & 63)]
        }
    }
}

/// Takes secrets out of a stream as it comes, also those that arrive in pieces. What stays in their place is never longer
/// than they are.
struct SecretFilter {
    static let mark = Array("[secret]".utf8)

    private let forms: SecretForms
    /// What came and may be the beginning of a secret.
    private var held: [UInt8] = []
    /// So many of `held` belong to a secret that was found.
    private var covered = 0

    init(_ forms: SecretForms) { self.forms = forms }

    /// - Returns: what can be passed on now.
    mutating func take(_ bytes: [UInt8]) -> [UInt8] {
        guard !forms.forms.isEmpty else { return bytes }
        held += bytes
        return pass(isLast: false)
    }

    /// Passes on the rest.
    ///
    /// - Parameter isCut: the stream was cut off, so what may be a beginning is taken out as well.
    mutating func finish(isCut: Bool) -> [UInt8] {
        guard isCut, !held.isEmpty else { return pass(isLast: true) }
        let passed = covered > 0 ? [] : Array(Self.mark.prefix(held.count))
        (held, covered) = ([], 0)
        return passed
    }

    private mutating func pass(isLast: Bool) -> [UInt8] {
        var passed: [UInt8] = []
        var index = 0
        while index < held.count {
            // A longer secret may begin like a shorter one, so the end of the stream comes first.
            if !isLast, forms.mayBegin(in: held, at: index) { break }
            if let match = forms.match(in: held, at: index) {
                if covered <= index { passed += Self.mark }
                covered = max(covered, index + match.bytes.count)
            }
            if covered <= index { passed.append(held[index]) }
            index += 1
        }
        held.removeFirst(index)
        covered = max(0, covered - index)
        return passed
    }
}
