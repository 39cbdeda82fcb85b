/// Finds in a line what one cause changes, and takes it out, so that two lines which differ in nothing else become the same.
struct CauseMask: Sendable {
    let cause: Cause
    /// The length of what begins at an index; 0 if nothing does.
    private let length: @Sendable (_ line: [UInt8], _ index: Int) -> Int

    /// In the order in which they are applied: names of temporary files are paths too, and dates are numbers.
    static let all: [CauseMask] = [
        CauseMask(cause: .random, length: identifier), CauseMask(cause: .embeddedDate, length: Moments.length),
        CauseMask(cause: .temporaryName, length: temporaryName),
        CauseMask(cause: .processNumber, length: processNumber),
        CauseMask(cause: .buildPath, length: path), CauseMask(cause: .user, length: account),
        CauseMask(cause: .locale, length: localised), CauseMask(cause: .embeddedDate, length: Moments.year),
    ]

    /// What stands for what was taken out: no line has it.
    private static let mark: UInt8 = 0

    func apply(to line: [UInt8]) -> (line: [UInt8], found: [ArraySlice<UInt8>]) {
        var (masked, found, index) = ([UInt8](), [ArraySlice<UInt8>](), 0)
        while index < line.count {
            let length = self.length(line, index)
            if length > 0 {
                found.append(line[index..<index + length])
                masked.append(Self.mark)
                index += length
            } else {
                masked.append(line[index])
                index += 1
            }
        }
        return (masked, found)
    }

    // MARK: What is found

    /// A UUID (RFC 9562).
    private static let identifier: @Sendable ([UInt8], Int) -> Int = { line, index in
        guard index == 0 || !line[index - 1].isWord, index + 36 <= line.count else { return 0 }
        for place in 0..<36 {
            let byte = line[index + place]
            if [8, 13, 18, 23].contains(place) ? byte != UInt8(ascii: "-") : !byte.isHexadecimal { return 0 }
        }
        return 36
    }

    /// What mkstemp(3), mktemp(1), compilers and Python call temporary files; below /tmp, all that does not look as if somebody
    /// had thought of it.
    private static let temporaryName: @Sendable ([UInt8], Int) -> Int = { line, index in
        for folder in ["/tmp/", "/var/tmp/"] where line[index...].starts(with: folder.utf8) {
            let name = line[(index + folder.utf8.count)...].prefix { $0.isPathByte }
            if isMadeUp(name.prefix { $0 != UInt8(ascii: "/") }) { return folder.utf8.count + name.count }
        }
        guard index == 0 || !line[index - 1].isWord else { return 0 }
        if line[index...].starts(with: "cc".utf8) {
            let rest = line[(index + 2)...]
            if rest.count > 6, rest.prefix(6).allSatisfy(\.isAlphanumeric), rest.dropFirst(6).first == UInt8(ascii: ".")
            {
                return 8
            }
        }
        for prefix in ["tmp.", "tmp"] where line[index...].starts(with: prefix.utf8) {
            let rest = line[(index + prefix.utf8.count)...].prefix { $0.isAlphanumeric || $0 == UInt8(ascii: "_") }
            if (6...16).contains(rest.count) { return prefix.utf8.count + rest.count }
        }
        return 0
    }

    /// Whether six letters and digits in a row are of more than one kind.
    private static func isMadeUp(_ name: ArraySlice<UInt8>) -> Bool {
        name.split { !$0.isAlphanumeric }.contains { run in
            let kinds = [
                run.contains { $0.isDigit }, run.contains { $0 > 0x60 }, run.contains { (0x41...0x5a).contains($0) },
            ]
            return run.count >= 6 && kinds.filter { $0 }.count > 1
        }
    }

    /// The number behind `pid`, or in brackets behind a program's name, as in logs.
    private static let processNumber: @Sendable ([UInt8], Int) -> Int = { line, index in
        guard line[index].isDigit, index > 0, !line[index - 1].isWord else { return 0 }
        // /proc/sys/kernel/pid_max is 4194304 at most.
        let digits = line[index...].prefix(8) { $0.isDigit }
        guard digits.count < 8 else { return 0 }
        let before = line[..<index].suffix(12).map { $0 | 0x20 }
        let isNamed = before.reversed().drop { [0x20, 0x3d, 0x3a, 0x23 | 0x20].contains($0) }.starts(with: "dip".utf8)
        let isBracketed =
            line[index - 1] == UInt8(ascii: "[") && index > 1 && line[index - 2].isAlphanumeric
            && index + digits.count < line.count && line[index + digits.count] == UInt8(ascii: "]")
        return isNamed || isBracketed ? digits.count : 0
    }

    /// An absolute path of at least two names, but none of a place that is the same everywhere.
    private static let path: @Sendable ([UInt8], Int) -> Int = { line, index in
        guard line[index] == UInt8(ascii: "/"),
            index == 0 || !(line[index - 1].isPathByte || line[index - 1] == UInt8(ascii: ":"))
                || isAfterOption(line, index)
        else { return 0 }
        let path = line[index...].prefix { $0.isPathByte }
        guard path.dropFirst().contains(UInt8(ascii: "/")) else { return 0 }
        return fixedPlaces.contains { path.starts(with: $0.utf8) } ? 0 : path.count
    }

    /// `-I/build/x`, `-ffile-prefix-map=/build/x`, `PATH:/build/x`.
    private static func isAfterOption(_ line: [UInt8], _ index: Int) -> Bool {
        let before = line[..<index].reversed().prefix { $0 != 0x20 && $0 != UInt8(ascii: "/") }
        guard before.last == UInt8(ascii: "-") else {
            return before.first == UInt8(ascii: ":") && !line[index...].starts(with: "//".utf8)
        }
        return before.count == 2
    }

    private static let fixedPlaces = [
        "/usr/", "/etc/", "/lib", "/bin/", "/sbin/", "/dev/", "/proc/", "/sys/", "/opt/", "/run/", "//",
    ]

    /// `name@host`, and the name of a home folder that is no path's beginning that was taken before.
    private static let account: @Sendable ([UInt8], Int) -> Int = { line, index in
        guard line[index].isAlphanumeric,
            index == 0 || !(line[index - 1].isAlphanumeric || line[index - 1] == UInt8(ascii: "@"))
        else { return 0 }
        let name = line[index...].prefix { $0.isAlphanumeric || [0x2d, 0x2e, 0x5f].contains($0) }
        guard name.count < 64, name.endIndex < line.count, line[name.endIndex] == UInt8(ascii: "@") else { return 0 }
        let host = line[(name.endIndex + 1)...].prefix { $0.isAlphanumeric || $0 == 0x2d || $0 == 0x2e }
        return host.isEmpty || host.count > 255 ? 0 : name.count + 1 + host.count
    }

    /// A number with a decimal point or comma, and quotation marks, which messages have by their language.
    private static let localised: @Sendable ([UInt8], Int) -> Int = { line, index in
        for quote in ["\u{2018}", "\u{2019}", "\u{201c}", "\u{201d}"] where line[index...].starts(with: quote.utf8) {
            return 3
        }
        if [0x22, 0x27, 0x60].contains(line[index]) { return 1 }
        guard [0x2c, 0x2e].contains(line[index]), index > 0, line[index - 1].isDigit, index + 1 < line.count,
            line[index + 1].isDigit
        else { return 0 }
        return 1
    }
}

extension ArraySlice<UInt8> {
    /// The bytes at the beginning that fulfil a condition, so many at most.
    fileprivate func prefix(_ most: Int, while isGood: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        prefix(most).prefix(while: isGood)
    }
}

extension UInt8 {
    var isDigit: Bool { (0x30...0x39).contains(self) }
    var isHexadecimal: Bool { isDigit || (0x61...0x66).contains(self | 0x20) }
    var isAlphanumeric: Bool { isDigit || (0x61...0x7a).contains(self | 0x20) && self >= 0x41 }
    var isWord: Bool { isAlphanumeric || self == 0x5f }
    /// What names of files in messages are made of, with the slashes between them.
    var isPathByte: Bool { isWord || [0x2b, 0x2d, 0x2e, 0x2f, 0x25, 0x7e].contains(self) }
}
