internal import BelljarModel

/// Compares contents: by what they are as far as that can be read, otherwise as text, otherwise byte by byte.
extension Comparer {
    /// - Parameter depth: containers that it is in.
    /// - Returns: nil if they are the same.
    func contentDifference(
        _ first: ComparedContent, _ second: ComparedContent, named name: String, depth: Int
    ) throws(BelljarError) -> TreeDifference? {
        let pair = ContentPair(first, second, name: name) { () throws(BelljarError) in try self.check() }
        if try pair.isSame() { return nil }
        guard !isSpent else {
            var found = TreeDifference(name: name, form: .data)
            found.detail = .bytes(ByteDifference(firstSize: first.count, secondSize: second.count, isCut: true))
            found.notes.append("not looked into any further: the bounds of this comparison were reached")
            return found
        }
        return try described(pair, depth: depth)
    }

    private func described(_ pair: ContentPair, depth: Int) throws(BelljarError) -> TreeDifference {
        let heads = (try pair.first.bytes(from: 0, count: 600), try pair.second.bytes(from: 0, count: 600))
        let forms = (ContentForm.of(heads.0, name: pair.name), ContentForm.of(heads.1, name: pair.name))
        var (notes, causes) = ([String](), [CauseFinding]())
        if let form = forms.0, form == forms.1 {
            let attempt = try self.attempt(form, pair, depth: depth)
            if var found = attempt.found {
                found.notes = attempt.notes + found.notes
                return found
            }
            notes = attempt.notes
            causes = attempt.causes
        }
        var found: TreeDifference
        if forms.0 == nil || forms.0 != forms.1, TextForm.isText(heads.0), TextForm.isText(heads.1) {
            found = try text(pair)
        } else {
            found = try bytes(pair, as: forms.0 == forms.1 ? forms.0 ?? .data : .data)
            if forms.0 != forms.1 {
                found.properties.append(
                    .init(name: "kind", first: (forms.0 ?? .data).words, second: (forms.1 ?? .data).words))
            }
        }
        found.notes = notes + found.notes
        // Of bytes that are packed, no cause can be seen.
        if !causes.isEmpty { found.causes = causes }
        return found
    }

    /// What a form's own reader finds; nothing, with the reason, where that does not say what differs.
    private func attempt(
        _ form: DifferenceForm, _ pair: ContentPair, depth: Int
    ) throws(BelljarError) -> (found: TreeDifference?, notes: [String], causes: [CauseFinding]) {
        guard depth < bounds.depth else {
            return (nil, ["not opened: it lies in \(depth) others, and no more are opened"], [])
        }
        do throws(BelljarError) {
            let found = try inForm(form, pair, depth: depth)
            if let found, found.isOfUse { return (found, [], []) }
            let notes = found?.notes ?? []
            return (nil, notes.isEmpty ? [form.sameWithin] : notes, found?.causes ?? [])
        } catch {
            // These tell of what is compared, or of this host's way of opening it; all others of the comparison itself.
            guard [.integrity, .usage, .resourceExceeded, .sandboxUnavailable].contains(error.code) else { throw error }
            return (nil, ["not read as \(form.words): \(error.answer)"], [])
        }
    }

    private func inForm(_ form: DifferenceForm, _ pair: ContentPair, depth: Int) throws(BelljarError) -> TreeDifference?
    {
        switch form {
        case .gzip, .bzip2, .xz, .zstd, .lz4, .tar, .zip, .ar, .cpio: try archive(pair, as: form, depth: depth)
        case .elf: try elf(pair)
        case .json: try json(pair)
        case .png: try png(pair)
        case .pdf: try pdf(pair)
        case .pyc: try pyc(pair, depth: depth)
        case .javaClass: try javaClass(pair)
        case .sqlite: try sqlite(pair)
        case .folder, .link, .special, .data, .text, .section: nil
        }
    }
}

extension DifferenceForm {
    /// What is said where a form's reader finds nothing, and the bytes are not the same.
    fileprivate var sameWithin: String {
        switch self {
        case .gzip, .bzip2, .xz, .zstd, .lz4: "what is packed in it is the same: only the packing differs"
        case .tar, .zip, .ar, .cpio: "its members are the same: only their packing, or what lies between them, differs"
        default: "what is read of it is the same: only its bytes differ"
        }
    }
}

/// What content is, by its first bytes.
enum ContentForm {
    /// - Parameters:
    ///   - head: the first 600 bytes, or all if there are fewer.
    ///   - name: counts where the first bytes do not tell.
    static func of(_ head: [UInt8], name: String) -> DifferenceForm? {
        if let found = marks.first(where: { head.starts(with: $0.mark) }) { return found.form }
        if head.count > 262, head[257...].starts(with: Array("ustar".utf8)) { return .tar }
        // 0xcafebabe also begins programs for several processors of macOS; their count stands where a class has its version.
        if head.starts(with: [0xca, 0xfe, 0xba, 0xbe]), let version = head.bigEndian(6, 2), version >= 45 {
            return .javaClass
        }
        if name.hasSuffix(".pyc"), head.count >= 16, head[2...3] == [0x0d, 0x0a] { return .pyc }
        let visible = head.first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }
        if visible == UInt8(ascii: "{") || visible == UInt8(ascii: "["), TextForm.isText(head), isNamedJSON(name) {
            return .json
        }
        return nil
    }

    private static func isNamedJSON(_ name: String) -> Bool {
        [".json", ".map", ".geojson", ".ipynb"].contains { name.hasSuffix($0) }
    }

    private static let marks: [(mark: [UInt8], form: DifferenceForm)] = [
        ([0x1f, 0x8b, 8], .gzip), (Array("BZh".utf8), .bzip2), ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], .xz),
        ([0x28, 0xb5, 0x2f, 0xfd], .zstd), ([4, 0x22, 0x4d, 0x18], .lz4), ([0x50, 0x4b, 3, 4], .zip),
        ([0x50, 0x4b, 5, 6], .zip), (Array("!<arch>\n".utf8), .ar), (Array("070701".utf8), .cpio),
        (Array("070702".utf8), .cpio), (Array("070707".utf8), .cpio), ([0x7f, 0x45, 0x4c, 0x46], .elf),
        ([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], .png), (Array("%PDF-".utf8), .pdf),
        (Array("SQLite format 3\0".utf8), .sqlite),
    ]
}

extension BelljarError {
    /// Of content that is not what its first bytes say.
    static func malformed(_ form: DifferenceForm, _ answer: String) -> BelljarError {
        BelljarError(.integrity, operation: "read", subject: form.words, answer: answer)
    }
}
