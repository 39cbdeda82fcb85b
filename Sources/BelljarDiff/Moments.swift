/// Finds dates and times in a line, in the forms in which programs write them.
enum Moments {
    /// The length of the date or time that begins at an index; 0 if none does.
    static let length: @Sendable ([UInt8], Int) -> Int = { line, index in
        guard index == 0 || !line[index - 1].isWord else { return 0 }
        let reader = Reader(line, index)
        for form in forms {
            var attempt = reader
            if form(&attempt), attempt.isAtEnd { return attempt.position - index }
        }
        return 0
    }

    /// A year by itself: years of copyrights.
    static let year: @Sendable ([UInt8], Int) -> Int = { line, index in
        guard index == 0 || !line[index - 1].isWord else { return 0 }
        var reader = Reader(line, index)
        return reader.year() && reader.isAtEnd ? 4 : 0
    }

    private static let forms: [@Sendable (inout Reader) -> Bool] = [
        // Longer ones first: the first that fits is taken.
        { $0.weekday() && $0.dayAndMonth() }, { $0.isoDate() }, { $0.dayAndMonth() }, { $0.compact() }, { $0.clock() },
        { $0.seconds() },
    ]

    private struct Reader {
        private let line: [UInt8]
        private(set) var position: Int

        init(_ line: [UInt8], _ position: Int) { (self.line, self.position) = (line, position) }

        /// Whether no word goes on here.
        var isAtEnd: Bool { position >= line.count || !line[position].isWord }

        /// A number of so many digits within a range.
        mutating func number(_ digits: ClosedRange<Int>, _ range: ClosedRange<UInt64>) -> Bool {
            let found = line[position...].prefix(digits.upperBound + 1).prefix { $0.isDigit }
            guard digits.contains(found.count) else { return false }
            guard range.contains(found.reduce(0) { $0 * 10 + UInt64($1 - 0x30) }) else { return false }
            position += found.count
            return true
        }

        private mutating func take(_ bytes: String) -> Bool {
            guard position < line.count, bytes.utf8.contains(line[position]) else { return false }
            position += 1
            return true
        }

        /// All of it, or nothing.
        private mutating func maybe(_ form: (inout Reader) -> Bool) {
            var attempt = self
            if form(&attempt) { self = attempt }
        }

        mutating func year() -> Bool { number(4...4, 1970...2106) }
        private mutating func month() -> Bool { number(2...2, 1...12) }
        private mutating func day(_ digits: ClosedRange<Int> = 2...2) -> Bool { number(digits, 1...31) }

        /// `2024-01-31`, with `T12:00:00Z` or the like behind it.
        mutating func isoDate() -> Bool {
            guard year(), take("-/."), month(), take("-/."), day() else { return false }
            maybe { $0.take("T _") && $0.clock() }
            return true
        }

        /// `12:00`, `12:00:00.5 +0100`, `1:02:03 PM`.
        mutating func clock() -> Bool {
            guard number(1...2, 0...24), take(":"), number(2...2, 0...59) else { return false }
            maybe { $0.take(":") && $0.number(2...2, 0...60) }
            maybe { $0.take(".,") && $0.number(1...9, 0...999_999_999) }
            maybe { $0.take(" ") && $0.take("AP") && $0.take("M") }
            maybe { reader in
                if reader.take("Z") { return true }
                _ = reader.take(" ")
                guard reader.take("+-"), reader.number(2...2, 0...14) else { return false }
                _ = reader.take(":")
                return reader.number(2...2, 0...59)
            }
            maybe { $0.take(" ") && $0.zone() }
            return true
        }

        /// `UTC`, `CEST`.
        private mutating func zone() -> Bool {
            let name = line[position...].prefix(5).prefix { (0x41...0x5a).contains($0) }
            guard (3...4).contains(name.count), name.last == UInt8(ascii: "T") || name.last == UInt8(ascii: "C") else {
                return false
            }
            position += name.count
            return true
        }

        /// `Jan 31 2024`, `31 Jan 2024 12:00:00`, `Jan 31 12:00:00 UTC 2024`.
        mutating func dayAndMonth() -> Bool {
            var other = self
            if other.day(1...2), other.spaces("- "), other.monthName() {
                self = other
            } else {
                guard monthName(), spaces(" "), day(1...2) else { return false }
            }
            maybe { $0.take(",") }
            var isDated = false
            for _ in 0..<2 {
                let before = position
                maybe { $0.spaces("- ") && $0.clock() }
                maybe { $0.spaces("- ") && $0.year() && $0.isAtEnd }
                isDated = isDated || position > before
            }
            return isDated
        }

        private mutating func spaces(_ kinds: String) -> Bool {
            guard take(kinds) else { return false }
            // A day of one digit is written with two blanks before it (asctime(3), __DATE__).
            maybe { $0.take(" ") }
            return true
        }

        mutating func weekday() -> Bool {
            guard name(of: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]) else { return false }
            maybe { $0.take(",") }
            return spaces(" ")
        }

        private mutating func monthName() -> Bool {
            name(of: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"])
        }

        /// One of these, or a longer word that begins so.
        private mutating func name(of names: [String]) -> Bool {
            let word = line[position...].prefix(9).prefix { $0.isAlphanumeric && !$0.isDigit }
            guard names.contains(where: { word.starts(with: $0.utf8) }) else { return false }
            position += word.count
            return true
        }

        /// `20240131`, `20240131120000`, `20240131T120000Z`.
        mutating func compact() -> Bool {
            let digits = line[position...].prefix { $0.isDigit }
            guard digits.count == 8 || digits.count == 14 else { return false }
            var date = Reader(Array(digits.prefix(8)), 0)
            func pair(_ at: Int) -> UInt8 {
                (digits[digits.startIndex + at] - 0x30) * 10 + digits[digits.startIndex + at + 1] - 0x30
            }
            guard date.number(8...8, 1970_01_01...2106_12_31), (1...12).contains(pair(4)), (1...31).contains(pair(6))
            else { return false }
            if digits.count == 14 { guard pair(8) < 24, pair(10) < 60, pair(12) < 61 else { return false } }
            position += digits.count
            maybe { $0.take("T") && $0.number(6...6, 0...245_959) }
            maybe { $0.take("Z") }
            return true
        }

        /// Seconds or milliseconds since 1970, from 2001 on.
        mutating func seconds() -> Bool {
            var other = self
            if other.number(10...10, 1_000_000_000...4_294_967_295)
                || other.number(13...13, 1_000_000_000_000...4_294_967_295_999)
            {
                self = other
                return true
            }
            return false
        }
    }
}
