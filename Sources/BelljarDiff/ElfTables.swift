internal import BelljarModel

extension ElfFile {
    /// A note's name is padded to a multiple of 4 bytes, and the rest is the identifier (gABI 4.1, note section).
    func buildID(_ content: ComparedContent) throws(BelljarError) -> String {
        let note = try content.bytes(from: 0, count: 256)
        guard note.count >= 12 else { return "unreadable" }
        let (name, size) = (try number(note, 0, 4), try number(note, 4, 4))
        guard name < 64, size <= 64 else { return "unreadable" }
        return note.dropFirst(12 + (Int(name) + 3) / 4 * 4).prefix(Int(size)).hexadecimal
    }

    /// The entries of a table of symbols, or of what the dynamic linker is told, one in each line and without the addresses, which
    /// change with everything before them; nil for other sections, and for tables that are too large or cut off.
    func table(_ section: Section) throws(BelljarError) -> [UInt8]? {
        guard sections.indices.contains(section.link),
            let bytes = try section.content.all(limit: Self.tableBytes),
            let texts = try sections[section.link].content.all(limit: Self.tableBytes)
        else { return nil }
        switch section.type {
        // SHT_SYMTAB, SHT_DYNSYM
        case 2, 11: return try symbols(bytes, texts)
        // SHT_DYNAMIC
        case 6: return try dynamic(bytes, texts)
        default: return nil
        }
    }

    private static let tableBytes = 32 << 20

    private func name(_ texts: [UInt8], _ offset: UInt64) -> ArraySlice<UInt8> {
        texts.dropFirst(Int(clamping: offset)).prefix(Self.longestName).prefix { $0 != 0 }
    }

    private static let longestName = 1024

    /// `FUNC GLOBAL main, 37 bytes`
    private func symbols(_ bytes: [UInt8], _ texts: [UInt8]) throws(BelljarError) -> [UInt8] {
        let entry = isWide ? 24 : 16
        var lines: [UInt8] = []
        for start in stride(from: 0, to: bytes.count - bytes.count % entry, by: entry) {
            let info = bytes[start + (isWide ? 4 : 12)]
            let size = try number(bytes, start + (isWide ? 16 : 8), isWide ? 8 : 4)
            let kind = Self.kinds[info & 15] ?? "\(info & 15)"
            let binding = Self.bindings[info >> 4] ?? "\(info >> 4)"
            lines += Array("\(kind) \(binding) ".utf8) + name(texts, try number(bytes, start, 4))
            lines += Array(", \(size) bytes\n".utf8)
            guard lines.count <= Self.tableBytes else { throw .malformed(.elf, "its symbols have names without end") }
        }
        return lines
    }

    private static let kinds: [UInt8: String] = [
        0: "NOTYPE", 1: "OBJECT", 2: "FUNC", 3: "SECTION", 4: "FILE", 5: "COMMON", 6: "TLS", 10: "IFUNC",
    ]
    private static let bindings: [UInt8: String] = [0: "LOCAL", 1: "GLOBAL", 2: "WEAK", 10: "UNIQUE"]

    /// `NEEDED libc.so.6`; of what is an address, nothing but that it is there.
    private func dynamic(_ bytes: [UInt8], _ texts: [UInt8]) throws(BelljarError) -> [UInt8] {
        let width = isWide ? 8 : 4
        var lines: [UInt8] = []
        for start in stride(from: 0, to: bytes.count - bytes.count % (2 * width), by: 2 * width) {
            let (tag, value) = (try number(bytes, start, width), try number(bytes, start + width, width))
            if let word = Self.named[tag] {
                lines += Array("\(word) ".utf8) + name(texts, value) + [0x0a]
            } else {
                let isNumber = Self.numbers.contains(tag)
                lines += Array("0x\(String(tag, radix: 16))\(isNumber ? " \(value)" : "")\n".utf8)
            }
            guard lines.count <= Self.tableBytes else { throw .malformed(.elf, "its libraries have names without end") }
        }
        return lines
    }

    private static let named: [UInt64: String] = [1: "NEEDED", 14: "SONAME", 15: "RPATH", 29: "RUNPATH"]
    /// Flags, and counts that are no addresses (DT_FLAGS, DT_FLAGS_1, DT_VERNEEDNUM, DT_VERDEFNUM).
    private static let numbers: Set<UInt64> = [30, 0x6fff_fffb, 0x6fff_ffff, 0x6fff_fffd]
}
