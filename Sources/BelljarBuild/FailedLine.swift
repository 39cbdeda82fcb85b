internal import BelljarModel

/// Which line of a step's script failed. The shell tells only of its own mistakes where they are. More would need another way to
/// run the script, which would be another build; so the rest is told from the log and the script, and said to be that.
struct FailedLine {
    let script: String
    /// Nil for a record's, whose recipe may be another one by now.
    let place: ScriptPlace?

    private var lines: [Substring] { script.split(separator: "\n", omittingEmptySubsequences: false) }

    /// - Parameter log: the last lines that the step wrote.
    /// - Returns: one line, with the place in the file in front.
    func words(_ log: [String]) -> String {
        let commands = commands
        if let number = log.reversed().lazy.compactMap(told).first {
            return words(number, "line \(number) of the script failed")
        }
        if commands.count == 1, let number = commands.first {
            return words(number, "the one command of the script failed")
        }
        for message in log.reversed() {
            for program in Self.speakers(message) {
                guard let number = only(commands.filter { Self.words(of: lines[$0 - 1]).contains(program) }, message)
                else { continue }
                return words(number, "probably line \(number) of the script, by what \(quoted(program)) says")
            }
        }
        return whole
    }

    private func words(_ number: Int, _ what: String) -> String {
        let line = lines[number - 1].drop { " \t".contains($0) }
        let place = place.map { "\($0.place(ofLine: number)): " } ?? ""
        return "\(place)\(what): \(line.prefix(120))\(line.count > 120 ? "..." : "")"
    }

    private var whole: String {
        let last = script.hasSuffix("\n") ? lines.count - 1 : lines.count
        let range = place.map { place in
            place.isByLine && last > 1
                ? "\(place.place(ofLine: 1))-\(place.line + last - 1): " : "\(place.place(ofLine: 1)): "
        }
        return
            "\(range ?? "")the script of the step; which line failed its shell does not say, unless it begins with `set -x`"
    }

    // MARK: The script

    /// The numbers of lines with a command, from 1: neither empty nor a comment, nor the rest of the one before.
    private var commands: [Int] {
        var isRest = false
        return lines.enumerated().compactMap { index, line in
            defer { isRest = line.last == "\\" }
            guard !isRest, let first = line.first(where: { !" \t".contains($0) }), first != "#" else { return nil }
            return index + 1
        }
    }

    /// The words of a line, and the last part of each that is a path: `./configure` and `configure`.
    private static func words(of line: Substring) -> Set<String> {
        var words: Set<String> = []
        for word in line.split(whereSeparator: { !isOfWord($0) }) {
            words.insert(String(word))
            if let name = word.split(separator: "/").last { words.insert(String(name)) }
        }
        return words
    }

    private static func isOfWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "_.+-/".contains(character)
    }

    /// Of several lines that run the same program, the one that has more words in common with what it said than each other.
    private func only(_ numbers: [Int], _ message: String) -> Int? {
        guard numbers.count > 1 else { return numbers.first }
        let said = Self.words(of: message[...])
        let common = numbers.map { number in (Self.words(of: lines[number - 1]).intersection(said).count, number) }
        let most = common.map(\.0).max()
        let best = common.filter { $0.0 == most }
        return best.count == 1 ? best[0].1 : nil
    }

    // MARK: The log

    /// Who speaks in a line of a log, in the form that most programs keep to: `cp: ...`, `make[1]: *** ...`,
    /// `hello.c:6:52: error: ...`; behind the shell's own name, what it speaks of.
    private static func speakers(_ line: String) -> [String] {
        line.split(separator: ":").prefix(2).map { $0.trimming(" ").prefix { $0 != "[" } }
            .filter { !$0.isEmpty && $0.allSatisfy(isOfWord) && $0 != "/bin/sh" }
            .map { String($0.split(separator: "/").last ?? $0) }
    }

    /// The line of the script that its shell names: `/bin/sh: 3: xz: not found` (dash), `/bin/sh: line 3: xz: command not found`
    /// (bash, busybox). Scripts that the step starts speak alike, so what is spoken of has to be in that line.
    private func told(_ message: String) -> Int? {
        let parts = message.split(separator: ":").map { $0.trimming(" ") }
        guard parts.count > 2, parts[0] == "/bin/sh" else { return nil }
        let rest = parts.dropFirst(parts[1] == "-c" ? 2 : 1)
        guard let first = rest.first, let number = Int(first.hasPrefix("line ") ? first.dropFirst(5) : first),
            lines.indices.contains(number - 1), let subject = rest.dropFirst().first
        else { return nil }
        let line = lines[number - 1]
        let isOfFile = ["cannot create", "cannot open", "can't create", "can't open"].contains(where: subject.hasPrefix)
        return line.contains(subject) || isOfFile && line.contains { "<>".contains($0) }
            || subject.lowercased().hasPrefix("syntax error") ? number : nil
    }
}

extension Substring {
    fileprivate func trimming(_ characters: String) -> Substring {
        var rest = drop { characters.contains($0) }
        while let last = rest.last, characters.contains(last) { rest.removeLast() }
        return rest
    }
}
