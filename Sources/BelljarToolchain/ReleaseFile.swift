package import BelljarModel

/// What belljar reads of an archive's InRelease file.
package struct ReleaseFile: Hashable, Sendable {
    /// The archive's own name for itself: `Debian`, `Debian-Security`.
    var label: String
    /// Seconds since 1970 of the `Date` field.
    package var date: UInt64

    /// Reads the text inside (or without) the OpenPGP clear-text armour. The signature is apt's business, which has
    /// checked it before the file got its name.
    package init(_ text: String, file: String) throws(BelljarError) {
        let stanzas = try ControlStanza.parse(Self.withoutArmour(text), file: file)
        guard let stanza = stanzas.first(where: { $0["Date"] != nil }) else {
            throw BelljarError(.integrity, operation: "read", subject: file, answer: "there is no Date field")
        }
        guard let date = stanza["Date"].flatMap(Self.seconds(of:)) else {
            throw BelljarError(
                .integrity, operation: "read", subject: file, answer: "cannot read the date '\(stanza["Date"] ?? "")'")
        }
        self.label = stanza["Label"] ?? ""
        self.date = date
    }

    private static func withoutArmour(_ text: String) -> String {
        var lines: [Substring] = []
        for line in text.textLines {
            if line == "-----BEGIN PGP SIGNED MESSAGE-----" { continue }
            if line == "-----BEGIN PGP SIGNATURE-----" { break }
            // RFC 4880, 7.1: lines that begin with a dash are escaped with "- ".
            lines.append(line.hasPrefix("- ") ? line.dropFirst(2) : line)
        }
        return lines.joined(separator: "\n")
    }

    /// Reads `Sat, 17 May 2025 09:18:54 UTC`, the one form that Debian's archive software writes.
    static func seconds(of text: String) -> UInt64? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "UTC" || words[5] == "GMT" || words[5] == "+0000" else { return nil }
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let clock = words[4].split(separator: ":").compactMap { UInt64($0) }
        guard let day = UInt64(words[1]), let month = months.firstIndex(of: String(words[2])),
            let year = UInt64(words[3]),
            clock.count == 3, (1...31).contains(day), (1970...9999).contains(year), clock[0] < 24, clock[1] < 60,
            clock[2] <= 60
        else { return nil }
        let days = daysBefore(year: year, month: UInt64(month) + 1) + day - 1
        return days * 86400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
    }

    /// Days from 1970-01-01 to the first of a month of the Gregorian calendar.
    private static func daysBefore(year: UInt64, month: UInt64) -> UInt64 {
        let lengths: [UInt64] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        // Leap years before `year` since year 1, less those before 1970.
        let leapDays = (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 - 477
        let inYear = lengths.prefix(Int(month) - 1).reduce(0, +) + (isLeap && month > 2 ? 1 : 0)
        return (year - 1970) * 365 + leapDays + inYear
    }
}
