/// Tar archives byte by byte, for what libarchive's writer does not write.
enum HandmadeTar {
    static let end = [UInt8](repeating: 0, count: 1024)

    static func entry(_ name: [UInt8], _ text: String) -> [UInt8] { entry(name, bytes: Array(text.utf8), type: "0") }

    /// One member, in the format of POSIX ustar.
    static func entry(_ name: [UInt8], bytes: [UInt8], type: Character, link: [UInt8] = []) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ field: [UInt8], _ offset: Int) { header.replaceSubrange(offset..<offset + field.count, with: field) }
        put(name, 0)
        put(Array("0000644\0".utf8), 100)
        let size = String(bytes.count, radix: 8)
        put(Array((String(repeating: "0", count: 11 - size.count) + size).utf8), 124)
        put(Array("00000000000".utf8), 136)
        put([type.asciiValue ?? 0], 156)
        put(link, 157)
        put(Array("ustar\0".utf8) + Array("00".utf8), 257)
        ArchiveMaker.fixChecksum(&header)
        let padding = (512 - bytes.count % 512) % 512
        return header + bytes + [UInt8](repeating: 0, count: padding)
    }

    /// A record of a pax header; its length counts itself.
    static func pax(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let rest = Array(" \(key)=".utf8) + value + [0x0a]
        var length = rest.count + 1
        while "\(length)".utf8.count + rest.count != length { length = "\(length)".utf8.count + rest.count }
        return Array("\(length)".utf8) + rest
    }
}
