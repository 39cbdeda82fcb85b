internal import BelljarModel

/// What a program or library says of itself (ELF, gABI 4.1 chapter 4). Everything in it is checked against the bytes that are
/// there: a header may say anything.
struct ElfFile {
    struct Section {
        var name: String
        var type: UInt64
        var flags: UInt64
        /// The number of the section that has its texts, counted from 0 without the first one, which is none.
        var link: Int
        var content: ComparedContent
    }

    /// Properties of the header, in the order in which they are shown.
    private(set) var header: [(name: String, value: String)] = []
    private(set) var sections: [Section] = []

    private let content: ComparedContent
    let isWide: Bool
    private let isLittle: Bool

    /// Sections of one file, and bytes of the table of their names.
    private static let sectionLimit = 100_000
    private static let nameBytes = 16 << 20
    /// SHT_NOBITS: no bytes in the file.
    private static let noBits: UInt64 = 8

    /// - Throws: `integrity` for a header that is none, or leads out of the file.
    init(_ content: ComparedContent) throws(BelljarError) {
        let head = try content.bytes(from: 0, count: 64)
        guard head.count >= 52, head.starts(with: [0x7f, 0x45, 0x4c, 0x46]), (1...2).contains(head[4]),
            (1...2).contains(head[5])
        else { throw .malformed(.elf, "its header is cut off, or of no known class") }
        self.content = content
        isWide = head[4] == 2
        isLittle = head[5] == 1
        guard !isWide || head.count == 64 else { throw .malformed(.elf, "its header is cut off") }
        try readHeader(head)
        try readSections(head)
    }

    /// A number in the file's own order of bytes.
    func number(_ bytes: [UInt8], _ index: Int, _ size: Int) throws(BelljarError) -> UInt64 {
        guard let found = isLittle ? bytes.littleEndian(index, size) : bytes.bigEndian(index, size) else {
            throw .malformed(.elf, "a header in it is cut off")
        }
        return found
    }

    private mutating func readHeader(_ head: [UInt8]) throws(BelljarError) {
        let (type, machine) = (try number(head, 16, 2), try number(head, 18, 2))
        header = [
            ("class", isWide ? "64-bit" : "32-bit"), ("byte order", isLittle ? "little-endian" : "big-endian"),
            ("type", Self.types[type] ?? "\(type)"),
            ("machine", Self.machines[machine] ?? "\(machine)"),
            ("entry point", "0x" + String(try number(head, 24, isWide ? 8 : 4), radix: 16)),
            ("flags", "0x" + String(try number(head, isWide ? 48 : 36, 4), radix: 16)),
        ]
    }

    private static let types: [UInt64: String] = [1: "relocatable", 2: "executable", 3: "shared object", 4: "core"]
    private static let machines: [UInt64: String] = [
        3: "x86", 8: "MIPS", 20: "PowerPC", 21: "PowerPC64", 22: "s390", 40: "ARM", 62: "x86-64", 183: "AArch64",
        243: "RISC-V", 258: "LoongArch",
    ]

    private mutating func readSections(_ head: [UInt8]) throws(BelljarError) {
        let offset = try number(head, isWide ? 40 : 32, isWide ? 8 : 4)
        guard offset > 0 else { return }
        let size = Int(try number(head, isWide ? 58 : 46, 2))
        var count = Int(try number(head, isWide ? 60 : 48, 2))
        var names = Int(try number(head, isWide ? 62 : 50, 2))
        guard size == (isWide ? 64 : 40) else { throw .malformed(.elf, "its sections have headers of \(size) bytes") }
        let first = try content.bytes(from: offset, count: size)
        guard first.count == size else { throw .malformed(.elf, "the table of its sections lies outside of it") }
        // More than fit the header's own numbers stand in the first section (gABI 4.1, e_shnum).
        if count == 0 { count = Int(clamping: try number(first, isWide ? 32 : 20, isWide ? 8 : 4)) }
        if names == 0xffff { names = Int(try number(first, isWide ? 40 : 24, 4)) }
        guard count <= Self.sectionLimit else { throw .malformed(.elf, "it would have \(count) sections") }
        let table = try content.bytes(from: offset, count: count * size)
        guard table.count == count * size else {
            throw .malformed(.elf, "the table of its sections lies outside of it")
        }
        var found: [(name: UInt64, section: Section)] = []
        for index in 0..<count {
            let entry = Array(table[index * size..<(index + 1) * size])
            let type = try number(entry, 4, 4)
            let start = try number(entry, isWide ? 24 : 16, isWide ? 8 : 4)
            let length = type == Self.noBits ? 0 : try number(entry, isWide ? 32 : 20, isWide ? 8 : 4)
            let part = content.part(from: start, count: length)
            guard part.count == length || index == 0 else {
                throw .malformed(.elf, "section \(index) lies outside of it")
            }
            let section = Section(
                name: "", type: type, flags: try number(entry, 8, isWide ? 8 : 4),
                link: Int(try number(entry, isWide ? 40 : 24, 4)) - 1, content: part)
            found.append((try number(entry, 0, 4), section))
        }
        guard found.indices.contains(names) else { throw .malformed(.elf, "it has no names of sections") }
        let texts = try found[names].section.content.bytes(from: 0, count: Self.nameBytes)
        for (name, section) in found.dropFirst() {
            var section = section
            let text = texts.dropFirst(Int(clamping: name)).prefix(256).prefix { $0 != 0 }
            section.name = TextForm.line(text)
            sections.append(section)
        }
    }
}
