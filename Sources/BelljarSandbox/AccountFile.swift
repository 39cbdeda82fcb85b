/// `/etc/passwd` and `/etc/group`: an image's own, with who a build is. Programs ask for users and groups by name that only the
/// distribution knows (`chown root:staff`), and for the name of their own number.
struct AccountFile: Sendable {
    struct Entry: Sendable {
        var name: String
        var number: UInt32
        /// The whole line, without its end.
        var line: String
    }

    /// Who is uid or gid 0, for images that have nobody there.
    var first: Entry
    /// The build.
    var builder: Entry
    /// Whose everything is that is not the build's.
    var last: Entry

    static let users = AccountFile(
        first: Entry(name: "root", number: 0, line: "root:x:0:0:root:/root:/bin/sh"),
        builder: Entry(name: "builder", number: 1000, line: "builder:x:1000:1000:builder:/build/.home:/bin/sh"),
        last: Entry(name: "nobody", number: 65534, line: "nobody:x:65534:65534:nobody:/nonexistent:/bin/false"))

    static let groups = AccountFile(
        first: Entry(name: "root", number: 0, line: "root:x:0:"),
        builder: Entry(name: "builder", number: 1000, line: "builder:x:1000:"),
        last: Entry(name: "nogroup", number: 65534, line: "nogroup:x:65534:"))

    /// The lines of an image's file in their order, without its own `builder`. The build's line comes before the first other one
    /// of its number, because that is who is found by the number, and else at the end; root and nobody only where
    /// neither name nor number is there.
    ///
    /// - Parameter image: its file; nil if there is none.
    func merged(_ image: [UInt8]?) -> [UInt8] {
        var lines = (image ?? []).split(separator: UInt8(ascii: "\n")).map { Line($0) }
        lines.removeAll { $0.isNamed(builder) }
        let place = lines.firstIndex { $0.number == builder.number } ?? lines.endIndex
        lines.insert(Line(Array(builder.line.utf8)[...]), at: place)
        func has(_ entry: Entry) -> Bool { lines.contains { $0.isNamed(entry) || $0.number == entry.number } }
        if !has(first) { lines.insert(Line(Array(first.line.utf8)[...]), at: 0) }
        if !has(last) { lines.append(Line(Array(last.line.utf8)[...])) }
        return lines.flatMap { $0.bytes + [UInt8(ascii: "\n")] }
    }

    private struct Line {
        let bytes: ArraySlice<UInt8>
        private let fields: [ArraySlice<UInt8>]

        init(_ bytes: ArraySlice<UInt8>) {
            self.bytes = bytes
            fields = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        }

        /// The third field; nil for what is no account.
        var number: UInt32? {
            guard fields.count > 2 else { return nil }
            return UInt32(String(decoding: fields[2], as: UTF8.self))
        }

        func isNamed(_ entry: Entry) -> Bool { fields.first.map { $0.elementsEqual(entry.name.utf8) } ?? false }
    }
}
