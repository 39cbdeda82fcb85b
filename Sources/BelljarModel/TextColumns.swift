/// How much room text takes on a terminal, whose cells hold half of a wide character and any number of combining ones.
///
/// Terminals do not agree about every character. Where they differ (emoji, characters that a variation selector follows), this
/// says the larger number: a line that is thought too long is cut too early, one that is thought too short wraps.
package enum TextColumns {
    /// What fits into so many columns, from the beginning.
    package static func cut(_ text: String, to columns: Int) -> String {
        var (kept, used) = (String.UnicodeScalarView(), 0)
        for scalar in text.unicodeScalars {
            used += width(of: scalar)
            if used > columns { break }
            kept.append(scalar)
        }
        return String(kept)
    }

    package static func width(of text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + width(of: $1) }
    }

    /// - Parameter scalar: no control character.
    package static func width(of scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x300 { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark:
            // The selector of a picture (U+FE0F) makes some characters wide that are narrow without it.
            return scalar.value == 0xFE0F ? 1 : 0
        case .format: return 0
        default: break
        }
        // The second and third letters of a Korean syllable stand in the cells of the first.
        if (0x1160...0x11FF).contains(scalar.value) || (0xD7B0...0xD7FF).contains(scalar.value) { return 0 }
        return scalar.properties.isEmojiPresentation || isWide(scalar.value) ? 2 : 1
    }

    /// East_Asian_Width W and F (Unicode 15, EastAsianWidth.txt), blocks taken whole, without those that are emoji.
    private static func isWide(_ value: UInt32) -> Bool {
        guard value >= wide[0].lowerBound else { return false }
        return wide.contains { $0.contains(value) }
    }

    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F,
        0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6,
        0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x1F000...0x1F02F, 0x1F200...0x1F2FF, 0x1F300...0x1FAFF,
        0x20000...0x3FFFD,
    ]
}
