/// File names, paths and targets of links as text, byte for byte.
///
/// The kernel takes any bytes but NUL; the Remote Execution API and JSON take UTF-8 only. So a byte that is no part of valid
/// UTF-8 is written as U+0000 and two small hexadecimal digits. No name holds a NUL, so this cannot be mistaken for another
/// name, every other name stays as it is, and whoever takes the text for a name is refused by the kernel instead of getting
/// another file.
package enum PathText {
    /// The text that stands for these bytes; there is just one.
    package static func text(_ bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        var escaped: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let width = validWidth(bytes, at: index)
            if width > 0 {
                escaped += bytes[index..<(index + width)]
            } else {
                escaped += [0, digits[Int(bytes[index] >> 4)], digits[Int(bytes[index] & 15)]]
            }
            index += max(width, 1)
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    /// The bytes that a text stands for; nil for a text that `text` would not make of them.
    package static func bytes(_ given: String) -> [UInt8]? {
        let source = Array(given.utf8)
        guard source.contains(0) else { return source }
        var bytes: [UInt8] = []
        var index = 0
        while index < source.count {
            guard source[index] == 0 else {
                bytes.append(source[index])
                index += 1
                continue
            }
            guard index + 2 < source.count, let high = digits.firstIndex(of: source[index + 1]),
                let low = digits.firstIndex(of: source[index + 2])
            else { return nil }
            bytes.append(UInt8(high << 4 | low))
            index += 3
        }
        return text(bytes).utf8.elementsEqual(source) ? bytes : nil
    }

    /// What the kernel is to be asked for. A text that stands for nothing holds a NUL, and is refused there.
    package static func raw(_ text: String) -> [UInt8] { bytes(text) ?? Array(text.utf8) }

    /// For people: bytes that are no UTF-8 as `\xff`, and a backslash as two, so that this too has one meaning.
    package static func shown(_ text: String) -> String {
        var shown = ""
        var rest = Substring(text).unicodeScalars
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\0": shown += "\\x" + String(String.UnicodeScalarView(rest.prefix(2)))
            case "\\": shown += "\\\\"
            default:
                shown.unicodeScalars.append(scalar)
                continue
            }
            if scalar == "\0" { rest = rest.dropFirst(2) }
        }
        return shown
    }

    private static let digits = Array("0123456789abcdef".utf8)

    /// Length of the character that begins here; 0 if none does.
    private static func validWidth(_ bytes: [UInt8], at index: Int) -> Int {
        let width =
            switch bytes[index] {
            case 0x01..<0x80: 1
            case 0xc2..<0xe0: 2
            case 0xe0..<0xf0: 3
            case 0xf0..<0xf5: 4
            default: 0
            }
        guard width > 0, index + width <= bytes.count else { return 0 }
        return String(validating: bytes[index..<(index + width)], as: UTF8.self) == nil ? 0 : width
    }
}
